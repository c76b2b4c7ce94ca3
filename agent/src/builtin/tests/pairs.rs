//! Questions about what stands together in one order, over the small shop: Banana 1, Organic Avocado 2, Whole Milk 3,
//! Large Eggs 4.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

/// Companions of a product by a figure.
fn companions(id: u32, by: &str, limit: Option<u32>) -> Value {
    tidy(json!({
        "metrics": [by],
        "dimensions": ["companion"],
        "filters": [{"field": "antecedent_id", "op": "eq", "values": [id]}],
        "order_by": desc(by),
        "limit": limit,
    }))
}

fn bought(names: &[(&str, &str)], not: &[usize]) -> Value {
    let cohorts = names.iter().enumerate().map(|(at, (field, name))| {
        tidy(json!({
            "of": "orders",
            "bought": [{"field": field, "op": "eq", "values": [name]}],
            "not": not.contains(&at),
        }))
    });
    json!({"metrics": ["orders"], "cohorts": cohorts.collect::<Vec<_>>()})
}

#[test]
fn companions_are_ranked_by_what_is_said() {
    figures("top 5 products bought together with banana", companions(1, "joint_orders", Some(5)));
    figures(
        "which product is most often in the same basket as bananas?",
        companions(1, "joint_orders", Some(1)),
    );
    figures("the ten strongest companions of whole milk", companions(3, "pair_lift", Some(10)));
    figures("3 products that go with banana ranked by confidence", companions(1, "pair_confidence", Some(3)));
    figures("number one companion of banana by joint baskets", companions(1, "joint_orders", Some(1)));
}

#[test]
fn bounds_and_places_restrict_companions() {
    let mut wanted = companions(1, "joint_orders", None);
    wanted["filters"] = json!([
        {"field": "antecedent_id", "op": "eq", "values": [1]},
        {"field": "pair_n_both", "op": "ge", "values": [400]},
    ]);
    figures("list every product bought together with banana in 400 or more orders", wanted);
    let mut wanted = companions(1, "pair_lift", None);
    wanted["filters"] = json!([
        {"field": "antecedent_id", "op": "eq", "values": [1]},
        {"field": "rule_lift", "op": "gt", "values": [2.5]},
    ]);
    wanted["order_by"] = desc("joint_orders");
    wanted["metrics"] = json!(["joint_orders", "pair_lift"]);
    figures("companions of banana most often bought with it at a lift above 2.5", wanted);
    let mut wanted = companions(1, "joint_orders", Some(4));
    wanted["filters"] = json!([
        {"field": "antecedent_id", "op": "eq", "values": [1]},
        {"field": "companion_aisle", "op": "eq", "values": ["bread"]},
    ]);
    figures("top 4 bread products bought together with banana", wanted);
    figures(
        "how many different products share at least 100 orders with banana?",
        json!({"metrics": ["companions"], "filters": [
            {"field": "antecedent_id", "op": "eq", "values": [1]},
            {"field": "pair_n_both", "op": "ge", "values": [100]},
        ]}),
    );
}

#[test]
fn what_leads_to_a_product_is_asked_from_the_other_side() {
    figures(
        "buyers of which 5 products most often have banana in the same basket",
        json!({
            "metrics": ["pair_confidence"],
            "dimensions": ["antecedent"],
            "filters": [{"field": "companion_id", "op": "eq", "values": [1]}],
            "order_by": desc("pair_confidence"),
            "limit": 5,
        }),
    );
}

#[test]
fn a_pair_has_its_figures_in_the_direction_that_is_said() {
    let pair = |metrics: &[&str], from: u32, to: u32| {
        json!({
            "metrics": metrics,
            "dimensions": ["antecedent", "companion"],
            "filters": [
                {"field": "antecedent_id", "op": "eq", "values": [from]},
                {"field": "companion_id", "op": "eq", "values": [to]},
            ],
        })
    };
    let all = ["pair_support", "pair_confidence", "pair_lift"];
    figures("support, confidence and lift for the rule banana -> whole milk", pair(&all, 1, 3));
    figures("lift between whole milk and banana", pair(&["pair_lift"], 3, 1));
    figures("how likely is banana when whole milk is in the cart?", pair(&["pair_confidence"], 3, 1));
    check("lift of banana and whole milk", &shopper(), "query_metrics", pair(&["pair_lift"], 1, 3));
}

#[test]
fn orders_that_hold_things_are_counted_over_the_orders() {
    let (banana, milk) = (("product_name", "Banana"), ("product_name", "Whole Milk"));
    figures("how many orders contain both banana and whole milk", bought(&[banana, milk], &[]));
    figures("how often are banana and whole milk bought together", bought(&[banana, milk], &[]));
    figures("how many baskets hold banana and whole milk", bought(&[banana, milk], &[]));
    figures("how many orders have banana but not whole milk?", bought(&[banana, milk], &[1]));
    figures("baskets with banana but without whole milk - how many", bought(&[banana, milk], &[1]));
    figures(
        "the milk aisle and the bread aisle in one transaction: number of such transactions?",
        bought(&[("aisle", "milk"), ("aisle", "bread")], &[]),
    );
    figures(
        "what share of the orders with whole milk also hold banana?",
        json!({
            "metrics": ["orders"],
            "cohorts": [{"of": "orders", "bought": [{"field": "product_name", "op": "eq", "values": ["Whole Milk"]}]}],
            "part": [{"field": "product_name", "op": "eq", "values": ["Banana"]}],
        }),
    );
}

#[test]
fn pairs_of_all_products_are_told_once() {
    figures(
        "how many pairs of products appear together in at least 100 orders?",
        json!({"metrics": ["product_pairs"], "filters": [{"field": "pair_n_both", "op": "ge", "values": [100]}]}),
    );
    figures(
        "the 5 strongest pairs in at least 50 orders",
        json!({
            "metrics": ["pair_lift", "joint_orders"],
            "dimensions": ["antecedent", "companion"],
            "filters": [
                {"field": "pair_n_both", "op": "ge", "values": [50]},
                {"field": "pair_is_first", "op": "eq", "values": [1]},
            ],
            "order_by": desc("pair_lift"),
            "limit": 5,
        }),
    );
    figures(
        "which two products are most often bought together?",
        json!({
            "metrics": ["joint_orders"],
            "dimensions": ["antecedent", "companion"],
            "filters": [{"field": "pair_is_first", "op": "eq", "values": [1]}],
            "order_by": desc("joint_orders"),
            "limit": 1,
        }),
    );
}

#[test]
fn other_questions_are_left_to_their_readers() {
    let together = json!({"product_ids": [1], "relation": "bought_together"});
    check("what goes well with banana?", &analyst(), "related_products", together.clone());
    check("what goes well with banana?", &Principal::guest(), "related_products", together);
    let either = json!({"field": "product_name", "op": "eq", "values": ["Banana"]});
    figures("how many orders contain banana", json!({"metrics": ["orders"], "filters": [either]}));
    for who in [shopper(), Principal::guest()] {
        let (found, _) = call(&planned("top 3 products bought together with banana", &who), "goods");
        assert_eq!(found, "related_products", "who is no member of staff is shown goods, not figures");
    }
}

#[test]
fn a_word_that_nobody_explains_makes_the_reading_doubtful() {
    let (status, _) = status("lift between banana and whole milk for flurbs", &analyst());
    assert_ne!(status, Status::Answered);
}

#[test]
fn rivals_are_compared_as_companions_of_the_one_that_stands_apart() {
    for message in [
        "Which is closer to Banana, Organic Avocado or Whole Milk? lift please",
        "is Organic Avocado or Whole Milk closer to Banana? their lift",
    ] {
        figures(
            message,
            json!({"metrics": ["pair_lift"], "dimensions": ["companion"], "order_by": desc("pair_lift"), "filters": [
                {"field": "antecedent_id", "op": "eq", "values": [1]},
                {"field": "companion_id", "op": "in", "values": [2, 3]},
            ]}),
        );
    }
}

#[test]
fn what_orders_hold_all_of_is_each_a_condition() {
    let wanted = bought(
        &[("product_name", "Banana"), ("product_name", "Organic Avocado"), ("product_name", "Whole Milk")],
        &[],
    );
    figures(
        "orders holding all three of Banana, Organic Avocado and Whole Milk. how many of those exist?",
        wanted,
    );
}
