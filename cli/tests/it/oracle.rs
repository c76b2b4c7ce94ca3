//! Answers and gold rows, held against what is not ours: DuckDB over the raw files and over the tables of a lake, and
//! the gold SQL of question sets.
//!
//! Real orders need the sample; DuckDB needs the Python that `INSIGHTFLOW_ORACLE_PYTHON` names (`make oracle`).
//! What is missing is skipped, and said; `INSIGHTFLOW_REQUIRE=duckdb` makes a missing DuckDB a failure.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::workbench::{BINARY, Outcome, command, published, sample, shut_off, skip, workspace};

/// Of the thirty questions: 70 %, the aim set before any of them was asked. The others may be asked back or refused.
const RIGHT_AT_LEAST: usize = 21;

/// Tests share the cores. How fast an answer is, is measured on a machine at rest.
const MAX_ELAPSED_MS: &str = "5000";

/// Customers of the synthetic shop that `demo` makes.
const DEMO_CUSTOMERS: &str = "5000";

/// No gold reads the next-basket model or its evaluation, which are most of the time of a run.
const SMALL_MODELS: [(&str, &str); 4] = [
    ("INSIGHTFLOW__PIPELINE__NEXT_BASKET__LEARN_CUSTOMERS", "100"),
    ("INSIGHTFLOW__PIPELINE__NEXT_BASKET__CALIBRATE_CUSTOMERS", "100"),
    ("INSIGHTFLOW__PIPELINE__NEXT_BASKET__POOL_CUSTOMERS", "500"),
    ("INSIGHTFLOW__PIPELINE__EVALUATION__CUSTOMERS", "200"),
];

/// Relative tolerance between two engines: sums in another order.
const TOLERANCE: f64 = 1e-9;

/// A Python with DuckDB.
pub(crate) struct Python {
    program: OsString,
}

impl Python {
    pub(crate) fn find() -> Option<Self> {
        let Some(program) = std::env::var_os("INSIGHTFLOW_ORACLE_PYTHON") else {
            skip("duckdb", "no INSIGHTFLOW_ORACLE_PYTHON is set (`make oracle` makes such a Python)");
            return None;
        };
        let reason = match Command::new(&program).args(["-c", "import duckdb"]).output() {
            Ok(output) if output.status.success() => return Some(Self { program }),
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        skip("duckdb", &format!("{} has no duckdb (`make oracle`): {reason}", program.to_string_lossy()));
        None
    }

    /// A script of `eval/oracle`, which calls the binary, if at all, shut off from this machine's settings.
    pub(crate) fn script(&self, name: &str, cache: &Path) -> Command {
        let mut script = Command::new(&self.program);
        shut_off(&mut script, cache).env("PYTHONDONTWRITEBYTECODE", "1");
        script.arg(workspace().join("eval/oracle").join(name));
        script
    }
}

fn questions() -> PathBuf {
    workspace().join("eval/questions/sample-30.toml")
}

/// Every question set of the repository.
fn question_sets() -> Vec<PathBuf> {
    let found = fs::read_dir(workspace().join("eval/questions")).unwrap().map(|entry| entry.unwrap().path());
    let mut sets: Vec<PathBuf> =
        found.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    sets.sort();
    assert!(!sets.is_empty());
    sets
}

/// A lake in a folder of its own.
struct Lake {
    folder: TempDir,
}

impl Lake {
    fn of(source: &Path, settings: &[(&str, &str)]) -> Self {
        let lake = Self { folder: tempfile::tempdir().unwrap() };
        // A lexical index takes seconds; how well vectors find is measured elsewhere.
        let mut run = command(&lake.path(), &lake.cache());
        run.env("INSIGHTFLOW__INDEX__EMBED", "false").envs(settings.iter().copied());
        run.args(["pipeline", "run", "--source"]).arg(source);
        Outcome::of(run.output().unwrap()).expect_code(0);
        lake
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }
}

/// The lake of the sample, made once for the test program; nothing where there is no sample.
fn sample_lake() -> Option<(&'static Lake, PathBuf)> {
    static SHARED: OnceLock<Lake> = OnceLock::new();
    let source = sample()?;
    Some((SHARED.get_or_init(|| Lake::of(&source, &[])), source))
}

#[test]
fn gold_rows_on_a_synthetic_shop_are_those_of_another_engine() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    let mut synth = command(&folder.path().join("lake"), &folder.path().join("cache"));
    synth.args(["data", "synth", "--customers", DEMO_CUSTOMERS, "--out"]).arg(&source);
    Outcome::of(synth.output().unwrap()).expect_code(0);
    check_gold(&Lake::of(&source, &SMALL_MODELS), &python);
}

#[test]
fn gold_rows_on_real_orders_are_those_of_another_engine() {
    let Some((lake, _)) = sample_lake() else { return };
    let Some(python) = Python::find() else { return };
    check_gold(lake, &python);
}

/// Runs every gold statement in both engines.
fn check_gold(lake: &Lake, python: &Python) {
    let (ours, theirs) = (lake.folder.path().join("ours.json"), lake.folder.path().join("theirs.json"));
    let mut eval = command(&lake.path(), &lake.cache());
    eval.args(["eval", "run", "--gold-only", "--gold"]).arg(&ours);
    for set in question_sets() {
        eval.arg("--set").arg(set);
    }
    Outcome::of(eval.output().unwrap()).expect_code(0);
    let mut check = python.script("check_gold.py", &lake.cache());
    check.arg("--lake").arg(lake.path()).arg("--json").arg(&theirs).args(question_sets());
    Outcome::of(check.output().unwrap()).expect_code(0);

    let read = |path: &Path| -> BTreeMap<String, Vec<Vec<Value>>> {
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let (ours, theirs) = (read(&ours), read(&theirs));
    assert!(ours.len() >= 26, "{} statements", ours.len());
    assert!(ours.keys().eq(theirs.keys()), "not the same statements");
    let differing: Vec<&String> =
        ours.iter().filter(|(name, rows)| !same_rows(rows, &theirs[*name])).map(|(name, _)| name).collect();
    assert!(differing.is_empty(), "{} of {} differ: {differing:?}", differing.len(), ours.len());
}

/// The same rows in any order: rows are brought into one order by what is exact in them first.
fn same_rows(ours: &[Vec<Value>], theirs: &[Vec<Value>]) -> bool {
    let sorted = |rows: &[Vec<Value>]| {
        let mut rows: Vec<Vec<Value>> = rows.to_vec();
        rows.sort_by_cached_key(|row| {
            let exact = row.iter().filter(|cell| !cell.is_f64()).map(exact_key).collect::<Vec<_>>();
            let rounded =
                row.iter().filter_map(Value::as_f64).map(|n| format!("{n:+.6e}")).collect::<Vec<_>>();
            (exact, rounded)
        });
        rows
    };
    ours.len() == theirs.len()
        && sorted(ours)
            .iter()
            .zip(&sorted(theirs))
            .all(|(a, b)| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_cell(a, b)))
}

/// A whole number may come as an integer from one engine and as a float from the other: it is no key.
fn exact_key(cell: &Value) -> String {
    if cell.is_number() { String::new() } else { cell.to_string() }
}

fn same_cell(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= (TOLERANCE * a.abs().max(b.abs())).max(1e-12),
        _ => a == b,
    }
}

#[test]
fn a_difference_between_engines_is_seen() {
    let rows = |value: Value| -> Vec<Vec<Value>> { serde_json::from_value(value).unwrap() };
    let check = |a: Value, b: Value, expected: bool| assert_eq!(same_rows(&rows(a), &rows(b)), expected);
    check(json!([["a", 1], ["b", 0.5]]), json!([["b", 0.5], ["a", 1.0]]), true);
    check(json!([["a", 0.5]]), json!([["a", 0.500_000_001]]), false);
    check(json!([["a", 1], ["b", 2]]), json!([["a", 2], ["b", 1]]), false);
    check(json!([["a"], ["a"]]), json!([["a"]]), false);
    check(json!([[null]]), json!([[0]]), false);
}

#[test]
fn answers_on_real_orders_agree_with_another_engine_and_none_of_thirty_is_wrong() {
    let Some((lake, source)) = sample_lake() else { return };
    check_thirty_questions(lake);
    let Some(python) = Python::find() else { return };
    let mut check = python.script("check_answers.py", &lake.cache());
    check.args(["--binary", BINARY, "--max-elapsed-ms", MAX_ELAPSED_MS]);
    check.arg("--lake").arg(lake.path()).arg("--source").arg(&source);
    Outcome::of(check.output().unwrap()).expect_code(0);
}

fn check_thirty_questions(lake: &Lake) {
    let file = lake.folder.path().join("report.json");
    let mut eval = command(&lake.path(), &lake.cache());
    eval.args(["eval", "run", "--misses", "--check-suggestions", "--json"])
        .arg(&file)
        .arg("--set")
        .arg(questions());
    let outcome = Outcome::of(eval.output().unwrap());
    let report = read_report(&file);
    let lines = report["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 30, "{}", outcome.stdout);
    let count = |verdict: &str| lines.iter().filter(|line| line["verdict"] == verdict).count();
    // Serious ends first, so that the report is printed for the worst of them.
    assert_eq!((count("wrong"), count("failed"), count("invalid")), (0, 0, 0), "{}", outcome.stdout);
    assert_eq!(report["summary"]["unbound_figures"], 0, "{}", outcome.stdout);
    let missed =
        |name: &str| lines.iter().any(|line| line[name].as_array().is_some_and(|missed| !missed.is_empty()));
    assert!(!missed("suggestions_missed") && !missed("options_missed"), "{}", outcome.stdout);
    assert!(count("right") >= RIGHT_AT_LEAST, "{} are right: {}", count("right"), outcome.stdout);
    outcome.expect_code(0);
}

fn read_report(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// A set over the small shop: right, wrong by gold, refused, a conversation, and one that this shop cannot ask.
const SMALL_SET: &str = r#"
[[question]]
id = "right"
intent = "metric"
role = "analyst"
ask = "how many orders are there?"
expect = "answered"
sql = "SELECT count(*) AS orders FROM orders"

[[question]]
id = "miss"
intent = "metric"
role = "analyst"
ask = "how many customers are there?"
expect = "answered"
sql = "SELECT count(DISTINCT user_id) + 1 AS customers FROM orders"

[[question]]
id = "price"
intent = "refuse"
role = "guest"
ask = "what does {product:popular:1} cost?"
expect = "refused"
code = ["outside_data"]
absent = ["€"]

[[question]]
id = "deep"
intent = "metric"
role = "analyst"
ask = "how often was {product:popular:999} bought?"
expect = "answered"
sql = "SELECT 1 AS n"

[[conversation]]
id = "talk"
intent = "refine"
role = "analyst"
[[conversation.turn]]
ask = "how many items were sold in produce?"
expect = "answered"
sql = """SELECT count(*) FROM order_lines l JOIN products p ON p.product_id = l.product_id
  JOIN departments d ON d.department_id = p.department_id WHERE d.department = 'produce'"""
[[conversation.turn]]
ask = "how many orders are there?"
expect = ["answered", "clarify"]
sql = ["SELECT count(*) FROM orders"]
"#;

#[test]
fn an_evaluation_tells_right_from_wrong_and_what_got_worse() {
    let bench = published();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let run = |set: &str, more: &[&str]| {
        fs::write(file("small-1.toml"), set).unwrap();
        let mut eval = bench.command();
        eval.current_dir(folder.path()).args(["eval", "run", "--set", "small-1.toml"]).args(more);
        Outcome::of(eval.output().unwrap())
    };
    let outcome = run(SMALL_SET, &["--json", "before.json", "--html", "page.html", "--gold", "gold.json"])
        .expect_code(1);
    let report = read_report(&file("before.json"));
    let verdict = |id: &str| {
        let lines = report["lines"].as_array().unwrap();
        lines.iter().find(|line| line["id"] == id).map(|line| line["verdict"].clone()).unwrap()
    };
    for (id, expected) in [
        ("right", "right"),
        ("miss", "wrong"),
        ("price", "right"),
        ("deep", "invalid"),
        ("talk#1", "right"),
        ("talk#2", "right"),
    ] {
        assert_eq!(verdict(id), expected, "{id}: {}", outcome.stdout);
    }
    let gold: Value = read_report(&file("gold.json"));
    assert_eq!(gold["right/sql0"], json!([[360]]));
    assert!(gold["talk#1/sql0"][0][0].as_u64().unwrap() > 0);
    let page = fs::read_to_string(file("page.html")).unwrap();
    assert!(page.contains("id=\"miss\"") && !page.contains("id=\"right\""));

    // The same again is no regression, although an answer is still wrong; gold that no answer meets is one.
    let sound = SMALL_SET.replace("popular:999", "popular:1").replace("id = \"deep\"", "id = \"fresh\"");
    run(&sound, &["--baseline", "before.json"]).expect_code(0);
    let broken = sound.replace("SELECT count(*) AS orders", "SELECT count(*) + 1 AS orders");
    let worse = run(&broken, &["--baseline", "before.json"]).expect_code(3);
    assert!(worse.stdout.contains("1 worse: right"), "{}", worse.stdout);

    // The two sides are together the whole.
    let asked = |split: &str| {
        run(&sound, &["--split", split, "--json", "side.json"]);
        read_report(&file("side.json"))["lines"].as_array().unwrap().len()
    };
    assert_eq!(asked("dev") + asked("test"), asked("all"));
}

#[test]
fn without_a_folder_of_sets_one_has_to_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut eval = published().command();
    eval.current_dir(folder.path()).args(["eval", "run"]);
    Outcome::of(eval.output().unwrap()).expect_code(1).expect_stderr(&["no folder eval/questions", "--set"]);
}
