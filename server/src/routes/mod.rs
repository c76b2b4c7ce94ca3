//! The addresses of the API, a file each.

pub mod chat;
pub mod development;
pub mod health;
pub mod page;
pub mod sessions;
pub mod stream;
