//! What can go wrong when a template is rendered: always a mistake in our own templates, never in a reader's input.

/// Why a template gave no text.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// No template of that name is compiled in.
    #[error("unknown template {name:?}: list it in prompts/src/templates.rs")]
    UnknownTemplate {
        /// The name that was asked for.
        name: String,
    },
    /// The template does not parse, or its context lacks something.
    #[error("template {name:?} does not render: {reason}")]
    Render {
        /// The template.
        name: String,
        /// What the engine says, with the line.
        reason: String,
    },
}

impl PromptError {
    /// Wraps what the engine says of a template.
    pub fn render(name: &str, error: &minijinja::Error) -> Self {
        let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
        Self::Render { name: name.to_owned(), reason: format!("{error}{line}") }
    }
}
