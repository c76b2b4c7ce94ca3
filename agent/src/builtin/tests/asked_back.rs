//! First messages that lack something: what they point at, the figure, the bound, the end of the sentence.

use super::*;

fn asked_back(principal: &Principal, messages: &[&str]) {
    for message in messages {
        let (status, text) = status(message, principal);
        assert_eq!(status, Status::Clarify, "{message}: {text}");
    }
}

fn read_on(principal: &Principal, messages: &[&str]) {
    for message in messages {
        let called = matches!(planned(message, principal).decision, Decision::Call(_));
        assert!(called, "{message}");
    }
}

#[test]
fn a_verb_before_a_pronoun_is_nothing_that_it_means() {
    asked_back(
        &analyst(),
        &[
            "who are they exactly?",
            "could you round those to one decimal",
            "how much bigger is it than last time",
            "add their reorder rate as an extra column",
            "redo it with medians",
            "leave Organic Whole Milk out of it",
            "the aisle from before: how many customers does it have?",
            "which ones did you leave out?",
        ],
    );
    asked_back(
        &Principal::guest(),
        &["anything similar to those two?", "the darker one of the pair, is it popular?"],
    );
    read_on(&analyst(), &["bananas: how often is it reordered", "how many aisles are there"]);
}

#[test]
fn how_to_tell_it_without_a_figure_is_asked_about() {
    asked_back(
        &analyst(),
        &[
            "one row per hour of the day. Thank you.",
            "plot against order number",
            "please show the development by order number",
            "I would like a ranking of the aisles",
            "i need the mean for bananas",
            "number in frozen?",
            "produce or frozen, who wins?",
        ],
    );
    read_on(&analyst(), &["items per hour of the day", "number of aisles", "top 5 aisles by items"]);
}

#[test]
fn a_bound_or_a_verdict_without_a_measure_is_asked_about() {
    asked_back(
        &analyst(),
        &[
            "products that hardly anyone buys, number",
            "what % of customers has just few orders",
            "quiet hours: how many are there in a day?",
            "is a reorder rate of 0.6 ok?",
            "is a basket size of 8 good?",
            "what do you make of the evening",
        ],
    );
}

#[test]
fn a_relative_clause_without_its_object_stops_early() {
    asked_back(
        &analyst(),
        &[
            "share of orders that contain",
            "aisles where the reorder rate is above",
            "customers who also bought",
        ],
    );
    read_on(&shopper(), &["three aisles i buy the most items from"]);
}

#[test]
fn a_weekday_inside_a_trend_and_a_report_without_a_figure_are_asked_back() {
    asked_back(
        &analyst(),
        &[
            "what's the trend over the week, monday to sunday",
            "the usual report please",
            "what changed",
            "how do we stand in produce",
            "the ratio for dairy eggs",
        ],
    );
    for dated in ["the trend of orders in may", "sales on monday compared with last year"] {
        assert_eq!(status(dated, &analyst()).0, Status::Refused, "{dated}");
    }
}

#[test]
fn a_sentence_whose_object_stands_before_is_whole() {
    read_on(
        &analyst(),
        &[
            "customer 42 and customer 7: orders, average days in between",
            "churn risk of customers who have ordered at night, next to that of customers who never have",
            "median number of buyers per product",
        ],
    );
    asked_back(&analyst(), &["number of customers who have", "median buyers by"]);
}
