//! Answers composed from tool results: text with bindings, blocks, suggestions.
//!
//! intent + results → [`Draft`]. The sentences stand in `prompts/answers/*.j2`; a figure or a name enters them only as
//! a cell of a result, and so carries its binding. One file a family of intents.

mod customers;
mod failure;
mod metric;
mod products;

use domain::answer::Block;
use minijinja::Value as Template;
use tools::contract::ToolOutput;

use crate::{
    bound_text::{BoundText, BoundTextError, ResultTable},
    builtin::{Intent, PlanInput},
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

/// Writes the answer of a plan.
pub(crate) fn compose(intent: &Intent, input: &PlanInput<'_>, results: &[CallResult]) -> Draft {
    let Some(result) = results.first() else { return failure::lost() };
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
