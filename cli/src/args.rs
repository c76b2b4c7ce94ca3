//! The command line: what can be typed, with its help. What is not built yet is not here.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Turns raw order data into answers.
///
/// Runs the batch pipeline, builds the search index, and serves an agent that shoppers and analysts talk to.
/// Works with no key and no network. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 regression.
#[derive(Debug, Parser)]
#[command(name = "insightflow", version, max_term_width = 110, propagate_version = true)]
pub(crate) struct Cli {
    /// What goes with every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that go with every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Folder of the lake: raw parts, tables, models and runs
    #[arg(long, global = true, value_name = "DIR", default_value = "lake", env = "INSIGHTFLOW_LAKE")]
    pub(crate) lake: PathBuf,
    /// Settings that override the defaults (`config/default.toml` lists every key)
    #[arg(long, global = true, value_name = "FILE", env = "INSIGHTFLOW_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// What is logged to stderr, such as `info` or `warn,server=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "INSIGHTFLOW_LOG", hide_env_values = true)]
    pub(crate) log: Option<String>,
    /// Log more: -v info, -vv debug, -vvv trace
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Synthetic data → pipeline → index → server, and what to ask it
    Demo(DemoArgs),
    /// Turns a source into a published run
    #[command(subcommand)]
    Pipeline(PipelineCommand),
    /// Takes in orders one by one, between two runs
    #[command(subcommand)]
    Stream(StreamCommand),
    /// Puts a customer on the erasure list: the next run and all later ones leave them out
    Erase(EraseArgs),
    /// Builds or searches the index of the published run
    #[command(subcommand)]
    Index(IndexCommand),
    /// Serves the chat API and the chat page
    Serve(ServeArgs),
    /// Talks with the agent, a question a line
    Chat(ChatArgs),
    /// Asks one question
    Ask(AskArgs),
    /// Measures answers against question files
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Makes data
    #[command(subcommand)]
    Data(DataCommand),
    /// Fetches the embedding model and the ONNX Runtime
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Checks what the other commands need and says what to do
    Doctor(DoctorArgs),
    /// Prints a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints the manual page (roff)
    Man,
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Customers of the synthetic shop
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(10..=206_209))]
    pub(crate) customers: u32,
    /// Seed of the synthetic data: the same seed gives the same shop
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Address and port; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// For scripts: end as soon as the server has answered /readyz and one question
    #[arg(long)]
    pub(crate) exit_when_ready: bool,
}

/// `pipeline …`
#[derive(Debug, Subcommand)]
pub(crate) enum PipelineCommand {
    /// Ingest, clean, features, models, index, publish; once, or on a schedule with --every or --at
    Run(PipelineRunCommand),
    /// Shows the runs of this lake, or one of them in detail
    Status(StatusArgs),
    /// Goes on with an unfinished run where it stopped, with the settings it began with
    Resume(ResumeArgs),
    /// Points back to the run that was published before
    Rollback,
    /// Removes old runs, and raw parts that no run needs any more
    Prune(PruneArgs),
}

/// `pipeline run …`
#[derive(Debug, Args)]
pub(crate) struct PipelineRunCommand {
    /// What to run.
    #[command(flatten)]
    pub(crate) run: PipelineRunArgs,
    /// When.
    #[command(flatten)]
    pub(crate) schedule: ScheduleArgs,
}

/// When `pipeline run` runs by itself. Neither = once, now.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
pub(crate) struct ScheduleArgs {
    /// Run now and then again at this interval, such as 24h, 30m or 1d, until interrupted
    #[arg(long, value_name = "INTERVAL", value_parser = parse_interval)]
    pub(crate) every: Option<Duration>,
    /// Run each day at this time, UTC, such as 03:00, until interrupted
    #[arg(long, value_name = "HH:MM", value_parser = parse_time_of_day)]
    pub(crate) at: Option<time::Time>,
}

/// Options of `pipeline status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// The run; all runs if left out
    pub(crate) run_id: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `pipeline resume`.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The run; the last unfinished one if left out
    pub(crate) run_id: Option<String>,
    /// Memory of the batch engine, MiB; for a run that ran out of memory or disk, or was killed
    #[arg(long, value_name = "N")]
    pub(crate) memory_mib: Option<usize>,
    /// Disk for sorting, MiB; for a run that ran out of memory or disk, or was killed
    #[arg(long, value_name = "N")]
    pub(crate) spill_mib: Option<usize>,
}

/// Options of `pipeline prune`.
#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// Show what would be removed and remove nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Complete runs that stay, the newest first (instead of pipeline.keep_runs); 0 = all
    #[arg(long, value_name = "N")]
    pub(crate) keep: Option<usize>,
}

/// Options of `erase`.
#[derive(Debug, Args)]
pub(crate) struct EraseArgs {
    /// The customer to erase
    #[arg(long, value_name = "N", required_unless_present = "list", conflicts_with = "list")]
    pub(crate) user: Option<u32>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT", requires = "user")]
    pub(crate) reason: Option<String>,
    /// Show the erasure list
    #[arg(long)]
    pub(crate) list: bool,
}

/// `24h`, `30m`, `90s`, `1d`: at least a second, at most 366 days.
fn parse_interval(text: &str) -> Result<Duration, String> {
    let wrong = || format!("an interval is a number with s, m, h or d behind it, such as 24h, not {text:?}");
    let seconds_each = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let number = text.get(..text.len() - 1).and_then(|number| number.parse::<u64>().ok());
    let seconds = number.and_then(|number| number.checked_mul(seconds_each)).ok_or_else(wrong)?;
    if !(1..=366 * 86_400).contains(&seconds) {
        return Err(format!("an interval is from 1s to 366d, not {text:?}"));
    }
    Ok(Duration::from_secs(seconds))
}

/// `03:00`, UTC.
fn parse_time_of_day(text: &str) -> Result<time::Time, String> {
    let parsed = text
        .split_once(':')
        .and_then(|(hour, minute)| time::Time::from_hms(hour.parse().ok()?, minute.parse().ok()?, 0).ok());
    parsed.ok_or_else(|| format!("a time of day is HH:MM from 00:00 to 23:59 (UTC), not {text:?}"))
}

/// Options of `pipeline run`.
#[derive(Debug, Args)]
pub(crate) struct PipelineRunArgs {
    /// Folder or file:// URL with the six tables as CSV, CSV.gz or Parquet; only what is new since the last run is copied
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) source: String,
    /// Leave the models out; such a run is not published
    #[arg(long)]
    pub(crate) without_models: bool,
    /// Leave the search index out
    #[arg(long)]
    pub(crate) without_index: bool,
}

/// `stream …`
#[derive(Debug, Subcommand)]
pub(crate) enum StreamCommand {
    /// Puts orders into the stream, a JSON object a line
    ///
    /// Fields: order_id, user_id, order_number, order_dow, order_hour_of_day, days_since_prior_order (null on a first
    /// order), lines (a list of product_id, add_to_cart_order, reordered), and optionally event_id and emitted_at.
    /// An order that is in the stream already is left out. A line that is no order, or that uses another order's id, is
    /// named and not published, and the exit code is 1.
    Publish(PublishArgs),
    /// Moves what is new in the stream into the bronze layer of a source, where its next run reads it
    ///
    /// Each event lands once, however often it was delivered. Records that are no order are put aside with the reason.
    Land {
        /// The source's name in bronze: its folder's name in lower case
        #[arg(long, value_name = "NAME")]
        source_name: String,
        /// Folder of the stream [default: `stream` in the lake]
        #[arg(long, value_name = "DIR")]
        stream: Option<PathBuf>,
    },
    /// Shows what is in the stream and what has landed
    Status {
        /// Folder of the stream [default: `stream` in the lake]
        #[arg(long, value_name = "DIR")]
        stream: Option<PathBuf>,
    },
}

/// Options of `stream publish`.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// File to read; without it, or as `-`, stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Folder of the stream [default: `stream` in the lake]
    #[arg(long, value_name = "DIR")]
    pub(crate) stream: Option<PathBuf>,
}

/// `index …`
#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Builds the index anew as a child run and publishes it
    Build,
    /// Searches the index of the published run
    Search(SearchArgs),
}

/// Options of `index search`.
#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// What to search
    pub(crate) query: String,
    /// Hits to show
    #[arg(long, short = 'k', default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub(crate) top_k: u16,
    /// Only products of this aisle (its id); may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) aisle: Vec<u32>,
    /// Only products of this department (its id); may be given several times
    #[arg(long, value_name = "ID")]
    pub(crate) department: Vec<u32>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Address and port; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

/// Who asks. No role and no user = analyst on this machine; a user alone = that shopper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct IdentityArgs {
    /// The part to play
    #[arg(long, value_enum)]
    pub(crate) role: Option<RoleArg>,
    /// The customer that "I" means; alone it makes you that shopper
    #[arg(long, value_name = "N")]
    pub(crate) user: Option<u32>,
}

/// A role as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// A visitor who is not signed in
    Guest,
    /// A signed-in customer (needs --user)
    Shopper,
    /// Staff: all rows
    Analyst,
}

/// A planner as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlannerArg {
    /// The planner that needs no model
    Builtin,
    /// The configured language model
    Llm,
    /// The built-in planner where it is sure, the model for the rest
    Auto,
}

/// Options of `ask`.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    /// The question; `-` reads it from stdin
    pub(crate) question: String,
    /// Who asks.
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    /// Go on with this conversation
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Who plans the answer
    #[arg(long, value_enum)]
    pub(crate) planner: Option<PlannerArg>,
    /// Print exactly one Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `chat`.
#[derive(Debug, Args)]
pub(crate) struct ChatArgs {
    /// Who asks.
    #[command(flatten)]
    pub(crate) identity: IdentityArgs,
    /// Go on with this conversation
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Who plans the answers
    #[arg(long, value_enum)]
    pub(crate) planner: Option<PlannerArg>,
}

/// `eval …`
#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Asks the questions of sets and compares the answers with their gold SQL
    Run(EvalRunArgs),
    /// Measures the recommendations of the published run's data and publishes the figures as a child run
    #[command(
        after_help = "What is measured: the next-basket model and its baselines, fitted on the orders before each \
        customer's last one with lines, asked for that one. The figures go to recsys/eval/run=<id>/metrics.json, pictures \
        and a page to recsys/eval_charts/run=<id>/ of the lake."
    )]
    Recommend(EvalRecommendArgs),
}

/// Options of `eval recommend`.
#[derive(Debug, Args)]
pub(crate) struct EvalRecommendArgs {
    /// Score every customer, in ten folds, with neighbours among all; without it a seeded draw, as inside a run
    #[arg(long)]
    pub(crate) all: bool,
    /// Print metrics.json instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `eval run`.
#[derive(Debug, Args)]
pub(crate) struct EvalRunArgs {
    /// A question set, or a folder of them; repeat it for several [default: the folder eval/questions]
    #[arg(long, value_name = "FILE")]
    pub(crate) set: Vec<PathBuf>,
    /// Which part to ask: a fixed hash of the id puts each question on one side
    #[arg(long, value_enum, default_value_t = SplitChoice::All)]
    pub(crate) split: SplitChoice,
    /// An earlier report (JSON): a question that was right there and is not now, or a kind with a lower rate, is a regression (exit code 3)
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the report as JSON to this file, for a later --baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as a page that shows each miss
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the gold rows as JSON, one list a statement, for a comparison with another engine
    #[arg(long, value_name = "FILE")]
    pub(crate) gold: Option<PathBuf>,
    /// Keep gold rows in this folder, and take those that an earlier evaluation of the same run left there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep_gold: Option<PathBuf>,
    /// Only run the gold statements; ask nothing
    #[arg(long, requires = "gold")]
    pub(crate) gold_only: bool,
    /// Print each miss
    #[arg(long)]
    pub(crate) misses: bool,
    /// Ask every suggestion too, and count those that are answered
    #[arg(long)]
    pub(crate) check_suggestions: bool,
}

/// A part of the question sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitChoice {
    /// What the planner is developed on
    Dev,
    /// What it is measured on
    Test,
    /// Both
    All,
}

/// `data …`
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Writes a synthetic shop in the six-table layout
    Synth(SynthArgs),
}

/// Options of `data synth`.
#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// Number of customers
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) customers: u32,
    /// The same seed gives the same data
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Also write the uncensored gaps between orders
    #[arg(long)]
    pub(crate) truth: bool,
}

/// `models …`
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Fetches what is missing into the models folder and checks its hashes
    Pull {
        /// Take the packages from this folder instead of the network
        #[arg(long, value_name = "DIR")]
        from: Option<PathBuf>,
    },
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Address and port that `serve` would take
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_lake_may_stand_before_or_behind_the_command() {
        for line in [["insightflow", "--lake", "x", "man"], ["insightflow", "man", "--lake", "x"]] {
            assert_eq!(Cli::try_parse_from(line).unwrap().global.lake, PathBuf::from("x"));
        }
    }

    #[test]
    fn an_interval_has_a_unit_and_a_time_of_day_is_on_the_clock() {
        let seconds = |text| parse_interval(text).map(|interval| interval.as_secs()).ok();
        assert_eq!(
            [seconds("24h"), seconds("30m"), seconds("1d")],
            [Some(86_400), Some(1_800), Some(86_400)]
        );
        for wrong in ["", "24", "h", "-1h", "1.5h", "0m", "400d", "1é", "99999999999999999999d"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(parse_time_of_day("03:05").ok(), time::Time::from_hms(3, 5, 0).ok());
        for wrong in ["", "3", "24:00", "12:60", "a:b", "-1:00"] {
            assert!(parse_time_of_day(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_customer_or_the_list_is_asked_for_and_one_kind_of_schedule() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).is_ok();
        assert!(parse("insightflow erase --user 7 --reason letter") && parse("insightflow erase --list"));
        assert!(!parse("insightflow erase") && !parse("insightflow erase --list --user 7"));
        assert!(parse("insightflow pipeline run --source x --every 24h"));
        assert!(!parse("insightflow pipeline run --source x --every 24h --at 03:00"));
    }

    #[test]
    fn wrong_usage_exits_with_2() {
        for line in
            [&["insightflow"][..], &["insightflow", "asks"], &["insightflow", "ask", "x", "--user", "one"]]
        {
            assert_eq!(Cli::try_parse_from(line).unwrap_err().exit_code(), 2, "{line:?}");
        }
    }
}
