//! Two slices beside each other: a row a group, with both values, their difference and their ratio.
//!
//! ```sql
//! merged AS (SELECT k1, department, MAX(_first) AS _first, MAX(_second) AS _second FROM (…UNION ALL…) GROUP BY …),
//! contrast AS (…0 for what is missing where the metric counts…)
//! ```
//! A group that occurs in one slice only is shown too. Under thresholds, a group is compared where it meets them in both.

use config::semantic::SemanticModel;

use super::{
    columns::{columns, sql_type},
    conditions::{Figure, FigureKind},
    error::MetricError,
    frame::is_zero_when_empty,
    plan::Plan,
    question::{Direction, MetricQuery},
    render::{Select, Text, key_alias, shown},
    resolve::{Order, Question, dimension_order},
    window::Rows,
};

/// The columns of a contrast.
pub(super) const FIRST: &str = "first";
pub(super) const SECOND: &str = "second";
pub(super) const DIFFERENCE: &str = "difference";
pub(super) const RATIO: &str = "ratio";

const COLUMNS: [&str; 4] = [FIRST, SECOND, DIFFERENCE, RATIO];

/// What is compared: the first metric, its part or its share where they are asked for.
pub(super) fn figure<'m>(question: &Question<'m>) -> Option<Figure<'m>> {
    let metric = *question.metrics.first()?;
    let shares = metric.share.is_some();
    let kind = if shares && question.has_part() {
        FigureKind::Part
    } else if shares && question.share_of_total {
        FigureKind::Share
    } else {
        FigureKind::Value
    };
    Some(Figure { metric, kind })
}

/// The order of a contrast: by its own columns and by dimensions; left out, the largest difference first.
pub(super) fn order<'m>(question: &Question<'m>, query: &MetricQuery) -> Result<Vec<Order<'m>>, MetricError> {
    let problem = |problem: String| Err(MetricError::Misshapen { field: "contrast", problem });
    if question.slices.len() != 2 {
        return problem(format!("it needs exactly two slices, {} given", question.slices.len()));
    }
    if question.cumulative_to.is_some() || question.summary.is_some() {
        return problem("it cannot be cut by cumulative_to or summarised; leave one of them out".to_owned());
    }
    let Some(figure) = figure(question) else { return Ok(Vec::new()) };
    let by = |column: &str, direction: Option<Direction>| Order {
        figure: Some(figure),
        column: internal(column),
        direction: direction.unwrap_or(Direction::Desc),
    };
    if query.order_by.is_empty() {
        return Ok(vec![by(DIFFERENCE, None)]);
    }
    let keys = query.order_by.iter().map(|key| {
        if COLUMNS.contains(&key.field.as_str()) {
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
    text: &mut Text,
    model: &'m SemanticModel,
    question: &Question<'m>,
    plans: &[Plan<'m>],
) -> Select {
    let keys: Vec<String> = (0..question.groups.len()).map(key_alias).collect();
    let names = question.groups.iter().map(|group| group.dimension.name.clone());
    let groups: Vec<String> = keys.into_iter().chain(names).collect();
    let list = |more: &[String]| groups.iter().chain(more).cloned().collect::<Vec<_>>().join(", ");
    let (first, second) = (internal(FIRST), internal(SECOND));
    let compared = figure(question);
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
            list(&[cells.as_slice(), &[kept]].concat()),
            rows.source()
        ));
    }
    let values = [format!("MAX({first}) AS {first}"), format!("MAX({second}) AS {second}")];
    let mut merged = format!(
        "SELECT {}\n  FROM (\n    {}\n  ) AS branches",
        list(&values),
        branches.join("\n    UNION ALL\n    ")
    );
    if !groups.is_empty() {
        merged += &format!("\n  GROUP BY {}", groups.join(", "));
        if restricted {
            merged += "\n  HAVING SUM(_kept) = 2";
        }
    }
    text.part("merged", &merged);
    // A group without rows has no part, and 0 of what is counted.
    let zero = compared
        .is_some_and(|figure| figure.kind != FigureKind::Part && is_zero_when_empty(model, figure.metric));
    let value = |column: &str| if zero { format!("COALESCE({column}, 0)") } else { column.to_owned() };
    let (a, b) = (value(&first), value(&second));
    let figures = [
        format!("{a} AS {first}"),
        format!("{b} AS {second}"),
        format!("{a} - {b} AS {}", internal(DIFFERENCE)),
        format!("CAST({a} AS DOUBLE) / NULLIF({b}, 0) AS {}", internal(RATIO)),
    ];
    text.part("contrast", &format!("SELECT {}\n  FROM merged", list(&figures)));
    let mut rows = Rows::of("", "contrast".to_owned());
    let (order, limit) = rows.rank(text, question);
    let columns = columns(question).into_iter().map(|column| {
        if COLUMNS.contains(&column.name.as_str()) {
            format!("{} AS {}", internal(&column.name), column.name)
        } else {
            shown(question, &column)
        }
    });
    Select { columns: columns.collect(), source: rows.source(), order, limit }
}
