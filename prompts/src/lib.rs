//! Prompt and answer templates, compiled into the binary, with one typed context struct each.
//!
//! [`templates`] lists the files, [`environment`] renders them under strict rules, [`system`] is the context of the
//! system prompt. Everything rendered is plain text; nothing is read from disk at run time.
//! [`plain`] keeps data in its place: a product name cannot end a line, hence not pose as an instruction.

pub mod environment;
pub mod plain;
pub mod system;
pub mod templates;

mod error;

pub use error::PromptError;
