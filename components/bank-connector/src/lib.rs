//! The only component that talks to the bank.
