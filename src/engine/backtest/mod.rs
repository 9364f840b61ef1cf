//! What other rules would have done with recorded traffic. Pure: records in, sums out.
//!
//! A [`Trial`] takes one visitor's records and runs both sides of the comparison: *before*, what really happened (or
//! what another version would have done), and *after*, what the candidate would have done. What it sees goes into a
//! [`Tally`]. Tallies of different visitors add up in any order, and a [`Report`] is made of their sum, so the same
//! journal and version give the same report on any number of threads.

mod beside;
mod contrast;
mod course;
mod report;
mod side;
mod tally;
mod telling;
mod trial;
mod week;

pub use contrast::Contrast;
pub use report::{
    About, Band, Capacity, Conflict, Day, Example, FORMAT, Hour, HourLoad, Invitations, Invited,
    Replaced, Report, Spread, StageEntry, TriggerRow, Unfired, VariantRow, Versus,
};
pub use side::SideTally;
pub use tally::{Tally, Who};
pub use trial::{Plan, Recorded, Trial};
pub use week::{HourOfWeek, Tenths};
