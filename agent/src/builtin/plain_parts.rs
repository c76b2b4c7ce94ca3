//! Parts of a question of staff in the words that the reading of figures knows: "only buy organic" is "buy nothing but organic",
//! "orders after 20" are those after 20:00, "the distribution of basket sizes" is the orders by size.
//!
//! message → the message with those parts said otherwise, or nothing where it has none. Words beside a part decide whether it
//! is meant: a number with a unit is no hour, "only buy twice" no kind of goods.

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
    "sales",
    "items",
    "purchases",
    "shopping",
    "customers",
    "people",
];

/// The message with its parts in plain words.
pub(super) fn in_plain_words(message: &str) -> Option<String> {
    let mut words: Vec<String> = message.split_whitespace().map(str::to_owned).collect();
    let before = words.clone();
    nothing_but(&mut words);
    all_of_them(&mut words);
    hours(&mut words);
    distribution(&mut words);
    (words != before).then(|| words.join(" "))
}

fn bare(words: &[String], at: usize) -> String {
    words
        .get(at)
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .unwrap_or_default()
}

fn replace(words: &mut Vec<String>, from: usize, to: usize, with: &str) {
    words.splice(from..to, with.split(' ').map(str::to_owned));
}

/// "Customers who only buy organic", "people that bought exclusively frozen", "who only shops produce".
fn nothing_but(words: &mut Vec<String>) {
    for at in 0..words.len() {
        let only = |at: usize| matches!(bare(words, at).as_str(), "only" | "exclusively" | "solely");
        let verb = |at: usize| BUYING.contains(&bare(words, at).as_str());
        // "only (ever) buy from"
        let ever = usize::from(bare(words, at + 1) == "ever");
        let (end, plural) = if only(at) && verb(at + 1 + ever) && bare(words, at + 1 + ever) != "orders" {
            (at + 2 + ever, bare(words, at + 1 + ever))
        } else if verb(at) && only(at + 1) && at > 0 {
            (at + 2, bare(words, at))
        } else {
            continue;
        };
        let end = if bare(words, end) == "from" { end + 1 } else { end };
        let next = bare(words, end);
        let who = bare(words, at.wrapping_sub(1));
        let buyers = matches!(
            who.as_str(),
            "who" | "that" | "customers" | "people" | "shoppers" | "buyers" | "have" | "users" | "clients"
        );
        let counted = next.starts_with(|c: char| c.is_ascii_digit())
            || matches!(
                next.as_str(),
                "" | "once"
                    | "twice"
                    | "one"
                    | "two"
                    | "three"
                    | "a"
                    | "an"
                    | "in"
                    | "on"
                    | "at"
                    | "when"
                    | "with"
                    | "after"
                    | "before"
                    | "during"
                    | "between"
                    | "first"
                    | "products"
                    | "items"
                    | "things"
                    | "every"
                    | "if"
                    | "those"
                    | "by"
                    | "few"
            );
        if buyers && !counted {
            let verb = if plural.ends_with('s') { "buys" } else { "buy" };
            replace(words, at, end, &format!("{verb} nothing but"));
            return;
        }
    }
}

/// "Orders that are all organic": completely.
fn all_of_them(words: &mut [String]) {
    let orders =
        (0..words.len()).any(|at| matches!(bare(words, at).as_str(), "orders" | "baskets" | "carts"));
    let found = (1..words.len()).find(|at| {
        let before = bare(words, at - 1);
        bare(words, *at) == "all"
            && matches!(before.as_str(), "are" | "were" | "is")
            && !matches!(bare(words, at + 1).as_str(), "" | "the" | "our" | "of" | "orders")
    });
    if let Some(word) = found.filter(|_| orders).and_then(|at| words.get_mut(at)) {
        "completely".clone_into(word);
    }
}

/// "Orders between 10 and 16", "placed after 20": hours of the day.
fn hours(words: &mut [String]) {
    let hour = |words: &[String], at: usize| {
        words
            .get(at)
            .map(|word| word.trim_end_matches(['?', '.', '!', ',']))
            .and_then(|word| word.parse::<u32>().ok())
            .filter(|hour| *hour <= 24)
    };
    for at in 1..words.len() {
        let before = bare(words, at - 1);
        if !AT_HOURS.contains(&before.as_str()) {
            continue;
        }
        let places: &[usize] = match bare(words, at).as_str() {
            "between"
                if hour(words, at + 1).is_some()
                    && bare(words, at + 2) == "and"
                    && hour(words, at + 3).is_some() =>
            {
                &[at + 1, at + 3]
            }
            "after" | "before" | "until" if hour(words, at + 1).is_some() => &[at + 1],
            _ => continue,
        };
        let last = places.last().copied().unwrap_or(at);
        // "items after 20 orders", "customers between 5 and 10 orders"
        let marked = words.get(last).is_some_and(|word| word.ends_with([',', '?', '.', '!']));
        if !marked && !BEHIND_HOURS.contains(&bare(words, last + 1).as_str()) {
            continue;
        }
        for place in places {
            if let Some(word) = words.get_mut(*place) {
                let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
                let rest: String = word.chars().skip(digits.len()).collect();
                *word = format!("{digits}:00{rest}");
            }
        }
        return;
    }
}

/// "Distribution of basket sizes", "of orders per customer": what there are of each size.
fn distribution(words: &mut Vec<String>) {
    for at in 0..words.len() {
        if !matches!(bare(words, at).as_str(), "distribution" | "histogram" | "spread")
            || bare(words, at + 1) != "of"
        {
            continue;
        }
        let from = at + 2 + usize::from(bare(words, at + 2) == "the");
        let two = (bare(words, from), bare(words, from + 1));
        let (end, with) = match (two.0.as_str(), two.1.as_str()) {
            ("basket" | "order" | "cart", "size" | "sizes") => (from + 2, "orders by number of items"),
            ("items", "per") if matches!(bare(words, from + 2).as_str(), "order" | "basket") => {
                (from + 3, "orders by number of items")
            }
            ("orders", "per") if matches!(bare(words, from + 2).as_str(), "customer" | "shopper") => {
                (from + 3, "customers by number of orders")
            }
            _ => continue,
        };
        replace(words, at, end, with);
        return;
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
