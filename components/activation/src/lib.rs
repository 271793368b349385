//! Opens electronic accounts.
