//! Bronze → silver: typed, clean tables, and everything else in quarantine with the name of the rule it broke.
//!
//! Second stage of a run, in the order of the keys: aisles and departments, products, orders, order lines; "exists"
//! means exists in silver, so the lines of a quarantined order are orphans. A rule that breaks more than the threshold's
//! share of its table's rows stops the run here, before anything is published; the report is written all the same.
//! Orders and lines are clustered by customer, in shards: file n of both holds the same customers, so that whatever is
//! made a customer at a time reads both side by side ([`customers`](crate::gold::customers)).
//! Input: the parts of this run's manifest. Output: `silver.*`, `quarantine.*` and the data-quality report.

pub mod bronze;
pub mod catalogue;
pub mod id_set;
pub mod lines;
pub mod orders;
pub mod quality;
pub mod quarantine;
pub mod rules;
pub mod shards;
pub mod values;

use domain::{lake::Lake, manifest::Artefact};

use crate::{
    context::StageContext,
    erasure::erased_users,
    error::PipelineError,
    ingest::schema::SourceTable,
    silver::{
        quality::{RuleReport, check_table, report_table, write_report},
        quarantine::TableQuality,
        rules::TableRules,
    },
};

/// Lines of a shard, about: 40 MB while it is sorted, and a file of some 8 MB.
const SHARD_LINES: u64 = 2_000_000;

/// One part in so many of the run's memory is for lines on their way to their shards.
const MEMORY_SHARE: usize = 2;

/// Cleans all tables of the run.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    context.expect(Some(context.inputs().iter().map(|input| input.rows).sum()));
    let stage = context.clone();
    context.compute(move || Cleaning::new(&stage).run()).await
}

/// The tables that were cleaned so far.
struct Cleaning<'a> {
    context: &'a StageContext,
    artefacts: Vec<Artefact>,
    reports: Vec<RuleReport>,
}

impl<'a> Cleaning<'a> {
    fn new(context: &'a StageContext) -> Self {
        Self { context, artefacts: Vec::new(), reports: Vec::new() }
    }

    fn run(mut self) -> Result<Vec<Artefact>, PipelineError> {
        let outcome = self.tables();
        // Whoever looks for the reason of a failure needs the report most.
        let report = write_report(self.context, &self.reports);
        outcome?;
        self.artefacts.extend(report?);
        Ok(self.artefacts)
    }

    fn tables(&mut self) -> Result<(), PipelineError> {
        let context = self.context;
        let aisles = catalogue::clean_aisles(context)?;
        self.keep(&rules::AISLES, aisles.artefacts, &aisles.quality)?;
        let departments = catalogue::clean_departments(context)?;
        self.keep(&rules::DEPARTMENTS, departments.artefacts, &departments.quality)?;
        let products = catalogue::clean_products(context, &aisles.ids, &departments.ids)?;
        self.keep(&rules::PRODUCTS, products.artefacts, &products.quality)?;

        let erased = erased_users(&Lake::new(context.paths().lake_root()))?.into_iter().collect();
        let shards = rows_of_lines(context).div_ceil(SHARD_LINES).clamp(1, 65_536);
        let cleaned = orders::clean_orders(context, &erased, shards as usize)?;
        self.keep(&rules::ORDERS, cleaned.artefacts, &cleaned.quality)?;

        let budget = (context.settings().memory_mib << 20) / MEMORY_SHARE;
        let lines = lines::clean_lines(context, &cleaned.orders, &products.ids, budget)?;
        if lines.spilled_bytes > 0 {
            let text = format!("{} MiB of order lines went to disk for a while", lines.spilled_bytes >> 20);
            context.progress().note(context.stage(), &text);
        }
        self.keep(&rules::ORDER_LINES, lines.artefacts, &lines.quality)
    }

    fn keep(
        &mut self,
        rules: &TableRules,
        artefacts: Vec<Artefact>,
        quality: &TableQuality,
    ) -> Result<(), PipelineError> {
        let reports = report_table(rules, quality, self.context.settings().quarantine_threshold);
        let clean = artefacts.first().map_or(0, |silver| silver.rows);
        self.reports.extend(reports.iter().cloned());
        self.artefacts.extend(artefacts);
        check_table(self.context, rules, quality, clean, &reports)
    }
}

fn rows_of_lines(context: &StageContext) -> u64 {
    let lines = [SourceTable::OrderProductsPrior.name(), SourceTable::OrderProductsTrain.name()];
    context.inputs().iter().filter(|part| lines.contains(&part.table.as_str())).map(|part| part.rows).sum()
}
