//! What a stage needs in memory, estimated from the rows that the run has read.
//!
//! The walker adds the estimates of the stages that run side by side and keeps the sum within `pipeline.memory_mib`; a
//! stage that needs more than that runs alone. An estimate may be too high by a factor of two without harm (stages wait
//! for each other), so the constants are round and on the safe side.

use config::pipeline::PipelineSettings;
use domain::manifest::InputPart;

use crate::{context::worker_threads, ingest::schema::SourceTable, silver::shards::LINE_BYTES, stage::Stage};

const MIB: u64 = 1 << 20;

/// What any stage has for readers, writers and their batches: a Parquet writer a thread holds a row group of a few MiB.
const BASE_MIB: usize = 64;

/// Bytes of an order in the index of orders that cleaning holds.
const ORDER_BYTES: u64 = 40;

/// Orders of a customer on average; 16.6 on the full Instacart data.
const ORDERS_PER_CUSTOMER: u64 = 16;

/// Lines of a distinct (customer, product) pair on average; 2.4 on the full Instacart data, 2 to be safe.
const LINES_PER_PAIR: u64 = 2;

/// Bytes of a distinct pair while ALS learns: column, rating and row, for both sides.
const PAIR_BYTES: u64 = 24;

/// Bytes of a customer while segments are sought: features, z-scores and a label for each restart's best.
const CUSTOMER_BYTES: u64 = 128;

/// Bytes of a product in the lists of segments: a count a segment, at most 50 of them.
const LISTED_PRODUCT_BYTES: u64 = 50 * 8;

/// Bytes of an order while gaps are drawn: its gap and id, and the draws of the tenth that are censored.
const IMPUTED_ORDER_BYTES: u64 = 64;

/// Bytes of a customer while hazards are learnt: gaps, days at risk of a sample of them, a row a horizon.
const HAZARD_CUSTOMER_BYTES: u64 = 1_024;
/// Bytes of a line and of an order in the histories of all customers.
const HISTORY_LINE_BYTES: u64 = 4;
const HISTORY_ORDER_BYTES: u64 = 12;

/// Bytes of a basket that the ranker learns from: about 90 rows of 106 features, of 4 bytes as rows, and then of 8 as
/// columns and 4 as bins, or of 4 as the inputs of networks.
const LEARNT_BASKET_BYTES: u64 = 90 * 106 * 16;

/// Bytes of a customer in `customer_facts` on its way: segment and hazards by id, and the row.
const KNOWN_CUSTOMER_BYTES: u64 = 192;

/// Bytes of a customer while cohorts are taken: its row of `user_seg` and its place in an order or two.
const EXPORTED_CUSTOMER_BYTES: u64 = 256;

/// A picture of 1,920 pixels by a few thousand, four bytes each, and the text that it is drawn from.
const PICTURES_MIB: u64 = 64;

/// The embedder with its model and the batches in its sessions; the pinned model is 130 MB on disk.
const EMBEDDER_MIB: usize = 512;

/// Bytes of a document: text, tokens and a vector of 384 numbers.
const DOCUMENT_BYTES: u64 = 4 * 1024;

/// A shard of customers that a thread works on: two million lines of 16 bytes, and what is written of them.
const SHARD_MIB: u64 = 96;

/// The lines of such a shard in the order of what was bought, 20 bytes each.
const GOODS_MIB: u64 = 48;

/// Groups a product in the rollups that all threads share: by day and hour, and by order number, of which the full
/// Instacart data has 100.
const SHARED_GROUPS: u64 = 168 + 101;

/// Groups a product in the rollups that each thread has its own of: alone, by part of the day, kind and size of order.
const OWN_GROUPS: u64 = 1 + 4 + 2 + 4;

/// Groups a product in the rollup by segment, of which there are 10 unless more are asked for.
const SEGMENT_GROUPS: u64 = 10;

/// Bytes of a group: six sums, and in those that each thread has its own of, two counts and what they met last.
const SHARED_GROUP_BYTES: u64 = 48;
const OWN_GROUP_BYTES: u64 = 72;

/// Bytes of a line while pairs are counted: its product, its place among all lines, and once more while they are made.
const PAIRED_LINE_BYTES: u64 = 12;

/// The rows that a run has read, by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputRows {
    /// Orders.
    pub orders: u64,
    /// Order lines, prior and train.
    pub lines: u64,
    /// Products, aisles and departments.
    pub catalogue: u64,
}

impl InputRows {
    /// Adds up the parts of a run.
    pub fn of(inputs: &[InputPart]) -> Self {
        let mut rows = Self::default();
        for part in inputs {
            let table = SourceTable::ALL.into_iter().find(|table| table.name() == part.table);
            match table {
                Some(SourceTable::Orders) => rows.orders += part.rows,
                Some(SourceTable::OrderProductsPrior | SourceTable::OrderProductsTrain) => {
                    rows.lines += part.rows;
                }
                _ => rows.catalogue += part.rows,
            }
        }
        rows
    }
}

impl Stage {
    /// The memory that the stage is expected to need, in MiB, over that many rows of input.
    pub fn memory_mib(self, settings: &PipelineSettings, rows: InputRows) -> usize {
        let customers = rows.orders / ORDERS_PER_CUSTOMER + 1;
        let shards = worker_threads(settings) as u64 * SHARD_MIB * MIB;
        let held = match self {
            Self::Ingest | Self::Publish => 0,
            // Beyond half of the memory, lines on their way to their customers wait on disk.
            Self::Clean => {
                let waiting = (rows.lines * LINE_BYTES as u64).min(settings.memory_mib as u64 * MIB / 2);
                rows.orders * ORDER_BYTES + waiting + shards
            }
            Self::Features => shards + worker_threads(settings) as u64 * GOODS_MIB * MIB,
            Self::Rollups => {
                let own = OWN_GROUPS * OWN_GROUP_BYTES * worker_threads(settings) as u64;
                shards + rows.catalogue * (SHARED_GROUPS * SHARED_GROUP_BYTES + own)
            }
            Self::Affinity => rows.lines * PAIRED_LINE_BYTES,
            Self::Als => {
                let factors = (customers + rows.catalogue) * settings.als.rank as u64 * 4;
                2 * factors + rows.lines / LINES_PER_PAIR * PAIR_BYTES
            }
            Self::Rfm => customers * CUSTOMER_BYTES,
            Self::Customers => {
                let own = SEGMENT_GROUPS * OWN_GROUP_BYTES * worker_threads(settings) as u64;
                shards + rows.catalogue * own + customers * KNOWN_CUSTOMER_BYTES
            }
            Self::NextBasket | Self::Evaluation => {
                let histories = rows.lines * HISTORY_LINE_BYTES + rows.orders * HISTORY_ORDER_BYTES;
                let learnt = (settings.next_basket.learn_customers as u64).min(customers)
                    * settings.next_basket.targets as u64
                    * LEARNT_BASKET_BYTES;
                histories + rows.lines / LINES_PER_PAIR * PAIR_BYTES + rows.lines * PAIRED_LINE_BYTES + learnt
            }
            Self::Exports => customers * EXPORTED_CUSTOMER_BYTES + PICTURES_MIB * MIB,
            Self::SegmentPopularity => rows.catalogue * LISTED_PRODUCT_BYTES + customers * 8,
            Self::Imputation => rows.orders * IMPUTED_ORDER_BYTES,
            Self::Hazards => customers * HAZARD_CUSTOMER_BYTES,
            Self::Index => EMBEDDER_MIB as u64 * MIB + rows.catalogue * DOCUMENT_BYTES,
        };
        BASE_MIB + usize::try_from(held / MIB).unwrap_or(usize::MAX / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: InputRows = InputRows { orders: 3_421_083, lines: 33_819_106, catalogue: 49_843 };

    fn settings() -> PipelineSettings {
        config::Settings::defaults().unwrap().pipeline
    }

    #[test]
    fn rows_are_added_up_by_what_they_are() {
        let part = |table: &str, rows| InputPart {
            table: table.to_owned(),
            part: String::new(),
            rows,
            sha256: String::new(),
        };
        let parts = [
            part("orders", 2),
            part("orders", 3),
            part("order_products__prior", 20),
            part("order_products__train", 1),
            part("aisles", 4),
            part("products", 5),
        ];
        assert_eq!(InputRows::of(&parts), InputRows { orders: 5, lines: 21, catalogue: 9 });
    }

    #[test]
    fn at_full_size_every_stage_fits_into_the_default_memory() {
        for stage in Stage::ALL {
            let needed = stage.memory_mib(&settings(), FULL);
            assert!((BASE_MIB..=settings().memory_mib).contains(&needed), "{stage} needs {needed} MiB");
        }
    }

    #[test]
    fn the_need_grows_with_the_rows_and_with_the_rank() {
        let mut settings = settings();
        let small = InputRows { orders: 100, lines: 1_000, catalogue: 50 };
        for stage in [Stage::Clean, Stage::Affinity, Stage::Als, Stage::Rfm] {
            assert!(stage.memory_mib(&settings, small) < stage.memory_mib(&settings, FULL), "{stage}");
        }
        let before = Stage::Als.memory_mib(&settings, FULL);
        settings.als.rank *= 4;
        assert!(Stage::Als.memory_mib(&settings, FULL) > before);
    }
}
