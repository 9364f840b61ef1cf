//! Floor 3: what an address, a user agent and a referrer tell about a visit.

pub mod geo;
pub mod intern;
pub mod network;
pub mod place;
pub mod url;
