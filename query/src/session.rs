//! The planner's state: which functions exist, how plans are made, what memory and disk they share.
//!
//! Built once when a run is opened; each statement gets a cheap copy whose catalogue is that of its policy.
//! There are no table functions, no file formats by name, no `information_schema` and no URL tables, so a statement
//! cannot name a file or the network: nothing has to be forbidden that does not exist.

use std::sync::Arc;

use config::query::QuerySettings;
use datafusion::{
    catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList},
    error::Result as DfResult,
    execution::{
        SessionState, SessionStateBuilder, SessionStateDefaults,
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::FairSpillPool,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    prelude::SessionConfig,
};
use domain::principal::RowPolicy;

use crate::{
    policy::{OpenTables, PolicySchema},
    yielding::YieldingJoins,
};

const CATALOG: &str = "insightflow";
pub(crate) const SCHEMA: &str = "public";

/// Scalar functions that a statement may call. Left out on purpose: those whose result can be far larger than their
/// arguments (`repeat`, `lpad`, `rpad`), and those that tell of the engine (`version`).
const SCALAR_FUNCTIONS: [&str; 29] = [
    "coalesce",
    "nullif",
    "nvl",
    "nvl2",
    "greatest",
    "least",
    "lower",
    "upper",
    "initcap",
    "btrim",
    "ltrim",
    "rtrim",
    "concat",
    "concat_ws",
    "contains",
    "starts_with",
    "ends_with",
    "replace",
    "split_part",
    "character_length",
    "octet_length",
    "left",
    "right",
    "reverse",
    "strpos",
    "substr",
    "translate",
    "levenshtein",
    "find_in_set",
];

/// Aggregates that gather whole columns into one value: their result has no bound.
const REFUSED_AGGREGATES: [&str; 2] = ["array_agg", "string_agg"];

/// Below this many rows in its largest table a run is planned on one partition. Measured on two cores, development
/// build: on 20,000 lines a second partition costs 1 to 4 ms a query, on 320,000 it saves 3 to 10 ms.
const ROWS_WORTH_PARALLEL: u64 = 100_000;

/// The planner's state for a run whose largest table has `largest_table` rows.
pub(crate) fn base_session(
    settings: &QuerySettings,
    threads: usize,
    largest_table: u64,
) -> DfResult<SessionState> {
    let partitions = if largest_table < ROWS_WORTH_PARALLEL { 1 } else { threads };
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA);
    config.options_mut().execution.enable_recursive_ctes = false;
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime_env(settings)?)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(
            SessionStateDefaults::default_scalar_functions()
                .into_iter()
                .filter(|function| SCALAR_FUNCTIONS.contains(&function.name()))
                .collect(),
        )
        .with_aggregate_functions(
            SessionStateDefaults::default_aggregate_functions()
                .into_iter()
                .filter(|function| !REFUSED_AGGREGATES.contains(&function.name()))
                .collect(),
        )
        .with_physical_optimizer_rule(Arc::new(YieldingJoins))
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .build();
    Ok(state)
}

/// Memory and disk that all queries of an engine share. The pool alone would only make them spill, so the disk is
/// capped too.
fn runtime_env(settings: &QuerySettings) -> DfResult<Arc<RuntimeEnv>> {
    let mode =
        if settings.spill_mib == 0 { DiskManagerMode::Disabled } else { DiskManagerMode::OsTmpDirectory };
    let disk = DiskManagerBuilder::default()
        .with_mode(mode)
        .with_max_temp_directory_size(mebibytes(settings.spill_mib) as u64);
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(mebibytes(settings.memory_mib))))
        .with_disk_manager_builder(disk)
        .build_arc()
}

/// Bytes of a number of MiB.
pub(crate) fn mebibytes(count: usize) -> usize {
    count.saturating_mul(1 << 20)
}

/// A copy of the state in which names mean what they mean for one policy.
pub(crate) fn session_for(
    base: &SessionState,
    tables: &Arc<OpenTables>,
    policy: RowPolicy,
) -> DfResult<SessionState> {
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SCHEMA, Arc::new(PolicySchema::new(Arc::clone(tables), policy)))?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    let mut session = base.clone();
    session.register_catalog_list(Arc::new(catalogs));
    session.mark_start_execution();
    Ok(session)
}
