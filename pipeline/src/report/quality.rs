//! The data-quality report of a run as the log and the page read it back: `runs/<id>/data_quality.json`.
//!
//! Rows of (table, rule) become one [`TableQuality`] a table: what was read, what was kept, and which rules set rows
//! aside. A file that is not there or not understood is no quality, never an error: the run itself does not need it.

use std::fs;

use domain::lake::RunPaths;
use serde::Deserialize;

/// One rule of one table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RuleQuality {
    /// The silver table.
    pub table: String,
    /// The rule.
    pub rule: String,
    /// Rows of bronze that were seen.
    pub rows_seen: u64,
    /// Rows that this rule set aside.
    pub rows_quarantined: u64,
    /// Rows of the table that were left out without a fault.
    #[serde(default)]
    pub rows_left_out: u64,
    /// `rows_quarantined / rows_seen`.
    #[serde(default)]
    pub share: f64,
    /// The share that is allowed.
    #[serde(default)]
    pub threshold: f64,
    /// The first rows that broke it.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// One table with its rules.
#[derive(Debug, Clone, PartialEq)]
pub struct TableQuality {
    /// The silver table.
    pub table: String,
    /// Rows of bronze that were seen.
    pub seen: u64,
    /// Rows that were set aside, by any rule.
    pub set_aside: u64,
    /// Rows that were left out without a fault: of erased customers, or of the stream where the batch has them too.
    pub left_out: u64,
    /// The rules, in the order in which they are applied.
    pub rules: Vec<RuleQuality>,
}

impl TableQuality {
    /// Rows that went on.
    pub fn kept(&self) -> u64 {
        self.seen.saturating_sub(self.set_aside + self.left_out)
    }

    /// Share of the rows that were set aside.
    pub fn share(&self) -> f64 {
        if self.seen == 0 { 0.0 } else { self.set_aside as f64 / self.seen as f64 }
    }

    /// The rules that set rows aside.
    pub fn broken(&self) -> impl Iterator<Item = &RuleQuality> {
        self.rules.iter().filter(|rule| rule.rows_quarantined > 0)
    }
}

/// Reads the report of a run, a table each, in the order of cleaning; empty where there is none.
pub fn read_quality(paths: &RunPaths) -> Vec<TableQuality> {
    let text = fs::read_to_string(paths.folder().join("data_quality.json")).unwrap_or_default();
    by_table(serde_json::from_str(&text).unwrap_or_default())
}

fn by_table(rules: Vec<RuleQuality>) -> Vec<TableQuality> {
    let mut tables: Vec<TableQuality> = Vec::new();
    for rule in rules {
        let at = tables.iter().position(|table| table.table == rule.table);
        match at.and_then(|at| tables.get_mut(at)) {
            Some(table) => {
                table.set_aside += rule.rows_quarantined;
                table.rules.push(rule);
            }
            None => tables.push(TableQuality {
                table: rule.table.clone(),
                seen: rule.rows_seen,
                set_aside: rule.rows_quarantined,
                left_out: rule.rows_left_out,
                rules: vec![rule],
            }),
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use domain::lake::Lake;

    use super::*;

    #[test]
    fn rows_that_were_left_out_are_not_kept() {
        let rule = |name: &str, rows_quarantined| RuleQuality {
            table: "orders".into(),
            rule: name.into(),
            rows_seen: 10,
            rows_quarantined,
            rows_left_out: 3,
            share: 0.0,
            threshold: 0.0,
            examples: Vec::new(),
        };
        let [table] = &by_table(vec![rule("a", 1), rule("b", 2)])[..] else { panic!("one table") };
        assert_eq!((table.kept(), table.set_aside, table.left_out), (4, 3, 3));
    }

    #[test]
    fn rules_are_put_together_by_table() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Lake::new(folder.path()).run("r1");
        assert!(read_quality(&paths).is_empty(), "no file, no quality");
        fs::create_dir_all(paths.folder()).unwrap();
        let json = r#"[
            {"table": "orders", "rule": "a", "rows_seen": 100, "rows_quarantined": 3, "share": 0.03, "threshold": 0.1},
            {"table": "orders", "rule": "b", "rows_seen": 100, "rows_quarantined": 2, "share": 0.02, "threshold": 0.1},
            {"table": "aisles", "rule": "a", "rows_seen": 7, "rows_quarantined": 0, "share": 0.0, "threshold": 0.1}
        ]"#;
        fs::write(paths.folder().join("data_quality.json"), json).unwrap();
        let found = read_quality(&paths);
        let short: Vec<_> =
            found.iter().map(|t| (t.table.as_str(), t.seen, t.kept(), t.broken().count())).collect();
        assert_eq!(short, [("orders", 100, 95, 2), ("aisles", 7, 7, 0)]);
        fs::write(paths.folder().join("data_quality.json"), "{").unwrap();
        assert!(read_quality(&paths).is_empty(), "a file that is not understood, no quality");
    }
}
