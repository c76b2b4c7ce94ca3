//! Runs that are broken off: kill −9 at seeded moments, a full disk, Ctrl-C. What was published stays whole, and the run
//! goes on to the same content as one that nobody disturbed.
//!
//! `INSIGHTFLOW_KILLS` is the number of kills in each of the two kill scenarios; 5 where it is not set.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::workbench::{BINARY, Outcome, command, say_skipped, shut_off};

const DEFAULT_KILLS: u64 = 5;

/// Without models and index: the source to gold.
const TABLES_ONLY: [&str; 2] = ["--without-models", "--without-index"];

/// A synthetic source, and lakes beside it.
struct Shop {
    folder: TempDir,
    environment: Vec<(&'static str, &'static str)>,
}

impl Shop {
    fn new() -> Self {
        // Small models, so that the time of a run is spread over all of its stages.
        let environment = vec![
            ("INSIGHTFLOW__PIPELINE__ALS__RANK", "4"),
            ("INSIGHTFLOW__PIPELINE__ALS__ITERATIONS", "2"),
            ("INSIGHTFLOW__PIPELINE__NEXT_BASKET__TREES", "8"),
            ("INSIGHTFLOW__PIPELINE__NEXT_BASKET__NETWORKS", "1"),
            ("INSIGHTFLOW__PIPELINE__NEXT_BASKET__TARGETS", "2"),
            ("INSIGHTFLOW__PIPELINE__EVALUATION__CONFIGURATIONS", "2"),
            ("INSIGHTFLOW__PIPELINE__EVALUATION__BOOTSTRAP_DRAWS", "20"),
        ];
        let shop = Self { folder: tempfile::tempdir().unwrap(), environment };
        let source = shop.source();
        let arguments = ["data", "synth", "--customers", "400", "--out", source.to_str().unwrap()];
        shop.call(Path::new("none"), &arguments).expect_code(0);
        shop
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn lake(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, lake: &Path, arguments: &[&str]) -> Command {
        let mut command = command(lake, &self.folder.path().join("cache"));
        command.envs(self.environment.iter().copied()).args(arguments);
        command
    }

    fn call(&self, lake: &Path, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command(lake, arguments).output().unwrap())
    }

    fn run_arguments<'a>(&self, source: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
        [&["pipeline", "run", "--source", source], flags].concat()
    }

    /// A run from start to end, with the time that it took.
    fn run(&self, lake: &Path, flags: &[&str]) -> Duration {
        let start = Instant::now();
        let source = self.source();
        self.call(lake, &self.run_arguments(source.to_str().unwrap(), flags)).expect_code(0);
        start.elapsed()
    }

    /// Starts a run, or goes on with the open one, and kills it after that time. `false`: it had ended before.
    fn kill_after(&self, lake: &Path, flags: &[&str], time: Duration) -> bool {
        let source = self.source();
        let arguments = match newest(lake) {
            Some(run) if is_open(&run) => vec!["pipeline", "resume"],
            _ => self.run_arguments(source.to_str().unwrap(), flags),
        };
        let mut command = self.command(lake, &arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(time);
        let was_running = child.try_wait().unwrap().is_none();
        // It may have ended by itself since.
        let _gone = child.kill();
        child.wait().unwrap();
        was_running
    }

    /// Goes on until a run is complete.
    fn complete(&self, lake: &Path, flags: &[&str]) {
        match newest(lake) {
            Some(run) if is_open(&run) => drop(self.call(lake, &["pipeline", "resume"]).expect_code(0)),
            Some(_) => {}
            None => drop(self.run(lake, flags)),
        }
    }
}

fn status(lake: &Path) -> Value {
    let cache = lake.with_file_name("cache");
    Outcome::of(command(lake, &cache).args(["pipeline", "status", "--json"]).output().unwrap())
        .expect_code(0)
        .json()
}

fn newest(lake: &Path) -> Option<Value> {
    status(lake)["runs"].as_array().unwrap().first().cloned()
}

fn is_open(run: &Value) -> bool {
    ["failed", "unfinished"].contains(&run["state"].as_str().unwrap())
}

fn manifest(lake: &Path, run_id: &str) -> Value {
    let path = lake.join("runs").join(run_id).join("manifest.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// (name, content hash) of the tables and models of the newest run.
fn content(lake: &Path) -> BTreeMap<String, String> {
    let run = newest(lake).unwrap();
    let manifest = manifest(lake, run["run_id"].as_str().unwrap());
    let artefacts = manifest["artefacts"].as_array().unwrap().iter();
    let pairs = artefacts
        .map(|a| (a["name"].as_str().unwrap().to_owned(), a["content_hash"].as_str().unwrap().to_owned()));
    pairs
        .filter(|(name, _)| ["silver.", "gold.", "recsys."].iter().any(|layer| name.starts_with(layer)))
        .collect()
}

/// What the pointer names, if it is there, is a whole run.
fn check_pointer(lake: &Path) {
    let Ok(latest) = fs::read_to_string(lake.join("latest")) else { return };
    let manifest = manifest(lake, latest.trim());
    let artefacts = manifest["artefacts"].as_array().unwrap();
    assert!(!artefacts.is_empty());
    for artefact in artefacts {
        let path = lake.join(artefact["path"].as_str().unwrap());
        assert!(path.exists(), "{} is missing in the published run", path.display());
    }
    for part in manifest["inputs"].as_array().unwrap() {
        assert!(lake.join(part["part"].as_str().unwrap()).exists(), "{part}");
    }
}

fn kills() -> u64 {
    std::env::var("INSIGHTFLOW_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(DEFAULT_KILLS)
}

/// Moments of a run, the same ones each time: splitmix64 of the kill's number, as a share of the run's time.
fn moment(kill: u64, whole: Duration) -> Duration {
    let mut z = kill.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x2017);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    whole.mul_f64(((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64)
}

#[test]
fn killed_at_any_moment_a_run_goes_on_to_the_same_content() {
    let shop = Shop::new();
    let undisturbed = shop.lake("undisturbed");
    let whole = shop.run(&undisturbed, &TABLES_ONLY);
    let expected = content(&undisturbed);
    assert!(expected.len() > 10, "{expected:?}");
    let mut disturbed = 0;
    for kill in 0..kills() {
        let lake = shop.lake(&format!("lake-{kill}"));
        disturbed += u64::from(shop.kill_after(&lake, &TABLES_ONLY, moment(kill, whole)));
        // Every second run is killed while it goes on, too.
        if kill % 2 == 1 {
            shop.kill_after(&lake, &TABLES_ONLY, moment(kill + 1_000, whole));
        }
        assert!(!lake.join("latest").exists(), "a run without models is never published");
        shop.complete(&lake, &TABLES_ONLY);
        assert_eq!(content(&lake), expected, "kill {kill}");
        assert!(!is_open(&newest(&lake).unwrap()));
        fs::remove_dir_all(&lake).unwrap();
    }
    assert!(
        disturbed * 2 >= kills(),
        "{disturbed} of {} runs were still under way when they were killed",
        kills()
    );
}

#[test]
fn killed_at_any_moment_the_pointer_names_a_whole_run() {
    let mut shop = Shop::new();
    // Old runs go at once, so that the kills meet retention too.
    shop.environment.push(("INSIGHTFLOW__PIPELINE__KEEP_RUNS", "1"));
    let lake = shop.lake("lake");
    let whole = shop.run(&lake, &[]);
    let expected = content(&lake);
    assert!(expected.keys().any(|name| name.starts_with("recsys.")), "{expected:?}");
    for kill in 0..kills() {
        // Past the end too: publication and retention are the last moments.
        shop.kill_after(&lake, &[], moment(kill + 2_000, whole.mul_f64(1.1)));
        check_pointer(&lake);
        shop.complete(&lake, &[]);
        check_pointer(&lake);
        assert_eq!(content(&lake), expected, "kill {kill}");
        let status = status(&lake);
        assert_eq!(status["latest"], status["runs"][0]["run_id"], "{status}");
    }
}

/// A full disk stops the run with its code and without anything half published; with room it goes on.
fn check_disk_full(shop: &Shop, lake: &Path, limited: Outcome, make_room: impl FnOnce()) {
    let said =
        limited.expect_code(1).expect_stderr(&["has written", lake.to_str().unwrap(), "pipeline resume"]);
    assert!(said.stderr.contains("make room on that disk"), "{}", said.stderr);
    assert!(!lake.join("latest").exists(), "nothing is published");
    let run = newest(lake).unwrap();
    assert_eq!((&run["state"], &run["failure"]["code"]), (&"failed".into(), &"disk_full".into()), "{run}");
    let folder = lake.join("runs").join(run["run_id"].as_str().unwrap());
    let log = fs::read_to_string(folder.join("run.log")).unwrap();
    assert!(log.contains("FAILED (disk_full)") && !log.contains("interrupted"), "{log}");
    assert!(fs::read_to_string(folder.join("report.html")).unwrap().contains("disk_full"));
    make_room();
    shop.call(lake, &["pipeline", "resume"]).expect_code(0);
    let undisturbed = shop.lake("undisturbed");
    shop.run(&undisturbed, &TABLES_ONLY);
    assert_eq!(content(lake), content(&undisturbed));
}

/// The checkpoint, the log and the page are smaller than what the limit lets through.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_a_full_disk() {
    let shop = Shop::new();
    let lake = shop.lake("lake");
    let source = shop.source();
    let arguments = shop.run_arguments(source.to_str().unwrap(), &TABLES_ONLY);
    // 64 blocks are less than the order lines need. The signal is left out, so that the write itself fails.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$@\"", "sh", BINARY, "--lake"]).arg(&lake);
    shut_off(&mut limited, &shop.folder.path().join("cache")).args(arguments);
    check_disk_full(&shop, &lake, Outcome::of(limited.output().unwrap()), || {});
}

/// A disk of its own; unmounted at the end of the test.
#[cfg(target_os = "linux")]
struct Disk(PathBuf);

#[cfg(target_os = "linux")]
impl Disk {
    fn mount(folder: &Path, kib: u64) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let size = format!("size={kib}k");
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output().ok()?;
        mounted.status.success().then(|| Self(folder.to_owned()))
    }

    fn resize(&self, kib: u64) {
        let size = format!("remount,size={kib}k");
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }
}

#[cfg(target_os = "linux")]
impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whatever still holds a file of it must not keep the test's folder.
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_stops_the_run_and_with_room_it_goes_on() {
    let shop = Shop::new();
    let whole = shop.lake("whole");
    shop.run(&whole, &TABLES_ONLY);
    let kib = size(&whole) / 1_024;
    // Too small for all of a run, at several of its stages.
    for share in [3, 6, 9] {
        let folder = shop.lake(&format!("disk-{share}"));
        let Some(disk) = Disk::mount(&folder, kib * share / 10) else {
            return say_skipped("no disk of its own can be mounted here");
        };
        let lake = folder.join("lake");
        let source = shop.source();
        let limited = shop.call(&lake, &shop.run_arguments(source.to_str().unwrap(), &TABLES_ONLY));
        check_disk_full(&shop, &lake, limited, || disk.resize(kib * 20));
    }
}

#[cfg(target_os = "linux")]
fn size(path: &Path) -> u64 {
    if !path.is_dir() {
        return fs::metadata(path).unwrap().len();
    }
    fs::read_dir(path).unwrap().map(|entry| size(&entry.unwrap().path())).sum()
}

/// The binary with its messages, a line at a time.
struct Talking {
    child: Child,
    lines: Box<dyn Iterator<Item = String>>,
}

impl Talking {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines: Box::new(lines.map_while(Result::ok)) }
    }

    /// Reads as far as the line with these words.
    fn until(&mut self, words: &str) -> String {
        self.lines.find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words:?} was never said"))
    }

    /// Ctrl-C, and what it came to.
    fn interrupt(mut self) -> (i32, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let rest: Vec<String> = self.lines.collect();
        (self.child.wait().unwrap().code().unwrap(), rest.join("\n"))
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_says_how_to_go_on_and_goes_on() {
    let shop = Shop::new();
    let (lake, source) = (shop.lake("lake"), shop.source());
    let arguments = shop.run_arguments(source.to_str().unwrap(), &TABLES_ONLY);
    let mut running = Talking::start(shop.command(&lake, &arguments));
    let run_id = running.until("run ").split_whitespace().last().unwrap().to_owned();
    let (code, said) = running.interrupt();
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("interrupted; nothing was published"), "{said}");
    assert!(said.contains(&format!("pipeline resume {run_id}")), "{said}");
    let log = fs::read_to_string(lake.join("runs").join(&run_id).join("run.log")).unwrap();
    assert!(log.contains("interrupted; nothing was published"), "{log}");
    shop.call(&lake, &["pipeline", "resume", &run_id]).expect_code(0);
}

#[cfg(unix)]
#[test]
fn a_schedule_runs_now_keeps_its_next_time_and_ends_well_between_runs() {
    let shop = Shop::new();
    let (lake, source) = (shop.lake("lake"), shop.source());
    let flags = [&TABLES_ONLY[..], &["--every", "1h"]].concat();
    let mut running =
        Talking::start(shop.command(&lake, &shop.run_arguments(source.to_str().unwrap(), &flags)));
    running.until("next run:");
    running.until("run ");
    running.until("next run:");
    let (code, said) = running.interrupt();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("no run was under way"), "{said}");
    assert_eq!(newest(&lake).unwrap()["state"], "finished");
}

#[cfg(unix)]
#[test]
fn a_failed_run_of_a_schedule_is_told_and_the_next_time_is_kept() {
    let shop = Shop::new();
    let (lake, source) = (shop.lake("lake"), shop.source());
    fs::remove_file(source.join("aisles.csv")).unwrap();
    let flags = [&TABLES_ONLY[..], &["--every", "1h"]].concat();
    let mut running =
        Talking::start(shop.command(&lake, &shop.run_arguments(source.to_str().unwrap(), &flags)));
    running.until("next run:");
    assert!(running.until("error:").contains("aisles"));
    running.until("next run:");
    assert_eq!(running.interrupt().0, 0);
}
