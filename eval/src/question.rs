//! A question file: what is asked, as whom, and what would be right.
//!
//! TOML, one `[[question]]` each; the header of `eval/questions/sample-30.toml` tells the keys. Unknown keys are refused.
//! Slots such as `{product:popular:3}` stand for things of the lake at hand, so that a file holds no row of any data.

use std::{fs, path::Path};

use domain::principal::Role;
use serde::{Deserialize, Serialize};

use crate::runner::EvalError;

/// Questions in the order of their file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionSet {
    /// The questions.
    #[serde(rename = "question")]
    pub questions: Vec<Question>,
}

/// How an answer is compared with the gold rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The rows of one evidence are the gold rows.
    #[default]
    Rows,
    /// The products of the answer are members of the gold list.
    ProductsContain,
}

/// One status, or any of several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// `"answered"`.
    One(String),
    /// `["refused", "clarify"]`.
    AnyOf(Vec<String>),
}

impl Expected {
    /// The acceptable statuses.
    pub fn statuses(&self) -> &[String] {
        match self {
            Self::One(status) => std::slice::from_ref(status),
            Self::AnyOf(statuses) => statuses,
        }
    }

    /// Whether an answer with figures or products is wanted.
    pub fn wants_answer(&self) -> bool {
        self.statuses().iter().any(|status| status == "answered")
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Unique in the file.
    pub id: String,
    /// The kind of question, for the report.
    pub intent: String,
    /// Who asks.
    pub role: Role,
    /// The customer, where one asks; a slot or a number.
    #[serde(default)]
    pub user: Option<String>,
    /// What was asked before in the same conversation, oldest first.
    #[serde(default)]
    pub before: Vec<String>,
    /// The question.
    pub ask: String,
    /// The status that would be right.
    pub expect: Expected,
    /// Whether the order of the rows was asked for.
    #[serde(default)]
    pub ordered: bool,
    /// The cut of a ranking; rows that tie at the cut are interchangeable.
    #[serde(default)]
    pub top: Option<usize>,
    /// How the answer is compared.
    #[serde(default)]
    pub check: Check,
    /// For `products_contain`: the least share of the answer's products that must be members, 0 to 1.
    #[serde(default = "all")]
    pub min_share: f64,
    /// The gold rows, over the silver tables; left out where no answer is wanted.
    #[serde(default)]
    pub sql: Option<String>,
    /// Gold columns that an answer may leave out.
    #[serde(default)]
    pub optional: Vec<String>,
    /// The reading that was meant.
    #[serde(default)]
    pub note: Option<String>,
}

fn all() -> f64 {
    1.0
}

const STATUSES: [&str; 3] = ["answered", "clarify", "refused"];

impl QuestionSet {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let text =
            fs::read_to_string(path).map_err(|source| EvalError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|message| EvalError::Malformed { path: path.to_owned(), message })
    }

    /// Reads and checks a text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let set: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut ids = std::collections::BTreeSet::new();
        for question in &set.questions {
            let id = &question.id;
            if !ids.insert(id) {
                return Err(format!("question {id} stands twice: give each its own id"));
            }
            if let Some(unknown) = question.expect.statuses().iter().find(|s| !STATUSES.contains(&s.as_str()))
            {
                return Err(format!("question {id} expects {unknown:?}: use answered, clarify or refused"));
            }
            if question.expect.wants_answer() && question.sql.is_none() {
                return Err(format!("question {id} expects an answer but has no sql"));
            }
            if !(0.0..=1.0).contains(&question.min_share) {
                return Err(format!(
                    "question {id} has min_share {}, it must be from 0 to 1",
                    question.min_share
                ));
            }
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[question]]\nid='a'\nintent='metric'\nrole='analyst'\nask='how many?'\nexpect='answered'\nsql='SELECT 1'\n";

    #[test]
    fn a_question_reads_with_its_defaults() {
        let set = QuestionSet::parse(GOOD).unwrap();
        assert_eq!(set.questions[0].check, Check::Rows);
        assert!(set.questions[0].expect.wants_answer());
    }

    #[test]
    fn mistakes_are_named() {
        let check = |text: String, expected: &str| {
            let message = QuestionSet::parse(&text).unwrap_err();
            assert!(message.contains(expected), "{message}");
        };
        check(format!("{GOOD}{GOOD}"), "stands twice");
        check(GOOD.replace("sql=", "sqql="), "sqql");
        check(GOOD.replace("expect='answered'", "expect='yes'"), "use answered, clarify or refused");
        check(GOOD.replace("sql='SELECT 1'", ""), "has no sql");
    }
}
