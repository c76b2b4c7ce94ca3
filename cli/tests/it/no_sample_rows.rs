//! No row of the real sample is in the repository: the data is licensed to whoever downloads it, not to us.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::workbench::{sample, say_skipped, workspace};

/// Shorter lines of the sample ("1,2,3") occur by chance.
const SHORTEST_TELLING_LINE: usize = 21;

/// Files that git knows; `None` outside a clone (an unpacked source archive).
fn tracked_files() -> Option<Vec<PathBuf>> {
    let output = Command::new("git").arg("-C").arg(workspace()).args(["ls-files", "-z"]).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        say_skipped("this is no git clone");
        return None;
    };
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(names.split('\0').filter(|name| !name.is_empty()).map(|name| workspace().join(name)).collect())
}

#[test]
fn no_csv_file_is_tracked() {
    let Some(files) = tracked_files() else { return };
    let is_csv = |path: &&PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv"));
    assert_eq!(files.iter().filter(is_csv).collect::<Vec<_>>(), Vec::<&PathBuf>::new());
}

#[test]
fn no_line_of_the_sample_is_in_a_tracked_file() {
    let (Some(folder), Some(files)) = (sample(), tracked_files()) else { return };
    let lines = telling_lines(&folder);
    assert!(!lines.is_empty(), "the sample in {} has no CSV file with rows", folder.display());
    for path in files {
        // A file that was deleted but not yet committed, or a picture, holds no line of text.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let found = text.lines().map(str::trim).find(|line| lines.contains(*line));
        assert_eq!(found, None, "{} holds a row of the sample", path.display());
    }
}

/// The rows of the sample's CSV files, without their headers, that cannot occur by chance.
fn telling_lines(folder: &Path) -> HashSet<String> {
    let mut lines = HashSet::new();
    for entry in fs::read_dir(folder).expect("the sample's folder").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "csv") {
            let text = fs::read_to_string(entry.path()).expect("a CSV file of the sample");
            let rows = text.lines().skip(1).map(str::trim).filter(|line| line.len() >= SHORTEST_TELLING_LINE);
            lines.extend(rows.map(str::to_owned));
        }
    }
    lines
}
