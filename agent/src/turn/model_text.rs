//! A model's final text as a draft: status, text with bindings, blocks of what it cites.

use domain::answer::{Block, Clarify, MAX_EVIDENCE_ROWS, Refusal, Status};
use domain::table::Table;

use crate::{
    bound_text::ResultTable,
    draft::Draft,
    llm::references::{self, ReferenceError},
    plan::CallResult,
};

/// How a model marks a question back.
const CLARIFY: &str = "CLARIFY:";
/// How a model marks an honest no.
const REFUSE: &str = "REFUSE:";

/// The draft of a text; figures are bound, not checked.
pub(super) fn draft(text: &str, results: &[CallResult], question: &str) -> Result<Draft, ReferenceError> {
    let tables: Vec<ResultTable> = results.iter().filter_map(ResultTable::of).collect();
    let (status, text) = match (text.strip_prefix(CLARIFY), text.strip_prefix(REFUSE)) {
        (Some(rest), _) => (Status::Clarify, rest.trim()),
        (None, Some(rest)) => (Status::Refused, rest.trim()),
        (None, None) => (Status::Answered, text),
    };
    let (text, bindings) = references::resolve(text, &tables, question)?;
    let mut draft = match status {
        Status::Clarify => Draft::clarify(Clarify { question: text, options: Vec::new() }),
        Status::Refused => {
            Draft::refused(Refusal { code: "outside_data".into(), text, nearest_question: None })
        }
        Status::Answered | Status::Error => Draft::answered(text),
    };
    draft.blocks = cited(results, |id| bindings.iter().any(|binding| binding.evidence == id));
    draft.bindings = bindings;
    Ok(draft)
}

/// What stands beside the text: the products of a cited result, else its rows where there are several.
fn cited(results: &[CallResult], is_cited: impl Fn(&str) -> bool) -> Vec<Block> {
    let cited = results.iter().filter(|result| is_cited(&result.call.id));
    cited
        .filter_map(|result| {
            let output = result.outcome.as_ref().ok()?;
            let evidence = result.call.id.clone();
            if !output.products.is_empty() {
                return Some(Block::Products { items: output.products.clone(), evidence });
            }
            let rows: Vec<_> = output.table.rows.iter().take(MAX_EVIDENCE_ROWS).cloned().collect();
            let table = Table { columns: output.table.columns.clone(), rows };
            (table.rows.len() > 1).then_some(Block::Table { table, evidence })
        })
        .collect()
}
