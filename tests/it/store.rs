//! The contract that every store keeps, whatever it is made of. Each back end brings a way to open it again and runs
//! the same suite.

mod contract;
mod decisions;
mod documents;
mod embedded;
mod words;
