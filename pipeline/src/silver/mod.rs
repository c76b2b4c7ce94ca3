//! Bronze → silver: typed, clean tables, and everything else in quarantine with the name of the rule it broke.
//!
//! Second stage of a run, in the order of the keys: aisles and departments, products, orders, order lines; "exists"
//! means exists in silver, so the lines of a quarantined order are orphans. A rule that breaks more than the threshold's
//! share of its table's rows stops the run here, before anything is published.
//! Input: the parts of this run's manifest. Output: `silver.*`, `quarantine.*` and the data-quality report.

pub mod bronze_scan;
pub mod known_ids;
pub mod quality;
pub mod rules;
pub mod split;

use std::sync::Arc;

use datafusion::prelude::SessionContext;
use domain::manifest::Artefact;

use crate::{
    context::StageContext,
    error::PipelineError,
    ingest::schema::SourceTable,
    silver::{
        bronze_scan::bronze_table,
        known_ids::known_ids,
        quality::{RuleReport, check_threshold, report_table, write_report},
        rules::TableRules,
        split::split_table,
    },
};

/// Cleans all tables of the run.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    context.expect(Some(context.inputs().iter().map(|input| input.rows).sum()));
    let mut cleaning = Cleaning { context, artefacts: Vec::new(), reports: Vec::new() };
    cleaning.table(&rules::AISLES, &[SourceTable::Aisles], context.session()).await?;
    cleaning.table(&rules::DEPARTMENTS, &[SourceTable::Departments], context.session()).await?;

    let session = context.session();
    session.register_udf(known_ids(context, "aisle", "aisles", "aisle_id").await?);
    session.register_udf(known_ids(context, "department", "departments", "department_id").await?);
    cleaning.table(&rules::PRODUCTS, &[SourceTable::Products], session).await?;

    cleaning.table(&rules::ORDERS, &[SourceTable::Orders], context.session()).await?;

    let session = context.session_with(&["orders"]).await?;
    session.register_udf(known_ids(context, "product", "products", "product_id").await?);
    let lines = [SourceTable::OrderProductsPrior, SourceTable::OrderProductsTrain];
    cleaning.table(&rules::ORDER_LINES, &lines, session).await?;

    let Cleaning { mut artefacts, reports, .. } = cleaning;
    artefacts.extend(write_report(context, &reports)?);
    Ok(artefacts)
}

/// What was cleaned so far.
struct Cleaning<'a> {
    context: &'a StageContext,
    artefacts: Vec<Artefact>,
    reports: Vec<RuleReport>,
}

impl Cleaning<'_> {
    async fn table(
        &mut self,
        rules: &TableRules,
        sources: &[SourceTable],
        session: SessionContext,
    ) -> Result<(), PipelineError> {
        session.register_table("bronze", Arc::new(bronze_table(self.context, sources)?))?;
        let checked = session.sql(rules.sql).await?;
        let outcome = split_table(self.context, rules, checked).await?;
        let reports = report_table(rules, &outcome.quality, self.context.settings().quarantine_threshold);
        check_threshold(self.context, &reports)?;
        self.artefacts.extend(outcome.artefacts);
        self.reports.extend(reports);
        Ok(())
    }
}
