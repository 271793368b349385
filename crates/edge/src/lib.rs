//! What every component shares: routing, authentication, problem details, idempotency.
