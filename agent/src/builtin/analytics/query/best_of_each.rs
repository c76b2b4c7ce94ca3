//! "The best N of each": which groups, what is ranked within each of them, how many, by what, from which end.
//!
//! Marks → [`BestOfEach`] → a query whose limit counts within groups. A noun or a list of values is what each stands for
//! ("every department", "departments … their", "take produce, bakery and snacks … each", "at 8, at noon and at 18"), another
//! noun is what is ranked ("which aisle", "its best seller"). The groups may be ranked themselves: "of the 5 largest
//! departments". Where either is not clear, the question is none of these.

use query::metrics::{Direction, FilterOp, FilterValue, MetricFilter, OrderBy, TopGroups};

use super::{Asked, Builder, Condition, DEFAULT_RANKING, conditions};
use crate::builtin::{
    analytics::{
        frame::{Frame, Placed, Role, View, whole_count},
        item::{End, Items, Link, Mark, Noun},
    },
    intent::Shape,
};

/// A ranking within each of several groups.
#[derive(Debug, Clone)]
pub(super) struct BestOfEach {
    /// The dimensions whose groups have a ranking each.
    outer: Vec<&'static str>,
    inner: Noun,
    /// Where the inner noun stands; none where a word implies it ("best seller").
    inner_at: Option<usize>,
    limit: u32,
    /// "second best": so many rows are left out first.
    skip: Option<u32>,
    end: End,
    /// The word of ranking, and the figure that it names.
    rank_at: usize,
    rank_metric: Option<&'static str>,
    /// The groups are those of a ranking of their own.
    top: Option<TopGroups>,
    /// The words of that ranking: their figures are not those of the inner one.
    top_words: std::ops::Range<usize>,
}

/// A noun that can be ranked or have a ranking.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mention {
    pub(super) noun: Noun,
    pub(super) at: usize,
    /// "every", "per", "by" before it.
    pub(super) each: Option<EachWord>,
    /// A number in its phrase: "5 largest departments", "top 3 aisles".
    pub(super) number: Option<u32>,
    /// The word of ranking in its phrase.
    pub(super) rank: Option<usize>,
    singular: bool,
}

/// How clearly a word says that everything of a kind is meant apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EachWord {
    /// "each", "every", "per".
    Every,
    /// "by", "over the".
    By,
}

impl BestOfEach {
    /// Finds out whether a ranking within each of several groups is asked for.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        Reader { items, view, mentions: mentions(items, view), conditions: conditions(items) }.read()
    }

    /// What the nouns do, now that it is known which are the groups and which is ranked.
    pub(super) fn frame(&self, frame: &Frame, items: &Items, view: &View<'_>) -> Frame {
        let mut frame = frame.clone();
        let of_top = |at: usize| self.top_words.contains(&at);
        for placed in &mut frame.nouns {
            let counts = placed.noun.count().is_some() && counts_here(items, view, placed.at);
            placed.role = if of_top(placed.at) {
                Role::Plain
            } else if Some(placed.at) == self.inner_at {
                Role::Listed
            } else if self.outer.contains(&placed.noun.dimension()) {
                Role::Each
            } else if counts {
                Role::Amount
            } else {
                Role::Plain
            };
            placed.limit = (placed.role == Role::Listed).then_some(self.limit);
        }
        frame.metrics.retain(|(_, at)| !of_top(*at));
        frame.rank = Some((self.end, self.rank_metric, self.rank_at));
        frame
    }

    /// The ranked noun as the other passes see it.
    fn listed(&self) -> Placed {
        Placed {
            noun: self.inner,
            at: self.inner_at.unwrap_or(self.rank_at),
            role: Role::Listed,
            singular: self.limit == 1,
            limit: Some(self.limit),
        }
    }
}

impl Builder<'_> {
    /// The query of a ranking within each of several groups.
    pub(super) fn build_each(&mut self, best: &BestOfEach) -> Asked {
        self.attribute_pairs();
        self.merge_same_fields();
        let havings = self.havings();
        self.metrics(&[], Some(best.listed()));
        self.first_places();
        self.expected();
        self.query.metrics.retain(|metric| {
            !havings.iter().any(|having| having.field == *metric)
                || self.frame.metrics.iter().any(|(name, _)| name == metric)
        });
        let ranked = self.ranked_figure(best, &havings);
        self.query.dimensions.clear();
        for dimension in &best.outer {
            self.group(dimension);
        }
        self.group(best.inner.dimension());
        self.share(&havings);
        self.query.limit = Some(best.limit);
        self.query.skip = best.skip;
        self.query.limit_per = best.outer.iter().map(|name| (*name).to_owned()).collect();
        self.query.within_top.clone_from(&best.top);
        if self.query.share_of_total && self.is_share_within(best) {
            self.query.share_within.clone_from(&self.query.limit_per);
        }
        self.query.summary = None;
        self.order = Some(best.end);
        self.ranked = Some(ranked);
        self.cohorts();
        self.thresholds(&havings);
        let mut asked = self.finish(true);
        asked.shape = Shape::Ranking;
        asked
    }

    /// "which share of the department's items": the whole is the group, not all.
    fn is_share_within(&self, best: &BestOfEach) -> bool {
        let Some((share, _)) = &self.frame.share else { return false };
        let near = (share + 1)..(share + 6).min(self.items.len());
        near.into_iter().any(|at| match self.items.mark(at) {
            Some(Mark::Noun(noun)) => best.outer.contains(&noun.dimension()) && Some(at) != best.inner_at,
            _ => matches!(self.view.text(at).as_str(), "its" | "their"),
        })
    }

    /// What is ranked by: the figure right behind the word of ranking or behind "by", else the word's own, else the first
    /// that is named, else what such things are ranked by.
    fn ranked_figure(&mut self, best: &BestOfEach, havings: &[MetricFilter]) -> String {
        let mut named: Vec<(usize, String)> =
            self.frame.metrics.iter().map(|(name, at)| (*at, self.metric_here(name))).collect();
        for placed in self.frame.of_role(Role::Amount) {
            named.extend(self.count_of(placed).map(|name| (placed.at, name)));
        }
        named.sort_by_key(|(at, _)| *at);
        named.dedup_by(|second, first| second.1 == first.1);
        let judged = |at: usize| {
            self.items.previous(at).is_some_and(|by| match self.items.mark(by) {
                Some(Mark::Each) => true,
                Some(Mark::HowMany) => self.items.before(by) == Some(&Mark::Each),
                _ => false,
            })
        };
        let by = named.iter().find(|(at, _)| judged(*at));
        let behind = named.iter().find(|(at, _)| {
            *at > best.rank_at && self.items.next(best.rank_at).is_some_and(|next| *at <= next + 1)
        });
        let own = best.rank_metric.filter(|metric| !matches!(*metric, "organic" | "customers"));
        let chosen = match (by.or(behind), own) {
            (Some((_, name)), _) => name.clone(),
            (None, Some(own)) if named.is_empty() || own != "orders" => own.to_owned(),
            _ => named
                .first()
                .map(|(_, name)| name.clone())
                .or_else(|| self.query.metrics.first().cloned())
                .or_else(|| havings.iter().find(|h| h.field == "reorder_rate").map(|h| h.field.clone()))
                .unwrap_or_else(|| best.inner.ranked_by().to_owned()),
        };
        if !self.query.metrics.contains(&chosen) {
            self.query.metrics.insert(0, chosen.clone());
        }
        chosen
    }
}

struct Reader<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    mentions: Vec<Mention>,
    conditions: Vec<Condition>,
}

/// What has a ranking each, and where it is said.
struct Outer {
    dimensions: Vec<&'static str>,
    /// The mention whose ranking picks the groups, if any.
    ranked: Option<Mention>,
}

impl Reader<'_> {
    fn read(&self) -> Option<BestOfEach> {
        let grows = self.view.tokens.iter().any(|token| {
            matches!(
                token.text.as_str(),
                "grow" | "grows" | "grew" | "gain" | "gains" | "points" | "shrinks" | "rises"
            )
        });
        // "what share of the department's items that aisle accounts for": a share of each, no cut.
        let cut = self.items.any(|mark| *mark == Mark::MakeUp)
            && (!self.items.any(|mark| *mark == Mark::Share)
                || self.items.any(|mark| matches!(mark, Mark::Percent(_) | Mark::Bound(..))));
        if grows || cut || self.items.any(|mark| matches!(mark, Mark::Running | Mark::Difference)) {
            return None;
        }
        let ranks = self.items.places(|mark| matches!(mark, Mark::Rank(..)));
        if ranks.is_empty() {
            return None;
        }
        let outer = self.outer()?;
        // "the 50 leading products of the night": one group has one ranking.
        let single = |dimension: &'static str| {
            self.conditions.iter().any(|c| {
                c.filter.field == dimension && c.filter.op == FilterOp::Eq && self.list() != Some(dimension)
            })
        };
        if outer.dimensions.iter().any(|dimension| single(dimension)) {
            return None;
        }
        let (inner, mention) = self.inner(&outer)?;
        let (top, top_words) = self.top(&outer, mention.as_ref());
        let free = |at: &usize| {
            !top_words.contains(at) && outer.ranked.is_none_or(|m| m.rank != Some(*at) || top.is_none())
        };
        let rank_at = mention
            .and_then(|mention| mention.rank)
            .or_else(|| {
                let named = |at: &&usize| matches!(self.items.mark(**at), Some(Mark::Rank(_, Some(_))));
                ranks
                    .iter()
                    .filter(|at| free(at))
                    .find(named)
                    .or_else(|| ranks.iter().find(|at| free(at)))
                    .copied()
            })
            .filter(free)?;
        let Some(Mark::Rank(end, rank_metric)) = self.items.mark(rank_at) else { return None };
        // "for each department the items of its largest …": the ranking picks the groups and nothing is ranked in them.
        if outer.ranked.is_some_and(|m| m.rank == Some(rank_at)) {
            return None;
        }
        let second = self.place_of(rank_at, mention.as_ref());
        Some(BestOfEach {
            outer: outer.dimensions,
            inner,
            inner_at: mention.map(|mention| mention.at),
            limit: if second.is_some() { 1 } else { self.limit(mention.as_ref(), rank_at) },
            skip: second,
            end: *end,
            rank_at,
            rank_metric: *rank_metric,
            top,
            top_words,
        })
    }

    /// What each stands for.
    fn outer(&self) -> Option<Outer> {
        let every: Vec<&Mention> =
            self.mentions.iter().filter(|mention| mention.each == Some(EachWord::Every)).collect();
        if let Some(first) = every.first() {
            return Some(self.groups(every.iter().copied().copied().collect(), **first));
        }
        if let Some(each) = self.each_alone() {
            if let Some(list) = self.list() {
                return Some(Outer { dimensions: vec![list], ranked: None });
            }
            let before = self
                .mentions
                .iter()
                .rev()
                .filter(|m| m.at < each && m.is_group())
                .find(|m| !m.singular || m.number.is_some());
            let behind =
                self.mentions.iter().find(|m| m.at > each && m.is_group() && !m.singular && m.rank.is_none());
            let mention = before.or(behind)?;
            return Some(self.groups(vec![*mention], *mention));
        }
        let by: Vec<Mention> =
            self.mentions.iter().filter(|m| m.each == Some(EachWord::By)).copied().collect();
        if let Some(first) = by.first() {
            return Some(self.groups(by.clone(), *first));
        }
        if let Some(list) = self.list().filter(|_| self.list_is_apart()) {
            return Some(Outer { dimensions: vec![list], ranked: None });
        }
        let owner = self.owner()?;
        Some(self.groups(vec![owner], owner))
    }

    fn groups(&self, mentions: Vec<Mention>, first: Mention) -> Outer {
        let mut dimensions: Vec<&'static str> = Vec::new();
        for mention in mentions {
            let dimension = mention.noun.dimension();
            if !dimensions.contains(&dimension) {
                dimensions.push(dimension);
            }
        }
        // The ranking may stand with another mention of the same: "find the five largest departments … for each of these five".
        let ranked = self.mentions.iter().find(|m| m.noun == first.noun && m.number.is_some()).copied();
        Outer { dimensions, ranked }
    }

    /// "for each of them", "each" with nothing behind it.
    fn each_alone(&self) -> Option<usize> {
        self.items.places(|mark| matches!(mark, Mark::EachOne | Mark::Each)).into_iter().find(|at| {
            let text = self.view.text(*at);
            let alone = match self.items.after(*at) {
                None => true,
                Some(Mark::Number(_)) => self
                    .items
                    .next(*at)
                    .and_then(|number| self.items.after(number))
                    .is_none_or(|mark| matches!(mark, Mark::Comma | Mark::Which)),
                Some(mark) => !matches!(
                    mark,
                    Mark::Noun(_)
                        | Mark::Rank(..)
                        | Mark::Metric(_)
                        | Mark::HowMany
                        | Mark::Where(_)
                        | Mark::Agg(_)
                ),
            };
            let each = text.split(' ').any(|word| matches!(word, "each" | "every"));
            self.items.mark(*at) == Some(&Mark::EachOne) || each && alone
        })
    }

    /// The dimension that a list of at least two values picks groups of.
    fn list(&self) -> Option<&'static str> {
        const LISTED: [&str; 10] = [
            "department",
            "aisle",
            "segment_name",
            "day_part",
            "size_band",
            "order_hour_of_day",
            "order_dow",
            "order_number",
            "user_id",
            "product_name",
        ];
        LISTED.into_iter().find(|field| {
            let mut values: Vec<&FilterValue> = Vec::new();
            let picks = self.conditions.iter().filter(|c| c.filter.field == *field && c.filter.op.picks());
            for value in picks.flat_map(|condition| &condition.filter.values) {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            values.len() > 1
        })
    }

    /// "in the morning, in the afternoon and at night": each value with its own preposition.
    fn list_is_apart(&self) -> bool {
        const PREPOSITIONS: [&str; 6] = ["in", "at", "for", "on", "of", "within"];
        let Some(field) = self.list() else { return false };
        // Nobody adds up the first and the fourth order of everybody.
        let listed = self
            .conditions
            .iter()
            .any(|c| c.filter.field == field && c.filter.op == FilterOp::In && c.filter.values.len() > 2);
        if field == "order_number" && listed {
            return true;
        }
        let places: Vec<usize> =
            self.conditions.iter().filter(|c| c.filter.field == field).map(|c| c.at).collect();
        let inside =
            |at: &usize| self.view.text(*at).split(' ').filter(|word| PREPOSITIONS.contains(word)).count();
        let before = |at: &usize| {
            usize::from(matches!(
                self.items.before(*at),
                Some(Mark::Link(Link::In | Link::At | Link::For | Link::On | Link::Of))
            ))
        };
        let mut seen: Vec<usize> = places.clone();
        seen.dedup();
        seen.iter().map(|at| inside(at).max(before(at))).sum::<usize>() > 1
    }

    /// "departments and their top 3 aisles": a plural whose things the next noun is.
    fn owner(&self) -> Option<Mention> {
        let owner = self.mentions.iter().find(|m| m.is_group() && !m.singular)?;
        let next = self.mentions.iter().find(|m| m.at > owner.at && m.noun != owner.noun);
        let to = next.map_or(self.items.len(), |m| m.at);
        let theirs = self.items.0.get(owner.at).zip(self.items.0.get(to.saturating_sub(1))).is_some_and(
            |(from, last)| {
                let words = self.view.tokens.get(from.to..last.to).unwrap_or_default();
                words.iter().any(|token| matches!(token.text.as_str(), "their" | "its" | "theirs"))
            },
        );
        theirs.then_some(*owner)
    }

    /// What is ranked in each of them.
    fn inner(&self, outer: &Outer) -> Option<(Noun, Option<Mention>)> {
        let other = |m: &&Mention| !outer.dimensions.contains(&m.noun.dimension());
        let candidates: Vec<&Mention> = self.mentions.iter().filter(other).collect();
        let chosen = candidates
            .iter()
            .find(|m| m.rank.is_some())
            .or_else(|| {
                candidates
                    .iter()
                    .find(|m| self.items.before(m.at) == Some(&Mark::Which) || m.number.is_some())
            })
            .or_else(|| candidates.iter().find(|m| m.is_group() || m.noun == Noun::Product));
        if let Some(mention) = chosen {
            return Some((mention.noun, Some(**mention)));
        }
        self.implied_inner(outer).map(|noun| (noun, None))
    }

    /// "best seller", "busiest", "when": what the word of ranking is about.
    fn implied_inner(&self, outer: &Outer) -> Option<Noun> {
        let texts: Vec<(String, Option<&'static str>)> = (0..self.items.len())
            .filter_map(|at| match self.items.mark(at) {
                Some(Mark::Rank(_, metric)) => Some((self.view.text(at), *metric)),
                _ => None,
            })
            .collect();
        let free = |noun: Noun| (!outer.dimensions.contains(&noun.dimension())).then_some(noun);
        if self.items.any(|mark| *mark == Mark::When) || texts.iter().any(|(_, m)| *m == Some("orders")) {
            return free(Noun::Hour);
        }
        let things = [
            "seller",
            "favourite",
            "favorite",
            "hit",
            "blockbuster",
            "pleaser",
            "mover",
            "winner",
            "performer",
        ];
        let named = texts.iter().any(|(text, _)| things.iter().any(|thing| text.contains(thing)));
        let asked = self.items.any(|mark| *mark == Mark::Which);
        let goods = texts.iter().any(|(_, metric)| {
            matches!(
                *metric,
                Some("items" | "reorder_rate" | "first_in_cart" | "first_in_cart_rate" | "avg_cart_position")
            )
        });
        if named || asked && goods { free(Noun::Product) } else { None }
    }

    /// The ranking that picks the groups, with the words that say so.
    fn top(&self, outer: &Outer, inner: Option<&Mention>) -> (Option<TopGroups>, std::ops::Range<usize>) {
        let none = (None, 0..0);
        let Some(mention) = outer.ranked else { return none };
        let Some(limit) = mention.number else { return none };
        let to = inner.map_or(self.items.len(), |m| {
            if m.at > mention.at { m.phrase_start(self.items) } else { self.items.len() }
        });
        let each = self
            .items
            .places(|mark| matches!(mark, Mark::EachOne | Mark::Each))
            .into_iter()
            .find(|at| *at > mention.at)
            .unwrap_or(to);
        let to = to.min(each).max(mention.at + 1);
        let own = mention.rank.or_else(|| {
            let clause = (mention.at + 1..to).find(|at| {
                matches!(
                    self.items.mark(*at),
                    Some(Mark::Link(Link::That | Link::With) | Mark::Verb(_) | Mark::Rank(..))
                )
            })?;
            (clause..to).find(|at| matches!(self.items.mark(*at), Some(Mark::Rank(..))))
        });
        let Some(rank) = own else { return none };
        let Some(Mark::Rank(end, metric)) = self.items.mark(rank) else { return none };
        let figure = (mention.at + 1..to).find_map(|at| match self.items.mark(at) {
            Some(Mark::Metric(name)) => Some(name.clone()),
            Some(Mark::Noun(noun)) if *noun != mention.noun => noun.count().map(str::to_owned),
            _ => None,
        });
        let field =
            figure.or(metric.map(str::to_owned)).unwrap_or_else(|| mention.noun.ranked_by().to_owned());
        let direction = if *end == End::High { Direction::Desc } else { Direction::Asc };
        let by = OrderBy { field, direction: Some(direction) };
        let dimension = mention.noun.dimension().to_owned();
        (Some(TopGroups { dimension, by, limit }), rank.min(mention.at)..to)
    }

    /// "second best", "runner-up": how many rows come before it.
    fn place_of(&self, rank_at: usize, mention: Option<&Mention>) -> Option<u32> {
        if self.view.text(rank_at).starts_with("runner") {
            return Some(1);
        }
        let before = rank_at.checked_sub(1)?;
        match self.items.mark(before) {
            Some(Mark::Ordinal(place @ 2..)) if mention.is_none_or(|m| m.number.is_none()) => Some(place - 1),
            _ => None,
        }
    }

    /// How many rows of each.
    fn limit(&self, mention: Option<&Mention>, rank_at: usize) -> u32 {
        // "its 5 organic favourites"
        let before = (0..rank_at)
            .rev()
            .find(|at| !matches!(self.items.mark(*at), Some(Mark::Skip | Mark::Where(_) | Mark::Distinct)));
        let beside =
            [before, Some(rank_at + 1)].into_iter().flatten().find_map(|at| whole_count(self.items.mark(at)));
        // "winners, 3 per department"
        let per = self
            .items
            .places(|mark| *mark == Mark::Each)
            .into_iter()
            .find_map(|each| each.checked_sub(1).and_then(|at| whole_count(self.items.mark(at))));
        if let Some(limit) = mention.and_then(|m| m.number).or(beside).or(per) {
            return limit;
        }
        match mention {
            // "at which hour …? Hours with at least 100 orders only": one of them is asked for.
            Some(mention) if self.mentions.iter().any(|m| m.noun == mention.noun && m.singular) => 1,
            Some(_) => DEFAULT_RANKING,
            None if ["ers", "ites", "its"].iter().any(|end| self.view.text(rank_at).ends_with(end)) => {
                DEFAULT_RANKING
            }
            None => 1,
        }
    }
}

impl Mention {
    /// Whether such things are groups rather than what is counted.
    fn is_group(&self) -> bool {
        !matches!(self.noun, Noun::Customer | Noun::Item | Noun::Order)
    }

    /// Where the words that belong to the noun begin.
    pub(super) fn phrase_start(&self, items: &Items) -> usize {
        let own = self.rank.map_or(self.at, |rank| rank.min(self.at));
        (0..own)
            .rev()
            .take_while(|at| {
                matches!(items.mark(*at), Some(Mark::Skip | Mark::Number(_) | Mark::Which | Mark::Ordinal(_)))
            })
            .last()
            .unwrap_or(own)
    }
}

/// The nouns that are no figures, with the words that belong to each.
pub(super) fn mentions(items: &Items, view: &View<'_>) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for at in items.places(|mark| matches!(mark, Mark::Noun(_))) {
        let Some(Mark::Noun(noun)) = items.mark(at) else { continue };
        if matches!(noun, Noun::Item | Noun::Order) || counts_here(items, view, at) {
            continue;
        }
        let mut mention =
            Mention { noun: *noun, at, each: None, number: None, rank: None, singular: view.is_singular(at) };
        let mut place = at;
        while let Some(before) = place.checked_sub(1) {
            match items.mark(before) {
                Some(
                    Mark::Skip
                    | Mark::Where(_)
                    | Mark::Distinct
                    | Mark::Attribute(..)
                    | Mark::Link(Link::Of)
                    | Mark::Ordinal(_),
                ) => {}
                Some(number @ Mark::Number(_)) if mention.number.is_none() => {
                    mention.number = whole_count(Some(number));
                }
                Some(Mark::Rank(..)) if mention.rank.is_none() => mention.rank = Some(before),
                // "the highest reorder rate aisle"
                Some(Mark::Metric(_))
                    if matches!(items.before(before), Some(Mark::Rank(..))) && before + 1 == at => {}
                Some(Mark::Each) => {
                    let text = view.text(before);
                    let every = text
                        .split(' ')
                        .any(|word| matches!(word, "each" | "every" | "per" | "individually" | "respective"));
                    // "purchased most often per buyer" is a figure, "combinations of day and hour" are one ranking.
                    let none = text == "per" && *noun == Noun::Customer || text.contains("combination");
                    let word = if every { EachWord::Every } else { EachWord::By };
                    mention.each = (!none).then_some(word);
                    break;
                }
                _ => break,
            }
            place = before;
        }
        mentions.push(mention);
    }
    mentions
}

/// Whether a noun is a figure here: "the most buyers", "number of items", "by customers", "in items".
fn counts_here(items: &Items, view: &View<'_>, at: usize) -> bool {
    let Some(Mark::Noun(noun)) = items.mark(at) else { return false };
    let measure = matches!(noun, Noun::Item | Noun::Order | Noun::Customer | Noun::Product);
    let mut before = items.previous(at);
    while let Some(Mark::Distinct) = before.and_then(|place| items.mark(place)) {
        before = before.and_then(|place| items.previous(place));
    }
    let Some(before) = before else { return false };
    let text = view.text(before);
    match items.mark(before) {
        Some(Mark::HowMany) => true,
        Some(Mark::Rank(_, None)) => {
            measure
                && (text.ends_with("most")
                    || text.ends_with("fewest")
                    || text.ends_with("least")
                    || text.ends_with("number of"))
        }
        Some(Mark::Each) => {
            let every = text.split(' ').any(|word| matches!(word, "each" | "every" | "per"));
            measure && !every && !view.is_singular(at)
        }
        // "most of its customers"
        Some(Mark::Link(Link::Of)) => {
            measure
                && items.previous(before).is_some_and(|at| {
                    matches!(items.mark(at), Some(Mark::Rank(_, None))) && view.text(at).ends_with("most")
                })
        }
        Some(Mark::Link(Link::In)) => matches!(noun, Noun::Item | Noun::Order),
        _ => measure && matches!(noun, Noun::Item | Noun::Order),
    }
}
