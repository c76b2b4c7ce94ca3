//! Order lines: each column of both files, then lines in the wrong file and lines of what went to quarantine.

use std::cell::RefCell;

use crate::{
    damage::{Damage, added, added_each, broken, kept, normalised, quarantined},
    source::{Source, first_row, quoted_where_needed},
};

const PRIOR: &str = "order_products__prior";
const TRAIN: &str = "order_products__train";

damages! {
    prior_order_wrong_type => [added_each(PRIOR, "{},115,9,0", WORDS, "invalid_order_id")];
    prior_order_null => [added(PRIOR, &[(",115,9,0", "invalid_order_id")])];
    prior_order_out_of_range => [added_each(PRIOR, "{},115,9,0", OUT_OF_RANGE, "invalid_order_id")];
    prior_order_orphan => [added(PRIOR, &[("9999,115,9,0", "orphan_order")])];
    prior_product_wrong_type => [added_each(PRIOR, "101,{},9,0", WORDS, "invalid_product_id")];
    prior_product_null => [added(PRIOR, &[("101,,9,0", "invalid_product_id")])];
    prior_product_out_of_range => [added_each(PRIOR, "101,{},9,0", OUT_OF_RANGE, "invalid_product_id")];
    prior_product_orphan => [added(PRIOR, &[("101,999,9,0", "unknown_product")])];
    prior_product_duplicate => [duplicate(PRIOR)];
    prior_line_repeated => [repeated(PRIOR)];
    prior_position_wrong_type => [added_each(PRIOR, "101,115,{},0", WORDS, "invalid_add_to_cart_order")];
    prior_position_null => [added(PRIOR, &[("101,115,,0", "invalid_add_to_cart_order")])];
    prior_position_out_of_range => [added_each(PRIOR, "101,115,{},0", &["0", "-1"], "invalid_add_to_cart_order")];
    prior_position_duplicate => [kept(PRIOR, &[("101,115,1,0", &["101", "1", "115", "1", "0", "prior"])])];
    prior_reordered_wrong_type => [added_each(PRIOR, "101,115,9,{}", MAYBE, "invalid_reordered")];
    prior_reordered_null => [added_each(PRIOR, "101,115,9,{}", &["", "null"], "invalid_reordered")];
    prior_reordered_out_of_range => [added_each(PRIOR, "101,115,9,{}", &["2", "-1", "0.5"], "invalid_reordered")];
    prior_reordered_spellings => [spellings(PRIOR)];

    train_order_wrong_type => [added_each(TRAIN, "{},115,9,0", WORDS, "invalid_order_id")];
    train_order_null => [added(TRAIN, &[(",115,9,0", "invalid_order_id")])];
    train_order_out_of_range => [added_each(TRAIN, "{},115,9,0", OUT_OF_RANGE, "invalid_order_id")];
    train_order_orphan => [added(TRAIN, &[("9999,115,9,0", "orphan_order")])];
    train_product_wrong_type => [added_each(TRAIN, "206,{},9,0", WORDS, "invalid_product_id")];
    train_product_null => [added(TRAIN, &[("206,,9,0", "invalid_product_id")])];
    train_product_out_of_range => [added_each(TRAIN, "206,{},9,0", OUT_OF_RANGE, "invalid_product_id")];
    train_product_orphan => [added(TRAIN, &[("206,999,9,0", "unknown_product")])];
    train_product_duplicate => [duplicate(TRAIN)];
    train_line_repeated => [repeated(TRAIN)];
    train_position_wrong_type => [added_each(TRAIN, "206,115,{},0", WORDS, "invalid_add_to_cart_order")];
    train_position_null => [added(TRAIN, &[("206,115,,0", "invalid_add_to_cart_order")])];
    train_position_out_of_range => [added_each(TRAIN, "206,115,{},0", &["0", "-1"], "invalid_add_to_cart_order")];
    train_position_duplicate => [kept(TRAIN, &[("206,115,1,0", &["206", "2", "115", "1", "0", "train"])])];
    train_reordered_wrong_type => [added_each(TRAIN, "206,115,9,{}", MAYBE, "invalid_reordered")];
    train_reordered_null => [added_each(TRAIN, "206,115,9,{}", &["", "null"], "invalid_reordered")];
    train_reordered_out_of_range => [added_each(TRAIN, "206,115,9,{}", &["2", "-1", "0.5"], "invalid_reordered")];
    train_reordered_spellings => [spellings(TRAIN)];

    train_line_in_prior_file => [added(PRIOR, &[("206,115,9,0", "eval_set_mismatch")])];
    test_line_in_prior_file => [added(PRIOR, &[("105,115,9,0", "eval_set_mismatch")])];
    prior_line_in_train_file => [added(TRAIN, &[("101,115,9,0", "eval_set_mismatch")])];
    lines_of_a_quarantined_order => [quarantined(
        Source::clean().with_rows("orders", &["6101,61,prior,1,3,25,"]).with_rows(PRIOR, &["6101,115,1,0"]),
        vec![
            broken("orders", "6101,61,prior,1,3,25,", "invalid_order_hour_of_day"),
            broken(PRIOR, "6101,115,1,0", "orphan_order"),
        ],
        Source::clean(),
    )];
    lines_of_a_quarantined_product => [quarantined(
        Source::clean().with_rows("products", &["121,,1,1"]).with_rows(PRIOR, &["101,121,9,0"]),
        vec![
            broken("products", "121,,1,1", "empty_product_name"),
            broken(PRIOR, "101,121,9,0", "unknown_product"),
        ],
        Source::clean(),
    )];
}

const OUT_OF_RANGE: &[&str] = &["0", "-1", "4294967296", "99999999999999999999"];

const WORDS: &[&str] = &["milk", "1.5"];

const MAYBE: &[&str] = &["maybe", "10", "truely"];

/// The first line of the table with another position.
fn duplicate(table: &str) -> Damage {
    let first = first_row(table);
    let mut fields: Vec<&str> = first.split(',').collect();
    fields[2] = "9";
    added(table, &[(&fields.join(","), "duplicate_line")])
}

/// The first line of the table twice more.
fn repeated(table: &str) -> Damage {
    let first = first_row(table);
    added(table, &[(&first, "duplicate_line"), (&first, "duplicate_line")])
}

/// Every spelling in turn.
fn spellings(table: &str) -> Damage {
    let (yes, no) =
        (["true", "True", "T", "Yes", "y", "1.0", "1"], ["false", "FALSE", "f", "no", "N", "0.0", "0"]);
    let (yes, no) = (RefCell::new(yes.iter().cycle()), RefCell::new(no.iter().cycle()));
    normalised(Source::rendered(|of, column, value| {
        let words = match (column, value) {
            ("reordered", "1") if of == table => &yes,
            ("reordered", _) if of == table => &no,
            _ => return quoted_where_needed(value),
        };
        words.borrow_mut().next().expect("a word").to_string()
    }))
}
