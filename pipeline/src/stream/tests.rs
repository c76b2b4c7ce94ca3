//! Names, and what the tests of this folder share.

use super::*;

/// The JSON of a valid order of two lines, without an event id.
pub(super) fn order(order_id: u32, user_id: u32, order_number: u32) -> serde_json::Value {
    serde_json::json!({
        "order_id": order_id,
        "user_id": user_id,
        "order_number": order_number,
        "order_dow": 3,
        "order_hour_of_day": 10,
        "days_since_prior_order": if order_number == 1 { None } else { Some(7.0) },
        "lines": [
            {"product_id": 1, "add_to_cart_order": 1, "reordered": 0},
            {"product_id": 2, "add_to_cart_order": 2, "reordered": 1},
        ],
    })
}

/// The same with an event id.
pub(super) fn event(event_id: &str, order_id: u32) -> serde_json::Value {
    let mut event = order(order_id, 7, 1);
    event["event_id"] = event_id.into();
    event
}

#[test]
fn a_source_name_never_leaves_its_folder() {
    let lake = Lake::new("/lake");
    for name in ["", "..", "a/b", "A", "shop 1"] {
        assert_eq!(stream_parts(&lake, name).unwrap_err().code(), "unusable_path", "{name:?}");
    }
    assert_eq!(StreamPaths::new(&lake, "my_shop-2").unwrap().bronze, Path::new("/lake/bronze/my_shop-2"));
}
