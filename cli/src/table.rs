//! Plain text tables for the terminal: columns aligned, numbers to the right, no colour.

/// Rows under headings.
#[derive(Debug, Default)]
pub(crate) struct TextTable {
    headings: Vec<String>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table of those columns; `true` aligns to the right.
    pub(crate) fn new(columns: impl IntoIterator<Item = (impl Into<String>, bool)>) -> Self {
        let (headings, right) = columns.into_iter().map(|(name, right)| (name.into(), right)).unzip();
        Self { headings, right, rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(row.into_iter().map(|cell| clean(&cell.into())).collect());
    }

    /// The lines, indented by two.
    pub(crate) fn render(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.chain(self.headings.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.headings.len()).map(width).collect();
        let line = |cells: &[String]| {
            let padded = cells.iter().zip(&widths).zip(&self.right).map(|((cell, width), right)| {
                if *right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            format!("  {}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
        };
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let mut text = line(&self.headings) + &line(&rule);
        for row in &self.rows {
            text += &line(row);
        }
        text
    }
}

/// Control characters in a name could move the cursor or recolour the terminal; they are shown as a mark.
pub(crate) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = TextTable::new([("name", false), ("n", true)]);
        table.push(["crème fraîche", "7"]);
        table.push(["a", "1,000"]);
        let expected = "  name               n\n  ─────────────  ─────\n  crème fraîche      7\n  a              1,000\n";
        assert_eq!(table.render(), expected);
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mred"), "a\u{fffd}[31mred");
    }
}
