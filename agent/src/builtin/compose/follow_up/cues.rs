//! The words of a conversation: what opens a follow-up, corrects, contrasts, adds, points back or leaves a topic.
//!
//! tokens → [`Cues`]: how the message hangs on the talk before, and the tokens with those words blanked, so that the
//! passes of `analytics` read only what is new. Phrases are a few words each; none is a sentence.

use super::{
    gather::Jointly,
    order::Sorting,
    topic::Kind,
    words::{
        ACTED, ADDS, AND, AROUND_JOINTLY, AT_BOTTOM, BESIDE, CHAT, CLEARS, CLOSES, CORRECT, DROPS, EITHER,
        ENDS, ENOUGH, FORGETS, FROM_THE_START, GATHERS, INSTEAD, JOINTLY, LEANS, LEAVES, LISTED, NEITHER,
        ON_TOP, OUT, PICKS, PLAIN_COUNTS, PLURAL, RATHER_THAN, RETURN, SHARES, SWITCH, TELLING, THAT_IS,
        UNDO,
    },
};
use crate::builtin::normalise::Token;

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
    /// "forget the rate,": a figure that is not wanted.
    pub(crate) denies: bool,
    /// "new topic".
    pub(crate) switches: bool,
    /// "back to".
    pub(crate) returns: bool,
    /// "undo", "back to the list before": the turn before the last goes on; or the first one.
    pub(crate) undoes: Option<Back>,
    /// "bars instead": the rows as another picture.
    pub(crate) draws: bool,
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
    /// "lowest first".
    pub(crate) sorting: Option<Sorting>,
    /// "sort it by": what follows sorts.
    pub(crate) sorts_by: bool,
    /// "side by side", "all three": the last answers together, with how many they are where it is said.
    pub(crate) gathers: Option<Option<usize>>,
    /// "both together": what holds the things of the last answers at once.
    pub(crate) jointly: Option<Jointly>,
    /// "drop …": what follows is left out.
    pub(crate) drops: bool,
    /// "forget produce": a condition that was set is taken back.
    pub(crate) forgets: bool,
    /// "which one": one of the rows before.
    pub(crate) picks: bool,
    /// "plain counts".
    pub(crate) counts: bool,
    /// "one is enough".
    pub(crate) one: bool,
    /// "next to the morning".
    pub(crate) beside: bool,
    /// The tokens with the words of the talk blanked.
    pub(crate) tokens: Vec<Token>,
    /// The blanked tokens.
    pub(crate) hidden: Vec<usize>,
    /// Tokens that steer the talk, blanked or not.
    pub(crate) said: Vec<usize>,
}

/// Where a message takes the talk back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Back {
    /// Before the last step.
    OneStep,
    /// To what was asked first.
    Start,
    /// To the ranking of so many rows.
    Ranking(u32),
}

/// Every word of the talk, for the spelling.
pub(crate) fn talk_words() -> impl Iterator<Item = &'static str> {
    let lists = [
        AND, INSTEAD, CORRECT, CHAT, SWITCH, RETURN, ADDS, ENOUGH, CLEARS, PLURAL, LEANS, DROPS, FORGETS,
        OUT, GATHERS, ON_TOP, AT_BOTTOM,
    ];
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
            || self.sorting.is_some()
            || self.forgets
            || self.picks
            || self.counts
            || self.one
            || self.beside
            || self.jointly.is_some()
            || self.undoes.is_some()
    }

    /// "back to the product": the kind of thing that the talk goes back to.
    pub(super) fn kind_behind_return(&self) -> Option<Kind> {
        let opening = (0..self.tokens.len()).take_while(|at| self.hidden.contains(at)).count();
        let at = opening + usize::from(self.text(opening) == "the");
        Kind::of_word(self.text(at)).filter(|_| self.returns)
    }

    pub(super) fn hide(&mut self, from: usize, to: usize) {
        for at in from..to {
            if let Some(token) = self.tokens.get_mut(at) {
                blank(token);
                self.said.push(at);
                self.hidden.push(at);
            }
        }
    }

    pub(super) fn has(&self, at: usize, phrases: &[&str]) -> Option<usize> {
        phrase_at(&self.tokens, at, phrases)
    }

    pub(super) fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    /// Whether a word asks for one thing and so ends what opens the message.
    fn opening(&mut self) -> usize {
        let mut at = 0;
        while at < self.tokens.len() {
            let rest = self.tokens.len() - at;
            let back_to_all = self.has(at, CLEARS).filter(|_| self.text(at) == "back");
            let (length, flag): (usize, fn(&mut Self)) = if let Some(n) = back_to_all {
                (n, |cues| (cues.clears, cues.leans) = (true, true))
            } else if let Some(n) = self.denies_figure(at) {
                (n, |cues| (cues.corrects, cues.denies) = (true, true))
            } else if let Some(n) = self.sets_beside(at) {
                (n, |cues| cues.beside = true)
            } else if let Some(n) = self.swaps(at) {
                (n, |cues| cues.instead = true)
            } else if let Some((n, counted)) = self.narrows(at) {
                (n, if counted { |cues| cues.instead = true } else { |cues| cues.only = true })
            } else if let Some((n, back)) = self.goes_back(at) {
                self.undoes = Some(back);
                self.hide(at, at + n);
                at += n;
                continue;
            } else if let Some(n) = self.has(at, SWITCH) {
                (n, |cues| cues.switches = true)
            } else if let Some(n) = self.has(at, RETURN) {
                (n, |cues| cues.returns = true)
            } else if let Some(n) = self.same_kind(at) {
                (n, |cues| cues.leans = true)
            } else if let Some(n) = self.has(at, INSTEAD) {
                (n, |cues| cues.instead = true)
            } else if self.refuses(at) {
                // "no vanilla": the passes read it.
                self.leans = true;
                break;
            } else if let Some(n) = self.has(at, CORRECT).filter(|n| *n < rest) {
                (n, |cues| cues.corrects = true)
            } else if self.text(at) == "next" && self.text(at + 1) == "to" {
                break;
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

    /// "same segment", "in the same aisle": what was meant goes on.
    fn same_kind(&self, at: usize) -> Option<usize> {
        let opened =
            usize::from(matches!(self.text(at), "in" | "for" | "of" | "on" | "at" | "from" | "with"));
        let article = opened + usize::from(self.text(at + opened) == "the");
        let same = self.text(at + article) == "same";
        let noun = self.text(at + article + 1);
        let kind = Kind::of_word(noun).filter(|_| !noun.ends_with('s'));
        (same && (kind.is_some() || matches!(noun, "filter" | "period" | "conditions")))
            .then_some(article + 2)
    }

    /// "undo that", "back to the first list", "back to the twenty": nothing else is said in the clause.
    fn goes_back(&self, at: usize) -> Option<(usize, Back)> {
        let ends = |length: &usize| {
            self.tokens.get(at + length).is_none_or(|token| {
                matches!(
                    token.text.as_str(),
                    "," | "and"
                        | "but"
                        | "please"
                        | "then"
                        | "which"
                        | "how"
                        | "what"
                        | "who"
                        | "now"
                        | "with"
                        | "by"
                )
            })
        };
        if let Some(length) = self.has(at, FROM_THE_START).filter(ends) {
            return Some((length, Back::Start));
        }
        if let Some(length) = self.has(at, UNDO).filter(ends) {
            return Some((length, Back::OneStep));
        }
        let length = self.has(at, RETURN).filter(|_| self.text(at) != "as")?;
        let number = at + length + usize::from(matches!(self.text(at + length), "the" | "those" | "top"));
        let number = number + usize::from(self.text(number) == "top");
        let count =
            self.tokens.get(number)?.number.filter(|n| (2.0..=1000.0).contains(n) && n.fract() == 0.0)?;
        let length = number + 1 - at;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2 and 1000")]
        ends(&length).then_some((length, Back::Ranking(count as u32)))
    }

    /// "no vanilla please": not "no, frozen", which corrects, and not "no customers", which names a figure.
    fn refuses(&self, at: usize) -> bool {
        let next = self.tokens.get(at + 1).map_or("", |token| token.stem.as_str());
        let figure = ["order", "item", "customer", "product", "purchase", "aisle", "department", "rate"];
        let talks = [CORRECT, INSTEAD, CHAT, RATHER_THAN, DROPS, LEANS]
            .iter()
            .any(|list| self.has(at + 1, list).is_some());
        let number = self.tokens.get(at + 1).is_some_and(|token| token.number.is_some());
        self.text(at) == "no"
            && !next.is_empty()
            && next != ","
            && !talks
            && !number
            && !figure.contains(&next)
            && !matches!(
                next,
                "top"
                    | "best"
                    | "lowest"
                    | "highest"
                    | "worst"
                    | "median"
                    | "average"
                    | "on"
                    | "at"
                    | "from"
                    | "percent"
                    | "share"
            )
    }

    /// Puts one word in the place of a phrase, so that the passes read it.
    fn say(&mut self, from: usize, to: usize, word: &str) {
        self.hide(from, to);
        if let Some(token) = self.tokens.get_mut(from) {
            token.text = word.into();
            token.stem = word.into();
        }
        self.hidden.retain(|at| *at != from);
    }

    /// "drop the organic ones", "leave produce out of it", "forget first orders": without.
    fn dropped(&mut self, from: usize) {
        let length = self.tokens.len();
        // "leave produce out of it"
        if self.has(from, LEAVES).is_some()
            && let Some((at, words)) = (from + 1..length).find_map(|at| Some((at, self.has(at, OUT)?)))
            && at > from + 1
            && at + words == length
        {
            self.only = false;
            self.say(from, from + 1, "without");
            self.hide(at, at + words);
            self.leans = true;
            return;
        }
        let drops = self.has(from, DROPS);
        let forgets = self.has(from, FORGETS);
        let Some(words) = drops.max(forgets).filter(|words| from + words < length) else { return };
        // "no more than 5" is a bound.
        if self.text(from + words) == "than" {
            return;
        }
        self.forgets = forgets.is_some();
        self.drops = true;
        self.leans = true;
        self.say(from, from + words, "without");
        if let Some((at, words)) = (from + words..length).find_map(|at| Some((at, self.has(at, OUT)?)))
            && at + words == length
        {
            self.hide(at, at + words);
        }
    }

    /// "which one is on top", "what share of customers is that", "plain counts".
    fn picked(&mut self, from: usize) {
        if let Some(words) = self.has(from, PICKS) {
            self.picks = true;
            self.hide(from, from + words);
        }
        // "which is largest?": of what was just measured.
        let verb =
            matches!(self.text(from + 1), "is" | "was" | "has" | "had" | "are" | "sells" | "comes" | "does");
        let rest: Vec<&str> = (from + 1..self.tokens.len())
            .map(|at| self.text(at))
            .filter(|word| {
                !matches!(*word, "the" | "one" | "is" | "was" | "has" | "had" | "are" | "on" | "then" | "?")
            })
            .collect();
        if verb
            && matches!(self.text(from), "which" | "who" | "what")
            && matches!(rest.as_slice(), [end] if ENDS.contains(end))
        {
            self.picks = true;
            self.hide(from, from + 2);
        }
        // "where is it highest?"
        let judged = matches!(self.text(from + 1), "is" | "was")
            && matches!(self.text(from + 2), "it" | "that" | "this");
        let end = self.text(from + 3 + usize::from(self.text(from + 3) == "the"));
        if self.text(from) == "where" && judged && ENDS.contains(&end) {
            self.picks = true;
            self.hide(from, from + 3);
        }
        // "which comes first", "who leads"
        let asks = matches!(self.text(from), "which" | "who" | "what");
        if asks && self.has(from + 1, ON_TOP).or(self.has(from + 1, AT_BOTTOM)).is_some() {
            self.picks = true;
            self.hide(from, from + 1);
        }
        if let Some(words) = self.has(from, BESIDE).filter(|words| from + words < self.tokens.len()) {
            self.beside = true;
            self.hide(from, from + words);
        }
        // "just no. 1", "only the first one"
        let first = |word: &str| matches!(word, "1" | "one" | "first" | "top" | "1st");
        let around = |word: &str| {
            matches!(
                word,
                "the"
                    | "no"
                    | "nr"
                    | "number"
                    | "row"
                    | "item"
                    | "product"
                    | "result"
                    | "please"
                    | "."
                    | "on"
            )
        };
        let rest: Vec<&str> = (from..self.tokens.len()).map(|at| self.text(at)).collect();
        if self.only
            && rest.iter().any(|word| first(word))
            && rest.iter().all(|word| first(word) || around(word))
        {
            self.one = true;
            self.hide(from, self.tokens.len());
        }
        // "just one please", "only 1"
        if self.only && self.text(from) == "one" && self.tokens.len() <= from + 2 {
            self.one = true;
            self.hide(from, from + 1);
        }
        for at in from..self.tokens.len() {
            if let Some(words) = self.has(at, SHARES) {
                self.leans = true;
                self.say(at, at + words, "percent");
            }
            if let Some(words) =
                self.has(at, THAT_IS).filter(|words| at + words == self.tokens.len() && at > from)
            {
                self.leans = true;
                self.hide(at, at + words);
            }
            if self.picks
                && let Some(words) = self.has(at, ON_TOP)
            {
                self.say(at, at + words, "highest");
            } else if self.picks
                && let Some(words) = self.has(at, AT_BOTTOM)
            {
                self.say(at, at + words, "lowest");
            } else if self.picks
                && self.text(at + 1) != "than"
                && matches!(
                    self.text(at),
                    "higher" | "bigger" | "larger" | "greater" | "longer" | "more" | "better"
                )
            {
                self.say(at, at + 1, "highest");
            } else if self.picks
                && self.text(at + 1) != "than"
                && matches!(self.text(at), "lower" | "smaller" | "fewer" | "less" | "shorter" | "worse")
            {
                self.say(at, at + 1, "lowest");
            }
            let of = |words: &usize| matches!(self.text(at + words), "of" | "with" | "who" | "that");
            if let Some(words) = self.has(at, PLAIN_COUNTS).filter(|words| !of(words)) {
                self.counts = true;
                self.hide(at, at + words);
            }
        }
    }

    /// "both together", "and how many bought both?": nothing else is said.
    fn jointly(&mut self, from: usize) {
        let mut at = from;
        let mut found = None;
        while at < self.tokens.len() {
            if let Some(words) = self.has(at, JOINTLY) {
                found = Some(Jointly::All);
                at += words;
            } else if let Some(words) = self.has(at, EITHER) {
                found = Some(Jointly::Any);
                at += words;
            } else if let Some(words) = self.has(at, NEITHER) {
                found = Some(Jointly::None);
                at += words;
            } else if AROUND_JOINTLY.contains(&self.text(at)) {
                at += 1;
            } else {
                return;
            }
        }
        if found.is_some() {
            self.jointly = found;
            self.said.extend(from..self.tokens.len());
        }
    }

    /// "put the three side by side", "all three as percentages".
    fn gathered(&mut self, from: usize) {
        for at in from..self.tokens.len() {
            let Some(words) = self.has(at, GATHERS).filter(|_| !self.hidden.contains(&at)) else { continue };
            let count = self.tokens.get(at + words).and_then(|token| token.number);
            let bare = matches!(self.text(at), "all" | "both" | "the") && words == 1;
            let (count, end) = match count.filter(|n| (2.0..=8.0).contains(n) && n.fract() == 0.0) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between 2 and 8"
                )]
                Some(count) => (Some(count as usize), at + words + 1),
                None if bare && self.text(at) == "both" => (Some(2), at + 1),
                None if bare => continue,
                None => (None, at + words),
            };
            // "the three lowest", "all two departments": a number of something.
            let stands_alone = match self.tokens.get(end) {
                None => self.text(at) != "the",
                Some(token) => matches!(
                    token.text.as_str(),
                    "as" | "side"
                        | "in"
                        | "next"
                        | "together"
                        | "please"
                        | "of"
                        | "with"
                        | "against"
                        | "by"
                        | "beside"
                        | "at"
                        | ","
                        | "and"
                        | "compared"
                        | "numbers"
                        | "figures"
                        | "values"
                        | "rates"
                ),
            };
            if bare && !stands_alone {
                continue;
            }
            let known = self.gathers.flatten();
            self.gathers = Some(known.or(count));
            // Where no answers can be put side by side, the rows of the last one are meant.
            self.plural |= !bare && self.text(at) == "compare";
            // "how do the two compare on items sold"
            let on = usize::from(!bare && matches!(self.text(end), "on" | "by"));
            self.hide(at, end + on);
        }
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
            // "by customers, not by rate"
            let by = self.text(at + 1) == "by" && self.text(at - 1) == ",";
            if matches!(self.text(at), "not" | "and") && !self.corrects && !by {
                continue;
            }
            if matches!(self.text(at), "not")
                && matches!(self.text(at + 1), "in" | "organic" | "from" | "more")
            {
                continue;
            }
            self.instead = true;
            // "with customers instead of items"
            if matches!(self.text(from), "with" | "using") {
                self.hide(from, from + 1);
            }
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
            let last_each = self.text(at) == "each"
                && (at + 1 == self.tokens.len() || self.text(at + 1) == "one" && at + 2 == self.tokens.len());
            // "how many customers does each have", "how often is each reordered"
            let verb = |word: &str| {
                matches!(
                    word,
                    "does"
                        | "do"
                        | "did"
                        | "is"
                        | "are"
                        | "was"
                        | "were"
                        | "has"
                        | "have"
                        | "had"
                        | "sell"
                        | "sells"
                        | "get"
                        | "gets"
                        | "hold"
                        | "make"
                        | "bought"
                        | "reordered"
                        | "sold"
                        | "ordered"
                        | "contain"
                )
            };
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            let subject = self.text(at) == "each"
                && (matches!(before, "does" | "do" | "did" | "is" | "are" | "was" | "has" | "have")
                    && (verb(self.text(at + 1)) || at + 1 == self.tokens.len())
                    || matches!(before, "customers" | "orders" | "items" | "products")
                        && verb(self.text(at + 1)));
            // "the three biggest from that list"
            let listed = phrase_at(&self.tokens, at, LISTED);
            if let Some(words) = listed {
                self.plural = true;
                self.hide(at, at + words);
                at += words;
                continue;
            }
            // "each one's reorder rate"
            let owner = self.text(at) == "each"
                && matches!(self.text(at + 1), "one's" | "ones" | "one")
                && at + 2 < self.tokens.len();
            if owner {
                self.each = true;
                self.plural = true;
                self.leans = true;
                self.hide(at, at + 2);
            } else if subject {
                self.each = true;
                self.plural = true;
                self.hide(at, at + 1);
            } else if last_each {
                // "how many people are in each?"
                self.each = true;
                self.plural |= self.tokens.len() > 2;
                self.leans = true;
                self.hide(at, self.tokens.len());
            } else if self.text(at) == "each"
                && self.text(at + 1) == "of"
                && (PLURAL.contains(&self.text(at + 2)) || self.text(at + 2) == "the" && number(self, at + 3))
            {
                self.each = true;
                self.plural = true;
                let counted = self.text(at + 2) == "the";
                let end = at + 3 + usize::from(counted);
                let end = end + usize::from(counted && Kind::of_word(self.text(end)).is_some());
                // "… does each of the two appear"
                let appears =
                    matches!(self.text(end), "appear" | "appears" | "occur" | "occurs" | "turn" | "show");
                let up = matches!(self.text(end), "turn" | "show") && self.text(end + 1) == "up";
                self.hide(at, end + usize::from(appears) + usize::from(up));
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

    /// "take the biggest out so that three remain": the number stays, the words around it say no more.
    fn remaining(&self, at: usize) -> Option<usize> {
        let opened = phrase_at(&self.tokens, at, &["so that", "so", "such that", "which leaves", "leaving"])?;
        let number = self.tokens.get(at + opened)?.number?;
        let leaves = matches!(self.text(at), "which" | "leaving");
        let behind = phrase_at(
            &self.tokens,
            at + opened + 1,
            &["remain", "are left", "stay", "are left over", "are remaining", "rows remain", "rows are left"],
        );
        (number >= 1.0 && (leaves || behind.is_some())).then_some(opened)
    }

    /// "add those five up", "sum these": their total.
    fn summed(&mut self) {
        let length = self.tokens.len();
        let Some(at) =
            (0..length.min(4)).find(|at| matches!(self.text(*at), "add" | "sum" | "total" | "count"))
        else {
            return;
        };
        let ends = matches!(self.text(length.saturating_sub(1)), "up" | "together") || self.text(at) == "sum";
        let pointed = (at + 1..length).any(|at| PLURAL.contains(&self.text(at)));
        let only = (at + 1..length).all(|at| {
            PLURAL.contains(&self.text(at))
                || self.tokens.get(at).is_some_and(|token| token.number.is_some())
                || matches!(
                    self.text(at),
                    "up" | "together"
                        | "the"
                        | "all"
                        | "of"
                        | "rows"
                        | "figures"
                        | "numbers"
                        | "values"
                        | "please"
                        | "it"
                )
        });
        if ends && pointed && only {
            self.plural = true;
            self.leans = true;
            self.say(at, length, "total");
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

    /// "bars instead", "a line please": another picture of the same rows.
    fn drawn(&mut self) {
        let of_pictures = ["bars", "bar", "lines", "line", "columns", "pie", "curve", "histogram", "slices"];
        let Some(at) = (0..self.tokens.len().min(6)).find(|at| of_pictures.contains(&self.text(*at))) else {
            return;
        };
        let around = [
            "as", "a", "the", "in", "with", "make", "it", "into", "to", "show", "draw", "turn", "this",
            "that", "these", "those", "them", "put", "plot", "change", "convert", "display", "give", "me",
        ];
        let opens = (0..at).all(|before| around.contains(&self.text(before)));
        let ends = matches!(
            self.text(at + 1),
            "" | "the" | "," | "please" | "chart" | "graph" | "instead" | "and" | "now"
        );
        if opens && ends {
            self.draws = true;
            self.leans = true;
            self.hide(0, at + 1);
            for next in at + 1..self.tokens.len() {
                if !matches!(
                    self.text(next),
                    "chart" | "graph" | "instead" | "and" | "," | "please" | "just" | "only" | "the"
                ) {
                    break;
                }
                self.only |= matches!(self.text(next), "just" | "only");
                self.hide(next, next + 1);
            }
        }
    }

    fn rest(&mut self) {
        for at in 0..self.tokens.len() {
            // "what do they add up to?"
            if let Some(words) =
                self.has(at, &["add up to", "sum up to", "add up", "amount to", "come to in total"])
            {
                self.say(at, at + words, "total");
                self.leans = true;
            }
        }
        self.nothing();
        // "as a share of …": of what was counted.
        let first = self.tokens.iter().position(|token| token.text != "the").unwrap_or_default();
        let shares =
            ["share", "shares", "percentage", "percentages", "percent", "proportion", "proportions", "%"];
        let shared = (first + 1..first + 4).any(|at| shares.contains(&self.text(at)));
        self.leans |= matches!(self.text(first), "as" | "in") && shared;
        // "and in customers?": the figure.
        let figures = ["customers", "orders", "items", "products", "shoppers", "buyers"];
        if self.text(first) == "in"
            && first + 2 == self.tokens.len()
            && figures.contains(&self.text(first + 1))
        {
            self.leans = true;
            self.hide(first, first + 1);
        }
        // "how many customers is that?", behind a share: what was counted.
        let last = self.tokens.len();
        let counts = self.text(first) == "how"
            && self.text(first + 1) == "many"
            && last == first + 5
            && (self.hidden.contains(&(first + 3)) && self.hidden.contains(&(first + 4))
                || matches!(self.text(first + 3), "is" | "are" | "was" | "were")
                    && matches!(self.text(first + 4), "that" | "this" | "it" | "those" | "these" | "they"));
        if counts {
            self.counts = true;
            self.leans = true;
            self.hide(first + 3, first + 5);
        }
        // "how many is that in percent?": the share.
        let asked = self.text(first) == "how"
            && matches!(self.text(first + 1), "many" | "much")
            && matches!(self.text(first + 2), "is" | "are" | "was" | "would")
            && matches!(self.text(first + 3), "that" | "this" | "it" | "those" | "these");
        let shared_behind = (first + 4..self.tokens.len()).any(|at| shares.contains(&self.text(at)));
        if asked && shared_behind {
            self.leans = true;
            self.hide(first, first + 4);
        }
        // "by how many customers?", "in how many orders?": of what was asked about.
        let counted =
            matches!(self.text(first + 1), "how") && matches!(self.text(first + 2), "many" | "much");
        self.leans |= matches!(self.text(first), "by" | "in" | "from" | "of" | "with" | "across") && counted;
        // "the blueberry ones"
        let last =
            self.tokens.iter().rposition(|token| !matches!(token.text.as_str(), "the" | "please" | ","));
        self.leans |= last.is_some_and(|last| self.text(last) == "ones") && self.tokens.len() <= 6;
        self.drawn();
        for at in 0..self.tokens.len() {
            // "what share of all orders" widens nothing.
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            let shared = matches!(
                before,
                "share" | "percentage" | "percent" | "%" | "proportion" | "part" | "fraction"
            );
            if at > 0
                && let Some(length) = self.same_kind(at)
            {
                self.leans = true;
                self.hide(at, at + length);
            } else if let Some(length) = self.remaining(at) {
                self.hide(at, at + length);
            } else if let Some(length) = self.closes_beside(at) {
                self.beside = true;
                self.hide(at, at + length);
            } else if let Some(length) = self.has(at, CLEARS).max(self.whole_shop(at)).filter(|_| !shared) {
                self.clears = true;
                self.hide(at, at + length);
            } else if let Some(length) = self.has(at, ADDS) {
                self.adds = true;
                self.hide(at, at + length);
            } else if let Some(length) = self.has(at, ENOUGH).filter(|_| {
                // "10 max" bounds a number, "max?" asks.
                !matches!(self.text(at), "max" | "tops") || at > 0
            }) {
                if self.text(at.wrapping_sub(1)) == "one" {
                    self.one = true;
                    self.hide(at - 1, at);
                }
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
        self.closing();
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

impl Cues {
    /// "by lift, sorry": what is said behind the point.
    fn closing(&mut self) {
        for at in 1..self.tokens.len() {
            let closes = |words: usize| at + words == self.tokens.len();
            if let Some(words) = self.has(at, CLOSES).filter(|words| closes(*words)) {
                self.corrects |=
                    !matches!(self.text(at), "please" | "thanks" | "thank" | "though" | "maybe" | "perhaps");
                let comma = usize::from(self.text(at - 1) == ",");
                self.hide(at - comma, at + words);
                return;
            }
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
    cues.dropped(at);
    cues.sorting(at);
    cues.picked(at);
    cues.jointly(at);
    cues.summed();
    cues.gathered(at);
    cues.contrast(at);
    cues.plurals();
    cues.rest();
    let leaning = |token: &Token| LEANS.contains(&token.text.as_str());
    cues.said.extend(tokens.iter().enumerate().filter(|(_, token)| leaning(token)).map(|(at, _)| at));
    cues.said.sort_unstable();
    cues.said.dedup();
    cues
}
