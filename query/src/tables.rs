//! Which artefact of a run is which table in SQL, and whose rows it holds.
//!
//! Input: artefact names of a manifest. Output: SQL names. A table whose artefact a run lacks does not exist there.

use std::path::PathBuf;

use domain::{lake::RunPaths, manifest::Manifest};

/// The column that the row policy filters on.
pub const CUSTOMER_COLUMN: &str = "user_id";

/// Tables whose rows belong to customers. Every one of them has [`CUSTOMER_COLUMN`]; opening a run checks it.
pub const CUSTOMER_TABLES: [&str; 14] = [
    "orders",
    "order_lines",
    "user_features",
    "upi_features",
    "upi_features_union",
    "order_facts",
    "customer_facts",
    "line_goods",
    "customer_aisles",
    "user_seg",
    "als_user_factors",
    "gap_draws",
    "user_gaps",
    "churn",
];

/// Catalogue and global aggregates, computed before any policy.
pub const PUBLIC_TABLES: [&str; 15] = [
    "aisles",
    "departments",
    "products",
    "product_facts",
    "product_features",
    "product_features_union",
    "affinity",
    "overview",
    "journey",
    "unique_names",
    "als_item_factors",
    "segment_popularity",
    "hazard_calibration",
    "population_hazard",
    "segment_share",
];

/// Aggregates over all customers that the semantic model declares; they hold no row of a single one.
const ROLLUP_PREFIX: &str = "rollup_";

/// Whether a table's rows belong to customers. A table that is on neither list counts as theirs.
pub fn has_customer_rows(table: &str) -> bool {
    !PUBLIC_TABLES.contains(&table) && !table.starts_with(ROLLUP_PREFIX)
}

/// A table of a run that has not been opened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSource {
    /// The name in SQL.
    pub name: String,
    /// A Parquet file or a folder of them.
    pub path: PathBuf,
    /// Rows by the manifest; `None` where there is none.
    pub rows: Option<u64>,
}

/// The tables that a manifest's artefacts make.
pub fn tables_of(paths: &RunPaths, manifest: &Manifest) -> Vec<TableSource> {
    manifest
        .artefacts
        .iter()
        .filter_map(|artefact| {
            Some(TableSource {
                name: table_name(&artefact.name)?.to_owned(),
                path: paths.lake_root().join(&artefact.path),
                rows: Some(artefact.rows),
            })
        })
        .collect()
}

/// The SQL name of an artefact; `None` where it is no table (index, reports, quarantine).
fn table_name(artefact: &str) -> Option<&str> {
    let name = match artefact {
        "recsys.als.user_factors" => "als_user_factors",
        "recsys.als.item_factors" => "als_item_factors",
        "recsys.imputation.gap_draws" => "gap_draws",
        "recsys.imputation.user_gaps" => "user_gaps",
        "recsys.hazards.churn" => "churn",
        "recsys.hazards.hazard_calibration" => "hazard_calibration",
        "recsys.hazards.population_hazard" => "population_hazard",
        _ => {
            let (layer, name) = artefact.split_once('.')?;
            if !matches!(layer, "silver" | "gold" | "recsys") {
                return None;
            }
            name
        }
    };
    let known = CUSTOMER_TABLES.contains(&name) || !has_customer_rows(name);
    known.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artefacts_become_tables_by_their_last_part() {
        let check =
            |artefact: &str, expected: Option<&str>| assert_eq!(table_name(artefact), expected, "{artefact}");
        check("silver.orders", Some("orders"));
        check("gold.upi_features_union", Some("upi_features_union"));
        check("recsys.user_seg", Some("user_seg"));
        check("recsys.als.user_factors", Some("als_user_factors"));
        check("recsys.imputation.user_gaps", Some("user_gaps"));
        check("recsys.hazards.churn", Some("churn"));
        check("gold.rollup_lines_by_aisle", Some("rollup_lines_by_aisle"));
        check("gold.overview", Some("overview"));
        check("gold.customer_facts", Some("customer_facts"));
        check("quarantine.orders", None);
        check("report.data_quality", None);
        check("index", None);
        check("gold.something_new", None);
    }

    #[test]
    fn a_table_nobody_listed_counts_as_customers_rows() {
        assert!(has_customer_rows("orders") && has_customer_rows("customer_facts"));
        assert!(!has_customer_rows("products"));
        assert!(has_customer_rows("something_new"));
    }
}
