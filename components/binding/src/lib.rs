//! Binds bank cards by one-time code.
