//! A bank gateway with its own books and a card number per behaviour.

fn main() {}
