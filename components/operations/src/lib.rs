//! Health, the pending worker and what operators see.
