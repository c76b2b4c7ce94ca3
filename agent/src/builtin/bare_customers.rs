//! Customers by their number alone: "what does 786 buy most", "786's favourites", "items bought by 786".
//!
//! Message of staff → the same with the word "customer" before such a number; nothing where there is none. Only a number
//! that does what a person does is one: what is counted ("did 20 customers order"), measured or told by the clock has its
//! unit behind it.

use super::clause::bare;

/// What asks what somebody does, right before them.
const AUXILIARIES: [&str; 9] = ["does", "did", "will", "would", "has", "is", "can", "was", "should"];

/// What somebody does, right behind them.
const DOINGS: [&str; 24] = [
    "buy",
    "buys",
    "bought",
    "order",
    "orders",
    "ordered",
    "purchase",
    "purchased",
    "like",
    "likes",
    "likely",
    "usually",
    "typically",
    "normally",
    "mostly",
    "often",
    "always",
    "ever",
    "never",
    "need",
    "want",
    "pick",
    "get",
    "going",
];

/// What is done by somebody.
const DONE: [&str; 7] = ["bought", "ordered", "purchased", "placed", "made", "picked", "purchases"];

/// What somebody has.
const OWNED: [&str; 16] = [
    "history",
    "profile",
    "purchases",
    "favourites",
    "favorites",
    "favourite",
    "favorite",
    "basket",
    "baskets",
    "segment",
    "orders",
    "habits",
    "recommendations",
    "suggestions",
    "summary",
    "staples",
];

/// What is done for somebody.
const FOR_SOMEBODY: [&str; 12] = [
    "recommend",
    "suggest",
    "suggestions",
    "recommendations",
    "recommendation",
    "offer",
    "propose",
    "pick",
    "history",
    "profile",
    "favourites",
    "favorites",
];

/// Whose number it is, where the message says so itself.
const NAMED: [&str; 14] = [
    "customer",
    "customers",
    "user",
    "users",
    "shopper",
    "shoppers",
    "client",
    "clients",
    "buyer",
    "person",
    "product",
    "order",
    "aisle",
    "department",
];

/// The message with the customers called so; none where no number stands alone for one.
pub(super) fn named(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split(' ').collect();
    let lower: Vec<String> = words.iter().map(|word| bare(word)).collect();
    let text = |at: usize| lower.get(at).map_or("", String::as_str);
    let before = |at: usize, steps: usize| at.checked_sub(steps).map_or("", text);
    let mut changed = false;
    let mut told: Vec<String> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let (number, owns) = match text(at).strip_suffix("'s").or_else(|| text(at).strip_suffix("’s")) {
            Some(number) => (number, true),
            None => (text(at), false),
        };
        let is_number = !number.is_empty() && number.len() <= 9 && number.chars().all(|c| c.is_ascii_digit());
        let is_named = NAMED.contains(&before(at, 1))
            || matches!(before(at, 1), "id" | "number" | "no" | "nr" | "and")
                && NAMED.contains(&before(at, 2));
        // What stands behind the number may be its unit, unless the clause ends with it.
        let ends = at + 1 == words.len() || word.ends_with([',', '?', '.', ';', ':', '!']);
        let asked = AUXILIARIES.contains(&before(at, 1)) || before(at, 1).ends_with("'s");
        let acts = asked && DOINGS.contains(&text(at + 1));
        let done = before(at, 1) == "by" && DONE.contains(&before(at, 2)) && ends;
        let owned = before(at, 1) == "of" && OWNED.contains(&before(at, 2)) && ends;
        let given = before(at, 1) == "for"
            && (ends || matches!(text(at + 1), "please" | "pls" | "next" | "list" | "to"))
            && lower.iter().any(|word| FOR_SOMEBODY.contains(&word.as_str()));
        let numbered = before(at, 1) == "id" && (ends || OWNED.contains(&text(at + 1)));
        if is_number && !is_named && (owns || acts || done || owned || given || numbered) {
            if numbered {
                told.pop();
            }
            told.push("customer".to_owned());
            changed = true;
        }
        told.push((*word).to_owned());
    }
    changed.then(|| told.join(" "))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_number_that_does_what_a_person_does_is_a_customer() {
        for (message, expected) in [
            ("what does 786 buy most", "what does customer 786 buy most"),
            ("786's favourite products", "customer 786's favourite products"),
            ("recommend something for 786", "recommend something for customer 786"),
            ("is 786 likely to come back?", "is customer 786 likely to come back?"),
            ("history of 786", "history of customer 786"),
            ("Items bought by 786?", "Items bought by customer 786?"),
            ("favourites of id 786", "favourites of customer 786"),
            ("id 786 purchases", "customer 786 purchases"),
            ("what's 786 likely to buy next", "what's customer 786 likely to buy next"),
        ] {
            assert_eq!(named(message).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_number_with_its_unit_or_its_name_is_none() {
        for message in [
            "how many were bought by 20 customers",
            "did 20 customers order twice",
            "what does customer 786 buy",
            "for 5 days recommend nothing",
            "products bought by at least 100",
            "user id 786",
            "orders at 10",
            "top 5 products",
            "which orders were placed by 10 am",
        ] {
            assert_eq!(named(message), None, "{message}");
        }
    }
}
