//! The words of a conversation: what opens a follow-up, corrects, contrasts, adds, points back or leaves a topic.
//!
//! tokens → [`Cues`]: how the message hangs on the talk before, and the tokens with those words blanked, so that the
//! passes of `analytics` read only what is new. Phrases are a few words each; none is a sentence.

use crate::builtin::normalise::Token;

/// Words that begin a follow-up and say nothing else.
const AND: &[&str] = &["and", "also", "plus", "but", "then", "next", "or"];
/// Words that put something in the place of what was.
const INSTEAD: &[&str] = &[
    "what about",
    "how about",
    "what of",
    "now",
    "same for",
    "same thing for",
    "the same for",
    "same question for",
    "same with",
    "same in",
    "the same in",
    "same",
    "the same",
    "change it to",
    "change that to",
    "change to",
    "switch to",
    "switch it to",
    "make it",
    "make that",
    "make them",
    "set it to",
    "try",
    "repeat for",
    "repeat that for",
    "do the same for",
    "do that for",
    "and for",
];
/// Words that correct.
const CORRECT: &[&str] = &[
    "no",
    "nope",
    "nah",
    "sorry",
    "oops",
    "ups",
    "whoops",
    "wait",
    "no wait",
    "hold on",
    "i meant",
    "i ment",
    "i mean",
    "meant",
    "ment",
    "wrong one",
    "wrong",
    "that is wrong",
    "my bad",
    "my mistake",
    "actually",
    "correction",
    "scratch that",
    "i said",
    "typo",
    "i wanted",
    "i want",
    "not quite",
    "not that one",
    "not that",
    "not this",
    "excuse me",
    "should be",
    "should have been",
    "apologies",
    "pardon",
];
/// Chat before the point.
const CHAT: &[&str] = &[
    "ok",
    "okay",
    "hmm",
    "hm",
    "well",
    "so",
    "fine",
    "great",
    "thanks",
    "thank you",
    "right",
    "alright",
    "cool",
    "nice",
    "good",
    "perfect",
    "interesting",
    "oh",
    "ah",
    "please",
    "then",
    "yes",
    "yeah",
    "um",
    "uh",
    "hey",
    "good",
    "i see",
    "got it",
    "let us see",
];
/// Words that leave the topic.
const SWITCH: &[&str] = &[
    "new topic",
    "new question",
    "a new question",
    "different question",
    "different topic",
    "another question",
    "another topic",
    "other question",
    "other topic",
    "next question",
    "unrelated",
    "unrelated question",
    "something else",
    "something different",
    "something completely different",
    "change of topic",
    "change of subject",
    "change topic",
    "changing the subject",
    "changing topic",
    "separately",
    "moving on",
    "on another note",
    "on a different note",
    "totally different",
    "completely different",
    "forget that",
    "forget it",
    "forget about that",
    "leave that",
    "start over",
    "by the way",
    "btw",
    "besides that",
    "apart from that",
];
/// Words that return to an earlier topic; what they return to is named behind them.
const RETURN: &[&str] = &["back to", "returning to", "going back to", "go back to", "as for", "regarding"];
/// Words that add a thing to those before.
const ADDS: &[&str] =
    &["too", "as well", "also", "add", "adding", "in addition", "on top", "include", "throw in"];
/// "3 will do": the number counts.
const ENOUGH: &[&str] = &[
    "will do",
    "would do",
    "is enough",
    "are enough",
    "enough",
    "is fine",
    "are fine",
    "suffices",
    "suffice",
    "will suffice",
    "is plenty",
    "is ok",
    "please",
    "thanks",
];
/// Words that put a thing in the place of what follows them.
const RATHER_THAN: &[&str] = &["instead of", "rather than", "in place of", "and not", "not"];
/// Words that take a condition back.
const CLEARS: &[&str] = &[
    "all day together",
    "all day",
    "whole day",
    "the whole day",
    "any time",
    "any time of day",
    "all times",
    "all hours",
    "around the clock",
    "overall",
    "in general",
    "in the shop",
    "in the whole shop",
    "across the shop",
    "across all",
    "of all customers",
    "for everybody",
    "for everyone",
    "everybody",
    "everyone",
    "shop wide",
    "for all customers",
    "without the filter",
    "everywhere",
];
/// Words for several things of the answer before.
const PLURAL: &[&str] = &["those", "these", "them", "they", "their", "theirs", "both"];
/// Words that say nothing but that the message leans on what was.
const LEANS: &[&str] = &[
    "instead", "again", "that", "it", "this", "its", "there", "back", "zoom", "drill", "down", "into",
    "only", "just", "break", "split", "too", "do", "will", "make", "same", "one", "ones", "now", "please",
    "thanks", "want", "like", "version", "view", "result", "results", "list", "answer", "question", "show",
    "give", "me", "see", "more", "rather", "then", "compare", "for", "with", "to", "out", "by", "of", "in",
    "the", "a", "an", "and", "or", ",", "first", "those", "these", "same", "together", "all", "each", "wait",
    "versus", "vs", "what", "how", "about", "does", "did", "is", "are", "was", "were", "brake", "narrow",
    "limit", "restrict", "filter", "cut", "keep",
];

/// What is done with an answer as a whole: "plot it", "break that down".
const ACTED: &[&str] = &[
    "plot",
    "make",
    "show",
    "draw",
    "split",
    "break",
    "brake",
    "chart",
    "compare",
    "put",
    "see",
    "sort",
    "do",
    "limit",
    "restrict",
    "narrow",
    "cut",
    "graph",
    "change",
    "visualise",
    "visualize",
    "repeat",
    "give",
    "group",
    "rank",
    "slice",
];

/// Those that say something themselves.
const TELLING: &[&str] = &[
    "plot",
    "draw",
    "chart",
    "graph",
    "visualise",
    "visualize",
    "compare",
    "split",
    "break",
    "rank",
    "slice",
    "group",
];

/// How a message hangs on the talk before.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cues {
    /// "and", "also".
    pub(crate) and: bool,
    /// "what about", "now", "instead".
    pub(crate) instead: bool,
    /// "only", "just".
    pub(crate) only: bool,
    /// "no", "I meant".
    pub(crate) corrects: bool,
    /// "new topic".
    pub(crate) switches: bool,
    /// "back to".
    pub(crate) returns: bool,
    /// "too", "add".
    pub(crate) adds: bool,
    /// "those", "of the three": the rows before.
    pub(crate) plural: bool,
    /// "in each of them".
    pub(crate) each: bool,
    /// "the lowest": of what was just measured ("is it").
    pub(crate) leans: bool,
    /// "all the other segments".
    pub(crate) others: bool,
    /// "all day", "overall".
    pub(crate) clears: bool,
    /// The tokens with the words of the talk blanked.
    pub(crate) tokens: Vec<Token>,
    /// The blanked tokens.
    pub(crate) hidden: Vec<usize>,
    /// Tokens that steer the talk, blanked or not.
    pub(crate) said: Vec<usize>,
}

/// Every word of the talk, for the spelling.
pub(crate) fn talk_words() -> impl Iterator<Item = &'static str> {
    let lists = [AND, INSTEAD, CORRECT, CHAT, SWITCH, RETURN, ADDS, ENOUGH, CLEARS, PLURAL, LEANS];
    lists.into_iter().flatten().copied()
}

/// A token that says nothing.
fn blank(token: &mut Token) {
    token.text = "the".into();
    token.stem = "the".into();
    token.number = None;
}

/// The length of the phrase of the list that stands at a place; the longest of several.
pub(crate) fn phrase_at(tokens: &[Token], at: usize, phrases: &[&str]) -> Option<usize> {
    phrases
        .iter()
        .filter_map(|phrase| {
            let words: Vec<&str> = phrase.split(' ').collect();
            let window = tokens.get(at..at + words.len())?;
            window.iter().zip(&words).all(|(token, word)| token.text == *word).then_some(words.len())
        })
        .max()
}

impl Cues {
    /// Whether it is opened as a follow-up.
    pub(crate) fn opened(&self) -> bool {
        self.and
            || self.instead
            || self.only
            || self.corrects
            || self.adds
            || self.plural
            || self.each
            || self.leans
    }

    fn hide(&mut self, from: usize, to: usize) {
        for at in from..to {
            if let Some(token) = self.tokens.get_mut(at) {
                blank(token);
                self.said.push(at);
                self.hidden.push(at);
            }
        }
    }

    fn has(&self, at: usize, phrases: &[&str]) -> Option<usize> {
        phrase_at(&self.tokens, at, phrases)
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Whether a word asks for one thing and so ends what opens the message.
    fn opening(&mut self) -> usize {
        let mut at = 0;
        while at < self.tokens.len() {
            let rest = self.tokens.len() - at;
            let (length, flag): (usize, fn(&mut Self)) = if let Some(n) = self.has(at, SWITCH) {
                (n, |cues| cues.switches = true)
            } else if let Some(n) = self.has(at, RETURN) {
                (n, |cues| cues.returns = true)
            } else if let Some(n) = self.has(at, INSTEAD) {
                (n, |cues| cues.instead = true)
            } else if let Some(n) = self.has(at, CORRECT).filter(|n| *n < rest) {
                (n, |cues| cues.corrects = true)
            } else if let Some(n) = self.has(at, AND).filter(|n| *n < rest) {
                (n, |cues| cues.and = true)
            } else if let Some(n) = self.has(at, CHAT).filter(|n| *n < rest) {
                (n, |_| {})
            } else if matches!(self.text(at), "only" | "just") {
                (1, |cues| cues.only = true)
            } else if self.text(at) == "," && at > 0 {
                (1, |_| {})
            } else {
                break;
            };
            flag(self);
            self.hide(at, at + length);
            at += length;
        }
        at
    }

    /// "not 5, 3", "not the rate, just the number", "frozen instead of produce".
    fn contrast(&mut self, from: usize) {
        let not = matches!(self.text(from), "not" | "no");
        let turn = (from + 1..self.tokens.len()).find(|at| {
            matches!(self.text(*at), "," | "but" | "just" | "only") && *at + 1 < self.tokens.len()
        });
        if let (true, Some(turn)) = (not, turn) {
            self.corrects = true;
            self.hide(from, turn + 1);
            self.opening();
        }
        for at in from + 1..self.tokens.len() {
            let Some(length) = self.has(at, RATHER_THAN) else { continue };
            // "without": a thing that is not wanted is a condition; only what is said instead of it is a contrast.
            if matches!(self.text(at), "not" | "and") && !self.corrects {
                continue;
            }
            if matches!(self.text(at), "not")
                && matches!(self.text(at + 1), "in" | "organic" | "from" | "more")
            {
                continue;
            }
            self.instead = true;
            let end =
                (at + length..self.tokens.len()).find(|p| self.text(*p) == ",").unwrap_or(self.tokens.len());
            self.hide(at, end);
            break;
        }
        // "…, instead"
        for at in 0..self.tokens.len() {
            if self.text(at) == "instead" {
                self.instead = true;
                self.hide(at, at + 1);
            }
        }
    }

    /// "those", "of the three", "in each of them".
    fn plurals(&mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            let number = |cues: &Self, place: usize| {
                cues.tokens
                    .get(place)
                    .and_then(|token| token.number)
                    .is_some_and(|n| (2.0..=12.0).contains(&n))
            };
            if self.text(at) == "each" && self.text(at + 1) == "of" && PLURAL.contains(&self.text(at + 2)) {
                self.each = true;
                self.plural = true;
                self.hide(at, at + 3);
            } else if PLURAL.contains(&self.text(at)) {
                // "they" opens a clause of its own, "their top 3" has its own number.
                let counted = matches!(self.text(at), "those" | "these" | "both") && number(self, at + 1);
                let demonstrative = matches!(self.text(at), "those" | "these" | "both");
                let mut end = at + 1 + usize::from(counted);
                let noun = demonstrative
                    && matches!(
                        self.tokens.get(end).map_or("", |token| token.stem.as_str()),
                        "product"
                            | "aisle"
                            | "department"
                            | "customer"
                            | "segment"
                            | "hour"
                            | "day"
                            | "item"
                            | "category"
                            | "one"
                            | "thing"
                    );
                end += usize::from(noun);
                self.plural = true;
                self.hide(at, end);
            } else if self.text(at) == "of" && self.text(at + 1) == "the" && number(self, at + 2) {
                let last = at + 3 >= self.tokens.len();
                let verb = matches!(
                    self.text(at + 3),
                    "is" | "has" | "are" | "have" | "was" | "sells" | "does" | "did" | "ones"
                );
                if last || verb {
                    self.plural = true;
                    self.hide(at, at + 3);
                }
            }
            at += 1;
        }
    }

    /// "nothing with cheese": without cheese.
    fn nothing(&mut self) {
        for at in 0..self.tokens.len() {
            if self.text(at) == "nothing"
                && matches!(self.text(at + 1), "with" | "containing" | "from" | "like")
            {
                if let Some(token) = self.tokens.get_mut(at) {
                    token.text = "without".into();
                    token.stem = "without".into();
                    self.said.push(at);
                }
                self.hide(at + 1, at + 2);
            }
        }
    }

    fn rest(&mut self) {
        self.nothing();
        for at in 0..self.tokens.len() {
            if let Some(length) = self.has(at, CLEARS) {
                self.clears = true;
                self.hide(at, at + length);
            } else if let Some(length) = self.has(at, ADDS) {
                self.adds = true;
                self.hide(at, at + length);
            } else if let Some(length) = self.has(at, ENOUGH) {
                self.hide(at, at + length);
            } else if matches!(self.text(at), "other" | "others" | "rest" | "else")
                && (matches!(self.text(at.saturating_sub(1)), "the" | "all" | "everyone" | "everything"))
            {
                self.others = true;
                self.hide(at, at + 1);
                // "all the other segments"
                for before in [at.wrapping_sub(1), at.wrapping_sub(2)] {
                    if matches!(self.text(before), "all" | "everyone" | "everything") {
                        self.hide(before, before + 1);
                    }
                }
            } else if matches!(self.text(at), "it" | "that" | "this") && self.tokens.len() <= 10 {
                // "break that down by aisle", "plot it": the verb is about the answer.
                let acted = at.checked_sub(1).filter(|before| {
                    let verb = self.text(*before);
                    ACTED.contains(&verb) && !TELLING.contains(&verb)
                });
                if let Some(before) = acted {
                    self.leans = true;
                    self.hide(before, at + 1);
                } else if self.text(at) == "it" {
                    self.leans |= is_measure(&self.tokens, at);
                }
            } else if self.text(at) == "single"
                && matches!(self.text(at.wrapping_sub(1)), "which" | "the" | "what")
            {
                self.hide(at, at + 1);
            }
        }
        let trailing = self.tokens.iter().rposition(|token| token.text != "the");
        let closes = |last: &usize| matches!(self.text(*last), "only" | "just" | "now" | "alone" | "then");
        if let Some(last) = trailing.filter(closes) {
            match self.text(last) {
                "now" => self.instead = true,
                "then" => self.and = true,
                _ => self.only = true,
            }
            self.hide(last, last + 1);
        }
    }
}

/// "in which hour is it lowest", "plot it": the figure before rather than a thing.
pub(crate) fn is_measure(tokens: &[Token], at: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let before = at.checked_sub(1).map_or("", text);
    let acted = ACTED.contains(&before);
    let ranked = matches!(
        text(at + 1),
        "lowest"
            | "highest"
            | "most"
            | "least"
            | "at"
            | "best"
            | "worst"
            | "busiest"
            | "biggest"
            | "smallest"
            | "largest"
            | "quietest"
            | "peak"
            | "the"
            | "looks"
            | "look"
            | "like"
    );
    let judged = matches!(before, "is" | "was" | "does" | "did") && ranked;
    acted || judged || (before == "does" && matches!(text(at + 1), "compare" | "look"))
}

/// Reads the words of the talk.
pub(crate) fn cues(tokens: &[Token]) -> Cues {
    let mut cues = Cues { tokens: tokens.to_vec(), ..Cues::default() };
    let at = cues.opening();
    cues.contrast(at);
    cues.plurals();
    cues.rest();
    let leaning = |token: &Token| LEANS.contains(&token.text.as_str());
    cues.said.extend(tokens.iter().enumerate().filter(|(_, token)| leaning(token)).map(|(at, _)| at));
    cues.said.sort_unstable();
    cues.said.dedup();
    cues
}
