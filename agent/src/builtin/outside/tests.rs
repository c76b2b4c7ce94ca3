//! Families of questions outside the data, each with its harmless neighbours.

use super::{
    Outside::{
        Calendar, Company, Forecast, Health, Money, Nutrition, Opinion, Person, Place, Quantity, Service,
        Stock, World,
    },
    *,
};
use crate::builtin::{link::link, normalise::normalise, vocabulary::tests::small_shop};

fn reason(message: &str) -> Option<Outside> {
    let shop = small_shop();
    let tokens = normalise(message, &shop);
    outside(&Words::new(&tokens, &link(&tokens, &shop)), message, true)
}

/// Every reason that a rule can give.
pub(in crate::builtin) fn reasons() -> impl Iterator<Item = Outside> {
    OUTSIDE_DATA.iter().map(|(_, reason)| *reason)
}

#[test]
fn what_is_set_aside_is_not_asked_for() {
    let check = |message: &str, expected: Option<&str>| {
        assert_eq!(without_asides(message).as_deref(), expected, "{message}");
    };
    check("Top 5 teas - never mind the price.", Some("Top 5 teas -"));
    check("weather aside, when is tea bought most", Some("when is tea bought most"));
    check("best sellers regardless of price", None);
    check("regardless of their price, which teas sell", Some("which teas sell"));
    check("never mind the tea, how many lemons", None);
    check("what is the price of tea", None);
}

fn check(expected: Outside, messages: &[&str]) {
    for message in messages {
        assert_eq!(reason(message), Some(expected), "{message}");
    }
}

#[test]
fn what_visitors_want_of_a_shop_is_known_by_its_subject() {
    check(
        Money,
        &[
            "what will I have to shell out for a lemon",
            "which card did I use",
            "anything on special this week",
        ],
    );
    check(Place, &["is there a store of yours close to me", "have you got a shop round my corner"]);
    check(
        Service,
        &[
            "where is my stuff, it should have been here by now",
            "do you have a club card",
            "is there a toilet in the store",
            "can I pick it up myself",
        ],
    );
    check(Stock, &["is the bread baked today", "how much waste is there in produce"]);
    check(Opinion, &["what do people say about the tea", "what do customers think of the granola"]);
    check(Quantity, &["how many lemons come in a bag in one pack"]);
    check(Nutrition, &["are there nuts in the granola"]);
    check(World, &["give me a good lasagna recipe"]);
    for message in
        ["how many customers think twice", "orders at the corner of the day", "nuts in the snacks aisle"]
    {
        assert_eq!(reason(message), None, "{message}");
    }
}

#[test]
fn what_is_not_in_the_data_is_known_by_its_subject() {
    check(
        Money,
        &["how much is a lemon in €", "who are our big spenders", "which aisle makes the best margin"],
    );
    check(
        Calendar,
        &["sales in 2016", "is tea a winter product", "orders around easter", "compare Q2 and Q4"],
    );
    check(
        Forecast,
        &[
            "what if we closed the bakery",
            "orders over the next twelve weeks",
            "suppose we opened at night, how many orders would come",
            "why do people buy tea",
        ],
    );
    check(Person, &["are our shoppers mostly women", "average age of a buyer", "phone of customer 8"]);
    check(Place, &["items by region", "which store sells most tea", "how is demand in texas"]);
    check(Stock, &["is tea sold out", "how many lemons are left", "shelf life of tofu"]);
    check(Service, &["track my parcel", "are you open on sunday", "I want to return this tea"]);
    check(
        Company,
        &["who is the supplier of tofu", "did the newsletter help", "how do we do against walmart"],
    );
    check(Nutrition, &["which tea has the most sugar", "calories of tofu", "is tofu healthy"]);
    check(
        Stock,
        &["is the tofu in stock today", "what ends up in the bin", "how many lemons are still left"],
    );
    check(
        Service,
        &["could you move my slot", "orders that reached the customer late", "what do people grumble about"],
    );
    check(
        Company,
        &[
            "who supplies our tea",
            "headcount of the night shift",
            "who owns this company",
            "how many pickers",
        ],
    );
    check(Quantity, &["units of tea per order line"]);
    check(Money, &["are we in the black", "mark up on tea", "what do we owe on tea"]);
    check(World, &["say something funny", "300 words on rome", "book the meeting room"]);
    check(Nutrition, &["does my tea give me enough iron"]);
    check(Health, &["tea and acid reflux, good idea or not"]);
    check(Health, &["is tofu safe for my cat", "I have a nut allergy", "does tofu contain gluten"]);
    check(Opinion, &["best rated tea", "which tofu is the tastiest"]);
    check(Quantity, &["how many kilos of tea were sold", "how much does a lemon weigh"]);
    check(
        World,
        &["tell me a joke", "capital of Peru", "will it rain", "write a poem", "who will win the election"],
    );
}

#[test]
fn what_keeps_what_people_feel_and_who_they_are_is_not_known() {
    check(Stock, &["what is the expiry date of the milk", "best before dates of eggs"]);
    check(Opinion, &["are our customers happy", "what do vegans think about our assortment"]);
    check(Person, &["who is customer 42, give me their name", "the customer and his name"]);
    check(Place, &["where is the next store"]);
    assert_eq!(reason("basket size on day 0 versus the other days"), None);
}

#[test]
fn words_with_a_harmless_use_are_left_alone() {
    for message in [
        "products bought by a quarter of the customers",
        "find chicken stock",
        "do you stock lemons",
        "a dozen ideas for movie night",
        "which segment do most customers fall into",
        "how many customers come back within two weeks",
        "expected orders in the next 28 days",
        "how many orders came at most seven days after the one before",
        "may I see the top aisles",
        "sugar free tea",
        "low sodium soup",
        "which products have protein in the name",
        "spring water",
        "what should I buy today",
        "a gallon of milk",
        "reorder rate by order number",
        "what are the aisles of the department",
        "vitamins for women",
        "how old is the data",
        "brand new customers",
        "suppose we only keep large baskets, what is the reorder rate",
        "why is that",
        "deliver me a table of orders by hour",
        "headcount of each segment",
        "aisles with more than 2000 items",
        "products with the word date in the name",
        "where does this figure come from",
        "the shelf has more than 20 products",
        "a colleague asked how many orders there are",
        "drop anything under 100 purchases, which aisles are left",
        "which four hours give my pickers the most items",
        "the night shift, hours 0 to 5: how many orders",
        "orders of day 3 that arrive in the morning",
        "is there any tofu in stock",
        "are the evenings worth it, share of orders by part of the day",
        "how old is their previous order on average",
        "for orders 3, 6 and 9 may I see the days between orders",
        "expected orders over the coming 60 days",
        "macro reorder rate",
    ] {
        assert_eq!(reason(message), None, "{message}");
    }
}
