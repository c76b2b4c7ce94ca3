//! "What do people buy at night?", "which snacks do new customers go for?", "what is ordered in the morning?", "what goes into
//! large orders?": staff who ask what is bought ask for what is bought most.
//!
//! message → the message as a ranking ("top products bought by people at night"), which the reading of figures knows. Whatever
//! says more about the order of the answer ("most", "together", "first", "per order") leaves the message as it is.

/// Who buys.
const BUYERS: &[&str] = &[
    "people",
    "customers",
    "shoppers",
    "buyers",
    "users",
    "clients",
    "households",
    "folks",
    "consumers",
    "members",
    "everyone",
    "everybody",
];
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
    let clause = message.trim().trim_end_matches(['?', '.', '!', ' ']);
    if clause.contains(['?', '!', ';', ':', '\n', ',']) || clause.contains(". ") {
        return None;
    }
    let clause = apart(clause);
    let said: Vec<&str> = clause.split_whitespace().collect();
    let words: Vec<String> = said.iter().map(|word| bare(word)).collect();
    let text = |at: usize| words.get(at).map_or("", String::as_str);
    let joined = |from: usize, to: usize| said.get(from..to).unwrap_or_default().join(" ");
    let rest = |from: usize| joined(from, said.len());
    let plain = |from: usize| !(from..words.len()).any(|place| says_more(&words, place));
    let (goods, at) = goods(&words)?;
    match text(at) {
        "do" | "did" | "does" | "are" | "were" => {
            // "what do big baskets contain"
            if let Some(held) = (at + 1..words.len()).find(|place| HOLDING.contains(&text(*place)))
                && (at + 1..held).any(|place| BASKETS.contains(&text(place)))
                && plain(at + 1)
            {
                let baskets = joined(at + 1, held);
                return Some(format!("top {goods} bought in {baskets} {}", rest(held + 1)).trim().to_owned());
            }
            if let Some((who, others)) = that_others_do_not(&words, &said, at + 1) {
                return Some(format!("top {goods} bought by {who} that {others} never bought"));
            }
            let buyers = (at + 1..words.len()).find(|place| BUYERS.contains(&text(*place)))?;
            let everybody = |end: usize| buyers == at + 1 && end == buyers + 1;
            if let Some(place) = place_in_cart(&words, buyers + 1) {
                return Some(match place {
                    Place::First => format!("{goods} most often first in the cart"),
                    Place::Last => format!("{goods} with the highest average cart position"),
                })
                .filter(|_| everybody(buyers + 1));
            }
            let again = (buyers + 1..words.len())
                .find(|place| matches!(text(*place), "reorder" | "rebuy" | "repurchase"));
            if let Some(again) = again.filter(|again| everybody(*again) && plain(again + 1)) {
                return Some(format!("most reordered {goods} {}", rest(again + 1)).trim().to_owned());
            }
            // The verb of the sentence is the last one: "people who buy milk buy".
            let verb = |place: usize| {
                if BUYING_FOR.iter().any(|[one, two]| text(place) == *one && text(place + 1) == *two) {
                    Some(2)
                } else {
                    (BUYING.contains(&text(place)) && !is_noun(&words, place)).then_some(1)
                }
            };
            let (place, length) = (buyers + 1..words.len())
                .rev()
                .find_map(|place| verb(place).map(|length| (place, length)))?;
            // "do people like our bakery" judges.
            let object =
                matches!(text(place + length), "our" | "us" | "it" | "them" | "the" | "a" | "an" | "to");
            if !plain(place + length) || object {
                return None;
            }
            let also = text(place - 1) == "also";
            let who = joined(at + 1, if also { place - 1 } else { place });
            let from = matches!(text(place + length), "from" | "there" | "here");
            let behind = rest(place + length + usize::from(from));
            let behind = hours(&besides(&behind));
            let by = if everybody(place) { String::new() } else { format!(" by {who}") };
            Some(format!("top {goods} bought{by} {behind}").trim().to_owned())
        }
        // "what is bought at night", "what gets ordered on day 3"
        "is" | "was" | "gets" | "got" | "being" => {
            let bought =
                matches!(text(at + 1), "bought" | "ordered" | "sold" | "purchased" | "picked" | "taken");
            // "what's in large orders"
            let inside = text(at + 1) == "in" || text(at + 1) == "inside";
            let baskets = words.iter().skip(at + 2).take(3).any(|word| BASKETS.contains(&word.as_str()));
            if bought && said.len() > at + 2 && plain(at + 2) && text(at + 2) != "with" {
                return Some(format!("top {goods} bought {}", hours(&rest(at + 2))));
            }
            (inside && baskets && plain(at + 2)).then(|| format!("top {goods} bought in {}", rest(at + 2)))
        }
        // "what sells at night", "what goes into baskets of more than 30 items"
        "sells" | "sell" | "sold"
            if said.len() > at + 1 && plain(at + 1) && !matches!(text(at + 1), "well" | "with" | "like") =>
        {
            Some(format!("top {goods} bought {}", hours(&rest(at + 1))))
        }
        "goes" | "go" if matches!(text(at + 1), "into" | "in") && plain(at + 5) => {
            let baskets = words.iter().skip(at + 2).take(3).any(|word| BASKETS.contains(&word.as_str()));
            baskets.then(|| format!("top {goods} bought in {}", rest(at + 2)))
        }
        _ => None,
    }
}

/// "What do A buy that B don't": A and B.
fn that_others_do_not(words: &[String], said: &[&str], from: usize) -> Option<(String, String)> {
    let text = |at: usize| words.get(at).map_or("", String::as_str);
    let buys = (from + 1..words.len()).find(|place| BUYING.contains(&text(*place)))?;
    let that = buys + 1;
    if !matches!(text(that), "that" | "which" | "but" | "and") {
        return None;
    }
    let denied = (that + 2..words.len()).find(|place| {
        matches!(text(*place), "don't" | "dont" | "doesn't" | "doesnt" | "didn't" | "didnt" | "not" | "never")
            || matches!(text(*place), "do" | "does" | "did") && text(place + 1) == "not"
    })?;
    // Nothing but the denied verb is said behind.
    let ends = (denied + 1..words.len()).all(|place| {
        matches!(text(place), "not" | "buy" | "bought" | "order" | "get" | "do" | "ever" | "have")
            || BUYING.contains(&text(place))
    });
    let part = |from: usize, to: usize| said.get(from..to).unwrap_or_default().join(" ");
    ends.then(|| (part(from, buys), part(that + 1, denied)))
}

/// Where in the cart.
enum Place {
    First,
    Last,
}

/// "put in the cart first", "add last": a place in the cart, where that is all that is asked.
fn place_in_cart(words: &[String], from: usize) -> Option<Place> {
    let behind: Vec<&str> = words.get(from..)?.iter().map(String::as_str).collect();
    let (last, verbs) = behind.split_last()?;
    let puts = verbs.first().is_some_and(|verb| matches!(*verb, "put" | "add" | "throw" | "drop"));
    let small = |word: &&str| {
        matches!(*word, "in" | "into" | "to" | "the" | "a" | "their" | "cart" | "basket" | "them")
    };
    if !puts || !verbs.iter().skip(1).all(small) {
        return None;
    }
    match *last {
        "first" => Some(Place::First),
        "last" => Some(Place::Last),
        _ => None,
    }
}

/// "between 9 and 11" behind what is bought: hours.
fn hours(rest: &str) -> String {
    let words: Vec<&str> = rest.split(' ').collect();
    let hour = |word: &str| word.parse::<u32>().is_ok_and(|hour| hour <= 24);
    match words.as_slice() {
        ["between", from, "and", to] if hour(from) && hour(to) => format!("between {from}:00 and {to}:00"),
        _ => rest.to_owned(),
    }
}

/// "Their first order", "per order": the noun, not the verb.
fn is_noun(words: &[String], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| words.get(before)).map_or("", String::as_str);
    words.get(at).is_some_and(|word| matches!(word.as_str(), "order" | "purchase"))
        && (before.starts_with(|c: char| c.is_ascii_digit())
            || matches!(
                before,
                "first"
                    | "second"
                    | "third"
                    | "last"
                    | "next"
                    | "per"
                    | "each"
                    | "every"
                    | "an"
                    | "a"
                    | "the"
                    | "their"
                    | "one"
                    | "single"
            ))
}

/// "What's" as two words.
fn apart(clause: &str) -> String {
    let mut words = clause.split(' ');
    match words.next().map(bare).as_deref() {
        Some("what's" | "whats") => std::iter::once("what is").chain(words).collect::<Vec<_>>().join(" "),
        _ => clause.to_owned(),
    }
}

/// Whether a word says more of the answer than a ranking by purchases tells; of times, bounds and orders by number it does not.
fn says_more(words: &[String], at: usize) -> bool {
    let text = |at: usize| words.get(at).map_or("", String::as_str);
    let number = |at: usize| text(at).starts_with(|c: char| c.is_ascii_digit());
    match text(at) {
        "first" | "last" => {
            !matches!(text(at + 1), "order" | "orders" | "basket" | "baskets" | "purchase") && !number(at + 1)
        }
        "after" | "before" => !matches!(text(at + 1), "midnight" | "noon" | "midday") && !number(at + 1),
        "more" | "less" | "fewer" => text(at + 1) != "than" || !number(at + 2),
        "than" => !number(at + 1),
        "most" => text(at.saturating_sub(1)) != "at",
        "least" => text(at.saturating_sub(1)) != "at",
        word => SAYS_MORE.contains(&word),
    }
}

/// The goods that are asked for, with where the question goes on: "what", "which snacks", "what kind of products".
fn goods(words: &[String]) -> Option<(String, usize)> {
    let text = |at: usize| words.get(at).map_or("", String::as_str);
    let lead = words.iter().take_while(|word| {
        matches!(word.as_str(), "so" | "and" | "ok" | "hi" | "hello" | "please" | "show" | "me" | "tell")
    });
    let at = lead.count();
    match text(at) {
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
            let end = (at + 1..words.len().min(at + 5)).find(|place| goes_on(text(*place)))?;
            let named: Vec<&str> = (at + 1..end).map(text).collect();
            let named = match named.as_slice() {
                [kind, "of", rest @ ..]
                    if matches!(*kind, "kind" | "kinds" | "sort" | "sorts" | "type" | "types") =>
                {
                    rest
                }
                whole => whole,
            };
            let goods = match named {
                [] if text(at) == "what" => "products".to_owned(),
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

/// A word in lower case without the marks around it.
fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'")
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
            ("what is ordered between 9 and 11", "top products bought between 9:00 and 11:00"),
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
