//! Everyday ways to ask for a figure that say the figure by a verb: "when do people buy alcohol?", "how often do Loyal customers
//! order?", "how soon do they come back?", "how many aisles does a customer shop?", "describe the Loyal segment".
//!
//! message of staff → the same question with its figure by name, which the reading of figures knows. Each form is a function on
//! the words; the first that fits is taken. What says more than its form holds is left as it is.

use super::clause::{Clause, PEOPLE};

/// Pronouns that mean anybody.
const PRONOUNS: &[&str] = &["they", "we", "you"];
/// What they do with goods.
const BUYING: &[&str] =
    &["buy", "order", "get", "purchase", "shop", "eat", "drink", "buying", "ordering", "shopping"];
/// The same, said of the goods.
const BOUGHT: &[&str] = &["bought", "ordered", "sold", "purchased"];
/// Coming back.
const RETURNING: &[&str] = &["order", "shop", "return", "visit", "reorder", "buy"];
/// The figures that a group of customers is described by.
const OF_A_GROUP: &str = "basket size, orders per customer, reorder rate and churn risk";

/// The message with its figure by name; segments are the run's.
pub(super) fn with_its_figure(message: &str, segments: &[String]) -> Option<String> {
    let words = Clause::only(message)?;
    if let Some(alone) = without_the_rest(&words) {
        return beside_the_rest(&Clause::of(&alone));
    }
    when(&words)
        .or_else(|| how_often(&words))
        .or_else(|| how_soon(&words))
        .or_else(|| who_comes_back(&words))
        .or_else(|| together(&words))
        .or_else(|| share_of_a_basket(&words))
        .or_else(|| number_of_each(&words))
        .or_else(|| growing_baskets(&words))
        .or_else(|| never_sold(&words))
        .or_else(|| beside_the_rest(&words))
        .or_else(|| who_buys(&words))
        .or_else(|| one_segment(&words, segments))
        .or_else(|| two_segments(&words, segments))
}

/// "Who buys organic", "who orders at night", "who buys both milk and tofu": so many customers.
fn who_buys(words: &Clause) -> Option<String> {
    const SAYS_MORE: &[&str] = &[
        "most",
        "least",
        "best",
        "more",
        "less",
        "often",
        "biggest",
        "largest",
        "first",
        "last",
        "next",
        "else",
        "we",
        "our",
        "i",
        "should",
        "would",
        "will",
        "per",
        "each",
        "which",
        "what",
        "how",
        "than",
        "him",
        "her",
        "frequently",
        "regularly",
    ];
    let at = words.are(0, "who all").or_else(|| words.are(0, "who"))?;
    let verb = match words.text(at) {
        "buys" | "buy" => "buy",
        "bought" | "purchased" => "bought",
        "orders" => "order",
        "ordered" => "ordered",
        "shops" | "shop" => "shop",
        _ => return None,
    };
    let rest = words.rest(at + 1);
    (!rest.is_empty() && !words.says(at + 1, SAYS_MORE)).then(|| format!("how many customers {verb} {rest}"))
}

/// "When do people buy alcohol", "at what time is coffee ordered", "on which days do Loyal customers shop".
fn when(words: &Clause) -> Option<String> {
    let hours = "by hour of day";
    let days = "by day of the week";
    let openings = [
        ("when", hours),
        ("at what|which time|hour|hours", hours),
        ("what time", hours),
        ("what time of day", hours),
        ("at what time of day", hours),
        ("on what|which day|days", days),
        ("what|which days", days),
    ];
    let (at, by) = openings
        .iter()
        .filter_map(|(phrase, by)| words.are(0, phrase).map(|at| (at, *by)))
        .max_by_key(|(at, _)| *at)?;
    let verb = words.text(at);
    let more = [
        "first", "last", "next", "i", "my", "me", "most", "least", "many", "best", "usually", "again",
        "mostly", "often", "more", "than", "he", "she", "begin", "start", "stop", "and", "or", "but",
    ];
    if words.len() <= at + 1 || words.says(at, &more) {
        return None;
    }
    if matches!(verb, "is" | "are" | "gets" | "get") {
        let bought = (at + 1..words.len()).find(|place| BOUGHT.contains(&words.text(*place)))?;
        let behind = words.rest(bought + 1);
        return (bought > at + 1).then(|| {
            format!("orders with {} {behind} {by}", words.written(at + 1, bought)).replace("  ", " ")
        });
    }
    if !matches!(verb, "do" | "does") {
        return None;
    }
    let buys = (at + 2..words.len()).find(|place| BUYING.contains(&words.text(*place)))?;
    let who = words.written(at + 1, buys);
    let object = words.rest(buys + 1);
    let orders = if object.is_empty() { "orders".to_owned() } else { format!("orders with {object}") };
    Some(format!("{} {by}", of_whom(&orders, &who)))
}

/// "How often do Loyal customers order": the days between their orders.
fn how_often(words: &Clause) -> Option<String> {
    let at = words.are(0, "how often|frequently do|does")?;
    let verb = (at + 1..words.len())
        .find(|place| RETURNING.contains(&words.text(*place)) || words.text(*place) == "come")?;
    let end = if words.text(verb) == "come" { words.are(verb, "come back|in|by")? } else { verb + 1 };
    let someone = ["i", "my", "he", "she", "customer", "user", "they"];
    let ends = end == words.len() && !words.says(0, &someone);
    ends.then(|| of_whom("average days between orders", &words.written(at, verb)))
}

/// "How soon do customers come back after their first order": the days before the second.
fn how_soon(words: &Clause) -> Option<String> {
    let at = words
        .are(0, "how soon|quickly|fast do|does")
        .or_else(|| words.are(0, "how long do|does"))
        .or_else(|| words.are(0, "how long until"))
        .or_else(|| words.are(0, "how many days until"))?;
    let first = (at..words.len()).any(|place| {
        words.are(place, "after the|their|a first order|purchase").is_some_and(|end| end == words.len())
    });
    let back = (at..words.len()).find(|place| {
        words.are(*place, "come back|again").is_some()
            || matches!(words.text(*place), "return" | "reorder" | "wait")
    })?;
    (first && !words.says(0, &["i", "my", "customer", "user"]))
        .then(|| of_whom("average days between orders for order number 2", &words.written(at, back)))
}

/// "How many customers came back after the first order".
fn who_comes_back(words: &Clause) -> Option<String> {
    let at = words.are(0, "how many customers|people|shoppers|buyers|users|clients|of")?;
    let at = words.are(at, "our customers").or_else(|| words.are(at, "our shoppers")).unwrap_or(at);
    let at = if words.text(at) == "ever" { at + 1 } else { at };
    let end = words
        .are(at, "come|came|comes back")
        .or_else(|| words.are(at, "return|returned"))
        .or_else(|| words.are(at, "ordered|order|bought again"))?;
    let rest = words.are(end, "after the|their|a first order|purchase").unwrap_or(end);
    (rest == words.len()).then(|| "how many repeat customers are there".to_owned())
}

/// "Do people buy milk and bread together": the orders with both.
fn together(words: &Clause) -> Option<String> {
    let at = words.are(0, "do people|customers|shoppers|they buy|order|purchase|get")?;
    let end = words.len().checked_sub(1).filter(|last| words.text(*last) == "together")?;
    words.says(at, &["and"]).then(|| format!("how many orders contain both {}", words.written(at, end)))
}

/// "What share of a basket is produce": of the items.
fn share_of_a_basket(words: &Clause) -> Option<String> {
    let at = words.are(0, "what|which share|percentage|part|fraction|proportion of")?;
    let at = words.are(at, "a|an|the|our typical|average").or_else(|| words.are(at, "a|an|the|our"))?;
    let at = words.are(at, "basket|cart|order is|are")?;
    (at < words.len()).then(|| format!("what share of items is {}", words.rest(at)))
}

/// "How many aisles does a customer shop", "how many products does an order hold": on average.
fn number_of_each(words: &Clause) -> Option<String> {
    let at = words.are(0, "how many different|distinct").or_else(|| words.are(0, "how many"))?;
    let counted = words.text(at);
    if !matches!(counted, "aisles" | "departments" | "products" | "items" | "orders") {
        return None;
    }
    let different = if at == 3 && counted == "products" { "different " } else { "" };
    let at = words
        .are(at + 1, "does a|an|the|our average|typical|normal")
        .or_else(|| words.are(at + 1, "does a|an"))?;
    let of = words.text(at);
    let verb = words.text(at + 1);
    let does = matches!(
        verb,
        "shop"
            | "buy"
            | "have"
            | "hold"
            | "contain"
            | "place"
            | "order"
            | "touch"
            | "visit"
            | "span"
            | "cover"
            | "make"
            | "include"
            | "use"
            | "get"
    );
    let behind = words.rest(at + 2);
    let ends = matches!(behind.as_str(), "" | "from" | "in" | "on average" | "at" | "from on average");
    (does && ends && matches!(of, "customer" | "shopper" | "order" | "basket" | "buyer" | "household"))
        .then(|| format!("average number of {different}{counted} per {of}"))
}

/// "Do baskets get bigger with each order": the basket by the order's number.
fn growing_baskets(words: &Clause) -> Option<String> {
    let at = words.are(0, "do|does|are|is")?;
    let at = words.are(at, "the|our|their").unwrap_or(at);
    let at = words.are(at, "baskets|orders|basket|carts get|become|grow|growing|getting")?;
    let at = words.are(at, "bigger|larger|smaller|fuller|longer").unwrap_or(at);
    let behind = words.rest(at).to_lowercase();
    let over_orders = [
        "with each order",
        "with every order",
        "from order to order",
        "with the number of orders",
        "as customers order more",
        "with more orders",
        "with order number",
    ];
    over_orders.contains(&behind.as_str()).then(|| "basket size by order number".to_owned())
}

/// The message without "than the rest", "than others", where it ends so.
fn without_the_rest(words: &Clause) -> Option<String> {
    let than = (1..words.len()).rev().find(|place| words.text(*place) == "than")?;
    let end = words
        .are(than + 1, "the rest|others|other")
        .or_else(|| words.are(than + 1, "others|otherwise|usual"))
        .or_else(|| words.are(than + 1, "everyone|everybody|everything else"))
        .or_else(|| words.are(than + 1, "the rest|others of the day"))
        .filter(|end| {
            *end == words.len()
                || words.text(than + 2) == "rest" && words.are(*end, "of the day") == Some(words.len())
        })?;
    (end > than).then(|| words.written(0, than))
}

/// "Is the basket bigger in the morning", "do Loyal customers have bigger baskets", "are organic products reordered more": what is
/// compared with nothing is compared with the rest.
fn beside_the_rest(words: &Clause) -> Option<String> {
    const MORE: &[&str] = &[
        "more", "less", "bigger", "larger", "smaller", "higher", "lower", "longer", "shorter", "fuller",
        "greater", "fewer",
    ];
    const SAYS_WHAT: &[&str] = &[
        "than", "versus", "vs", "compared", "or", "and", "which", "per", "each", "every", "how", "our",
        "average", "i", "my", "it", "they", "get",
    ];
    let yes_or_no = words.are(0, "is|are|do|does|did|have|has")?;
    let more = (yes_or_no..words.len()).find(|place| MORE.contains(&words.text(*place)))?;
    let end = words.len();
    if words.says(yes_or_no, SAYS_WHAT) {
        return None;
    }
    let skipped = |at: usize| at + usize::from(matches!(words.text(at), "the" | "a" | "an"));
    let basket = |at: usize| matches!(words.text(at), "basket" | "baskets" | "orders" | "carts" | "cart");
    let verb = words.text(0);
    let figure = |at: usize| {
        let phrase = ["reorder rate", "churn risk", "basket size"]
            .iter()
            .find(|phrase| words.are(at, phrase).is_some())?;
        Some((*phrase).to_owned())
    };
    let size = matches!(words.text(more), "bigger" | "larger" | "smaller" | "fuller");
    if matches!(verb, "do" | "does") {
        // "do Loyal customers have bigger baskets", "… a higher reorder rate"
        let has = more.checked_sub(1).map(|at| at - usize::from(words.text(at) == "a" && at > 0))?;
        let held = matches!(words.text(has), "have" | "has" | "place" | "show");
        let who = words.written(yes_or_no, has);
        let figure = if size && basket(more + 1) && more + 2 == end {
            Some("basket size".to_owned())
        } else {
            figure(more + 1).filter(|_| more + 3 == end)
        };
        return figure
            .filter(|_| held && has > yes_or_no)
            .map(|figure| format!("{figure} of {who} versus the rest"));
    }
    // "is the basket bigger in the morning", "is the reorder rate higher on day 0"
    let subject = skipped(yes_or_no);
    let told = more + 1 < end
        && matches!(words.text(more + 1), "in" | "on" | "at" | "for" | "with" | "after" | "before");
    let figure = if basket(subject) && subject + 1 == more && size {
        Some("basket size".to_owned())
    } else {
        figure(subject)
    };
    if let Some(figure) = figure {
        return told.then(|| format!("{figure} {} versus the rest", words.written(more + 1, end)));
    }
    // "are organic products reordered more often"
    let again = more
        .checked_sub(1)
        .filter(|at| matches!(words.text(*at), "reordered" | "rebought" | "repurchased"))?;
    let ends = more + 1 == end || more + 2 == end && matches!(words.text(more + 1), "often" | "frequently");
    (ends && again > yes_or_no)
        .then(|| format!("reorder rate of {} versus the rest", words.written(yes_or_no, again)))
}

/// "Are there products nobody ever bought".
fn never_sold(words: &Clause) -> Option<String> {
    let at = words
        .are(0, "is|are there any|a|an")
        .or_else(|| words.are(0, "is|are there"))
        .or_else(|| words.are(0, "do we have any"))
        .or_else(|| words.are(0, "do we have"))?;
    let at = words.are(at, "product|products|item|items|things")?;
    let at = words.are(at, "that|which").unwrap_or(at);
    let at = words
        .are(at, "nobody|noone|no-one")
        .or_else(|| words.are(at, "no one"))
        .or_else(|| words.are(at, "no customer"))?;
    let at = words.are(at, "ever|has").unwrap_or(at);
    let at = words.are(at, "ever").unwrap_or(at);
    let end = words.are(at, "buys|bought|orders|ordered|wants|purchased")?;
    (end == words.len()).then(|| "how many products were never bought".to_owned())
}

/// "Tell me about the Loyal segment", "describe Lapsed customers".
fn one_segment(words: &Clause, segments: &[String]) -> Option<String> {
    let at = words
        .are(0, "tell me about|more")
        .or_else(|| words.are(0, "tell us about"))
        .or_else(|| words.are(0, "describe|profile|summarise|summarize|characterise|characterize"))
        .or_else(|| words.are(0, "overview|summary|profile of"))
        .or_else(|| words.are(0, "a|an|the overview|summary|profile of"))
        .or_else(|| words.are(0, "give me a|an|the overview|summary|profile of"))
        .or_else(|| words.are(0, "what|who are|is"))?;
    let segment = segment_of(&words.rest(at), segments)?;
    Some(format!("number of customers, {OF_A_GROUP} of {segment} customers"))
}

/// "What distinguishes Loyal from Lapsed", "how do Loyal and Lapsed customers differ".
fn two_segments(words: &Clause, segments: &[String]) -> Option<String> {
    let (from, between, to) = if let Some(at) = words.are(0, "what distinguishes|separates|differentiates") {
        (at, "from", words.len())
    } else if let Some(at) = words.are(0, "what sets") {
        (at, "apart", words.len())
    } else if let Some(at) = words.are(0, "how do|does") {
        let last =
            words.len().checked_sub(1).filter(|last| matches!(words.text(*last), "differ" | "compare"))?;
        (at, "and", last)
    } else {
        let at = words
            .are(0, "what is|are the difference|differences between")
            .or_else(|| words.are(0, "difference|differences between"))
            .or_else(|| words.are(0, "compare"))?;
        (at, "and", words.len())
    };
    let pairs = (from + 1..to).filter(|place| words.text(*place) == between).find_map(|place| {
        let behind = place + 1 + usize::from(between == "apart" && words.text(place + 1) == "from");
        let one = segment_of(&words.written(from, place), segments)?;
        let other = segment_of(&words.written(behind, to), segments)?;
        Some((one, other))
    });
    pairs.map(|(one, other)| format!("compare {one} and {other} on {OF_A_GROUP}"))
}

/// The segment that words name, whatever is said of it being one.
fn segment_of<'a>(words: &str, segments: &'a [String]) -> Option<&'a str> {
    let said: Vec<String> = words
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| {
            !matches!(
                word.as_str(),
                "the" | "our" | "segment" | "segments" | "customers" | "shoppers" | "group" | "ones"
            )
        })
        .collect();
    let said = said.join(" ");
    segments.iter().find(|segment| segment.to_lowercase() == said).map(String::as_str)
}

/// A figure of somebody, where not of anybody.
fn of_whom(figure: &str, who: &str) -> String {
    let anybody = who.split_whitespace().all(|word| {
        let word = word.to_lowercase();
        PEOPLE.contains(&word.as_str())
            || PRONOUNS.contains(&word.as_str())
            || matches!(word.as_str(), "our" | "the" | "your" | "typically" | "usually" | "normally")
    });
    if anybody { figure.to_owned() } else { format!("{figure} of {who}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments() -> Vec<String> {
        ["Loyal", "Lapsed", "New or occasional"].map(str::to_owned).into()
    }

    #[test]
    fn what_verbs_say_becomes_a_figure() {
        for (message, figure) in [
            ("when do people buy alcohol?", "orders with alcohol by hour of day"),
            ("When is coffee ordered", "orders with coffee by hour of day"),
            ("at what time do people shop", "orders by hour of day"),
            ("on which days do Loyal customers shop", "orders of Loyal customers by day of the week"),
            ("how often do customers order?", "average days between orders"),
            ("how often do Loyal customers come back", "average days between orders of Loyal customers"),
            (
                "how soon do customers come back after their first order",
                "average days between orders for order number 2",
            ),
            ("how many customers came back after the first order", "how many repeat customers are there"),
            ("who buys organic?", "how many customers buy organic"),
            ("who bought both milk and tofu", "how many customers bought both milk and tofu"),
            ("do people buy milk and bread together", "how many orders contain both milk and bread"),
            ("what share of a basket is produce", "what share of items is produce"),
            ("how many aisles does a customer shop", "average number of aisles per customer"),
            (
                "how many different products does the average customer buy",
                "average number of different products per customer",
            ),
            ("do baskets get bigger with each order", "basket size by order number"),
            ("is the basket bigger in the morning", "basket size in the morning versus the rest"),
            (
                "are organic products reordered more often than the rest",
                "reorder rate of organic products versus the rest",
            ),
            ("is the reorder rate higher on day 0?", "reorder rate on day 0 versus the rest"),
            ("do Loyal customers have bigger baskets", "basket size of Loyal customers versus the rest"),
            ("do large orders have a higher reorder rate", "reorder rate of large orders versus the rest"),
            ("are organic products reordered more often", "reorder rate of organic products versus the rest"),
            ("are there products nobody ever bought", "how many products were never bought"),
            (
                "tell me about the Loyal segment",
                "number of customers, basket size, orders per customer, reorder rate and churn risk of Loyal customers",
            ),
            (
                "what distinguishes Loyal from New or occasional customers",
                "compare Loyal and New or occasional on basket size, orders per customer, reorder rate and churn risk",
            ),
        ] {
            assert_eq!(with_its_figure(message, &segments()).as_deref(), Some(figure), "{message}");
        }
    }

    #[test]
    fn what_says_more_stays() {
        for message in [
            "when do I usually order",
            "when was the first order placed",
            "when do people order most",
            "how often do customers buy milk",
            "who buys the most milk",
            "who supplies our milk",
            "is the basket bigger in the morning than at night",
            "is milk or bread reordered more",
            "how often does customer 42 order",
            "how many customers came back twice",
            "how many aisles does the produce department have",
            "how many items does order 3 hold",
            "describe the data",
            "what is the reorder rate",
            "difference between milk and bread",
        ] {
            assert_eq!(with_its_figure(message, &segments()), None, "{message}");
        }
    }
}
