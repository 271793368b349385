//! Message signatures, webhooks, tokens and PIN verifiers.
