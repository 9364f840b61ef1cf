//! Floor 3: the chat layer's word on who can answer.

mod desk;

pub use desk::{AgentStatus, Availability, Desk, DeskError};
