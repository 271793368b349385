//! What the sandboxes of outside parties share: a server that takes signed requests and signs
//! its answers, books in SQLite in which an answer is durable before it is given, each request
//! carried out once per id, and the ways in which an answer can go wrong.
//!
//! What a party does with a request is its own: see [`Party`].

mod books;
mod gateway;
mod inspect;
mod party;
mod requests;
mod run;
mod server;

pub use books::{Books, BooksError};
pub use inspect::{answer, from_this_machine};
pub use party::{Delivery, Handled, Party, Refusal};
pub use requests::{Recorded, count_query, find_request, requests_of, update_reply};
pub use run::serve_until_told;
pub use server::{Clock, Options, Sandbox, Server, StartError};
