//! An answer before it is checked and addressed: what a planner writes.

use domain::answer::{Binding, Block, Clarify, Note, Refusal, Status};

/// What a planner writes. The driver checks its figures and adds ids, evidence and usage.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// `answered`, `clarify` or `refused`; errors are made by the driver.
    pub status: Status,
    /// Plain text.
    pub text: String,
    /// Covers every figure and product in `text`.
    pub bindings: Vec<Binding>,
    /// What to show beside the text.
    pub blocks: Vec<Block>,
    /// Definitions and caveats, beside those that the tools gave.
    pub notes: Vec<Note>,
    /// Questions that could come next.
    pub suggestions: Vec<String>,
    /// Set exactly when `status` is `clarify`.
    pub clarify: Option<Clarify>,
    /// Set exactly when `status` is `refused`.
    pub refusal: Option<Refusal>,
}

impl Draft {
    /// An answered draft of that text, without figures.
    pub fn answered(text: impl Into<String>) -> Self {
        Self {
            status: Status::Answered,
            text: text.into(),
            bindings: Vec::new(),
            blocks: Vec::new(),
            notes: Vec::new(),
            suggestions: Vec::new(),
            clarify: None,
            refusal: None,
        }
    }

    /// One precise question back.
    pub fn clarify(clarify: Clarify) -> Self {
        let text = clarify.question.clone();
        Self { status: Status::Clarify, clarify: Some(clarify), ..Self::answered(text) }
    }

    /// An honest no.
    pub fn refused(refusal: Refusal) -> Self {
        let text = match &refusal.nearest_question {
            Some(question) => format!("{} You could ask: “{question}”", refusal.text),
            None => refusal.text.clone(),
        };
        Self { status: Status::Refused, refusal: Some(refusal), ..Self::answered(text) }
    }
}
