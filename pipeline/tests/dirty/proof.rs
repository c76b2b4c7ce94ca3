//! Runs the pipeline on a damaged source and compares what came out with what must.
//!
//! A run goes as far as gold: without models, without index, nothing is published. What a check finds is a text, not a
//! panic, so that the panics of the pipeline itself stand out: they come back as the error code `worker`.

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, OnceLock},
};

use arrow::util::display::{ArrayFormatter, FormatOptions};
use config::{Settings, pipeline::PipelineSettings};
use domain::{
    lake::{Lake, RunPaths},
    manifest::Manifest,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pipeline::{
    PipelineError,
    ingest::source::Source as PipelineSource,
    orchestrator::{PipelineRequest, run_pipeline},
    progress::Silent,
};
use tempfile::TempDir;

use crate::{
    damage::{Broken, Damage, Outcome, Place, silver_table},
    source::{Source, TABLES},
};

pub(crate) const SILVER: [&str; 5] = ["aisles", "departments", "products", "orders", "order_lines"];

/// What was found wrong.
pub(crate) type Finding = Result<(), String>;

macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+));
        }
    };
}
pub(crate) use ensure;

/// A run that ended, with its temporary lake.
pub(crate) struct Run {
    folder: TempDir,
    pub(crate) result: Result<Manifest, PipelineError>,
}

/// Rows of a part in this suite: the larger tables have several parts.
const BATCH_SIZE: usize = 250;

/// Runs a source in a lake of its own.
pub(crate) fn run(source: &Source, place: Place, threshold: f64) -> Run {
    run_with(source, place, settings(threshold))
}

/// The same with other settings.
pub(crate) fn run_with(source: &Source, place: Place, settings: PipelineSettings) -> Run {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shop = folder.path().join("shop");
    match place {
        Place::Folder => source.write(&shop).expect("the source is written"),
        Place::Missing => {}
        Place::File => fs::write(&shop, "orders").expect("a file"),
    }
    let request = PipelineRequest {
        source: PipelineSource::Folder(shop),
        lake: Lake::new(folder.path().join("lake")),
        settings,
        with_models: false,
        with_index: false,
        index: None,
        parent_run_id: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(run_pipeline(request, Arc::new(Silent)));
    Run { folder, result }
}

pub(crate) fn settings(threshold: f64) -> PipelineSettings {
    let mut settings = Settings::defaults().expect("the defaults are valid").pipeline;
    settings.quarantine_threshold = threshold;
    settings.batch_size = BATCH_SIZE;
    settings.threads = 2;
    settings.memory_mib = 256;
    settings.retries = 0;
    settings
}

impl Run {
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.result.as_ref().err().map(PipelineError::code)
    }

    fn lake(&self) -> Lake {
        Lake::new(self.folder.path().join("lake"))
    }

    fn finished(&self) -> Result<Finished<'_>, String> {
        match &self.result {
            Ok(manifest) => Ok(Finished { manifest, paths: self.lake().run(&manifest.run_id) }),
            Err(error) => Err(format!("the run failed ({}): {error}", error.code())),
        }
    }

    /// Rows of every table are in silver or in quarantine, and the report says so.
    pub(crate) fn check_books(&self) -> Finding {
        let run = self.finished()?;
        let quarantine = run.quarantine()?;
        run.check_sums(&quarantine)?;
        run.check_places(&quarantine)?;
        run.check_report(&quarantine)
    }

    /// Rows of bronze, by source table.
    pub(crate) fn bronze_rows(&self) -> Result<BTreeMap<String, u64>, String> {
        let mut rows = BTreeMap::new();
        for input in &self.finished()?.manifest.inputs {
            *rows.entry(input.table.clone()).or_default() += input.rows;
        }
        Ok(rows)
    }

    fn nothing_is_published(&self) -> Finding {
        let lake = self.lake();
        ensure!(!lake.latest().exists(), "the lake points to a run");
        let Ok(runs) = fs::read_dir(lake.runs()) else { return Ok(()) };
        for run in runs.flatten() {
            let manifest = lake.run(&run.file_name().to_string_lossy()).manifest();
            ensure!(!manifest.exists(), "a failed run has a manifest: {}", manifest.display());
        }
        Ok(())
    }
}

/// Compares a run of the damage with its outcome.
pub(crate) fn check(damage: &Damage, run: &Run) -> Finding {
    match &damage.outcome {
        Outcome::Normalise => {
            run.check_books()?;
            compare_silver(run, &Source::clean())?;
            run.finished()?.check_broken(&[])
        }
        Outcome::Keep(rows) => {
            run.check_books()?;
            let finished = run.finished()?;
            finished.check_broken(&[])?;
            for (table, row) in rows {
                let found = finished.silver(table)?.iter().filter(|found| *found == row).count();
                ensure!(found == 1, "{found} rows {row:?} in silver.{table}, one was expected");
            }
            Ok(())
        }
        Outcome::Quarantine { broken, rest } => {
            run.check_books()?;
            run.finished()?.check_broken(broken)?;
            compare_silver(run, rest)
        }
        Outcome::Fail { code, names } => check_failure(run, code, names),
    }
}

fn check_failure(run: &Run, code: &str, names: &str) -> Finding {
    let Err(error) = &run.result else { return Err(format!("the run succeeded, {code} was expected")) };
    let text = error.to_string();
    ensure!(error.code() == code, "the code is {}, {code} was expected: {text}", error.code());
    ensure!(text.contains(names), "the message does not name {names:?}: {text}");
    let advice = advice(code);
    ensure!(
        advice.iter().any(|words| text.contains(words)),
        "the message does not say what would be right (one of {advice:?}): {text}"
    );
    ensure!(text.len() < 4_000, "the message is {} bytes long", text.len());
    run.nothing_is_published()
}

/// A file is unreadable for many reasons, and each has its own remedy.
const UNREADABLE_ADVICE: [&str; 12] = [
    "save ",
    "give ",
    "must ",
    "export ",
    "copy ",
    "unpack ",
    "pack it",
    "fetch ",
    "replace ",
    "call a ",
    "end its ",
    "end them ",
];

/// Words of a message that say what would be right.
fn advice(code: &str) -> &'static [&'static str] {
    match code {
        "no_source" => &["give a folder"],
        "unsupported_format" => &["this build reads"],
        "repeated_file" => &["keep one of them"],
        "missing_file" => &["missing file"],
        "empty_file" => &["must hold"],
        "missing_column" => &["its header is"],
        "unknown_column" => &["the known ones are"],
        "repeated_column" => &["must stand there once"],
        "unclosed_quote" => &["close it"],
        "oversized_record" => &["end each row with a line feed"],
        "truncated_file" => &["whole file again"],
        "threshold_exceeded" => &["correct the source"],
        "nothing_left" => &["correct the source"],
        "unreadable_file" => &UNREADABLE_ADVICE,
        _ => &[],
    }
}

/// What silver was, filled in by the first run of a source.
type Hashes = Arc<OnceLock<Result<Vec<String>, String>>>;

/// Rows and content hash of the silver tables of an undamaged source; each source is run once.
fn expected_silver(source: &Source) -> Hashes {
    static KNOWN: LazyLock<Mutex<HashMap<String, Hashes>>> = LazyLock::new(Mutex::default);
    let key = format!("{source:?}");
    let cell = Arc::clone(KNOWN.lock().expect("no check panics").entry(key).or_default());
    cell.get_or_init(|| {
        let run = run(source, Place::Folder, 0.0);
        run.check_books()?;
        run.finished()?.silver_hashes()
    });
    cell
}

fn compare_silver(run: &Run, expected: &Source) -> Finding {
    let cell = expected_silver(expected);
    let expected = match cell.get() {
        Some(Ok(hashes)) => hashes,
        Some(Err(found)) => return Err(format!("the source without the damage: {found}")),
        None => return Err("no run to compare with".to_owned()),
    };
    let found = run.finished()?.silver_hashes()?;
    ensure!(found == *expected, "silver is {found:#?}, expected was {expected:#?}");
    Ok(())
}

/// A run that has a manifest.
struct Finished<'a> {
    manifest: &'a Manifest,
    paths: RunPaths,
}

/// A row of quarantine with its place.
struct Quarantined {
    row: Broken,
    part: usize,
    line: usize,
}

/// One row of the data-quality report.
#[derive(Debug, PartialEq)]
struct Reported {
    table: String,
    rule: String,
    rows_seen: u64,
    rows_quarantined: u64,
}

impl Finished<'_> {
    fn table(&self, artefact: &str) -> Result<Vec<Vec<String>>, String> {
        let path = self.manifest.artefact_path(&self.paths, artefact);
        read_parquet(&path.ok_or_else(|| format!("the manifest has no artefact {artefact}"))?)
    }

    fn silver(&self, table: &str) -> Result<Vec<Vec<String>>, String> {
        self.table(&format!("silver.{table}"))
    }

    fn silver_hashes(&self) -> Result<Vec<String>, String> {
        let hash = |table: &&str| {
            let artefact = self.manifest.artefact(&format!("silver.{table}"));
            let artefact = artefact.ok_or_else(|| format!("the manifest has no artefact silver.{table}"))?;
            Ok(format!("{table}: {} rows, {}", artefact.rows, artefact.content_hash))
        };
        SILVER.iter().map(hash).collect()
    }

    fn quarantine(&self) -> Result<Vec<Quarantined>, String> {
        let mut rows = Vec::new();
        for table in SILVER {
            for row in self.table(&format!("quarantine.{table}"))? {
                let [rule, source, part, line, raw] = <[String; 5]>::try_from(row)
                    .map_err(|row| format!("quarantine.{table} has {} columns, not 5", row.len()))?;
                let number = |text: &str| text.parse::<usize>().map_err(|_| format!("{text:?} is no place"));
                rows.push(Quarantined {
                    part: number(&part)?,
                    line: number(&line)?,
                    row: Broken { table: table.to_owned(), rule, source, raw },
                });
            }
        }
        Ok(rows)
    }

    fn check_broken(&self, expected: &[Broken]) -> Finding {
        let mut expected = expected.to_vec();
        let mut found: Vec<Broken> = self.quarantine()?.into_iter().map(|row| row.row).collect();
        expected.sort();
        found.sort();
        if found == expected {
            return Ok(());
        }
        let lacking: Vec<_> = expected.iter().filter(|row| !found.contains(row)).map(shown).collect();
        let surplus: Vec<_> = found.iter().filter(|row| !expected.contains(row)).map(shown).collect();
        Err(format!(
            "quarantine has {} rows, {} were expected; lacking: {lacking:#?}, surplus: {surplus:#?}",
            found.len(),
            expected.len()
        ))
    }

    fn check_sums(&self, quarantine: &[Quarantined]) -> Finding {
        for table in SILVER {
            let bronze: u64 = self
                .manifest
                .inputs
                .iter()
                .filter(|input| silver_table(&input.table) == table)
                .map(|input| input.rows)
                .sum();
            let silver = self.silver(table)?.len();
            let broken = quarantine.iter().filter(|row| row.row.table == table).count();
            ensure!(
                (silver + broken) as u64 == bronze,
                "{table}: {silver} rows in silver + {broken} in quarantine, {bronze} in bronze"
            );
        }
        Ok(())
    }

    /// Part and line lead to the row as received.
    fn check_places(&self, quarantine: &[Quarantined]) -> Finding {
        for Quarantined { row, part, line } in quarantine {
            let input = part.checked_sub(1).and_then(|at| self.manifest.inputs.get(at));
            let input = input.ok_or_else(|| format!("there is no part {part}: {row:?}"))?;
            ensure!(input.table == row.source, "part {part} is of {}: {}", input.table, shown(row));
            let bytes = fs::read(self.paths.lake_root().join(&input.part)).map_err(|e| e.to_string())?;
            let text = String::from_utf8_lossy(&bytes);
            let start = line.checked_sub(1).and_then(|above| text.split_inclusive('\n').nth(above));
            let start = start.ok_or_else(|| format!("part {part} has no line {line}: {}", shown(row)))?;
            let place = start.as_ptr() as usize - text.as_ptr() as usize;
            ensure!(
                text[place..].starts_with(&row.raw),
                "part {part}, line {line} is another row ({start:?}) than {}",
                shown(row)
            );
        }
        Ok(())
    }

    /// Both forms of the report count what is in quarantine, rule by rule.
    fn check_report(&self, quarantine: &[Quarantined]) -> Finding {
        let path = self.paths.folder().join("data_quality.json");
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let json: Vec<serde_json::Value> = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let json: Option<Vec<Reported>> = json.iter().map(reported).collect();
        let json = json.ok_or_else(|| format!("the report is of another shape: {text}"))?;
        let rows = read_parquet(&self.paths.silver("data_quality"))?;
        let rows: Option<Vec<Reported>> = rows.iter().map(|row| reported_row(row)).collect();
        ensure!(
            rows.as_ref() == Some(&json),
            "the report as Parquet ({rows:?}) is not that as JSON ({json:?})"
        );
        let mut counted: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for row in quarantine {
            *counted.entry((&row.row.table, &row.row.rule)).or_default() += 1;
        }
        for report in &json {
            let count = counted.remove(&(report.table.as_str(), report.rule.as_str())).unwrap_or(0);
            ensure!(report.rows_quarantined == count, "{report:?}: {count} rows are in quarantine");
            let bronze =
                self.manifest.inputs.iter().filter(|input| silver_table(&input.table) == report.table);
            let bronze: u64 = bronze.map(|input| input.rows).sum();
            ensure!(report.rows_seen == bronze, "{report:?}: bronze has {bronze} rows");
        }
        ensure!(counted.is_empty(), "the report does not name {counted:?}");
        Ok(())
    }
}

fn reported(json: &serde_json::Value) -> Option<Reported> {
    Some(Reported {
        table: json["table"].as_str()?.to_owned(),
        rule: json["rule"].as_str()?.to_owned(),
        rows_seen: json["rows_seen"].as_u64()?,
        rows_quarantined: json["rows_quarantined"].as_u64()?,
    })
}

fn reported_row(row: &[String]) -> Option<Reported> {
    let [table, rule, seen, quarantined, ..] = row else { return None };
    Some(Reported {
        table: table.clone(),
        rule: rule.clone(),
        rows_seen: seen.parse().ok()?,
        rows_quarantined: quarantined.parse().ok()?,
    })
}

/// A row with its text cut to what fits on a screen.
fn shown(row: &Broken) -> String {
    let raw: String = row.raw.chars().take(120).collect();
    format!("{} ({}): {} {raw:?}", row.table, row.source, row.rule)
}

/// All rows of a folder of Parquet files as text; null is empty.
fn read_parquet(folder: &Path) -> Result<Vec<Vec<String>>, String> {
    let mut rows = Vec::new();
    for path in parquet_files(folder)? {
        let file = File::open(&path).map_err(|e| e.to_string())?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
        for batch in reader.map_err(|e| format!("{}: {e}", path.display()))? {
            let batch = batch.map_err(|e| e.to_string())?;
            let options = FormatOptions::default();
            let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
            let columns: Vec<_> = columns.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
            for row in 0..batch.num_rows() {
                rows.push(columns.iter().map(|column| column.value(row).to_string()).collect());
            }
        }
    }
    Ok(rows)
}

fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    files.sort();
    Ok(files)
}

#[test]
fn the_clean_source_passes_whole() {
    let run = run(&Source::clean(), Place::Folder, 0.0);
    assert_eq!(run.check_books(), Ok(()));
    assert_eq!(run.finished().and_then(|run| run.check_broken(&[])), Ok(()));
    let rows: u64 = run.bronze_rows().unwrap().values().sum();
    let written: usize = TABLES.iter().map(|table| crate::source::CLEAN[table].len()).sum();
    assert_eq!(rows, written as u64);
}
