//! The columns of a result and what they mean.

use config::semantic::Metric;
use domain::{answer::Format, table::ColumnType};

use super::{
    ColumnRole, MetricColumn,
    conditions::{Figure, FigureKind},
    contrast,
    question::Summary,
    resolve::{Group, Question},
    slices,
    summary::{self, SummaryGroups},
    window,
};

/// The columns in the result's order: slice, dimensions, each metric followed by its share and part.
pub(super) fn columns(question: &Question<'_>) -> Vec<MetricColumn> {
    let mut columns = Vec::new();
    if !question.slices.is_empty() && !question.contrast {
        columns.push(extra(slices::COLUMN, "slice", Format::Name, ColumnRole::Slice));
    }
    match question.summary {
        Some(_) if question.summary_by.as_ref().is_some_and(|by| by.count) => {
            let label = question.summary_by.as_ref().map_or_else(String::new, SummaryGroups::label);
            columns.extend(of_count(&label));
        }
        Some(Summary::Count) => {
            columns.extend(summarised_groups(question));
            columns.extend(of_count(&counted_label(question)));
        }
        Some(Summary::Correlation) => {
            columns.extend(summarised_groups(question));
            let metrics = question.metrics.iter().map(|metric| metric.label.as_str());
            let label = format!("correlation of {}", metrics.collect::<Vec<_>>().join(" and "));
            columns.push(extra(summary::CORRELATION, &label, Format::Decimal, ColumnRole::Correlation));
        }
        Some(summary) if question.contrast => {
            columns.extend(of_contrast(question).into_iter().map(|column| between(column, summary)));
        }
        Some(summary) => {
            columns.extend(summarised_groups(question));
            columns.extend(question.figures().iter().map(|figure| {
                let column = between(of_figure(figure), summary);
                if question.summaries_beside.is_empty() { column } else { named(column, summary) }
            }));
            columns.extend(question.summaries_beside.iter().flat_map(|kind| beside(question, *kind)));
        }
        None => {
            columns.extend(dimensions(question, 0..question.groups.len()));
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

/// What a count is of: the groups that are not told apart.
fn counted_label(question: &Question<'_>) -> String {
    let told = question.summary_by.as_ref().map(|by| by.places.as_slice()).unwrap_or_default();
    let groups = question.groups.iter().enumerate().filter(|(at, _)| !told.contains(at));
    groups.map(|(_, group)| group.dimension.plural_label.as_str()).collect::<Vec<_>>().join(" and ")
}

/// The groups that a summary is told for.
fn summarised_groups(question: &Question<'_>) -> Vec<MetricColumn> {
    let places = question.summary_by.as_ref().map(|by| by.places.clone()).unwrap_or_default();
    dimensions(question, places)
}

/// How many groups are left, and which fraction that is.
fn of_count(label: &str) -> [MetricColumn; 2] {
    [
        extra(summary::GROUPS, label, Format::Integer, ColumnRole::Groups),
        extra(
            summary::SHARE_OF_GROUPS,
            &format!("share of {label}"),
            Format::Percent,
            ColumnRole::GroupShare,
        ),
    ]
}

fn dimensions(question: &Question<'_>, places: impl IntoIterator<Item = usize>) -> Vec<MetricColumn> {
    let mut columns = Vec::new();
    let groups = places.into_iter().filter_map(|at| question.groups.get(at));
    for Group { dimension, .. } in groups {
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

/// A column of a summary.
fn between(column: MetricColumn, summary: Summary) -> MetricColumn {
    // The mean of whole numbers is none.
    if matches!(summary, Summary::Mean | Summary::Median) && column.kind == ColumnType::Integer {
        return MetricColumn { format: Format::Decimal, kind: ColumnType::Number, ..column };
    }
    column
}

/// A summary that stands beside another one.
fn beside(question: &Question<'_>, summary: Summary) -> Vec<MetricColumn> {
    if summary == Summary::Count {
        return of_count(&counted_label(question)).into_iter().take(1).collect();
    }
    let own = question.figures().into_iter().map(|figure| between(of_figure(&figure), summary));
    own.map(|column| {
        let name = summary::beside_column(summary, &column.name);
        named(MetricColumn { name, ..column }, summary)
    })
    .collect()
}

/// A column that says which summary it is of: "largest items".
fn named(column: MetricColumn, summary: Summary) -> MetricColumn {
    let word = match summary {
        Summary::Mean => "mean",
        Summary::Median => "median",
        Summary::Min => "smallest",
        Summary::Max => "largest",
        Summary::Sum => "total",
        Summary::Count | Summary::Correlation => return column,
    };
    MetricColumn { label: format!("{word} {}", column.label), ..column }
}

fn of_contrast(question: &Question<'_>) -> Vec<MetricColumn> {
    let Some(figures) = contrast::figures(question) else { return Vec::new() };
    let unit = |figure: &Figure<'_>| match figure.kind {
        FigureKind::Value => figure.metric.unit.clone(),
        _ => String::new(),
    };
    let label = |at: usize, figure: &Figure<'_>| {
        let slice = question.slices.get(at).map(|slice| slice.label.clone());
        slice.unwrap_or_else(|| of_figure(figure).label)
    };
    let [first, second] = &figures;
    // Fractions from fractions are one; anything else is a plain number.
    let format = if first.format() == second.format() { first.format() } else { Format::Decimal };
    let described = [
        (contrast::FIRST, label(0, first), first.format(), unit(first), ColumnRole::First, first),
        (contrast::SECOND, label(1, second), second.format(), unit(second), ColumnRole::Second, second),
        (contrast::DIFFERENCE, "difference".to_owned(), format, unit(first), ColumnRole::Difference, first),
        (contrast::RATIO, "ratio".to_owned(), Format::Decimal, String::new(), ColumnRole::Ratio, first),
    ];
    let described = described.into_iter().map(|(name, label, format, unit, role, figure)| MetricColumn {
        unit,
        field: figure.metric.name.clone(),
        ..extra(name, &label, format, role)
    });
    described.collect()
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
