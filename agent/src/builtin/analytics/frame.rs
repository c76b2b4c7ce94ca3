//! Sixth pass: what each noun does, and with that what is asked.
//!
//! items → [`Frame`]: the figures, what they are listed by, which end of a ranking, which share, how many rows. A noun is
//! counted ("how many products"), listed ("top 5 products", "which products"), grouped by ("per product"), or only
//! the word beside a thing ("frozen products"); its neighbours say which.

use query::metrics::FilterOp;

use super::item::{Agg, End, Item, Items, Link, Mark, Noun, Verb};
use crate::builtin::normalise::Token;

/// What a noun does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// "how many products".
    Counted,
    /// "by product", "in every department".
    Each,
    /// "top 5 products", "which products".
    Listed,
    /// "the most products" of a department.
    Amount,
    /// "share of products".
    Base,
    /// Goes with another word.
    Plain,
}

/// A noun in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) noun: Noun,
    pub(super) at: usize,
    pub(super) role: Role,
    /// One row is asked for.
    pub(super) singular: bool,
    /// "top 5".
    pub(super) limit: Option<u32>,
}

/// What is asked, before it is put into a query.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) nouns: Vec<Placed>,
    /// Figures by metric, each with the place of its words.
    pub(super) metrics: Vec<(String, usize)>,
    /// The first word of ranking: its end, its metric, its place.
    pub(super) rank: Option<(End, Option<&'static str>, usize)>,
    /// The place of "share", with the metric where it is named.
    pub(super) share: Option<(usize, Option<String>)>,
    pub(super) agg: Vec<(Agg, usize)>,
    pub(super) how_many: bool,
}

/// Finds out what is asked.
pub(super) fn frame(items: &Items, tokens: &[Token]) -> Frame {
    let view = View { items, tokens };
    let mut frame = Frame::default();
    for (at, item) in items.0.iter().enumerate() {
        match &item.mark {
            Mark::Rank(end, metric) => {
                // "most" beside a word that names the metric of the ranking says nothing of its own.
                let first = frame.rank.is_none_or(|(_, known, _)| known.is_none() && metric.is_some());
                if first {
                    frame.rank = Some((*end, *metric, at));
                }
            }
            Mark::Share if frame.share.is_none() => frame.share = Some((at, None)),
            Mark::ShareOf(name) if frame.share.is_none() => frame.share = Some((at, Some(name.clone()))),
            Mark::Agg(agg) => frame.agg.push((*agg, at)),
            Mark::Metric(name) if frame.metrics.iter().all(|(known, _)| known != name) => {
                frame.metrics.push((name.clone(), at));
            }
            Mark::HowMany | Mark::HowOften => frame.how_many = true,
            _ => {}
        }
    }
    // "is it a bigger part of A or of B? share of items": the later word names the whole.
    if let Some((_, metric @ None)) = &mut frame.share {
        *metric = items.0.iter().find_map(|item| match &item.mark {
            Mark::ShareOf(name) => Some(name.clone()),
            _ => None,
        });
    }
    frame.nouns = view.nouns(&frame);
    view.figure_lists(&mut frame);
    // "Aisles of snacks: items and cart position": a heading is a row each.
    let asked = !frame.metrics.is_empty() || frame.nouns.iter().any(|placed| placed.role == Role::Counted);
    let grouped = frame.nouns.iter().any(|placed| matches!(placed.role, Role::Each | Role::Listed));
    if asked
        && !grouped
        && frame.rank.is_none()
        && let Some(first) = frame.nouns.first_mut()
        && first.role == Role::Plain
        && (!first.singular || matches!(items.after(first.at), Some(Mark::Comma)))
        && !matches!(items.before(first.at), Some(Mark::Me | Mark::Link(Link::Is)))
        && matches!(first.noun, Noun::Department | Noun::Aisle | Noun::Segment | Noun::Hour | Noun::Day)
        && items
            .places(|mark| matches!(mark, Mark::Metric(_) | Mark::HowMany))
            .iter()
            .all(|place| *place > first.at)
    {
        first.role = Role::Each;
    }
    // "customer 3: all products in order number 1": what they hold is listed.
    let one_customer = items.any(|mark| {
        matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "user_id" && f.values.len() == 1))
    });
    let asks_figure = frame.how_many
        || !frame.metrics.is_empty()
        || !frame.agg.is_empty()
        || frame.share.is_some()
        || frame.rank.is_some()
        || items.any(|mark| matches!(mark, Mark::HowMuch | Mark::FirstInCart));
    // One order's products are told by another tool, with their places in the cart.
    let one_order = items.any(
        |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "order_number")),
    );
    if one_customer
        && !one_order
        && !asks_figure
        && frame.nouns.iter().all(|placed| placed.role == Role::Plain)
        && let Some(placed) = frame.nouns.iter_mut().find(|placed| {
            matches!(placed.noun, Noun::Product | Noun::Aisle | Noun::Department) && !placed.singular
        })
    {
        placed.role = Role::Listed;
    }
    // "how do the segments differ in churn": segments that are not named are a row each.
    let named = items.any(|mark| {
        matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "segment_name" || f.field == "user_id"))
    });
    let grouped = frame.nouns.iter().any(|placed| placed.noun == Noun::Segment && placed.role != Role::Plain);
    let figure = !frame.metrics.is_empty()
        || frame.share.is_some()
        || items.any(|mark| matches!(mark, Mark::HowMany | Mark::HowMuch | Mark::HowOften | Mark::Expected));
    if figure
        && !named
        && !grouped
        && frame.rank.is_none()
        && let Some(placed) = frame.nouns.iter_mut().find(|placed| placed.noun == Noun::Segment)
    {
        placed.role = Role::Each;
    }
    // "customers who bought X, how many": what is counted stands first.
    let counting = items.places(|mark| *mark == Mark::HowMany).into_iter();
    let first = frame.nouns.first().map_or(usize::MAX, |placed| placed.at);
    let thing = |at: usize| match items.next(at).filter(|_| first > at) {
        Some(next) => {
            matches!(items.mark(next), Some(Mark::Where(filters)) if filters.iter().all(|f| ["product_name", "aisle", "department"].contains(&f.field.as_str())))
                && (!matches!(items.after(next), Some(Mark::Noun(_)))
                    || items.next(next).is_some_and(|noun| {
                        (next..noun).any(|p| matches!(view.text(p).as_str(), "do" | "does" | "did"))
                    }))
        }
        None => false,
    };
    if counting.into_iter().any(|at| !counts_itself(items.after(at)) && !thing(at))
        && !frame
            .nouns
            .iter()
            .any(|placed| matches!(placed.role, Role::Counted | Role::Amount | Role::Listed))
        && let Some(first) = counted_behind(items, &mut frame)
    {
        first.role = Role::Counted;
    }
    frame
}

/// "number of different products": what is counted has a name of its own, or is a condition.
fn counts_itself(mark: Option<&Mark>) -> bool {
    match mark {
        Some(Mark::Having(_)) => true,
        Some(Mark::Metric(name)) => name == "products_bought",
        _ => false,
    }
}

/// The noun that a count behind it is of: the first that can be counted and owns no other noun ("this customer's orders").
fn counted_behind<'f>(items: &Items, frame: &'f mut Frame) -> Option<&'f mut Placed> {
    let owns =
        |placed: &Placed| matches!(items.mark(placed.at + 1), Some(Mark::Noun(Noun::Order | Noun::Item)));
    let place = frame
        .nouns
        .iter()
        .position(|placed| placed.role == Role::Plain && placed.noun.count().is_some() && !owns(placed))
        .or_else(|| frame.nouns.iter().position(|placed| placed.role == Role::Plain));
    place.and_then(|place| frame.nouns.get_mut(place))
}

pub(super) struct View<'a> {
    pub(super) items: &'a Items,
    pub(super) tokens: &'a [Token],
}

impl View<'_> {
    /// The words of an item.
    pub(super) fn text(&self, at: usize) -> String {
        let Some(Item { from, to, .. }) = self.items.0.get(at) else { return String::new() };
        let words = self.tokens.get(*from..*to).unwrap_or_default();
        words.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// "most", "fewest": how many of what follows, not which.
    fn is_amount(&self, at: usize) -> bool {
        let text = self.text(at);
        ["number of", "of all"].iter().any(|ending| text.ends_with(ending))
            || matches!(
                text.as_str(),
                "most" | "the most" | "fewest" | "least" | "the least" | "more" | "fewer" | "less"
            )
    }

    /// The nearest place before that is no filler and no thing ("frozen products", "different products").
    fn left(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|place| {
            !matches!(
                self.items.mark(*place),
                Some(
                    Mark::Skip
                        | Mark::Distinct
                        | Mark::Where(_)
                        | Mark::Only
                        | Mark::FirstInCart
                        | Mark::Never
                )
            )
        })
    }

    pub(super) fn is_singular(&self, at: usize) -> bool {
        let last = self.items.0.get(at).and_then(|item| self.tokens.get(item.to.saturating_sub(1)));
        last.is_some_and(super::scan::is_singular) || self.is_one_of(at)
    }

    /// "which of the segments has …": the verb says that one is asked for.
    fn is_one_of(&self, at: usize) -> bool {
        let of = self.items.previous(at).filter(|of| self.items.mark(*of) == Some(&Mark::Link(Link::Of)));
        let which = of.is_some_and(|of| self.items.before(of) == Some(&Mark::Which));
        // "which of the orders of customer 5 was …"
        let owner = self.items.next(at).filter(|of| self.items.mark(*of) == Some(&Mark::Link(Link::Of)));
        let owner = owner
            .and_then(|of| self.items.next(of))
            .filter(|whose| matches!(self.items.mark(*whose), Some(Mark::Where(_))));
        let verb = self.items.0.get(owner.unwrap_or(at)).and_then(|item| self.tokens.get(item.to));
        which
            && verb.is_some_and(|verb| {
                matches!(verb.text.as_str(), "is" | "was" | "has" | "does")
                    || verb.text.len() > 3 && verb.text.ends_with('s') && !verb.text.ends_with("ss")
            })
    }

    /// "for each the items": "each" stands for rows that were named before, and no group follows.
    pub(super) fn stands_for_rows(&self, each: usize) -> bool {
        let text = self.text(each);
        let next = self.items.next(each);
        let articled = (each + 1..next.unwrap_or(each)).any(|at| {
            self.text(at).split(' ').any(|word| matches!(word, "the" | "its" | "their" | "also" | "please"))
        });
        let figure = matches!(
            next.and_then(|at| self.items.mark(at)),
            Some(Mark::Metric(_) | Mark::HowMany | Mark::Agg(_))
        );
        let counted =
            matches!(next.and_then(|at| self.items.mark(at)), Some(Mark::Noun(noun)) if !is_group(*noun));
        self.items.mark(each) == Some(&Mark::Each)
            && matches!(text.as_str(), "each" | "for each" | "in each" | "per each" | "within each")
            && (figure || counted && articled)
    }

    fn nouns(&self, frame: &Frame) -> Vec<Placed> {
        let places = self.items.places(|mark| matches!(mark, Mark::Noun(_)));
        let mut nouns: Vec<Placed> = Vec::new();
        for at in places {
            let Some(Mark::Noun(noun)) = self.items.mark(at) else { continue };
            let (role, limit) = self.role(at, *noun, frame, &nouns);
            nouns.push(Placed { noun: *noun, at, role, singular: self.is_singular(at), limit });
        }
        // "orders and total items": a list whose other end is a figure.
        for at in (0..nouns.len()).rev() {
            let Some(placed) =
                nouns.get(at).copied().filter(|p| p.role == Role::Plain && p.noun.count().is_some())
            else {
                continue;
            };
            let join = self
                .join_behind(placed.at)
                .filter(|next| matches!(self.items.mark(*next), Some(Mark::And | Mark::Comma)));
            let other = join.and_then(|join| {
                (join + 1..self.items.len()).find(|p| {
                    !matches!(
                        self.items.mark(*p),
                        Some(
                            Mark::Skip
                                | Mark::Agg(_)
                                | Mark::Distinct
                                | Mark::HowMany
                                | Mark::And
                                | Mark::Link(Link::Of)
                        )
                    )
                })
            });
            let figure = other.is_some_and(|other| {
                matches!(self.items.mark(other), Some(Mark::Metric(_)))
                    || nouns.iter().any(|p| p.at == other && matches!(p.role, Role::Counted | Role::Amount))
            });
            if let (true, Some(placed)) = (figure, nouns.get_mut(at)) {
                placed.role = Role::Counted;
            }
        }
        nouns
    }

    fn role(&self, at: usize, noun: Noun, frame: &Frame, before: &[Placed]) -> (Role, Option<u32>) {
        let left = self.left(at);
        let mark = left.and_then(|place| self.items.mark(place));
        let listed = before.iter().any(|placed| matches!(placed.role, Role::Listed | Role::Each));
        if frame.rank.is_some() && self.is_one_of(at) {
            return (Role::Listed, None);
        }
        let own = self.text(at);
        if own.contains(" by ") || matches!(own.as_str(), "hourly" | "daily") {
            return (Role::Each, None);
        }
        let ranged = |mark: Option<&Mark>| match mark {
            Some(Mark::Where(filters)) => {
                filters.iter().any(|f| f.field == "order_number" && f.values.len() > 1)
            }
            _ => false,
        };
        if noun == Noun::OrderNumber
            && at.checked_sub(1).is_some_and(|before| ranged(self.items.mark(before)))
        {
            return (Role::Each, None);
        }
        if self.heads_rows(at, noun) {
            return (Role::Each, None);
        }
        if self.belongs_to_all(at, noun, frame) || self.is_each_of_those(at, noun, before) {
            return (Role::Plain, None);
        }
        if self.are_aisles_of(at, noun, frame) || self.are_rows_of_figures(at, noun, frame) {
            return (Role::Each, None);
        }
        if matches!(noun, Noun::SizeBand | Noun::CartPlace | Noun::Sides(_)) {
            return (Role::Each, None);
        }
        // "department wise"
        if self.items.mark(at + 1) == Some(&Mark::Each)
            && matches!(
                self.text(at + 1).as_str(),
                "wise"
                    | "as rows"
                    | "as columns"
                    | "in rows"
                    | "in columns"
                    | "in the rows"
                    | "in the columns"
                    | "as the rows"
                    | "as the columns"
            )
        {
            return (Role::Each, None);
        }
        // "orders, hours down, days across"
        let axis = self.items.mark(at + 1) == Some(&Mark::Each)
            && matches!(self.text(at + 1).as_str(), "across" | "down" | "along")
            && matches!(self.items.mark(at + 2), None | Some(Mark::Comma | Mark::And));
        if axis && is_group(noun) {
            return (Role::Each, None);
        }
        // "reorder rate, segment and daypart"
        let joined = self.items.next(at).filter(|next| self.items.mark(*next) == Some(&Mark::And));
        let also = joined.and_then(|and| self.items.after(and));
        let figured = self.items.any(|mark| matches!(mark, Mark::Metric(_) | Mark::HowMany))
            || before.iter().any(|placed| !is_group(placed.noun));
        if is_group(noun)
            && figured
            && (self.is_singular(at) || joined.is_some_and(|and| self.text(and) == "x"))
            && frame.rank.is_none()
            && match also {
                Some(Mark::Noun(other)) => is_group(*other) && *other != noun,
                // "day number x morning, afternoon and evening"
                Some(Mark::Where(filters)) => {
                    joined.is_some_and(|and| self.text(and) == "x")
                        && filters.iter().any(|filter| filter.op == FilterOp::In)
                }
                _ => false,
            }
            && matches!(mark, None | Some(Mark::Comma | Mark::Metric(_)))
        {
            return (Role::Each, None);
        }
        // "for every day and part of the day", "segment by part of the day": both are grouped by.
        let beside = before.last().filter(|placed| {
            placed.role == Role::Each
                && (placed.at + 1..at)
                    .all(|between| matches!(self.items.mark(between), Some(Mark::Skip | Mark::And)))
        });
        if is_group(noun) && beside.is_some_and(|placed| is_group(placed.noun)) {
            return (Role::Each, None);
        }
        let crossed = self.items.next(at).filter(|next| self.items.mark(*next) == Some(&Mark::Each));
        let other = crossed.and_then(|each| self.items.after(each));
        if is_group(noun)
            && figured
            && frame.rank.is_none()
            && matches!(other, Some(Mark::Noun(other)) if is_group(*other))
            && mark != Some(&Mark::Which)
            && !matches!(mark, Some(Mark::Rank(..) | Mark::HowMany | Mark::Number(_)))
        {
            return (Role::Each, None);
        }
        let axes = |mark: &Mark| matches!(mark, Mark::Noun(noun) if is_group(*noun)) || *mark == Mark::Rest;
        let tabled = self.items.any(|mark| *mark == Mark::Table) && self.items.places(axes).len() > 1;
        if tabled && is_group(noun) && frame.rank.is_none() {
            return (Role::Each, None);
        }
        // "how do our orders split", "count, per part of the day, the orders"
        let split = self.items.after(at) == Some(&Mark::Spread) || mark == Some(&Mark::Spread);
        let grouped = self.items.any(|mark| matches!(mark, Mark::Each))
            || self.items.any(|mark| *mark == Mark::Noun(Noun::SizeBand));
        if split && grouped && noun.count().is_some() && !is_group(noun) {
            return (Role::Counted, None);
        }
        let counted = self.items.places(|mark| *mark == Mark::HowMany).first().is_some_and(|many| *many < at)
            && before.iter().all(|placed| placed.role == Role::Each);
        if counted && !before.is_empty() && noun.count().is_some() && mark == Some(&Mark::Comma) {
            return (Role::Counted, None);
        }
        // "department, aisle count, product count": what has no "count" is a row each.
        let heading = mark.is_none()
            && is_group(noun)
            && self.items.mark(at + 1) == Some(&Mark::Comma)
            && (at + 2..self.items.len().min(at + 5)).any(|place| {
                self.items.mark(place) == Some(&Mark::HowMany) && self.text(place).starts_with("count")
            });
        if heading {
            return (Role::Each, None);
        }
        // "the product that is bought most": listed by what follows.
        let placed_clause = self.items.next(at).is_some_and(|link| {
            matches!(
                self.items.mark(link),
                Some(Mark::Link(Link::In | Link::With | Link::At | Link::From | Link::Of))
            ) && self.items.mark(link + 1) == Some(&Mark::Which)
        });
        let listed_by_clause = (placed_clause
            || matches!(self.items.after(at), Some(Mark::Link(Link::That))))
            && (at + 1..self.items.len()).any(|place| matches!(self.items.mark(place), Some(Mark::Rank(..))))
            && !listed
            && noun != Noun::Order;
        match mark {
            Some(Mark::Link(_)) | None if listed_by_clause => (Role::Listed, None),
            Some(Mark::Comma | Mark::Verb(_)) if listed_by_clause => (Role::Listed, None),
            Some(Mark::Versus)
                if matches!(
                    noun,
                    Noun::Hour | Noun::Day | Noun::DayPart | Noun::Segment | Noun::OrderNumber
                ) =>
            {
                (Role::Each, None)
            }
            _ if self.follows_ranking_verb(at) => (Role::Listed, None),
            // "hours with more than 2,500 orders": what has the condition is listed.
            None if matches!(self.items.after(at), Some(Mark::Link(Link::With | Link::That)))
                && self
                    .items
                    .next(at)
                    .and_then(|place| self.items.after(place))
                    .is_some_and(|mark| matches!(mark, Mark::Having(_)))
                && !matches!(noun, Noun::Customer | Noun::Order | Noun::Item) =>
            {
                (Role::Listed, None)
            }
            // "for every day, the hour with the most orders", "list of aisles with a reorder rate under 30 %"
            Some(Mark::Each | Mark::Link(_) | Mark::Comma | Mark::Noun(_)) | None
                if is_group(noun) || noun == Noun::Product =>
            {
                let with = self.items.next(at).filter(|place| {
                    matches!(self.items.mark(*place), Some(Mark::Link(Link::With | Link::That)))
                });
                let heads = with.and_then(|place| self.items.after(place));
                let grouped = before.iter().any(|placed| placed.role == Role::Each);
                match (mark, heads) {
                    (Some(Mark::Each), Some(Mark::Rank(..)))
                        if grouped && self.text(left.unwrap_or(at)) != "per" =>
                    {
                        (Role::Listed, None)
                    }
                    (Some(Mark::Comma | Mark::Noun(_)), Some(Mark::Rank(..))) if grouped => {
                        (Role::Listed, None)
                    }
                    (Some(Mark::Link(Link::Of)), Some(Mark::Having(_)))
                        if left.is_some_and(|place| {
                            (0..place).all(|p| self.items.mark(p) == Some(&Mark::Skip))
                        }) =>
                    {
                        (Role::Listed, None)
                    }
                    _ => self.plain_role(at, noun, frame, before, left),
                }
            }
            _ => self.plain_role(at, noun, frame, before, left),
        }
    }

    /// The role by the word before, where nothing behind the noun settles it.
    fn plain_role(
        &self,
        at: usize,
        noun: Noun,
        frame: &Frame,
        before: &[Placed],
        left: Option<usize>,
    ) -> (Role, Option<u32>) {
        let mark = left.and_then(|place| self.items.mark(place));
        let number = whole_count;
        let listed = before.iter().any(|placed| matches!(placed.role, Role::Listed | Role::Each));
        match mark {
            // "the highest reorder rate aisle"
            Some(Mark::Metric(_))
                if left.is_some_and(|place| place + 1 == at)
                    && left
                        .and_then(|place| self.left(place))
                        .is_some_and(|place| matches!(self.items.mark(place), Some(Mark::Rank(..)))) =>
            {
                (Role::Listed, None)
            }
            // "…, and the distinct shoppers"
            Some(Mark::And | Mark::Comma)
                if noun.count().is_some()
                    && at
                        .checked_sub(1)
                        .is_some_and(|before| self.items.mark(before) == Some(&Mark::Distinct)) =>
            {
                (Role::Counted, None)
            }
            // "order count", "customer counts"
            _ if noun.count().is_some()
                && self.items.mark(at + 1) == Some(&Mark::HowMany)
                && self.text(at + 1).starts_with("count") =>
            {
                (if frame.rank.is_some() && listed { Role::Amount } else { Role::Counted }, None)
            }
            Some(Mark::Spread) => (if noun.count().is_some() { Role::Counted } else { Role::Each }, None),
            // "how many snacks did customers of X buy": the snacks are counted.
            Some(Mark::HowMany)
                if (left.unwrap_or(at)..at).any(|place| {
                    matches!(self.text(place).as_str(), "do" | "does" | "did" | "have" | "has")
                }) && (left.unwrap_or(at)..at)
                    .any(|place| matches!(self.items.mark(place), Some(Mark::Where(_)))) =>
            {
                (Role::Plain, None)
            }
            Some(Mark::HowMany) => {
                let counts = left.is_some_and(|place| self.text(place).starts_with("count "));
                let ranked = !counts
                    && left.and_then(|place| self.items.previous(place)).is_some_and(|place| {
                        matches!(self.items.mark(place), Some(Mark::Rank(..) | Mark::Each))
                    });
                (if ranked { Role::Amount } else { Role::Counted }, None)
            }
            Some(Mark::Each) if left.is_some_and(|place| self.stands_for_rows(place)) => {
                (if noun.count().is_some() { Role::Counted } else { Role::Plain }, None)
            }
            Some(Mark::Each) => {
                let place = left.unwrap_or(at);
                let text = self.text(place);
                let measure = matches!(noun, Noun::Item | Noun::Customer | Noun::Order | Noun::Product);
                let by = text.starts_with("by")
                    || matches!(
                        text.as_str(),
                        "in terms of"
                            | "judged by"
                            | "measured by"
                            | "counted in"
                            | "based on"
                            | "measured in"
                            | "counted by"
                            | "going by"
                            | "according to"
                    );
                let things = matches!(noun, Noun::Item | Noun::Customer | Noun::Order | Noun::Product);
                let agent = noun == Noun::Customer
                    && (text == "by" || text == "across")
                    && (frame.share.is_some()
                        || matches!(self.items.before(place), Some(Mark::Verb(_)))
                        || self.is_told_apart(at) && self.items.any(|mark| matches!(mark, Mark::Verb(_))));
                let ranks = by && !self.is_singular(at) && (frame.rank.is_some() || listed);
                let together = noun == Noun::Order && self.total_asked() && !ranks;
                let all =
                    text.starts_with("all") || self.items.mark(place + 1) == Some(&Mark::Link(Link::Of));
                let every = all && (things || self.is_singular(at));
                if agent || together || every {
                    (Role::Plain, None)
                } else if measure && by && !self.is_singular(at) && self.items.1 && frame.rank.is_none() {
                    // "compare the two by items and by customers"
                    (Role::Counted, None)
                } else if measure && by && (frame.rank.is_some() || listed) {
                    (Role::Amount, None)
                } else {
                    (Role::Each, None)
                }
            }
            Some(Mark::Rank(_, metric)) => {
                let place = left.unwrap_or(at);
                let elsewhere = self.is_amount(place)
                    && matches!(noun, Noun::Customer | Noun::Item | Noun::Order)
                    && self.items.any(|mark| {
                        matches!(
                            mark,
                            Mark::Noun(
                                Noun::Department
                                    | Noun::Aisle
                                    | Noun::Product
                                    | Noun::Hour
                                    | Noun::Day
                                    | Noun::Segment
                                    | Noun::DayPart
                            )
                        )
                    });
                let other = self.lists_another(at) || elsewhere;
                let size = noun == Noun::Order && (listed || other);
                let amount = (self.is_amount(place) || size) && metric.is_none();
                if amount && (listed || other) { (Role::Amount, None) } else { (Role::Listed, None) }
            }
            Some(Mark::Number(1.0))
                if left.and_then(|place| self.items.before(place)) == Some(&Mark::Only) =>
            {
                (Role::Plain, None)
            }
            // "over the four parts of the day"
            Some(Mark::Number(_))
                if is_group(noun) && left.and_then(|place| self.items.before(place)) == Some(&Mark::Each) =>
            {
                (Role::Each, None)
            }
            Some(Mark::Number(_)) => match number(mark) {
                Some(limit) => (Role::Listed, Some(limit)),
                None => (Role::Plain, None),
            },
            // "what do people buy": who does it, not what is listed.
            Some(Mark::Which)
                if (left.unwrap_or(at)..at).any(|between| {
                    matches!(self.text(between).as_str(), "do" | "does" | "did" | "have" | "has")
                }) =>
            {
                (Role::Plain, None)
            }
            // "the mean position at which its items land": a clause, not a list.
            Some(Mark::Which)
                if listed
                    && left.and_then(|place| self.items.before(place)).is_some_and(|mark| {
                        matches!(mark, Mark::Link(Link::At | Link::In | Link::On | Link::With))
                    }) =>
            {
                (Role::Plain, None)
            }
            Some(Mark::Which) => {
                let counted = self.items.mark(at + 1).is_some_and(|mark| matches!(mark, Mark::Share));
                (if counted { Role::Plain } else { Role::Listed }, None)
            }
            Some(Mark::When) => (Role::Plain, None),
            Some(Mark::Agg(Agg::Total))
                if noun.count().is_some()
                    && left.is_some_and(|place| !self.text(place).starts_with("in ")) =>
            {
                (Role::Counted, None)
            }
            Some(Mark::Share | Mark::ShareOf(_)) => (Role::Base, None),
            // "make larger orders than": their size, not their number
            Some(Mark::More(_))
                if noun == Noun::Order
                    && left.is_some_and(|place| {
                        matches!(
                            self.text(place).as_str(),
                            "larger" | "bigger" | "smaller" | "fuller" | "heavier" | "greater"
                        )
                    }) =>
            {
                (Role::Plain, None)
            }
            // "which aisle has more buyers"
            Some(Mark::More(_)) if !is_group(noun) && noun.count().is_some() => {
                (if listed { Role::Amount } else { Role::Counted }, None)
            }
            Some(Mark::Link(Link::Of)) => {
                let head = left
                    .and_then(|place| self.items.previous(place))
                    .and_then(|place| self.items.mark(place));
                match head {
                    Some(Mark::Share) => (Role::Base, None),
                    Some(Mark::HowMany | Mark::Agg(Agg::Total) | Mark::Spread) => (Role::Counted, None),
                    Some(Mark::Each | Mark::Which) => (Role::Each, None),
                    _ => (Role::Plain, None),
                }
            }
            // "reorder rate and items": a noun beside a figure is counted.
            // One that is listed already is spoken of again: "every aisle …, but only aisles with …".
            Some(Mark::And | Mark::Comma | Mark::Link(Link::In | Link::On))
                if self.beside_figure(at, left)
                    && !(noun == Noun::Customer
                        && matches!(
                            self.items.after(at),
                            Some(Mark::Link(Link::Of | Link::With | Link::That) | Mark::Where(_))
                        ))
                    && !before.iter().any(|placed| {
                        placed.noun == noun && matches!(placed.role, Role::Each | Role::Listed)
                    }) =>
            {
                (Role::Counted, None)
            }
            // "bottom three departments, customers"
            Some(Mark::Comma)
                if frame.rank.is_some()
                    && before.iter().any(|placed| placed.role == Role::Listed)
                    && !is_group(noun)
                    && noun.count().is_some()
                    && self.items.next(at).is_none() =>
            {
                (Role::Amount, None)
            }
            // "by department, only customers with …": who counts, no further group.
            Some(Mark::And | Mark::Comma)
                if noun == Noun::Customer
                    && self.items.before(at) == Some(&Mark::Only)
                    && !self.is_singular(at)
                    && is_restricted(self.items, at) =>
            {
                (Role::Plain, None)
            }
            // "items, customers and orders by hour": a list goes on as it began.
            Some(Mark::And | Mark::Comma | Mark::Or | Mark::Versus) => {
                let last = left.and_then(|place| self.items.previous(place));
                let same = before.last().filter(|placed| Some(placed.at) == last);
                // "hours down, days across, orders": what is counted stands behind its groups.
                let figured =
                    self.items.any(|mark| matches!(mark, Mark::Metric(_) | Mark::HowMany | Mark::Share))
                        || before.iter().any(|placed| placed.role == Role::Counted);
                match same {
                    Some(placed)
                        if placed.role == Role::Each
                            && is_group(placed.noun)
                            && noun.count().is_some()
                            && !is_group(noun)
                            && mark == Some(&Mark::Comma)
                            && !figured =>
                    {
                        (Role::Counted, None)
                    }
                    Some(placed) if matches!(placed.role, Role::Counted | Role::Each | Role::Amount) => {
                        (placed.role, None)
                    }
                    _ => (Role::Plain, None),
                }
            }
            // "departments ranked by items for the Loyal segment"
            None if !self.is_singular(at)
                && ["ranked", "sorted", "ordered by", "in order of"]
                    .iter()
                    .any(|word| self.text(at + 1).starts_with(word)) =>
            {
                (Role::Listed, None)
            }
            None if self.heads_figures(at) => (Role::Counted, None),
            // The first word of a list: "products with at least 500 purchases", "aisles by items".
            None if !frame.how_many || frame.rank.is_some() => {
                let heads = matches!(
                    self.items.after(at),
                    Some(
                        Mark::Having(_)
                            | Mark::Link(Link::With | Link::That | Link::Is)
                            | Mark::Rank(..)
                            | Mark::Verb(_)
                            | Mark::Where(_)
                    )
                );
                let conditions = self.items.any(|mark| {
                    matches!(mark, Mark::Having(_) | Mark::Rank(..) | Mark::MakeUp | Mark::Running)
                });
                let with_rank = matches!(self.items.after(at), Some(Mark::Link(Link::With)))
                    && self
                        .items
                        .next(at)
                        .and_then(|place| self.items.after(place))
                        .is_some_and(|mark| matches!(mark, Mark::Rank(..)));
                (
                    if heads && conditions && (frame.share.is_none() || with_rank) {
                        Role::Listed
                    } else {
                        Role::Plain
                    },
                    None,
                )
            }
            _ => (Role::Plain, None),
        }
    }

    /// "how many customers, and how many items does each of those customers buy": those that were counted, no rows.
    fn is_each_of_those(&self, at: usize, noun: Noun, before: &[Placed]) -> bool {
        let counted = before
            .iter()
            .any(|placed| placed.noun == noun && matches!(placed.role, Role::Counted | Role::Amount));
        let each = self.left(at).filter(|each| self.items.mark(*each) == Some(&Mark::Each));
        let those = each.is_some_and(|each| {
            (each..at).any(|place| {
                self.text(place).split(' ').any(|word| matches!(word, "those" | "these" | "them" | "such"))
            })
        });
        counted && those
    }

    /// "this customer's orders", "customers' first ten orders", "averaged over the whole customer base": nobody apart.
    fn belongs_to_all(&self, at: usize, noun: Noun, frame: &Frame) -> bool {
        let owns = match self.items.mark(at + 1) {
            Some(Mark::Noun(Noun::Order | Noun::Item)) => self.items.mark(at + 2) != Some(&Mark::HowMany),
            Some(Mark::Where(filters)) => filters.iter().any(|f| f.field == "order_number"),
            _ => false,
        };
        let over = self.left(at).is_some_and(|place| {
            self.items.mark(place) == Some(&Mark::Each)
                && matches!(
                    self.text(place).as_str(),
                    "over the" | "across" | "across all" | "over all" | "all"
                )
        });
        noun == Noun::Customer && (owns || over && frame.has_agg(Agg::Mean) && !frame.metrics.is_empty())
    }

    /// "household aisles: customers and items", "purchases of the produce aisles by day": its aisles are a row each.
    fn are_aisles_of(&self, at: usize, noun: Noun, frame: &Frame) -> bool {
        let department = at.checked_sub(1).and_then(|before| self.items.mark(before));
        let of_department = matches!(department, Some(Mark::Where(filters))
            if filters.iter().any(|f| f.field == "department" && f.op.picks() && f.values.len() == 1));
        let left = self.left(at).and_then(|place| self.items.mark(place));
        let together = self.items.any(|mark| *mark == Mark::Agg(Agg::Total));
        let figured = self.items.any(|mark| matches!(mark, Mark::Metric(_)))
            || self.items.places(|mark| matches!(mark, Mark::Noun(_))).len() > 1;
        let other = |mark: &Mark| {
            matches!(
                mark,
                Mark::HowMany | Mark::Which | Mark::MakeUp | Mark::Running | Mark::Share | Mark::Never
            )
        };
        noun == Noun::Aisle
            && of_department
            && !self.is_singular(at)
            && frame.rank.is_none()
            && !together
            && figured
            && matches!(left, None | Some(Mark::Comma | Mark::Link(Link::Of | Link::For) | Mark::Metric(_)))
            && !self.items.any(other)
    }

    /// "go through its aisles with the items, the orders and the reorder rate": what has a list of figures is a row each.
    fn are_rows_of_figures(&self, at: usize, noun: Noun, frame: &Frame) -> bool {
        let with = self.items.next(at).filter(|with| self.items.mark(*with) == Some(&Mark::Link(Link::With)));
        let figure = with.and_then(|with| self.items.next(with));
        let counted = match figure.and_then(|figure| self.items.mark(figure)) {
            Some(Mark::Metric(_) | Mark::HowMany) => true,
            Some(Mark::Noun(noun)) => !is_group(*noun),
            _ => false,
        };
        let listed = figure
            .and_then(|figure| self.items.next(figure))
            .is_some_and(|next| matches!(self.items.mark(next), Some(Mark::Comma | Mark::And)));
        let left = self.left(at).and_then(|place| self.items.mark(place));
        let free =
            matches!(left, None | Some(Mark::Word | Mark::Comma | Mark::Link(_) | Mark::Me | Mark::Table));
        is_group(noun) && !self.is_singular(at) && frame.rank.is_none() && counted && listed && free
    }

    /// "by customers with more than 50 orders": who they are is said behind, so they are no rows.
    fn is_told_apart(&self, at: usize) -> bool {
        let said = |mark: Option<&Mark>| matches!(mark, Some(Mark::Where(filters)) if filters.iter().any(|f| f.field.starts_with("customer_") || f.field == "segment_name"));
        let behind = self.items.next(at);
        let linked = behind.filter(|place| {
            matches!(self.items.mark(*place), Some(Mark::Link(Link::With | Link::That | Link::Of | Link::In)))
        });
        !self.is_singular(at)
            && (behind.is_some_and(|place| said(self.items.mark(place)))
                || linked.is_some_and(|place| said(self.items.after(place))))
    }

    /// "segment-wise", "segment table", "days 0 to 6": a row each, whatever stands before.
    fn heads_rows(&self, at: usize, noun: Noun) -> bool {
        let groups = matches!(
            noun,
            Noun::Segment
                | Noun::Department
                | Noun::Aisle
                | Noun::Hour
                | Noun::Day
                | Noun::DayPart
                | Noun::OrderNumber
                | Noun::SizeBand
        );
        let ranged = |field: &str| match at.checked_sub(1).and_then(|before| self.items.mark(before)) {
            Some(Mark::Where(filters)) => {
                filters.iter().any(|f| f.field == field && (f.values.len() > 1 || !f.op.picks()))
            }
            _ => false,
        };
        let own = self.items.0.get(at).is_some_and(|item| item.from == item.to);
        let whole = matches!(noun, Noun::Day | Noun::Hour)
            && self.text(at).chars().any(|c| c.is_ascii_digit())
            && !matches!(self.items.before(at), Some(Mark::Which | Mark::Rank(..)));
        let behind = self.text(at + 1);
        let wise = behind == "wise" && self.items.mark(at + 1) == Some(&Mark::Each);
        let table = matches!(
            behind.as_str(),
            "level" | "table" | "mix" | "composition" | "overview" | "breakdown" | "comparison" | "matrix"
        ) && matches!(
            self.items.mark(at + 1),
            Some(Mark::Table | Mark::Spread | Mark::Versus | Mark::Skip)
        );
        groups && (wise || table || whole || own && ranged(noun.dimension()))
    }

    /// "…, reorder rate and items": the list before the noun has a figure at its end.
    fn beside_figure(&self, at: usize, left: Option<usize>) -> bool {
        let Some(Mark::Noun(noun)) = self.items.mark(at) else { return false };
        let before = left.and_then(|place| self.left(place)).and_then(|place| self.items.mark(place));
        // "in reorder rate and in items": the preposition is said again.
        let again =
            left.filter(|link| matches!(self.items.mark(*link), Some(Mark::Link(Link::In | Link::On))));
        let join =
            again.and_then(|link| self.left(link)).filter(|join| self.items.mark(*join) == Some(&Mark::And));
        let listed = join.and_then(|join| self.left(join)).and_then(|place| self.items.mark(place));
        let figure = if again.is_some() { listed } else { before };
        noun.count().is_some() && matches!(figure, Some(Mark::Metric(_) | Mark::ShareOf(_)))
    }

    /// "items and reorder rate by …": the list behind the noun goes on with a figure.
    fn heads_figures(&self, at: usize) -> bool {
        let Some(Mark::Noun(noun)) = self.items.mark(at) else { return false };
        let join = self
            .join_behind(at)
            .filter(|next| matches!(self.items.mark(*next), Some(Mark::And | Mark::Comma | Mark::Versus)));
        let behind = join.and_then(|place| self.items.after(place));
        noun.count().is_some()
            && (matches!(behind, Some(Mark::Metric(_) | Mark::ShareOf(_)))
                || matches!(behind, Some(Mark::Noun(other)) if other.count().is_some())
                    && self.items.any(|mark| *mark == Mark::Each))
    }

    /// "items, orders and buyers": what stands in a list of figures is counted.
    fn figure_lists(&self, frame: &mut Frame) {
        let is_figure = |at: usize| match self.items.mark(at) {
            Some(Mark::Metric(_) | Mark::ShareOf(_)) => true,
            Some(Mark::Noun(noun)) => !is_group(*noun),
            _ => false,
        };
        let passed = |mark: Option<&Mark>| {
            matches!(
                mark,
                Some(
                    Mark::Skip
                        | Mark::Agg(_)
                        | Mark::HowMany
                        | Mark::Distinct
                        | Mark::And
                        | Mark::Comma
                        | Mark::Verb(Verb::Buy)
                )
            )
        };
        let mut at = 0;
        while at < self.items.len() {
            if !is_figure(at) {
                at += 1;
                continue;
            }
            let mut list = vec![at];
            let mut place = at + 1;
            let mut joined = false;
            loop {
                if passed(self.items.mark(place)) {
                    joined |= matches!(self.items.mark(place), Some(Mark::And | Mark::Comma));
                    place += 1;
                } else if is_figure(place) && joined {
                    list.push(place);
                    joined = false;
                    place += 1;
                } else {
                    break;
                }
            }
            let opens =
                list.first().and_then(|first| self.left(*first)).and_then(|left| self.items.mark(left));
            let free = !matches!(
                opens,
                Some(
                    Mark::Each
                        | Mark::Which
                        | Mark::Rank(..)
                        | Mark::Number(_)
                        | Mark::Share
                        | Mark::More(_)
                        | Mark::Than
                        | Mark::Versus
                        | Mark::Link(Link::Of | Link::In | Link::From | Link::That)
                )
            );
            // "milk versus yogurt by customers, items and reorder rate": what they are compared by, no groups.
            let measured = opens == Some(&Mark::Each)
                && self.items.1
                && list.iter().any(|place| matches!(self.items.mark(*place), Some(Mark::Metric(_))));
            if measured {
                for placed in frame.nouns.iter_mut().filter(|placed| list.contains(&placed.at)) {
                    placed.role = Role::Counted;
                }
            }
            // "orders and customers who …" is no list of figures.
            let closes = matches!(
                self.items.mark(place),
                Some(
                    Mark::Link(Link::That | Link::With)
                        | Mark::Verb(_)
                        | Mark::Where(_)
                        | Mark::Having(_)
                        | Mark::Never
                        | Mark::Not
                )
            );
            let several = list.len() > 2
                || list.len() == 2
                    && (frame.nouns.iter().any(|placed| placed.role == Role::Each)
                        || self.items.any(|mark| *mark == Mark::Versus)
                        || (0..list.first().copied().unwrap_or(0))
                            .any(|p| matches!(self.items.mark(p), Some(Mark::Where(_)))));
            if free && !closes && several {
                for placed in frame.nouns.iter_mut().filter(|placed| list.contains(&placed.at)) {
                    if placed.role == Role::Plain {
                        placed.role = if frame.rank.is_some() { Role::Amount } else { Role::Counted };
                    }
                }
            }
            at = place.max(at + 1);
        }
    }

    /// "in total": over all orders together.
    fn total_asked(&self) -> bool {
        self.items.any(|mark| *mark == Mark::Agg(Agg::Total))
            || !self.items.any(|mark| matches!(mark, Mark::Metric(_) | Mark::Agg(_)))
    }

    /// "rank customers by …", "sort aisles by …".
    fn follows_ranking_verb(&self, at: usize) -> bool {
        let words =
            (at.saturating_sub(3)..at).rev().take_while(|place| self.items.mark(*place) == Some(&Mark::Skip));
        words.into_iter().any(|place| {
            matches!(self.text(place).as_str(), "rank" | "sort" | "ranking" | "ranked" | "ranking of")
        })
    }

    /// The next word behind a noun and its verb: "items sold and …".
    fn join_behind(&self, at: usize) -> Option<usize> {
        let next = self.items.next(at)?;
        if self.items.mark(next) == Some(&Mark::Verb(Verb::Buy)) { self.items.next(next) } else { Some(next) }
    }

    /// Whether another noun is clearly what is listed.
    fn lists_another(&self, at: usize) -> bool {
        self.items.places(|mark| matches!(mark, Mark::Noun(_))).into_iter().any(|other| {
            other != at
                && self.left(other).and_then(|place| self.items.mark(place)).is_some_and(|mark| {
                    matches!(mark, Mark::Which | Mark::Each | Mark::Number(_))
                        || matches!(mark, Mark::Rank(..))
                            && self.left(other).is_some_and(|p| !self.is_amount(p))
                })
        }) || (at > 0
            && self.items.places(|mark| matches!(mark, Mark::Noun(_))).first().is_some_and(|first| {
                *first < at
                    && matches!(
                        self.items.after(*first),
                        Some(Mark::Link(Link::With) | Mark::Verb(_) | Mark::Rank(..))
                    )
            }))
    }
}

/// A number as a number of rows.
pub(super) fn whole_count(mark: Option<&Mark>) -> Option<u32> {
    match mark {
        Some(Mark::Number(value)) if value.fract() == 0.0 && (1.0..=1_000.0).contains(value) =>
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 1 to 1000")]
            Some(*value as u32)
        }
        _ => None,
    }
}

/// Whether a condition stands behind a noun: "customers with more than 20 orders".
fn is_restricted(items: &Items, at: usize) -> bool {
    let behind = items.next(at);
    let linked =
        behind.filter(|place| matches!(items.mark(*place), Some(Mark::Link(Link::With | Link::That))));
    let is_where =
        |place: Option<usize>| place.is_some_and(|place| matches!(items.mark(place), Some(Mark::Where(_))));
    is_where(behind) || is_where(linked.and_then(|place| items.next(place)))
}

/// Whether such things are rows rather than what is counted in them.
fn is_group(noun: Noun) -> bool {
    !matches!(noun, Noun::Item | Noun::Product | Noun::Customer | Noun::Order)
}

impl Frame {
    /// Nouns in a role.
    pub(super) fn of_role(&self, role: Role) -> impl Iterator<Item = &Placed> {
        self.nouns.iter().filter(move |placed| placed.role == role)
    }

    /// Whether any noun of that kind stands in the question.
    pub(super) fn has_noun(&self, noun: Noun) -> bool {
        self.nouns.iter().any(|placed| placed.noun == noun)
    }

    /// Whether several rows of something are wanted: a number of them stands alone, or "leaders", "list".
    pub(super) fn how_many_rows(&self, items: &Items) -> bool {
        items.any(|mark| matches!(mark, Mark::Number(value) if *value > 1.0))
    }

    /// Whether that aggregation was asked for.
    pub(super) fn has_agg(&self, agg: Agg) -> bool {
        self.agg.iter().any(|(known, _)| *known == agg)
    }
}

/// The verbs of a question.
pub(super) fn has_verb(items: &Items, verb: Verb) -> bool {
    items.any(|mark| *mark == Mark::Verb(verb))
}
