//! Floor 3: who is here now: open streams to browsers, timers, and the agents' list.

mod hub;
mod list;
mod timers;

pub use hub::{Hub, Push, Subscription};
pub use list::{Filter, ListError, Page, Query, Row, Sort, SortBy, list, row};
pub use timers::{Due, Look, Timers};
