//! `doctor`: checks what the other commands need, and says for each what to do.
//!
//! Exit code 1 when something that is needed is broken; what is merely absent (models, a published run, an LLM) is said
//! but is no failure, since everything works without.

use std::{fs, net::TcpListener, net::ToSocketAddrs, path::Path, process::ExitCode};

use domain::manifest::{Manifest, ManifestError};

use super::print;
use crate::{
    args::DoctorArgs,
    parts::{Context, Embedding},
};

/// The demo's lake with its source takes about 1 GB; less free space than this stops a run half way.
const WANTED_FREE_BYTES: u64 = 2 << 30;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Absent,
    Broken,
}

/// One line of the report.
struct Finding {
    verdict: Verdict,
    subject: &'static str,
    text: String,
}

pub(super) fn run(context: &Context, args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let listen = args.listen.as_deref().unwrap_or(&context.settings.server.listen);
    let mut findings = vec![finding(Verdict::Good, "settings", "loaded, every key is known and in range")];
    findings.push(check_lake_folder(context.lake_path()));
    findings.extend(check_run(context));
    findings.push(check_models(context));
    findings.push(check_port(listen));
    findings.push(check_space(context.lake_path()));
    findings.push(check_llm(context));
    let mut text = String::new();
    for Finding { verdict, subject, text: line } in &findings {
        let mark = match verdict {
            Verdict::Good => "ok    ",
            Verdict::Absent => "absent",
            Verdict::Broken => "BROKEN",
        };
        text += &format!("{mark}  {subject:<10} {line}\n");
    }
    print(&text)?;
    let broken = findings.iter().filter(|finding| finding.verdict == Verdict::Broken).count();
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::from(super::FAILED) })
}

fn finding(verdict: Verdict, subject: &'static str, text: impl Into<String>) -> Finding {
    Finding { verdict, subject, text: text.into() }
}

fn check_lake_folder(root: &Path) -> Finding {
    if !root.exists() {
        let text = format!("{} does not exist yet; the first run creates it", root.display());
        return finding(Verdict::Absent, "lake", text);
    }
    match tempfile::Builder::new().prefix(".doctor-").tempfile_in(root) {
        Ok(_probe) => finding(Verdict::Good, "lake", format!("{} can be written", root.display())),
        Err(error) => {
            let text =
                format!("{} cannot be written ({error}); give another folder to --lake", root.display());
            finding(Verdict::Broken, "lake", text)
        }
    }
}

/// Pointer, manifest and artefacts of the published run.
fn check_run(context: &Context) -> Vec<Finding> {
    let manifest = match Manifest::read_latest(&context.lake) {
        Ok(manifest) => manifest,
        Err(error @ ManifestError::NoPublishedRun(_)) => {
            return vec![finding(Verdict::Absent, "run", error.to_string())];
        }
        Err(error) => {
            let text = format!("{error}; `insightflow pipeline rollback` points back to the run before");
            return vec![finding(Verdict::Broken, "run", text)];
        }
    };
    let run_id = &manifest.run_id;
    let mut findings = vec![finding(
        Verdict::Good,
        "run",
        format!("{run_id} is published, made by {}", manifest.binary_version),
    )];
    let missing: Vec<&str> = manifest
        .artefacts
        .iter()
        .filter(|artefact| !context.lake_path().join(&artefact.path).exists())
        .map(|artefact| artefact.name.as_str())
        .collect();
    findings.push(if missing.is_empty() {
        finding(Verdict::Good, "artefacts", format!("all {} are there", manifest.artefacts.len()))
    } else {
        let text =
            format!("missing: {}; run `insightflow pipeline run` again, or rollback", missing.join(", "));
        finding(Verdict::Broken, "artefacts", text)
    });
    findings.push(match (manifest.artefact("index"), &manifest.embedding_model) {
        (None, _) => {
            finding(Verdict::Absent, "index", "the run has none; `insightflow index build` makes it")
        }
        (Some(_), None) => {
            let text = "lexical only; `insightflow models pull`, then `insightflow index build`";
            finding(Verdict::Absent, "vectors", text)
        }
        (Some(_), Some(model)) => {
            finding(Verdict::Good, "index", format!("hybrid, {} ({} dimensions)", model.id, model.dimension))
        }
    });
    findings
}

fn check_models(context: &Context) -> Finding {
    match context.embedding() {
        Ok(Embedding::Ready(embedder)) => match embedder.embed(&["banana".to_owned()]) {
            Ok(_) => finding(Verdict::Good, "models", format!("{} loads and embeds", embedder.id())),
            Err(error) => finding(Verdict::Broken, "models", error.to_string()),
        },
        Ok(Embedding::Absent(reason)) => finding(Verdict::Absent, "models", reason),
        Err(error) => finding(Verdict::Broken, "models", format!("{error:#}")),
    }
}

fn check_port(listen: &str) -> Finding {
    let addresses = match listen.to_socket_addrs() {
        Ok(addresses) => addresses.collect::<Vec<_>>(),
        Err(error) => {
            let text = format!("{listen:?} is no address ({error}); write it like 127.0.0.1:8080");
            return finding(Verdict::Broken, "port", text);
        }
    };
    match TcpListener::bind(addresses.as_slice()) {
        Ok(_free) => finding(Verdict::Good, "port", format!("{listen} is free")),
        Err(error) => {
            let text =
                format!("{listen} cannot be taken ({error}); choose another with --listen 127.0.0.1:PORT");
            finding(Verdict::Broken, "port", text)
        }
    }
}

fn check_space(root: &Path) -> Finding {
    let existing = root.ancestors().find(|folder| folder.exists() && !folder.as_os_str().is_empty());
    let folder = existing.unwrap_or(Path::new("."));
    match free_bytes(folder) {
        Some(free) if free < WANTED_FREE_BYTES => {
            let text = format!("{} MiB free, a run wants {} MiB", free >> 20, WANTED_FREE_BYTES >> 20);
            finding(Verdict::Broken, "disk", text)
        }
        Some(free) => finding(Verdict::Good, "disk", format!("{} MiB free", free >> 20)),
        None => finding(Verdict::Absent, "disk", "the free space cannot be read here; a run wants 2 GiB"),
    }
}

/// What `df` says: the standard library cannot ask, and a crate for one number is not worth its build time.
fn free_bytes(folder: &Path) -> Option<u64> {
    let output =
        std::process::Command::new("df").arg("-Pk").arg(fs::canonicalize(folder).ok()?).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kib: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib * 1024)
}

fn check_llm(context: &Context) -> Finding {
    let llm = &context.settings.llm;
    if llm.base_url.is_empty() {
        finding(Verdict::Absent, "llm", "none configured; the built-in planner answers")
    } else {
        finding(Verdict::Good, "llm", format!("{} at {} (not called by this check)", llm.model, llm.base_url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_port_is_found_and_the_way_out_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = taken.local_addr().unwrap().to_string();
        let found = check_port(&listen);
        assert_eq!(found.verdict, Verdict::Broken);
        assert!(found.text.contains("--listen"), "{}", found.text);
        drop(taken);
        assert_eq!(check_port(&listen).verdict, Verdict::Good);
        assert_eq!(check_port("not an address").verdict, Verdict::Broken);
    }

    #[test]
    fn a_lake_that_is_not_there_yet_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_lake_folder(&folder.path().join("none")).verdict, Verdict::Absent);
        assert_eq!(check_lake_folder(folder.path()).verdict, Verdict::Good);
    }

    #[test]
    fn the_free_space_of_a_lake_that_is_not_there_is_that_of_its_parent() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_bytes(folder.path()).is_none_or(|bytes| bytes > 0));
        assert_ne!(check_space(&folder.path().join("a/b")).subject, "");
    }
}
