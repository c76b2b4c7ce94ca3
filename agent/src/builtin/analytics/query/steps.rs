//! A result that limits the next: "find the department with the highest reorder rate, then the five products with the most
//! buyers in it", "in the busiest hour, which aisles sell most", "of the ten best sellers, which has the highest rate".
//!
//! Marks → two questions, each read for itself. The first must pick groups: a ranking with its number of rows, or things
//! with a bound on a figure of theirs. It becomes a cohort of the second, which speaks of "that department", "there", "it", or
//! follows a phrase that begins with "in", "of", "among".

use query::metrics::{Cohort, CohortOf, CohortTop, MetricFilter, MetricQuery};

use super::{
    Asked,
    concentration::{Cut, cut_of},
    one_step,
};
use crate::builtin::{
    analytics::{
        frame::{View, frame},
        item::{End, Item, Items, Link, Mark, Noun},
    },
    intent::Shape,
};

/// Reads a question of two steps.
pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Asked> {
    let picks = items.any(|mark| matches!(mark, Mark::Rank(..) | Mark::Having(_)));
    // "for each of them" ranks within every group, which is another question.
    let each = items.any(|mark| {
        matches!(mark, Mark::EachOne | Mark::Versus | Mark::Difference | Mark::Than | Mark::Bands(..))
    });
    if !picks || each {
        return None;
    }
    let steps = Steps { items, view };
    (1..items.len()).rev().filter(|at| steps.ends(*at)).find_map(|at| steps.read(at))
}

struct Steps<'a> {
    items: &'a Items,
    view: &'a View<'a>,
}

impl Steps<'_> {
    /// Whether a clause may end before a place.
    fn ends(&self, at: usize) -> bool {
        matches!(self.items.mark(at), Some(Mark::Comma | Mark::And))
            || self.view.text(at) == "then"
            || self.begins_sentence(at)
    }

    fn begins_sentence(&self, at: usize) -> bool {
        let first = self.items.0.get(at).and_then(|item| self.view.tokens.get(item.from));
        let before = self.items.0.get(at).and_then(|item| self.view.tokens.get(item.from.checked_sub(1)?));
        first.zip(before).is_some_and(|(first, before)| first.start > before.end + 1)
    }

    /// The two questions on both sides of a place.
    fn read(&self, at: usize) -> Option<Asked> {
        let (first, phrase) = self.first(at);
        if !first.any(|mark| matches!(mark, Mark::Rank(..) | Mark::Having(_))) || !self.asks(at) {
            return None;
        }
        let group = group_of(&first)?;
        let (second, pointed) = self.second(at, group)?;
        // Without a word that points back only a phrase can limit what follows.
        if pointed.is_empty() && !phrase {
            return None;
        }
        let limiting = self.question(&first)?;
        let mut cohort = cohort(&limiting.query, group)?;
        let view = View { items: &first, tokens: self.view.tokens };
        if let (Some((_, _, Cut::Fraction(fraction), _)), Some(top)) =
            (cut_of(&first, &view), &mut cohort.top)
        {
            (top.limit, top.limit_share) = (None, Some(fraction));
        }
        let mut asked = self.question(&second)?;
        let free = asked.query.within_top.is_none()
            && !asked.query.cohorts.contains(&cohort)
            && asked.query.cohorts.len() < 8;
        // Figures of several things that were ranked stand beside them; a question of its own lists other things, or is one
        // figure of all of them.
        let one = cohort.top.as_ref().is_some_and(|top| top.limit == Some(1));
        let of_all = self.begins_sentence(at) && self.items.mark(at) == Some(&Mark::Which);
        if !(phrase || one || of_all || !asked.query.dimensions.is_empty()) {
            return None;
        }
        if !free || asked.query.contrast && !asked.query.slices.is_empty() {
            return None;
        }
        if phrase && asked.query.limit.is_some_and(|rows| rows > 1) && self.asks_for_one(at) {
            asked.query.limit = Some(1);
            asked.shape = Shape::Extreme;
        }
        asked.query.cohorts.push(cohort);
        asked.told = asked.told.iter().map(|place| place + at).collect();
        asked.told.extend(pointed);
        asked.told.extend(0..at);
        Some(asked)
    }

    /// What stands before a place, without the word that it hangs on; and whether it is a phrase.
    fn first(&self, at: usize) -> (Items, bool) {
        let mut from = self.clause_of_things(at);
        let mut led = true;
        while matches!(self.items.mark(from), Some(Mark::Skip)) {
            led &= matches!(
                self.view.text(from).as_str(),
                "so" | "now"
                    | "then"
                    | "ok"
                    | "okay"
                    | "well"
                    | "please"
                    | "just"
                    | "only"
                    | "looking"
                    | "hi"
                    | "hello"
                    | "but"
                    | "look"
                    | "the"
            );
            from += 1;
        }
        let phrase = led
            && matches!(
                self.items.mark(from),
                Some(Mark::Link(Link::In | Link::Of | Link::For | Link::At | Link::On | Link::From))
            );
        let from = if phrase { from + 1 } else { from };
        // A phrase asks nothing.
        let asks = self.items.0.get(from..at).unwrap_or_default().iter().any(|item| {
            matches!(item.mark, Mark::HowMany | Mark::Which | Mark::Share | Mark::ShareOf(_) | Mark::HowMuch)
        });
        (self.slice(from, at), phrase && !asks)
    }

    /// Where the clause begins that first speaks of the things: what stands before it leads up to the question.
    fn clause_of_things(&self, at: usize) -> usize {
        let thing =
            (0..at).find(|place| matches!(self.items.mark(*place), Some(Mark::Noun(_) | Mark::Rank(..))));
        let thing = thing.unwrap_or(0);
        (0..=thing).rev().find(|place| self.ends(*place) && *place > 0).unwrap_or(0)
    }

    /// What stands behind a place, with the words that point back left out; none where it speaks of each of the groups.
    fn second(&self, at: usize, group: Noun) -> Option<(Items, Vec<usize>)> {
        let mut second = self.slice(at, self.items.len());
        let mut pointed = Vec::new();
        for place in at..self.items.len() {
            let text = self.view.text(place);
            let own = place - at;
            let noun = self.items.next(place).filter(|next| same_kind(self.items.mark(*next), group));
            let before = self.items.previous(place).map(|before| self.view.text(before)).unwrap_or_default();
            let inside =
                ["in", "within", "inside", "of", "from", "there", "inside of", "at", "during", "for"];
            let pronoun =
                matches!(text.as_str(), "it" | "them" | "there" | "those" | "these" | "this" | "that")
                    && (inside.contains(&before.as_str()) || text == "there");
            // "its three best selling products": of what was picked.
            let owner = matches!(text.as_str(), "its" | "their" | "whose") && self.owns(place, group);
            let joined =
                ["in it", "of it", "in there", "of them", "of those", "of these", "within it", "among them"];
            match (noun, text.as_str()) {
                (Some(noun), "that" | "this" | "those" | "these" | "the" | "such")
                    if text != "the" || self.is_the_one(noun, group) =>
                {
                    pointed.extend([place, noun]);
                    second.set(own, Mark::Skip);
                    second.set(noun - at, Mark::Skip);
                    if let Some(link) = own.checked_sub(1).filter(|_| own > 0)
                        && matches!(second.mark(link), Some(Mark::Link(_)))
                    {
                        second.set(link, Mark::Skip);
                    }
                }
                _ if same_kind(self.items.mark(place), group) && points(&text) => {
                    pointed.push(place);
                    second.set(own, Mark::Skip);
                }
                _ if owner || pronoun || joined.contains(&text.as_str()) => {
                    pointed.push(place);
                    second.set(own, Mark::Skip);
                    if let Some(link) = own.checked_sub(1)
                        && matches!(second.mark(link), Some(Mark::Link(_)))
                    {
                        second.set(link, Mark::Skip);
                    }
                }
                _ => {}
            }
        }
        // "which has the highest rate": one of the things that were picked.
        let names = second
            .any(|mark| matches!(mark, Mark::Noun(noun) if *noun != Noun::Item && *noun != Noun::Order));
        let which = second.places(|mark| *mark == Mark::Which).first().copied();
        let ranks = second.any(|mark| matches!(mark, Mark::Rank(..)));
        // "the three best sellers": a word that names the things it ranks.
        let sellers = second.any(|mark| matches!(mark, Mark::Rank(_, Some("items"))))
            && self.items.0.get(at..).unwrap_or_default().iter().enumerate().any(|(place, item)| {
                matches!(item.mark, Mark::Rank(..)) && self.view.text(at + place).contains("seller")
            });
        if let (false, true, false, Some(which)) = (names, ranks, sellers, which)
            && let Some(thing) = self.items.0.iter().take(at).find(|item| same_kind(Some(&item.mark), group))
        {
            second.0.insert(which + 1, Item { mark: Mark::Noun(group), ..thing.clone() });
        }
        // "are there any that were never first in a cart? I need the number": of the things that were picked.
        let figure = second.any(|mark| {
            matches!(mark, Mark::Metric(_) | Mark::Share | Mark::ShareOf(_) | Mark::Noun(_) | Mark::Agg(_))
        });
        let counts = second.places(|mark| *mark == Mark::HowMany).last().copied();
        if let (false, true, Some(counts)) = (figure, second.any(|mark| *mark == Mark::Never), counts)
            && let Some(thing) = self.items.0.iter().take(at).find(|item| same_kind(Some(&item.mark), group))
        {
            let token = second.0.get(counts).map_or(thing.to, |item| item.to);
            second.0.insert(counts + 1, Item { mark: Mark::Noun(group), from: token, to: token });
        }
        Some((second, pointed))
    }

    /// "the hour", "the department": one that was spoken of.
    fn is_the_one(&self, noun: usize, group: Noun) -> bool {
        self.items.mark(noun) == Some(&Mark::Noun(group)) && self.view.is_singular(noun)
    }

    /// Whether "its" and "their" are before things of another kind that are ranked, or before a mean of several.
    fn owns(&self, at: usize, group: Noun) -> bool {
        let behind = self.items.0.get(at..).unwrap_or_default();
        let ranked = behind.iter().any(|item| matches!(item.mark, Mark::Rank(..)));
        let other = behind.iter().take(7).any(|item| {
            matches!(item.mark, Mark::Noun(noun) if noun != group && !matches!(noun, Noun::Item | Noun::Order | Noun::Customer))
        });
        let figure = matches!(self.items.after(at), Some(Mark::Metric(_) | Mark::Agg(_)));
        // "their best aisle" is one for each of several.
        ranked && other && self.view.text(at) != "their" || !ranked && figure && self.view.text(at) == "their"
    }

    /// Whether something is asked behind a place.
    fn asks(&self, at: usize) -> bool {
        self.items.0.get(at..).unwrap_or_default().iter().any(|item| {
            matches!(
                item.mark,
                Mark::Which
                    | Mark::HowMany
                    | Mark::HowOften
                    | Mark::Rank(..)
                    | Mark::Metric(_)
                    | Mark::Share
                    | Mark::ShareOf(_)
            )
        })
    }

    /// "which one has", "which has": one row of those that were picked.
    fn asks_for_one(&self, at: usize) -> bool {
        let which = (at..self.items.len()).find(|place| self.items.mark(*place) == Some(&Mark::Which));
        which.is_some_and(|which| {
            !matches!(self.items.mark(which + 1), Some(Mark::Number(_) | Mark::Noun(_)))
                && matches!(
                    self.view.text(which + 1).as_str(),
                    "one" | "has" | "is" | "sells" | "gets" | "was" | "had" | "does"
                )
        })
    }

    fn slice(&self, from: usize, to: usize) -> Items {
        let marks = self.items.0.get(from..to).unwrap_or_default().to_vec();
        let compares = marks.iter().any(|item| matches!(item.mark, Mark::Versus | Mark::Than));
        Items(marks, self.items.1 && compares)
    }

    fn question(&self, items: &Items) -> Option<Asked> {
        let view = View { items, tokens: self.view.tokens };
        one_step(items, &view, &frame(items, self.view.tokens)).ok()
    }
}

/// "that one", "this department".
fn points(text: &str) -> bool {
    ["that ", "this ", "those ", "these ", "such a "].iter().any(|word| text.starts_with(word))
}

fn same_kind(mark: Option<&Mark>, group: Noun) -> bool {
    matches!(mark, Some(Mark::Noun(noun)) if *noun == group || group == Noun::Product && *noun == Noun::Item)
}

/// The things that the first question picks.
fn group_of(items: &Items) -> Option<Noun> {
    let kinds = [
        Noun::Product,
        Noun::Aisle,
        Noun::Department,
        Noun::Customer,
        Noun::Hour,
        Noun::Day,
        Noun::DayPart,
        Noun::Segment,
    ];
    let ranked = items.places(|mark| matches!(mark, Mark::Noun(noun) if kinds.contains(noun)));
    let seller = items.any(|mark| matches!(mark, Mark::Rank(End::High, Some("items"))));
    match ranked.first().and_then(|at| items.mark(*at)) {
        Some(Mark::Noun(noun)) => Some(*noun),
        _ => seller.then_some(Noun::Product),
    }
}

/// The cohort that a question's groups are.
fn cohort(query: &MetricQuery, group: Noun) -> Option<Cohort> {
    let of = match group {
        Noun::Product | Noun::Item => CohortOf::Products,
        Noun::Aisle => CohortOf::Aisles,
        Noun::Department => CohortOf::Departments,
        Noun::Customer => CohortOf::Customers,
        Noun::Hour => CohortOf::Hours,
        Noun::Day => CohortOf::Days,
        Noun::DayPart => CohortOf::DayParts,
        Noun::Segment => CohortOf::Segments,
        _ => return None,
    };
    let plain = query.dimensions == [group.dimension()]
        && query.slices.is_empty()
        && query.summary.is_none()
        && query.cohorts.is_empty()
        && query.part_cohorts.is_empty()
        && !query.contrast
        && !query.share_of_total
        && query.limit_per.is_empty()
        && query.cumulative_to.is_none();
    let cut = query.limit.is_some() || query.limit_share.is_some();
    let is_metric = |filter: &&MetricFilter| {
        query.metrics.contains(&filter.field) || filter.field.starts_with("part_of_")
    };
    let having: Vec<MetricFilter> = query.filters.iter().filter(is_metric).cloned().collect();
    if !plain || !cut && having.is_empty() {
        return None;
    }
    let top = match query.order_by.first() {
        Some(by) if cut => Some(CohortTop {
            by: by.clone(),
            limit: query.limit,
            limit_share: query.limit_share,
            skip: query.skip,
        }),
        _ if cut => return None,
        _ => None,
    };
    Some(Cohort {
        of,
        bought: query.filters.iter().filter(|filter| !is_metric(filter)).cloned().collect(),
        having,
        part: query.part.clone(),
        top,
        ..Cohort::default()
    })
}
