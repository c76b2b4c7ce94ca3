//! Synthetic grocery orders in the six-file Instacart layout: `insightflow data synth`.
//!
//! ```text
//! catalogue/*.toml ─ catalogue ─┐
//! households.toml  ─ taste      ├─ world ─> customer ─> basket, order by order ─> rows ─> files ─> six CSV files
//! complements.toml              ┘             (block: many customers on some threads, written in order)
//! ```
//! Input: how many customers and a seed. Output: `aisles, departments, products, orders, order_products__prior` and
//! `order_products__train` with the headers and the spelling of the original, and on demand `truth_gaps.csv`.
//! Customers have tastes, rhythms, habits and complements, so there is something true to learn, and the marginals are
//! those of the public data set (`law.rs`). One customer is simulated at a time from a random stream of its own: memory
//! does not grow with the customers, and the bytes depend on the parameters alone, not on the number of threads (another
//! platform may round a logarithm differently).

mod basket;
mod block;
mod catalogue;
mod complements;
mod customer;
mod dice;
mod files;
mod law;
mod names;
mod permutation;
mod rows;
mod taste;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
    time::Instant,
};

use block::World;
use files::Files;

/// The most customers of one data set: order ids stay far below the 32 bits they are stored in.
pub const MAX_CUSTOMERS: u64 = 10_000_000;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynthParams {
    /// How many customers, 1 to [`MAX_CUSTOMERS`]; the public data set has 206,209.
    pub customers: u64,
    /// The seed of the customers; the catalogue is the same for every seed.
    pub seed: u64,
    /// Whether to write `truth_gaps.csv` (`order_id, days_uncensored`) beside the six files.
    pub truth: bool,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SynthReport {
    /// Customers, each with 4 to 100 orders.
    pub customers: u64,
    /// Rows of `orders.csv`.
    pub orders: u64,
    /// Rows of `order_products__prior.csv`.
    pub prior_lines: u64,
    /// Rows of `order_products__train.csv`.
    pub train_lines: u64,
    /// Rows of `products.csv`.
    pub products: u64,
    /// The size of all files together.
    pub bytes: u64,
    /// Wall time.
    pub elapsed_ms: u64,
}

/// Why nothing was generated. Whatever the cause, no finished file is left behind.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// A number of customers that cannot be.
    #[error("cannot generate {given} customers: give 1 to {MAX_CUSTOMERS}")]
    Customers {
        /// What was asked for.
        given: u64,
    },
    /// The folder holds one of the files already.
    #[error("{0} exists already: give another output folder, or remove the old files first")]
    OutputExists(PathBuf),
    /// A file could not be written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The word lists that are compiled in contradict each other; a fault of the program, held by a test.
    #[error("the compiled-in word list {file} is wrong: {problem}")]
    WordList {
        /// Which list.
        file: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Generates a data set into the folder `out`, which is made if need be.
///
/// `progress` is called with (customers done, customers in all), first with 0 done.
/// The files appear under their names only when all of them are complete.
pub fn generate(
    params: &SynthParams,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<SynthReport, SynthError> {
    let started = Instant::now();
    if !(1..=MAX_CUSTOMERS).contains(&params.customers) {
        return Err(SynthError::Customers { given: params.customers });
    }
    let mut files = Files::create(out, params.truth)?;
    let world = World::build(params)?;
    files.write_catalogue(&world.catalogue)?;
    let mut report = SynthReport {
        customers: params.customers,
        products: world.catalogue.products.len() as u64,
        ..SynthReport::default()
    };
    progress(0, params.customers);
    block::simulate(&world, |rows| {
        files.write_rows(&rows)?;
        report.orders += rows.orders_written;
        report.prior_lines += rows.prior_written;
        report.train_lines += rows.train_written;
        progress(rows.customers_done, params.customers);
        Ok(())
    })?;
    report.bytes = files.publish()?;
    report.elapsed_ms = started.elapsed().as_millis() as u64;
    Ok(report)
}
