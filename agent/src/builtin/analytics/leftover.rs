//! What was not understood, and whether that matters.
//!
//! People tell stories around a question. A clause without any figure, thing or ranking asks nothing, so its words do
//! not count. In a clause that asks, an unknown word matters where it stands as a thing ("rate of flurbs", "without
//! flurbs", "flurb products") or is a word of product names; elsewhere ("presumably", "I wondered") it is forgiven, a
//! few times. Output: the tokens that are accounted for.

use std::collections::BTreeSet;

use super::item::{Items, Link, Mark, Noun, Verb};
use crate::builtin::{normalise::Token, vocabulary::Vocabulary};

/// Unknown words that are forgiven in the clauses that ask.
const FORGIVEN: usize = 5;

/// The tokens that the reading used, knows to mean nothing, or may pass over.
pub(super) fn explained(
    items: &Items,
    tokens: &[Token],
    message: &str,
    vocabulary: &Vocabulary,
) -> BTreeSet<usize> {
    let clauses = clauses(tokens, message);
    let clause_of =
        |at: usize| items.0.get(at).and_then(|item| clauses.get(item.from)).copied().unwrap_or_default();
    let asking: BTreeSet<usize> =
        (0..items.len()).filter(|at| items.mark(*at).is_some_and(asks)).map(clause_of).collect();
    // Where nothing but a noun asks, its clause does.
    let asking = if asking.is_empty() {
        (0..items.len()).filter(|at| matches!(items.mark(*at), Some(Mark::Noun(_)))).map(clause_of).collect()
    } else {
        asking
    };
    // The clauses that hold the figure itself; what the others restrict is clear without every word of them.
    let measured: BTreeSet<usize> = (0..items.len())
        .filter(|at| {
            matches!(
                items.mark(*at),
                Some(
                    Mark::Metric(_)
                        | Mark::ShareOf(_)
                        | Mark::Share
                        | Mark::HowMany
                        | Mark::HowOften
                        | Mark::Rank(..)
                )
            )
        })
        .map(clause_of)
        .collect();
    let mut forgiven = 0;
    let mut explained = BTreeSet::new();
    for (at, item) in items.0.iter().enumerate() {
        let known = match &item.mark {
            Mark::Part(_) | Mark::Bound(..) | Mark::Weekday | Mark::Cmp(_) => false,
            _ if !asking.contains(&clause_of(at)) => true,
            Mark::Ordinal(_) => false,
            Mark::Not => matches!(items.after(at), Some(Mark::Word | Mark::Verb(_))),
            Mark::Word => {
                let words = tokens.get(item.from..item.to).unwrap_or_default();
                let of_products = words.iter().any(|token| vocabulary.is_product_word(&token.text));
                let aside = !measured.contains(&clause_of(at));
                let thing = is_thing(items, at)
                    || is_rated(items, tokens, at)
                    || of_products && !aside && is_beside_figure(items, at);
                let passed = !thing && (aside || forgiven < FORGIVEN);
                forgiven += usize::from(passed && !aside);
                passed
            }
            _ => true,
        };
        if known {
            explained.extend(item.from..item.to);
        }
    }
    explained
}

/// Whether a mark is part of asking for figures.
pub(super) fn asks(mark: &Mark) -> bool {
    matches!(
        mark,
        Mark::Metric(_)
            | Mark::ShareOf(_)
            | Mark::Share
            | Mark::Where(_)
            | Mark::Having(_)
            | Mark::Among(_)
            | Mark::HowMany
            | Mark::HowOften
            | Mark::Rank(..)
            | Mark::MakeUp
            | Mark::Running
            | Mark::Never
            | Mark::Bands(..)
            | Mark::Part(_)
    )
}

/// Whether an unknown word stands where a thing is named.
fn is_thing(items: &Items, at: usize) -> bool {
    let before = items.before(at);
    let named = matches!(
        before,
        Some(
            Mark::Link(Link::Of | Link::For | Link::In | Link::With | Link::From)
                | Mark::Each
                | Mark::Not
                | Mark::Versus
                | Mark::Than
                | Mark::Called
                | Mark::HowMany
                | Mark::Never
                | Mark::Verb(_)
        )
    );
    // "how often do flurbs get reordered", "the flurb rate", "the aisle flurb"
    let subject = matches!(items.after(at), Some(Mark::Verb(_)))
        && matches!(before, None | Some(Mark::HowOften | Mark::HowMuch | Mark::Which | Mark::HowMany));
    let place = matches!(before, Some(Mark::Noun(Noun::Aisle | Noun::Department | Noun::Segment)))
        && matches!(items.after(at), None | Some(Mark::Comma | Mark::Link(_)));
    if subject || place {
        return true;
    }
    let heads = matches!(
        items.mark(at + 1),
        Some(Mark::Noun(Noun::Product | Noun::Item | Noun::Aisle | Noun::Department | Noun::Segment))
    );
    named || heads
}

/// "the flurb rate": a figure that nobody knows.
fn is_rated(items: &Items, tokens: &[Token], at: usize) -> bool {
    let next =
        items.0.get(at + 1).and_then(|item| tokens.get(item.from)).map_or("", |token| token.text.as_str());
    matches!(next, "rate" | "rates" | "score" | "ratio" | "index")
        && !matches!(items.mark(at + 1), Some(Mark::Metric(_) | Mark::ShareOf(_)))
}

/// Whether a word of product names stands where a thing would restrict a figure: "chocolate sales", "sells chocolate".
fn is_beside_figure(items: &Items, at: usize) -> bool {
    matches!(
        items.mark(at + 1),
        Some(
            Mark::Metric(_)
                | Mark::ShareOf(_)
                | Mark::Noun(_)
                | Mark::Verb(Verb::Buy | Verb::Reorder)
                | Mark::Rank(..)
        ) | None
    ) || matches!(
        items.before(at),
        Some(Mark::Rank(..) | Mark::Which | Mark::Metric(_) | Mark::Attribute(..))
    ) || at == 0
}

/// The number of the clause that each token stands in: sentences, and what brackets, dashes and colons set apart.
fn clauses(tokens: &[Token], message: &str) -> Vec<usize> {
    let characters: Vec<char> = message.chars().collect();
    let mut clause = 0;
    let mut end = 0;
    tokens
        .iter()
        .map(|token| {
            let between = characters.get(end.min(token.start)..token.start).unwrap_or_default();
            let ends =
                |c: &char| matches!(c, '.' | '?' | '!' | ';' | ':' | '(' | ')' | '\n' | '—' | '–' | '…');
            if between.iter().any(ends) || matches!(between, [' ', '-', ' ']) {
                clause += 1;
            }
            end = token.end;
            clause
        })
        .collect()
}

/// The tokens of a few words that were understood, without forgiving any.
pub(super) fn understood(items: &Items) -> BTreeSet<usize> {
    let left_over = |mark: &Mark| {
        matches!(
            mark,
            Mark::Word
                | Mark::Part(_)
                | Mark::Bound(..)
                | Mark::Not
                | Mark::Weekday
                | Mark::Ordinal(_)
                | Mark::Cmp(_)
        )
    };
    items.0.iter().filter(|item| !left_over(&item.mark)).flat_map(|item| item.from..item.to).collect()
}

/// The words of a few that nobody knows, stand for no thing and are no words of product names.
pub(super) fn passed_over(items: &Items, tokens: &[Token], vocabulary: &Vocabulary) -> BTreeSet<usize> {
    let passes = |at: usize| {
        let Some(item) = items.0.get(at) else { return false };
        let words = tokens.get(item.from..item.to).unwrap_or_default();
        let of_products = words.iter().any(|token| vocabulary.is_product_word(&token.text));
        let plain = words.iter().all(|token| token.text.chars().all(char::is_alphabetic));
        item.mark == Mark::Word && plain && !of_products && !is_thing(items, at)
    };
    let at = (0..items.len()).filter(|at| passes(*at));
    at.filter_map(|at| items.0.get(at)).flat_map(|item| item.from..item.to).collect()
}
