//! Floor 3: who can answer. The chat layer's word on its agents, and the chats that invitations have promised in their
//! name.

mod agents;
mod contest;
mod desk;
#[cfg(test)]
mod tests;
mod word;

pub use contest::{Bid, MAX_BIDS, Round};
pub use desk::{Desk, Opened, SayError};
pub use word::{AgentStatus, Availability, DeskError};
