//! Some things and several figures of them: "products bought by more than a tenth of the customers: how many, and what share
//! of all items", "the twenty best sellers: what share of the items are they, and in what share of the orders is one".
//!
//! Marks → [`SetFigures`] → one query, whose parts are those things: how many there are, and the part of each whole that
//! is theirs. It takes things that a ranking or a bound picks, and at least two figures, one of which is a share of all.

use query::metrics::{
    Cohort, CohortOf, CohortTop, Direction, FilterOp, MetricFilter, MetricQuery, OrderBy, Summary,
};

use super::{
    Asked, Builder,
    concentration::{Cut, cut_of},
    wished::{Wish, wished},
};
use crate::builtin::{
    analytics::{
        frame::View,
        item::{Agg, End, Items, Mark, Noun},
    },
    intent::Shape,
};

/// Things and several figures of them.
#[derive(Debug, Clone)]
pub(super) struct SetFigures {
    things: Noun,
    set: Cohort,
    /// How many there are is asked too.
    counted: bool,
    /// What they have shares of.
    wholes: Vec<String>,
    /// The places of the words that pick the things.
    places: Vec<usize>,
}

/// Figures that the part of some things can be told of.
const WHOLES: [&str; 5] = ["items", "orders", "baskets", "customers", "reorders"];

impl SetFigures {
    /// Finds out whether several figures of the same things are asked for, one a share of all.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        let each = items.places(|mark| *mark == Mark::Each).into_iter().any(|at| {
            let text = view.text(at);
            text.split(' ').any(|word| matches!(word, "each" | "every" | "per" | "respective" | "wise"))
        });
        if each || items.any(|mark| matches!(mark, Mark::EachOne | Mark::Versus | Mark::Bands(..))) {
            return None;
        }
        let wholes = wholes(items);
        if wholes.is_empty() {
            return None;
        }
        let (things, set) = ranked_things(items, view).or_else(|| bounded_things(items, view))?;
        let counted = matches!(
            items.mark(0).and_then(|_| wished(items, view, false)).map(|found| (found.wish, found.noun)),
            Some((Wish::Number, noun)) if noun == things
        ) || items.places(|mark| *mark == Mark::HowMany).into_iter().any(|at| {
            matches!(items.after(at), None | Some(Mark::Comma | Mark::And | Mark::Word))
                || matches!(view.text(at + 1).as_str(), "are" | "is" | "are there" | "such")
        });
        let counted = counted && set.top.is_none();
        // One share of a ranking is told by what the largest make.
        if wholes.len() + usize::from(counted) < 2 {
            return None;
        }
        let places = items.places(|mark| matches!(mark, Mark::More(_) | Mark::Than | Mark::Agg(Agg::Mean)));
        Some(Self { things, set, counted, wholes, places })
    }
}

impl Builder<'_> {
    /// The queries of several figures of the same things.
    pub(super) fn build_set(&mut self, asked: &SetFigures) -> Asked {
        let mut told: Vec<String> = asked.wholes.clone();
        let mut also = Vec::new();
        let count = match asked.things {
            Noun::Customer => Some("customers"),
            Noun::Product => Some("products"),
            _ => None,
        };
        if asked.counted {
            match count {
                Some(count) => {
                    told.retain(|name| name != count);
                    told.insert(0, count.to_owned());
                }
                None => also.push(counted(asked)),
            }
        }
        self.query = MetricQuery {
            metrics: told,
            part_cohorts: vec![asked.set.clone()],
            part_values: asked.counted && count.is_some(),
            ..MetricQuery::default()
        };
        let mut built = self.finish(false);
        built.query.part_values = asked.counted && count.is_some();
        built.shape = Shape::Single;
        built.told.clone_from(&asked.places);
        built.more = also.into_iter().map(|query| (query, Shape::Single)).collect();
        built
    }
}

/// How many such things there are.
fn counted(asked: &SetFigures) -> MetricQuery {
    let metrics = asked.set.having.iter().map(|having| {
        let prefixes = ["share_of_", "part_of_"];
        let plain = prefixes.iter().find_map(|prefix| having.field.strip_prefix(prefix));
        plain.unwrap_or(&having.field).to_owned()
    });
    MetricQuery {
        metrics: metrics.collect(),
        dimensions: vec![asked.things.dimension().to_owned()],
        filters: asked.set.having.clone(),
        part: asked.set.part.clone(),
        share_of_total: asked.set.having.iter().any(|having| having.field.starts_with("share_of_")),
        summary: Some(Summary::Count),
        ..MetricQuery::default()
    }
}

/// The wholes that shares are asked of, in the order of the question.
fn wholes(items: &Items) -> Vec<String> {
    let mut wholes: Vec<String> = Vec::new();
    for (at, item) in items.0.iter().enumerate() {
        let name = match &item.mark {
            Mark::ShareOf(name) => Some(name.clone()),
            Mark::Share => {
                let figure = (at + 1..items.len()).find(|place| {
                    !matches!(
                        items.mark(*place),
                        Some(Mark::Skip | Mark::Link(_) | Mark::Each | Mark::Agg(_) | Mark::Distinct)
                    )
                });
                match figure.and_then(|place| items.mark(place)) {
                    Some(Mark::Noun(noun)) => noun.count().map(str::to_owned),
                    Some(Mark::Metric(name)) => Some(name.clone()),
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some(name) = name.filter(|name| WHOLES.contains(&name.as_str()))
            && !wholes.contains(&name)
        {
            wholes.push(name);
        }
    }
    wholes
}

fn cohort_of(noun: Noun) -> Option<CohortOf> {
    Some(match noun {
        Noun::Product | Noun::Item => CohortOf::Products,
        Noun::Aisle => CohortOf::Aisles,
        Noun::Department => CohortOf::Departments,
        Noun::Customer => CohortOf::Customers,
        _ => return None,
    })
}

/// "the ten products with the most items".
fn ranked_things(items: &Items, view: &View<'_>) -> Option<(Noun, Cohort)> {
    let (at, noun, cut, end) = cut_of(items, view)?;
    let of = cohort_of(noun)?;
    let own = match items.mark(at) {
        Some(Mark::Rank(_, metric)) => *metric,
        _ => None,
    };
    let behind = items.next(at).and_then(|next| match items.mark(next) {
        Some(Mark::Noun(figure)) if *figure != noun => figure.count(),
        Some(Mark::Metric(name)) => WHOLES.iter().find(|whole| *whole == name).copied(),
        _ => None,
    });
    let by = behind.or(own).filter(|by| *by != noun.count().unwrap_or_default()).unwrap_or(noun.ranked_by());
    let direction = if end == End::Low { Direction::Asc } else { Direction::Desc };
    let mut top = CohortTop {
        by: OrderBy { field: by.to_owned(), direction: Some(direction) },
        limit: None,
        limit_share: None,
        skip: None,
    };
    match cut {
        Cut::Rows(rows) => top.limit = Some(rows),
        Cut::Fraction(fraction) => top.limit_share = Some(fraction),
        Cut::Beyond(rows) => top.skip = Some(rows),
    }
    let conditions = conditions(items);
    Some((noun, Cohort { of, bought: conditions, top: Some(top), ..Cohort::default() }))
}

/// "products bought by more than 10 % of the customers", "customers with more orders than the average one".
fn bounded_things(items: &Items, view: &View<'_>) -> Option<(Noun, Cohort)> {
    if items.any(|mark| matches!(mark, Mark::Where(_))) {
        return None;
    }
    let found = wished(items, view, false)?;
    let of = cohort_of(found.noun)?;
    if let Some(having) = above_mean(items) {
        return Some((found.noun, Cohort { of, having: vec![having], ..Cohort::default() }));
    }
    if items.any(|mark| *mark == Mark::Than) {
        return None;
    }
    let among = items.0.iter().find_map(|item| match &item.mark {
        Mark::Among(cohort) if cohort.of == of => Some((**cohort).clone()),
        _ => None,
    });
    if let Some(cohort) = among {
        return Some((found.noun, cohort));
    }
    let having: Vec<MetricFilter> = items
        .0
        .iter()
        .filter_map(|item| match &item.mark {
            Mark::Having(having) => Some(having.clone()),
            _ => None,
        })
        .collect();
    if having.is_empty() {
        return None;
    }
    Some((found.noun, Cohort { of, having, ..Cohort::default() }))
}

/// "with more orders than the average customer": a bound that is the mean of all.
fn above_mean(items: &Items) -> Option<MetricFilter> {
    let at = items.places(|mark| matches!(mark, Mark::More(_))).first().copied()?;
    let Some(Mark::More(end)) = items.mark(at) else { return None };
    let field = match items.after(at)? {
        Mark::Noun(noun) => noun.count()?,
        Mark::Metric(name) => name.as_str(),
        _ => return None,
    };
    let than = items.places(|mark| *mark == Mark::Than).into_iter().find(|than| *than > at)?;
    let mean = matches!(items.after(than), Some(Mark::Agg(Agg::Mean)));
    mean.then(|| MetricFilter {
        field: field.to_owned(),
        op: if *end == End::High { FilterOp::Gt } else { FilterOp::Lt },
        values: vec!["mean".into()],
    })
}

fn conditions(items: &Items) -> Vec<MetricFilter> {
    super::conditions(items).into_iter().map(|condition| condition.filter).collect()
}
