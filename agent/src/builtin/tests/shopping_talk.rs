//! How people talk about goods: other names for them, things with their kinds, words said once for several things,
//! stories before a request, and what shoppers ask about themselves without saying so.
//!
//! The shop of these tests sells each thing under many names, so that words stand beside each other as often as in a real
//! catalogue.

use domain::answer::Status;
use serde_json::{Value, json};

use super::*;
use crate::builtin::vocabulary::VocabularySource;

/// What the shop sells, each thing by [`BRANDS`] names.
const SOLD: &[&str] = &[
    "Brown Rice",
    "Basmati Rice",
    "Jasmine Rice",
    "Strawberry Jam",
    "Raspberry Jam",
    "Green Onions",
    "Eggplant",
    "Dish Soap",
    "Ginger Kombucha",
    "Oat Milk",
    "Almond Milk",
    "Frozen Spinach",
    "Fresh Spinach",
    "Banana",
    "Vegan Lentil Soup",
    "Mozzarella Sticks",
    "Granola",
    "Nuts",
    "Kale Chips",
    "Toothpaste",
    "Shampoo",
    "Raspberry Sorbet",
    "Mango Sorbet",
    "Turkey Bacon",
    "Couscous",
    "Hair Wash Gel",
    "Clean Teeth Kit",
];
const BRANDS: u32 = 30;

fn wide_shop() -> Vocabulary {
    let semantic = SemanticModel::builtin().unwrap();
    let names: Vec<(u32, String)> = SOLD
        .iter()
        .zip(0..)
        .flat_map(|(sold, kind)| {
            (1..=BRANDS).map(move |brand| (kind * BRANDS + brand, format!("Maker{brand} {sold}")))
        })
        .collect();
    Vocabulary::build(&VocabularySource {
        products: names.iter().map(|(id, name)| (*id, name.as_str(), 10)).collect(),
        aisles: vec![(10, "fresh fruits"), (11, "bread")],
        departments: vec![(20, "produce"), (21, "dairy eggs"), (22, "frozen")],
        segments: vec![(0, "Champions")],
        places: Vec::new(),
        semantic: &semantic,
    })
}

fn calls_in(message: &str, principal: &Principal, shop: &Vocabulary) -> Vec<(String, Value)> {
    let semantic = SemanticModel::builtin().unwrap();
    let asked = Asked { message, principal, history: &[], basket: &[], semantic: &semantic };
    match plan(&asked, shop, THRESHOLD).decision {
        Decision::Call(calls) => calls.into_iter().map(|call| (call.tool, tidy(call.arguments))).collect(),
        Decision::Finish(draft) => panic!("{message}: no call but {:?}: {}", draft.status, draft.text),
    }
}

/// The searches of a visitor's message in the wide shop.
fn searches(message: &str, expected: &[Value]) {
    let calls = calls_in(message, &Principal::guest(), &wide_shop());
    let expected: Vec<(String, Value)> =
        expected.iter().map(|arguments| ("search_catalog".to_owned(), arguments.clone())).collect();
    assert_eq!(calls, expected, "{message}");
}

/// The only call of a message in the small shop.
fn check(message: &str, principal: &Principal, tool: &str, arguments: Value) {
    let calls = calls_in(message, principal, &small_shop());
    assert_eq!(calls, [(tool.to_owned(), arguments)], "{message}");
}

#[test]
fn goods_are_found_by_the_names_of_other_places() {
    searches("got any aubergines?", &[json!({"query": "eggplant"})]);
    searches("spring onions", &[json!({"query": "green onions"})]);
    searches("washing up liquid pls", &[json!({"query": "dish soap"})]);
    searches("is oatmilk something you sell?", &[json!({"query": "oat milk"})]);
    searches("mozarella sticks", &[json!({"query": "mozzarella sticks"})]);
}

#[test]
fn a_thing_is_told_with_its_kinds() {
    searches(
        "rice - brown, basmati, jasmine",
        &[
            json!({"query": "brown rice", "limit": 4}),
            json!({"query": "basmati rice", "limit": 4}),
            json!({"query": "jasmine rice", "limit": 4}),
        ],
    );
    searches(
        "two kinds of jam: strawberry and raspberry",
        &[json!({"query": "strawberry jam", "limit": 1}), json!({"query": "raspberry jam", "limit": 1})],
    );
    searches("kombucha, ginger flavored if there is any", &[json!({"query": "ginger kombucha"})]);
    searches(
        "only organic: nuts, granola",
        &[
            json!({"query": "organic nuts", "attributes": ["organic"], "limit": 4}),
            json!({"query": "organic granola", "attributes": ["organic"], "limit": 4}),
        ],
    );
}

#[test]
fn what_somebody_is_about_to_do_is_no_wish() {
    let two = [json!({"query": "nuts", "limit": 4}), json!({"query": "granola", "limit": 4})];
    for message in [
        "baking a cake on sunday so nuts, granola",
        "putting together a snack board, so nuts and granola",
        "making breakfast for the kids, nuts, granola",
        "hosting a brunch tomorrow: nuts, granola",
    ] {
        searches(message, &two);
    }
    searches(
        "nuts. Granola is fine, so is toothpaste",
        &[
            json!({"query": "nuts", "limit": 4}),
            json!({"query": "granola", "limit": 4}),
            json!({"query": "toothpaste", "limit": 4}),
        ],
    );
}

#[test]
fn a_kind_said_behind_belongs_to_the_thing() {
    searches("shampoo yes, toothpaste no", &[json!({"query": "shampoo", "exclude": ["toothpaste"]})]);
    searches("jam, raspberry excluded", &[json!({"query": "jam", "exclude": ["raspberry"]})]);
    searches("milk but almond style", &[json!({"query": "almond milk"})]);
    searches("jam, every pack size you stock", &[json!({"query": "jam"})]);
    searches(
        "strawberry jam... or raspberry, i dont mind which",
        &[json!({"query": "strawberry jam", "limit": 4}), json!({"query": "raspberry jam", "limit": 4})],
    );
}

#[test]
fn what_wishes_are_wrapped_in_is_no_wish() {
    let soup = [json!({"query": "lentil soup"})];
    for message in [
        "Lentil soup please. I would make it myself, but it has been one of those weeks.",
        "It was a long day at work, so I need lentil soup",
        "lentil soup, because my phone died and I cannot look up the recipe",
        "my grandmother wants lentil soup",
        "I moved to the city last month. Do you have lentil soup?",
        "they had no bread in the other place, do you have lentil soup",
    ] {
        searches(message, &soup);
    }
    let staff = |message: &str| calls_in(message, &analyst(), &wide_shop());
    for message in ["a customer on the phone asks for granola", "do we carry granola? client on the line"] {
        assert_eq!(staff(message), [("search_catalog".to_owned(), json!({"query": "granola"}))], "{message}");
    }
}

#[test]
fn a_need_is_told_by_what_is_done() {
    for message in
        ["something to wash my hair with", "what can I use for washing my hair?", "stuff to wash the hair"]
    {
        searches(message, &[json!({"query": "shampoo"})]);
    }
    searches("anything to clean my teeth?", &[json!({"query": "toothpaste"})]);
    searches("cous cous", &[json!({"query": "couscous"})]);
}

#[test]
fn what_stands_behind_a_thing_says_of_which_kind() {
    let sorbets =
        [json!({"query": "raspberry sorbet", "limit": 4}), json!({"query": "mango sorbet", "limit": 4})];
    searches("sorbet, raspberry or mango", &sorbets);
    searches("sorbet! raspberry or mango", &sorbets);
    searches("bacon but from turkey", &[json!({"query": "turkey bacon"})]);
    let organic = |query: &str| json!({"query": query, "attributes": ["organic"], "limit": 4});
    searches(
        "organic nuts, granola and couscous",
        &["organic nuts", "organic granola", "organic couscous"].map(organic),
    );
    searches("nuts and granola, all organic", &["nuts organic", "granola organic"].map(organic));
    searches("granola. The plain one, not nuts.", &[json!({"query": "granola", "exclude": ["nuts"]})]);
}

#[test]
fn a_word_said_once_stands_for_several_things() {
    searches(
        "fresh or frozen spinach",
        &[json!({"query": "fresh spinach", "limit": 4}), json!({"query": "frozen spinach", "limit": 4})],
    );
    searches(
        "oat milk or else almond",
        &[json!({"query": "oat milk", "limit": 4}), json!({"query": "almond milk", "limit": 4})],
    );
    searches(
        "brown and basmati rice",
        &[json!({"query": "brown rice", "limit": 4}), json!({"query": "basmati rice", "limit": 4})],
    );
    searches(
        "nuts or banana",
        &[json!({"query": "nuts", "limit": 4}), json!({"query": "banana", "limit": 4})],
    );
    let listed = calls_in("bananas milk bread", &Principal::guest(), &small_shop());
    let search = |arguments: Value| ("search_catalog".to_owned(), arguments);
    assert_eq!(
        listed,
        [
            search(json!({"query": "bananas", "limit": 4})),
            search(json!({"query": "", "aisle": "milk", "limit": 4})),
            search(json!({"query": "", "aisle": "bread", "limit": 4})),
        ]
    );
}

#[test]
fn only_what_is_ruled_out_is_ruled_out() {
    searches("non organic bananas", &[json!({"query": "bananas", "exclude_attributes": ["organic"]})]);
    searches("nut free granola", &[json!({"query": "granola", "exclude": ["nut"]})]);
    searches("frozen not fresh spinach", &[json!({"query": "frozen spinach", "exclude": ["fresh"]})]);
    searches(
        "granola that has neither nuts nor banana",
        &[json!({"query": "granola", "exclude": ["nuts", "banana"]})],
    );
    searches("i can't find kale chips, do you even have those", &[json!({"query": "kale chips"})]);
    searches("you wouldn't happen to sell kombucha", &[json!({"query": "kombucha"})]);
}

#[test]
fn a_story_before_a_request_is_no_wish_and_no_reason_to_ask_back() {
    searches("my sister comes over on friday, so do you have granola?", &[json!({"query": "granola"})]);
    searches(
        "it is my son's birthday next week and he loves bananas; which jams do you have?",
        &[json!({"query": "jams"})],
    );
    searches(
        "my sister only eats vegan. do you have lentil soup?",
        &[json!({"query": "vegan lentil soup", "attributes": ["vegan"]})],
    );
    searches("could you help me find some granola?", &[json!({"query": "granola"})]);
    searches("how about some kale chips", &[json!({"query": "kale chips"})]);
}

#[test]
fn an_allergy_told_in_a_story_is_not_forgotten() {
    let semantic = SemanticModel::builtin().unwrap();
    let principal = Principal::guest();
    let message = "my kid is allergic to nuts. which granola do you have?";
    let asked = Asked { message, principal: &principal, history: &[], basket: &[], semantic: &semantic };
    let Decision::Finish(draft) = plan(&asked, &wide_shop(), THRESHOLD).decision else { panic!("a call") };
    assert_eq!(draft.status, Status::Refused);
}

#[test]
fn the_shop_is_asked_to_choose_in_many_ways() {
    let shopper = shopper();
    check("what would you put in my trolley", &shopper, "recommend", json!({}));
    check("make me a shopping list", &shopper, "recommend", json!({}));
    check("the normal weekly shop please", &shopper, "recommend", json!({"mode": "repeat"}));
    check("what am i likely to run out of soon", &shopper, "recommend", json!({"mode": "repeat"}));
    check("things i haven't bought in a while", &shopper, "recommend", json!({"mode": "repeat"}));
    check(
        "something different for once, from the bakery",
        &shopper,
        "recommend",
        json!({"mode": "discover", "department": "bakery"}),
    );
    check(
        "anything i have not tried from frozen",
        &shopper,
        "recommend",
        json!({"mode": "discover", "department": "frozen"}),
    );
    check(
        "not my usual bread, something else",
        &shopper,
        "recommend",
        json!({"mode": "discover", "aisle": "bread"}),
    );
    check(
        "tips for a picnic from the bakery?",
        &Principal::guest(),
        "recommend",
        json!({"department": "bakery"}),
    );
    check("next basket of customer 5", &analyst(), "recommend", json!({"user_id": 5}));
}

#[test]
fn a_chance_is_asked_in_many_ways() {
    for message in [
        "how likely am i to buy banana in my next order",
        "is banana going to be in my next basket",
        "should i expect to reorder banana",
        "will i need banana again soon",
        "odds of banana next order",
    ] {
        check(message, &shopper(), "score_products", json!({"product_ids": [1]}));
    }
}

#[test]
fn companions_and_substitutes_are_asked_in_many_ways() {
    let together = json!({"product_ids": [1], "relation": "bought_together"});
    for message in [
        "what to buy with banana",
        "banana and what else?",
        "good combos with banana",
        "what accompanies banana well",
    ] {
        check(message, &Principal::guest(), "related_products", together.clone());
    }
    let substitute = json!({"product_ids": [1], "relation": "substitute"});
    for message in [
        "something that is like banana",
        "banana is sold out, what can i take instead",
        "what would you swap banana for",
        "another option for banana",
    ] {
        check(message, &Principal::guest(), "related_products", substitute.clone());
    }
}

#[test]
fn everybody_is_spoken_of_in_many_ways() {
    let guest = Principal::guest();
    check("what's everyone buying", &guest, "popular_products", json!({}));
    check("the 5 favorites of all customers", &guest, "popular_products", json!({"limit": 5}));
    check("what is your number 1 bread", &guest, "popular_products", json!({"aisle": "bread", "limit": 1}));
    check("which products sell best?", &guest, "popular_products", json!({}));
    check("what do people usually get here", &guest, "popular_products", json!({}));
}

#[test]
fn habits_and_orders_are_told_in_many_ways() {
    let history = |message: &str, arguments| check(message, &shopper(), "purchase_history", arguments);
    history("which bread do i normally eat", json!({"aisle": "bread"}));
    history("same as last time", json!({"order": -1}));
    history("what was in my order number 3", json!({"order": 3}));
    history("what did i get the time before last", json!({"order": -2}));
    history("my top ten", json!({"limit": 10}));
    history("do i usually get milk", json!({"terms": ["milk"]}));
}

#[test]
fn a_shopper_need_not_say_that_a_figure_is_their_own() {
    let own = |metric: &str| json!({"metrics": [metric], "filters": [{"field": "user_id", "op": "eq", "values": [7]}]});
    check("average basket?", &shopper(), "query_metrics", own("basket_size"));
    check("how many unique products", &shopper(), "query_metrics", own("products_bought"));
    check("how long ago did i order", &shopper(), "customer_profile", json!({}));
    check("how would you describe me as a customer", &shopper(), "customer_profile", json!({}));
}

#[test]
fn places_are_counted_for_visitors() {
    let guest = Principal::guest();
    check(
        "how many aisles are there",
        &guest,
        "search_catalog",
        json!({"query": "", "kinds": ["aisle"], "count": true}),
    );
    check(
        "how many departments do you have",
        &guest,
        "search_catalog",
        json!({"query": "", "kinds": ["department"], "count": true}),
    );
}
