//! The output folder: six files (and the truth) that appear all at once or not at all.
//!
//! Everything is written to `<name>.partial` and renamed when the last row is down; on an error or a panic the partial
//! files are removed. A killed process leaves only partial files, which the next one overwrites.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    SynthError,
    catalogue::Catalogue,
    rows::{Rows, push_number, push_text},
};

/// The files by their headers. `orders.csv` is renamed last: where it is, all others are.
const LAYOUT: [(&str, &str); 7] = [
    ("aisles.csv", "aisle_id,aisle"),
    ("departments.csv", "department_id,department"),
    ("products.csv", "product_id,product_name,aisle_id,department_id"),
    ("truth_gaps.csv", "order_id,days_uncensored"),
    ("order_products__prior.csv", LINE_HEADER),
    ("order_products__train.csv", LINE_HEADER),
    (
        "orders.csv",
        "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order",
    ),
];
const LINE_HEADER: &str = "order_id,product_id,add_to_cart_order,reordered";
const TRUTH: &str = "truth_gaps.csv";

struct Open {
    name: &'static str,
    file: File,
}

/// The open files of one data set.
pub(super) struct Files {
    folder: PathBuf,
    open: Vec<Open>,
}

impl Files {
    /// Opens the partial files; refuses a folder that holds one of the finished ones.
    pub(super) fn create(folder: &Path, truth: bool) -> Result<Self, SynthError> {
        if let Some(path) = LAYOUT.iter().map(|(name, _)| folder.join(name)).find(|path| path.exists()) {
            return Err(SynthError::OutputExists(path));
        }
        fs::create_dir_all(folder).map_err(|source| io_error(folder, source))?;
        let mut files = Self { folder: folder.to_owned(), open: Vec::with_capacity(LAYOUT.len()) };
        for (name, header) in LAYOUT.into_iter().filter(|(name, _)| truth || *name != TRUTH) {
            let path = files.partial(name);
            let file = File::create(&path).map_err(|source| io_error(&path, source))?;
            files.open.push(Open { name, file });
            files.append(name, format!("{header}\n").as_bytes())?;
        }
        Ok(files)
    }

    /// Writes aisles, departments and products.
    pub(super) fn write_catalogue(&mut self, catalogue: &Catalogue) -> Result<(), SynthError> {
        let mut aisles = Vec::new();
        for (id, aisle) in (1u64..).zip(&catalogue.aisles) {
            push_number(&mut aisles, id, b',');
            push_text(&mut aisles, &aisle.name);
            aisles.push(b'\n');
        }
        let mut departments = Vec::new();
        for (id, department) in (1u64..).zip(&catalogue.departments) {
            push_number(&mut departments, id, b',');
            push_text(&mut departments, department);
            departments.push(b'\n');
        }
        let mut products = Vec::new();
        for (id, product) in (1u64..).zip(&catalogue.products) {
            let department = catalogue.aisles.get(product.aisle).map_or(0, |aisle| aisle.department);
            push_number(&mut products, id, b',');
            push_text(&mut products, &product.name);
            products.push(b',');
            push_number(&mut products, product.aisle as u64 + 1, b',');
            push_number(&mut products, department as u64 + 1, b'\n');
        }
        self.append("aisles.csv", &aisles)?;
        self.append("departments.csv", &departments)?;
        self.append("products.csv", &products)
    }

    /// Appends the rows of some customers.
    pub(super) fn write_rows(&mut self, rows: &Rows) -> Result<(), SynthError> {
        self.append("orders.csv", &rows.orders)?;
        self.append("order_products__prior.csv", &rows.prior)?;
        self.append("order_products__train.csv", &rows.train)?;
        self.append(TRUTH, &rows.truth)
    }

    /// Gives the files their names; the size of all together in bytes.
    pub(super) fn publish(mut self) -> Result<u64, SynthError> {
        let mut bytes = 0;
        let open = std::mem::take(&mut self.open);
        let outcome = open.iter().try_for_each(|Open { name, file }| {
            let partial = self.partial(name);
            bytes += file.metadata().map_err(|source| io_error(&partial, source))?.len();
            file.sync_all().map_err(|source| io_error(&partial, source))
        });
        let outcome = outcome.and_then(|()| {
            open.iter().try_for_each(|Open { name, .. }| {
                let (partial, path) = (self.partial(name), self.folder.join(name));
                fs::rename(&partial, &path).map_err(|source| io_error(&path, source))
            })
        });
        if outcome.is_err() {
            // Drop removes the partial files; those that have their name already go here.
            for Open { name, .. } in &open {
                let _ = fs::remove_file(self.folder.join(name));
            }
            self.open = open;
        }
        outcome.map(|()| bytes)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), SynthError> {
        let path = self.partial(name);
        match self.open.iter_mut().find(|open| open.name == name) {
            Some(open) => open.file.write_all(bytes).map_err(|source| io_error(&path, source)),
            // The truth when it was not asked for.
            None => Ok(()),
        }
    }

    fn partial(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.partial"))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for Open { name, .. } in &self.open {
            let _ = fs::remove_file(self.partial(name));
        }
    }
}

fn io_error(path: &Path, source: io::Error) -> SynthError {
    SynthError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_when_the_work_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        drop(Files::create(folder.path(), true).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_holds_one_of_the_files_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("aisles.csv"), "mine").unwrap();
        let error = Files::create(folder.path(), false).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("aisles.csv exists already"), "{error}");
        assert_eq!(fs::read_to_string(folder.path().join("aisles.csv")).unwrap(), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn partial_files_of_a_killed_process_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("orders.csv.partial"), "half a ro").unwrap();
        Files::create(folder.path(), false).unwrap().publish().unwrap();
        let orders = fs::read_to_string(folder.path().join("orders.csv")).unwrap();
        assert!(orders.starts_with("order_id,user_id,") && !orders.contains("half"), "{orders}");
        assert!(!folder.path().join("truth_gaps.csv").exists());
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::write(&path, "x").unwrap();
        let error = Files::create(&path, false).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("taken"), "{error}");
    }
}
