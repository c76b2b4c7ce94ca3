//! Answers composed from tool results: text with bindings, blocks, suggestions.
//!
//! intents + results → [`Draft`]. The sentences stand in `prompts/answers/*.j2`; a figure or a name enters them only as
//! a cell of a result, and so carries its binding. One file a family of intents.

mod customers;
mod failure;
mod metric;
mod picture;
mod products;
mod scope;
mod wording;

use domain::answer::{Binding, Block, Status};
use minijinja::Value as Template;
use tools::contract::ToolOutput;

use crate::{
    bound_text::{BoundText, BoundTextError, ResultTable},
    builtin::{Intent, PlanInput, call_id},
    draft::Draft,
    plan::CallResult,
};

/// Rows of a list that are told in the text; the rest stands in the blocks.
pub(crate) const TOLD_ROWS: usize = 5;

/// What a composer works on.
pub(crate) struct Told<'a> {
    /// The call's output.
    pub(crate) output: &'a ToolOutput,
    /// Its rows as they are cited.
    pub(crate) result: ResultTable,
    /// The question and who asked it.
    pub(crate) input: &'a PlanInput<'a>,
}

impl Told<'_> {
    /// The first rows, for the text.
    pub(crate) fn listed(&self) -> Template {
        (0..TOLD_ROWS).filter_map(|row| self.result.row(row)).collect()
    }

    /// Whether there are rows that the text does not tell.
    pub(crate) fn has_more(&self) -> bool {
        self.output.table.rows.len() > TOLD_ROWS
    }

    /// The whole result as a table to show.
    pub(crate) fn table_block(&self) -> Block {
        Block::Table { table: self.result.table().clone(), evidence: self.result.evidence().to_owned() }
    }

    /// The products as cards.
    pub(crate) fn products_block(&self) -> Option<Block> {
        let items = self.output.products.clone();
        (!items.is_empty()).then(|| Block::Products { items, evidence: self.result.evidence().to_owned() })
    }

    /// Renders a template over the result.
    pub(crate) fn render(&self, template: &str, context: Template) -> Result<Draft, BoundTextError> {
        let (text, bindings) = BoundText::render(template, context, std::slice::from_ref(&self.result))?;
        Ok(Draft { bindings, ..Draft::answered(text) })
    }
}

/// Writes the answer of a plan: what each intent gave, one after the other.
pub(crate) fn compose(intents: &[Intent], input: &PlanInput<'_>, results: &[CallResult]) -> Draft {
    let parts = intents.iter().enumerate().map(|(at, intent)| {
        let id = call_id(at);
        match results.iter().find(|result| result.call.id == id) {
            Some(result) => part(intent, input, result),
            None => failure::lost(),
        }
    });
    joined(parts.collect())
}

/// Writes the answer of one intent.
fn part(intent: &Intent, input: &PlanInput<'_>, result: &CallResult) -> Draft {
    let output = match &result.outcome {
        Ok(output) => output,
        Err(failure) => return failure::draft(failure, input),
    };
    let told = Told { output, result: ResultTable::new(result.call.id.clone(), &output.table), input };
    let draft = match intent {
        Intent::Metric(intent) => metric::answer(&told, intent),
        Intent::Search(args) => products::search(&told, args),
        Intent::Product(_) => products::product(&told),
        Intent::Recommend(args) => products::recommend(&told, args),
        Intent::Related(args) => products::related(&told, args),
        Intent::Popular(args) => products::popular(&told, args),
        Intent::SegmentPopularity(_) => products::segment_popularity(&told),
        Intent::Profile(args, aspect) => customers::profile(&told, args, *aspect),
        Intent::SimilarCustomers(_) => customers::similar(&told),
        Intent::History(args) => customers::history(&told, args),
        Intent::WillBuy(args) => customers::will_buy(&told, args),
        Intent::Describe(_) => customers::describe(&told),
    };
    match draft {
        Ok(mut draft) => {
            draft.notes.extend(output.notes.iter().cloned());
            draft
        }
        Err(error) => {
            tracing::error!(%error, tool = result.call.tool, "an answer could not be composed");
            failure::lost()
        }
    }
}

/// Several drafts as one: an answer where any part is one, else the first part.
fn joined(parts: Vec<Draft>) -> Draft {
    let answers = parts.iter().any(|draft| draft.status == Status::Answered);
    let mut parts = parts.into_iter();
    let Some(mut whole) = parts.next() else { return failure::lost() };
    if !answers {
        return whole;
    }
    // A part that is a question back or a refusal stands beside the others as text.
    whole.status = Status::Answered;
    (whole.clarify, whole.refusal) = (None, None);
    for draft in parts {
        whole.text.push('\n');
        let offset = whole.text.chars().count();
        whole.text.push_str(&draft.text);
        whole.bindings.extend(draft.bindings.into_iter().map(|binding| Binding {
            start: binding.start + offset,
            end: binding.end + offset,
            ..binding
        }));
        whole.blocks.extend(draft.blocks);
        for note in draft.notes {
            if !whole.notes.contains(&note) {
                whole.notes.push(note);
            }
        }
        for suggestion in draft.suggestions {
            if !whole.suggestions.contains(&suggestion) {
                whole.suggestions.push(suggestion);
            }
        }
    }
    whole
}
