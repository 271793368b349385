//! End-to-end cases against the built components over HTTP.
