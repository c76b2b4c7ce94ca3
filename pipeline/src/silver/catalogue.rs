//! Aisles, departments and products: read as a whole, in the order of the source; the first row of a key stays.
//!
//! The catalogue does not grow with the orders, so it is held in memory.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{ArrayRef, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use domain::manifest::Artefact;

use crate::{
    context::StageContext,
    error::PipelineError,
    ingest::schema::SourceTable,
    silver::{
        bronze::{Met, Row, parts_of},
        id_set::IdSet,
        quarantine::{Quarantine, TableQuality},
        rules::{AISLES, DEPARTMENTS, PRODUCTS, TableRules},
        values::{id, name},
    },
};

/// A cleaned table of the catalogue.
#[derive(Debug)]
pub struct CleanCatalogue {
    /// Its keys.
    pub ids: IdSet,
    /// `silver.<table>` and `quarantine.<table>`.
    pub artefacts: Vec<Artefact>,
    /// What the rules found.
    pub quality: TableQuality,
}

/// A row of the catalogue: its key, its name, and the keys of the tables that it belongs to.
struct Entry {
    id: u32,
    name: String,
    parents: Vec<u32>,
}

/// Cleans `aisles`.
pub fn clean_aisles(context: &StageContext) -> Result<CleanCatalogue, PipelineError> {
    let check = |row: &Row<'_>| named(row, "invalid_aisle_id", "empty_aisle");
    clean(context, &AISLES, SourceTable::Aisles, "duplicate_aisle_id", &check)
}

/// Cleans `departments`.
pub fn clean_departments(context: &StageContext) -> Result<CleanCatalogue, PipelineError> {
    let check = |row: &Row<'_>| named(row, "invalid_department_id", "empty_department");
    clean(context, &DEPARTMENTS, SourceTable::Departments, "duplicate_department_id", &check)
}

/// Cleans `products`; their aisles and departments must be clean.
pub fn clean_products(
    context: &StageContext,
    aisles: &IdSet,
    departments: &IdSet,
) -> Result<CleanCatalogue, PipelineError> {
    let check = |row: &Row<'_>| {
        let mut entry = named(row, "invalid_product_id", "empty_product_name")?;
        let parent = |column, known: &IdSet| id(row.value(column)).filter(|id| known.contains(*id));
        entry.parents.push(parent(2, aisles).ok_or("unknown_aisle")?);
        entry.parents.push(parent(3, departments).ok_or("unknown_department")?);
        Ok(entry)
    };
    clean(context, &PRODUCTS, SourceTable::Products, "duplicate_product_id", &check)
}

fn named(row: &Row<'_>, invalid_id: &'static str, empty_name: &'static str) -> Result<Entry, &'static str> {
    let id = id(row.value(0)).ok_or(invalid_id)?;
    let name = name(row.value(1)).ok_or(empty_name)?;
    Ok(Entry { id, name, parents: Vec::new() })
}

fn clean(
    context: &StageContext,
    rules: &TableRules,
    table: SourceTable,
    duplicate: &'static str,
    check: &dyn Fn(&Row<'_>) -> Result<Entry, &'static str>,
) -> Result<CleanCatalogue, PipelineError> {
    let quarantine = Quarantine::new(context, rules.table)?;
    let mut worker = quarantine.worker();
    let (mut entries, mut seen) = (Vec::new(), HashSet::new());
    for part in parts_of(context, &[table]) {
        let rows = part.read(context, |Met { line, raw, row }| {
            let entry = row
                .map_err(|fault| fault.rule())
                .and_then(|row| check(&row))
                .and_then(|entry| if seen.insert(entry.id) { Ok(entry) } else { Err(duplicate) });
            match entry {
                Ok(entry) => entries.push(entry),
                Err(rule) => worker.add(rule, part.number, line, raw)?,
            }
            Ok(())
        })?;
        worker.saw(rows);
        context.advance(rows);
    }
    worker.finish()?;
    entries.sort_unstable_by_key(|entry| entry.id);
    let (quarantined, quality) = quarantine.finish()?;
    let (schema, batch) = batch(rules, &entries)?;
    let folder = context.paths().silver(rules.table);
    let silver = context.write_batches(&format!("silver.{}", rules.table), &folder, &schema, [batch])?;
    let ids = entries.iter().map(|entry| entry.id).collect();
    Ok(CleanCatalogue { ids, artefacts: vec![silver, quarantined], quality })
}

fn batch(rules: &TableRules, entries: &[Entry]) -> Result<(SchemaRef, RecordBatch), PipelineError> {
    let number = |value: &dyn Fn(&Entry) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(entries.iter().map(|entry| i64::from(value(entry)))))
    };
    let mut columns = vec![
        number(&|entry| entry.id),
        Arc::new(StringArray::from_iter_values(entries.iter().map(|entry| entry.name.as_str()))) as ArrayRef,
    ];
    for parent in 0..rules.columns.len().saturating_sub(2) {
        columns.push(number(&|entry| entry.parents.get(parent).copied().unwrap_or_default()));
    }
    let fields = rules.columns.iter().zip(&columns).map(|(name, column)| {
        let data_type: &DataType = column.data_type();
        Field::new(*name, data_type.clone(), true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
    Ok((schema, batch))
}
