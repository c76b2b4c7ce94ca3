//! The stretches of a message between separators: commas, "and", "or", the ends of sentences, dashes and colons.
//!
//! First step of `wishes`: tokens → [`Segment`]s, each with what stands before it. A request opens a sentence of its own,
//! and a separator inside a name separates nothing. Pure.

use super::Reader;
use crate::builtin::{link::Link, request::opens_request};

/// A stretch between separators.
#[derive(Debug, Clone, Default)]
pub(super) struct Segment {
    pub(super) tokens: Vec<usize>,
    /// What stands before it: "", ",", "and", "or", ".", ":".
    pub(super) opened_by: String,
}

impl Reader<'_> {
    /// Whether a sentence ends, or a list is announced, between a token and the next.
    pub(super) fn mark_behind(&self, at: usize) -> Option<char> {
        let (this, next) = (self.token(at)?, self.token(at + 1)?);
        let between = self.question.asked.message.chars().skip(this.end);
        between
            .take(next.start.saturating_sub(this.end))
            .find(|c| matches!(c, '.' | '?' | '!' | ':' | '\n' | '–' | '—' | '(' | ')' | '+'))
            .or_else(|| {
                // "seltzer / sparkling water", "pizza - frozen": a mark that stands alone.
                let between = self.question.asked.message.chars().skip(this.end);
                let between: String = between.take(next.start.saturating_sub(this.end)).collect();
                let words = this.text.len() > 2 && next.text.len() > 2;
                match between.as_str() {
                    " / " => Some('/'),
                    "/" if words => Some('/'),
                    " - " | "- " | " -- " => Some('-'),
                    _ => None,
                }
            })
    }

    pub(super) fn segments(&self) -> Vec<Segment> {
        let mut segments = vec![Segment::default()];
        for at in 0..self.question.tokens.len() {
            let text = self.text(at);
            let name = self.span_of(at).and_then(|span| self.question.spans.get(span));
            // "half and half", "mac and cheese": a separator inside a name separates nothing.
            let inside = name.is_some_and(|span| {
                span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
            });
            let earlier = at.checked_sub(1).map_or("", |before| self.text(before));
            let excepts = text == "but" && matches!(earlier, "anything" | "everything" | "all" | "nothing");
            let separates =
                matches!(text, "," | "and" | "&" | "or" | "plus" | "but" | "then") && !inside && !excepts;
            // "cauliflower as well as zucchini"
            let as_well = text == "well" && earlier == "as" && self.text(at + 1) == "as";
            if as_well {
                segments.push(Segment { opened_by: "and".into(), ..Segment::default() });
                continue;
            }
            if separates {
                let opened_by = text.to_owned();
                match segments.last_mut() {
                    // ", and", ", but": the word says more than the comma.
                    Some(last) if last.tokens.is_empty() => last.opened_by = opened_by,
                    _ => segments.push(Segment { opened_by, ..Segment::default() }),
                }
                continue;
            }
            // "…, so do you have lentils", "…, which yogurts": a request opens a sentence of its own.
            let rest: Vec<usize> = (at..self.question.tokens.len().min(at + 4)).collect();
            let first = segments.last().is_none_or(|last| {
                last.tokens.iter().all(|at| matches!(self.text(*at), "so" | "hence" | "then" | "please"))
            });
            let led = matches!(earlier, "so" | "hence" | "therefore") && !first;
            // Spoken without marks: "I do not know what to cook could you suggest something".
            let spoken = !first
                && segments.last().is_some_and(|last| last.tokens.len() > 2 && self.tells(&last.tokens))
                && matches!(
                    (text, self.text(at + 1)),
                    ("give" | "show" | "tell" | "find" | "get", "me" | "us")
                        | ("could" | "can" | "would" | "do", "you")
                )
                && !matches!(
                    earlier,
                    "to" | "you"
                        | "what"
                        | "which"
                        | "how"
                        | "where"
                        | "that"
                        | "please"
                        | "can"
                        | "could"
                        | "and"
                );
            let before = segments.iter().rev().find(|segment| !segment.tokens.is_empty());
            if before.is_some_and(|before| self.concludes(at, &before.tokens)) {
                match segments.last_mut() {
                    Some(last) if last.tokens.is_empty() => last.opened_by = ".".into(),
                    _ => segments.push(Segment { opened_by: ".".into(), ..Segment::default() }),
                }
            }
            let led = led || spoken;
            if (first || led) && self.opens_request(&rest, 0) && !inside {
                match segments.last_mut() {
                    Some(last) if first => {
                        if matches!(last.opened_by.as_str(), "," | "(" | "and" | "but" | "then") {
                            last.opened_by = ".".into();
                        }
                    }
                    _ => segments.push(Segment { opened_by: ".".into(), ..Segment::default() }),
                }
            }
            if let Some(last) = segments.last_mut() {
                last.tokens.push(at);
            }
            if let Some(mark) = self.mark_behind(at) {
                let opened_by = match mark {
                    ':' => ":",
                    '-' => "-",
                    '(' => "(",
                    '+' | '/' => ",",
                    _ => ".",
                };
                segments.push(Segment { opened_by: opened_by.into(), ..Segment::default() });
            }
        }
        segments
    }

    /// The sentence of each segment, counted from 0.
    pub(super) fn sentences(&self, segments: &[Segment]) -> Vec<usize> {
        let mut sentence = 0;
        let count = |(at, segment): (usize, &Segment)| {
            // "For sensitive skin, body wash I mean"
            let names = segment.opened_by == "," && self.names_anew(&segment.tokens);
            let clause = names
                || matches!(segment.opened_by.as_str(), "," | "(" | "and" | "but" | "-" | "then" | "or")
                    && self.opens_clause(&segment.tokens)
                    && !self.leaves_choice(&segment.tokens);
            sentence += usize::from(at > 0 && (segment.opened_by == "." || clause));
            sentence
        };
        segments.iter().enumerate().map(count).collect()
    }

    /// "do you", "can i", "which", "are there": how a request begins.
    pub(super) fn opens_request(&self, tokens: &[usize], position: usize) -> bool {
        opens_request(|step| tokens.get(position + step).map_or("", |at| self.text(*at)))
    }
}
