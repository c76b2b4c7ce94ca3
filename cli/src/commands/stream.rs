//! `stream publish|land|status`.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use pipeline::stream::{
    default_folder, landing,
    ledger::{checkpoint, landed_files},
    local::LocalStream,
    publisher::{PublishReport, Retry, publish},
};

use super::{FAILED, print};
use crate::{
    args::{PublishArgs, StreamCommand},
    parts::Context,
    render::with_separators,
    table::TextTable,
};

pub(super) fn run(context: &Context, command: StreamCommand) -> anyhow::Result<ExitCode> {
    let folder = |given: Option<PathBuf>| given.unwrap_or_else(|| default_folder(&context.lake));
    match command {
        StreamCommand::Publish(args) => publish_orders(&folder(args.stream.clone()), &args),
        StreamCommand::Land { source_name, stream } => {
            let report = landing::land(&LocalStream::open(&folder(stream))?, &context.lake, &source_name)?;
            let mut text = format!(
                "{} records read: {} orders landed, {} were there before\n",
                count(report.records),
                count(report.landed),
                count(report.duplicate_events)
            );
            for (kind, records) in &report.bad_records {
                let place = context.lake.bronze(&source_name).join("data/streaming/orders_error").join(kind);
                writeln!(text, "{} bad records ({kind}) in {}", count(*records), place.display())?;
            }
            print(&text)?;
            Ok(ExitCode::SUCCESS)
        }
        StreamCommand::Status { stream } => {
            print(&status(context, &LocalStream::open(&folder(stream))?)?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Publishes what it can; a refused line makes the command fail when all others are out.
fn publish_orders(folder: &Path, args: &PublishArgs) -> anyhow::Result<ExitCode> {
    let input: Box<dyn Read> = match &args.file {
        Some(file) if file.as_os_str() != "-" => {
            Box::new(File::open(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        _ => {
            if io::stdin().is_terminal() {
                eprintln!("reading orders from the terminal, a JSON object a line; end with Ctrl-D");
            }
            Box::new(io::stdin())
        }
    };
    let stream = LocalStream::create(folder)?;
    let report = publish(&stream, &folder.join("publisher"), input, Retry::default())?;
    print(&format!(
        "{} orders published, {} were in the stream before\n",
        count(report.published),
        count(report.already_published)
    ))?;
    Ok(if report_refused(&report) { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Names the refused lines on stderr; `true` when there are any.
fn report_refused(report: &PublishReport) -> bool {
    for refused in &report.shown {
        eprintln!("line {}: {}: {}", refused.line, refused.kind, refused.reason);
    }
    let all: u64 = report.refused.values().sum();
    if all > 0 {
        let kinds: Vec<String> =
            report.refused.iter().map(|(kind, records)| format!("{} {kind}", count(*records))).collect();
        eprintln!(
            "error: {} of {} lines were not published: {}",
            count(all),
            count(report.records),
            kinds.join(", ")
        );
    }
    all > 0
}

fn status(context: &Context, stream: &LocalStream) -> anyhow::Result<String> {
    let size = stream.size()?;
    let mut text = format!(
        "{}: {} records, {} bytes in {} segments\n",
        stream.folder().display(),
        count(size.records),
        count(size.bytes),
        count(size.segments as u64)
    );
    let columns = ["landed orders", "duplicates", "bad records", "not landed yet"];
    let mut table =
        TextTable::new([("source", false)].into_iter().chain(columns.map(|column| (column, true))));
    let mut any = false;
    for source in sources(&context.lake.root().join("bronze"))? {
        let checkpoint = checkpoint(&context.lake, &source)?;
        let landed = landed_files(&context.lake, &source)?.iter().map(|file| file.events).sum();
        let bad = checkpoint.bad_records.values().sum();
        let waiting = landing::count_waiting(stream, &context.lake, &source)?;
        let figures = [landed, checkpoint.duplicate_events, bad, waiting].map(count);
        table.push([source].into_iter().chain(figures));
        any = true;
    }
    if any {
        text += "\n";
        text += &table.render();
    } else {
        text += "nothing landed yet: `insightflow stream land --source-name NAME` does it\n";
    }
    Ok(text)
}

/// The sources in bronze that orders of a stream have landed for.
fn sources(bronze: &Path) -> anyhow::Result<Vec<String>> {
    if !bronze.is_dir() {
        return Ok(Vec::new());
    }
    let listed = fs::read_dir(bronze).with_context(|| format!("cannot list {}", bronze.display()))?;
    let mut sources = Vec::new();
    for entry in listed {
        let entry = entry?;
        if entry.path().join("landed").is_dir() {
            sources.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    sources.sort();
    Ok(sources)
}

fn count(number: u64) -> String {
    with_separators(i64::try_from(number).unwrap_or(i64::MAX))
}
