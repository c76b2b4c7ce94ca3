//! Aisles, departments, products.

use crate::{
    damage::{Damage, added, added_each, broken, kept, normalised, quarantined},
    source::Source,
};

damages! {
    aisles_id_wrong_type => [added_each("aisles", "{},new", &["milk", "4.5"], "invalid_aisle_id")];
    aisles_id_null => [added("aisles", &[(",new", "invalid_aisle_id")])];
    aisles_id_out_of_range => [added_each("aisles", "{},new", OUT_OF_RANGE, "invalid_aisle_id")];
    aisles_id_duplicate => [added("aisles", &[("7,other", "duplicate_aisle_id")])];
    aisles_name_null => [added_each("aisles", "41,{}", EMPTY, "empty_aisle")];
    aisles_name_wrong_type => [kept("aisles", &[("41,42", &["41", "42"])])];
    aisles_name_out_of_range => [too_long("aisles", "41,{}", 4_097)];
    aisles_name_duplicate => [kept("aisles", &[("41,aisle 1", &["41", "aisle 1"])])];

    departments_id_wrong_type => [added_each("departments", "{},new", &["milk"], "invalid_department_id")];
    departments_id_null => [added("departments", &[(",new", "invalid_department_id")])];
    departments_id_out_of_range => [added_each("departments", "{},new", OUT_OF_RANGE, "invalid_department_id")];
    departments_id_duplicate => [added("departments", &[("7,other", "duplicate_department_id")])];
    departments_name_null => [added_each("departments", "21,{}", EMPTY, "empty_department")];
    departments_name_wrong_type => [kept("departments", &[("21,42", &["21", "42"])])];
    departments_name_out_of_range => [too_long("departments", "21,{}", 4_097)];
    departments_name_duplicate => [kept("departments", &[("21,department 1", &["21", "department 1"])])];

    products_id_wrong_type => [added_each("products", "{},New,1,1", &["milk", "7.5"], "invalid_product_id")];
    products_id_null => [added_each("products", "{},New,1,1", &["", "NULL"], "invalid_product_id")];
    products_id_out_of_range => [added_each("products", "{},New,1,1", OUT_OF_RANGE, "invalid_product_id")];
    products_id_duplicate => [added("products", &[("7,Other,2,3", "duplicate_product_id")])];
    products_name_null => [added_each("products", "121,{},1,1", EMPTY, "empty_product_name")];
    products_name_wrong_type => [kept("products", &[("121,42,1,1", &["121", "42", "1", "1"])])];
    products_name_out_of_range => [too_long("products", "121,{},1,1", 100_000)];
    products_name_at_the_limit => [{
        let name = "é".repeat(2_048);
        kept("products", &[(&format!("121,{name},1,1"), &["121", &name, "1", "1"])])
    }];
    products_name_duplicate => [kept("products", &[("121,Bananas,1,1", &["121", "Bananas", "1", "1"])])];
    products_name_blanks_inside => ["Whole\tMilk", "Whole   Milk", "Whole \u{1}\u{7f} Milk"]
        .map(|name| normalised(Source::clean().with_replaced("products", "Whole Milk", name)));

    products_aisle_wrong_type => [added("products", &[("121,New,milk,1", "unknown_aisle")])];
    products_aisle_null => [added("products", &[("121,New,,1", "unknown_aisle")])];
    products_aisle_out_of_range => [added_each("products", "121,New,{},1", OUT_OF_RANGE, "unknown_aisle")];
    products_aisle_orphan => [added("products", &[("121,New,41,1", "unknown_aisle")])];
    products_department_wrong_type => [added("products", &[("121,New,1,milk", "unknown_department")])];
    products_department_null => [added("products", &[("121,New,1,", "unknown_department")])];
    products_department_out_of_range =>
        [added_each("products", "121,New,1,{}", OUT_OF_RANGE, "unknown_department")];
    products_department_orphan => [added("products", &[("121,New,1,21", "unknown_department")])];

    products_of_a_quarantined_aisle =>
        [with_product(("aisles", "41,", "empty_aisle"), ("121,New,41,1", "unknown_aisle"))];
    products_of_a_quarantined_department =>
        [with_product(("departments", "21,", "empty_department"), ("121,New,1,21", "unknown_department"))];
}

/// Ids are 1 to 2^32 - 1; the last one does not fit into 64 bits either.
const OUT_OF_RANGE: &[&str] = &["0", "-1", "4294967296", "99999999999999999999"];

const EMPTY: &[&str] = &["", "  ", "\"\""];

/// A row whose text field has that many bytes.
fn too_long(table: &str, row: &str, bytes: usize) -> Damage {
    added_each(table, row, &[&"x".repeat(bytes)], "oversized_field")
}

/// A broken row of the catalogue, and a product that names it.
fn with_product(parent: (&str, &str, &str), product: (&str, &str)) -> Damage {
    let (table, row, rule) = parent;
    let source = Source::clean().with_rows(table, &[row]).with_rows("products", &[product.0]);
    let rows = vec![broken(table, row, rule), broken("products", product.0, product.1)];
    quarantined(source, rows, Source::clean())
}
