//! Amounts in integer minor units and currencies.
