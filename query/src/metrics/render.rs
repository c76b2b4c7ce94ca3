//! Last step of compiling: the text of the statement.
//!
//! ```sql
//! WITH cohort_1 AS (…the ids of a cohort…),
//!      by_lines AS (…one row a group, one column a simple metric…),
//!      part_lines AS (…the same of the part…),
//!      spine AS (…every group there is…),                               -- where empty groups count 0
//!      together AS (…several sources and the spine, merged by group…),   -- where there is more than one
//!      all_lines AS (…the totals that shares divide by…), overall_lines AS (…for bounds…),
//!      answers AS (…names, metrics, shares, parts…)
//! SELECT … FROM answers WHERE … ORDER BY … LIMIT …
//! ```
//! Of several slices each has such parts of its own, named `s1_…`, `s2_…`. What happens to `answers` afterwards is in
//! `window`, `summary`, `slices` and `contrast`.
//! Sources are merged by `UNION ALL` and `MAX`: every source has a group at most once, and grouping takes null for equal
//! to null, which a join does not. A source is named after its semantic model, also where it reads a rollup. Identifiers come from the checked model, every value is a parameter.

use config::semantic::{
    Aggregation, Comparison, DimensionKind, Measure, MeasureFilter, Metric, MetricDefinition, Scalar,
    SemanticModel, Stored, Token, tokens,
};

use super::{
    ColumnRole, MetricColumn,
    columns::columns,
    conditions::{Bound, Figure, FigureKind, Members, RowFilter, Threshold},
    contrast,
    frame::{Frame, Source, Taken, is_zero_when_empty},
    joins::{ColumnAt, Reach, is_key},
    plan::Plan,
    question::FilterOp,
    resolve::{Group, Question},
    scope::Scope,
    slices, summary,
    window::{Rows, counts_all, overall_column},
};
use crate::sql::{Dialect, SqlValue};

/// The statement and its parameters.
pub(super) fn render<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    plans: &[Plan<'m>],
    dialect: Dialect,
    scope: &Scope,
) -> (String, Vec<SqlValue>) {
    let mut text = Text { scope, parameters: Vec::new(), parts: Vec::new(), cohorts: Vec::new(), dialect };
    let select = match plans {
        _ if question.contrast => contrast::select(&mut text, model, question, plans),
        [plan] if question.slices.is_empty() => whole(&mut text, model, plan),
        _ => slices::select(&mut text, model, question, plans),
    };
    (format!("WITH {}\n{}", text.parts.join(",\n"), select.sql()), text.parameters)
}

/// The last part of a statement.
pub(super) struct Select {
    pub(super) columns: Vec<String>,
    /// `FROM … WHERE …`.
    pub(super) source: String,
    pub(super) order: Vec<String>,
    pub(super) limit: Option<u32>,
}

impl Select {
    fn sql(&self) -> String {
        let mut sql = format!("SELECT {}\n{}", self.columns.join(", "), self.source);
        if !self.order.is_empty() {
            sql += &format!("\nORDER BY {}", self.order.join(", "));
        }
        if let Some(limit) = self.limit {
            sql += &format!("\nLIMIT {limit}");
        }
        sql
    }
}

/// The last part of a question that is asked once.
fn whole<'m>(text: &mut Text<'_>, model: &'m SemanticModel, plan: &Plan<'m>) -> Select {
    let question = &plan.question;
    let (mut rows, order, limit) = text.left(model, plan, "");
    if let Some(summary) = question.summary {
        rows.cut(text, &order, limit);
        return summary::last(text, question, summary, &rows);
    }
    let columns = columns(question).iter().map(|column| shown(question, column)).collect();
    Select { columns, source: rows.source(), order, limit }
}

/// A column of the result as it is selected.
pub(super) fn shown(question: &Question<'_>, column: &MetricColumn) -> String {
    match column.role {
        ColumnRole::Key => format!("{} AS {}", key_alias(position(question, &column.field)), column.name),
        _ => column.name.clone(),
    }
}

fn position(question: &Question<'_>, dimension: &str) -> usize {
    question.groups.iter().position(|group| group.dimension.name == dimension).unwrap_or(0)
}

pub(super) fn key_alias(at: usize) -> String {
    format!("k{}", at + 1)
}

/// The column with the names of the groups.
fn names_of_groups<'p>(plan: &'p Plan<'_>) -> Option<&'p str> {
    plan.question.groups.first().map(|group| group.dimension.name.as_str())
}

/// Collects the statement's parts and parameters.
pub(super) struct Text<'s> {
    /// Which rollups there are, for cohorts.
    pub(super) scope: &'s Scope,
    parameters: Vec<SqlValue>,
    /// `name AS (…)`, each after what it reads.
    parts: Vec<String>,
    /// The cohorts that are among the parts, by what they hold, with their names.
    pub(super) cohorts: Vec<(String, String)>,
    dialect: Dialect,
}

impl Text<'_> {
    pub(super) fn bind(&mut self, value: SqlValue) -> String {
        self.parameters.push(value);
        match self.dialect {
            Dialect::DataFusion => format!("${}", self.parameters.len()),
        }
    }

    pub(super) fn part(&mut self, name: &str, body: &str) {
        self.parts.push(format!("{name} AS (\n  {body}\n)"));
    }

    /// The groups that thresholds, cut and limit leave, with their order and the limit that is still to be applied.
    pub(super) fn left<'m>(
        &mut self,
        model: &'m SemanticModel,
        plan: &Plan<'m>,
        prefix: &str,
    ) -> (Rows, Vec<String>, Option<u32>) {
        let question = &plan.question;
        let answers = self.answers(model, plan, prefix);
        let mut rows = if counts_all(question) {
            Rows::flagged(self, prefix, &answers)
        } else {
            Rows::of(prefix, answers)
        };
        if let (Some(top), Some(groups)) = (&question.top, &plan.top) {
            let condition = top.condition(self, model, groups, prefix);
            rows.keep(self, "within_top", vec![condition]);
        }
        rows.meet(self, names_of_groups(plan), &plan.thresholds().collect::<Vec<_>>());
        rows.accumulate(self, question);
        let (order, limit) = rows.rank(self, question);
        let order = if question.groups.is_empty() { Vec::new() } else { order };
        (rows, order, limit)
    }

    /// The groups that meet the thresholds.
    pub(super) fn chosen<'m>(&mut self, model: &'m SemanticModel, plan: &Plan<'m>, prefix: &str) -> Rows {
        let answers = self.answers(model, plan, prefix);
        let mut rows = Rows::of(prefix, answers);
        rows.meet(self, names_of_groups(plan), &plan.thresholds().collect::<Vec<_>>());
        rows
    }

    /// All groups, those flagged that meet the thresholds.
    pub(super) fn met<'m>(&mut self, model: &'m SemanticModel, plan: &Plan<'m>, prefix: &str) -> Rows {
        let answers = self.answers(model, plan, prefix);
        let mut rows = Rows::flagged(self, prefix, &answers);
        rows.meet(self, names_of_groups(plan), &plan.thresholds().collect::<Vec<_>>());
        rows
    }

    /// The part of the statement that has every group with its names and figures.
    fn answers<'m>(&mut self, model: &'m SemanticModel, plan: &Plan<'m>, prefix: &str) -> String {
        let question = &plan.question;
        self.frame(model, &plan.rows, prefix);
        self.frame(model, &plan.part, prefix);
        if let Some(reach) = &plan.spine {
            let filters: Vec<RowFilter<'m>> = question
                .filters
                .iter()
                .filter(|f| reach.filter_column(f.home, f.dimension).is_some())
                .cloned()
                .collect();
            let among = Among { groups: &question.groups, filters: &filters, cohorts: &question.cohorts };
            let body = self.grouped(model, reach, &[], among);
            self.part(&format!("{prefix}spine"), &body);
        }
        let merged = self.merge(plan, prefix);
        for frame in [&plan.totals, &plan.overall, &plan.overall_part] {
            self.frame(model, frame, prefix);
        }
        let body = figures(model, plan, prefix, &merged);
        let name = format!("{prefix}answers");
        self.part(&name, &body);
        name
    }

    /// A part of the statement for each source.
    fn frame<'m>(&mut self, model: &'m SemanticModel, frame: &Frame<'m>, prefix: &str) {
        for source in &frame.sources {
            let among = Among { groups: &frame.groups, filters: &frame.filters, cohorts: &frame.cohorts };
            let measures: Vec<_> = source
                .measures
                .iter()
                .map(|(metric, taken)| (format!("{}{}", frame.prefix, metric.name), taken))
                .collect();
            let body = self.grouped(model, &source.reach, &measures, among);
            self.part(&part_name(frame, source, prefix), &body);
        }
    }

    /// One aggregation over one table and what it joins.
    fn grouped<'m>(
        &mut self,
        model: &'m SemanticModel,
        reach: &Reach<'m>,
        measures: &[(String, &Taken<'m>)],
        among: Among<'_, 'm>,
    ) -> String {
        let groups = among.groups.iter();
        let keys: Vec<ColumnAt<'m>> =
            groups.filter_map(|group| reach.group_column(group.home, group.dimension)).collect();
        let conditions: Vec<(ColumnAt<'m>, &RowFilter<'m>)> = among
            .filters
            .iter()
            .filter_map(|filter| reach.filter_column(filter.home, filter.dimension).map(|at| (at, filter)))
            .collect();
        let members = Self::members(reach, among.cohorts);
        let mut shown: Vec<String> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| format!("{} AS {}", reach.sql(*key), key_alias(at)))
            .collect();
        // A table by its own key has a row a group: nothing is to be put together.
        let one_row = matches!(keys.as_slice(), [key] if reach.is_primary(key))
            && measures.iter().all(|(_, taken)| matches!(taken, Taken::Rows(_)));
        for (name, taken) in measures {
            let value = match taken {
                Taken::Rows(measure) => self.measure(reach, measure, one_row),
                Taken::Stored(stored) => from_stored(reach, stored),
                Taken::Values(column) if reach.is_one_each(model, column) => {
                    format!("COUNT({}.{column})", reach.base_name())
                }
                Taken::Values(column) => format!("COUNT(DISTINCT {}.{column})", reach.base_name()),
            };
            shown.push(format!("{value} AS {name}"));
        }
        let restricted = conditions.iter().map(|(at, _)| *at).chain(members.iter().map(|(at, _)| *at));
        let counted = measures.iter().filter_map(|(_, taken)| match taken {
            Taken::Rows(measure) => counted_key(reach, measure),
            Taken::Stored(_) | Taken::Values(_) => None,
        });
        let used: Vec<ColumnAt<'m>> = keys.iter().copied().chain(restricted).chain(counted).collect();
        let mut text = format!("SELECT {}\n  {}", shown.join(", "), reach.joined_tables(&used));
        let mut restrictions = Vec::new();
        if let Some(rows) = reach.base_rows() {
            restrictions.push(self.measure_filter(reach.base_name(), rows));
        }
        for (at, filter) in conditions {
            restrictions.push(self.row_filter(&reach.sql(at), filter));
        }
        for held in among.filters.iter().filter_map(|filter| reach.held(filter)) {
            let (base, column) = (reach.base_name(), &held.column);
            restrictions.push(match &held.without {
                Some(without) => format!("{base}.{column} > {base}.{without}"),
                None => format!("{base}.{column} >= 1"),
            });
        }
        for (at, cohort) in members {
            restrictions.push(self.is_member(model, &reach.sql(at), cohort));
        }
        if !restrictions.is_empty() {
            text += &format!("\n  WHERE {}", restrictions.join(" AND "));
        }
        if !keys.is_empty() && !one_row {
            let keys: Vec<String> = keys.iter().map(|key| reach.sql(*key)).collect();
            text += &format!("\n  GROUP BY {}", keys.join(", "));
        }
        text
    }

    fn measure(&mut self, reach: &Reach<'_>, measure: &Measure, one_row: bool) -> String {
        let table = reach.base_name();
        let own = measure.expr.as_ref().map(|expr| format!("{table}.{expr}"));
        let column = own.or_else(|| counted_key(reach, measure).map(|key| reach.sql(key)));
        let operand = match &measure.filter {
            None => column.unwrap_or_else(|| "*".to_owned()),
            Some(filter) => {
                let condition = self.measure_filter(table, filter);
                let counted = column.unwrap_or_else(|| "1".to_owned());
                format!("CASE WHEN {condition} THEN {counted} END")
            }
        };
        if one_row {
            return match measure.agg {
                Aggregation::Count | Aggregation::CountDistinct if operand == "*" => "1".to_owned(),
                Aggregation::Count | Aggregation::CountDistinct => {
                    format!("CASE WHEN {operand} IS NULL THEN 0 ELSE 1 END")
                }
                Aggregation::Avg | Aggregation::Median => format!("CAST({operand} AS DOUBLE)"),
                Aggregation::Sum | Aggregation::Min | Aggregation::Max => operand,
            };
        }
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

    pub(super) fn measure_filter(&mut self, table: &str, filter: &MeasureFilter) -> String {
        let value = self.bind(match &filter.value {
            Scalar::Integer(value) => SqlValue::Integer(*value),
            Scalar::Number(value) => SqlValue::Number(*value),
            Scalar::Text(value) => SqlValue::Text(value.clone()),
        });
        format!("{table}.{} {} {value}", filter.expr, sign(filter.op))
    }

    pub(super) fn row_filter(&mut self, column: &str, filter: &RowFilter<'_>) -> String {
        let compared = match filter.dimension.kind {
            DimensionKind::Categorical => format!("LOWER({column})"),
            DimensionKind::Numeric => column.to_owned(),
        };
        let bound: Vec<String> = filter.values.iter().map(|value| self.bind(value.clone())).collect();
        let condition = condition(&compared, filter.op, &bound);
        // What is not known is not the excluded value: `ne` and `not_in` keep it.
        match filter.op {
            FilterOp::Ne | FilterOp::NotIn if filter.dimension.nullable => {
                format!("({condition} OR {column} IS NULL)")
            }
            _ => condition,
        }
    }

    /// Where `answers` reads its groups from; merges several sources and the spine first.
    fn merge(&mut self, plan: &Plan<'_>, prefix: &str) -> String {
        let frames = [&plan.rows, &plan.part];
        let sources: Vec<(String, &Frame<'_>, &Source<'_>)> = frames
            .into_iter()
            .flat_map(|frame| frame.sources.iter().map(move |source| (frame, source)))
            .map(|(frame, source)| (part_name(frame, source, prefix), frame, source))
            .collect();
        let names: Vec<&str> = sources.iter().map(|(name, ..)| name.as_str()).collect();
        let groups = plan.question.groups.len();
        if groups == 0 {
            return names.join(" CROSS JOIN ");
        }
        if names.len() == 1 && plan.spine.is_none() {
            return names.concat();
        }
        let keys = (0..groups).map(key_alias).collect::<Vec<_>>().join(", ");
        let metrics: Vec<String> = sources
            .iter()
            .flat_map(|(_, frame, source)| {
                source.measures.iter().map(|(metric, _)| format!("{}{}", frame.prefix, metric.name))
            })
            .collect();
        let branch = |from: &str, has: &dyn Fn(&str) -> bool| {
            let cells = metrics.iter().map(|m| if has(m) { m.clone() } else { format!("NULL AS {m}") });
            format!("    SELECT {keys}, {} FROM {from}", cells.collect::<Vec<_>>().join(", "))
        };
        let mut branches: Vec<String> = sources
            .iter()
            .map(|(from, frame, source)| {
                let has = |column: &str| {
                    column
                        .strip_prefix(frame.prefix)
                        .is_some_and(|name| source.measures.iter().any(|(metric, _)| metric.name == name))
                };
                branch(from, &has)
            })
            .collect();
        if plan.spine.is_some() {
            branches.push(branch(&format!("{prefix}spine"), &|_| false));
        }
        let merged =
            metrics.iter().map(|metric| format!("MAX({metric}) AS {metric}")).collect::<Vec<_>>().join(", ");
        let name = format!("{prefix}together");
        self.part(
            &name,
            &format!(
                "SELECT {keys}, {merged}\n  FROM (\n{}\n  ) AS branches\n  GROUP BY {keys}",
                branches.join("\n    UNION ALL\n")
            ),
        );
        name
    }
}

/// Which rows are grouped by what.
#[derive(Clone, Copy)]
struct Among<'a, 'm> {
    groups: &'a [Group<'m>],
    filters: &'a [RowFilter<'m>],
    cohorts: &'a [Members<'m>],
}

/// What a source is called in the statement.
fn part_name(frame: &Frame<'_>, source: &Source<'_>, prefix: &str) -> String {
    format!("{prefix}{}_{}", frame.name, source.table.name)
}

/// The key that a measure counts, where it stands in another table.
fn counted_key<'m>(reach: &Reach<'m>, measure: &Measure) -> Option<ColumnAt<'m>> {
    reach.key_of(measure.entity.as_deref()?)
}

/// A comparison with values that are bound already.
pub(super) fn condition(left: &str, op: FilterOp, bound: &[String]) -> String {
    let sign = match op {
        FilterOp::In => return format!("{left} IN ({})", bound.join(", ")),
        FilterOp::NotIn => return format!("{left} NOT IN ({})", bound.join(", ")),
        FilterOp::Contains => return like(left, "LIKE", " OR ", bound),
        FilterOp::NotContains => return like(left, "NOT LIKE", " AND ", bound),
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

/// Names, metrics, shares and parts of every group, and what bounds need beside them.
fn figures<'m>(model: &'m SemanticModel, plan: &Plan<'m>, prefix: &str, rows: &str) -> String {
    let question = &plan.question;
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
    let merged = (!question.groups.is_empty()).then_some(rows);
    let of = |frame, merged| Values { model, frame, merged, prefix };
    let (values, part) = (of(&plan.rows, merged), of(&plan.part, merged));
    let (totals, overall) = (of(&plan.totals, None), of(&plan.overall, None));
    for &metric in &plan.computed {
        let value = values.of(metric);
        shown.push(format!("{value} AS {}", metric.name));
        for kind in [FigureKind::Share, FigureKind::Part, FigureKind::PartValue] {
            let figure = Figure { metric, kind };
            let fraction = match kind {
                _ if !question.uses(metric, kind) => continue,
                FigureKind::Share => divided(&value, &totals.whole(metric)),
                FigureKind::PartValue => part.of(metric),
                _ => divided(&part.of(metric), &values.whole(metric)),
            };
            shown.push(format!("{fraction} AS {}", figure.column()));
        }
    }
    let mut bounds: Vec<String> = Vec::new();
    for threshold in question.thresholds.iter().filter(|t| t.bounds.contains(&Bound::Overall)) {
        let Threshold { figure, .. } = threshold;
        let value = match figure.kind {
            FigureKind::Part => {
                divided(&of(&plan.overall_part, None).of(figure.metric), &overall.whole(figure.metric))
            }
            _ => overall.of(figure.metric),
        };
        let bound = format!("{value} AS {}", overall_column(&figure.column()));
        if !bounds.contains(&bound) {
            bounds.push(bound);
        }
    }
    shown.extend(bounds);
    for frame in [&plan.totals, &plan.overall, &plan.overall_part] {
        for source in &frame.sources {
            from += &beside(question, frame, rows, &part_name(frame, source, prefix));
        }
    }
    format!("SELECT {}\n  {from}", shown.join(",\n    "))
}

/// The join to what shares and bounds are taken from: one row, or one for each of the groups that shares are taken within.
fn beside(question: &Question<'_>, frame: &Frame<'_>, rows: &str, name: &str) -> String {
    if frame.groups.is_empty() {
        return format!("\n  CROSS JOIN {name}");
    }
    let keys = question.share_within.iter().enumerate();
    let keys = keys.map(|(at, place)| format!("{name}.{} = {rows}.{}", key_alias(at), key_alias(*place)));
    format!("\n  LEFT JOIN {name} ON {}", keys.collect::<Vec<_>>().join(" AND "))
}

fn divided(part: &str, whole: &str) -> String {
    format!("CAST({part} AS DOUBLE) / NULLIF({whole}, 0)")
}

/// What the metrics of a frame are in a row of `answers`.
struct Values<'a, 'm> {
    model: &'m SemanticModel,
    frame: &'a Frame<'m>,
    /// Where sources with groups stand together.
    merged: Option<&'a str>,
    prefix: &'a str,
}

impl<'m> Values<'_, 'm> {
    /// What a metric that was counted elsewhere is divided by.
    fn whole(&self, metric: &'m Metric) -> String {
        self.of(self.frame.whole_of(metric))
    }

    fn of(&self, metric: &'m Metric) -> String {
        let input =
            |name: &str| self.model.metric(name).map_or_else(|| "NULL".to_owned(), |metric| self.of(metric));
        match &metric.definition {
            MetricDefinition::Simple { .. } => {
                let column = self.column(metric);
                if is_zero_when_empty(self.model, metric) { format!("COALESCE({column}, 0)") } else { column }
            }
            MetricDefinition::Ratio { numerator, denominator } => {
                divided(&input(numerator), &input(denominator))
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

    /// The column of a simple metric.
    fn column(&self, metric: &Metric) -> String {
        let source = || self.frame.source_of(metric).map(|source| part_name(self.frame, source, self.prefix));
        let from = self.merged.map(str::to_owned).or_else(source).unwrap_or_default();
        format!("{from}.{}{}", self.frame.prefix, metric.name)
    }
}

/// A name against several patterns.
fn like(left: &str, operator: &str, joint: &str, patterns: &[String]) -> String {
    let each: Vec<String> = patterns.iter().map(|pattern| format!("{left} {operator} {pattern}")).collect();
    format!("({})", each.join(joint))
}
