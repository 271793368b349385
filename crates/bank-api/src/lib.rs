//! Messages between the bank connector and the bank gateway.
