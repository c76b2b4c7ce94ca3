//! Two figures beside each other: a row a group, with both values, their difference and their ratio.
//!
//! ```sql
//! merged AS (SELECT k1, department, MAX(_first) AS _first, MAX(_second) AS _second FROM (…UNION ALL…) GROUP BY …),
//! contrast AS (…0 for what is missing where the metric counts…)
//! ```
//! The figures are one metric of two slices, or two metrics of the same rows. A group that occurs in one slice only is
//! shown too. Under thresholds, a group is compared where it meets them in both; under conditions on the comparison itself
//! and in a summary of it, where it has both values.

use config::semantic::SemanticModel;

use super::{
    columns::{columns, sql_type},
    conditions::{Figure, FigureKind, check_arity, number},
    error::MetricError,
    frame::is_zero_when_empty,
    plan::Plan,
    question::{Direction, FilterOp, MetricFilter, MetricQuery, Summary},
    render::{Select, Text, condition, key_alias, shown},
    resolve::{Order, Question, dimension_order},
    summary,
    window::{Rows, counts_all},
};
use crate::sql::SqlValue;

/// The columns of a contrast.
pub(super) const FIRST: &str = "first";
pub(super) const SECOND: &str = "second";
pub(super) const DIFFERENCE: &str = "difference";
pub(super) const RATIO: &str = "ratio";

const COLUMNS: [&str; 4] = [FIRST, SECOND, DIFFERENCE, RATIO];
/// The size of the difference, whichever is more: rows can be ordered by it.
const DISTANCE: &str = "distance";

/// A condition on a column of a contrast.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    column: String,
    op: FilterOp,
    bounds: Vec<SqlValue>,
}

/// Whether a condition is on a column of the contrast that is asked for.
pub(super) fn is_compared(query: &MetricQuery, filter: &MetricFilter) -> bool {
    query.contrast && COLUMNS.contains(&filter.field.as_str())
}

/// The condition with typed values.
pub(super) fn compared(filter: &MetricFilter) -> Result<Compared, MetricError> {
    check_arity(filter)?;
    let bounds = filter.values.iter().map(|value| number(value, &filter.field)).collect::<Result<_, _>>()?;
    Ok(Compared { column: internal(&filter.field), op: filter.op, bounds })
}

/// What is compared: of two slices the first metric twice, else the two metrics; their parts or shares where they are
/// asked for.
pub(super) fn figures<'m>(question: &Question<'m>) -> Option<[Figure<'m>; 2]> {
    let first = *question.metrics.first()?;
    let second = if question.slices.is_empty() { *question.metrics.get(1)? } else { first };
    let of = |metric: &'m config::semantic::Metric| {
        let shares = metric.share.is_some();
        let kind = if shares && question.has_part() {
            FigureKind::Part
        } else if shares && question.share_of_total {
            FigureKind::Share
        } else {
            FigureKind::Value
        };
        Figure { metric, kind }
    };
    Some([of(first), of(second)])
}

/// The order of a contrast: by its own columns and by dimensions; left out, the largest difference first.
pub(super) fn order<'m>(question: &Question<'m>, query: &MetricQuery) -> Result<Vec<Order<'m>>, MetricError> {
    let problem = |problem: String| Err(MetricError::Misshapen { field: "contrast", problem });
    let two_metrics = question.slices.is_empty() && question.metrics.len() == 2;
    if question.slices.len() != 2 && !two_metrics {
        let (slices, metrics) = (question.slices.len(), question.metrics.len());
        return problem(format!(
            "it needs exactly two slices, or two metrics without slices; {slices} slices and {metrics} metrics given"
        ));
    }
    if question.cumulative_to.is_some() || question.summary == Some(Summary::Correlation) {
        return problem("it cannot be cut by cumulative_to or correlated; leave one of them out".to_owned());
    }
    let Some([figure, _]) = figures(question) else { return Ok(Vec::new()) };
    let by = |column: &str, direction: Option<Direction>| Order {
        figure: Some(figure),
        column: internal(column),
        direction: direction.unwrap_or(Direction::Desc),
    };
    if query.order_by.is_empty() {
        return Ok(vec![by(DIFFERENCE, None)]);
    }
    let keys = query.order_by.iter().map(|key| {
        if COLUMNS.contains(&key.field.as_str()) || key.field == DISTANCE {
            return Ok(by(&key.field, key.direction));
        }
        dimension_order(&question.groups, &key.field, key.direction)
            .ok_or_else(|| MetricError::ContrastOrder { field: key.field.clone() })
    });
    keys.collect()
}

/// A column's name inside the statement, where the plain ones are words of SQL.
fn internal(column: &str) -> String {
    format!("_{column}")
}

/// The statement's last part.
pub(super) fn select<'m>(
    text: &mut Text<'_>,
    model: &'m SemanticModel,
    question: &Question<'m>,
    plans: &[Plan<'m>],
) -> Select {
    let source = match plans {
        [plan] => of_metrics(text, model, question, plan),
        _ => of_slices(text, model, question, plans),
    };
    beside(text, model, question, &source);
    let mut rows = Rows::of("contrast_", "contrast".to_owned());
    if counts_all(question) {
        rows = Rows::flagged(text, "contrast_", "contrast");
    }
    let conditions = question.compared.iter().map(|compared| {
        let bound: Vec<String> = compared.bounds.iter().map(|value| text.bind(value.clone())).collect();
        condition(&compared.column, compared.op, &bound)
    });
    let conditions = conditions.collect();
    rows.keep(text, "compared", conditions);
    let (order, limit) = rows.rank(text, question);
    if let Some(asked) = question.summary {
        rows.cut(text, &order, limit);
        let columns = summarised(question, asked, &rows);
        return Select { columns, source: rows.source(), order: Vec::new(), limit: None };
    }
    let columns = columns(question).into_iter().map(|column| {
        if COLUMNS.contains(&column.name.as_str()) {
            format!("{} AS {}", internal(&column.name), column.name)
        } else {
            shown(question, &column)
        }
    });
    Select { columns: columns.collect(), source: rows.source(), order, limit }
}

/// The keys and names of the groups, with more columns behind them.
fn with_groups(question: &Question<'_>, more: &[String]) -> String {
    let keys = (0..question.groups.len()).map(key_alias);
    let names = question.groups.iter().map(|group| group.dimension.name.clone());
    keys.chain(names).chain(more.iter().cloned()).collect::<Vec<_>>().join(", ")
}

/// Two metrics of the same rows, as `_first` and `_second` of every group.
fn of_metrics<'m>(
    text: &mut Text<'_>,
    model: &'m SemanticModel,
    question: &Question<'m>,
    plan: &Plan<'m>,
) -> String {
    let rows = text.chosen(model, plan, "");
    let columns = figures(question).map(|figures| figures.map(|figure| figure.column())).unwrap_or_default();
    let [first, second] = columns;
    let cells = [format!("{first} AS {}", internal(FIRST)), format!("{second} AS {}", internal(SECOND))];
    text.part("merged", &format!("SELECT {}\n  {}", with_groups(question, &cells), rows.source()));
    "merged".to_owned()
}

/// One metric of two slices, likewise.
fn of_slices<'m>(
    text: &mut Text<'_>,
    model: &'m SemanticModel,
    question: &Question<'m>,
    plans: &[Plan<'m>],
) -> String {
    let (first, second) = (internal(FIRST), internal(SECOND));
    let compared = figures(question).map(|[figure, _]| figure);
    let column = compared.map(|figure| figure.column()).unwrap_or_default();
    let none = compared.map_or_else(String::new, |figure| format!("CAST(NULL AS {})", sql_type(&figure)));
    let mut branches = Vec::with_capacity(plans.len());
    let mut restricted = false;
    for (at, plan) in plans.iter().enumerate() {
        let rows = text.met(model, plan, &format!("s{}_", at + 1));
        restricted |= plan.thresholds().next().is_some();
        let cells = if at == 0 {
            [format!("{column} AS {first}"), format!("{none} AS {second}")]
        } else {
            [format!("{none} AS {first}"), format!("{column} AS {second}")]
        };
        let kept = format!("{} AS _kept", rows.flag().unwrap_or_else(|| "1".to_owned()));
        branches.push(format!(
            "SELECT {}\n    {}",
            with_groups(question, &[cells.as_slice(), &[kept]].concat()),
            rows.source()
        ));
    }
    let values = [format!("MAX({first}) AS {first}"), format!("MAX({second}) AS {second}")];
    let mut merged = format!(
        "SELECT {}\n  FROM (\n    {}\n  ) AS branches",
        with_groups(question, &values),
        branches.join("\n    UNION ALL\n    ")
    );
    if !question.groups.is_empty() {
        merged += &format!("\n  GROUP BY {}", with_groups(question, &[]));
        if restricted {
            merged += "\n  HAVING SUM(_kept) = 2";
        }
    }
    text.part("merged", &merged);
    "merged".to_owned()
}

/// The part of the statement with both values, their difference and their ratio.
fn beside<'m>(text: &mut Text<'_>, model: &'m SemanticModel, question: &Question<'m>, source: &str) {
    // A group without rows has no part, and 0 of what is counted.
    let zero =
        |figure: Figure<'m>| figure.kind != FigureKind::Part && is_zero_when_empty(model, figure.metric);
    let zeros = figures(question).map_or([false, false], |figures| figures.map(zero));
    let (first, second) = (internal(FIRST), internal(SECOND));
    let [a, b] = [(&first, zeros[0]), (&second, zeros[1])]
        .map(|(column, zero)| if zero { format!("COALESCE({column}, 0)") } else { column.clone() });
    let cells = [
        format!("{a} AS {first}"),
        format!("{b} AS {second}"),
        format!("{a} - {b} AS {}", internal(DIFFERENCE)),
        format!("CAST({a} AS DOUBLE) / NULLIF({b}, 0) AS {}", internal(RATIO)),
        format!("GREATEST({a} - {b}, {b} - {a}) AS {}", internal(DISTANCE)),
    ];
    let mut body = format!("SELECT {}\n  FROM {source}", with_groups(question, &cells));
    if question.summary.is_some() || !question.compared.is_empty() {
        body += &format!("\n  WHERE {a} IS NOT NULL AND {b} IS NOT NULL");
    }
    text.part("contrast", &body);
}

/// One row about the groups of a contrast.
fn summarised(question: &Question<'_>, asked: Summary, rows: &Rows) -> Vec<String> {
    let Some(function) = summary::function(asked) else { return summary::select(question, asked, rows) };
    let columns =
        COLUMNS.iter().map(|column| format!("{function}(CAST({} AS DOUBLE)) AS {column}", internal(column)));
    columns.collect()
}
