//! The columns of a result and what they mean.

use config::semantic::Metric;
use domain::{answer::Format, table::ColumnType};

use super::{
    ColumnRole, MetricColumn,
    conditions::{Figure, FigureKind},
    contrast,
    question::Summary,
    resolve::{Group, Question},
    slices, summary, window,
};

/// The columns in the result's order: slice, dimensions, each metric followed by its share and part.
pub(super) fn columns(question: &Question<'_>) -> Vec<MetricColumn> {
    let mut columns = Vec::new();
    if !question.slices.is_empty() && !question.contrast {
        columns.push(extra(slices::COLUMN, "slice", Format::Name, ColumnRole::Slice));
    }
    match question.summary {
        Some(Summary::Count) => {
            columns.push(extra(
                summary::GROUPS,
                &groups_label(question),
                Format::Integer,
                ColumnRole::Groups,
            ));
            let label = format!("share of {}", groups_label(question));
            columns.push(extra(summary::SHARE_OF_GROUPS, &label, Format::Percent, ColumnRole::GroupShare));
        }
        Some(summary) => {
            let figures = question.figures();
            columns.extend(figures.iter().map(|figure| of_summary(figure, summary)));
        }
        None => {
            columns.extend(dimensions(question));
            if question.contrast {
                columns.extend(of_contrast(question));
            } else {
                columns.extend(question.figures().iter().map(of_figure));
            }
            if question.cumulative_to.is_some() {
                columns.extend(question.metrics.first().map(|metric| running(metric)));
                let label = question.metrics.first().map_or("", |metric| metric.label.as_str());
                let label = format!("cumulative share of {label}");
                columns.push(extra(window::CUMULATIVE, &label, Format::Percent, ColumnRole::Cumulative));
            }
        }
    }
    columns
}

/// The running total of a metric.
fn running(metric: &Metric) -> MetricColumn {
    let column = of_figure(&Figure::value(metric));
    MetricColumn {
        name: window::running_column(&metric.name),
        label: format!("cumulative {}", column.label),
        role: ColumnRole::Cumulative,
        ..column
    }
}

fn dimensions(question: &Question<'_>) -> Vec<MetricColumn> {
    let mut columns = Vec::new();
    for Group { dimension, .. } in &question.groups {
        let key = dimension.key_column.as_ref();
        if let Some(key) = key.filter(|key| question.groups.iter().all(|group| group.dimension.name != **key))
        {
            columns.push(MetricColumn {
                field: dimension.name.clone(),
                ..extra(key, &format!("{} id", dimension.label), Format::Id, ColumnRole::Key)
            });
        }
        let role = ColumnRole::Dimension;
        columns.push(extra(&dimension.name, &dimension.label, dimension.format, role));
    }
    columns
}

fn of_figure(figure: &Figure<'_>) -> MetricColumn {
    let Metric { name, label, unit, share, .. } = figure.metric;
    let share = share.as_ref().map_or(label, |share| &share.label);
    let (label, unit, role) = match figure.kind {
        FigureKind::Value => (label.clone(), unit.clone(), ColumnRole::Metric),
        FigureKind::Share => (share.clone(), String::new(), ColumnRole::Share),
        FigureKind::Part => (share.clone(), String::new(), ColumnRole::Part),
        FigureKind::PartValue => (format!("{label} in that share"), unit.clone(), ColumnRole::PartValue),
    };
    let column = extra(&figure.column(), &label, figure.format(), role);
    MetricColumn { unit, field: name.clone(), ..column }
}

fn of_summary(figure: &Figure<'_>, summary: Summary) -> MetricColumn {
    let column = of_figure(figure);
    let between = matches!(summary, Summary::Mean | Summary::Median);
    // The mean of whole numbers is none.
    if between && column.kind == ColumnType::Integer {
        return MetricColumn { format: Format::Decimal, kind: ColumnType::Number, ..column };
    }
    column
}

fn of_contrast(question: &Question<'_>) -> Vec<MetricColumn> {
    let Some(figure) = contrast::figure(question) else { return Vec::new() };
    let unit = if figure.kind == FigureKind::Value { figure.metric.unit.as_str() } else { "" };
    let label = |at: usize| question.slices.get(at).map_or("", |slice| slice.label.as_str());
    let format = figure.format();
    let described = [
        (contrast::FIRST, label(0), format, unit, ColumnRole::First),
        (contrast::SECOND, label(1), format, unit, ColumnRole::Second),
        (contrast::DIFFERENCE, "difference", format, unit, ColumnRole::Difference),
        (contrast::RATIO, "ratio", Format::Decimal, "", ColumnRole::Ratio),
    ];
    let described = described.into_iter().map(|(name, label, format, unit, role)| MetricColumn {
        unit: unit.to_owned(),
        field: figure.metric.name.clone(),
        ..extra(name, label, format, role)
    });
    described.collect()
}

/// "products" or "departments and hours of the day".
fn groups_label(question: &Question<'_>) -> String {
    let labels = question.groups.iter().map(|group| group.dimension.plural_label.as_str());
    labels.collect::<Vec<_>>().join(" and ")
}

/// A column that shows what it is called.
fn extra(name: &str, label: &str, format: Format, role: ColumnRole) -> MetricColumn {
    MetricColumn {
        name: name.to_owned(),
        kind: kind_of(format),
        format,
        label: label.to_owned(),
        unit: String::new(),
        role,
        field: name.to_owned(),
    }
}

/// What a figure is in SQL.
pub(super) fn sql_type(figure: &Figure<'_>) -> &'static str {
    if kind_of(figure.format()) == ColumnType::Integer { "BIGINT" } else { "DOUBLE" }
}

fn kind_of(format: Format) -> ColumnType {
    match format {
        Format::Integer | Format::Id | Format::Hour => ColumnType::Integer,
        Format::Percent | Format::Decimal | Format::Days => ColumnType::Number,
        Format::Name => ColumnType::String,
    }
}
