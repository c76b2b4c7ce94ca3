//! Calls as they are planned, and what came of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::contract::{ToolError, ToolOutput};

/// A tool call that somebody planned. Calls of one step run side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedCall {
    /// Unique in the turn; the evidence that it gives has the same id: `e1`, `e2`, ….
    pub id: String,
    /// The tool's name.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
}

impl PlannedCall {
    /// What it asks, whatever the order of its arguments: the tool and canonical JSON.
    pub fn key(&self) -> String {
        format!("{} {}", self.tool, canonical(&self.arguments))
    }
}

/// JSON with sorted keys and without arguments that are null, which mean the same as absent ones.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let fields = names.into_iter().filter_map(|name| Some((name.clone(), fields.get(name)?)));
            Value::Object(
                fields
                    .filter(|(_, field)| !field.is_null())
                    .map(|(name, field)| (name, canonical(field)))
                    .collect(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

/// Why a call gave nothing, safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFailure {
    /// `ToolError::code`.
    pub code: String,
    /// `ToolError::message_for_model`.
    pub message: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Names near to one that was not found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
}

impl From<&ToolError> for CallFailure {
    fn from(error: &ToolError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.message_for_model(),
            retryable: error.is_retryable(),
            nearest: match error {
                ToolError::NotFound { nearest, .. } => nearest.clone(),
                _ => Vec::new(),
            },
        }
    }
}

/// A call with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// The call.
    pub call: PlannedCall,
    /// Its output, or why there is none.
    pub outcome: Result<ToolOutput, CallFailure>,
    /// How long it took.
    pub elapsed_ms: f64,
    /// Whether it came from the answer cache.
    pub cached: bool,
}
