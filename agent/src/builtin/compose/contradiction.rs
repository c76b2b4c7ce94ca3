//! Questions that no answer can meet: two counts for one ranking, bounds that exclude each other, a thing both wanted
//! and left out, hours and days that do not exist.

use std::sync::LazyLock;

use domain::answer::{Clarify, ClarifyOption};
use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery};

use super::Question;
use crate::{
    builtin::{
        lexicon::Cue,
        patterns::{Patterns, Words},
    },
    draft::Draft,
};

/// Asks which of the two is meant.
pub(super) fn contradiction(question: &Question<'_>, words: &Words) -> Option<Draft> {
    static RULES: LazyLock<Patterns<&str>> = LazyLock::new(|| Patterns::new(CONTRADICTIONS));
    let text = bounds(question, words)
        .or_else(|| two_numbers_of_rows(words))
        .or_else(|| wanted_and_left_out(question, words))
        .or_else(|| no_such_time(words))
        .or_else(|| no_such_clock(question.asked.message))
        .or_else(|| RULES.find(words).map(|found| found.means.to_owned()))?;
    let options: &[&str] = if question.role().is_staff() {
        &["Top 5 aisles by items", "Top 10 products by items", "How many orders are there by hour?"]
    } else {
        &["What are the most popular products?", "What are the 5 most popular products?"]
    };
    let options =
        options.iter().map(|text| ClarifyOption { label: (*text).into(), question: (*text).into() });
    Some(Draft::clarify(Clarify { question: text, options: options.collect() }))
}

const TWO_COUNTS: &str = "The question names different counts. How many rows do you want, and of what: products, \
                          aisles or departments?";
const TWO_ENDS: &str =
    "The question asks for both ends of the ranking. Do you want the highest or the lowest?";
const NEVER_AND_OFTEN: &str = "What was never bought has no purchases to rank. Do you want products without purchases, or those bought least?";
const BOTH_KINDS: &str = "The question wants and excludes the same kind of product. Which one do you mean?";

const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "the one aisle|the one product|the one department|=single aisle|=single product|=single department|only one aisle|only one product|only one department|just one aisle|just one product|just =one|only =one|which one aisle|which one product + # best seller|# bestseller|# top seller|# top selling|# favourite|# favorite|# leading|# most|top # ~ product|top # ~ aisle|# best|# highest|# biggest|# largest|# popular|# top - one of|per|each|for each|no one|in each|every|buy just one|bought just one|buys just one|buy only one|bought only one|just one thing|only one thing|just one item|only one item|exactly one item|with just one|with only one",
        TWO_COUNTS,
    ),
    (
        "=single most popular # |is the =single most popular one|# most popular #|# best selling #|# best #|top # #|# most bought #|# most sold #|# biggest #|# largest #",
        TWO_COUNTS,
    ),
    (
        "most least|least most|highest lowest|lowest highest|best worst|worst best|biggest smallest|smallest biggest|largest smallest|smallest largest|top bottom|bottom top|most popular least popular|most popular unpopular|fewest most",
        TWO_ENDS,
    ),
    (
        "never bought|never sold|nobody bought|no one bought|never ordered|unsold + most often bought|best seller|bestseller|best selling|most bought|most sold|bought most|sell most|sells most|sold most|at least # time|reordered most|highest reorder rate",
        NEVER_AND_OFTEN,
    ),
    (
        "organic but not organic|organic product ~ not organic|organic item ~ not organic|organic that are not organic|organic and not organic|not organic organic|nonorganic organic|organic ~ which are not organic|organic ~ that are not organic|vegan meat|gluten free ~ with gluten",
        BOTH_KINDS,
    ),
];

/// Words before or behind the number of rows of a ranking.
const RANKING: &[&str] = &[
    "exactly", "top", "best", "first", "most", "biggest", "largest", "highest", "lowest", "worst", "bottom",
    "leading", "popular",
];

/// "the top 5 products, exactly ten of them", "top 3 top 5 aisles": one ranking with two numbers of rows.
fn two_numbers_of_rows(words: &Words) -> Option<String> {
    let word = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let number =
        |at: usize| words.0.get(at).and_then(|word| word.number).filter(|n| n.fract() == 0.0 && *n > 1.0);
    let ranked = (0..words.0.len()).filter_map(|at| {
        let value = number(at)?;
        let before = at.checked_sub(1).map_or("", word);
        (RANKING.contains(&before) || RANKING.contains(&word(at + 1))).then_some(value)
    });
    let ranked: Vec<f64> = ranked.collect();
    let of_them = (0..words.0.len()).find_map(|at| {
        let value = number(at)?;
        let those = word(at + 1) == "of" && matches!(word(at + 2), "them" | "those" | "these" | "it");
        // "the top 5 aisles, show ten"
        let shown = at + 1 == words.0.len()
            && matches!(at.checked_sub(1).map_or("", word), "show" | "list" | "exactly" | "all");
        (those || shown).then_some(value)
    });
    let first = *ranked.first()?;
    let twice = ranked.iter().any(|value| (value - first).abs() > 0.5)
        && (0..words.0.len())
            .any(|at| word(at) == "top" && number(at + 1).is_some() && word(at + 2) == "top");
    let otherwise = of_them.is_some_and(|value| (value - first).abs() > 0.5)
        && !words
            .0
            .iter()
            .any(|word| matches!(word.text.as_str(), "each" | "every" | "per" | "which" | "how"));
    (twice || otherwise).then(|| TWO_COUNTS.to_owned())
}

/// "in the morning after 8 pm": two conditions on one number that no row can meet.
pub(super) fn impossible(query: &MetricQuery) -> bool {
    let range = |filter: &MetricFilter| -> Option<(f64, f64)> {
        let numbers: Vec<f64> = filter
            .values
            .iter()
            .map(|value| match value {
                FilterValue::Text(text) => day_part(text).map(|(from, _)| from),
                number => number.as_number(),
            })
            .collect::<Option<_>>()?;
        let part = match filter.values.as_slice() {
            [FilterValue::Text(text)] if filter.op == FilterOp::Eq => day_part(text),
            _ => None,
        };
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if let Some(part) = part {
            return Some(part);
        }
        Some(match filter.op {
            FilterOp::Eq | FilterOp::In | FilterOp::Between => (low, high),
            FilterOp::Ge => (low, f64::INFINITY),
            FilterOp::Gt => (low + f64::EPSILON.max(low.abs() * 1e-9), f64::INFINITY),
            FilterOp::Le => (f64::NEG_INFINITY, high),
            FilterOp::Lt => (f64::NEG_INFINITY, high - f64::EPSILON.max(high.abs() * 1e-9)),
            _ => return None,
        })
    };
    let kind =
        |field: &str| if field == "day_part" { "order_hour_of_day".to_owned() } else { field.to_owned() };
    let listed =
        |filter: &MetricFilter| query.dimensions.contains(&filter.field) && filter.op == FilterOp::In;
    // A list of hours that was read apart is no contradiction.
    let picks = |filter: &MetricFilter| {
        filter.op.picks() && !matches!(filter.values.first(), Some(FilterValue::Text(_)))
    };
    let timed = |filter: &MetricFilter| kind(&filter.field) == "order_hour_of_day";
    // Other numbers: "exactly one order and more than five orders".
    let bounded = |filter: &MetricFilter| {
        ["customer_orders", "order_size", "customer_items", "order_number"].contains(&filter.field.as_str())
            && filter.values.iter().all(|value| !matches!(value, FilterValue::Text(_)))
    };
    query.filters.iter().enumerate().any(|(at, one)| {
        query.filters.iter().skip(at + 1).any(|other| {
            let numbers = bounded(one) && bounded(other) && one.field == other.field;
            if !numbers && (!timed(one) || !timed(other))
                || listed(one)
                || listed(other)
                || picks(one) && picks(other)
            {
                return false;
            }
            matches!((range(one), range(other)), (Some(a), Some(b)) if a.0 > b.1 || b.0 > a.1)
        })
    })
}

/// The hours of a part of the day.
fn day_part(name: &str) -> Option<(f64, f64)> {
    Some(match name {
        "night" => (0.0, 5.0),
        "morning" => (6.0, 11.0),
        "afternoon" => (12.0, 17.0),
        "evening" => (18.0, 23.0),
        _ => return None,
    })
}

/// Says that no row can meet the question, and asks which condition is meant.
pub(super) fn nothing_meets(question: &Question<'_>) -> Draft {
    let text = "Nothing can meet both conditions at once. Which one do you mean?";
    let options = if question.role().is_staff() {
        ["How many orders are there by hour?", "Top 5 aisles by items"]
    } else {
        ["What are the most popular products?", "What are the 5 most popular products?"]
    };
    let options =
        options.iter().map(|text| ClarifyOption { label: (*text).into(), question: (*text).into() });
    Draft::clarify(Clarify { question: text.into(), options: options.collect() })
}

/// Words that hold one side against another.
const COMPARED: &[&str] =
    &["vs", "versus", "compare", "compared", "comparing", "against", "different", "difference", "differ"];

/// What bounds count.
const UNITS: &[&str] = &[
    "item", "order", "product", "customer", "purchase", "day", "hour", "line", "percent", "%", "time",
    "aisle", "buyer",
];

/// "more than 20 and fewer than 10 items".
fn bounds(question: &Question<'_>, words: &Words) -> Option<String> {
    let number_after = |span: usize| {
        let token = question.spans.get(span)?.end;
        let word = words.0.iter().find(|word| word.token >= token)?;
        Some(word.stem.clone())
    };
    let thresholds = &question.entities.thresholds;
    // "under 5, from 5 to 10, and over 10" are bands.
    if words.0.iter().filter(|word| word.number.is_some()).count() != 2 {
        return None;
    }
    // "small ones (up to 5 items) compared with large ones (more than 15)": each bound says what one side is.
    let said = |list: &[&str]| words.0.iter().any(|word| list.contains(&word.text.as_str()));
    if said(COMPARED)
        || said(&["small", "smaller", "short", "light"]) && said(&["large", "larger", "big", "long", "heavy"])
    {
        return None;
    }
    for lower in thresholds.iter().filter(|t| matches!(t.cue, Cue::AtLeast | Cue::MoreThan)) {
        for upper in thresholds.iter().filter(|t| matches!(t.cue, Cue::AtMost | Cue::FewerThan)) {
            let units = (number_after(lower.spans[1]), number_after(upper.spans[1]));
            let joined = |unit: &Option<String>| matches!(unit.as_deref(), Some("and" | "but" | "or") | None);
            let unit = |unit: &Option<String>| unit.as_deref().is_some_and(|unit| UNITS.contains(&unit));
            let same = units.0 == units.1
                || joined(&units.0)
                || joined(&units.1)
                || !unit(&units.0)
                || !unit(&units.1);
            if same && lower.value > upper.value {
                return Some(
                    "Nothing can be above the first bound and below the second. Which bounds do you mean?"
                        .to_owned(),
                );
            }
        }
    }
    None
}

fn wanted_and_left_out(question: &Question<'_>, words: &Words) -> Option<String> {
    let compared = ["vs", "versus", "compare", "compared", "against", "than", "or", "any", "difference"];
    if words.0.iter().any(|word| compared.contains(&word.text.as_str())) {
        return None;
    }
    let named = &question.entities.named;
    let both = |a: &&super::super::link_entities::Named| {
        a.excluded && named.iter().any(|b| !b.excluded && b.name == a.name)
    };
    let name = &named.iter().find(both)?.name.text;
    Some(format!("The question both wants and leaves out “{name}”. Which one do you mean?"))
}

/// "at 27:00": a time that no clock shows.
fn no_such_clock(message: &str) -> Option<String> {
    message.split_whitespace().find_map(|word| {
        let (hour, minutes) = word.trim_matches(|c: char| !c.is_ascii_digit()).split_once(':')?;
        let clock = hour.len() == 2 && minutes.len() == 2 && minutes.parse::<u8>().is_ok_and(|m| m < 60);
        let hour = hour.parse::<u8>().ok().filter(|hour| clock && *hour > 24)?;
        Some(format!("There is no hour {hour} in a day. Which hour do you mean?"))
    })
}

/// "27 o'clock", "hour 30", "day 9".
fn no_such_time(words: &Words) -> Option<String> {
    words.0.windows(2).enumerate().find_map(|(at, pair)| {
        let [first, second] = pair else { return None };
        let before = at.checked_sub(1).and_then(|at| words.0.get(at)).map_or("", |word| word.text.as_str());
        let hour = match (first.number, second.number) {
            (Some(hour), _) if second.text == "o'clock" || second.text == "oclock" => hour > 24.0,
            (Some(hour), _) if matches!(second.text.as_str(), "am" | "pm") => hour > 12.0 && second.text == "am" || hour > 23.0,
            (None, Some(hour)) if first.text == "hour" && before != "per" => hour > 24.0,
            _ => false,
        };
        let day = match second.number {
            Some(day) => (first.text == "day" || (first.text == "number" && before == "day")) && day > 6.0,
            None => false,
        };
        let number = first.number.or(second.number)?;
        let shown = format!("{number}");
        if hour {
            Some(format!("There is no hour {shown} in a day. Which hour do you mean?"))
        } else if day {
            Some(format!("There is no day number {shown} in the data, which numbers the days of a week. Which day number do you mean?"))
        } else {
            None
        }
    })
}
