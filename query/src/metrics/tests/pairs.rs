//! Pairs of products over the tiny shop. Of its six orders with lines bananas (1) are in four, apples (2) in two, milk (3) in
//! four and yogurt (4) in one; bananas and milk stand together in three orders, the other pairs in one.

use super::*;

fn with(id: i64) -> MetricQuery {
    of(&["joint_orders", "pair_lift"]).by(["companion"]).filter("antecedent_id", FilterOp::Eq, [id])
}

#[test]
fn companions_have_their_names_and_figures() {
    let shop = Shop::open();
    shop.check(&with(1), json!([[3, "Whole Milk", 3, 1.125], [2, "Apple", 1, 0.75]]));
    let strong = with(2).filter("rule_lift", FilterOp::Gt, [1.0]);
    shop.check(&strong, json!([[4, "Plain Yogurt", 1, 3.0]]));
    let of_aisle =
        with(2).filter("companion_aisle", FilterOp::Eq, ["milk"]).order("pair_lift", Direction::Desc);
    shop.check(&of_aisle, json!([[4, "Plain Yogurt", 1, 3.0], [3, "Whole Milk", 1, 0.75]]));
    let produce = with(3).filter("companion_department", FilterOp::Eq, ["produce"]);
    shop.check(&produce, json!([[1, "Banana", 3, 1.125], [2, "Apple", 1, 0.75]]));
    shop.check(&of(&["companions"]).filter("antecedent_id", FilterOp::Eq, [2]), json!([[3]]));
}

#[test]
fn a_pair_is_asked_by_both_its_products() {
    let shop = Shop::open();
    let pair = |from: &str, to: &str| {
        of(&["pair_support", "pair_confidence"]).filter("antecedent", FilterOp::Eq, [from]).filter(
            "companion",
            FilterOp::Eq,
            [to],
        )
    };
    shop.check(&pair("apple", "plain yogurt"), json!([[1.0 / 6.0, 0.5]]));
    shop.check(&pair("plain yogurt", "apple"), json!([[1.0 / 6.0, 1.0]]));
    // No such pair is known, which is not the same as none.
    shop.check(
        &of(&["joint_orders"]).filter("companion", FilterOp::Eq, ["vanilla ice cream"]),
        json!([[null]]),
    );
}

#[test]
fn pairs_are_counted_and_listed_once() {
    let shop = Shop::open();
    shop.check(&of(&["product_pairs"]), json!([[4]]));
    shop.check(&of(&["product_pairs"]).filter("pair_n_both", FilterOp::Ge, [3]), json!([[1]]));
    let listed = of(&["pair_lift"])
        .by(["antecedent", "companion"])
        .filter("pair_is_first", FilterOp::Eq, [1])
        .order("pair_lift", Direction::Desc)
        .limit(2);
    shop.check(&listed, json!([[2, "Apple", 4, "Plain Yogurt", 3.0], [1, "Banana", 3, "Whole Milk", 1.125]]));
}

#[test]
fn pairs_belong_to_no_customer_and_to_no_order() {
    let shop = Shop::open();
    let own = shop.ask_as(RowPolicy::OwnRows(UserId(2)), &of(&["product_pairs"]));
    assert_eq!(json!(own.rows), json!([[4]]), "what goes together is the same for everybody");
    let by_hour = shop.error(&of(&["joint_orders"]).by(["order_hour_of_day"]));
    assert!(by_hour.contains("\"joint_orders\" cannot be asked by \"order_hour_of_day\""), "{by_hour}");
}
