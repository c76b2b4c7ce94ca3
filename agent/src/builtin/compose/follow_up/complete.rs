//! A short reply to a question back: the message before with what was missing in it.
//!
//! The reply names one of the options, or it fills the place that was left open: "it", "that aisle", "the customer", a
//! weekday; where there is no such place it stands behind. Gives the messages worth trying, the likeliest first.

use domain::answer::Clarify;

use super::{
    cues::{self, phrase_at},
    topic::Kind,
};
use crate::builtin::{lexicon::WEEKDAYS, normalise::Token};

/// A longer message is a question of its own.
const LONGEST_REPLY: usize = 12;
/// Words that agree.
const YES: &[&str] = &[
    "yes",
    "yeah",
    "yep",
    "sure",
    "exactly",
    "right",
    "correct",
    "that one",
    "that is right",
    "yes please",
    "ok",
    "okay",
    "yes that",
    "yes that one",
];

/// Messages that the reply may stand for.
pub(crate) fn complete(before: &[Token], reply: &[Token], clarify: &Clarify) -> Vec<String> {
    if reply.len() > LONGEST_REPLY || reply.is_empty() {
        return Vec::new();
    }
    if let Some(option) = chosen(reply, clarify) {
        return vec![option];
    }
    let words = bare(reply);
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<String> = timed(before, &words).into_iter().chain(hole(before, &words)).collect();
    found.push(format!("{} {words}", join(before)));
    found
}

fn join(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The option that the reply names.
fn chosen(reply: &[Token], clarify: &Clarify) -> Option<String> {
    let at = |place: usize| clarify.options.get(place).map(|option| option.question.clone());
    let agreed = phrase_at(reply, 0, YES).is_some_and(|length| length == reply.len());
    if agreed && clarify.options.len() == 1 {
        return at(0);
    }
    let said: Vec<&Token> = reply
        .iter()
        .filter(|token| {
            !matches!(
                token.text.as_str(),
                "the"
                    | "one"
                    | "a"
                    | "please"
                    | "i"
                    | "meant"
                    | "mean"
                    | "option"
                    | "number"
                    | "by"
                    | "then"
                    | "of"
                    | ","
                    | "ones"
                    | "yes"
                    | "no"
            )
        })
        .collect();
    let ordinal = match said.as_slice() {
        [token] => match token.text.as_str() {
            "first" | "1st" => Some(0),
            "second" | "2nd" => Some(1),
            "third" | "3rd" => Some(2),
            "last" => clarify.options.len().checked_sub(1),
            _ => None,
        },
        _ => None,
    };
    if let Some(place) = ordinal {
        return at(place);
    }
    let holds = |label: &str| {
        let own: Vec<String> = label
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .map(crate::builtin::normalise::stem)
            .collect();
        !said.is_empty() && said.iter().all(|token| own.contains(&token.stem))
    };
    let mut fitting = clarify.options.iter().filter(|option| holds(&option.label));
    match (fitting.next(), fitting.next()) {
        (Some(option), None) => Some(option.question.clone()),
        _ => None,
    }
}

/// The reply without the chat around it.
fn bare(reply: &[Token]) -> String {
    let cues = cues::cues(reply);
    let opened = (0..reply.len())
        .take_while(|at| cues.tokens.get(*at).is_some_and(|token| token.text == "the"))
        .count();
    let kept: Vec<&str> = reply
        .iter()
        .skip(opened)
        .map(|token| token.text.as_str())
        .filter(|word| !matches!(*word, "please" | "then" | "thanks" | "i" | "meant" | "mean"))
        .collect();
    unframed(&kept).join(" ")
}

/// "it is number 313", "let us say the weekend is day 0": what is said, without the words that say that it is.
fn unframed<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    const FRAME: &[&str] = &[
        "it",
        "is",
        "was",
        "that",
        "would",
        "be",
        "number",
        "no",
        "id",
        "say",
        "let",
        "us",
        "make",
        "take",
        "for",
        "with",
        "as",
        "the",
        "customer's",
    ];
    let framed = words.iter().take_while(|word| FRAME.contains(word)).count();
    let rest = words.get(framed..).unwrap_or_default();
    // "weekend is day 0"
    let defined = match rest {
        [day, "is" | "are" | "means" | "mean" | "=", ..]
            if *day == "weekend" || WEEKDAYS.contains(day) || *day == "weekends" =>
        {
            2
        }
        _ => 0,
    };
    let rest = rest.get(defined..).unwrap_or_default();
    if rest.is_empty() { words } else { rest }
}

/// "our three weekend best sellers", "day 0 and 1": the time stands behind what is asked for.
fn timed(before: &[Token], words: &str) -> Option<String> {
    let is_time = |token: &Token| {
        WEEKDAYS.contains(&token.text.as_str())
            || WEEKDAYS.contains(&token.stem.as_str())
            || token.stem == "weekend"
    };
    let at = before.iter().position(is_time).filter(|_| words.starts_with("day"))?;
    let opened = at.checked_sub(1).and_then(|before_it| before.get(before_it));
    if opened.is_some_and(|token| matches!(token.text.as_str(), "on" | "at" | "the" | "in")) {
        return None;
    }
    let kept: Vec<Token> =
        before.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, t)| t.clone()).collect();
    Some(format!("{} on {words}", join(&kept)))
}

/// The message before with the reply in the place that was open.
fn hole(before: &[Token], words: &str) -> Option<String> {
    let text = |at: usize| before.get(at).map_or("", |token| token.text.as_str());
    let splice = |from: usize, to: usize, by: &str| {
        let (head, tail) = (before.get(..from).unwrap_or_default(), before.get(to..).unwrap_or_default());
        format!("{} {by} {}", join(head), join(tail))
    };
    for at in 0..before.len() {
        let article = matches!(text(at), "the" | "this" | "that" | "a" | "these" | "those");
        if article && let Some(kind) = Kind::of_word(text(at + 1)) {
            let number = words.chars().all(|c| c.is_ascii_digit());
            let by = match kind {
                Kind::Customer if number => format!("customer {words}"),
                Kind::Aisle | Kind::Department | Kind::Segment if !words.contains(text(at + 1)) => {
                    format!("{words} {}", text(at + 1))
                }
                _ => words.to_owned(),
            };
            let by = match kind {
                Kind::Aisle | Kind::Department | Kind::Segment => format!("the {by}"),
                _ => by,
            };
            return Some(splice(at, at + 2, &by));
        }
        if matches!(text(at), "that" | "this") && text(at + 1) == "one" {
            return Some(splice(at, at + 2, words));
        }
        let stem = before.get(at).map_or("", |token| token.stem.as_str());
        if WEEKDAYS.contains(&text(at)) || WEEKDAYS.contains(&stem) || stem == "weekend" {
            let from = (0..at)
                .rev()
                .take_while(|before| matches!(text(*before), "the" | "on" | "at" | "a" | "in"))
                .last();
            let numbered = words.starts_with("day");
            let by = if numbered { format!("on {words}") } else { words.to_owned() };
            return Some(splice(from.unwrap_or(at), at + 1, &by));
        }
        if matches!(text(at), "it" | "its") && !cues::is_measure(before, at) {
            return Some(splice(at, at + 1, words));
        }
    }
    // "of that", at the end
    let last = before.len().checked_sub(1)?;
    matches!(text(last), "that" | "there" | "this").then(|| splice(last, last + 1, words))
}
