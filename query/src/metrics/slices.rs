//! The same question asked of several sets of rows: a row a slice and group.
//!
//! Each slice is compiled like a question of its own, with its conditions beside the question's, and cut and ordered for
//! itself; the rows of all stand below each other, in the order of the slices.

use config::semantic::SemanticModel;

use super::{
    columns::columns,
    conditions::{cohorts, row_filters},
    error::MetricError,
    plan::Plan,
    question::MetricQuery,
    render::{Select, Text, key_alias, shown},
    resolve::{Question, Slice},
    summary,
    window::{CUMULATIVE, RANK, order_key, running_column},
};
use crate::sql::SqlValue;

/// The column with a slice's label.
pub(super) const COLUMN: &str = "slice";
/// The place of a slice in the question.
const PLACE: &str = "_slice";

const MAX_SLICES: usize = 8;
const MAX_LABEL_CHARS: usize = 80;

pub(super) fn resolve<'m>(
    model: &'m SemanticModel,
    query: &MetricQuery,
) -> Result<Vec<Slice<'m>>, MetricError> {
    let problem = |problem: String| Err(MetricError::Misshapen { field: "slices", problem });
    let found = query.slices.len();
    // One slice has its share of all beside other figures of its own.
    let shared = query.share_of_total && query.dimensions.is_empty();
    if found == 1 && !shared || found > MAX_SLICES {
        return problem(format!("2 to {MAX_SLICES} are put side by side, {found} given"));
    }
    let mut slices: Vec<Slice<'m>> = Vec::with_capacity(found);
    for slice in &query.slices {
        let label = slice.label.trim();
        let chars = label.chars().count();
        if !(1..=MAX_LABEL_CHARS).contains(&chars) {
            return problem(format!("a label has 1 to {MAX_LABEL_CHARS} characters, {chars} given"));
        }
        if slices.iter().any(|known| known.label == label) {
            return problem(format!("{label:?} is the label of two slices, give each its own"));
        }
        let mut filters = row_filters(model, "conditions of a slice", &slice.filters)?;
        filters.iter_mut().for_each(|filter| filter.of_whole = true);
        slices.push(Slice { label: label.to_owned(), filters, cohorts: cohorts(model, &slice.cohorts)? });
    }
    Ok(slices)
}

/// The statement's last part.
pub(super) fn select<'m>(
    text: &mut Text<'_>,
    model: &'m SemanticModel,
    question: &Question<'m>,
    plans: &[Plan<'m>],
) -> Select {
    let mut branches = Vec::with_capacity(plans.len());
    let mut order = Vec::new();
    for (at, (plan, slice)) in plans.iter().zip(&question.slices).enumerate() {
        let prefix = format!("s{}_", at + 1);
        let (mut rows, own_order, limit) = text.left(model, plan, &prefix);
        let label = text.bind(SqlValue::Text(slice.label.clone()));
        let mut cells =
            vec![format!("{} AS {PLACE}", at + 1), format!("CAST({label} AS VARCHAR) AS {COLUMN}")];
        match question.summary {
            Some(summary) => {
                rows.cut(text, &own_order, limit);
                cells.extend(summary::select(&plan.question, summary, &rows));
            }
            None if question.groups.is_empty() => cells.extend(carried(question)),
            None => {
                rows.cut(text, &own_order, limit);
                cells.extend(carried(question));
                order = own_order;
            }
        }
        branches.push(format!("SELECT {}\n  {}", cells.join(", "), rows.source()));
    }
    text.part("slices", &branches.join("\n  UNION ALL\n  "));
    let place = format!("{PLACE} ASC");
    let by_slice = question.summary.is_some() || !question.groups.is_empty() || !question.own_order;
    let order: Vec<String> = if by_slice {
        [place].into_iter().chain(order).collect()
    } else {
        question.order.iter().map(order_key).chain([place]).collect()
    };
    Select {
        columns: columns(question).iter().map(|column| shown(question, column)).collect(),
        source: "FROM slices".to_owned(),
        order,
        // Without groups the slices are the rows.
        limit: question.limit.filter(|_| question.groups.is_empty()),
    }
}

/// The columns of a slice's rows that are shown or ordered by, each once.
fn carried(question: &Question<'_>) -> Vec<String> {
    let keys = (0..question.groups.len()).map(key_alias);
    let names = question.groups.iter().map(|group| group.dimension.name.clone());
    let figures = question.figures().into_iter().map(|figure| figure.column());
    let ordered = question.order.iter().map(|key| key.column.clone());
    let running = question.cumulative_to.and(question.metrics.first()).map(|m| running_column(&m.name));
    let cumulative = question.cumulative_to.map(|_| CUMULATIVE.to_owned()).into_iter().chain(running);
    let rank = (!question.limit_per.is_empty()).then(|| RANK.to_owned());
    let mut carried: Vec<String> = Vec::new();
    for column in keys.chain(names).chain(figures).chain(ordered).chain(cumulative).chain(rank) {
        if !carried.contains(&column) {
            carried.push(column);
        }
    }
    carried
}
