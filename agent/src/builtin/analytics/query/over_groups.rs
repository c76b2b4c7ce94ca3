//! Mean, median, least and greatest of a figure over the members of a group: "mean and median number of buyers per
//! product", "the smallest and the largest reorder rate among the aisles", "how many bananas does a buyer purchase on
//! average, and at most".
//!
//! The words of the statistics are left out and the rest is read as the figure of each member, which knows all conditions.
//! What a family of metrics holds by itself (orders per customer, basket size, …) is not read here.

use query::metrics::{CohortOf, Direction, MetricQuery, Summary, SummaryBy};

use super::{Asked, is_flag, of_lines, query_alone, statistics};
use crate::builtin::{
    analytics::{
        frame::{self, View, whole_count},
        item::{Agg, End, Item, Items, Link, Mark, Noun, Verb},
    },
    intent::Shape,
};

/// Members whose figures are brought together.
const MEMBERS: [Noun; 8] = [
    Noun::Order,
    Noun::Customer,
    Noun::Product,
    Noun::Aisle,
    Noun::Department,
    Noun::Hour,
    Noun::Day,
    Noun::DayPart,
];
/// Words before a member that could be any of them.
const ANY: [&str; 11] =
    ["a", "an", "one", "any", "single", "each", "every", "any one", "any single", "one single", "such a"];
/// Words that are any customer.
const ANYONE: [&str; 8] =
    ["anyone", "anybody", "someone", "somebody", "one person", "1 person", "one shopper", "a person"];

/// The statistics of a question, and what it asks without them.
struct OverGroups {
    stats: Vec<Summary>,
    /// The marks without the words of the statistics, each member said as "per …".
    plain: Items,
    /// Whose figures they are.
    member: Noun,
    /// Where items of a kind are counted, not whole baskets: the place of the items among `plain`.
    of_kind: Option<usize>,
    /// Whether they are the two ends of a ranking of things with names.
    ends: bool,
    /// The places of the words of the statistics.
    said: Vec<usize>,
}

/// Reads them; none where nothing is brought together.
pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Asked> {
    let asked = OverGroups::read(items, view)?;
    let plain = View { items: &asked.plain, tokens: view.tokens };
    let frame = frame::frame(&asked.plain, view.tokens);
    let mut each = query_alone(&asked.plain, &plain, &frame).ok()?;
    let query = &mut each.query;
    if !is_plain(query) || !each.more.is_empty() {
        return None;
    }
    let whole = query.metrics.first().and_then(|metric| statistics::figures(metric, &asked.stats));
    if let Some(whole) = whole.filter(|_| asked.of_kind.is_none()) {
        // Its statistics are figures of the model.
        query.metrics = whole.into_iter().map(str::to_owned).collect();
        each.told.extend(asked.said);
        return Some(each);
    }
    let place = of_members(query, asked.member);
    if let Some(items) = asked.of_kind {
        count_the_kind(query, &asked.plain, items);
    }
    let (first, beside) = asked.stats.split_first()?;
    let others: Vec<String> = query
        .dimensions
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != place)
        .map(|(_, name)| name.clone())
        .collect();
    if !others.is_empty() {
        query.summary_by = Some(SummaryBy { dimensions: others, ..SummaryBy::default() });
    }
    query.order_by.clear();
    query.summary = Some(*first);
    query.summaries_beside = beside.to_vec();
    query.include_empty = Some(false);
    if asked.ends && query.summary_by.is_none() {
        // Which they are belongs to the answer.
        for summary in &asked.stats {
            let direction = if *summary == Summary::Max { Direction::Desc } else { Direction::Asc };
            let metric = query.metrics.first().cloned().unwrap_or_default();
            let end = MetricQuery { summary: None, summaries_beside: Vec::new(), ..query.clone() };
            each.more.push((end.order(metric, direction).limit(1), Shape::Extreme));
        }
    }
    each.shape = if query.summary_by.is_some() { Shape::Breakdown } else { Shape::Single };
    each.told.extend(asked.said);
    Some(each)
}

impl OverGroups {
    fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        let other = |mark: &Mark| {
            matches!(
                mark,
                Mark::Share
                    | Mark::ShareOf(_)
                    | Mark::Bands(_)
                    | Mark::Versus
                    | Mark::Than
                    | Mark::More(_)
                    | Mark::Difference
                    | Mark::AboveOverall(_)
                    | Mark::Cmp(_)
                    | Mark::Number(_)
                    | Mark::Having(_)
                    | Mark::EachOne
                    | Mark::Running
                    | Mark::MakeUp
                    | Mark::Expected
                    | Mark::Spread
            )
        };
        if items.any(other) || items.1 {
            return None;
        }
        let said = stats(items)?;
        let mut stats: Vec<Summary> = Vec::new();
        for (_, summary) in &said {
            if !stats.contains(summary) {
                stats.push(*summary);
            }
        }
        let said: Vec<usize> = said.into_iter().map(|(at, _)| at).collect();
        // One end alone is a ranking, one figure the model has by itself a metric.
        if stats.len() < 2 && !matches!(stats.as_slice(), [Summary::Mean | Summary::Median]) {
            return None;
        }
        let bare = bare_kind(items);
        let counted = bare.map(|at| with_items(items, at));
        let items = counted.as_ref().unwrap_or(items);
        let said: Vec<usize> =
            said.into_iter().map(|at| at + usize::from(bare.is_some_and(|bare| bare < at))).collect();
        let figures = figures(items, &said);
        let [figure] = figures.as_slice() else { return None };
        let metric = match items.mark(*figure) {
            Some(Mark::Metric(name)) => Some(name.as_str()),
            _ => None,
        };
        let kind = kind(items, *figure);
        let holds = |name: &str| {
            statistics::figures(name, &stats).is_some()
                && !(kind.is_some() && statistics::counted_in(name).is_some())
        };
        let ranked = said.iter().any(|at| matches!(items.mark(*at), Some(Mark::Rank(..))));
        if metric.is_some_and(holds) && !ranked {
            return None;
        }
        let mut plain = items.clone();
        for at in &said {
            plain.set(*at, Mark::Skip);
            for beside in [items.previous(*at), items.next(*at)].into_iter().flatten() {
                let joins = matches!(items.mark(beside), Some(Mark::And | Mark::Comma));
                let between = said.iter().any(|one| *one < beside) && said.iter().any(|one| beside < *one);
                if joins && (between || beside > *figure) {
                    plain.set(beside, Mark::Skip);
                }
            }
        }
        let member = name_members(&mut plain, items, view, *figure, &said)
            .or_else(|| metric.and_then(statistics::counted_in).map(|(_, member)| member))?;
        // Orders and items of customers are figures of their own.
        let own = match items.mark(*figure) {
            Some(Mark::Noun(Noun::Order)) => statistics::mean_over("orders", member),
            Some(Mark::Noun(Noun::Item)) if kind.is_none() || member == Noun::Customer => {
                statistics::mean_over("items", member)
            }
            _ => None,
        };
        if own.is_some_and(holds) && !ranked {
            return None;
        }
        // The data has no dates: "average orders per hour" could be that of an hour of a day, or of all such hours.
        let of_time = matches!(member, Noun::Hour | Noun::Day | Noun::DayPart);
        if of_time && stats.len() < 2 {
            return None;
        }
        // A mean of what is a mean or a rate already is that mean.
        let counts = metric.is_none_or(|name| matches!(name, "items" | "orders" | "customers" | "reorders"));
        if stats.len() < 2 && !counts && kind.is_none() {
            return None;
        }
        let ends = said.iter().all(|at| matches!(items.mark(*at), Some(Mark::Rank(..))))
            && matches!(member, Noun::Product | Noun::Aisle | Noun::Department | Noun::Hour | Noun::Day);
        let figure = plain.0.iter().position(|item| items.0.get(*figure) == Some(item));
        Some(Self { stats, of_kind: figure.filter(|_| kind.is_some()), plain, member, ends, said })
    }
}

/// The words of statistics with their places; none where one of them ranks rows.
fn stats(items: &Items) -> Option<Vec<(usize, Summary)>> {
    let mut found: Vec<(usize, Summary)> = Vec::new();
    let mut ranks = Vec::new();
    for at in 0..items.len() {
        match items.mark(at) {
            Some(Mark::Agg(Agg::Mean)) => found.push((at, Summary::Mean)),
            Some(Mark::Agg(Agg::Median)) => found.push((at, Summary::Median)),
            Some(Mark::Agg(Agg::Min)) => found.push((at, Summary::Min)),
            Some(Mark::Agg(Agg::Max)) => found.push((at, Summary::Max)),
            Some(Mark::Agg(Agg::Total)) => return None,
            Some(Mark::Rank(end, metric)) => {
                let summary = if *end == End::High { Summary::Max } else { Summary::Min };
                if metric.is_some() {
                    return None;
                }
                ranks.push(at);
                found.push((at, summary));
            }
            _ => {}
        }
    }
    let ends_a_clause = |at: usize| {
        matches!(items.mark(at), None | Some(Mark::And | Mark::Comma | Mark::Each | Mark::Link(_)))
    };
    for rank in &ranks {
        let number = [items.previous(*rank), items.next(*rank)].into_iter().flatten();
        if number.clone().any(|at| whole_count(items.mark(at)).is_some()) {
            return None;
        }
        // "smallest and largest", "the average and the highest one": an end that stands beside another statistic; any
        // other ranks rows.
        let joined = [Items::previous, Items::next].into_iter().any(|step| {
            let mut place = step(items, *rank);
            let mut joins = false;
            while let Some(at) = place.filter(|at| {
                matches!(items.mark(*at), Some(Mark::And | Mark::Comma | Mark::Which | Mark::Link(Link::Is)))
            }) {
                joins |= matches!(items.mark(at), Some(Mark::And | Mark::Comma));
                place = step(items, at);
            }
            joins
        });
        if !joined {
            return None;
        }
        // "which aisle has the highest", "the highest aisle": rows are ranked.
        let next = items.next(*rank);
        let of_figure = next.is_none_or(|at| {
            ends_a_clause(at)
                || matches!(
                    items.mark(at),
                    Some(Mark::Metric(_) | Mark::HowMany | Mark::HowOften | Mark::Agg(_))
                )
        });
        let counted = next.is_some_and(|at| {
            matches!(
                items.mark(at),
                Some(Mark::Noun(Noun::Item | Noun::Order | Noun::Customer | Noun::Product))
            ) && items.next(at).is_some_and(|behind| {
                matches!(items.mark(behind), Some(Mark::Each | Mark::Link(Link::In | Link::Of)))
            })
        });
        if !of_figure && !counted {
            return None;
        }
    }
    let asks_which = items
        .places(|mark| *mark == Mark::Which)
        .into_iter()
        .any(|at| matches!(items.after(at), Some(Mark::Noun(_) | Mark::Number(_))));
    // Two ends of a ranking beside each other name rows, unless a plain statistic stands with them.
    if found.len() == ranks.len() && (asks_which || found.len() < 2) || asks_which && !ranks.is_empty() {
        return None;
    }
    (!found.is_empty()).then_some(found)
}

/// The places of what is measured: a metric, or a noun that is counted.
fn figures(items: &Items, said: &[usize]) -> Vec<usize> {
    let metrics = items.places(|mark| matches!(mark, Mark::Metric(_)));
    let names: Vec<&Mark> = metrics.iter().filter_map(|at| items.mark(*at)).collect();
    if let [first, ..] = metrics.as_slice() {
        let counts = items
            .places(|mark| *mark == Mark::HowMany)
            .into_iter()
            .any(|many| matches!(items.after(many), Some(Mark::Noun(_))));
        let one = names.windows(2).all(|pair| pair.first() == pair.last()) && !counts;
        return if one { vec![*first] } else { Vec::new() };
    }
    let counted = |at: &usize| {
        let mut before = items.previous(*at);
        // "how many different frozen products"
        while let Some(place) = before.filter(|place| {
            matches!(items.mark(*place), Some(Mark::Distinct | Mark::Where(_) | Mark::Attribute(..)))
        }) {
            before = items.previous(place);
        }
        // "orders per hour of the day: minimum, mean, maximum"
        let per = items.after(*at) == Some(&Mark::Each) && items.before(*at) != Some(&Mark::Each);
        per || before.is_some_and(|place| items.mark(place) == Some(&Mark::HowMany) || said.contains(&place))
    };
    let nouns = items.places(|mark| matches!(mark, Mark::Noun(noun) if noun.count().is_some()));
    let counted: Vec<usize> = nouns.into_iter().filter(counted).collect();
    let many = |at: &usize| !items.previous(*at).is_some_and(|before| said.contains(&before));
    match counted.iter().copied().filter(many).collect::<Vec<usize>>() {
        many if !many.is_empty() => many,
        _ if counted.is_empty() => items.places(|mark| *mark == Mark::HowOften),
        _ => counted,
    }
}

/// "how many bananas does a buyer purchase": a thing that is counted without "items" behind it.
fn bare_kind(items: &Items) -> Option<usize> {
    items.places(|mark| *mark == Mark::HowMany).into_iter().find_map(|many| {
        let at = items.next(many)?;
        let Some(Mark::Where(filters)) = items.mark(at) else { return None };
        let next = items.next(at).and_then(|next| items.mark(next));
        let alone = !matches!(next, Some(Mark::Noun(noun)) if noun.count().is_some() && *noun != Noun::Customer)
            && !matches!(next, Some(Mark::Metric(_)));
        (alone && filters.iter().all(|filter| of_lines(filter) || is_flag(filter))).then_some(at)
    })
}

/// The marks with "items" behind a thing.
fn with_items(items: &Items, at: usize) -> Items {
    let mut items = items.clone();
    if let Some(to) = items.0.get(at).map(|item| item.to) {
        items.0.insert(at + 1, Item { mark: Mark::Noun(Noun::Item), from: to, to });
    }
    items
}

/// The kind of the items that are counted: right before them, or in place of them ("how many bananas").
fn kind(items: &Items, figure: usize) -> Option<usize> {
    let of_items = match items.mark(figure)? {
        Mark::Metric(name) => matches!(name.as_str(), "basket_size" | "median_basket_size" | "items"),
        Mark::Noun(noun) => *noun == Noun::Item,
        _ => false,
    };
    let before = items.previous(figure)?;
    let Some(Mark::Where(filters)) = items.mark(before) else { return None };
    (of_items && filters.iter().all(|filter| of_lines(filter) || is_flag(filter))).then_some(before)
}

/// Says every member as "per …", and which it is.
fn name_members(
    plain: &mut Items,
    items: &Items,
    view: &View<'_>,
    figure: usize,
    said: &[usize],
) -> Option<Noun> {
    let nouns = items.places(|mark| matches!(mark, Mark::Noun(noun) if MEMBERS.contains(noun)));
    let each = |at: &usize| items.previous(*at).is_some_and(|before| items.mark(before) == Some(&Mark::Each));
    let noun = |at: usize| match items.mark(at) {
        Some(Mark::Noun(noun)) => Some(*noun),
        _ => None,
    };
    let nouns: Vec<usize> = nouns.into_iter().filter(|at| *at != figure).collect();
    // "per product", the first of them; what stands behind a second "by" is what the summary is told for, and so is what
    // stands before whose figures it is: "for every department, the mean number of items of its customers".
    let people = nouns
        .iter()
        .any(|at| !each(at) && matches!(noun(*at), Some(Noun::Customer | Noun::Order)) && *at > figure);
    if let Some(at) = nouns.iter().find(|at| each(at)).filter(|_| !people) {
        return noun(*at);
    }
    // "the average aisle", "an order", "any department", "among the aisles"
    let any = |at: usize| {
        let token = items.0.get(at).and_then(|item| item.from.checked_sub(1));
        let word = token.and_then(|token| view.tokens.get(token)).map_or("", |token| token.text.as_str());
        let stat = items.previous(at).is_some_and(|before| said.contains(&before));
        let among = matches!(items.before(at), Some(Mark::Link(Link::In | Link::Of | Link::With)));
        ANY.contains(&word) || stat || among || has_verb_behind(items, at)
    };
    if let Some(at) = nouns.into_iter().find(|at| any(*at)) {
        let found = noun(at)?;
        let from = items.0.get(at)?.from;
        plain.0.insert(at, Item { mark: Mark::Each, from, to: from });
        return Some(found);
    }
    let anyone = (0..items.len()).find(|at| ANYONE.contains(&view.text(*at).as_str()))?;
    let item = items.0.get(anyone)?.clone();
    plain.set(anyone, Mark::Noun(Noun::Customer));
    plain.0.insert(anyone, Item { mark: Mark::Each, from: item.from, to: item.from });
    Some(Noun::Customer)
}

/// Whether a noun does something: "buyers purchase".
fn has_verb_behind(items: &Items, at: usize) -> bool {
    items.next(at).is_some_and(|next| {
        matches!(
            items.mark(next),
            Some(Mark::Verb(Verb::Buy | Verb::Place | Verb::Reorder) | Mark::Link(Link::With))
        )
    })
}

/// Whether it asks for one figure of rows that nothing cuts.
fn is_plain(query: &MetricQuery) -> bool {
    query.metrics.len() == 1
        && query.summary.is_none()
        && query.limit.is_none()
        && query.limit_share.is_none()
        && query.limit_per.is_empty()
        && query.within_top.is_none()
        && query.cumulative_to.is_none()
        && query.slices.is_empty()
        && !query.contrast
        && !query.share_of_total
        && !query.has_part()
}

/// Makes a mean per member the count that each member has; where the member stands among the dimensions.
fn of_members(query: &mut MetricQuery, member: Noun) -> usize {
    for metric in &mut query.metrics {
        if let Some((count, _)) = statistics::counted_in(metric).filter(|(_, own)| *own == member) {
            count.clone_into(metric);
        }
    }
    let name = member.dimension();
    let known = query.dimensions.iter().position(|known| known == name);
    known.unwrap_or_else(|| {
        query.dimensions.push(name.to_owned());
        query.dimensions.len() - 1
    })
}

/// "produce items in orders with produce": items of the kind, not the whole basket of orders that hold one.
fn count_the_kind(query: &mut MetricQuery, plain: &Items, figure: usize) {
    let Some(Mark::Where(filters)) = kind(plain, figure).and_then(|at| plain.mark(at)) else { return };
    for filter in filters {
        query.cohorts.retain(|cohort| {
            cohort.not
                || cohort.of != CohortOf::Orders
                || cohort.bought != [filter.clone()]
                || !cohort.having.is_empty()
        });
        if !query.filters.contains(filter) {
            query.filters.push(filter.clone());
        }
    }
}
