//! The chat page in a real browser: its scripts pass the page's own policy, sign in, and offer questions.
//!
//! Needs Chromium (`CHROMIUM`, or `/usr/bin/chromium`). Skipped, and said, where there is none;
//! `INSIGHTFLOW_REQUIRE=browser` makes that a failure.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    serve::Running,
    workbench::{published, skip},
};

/// A cold start of the browser beside other tests takes seconds.
const TIMEOUT: Duration = Duration::from_secs(90);

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if path.is_file() {
        return Some(path);
    }
    skip("browser", &format!("no Chromium at {} (set CHROMIUM)", path.display()));
    None
}

/// The page's elements after its scripts ran for five seconds of the page's own clock, which waits for the server.
fn dump_dom(chromium: &Path, url: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut command = Command::new(chromium);
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]);
    // Nothing but the page: no network, and nothing of this machine's user.
    command.args(["--no-first-run", "--disable-background-networking", "--disable-component-update"]);
    command.args(["--disable-sync", "--disable-quic", "--no-proxy-server"]).env("HOME", folder.path());
    command.arg(format!("--user-data-dir={}", path("profile").display()));
    command.args(["--virtual-time-budget=5000", "--dump-dom", url]);
    // Files instead of pipes: nothing has to be read while the time is watched.
    let (page, log) = (File::create(path("page")).unwrap(), File::create(path("log")).unwrap());
    let mut child = command.stdin(Stdio::null()).stdout(page).stderr(log).spawn().unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if start.elapsed() > TIMEOUT {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let read = |name: &str| String::from_utf8_lossy(&fs::read(path(name)).unwrap()).into_owned();
    let is_done = status.is_some_and(|status| status.success());
    assert!(is_done, "{status:?} after {:?}: {}", start.elapsed(), read("log"));
    read("page")
}

#[test]
fn the_page_signs_in_and_offers_questions_in_a_browser() {
    let Some(chromium) = chromium() else { return };
    let server = Running::start(published(), &[]);
    let page = dump_dom(&chromium, &format!("{}/", server.base));
    // Nothing of this is in the file that the server sends: the scripts wrote it.
    for written in [
        // /dev/tokens answered
        "Development mode: anybody on this machine can ask as anybody.",
        // signed in as the first role of the list, an analyst
        "<h1>What do you want to know?</h1>",
        "<button type=\"button\">How many orders are there?</button>",
        "<button type=\"button\">What goes well with Banana?</button>",
        // /readyz answered
        "word search only</span>",
    ] {
        assert!(page.contains(written), "{written:?} is missing in: {page}");
    }
    assert!(!page.contains("role=\"alert\""), "the page shows a failure: {page}");
}
