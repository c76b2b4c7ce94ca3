//! What a call gave, as an answer cites it.

use domain::answer::{Evidence, MAX_EVIDENCE_ROWS, Note};

use crate::plan::CallResult;

/// The evidence of a call, under the call's id; `None` when the call failed.
///
/// Holds the first [`MAX_EVIDENCE_ROWS`] rows; `row_count` says how many there were.
pub fn evidence_of(result: &CallResult) -> Option<Evidence> {
    let output = result.outcome.as_ref().ok()?;
    let row_count = output.table.rows.len();
    Some(Evidence {
        id: result.call.id.clone(),
        tool: result.call.tool.clone(),
        arguments: result.call.arguments.clone(),
        sql: output.sql.clone(),
        parameters: output.parameters.clone(),
        engine: output.engine.clone(),
        columns: output.table.columns.clone(),
        result: output.table.rows.iter().take(MAX_EVIDENCE_ROWS).cloned().collect(),
        row_count,
        truncated: output.truncated || row_count > MAX_EVIDENCE_ROWS,
        elapsed_ms: result.elapsed_ms,
    })
}

/// Adds the notes of the calls behind those that are there, each once.
pub fn with_tool_notes(mut notes: Vec<Note>, results: &[CallResult]) -> Vec<Note> {
    let outputs = results.iter().filter_map(|result| result.outcome.as_ref().ok());
    for note in outputs.flat_map(|output| &output.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    notes
}
