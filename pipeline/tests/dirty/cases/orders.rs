//! Orders: each column, then the rules over a customer's orders.
//!
//! Broken rows are those of customer 61, whom the clean source does not have, unless the damage needs a history.

use std::cell::RefCell;

use crate::{
    damage::{Damage, added, added_each, broken, normalised, quarantined},
    source::{Source, first_row, quoted_where_needed},
};

damages! {
    orders_id_wrong_type => [order("{},61,prior,1,3,10,", &["milk", "0x10"], "invalid_order_id")];
    orders_id_null => [order("{},61,prior,1,3,10,", &["", "NULL"], "invalid_order_id")];
    orders_id_out_of_range => [order("{},61,prior,1,3,10,", OUT_OF_RANGE, "invalid_order_id")];
    orders_id_exponent => [order("{},61,prior,1,3,10,", &["1.2E+05", "6e3"], "invalid_order_id")];
    orders_id_fraction => [order("{},61,prior,1,3,10,", &["7.5", "6101.01"], "invalid_order_id")];
    orders_id_thousands => [order("{},61,prior,1,3,10,", &["\"1,001\""], "invalid_order_id")];
    orders_repeated => [added("orders", &[(&first_row("orders"), "duplicate_order_id")])];
    orders_repeated_with_other_values => [added("orders", &[("101,1,prior,1,6,23,", "duplicate_order_id")])];
    orders_id_of_two_customers => [added("orders", &[("101,61,prior,1,3,10,", "duplicate_order_id")])];

    orders_user_wrong_type => [order("6101,{},prior,1,3,10,", &["anna", "6.1"], "invalid_user_id")];
    orders_user_null => [order("6101,{},prior,1,3,10,", &["", "NULL"], "invalid_user_id")];
    orders_user_out_of_range => [order("6101,{},prior,1,3,10,", OUT_OF_RANGE, "invalid_user_id")];

    orders_eval_set_wrong_type => [order("6101,61,{},1,3,10,", &["1"], "unknown_eval_set")];
    orders_eval_set_null => [order("6101,61,{},1,3,10,", &["", "null"], "unknown_eval_set")];
    orders_eval_set_out_of_range => [order("6101,61,{},1,3,10,", &["future", "priors"], "unknown_eval_set")];
    orders_eval_set_case => [normalised(Source::rendered(|_, column, value| match column {
        "eval_set" if value == "prior" => "Prior".to_owned(),
        "eval_set" => value.to_uppercase(),
        _ => quoted_where_needed(value),
    }))];

    orders_number_wrong_type => [order("6101,61,prior,{},3,10,", &["first", "1.5"], "invalid_order_number")];
    orders_number_null => [order("6101,61,prior,{},3,10,", &[""], "invalid_order_number")];
    orders_number_out_of_range => [order("6101,61,prior,{},3,10,", &["0", "-1"], "invalid_order_number")];
    orders_number_duplicate => [added("orders", &[("6101,1,prior,2,0,0,1.0", "duplicate_order_number")])];
    orders_number_gap => [history(
        &["6101,61,prior,1,3,10,"],
        &[("6103,61,prior,3,3,10,5.0", "order_number_gap"), ("6104,61,prior,4,3,10,5.0", "order_number_gap")],
        &[("order_products__prior", "6103,115,1,0")],
    )];
    orders_number_starts_late => [history(
        &[],
        &[("6102,61,prior,2,3,10,5.0", "order_number_gap"), ("6103,61,test,3,3,10,5.0", "order_number_gap")],
        &[("order_products__prior", "6102,115,1,0")],
    )];

    orders_dow_wrong_type => [order("6101,61,prior,1,{},10,", &["monday", "2.5"], "invalid_order_dow")];
    orders_dow_null => [order("6101,61,prior,1,{},10,", &[""], "invalid_order_dow")];
    orders_dow_out_of_range => [order("6101,61,prior,1,{},10,", &["7", "-1"], "invalid_order_dow")];
    orders_hour_wrong_type =>
        [order("6101,61,prior,1,3,{},", &["10:30", "noon", "9.5"], "invalid_order_hour_of_day")];
    orders_hour_null => [order("6101,61,prior,1,3,{},", &[""], "invalid_order_hour_of_day")];
    orders_hour_out_of_range => [order("6101,61,prior,1,3,{},", &["24", "-1"], "invalid_order_hour_of_day")];

    orders_days_wrong_type => [later(&["soon", "5d", "1 2"], "invalid_days_since_prior_order")];
    orders_days_null_later => [later(&["", "  "], "days_missing_after_first_order")];
    orders_days_words_later => [later(GAP_WORDS, "days_missing_after_first_order")];
    orders_days_words_first => [{
        let words = RefCell::new(GAP_WORDS.iter().cycle());
        normalised(Source::rendered(|_, column, value| match (column, value) {
            ("days_since_prior_order", "") => words.borrow_mut().next().expect("a word").to_string(),
            _ => quoted_where_needed(value),
        }))
    }];
    orders_days_above_30 => [later(&["31", "30.5", "365.0"], "invalid_days_since_prior_order")];
    orders_days_negative => [later(&["-1", "-0.5"], "invalid_days_since_prior_order")];
    orders_days_infinite => [later(&["inf", "-Infinity", "1e999"], "invalid_days_since_prior_order")];
    orders_days_on_first_order => [order("6101,61,prior,1,3,10,{}", &["3", "0", "0.0"], "days_on_first_order")];

    orders_two_train => [history(
        &[],
        &[("299,2,train,7,3,10,5.0", "order_after_train_or_test")],
        &[("order_products__train", "299,115,1,0")],
    )];
    orders_prior_after_train => [history(
        &[],
        &[("299,2,prior,7,3,10,5.0", "order_after_train_or_test")],
        &[("order_products__prior", "299,115,1,0")],
    )];
    orders_quarantined_in_the_middle => [history(
        &["6101,61,prior,1,3,10,"],
        &[
            ("6102,61,prior,2,3,25,5.0", "invalid_order_hour_of_day"),
            ("6103,61,prior,3,3,10,5.0", "order_number_gap"),
        ],
        &[("order_products__prior", "6102,115,1,0"), ("order_products__prior", "6103,115,1,0")],
    )];
}

const OUT_OF_RANGE: &[&str] = &["0", "-1", "4294967296", "99999999999999999999"];

const GAP_WORDS: &[&str] = &["null", "NULL", "none", "NA", "n/a", "NaN", "\\N"];

fn order(row: &str, values: &[&str], rule: &str) -> Damage {
    added_each("orders", row, values, rule)
}

/// Days of an order that is not the customer's first.
fn later(values: &[&str], rule: &str) -> Damage {
    order("6102,61,prior,2,3,10,{}", values, rule)
}

/// Orders of which some stay and the others break a rule; the lines of those are orphans.
fn history(clean: &[&str], orders: &[(&str, &str)], lines: &[(&str, &str)]) -> Damage {
    let rest = Source::clean().with_rows("orders", clean);
    let rows: Vec<&str> = clean.iter().copied().chain(orders.iter().map(|(row, _)| *row)).collect();
    let mut source = Source::clean().with_rows("orders", &rows);
    let mut all: Vec<_> = orders.iter().map(|(row, rule)| broken("orders", row, rule)).collect();
    for (table, line) in lines {
        source = source.with_rows(table, &[line]);
        all.push(broken(table, line, "orphan_order"));
    }
    quarantined(source, all, rest)
}
