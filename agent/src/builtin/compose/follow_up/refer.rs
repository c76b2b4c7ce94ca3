//! "It", "that department", "the second one", "there": the message with the things that such words point at.
//!
//! tokens and topic → the message with names in the place of pronouns, so that every reader understands it. Words for
//! several rows ("those") are left to the edit of the plan before. Reads words, never whole sentences.

use super::{
    cues::{self, phrase_at},
    places,
    topic::{Kind, PlannedTurn, Thing, Topic},
    words::{DROPS, RETURN},
};
use crate::builtin::{
    analytics,
    normalise::{Token, normalise},
    vocabulary::Vocabulary,
};

/// A stretch of tokens that points at something.
struct Pointer {
    from: usize,
    to: usize,
    target: Target,
}

enum Target {
    /// "it", "that aisle".
    Thing(Option<Kind>),
    /// "the second one".
    Place(Option<Kind>, i32),
    /// "the largest of them", "the other two".
    Rows(Vec<Thing>),
    /// "that bread".
    Named(Thing),
    /// "there": an aisle or a department.
    Where,
    /// "he".
    Who,
    /// "its aisle", asked alone.
    Whose,
    /// "the reorder rate of its whole aisle".
    PlaceOf(Kind),
    /// "those with it": what the last answer was without, or the thing that it is about.
    Held,
    /// "larger than that": the figure of the last answer.
    Figure(String),
}

/// Puts what is pointed at in the place of the words that point.
pub(crate) fn refer(tokens: &[Token], topic: &Topic<'_>, vocabulary: &Vocabulary) -> Option<String> {
    let hidden = cues::cues(tokens).hidden;
    let view = View { tokens, topic, vocabulary, hidden };
    let pointers = view.pointers();
    if pointers.is_empty() {
        return None;
    }
    if let Some(message) = view.place_of_product(&pointers) {
        return Some(message);
    }
    let mut words: Vec<String> = Vec::new();
    // "the third one, in which hour is it bought": it is the third one.
    let mut pointed: Option<Thing> = None;
    let mut at = 0;
    while at < tokens.len() {
        let Some(pointer) = pointers.iter().find(|pointer| pointer.from == at) else {
            words.extend(tokens.get(at).map(|token| token.text.clone()));
            at += 1;
            continue;
        };
        // "back to the product, in which hour is it bought": it is what the talk goes back to.
        let again = matches!(pointer.target, Target::Thing(None))
            && pointers.first().is_some_and(|first| first.from < at && view.is_returned(first.from));
        if again {
            words.extend(
                tokens.get(at..pointer.to).unwrap_or_default().iter().map(|token| token.text.clone()),
            );
            at = pointer.to;
            continue;
        }
        match &pointer.target {
            Target::Figure(words_of_figure) => words.push(words_of_figure.clone()),
            Target::Thing(None) | Target::Held | Target::Whose if pointed.is_some() => {
                words.extend(pointed.as_ref().map(|thing| thing.words(vocabulary)));
            }
            Target::Who if pointed.as_ref().is_some_and(|thing| thing.kind == Kind::Customer) => {
                words.extend(pointed.as_ref().map(|thing| thing.words(vocabulary)));
            }
            Target::Rows(things) => {
                let names: Vec<String> = things.iter().map(|thing| thing.words(vocabulary)).collect();
                words.push(names.join(" and "));
                pointed = if let [thing] = things.as_slice() { Some(thing.clone()) } else { None };
            }
            target => {
                let thing = view.resolve(target)?;
                words.push(thing.words(vocabulary));
                let said = matches!(target, Target::Place(..) | Target::Named(_) | Target::Thing(Some(_)));
                pointed = said.then_some(thing);
            }
        }
        at = pointer.to;
    }
    Some(words.join(" "))
}

struct View<'a> {
    tokens: &'a [Token],
    topic: &'a Topic<'a>,
    vocabulary: &'a Vocabulary,
    /// Words of the talk: the "it" of "forget it" points at nothing.
    hidden: Vec<usize>,
}

impl View<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.text(before))
    }

    /// "and its aisle?": where the product stands.
    fn place_of_product(&self, pointers: &[Pointer]) -> Option<String> {
        let [Pointer { to, target: Target::Whose, .. }] = pointers else { return None };
        let place = self.text(*to);
        let place = Kind::of_word(place)
            .filter(|kind| matches!(kind, Kind::Aisle | Kind::Department))
            .map(|_| place)?;
        let last = to + 1 == self.tokens.len();
        let thing = self.topic.thing(None).filter(|thing| last && thing.kind == Kind::Product)?;
        Some(format!("which {place} is {} in", thing.words(self.vocabulary)))
    }

    /// The aisle or the department of the product that is spoken of.
    fn place_of_thing(&self, kind: Kind) -> Option<Thing> {
        let product = self.of_unplanned(Some(Kind::Product)).or_else(|| self.topic.thing(None))?;
        let id = match product.kind {
            Kind::Product => {
                product.id.or_else(|| super::topic::product_named(&product.text, self.vocabulary))?
            }
            _ => return None,
        };
        let (aisle, department) = self.vocabulary.places(id)?;
        let text = if kind == Kind::Aisle { aisle } else { department };
        Some(Thing { kind, text: text.to_owned(), id: None })
    }

    fn pointers(&self) -> Vec<Pointer> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let said = |pointer: &Pointer| {
                matches!(pointer.target, Target::Place(..))
                    && (pointer.from..pointer.to).all(|at| self.hidden.contains(&at))
            };
            match self.pointer(at).filter(|pointer| !self.is_talk(at) && !said(pointer)) {
                Some(pointer) => {
                    at = pointer.to;
                    found.push(pointer);
                }
                None => at += 1,
            }
        }
        found
    }

    /// "forget it", "i wanted it by customers": the answer as a whole.
    fn is_talk(&self, at: usize) -> bool {
        let opening = self.text(at) == "it" && (0..=at).all(|place| self.hidden.contains(&place));
        let wanted = self.text(at) == "it"
            && matches!(
                self.before(at),
                "wanted" | "want" | "meant" | "need" | "like" | "have" | "see" | "get"
            )
            && matches!(
                self.text(at + 1),
                "by" | "per" | "in" | "as" | "for" | "with" | "without" | "split" | "sorted"
            );
        // "set it against", "day 3 beside it": the answer, and so it is where another figure is to rank it.
        let answer = matches!(self.text(at), "it" | "that" | "this");
        let beside = answer
            && self.hidden.contains(&at)
            && matches!(self.before(at), "beside" | "alongside" | "against" | "to");
        let reranked = self.text(at) == "it"
            && at + 1 == self.tokens.len()
            && matches!(self.before(at), "for" | "with" | "on")
            && self.hidden.contains(&0)
            && cues::cues(self.tokens).instead
            && self.topic.turns.first().is_some_and(PlannedTurn::ranks_several);
        opening || wanted || beside || reranked
    }

    fn pointer(&self, at: usize) -> Option<Pointer> {
        let make = |to: usize, target: Target| Some(Pointer { from: at, to, target });
        if let Some((to, figure)) = self.figure(at) {
            return make(to, Target::Figure(figure));
        }
        if let Some((to, order)) = self.order_number(at) {
            return make(to, Target::Figure(order));
        }
        if let Some(spot) = places::spot(self.tokens, at, self.topic, self.vocabulary) {
            return Some(Pointer { from: spot.from, to: spot.to, target: Target::Rows(spot.things) });
        }
        match self.text(at) {
            "its" => {
                let whole = usize::from(matches!(self.text(at + 1), "whole" | "entire" | "own"));
                let place = Kind::of_word(self.text(at + 1 + whole));
                let asked_alone = at + 2 + whole == self.tokens.len() && whole == 0;
                match place.filter(|kind| matches!(kind, Kind::Aisle | Kind::Department) && !asked_alone) {
                    Some(kind) if self.place_of_thing(kind).is_some() => {
                        make(at + 2 + whole, Target::PlaceOf(kind))
                    }
                    _ => make(at + 1, Target::Whose),
                }
            }
            "it" if self.is_thing(at) => {
                let held = matches!(
                    self.before(at),
                    "with"
                        | "without"
                        | "have"
                        | "hold"
                        | "holds"
                        | "contain"
                        | "contains"
                        | "include"
                        | "bought"
                        | "buy"
                );
                make(at + 1, if held { Target::Held } else { Target::Thing(None) })
            }
            "itself" => None,
            "there" if self.is_place(at) => make(at + 1, Target::Where),
            "he" | "she" | "him" | "his" | "her" | "hers" => make(at + 1, Target::Who),
            "they" | "them" | "their" | "theirs" if self.is_person(at) => make(at + 1, Target::Who),
            "they" | "them" | "their" | "theirs" if self.single_row() => make(at + 1, Target::Thing(None)),
            "that" | "this" => self.demonstrative(at),
            "same" if self.closes_with_kind(at) => {
                make(at + 2, Target::Thing(Kind::of_word(self.text(at + 1))))
            }
            "the" | "last" | "number" | "no" => self.ordinal(at),
            _ if self.ordinal_word(at).is_some()
                && !matches!(self.before(at), "the" | "very" | "their" | "my") =>
            {
                self.ordinal_from(at, at)
            }
            _ => None,
        }
    }

    /// "larger than that", "above this average", behind one figure: the figure.
    fn figure(&self, at: usize) -> Option<(usize, String)> {
        const BOUNDS: &[&str] = &[
            "than",
            "above",
            "below",
            "over",
            "under",
            "beyond",
            "exceed",
            "exceeds",
            "exceeding",
            "beat",
            "beats",
        ];
        const FIGURES: &[&str] = &[
            "average", "mean", "number", "figure", "value", "median", "count", "total", "rate", "level",
            "size",
        ];
        let pointed = matches!(self.text(at), "that" | "this" | "it");
        let named = usize::from(FIGURES.contains(&self.text(at + 1)));
        let ends = self.text(at + 1 + named).is_empty()
            || matches!(
                self.text(at + 1 + named),
                "," | "and" | "in" | "on" | "please" | "then" | "have" | "are" | "by"
            );
        if !(pointed && ends && BOUNDS.contains(&self.before(at))) {
            return None;
        }
        Some((at + 1 + named, self.topic.turns.first()?.figure()?))
    }

    /// "in the third one", behind what is in first orders: the third order.
    fn order_number(&self, at: usize) -> Option<(usize, String)> {
        let opened =
            self.text(at) == "the" && matches!(self.before(at), "in" | "on" | "for" | "of" | "about");
        let place = places::ordinal(self.text(at + 1)).filter(|place| opened && *place >= 0)?;
        let one = usize::from(matches!(self.text(at + 2), "one" | "order"));
        let to = at + 2 + one;
        let latest = self.topic.turns.first()?;
        // "in the third one" of aisles is a row.
        let holds =
            matches!(latest.row_kind(), Some(Kind::Aisle | Kind::Department | Kind::Hour | Kind::Day));
        let ends = to >= self.tokens.len() || one > 0;
        (ends && !holds && latest.is_of_an_order_number())
            .then(|| (to, format!("order number {}", place + 1)))
    }

    /// "their orders", "do they buy", where one customer was spoken of.
    fn is_person(&self, at: usize) -> bool {
        let of_customer = self.topic.turns.first().is_some_and(|turn| turn.is_about_one_customer());
        let owns = matches!(
            self.text(at + 1),
            "order"
                | "orders"
                | "basket"
                | "baskets"
                | "cart"
                | "purchase"
                | "purchases"
                | "favourite"
                | "favorite"
                | "usual"
                | "history"
                | "segment"
                | "habit"
                | "habits"
                | "churn"
                | "buy"
                | "bought"
                | "order's"
        );
        of_customer && (owns || matches!(self.before(at), "do" | "did" | "does" | "have"))
    }

    /// Whether the answer before has one row, which "their" is then about.
    fn single_row(&self) -> bool {
        self.topic.turns.first().is_some_and(|turn| {
            !turn.ranks_several()
                && turn
                    .row_kind()
                    .is_some_and(|kind| turn.rows(kind).len() == 1 && turn.row_at(None, 0).is_some())
        })
    }

    /// "bought it", "of it", "is it reordered"; not "plot it", "is it the lowest".
    fn is_thing(&self, at: usize) -> bool {
        if cues::is_measure(self.tokens, at) || self.before(at) == "that" {
            return false;
        }
        // "what share is it?", behind a figure: the figure.
        let counts = ["share", "percent", "percentage", "proportion"];
        let asked = self.tokens.iter().any(|token| counts.contains(&token.text.as_str()));
        let ends = matches!(self.text(at + 1), "" | "in" | "as" | "then" | "please" | ",");
        let figures = self.topic.turns.first().is_some_and(PlannedTurn::is_of_figures);
        if asked && ends && figures && matches!(self.before(at), "is" | "was") {
            return false;
        }
        // "only where it is above 60 %": the figure.
        let bounds = [
            "above", "below", "over", "under", "more", "less", "at", "higher", "lower", "greater", "smaller",
            "between",
        ];
        if matches!(self.text(at + 1), "is" | "was" | "lies") && bounds.contains(&self.text(at + 2)) {
            return false;
        }
        let named_before = self.names_something(0, at);
        !named_before
            && !matches!(self.text(at + 1), "take" | "takes" | "true" | "possible" | "be" | "would" | "will")
    }

    fn is_place(&self, at: usize) -> bool {
        let before = self.before(at);
        let exists = matches!(before, "is" | "are" | "were" | "was")
            || matches!(self.text(at + 1), "is" | "are" | "were" | "was" | "a" | "any" | "anything");
        (!exists || matches!(before, "in" | "from" | "within" | "out"))
            && !self.names_something(0, self.tokens.len())
    }

    /// Whether a thing is named in a stretch of the message.
    fn names_something(&self, from: usize, to: usize) -> bool {
        let fragment = analytics::fragment(self.tokens.get(from..to).unwrap_or_default(), self.vocabulary);
        fragment.stated.iter().any(|stated| {
            ["product_name", "product_id", "aisle", "department", "segment_name", "user_id"]
                .contains(&stated.filter.field.as_str())
        })
    }

    /// "that department", "that one", "that bread", "in that".
    fn demonstrative(&self, at: usize) -> Option<Pointer> {
        let make = |to: usize, target: Target| Some(Pointer { from: at, to, target });
        let next = self.text(at + 1);
        let behind = self.text(at + 2);
        if let Some(kind) = Kind::of_word(next) {
            // "this segment called X"
            let follows = matches!(behind, "called" | "named");
            return if follows { None } else { make(at + 2, Target::Thing(Some(kind))) };
        }
        if next == "one"
            || (matches!(next, "very" | "same" | "particular") && Kind::of_word(behind).is_some())
        {
            let to = if next == "one" { at + 2 } else { at + 3 };
            return make(to, Target::Thing(Kind::of_word(behind).filter(|_| next != "one")));
        }
        let preposition = matches!(
            self.before(at),
            "of" | "for"
                | "in"
                | "with"
                | "from"
                | "to"
                | "by"
                | "buy"
                | "bought"
                | "within"
                | "contain"
                | "about"
                | "like"
        );
        // "how many items was that?", of what an order held: the answer as a whole.
        let counted = self.tokens.iter().any(|token| token.text == "many") && self.topic.lists_an_order();
        let asked = matches!(self.before(at), "is" | "was") && matches!(next, "in" | "from" | "") && !counted;
        // "how many is that in percent?", "sort by that": the figure.
        let shares = matches!(self.text(at + 2), "percent" | "percentage" | "%" | "percentages" | "relative");
        let sorted = self.before(at) == "by"
            && at.checked_sub(2).is_some_and(|verb| {
                matches!(self.text(verb), "sort" | "sorted" | "rank" | "ranked" | "order" | "ordered")
            });
        let compared = (0..at).any(|place| {
            self.text(place) == "how"
                && matches!(
                    self.text(place + 2),
                    "more" | "less" | "fewer" | "higher" | "lower" | "larger" | "smaller"
                )
        });
        let counted = self.topic.turns.first().is_some_and(PlannedTurn::is_share)
            && self.text(0) == "how"
            && self.text(1) == "many"
            && matches!(self.before(at), "is" | "are");
        if next == "in" && shares || sorted || compared || counted {
            return None;
        }
        // "what share is this?", behind several things: all of them.
        let asked = asked && self.topic.latest_thing().is_some();
        let last = at + 1 >= self.tokens.len();
        // "compare that with", "break that down": the answer as a whole.
        if preposition && last && self.before(at) != "like" || asked {
            return make(at + 1, Target::Thing(None));
        }
        let from = at + 1 + usize::from(matches!(next, "very" | "same" | "particular"));
        let words: Vec<&str> = (from..(from + 3).min(self.tokens.len())).map(|at| self.text(at)).collect();
        (1..=words.len()).rev().find_map(|length| {
            let thing = self.topic.named(words.get(..length)?, self.vocabulary)?;
            make(from + length, Target::Named(thing))
        })
    }

    /// "…, same segment", "… in the same aisle": said last, of something that is spoken of.
    fn closes_with_kind(&self, at: usize) -> bool {
        let noun = self.text(at + 1);
        let kind = Kind::of_word(noun).filter(|_| !noun.ends_with('s'));
        let latest = self.topic.turns.first();
        let spoken_of =
            |kind| latest.is_some_and(|turn| turn.subjects().iter().any(|thing| thing.kind == kind));
        at > 0 && at + 2 == self.tokens.len() && kind.is_some_and(spoken_of)
    }

    /// Whether "back to", "returning to" stands before.
    fn is_returned(&self, at: usize) -> bool {
        (at.saturating_sub(4)..at)
            .any(|from| phrase_at(self.tokens, from, RETURN).is_some_and(|words| from + words == at))
    }

    fn ordinal_word(&self, at: usize) -> Option<i32> {
        places::ordinal(self.text(at))
    }

    /// "the customer from before", "the earlier segment": the thing of that kind that was spoken of.
    fn pointer_before(&self, at: usize) -> Option<Pointer> {
        let earlier = ["earlier", "previous", "former", "original", "said", "aforementioned", "same"];
        let named = at + 1 + usize::from(earlier.contains(&self.text(at + 1)));
        let kind = Kind::of_word(self.text(named)).filter(|_| !self.text(named).ends_with('s'))?;
        let behind = phrase_at(
            self.tokens,
            named + 1,
            &[
                "from before",
                "from earlier",
                "from above",
                "from the start",
                "as before",
                "as above",
                "we had before",
            ],
        );
        let known = self.topic.thing(Some(kind)).is_some() && (behind.is_some() || named > at + 1);
        (known && self.text(at) == "the").then(|| Pointer {
            from: at,
            to: named + 1 + behind.unwrap_or_default(),
            target: Target::Thing(Some(kind)),
        })
    }

    /// "the second one", "the top aisle", "number 2".
    fn ordinal(&self, at: usize) -> Option<Pointer> {
        // "back to the segment"
        if let Some(kind) = Kind::of_word(self.text(at + 1)).filter(|_| self.is_returned(at)) {
            return Some(Pointer { from: at, to: at + 2, target: Target::Thing(Some(kind)) });
        }
        if let Some(pointer) = self.pointer_before(at) {
            return Some(pointer);
        }
        if matches!(self.text(at), "number" | "no") {
            let place =
                self.tokens.get(at + 1)?.number.filter(|n| (1.0..=30.0).contains(n) && n.fract() == 0.0)?;
            let last = at + 2 >= self.tokens.len();
            #[expect(clippy::cast_possible_truncation, reason = "between 1 and 30")]
            let place = place as i32 - 1;
            return last.then_some(Pointer { from: at, to: at + 2, target: Target::Place(None, place) });
        }
        if self.text(at) == "last" {
            return self.ordinal_from(at, at);
        }
        if let Some(kind) = Kind::of_word(self.text(at + 2)) {
            let top = matches!(
                self.text(at + 1),
                "top" | "best" | "winning" | "leading" | "biggest" | "highest" | "largest"
            );
            let bottom = matches!(self.text(at + 1), "bottom" | "worst" | "lowest" | "smallest");
            let latest = self.topic.turns.first();
            let row_kind = latest.and_then(|turn| turn.row_kind());
            // "the top aisle, by day": the first row, where something is asked of it; "the top hour only" picks it.
            let rest = self.tokens.get(at + 3..).unwrap_or_default();
            let more = rest.iter().any(|token| {
                !matches!(token.text.as_str(), "only" | "just" | "alone" | "please" | "then" | "now")
            });
            let dropped = at > 0 && phrase_at(self.tokens, 0, DROPS).is_some();
            let sorted = latest.is_some_and(|turn| turn.is_sorted());
            if (top || bottom)
                && row_kind == Some(kind)
                && (more || dropped)
                && sorted
                && self.tokens.len() <= 12
            {
                let place = if top { 0 } else { -1 };
                return Some(Pointer { from: at, to: at + 3, target: Target::Place(Some(kind), place) });
            }
        }
        // "the bread one"
        if self.text(at + 2) == "one" && self.ordinal_word(at + 1).is_none() {
            let thing = self.topic.named(&[self.text(at + 1)], self.vocabulary)?;
            return Some(Pointer { from: at, to: at + 3, target: Target::Named(thing) });
        }
        self.ordinal_from(at, at + 1)
    }

    fn ordinal_from(&self, from: usize, at: usize) -> Option<Pointer> {
        let mut place = self.ordinal_word(at)?;
        let mut end = at + 1;
        if self.text(at) == "second" && self.text(end) == "last" {
            place = -2;
            end += 1;
        }
        // "the first of those"
        if self.text(end) == "of" && matches!(self.text(end + 1), "those" | "these" | "them") {
            return Some(Pointer { from, to: end + 2, target: Target::Place(None, place) });
        }
        let kind = Kind::of_word(self.text(end));
        let rest = self.tokens.len() <= end;
        let one = matches!(self.text(end), "one" | "1");
        // "largest first" sorts, "how often they were first" is a place in the cart.
        let sorts = self.text(at) == "first"
            && matches!(
                self.before(at),
                "largest"
                    | "highest"
                    | "lowest"
                    | "smallest"
                    | "biggest"
                    | "most"
                    | "least"
                    | "best"
                    | "worst"
                    | "fewest"
                    | "were"
                    | "was"
                    | "is"
                    | "are"
                    | "comes"
                    | "came"
                    | "come"
                    | "put"
                    | "go"
                    | "goes"
                    | "added"
                    | "gets"
                    | "get"
            );
        if sorts {
            return None;
        }
        let row_kind =
            self.topic.turns.iter().filter_map(PlannedTurn::row_kind).find(|row| Some(*row) == kind);
        let fits = kind.is_some() && kind == row_kind;
        // "the 4th - products in the catalogue?"
        let asked_of_it = place > 0
            && matches!(self.text(end), "products" | "items" | "customers" | "reorder" | ",")
            && self.topic.turns.first().is_some_and(PlannedTurn::ranks_several);
        let mentioned = asked_of_it
            || matches!(self.text(end), "mentioned" | "listed" | "above" | "result" | "hit" | "of")
                && !self.text(end + 1).is_empty();
        if !(one || rest || fits || (mentioned && self.text(end) != "of")) {
            return None;
        }
        let to = if one || kind.is_some() { end + 1 } else { end };
        Some(Pointer { from, to, target: Target::Place(kind.filter(|_| fits), place) })
    }

    /// What a question spoke of that was refused: "how much does the first one cost" and then "which aisle is it in".
    fn of_unplanned(&self, kind: Option<Kind>) -> Option<Thing> {
        let topic = Topic { unplanned: Vec::new(), ..self.topic.clone() };
        self.topic.unplanned.iter().find_map(|past| {
            let tokens = normalise(&past.message, self.vocabulary);
            let view =
                View { tokens: &tokens, topic: &topic, vocabulary: self.vocabulary, hidden: Vec::new() };
            let things = view.pointers().into_iter().filter_map(|pointer| view.resolve(&pointer.target));
            let fragment = analytics::fragment(&tokens, self.vocabulary);
            let named = fragment.stated.iter().filter_map(|one| Thing::of(&one.filter));
            things.chain(named).find(|thing| kind.is_none_or(|kind| kind == thing.kind))
        })
    }

    fn resolve(&self, target: &Target) -> Option<Thing> {
        let latest = self.topic.turns.first();
        match target {
            Target::Named(thing) => Some(thing.clone()),
            Target::Thing(kind) => self
                .of_unplanned(*kind)
                .or_else(|| self.topic.thing(*kind))
                .or_else(|| kind.and_then(|kind| self.place_of_thing(kind))),
            Target::Place(kind, place) => latest
                .filter(|turn| kind.is_none_or(|kind| turn.row_kind() == Some(kind)))
                .and_then(|turn| turn.row_at(*kind, *place))
                .or_else(|| self.topic.turns.iter().skip(1).find_map(|turn| turn.row_at(*kind, *place))),
            Target::Where => self.topic.turns.iter().find_map(|turn| {
                let one = Topic { turns: vec![turn.clone()], unplanned: Vec::new() };
                one.thing(Some(Kind::Aisle)).or_else(|| one.thing(Some(Kind::Department)))
            }),
            Target::PlaceOf(kind) => self.place_of_thing(*kind),
            Target::Figure(_) => None,
            Target::Rows(things) => things.first().cloned(),
            Target::Held => self.topic.denied_thing().or_else(|| self.resolve(&Target::Thing(None))),
            Target::Who => self.topic.thing(Some(Kind::Customer)),
            Target::Whose => self.of_unplanned(None).or_else(|| self.topic.thing(None)),
        }
    }
}
