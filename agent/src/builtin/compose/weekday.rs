//! Weekdays by name: the data numbers its days and does not say which weekday a number is.
//!
//! "by weekday" groups by those numbers and is answered; "on mondays", "at the weekend" are asked back, with the same
//! question by day number.

use std::collections::BTreeMap;

use domain::answer::{Clarify, ClarifyOption};

use super::{Question, shopping};
use crate::{
    builtin::patterns::{Word, Words},
    draft::Draft,
};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Short forms; only beside another day, or behind "on".
const SHORT: [&str; 10] = ["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"];
/// Groups of days.
const GROUPS: [&str; 6] = ["weekend", "midweek", "workday", "workweek", "businessday", "weeknight"];
/// Before "weekday": the days by number are asked for.
const GROUPING: [&str; 8] = ["by", "per", "each", "every", "which", "what", "across", "of"];
/// A word of this length on may be a day with two letters wrong.
const FUZZY_LENGTH: usize = 6;

/// Asks for the number of the day.
pub(super) fn weekday(question: &Question<'_>, words: &Words) -> Option<Draft> {
    let named: BTreeMap<usize, String> = words
        .0
        .iter()
        .enumerate()
        .filter_map(|(at, word)| Some((at, day(question, words, at, word)?)))
        .collect();
    let written = named.values().next()?.clone();
    if shopping::day_is_an_occasion(question) {
        return None;
    }
    let mut options = Vec::new();
    options.extend(by_number(question, words, &named));
    for text in
        ["How many orders are there by day of the week?", "What are the most popular products on day 0?"]
    {
        options.push(ClarifyOption { label: text.into(), question: text.into() });
    }
    Some(Draft::clarify(Clarify {
        question: format!(
            "The data numbers the days of the week and does not say which number is which weekday, so “{written}” \
             cannot be looked up by name. Which day number do you mean?"
        ),
        options,
    }))
}

/// The day, as written, that a word names.
fn day(question: &Question<'_>, words: &Words, at: usize, word: &Word) -> Option<String> {
    if word.named {
        return None;
    }
    let text = word.text.as_str();
    let stem = word.stem.as_str();
    let before =
        at.checked_sub(1).and_then(|before| words.0.get(before)).map_or("", |word| word.text.as_str());
    let whole = DAYS.contains(&stem) || GROUPS.contains(&stem);
    // "weekday 2" is a number already.
    let numbered = words.0.get(at + 1).is_some_and(|next| next.number.is_some_and(|number| number <= 6.0));
    let weekday = stem == "weekday" && !numbered && (text != stem || !GROUPING.contains(&before));
    let short = SHORT.contains(&text) && {
        let beside =
            |other: &Word| SHORT.contains(&other.text.as_str()) || DAYS.contains(&other.stem.as_str());
        before == "on" || words.0.iter().enumerate().any(|(other, word)| other != at && beside(word))
    };
    let written = || {
        let token = question.tokens.get(word.token)?;
        Some(token.corrected_from.clone().unwrap_or_else(|| token.text.clone()))
    };
    let fuzzy = || {
        let written = written().unwrap_or_default();
        let near = |day: &&str| {
            written.chars().next() == day.chars().next()
                && (strsim::osa_distance(&written, day) <= 2
                    || strsim::osa_distance(written.trim_end_matches('s'), day) <= 2)
        };
        written.len() >= FUZZY_LENGTH
            && !question.vocabulary.knows(&written)
            && !written.starts_with("sundae")
            && DAYS.iter().any(near)
    };
    if whole || weekday || short || fuzzy() { written() } else { None }
}

/// The same question by day number: each named day becomes another number.
fn by_number(
    question: &Question<'_>,
    words: &Words,
    named: &BTreeMap<usize, String>,
) -> Option<ClarifyOption> {
    let mut text: Vec<char> = question.asked.message.chars().collect();
    for (number, at) in named.keys().enumerate().collect::<Vec<_>>().into_iter().rev() {
        let token = question.tokens.get(words.0.get(*at)?.token)?;
        let day = if named.get(at).is_some_and(|name| name.starts_with("weekend")) {
            "days 0 and 1".to_owned()
        } else {
            format!("day {number}")
        };
        text.splice(token.start..token.end.min(text.len()), day.chars());
    }
    let text: String = text.into_iter().collect();
    Some(ClarifyOption { label: text.clone(), question: text })
}
