//! One row about the groups that a question leaves, or one for each value of some of its dimensions.
//!
//! ```sql
//! summarised AS (SELECT k1, product_name, SUM(_kept_2) AS groups, … FROM … GROUP BY k1, product_name)
//! ```
//! The rows of the second kind can be chosen, ordered, cut and counted in turn: products more than half of whose buyers
//! bought them once only.

use super::{
    columns::{self, sql_type},
    conditions::{Figure, check_arity, number},
    error::MetricError,
    question::{Direction, FilterOp, Summary, SummaryBy},
    render::{Select, Text, condition, key_alias, shown},
    resolve::Question,
    window::Rows,
};
use crate::sql::SqlValue;

/// The column with the number of groups that are left.
pub(super) const GROUPS: &str = "groups";
/// The column with the same as a fraction of the groups there were.
pub(super) const SHARE_OF_GROUPS: &str = "share_of_groups";
/// The column with Pearson's coefficient.
pub(super) const CORRELATION: &str = "correlation";

/// The groups that a summary is told for.
#[derive(Debug, Clone)]
pub(super) struct SummaryGroups<'m> {
    /// Their places in the question's groups.
    pub(super) places: Vec<usize>,
    having: Vec<(String, FilterOp, Vec<SqlValue>)>,
    order: Option<(String, Direction)>,
    limit: Option<u32>,
    pub(super) count: bool,
    dimensions: Vec<&'m str>,
    labels: Vec<&'m str>,
}

impl SummaryGroups<'_> {
    /// "products".
    pub(super) fn label(&self) -> String {
        self.labels.join(" and ")
    }

    /// Their keys and names.
    fn columns(&self) -> Vec<String> {
        let names = self.dimensions.iter().map(|name| (*name).to_owned());
        self.places.iter().map(|at| key_alias(*at)).chain(names).collect()
    }
}

/// Refuses further summaries that have no column to stand beside, or none of their own.
pub(super) fn check_beside(question: &Question<'_>) -> Result<(), MetricError> {
    let misshapen = |problem: &str| {
        Err(MetricError::Misshapen { field: "summaries_beside", problem: problem.to_owned() })
    };
    let beside = &question.summaries_beside;
    if beside.is_empty() {
        return Ok(());
    }
    let Some(summary) = question.summary.filter(|summary| function(*summary).is_some()) else {
        return misshapen("they stand beside a mean, median, min, max or sum; give one as summary");
    };
    if question.contrast {
        return misshapen("a contrast is summarised once; leave one out");
    }
    if beside.contains(&Summary::Correlation) {
        return misshapen("a correlation stands alone, as summary");
    }
    let twice = |at: usize, kind: &Summary| *kind == summary || beside.iter().take(at).any(|k| k == kind);
    if beside.iter().enumerate().any(|(at, kind)| twice(at, kind)) {
        return misshapen("each summary is told once; leave the second one out");
    }
    Ok(())
}

/// What a figure is called in a summary that stands beside another one.
pub(super) fn beside_column(summary: Summary, column: &str) -> String {
    format!("{}_{column}", summary.as_str())
}

/// Finds the dimensions and columns that a question's summary names.
pub(super) fn resolve<'m>(question: &Question<'m>, by: &SummaryBy) -> Result<SummaryGroups<'m>, MetricError> {
    let misshapen = |problem: String| MetricError::Misshapen { field: "summary_by", problem };
    let Some(summary) = question.summary else {
        return Err(misshapen("it says what a summary is told for; give summary".to_owned()));
    };
    if !question.slices.is_empty() || question.contrast {
        return Err(misshapen("slices and contrasts have a row each already; leave one out".to_owned()));
    }
    let mut places = Vec::new();
    for name in &by.dimensions {
        let place = question.groups.iter().position(|group| group.dimension.name == *name);
        let at = place.ok_or_else(|| {
            misshapen(format!("{name:?} is none of the question's dimensions; name one of them"))
        })?;
        if !places.contains(&at) {
            places.push(at);
        }
    }
    if places.is_empty() || places.len() == question.groups.len() {
        return Err(misshapen("it names some of the question's dimensions, not none and not all".to_owned()));
    }
    let known = known_columns(question, summary);
    let column = |field: &String| {
        let found = known.contains(field).then(|| field.clone());
        found.ok_or_else(|| misshapen(format!("{field:?} is no column of the summary: {}", known.join(", "))))
    };
    let having = by.having.iter().map(|filter| {
        check_arity(filter)?;
        let bounds = filter.values.iter().map(|value| number(value, &filter.field));
        Ok((column(&filter.field)?, filter.op, bounds.collect::<Result<_, _>>()?))
    });
    let order = by
        .order_by
        .as_ref()
        .map(|key| Ok::<_, MetricError>((column(&key.field)?, key.direction.unwrap_or(Direction::Desc))));
    let groups = places.iter().filter_map(|at| question.groups.get(*at));
    Ok(SummaryGroups {
        having: having.collect::<Result<_, MetricError>>()?,
        order: order.transpose()?,
        limit: by.limit,
        count: by.count,
        dimensions: groups.clone().map(|group| group.dimension.name.as_str()).collect(),
        labels: groups.map(|group| group.dimension.plural_label.as_str()).collect(),
        places,
    })
}

/// The columns that a summary has beside its groups.
fn known_columns(question: &Question<'_>, summary: Summary) -> Vec<String> {
    match summary {
        Summary::Count => vec![GROUPS.to_owned(), SHARE_OF_GROUPS.to_owned()],
        Summary::Correlation => vec![CORRELATION.to_owned()],
        _ => {
            let own: Vec<String> = question.figures().iter().map(Figure::column).collect();
            let beside = question.summaries_beside.iter().flat_map(|kind| match kind {
                Summary::Count => vec![GROUPS.to_owned()],
                kind => own.iter().map(|column| beside_column(*kind, column)).collect(),
            });
            let beside: Vec<String> = beside.collect();
            own.into_iter().chain(beside).collect()
        }
    }
}

/// The aggregation of a summary; none where it is no plain one.
pub(super) fn function(summary: Summary) -> Option<&'static str> {
    Some(match summary {
        Summary::Count | Summary::Correlation => return None,
        Summary::Mean => "AVG",
        Summary::Median => "MEDIAN",
        Summary::Min => "MIN",
        Summary::Max => "MAX",
        Summary::Sum => "SUM",
    })
}

/// The statement's last part: one row, or one a group.
pub(super) fn last(text: &mut Text<'_>, question: &Question<'_>, summary: Summary, rows: &Rows) -> Select {
    let columns = select(question, summary, rows);
    let Some(by) = &question.summary_by else {
        return Select { columns, source: rows.source(), order: Vec::new(), limit: None };
    };
    let keys = by.columns();
    let cells: Vec<String> = keys.iter().cloned().chain(columns).collect();
    let body = format!("SELECT {}\n  {}\n  GROUP BY {}", cells.join(", "), rows.source(), keys.join(", "));
    text.part("summarised", &body);
    let mut rows = if by.count {
        Rows::flagged(text, "summarised_", "summarised")
    } else {
        Rows::of("summarised_", "summarised".to_owned())
    };
    let conditions = by.having.iter().map(|(column, op, bounds)| {
        let bound: Vec<String> = bounds.iter().map(|value| text.bind(value.clone())).collect();
        condition(column, *op, &bound)
    });
    let conditions = conditions.collect();
    rows.keep(text, "chosen", conditions);
    if by.count {
        return Select { columns: counted(&rows), source: rows.source(), order: Vec::new(), limit: None };
    }
    let columns = columns::columns(question).iter().map(|column| shown(question, column)).collect();
    Select { columns, source: rows.source(), order: order(question, by, summary), limit: by.limit }
}

/// The order of the rows: as asked, hours and the like in their own, else the largest first; ties by the keys.
fn order(question: &Question<'_>, by: &SummaryGroups<'_>, summary: Summary) -> Vec<String> {
    let natural = by.limit.is_none()
        && by.places.iter().filter_map(|at| question.groups.get(*at)).all(|group| {
            group.dimension.entity.is_none()
                && group.dimension.kind == config::semantic::DimensionKind::Numeric
        });
    let first = by.order.clone().or_else(|| {
        let column = known_columns(question, summary).into_iter().next().filter(|_| !natural)?;
        Some((column, Direction::Desc))
    });
    let first = first.map(|(column, direction)| match direction {
        Direction::Asc => format!("{column} ASC NULLS LAST"),
        Direction::Desc => format!("{column} DESC NULLS LAST"),
    });
    let ties = by.places.iter().map(|at| format!("{} ASC NULLS LAST", key_alias(*at)));
    first.into_iter().chain(ties).collect()
}

/// How many rows are left of those that were flagged.
fn counted(rows: &Rows) -> Vec<String> {
    let left = rows.flag().map_or_else(|| "COUNT(*)".to_owned(), |flag| format!("COALESCE(SUM({flag}), 0)"));
    vec![
        format!("{left} AS {GROUPS}"),
        format!("CAST({left} AS DOUBLE) / NULLIF(COUNT(*), 0) AS {SHARE_OF_GROUPS}"),
    ]
}

/// What is selected over the rows that are left; for a count these are flagged, all else was dropped.
pub(super) fn select(question: &Question<'_>, summary: Summary, rows: &Rows) -> Vec<String> {
    let figures = question.figures();
    let Some(function) = function(summary) else {
        return match (summary, figures.as_slice()) {
            (Summary::Correlation, [first, second]) => vec![format!(
                "CORR(CAST({} AS DOUBLE), CAST({} AS DOUBLE)) AS {CORRELATION}",
                first.column(),
                second.column()
            )],
            _ => counted(rows),
        };
    };
    let mut cells = aggregated(&figures, summary, function, Clone::clone);
    for kind in &question.summaries_beside {
        match self::function(*kind) {
            Some(function) => {
                cells.extend(aggregated(&figures, *kind, function, |column| beside_column(*kind, column)));
            }
            None => cells.push(format!("COUNT(*) AS {GROUPS}")),
        }
    }
    cells
}

/// The figures in one summary.
fn aggregated(
    figures: &[Figure<'_>],
    summary: Summary,
    function: &str,
    name: impl Fn(&String) -> String,
) -> Vec<String> {
    let between = matches!(summary, Summary::Mean | Summary::Median);
    let operand = |figure: &Figure<'_>| {
        // The median of integers would be cut to an integer. The type is told, because a column that some sources have not
        // is null, of no type, when the statement is planned.
        let kind = if between { "DOUBLE" } else { sql_type(figure) };
        let column = figure.column();
        format!("{function}(CAST({column} AS {kind})) AS {}", name(&column))
    };
    figures.iter().map(operand).collect()
}
