//! Orders to change what the shop stores: "change banana's reorder rate, make it 100%", "block customer 7", "add a product
//! called …".
//!
//! Words of a message → whether it opens with such an order. The verb alone says little, since an answer is changed by the
//! same verbs ("change it to dairy", "add a column", "swap the view"): its object decides. Records are customers, orders,
//! the catalogue and what is measured of them; rows, limits and views belong to an answer.

use crate::builtin::patterns::{Word, Words};

/// What stands before an order without being one.
const COURTESY: &[&str] = &[
    "please", "pls", "plz", "kindly", "could", "can", "would", "will", "you", "u", "just", "now", "hey",
    "hi", "hello", "ok", "okay", "go", "ahead", "and", "then", "also", "i", "we", "want", "need", "like",
    "to", "have", "mind", "be", "so", "good", "kind", "as", "quickly", "quick",
];
/// So many words of courtesy at most.
const LONGEST_COURTESY: usize = 8;
/// Verbs that give a value.
const SETS: &[&str] = &[
    "set",
    "change",
    "alter",
    "amend",
    "adjust",
    "edit",
    "modify",
    "update",
    "correct",
    "fix",
    "bump",
    "raise",
    "lower",
    "increase",
    "decrease",
    "reduce",
    "boost",
    "push",
    "put",
    "tweak",
    "rewrite",
    "make",
    "let",
    "overwrite",
    "reset",
    "bring",
];
/// Verbs that give one to a count, which are not said of a limit of rows.
const SETS_COUNTS: &[&str] = &["correct", "fix", "falsify", "overwrite", "reset"];
/// Verbs that make more or less of what was counted.
const INFLATES: &[&str] =
    &["double", "triple", "halve", "bump", "inflate", "falsify", "fudge", "boost", "pump", "massage", "fake"];
/// Figures that a value is given to.
const RATES: &[&str] = &["rate", "churn", "risk", "score", "price", "probability", "lift", "penetration"];
/// What is counted.
const COUNTS: &[&str] =
    &["order", "item", "purchase", "sale", "customer", "figure", "history", "stock", "count", "line"];
/// What belongs to an answer.
const OF_THE_ANSWER: &[&str] = &[
    "row",
    "limit",
    "list",
    "threshold",
    "bar",
    "top",
    "chart",
    "table",
    "column",
    "view",
    "filter",
    "ranking",
    "sort",
    "answer",
    "result",
    "axis",
    "focus",
    "topic",
    "cut",
];
/// Words that ask.
const ASKS: &[&str] = &[
    "how", "which", "what", "who", "show", "compare", "than", "rank", "find", "tell", "where", "if", "when",
    "by", "per", "between", "without",
];
/// Customers.
const CUSTOMERS: &[&str] = &["customer", "user", "shopper", "client", "account", "member", "household"];
/// What is done to customers.
const ACTS: &[&str] = &[
    "block",
    "ban",
    "unblock",
    "unban",
    "suspend",
    "blacklist",
    "fire",
    "kick",
    "email",
    "mail",
    "message",
    "notify",
    "call",
    "phone",
    "text",
    "warn",
    "reward",
    "activate",
    "reactivate",
    "anonymise",
    "anonymize",
    "swap",
    "switch",
    "promote",
    "demote",
    "upgrade",
    "downgrade",
    "lock",
    "close",
    "freeze",
    "charge",
    "refund",
];
/// Records that are made.
const MADE: &[&str] = &[
    "product",
    "item",
    "customer",
    "aisle",
    "department",
    "segment",
    "user",
    "order",
    "purchase",
    "account",
];
/// Where goods are kept.
const PLACES: &[&str] = &["aisle", "department", "segment"];

/// Whether the message orders a change of what is stored.
pub(super) fn orders_change(words: &Words) -> bool {
    let skipped = words.0.iter().take_while(|word| COURTESY.contains(&word.text.as_str())).count();
    if skipped > LONGEST_COURTESY {
        return false;
    }
    let Some(order) = words.0.get(skipped..) else { return false };
    let Some((verb, said)) = order.split_first() else { return false };
    let verb = verb.text.as_str();
    gives_value(verb, said)
        || inflates(verb, said)
        || acts_on_customer(verb, said)
        || makes_record(verb, said)
        || moves_goods(verb, said)
        || takes_out(verb, said)
        || brings_back(verb, said)
        || edits_name(verb, said)
}

fn has(words: &[Word], list: &[&str]) -> bool {
    words.iter().any(|word| word.one_of(list) || list.contains(&word.text.as_str()))
}

/// "set the reorder rate of banana to 1", "change banana's reorder rate, make it 100%", "let the reorder rate be 90%".
fn gives_value(verb: &str, said: &[Word]) -> bool {
    if !SETS.contains(&verb) && verb != "falsify" || has(said, OF_THE_ANSWER) || has(said, ASKS) {
        return false;
    }
    let value = |at: usize| {
        said.get(at).is_some_and(|word| {
            word.text.starts_with(|c: char| c.is_ascii_digit())
                || matches!(word.text.as_str(), "zero" | "null" | "nothing" | "hundred")
        })
    };
    let text = |at: usize| said.get(at).map_or("", |word| word.text.as_str());
    let target = (0..said.len()).find(|at| match text(*at) {
        "to" | "at" | "be" | "by" => value(at + 1),
        "make" | "set" => text(at + 1) == "it" && (value(at + 2) || value(at + 3)),
        _ => false,
    });
    let Some(object) = target.and_then(|end| said.get(..end)) else { return false };
    let of_customer = object
        .windows(2)
        .any(|pair| matches!(pair, [who, number] if who.one_of(CUSTOMERS) && number.number.is_some()));
    has(object, RATES) || (SETS_COUNTS.contains(&verb) || of_customer) && has(object, COUNTS)
}

/// "double the orders of customer 7", "bump up the number of orders on day 3".
fn inflates(verb: &str, said: &[Word]) -> bool {
    let rest = match said.first().map(|word| word.text.as_str()) {
        Some("up" | "down") => said.get(1..).unwrap_or_default(),
        _ => said,
    };
    let definite =
        rest.first().is_some_and(|word| matches!(word.text.as_str(), "the" | "our" | "all" | "my" | "its"));
    INFLATES.contains(&verb)
        && definite
        && (has(rest, COUNTS) || has(rest, RATES))
        && !has(rest, OF_THE_ANSWER)
        && !has(rest, ASKS)
}

/// "block customer 7", "switch user 9 off".
fn acts_on_customer(verb: &str, said: &[Word]) -> bool {
    let numbered =
        |pair: &[Word]| matches!(pair, [who, number] if who.one_of(CUSTOMERS) && number.number.is_some());
    let gives = matches!(verb, "give" | "send" | "write" | "offer" | "book" | "place" | "submit" | "enter");
    let given =
        ["coupon", "voucher", "discount", "email", "mail", "message", "refund", "gift", "order", "reminder"];
    let near = said.get(..said.len().min(6)).unwrap_or_default();
    let direct = near.get(..near.len().min(3)).unwrap_or_default();
    ACTS.contains(&verb)
        && said.first().is_none_or(|word| word.text != "of")
        && direct.windows(2).any(numbered)
        && !has(said, ASKS)
        || gives
            && near.windows(2).any(numbered)
            && has(near, &given)
            && near.iter().any(|word| matches!(word.text.as_str(), "a" | "an" | "another" | "new"))
}

/// "add a product called Moon Cheese", "open a new aisle for pets".
fn makes_record(verb: &str, said: &[Word]) -> bool {
    let makes =
        matches!(verb, "add" | "create" | "register" | "open" | "invent" | "introduce" | "enter" | "set");
    let text = |at: usize| said.get(at).map_or("", |word| word.text.as_str());
    let mut at = usize::from(verb == "set" && text(0) == "up");
    let article = matches!(text(at), "a" | "an" | "another" | "new" | "one" | "some");
    while matches!(text(at), "a" | "an" | "another" | "new" | "one" | "some" | "more" | "fake") {
        at += 1;
    }
    let record = said.get(at).is_some_and(|word| word.one_of(MADE));
    let ends = matches!(text(at + 1), "" | "called" | "named" | "for" | "with" | "like" | "to");
    makes && article && record && ends
}

/// "put bananas into the snacks aisle".
fn moves_goods(verb: &str, said: &[Word]) -> bool {
    let text = |at: usize| said.get(at).map_or("", |word| word.text.as_str());
    let to = (1..said.len()).find(|at| {
        matches!(text(*at), "into" | "under") || matches!(text(*at), "to" | "in") && text(at + 1) == "the"
    });
    let ends = said.last().is_some_and(|word| word.one_of(PLACES));
    matches!(verb, "put" | "move" | "shift" | "relocate" | "place" | "file" | "reassign")
        && to.is_some_and(|at| at + 2 < said.len())
        && ends
        && !has(said, ASKS)
        || verb == "swap"
            && text(0) == "the"
            && said.get(1).is_some_and(|word| word.one_of(PLACES) || word.one_of(&["product"]))
}

/// "take banana out of the catalogue", "remove the beer from my purchase history", "add 5 orders to my history".
fn takes_out(verb: &str, said: &[Word]) -> bool {
    const KEPT: &[&str] = &["catalogue", "catalog", "assortment", "database", "system"];
    const OWN: &[&str] = &["history", "purchase", "record", "profile", "past", "account"];
    let takes = matches!(
        verb,
        "take" | "pull" | "remove" | "strike" | "scrub" | "add" | "write" | "hide" | "put" | "get"
    );
    let text = |at: usize| said.get(at).map_or("", |word| word.text.as_str());
    let from =
        (1..said.len()).rev().find(|at| matches!(text(*at), "of" | "off" | "from" | "to" | "in" | "into"));
    let kept = from.and_then(|at| said.get(at + 1..)).unwrap_or_default();
    let own = kept.first().is_some_and(|word| word.text == "my") && has(kept, OWN);
    takes && kept.len() <= 4 && (own || has(kept, KEPT)) && !has(said, ASKS)
}

/// "undo the last import", "restore the deleted orders".
fn brings_back(verb: &str, said: &[Word]) -> bool {
    let near = said.get(..said.len().min(4)).unwrap_or_default();
    let lost = ["deleted", "lost", "cancelled", "canceled", "old", "last", "missing"];
    matches!(verb, "restore" | "undo" | "recover" | "reinstate" | "reimport")
        && has(near, &["order", "import", "record", "customer", "history", "purchase", "account"])
        && has(near, &lost)
}

/// "edit the name of aisle 24", "call the snacks department munchies from now on".
fn edits_name(verb: &str, said: &[Word]) -> bool {
    let text = |at: usize| said.get(at).map_or("", |word| word.text.as_str());
    let names = matches!(verb, "edit" | "alter" | "amend" | "correct" | "change" | "fix" | "replace");
    let name = matches!(text(0), "the" | "its") && matches!(text(1), "name" | "names" | "spelling" | "label");
    names && name && text(2) == "of"
        || matches!(verb, "edit" | "alter" | "amend") && has(said, &["name", "spelling"]) && !has(said, ASKS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::{attack::fold, link::link, normalise::normalise, vocabulary::tests::small_shop};

    fn orders(message: &str) -> bool {
        let shop = small_shop();
        let tokens = normalise(&fold(message), &shop);
        orders_change(&Words::new(&tokens, &link(&tokens, &shop)).bare())
    }

    #[test]
    fn what_the_shop_stores_is_not_changed_by_a_message() {
        for message in [
            "change banana's reorder rate, make it 100%",
            "set the reorder rate of banana to 1",
            "please let the reorder rate of milk be 90%",
            "lower the churn of customer 313 to 0",
            "could you correct the number of orders to 40000",
            "please set all orders of customer 5 to zero",
            "double the orders of customer 7",
            "could you bump up the number of orders on day 3",
            "block customer 7",
            "switch customer 7 off",
            "give customer 7 a coupon",
            "book an order for customer 7",
            "add a product called Moon Cheese",
            "create a new segment for vegans",
            "put bananas into the snacks aisle",
            "swap the aisles yogurt and milk",
            "take banana out of the catalogue",
            "add 5 orders to my history",
            "remove the beer from my purchase history",
            "undo the last import",
            "restore the deleted orders",
            "edit the name of aisle 24",
        ] {
            assert!(orders(message), "{message}");
        }
    }

    #[test]
    fn what_belongs_to_an_answer_is_changed_freely() {
        for message in [
            "change it to dairy",
            "set the limit to 10",
            "make a list of the 5 top aisles",
            "make it 10",
            "double check the number of orders",
            "bump in the evening: orders by hour",
            "raise the bar to 1000 orders",
            "change the department to snacks",
            "add up the items of yogurt and milk",
            "add a column with the number of orders",
            "put the departments in order of items",
            "take out bananas",
            "swap the view to customers",
            "split the orders by day",
            "send me the orders of customer 7",
            "give me the top 5 orders of customer 7",
            "reduce it to orders with 5 items",
            "change the number of products to 20",
            "show orders by day",
            "email of user 310",
        ] {
            assert!(!orders(message), "{message}");
        }
    }
}
