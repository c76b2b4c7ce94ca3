//! "The second largest", "worst department", "number five", "the one with the fewest", "the two in the middle": rows of an
//! answer by where they stand.
//!
//! tokens and topic → [`Spot`]s: the stretches of the message that point so, with the rows. A place counts the rows as
//! they were shown; an end goes by the figure of each. The rows are those of the latest answer that lists several; where
//! that is the last one, an end alone ("the lowest?") asks for another ranking and points at nothing.

use super::{
    topic::{Kind, PlannedTurn, Thing, Topic},
    words::{BEHIND_A_ROW, DROPS},
};
use crate::builtin::{
    analytics::{self, Fragment},
    compose::follow_up::cues::phrase_at,
    normalise::Token,
    vocabulary::Vocabulary,
};

/// Places that are said by a number.
const PLACES: std::ops::RangeInclusive<f64> = 1.0..=30.0;
/// So many rows are counted off at most: "the first four".
const COUNTED: std::ops::RangeInclusive<f64> = 2.0..=12.0;
const HIGH: &[&str] = &[
    "largest",
    "biggest",
    "highest",
    "top",
    "best",
    "strongest",
    "busiest",
    "leading",
    "peak",
    "winning",
    "greatest",
    "longest",
    "heaviest",
    "main",
];
const LOW: &[&str] = &[
    "smallest", "lowest", "worst", "weakest", "poorest", "quietest", "slowest", "bottom", "shortest",
    "tiniest", "lightest",
];
/// Of two.
const HIGHER: &[&str] = &["larger", "bigger", "higher", "stronger", "better", "busier", "longer", "greater"];
const LOWER: &[&str] = &["smaller", "lower", "weaker", "worse", "quieter", "shorter"];
/// Of trade.
const BUSY: &[&str] = &["busiest", "quietest", "busier", "quieter"];
/// Words of praise and blame: of a risk, the worst is the highest.
const JUDGES: &[&str] = &["best", "worst", "poorest", "weakest", "strongest", "better", "worse", "weaker"];
/// What a row is called.
const ROW: &[&str] = &["one", "row", "entry", "spot", "place"];
/// What the figure of a row is called.
const FIGURE: &[&str] = &["total", "figure", "value", "number", "share", "rate", "count", "score", "sum"];

/// Rows that a stretch of the message points at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) things: Vec<Thing>,
}

/// What a phrase says of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Which {
    /// From the first on, or from the last back, as they were shown.
    Place(i32),
    /// The so manyth from an end of their figures; whether the word judges.
    End {
        highest: bool,
        judges: bool,
        nth: usize,
    },
    Middle,
}

/// How clearly a phrase speaks of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Clear {
    /// "the largest", "the third": only with what stands around it.
    Bare,
    /// "the largest aisle".
    Named,
    /// "the largest of them", "number five".
    Pointed,
}

struct Phrase {
    which: Which,
    /// How many rows, where several are counted off.
    count: Option<usize>,
    kind: Option<Kind>,
    clear: Clear,
    to: usize,
}

struct Reader<'a> {
    tokens: &'a [Token],
    topic: &'a Topic<'a>,
    vocabulary: &'a Vocabulary,
}

/// The rows that the words from a place on point at.
pub(super) fn spot(tokens: &[Token], at: usize, topic: &Topic<'_>, vocabulary: &Vocabulary) -> Option<Spot> {
    let reader = Reader { tokens, topic, vocabulary };
    let others = reader.others(at);
    others.or_else(|| reader.resolve(at, &reader.phrase(at)?))
}

/// The place that a word counts.
pub(super) fn ordinal(word: &str) -> Option<i32> {
    let place = match word {
        "first" | "1st" => 0,
        "second" | "2nd" => 1,
        "third" | "3rd" => 2,
        "fourth" | "4th" => 3,
        "fifth" | "5th" => 4,
        "sixth" | "6th" => 5,
        "seventh" | "7th" => 6,
        "eighth" | "8th" => 7,
        "ninth" | "9th" => 8,
        "tenth" | "10th" => 9,
        "last" => -1,
        _ => return None,
    };
    Some(place)
}

impl Reader<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn any(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.text(at))
    }

    fn count(&self, at: usize) -> Option<usize> {
        let number = self.tokens.get(at)?.number.filter(|n| COUNTED.contains(n) && n.fract() == 0.0)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2 and 12")]
        Some(number as usize)
    }

    /// Whether nothing more is said of what stands before: the end, a comma, a question, a verb.
    fn ends(&self, at: usize) -> bool {
        // "the largest by aisle", not "the largest by reorder rate".
        let split = self.any(at, &["by", "per", "into"]) && Kind::of_word(self.text(at + 1)).is_some();
        // "which aisle is number three in"
        let placed = self.any(at, &["in", "from"]) && at + 1 == self.tokens.len();
        at >= self.tokens.len() || split || placed || self.any(at, BEHIND_A_ROW)
    }

    fn phrase(&self, at: usize) -> Option<Phrase> {
        if at > 0 && matches!(self.text(at - 1), "the" | "very" | "my" | "its") && self.text(at) != "the" {
            // Read from its article on.
            return None;
        }
        let mut start = at;
        start += usize::from(self.any(start, &["the", "its", "their", "my", "our", "your"]));
        start += usize::from(self.text(start) == "very");
        let article = start > at;
        self.by_its_figure(start)
            .or_else(|| self.numbered(start))
            .or_else(|| self.several(start, article))
            .or_else(|| self.ended(start, article))
    }

    /// "number five", "no 2 in the list".
    fn numbered(&self, at: usize) -> Option<Phrase> {
        if !self.any(at, &["number", "no", "place", "row", "position", "#"]) {
            return None;
        }
        let number = self.tokens.get(at + 1)?.number.filter(|n| PLACES.contains(n) && n.fract() == 0.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "between 1 and 30")]
        let place = number as i32 - 1;
        let (kind, end) = self.noun(at + 2);
        let (tail, end) = self.tail(end);
        let clear = if kind.is_some() || tail { Clear::Pointed } else { Clear::Bare };
        // "with number two most often", "like the number one there"
        let opened = at.checked_sub(1).map_or("", |before| self.text(before));
        let adverb = ["there", "most", "usually", "often", "typically", "frequently", "best", "too"];
        let placed = matches!(opened, "with" | "to" | "like" | "for" | "of" | "the" | "about")
            && self.any(end, &adverb);
        (clear == Clear::Pointed || placed || self.ends(end)).then_some(Phrase {
            which: Which::Place(place),
            count: None,
            kind,
            clear: Clear::Pointed,
            to: end,
        })
    }

    /// "the one with the fewest", "the day where that peaks", "the aisle at the bottom", "whoever has most of those".
    fn by_its_figure(&self, at: usize) -> Option<Phrase> {
        let kind = Kind::of_word(self.text(at)).filter(|_| !self.text(at).ends_with('s'));
        let whoever = self.text(at) == "whoever";
        if kind.is_none() && !whoever && !self.any(at, ROW) {
            return None;
        }
        let next = at + 1;
        let end = |word: &str| match word {
            "most" | "highest" | "biggest" | "largest" | "best" | "longest" => Some(true),
            "fewest" | "least" | "lowest" | "smallest" | "worst" | "shortest" => Some(false),
            _ => None,
        };
        let phrase = |which: Which, to: usize| {
            let (_, to) = self.tail(to);
            Some(Phrase { which, count: None, kind, clear: Clear::Pointed, to })
        };
        let of_end = |highest: bool, to: usize| phrase(Which::End { highest, judges: false, nth: 0 }, to);
        // "with the fewest", "that has the most of those"
        let relative = usize::from(self.any(next, &["that", "which", "who", "where", "when"]));
        let verb = next + relative;
        if self.any(verb, &["with", "has", "had", "having", "have"])
            && (relative > 0 || whoever || self.text(verb) == "with")
        {
            let word = verb + 1 + usize::from(self.text(verb + 1) == "the");
            let highest = end(self.text(word))?;
            let figure = usize::from(self.is_figure(word + 1));
            let to = word + 1 + figure;
            let (tail, _) = self.tail(to);
            return (self.ends(to) || tail).then(|| of_end(highest, to)).flatten();
        }
        // "where that peaks", "when it is lowest"
        let pointed = verb + 1;
        if relative > 0
            && self.any(verb - 1, &["where", "when"])
            && self.any(verb, &["it", "that", "this", "they"])
        {
            if self.any(pointed, &["peaks", "peaked", "tops", "culminates"]) {
                let out = usize::from(self.text(pointed + 1) == "out");
                return of_end(true, pointed + 1 + out);
            }
            if self.any(pointed, &["bottoms", "bottomed", "dips", "troughs"]) {
                let out = usize::from(self.text(pointed + 1) == "out");
                return of_end(false, pointed + 1 + out);
            }
            if self.any(pointed, &["is", "was", "are"]) {
                let word = pointed + 1 + usize::from(self.text(pointed + 1) == "the");
                return end(self.text(word)).and_then(|highest| of_end(highest, word + 1));
            }
        }
        // "on top", "that came last", "in the middle"
        let verb = verb
            + usize::from(self.any(
                verb,
                &["came", "comes", "is", "was", "ranked", "ranks", "stands", "coming", "finished"],
            ));
        if let Some(words) = phrase_at(
            self.tokens,
            verb,
            &["on top", "at the top", "in front", "in first place", "on first place"],
        ) {
            return phrase(Which::Place(0), verb + words);
        }
        if let Some(words) =
            phrase_at(self.tokens, verb, &["at the bottom", "at the end", "in last place", "on last place"])
        {
            return phrase(Which::Place(-1), verb + words);
        }
        if let Some(words) = phrase_at(self.tokens, verb, &["in the middle", "in between"]) {
            return phrase(Which::Middle, verb + words);
        }
        let came = verb > next;
        let place = ordinal(self.text(verb)).filter(|_| came)?;
        phrase(Which::Place(place), verb + 1)
    }

    /// "the two largest", "the last two of these", "the two in the middle".
    fn several(&self, at: usize, article: bool) -> Option<Phrase> {
        let phrase = |which: Which, count: usize, from: usize, least: Clear| {
            let (kind, end) = self.noun(from);
            let (tail, to) = self.tail(end);
            let clear = if tail { Clear::Pointed } else { least };
            Some(Phrase { which, count: Some(count), kind, clear, to })
        };
        if let Some(count) = self.count(at) {
            let named = at
                + 1
                + usize::from(Kind::of_word(self.text(at + 1)).is_some() || self.text(at + 1) == "ones");
            if let Some(words) = phrase_at(self.tokens, named, &["in the middle", "in between"]) {
                return phrase(Which::Middle, count, named + words, Clear::Pointed);
            }
            let (highest, judges) = self.end(at + 1)?;
            // "the five top selling products" are another ranking.
            let selling = [
                "selling",
                "seller",
                "sellers",
                "sold",
                "bought",
                "purchased",
                "ordered",
                "reordered",
                "rated",
                "performing",
            ];
            if self.any(at + 2, &selling) {
                return None;
            }
            let which = Which::End { highest, judges, nth: 0 };
            return article.then(|| phrase(which, count, at + 2, Clear::Bare)).flatten();
        }
        let count = self.count(at + 1)?;
        if self.text(at) == "middle" {
            return phrase(Which::Middle, count, at + 2, Clear::Pointed);
        }
        let which = match self.text(at) {
            "first" => Which::Place(0),
            "last" => Which::Place(-1),
            _ => {
                let (highest, judges) = self.end(at)?;
                Which::End { highest, judges, nth: 0 }
            }
        };
        phrase(which, count, at + 2, Clear::Bare).filter(|phrase| article || phrase.clear == Clear::Pointed)
    }

    /// "the second largest", "worst department", "the third", "the middle one".
    fn ended(&self, at: usize, article: bool) -> Option<Phrase> {
        if let Some(phrase) = self.called(at, article) {
            return Some(phrase);
        }
        let place = ordinal(self.text(at)).filter(|place| *place >= 0);
        let worded = at + usize::from(place.is_some());
        let end = self.end(worded);
        let (which, named) = match (place, end) {
            (_, Some((highest, judges))) => {
                let nth = usize::try_from(place.unwrap_or_default()).unwrap_or_default();
                (Which::End { highest, judges, nth }, worded + 1)
            }
            (None, None) if self.text(at) == "middle" => (Which::Middle, at + 1),
            (None, None) if self.text(at) == "last" => (Which::Place(-1), at + 1),
            (Some(place), None) if place == 1 && self.text(at + 1) == "last" => (Which::Place(-2), at + 2),
            (Some(place), None) => (Which::Place(place), worded),
            _ => return None,
        };
        let (kind, end) = self.noun(named);
        let (tail, to) = self.tail(end);
        let clear = match (tail, end > named) {
            (true, _) => Clear::Pointed,
            (false, true) => Clear::Named,
            (false, false) => Clear::Bare,
        };
        // "first day": what is counted by the days of a week is no row of them.
        let counted = matches!(which, Which::Place(_)) && !article && clear < Clear::Pointed
            // "smallest of those first" sorts.
            || self.text(to) == "first";
        let open = clear == Clear::Bare && !(article && self.ends(to));
        (!counted && !open).then_some(Phrase { which, count: None, kind, clear, to })
    }

    /// "the runner up", "the winner".
    fn called(&self, at: usize, article: bool) -> Option<Phrase> {
        let (place, words) = match (self.text(at), self.text(at + 1)) {
            ("runner", "up") => (1, 2),
            ("runnerup" | "runner-up", _) => (1, 1),
            ("winner" | "leader" | "frontrunner" | "champion", _) => (0, 1),
            ("loser" | "laggard" | "taillight", _) => (-1, 1),
            _ => return None,
        };
        article.then_some(Phrase {
            which: Which::Place(place),
            count: None,
            kind: None,
            clear: Clear::Pointed,
            to: at + words,
        })
    }

    /// Whether a word means the upper end, and whether it judges.
    fn end(&self, at: usize) -> Option<(bool, bool)> {
        let word = self.text(at);
        let two = self.several_rows(None).is_some_and(|(_, turn)| turn.all_rows().len() == 2);
        let high = HIGH.contains(&word) || two && HIGHER.contains(&word);
        let low = LOW.contains(&word) || two && LOWER.contains(&word);
        (high || low).then(|| (high, JUDGES.contains(&word)))
    }

    /// "aisle", "one": the noun of the rows, with where it ends.
    fn noun(&self, at: usize) -> (Option<Kind>, usize) {
        if self.any(at, ROW) || self.text(at) == "ones" || self.text(at) == "rows" {
            return (None, at + 1);
        }
        match Kind::of_word(self.text(at)) {
            Some(kind) => (Some(kind), at + 1),
            None => (None, at),
        }
    }

    /// "of them", "in there", "on the list": whether such words follow, and where they end.
    fn tail(&self, at: usize) -> (bool, usize) {
        const PLACED: &[&str] = &[
            "in there",
            "in the list",
            "on the list",
            "in that list",
            "from the list",
            "on that list",
            "of the list",
            "in the ranking",
            "in the table",
            "up there",
            "on there",
        ];
        if let Some(words) = phrase_at(self.tokens, at, PLACED) {
            return (true, at + words);
        }
        if !self.any(at, &["of", "among", "from", "in"]) {
            return (false, at);
        }
        match self.text(at + 1) {
            "them" | "em" => (true, at + 2),
            "those" | "these" => {
                let number = at + 2 + usize::from(self.count(at + 2).is_some());
                let (kind, end) = self.noun(number);
                let end =
                    if kind.is_some() || end == number || self.text(number) == "ones" { end } else { number };
                (true, end)
            }
            "the" | "both" | "all" if self.text(at) == "of" => {
                if self.any(at + 2, &["pair", "lot", "bunch", "list"]) {
                    return (true, at + 3);
                }
                match self.count(at + 2) {
                    Some(_) => (true, self.noun(at + 3).1),
                    None => (false, at),
                }
            }
            _ => (false, at),
        }
    }

    /// "total", "items" where items were counted.
    fn is_figure(&self, at: usize) -> bool {
        let measured = self.several_rows(None).and_then(|(_, turn)| turn.leading_column());
        FIGURE.contains(&self.text(at))
            || measured.is_some_and(|column| !self.text(at).is_empty() && column == self.text(at))
    }

    /// The latest turn that lists several rows of a kind; and whether it is the last one.
    fn several_rows(&self, kind: Option<Kind>) -> Option<(bool, &PlannedTurn<'_>)> {
        self.topic.turns.iter().enumerate().find_map(|(back, turn)| {
            let row_kind = turn.row_kind()?;
            let fits = kind.is_none_or(|kind| kind == row_kind);
            (fits && turn.rows(row_kind).len() > 1).then_some((back == 0, turn))
        })
    }

    /// The latest turn that counts the orders or items of several rows.
    fn busy_rows(&self, kind: Option<Kind>) -> Option<(bool, &PlannedTurn<'_>)> {
        let (_, latest) = self.several_rows(kind)?;
        let kind = latest.row_kind()?;
        self.topic.turns.iter().enumerate().find_map(|(back, turn)| {
            let counts =
                turn.leading_column().is_some_and(|column| matches!(column.as_str(), "orders" | "items"));
            let fits = turn.row_kind() == Some(kind) && turn.rows(kind).len() > 1;
            (counts && fits).then_some((back == 0, turn))
        })
    }

    /// "the other two", behind a question about one of the rows.
    fn others(&self, at: usize) -> Option<Spot> {
        let other = at + usize::from(self.text(at) == "the");
        if self.text(other) != "other" || other == at {
            return None;
        }
        let counted = self.count(other + 1);
        let (kind, to) = self.noun(other + 1 + usize::from(counted.is_some()));
        if counted.is_none() && kind.is_none() && self.text(other + 1) != "ones" {
            return None;
        }
        let (last, turn) = self.several_rows(kind)?;
        let known = self.topic.turns.first().filter(|_| !last)?;
        let kind = turn.row_kind()?;
        let mut things = turn.rows(kind);
        let all = things.len();
        things.retain(|thing| {
            !known.is_about(kind.column(), &[thing.value()]) && !self.is_product(known, thing)
        });
        let fits =
            things.len() < all && !things.is_empty() && counted.is_none_or(|count| count == things.len());
        fits.then_some(Spot { from: at, to, things })
    }

    fn is_product(&self, turn: &PlannedTurn<'_>, thing: &Thing) -> bool {
        turn.subjects().iter().any(|known| {
            known.kind == thing.kind
                && (known.text == thing.text || known.id.is_some() && known.id == thing.id)
        })
    }

    fn resolve(&self, at: usize, phrase: &Phrase) -> Option<Spot> {
        // "the second aisle" of what listed departments is no row of it.
        // "the busiest" is so by orders, whatever was told of the rows since.
        let busy =
            (at..phrase.to).any(|at| self.any(at, BUSY)).then(|| self.busy_rows(phrase.kind)).flatten();
        let (last, turn) = busy.or_else(|| self.several_rows(phrase.kind))?;
        if phrase.kind.is_none() && self.blocked(turn) {
            return None;
        }
        let kind = turn.row_kind()?;
        let rows = turn.rows(kind);
        let several = phrase.count.is_some();
        let noun = phrase.to.checked_sub(1).map_or("", |end| self.text(end));
        // "the largest aisles" are as many as there are.
        if !several && phrase.clear == Clear::Named && phrase.kind.is_some() && noun.ends_with('s') {
            return None;
        }
        let ended = matches!(phrase.which, Which::End { .. });
        let dropped = self.is_dropped(at);
        let asks = self.asks_more(at, phrase, kind);
        let alone = match phrase.clear {
            // "the largest of them", "the two lowest of those": another ranking, where nothing is asked of it.
            Clear::Pointed => ended && last,
            Clear::Named | Clear::Bare => last && (ended || several) || phrase.clear == Clear::Bare && ended,
        };
        if alone && !asks && !dropped {
            return None;
        }
        let count = phrase.count.unwrap_or(1);
        let things = match phrase.which {
            Which::Place(place) => counted_off(&rows, place, count)?,
            Which::Middle => middle(&rows, count)?,
            Which::End { highest, judges, nth } => {
                let ranked = turn.ranked(kind, highest, judges)?;
                ranked.get(nth..nth + count)?.to_vec()
            }
        };
        Some(Spot { from: at, to: phrase.to, things })
    }

    /// Whether an answer of one row, or about one thing that is no row of the list, stands in between.
    fn blocked(&self, list: &PlannedTurn<'_>) -> bool {
        let between = self.topic.turns.iter().take_while(|turn| !std::ptr::eq(*turn, list));
        between.filter(|turn| turn.row_kind().is_some()).any(|turn| {
            !turn.ranks_several() && turn.is_ranking() && {
                let kind = list.row_kind();
                let rows = turn.all_rows();
                kind.is_some()
                    && turn.row_kind() == kind
                    && rows.len() == 1
                    && !turn.subjects().iter().any(|thing| Some(thing.kind) == kind)
            }
        })
    }

    /// "take the biggest out", "without the second one".
    fn is_dropped(&self, at: usize) -> bool {
        let opens = |from: usize| {
            phrase_at(self.tokens, from, DROPS)
                .is_some_and(|words| from + words == at || from + words == at + 1)
        };
        let without = at.checked_sub(1).is_some_and(|before| {
            matches!(
                self.text(before),
                "without"
                    | "except"
                    | "minus"
                    | "but"
                    | "excluding"
                    | "take"
                    | "leave"
                    | "keep"
                    | "kick"
                    | "throw"
                    | "cut"
            )
        });
        without || (0..at).any(opens)
    }

    /// Whether something is asked beside the words that point at the rows.
    fn asks_more(&self, at: usize, phrase: &Phrase, kind: Kind) -> bool {
        let rest: Vec<Token> = self
            .tokens
            .iter()
            .enumerate()
            .filter(|(place, _)| !(at..phrase.to).contains(place))
            .map(|(_, token)| token.clone())
            .collect();
        let fragment = analytics::fragment(&rest, self.vocabulary);
        asks_of(&fragment, kind)
    }
}

/// Whether a fragment asks for more than rows of a kind.
fn asks_of(fragment: &Fragment, kind: Kind) -> bool {
    let other = |dimension: &str| dimension != kind.column();
    !fragment.metrics.is_empty()
        || fragment.counts
        || fragment.share
        || fragment.per_one.is_some()
        || fragment.rank_metric.is_some()
        || fragment.grouped.iter().any(|dimension| other(dimension))
        || fragment.listed.as_ref().is_some_and(|listed| other(listed.dimension))
        || fragment.bare.is_some_and(other)
}

/// So many rows from a place on; from the last back where it is negative.
fn counted_off(rows: &[Thing], place: i32, count: usize) -> Option<Vec<Thing>> {
    let from = if place < 0 {
        rows.len().checked_sub(usize::try_from(place.unsigned_abs()).ok()?.max(count))?
    } else {
        usize::try_from(place).ok()?
    };
    Some(rows.get(from..from + count)?.to_vec())
}

/// So many rows in the middle, where there is one.
fn middle(rows: &[Thing], count: usize) -> Option<Vec<Thing>> {
    let around = rows.len().checked_sub(count).filter(|around| around % 2 == 0)?;
    Some(rows.get(around / 2..around / 2 + count)?.to_vec())
}
