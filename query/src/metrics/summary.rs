//! One row about the groups that a question leaves.

use super::{columns::sql_type, conditions::Figure, question::Summary, resolve::Question, window::Rows};

/// The column with the number of groups that are left.
pub(super) const GROUPS: &str = "groups";
/// The column with the same as a fraction of the groups there were.
pub(super) const SHARE_OF_GROUPS: &str = "share_of_groups";

/// What is selected over the rows that are left; for a count these are flagged, all else was dropped.
pub(super) fn select(question: &Question<'_>, summary: Summary, rows: &Rows) -> Vec<String> {
    let function = match summary {
        Summary::Count => {
            let left =
                rows.flag().map_or_else(|| "COUNT(*)".to_owned(), |flag| format!("COALESCE(SUM({flag}), 0)"));
            return vec![
                format!("{left} AS {GROUPS}"),
                format!("CAST({left} AS DOUBLE) / NULLIF(COUNT(*), 0) AS {SHARE_OF_GROUPS}"),
            ];
        }
        Summary::Mean => "AVG",
        Summary::Median => "MEDIAN",
        Summary::Min => "MIN",
        Summary::Max => "MAX",
        Summary::Sum => "SUM",
    };
    let between = matches!(summary, Summary::Mean | Summary::Median);
    let operand = |figure: &Figure<'_>| {
        // The median of integers would be cut to an integer. The type is told, because a column that some sources have not
        // is null, of no type, when the statement is planned.
        let kind = if between { "DOUBLE" } else { sql_type(figure) };
        format!("{function}(CAST({0} AS {kind})) AS {0}", figure.column())
    };
    question.figures().iter().map(operand).collect()
}
