//! The rows of a metric answer as a picture.
//!
//! Groups + the figure asked for → a [`ChartSpec`] over the result's own columns. A line runs along hours, days and the
//! like; names get bars; two groupings get lines, bars side by side or a heat map, by how many values each has. Nothing is
//! drawn where a picture would not hold every row.

use std::collections::BTreeSet;

use charts::{CategoryAxis, CategoryKind, ChartKind, ChartSpec, Detail, Series, ValueAxis};
use config::semantic::{DimensionKind, SemanticModel};
use domain::{
    answer::{Block, MAX_EVIDENCE_ROWS},
    table::Table,
};
use query::metrics::{ColumnRole, MetricColumn};

use super::{Told, metric::Figure};

/// Values of a series that can still be told apart by colour.
const MOST_SERIES: usize = 6;
/// Categories that bars can stand side by side for.
const MOST_GROUPED: usize = 12;
/// Steps from which on a course is easier seen than read.
const LEAST_COURSE: usize = 5;
/// Cells from which on a pattern is easier seen than read.
const LEAST_CELLS: usize = 12;

/// A grouping with what a picture needs to know of it.
struct Grouping<'a> {
    column: &'a MetricColumn,
    /// Whether its values have an order of their own.
    ordered: bool,
    /// How many there are.
    values: usize,
}

/// Whether a picture says more than the rows, though none was asked for: a course along hours, days and the like, or a
/// pattern over two groupings.
pub(super) fn says_more(columns: &[&MetricColumn], table: &Table, model: &SemanticModel) -> bool {
    let groupings = groupings(columns, table, model);
    match groupings.as_slice() {
        [only] => only.ordered && only.values >= LEAST_COURSE,
        [first, second] => table.rows.len() >= LEAST_CELLS && (first.ordered || second.ordered),
        _ => false,
    }
}

/// The picture, where one can be drawn.
pub(super) fn chart(
    told: &Told<'_>,
    columns: &[&MetricColumn],
    figure: &Figure,
    model: &SemanticModel,
) -> Option<Block> {
    let table = told.result.table();
    if told.output.table.rows.len() > MAX_EVIDENCE_ROWS {
        return None;
    }
    let groupings = groupings(columns, table, model);
    let (kind, x, series) = layout(&groupings)?;
    let labels: Vec<&str> = columns.iter().map(|column| column.label.as_str()).collect();
    let spec = ChartSpec {
        kind,
        title: format!("{} by {}", crate::figures::raise_first(&figure.label), labels.join(" and ")),
        x: CategoryAxis {
            field: x.column.name.clone(),
            label: x.column.label.clone(),
            kind: if x.ordered { CategoryKind::Ordinal } else { CategoryKind::Nominal },
            format: x.column.format,
        },
        y: ValueAxis { field: figure.column.clone(), label: figure.label.clone(), format: figure.format },
        series: series
            .map(|series| Series { field: series.column.name.clone(), label: series.column.label.clone() }),
        detail: Detail::default(),
    };
    match (charts::to_vega_lite(&spec, table), serde_json::to_value(&spec)) {
        (Ok(vega_lite), Ok(spec)) => {
            Some(Block::Chart { spec, vega_lite, evidence: told.result.evidence().to_owned() })
        }
        (Err(error), _) => {
            tracing::warn!(%error, "a chart does not fit its rows");
            None
        }
        (_, Err(_)) => None,
    }
}

/// Which kind of picture, what runs along its axis and what is told apart.
fn layout<'g, 'a>(
    groupings: &'g [Grouping<'a>],
) -> Option<(ChartKind, &'g Grouping<'a>, Option<&'g Grouping<'a>>)> {
    match groupings {
        [only] => Some((if only.ordered { ChartKind::Line } else { ChartKind::Bar }, only, None)),
        [first, second] => {
            // What has an order runs along the axis; else what has more values.
            let first_along = match (first.ordered, second.ordered) {
                (true, false) => true,
                (false, true) => false,
                _ => first.values >= second.values,
            };
            let (x, series) = if first_along { (first, second) } else { (second, first) };
            let kind = if series.values > MOST_SERIES {
                ChartKind::HeatMap
            } else if x.ordered {
                ChartKind::Line
            } else if x.values <= MOST_GROUPED {
                ChartKind::GroupedBar
            } else {
                ChartKind::HeatMap
            };
            Some((kind, x, Some(series)))
        }
        _ => None,
    }
}

fn groupings<'a>(columns: &[&'a MetricColumn], table: &Table, model: &SemanticModel) -> Vec<Grouping<'a>> {
    let counted = |column: &str| {
        let values: BTreeSet<String> = (0..table.rows.len())
            .filter_map(|row| table.cell(row, column))
            .map(ToString::to_string)
            .collect();
        values.len()
    };
    let ordered = |column: &MetricColumn| {
        column.role == ColumnRole::Dimension
            && model.dimension(&column.name).is_some_and(|(_, dimension)| {
                dimension.kind == DimensionKind::Numeric
                    && dimension.entity.is_none()
                    && dimension.values.is_empty()
            })
    };
    columns
        .iter()
        .map(|column| Grouping { ordered: ordered(column), values: counted(&column.name), column })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{answer::Format, table::ColumnType};

    fn column(name: &str) -> MetricColumn {
        MetricColumn {
            name: name.to_owned(),
            kind: ColumnType::String,
            format: Format::Name,
            label: name.to_owned(),
            unit: String::new(),
            role: ColumnRole::Dimension,
            field: name.to_owned(),
        }
    }

    #[track_caller]
    fn draws(first: (bool, usize), second: Option<(bool, usize)>, expected: (ChartKind, &str)) {
        let columns = [column("first"), column("second")];
        let groupings: Vec<Grouping<'_>> = std::iter::once(first)
            .chain(second)
            .zip(&columns)
            .map(|((ordered, values), column)| Grouping { column, ordered, values })
            .collect();
        let (kind, x, series) = layout(&groupings).unwrap();
        assert_eq!((kind, x.column.name.as_str()), expected);
        assert_eq!(series.is_some(), second.is_some());
    }

    #[test]
    fn a_course_is_a_line_and_names_are_bars() {
        draws((true, 24), None, (ChartKind::Line, "first"));
        draws((false, 21), None, (ChartKind::Bar, "first"));
    }

    #[test]
    fn two_groupings_are_lines_bars_side_by_side_or_a_heat_map() {
        draws((false, 3), Some((true, 24)), (ChartKind::Line, "second"));
        draws((false, 8), Some((false, 4)), (ChartKind::GroupedBar, "first"));
        draws((false, 21), Some((false, 4)), (ChartKind::HeatMap, "first"));
        draws((false, 21), Some((true, 24)), (ChartKind::HeatMap, "second"));
        draws((true, 7), Some((true, 24)), (ChartKind::HeatMap, "second"));
    }

    #[test]
    fn more_than_two_groupings_have_no_picture() {
        assert!(layout(&[]).is_none());
    }
}
