//! A chart as text for a terminal: horizontal bars of block characters with aligned labels and values.
//!
//! Input: a specification, its table and the width in columns. Output: lines without trailing blanks, joined by `\n`.
//! Positive bars are exact to an eighth of a column; bars to the left of zero to a half, since Unicode has no finer
//! blocks that are filled from the right. A line or an area is drawn as bars too, one a point. A heat map has a row of
//! shaded cells a series, a scatter a grid in which a denser sign stands for more points; where the width does not
//! suffice for the cells, they come as bars.
//! Every character counts as one column, so wide scripts (Chinese, emoji) come out ragged.

use domain::table::Table;
use serde_json::Value;

use crate::{
    figures::Figures,
    spec::{ChartError, ChartKind, ChartSpec},
    value,
};

/// Narrower than this nothing can be told; smaller widths are taken as this.
const LEAST_WIDTH: usize = 24;
/// Least columns of the bars, and the share of the width that labels may take at most.
const LEAST_BAR: usize = 6;
const LABEL_SHARE: (usize, usize) = (2, 5);
/// Blocks filled from the left, by eighths.
const EIGHTHS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const FULL: char = '█';
const RIGHT_HALF: char = '▐';
/// Cells of a heat map, from the least to the most.
const SHADES: [char; 4] = ['░', '▒', '▓', '█'];
/// Lines of a scatter.
const SCATTER_LINES: usize = 12;

/// A bar with its words.
struct Row {
    label: String,
    series: String,
    figure: Option<f64>,
    value: String,
}

/// Renders a chart as text, `width` columns wide at most (24 at least).
pub fn to_unicode(spec: &ChartSpec, table: &Table, width: usize) -> Result<String, ChartError> {
    spec.check(table)?;
    let mut lines = vec![truncate(&value::one_line(&spec.title), width.max(LEAST_WIDTH))];
    let rows = rows_of(spec, table);
    if rows.is_empty() {
        lines.push("(no rows)".to_owned());
        return Ok(lines.join("\n"));
    }
    let drawn = match spec.kind {
        ChartKind::HeatMap => heat_map(spec, table, width.max(LEAST_WIDTH)),
        ChartKind::Scatter => scatter(spec, table, width.max(LEAST_WIDTH)),
        _ => None,
    };
    if let Some(drawn) = drawn {
        lines.extend(drawn);
        return Ok(lines.join("\n"));
    }
    let layout = Layout::of(&rows, width.max(LEAST_WIDTH));
    let mut last_label = None;
    for row in &rows {
        // In a group the label stands once, at its first bar.
        let repeated = spec.series.is_some() && last_label == Some(&row.label);
        lines.push(layout.line(row, if repeated { "" } else { &row.label }));
        last_label = Some(&row.label);
    }
    Ok(lines.join("\n"))
}

/// The bars in the order of the rows; those of one category together, where there are series.
fn rows_of(spec: &ChartSpec, table: &Table) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..table.rows.len())
        .map(|at| {
            let cell = |field: &str| table.cell(at, field).unwrap_or(&Value::Null);
            let series = spec.series.as_ref().map(|series| {
                // A series has no format of its own; names and numbers are written as they are.
                value::write(cell(&series.field), domain::answer::Format::Name)
            });
            Row {
                label: value::write(cell(&spec.x.field), spec.x.format),
                series: series.unwrap_or_default(),
                figure: cell(&spec.y.field).as_f64(),
                value: value::write(cell(&spec.y.field), spec.y.format),
            }
        })
        .collect();
    if spec.series.is_some() {
        let order: Vec<String> = rows.iter().map(|row| row.label.clone()).collect();
        rows.sort_by_key(|row| order.iter().position(|label| *label == row.label));
    }
    rows
}

/// A row of cells a series: a shade and the figure. `None` where they do not fit.
fn heat_map(spec: &ChartSpec, table: &Table, width: usize) -> Option<Vec<String>> {
    let figures = Figures::of(spec, table);
    let most_name = width * LABEL_SHARE.0 / LABEL_SHARE.1;
    let name = figures.series.iter().map(|name| name.chars().count()).max()?.min(most_name);
    let mut cells = vec![vec![(' ', String::new()); figures.labels.len()]; figures.series.len()];
    let range = figures.values().fold((f64::INFINITY, f64::NEG_INFINITY), |r, f| (r.0.min(f), r.1.max(f)));
    for (row, point) in figures.points.iter().enumerate() {
        let cell = table.cell(row, &spec.y.field).unwrap_or(&Value::Null);
        let share = point.y.map(|y| (y - range.0) / (range.1 - range.0));
        let shade = share.map(|share| if share.is_finite() { (share * 3.999) as usize } else { 3 });
        let shade = shade.and_then(|shade| SHADES.get(shade)).copied().unwrap_or(' ');
        *cells.get_mut(point.series)?.get_mut(point.label)? = (shade, value::write(cell, spec.y.format));
    }
    let written = cells.iter().flatten().map(|(_, value)| value.chars().count() + 2).max()?;
    let each = figures.labels.iter().map(|label| label.chars().count()).max()?.max(written);
    if name + (each + 1) * figures.labels.len() > width {
        return None;
    }
    let row = |name_of: &str, cells: Vec<String>| {
        let mut line = pad(name_of, name);
        cells.iter().for_each(|cell| line.push_str(&format!(" {cell:>each$}")));
        line.trim_end().to_owned()
    };
    let mut lines = vec![row("", figures.labels.clone())];
    for (series, cells) in figures.series.iter().zip(cells) {
        let cells = cells.into_iter().map(|(shade, value)| format!("{shade} {value}").trim().to_owned());
        lines.push(row(series, cells.collect()));
    }
    Some(lines)
}

/// A grid of points between the ends of both axes; series are not told apart.
fn scatter(spec: &ChartSpec, table: &Table, width: usize) -> Option<Vec<String>> {
    let figures = Figures::of(spec, table);
    let points: Vec<(f64, f64)> =
        figures.points.iter().filter_map(|point| Some((point.x?, point.y?))).collect();
    let range = |of: fn(&(f64, f64)) -> f64| {
        points.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |r, f| (r.0.min(f), r.1.max(f)))
    };
    let (across, up) = (range(|point| point.0), range(|point| point.1));
    let write = |figure: f64, format| value::write(&serde_json::json!(figure), format);
    let ends = [write(up.1, spec.y.format), write(up.0, spec.y.format)];
    let label = ends.iter().map(|end| end.chars().count()).max()?;
    let columns =
        width.checked_sub(label + 3).filter(|columns| *columns >= LEAST_BAR && !points.is_empty())?;
    let mut counts = vec![vec![0_usize; columns]; SCATTER_LINES];
    let place = |figure: f64, (low, high): (f64, f64), places: usize| {
        let share = (figure / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        let share = if share.is_finite() { share } else { 0.5 };
        ((share * places as f64) as usize).min(places - 1)
    };
    for (x, y) in &points {
        let line = SCATTER_LINES - 1 - place(*y, up, SCATTER_LINES);
        *counts.get_mut(line)?.get_mut(place(*x, across, columns))? += 1;
    }
    let mut lines = Vec::new();
    for (at, line) in counts.iter().enumerate() {
        let end = if at == 0 {
            &ends[0]
        } else if at + 1 == SCATTER_LINES {
            &ends[1]
        } else {
            ""
        };
        let marks: String = line
            .iter()
            .map(|count| match count {
                0 => ' ',
                1 => '·',
                2..=4 => '+',
                _ => '#',
            })
            .collect();
        lines.push(format!("{end:>label$} │{marks}").trim_end().to_owned());
    }
    let (first, last) = (write(across.0, spec.x.format), write(across.1, spec.x.format));
    let gap = columns.saturating_sub(first.chars().count() + last.chars().count()).max(1);
    lines.push(format!("{:label$} └{}", "", "─".repeat(columns)));
    lines.push(format!("{:label$}  {first}{}{last}", "", " ".repeat(gap)));
    let (up, across) = (value::one_line(&spec.y.label), value::one_line(&spec.x.label));
    lines.push(format!("up: {up}, across: {across}; · one, + up to four, # more"));
    Some(lines)
}

/// How many columns each part takes, and the scale of the bars.
struct Layout {
    label: usize,
    series: usize,
    value: usize,
    /// Columns left and right of zero.
    left: usize,
    right: usize,
    /// Columns a unit of the figures.
    per_unit: f64,
}

impl Layout {
    fn of(rows: &[Row], width: usize) -> Self {
        let widest =
            |part: fn(&Row) -> &String| rows.iter().map(|row| part(row).chars().count()).max().unwrap_or(0);
        let most_label = width * LABEL_SHARE.0 / LABEL_SHARE.1;
        let series = widest(|row| &row.series).min(most_label / 2);
        let label = widest(|row| &row.label).min(most_label - series).max(1);
        let value = widest(|row| &row.value).min(width / 3);
        let gaps = 2 + usize::from(series > 0);
        let bars = width.saturating_sub(label + series + value + gaps).max(LEAST_BAR);

        let figures = rows.iter().filter_map(|row| row.figure);
        let (least, most) = figures.fold((0.0f64, 0.0f64), |(least, most), f| (least.min(f), most.max(f)));
        let span = most - least;
        // Negative and positive bars share the columns by their ranges; each side that exists has at least one.
        let left = match (least < 0.0, most > 0.0) {
            (false, _) => 0,
            (true, false) => bars,
            (true, true) => ((-least / span * bars as f64).round() as usize).clamp(1, bars - 1),
        };
        let right = bars - left;
        let side =
            |columns: usize, range: f64| if range > 0.0 { columns as f64 / range } else { f64::INFINITY };
        let per_unit = side(left, -least).min(side(right, most));
        Self {
            label,
            series,
            value,
            left,
            right,
            per_unit: if per_unit.is_finite() { per_unit } else { 0.0 },
        }
    }

    fn line(&self, row: &Row, label: &str) -> String {
        let mut line = pad(label, self.label);
        if self.series > 0 {
            line.push(' ');
            line.push_str(&pad(&row.series, self.series));
        }
        line.push(' ');
        line.push_str(&self.bar(row.figure));
        line.push(' ');
        let value = truncate(&row.value, self.value);
        line.extend(std::iter::repeat_n(' ', self.value - value.chars().count()));
        line.push_str(&value);
        line.trim_end().to_owned()
    }

    /// The bar of a figure, as wide as all bars together.
    fn bar(&self, figure: Option<f64>) -> String {
        let columns = figure.unwrap_or(0.0) * self.per_unit;
        let mut bar = String::new();
        if columns < 0.0 {
            let halves = ((-columns * 2.0).round() as usize).clamp(1, self.left * 2);
            bar.extend(std::iter::repeat_n(' ', self.left - halves.div_ceil(2)));
            bar.extend((halves % 2 == 1).then_some(RIGHT_HALF));
            bar.extend(std::iter::repeat_n(FULL, halves / 2));
            bar.extend(std::iter::repeat_n(' ', self.right));
            return bar;
        }
        bar.extend(std::iter::repeat_n(' ', self.left));
        let mut eighths = (columns * 8.0).round() as usize;
        if columns > 0.0 {
            // What is not zero is seen.
            eighths = eighths.clamp(1, self.right * 8);
        }
        bar.extend(std::iter::repeat_n(FULL, eighths / 8));
        let rest = eighths % 8;
        if rest > 0 {
            bar.extend(EIGHTHS.get(rest));
        }
        bar.extend(std::iter::repeat_n(' ', self.right - eighths.div_ceil(8)));
        bar
    }
}

/// Cut to a number of characters, the last one an ellipsis when something is left out.
fn truncate(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Cut or filled up with blanks to a number of characters.
fn pad(text: &str, columns: usize) -> String {
    let mut padded = truncate(text, columns);
    padded.extend(std::iter::repeat_n(' ', columns.saturating_sub(padded.chars().count())));
    padded
}

#[cfg(test)]
mod tests {
    use domain::answer::Format;
    use serde_json::json;

    use super::*;
    use crate::spec::{ChartKind, Series, tests::items_by_department};

    fn bars(figures: &[(&str, Value)]) -> Vec<Vec<Value>> {
        figures.iter().map(|(name, items)| vec![json!(name), json!("prior"), items.clone()]).collect()
    }

    #[track_caller]
    fn check(figures: &[(&str, Value)], width: usize, expected: &[&str]) {
        let (spec, table) = items_by_department(bars(figures));
        let text = to_unicode(&spec, &table, width).unwrap();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines, expected, "\n{text}");
        assert!(text.lines().all(|line| line.chars().count() <= width.max(24)));
    }

    #[test]
    fn bars_are_exact_to_an_eighth_and_values_are_aligned() {
        // 30 columns: 7 of the label, 5 of the value, 2 gaps, 16 of the bars; 16 columns are 1,600 items.
        check(
            &[("produce", json!(1_600)), ("deli", json!(450)), ("bulk", json!(1)), ("none", json!(0))],
            30,
            &[
                "produce ████████████████ 1,600",
                "deli    ████▌              450",
                "bulk    ▏                    1",
                "none                         0",
            ],
        );
    }

    #[test]
    fn an_empty_table_says_so_under_the_title() {
        let (spec, table) = items_by_department(vec![]);
        assert_eq!(to_unicode(&spec, &table, 60).unwrap(), "Items by department\n(no rows)");
    }

    #[test]
    fn a_single_row_fills_the_width() {
        check(&[("deli", json!(7))], 24, &["deli █████████████████ 7"]);
    }

    #[test]
    fn negative_values_go_to_the_left_of_a_common_zero() {
        check(
            &[("up", json!(6)), ("down", json!(-12)), ("little", json!(-1))],
            29,
            &[
                "up                 ██████   6",
                "down   ████████████       -12",
                "little            █        -1",
            ],
        );
    }

    #[test]
    fn only_negative_values_still_have_bars() {
        check(
            &[("a", json!(-2)), ("b", json!(-1))],
            24,
            &["a ███████████████████ -2", "b          ▐█████████ -1"],
        );
    }

    #[test]
    fn a_null_is_a_dash_without_a_bar_and_zeros_alone_draw_nothing() {
        check(
            &[("a", Value::Null), ("b", json!(4))],
            24,
            &["a                      –", "b ████████████████████ 4"],
        );
        check(&[("a", json!(0))], 24, &["a                      0"]);
    }

    #[test]
    fn very_long_labels_are_cut_and_never_widen_the_chart() {
        let long = "Organic ".repeat(40);
        check(
            &[(&long, json!(5)), ("b", json!(5))],
            30,
            &["Organic Org… ███████████████ 5", "b            ███████████████ 5"],
        );
    }

    #[test]
    fn a_label_cannot_break_the_line() {
        check(&[("a\nb\u{1b}[2J", json!(5))], 24, &["a b [2J ██████████████ 5"]);
    }

    #[test]
    fn groups_stand_together_with_their_label_once() {
        let row =
            |department: &str, kind: &str, items: u32| vec![json!(department), json!(kind), json!(items)];
        let rows = vec![
            row("deli", "prior", 8),
            row("bulk", "prior", 4),
            row("deli", "train", 2),
            row("bulk", "train", 1),
        ];
        let (mut spec, table) = items_by_department(rows);
        spec.kind = ChartKind::GroupedBar;
        spec.series = Some(Series { field: "kind".to_owned(), label: "kind".to_owned() });
        let text = to_unicode(&spec, &table, 25).unwrap();
        let expected = [
            "Items by department",
            "deli prior ████████████ 8",
            "     train ███          2",
            "bulk prior ██████       4",
            "     train █▌           1",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}");
    }

    #[test]
    fn a_heat_map_has_a_row_of_shaded_cells_a_series() {
        let row =
            |department: &str, kind: &str, items: u32| vec![json!(department), json!(kind), json!(items)];
        let rows = vec![row("deli", "prior", 8), row("bulk", "prior", 1_000), row("deli", "train", 500)];
        let (mut spec, table) = items_by_department(rows);
        spec.kind = ChartKind::HeatMap;
        spec.series = Some(Series { field: "kind".to_owned(), label: "kind".to_owned() });
        let text = to_unicode(&spec, &table, 40).unwrap();
        let expected =
            ["Items by department", "         deli    bulk", "prior     ░ 8 █ 1,000", "train   ▒ 500"];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}");
        let narrow = to_unicode(&spec, &table, 24).unwrap();
        assert!(narrow.contains("deli") && narrow.contains("500"), "as bars:\n{narrow}");
    }

    #[test]
    fn a_scatter_is_a_grid_with_the_ends_of_its_axes() {
        let rows = vec![vec![json!(1), json!("a"), json!(10)], vec![json!(5), json!("a"), json!(400)]];
        let (mut spec, mut table) = items_by_department(rows);
        spec.kind = ChartKind::Scatter;
        spec.x.kind = crate::spec::CategoryKind::Quantitative;
        table.columns[0].kind = domain::table::ColumnType::Integer;
        let text = to_unicode(&spec, &table, 30).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + SCATTER_LINES + 3, "\n{text}");
        assert!(lines[1].starts_with("400 │") && lines[1].ends_with('·'), "\n{text}");
        assert_eq!(lines[SCATTER_LINES], " 10 │·");
        assert!(lines[1..=SCATTER_LINES].iter().all(|line| line.chars().count() <= 30));
    }

    #[test]
    fn percentages_are_written_in_per_cent() {
        let (mut spec, mut table) = items_by_department(bars(&[("deli", json!(0.5))]));
        spec.y.format = Format::Percent;
        table.columns[2].kind = domain::table::ColumnType::Number;
        assert!(to_unicode(&spec, &table, 40).unwrap().ends_with("50.0 %"));
    }

    #[test]
    fn no_width_and_no_figure_panics() {
        let figures = [
            json!(f64::MAX),
            json!(-f64::MAX),
            json!(f64::MIN_POSITIVE),
            json!(i64::MIN),
            Value::Null,
            json!(0),
        ];
        for width in [0, 1, 23, 24, 25, 80, 500] {
            for count in 0..=figures.len() {
                let named: Vec<(&str, Value)> =
                    figures.iter().take(count).map(|figure| ("x", figure.clone())).collect();
                let (spec, table) = items_by_department(bars(&named));
                to_unicode(&spec, &table, width).unwrap();
            }
        }
    }
}
