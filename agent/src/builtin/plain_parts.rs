//! Parts of a question of staff in the words that the reading of figures knows: "only buy organic" is "buy nothing but organic",
//! "orders after 20" are those after 20:00, "the distribution of basket sizes" is the orders by size.
//!
//! message → the message with those parts said otherwise, or nothing where it has none. Words beside a part decide whether it
//! is meant: a number with a unit is no hour, "only buy twice" no kind of goods.

use super::clause::Clause;

/// Verbs of buying.
const BUYING: &[&str] =
    &["buy", "buys", "bought", "order", "orders", "ordered", "purchase", "purchases", "purchased", "shop"];
/// What may stand behind an hour.
const BEHIND_HOURS: &[&str] =
    &["", "on", "by", "per", "for", "of", "and", "with", "from", "the", "as", "are", "were", "contain"];
/// What is placed at an hour.
const AT_HOURS: &[&str] = &[
    "orders",
    "order",
    "placed",
    "ordered",
    "bought",
    "sold",
    "shop",
    "buy",
    "buying",
    "sells",
    "sales",
    "items",
    "purchases",
    "shopping",
    "customers",
    "people",
];

/// What counts or dates purchases behind "only buy": no kind of goods.
const NO_GOODS: &[&str] = &[
    "", "once", "twice", "one", "two", "three", "a", "an", "in", "on", "at", "when", "with", "after",
    "before", "during", "between", "first", "products", "items", "things", "every", "if", "those", "by",
    "few",
];
/// Who may stand before "only buy".
const BUYERS: &[&str] =
    &["who", "that", "have", "customers", "people", "shoppers", "buyers", "users", "clients"];

/// The message with its parts in plain words.
pub(super) fn in_plain_words(message: &str) -> Option<String> {
    let written = Clause::of(message);
    let mut words = written.clone();
    nothing_but(&mut words);
    all_of_them(&mut words);
    hours(&mut words);
    distribution(&mut words);
    (words != written).then(|| words.rest(0))
}

/// "Customers who only buy organic", "people that bought exclusively frozen", "who only shops produce".
fn nothing_but(words: &mut Clause) {
    let only = |words: &Clause, at: usize| words.are(at, "only|exclusively|solely");
    let verb = |words: &Clause, at: usize| BUYING.contains(&words.text(at));
    let found = (1..words.len()).find_map(|at| {
        let (verb_at, end) = if let Some(behind) = only(words, at) {
            // "only (ever) bought"
            let verb_at = words.are(behind, "ever").unwrap_or(behind);
            (verb_at, verb_at + 1)
        } else {
            (at, only(words, at + 1)?)
        };
        // "only orders of …" counts orders.
        let noun = verb_at > at && words.text(verb_at) == "orders";
        let end = words.are(end, "from").unwrap_or(end);
        let kind = !words.is_number(end) && !NO_GOODS.contains(&words.text(end));
        let fits = verb(words, verb_at) && !noun && kind && BUYERS.contains(&words.text(at - 1));
        fits.then(|| (at, end, words.text(verb_at).ends_with('s')))
    });
    if let Some((from, to, one_buys)) = found {
        words.replace(from, to, if one_buys { "buys nothing but" } else { "buy nothing but" });
    }
}

/// "Orders that are all organic": completely.
fn all_of_them(words: &mut Clause) {
    let orders = words.says(0, &["orders", "baskets", "carts"]);
    let found = (1..words.len()).find(|at| {
        words.text(*at) == "all"
            && matches!(words.text(at - 1), "are" | "were" | "is")
            && !matches!(words.text(at + 1), "" | "the" | "our" | "of" | "orders")
    });
    if let Some(at) = found.filter(|_| orders) {
        words.replace(at, at + 1, "completely");
    }
}

/// "Orders between 10 and 16", "placed after 20": hours of the day.
fn hours(words: &mut Clause) {
    let is_hour = |words: &Clause, at: usize| words.text(at).parse::<u32>().is_ok_and(|hour| hour <= 24);
    let found = (1..words.len()).find_map(|at| {
        let places = match words.text(at) {
            "between" if words.text(at + 2) == "and" && is_hour(words, at + 3) => vec![at + 1, at + 3],
            "after" | "before" | "until" => vec![at + 1],
            _ => return None,
        };
        let last = *places.last()?;
        // "items after 20 orders", "customers between 5 and 10 orders"
        let ends = words.ends_clause(last) || BEHIND_HOURS.contains(&words.text(last + 1));
        let fits = AT_HOURS.contains(&words.text(at - 1))
            && places.iter().all(|place| is_hour(words, *place))
            && ends;
        fits.then_some(places)
    });
    for place in found.unwrap_or_default() {
        let hour = format!("{}:00{}", words.text(place), words.mark_behind(place));
        words.replace(place, place + 1, &hour);
    }
}

/// "Distribution of basket sizes", "of orders per customer": what there are of each size.
fn distribution(words: &mut Clause) {
    let found = (0..words.len()).find_map(|at| {
        let of = words.are(at, "distribution|histogram|spread of")?;
        let of = words.are(of, "the").unwrap_or(of);
        let orders = words
            .are(of, "basket|order|cart size|sizes")
            .or_else(|| words.are(of, "items per order|basket"))
            .map(|end| (at, end, "orders by number of items"));
        let customers = words.are(of, "orders per customer|shopper");
        orders.or_else(|| customers.map(|end| (at, end, "customers by number of orders")))
    });
    if let Some((from, to, plain)) = found {
        words.replace(from, to, plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_said_in_plain_words() {
        for (message, plain) in [
            ("how many customers only buy organic?", "how many customers buy nothing but organic?"),
            ("customers that only ever bought from produce", "customers that buy nothing but produce"),
            ("people who bought exclusively frozen", "people who buy nothing but frozen"),
            ("how many orders are all organic", "how many orders are completely organic"),
            ("share of orders between 10 and 16", "share of orders between 10:00 and 16:00"),
            ("percentage of orders placed after 20?", "percentage of orders placed after 20:00?"),
            ("what is ordered between 9 and 11", "what is ordered between 9:00 and 11:00"),
            ("orders before 8 on day 0", "orders before 8:00 on day 0"),
            ("show the distribution of basket sizes", "show the orders by number of items"),
            ("distribution of orders per customer", "customers by number of orders"),
        ] {
            assert_eq!(in_plain_words(message).as_deref(), Some(plain), "{message}");
        }
    }

    #[test]
    fn what_means_something_else_stays() {
        for message in [
            "customers who only bought once",
            "how many customers only ordered twice",
            "orders after 20 items",
            "customers between 5 and 10 orders",
            "orders between 30 and 40",
            "distribution of items by hour",
            "these are all the orders",
        ] {
            assert_eq!(in_plain_words(message), None, "{message}");
        }
    }
}
