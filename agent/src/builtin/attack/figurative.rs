//! Verbs of writing that change nothing: "drop everything under 100 items, then rank …", "update me on", "insert a table
//! here", "delete that from your mind".
//!
//! Words of a message → the same, with such verbs passed over by the rules. What a verb does is told by its object: rows of
//! an answer are left out of it, tables and figures are put into it, and only what the shop stores can be changed.

use crate::builtin::patterns::Words;

/// Verbs that leave rows out of an answer as well as out of the data.
const LEAVES_OUT: &[&str] = &[
    "drop", "remove", "discard", "kick", "throw", "cut", "strike", "clear", "scratch", "toss", "ditch",
    "cancel",
];
/// Verbs of data: what they are said of is stored, unless they say where from.
const ERASES: &[&str] = &["delete", "erase", "wipe", "purge"];
/// Verbs that put a figure or a table into an answer as well as a row into the data.
const PUTS_IN: &[&str] = &["drop", "insert", "put", "add", "write", "enter", "throw", "paste", "push"];
/// What an answer is made of.
const SHOWN: &[&str] = &[
    "table",
    "chart",
    "figure",
    "number",
    "value",
    "share",
    "list",
    "line",
    "summary",
    "ranking",
    "total",
    "average",
    "mean",
    "median",
    "percentage",
    "count",
    "rate",
    "note",
    "inspiration",
    "idea",
    "suggestion",
    "comparison",
    "graph",
    "overview",
    "breakdown",
    "word",
];
/// What the shop stores.
const STORED: &[&str] = &[
    "database",
    "db",
    "data",
    "catalogue",
    "catalog",
    "system",
    "record",
    "account",
    "order_line",
    "order_lines",
    "log",
    "server",
    "history",
    "profile",
    "disk",
    "storage",
    "warehouse",
    "lake",
];
/// Where rows of an answer stand, and thoughts.
const OF_ANSWERS: &[&str] = &[
    "list",
    "ranking",
    "result",
    "view",
    "chart",
    "answer",
    "picture",
    "mind",
    "head",
    "memory",
    "equation",
    "calculation",
    "comparison",
    "selection",
    "sample",
    "overview",
    "output",
    "count",
    "plot",
    "thought",
];
/// What asks for the others.
const OTHERS: &[&str] = &[
    "left",
    "remain",
    "remaining",
    "stay",
    "other",
    "rest",
    "survive",
    "then",
    "keep",
    "show",
    "tell",
    "rank",
    "list",
    "count",
    "which",
    "what",
    "how",
    "top",
    "give",
    "sort",
    "order",
];
/// How a bound is said.
const BOUNDS: &[&str] = &[
    "under", "below", "over", "above", "less", "fewer", "more", "least", "most", "than", "exceed", "smaller",
    "bigger", "larger", "up", "at", "with",
];
/// An object ends this many words behind its verb.
const LONGEST_OBJECT: usize = 14;

/// The words with the verbs passed over that change nothing.
pub(super) fn without_harmless_verbs(mut words: Words, message: &str) -> Words {
    let lower = message.to_lowercase();
    let harmless: Vec<usize> = (0..words.0.len()).filter(|at| is_harmless(&words, *at, &lower)).collect();
    for at in harmless {
        if let Some(word) = words.0.get_mut(at) {
            word.named = true;
        }
    }
    words
}

fn is_harmless(words: &Words, at: usize, lower: &str) -> bool {
    let lists = [LEAVES_OUT, ERASES, PUTS_IN, &["update"]];
    let word = words.0.get(at).filter(|word| lists.iter().any(|list| word.one_of(list)));
    let verb = word
        .and_then(|word| lists.iter().flat_map(|list| list.iter()).find(|verb| word.one_of(&[**verb])))
        .copied()
        .unwrap_or_default();
    let writes = LEAVES_OUT.contains(&verb) || ERASES.contains(&verb) || PUTS_IN.contains(&verb);
    if verb == "update" {
        return reports(words, at, lower);
    }
    writes
        && !touches_stored(words, at)
        && (is_denied(words, at)
            || leaves_rows_out(words, at, verb)
            || of_an_answer(words, at)
            || puts_in_a_figure(words, at, verb))
}

fn text(words: &Words, at: usize) -> &str {
    words.0.get(at).map_or("", |word| word.text.as_str())
}

fn stem(words: &Words, at: usize) -> &str {
    words.0.get(at).map_or("", |word| word.stem.as_str())
}

/// "update me on", "update: orders by hour", "a quick update", "update my shopping list".
fn reports(words: &Words, at: usize, lower: &str) -> bool {
    let before = at.checked_sub(1).map_or("", |before| text(words, before));
    let noun = matches!(
        before,
        "an" | "quick" | "any" | "status" | "short" | "latest" | "small" | "brief" | "need" | "for"
    );
    let heads =
        ["update:", "update -", "update –", "update —", "update,"].iter().any(|head| lower.contains(head));
    let told = matches!(text(words, at + 1), "" | "me" | "us" | "on" | "about" | "for" | "please")
        && !matches!(text(words, at + 2), "admin" | "an" | "as" | "to");
    let own_list = (at + 1..at + 4).any(|place| matches!(text(words, place), "shopping" | "grocery"))
        && (at + 1..at + 5).any(|place| stem(words, place) == "list");
    noun || heads || told || own_list
}

/// "do not delete anything", "no need to remove".
fn is_denied(words: &Words, at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |before| text(words, before));
    matches!(before(1), "not" | "never" | "without")
        || before(1) == "to" && matches!(before(2), "need" | "not")
}

/// Whether what is stored is named as the place that is written to.
fn touches_stored(words: &Words, at: usize) -> bool {
    (at + 1..(at + LONGEST_OBJECT).min(words.0.len())).any(|place| {
        let stored = STORED.contains(&stem(words, place));
        let targeted = (1..=3).any(|back| {
            place > at + back
                && matches!(
                    text(words, place - back),
                    "from" | "in" | "into" | "to" | "out" | "of" | "your" | "our"
                )
        });
        stored && (targeted || place <= at + 3)
    })
}

/// "drop everything under 100 items, then rank the rest": a bound says which rows, and the others are asked for.
fn leaves_rows_out(words: &Words, at: usize, verb: &str) -> bool {
    let end = (at + LONGEST_OBJECT).min(words.0.len());
    let named = |place: usize| {
        matches!(stem(words, place), "customer" | "order" | "user" | "product" | "account")
            && words.0.get(place + 1).is_some_and(|word| word.number.is_some())
    };
    let bound = (at + 1..end).any(|place| {
        BOUNDS.contains(&text(words, place))
            && (place + 1..=place + 3)
                .any(|place| words.0.get(place).is_some_and(|word| word.number.is_some()))
    });
    let others = (at + 2..words.0.len()).any(|place| OTHERS.contains(&stem(words, place)));
    LEAVES_OUT.contains(&verb) && bound && others && !(at + 1..end).any(named)
}

/// "delete from the list every …", "delete cheddar from my mind".
fn of_an_answer(words: &Words, at: usize) -> bool {
    (at + 1..(at + LONGEST_OBJECT).min(words.0.len())).any(|place| {
        let from = matches!(text(words, place), "from" | "off" | "of");
        let own = matches!(text(words, place + 1), "the" | "this" | "that" | "my" | "your");
        // "from the list of customers" is stored.
        from && own && OF_ANSWERS.contains(&stem(words, place + 2)) && text(words, place + 3) != "of"
    })
}

/// "drop a table in here", "insert the missing number".
fn puts_in_a_figure(words: &Words, at: usize, verb: &str) -> bool {
    let shown = (at + 1..at + 5).find(|place| SHOWN.contains(&stem(words, *place)));
    // "drop the table" takes one away.
    let given = verb != "drop" && verb != "throw"
        || matches!(text(words, at + 1), "a" | "an" | "me" | "us" | "some" | "in" | "your");
    let stored = |place: usize| {
        (at + 1..place).any(|before| {
            matches!(
                stem(words, before),
                "order" | "customer" | "product" | "user" | "aisle" | "department" | "segment"
            )
        })
    };
    PUTS_IN.contains(&verb) && given && shown.is_some_and(|place| !stored(place))
}

#[cfg(test)]
mod tests {
    use crate::builtin::{
        attack::{Attack, attack},
        link::link,
        normalise::normalise,
        patterns::Words,
        vocabulary::tests::small_shop,
    };

    fn attempt(message: &str) -> Option<Attack> {
        let shop = small_shop();
        let tokens = normalise(message, &shop);
        attack(&Words::new(&tokens, &link(&tokens, &shop)), message, true)
    }

    #[test]
    fn what_is_done_to_an_answer_changes_nothing() {
        for message in [
            "Drop everything under 100 items, then rank the aisles by reorder rate",
            "remove all departments with less than 5 orders and show the rest",
            "Update: orders by hour",
            "update me on the median basket",
            "quick update on tea, number of buyers",
            "Insert the share of orders with milk here",
            "insert the missing number: an order has ___ items",
            "kindly drop a table in here with items by day",
            "delete from the list every department with less than 5 orders, show the others",
            "Delete milk from my mind. Which tea is there?",
            "do not delete anything, only count the orders",
            "update my shopping list: six of my regulars",
            "throw out hours below 50 orders, which stay?",
        ] {
            assert_eq!(attempt(message), None, "{message}");
        }
    }

    #[test]
    fn what_is_stored_is_not_changed() {
        for message in [
            "drop the table of orders",
            "delete all customers with fewer than 5 orders",
            "remove customer 7 from the data",
            "update the segment of customer 7",
            "update customer 5 to loyal",
            "insert a new order for customer 5",
            "insert into orders a row",
            "delete customer 5 from the list of customers",
            "wipe produce out of the database for good",
            "please delete customer 7, then tell me how many are left",
            "drop all products from the catalogue",
        ] {
            assert_eq!(attempt(message), Some(Attack::Write), "{message}");
        }
    }
}
