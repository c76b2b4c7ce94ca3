//! Which groups of a question are left, and their order: bounds that are means, thresholds, the cumulative cut, the limit.
//!
//! ```text
//! answers ──mean bounds──> ──thresholds──> ──cumulative cut──> ──limit──> what is shown or summarised
//! ```
//! Rows are either dropped on the way, or, where it is asked how many of all are left, kept and flagged.
//! Window functions see the rows that are left at their step.

use config::semantic::{MetricDefinition, SemanticModel};

use super::{
    columns::sql_type,
    conditions::{Bound, Figure, Threshold},
    error::MetricError,
    frame::is_zero_when_empty,
    question::{Direction, Summary},
    render::{Text, key_alias},
    resolve::{Order, Question},
    summary,
};
use crate::sql::SqlValue;

/// The column of a running total as a fraction of the whole.
pub(super) const CUMULATIVE: &str = "cumulative_share";
/// The column with a row's place within its group of `limit_per`. No name of the model starts like these.
pub(super) const RANK: &str = "_rank";
const BEFORE: &str = "_before";
/// The same place where rows with equal figures share one.
const TIED: &str = "_tied";
/// How many rows there are in a row's group.
const OF_ALL: &str = "_of_all";
/// The most rows that are kept beyond the limit because they tie with the last: of a thousand products that were sold once
/// nobody wants to see all.
const MOST_TIES: u32 = 10;

/// The column of a metric's running total.
pub(super) fn running_column(metric: &str) -> String {
    format!("cumulative_{metric}")
}

/// What a mean over all groups is called in `answers`.
fn mean_column(column: &str) -> String {
    format!("_mean_{column}")
}

/// What a figure over all groups together is called in `answers`.
pub(super) fn overall_column(column: &str) -> String {
    format!("_overall_{column}")
}

/// What the value of the group that a threshold compares with is called.
fn group_column(threshold: usize) -> String {
    format!("_group_{threshold}")
}

/// Refuses cuts and summaries that do not fit the rest of the question.
pub(super) fn check_windows(model: &SemanticModel, question: &Question<'_>) -> Result<(), MetricError> {
    let misshapen = |field: &'static str, problem: &str| {
        Err(MetricError::Misshapen { field, problem: problem.to_owned() })
    };
    let named =
        question.thresholds.iter().any(|t| t.bounds.iter().any(|bound| matches!(bound, Bound::Group(_))));
    if named && question.groups.len() != 1 {
        return misshapen(
            "filters",
            "a bound by the name of a group needs the one dimension whose groups are meant",
        );
    }
    if question.summary.is_some() && question.groups.is_empty() {
        return misshapen("summary", "it is about groups; name the dimension whose groups are meant");
    }
    if question.summary == Some(Summary::Correlation) && question.figures().len() != 2 {
        return misshapen("summary", "a correlation is one of exactly two metrics, without shares and parts");
    }
    summary::check_beside(question)?;
    if let Some(fraction) = question.limit_share
        && !(fraction > 0.0 && fraction <= 1.0 && question.limit.is_none())
    {
        return misshapen("limit_share", "it is a fraction above 0 and up to 1, and stands instead of limit");
    }
    if (question.limit_share.is_some() || question.skip.is_some()) && question.groups.is_empty() {
        return misshapen("skip", "rows are left out of groups; name the dimension whose groups are meant");
    }
    let Some(fraction) = question.cumulative_to else { return Ok(()) };
    if !(fraction > 0.0 && fraction <= 1.0) {
        let problem =
            format!("it is {fraction}, it must be a fraction above 0 and up to 1, 0.8 means 80 per cent");
        return Err(MetricError::Misshapen { field: "cumulative_to", problem });
    }
    if question.groups.is_empty() {
        return misshapen("cumulative_to", "it adds up groups; name the dimension whose groups are meant");
    }
    let adds_up = question.metrics.first().is_some_and(|metric| {
        matches!(metric.definition, MetricDefinition::Simple { .. }) && is_zero_when_empty(model, metric)
    });
    if !adds_up {
        return misshapen("cumulative_to", "the first metric must be a count or a sum, such as items");
    }
    Ok(())
}

/// The rows of the groups on their way to the result.
pub(super) struct Rows {
    /// What the parts of the statement are called that make them.
    prefix: String,
    from: String,
    conditions: Vec<String>,
    /// How often rows were flagged: each time in a column of its own. Without it, rows are dropped.
    flagged: Option<usize>,
}

impl Rows {
    /// All rows of a part of the statement.
    pub(super) fn of(prefix: &str, from: String) -> Self {
        Self { prefix: prefix.to_owned(), from, conditions: Vec::new(), flagged: None }
    }

    /// The same, to be flagged instead of dropped.
    pub(super) fn flagged(text: &mut Text<'_>, prefix: &str, from: &str) -> Self {
        let mut rows = Self::of(prefix, from.to_owned());
        rows.extend(text, "flagged", &[format!("1 AS {}", flag_column(1))]);
        rows.flagged = Some(1);
        rows
    }

    /// The column that flags the rows that are left.
    pub(super) fn flag(&self) -> Option<String> {
        self.flagged.map(flag_column)
    }

    /// `FROM … WHERE …`.
    pub(super) fn source(&self) -> String {
        let mut sql = format!("FROM {}", self.from);
        if !self.conditions.is_empty() {
            sql += &format!("\nWHERE {}", self.conditions.join(" AND "));
        }
        sql
    }

    /// Adds columns over the rows that are left.
    fn extend(&mut self, text: &mut Text<'_>, step: &str, columns: &[String]) {
        let name = format!("{}{step}", self.prefix);
        text.part(&name, &format!("SELECT *, {}\n  {}", columns.join(", "), self.source()));
        self.from = name;
        self.conditions.clear();
    }

    /// Keeps the rows for which all conditions hold.
    pub(super) fn keep(&mut self, text: &mut Text<'_>, step: &str, conditions: Vec<String>) {
        if conditions.is_empty() {
            return;
        }
        let Some(times) = self.flagged else {
            self.conditions.extend(conditions);
            return;
        };
        let left = format!("{} = 1 AND {}", flag_column(times), conditions.join(" AND "));
        let next = flag_column(times + 1);
        self.extend(text, step, &[format!("CASE WHEN {left} THEN 1 ELSE 0 END AS {next}")]);
        self.flagged = Some(times + 1);
    }

    /// A window over the rows that are left, within these columns.
    fn over(&self, within: &[String], order: &[String]) -> String {
        let within: Vec<String> = self.flag().into_iter().chain(within.iter().cloned()).collect();
        let mut parts = Vec::new();
        if !within.is_empty() {
            parts.push(format!("PARTITION BY {}", within.join(", ")));
        }
        if !order.is_empty() {
            parts.push(format!("ORDER BY {}", order.join(", ")));
        }
        format!("OVER ({})", parts.join(" "))
    }

    /// Adds what thresholds compare with and keeps the groups that meet them all.
    /// `names` is the column with the names of the groups.
    pub(super) fn meet(&mut self, text: &mut Text<'_>, names: Option<&str>, thresholds: &[&Threshold<'_>]) {
        let mut means: Vec<String> = Vec::new();
        for (at, threshold) in thresholds.iter().enumerate() {
            let column = threshold.figure.column();
            for bound in &threshold.bounds {
                let (Bound::Group(name), Some(names)) = (bound, names) else { continue };
                let name = text.bind(SqlValue::Text(name.clone()));
                means.push(format!(
                    "MAX(CASE WHEN LOWER(CAST({names} AS VARCHAR)) = {name} THEN {column} END) {} AS {}",
                    self.over(&[], &[]),
                    group_column(at)
                ));
            }
        }
        for threshold in thresholds.iter().filter(|threshold| threshold.bounds.contains(&Bound::Mean)) {
            let column = threshold.figure.column();
            let mean =
                format!("AVG(CAST({column} AS DOUBLE)) {} AS {}", self.over(&[], &[]), mean_column(&column));
            if !means.contains(&mean) {
                means.push(mean);
            }
        }
        if !means.is_empty() {
            self.extend(text, "compared", &means);
        }
        let conditions = thresholds.iter().enumerate();
        let conditions = conditions.map(|(at, threshold)| text.threshold(at, threshold)).collect();
        self.keep(text, "chosen", conditions);
    }

    /// Keeps the fewest groups, largest first or in the dimension's order that was asked for, that together make the
    /// fraction.
    pub(super) fn accumulate(&mut self, text: &mut Text<'_>, question: &Question<'_>) {
        let (Some(fraction), Some(metric)) = (question.cumulative_to, question.metrics.first()) else {
            return;
        };
        let name = &metric.name;
        let natural = question.order.first().is_some_and(|key| key.figure.is_none());
        let first: Vec<String> = if natural {
            question.order.iter().map(order_key).collect()
        } else {
            vec![format!("{name} DESC NULLS LAST")]
        };
        let order: Vec<String> = first.into_iter().chain(ties(question)).collect();
        let up_to_here = format!("{} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", order.join(", "));
        let running = format!("SUM({name}) {}", self.over(&[], &[up_to_here]));
        let whole = format!("NULLIF(SUM({name}) {}, 0)", self.over(&[], &[]));
        self.extend(
            text,
            "running",
            &[
                format!(
                    "CAST({running} AS {}) AS {}",
                    sql_type(&Figure::value(metric)),
                    running_column(name)
                ),
                format!("CAST({running} AS DOUBLE) / {whole} AS {CUMULATIVE}"),
                // A division and no multiplication: 55 of 100 is 0.55 exactly, 0.55 times 100 is not 55.
                format!("CAST({running} - {name} AS DOUBLE) / {whole} AS {BEFORE}"),
            ],
        );
        let bound = text.bind(SqlValue::Number(fraction));
        let mut kept = vec![format!("{BEFORE} < {bound}")];
        kept.extend(question.shown.iter().map(|filter| text.row_filter(&filter.dimension.name, filter)));
        self.keep(text, "reached", kept);
    }

    /// Applies the cut where it must hold before the end: within groups, from a later row on, by a fraction, or where rows
    /// are only flagged. Gives the order of the rows and the limit that is left to apply.
    pub(super) fn rank(
        &mut self,
        text: &mut Text<'_>,
        question: &Question<'_>,
    ) -> (Vec<String>, Option<u32>) {
        let figures: Vec<String> = question.order.iter().map(order_key).collect();
        let order: Vec<String> = figures.iter().cloned().chain(ties(question)).collect();
        let here = !question.limit_per.is_empty() || self.flagged.is_some();
        let within: Vec<String> = question.limit_per.iter().map(|at| key_alias(*at)).collect();
        let conditions = match (question.limit, question.limit_share, question.skip) {
            (Some(limit), None, None) if here => self.first_rows(text, &within, (&figures, &order), limit),
            (_, None, None) => return (order, question.limit),
            _ => self.rows_between(text, question, &within, &order),
        };
        self.keep(text, "limited", conditions);
        if within.is_empty() {
            return (order, None);
        }
        let names = question.limit_per.iter().filter_map(|at| question.groups.get(*at));
        let names = names.map(|group| group.dimension.name.clone());
        let by_group = names.chain(within).map(|column| format!("{column} ASC NULLS LAST"));
        (by_group.chain([format!("{RANK} ASC")]).collect(), None)
    }

    /// The first rows within each group, with those that tie with the last of them; exactly so many where there are no
    /// groups to count within.
    fn first_rows(
        &mut self,
        text: &mut Text<'_>,
        within: &[String],
        (figures, order): (&[String], &[String]),
        limit: u32,
    ) -> Vec<String> {
        let mut columns = vec![format!("ROW_NUMBER() {} AS {RANK}", self.over(within, order))];
        let tied = !within.is_empty() && !figures.is_empty();
        if tied {
            columns.push(format!("RANK() {} AS {TIED}", self.over(within, figures)));
        }
        self.extend(text, "ranked", &columns);
        if !tied {
            return vec![format!("{RANK} <= {limit}")];
        }
        vec![format!("{TIED} <= {limit}"), format!("{RANK} <= {}", limit.saturating_add(MOST_TIES))]
    }

    /// The rows behind those that are left out, up to the limit or the fraction.
    fn rows_between(
        &mut self,
        text: &mut Text<'_>,
        question: &Question<'_>,
        within: &[String],
        order: &[String],
    ) -> Vec<String> {
        let mut columns = vec![format!("ROW_NUMBER() {} AS {RANK}", self.over(within, order))];
        if question.limit_share.is_some() {
            columns.push(format!("COUNT(*) {} AS {OF_ALL}", self.over(within, &[])));
        }
        self.extend(text, "ranked", &columns);
        let skipped = question.skip.unwrap_or(0);
        let mut conditions = vec![format!("{RANK} > {skipped}")];
        if let Some(fraction) = question.limit_share {
            let fraction = text.bind(SqlValue::Number(fraction));
            conditions.push(format!("{RANK} <= GREATEST(1, {fraction} * {OF_ALL})"));
        }
        conditions.extend(question.limit.map(|limit| format!("{RANK} <= {}", skipped.saturating_add(limit))));
        conditions
    }

    /// Cuts after so many rows.
    pub(super) fn cut(&mut self, text: &mut Text<'_>, order: &[String], limit: Option<u32>) {
        let Some(limit) = limit else { return };
        let name = format!("{}cut", self.prefix);
        let order =
            if order.is_empty() { String::new() } else { format!("\n  ORDER BY {}", order.join(", ")) };
        text.part(&name, &format!("SELECT *\n  {}{order}\n  LIMIT {limit}", self.source()));
        self.from = name;
        self.conditions.clear();
    }
}

/// The column that flags rows for the n-th time.
fn flag_column(times: usize) -> String {
    format!("_kept_{times}")
}

/// Whether rows are flagged instead of dropped: it is asked how many of all are left.
pub(super) fn counts_all(question: &Question<'_>) -> bool {
    question.summary == Some(Summary::Count)
}

/// Ties are broken by the groups' keys, so that the same question has the same answer.
pub(super) fn ties(question: &Question<'_>) -> impl Iterator<Item = String> + use<> {
    (0..question.groups.len()).map(|at| format!("{} ASC NULLS LAST", key_alias(at)))
}

pub(super) fn order_key(key: &Order<'_>) -> String {
    let direction = match key.direction {
        Direction::Asc => "ASC",
        Direction::Desc => "DESC",
    };
    format!("{} {direction} NULLS LAST", key.column)
}

impl Text<'_> {
    /// A threshold as a condition on the columns of `answers`.
    fn threshold(&mut self, at: usize, threshold: &Threshold<'_>) -> String {
        let column = threshold.figure.column();
        let bounds = threshold.bounds.iter().map(|bound| match bound {
            Bound::Value(value) => self.bind(value.clone()),
            Bound::Overall => overall_column(&column),
            Bound::Mean => mean_column(&column),
            Bound::Group(_) => group_column(at),
        });
        let bounds: Vec<String> = bounds.collect();
        super::render::condition(&column, threshold.op, &bounds)
    }
}
