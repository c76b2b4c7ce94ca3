//! The six source tables with their canonical columns, and the spellings that are understood at the door.
//!
//! Input: a header line as received. Output: [`HeaderMap`], where each canonical column stands. Column order is free,
//! case and surrounding blanks do not matter, a byte order mark was taken off before. What is unknown is refused by
//! name: a column that would be dropped silently is worse than a run that stops.

use std::{io::Read, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    error::PipelineError,
    ingest::{
        framing::RecordFramer,
        records::{Fields, RowFault},
    },
};

/// A table of the source, in the order in which lines of the same order are counted (prior before train).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceTable {
    /// The finer level of the catalogue.
    Aisles,
    /// The coarser level of the catalogue.
    Departments,
    /// The catalogue.
    Products,
    /// One row an order.
    Orders,
    /// The lines of prior orders.
    OrderProductsPrior,
    /// The lines of train orders.
    OrderProductsTrain,
}

/// The lines of an order, the same in both files.
const LINE_COLUMNS: [&str; 4] = ["order_id", "product_id", "add_to_cart_order", "reordered"];

/// Other spellings of a column, in lower case, with the canonical one.
const SPELLINGS: [(&str, &str); 2] =
    [("days_since_prior", "days_since_prior_order"), ("day_since_prior_order", "days_since_prior_order")];

impl SourceTable {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::Aisles,
        Self::Departments,
        Self::Products,
        Self::Orders,
        Self::OrderProductsPrior,
        Self::OrderProductsTrain,
    ];

    /// The table's name, and its file's without the ending.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aisles => "aisles",
            Self::Departments => "departments",
            Self::Products => "products",
            Self::Orders => "orders",
            Self::OrderProductsPrior => "order_products__prior",
            Self::OrderProductsTrain => "order_products__train",
        }
    }

    /// The canonical columns, all needed.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Aisles => &["aisle_id", "aisle"],
            Self::Departments => &["department_id", "department"],
            Self::Products => &["product_id", "product_name", "aisle_id", "department_id"],
            Self::Orders => &[
                "order_id",
                "user_id",
                "eval_set",
                "order_number",
                "order_dow",
                "order_hour_of_day",
                "days_since_prior_order",
            ],
            Self::OrderProductsPrior | Self::OrderProductsTrain => &LINE_COLUMNS,
        }
    }
}

/// Where the canonical columns of a table stand in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderMap {
    /// By canonical column, in their order: its position in the file.
    pub positions: Vec<usize>,
    /// Columns of the file.
    pub width: usize,
}

impl HeaderMap {
    /// Understands a header, or says which column is wrong.
    pub fn read(table: SourceTable, path: &Path, header: &[&str]) -> Result<Self, PipelineError> {
        let mut positions = vec![None; table.columns().len()];
        for (at, received) in header.iter().enumerate() {
            let name = canonical(received);
            let Some(column) = table.columns().iter().position(|known| *known == name) else {
                return Err(PipelineError::UnknownColumn {
                    table: table.name().to_owned(),
                    path: path.to_owned(),
                    column: (*received).to_owned(),
                    known: table.columns().join(", "),
                });
            };
            if positions.get(column).copied().flatten().is_some() {
                return Err(PipelineError::RepeatedColumn {
                    table: table.name().to_owned(),
                    path: path.to_owned(),
                    column: name,
                });
            }
            if let Some(position) = positions.get_mut(column) {
                *position = Some(at);
            }
        }
        let positions = positions.into_iter().zip(table.columns()).map(|(position, column)| {
            position.ok_or_else(|| PipelineError::MissingColumn {
                table: table.name().to_owned(),
                path: path.to_owned(),
                column: (*column).to_owned(),
                found: header.join(", "),
            })
        });
        Ok(Self { positions: positions.collect::<Result<_, _>>()?, width: header.len() })
    }
}

/// Reads and understands the header line of a file or part.
pub fn read_header<R: Read>(
    framer: &mut RecordFramer<R>,
    table: SourceTable,
    path: &Path,
) -> Result<HeaderMap, PipelineError> {
    let empty = || PipelineError::EmptyFile { table: table.name().to_owned(), path: path.to_owned() };
    let unreadable = || PipelineError::UnreadableFile {
        path: path.to_owned(),
        reason: "its first line is no CSV in UTF-8 with line feeds: save the file as UTF-8 text".to_owned(),
    };
    // Bytes of another format may hold anything, an opening quote too.
    let frame = framer.next_frame().map_err(|error| match error {
        PipelineError::UnclosedQuote { .. } | PipelineError::OversizedRecord { .. } => unreadable(),
        other => other,
    })?;
    let frame = frame.filter(|frame| !frame.is_blank()).ok_or_else(empty)?;
    let content = frame.content();
    let mut fields = Fields::default();
    // The width is what the header says it is; a first split only counts.
    let counted = fields.split(content, 0);
    let width = fields.width();
    if counted == Err(RowFault::Encoding) || content.contains(&b'\r') || fields.split(content, width).is_err()
    {
        return Err(unreadable());
    }
    let names: Vec<_> =
        (0..fields.width()).map(|at| String::from_utf8_lossy(fields.get(content, at)).into_owned()).collect();
    HeaderMap::read(table, path, &names.iter().map(String::as_str).collect::<Vec<_>>())
}

fn canonical(received: &str) -> String {
    let lower = received.trim().to_lowercase();
    SPELLINGS.iter().find(|(spelling, _)| *spelling == lower).map_or(lower, |(_, name)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: SourceTable, header: &str) -> Result<Vec<usize>, String> {
        let header: Vec<&str> = header.split(',').collect();
        let map = HeaderMap::read(table, Path::new("x.csv"), &header);
        map.map(|map| map.positions).map_err(|e| e.to_string())
    }

    #[test]
    fn the_days_column_is_understood_in_its_three_spellings() {
        for days in
            ["days_since_prior_order", "days_since_prior", "DAY_SINCE_PRIOR_ORDER", " Days_Since_Prior "]
        {
            let header = format!("order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,{days}");
            assert_eq!(read(SourceTable::Orders, &header), Ok((0..7).collect()), "{days}");
        }
    }

    #[test]
    fn columns_may_stand_in_any_order() {
        assert_eq!(read(SourceTable::Aisles, "AISLE,aisle_id"), Ok(vec![1, 0]));
    }

    #[test]
    fn an_unknown_column_is_named_with_the_known_ones() {
        let message = read(SourceTable::Aisles, "aisle_id,aisle,colour").unwrap_err();
        assert!(message.contains("\"colour\"") && message.contains("aisle_id, aisle"), "{message}");
    }

    #[test]
    fn a_missing_column_is_named_with_the_header() {
        let message = read(SourceTable::Departments, "department").unwrap_err();
        assert!(message.contains("\"department_id\"") && message.contains("departments"), "{message}");
    }

    #[test]
    fn two_spellings_of_one_column_are_refused() {
        let header = "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior,days_since_prior_order";
        assert!(read(SourceTable::Orders, header).unwrap_err().contains("twice"));
    }
}
