//! One line a rule: what is read, what is refused and how that is called.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::stream::tests::event;

fn with(field: &str, value: Value) -> Result<OrderEvent, BadRecord> {
    let mut event = event("e1", 11);
    event[field] = value;
    transform(event.to_string().as_bytes())
}

fn check_kind(field: &str, value: Value, kind: BadKind, reason: &str) {
    let bad = with(field, value.clone()).unwrap_err();
    assert_eq!(bad.kind, kind, "{field} = {value}: {}", bad.reason);
    assert!(bad.reason.contains(reason), "{field} = {value}: {}", bad.reason);
}

#[test]
fn missing_days_are_null_and_long_gaps_are_thirty() {
    for (given, days) in [
        (json!(null), None),
        (json!(""), None),
        (json!("NULL"), None),
        (json!("NaN"), None),
        (json!("\\N"), None),
        (json!(0), Some(0.0)),
        (json!("7.0"), Some(7.0)),
        (json!(30), Some(30.0)),
        (json!(30.5), Some(30.0)),
        (json!(365), Some(30.0)),
    ] {
        assert_eq!(
            with("days_since_prior_order", given.clone()).unwrap().days_since_prior_order,
            days,
            "{given}"
        );
    }
    let mut absent = event("e1", 11);
    absent.as_object_mut().unwrap().remove("days_since_prior_order");
    assert_eq!(transform(absent.to_string().as_bytes()).unwrap().days_since_prior_order, None);
    check_kind("days_since_prior_order", json!(-1), BadKind::OutOfRange, "-1");
    check_kind("days_since_prior_order", json!("a week"), BadKind::WrongType, "a week");
    check_kind("days_since_prior_order", json!("inf"), BadKind::WrongType, "inf");
}

#[test]
fn the_schema_is_tagged_and_another_one_is_not_guessed_at() {
    assert_eq!(transform(event("e1", 11).to_string().as_bytes()).unwrap().schema, "insightflow.order.v1");
    assert!(with("schema", json!("insightflow.order.v1")).is_ok());
    check_kind("schema", json!("insightflow.order.v2"), BadKind::UnknownSchema, "insightflow.order.v1");
    let other = json!({"schema": "clicks.v1", "clicked": true}).to_string();
    assert_eq!(transform(other.as_bytes()).unwrap_err().kind, BadKind::UnknownSchema);
}

#[test]
fn numbers_are_read_in_the_spellings_of_the_batch() {
    for id in [json!(11), json!("11"), json!(" 11.0 "), json!(11.0)] {
        assert_eq!(with("order_id", id).unwrap().order_id, OrderId(11));
    }
    for (given, reordered) in
        [(json!(true), 1), (json!("F"), 0), (json!("Yes"), 1), (json!("1.0"), 1), (json!(0), 0)]
    {
        let lines = json!([{"product_id": "5", "add_to_cart_order": 1, "reordered": given}]);
        assert_eq!(with("lines", lines).unwrap().lines[0].reordered, reordered, "{given}");
    }
    let spelt = json!({"Event_ID": "e1", "ORDER_ID": 1, "user_id": 1, "order_number": 1, "order_dow": 0,
        "order_hour_of_day": 0, "DAY_SINCE_PRIOR_ORDER": 3, "lines": []});
    assert_eq!(transform(spelt.to_string().as_bytes()).unwrap().days_since_prior_order, Some(3.0));
}

#[test]
fn what_is_no_event_is_told_by_kind_with_the_value() {
    check_kind("order_id", json!(null), BadKind::MissingField, "order_id");
    check_kind("lines", json!(null), BadKind::MissingField, "lines");
    check_kind("event_id", json!(null), BadKind::MissingField, "event_id");
    check_kind("order_id", json!("eleven"), BadKind::WrongType, "eleven");
    check_kind("order_id", json!("1e5"), BadKind::WrongType, "1e5");
    check_kind("order_id", json!(1.5), BadKind::WrongType, "1.5");
    check_kind("order_id", json!(true), BadKind::WrongType, "true");
    check_kind("event_id", json!(5), BadKind::WrongType, "5");
    check_kind("event_id", json!("a b"), BadKind::OutOfRange, "a b");
    check_kind("lines", json!({}), BadKind::WrongType, "list");
    check_kind("lines", json!([3]), BadKind::WrongType, "lines[0]");
    check_kind("emitted_at", json!("yesterday"), BadKind::WrongType, "yesterday");
    check_kind("order_id", json!(0), BadKind::OutOfRange, "1 to 4294967295");
    check_kind("user_id", json!(4_294_967_296_u64), BadKind::OutOfRange, "4294967296");
    check_kind("order_dow", json!(7), BadKind::OutOfRange, "0 to 6");
    check_kind("order_hour_of_day", json!(-1), BadKind::OutOfRange, "0 to 23");
    check_kind("colour", json!("red"), BadKind::UnknownField, "colour");
    check_kind("days_since_prior", json!(3), BadKind::RepeatedField, "days_since_prior_order twice");
    let line = |line: Value| with("lines", json!([line])).unwrap_err();
    assert_eq!(line(json!({"product_id": 1, "reordered": 0})).reason, "no field lines[0].add_to_cart_order");
    assert_eq!(
        line(json!({"product_id": 1, "add_to_cart_order": 1, "reordered": 2})).kind,
        BadKind::OutOfRange
    );
    for text in ["", "{", "[1]", "3", "\u{0}"] {
        assert_eq!(transform(text.as_bytes()).unwrap_err().kind, BadKind::NotJson, "{text:?}");
    }
    assert_eq!(transform(b"\xff\xfe").unwrap_err().kind, BadKind::NotJson);
    assert_eq!(transform(&vec![b' '; MAX_EVENT_BYTES + 1]).unwrap_err().kind, BadKind::Oversized);
}

#[test]
fn a_long_value_is_cut_in_the_reason() {
    let bad = with("order_id", json!("é".repeat(1_000))).unwrap_err();
    assert!(bad.reason.len() < 300, "{}", bad.reason);
}

proptest! {
    #[test]
    fn transforming_twice_is_transforming_once(
        order_id in 1_u32.., days in proptest::option::of(0.0_f64..90.0), lines in 0_usize..5, dow in 0_u8..7,
    ) {
        let mut raw = event("e1", order_id);
        raw["days_since_prior_order"] = json!(days);
        raw["order_dow"] = json!(dow.to_string());
        raw["lines"] = json!(vec![json!({"product_id": 1, "add_to_cart_order": "2.0", "reordered": true}); lines]);
        let once = transform(raw.to_string().as_bytes()).unwrap();
        let twice = transform(&serde_json::to_vec(&once).unwrap()).unwrap();
        prop_assert_eq!(&once, &twice);
        prop_assert!(once.days_since_prior_order.is_none_or(|days| days <= 30.0));
    }

    #[test]
    fn no_record_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = transform(&bytes);
    }
}
