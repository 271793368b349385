//! Sessions, merchants and orders for partner platforms.
