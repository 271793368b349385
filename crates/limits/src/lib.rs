//! Limit rule sets as data and their pure evaluation.
