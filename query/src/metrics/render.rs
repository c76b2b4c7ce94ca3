//! Last step of compiling: the text of the statement, and what its columns mean.
//!
//! ```sql
//! WITH by_lines AS (…one row a group, one column a simple metric…),
//!      spine AS (…every group there is…),                               -- where empty groups count 0
//!      together AS (…several sources and the spine, merged by group…),   -- where there is more than one
//!      all_lines AS (…the totals that shares divide by…),
//!      answers AS (…names, metrics, shares…)
//! SELECT … FROM answers WHERE … ORDER BY … LIMIT …
//! ```
//! Sources are merged by `UNION ALL` and `MAX`: every source has a group at most once, and grouping takes null for equal
//! to null, which a join does not. A source is named after its semantic model, also where it reads a rollup. Identifiers come from the checked model, every value is a parameter.

use config::semantic::{
    Aggregation, Comparison, DimensionKind, Measure, Metric, MetricDefinition, Scalar, SemanticModel, Stored,
    Token, tokens,
};
use domain::{answer::Format, table::ColumnType};

use super::{
    ColumnRole, MetricColumn,
    joins::{ColumnAt, Reach, is_key},
    plan::{Plan, Source, Taken, has_total, is_zero_when_empty, total_filters},
    question::{Direction, FilterOp},
    resolve::{Group, Question, RowFilter, SHARE_PREFIX, Threshold},
};
use crate::sql::{Dialect, SqlValue};

/// The statement and its parameters.
pub(super) fn render<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    plan: &Plan<'m>,
    dialect: Dialect,
) -> (String, Vec<SqlValue>) {
    let mut text = Text { parameters: Vec::new(), dialect };
    let mut parts = Vec::new();
    for source in &plan.sources {
        let filters: Vec<&RowFilter<'m>> = question.filters.iter().collect();
        let body = text.source(source, &question.groups, &filters);
        parts.push(format!("by_{} AS (\n  {body}\n)", source.table.name));
    }
    if let Some(reach) = &plan.spine {
        let reachable: Vec<&RowFilter<'m>> =
            question.filters.iter().filter(|f| reach.filter_column(f.home, f.dimension).is_some()).collect();
        let body = text.grouped(reach, &[], &question.groups, &reachable);
        parts.push(format!("spine AS (\n  {body}\n)"));
    }
    let rows = rows_of(question, plan, &mut parts);
    for total in &plan.totals {
        let body = text.source(total, &[], &total_filters(question));
        parts.push(format!("all_{} AS (\n  {body}\n)", total.table.name));
    }
    parts.push(answers(model, question, plan, &rows));
    let shown = columns(question).into_iter().map(|column| match column.role {
        ColumnRole::Key => format!("{} AS {}", key_alias(position(question, &column.field)), column.name),
        _ => column.name,
    });
    let mut sql =
        format!("WITH {}\nSELECT {}\nFROM answers", parts.join(",\n"), shown.collect::<Vec<_>>().join(", "));
    let thresholds: Vec<String> =
        question.thresholds.iter().chain(&plan.support).map(|threshold| text.threshold(threshold)).collect();
    if !thresholds.is_empty() {
        sql += &format!("\nWHERE {}", thresholds.join(" AND "));
    }
    sql += &order_clause(question);
    if let Some(limit) = question.limit {
        sql += &format!("\nLIMIT {limit}");
    }
    (sql, text.parameters)
}

/// The columns of the result, dimensions first, each metric followed by its share.
pub(super) fn columns(question: &Question<'_>) -> Vec<MetricColumn> {
    let mut columns = Vec::new();
    for Group { dimension, .. } in &question.groups {
        let key = dimension.key_column.as_ref();
        if let Some(key) = key.filter(|key| question.groups.iter().all(|group| group.dimension.name != **key))
        {
            columns.push(MetricColumn {
                name: key.clone(),
                kind: ColumnType::Integer,
                format: Format::Id,
                label: format!("{} id", dimension.label),
                unit: String::new(),
                role: ColumnRole::Key,
                field: dimension.name.clone(),
            });
        }
        columns.push(MetricColumn {
            name: dimension.name.clone(),
            kind: kind_of(dimension.format),
            format: dimension.format,
            label: dimension.label.clone(),
            unit: String::new(),
            role: ColumnRole::Dimension,
            field: dimension.name.clone(),
        });
    }
    for metric in &question.metrics {
        columns.push(MetricColumn {
            name: metric.name.clone(),
            kind: kind_of(metric.format),
            format: metric.format,
            label: metric.label.clone(),
            unit: metric.unit.clone(),
            role: ColumnRole::Metric,
            field: metric.name.clone(),
        });
        if let Some(share) = metric.share.as_ref().filter(|_| question.share_of_total) {
            columns.push(MetricColumn {
                name: format!("{SHARE_PREFIX}{}", metric.name),
                kind: ColumnType::Number,
                format: Format::Percent,
                label: share.label.clone(),
                unit: String::new(),
                role: ColumnRole::Share,
                field: metric.name.clone(),
            });
        }
    }
    columns
}

fn kind_of(format: Format) -> ColumnType {
    match format {
        Format::Integer | Format::Id | Format::Hour => ColumnType::Integer,
        Format::Percent | Format::Decimal | Format::Days => ColumnType::Number,
        Format::Name => ColumnType::String,
    }
}

/// Collects parameters while text is made.
struct Text {
    parameters: Vec<SqlValue>,
    dialect: Dialect,
}

impl Text {
    fn bind(&mut self, value: SqlValue) -> String {
        self.parameters.push(value);
        match self.dialect {
            Dialect::DataFusion => format!("${}", self.parameters.len()),
        }
    }

    fn source<'m>(
        &mut self,
        source: &Source<'m>,
        groups: &[Group<'m>],
        filters: &[&RowFilter<'m>],
    ) -> String {
        self.grouped(&source.reach, &source.measures, groups, filters)
    }

    /// One aggregation over one table and what it joins.
    fn grouped<'m>(
        &mut self,
        reach: &Reach<'m>,
        measures: &[(&'m Metric, Taken<'m>)],
        groups: &[Group<'m>],
        filters: &[&RowFilter<'m>],
    ) -> String {
        let keys: Vec<ColumnAt<'m>> =
            groups.iter().filter_map(|group| reach.group_column(group.home, group.dimension)).collect();
        let conditions: Vec<(ColumnAt<'m>, &RowFilter<'m>)> = filters
            .iter()
            .filter_map(|filter| reach.filter_column(filter.home, filter.dimension).map(|at| (at, *filter)))
            .collect();
        let mut shown: Vec<String> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| format!("{} AS {}", reach.sql(*key), key_alias(at)))
            .collect();
        for (metric, taken) in measures {
            let value = match taken {
                Taken::Rows(measure) => self.measure(reach, measure),
                Taken::Stored(stored) => from_stored(reach, stored),
                Taken::Values(column) => format!("COUNT(DISTINCT {}.{column})", reach.base_name()),
            };
            shown.push(format!("{value} AS {}", metric.name));
        }
        let used: Vec<ColumnAt<'m>> =
            keys.iter().copied().chain(conditions.iter().map(|(at, _)| *at)).collect();
        let mut text = format!("SELECT {}\n  {}", shown.join(", "), reach.joined_tables(&used));
        let conditions: Vec<String> =
            conditions.into_iter().map(|(at, filter)| self.row_filter(&reach.sql(at), filter)).collect();
        if !conditions.is_empty() {
            text += &format!("\n  WHERE {}", conditions.join(" AND "));
        }
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(|key| reach.sql(*key)).collect();
            text += &format!("\n  GROUP BY {}", keys.join(", "));
        }
        text
    }

    fn measure(&mut self, reach: &Reach<'_>, measure: &Measure) -> String {
        let table = reach.base_name();
        let column = measure.expr.as_ref().map(|expr| format!("{table}.{expr}"));
        let operand = match &measure.filter {
            None => column.unwrap_or_else(|| "*".to_owned()),
            Some(filter) => {
                let value = self.bind(match &filter.value {
                    Scalar::Integer(value) => SqlValue::Integer(*value),
                    Scalar::Number(value) => SqlValue::Number(*value),
                    Scalar::Text(value) => SqlValue::Text(value.clone()),
                });
                let counted = column.unwrap_or_else(|| "1".to_owned());
                format!("CASE WHEN {table}.{} {} {value} THEN {counted} END", filter.expr, sign(filter.op))
            }
        };
        match measure.agg {
            Aggregation::Count => format!("COUNT({operand})"),
            Aggregation::CountDistinct => format!("COUNT(DISTINCT {operand})"),
            Aggregation::Sum => format!("SUM({operand})"),
            Aggregation::Avg => format!("AVG({operand})"),
            // The median of integers would be cut to an integer.
            Aggregation::Median => format!("MEDIAN(CAST({operand} AS DOUBLE))"),
            Aggregation::Min => format!("MIN({operand})"),
            Aggregation::Max => format!("MAX({operand})"),
        }
    }

    fn row_filter(&mut self, column: &str, filter: &RowFilter<'_>) -> String {
        let compared = match filter.dimension.kind {
            DimensionKind::Categorical => format!("LOWER({column})"),
            DimensionKind::Numeric => column.to_owned(),
        };
        let condition = self.condition(&compared, filter.op, &filter.values);
        // What is not known is not the excluded value: `ne` and `not_in` keep it.
        match filter.op {
            FilterOp::Ne | FilterOp::NotIn if filter.dimension.nullable => {
                format!("({condition} OR {column} IS NULL)")
            }
            _ => condition,
        }
    }

    fn threshold(&mut self, threshold: &Threshold<'_>) -> String {
        self.condition(&threshold.column, threshold.op, &threshold.values)
    }

    fn condition(&mut self, left: &str, op: FilterOp, values: &[SqlValue]) -> String {
        let bound: Vec<String> = values.iter().map(|value| self.bind(value.clone())).collect();
        let sign = match op {
            FilterOp::In => return format!("{left} IN ({})", bound.join(", ")),
            FilterOp::NotIn => return format!("{left} NOT IN ({})", bound.join(", ")),
            FilterOp::Contains => return like(left, "LIKE", " OR ", &bound),
            FilterOp::NotContains => return like(left, "NOT LIKE", " AND ", &bound),
            FilterOp::Between => return format!("{left} BETWEEN {}", bound.join(" AND ")),
            FilterOp::Eq => "=",
            FilterOp::Ne => "<>",
            FilterOp::Lt => "<",
            FilterOp::Le => "<=",
            FilterOp::Gt => ">",
            FilterOp::Ge => ">=",
        };
        format!("{left} {sign} {}", bound.concat())
    }
}

/// A name against several patterns.
fn like(left: &str, operator: &str, joint: &str, patterns: &[String]) -> String {
    let each: Vec<String> = patterns.iter().map(|pattern| format!("{left} {operator} {pattern}")).collect();
    format!("({})", each.join(joint))
}

/// A measure put together from the groups of a rollup.
fn from_stored(reach: &Reach<'_>, stored: &Stored) -> String {
    let table = reach.base_name();
    match stored {
        Stored::Sum(column) => format!("SUM({table}.{column})"),
        // There is one group: the greatest of one is itself, and nothing could be added up by mistake.
        Stored::Max(column) | Stored::Distinct(column) => format!("MAX({table}.{column})"),
        Stored::Min(column) => format!("MIN({table}.{column})"),
        Stored::Mean { sum, count } => {
            format!("CAST(SUM({table}.{sum}) AS DOUBLE) / NULLIF(SUM({table}.{count}), 0)")
        }
    }
}

fn sign(op: Comparison) -> &'static str {
    match op {
        Comparison::Eq => "=",
        Comparison::Ne => "<>",
        Comparison::Lt => "<",
        Comparison::Le => "<=",
        Comparison::Gt => ">",
        Comparison::Ge => ">=",
    }
}

/// Where `answers` reads its groups from; merges several sources and the spine first.
fn rows_of(question: &Question<'_>, plan: &Plan<'_>, parts: &mut Vec<String>) -> String {
    let names: Vec<String> = plan.sources.iter().map(|source| format!("by_{}", source.table.name)).collect();
    if question.groups.is_empty() {
        return names.join(" CROSS JOIN ");
    }
    if names.len() == 1 && plan.spine.is_none() {
        return names.concat();
    }
    let keys = (0..question.groups.len()).map(key_alias).collect::<Vec<_>>().join(", ");
    let metrics: Vec<&str> =
        plan.sources.iter().flat_map(|source| source.measures.iter().map(|(m, _)| m.name.as_str())).collect();
    let branch = |from: &str, has: &dyn Fn(&str) -> bool| {
        let cells = metrics.iter().map(|m| if has(m) { (*m).to_owned() } else { format!("NULL AS {m}") });
        format!("    SELECT {keys}, {} FROM {from}", cells.collect::<Vec<_>>().join(", "))
    };
    let mut branches: Vec<String> = plan
        .sources
        .iter()
        .zip(&names)
        .map(|(source, from)| branch(from, &|metric| source.measures.iter().any(|(m, _)| m.name == metric)))
        .collect();
    if plan.spine.is_some() {
        branches.push(branch("spine", &|_| false));
    }
    let merged =
        metrics.iter().map(|metric| format!("MAX({metric}) AS {metric}")).collect::<Vec<_>>().join(", ");
    parts.push(format!(
        "together AS (\n  SELECT {keys}, {merged}\n  FROM (\n{}\n  ) AS branches\n  GROUP BY {keys}\n)",
        branches.join("\n    UNION ALL\n")
    ));
    "together".to_owned()
}

/// Names, metrics and shares of every group.
fn answers<'m>(model: &'m SemanticModel, question: &Question<'m>, plan: &Plan<'m>, rows: &str) -> String {
    let mut shown = Vec::new();
    let mut from = format!("FROM {rows}");
    for (at, Group { home, dimension }) in question.groups.iter().enumerate() {
        let key = format!("{rows}.{}", key_alias(at));
        shown.push(format!("{key} AS {}", key_alias(at)));
        let named = dimension.entity.as_ref().filter(|_| !is_key(home, dimension));
        match named.and_then(|entity| home.entity(entity)) {
            Some(primary) => {
                let name = format!("n{}", at + 1);
                shown.push(format!("{name}.{} AS {}", dimension.expr, dimension.name));
                from += &format!("\n  LEFT JOIN {} AS {name} ON {name}.{} = {key}", home.table, primary.expr);
            }
            None => shown.push(format!("{key} AS {}", dimension.name)),
        }
    }
    for metric in &plan.computed {
        let value = value(model, plan, &question.groups, rows, metric);
        shown.push(format!("{value} AS {}", metric.name));
        if has_total(question, metric) {
            let total = format!("{}.{}", total_of(plan, metric), metric.name);
            shown.push(format!(
                "CAST({value} AS DOUBLE) / NULLIF({total}, 0) AS {SHARE_PREFIX}{}",
                metric.name
            ));
        }
    }
    for total in &plan.totals {
        from += &format!("\n  CROSS JOIN all_{}", total.table.name);
    }
    format!("answers AS (\n  SELECT {}\n  {from}\n)", shown.join(",\n    "))
}

/// A metric's value in a row of the groups.
fn value(
    model: &SemanticModel,
    plan: &Plan<'_>,
    groups: &[Group<'_>],
    rows: &str,
    metric: &Metric,
) -> String {
    let input = |name: &str| {
        model
            .metric(name)
            .map_or_else(|| "NULL".to_owned(), |metric| value(model, plan, groups, rows, metric))
    };
    match &metric.definition {
        MetricDefinition::Simple { .. } => {
            let from = if groups.is_empty() {
                let source = plan
                    .sources
                    .iter()
                    .find(|source| source.measures.iter().any(|(m, _)| m.name == metric.name));
                source.map_or_else(String::new, |source| format!("by_{}", source.table.name))
            } else {
                rows.to_owned()
            };
            if is_zero_when_empty(model, metric) {
                format!("COALESCE({from}.{}, 0)", metric.name)
            } else {
                format!("{from}.{}", metric.name)
            }
        }
        MetricDefinition::Ratio { numerator, denominator } => {
            format!("CAST({} AS DOUBLE) / NULLIF({}, 0)", input(numerator), input(denominator))
        }
        MetricDefinition::Derived { expr } => {
            // Whole numbers would be divided without a remainder.
            let divides = expr.contains('/');
            let parts = tokens(expr).into_iter().map(|token| match token {
                Token::Metric(name) if divides => format!("CAST(({}) AS DOUBLE)", input(&name)),
                Token::Metric(name) => format!("({})", input(&name)),
                Token::Other(text) => text,
            });
            format!("({})", parts.collect::<String>())
        }
    }
}

fn order_clause(question: &Question<'_>) -> String {
    if question.groups.is_empty() {
        return String::new();
    }
    let keys = question.order.iter().map(|key| {
        let direction = match key.direction {
            Direction::Asc => "ASC",
            Direction::Desc => "DESC",
        };
        format!("{} {direction} NULLS LAST", key.column)
    });
    // Ties are broken by the groups' keys, so that the same question has the same answer.
    let ties = (0..question.groups.len()).map(|at| format!("{} ASC NULLS LAST", key_alias(at)));
    format!("\nORDER BY {}", keys.chain(ties).collect::<Vec<_>>().join(", "))
}

fn total_of(plan: &Plan<'_>, metric: &Metric) -> String {
    let total = plan.totals.iter().find(|total| total.measures.iter().any(|(m, _)| m.name == metric.name));
    total.map_or_else(String::new, |total| format!("all_{}", total.table.name))
}

fn position(question: &Question<'_>, dimension: &str) -> usize {
    question.groups.iter().position(|group| group.dimension.name == dimension).unwrap_or(0)
}

fn key_alias(at: usize) -> String {
    format!("k{}", at + 1)
}
