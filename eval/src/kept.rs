//! Gold rows that are kept between evaluations.
//!
//! A run never changes once it is published, so the rows of a statement on it never do either. Most of the time of an
//! evaluation is spent on gold; whoever evaluates again and again keeps its rows in a folder. One file a statement,
//! `<run>/<SHA-256 of the statement>.json`, written beside its place and renamed, so that evaluations may share a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use domain::table::Table;
use sha2::{Digest, Sha256};

/// The kept gold rows of one run.
#[derive(Debug, Clone)]
pub struct KeptGold {
    folder: PathBuf,
}

impl KeptGold {
    /// Those of that run under `folder`, which is made where it does not exist.
    pub fn open(folder: &Path, run_id: &str) -> io::Result<Self> {
        let folder = folder.join(run_id);
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// The rows of a statement; nothing where they are not kept, or where the file is not whole.
    pub(crate) fn get(&self, sql: &str) -> Option<Table> {
        serde_json::from_slice(&fs::read(self.file(sql)).ok()?).ok()
    }

    /// Keeps the rows of a statement.
    pub(crate) fn put(&self, sql: &str, table: &Table) -> io::Result<()> {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let place = self.file(sql);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let beside = place.with_extension(format!("{}-{number}.tmp", process::id()));
        fs::write(&beside, serde_json::to_vec(table)?)?;
        fs::rename(&beside, &place)
    }

    fn file(&self, sql: &str) -> PathBuf {
        let name: String = Sha256::digest(sql).iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension("json")
    }
}

#[cfg(test)]
mod tests {
    use domain::table::{Column, ColumnType};
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_kept_by_run_and_statement_and_a_broken_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let kept = KeptGold::open(folder.path(), "run-1").unwrap();
        let mut table = Table::new(vec![Column::new("share", ColumnType::Number)]);
        table.rows.push(vec![json!(0.1)]);
        assert_eq!(kept.get("SELECT 1"), None);
        kept.put("SELECT 1", &table).unwrap();
        assert_eq!(kept.get("SELECT 1"), Some(table));
        assert_eq!(kept.get("SELECT 2"), None);
        assert_eq!(KeptGold::open(folder.path(), "run-2").unwrap().get("SELECT 1"), None);
        fs::write(kept.file("SELECT 1"), "{").unwrap();
        assert_eq!(kept.get("SELECT 1"), None);
    }
}
