//! Floor 3: who is here now: open streams to browsers, timers, and the agents' list.
//!
//! The list is answered from lines, a few hundred bytes for each visitor (`line`), which are filtered (`filter`) and
//! ordered (`sort`). Whoever asks once is answered by a look at everybody (`list`); where somebody watches, a board keeps
//! the lines in order and tells what changes (`board`, `boards`).

mod board;
mod boards;
mod filter;
mod hub;
mod line;
mod list;
mod sort;
mod timers;

pub use board::{
    Angle, Board, Count, EventId, Figures, Hot, Invited, MAX_ROWS, MAX_WATCHERS, Render, Share,
    Source, Update, Watching, Window,
};
pub use boards::{Boards, Lease};
pub use filter::Filter;
pub use hub::{Hub, Push, Subscription};
pub use line::{COMPANY, INVITATION_WORDS, Line, NAME, Standing, Text, text_trait};
pub use list::{ListError, Listing, Page, Query, Row, row};
pub use sort::{Column, GroupBy, Sort, SortBy, path};
pub use timers::{Due, Look, Timers};
