//! The payment protocols over a store, a bank, a clock and a random source.
