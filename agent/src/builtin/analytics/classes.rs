//! Ranges in a row are classes of one figure: "1-5, 6-10, 11+", "up to 5 / 6 to 15 / more than 15", "exactly 1, 2 or 3, 4 and
//! more", "none, some but less than half, at least half".
//!
//! Runs on the numbers and bounds that `numbers` leaves, before other passes take them for conditions. Whatever notation:
//! ranges make a list where each begins where the one before it ended; conditions on two figures do not. Words between
//! them may repeat the unit, the subject or the question. Input: marks. Output: one [`Mark::Bands`] in their place.

use query::metrics::FilterOp;

use super::{
    frame::View,
    item::{Band, Classes, End, Item, Items, Link, Mark, Noun},
};
use crate::builtin::normalise::Token;

/// The most marks between two classes: "…, and how many of them have bought …".
const MOST_BETWEEN: usize = 9;
/// Words that nobody knows between two classes: their names.
const MOST_NAMES: usize = 2;
/// How far a class may begin above the end of the one before it, where there are only two.
const GAP: f64 = 1.0;

/// What people call classes.
const CALLED: [&str; 17] = [
    "step",
    "slot",
    "tier",
    "bracket",
    "bin",
    "bucket",
    "band",
    "class",
    "shift",
    "group",
    "range",
    "cluster",
    "velocity",
    "level",
    "interval",
    "grouping",
    "histogram",
];

/// Joins ranges that stand in a row.
pub(super) fn classes(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        let reader = Reader { items, tokens };
        if let Some((from, end, found)) = reader.list(at) {
            // "1 produce item, 2-3, 4 and more": the thing stays a condition.
            let thing = (from..end)
                .find_map(|place| items.0.get(place).filter(|item| reader.is_thing(place, item)).cloned());
            // "small (up to 5), medium (6 to 15), large (more)": the names of the classes say nothing more.
            let named = |place: &usize| matches!(items.mark(*place), Some(Mark::SizeWord(_)));
            let from = items.previous(from).filter(named).unwrap_or(from);
            let end = items.next(end - 1).filter(named).map_or(end, |place| place + 1);
            items.merge(from, end, Mark::Bands(found));
            if let Some(thing) = thing {
                items.0.insert(from, thing);
                at += 1;
            }
        }
        at += 1;
    }
    if items.any(|mark| matches!(mark, Mark::Bands(..))) {
        for at in items.places(|mark| *mark == Mark::Word) {
            let word = items.0.get(at).and_then(|item| tokens.get(item.from));
            if word.is_some_and(|token| CALLED.contains(&token.stem.as_str())) {
                items.set(at, Mark::Skip);
            }
        }
    }
}

/// One class as it was read.
#[derive(Debug, Clone)]
struct Class {
    band: Band,
    percent: bool,
    /// One past its last mark, its unit left out.
    end: usize,
}

impl Class {
    /// Where it begins and ends.
    fn span(&self) -> (f64, f64) {
        let mut span = (f64::NEG_INFINITY, f64::INFINITY);
        for (op, values) in &self.band {
            let (Some(first), Some(last)) = (values.first(), values.last()) else { continue };
            match op {
                FilterOp::Ge | FilterOp::Gt => span.0 = span.0.max(*first),
                FilterOp::Le | FilterOp::Lt => span.1 = span.1.min(*last),
                _ => span = (*first, *last),
            }
        }
        span
    }

    fn is_exact(&self) -> bool {
        matches!(self.band.as_slice(), [(FilterOp::Eq, _)])
    }

    /// With the per cent sign that stands at another class.
    fn scaled(mut self) -> Self {
        if !self.percent {
            for value in self.band.iter_mut().flat_map(|(_, values)| values) {
                if *value > 1.0 {
                    *value /= 100.0;
                }
            }
            self.percent = true;
        }
        self
    }
}

/// What stands between two classes.
struct Between {
    /// Where the later one begins.
    next: usize,
    /// Whether something parts them.
    parted: bool,
    /// Whether the later one has a name.
    called: bool,
    /// Whether it is one or the other.
    or: bool,
    /// Whether they are held against each other.
    versus: bool,
}

struct Reader<'a> {
    items: &'a Items,
    tokens: &'a [Token],
}

impl Reader<'_> {
    fn text(&self, at: usize) -> String {
        View { items: self.items, tokens: self.tokens }.text(at)
    }

    /// The list of classes that begins here, and the places that it takes.
    fn list(&self, at: usize) -> Option<(usize, usize, Classes)> {
        let first = self.opening(at)?;
        let mut classes = vec![first];
        let mut units = vec![self.unit(classes.first()?.end)];
        let (mut separated, mut attribute, mut named, mut listed) = (0, None, false, true);
        loop {
            let last = classes.last()?;
            let Some(Between { next, parted, called, or, versus }) = self.between(last.end) else { break };
            let read = self.class(next, last).filter(|class| goes_on(&classes, class));
            let Some(class) = read else { break };
            // "exactly 4, 5, 6 or 7": one number each, the last two as well.
            let class = match class.band.as_slice() {
                [(FilterOp::Between, pair)]
                    if classes.len() > 1
                        && classes.iter().all(Class::is_exact)
                        && self.items.mark(next + 1) == Some(&Mark::Or) =>
                {
                    Class {
                        band: vec![(FilterOp::Eq, pair.iter().take(1).copied().collect())],
                        end: next + 1,
                        ..class
                    }
                }
                _ => class,
            };
            let differs = classes.iter().any(|class| class.percent) != class.percent;
            let unit = self.unit(class.end);
            let agrees = agree(&units, unit.as_ref(), differs);
            // "…, 22 to 29, 30 and above: orders in each": behind a list, it is what is counted.
            if !agrees && (classes.len() == 1 || !adjoins(last, &class)) {
                break;
            }
            let unit = unit.filter(|_| agrees);
            let left_out =
                if self.goes_on_so(last.end, next) { series(&classes, &class) } else { Vec::new() };
            // A figure of its own before the second range: two conditions.
            let other = (last.end..next).any(|place| matches!(self.items.mark(place), Some(Mark::Metric(_))))
                && !matches!(units.last(), Some(Some((Mark::Metric(_), _))));
            separated += usize::from(parted && !versus && !other);
            (named, listed) = (named || called, listed && !or);
            attribute = attribute.or_else(|| self.attribute(last.end, next));
            units.extend(left_out.iter().map(|_| None));
            classes.extend(left_out);
            units.push(unit);
            classes.push(class);
        }
        // "orders with 1, 2, 3 and 4 items": a class each; "with 1, 2 or 3" is one condition.
        let each = (at..self.items.len())
            .any(|place| matches!(self.items.mark(place), Some(Mark::Each | Mark::EachOne)));
        let counted = units.last().is_some_and(Option::is_some) && (listed || each);
        let against = at.checked_sub(1).is_some_and(|before| self.items.mark(before) == Some(&Mark::Versus));
        if !is_list(&classes, separated, counted) || against && classes.len() == 2 {
            return None;
        }
        // "the 2nd, 3rd and 4th order" are orders by their number, ranges of them classes of it.
        let ordinal =
            (at..classes.last()?.end).any(|place| matches!(self.items.mark(place), Some(Mark::Ordinal(_))));
        if ordinal && classes.iter().all(Class::is_exact) {
            return None;
        }
        let end = classes.last()?.end;
        let attribute = attribute.or_else(|| self.attribute(at, end));
        // What stands behind the last class alone may be something else.
        let shared = units.iter().rev().skip(1).flatten().next().cloned();
        let numbered = ordinal.then_some(Mark::Noun(Noun::OrderNumber));
        let end = match units.last() {
            Some(Some((_, behind))) if shared.is_some() => *behind,
            _ => end,
        };
        let percent = classes.iter().any(|class| class.percent);
        let from = if named { self.name_before(at) } else { at };
        let classes = classes.into_iter().map(|class| if percent { class.scaled() } else { class });
        let bands = classes.map(|class| class.band).collect();
        Some((
            from,
            end,
            Classes {
                bands,
                percent,
                unit: numbered.or_else(|| shared.map(|(mark, _)| mark)).map(Box::new),
                attribute,
            },
        ))
    }

    /// "0-2, 3-5 and so on through 21-23": the classes between are left out.
    fn goes_on_so(&self, from: usize, to: usize) -> bool {
        (from..to).any(|at| {
            let words = self.text(at);
            let so = words == "so" && self.text(at + 1).split(' ').next() == Some("on");
            so || ["so on", "so forth", "etc", "etcetera", "...", "…"].iter().any(|said| words.contains(said))
        })
    }

    /// The first class: also "none" and the like.
    fn opening(&self, at: usize) -> Option<Class> {
        self.range(at).or_else(|| self.none(at))
    }

    /// A later class: also what is left above the one before it.
    fn class(&self, at: usize, last: &Class) -> Option<Class> {
        let all = last.percent && self.is_all(at);
        let all = all.then(|| Class { band: vec![(FilterOp::Eq, vec![1.0])], percent: true, end: at + 1 });
        self.range(at).or(all).or_else(|| self.some(at)).or_else(|| self.above(at, last))
    }

    fn is_all(&self, at: usize) -> bool {
        matches!(
            self.text(at).as_str(),
            "all" | "all of" | "all of them" | "everything" | "entirely" | "completely"
        )
    }

    /// Numbers and bounds.
    fn range(&self, at: usize) -> Option<Class> {
        let items = self.items;
        let from = items.mark(at) == Some(&Mark::Link(Link::From));
        let at = if from { at + 1 } else { at };
        let (op, values, percent) = self.value(at)?;
        let class = |op, values, percent, end| Class { band: vec![(op, values)], percent, end };
        // "2 or 3"
        if let (FilterOp::Eq, Some(Mark::Or), Some((FilterOp::Eq, other, also))) =
            (op, items.mark(at + 1), self.value(at + 2))
            && let ([low], [high]) = (values.as_slice(), other.as_slice())
            && *high == *low + 1.0
        {
            return Some(class(FilterOp::Between, vec![*low, *high], percent || also, at + 3));
        }
        // "20 to under 40 %", "at least 20 but under 40", "more than 5 and up to 10", "above 5 to 10"
        let joint = |place: usize| {
            matches!(
                items.mark(place),
                Some(Mark::Link(Link::To) | Mark::And | Mark::Comma | Mark::Skip | Mark::Not)
            ) || matches!(self.text(place).as_str(), "but" | "yet")
        };
        let next = (at + 1..at + 4).find(|place| !joint(*place)).unwrap_or(at + 1);
        let to = (at + 1..next).any(|place| items.mark(place) == Some(&Mark::Link(Link::To)));
        if let Some((upper, high, also)) = self.value(next) {
            let upper = match upper {
                FilterOp::Lt | FilterOp::Le => Some(upper),
                FilterOp::Eq if to => Some(FilterOp::Le),
                _ => None,
            };
            let lower = match op {
                FilterOp::Eq if to => Some(FilterOp::Ge),
                FilterOp::Gt | FilterOp::Ge => Some(op),
                _ => None,
            };
            if let (Some(lower), Some(upper)) = (lower, upper) {
                let low = class(lower, values.clone(), percent, next + 1);
                let high = class(upper, high, also, next + 1);
                let (low, high) = if percent != also { (low.scaled(), high.scaled()) } else { (low, high) };
                if low.span().0 < high.span().1 {
                    let band = low.band.into_iter().chain(high.band).collect();
                    return Some(Class { band, percent: percent || also, end: next + 1 });
                }
            }
        }
        // "over half but not all"
        let not_all = (at + 1..at + 4)
            .find(|place| !joint(*place) && !self.text(*place).ends_with("not"))
            .filter(|place| self.is_all(*place));
        if let (FilterOp::Gt | FilterOp::Ge, true, Some(all)) = (op, percent, not_all) {
            return Some(Class {
                band: vec![(op, values), (FilterOp::Lt, vec![1.0])],
                percent,
                end: all + 1,
            });
        }
        // "from 21 on", "21 onwards"
        let open = items.mark(at + 1) == Some(&Mark::Link(Link::On))
            || matches!(self.text(at + 1).as_str(), "onwards" | "onward" | "upward" | "upwards" | "up");
        if op == FilterOp::Eq && open {
            return Some(class(FilterOp::Ge, values, percent, at + 2));
        }
        // "11th and later"
        if let (FilterOp::Eq, Some(Mark::CmpAfter(behind))) = (op, items.mark(at + 1)) {
            return Some(class(*behind, values, percent, at + 2));
        }
        // "within 7 days, 8-14 days"
        let within = at.checked_sub(1).is_some_and(|before| self.text(before).starts_with("within"));
        if op == FilterOp::Eq && within {
            return Some(class(FilterOp::Le, values, percent, at + 1));
        }
        Some(class(op, values, percent, at + 1))
    }

    fn value(&self, at: usize) -> Option<(FilterOp, Vec<f64>, bool)> {
        Some(match self.items.mark(at)? {
            Mark::Bound(op, values, percent) => (*op, values.clone(), *percent),
            Mark::Number(value) => (FilterOp::Eq, vec![*value], false),
            Mark::Percent(value) => (FilterOp::Eq, vec![*value], true),
            Mark::Ordinal(place) => (FilterOp::Eq, vec![f64::from(*place)], false),
            // "7 and up" is a soft drink too.
            Mark::Name(_) => {
                let words = self.text(at);
                let number = words.strip_suffix(" and up").or_else(|| words.strip_suffix(" up"))?;
                (FilterOp::Ge, vec![number.parse().ok()?], false)
            }
            Mark::Skip
                if matches!(self.text(at).as_str(), "one" | "single" | "a single")
                    && matches!(
                        self.items.mark(at + 1),
                        Some(Mark::Noun(_) | Mark::HowOften | Mark::Link(Link::To) | Mark::Comma | Mark::Or)
                    ) =>
            {
                (FilterOp::Eq, vec![1.0], false)
            }
            _ => return None,
        })
    }

    /// "none", "no organic item", "not a single one", "never".
    fn none(&self, at: usize) -> Option<Class> {
        let words = self.text(at);
        let none = matches!(
            words.as_str(),
            "no" | "none"
                | "nothing"
                | "never"
                | "without"
                | "not any"
                | "without any"
                | "not a single"
                | "not once"
        );
        let none = none || words.starts_with("without a ") || words.starts_with("not one");
        let class = |end| Class { band: vec![(FilterOp::Eq, vec![0.0])], percent: false, end };
        none.then(|| class(at + 1))
    }

    /// "some but under half": more than nothing.
    fn some(&self, at: usize) -> Option<Class> {
        if !self.is_some(at) {
            return None;
        }
        let some = (FilterOp::Gt, vec![0.0]);
        let bound = (at + 1..(at + 6).min(self.items.len())).find(|place| self.value(*place).is_some());
        let quiet = |place: usize| {
            matches!(
                self.items.mark(place),
                Some(
                    Mark::Skip
                        | Mark::Noun(Noun::Item | Noun::Product)
                        | Mark::Attribute(..)
                        | Mark::And
                        | Mark::Comma
                        | Mark::Not
                )
            ) || matches!(self.text(place).as_str(), "but" | "yet")
        };
        if let Some(place) = bound.filter(|place| (at + 1..*place).all(quiet))
            && let Some((op @ (FilterOp::Lt | FilterOp::Le), values, percent)) = self.value(place)
        {
            return Some(Class { band: vec![some, (op, values)], percent, end: place + 1 });
        }
        Some(Class { band: vec![some], percent: false, end: at + 1 })
    }

    fn is_some(&self, at: usize) -> bool {
        self.text(at).split(' ').next() == Some("some")
    }

    /// "more", "the rest": all above the class before.
    fn above(&self, at: usize, last: &Class) -> Option<Class> {
        let words = self.text(at);
        let above = matches!(self.items.mark(at), Some(Mark::Rest | Mark::More(End::High)))
            || matches!(
                words.as_str(),
                "more"
                    | "more often"
                    | "higher"
                    | "above"
                    | "beyond"
                    | "anything above"
                    | "even more"
                    | "over"
            );
        let (op, values) = last.band.last()?;
        let high = values.last().filter(|_| above && last.span().1.is_finite())?;
        let op = if *op == FilterOp::Lt { FilterOp::Ge } else { FilterOp::Gt };
        Some(Class { band: vec![(op, vec![*high])], percent: last.percent, end: at + 1 })
    }

    /// What is counted behind a class, and where that ends.
    fn unit(&self, at: usize) -> Option<(Mark, usize)> {
        let behind = |place: &usize| {
            !matches!(
                self.items.mark(*place),
                Some(
                    Mark::Skip | Mark::Distinct | Mark::Attribute(..) | Mark::Link(Link::Of) | Mark::Name(_)
                )
            )
        };
        let place = (at..self.items.len().min(at + 4)).find(behind)?;
        let mark = self.items.mark(place)?;
        let counts = matches!(mark, Mark::Noun(_) | Mark::Metric(_) | Mark::HowOften);
        counts.then(|| (mark.clone(), place + 1))
    }

    fn counts_items(&self, at: usize) -> bool {
        matches!(self.items.mark(at), Some(Mark::Noun(Noun::Item | Noun::Product)))
    }

    /// Whether the classes count items of that thing.
    fn is_thing(&self, at: usize, item: &Item) -> bool {
        matches!(item.mark, Mark::Name(_)) && self.counts_items(at + 1)
    }

    /// An attribute that stands with the classes: "no organic item, some but under 50 % organic".
    fn attribute(&self, from: usize, to: usize) -> Option<&'static str> {
        (from..to).find_map(|at| match self.items.mark(at) {
            Some(Mark::Attribute(code, true)) => Some(*code),
            _ => None,
        })
    }

    /// "light: up to 5, medium: 6 to 15": the name of the first class.
    fn name_before(&self, at: usize) -> usize {
        let named = |place: &usize| {
            matches!(self.items.mark(*place), Some(Mark::Word | Mark::Name(_) | Mark::Part(_)))
        };
        at.checked_sub(1).filter(named).unwrap_or(at)
    }

    /// Where the next class begins, and what stands before it.
    fn between(&self, from: usize) -> Option<Between> {
        let (mut parted, mut names, mut or, mut versus) = (false, 0, false, false);
        for at in from..self.items.len().min(from + MOST_BETWEEN) {
            let opens = self.value(at).is_some()
                || self.items.mark(at) == Some(&Mark::Link(Link::From)) && self.value(at + 1).is_some()
                || self.is_some(at)
                || parted && self.is_all(at)
                || parted
                    && self
                        .above(at, &Class { band: vec![(FilterOp::Le, vec![0.0])], percent: false, end: 0 })
                        .is_some();
            if opens {
                return Some(Between {
                    next: at,
                    parted: parted || at == from,
                    called: names > 0,
                    or,
                    versus,
                });
            }
            or |= self.items.mark(at) == Some(&Mark::Or);
            versus |= self.items.mark(at) == Some(&Mark::Versus);
            match self.items.mark(at)? {
                Mark::Comma | Mark::And | Mark::Or | Mark::Versus => parted = true,
                Mark::Word if self.goes_on_so(at, at + 1) => {}
                Mark::Word => names += 1,
                Mark::Name(_) if self.counts_items(at + 1) => {}
                Mark::Name(_) | Mark::Part(_) if parted => names += 1,
                Mark::Skip
                | Mark::Link(_)
                | Mark::HowMany
                | Mark::HowOften
                | Mark::Which
                | Mark::Noun(_)
                | Mark::Metric(_)
                | Mark::Verb(_)
                | Mark::Each
                | Mark::EachOne
                | Mark::Distinct
                | Mark::Only
                | Mark::Attribute(..)
                | Mark::SizeWord(_)
                | Mark::CmpAfter(_) => {}
                _ => return None,
            }
            if names > MOST_NAMES {
                return None;
            }
        }
        None
    }
}

/// Whether a class begins where those before it end, all rising or all falling.
fn goes_on(classes: &[Class], next: &Class) -> bool {
    let Some(last) = classes.last() else { return true };
    let percent = next.percent || classes.iter().any(|class| class.percent);
    let scale = |class: &Class| if percent { class.clone().scaled().span() } else { class.span() };
    let (last_span, next_span) = (scale(last), scale(next));
    // "5-10, 10-20" share a value that people do not mind.
    let rising = last_span.1 <= next_span.0;
    let falling = next_span.1 <= last_span.0;
    let before = match classes {
        [.., first, second] => Some(scale(first) < scale(second)),
        _ => None,
    };
    let same_way = before.is_none_or(|up| up == rising);
    (rising || falling) && same_way && last_span != next_span
}

/// The most classes that may be left out.
const MOST_LEFT_OUT: usize = 20;

/// The classes that "and so on" stands for: from step to step, as the last two before it go, up to the one behind it.
fn series(classes: &[Class], end: &Class) -> Vec<Class> {
    let near = |one: f64, other: f64| (one - other).abs() < 1e-6;
    let [.., first, second] = classes else { return Vec::new() };
    let (first, second, last) = (first.span(), second.span(), end.span());
    let (step, width) = (second.0 - first.0, second.1 - second.0);
    if step <= 0.0 || !near(first.1 - first.0, width) || !near(last.1 - last.0, width) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut low = second.0 + step;
    while low < last.0 - 1e-6 && found.len() < MOST_LEFT_OUT {
        let band = if near(width, 0.0) {
            (FilterOp::Eq, vec![low])
        } else {
            (FilterOp::Between, vec![low, low + width])
        };
        found.push(Class { band: vec![band], ..end.clone() });
        low += step;
    }
    if near(low, last.0) { found } else { Vec::new() }
}

/// Whether the units of classes are one: a class without its own has that of the others.
fn agree(units: &[Option<(Mark, usize)>], next: Option<&(Mark, usize)>, percents_differ: bool) -> bool {
    let Some((next, _)) = next else { return true };
    let same = |known: &Mark| {
        let kind = |mark: &Mark| match mark {
            Mark::Noun(Noun::Item | Noun::Product) => Mark::Noun(Noun::Item),
            other => other.clone(),
        };
        kind(known) == kind(next)
    };
    let known: Vec<&Mark> = units.iter().flatten().map(|(mark, _)| mark).collect();
    // A unit behind the last class alone may be what is counted.
    known.is_empty() && !percents_differ || known.iter().any(|mark| same(mark))
}

/// Whether nothing lies between two classes.
fn adjoins(one: &Class, other: &Class) -> bool {
    let (one, other) = (one.span(), other.span());
    let gap = if one.0 < other.0 { other.0 - one.1 } else { one.0 - other.1 };
    gap <= GAP
}

/// Whether that many ranges are classes, and not two conditions or a list of numbers.
fn is_list(classes: &[Class], separated: usize, counted: bool) -> bool {
    let ranges = classes.iter().filter(|class| !class.is_exact()).count();
    let adjoining = classes.windows(2).all(|pair| match pair {
        [low, high] => adjoins(low, high),
        _ => true,
    });
    match classes.len() {
        0 | 1 => false,
        2 => ranges == 2 && adjoining && separated > 0,
        _ => ranges > 1 || adjoining && (ranges > 0 || counted),
    }
}
