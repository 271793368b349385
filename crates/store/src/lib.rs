//! The key-value port and its adapters.
