//! Second step, its decisions: which things, customers, counts, times and thresholds the question speaks of.
//!
//! spans → [`Entities`], each with the spans it rests on, so that `score` knows what was understood.
//! Pure; knows nothing of intents.

use std::collections::BTreeSet;

use super::{
    lexicon::Cue,
    link::{Link, Span},
    normalise::Token,
    vocabulary::{Name, NameKind},
};

/// A bound on a number: "at least 100".
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Threshold {
    /// `AtLeast`, `MoreThan`, `AtMost` or `FewerThan`.
    pub(crate) cue: Cue,
    /// The number.
    pub(crate) value: f64,
    /// The cue's and the number's spans.
    pub(crate) spans: [usize; 2],
}

/// A thing that is named, and whether it is excluded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    /// The thing.
    pub(crate) name: Name,
    /// "without produce".
    pub(crate) excluded: bool,
    /// Where it stands.
    pub(crate) span: usize,
}

/// A word that several aisles or departments share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ambiguous {
    /// As written.
    pub(crate) word: String,
    /// What it may mean.
    pub(crate) names: Vec<Name>,
    /// Where it stands.
    pub(crate) span: usize,
}

/// What the question speaks of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Entities {
    /// Customers by number.
    pub(crate) customers: Vec<u32>,
    /// "I", "me", "my", or "the user" without a number.
    pub(crate) myself: bool,
    /// "the user", "the customer": the one at hand.
    pub(crate) the_customer: bool,
    /// Products by number.
    pub(crate) product_ids: Vec<u32>,
    /// Things by name.
    pub(crate) named: Vec<Named>,
    /// Words that could be several things.
    pub(crate) ambiguous: Vec<Ambiguous>,
    /// "5", "ten": how many rows.
    pub(crate) limit: Option<u32>,
    /// Hours of the day, from and to (both included).
    pub(crate) hours: Option<(u32, u32)>,
    /// A day number.
    pub(crate) day: Option<u32>,
    /// A weekday by name: cannot be mapped.
    pub(crate) weekday: Option<usize>,
    /// Bounds on numbers.
    pub(crate) thresholds: Vec<Threshold>,
    /// The spans that were understood here.
    pub(crate) used: BTreeSet<usize>,
}

impl Entities {
    /// Named things of one kind that are not excluded.
    pub(crate) fn of_kind(&self, kind: NameKind) -> impl Iterator<Item = &Name> {
        self.named.iter().filter(move |n| n.name.kind == kind && !n.excluded).map(|n| &n.name)
    }
}

/// The largest count that a question may ask for; larger numbers mean something else.
const MAX_LIMIT: f64 = 1_000.0;

/// Verbs that take "me" without meaning the customer.
const ASKING_VERBS: &[&str] = &["show", "give", "tell", "get", "find", "list", "display", "help", "let"];

/// Finds the things that a question speaks of.
pub(crate) fn link_entities(tokens: &[Token], spans: &[Span]) -> Entities {
    let mut entities = Entities::default();
    let view = View { tokens, spans };
    view.link_names(&mut entities);
    view.link_customers(&mut entities);
    view.link_times(&mut entities);
    view.link_thresholds(&mut entities);
    view.link_products_by_number(&mut entities);
    view.link_limit(&mut entities);
    entities
}

/// Spans with their words.
struct View<'a> {
    tokens: &'a [Token],
    spans: &'a [Span],
}

impl View<'_> {
    fn text(&self, at: usize) -> String {
        let Some(span) = self.spans.get(at) else { return String::new() };
        let words = self.tokens.get(span.start..span.end).unwrap_or_default();
        words.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The nearest span in that direction that is no filler.
    fn neighbour(&self, at: usize, forward: bool) -> Option<usize> {
        let step = |from: usize| if forward { Some(from + 1) } else { from.checked_sub(1) };
        let mut position = step(at)?;
        while let Some(span) = self.spans.get(position) {
            if !span.is_filler() || span.links.iter().any(|l| matches!(l, Link::Term(_) | Link::Number(_))) {
                return Some(position);
            }
            position = step(position)?;
        }
        None
    }

    fn is(&self, at: Option<usize>, cue: Cue) -> bool {
        at.and_then(|at| self.spans.get(at)).is_some_and(|span| span.is(cue))
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.spans.get(at)?.number()
    }

    fn whole_number(&self, at: usize) -> Option<u32> {
        let value = self.number(at)?;
        (value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value)).then_some(value as u32)
    }

    fn link_names(&self, entities: &mut Entities) {
        let mut at = 0;
        while let Some(span) = self.spans.get(at) {
            let next = self.spans.get(at + 1);
            let before = self.neighbour(at, false);
            let excluded = self.is(before, Cue::Without)
                || (self.spans.get(at.wrapping_sub(1)).is_some_and(Span::is_filler)
                    && entities.named.last().is_some_and(|n| n.excluded && n.span + 2 == at));
            if let Some(name) = choose_name(span, next) {
                entities.named.push(Named { name: name.clone(), excluded, span: at });
                entities.used.insert(at);
                self.use_kind_word(at, name.kind, entities);
            } else if !span.parts().is_empty() && span.links.iter().all(|l| matches!(l, Link::Part(_))) {
                at = self.link_part(at, excluded, entities);
            }
            if excluded && let Some(cue) = before {
                entities.used.insert(cue);
            }
            at += 1;
        }
    }

    /// "the produce department": the word behind (or before) the name belongs to it.
    fn use_kind_word(&self, at: usize, kind: NameKind, entities: &mut Entities) {
        let cue = match kind {
            NameKind::Department => Cue::DepartmentWord,
            NameKind::Aisle => Cue::AisleWord,
            NameKind::Segment => Cue::Segment,
            NameKind::Product => return,
        };
        if self.is(Some(at + 1), cue) {
            entities.used.insert(at + 1);
        }
    }

    /// Words that only part of a name has: those beside each other narrow the choice.
    fn link_part(&self, at: usize, excluded: bool, entities: &mut Entities) -> usize {
        let mut names: Vec<Name> =
            self.spans.get(at).map(Span::parts).unwrap_or_default().into_iter().cloned().collect();
        let mut end = at;
        while let Some(next) = self.spans.get(end + 1) {
            let both: Vec<Name> = names.iter().filter(|name| next.parts().contains(name)).cloned().collect();
            if both.is_empty() {
                break;
            }
            names = both;
            end += 1;
        }
        names.sort_by_key(|name| (name.kind, name.id));
        names.dedup();
        let kind_word = |cue| self.is(Some(end + 1), cue);
        if kind_word(Cue::DepartmentWord) {
            names.retain(|name| name.kind == NameKind::Department);
        } else if kind_word(Cue::AisleWord) {
            names.retain(|name| name.kind == NameKind::Aisle);
        }
        match names.as_slice() {
            [] => {}
            [name] => {
                entities.named.push(Named { name: name.clone(), excluded, span: at });
                entities.used.extend(at..=end);
                self.use_kind_word(end, name.kind, entities);
            }
            _ => {
                let word = (at..=end).map(|i| self.text(i)).collect::<Vec<_>>().join(" ");
                entities.ambiguous.push(Ambiguous { word, names, span: at });
            }
        }
        end
    }

    fn link_customers(&self, entities: &mut Entities) {
        for at in 0..self.spans.len() {
            if self.spans.get(at).is_some_and(|span| span.is(Cue::Myself)) {
                // "show me", "give me": no word about the customer.
                let polite = self.text(at) == "me"
                    && at
                        .checked_sub(1)
                        .is_some_and(|before| ASKING_VERBS.contains(&self.text(before).as_str()));
                // "the aisle, I mean"
                let explains = self.text(at) == "i"
                    && matches!(self.text(at + 1).as_str(), "mean" | "meant" | "guess" | "suppose");
                entities.myself |= !polite && !explains;
                entities.used.insert(at);
            }
            if !self.is(Some(at), Cue::CustomerWord) {
                continue;
            }
            let singular = self.text(at).split(' ').all(|word| super::normalise::stem(word) == word);
            let mut position = at + 1;
            // "customer no 42"
            if matches!(self.text(position).as_str(), "no" | "nr" | "number" | "id" | "#")
                && self.whole_number(position + 1).is_some()
            {
                entities.used.insert(position);
                position += 1;
            }
            let mut found = false;
            while let Some(id) = self.whole_number(position) {
                // "for customer 5: 3 products", "customer 5, three ideas": a count behind the customer.
                let counts = |next: usize| {
                    self.is(Some(next), Cue::ProductWord)
                        || self.is(Some(next), Cue::Recommend)
                        || matches!(self.text(next).as_str(), "new" | "more" | "organic")
                };
                if found && counts(position + 1) {
                    break;
                }
                entities.customers.push(id);
                entities.used.extend([at, position]);
                found = true;
                let separated = self.spans.get(position + 1).is_some_and(Span::is_filler);
                position += if separated { 2 } else { 1 };
            }
            let article = at.checked_sub(1).map(|before| self.text(before));
            if !found && singular && article.is_some_and(|word| word == "the" || word == "this") {
                entities.the_customer = true;
                entities.used.insert(at);
            }
        }
        self.customers_like_number(entities);
    }

    /// "customers like 42", "similar to 42".
    fn customers_like_number(&self, entities: &mut Entities) {
        if !entities.customers.is_empty() {
            return;
        }
        for at in 0..self.spans.len() {
            let steers = self.is(Some(at), Cue::Likes) || self.is(Some(at), Cue::Similar);
            let about_customers = self.spans.iter().any(|span| span.is(Cue::CustomerWord));
            let near = self.neighbour(at, true).and_then(|next| Some((next, self.whole_number(next)?)));
            // "similar customers to 42": the only number there is.
            let mut numbers =
                (at + 1..self.spans.len()).filter_map(|next| Some((next, self.whole_number(next)?)));
            let only = match (numbers.next(), numbers.next()) {
                (only, None) => only.filter(|(next, _)| {
                    next.checked_sub(1)
                        .is_some_and(|before| matches!(self.text(before).as_str(), "to" | "as" | "like"))
                }),
                _ => None,
            };
            let number = near.or(only);
            if let (true, true, Some((next, id))) = (steers, about_customers, number) {
                entities.customers.push(id);
                entities.used.extend([at, next]);
            }
        }
    }

    fn link_times(&self, entities: &mut Entities) {
        for (at, span) in self.spans.iter().enumerate() {
            for link in &span.links {
                match link {
                    Link::Weekday => entities.weekday = Some(at),
                    Link::Hours(from, to) => {
                        entities.hours = Some((*from, *to));
                        entities.used.insert(at);
                    }
                    _ => {}
                }
            }
            if span.dimension() == Some("order_dow")
                && let Some(day) = self.whole_number(at + 1).filter(|day| *day <= 6)
            {
                entities.day = Some(day);
                entities.used.extend([at, at + 1]);
            }
        }
        self.link_whole_range(entities);
        self.link_clock(entities);
    }

    /// "each day number (0 to 6)": the whole range of a dimension restricts nothing.
    fn link_whole_range(&self, entities: &mut Entities) {
        for (at, span) in self.spans.iter().enumerate() {
            let last = match span.dimension() {
                Some("order_dow") => 6,
                Some("order_hour_of_day") => 23,
                _ => continue,
            };
            let joined = matches!(self.text(at + 2).as_str(), "to" | "until" | "and");
            if self.whole_number(at + 1) == Some(0) && joined && self.whole_number(at + 3) == Some(last) {
                entities.day = None;
                entities.used.extend(at + 1..=at + 3);
                entities.used.remove(&at);
            }
        }
    }

    /// "at 10", "10 am", "hour 10", "between 8 and 11 o'clock".
    fn link_clock(&self, entities: &mut Entities) {
        for at in 0..self.spans.len() {
            if entities.used.contains(&at) {
                continue;
            }
            let Some((hour, mut spans)) = self.clock_hour(at) else { continue };
            let mut hours = (hour, hour);
            let opened = at.checked_sub(1).filter(|b| matches!(self.text(*b).as_str(), "between" | "from"));
            if let (Some(opening), Some((end, more))) = (opened, self.second_hour(at)) {
                hours.1 = end;
                spans.extend(more);
                spans.push(opening);
            }
            entities.hours = Some(hours);
            entities.used.extend(spans);
            return;
        }
    }

    fn second_hour(&self, at: usize) -> Option<(u32, Vec<usize>)> {
        let joins = |i: usize| matches!(self.text(i).as_str(), "and" | "to" | "until" | "till");
        let second = (at + 1..at + 4).find(|i| i.checked_sub(1).is_some_and(joins))?;
        let hour = self.whole_number(second).filter(|hour| *hour <= 24)?;
        let (hour, mut spans) = self.clock_hour(second).unwrap_or((hour.min(23), vec![second]));
        spans.push(second - 1);
        Some((hour, spans))
    }

    fn clock_hour(&self, at: usize) -> Option<(u32, Vec<usize>)> {
        let hour = self.whole_number(at).filter(|hour| *hour <= 23)?;
        let after = self.text(at + 1);
        let before = at.checked_sub(1).map(|b| self.text(b)).unwrap_or_default();
        let range = matches!(before.as_str(), "between" | "from") && {
            let later = (at + 1..at + 5).map(|i| self.text(i)).collect::<Vec<_>>();
            later.iter().any(|w| matches!(w.as_str(), "o'clock" | "am" | "pm" | "h" | "hours"))
        };
        match after.as_str() {
            "am" | "o'clock" | "h" => {
                Some((if after == "am" && hour == 12 { 0 } else { hour }, vec![at, at + 1]))
            }
            "pm" => Some((if hour < 12 { hour + 12 } else { hour }, vec![at, at + 1])),
            _ if matches!(before.as_str(), "hour" | "at") => Some((hour, vec![at, at - 1])),
            _ if range => Some((hour, vec![at])),
            _ => None,
        }
    }

    fn link_thresholds(&self, entities: &mut Entities) {
        for (at, span) in self.spans.iter().enumerate() {
            let cues = [Cue::AtLeast, Cue::MoreThan, Cue::AtMost, Cue::FewerThan];
            let Some(cue) = cues.into_iter().find(|cue| span.is(*cue)) else { continue };
            let Some(number) = self.neighbour(at, true) else { continue };
            // "baskets with at least one thing from produce": that they hold any is what holding means.
            if cue == Cue::AtLeast
                && self.number(number) == Some(1.0)
                && self.is(self.neighbour(number, true), Cue::ProductWord)
            {
                entities.used.extend([at, number].into_iter().chain(self.neighbour(number, true)));
                continue;
            }
            if let Some(value) = self.number(number) {
                entities.thresholds.push(Threshold { cue, value, spans: [at, number] });
            }
        }
    }

    /// "product 9387", "buy 9387, 9598, 4812": numbers that stand as products.
    fn link_products_by_number(&self, entities: &mut Entities) {
        let starters = [Cue::ProductWord, Cue::Buy, Cue::Together, Cue::Similar, Cue::WillBuy, Cue::Details];
        for at in 0..self.spans.len() {
            let Some(id) = self.whole_number(at) else { continue };
            // "which five": a number in words is a count.
            let in_digits = self.text(at).chars().all(|c| c.is_ascii_digit() || c == '#');
            if !in_digits || entities.used.contains(&at) || self.in_threshold(at, entities) {
                continue;
            }
            let before = self.neighbour(at, false);
            let opens = starters.into_iter().any(|cue| self.is(before, cue));
            let continues = before.is_some_and(|b| entities.used.contains(&b) && self.number(b).is_some())
                && !entities.product_ids.is_empty();
            // "show me 6 beverages", "top 5 items": a count, not a product.
            let counts_something = self.is(before, Cue::Buy)
                && self
                    .spans
                    .get(at + 1)
                    .is_some_and(|s| !s.links.is_empty() && !s.is_filler() && s.number().is_none());
            // "make it 5", "exactly 8", "3 of them": counts.
            let word_before = at.checked_sub(1).map(|before| self.text(before)).unwrap_or_default();
            let counts_something = counts_something
                || matches!(word_before.as_str(), "it" | "exactly" | "put" | "only" | "just" | "maybe")
                || self.text(at + 1) == "of";
            if (opens && !counts_something) || continues {
                entities.product_ids.push(id);
                entities.used.insert(at);
                if self.is(before, Cue::ProductWord) {
                    entities.used.extend(before);
                }
            }
        }
    }

    /// "one new thing", "one idea": the word counts what stands behind it.
    fn counts_one(&self, at: usize) -> bool {
        let next = self.text(at + 1);
        let first = next.split(' ').next().unwrap_or_default();
        matches!(first, "new" | "thing" | "product" | "item" | "idea" | "suggestion" | "more")
    }

    fn in_threshold(&self, at: usize, entities: &Entities) -> bool {
        entities.thresholds.iter().any(|threshold| threshold.spans.contains(&at))
    }

    /// The one number that is left counts rows.
    fn link_limit(&self, entities: &mut Entities) {
        let mut left = (0..self.spans.len()).filter(|at| {
            self.number(*at).is_some_and(|value| (1.0..=MAX_LIMIT).contains(&value) && value.fract() == 0.0)
                && !entities.used.contains(at)
                && !self.in_threshold(*at, entities)
                && !self.spans.get(*at).is_some_and(|span| is_age(self.tokens, span.start))
                // "the one", "which one": no count; "one new thing" is.
                && (self.text(*at) != "one" || self.counts_one(*at))
        });
        if let (Some(at), None) = (left.next(), left.next()) {
            entities.limit = self.whole_number(at);
            entities.used.insert(at);
        }
    }
}

/// Whether the number at a token is somebody's age: "I am 30", "aged 16", "my 5 year old".
pub(crate) fn is_age(tokens: &[Token], at: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let before = |by: usize| at.checked_sub(by).map_or("", text);
    let told = matches!(before(1), "aged" | "im" | "i'm")
        || matches!(before(1), "am" | "'m" | "m") && before(2) == "i"
        || matches!(before(1), "is" | "turned" | "turns") && matches!(before(2), "he" | "she");
    let years = matches!(text(at + 1), "year" | "years") && text(at + 2) == "old"
        || matches!(text(at + 1), "yo" | "y/o");
    // "I am 5 short"
    told && !matches!(text(at + 1), "short" | "low" | "items") || years
}

/// The reading of a name that fits its surroundings: "the milk aisle" is the aisle, a bare word the widest thing.
fn choose_name<'a>(span: &'a Span, next: Option<&Span>) -> Option<&'a Name> {
    let followed_by = |cue| next.is_some_and(|next: &Span| next.is(cue));
    let kinds = if followed_by(Cue::AisleWord) {
        [NameKind::Aisle, NameKind::Department, NameKind::Segment, NameKind::Product]
    } else if followed_by(Cue::Segment) {
        [NameKind::Segment, NameKind::Department, NameKind::Aisle, NameKind::Product]
    } else {
        [NameKind::Department, NameKind::Aisle, NameKind::Segment, NameKind::Product]
    };
    kinds.into_iter().find_map(|kind| span.name(kind))
}
