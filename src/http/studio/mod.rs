//! The studio's door: drafts that several people may write, the form of their files, and what a form offers.

pub mod archive;
pub mod catalogue;
pub mod drafts;
pub mod form;
mod wire;
