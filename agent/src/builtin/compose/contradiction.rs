//! Questions that no answer can meet: two counts for one ranking, bounds that exclude each other, a thing both wanted
//! and left out, hours and days that do not exist.

use std::sync::LazyLock;

use domain::answer::{Clarify, ClarifyOption};

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
        .or_else(|| wanted_and_left_out(question, words))
        .or_else(|| no_such_time(words))
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

const TWO_COUNTS: &str = "The question names two different counts. How many rows do you want, and of what: products, \
                          aisles or departments?";
const TWO_ENDS: &str =
    "The question asks for both ends of the ranking at once. Do you want the highest or the lowest?";
const NEVER_AND_OFTEN: &str = "What was never bought has no purchases to rank. Do you want products without purchases, or those bought least?";
const BOTH_KINDS: &str =
    "The question wants and excludes the same kind of product. Which of the two do you mean?";

const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "=single aisle|=single product|=single department|only one aisle|only one product|only one department|just one aisle|just one product|which one aisle|which one product + # most|top # ~ product|top # ~ aisle|# best|# highest|# biggest|# largest|# popular|# top - one of|per|each|for each|no one|in each|every",
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
        "organic but not organic|organic that are not organic|organic and not organic|not organic organic|nonorganic organic|organic ~ which are not organic|organic ~ that are not organic|vegan meat|gluten free ~ with gluten",
        BOTH_KINDS,
    ),
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
    for lower in thresholds.iter().filter(|t| matches!(t.cue, Cue::AtLeast | Cue::MoreThan)) {
        for upper in thresholds.iter().filter(|t| matches!(t.cue, Cue::AtMost | Cue::FewerThan)) {
            let units = (number_after(lower.spans[1]), number_after(upper.spans[1]));
            let joined = |unit: &Option<String>| matches!(unit.as_deref(), Some("and" | "but" | "or") | None);
            let same = units.0 == units.1 || joined(&units.0) || joined(&units.1);
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
    Some(format!("The question both wants and leaves out “{name}”. Which of the two do you mean?"))
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
