//! "What do people buy at night?", "which snacks do new customers go for?", "what is ordered in the morning?", "what goes into
//! large orders?": staff who ask what is bought ask for what is bought most.
//!
//! message → the message as a ranking ("top products bought by people at night"), which the reading of figures knows. Whatever
//! says more about the order of the answer ("most", "together", "first", "per order") leaves the message as it is.

use super::clause::{Clause, PEOPLE};

/// What they do with goods.
const BUYING: &[&str] = &[
    "buy",
    "buying",
    "order",
    "ordering",
    "get",
    "getting",
    "purchase",
    "purchasing",
    "eat",
    "eating",
    "drink",
    "like",
    "love",
    "want",
    "prefer",
    "enjoy",
    "choose",
    "pick",
    "take",
    "put",
];
/// Verbs of two words.
const BUYING_FOR: &[[&str; 2]] = &[["go", "for"], ["reach", "for"], ["stock", "up"], ["pick", "up"]];
/// What is said behind the verb where a ranking by purchases is not what is asked.
const SAYS_MORE: &[&str] = &[
    "mostly",
    "best",
    "often",
    "frequently",
    "together",
    "next",
    "else",
    "instead",
    "again",
    "per",
    "each",
    "every",
    "average",
    "usually",
    "but",
    "that",
    "don't",
    "dont",
    "not",
    "never",
    "when",
    "if",
    "because",
    "rather",
    "better",
    "worst",
    "versus",
    "vs",
    "compared",
    "only",
    "how",
    "what",
    "which",
    "who",
    "whose",
    "rarely",
    "seldom",
    "twice",
    "once",
];
/// Orders, by any name.
const BASKETS: &[&str] = &["baskets", "orders", "carts"];
/// What holds goods.
const HOLDING: &[&str] = &["contain", "hold", "include", "have"];

/// The message as a ranking, where it asks what is bought.
pub(super) fn as_ranking(message: &str) -> Option<String> {
    let mut words = Clause::only(message)?;
    if (0..words.len().saturating_sub(1)).any(|at| words.ends_clause(at)) {
        return None;
    }
    // "What's" as two words.
    if let Some(end) = words.are(0, "what's|whats") {
        words.replace(0, end, "what is");
    }
    let words = &words;
    let plain = |from: usize| !(from..words.len()).any(|place| says_more(words, place));
    let (goods, at) = goods(words)?;
    match words.text(at) {
        "do" | "did" | "does" | "are" | "were" => {
            // "what do big baskets contain"
            if let Some(held) = (at + 1..words.len()).find(|place| HOLDING.contains(&words.text(*place)))
                && (at + 1..held).any(|place| BASKETS.contains(&words.text(place)))
                && plain(at + 1)
            {
                let baskets = words.written(at + 1, held);
                return Some(
                    format!("top {goods} bought in {baskets} {}", words.rest(held + 1)).trim().to_owned(),
                );
            }
            if let Some((who, others)) = that_others_do_not(words, at + 1) {
                return Some(format!("top {goods} bought by {who} that {others} never bought"));
            }
            let buyers = (at + 1..words.len()).find(|place| PEOPLE.contains(&words.text(*place)))?;
            let everybody = |end: usize| buyers == at + 1 && end == buyers + 1;
            if let Some(place) = place_in_cart(words, buyers + 1) {
                return Some(match place {
                    Place::First => format!("{goods} most often first in the cart"),
                    Place::Last => format!("{goods} with the highest average cart position"),
                })
                .filter(|_| everybody(buyers + 1));
            }
            let again = (buyers + 1..words.len())
                .find(|place| matches!(words.text(*place), "reorder" | "rebuy" | "repurchase"));
            if let Some(again) = again.filter(|again| everybody(*again) && plain(again + 1)) {
                return Some(format!("most reordered {goods} {}", words.rest(again + 1)).trim().to_owned());
            }
            // The verb of the sentence is the last one: "people who buy milk buy".
            let verb = |place: usize| {
                if BUYING_FOR
                    .iter()
                    .any(|[one, two]| words.text(place) == *one && words.text(place + 1) == *two)
                {
                    Some(2)
                } else {
                    (BUYING.contains(&words.text(place)) && !is_noun(words, place)).then_some(1)
                }
            };
            let (place, length) = (buyers + 1..words.len())
                .rev()
                .find_map(|place| verb(place).map(|length| (place, length)))?;
            // "do people like our bakery" judges.
            let object = matches!(
                words.text(place + length),
                "our" | "us" | "it" | "them" | "the" | "a" | "an" | "to"
            );
            if !plain(place + length) || object {
                return None;
            }
            let also = words.text(place - 1) == "also";
            let who = words.written(at + 1, if also { place - 1 } else { place });
            let from = matches!(words.text(place + length), "from" | "there" | "here");
            let behind = words.rest(place + length + usize::from(from));
            let behind = besides(&behind);
            let by = if everybody(place) { String::new() } else { format!(" by {who}") };
            Some(format!("top {goods} bought{by} {behind}").trim().to_owned())
        }
        // "what is bought at night", "what gets ordered on day 3"
        "is" | "was" | "gets" | "got" | "being" => {
            let bought = matches!(
                words.text(at + 1),
                "bought" | "ordered" | "sold" | "purchased" | "picked" | "taken"
            );
            // "what's in large orders"
            let inside = words.text(at + 1) == "in" || words.text(at + 1) == "inside";
            let baskets = (at + 2..at + 5).any(|place| BASKETS.contains(&words.text(place)));
            if bought && words.len() > at + 2 && plain(at + 2) && words.text(at + 2) != "with" {
                return Some(format!("top {goods} bought {}", words.rest(at + 2)));
            }
            (inside && baskets && plain(at + 2))
                .then(|| format!("top {goods} bought in {}", words.rest(at + 2)))
        }
        // "what sells at night", "what goes into baskets of more than 30 items"
        "sells" | "sell" | "sold"
            if words.len() > at + 1
                && plain(at + 1)
                && !matches!(words.text(at + 1), "well" | "with" | "like") =>
        {
            Some(format!("top {goods} bought {}", words.rest(at + 1)))
        }
        "goes" | "go" if matches!(words.text(at + 1), "into" | "in") && plain(at + 5) => {
            let baskets = (at + 2..at + 5).any(|place| BASKETS.contains(&words.text(place)));
            baskets.then(|| format!("top {goods} bought in {}", words.rest(at + 2)))
        }
        _ => None,
    }
}

/// "What do A buy that B don't": A and B.
fn that_others_do_not(words: &Clause, from: usize) -> Option<(String, String)> {
    let buys = (from + 1..words.len()).find(|place| BUYING.contains(&words.text(*place)))?;
    let that = buys + 1;
    if !matches!(words.text(that), "that" | "which" | "but" | "and") {
        return None;
    }
    let denied = (that + 2..words.len()).find(|place| {
        matches!(
            words.text(*place),
            "don't" | "dont" | "doesn't" | "doesnt" | "didn't" | "didnt" | "not" | "never"
        ) || matches!(words.text(*place), "do" | "does" | "did") && words.text(place + 1) == "not"
    })?;
    // Nothing but the denied verb is said behind.
    let ends = (denied + 1..words.len()).all(|place| {
        matches!(words.text(place), "not" | "buy" | "bought" | "order" | "get" | "do" | "ever" | "have")
            || BUYING.contains(&words.text(place))
    });
    ends.then(|| (words.written(from, buys), words.written(that + 1, denied)))
}

/// Where in the cart.
enum Place {
    First,
    Last,
}

/// "put in the cart first", "add last": a place in the cart, where that is all that is asked.
fn place_in_cart(words: &Clause, from: usize) -> Option<Place> {
    const BETWEEN: &[&str] = &["in", "into", "to", "the", "a", "their", "cart", "basket", "them"];
    let puts = words.are(from, "put|add|throw|drop")?;
    let last = words.len().checked_sub(1).filter(|last| *last >= puts)?;
    if !(puts..last).all(|at| BETWEEN.contains(&words.text(at))) {
        return None;
    }
    match words.text(last) {
        "first" => Some(Place::First),
        "last" => Some(Place::Last),
        _ => None,
    }
}

/// "Their first order", "per order": the noun, not the verb.
fn is_noun(words: &Clause, at: usize) -> bool {
    const BEFORE: &[&str] = &[
        "first", "second", "third", "last", "next", "per", "each", "every", "an", "a", "the", "their", "one",
        "single",
    ];
    let Some(before) = at.checked_sub(1) else { return false };
    matches!(words.text(at), "order" | "purchase")
        && (words.is_number(before) || BEFORE.contains(&words.text(before)))
}

/// Whether a word says more of the answer than a ranking by purchases tells; of times, bounds and orders by number it does not.
fn says_more(words: &Clause, at: usize) -> bool {
    let number = |at: usize| words.is_number(at);
    match words.text(at) {
        "first" | "last" => {
            !matches!(words.text(at + 1), "order" | "orders" | "basket" | "baskets" | "purchase")
                && !number(at + 1)
        }
        "after" | "before" => {
            !matches!(words.text(at + 1), "midnight" | "noon" | "midday") && !number(at + 1)
        }
        "more" | "less" | "fewer" => words.text(at + 1) != "than" || !number(at + 2),
        "than" => !number(at + 1),
        // "at most 5 orders"
        "most" | "least" => at == 0 || words.text(at - 1) != "at",
        word => SAYS_MORE.contains(&word),
    }
}

/// The goods that are asked for, with where the question goes on: "what", "which snacks", "what kind of products".
fn goods(words: &Clause) -> Option<(String, usize)> {
    const LEAD: &[&str] = &["so", "and", "ok", "hi", "hello", "please", "show", "me", "tell"];
    let at = (0..words.len()).find(|at| !LEAD.contains(&words.text(*at)))?;
    match words.text(at) {
        "what" | "which" => {
            let goes_on = |word: &str| {
                matches!(
                    word,
                    "do" | "did"
                        | "does"
                        | "are"
                        | "were"
                        | "is"
                        | "was"
                        | "gets"
                        | "got"
                        | "sells"
                        | "sell"
                        | "goes"
                        | "go"
                )
            };
            let end = (at + 1..words.len().min(at + 5)).find(|place| goes_on(words.text(*place)))?;
            let named: Vec<&str> = (at + 1..end).map(|at| words.text(at)).collect();
            let named = match named.as_slice() {
                [kind, "of", rest @ ..]
                    if matches!(*kind, "kind" | "kinds" | "sort" | "sorts" | "type" | "types") =>
                {
                    rest
                }
                whole => whole,
            };
            let goods = match named {
                [] if words.text(at) == "what" => "products".to_owned(),
                ["stuff" | "things" | "items" | "goods" | "product"] => "products".to_owned(),
                // "which aisle do …": one is asked for, which is a question of its own.
                [.., last] if last.ends_with('s') => named.join(" "),
                _ => return None,
            };
            Some((goods, end))
        }
        _ => None,
    }
}

/// "besides produce": without it.
fn besides(rest: &str) -> String {
    for lead in ["besides ", "apart from ", "other than ", "except for ", "except ", "aside from "] {
        if let Some(behind) = rest.strip_prefix(lead) {
            return format!("excluding {behind}");
        }
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bought_is_what_is_bought_most() {
        for (message, ranking) in [
            ("what do people buy at night?", "top products bought at night"),
            (
                "What do customers with more than 20 orders buy",
                "top products bought by customers with more than 20 orders",
            ),
            ("which snacks do new customers go for", "top snacks bought by new customers"),
            ("what do people who buy milk buy", "top products bought by people who buy milk"),
            ("what do organic buyers also buy", "top products bought by organic buyers"),
            ("what do customers buy besides produce", "top products bought excluding produce"),
            ("what is bought in the morning", "top products bought in the morning"),
            ("what sells on day 2", "top products bought on day 2"),
            ("what do big baskets contain", "top products bought in big baskets"),
            ("what goes into orders with over 30 items", "top products bought in orders with over 30 items"),
            ("which aisles do people buy from at night", "top aisles bought at night"),
            ("what did people put in their first order", "top products bought in their first order"),
            ("what are people buying after midnight", "top products bought after midnight"),
            (
                "what goes into baskets of more than 30 items",
                "top products bought in baskets of more than 30 items",
            ),
            ("what's in large orders?", "top products bought in large orders"),
            ("what do people put in the cart first", "products most often first in the cart"),
            ("what do customers add last", "products with the highest average cart position"),
            ("which products do people reorder", "most reordered products"),
            (
                "What do Loyal customers buy that Lapsed ones don't?",
                "top products bought by Loyal customers that Lapsed ones never bought",
            ),
        ] {
            assert_eq!(as_ranking(message).as_deref(), Some(ranking), "{message}");
        }
    }

    #[test]
    fn what_says_more_stays() {
        for message in [
            "what do people buy most at night",
            "what do customers buy together with milk",
            "what do people like us buy first",
            "do people like our bakery",
            "what do customers buy per order",
            "which aisle do people buy from",
            "what sells best",
            "what was in order number 3",
            "what is the reorder rate",
            "what does customer 42 buy",
        ] {
            assert_eq!(as_ranking(message), None, "{message}");
        }
    }
}
