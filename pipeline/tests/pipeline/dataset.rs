//! A source folder of six tiny files whose every figure can be worked out by hand.
//!
//! Three customers: 1 ends in a train order, 2 and 3 in a test order (which has no lines).

use std::{collections::BTreeMap, fs, path::Path};

const AISLES: &str = "aisle_id,aisle\n1,fresh fruits\n2,milk\n";
const DEPARTMENTS: &str = "department_id,department\n1,produce\n2,dairy eggs\n";
const PRODUCTS: &str = "product_id,product_name,aisle_id,department_id\n1,Banana,1,1\n2,Whole Milk,2,2\n3,\"Soup, \"\"Rich\"\"\",1,1\n";
const ORDERS: &str =
    "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order
11,1,prior,1,0,08,
12,1,prior,2,1,9,10.0
13,1,prior,3,2,10,20.0
14,1,train,4,3,11,30
21,2,prior,1,4,12,
22,2,prior,2,5,13,5.0
23,2,test,3,6,14,30.0
31,3,prior,1,0,15,
32,3,prior,2,1,16,7.0
33,3,test,3,2,17,12.0
";
const PRIOR: &str = "order_id,product_id,add_to_cart_order,reordered
11,1,1,0
11,2,2,0
12,1,1,1
13,2,1,1
13,3,2,0
21,1,1,0
22,1,1,1
22,2,2,0
31,3,1,0
32,1,1,0
32,2,2,0
32,3,3,1
";
const TRAIN: &str = "order_id,product_id,add_to_cart_order,reordered\n14,1,1,1\n14,3,2,1\n";

/// The files of a source, by table.
#[derive(Debug, Clone)]
pub(crate) struct Dataset {
    files: BTreeMap<&'static str, Vec<u8>>,
}

impl Dataset {
    pub(crate) fn valid() -> Self {
        let files = [
            ("aisles", AISLES),
            ("departments", DEPARTMENTS),
            ("products", PRODUCTS),
            ("orders", ORDERS),
            ("order_products__prior", PRIOR),
            ("order_products__train", TRAIN),
        ];
        Self { files: files.into_iter().map(|(table, text)| (table, text.into())).collect() }
    }

    /// Appends rows to a table.
    pub(crate) fn with_rows(mut self, table: &str, rows: &[&str]) -> Self {
        let file = self.files.get_mut(table).expect("a table");
        for row in rows {
            file.extend(row.as_bytes());
            file.push(b'\n');
        }
        self
    }

    /// Replaces a text in a table; it must stand there.
    pub(crate) fn with_replaced(mut self, table: &str, from: &str, to: &str) -> Self {
        let file = self.files.get_mut(table).expect("a table");
        let text = String::from_utf8(file.clone()).unwrap();
        assert!(text.contains(from), "{from:?} in {table}");
        *file = text.replace(from, to).into();
        self
    }

    /// Replaces a whole file.
    pub(crate) fn with_file(mut self, table: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(table, bytes.into());
        self
    }

    /// Leaves a file out.
    pub(crate) fn without(mut self, table: &str) -> Self {
        self.files.remove(table);
        self
    }

    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        for (table, bytes) in &self.files {
            fs::write(folder.join(format!("{table}.csv")), bytes).unwrap();
        }
    }
}
