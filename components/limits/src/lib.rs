//! Reads limits and checks proposed payments.
