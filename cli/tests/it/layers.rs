//! Holds the direction of dependencies: which crate may use which, and who alone sees the heavy libraries.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use crate::workbench::workspace;

/// "May use", transitive; every crate may also use `domain` and `config`.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("insightflow", &["server", "eval", "pipeline"]),
    ("server", &["agent"]),
    ("eval", &["agent", "pipeline"]),
    ("agent", &["tools", "prompts"]),
    ("tools", &["indexer", "query", "recsys", "charts"]),
    ("pipeline", &["query", "recsys", "charts"]),
    ("query", &[]),
    ("recsys", &[]),
    ("charts", &[]),
    ("indexer", &[]),
    ("prompts", &[]),
    ("config", &[]),
    ("domain", &[]),
];

/// Libraries that only these crates may name.
const ONLY_IN: [(&str, &[&str]); 4] = [
    ("datafusion", &["query", "pipeline"]),
    ("axum", &["server"]),
    ("tower-http", &["server"]),
    ("tantivy", &["indexer"]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata of the workspace")
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

/// Everything that a crate may use, by name.
fn allowed() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let direct: BTreeMap<_, _> = MAY_USE.into_iter().collect();
    let reach = |name: &'static str| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = direct[name].to_vec();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(direct[next]);
            }
        }
        if name != "domain" {
            seen.insert("domain");
        }
        if !["domain", "config"].contains(&name) {
            seen.insert("config");
        }
        seen
    };
    direct.keys().map(|name| (*name, reach(name))).collect()
}

#[test]
fn every_crate_stands_in_the_table() {
    let metadata = metadata();
    let found: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let known: BTreeSet<&str> = MAY_USE.into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, known, "the table of layers and the workspace differ");
}

#[test]
fn crates_use_only_what_lies_below_them() {
    let allowed = allowed();
    for package in &metadata().packages {
        let own = &allowed[package.name.as_str()];
        let used = normal_dependencies(package);
        let ours = used.iter().map(String::as_str).filter(|name| allowed.contains_key(name));
        let wrong: Vec<&str> = ours.filter(|name| !own.contains(name)).collect();
        assert!(wrong.is_empty(), "{} may not use {wrong:?}; it may use {own:?}", package.name);
    }
}

#[test]
fn the_server_never_links_the_pipeline() {
    let metadata = metadata();
    let packages: BTreeMap<&str, &Package> = metadata.packages.iter().map(|p| (p.name.as_str(), p)).collect();
    let mut seen = BTreeSet::new();
    let mut open = vec!["server".to_owned()];
    while let Some(name) = open.pop() {
        if let Some(package) = packages.get(name.as_str())
            && seen.insert(name.clone())
        {
            open.extend(normal_dependencies(package));
        }
    }
    assert!(!seen.contains("pipeline"), "server reaches {seen:?}");
}

#[test]
fn heavy_libraries_stay_where_they_belong() {
    for package in &metadata().packages {
        let used = normal_dependencies(package);
        for (library, owners) in ONLY_IN {
            let allowed = owners.contains(&package.name.as_str());
            assert!(
                allowed || !used.contains(library),
                "{} names {library}, only {owners:?} may",
                package.name
            );
        }
    }
}
