//! Answers to metric questions: one number, an end of a ranking, a ranking, or every group.

use config::semantic::SemanticModel;
use domain::{
    answer::{Format, MAX_EVIDENCE_ROWS},
    principal::RowPolicy,
    table::Table,
};
use minijinja::{Value as Template, context};
use query::{
    Dialect,
    metrics::{ColumnRole, Direction, MetricColumn, MetricQuery, Scope, Summary, columns_of, compile},
};

use super::{TOLD_ROWS, Told, picture, scope::Teller, wording};
use crate::{
    bound_text::BoundTextError,
    builtin::{MetricIntent, Shape},
    draft::Draft,
};

/// Composes the answer of `query_metrics`.
pub(crate) fn answer(told: &Told<'_>, intent: &MetricIntent) -> Result<Draft, BoundTextError> {
    let model = &told.input.run.semantic;
    let query = &intent.query;
    // The question was compiled before it ran, so its columns are known.
    let columns = columns_of(model, query).unwrap_or_default();
    let mut result = told.result.clone();
    for column in &columns {
        result = result.with_format(&column.name, column.format);
    }
    let is_group = |column: &&MetricColumn| matches!(column.role, ColumnRole::Slice | ColumnRole::Dimension);
    let groups: Vec<&MetricColumn> = columns.iter().filter(is_group).collect();
    let values = values(&columns);
    let told = Told { output: told.output, result, input: told.input };
    let asked = asked(&values, query);
    let table = &told.output.table;
    let (top, bottom) = asked.map_or((None, None), |value| extremes(table, &value.column));
    let row = |at: Option<usize>| at.and_then(|at| told.result.row(at)).unwrap_or_else(|| Template::from(()));
    let named: Vec<Template> = groups.iter().map(|column| wording::group(column, model)).collect();
    let label = groups.iter().map(|column| column.label.as_str()).collect::<Vec<_>>().join(" and ");
    let spoken = wording::told(&values, query);
    let shown: Vec<Template> = spoken.iter().map(|figure| wording::figure(figure, &spoken)).collect();
    let teller = Teller::new(model, query, told.input.message);
    let whole = query.has_part().then(|| whole(&values)).flatten();
    let context = context! {
        shape => shape_name(intent, query, table.rows.len()),
        scope => teller.scope().template(),
        part => teller.part().template(),
        who => teller.who(),
        kind => teller.kind(),
        all_told => table.rows.len() <= TOLD_ROWS,
        reach => teller.cumulative().template(),
        within => !query.limit_per.is_empty(),
        summary => summary(query),
        several => !query.summaries_beside.is_empty(),
        contrast => query.contrast,
        whole => whole.map(|value| context! { column => value.column.as_str(), label => value.label.as_str() }),
        subject => asked.map_or("", |value| value.label.as_str()),
        end => end(intent, asked),
        columns => named,
        dimension => label,
        dimensions => if groups.is_empty() { grouped(query, model) } else { plural(&groups, query, model) },
        per => per(query, model),
        values => shown,
        listed => told.listed(),
        more => if intent.shape == Shape::Breakdown { table.rows.len() > 1 } else { told.has_more() },
        top => row(top),
        bottom => row(bottom),
    };
    let mut draft = told.render("answers/metric.j2", context)?;
    if table.rows.len() > 1 {
        draft.blocks.push(told.table_block());
    }
    let pictured = intent.chart
        || intent.shape == Shape::Breakdown && picture::says_more(&groups, &told.output.table, model);
    if let Some(figure) = asked.filter(|_| pictured) {
        draft.blocks.extend(picture::chart(&told, &groups, figure, model));
    }
    draft.suggestions = suggestions(intent, model, pictured);
    Ok(draft)
}

/// A figure of the answer: its column, its words and its format.
pub(crate) struct Figure {
    /// The result's column.
    pub(crate) column: String,
    /// "reorder rate".
    pub(crate) label: String,
    /// How it is written.
    pub(crate) format: Format,
}

/// What a part is a part of: "of 1,234 items".
fn whole(values: &[Figure]) -> Option<&Figure> {
    match values {
        [whole, part] if part.column == format!("part_of_{}", whole.column) => Some(whole),
        _ => None,
    }
}

/// How the groups became one row.
fn summary(query: &MetricQuery) -> &'static str {
    match query.summary {
        None => "",
        Some(Summary::Count) => "count",
        Some(Summary::Mean) => "mean",
        Some(Summary::Median) => "median",
        Some(Summary::Min) => "smallest",
        Some(Summary::Max) => "largest",
        Some(Summary::Sum) => "sum",
        Some(Summary::Correlation) => "correlation",
    }
}

fn values(columns: &[MetricColumn]) -> Vec<Figure> {
    let figures = columns
        .iter()
        .filter(|c| !matches!(c.role, ColumnRole::Slice | ColumnRole::Dimension | ColumnRole::Key));
    figures
        .map(|column| Figure {
            column: column.name.clone(),
            label: column.label.clone(),
            format: column.format,
        })
        .collect()
}

/// The figure that names the answer: what is ranked by, else the share or part that was asked for, else the first.
fn asked<'f>(values: &'f [Figure], query: &MetricQuery) -> Option<&'f Figure> {
    let ranked =
        query.order_by.first().and_then(|order| values.iter().find(|value| value.column == order.field));
    let parted = values.iter().find(|value| value.column.starts_with("part_of_"));
    let shared = values.iter().find(|value| query.share_of_total && value.column.starts_with("share_of_"));
    ranked.or(parted).or(shared).or(values.first())
}

/// What the rows are, but for what they are cut within.
fn plural(groups: &[&MetricColumn], query: &MetricQuery, model: &SemanticModel) -> String {
    let told = groups.iter().filter(|column| !query.limit_per.contains(&column.name));
    let words = told.map(|column| {
        model
            .dimension(&column.name)
            .map_or(column.label.as_str(), |(_, dimension)| dimension.plural_label.as_str())
    });
    words.collect::<Vec<_>>().join(" and ")
}

/// The groups of a summary, which no column shows.
fn grouped(query: &MetricQuery, model: &SemanticModel) -> String {
    let told = query.summary_by.as_ref().map_or(&query.dimensions, |by| &by.dimensions);
    let words = told.iter().filter_map(|name| model.dimension(name));
    words.map(|(_, dimension)| dimension.plural_label.as_str()).collect::<Vec<_>>().join(" and ")
}

/// "in each department", where the cut is within groups.
fn per(query: &MetricQuery, model: &SemanticModel) -> String {
    let words: Vec<&str> = query
        .limit_per
        .iter()
        .filter_map(|name| model.dimension(name))
        .map(|(_, dimension)| dimension.label.as_str())
        .collect();
    if words.is_empty() { String::new() } else { format!(" in each {}", words.join(" and ")) }
}

fn shape_name(intent: &MetricIntent, query: &MetricQuery, rows: usize) -> &'static str {
    match intent.shape {
        // A few named things are told one by one.
        Shape::Breakdown if names_groups(query) && rows <= TOLD_ROWS => "single",
        Shape::Single => "single",
        Shape::Extreme => "extreme",
        Shape::Ranking => "ranking",
        Shape::Breakdown => "breakdown",
    }
}

/// Whether the groups were named: "produce and frozen".
fn names_groups(query: &MetricQuery) -> bool {
    query.filters.iter().any(|filter| filter.op.picks() && query.dimensions.contains(&filter.field))
}

/// "the most" of what is counted, "the highest" of what is measured.
fn end(intent: &MetricIntent, asked: Option<&Figure>) -> &'static str {
    let counted =
        asked.is_some_and(|value| value.format == Format::Integer && !value.column.starts_with("max_"));
    // "The most items per order" is said like a count.
    let counted = counted || asked.is_some_and(|value| value.label.contains("s per "));
    let descending =
        intent.query.order_by.first().is_none_or(|order| order.direction != Some(Direction::Asc));
    match (counted, descending) {
        (true, true) => "the most",
        (true, false) => "the fewest",
        (false, true) => "the highest",
        (false, false) => "the lowest",
    }
}

/// The rows with the largest and the smallest value; none where not every row travels with the answer.
fn extremes(table: &Table, column: &str) -> (Option<usize>, Option<usize>) {
    if table.rows.len() > MAX_EVIDENCE_ROWS {
        return (None, None);
    }
    let values: Vec<(usize, f64)> =
        (0..table.rows.len()).filter_map(|row| Some((row, table.number(row, column)?))).collect();
    // The first of equal rows is told, as it stands in the table.
    let top = values.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| *row);
    let bottom = values.iter().min_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| *row);
    (top, bottom.filter(|row| Some(*row) != top))
}

/// Groupings that are offered behind a single figure, the first that it can be asked by.
const GROUPINGS: [(&str, &str); 2] = [("order_hour_of_day", "By hour"), ("department", "By department")];

fn can_be_asked_by(query: &MetricQuery, model: &SemanticModel, dimension: &str) -> bool {
    let scope = Scope::without_rollups(RowPolicy::AllCustomers);
    compile(model, &query.clone().by([dimension]), Dialect::DataFusion, &scope).is_ok()
}

/// Questions that edit this one.
fn suggestions(intent: &MetricIntent, model: &SemanticModel, pictured: bool) -> Vec<String> {
    let mut next = Vec::new();
    if let Some(order) = intent.query.order_by.first() {
        next.push(
            if order.direction != Some(Direction::Asc) { "And the lowest?" } else { "And the highest?" }
                .to_owned(),
        );
    }
    let is_whole = intent.query.dimensions.is_empty() && intent.query.filters.is_empty();
    if let Some((_, words)) =
        GROUPINGS.iter().find(|(name, _)| is_whole && can_be_asked_by(&intent.query, model, name))
    {
        next.push((*words).to_owned());
    }
    if !pictured && intent.query.dimensions.len() == 1 && intent.shape == Shape::Breakdown {
        next.push("As a chart".to_owned());
    }
    next
}
