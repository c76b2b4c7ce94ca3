//! A small valid source, and the ways to damage it.
//!
//! 20 departments, 40 aisles, 120 products, 60 customers of 4 to 7 orders, the last a train order (even customers) or a
//! test order (odd ones), 1 to 5 lines an order. Free for damage: ids beyond those, products 111 to 120 (nobody buys
//! them) and aisle 40 with department 20 (product 120 alone stands there).
//! Order `k` of customer `u` has the id `100 u + k`: customer 1 has 101 to 105 (test), customer 2 has 201 to 206 (train).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
    sync::LazyLock,
};

use flate2::{Compression, write::GzEncoder};
use pipeline::ingest::schema::SourceTable;

pub(crate) const TABLES: [&str; 6] =
    ["aisles", "departments", "products", "orders", "order_products__prior", "order_products__train"];

/// What stands at a file's place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Entry {
    Bytes(Vec<u8>),
    Folder,
    /// A file that nobody may open as a file, not even the superuser.
    Socket,
    /// A file without the right to read.
    Locked,
}

/// A source folder, by file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    pub(crate) files: BTreeMap<String, Entry>,
}

impl Source {
    pub(crate) fn clean() -> Self {
        Self::rendered(|_, _, value| quoted_where_needed(value))
    }

    /// The clean rows, each value written in a way of its own.
    pub(crate) fn rendered(text: impl Fn(&str, &str, &str) -> String) -> Self {
        let files = TABLES.iter().map(|table| {
            let columns = columns(table);
            let mut file = columns.join(",") + "\n";
            for row in &CLEAN[*table] {
                let values: Vec<String> =
                    columns.iter().zip(row).map(|(column, value)| text(table, column, value)).collect();
                file += &values.join(",");
                file.push('\n');
            }
            (format!("{table}.csv"), Entry::Bytes(file.into_bytes()))
        });
        Self { files: files.collect() }
    }

    /// The bytes of a table's CSV file.
    pub(crate) fn csv(&self, table: &str) -> &[u8] {
        match &self.files[&format!("{table}.csv")] {
            Entry::Bytes(bytes) => bytes,
            other => panic!("{table} is {other:?}"),
        }
    }

    pub(crate) fn text(&self, table: &str) -> String {
        String::from_utf8(self.csv(table).to_vec()).expect("text")
    }

    /// Another content of a table's CSV file.
    pub(crate) fn with_csv(self, table: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.with_entry(&format!("{table}.csv"), Entry::Bytes(bytes.into()))
    }

    pub(crate) fn with_entry(mut self, name: &str, entry: Entry) -> Self {
        self.files.insert(name.to_owned(), entry);
        self
    }

    /// The table in another file than its `.csv`.
    pub(crate) fn instead(self, table: &str, ending: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.without(table).with_entry(&format!("{table}.{ending}"), Entry::Bytes(bytes.into()))
    }

    pub(crate) fn without(mut self, table: &str) -> Self {
        self.files.remove(&format!("{table}.csv")).expect("a table");
        self
    }

    /// Every CSV file changed in the same way.
    pub(crate) fn each(mut self, change: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        for entry in self.files.values_mut() {
            if let Entry::Bytes(bytes) = entry {
                *bytes = change(bytes);
            }
        }
        self
    }

    /// Puts rows in front of the last row of a table, so that clean rows stand on both sides.
    pub(crate) fn with_rows(self, table: &str, rows: &[impl AsRef<[u8]>]) -> Self {
        let bytes = self.csv(table);
        let end = bytes.len() - 1;
        let last = bytes[..end].iter().rposition(|byte| *byte == b'\n').expect("a row") + 1;
        let mut changed = bytes[..last].to_vec();
        for row in rows {
            changed.extend(row.as_ref());
            changed.push(b'\n');
        }
        changed.extend(&bytes[last..]);
        self.with_csv(table, changed)
    }

    /// Replaces a text that stands once in a table.
    pub(crate) fn with_replaced(self, table: &str, from: &str, to: &str) -> Self {
        let text = self.text(table);
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {table}");
        self.with_csv(table, text.replace(from, to))
    }

    /// Only the first rows of each table, and of the orders and lines those of customers 1 to 4.
    pub(crate) fn few_customers(self) -> Self {
        let keep = |table: &str, row: &str| {
            let id: u64 = row.split(',').next().and_then(|id| id.parse().ok()).unwrap_or(0);
            !table.starts_with("order") || id < 500
        };
        let mut few = self.clone();
        for table in TABLES {
            let text = self.text(table);
            let (header, rows) = text.split_once('\n').expect("a header");
            let rows = rows.lines().filter(|row| keep(table, row));
            let kept: Vec<&str> = [header].into_iter().chain(rows).collect();
            few = few.with_csv(table, kept.join("\n") + "\n");
        }
        few
    }

    pub(crate) fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for (name, entry) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            match entry {
                Entry::Bytes(bytes) => fs::write(path, bytes)?,
                Entry::Folder => fs::create_dir(path)?,
                Entry::Socket => drop(std::os::unix::net::UnixListener::bind(path)?),
                Entry::Locked => {
                    use std::os::unix::fs::PermissionsExt;
                    fs::write(&path, "aisle_id,aisle\n1,a\n")?;
                    fs::set_permissions(path, fs::Permissions::from_mode(0o000))?;
                }
            }
        }
        Ok(())
    }
}

/// The first row of a clean table, as it stands in its file.
pub(crate) fn first_row(table: &str) -> String {
    Source::clean().text(table).lines().nth(1).expect("a row").to_owned()
}

pub(crate) fn columns(table: &str) -> &'static [&'static str] {
    let table = SourceTable::ALL.into_iter().find(|known| known.name() == table);
    table.expect("a table").columns()
}

/// Whether a column holds text, not numbers.
pub(crate) fn is_text(column: &str) -> bool {
    matches!(column, "aisle" | "department" | "product_name" | "eval_set")
}

pub(crate) fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

pub(crate) fn quoted_where_needed(value: &str) -> String {
    if value.contains([',', '"', '\n', '\r']) { quoted(value) } else { value.to_owned() }
}

pub(crate) fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    io::Write::write_all(&mut encoder, bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// The values of the clean tables, in the order of their columns; a missing value is empty.
pub(crate) static CLEAN: LazyLock<BTreeMap<&'static str, Vec<Vec<String>>>> = LazyLock::new(clean_rows);

fn clean_rows() -> BTreeMap<&'static str, Vec<Vec<String>>> {
    let named = |id: u64, name: &str| vec![id.to_string(), format!("{name} {id}")];
    let departments = (1..=20).map(|id| named(id, "department")).collect();
    let aisles = (1..=40).map(|id| named(id, "aisle")).collect();
    let products = (1..=120_u64).map(|id| {
        let name = match id {
            1 => "Bananas".to_owned(),
            2 => "Whole Milk".to_owned(),
            3 => "Soup, \"Rich\"".to_owned(),
            4 => "Crème Brûlée".to_owned(),
            _ => format!("Product, No. {id}"),
        };
        let (aisle, department) = if id == 120 { (40, 20) } else { (id % 39 + 1, id % 19 + 1) };
        vec![id.to_string(), name, aisle.to_string(), department.to_string()]
    });
    let mut tables = BTreeMap::from([
        ("departments", departments),
        ("aisles", aisles),
        ("products", products.collect::<Vec<_>>()),
    ]);
    let (mut orders, mut prior, mut train) = (Vec::new(), Vec::new(), Vec::new());
    for user in 1..=60_u64 {
        let last = 4 + user % 4;
        let mut bought = BTreeSet::new();
        for number in 1..=last {
            let id = user * 100 + number;
            let eval_set = match (number == last, user % 2) {
                (false, _) => "prior",
                (true, 0) => "train",
                (true, _) => "test",
            };
            let days = if number == 1 { String::new() } else { format!("{}.0", (user + number * 3) % 31) };
            orders.push(vec![
                id.to_string(),
                user.to_string(),
                eval_set.to_owned(),
                number.to_string(),
                ((user + number) % 7).to_string(),
                format!("{:02}", (user * 3 + number * 5) % 24),
                days,
            ]);
            let lines = match eval_set {
                "prior" => &mut prior,
                "train" => &mut train,
                _ => continue,
            };
            for position in 0..=(user + number) % 5 {
                let product = (user * 7 + number * 3 + position * 11) % 110 + 1;
                let reordered = u64::from(!bought.insert(product));
                lines.push([id, product, position + 1, reordered].map(|value| value.to_string()).to_vec());
            }
        }
    }
    tables.extend([("orders", orders), ("order_products__prior", prior), ("order_products__train", train)]);
    tables
}
