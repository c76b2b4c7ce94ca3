//! The bench of the scenarios: a tiny shop as six CSV files, a lake made of it once, the real binary, and what is done
//! where something is missing on this machine.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::OnceLock,
};

use tempfile::TempDir;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_insightflow");

pub(crate) const CUSTOMERS: u32 = 60;
pub(crate) const ORDERS_EACH: u32 = 6;
const PRODUCTS: [(&str, u32); 12] = [
    ("Banana", 1),
    ("Organic Avocado", 1),
    ("Strawberries", 1),
    ("Baby Spinach", 2),
    ("Whole Milk", 3),
    ("Greek Yogurt", 3),
    ("Large Brown Eggs", 4),
    ("Vanilla Ice Cream", 5),
    ("Frozen Peas", 6),
    ("Frozen Blueberries", 6),
    ("Dark Chocolate Ice Cream", 5),
    ("Cheddar Cheese", 4),
];
const AISLES: [(&str, u32); 6] = [
    ("fresh fruits", 1),
    ("fresh vegetables", 1),
    ("milk and yogurt", 2),
    ("eggs and cheese", 2),
    ("ice cream", 3),
    ("frozen produce", 3),
];
const DEPARTMENTS: [&str; 3] = ["produce", "dairy eggs", "frozen"];

/// Writes the six tables. The same bytes every time.
pub(crate) fn write_source(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let mut aisles = "aisle_id,aisle\n".to_owned();
    for (at, (aisle, _)) in AISLES.iter().enumerate() {
        writeln!(aisles, "{},{aisle}", at + 1).unwrap();
    }
    write("aisles.csv", &aisles);
    let mut departments = "department_id,department\n".to_owned();
    for (at, department) in DEPARTMENTS.iter().enumerate() {
        writeln!(departments, "{},{department}", at + 1).unwrap();
    }
    write("departments.csv", &departments);
    let mut products = "product_id,product_name,aisle_id,department_id\n".to_owned();
    for (at, (name, aisle)) in PRODUCTS.iter().enumerate() {
        writeln!(products, "{},{name},{aisle},{}", at + 1, AISLES[*aisle as usize - 1].1).unwrap();
    }
    write("products.csv", &products);
    let orders =
        "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n";
    let lines = "order_id,product_id,add_to_cart_order,reordered\n";
    let (mut orders, mut prior, mut train) = (orders.to_owned(), lines.to_owned(), lines.to_owned());
    for user in 1..=CUSTOMERS {
        write_customer(user, &mut orders, &mut prior, &mut train);
    }
    write("orders.csv", &orders);
    write("order_products__prior.csv", &prior);
    write("order_products__train.csv", &train);
}

/// Customers differ in rhythm, basket size and taste, so that there are segments to find; all like bananas.
fn write_customer(user: u32, orders: &mut String, prior: &mut String, train: &mut String) {
    let taste = user % 3 * 4;
    let mut bought = [false; PRODUCTS.len()];
    for number in 1..=ORDERS_EACH {
        let order = (user - 1) * ORDERS_EACH + number;
        let is_last = number == ORDERS_EACH;
        let eval_set = if is_last { "train" } else { "prior" };
        let days = if number == 1 { String::new() } else { format!("{}.0", (user * 7 + number) % 31) };
        let (dow, hour) = (order % 7, 8 + order % 12);
        writeln!(orders, "{order},{user},{eval_set},{number},{dow},{hour},{days}").unwrap();
        let mut basket = vec![0, taste as usize];
        basket.extend((0..user % 4).map(|step| ((taste + 1 + step + number % 2) % 12) as usize));
        basket.dedup();
        basket.sort_unstable();
        basket.dedup();
        let lines = if is_last { &mut *train } else { &mut *prior };
        for (place, product) in basket.into_iter().enumerate() {
            let reordered = u8::from(bought[product]);
            bought[product] = true;
            writeln!(lines, "{order},{},{},{reordered}", product + 1, place + 1).unwrap();
        }
    }
}

/// A temporary folder with a source and a place for a lake.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_source(&folder.path().join("source"));
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn lake(&self) -> PathBuf {
        self.path("lake")
    }

    pub(crate) fn edit(&self, table: &str, change: impl FnOnce(String) -> String) {
        let path = self.path("source").join(table);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, change(text)).unwrap();
    }

    /// The binary on this bench's lake, shut off from the models and settings of this machine.
    pub(crate) fn command(&self) -> Command {
        command(&self.lake(), &self.path("cache"))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(self.command().args(arguments).output().unwrap())
    }

    pub(crate) fn run_pipeline(&self) -> Outcome {
        let source = self.path("source");
        self.run(&["pipeline", "run", "--source", source.to_str().unwrap()])
    }

    pub(crate) fn is_published(&self) -> bool {
        self.lake().join("latest").exists()
    }
}

pub(crate) fn command(lake: &Path, cache: &Path) -> Command {
    let mut command = Command::new(BINARY);
    shut_off(&mut command, cache).arg("--lake").arg(lake);
    command
}

/// Takes the settings of this machine and stdin from a command that is, or calls, the binary.
pub(crate) fn shut_off<'a>(command: &'a mut Command, cache: &Path) -> &'a mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("INSIGHTFLOW") {
            command.env_remove(name);
        }
    }
    // No models in this cache: the index is lexical and no test needs the network.
    command.env("XDG_CACHE_HOME", cache).stdin(Stdio::null())
}

/// The folder of the workspace: where cargo runs the test, and only without cargo where the test was compiled, since
/// clones that share a target folder share this program too.
pub(crate) fn workspace() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).join("..")
}

/// The folder with the sample of real orders; `None`, and a line that says so, where there is none.
pub(crate) fn sample() -> Option<PathBuf> {
    let folder = std::env::var_os("INSIGHTFLOW_SAMPLE")
        .map_or_else(|| workspace().join("../shared/data/instacart-sample"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    say_skipped(&format!("no sample at {} (set INSIGHTFLOW_SAMPLE)", folder.display()));
    None
}

/// Says that a scenario is left out because this machine lacks something; fails where `INSIGHTFLOW_REQUIRE` names it.
#[track_caller]
pub(crate) fn skip(need: &str, reason: &str) {
    let required = std::env::var("INSIGHTFLOW_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|name| name.trim() == need), "{need} is required: {reason}");
    say_skipped(reason);
}

/// Past the capture of passing tests, which would swallow a `println!`.
pub(crate) fn say_skipped(reason: &str) {
    writeln!(io::stderr(), "skipped: {reason}").unwrap();
}

/// The published lake that read-only scenarios share. Made once for the whole test program.
pub(crate) fn published() -> &'static Bench {
    static SHARED: OnceLock<Bench> = OnceLock::new();
    SHARED.get_or_init(|| {
        let bench = Bench::new();
        bench.run_pipeline().expect_code(0);
        bench
    })
}

/// What a call of the binary came to.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(output: Output) -> Self {
        let outcome = Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        outcome
    }

    #[track_caller]
    pub(crate) fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Every one of these words stands in what the user reads on stderr.
    #[track_caller]
    pub(crate) fn expect_stderr(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is missing in: {}", self.stderr);
        }
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.stdout, self.stderr))
    }
}

/// Runs a command with that text on stdin.
pub(crate) fn with_stdin(command: &mut Command, text: &str) -> Outcome {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The child may refuse before it has read everything; what matters is what it says then.
    let _closed = child.stdin.take().unwrap().write_all(text.as_bytes());
    Outcome::of(child.wait_with_output().unwrap())
}
