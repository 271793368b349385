//! How things are measured.

pub mod counters;
pub mod cpu;
pub mod load;
pub mod machine;
pub mod statistics;
