//! Floor 3: who can answer, when, and how soon. The chat layer's word on its agents and conversations, the settings of
//! its departments, and the chats that invitations have promised in the agents' name.

mod agents;
pub mod book;
mod contest;
mod count;
mod desk;
mod figures;
mod hours;
mod settings;
#[cfg(test)]
mod tests;
mod word;

pub use contest::{Bid, MAX_BIDS, Round};
pub use count::{DeskNow, ReplyFrom};
pub use desk::{Desk, Opened, SayError};
pub use settings::{ChatSettings, DayOff, DepartmentSettings, OpenSpan, Settings, language};
pub use word::{AgentStatus, Availability, DeskError};
