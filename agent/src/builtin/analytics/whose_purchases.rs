//! Whose purchases are told: "the top products bought by Loyal customers", "what buyers of bananas buy", "products of people
//! who never bought milk".
//!
//! The last of the passes. Where goods are listed beside customers that are told by what they bought, those words say which
//! customers are meant and not which goods: a list of the goods among the goods that are named would be no answer. Marks →
//! a cohort of customers, or a condition on them; "by" behind "bought" says who did, and groups by nobody.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter};

use super::{
    item::{End, Item, Items, Link, Mark, Noun, Verb},
    query::of_lines,
};
use crate::builtin::normalise::Token;

/// How far the customers may stand behind "bought by".
const REACH: usize = 4;

/// Reads whose purchases are told.
pub(super) fn whose_purchases(items: &mut Items, tokens: &[Token]) {
    bought_by(items, tokens);
    let Some(goods) = listed_goods(items) else { return };
    new_or_repeat(items, goods);
    most_often_first(items, tokens, goods);
    denied_by_others(items, tokens, goods);
    let customers = items.places(|mark| *mark == Mark::Noun(Noun::Customer));
    for at in customers.into_iter().rev().filter(|at| *at > goods) {
        if let Some((from, to, cohort)) = told_by_purchases(items, tokens, at) {
            items.merge(from, to, Mark::Among(Box::new(cohort)));
        }
    }
}

/// "… that Lapsed customers never bought": goods without a purchase by those others.
fn denied_by_others(items: &mut Items, tokens: &[Token], goods: usize) {
    let Some(never) = items.places(|mark| *mark == Mark::Never).last().copied() else { return };
    if never < goods || items.next(never).is_some() {
        return;
    }
    let Some(that) = (goods..never)
        .rev()
        .find(|place| matches!(items.mark(*place), Some(Mark::Link(Link::That) | Mark::And)))
    else {
        return;
    };
    let who: Vec<usize> = (that + 1..never).filter(|place| items.mark(*place) != Some(&Mark::Skip)).collect();
    let mut bought: Vec<MetricFilter> = Vec::new();
    for place in who {
        match items.mark(place) {
            Some(Mark::Where(filters)) if filters.iter().all(|filter| !of_lines(filter)) => {
                bought.extend(filters.iter().cloned())
            }
            Some(Mark::Noun(Noun::Customer | Noun::Segment)) => {}
            // "Lapsed ones": any other word that nobody knows says something else.
            Some(Mark::Word) if super::people::text(items, tokens, place) == "ones" => {}
            _ => return,
        }
    }
    let of = match items.mark(goods) {
        Some(Mark::Noun(Noun::Aisle)) => CohortOf::Aisles,
        Some(Mark::Noun(Noun::Department)) => CohortOf::Departments,
        _ => CohortOf::Products,
    };
    if !bought.is_empty() {
        let cohort = Cohort { of, bought, not: true, ..Cohort::default() };
        items.merge(that, never + 1, Mark::Among(Box::new(cohort)));
    }
}

/// Products, aisles or departments that are ranked or asked for.
fn listed_goods(items: &Items) -> Option<usize> {
    let goods =
        |mark: &Mark| matches!(mark, Mark::Noun(Noun::Product | Noun::Aisle | Noun::Department | Noun::Item));
    items.places(goods).into_iter().find(|at| {
        let before = items.previous(*at).and_then(|place| items.mark(place));
        let opens = items.previous(*at).is_none();
        let ranked = items.any(|mark| matches!(mark, Mark::Rank(..)));
        matches!(before, Some(Mark::Rank(..) | Mark::Which))
            || matches!(before, Some(Mark::Number(_))) && ranked
            || opens && (ranked || items.any(|mark| *mark == Mark::FirstInCart))
    })
}

/// "Bought by Loyal customers", "ordered by new customers": who did it.
fn bought_by(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::Each) {
        let by =
            items.0.get(at).and_then(|item| tokens.get(item.from)).is_some_and(|token| token.text == "by");
        let passive = at.checked_sub(1).and_then(|before| items.0.get(before)).is_some_and(|before| {
            matches!(before.mark, Mark::Verb(_))
                && tokens
                    .get(before.to - 1)
                    .is_some_and(|token| token.text.ends_with('t') || token.text.ends_with("ed"))
        });
        let who = (at + 1..items.len().min(at + REACH)).find(|place| match items.mark(*place) {
            Some(Mark::Noun(Noun::Customer)) => items
                .0
                .get(*place)
                .and_then(|item| tokens.get(item.to - 1))
                .is_some_and(|token| token.text != token.stem || token.text == "people"),
            Some(Mark::Metric(name)) => matches!(name.as_str(), "new_customers" | "repeat_customers"),
            _ => false,
        });
        let between = |place: usize| {
            matches!(
                items.mark(place),
                Some(
                    Mark::Skip
                        | Mark::Where(_)
                        | Mark::Attribute(..)
                        | Mark::Among(_)
                        | Mark::Noun(_)
                        | Mark::Metric(_)
                        | Mark::Name(_)
                )
            )
        };
        if by && passive && who.is_some_and(|who| (at + 1..who).all(between)) {
            items.set(at, Mark::Link(Link::From));
        }
    }
}

/// "The top products of new customers": customers by the number of their orders, not a figure beside the goods.
fn new_or_repeat(items: &mut Items, goods: usize) {
    let figures = items.any(|mark| matches!(mark, Mark::HowMany | Mark::Share | Mark::ShareOf(_)));
    if figures {
        return;
    }
    for at in items.places(|mark| matches!(mark, Mark::Metric(name) if matches!(name.as_str(), "new_customers" | "repeat_customers"))) {
        let of = matches!(items.before(at), Some(Mark::Link(_) | Mark::Verb(_)));
        if at < goods || !of || matches!(items.before(at), Some(Mark::Link(Link::With | Link::Is | Link::That))) {
            continue;
        }
        let new = matches!(items.mark(at), Some(Mark::Metric(name)) if name == "new_customers");
        let op = if new { FilterOp::Eq } else { FilterOp::Gt };
        let filter =
            MetricFilter { field: "customer_orders".to_owned(), op, values: vec![FilterValue::Integer(1)] };
        items.set(at, Mark::Where(vec![filter]));
    }
}

/// "Products most often first in the cart": ranked by it.
fn most_often_first(items: &mut Items, tokens: &[Token], goods: usize) {
    if items.any(|mark| matches!(mark, Mark::Rank(..))) {
        return;
    }
    for at in items.places(|mark| *mark == Mark::FirstInCart) {
        let most = items.0.get(at).filter(|item| item.to > item.from + 1);
        let ranked = most.and_then(|item| tokens.get(item.from)).is_some_and(|token| token.text == "most");
        if ranked
            && at > goods
            && let Some(item) = items.0.get(at).cloned()
        {
            let first = Item { mark: Mark::Rank(End::High, None), from: item.from, to: item.from + 1 };
            let rest = Item { mark: Mark::FirstInCart, from: item.from + 1, to: item.to };
            items.0.splice(at..=at, [first, rest]);
            return;
        }
    }
}

/// Customers told by what they bought: where the words for it begin and end, and who they are.
fn told_by_purchases(items: &Items, tokens: &[Token], at: usize) -> Option<(usize, usize, Cohort)> {
    let cohort = |bought: Vec<MetricFilter>, not: bool| Cohort {
        of: CohortOf::Customers,
        bought,
        not,
        ..Cohort::default()
    };
    let things = |place: usize| match items.mark(place) {
        Some(Mark::Where(filters)) if !filters.is_empty() && filters.iter().all(of_lines) => {
            Some(filters.clone())
        }
        _ => None,
    };
    let buyers =
        items.0.get(at).and_then(|item| tokens.get(item.from..item.to)).is_some_and(|words| {
            words.iter().any(|token| matches!(token.stem.as_str(), "buyer" | "purchaser"))
        });
    // "buyers of Banana", "organic buyers"
    if buyers {
        if items.mark(at + 1) == Some(&Mark::Link(Link::Of))
            && let Some(bought) = things(at + 2)
        {
            return Some((at, at + 3, cohort(bought, false)));
        }
        let before = at.checked_sub(1)?;
        return things(before).map(|bought| (before, at + 1, cohort(bought, false)));
    }
    // "people who (never) bought milk", "customers buying tofu"
    let mut place = items.next(at)?;
    if items.mark(place) == Some(&Mark::Link(Link::That)) {
        place = items.next(place)?;
    } else if !items
        .0
        .get(place)
        .and_then(|item| tokens.get(item.from))
        .is_some_and(|token| token.text.ends_with("ing"))
    {
        return None;
    }
    // "have not bought"
    if items.mark(place) == Some(&Mark::Link(Link::With))
        && matches!(items.after(place), Some(Mark::Not | Mark::Never | Mark::Verb(_)))
    {
        place = items.next(place)?;
    }
    let not = matches!(items.mark(place), Some(Mark::Never | Mark::Not));
    // "never bought" is one mark.
    let whole = not && items.0.get(place).is_some_and(|item| item.to > item.from + 1);
    if not && !whole {
        place = items.next(place)?;
    }
    if !whole && !matches!(items.mark(place), Some(Mark::Verb(Verb::Buy | Verb::Place | Verb::Reorder))) {
        return None;
    }
    let thing = items.next(place)?;
    let mut bought = things(thing)?;
    if items.mark(place) == Some(&Mark::Verb(Verb::Reorder)) {
        bought.push(MetricFilter {
            field: "bought_before".to_owned(),
            op: FilterOp::Eq,
            values: vec![FilterValue::Integer(1)],
        });
    }
    // "who bought milk twice", "who bought milk only": more is said of those purchases than this tells.
    let settled = items.next(thing).is_none_or(|next| {
        !matches!(items.mark(next), Some(Mark::Having(_) | Mark::Bound(..) | Mark::Number(_) | Mark::Only))
    });
    settled.then(|| (at, thing + 1, cohort(bought, not)))
}
