//! What the planner makes of shopping questions, over a small shop: one line a case, each for a family of wordings.

use domain::{answer::Status, ids::ProductId};
use serde_json::{Value, json};

use super::*;

fn calls_with_basket(message: &str, principal: &Principal, basket: &[ProductId]) -> Vec<(String, Value)> {
    let semantic = SemanticModel::builtin().unwrap();
    let asked = Asked { message, principal, history: &[], basket, semantic: &semantic };
    match plan(&asked, &small_shop(), THRESHOLD).decision {
        Decision::Call(calls) => calls.into_iter().map(|call| (call.tool, tidy(call.arguments))).collect(),
        Decision::Finish(draft) => panic!("{message}: no call but {:?}: {}", draft.status, draft.text),
    }
}

fn check_all(message: &str, principal: &Principal, tool: &str, arguments: &[Value]) {
    let calls = calls_with_basket(message, principal, &[]);
    let expected: Vec<(String, Value)> =
        arguments.iter().map(|arguments| (tool.to_owned(), arguments.clone())).collect();
    assert_eq!(calls, expected, "{message}");
}

fn check_one(message: &str, principal: &Principal, tool: &str, arguments: Value) {
    check_all(message, principal, tool, &[arguments]);
}

fn searches(message: &str, arguments: &[Value]) {
    let full: Vec<Value> = arguments
        .iter()
        .map(|arguments| {
            let mut arguments = arguments.clone();
            arguments.as_object_mut().unwrap().entry("query").or_insert(json!(""));
            arguments
        })
        .collect();
    check_all(message, &Principal::guest(), "search_catalog", &full);
}

#[test]
fn every_thing_of_a_list_is_looked_for() {
    let several = [
        json!({"aisle": "milk", "limit": 4}),
        json!({"query": "eggs", "limit": 4}),
        json!({"aisle": "bread", "limit": 4}),
    ];
    searches("milk, eggs and bread", &several);
    searches("do you have milk, eggs & bread?", &several);
    searches("sandwich stuff: milk, eggs n bread", &several);
    searches(
        "sourdough or milk",
        &[json!({"query": "sourdough", "limit": 4}), json!({"aisle": "milk", "limit": 4})],
    );
}

#[test]
fn what_is_ruled_out_is_a_word_or_an_attribute() {
    searches("milk but not whole", &[json!({"aisle": "milk", "exclude": ["whole"]})]);
    searches("bread, no eggs", &[json!({"aisle": "bread", "exclude": ["eggs"]})]);
    searches("bread w/o banana", &[json!({"aisle": "bread", "exclude": ["banana"]})]);
    searches("bread that isnt organic", &[json!({"aisle": "bread", "exclude_attributes": ["organic"]})]);
    searches("bread without gluten", &[json!({"query": "bread", "attributes": ["gluten_free"]})]);
}

#[test]
fn a_heading_is_no_thing_unless_it_is_a_place() {
    searches(
        "for my sandwich: milk, bread",
        &[json!({"aisle": "milk", "limit": 4}), json!({"aisle": "bread", "limit": 4})],
    );
    check_one(
        "bread aisle: 3 best sellers with sourdough in the name",
        &Principal::guest(),
        "popular_products",
        json!({"aisle": "bread", "name_contains": "sourdough", "limit": 3}),
    );
}

#[test]
fn counts_are_read_in_words_and_digits() {
    searches("3 breads", &[json!({"aisle": "bread", "limit": 3})]);
    searches("half a dozen breads", &[json!({"aisle": "bread", "limit": 6})]);
    searches("a few breads please", &[json!({"aisle": "bread", "limit": 3})]);
    check_one(
        "do you carry bread? show me 5",
        &Principal::guest(),
        "popular_products",
        json!({"aisle": "bread", "limit": 5}),
    );
    searches(
        "2 milks and 3 breads",
        &[json!({"aisle": "milk", "limit": 2}), json!({"aisle": "bread", "limit": 3})],
    );
}

#[test]
fn places_are_read_in_any_order_and_by_their_kind() {
    searches("whats in the bakery section?", &[json!({"department": "bakery"})]);
    searches("the bakery dept, just browsing", &[json!({"department": "bakery"})]);
    searches("fruits, but only fresh ones", &[json!({"aisle": "fresh fruits"})]);
    searches("show me organic bread", &[json!({"aisle": "bread", "attributes": ["organic"]})]);
    searches("I need bread for my birthday party", &[json!({"aisle": "bread"})]);
}

#[test]
fn a_visitor_is_told_where_things_are() {
    let guest = Principal::guest();
    check_one("which aisle is banana in?", &guest, "get_product", json!({"product_id": 1}));
    check_one("where do i find whole milk", &guest, "get_product", json!({"product_id": 3}));
    check_one(
        "what aisles are there in the bakery?",
        &guest,
        "search_catalog",
        json!({"query": "", "kinds": ["aisle"], "department": "bakery", "limit": 50}),
    );
    check_one(
        "how many products does the bakery department list?",
        &guest,
        "search_catalog",
        json!({"query": "", "kinds": ["department"], "department": "bakery"}),
    );
}

#[test]
fn recommendations_are_new_or_usual_and_narrowed() {
    let check = |message: &str, arguments| check_one(message, &shopper(), "recommend", arguments);
    check("something new please", json!({"mode": "discover"}));
    check("5 things i've never tried before", json!({"mode": "discover", "limit": 5}));
    check(
        "new organic stuff 4 me, 4 items",
        json!({"mode": "discover", "attributes": ["organic"], "limit": 4}),
    );
    check("what am i running low on", json!({"mode": "repeat"}));
    check("same as always but only bakery", json!({"mode": "repeat", "department": "bakery"}));
    check(
        "surprise me with one new thing from the bakery",
        json!({"mode": "discover", "department": "bakery", "limit": 1}),
    );
    check("recommend beverages I haven't bought", json!({"mode": "discover", "department": "beverages"}));
    check_one("give me 4 ideas for my shopping", &Principal::guest(), "recommend", json!({"limit": 4}));
    check_one(
        "five new products for user 2",
        &analyst(),
        "recommend",
        json!({"mode": "discover", "user_id": 2, "limit": 5}),
    );
}

#[test]
fn related_products_start_from_products_or_the_basket() {
    let guest = Principal::guest();
    let together = |extra: Value| {
        let mut arguments = json!({"product_ids": [1], "relation": "bought_together"});
        for (key, value) in extra.as_object().unwrap() {
            arguments[key] = value.clone();
        }
        arguments
    };
    check_one("people who buy banana also buy", &guest, "related_products", together(json!({})));
    check_one(
        "cross-sell candidates for banana, ten please",
        &guest,
        "related_products",
        together(json!({"limit": 10})),
    );
    check_one(
        "which fresh fruits go together with banana",
        &guest,
        "related_products",
        together(json!({"aisle": "fresh fruits"})),
    );
    check_one(
        "which 5 products land in the same order as banana most often",
        &guest,
        "related_products",
        together(json!({"order": "orders", "limit": 5})),
    );
    check_one(
        "what can I take instead of whole milk",
        &guest,
        "related_products",
        json!({"product_ids": [3], "relation": "substitute"}),
    );
    let basket = calls_with_basket("what goes with my basket", &guest, &[ProductId(1)]);
    assert_eq!(basket, [("related_products".to_owned(), json!({"relation": "bought_together"}))]);
}

#[test]
fn what_everybody_buys_is_ranked_by_kind() {
    let guest = Principal::guest();
    check_one("what are your 5 best sellers", &guest, "popular_products", json!({"limit": 5}));
    check_one(
        "three most bought organic products",
        &guest,
        "popular_products",
        json!({"attributes": ["organic"], "limit": 3}),
    );
    check_one(
        "everyones favourite beverages - show 4",
        &shopper(),
        "popular_products",
        json!({"department": "beverages", "limit": 4}),
    );
    check_one(
        "which product of the bread aisle sells the most",
        &guest,
        "popular_products",
        json!({"aisle": "bread", "limit": 1}),
    );
}

#[test]
fn a_shopper_asks_about_what_they_bought() {
    let check = |message: &str, arguments| check_one(message, &shopper(), "purchase_history", arguments);
    check("what single product do i buy most", json!({"limit": 1}));
    check("my 5 favourite products", json!({"limit": 5}));
    check("when did i last order banana?", json!({"product_ids": [1]}));
    check("did i ever buy whole milk, how many times?", json!({"product_ids": [3]}));
    check("what did i get in my very first order", json!({"order": 1}));
    check("what was in my last order?", json!({"order": -1}));
    check("list breads I have bought before", json!({"aisle": "bread"}));
    check("did I ever buy bread?", json!({"terms": ["bread"]}));
}

#[test]
fn figures_over_own_orders_filter_on_oneself() {
    let own = |metric: &str| json!({"metrics": [metric], "filters": [{"field": "user_id", "op": "eq", "values": [7]}]});
    let check = |message: &str, metric: &str| check_one(message, &shopper(), "query_metrics", own(metric));
    check("how many diferent products have i ever bought", "products_bought");
    check("on avg how many items do I have per order", "basket_size");
    check("whats the size of my biggest cart ever", "max_basket_size");
    check("how many days usually pass between my orders, the mean", "avg_days_between_orders");
    check("how many orders did I place so far", "orders");
    check("how often do i shop", "avg_days_between_orders");
    check("when will i order next", "avg_days_between_orders");
    check("what percentage of my items are reorders", "reorder_rate");
}

#[test]
fn chances_are_asked_of_the_model() {
    check_one("will i buy banana again?", &shopper(), "score_products", json!({"product_ids": [1]}));
    check_one(
        "am i likely to get whole milk next time",
        &shopper(),
        "score_products",
        json!({"product_ids": [3]}),
    );
    check_one(
        "probability user 11 reorders banana",
        &analyst(),
        "score_products",
        json!({"product_ids": [1], "user_id": 11}),
    );
}

#[test]
fn shopping_words_open_no_other_customers_rows() {
    for message in [
        "what is customer 8 running low on",
        "will user 9 buy banana again",
        "how many different products has customer 8 bought",
        "what did shopper 5 get in their first order",
    ] {
        assert_eq!(status(message, &shopper()), (Status::Refused, "not_allowed".into()), "{message}");
        assert_eq!(
            status(message, &Principal::guest()),
            (Status::Refused, "not_allowed".into()),
            "{message}"
        );
    }
}

#[test]
fn odd_wishes_do_not_panic() {
    for message in
        ["but", "no", "not not", "w/o", ":", "milk:", "no no milk", "for my party", "3", "like", "only"]
    {
        planned(message, &shopper());
        planned(message, &Principal::guest());
        planned(message, &analyst());
    }
}

#[test]
fn what_is_said_around_a_wish_changes_nothing() {
    searches("milk, I promised my dentist", &[json!({"aisle": "milk"})]);
    searches("a carton of milk for a risotto", &[json!({"aisle": "milk"})]);
    searches("we are hosting friends tonight, have you got bread?", &[json!({"aisle": "bread"})]);
    searches(
        "banana night! milk + bread",
        &[json!({"aisle": "milk", "limit": 4}), json!({"aisle": "bread", "limit": 4})],
    );
}

#[test]
fn what_is_ruled_out_may_stand_anywhere() {
    let bread = json!({"aisle": "bread", "exclude": ["banana"]});
    for message in [
        "bread other than banana",
        "bread with anything but banana",
        "bread, everything with banana is out",
        "bread - banana is no good for me",
        "bread, nothing with banana",
    ] {
        searches(message, std::slice::from_ref(&bread));
    }
    searches(
        "I can't eat gluten, which bread do you have?",
        &[json!({"query": "bread", "attributes": ["gluten_free"]})],
    );
}

#[test]
fn visitors_are_told_how_many_products_there_are() {
    for message in ["how many organic products do you have?", "number of organic products in your catalogue"]
    {
        check_one(
            message,
            &Principal::guest(),
            "search_catalog",
            json!({"query": "", "attributes": ["organic"], "count": true}),
        );
    }
}

#[test]
fn whatever_suits_the_basket_is_bought_together_with_it() {
    for message in
        ["complete my cart please", "anything that suits my basket?", "2 more things matching my basket"]
    {
        let calls = calls_with_basket(message, &shopper(), &[ProductId(1)]);
        let [(tool, arguments)] = calls.as_slice() else { panic!("{message}: {calls:?}") };
        assert_eq!(
            (tool.as_str(), &arguments["relation"]),
            ("related_products", &json!("bought_together")),
            "{message}"
        );
    }
}

#[test]
fn new_and_due_are_said_in_many_ways() {
    let check = |message: &str, arguments| check_one(message, &shopper(), "recommend", arguments);
    check(
        "suggest beverages that are not in my history",
        json!({"mode": "discover", "department": "beverages"}),
    );
    check(
        "bakery things I have not had so far, make it 5",
        json!({"mode": "discover", "department": "bakery", "limit": 5}),
    );
    check("which of my things are due for a refill?", json!({"mode": "repeat"}));
    check(
        "time to restock: what do I need from the bakery?",
        json!({"mode": "repeat", "department": "bakery"}),
    );
}

#[test]
fn orders_are_named_by_their_place_in_the_row() {
    check_one("show the products of my 5th order", &shopper(), "purchase_history", json!({"order": 5}));
    check_one("what was in my third order?", &shopper(), "purchase_history", json!({"order": 3}));
}

#[test]
fn how_often_one_product_is_sold_is_on_its_page() {
    for message in [
        "how often is Organic Avocado sold?",
        "is Organic Avocado popular",
        "how many times was Organic Avocado bought",
    ] {
        check_one(message, &Principal::guest(), "get_product", json!({"product_id": 2}));
    }
    // Who buys it is not.
    assert_eq!(status("how many customers buy Organic Avocado", &Principal::guest()).0, Status::Refused);
}

#[test]
fn best_sellers_may_be_those_of_a_stretch_of_hours() {
    let morning = json!({"hour": 6, "to_hour": 11});
    check_one("most popular products in the morning", &Principal::guest(), "popular_products", morning);
    let night = json!({"hour": 0, "to_hour": 5, "limit": 5});
    check_one("5 products people buy most at night", &Principal::guest(), "popular_products", night);
    check_one(
        "what is the most popular product in the whole store",
        &Principal::guest(),
        "popular_products",
        json!({"limit": 1}),
    );
}

#[test]
fn a_numbered_order_is_shown_and_no_habit() {
    for message in ["show me order number 5 again", "whatever was in my 5th order, show it again"] {
        check_one(message, &shopper(), "purchase_history", json!({"order": 5}));
    }
    let hours = json!({"metrics": ["orders"], "dimensions": ["order_hour_of_day"],
        "filters": [{"field": "user_id", "op": "eq", "values": [7]}]});
    check_one("when do I usually order", &shopper(), "query_metrics", hours);
}

#[test]
fn places_are_ranked_by_what_the_shop_lists_there() {
    let guest = Principal::guest();
    let of = |kind: &str, by: &str, limit: u32| json!({"query": "", "kinds": [kind], "by_size": by, "limit": limit});
    for (message, kind, by, limit) in [
        ("which department has the most products", "department", "largest", 1),
        ("which aisle carries the fewest different products", "aisle", "smallest", 1),
        ("the department with the widest choice", "department", "largest", 1),
        ("what is your biggest aisle", "aisle", "largest", 1),
        ("list the departments with the most articles, top 5", "department", "largest", 5),
    ] {
        check_one(message, &guest, "search_catalog", of(kind, by, limit));
    }
    // What is sold there is no assortment.
    assert_eq!(status("which aisle sells the most items", &guest).0, Status::Refused);
}

#[test]
fn what_goes_into_the_baskets_of_others_needs_no_basket_of_ones_own() {
    for message in [
        "what do others put in their basket along with hummus",
        "what do people put in their cart together with hummus",
    ] {
        check_one(
            message,
            &Principal::guest(),
            "related_products",
            json!({"names": ["hummus"], "relation": "bought_together"}),
        );
    }
    for message in ["closest thing to hummus you carry", "i need something close to hummus"] {
        check_one(
            message,
            &Principal::guest(),
            "related_products",
            json!({"names": ["hummus"], "relation": "substitute"}),
        );
    }
}
