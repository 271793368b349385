//! Tops up accounts and pays orders.
