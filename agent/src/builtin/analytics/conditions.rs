//! Fifth pass: bounds get what they are on.
//!
//! "at least 200" and "purchases" → a condition on the groups' items; "carts with over 15 items" → a condition on the
//! orders' sizes; "a reorder rate under 30 %" → a condition on that metric. Whose figure it is, is said by the nearest
//! noun before it.

use query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{
    item::{Agg, End, Items, Link, Mark, Noun, Verb},
    times::condition,
};

/// Reads conditions.
pub(super) fn conditions(items: &mut Items) {
    either_or(items);
    let mut at = 0;
    while at < items.len() {
        if let Some(Mark::Bound(op, values, percent)) = items.mark(at).cloned() {
            let before = items.len();
            settle(items, at, op, &values, percent);
            if items.len() < before {
                // What was merged may have begun before the bound: the next one stands nearer now.
                at = 0;
                continue;
            }
        }
        at += 1;
    }
    loose(items);
    overall(items);
    turn_round(items);
}

/// "orders with just one item", "customers with 4 or 5 orders": exact numbers.
fn either_or(items: &mut Items) {
    for at in 0..items.len() {
        let orders = items.any(|mark| matches!(mark, Mark::Noun(Noun::Order) | Mark::ShareOf(_)));
        if let (Some(Mark::Number(count)), Some(Mark::Noun(Noun::Item | Noun::Product))) =
            (items.mark(at), items.mark(at + 1))
            && orders
            && matches!(items.before(at), Some(Mark::Only | Mark::Link(Link::With)))
            && !items.any(|mark| matches!(mark, Mark::Rank(..)) && *count > 1.0)
        {
            let filter = condition("order_size", FilterOp::Eq, &[*count]);
            items.merge(at, at + 2, Mark::Where(vec![filter]));
            continue;
        }
        if let (Some(Mark::Number(one)), Some(Mark::Or), Some(Mark::Number(other)), Some(Mark::Noun(noun))) =
            (items.mark(at), items.mark(at + 1), items.mark(at + 2), items.mark(at + 3))
        {
            let owner = items.0.iter().take(at).any(|item| item.mark == Mark::Noun(Noun::Customer));
            let field = match noun {
                Noun::Order if owner => "customer_orders",
                Noun::Item => "order_size",
                _ => continue,
            };
            let filter = condition(field, FilterOp::In, &[*one, *other]);
            items.merge(at, at + 4, Mark::Where(vec![filter]));
        }
    }
}

/// "ignore anything under 50 purchases": what is left out turns the condition round.
fn turn_round(items: &mut Items) {
    for at in 0..items.len() {
        if matches!(items.mark(at), Some(Mark::Not | Mark::Never))
            && let Some(next) = (at + 1..items.len()).find(|place| {
                !matches!(
                    items.mark(*place),
                    Some(Mark::Skip | Mark::Verb(_) | Mark::Link(_) | Mark::Noun(_) | Mark::Each)
                )
            })
            && let Some(Mark::Having(filter)) = items.mark(next).cloned()
        {
            let op = match filter.op {
                FilterOp::Lt => FilterOp::Ge,
                FilterOp::Le => FilterOp::Gt,
                FilterOp::Gt => FilterOp::Le,
                FilterOp::Ge => FilterOp::Lt,
                other => other,
            };
            items.set(next, Mark::Having(MetricFilter { op, ..filter }));
            items.set(at, Mark::Skip);
        }
    }
}

/// The noun that the bound speaks of: the nearest before it.
fn owner(items: &Items, at: usize) -> Option<Noun> {
    if let Some(ranked) = ranked_owner(items, at) {
        return Some(ranked);
    }
    let unit = unit(items, at).map(|(end, _)| end - 1);
    let figure = |place: usize| {
        items.before(place) == Some(&Mark::HowMany)
            && unit.is_none()
            && (place..at).all(|p| p == place || !matches!(items.mark(p), Some(Mark::Noun(_))))
    };
    let nouns = |place: &usize| match items.mark(*place) {
        Some(Mark::Noun(noun)) if Some(*place) != unit && !figure(*place) => Some(*noun),
        Some(Mark::Where(filters))
            if filters.iter().any(|f| matches!(f.field.as_str(), "order_number" | "order_size")) =>
        {
            Some(Noun::Order)
        }
        Some(Mark::ShareOf(name)) if name == "customers" => Some(Noun::Customer),
        Some(Mark::ShareOf(name)) if name == "orders" => Some(Noun::Order),
        Some(Mark::ShareOf(name)) if name == "products" => Some(Noun::Product),
        Some(Mark::Metric(name)) if name == "products_bought" || name == "products" => Some(Noun::Product),
        _ => None,
    };
    (0..at)
        .rev()
        .find_map(|place| nouns(&place))
        .or_else(|| (at + 1..items.len()).find_map(|place| nouns(&place)))
        .or_else(|| {
            // "at most 5 items: order count"
            let orders = |mark: &Mark| matches!(mark, Mark::Metric(name) if matches!(name.as_str(), "orders" | "baskets"));
            let groups = |mark: &Mark| matches!(mark, Mark::Noun(_));
            let grouped = items.0.iter().enumerate().any(|(place, item)| Some(place) != unit && groups(&item.mark));
            (items.any(orders) && !grouped).then_some(Noun::Order)
        })
}

/// "5 aisles that go into the cart earliest, min 1000 items": a bound that stands apart is on what is ranked.
fn ranked_owner(items: &Items, at: usize) -> Option<Noun> {
    let group = |place: &usize| match items.mark(*place) {
        Some(Mark::Noun(noun @ (Noun::Product | Noun::Aisle | Noun::Department))) => Some(*noun),
        _ => None,
    };
    let apart = matches!(items.before(at), None | Some(Mark::Comma));
    let ranked = items.0.iter().take(at).any(|item| matches!(item.mark, Mark::Rank(..)));
    if !(apart && ranked) {
        return None;
    }
    (0..at).find_map(|place| group(&place))
}

fn settle(items: &mut Items, at: usize, op: FilterOp, values: &[f64], percent: bool) {
    let subject = owner(items, at);
    // "bought at least one item of X": that is what buying it means.
    let exists = op == FilterOp::Ge && values == [1.0] && !percent;
    let near = (at + 1..items.len().min(at + 6)).any(|place| {
        matches!(items.mark(place), Some(Mark::Where(_) | Mark::Verb(Verb::Reorder)) | Some(Mark::Metric(_)))
    });
    let bare = exists && unit(items, at).is_none() && !matches!(items.before(at), Some(Mark::Metric(_)));
    if bare {
        items.set(at, Mark::Skip);
        return;
    }
    if exists && near {
        let unit = matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Item | Noun::Product)));
        items.merge(at, if unit { at + 2 } else { at + 1 }, Mark::Skip);
        return;
    }
    // "at least 10 different frozen products": which of them count stands before the noun.
    if !percent && let Some((noun, name)) = unit_of_things(items, at) {
        items.set(noun, Mark::Skip);
        items.set(at, Mark::Having(filter(name, op, values)));
        return;
    }
    // "a reorder rate of at least 70 %"
    let before = (0..at).rev().find(|place| {
        !matches!(
            items.mark(*place),
            Some(
                Mark::Skip
                    | Mark::Link(Link::Of | Link::Is | Link::With | Link::At | Link::On | Link::In)
                    | Mark::Agg(_)
            )
        )
    });
    // "churn risk of 30 % or more": each customer's own.
    let own = |name: &str| matches!(name, "avg_churn_risk" | "avg_recency_days");
    // "customers with an order count between 4 and 5", "customers whose order total is 24 or higher"
    let counted_orders = !percent
        && unit(items, at).is_none()
        && before.is_some_and(|place| {
            let order = |p: usize| items.mark(p) == Some(&Mark::Noun(Noun::Order));
            let noun =
                if items.mark(place) == Some(&Mark::HowMany) { items.previous(place) } else { Some(place) };
            let counts = items.mark(place) == Some(&Mark::HowMany)
                || items.before(place) == Some(&Mark::HowMany)
                || (place..at).any(|p| items.mark(p) == Some(&Mark::Agg(super::item::Agg::Total)));
            counts
                && noun.is_some_and(order)
                && noun.is_some_and(|noun| {
                    items.0.iter().take(noun).any(|item| item.mark == Mark::Noun(Noun::Customer))
                })
        });
    if counted_orders && let Some(place) = before {
        let from = if items.mark(place) == Some(&Mark::HowMany) {
            items.previous(place).unwrap_or(place)
        } else {
            place
        };
        items.merge(from, at + 1, Mark::Where(vec![condition("customer_orders", op, values)]));
        return;
    }
    // "new customers and customers with more than one"
    let single = items
        .0
        .iter()
        .take(at)
        .any(|item| matches!(&item.mark, Mark::Metric(name) if name == "new_customers"));
    if single && op == FilterOp::Gt && values == [1.0] && unit(items, at).is_none() {
        items.set(at, Mark::Metric("repeat_customers".to_owned()));
        return;
    }
    let metric_before = before.and_then(|place| match items.mark(place) {
        // "aisles: items >= 5000 and …": what is counted stands before, and nothing behind.
        Some(Mark::Noun(noun @ (Noun::Item | Noun::Customer | Noun::Product)))
            if !percent && place + 1 == at && unit(items, at).is_none() && heads_bound(items, place) =>
        {
            noun.count().map(|name| (place, name.to_owned()))
        }
        // "whose number of orders exceeds 2500", "customer count above 100"
        Some(Mark::Noun(noun))
            if !percent && unit(items, at).is_none() && items.before(place) == Some(&Mark::HowMany) =>
        {
            noun.count().map(|name| (items.previous(place).unwrap_or(place), name.to_owned()))
        }
        Some(Mark::HowMany) if !percent && unit(items, at).is_none() => match items.before(place) {
            Some(Mark::Noun(noun)) => noun.count().map(|name| (place, name.to_owned())),
            _ => None,
        },
        Some(Mark::Metric(name)) => Some((place, name.clone())),
        Some(Mark::ShareOf(name)) if percent => Some((place, format!("share_of_{name}"))),
        Some(Mark::Verb(Verb::Reorder)) if percent => Some((place, "reorder_rate".to_owned())),
        _ => None,
    });
    let counted = |name: &str| {
        matches!(
            name,
            "items" | "orders" | "customers" | "products" | "reorders" | "baskets" | "products_bought"
        )
    };
    // "by items per buyer (at least 100 buyers)", "churn risk among those with 20+ orders": the noun behind is bounded.
    let other_unit = |name: &str| {
        !percent
            && unit(items, at).is_some_and(|(end, _)| {
                matches!(items.mark(end - 1), Some(Mark::Noun(_))) && !fits(name, items.mark(end - 1))
            })
    };
    if let Some((place, name)) = metric_before
        .filter(|(_, name)| percent || (!counted(name) || unit(items, at).is_none()) && !other_unit(name))
    {
        let end = match unit(items, at) {
            Some((end, _)) if fits(&name, items.mark(end - 1)) => end,
            _ => at + 1,
        };
        let end =
            if percent && matches!(items.mark(end), Some(Mark::Link(Link::Of))) { end + 2 } else { end };
        let mark = on_metric(subject, &name, op, values);
        // "a mean gap below 4 days" of each customer: the mean is part of the figure.
        let mean = place.checked_sub(1).filter(|before| {
            items.mark(*before) == Some(&Mark::Agg(super::item::Agg::Mean)) && matches!(mark, Mark::Where(_))
        });
        items.merge(mean.unwrap_or(place), end.min(items.len()), mark);
        return;
    }
    // "bought exactly once"
    let bought =
        !percent && matches!(items.before(at), Some(Mark::Verb(Verb::Buy))) && unit(items, at).is_none();
    if bought {
        items.set(at, Mark::Having(filter("items", op, values)));
        return;
    }
    // "more than 70 % of the products have never been sold"
    if percent
        && let Some((end, name)) = unit(items, at)
        && name == "products"
        && let Some(never) =
            (end..items.len().min(end + 4)).find(|place| items.mark(*place) == Some(&Mark::Never))
    {
        items.merge(at, never + 1, Mark::Having(filter("never_bought_rate", op, values)));
        return;
    }
    // "customers with over 20 orders or those with up to 20": the other side of what was compared.
    if !percent
        && unit(items, at).is_none()
        && let Some(Mark::Where(filters)) = (0..at)
            .rev()
            .map(|place| items.mark(place))
            .find(|mark| matches!(mark, Some(Mark::Where(_))))
            .flatten()
        && let [earlier] = filters.as_slice()
        && matches!(earlier.op, FilterOp::Gt | FilterOp::Ge | FilterOp::Lt | FilterOp::Le)
        && (0..at).any(|place| {
            matches!(items.mark(place), Some(Mark::Than | Mark::Versus | Mark::Or | Mark::More(_)))
        })
    {
        let field = earlier.field.clone();
        items.set(at, Mark::Where(vec![condition(&field, op, values)]));
        return;
    }
    // "while 70 percent or more of these were reorders"
    if percent
        && let Some(reorders) = (at + 1..items.len().min(at + 6)).find(|place| {
            matches!(items.mark(*place), Some(Mark::Metric(name)) if name == "reorders")
                || items.mark(*place) == Some(&Mark::Verb(Verb::Reorder))
        })
        && (at + 1..reorders).all(|place| {
            matches!(
                items.mark(place),
                Some(
                    Mark::Skip
                        | Mark::Word
                        | Mark::Each
                        | Mark::Link(_)
                        | Mark::Noun(Noun::Item | Noun::Product)
                )
            )
        })
    {
        items.merge(at, reorders + 1, Mark::Having(filter("reorder_rate", op, values)));
        return;
    }
    // "tried by 20 to 30 % of all customers", "fewer than one in four of my customers"
    if percent
        && let Some(noun) =
            (at + 1..items.len().min(at + 5)).find(|place| matches!(items.mark(*place), Some(Mark::Noun(_))))
        && items.mark(noun) == Some(&Mark::Noun(Noun::Customer))
        && (at + 1..noun).all(|place| {
            matches!(items.mark(place), Some(Mark::Skip | Mark::Each | Mark::Me | Mark::Link(Link::Of)))
        })
    {
        items.merge(at, noun + 1, Mark::Having(filter("share_of_customers", op, values)));
        return;
    }
    if percent && unit(items, at).is_none() && !matches!(items.after(at), Some(Mark::Link(Link::Of))) {
        // "the lowest reorder rate …, a rate below 40 %": of the rate that is spoken of.
        let rate = (0..at).rev().find_map(|place| match items.mark(place) {
            Some(Mark::Metric(name)) if name.ends_with("_rate") => Some(name.clone()),
            _ => None,
        });
        let makes = items.any(|mark| matches!(mark, Mark::MakeUp | Mark::Running));
        if let Some(name) = rate.filter(|_| !makes) {
            items.set(at, Mark::Having(filter(&name, op, values)));
            return;
        }
    }
    let Some((end, name)) = unit(items, at) else {
        // "position 9.5": nothing says what it is; the frame decides or the planner asks.
        return;
    };
    let rebought = items.any(|mark| {
        matches!(mark, Mark::Metric(name) if name == "reorders") || *mark == Mark::Verb(Verb::Reorder)
    });
    let mark = if percent && rebought && name == "items" {
        // "under 25 percent of the items are repeats": the word for the repeats is part of the condition.
        let repeats = (end..items.len().min(end + 4))
            .find(|place| matches!(items.mark(*place), Some(Mark::Metric(name)) if name == "reorders"));
        if let Some(place) = repeats {
            items.set(place, Mark::Skip);
        }
        Mark::Having(filter("reorder_rate", op, values))
    } else if percent && own(&name) {
        on_metric(subject, &name, op, values)
    } else if percent {
        let share = match name.as_str() {
            "orders" | "items" | "customers" | "products" => format!("share_of_{name}"),
            _ => name,
        };
        Mark::Having(filter(&share, op, values))
    } else {
        on_metric(subject, &name, op, values)
    };
    let mark = of_each_gap(items, at, mark);
    items.merge(at, end, mark);
}

/// "share of orders by aisle, only those of 15 % or more": a bound without its figure is on the only one there is.
fn loose(items: &mut Items) {
    let mut figures: Vec<String> = Vec::new();
    for item in &items.0 {
        let name = match &item.mark {
            Mark::Metric(name) => name.clone(),
            Mark::ShareOf(name) => format!("share_of_{name}"),
            _ => continue,
        };
        if !figures.contains(&name) {
            figures.push(name);
        }
    }
    let grouped =
        items.any(|mark| matches!(mark, Mark::Each | Mark::Which | Mark::Rank(..) | Mark::Only | Mark::Not));
    let ([figure], true) = (figures.as_slice(), grouped) else { return };
    for at in items.places(|mark| matches!(mark, Mark::Bound(..))) {
        if let Some(Mark::Bound(op, values, percent)) = items.mark(at).cloned()
            && unit(items, at).is_none()
            && (percent || !figure.starts_with("share_of_"))
        {
            items.set(at, Mark::Having(filter(figure, op, &values)));
        }
    }
}

/// "aisles with items over 5000": whether a noun opens a condition on other groups rather than being what is bounded itself.
fn heads_bound(items: &Items, at: usize) -> bool {
    let opens =
        matches!(items.before(at), Some(Mark::Comma | Mark::And | Mark::Link(Link::With | Link::That)));
    let groups = |mark: &Mark| {
        matches!(
            mark,
            Mark::Noun(
                Noun::Aisle | Noun::Department | Noun::Segment | Noun::Hour | Noun::Day | Noun::Product
            )
        )
    };
    // "aisles: items over 5000"
    let headed = items.before(at).is_some_and(groups);
    headed || opens && items.0.iter().take(at).any(|item| groups(&item.mark))
}

/// Whether the unit behind the bound is that of the metric before it.
fn fits(metric: &str, unit: Option<&Mark>) -> bool {
    match unit {
        Some(Mark::Noun(Noun::Item | Noun::Product)) => {
            ["basket", "items", "products", "reorders"].iter().any(|counted| metric.contains(counted))
                || metric == "lifetime_value"
        }
        Some(Mark::Noun(Noun::Order)) => metric.contains("orders") || metric.contains("baskets"),
        Some(Mark::Noun(Noun::Customer)) => metric.contains("customers"),
        Some(Mark::Noun(Noun::Day)) => metric.contains("days"),
        Some(Mark::HowOften) => metric == "items",
        _ => false,
    }
}

/// What is counted behind the bound, and where that ends.
fn unit(items: &Items, at: usize) -> Option<(usize, String)> {
    let mut place = at + 1;
    let mut different = false;
    while matches!(
        items.mark(place),
        Some(Mark::Skip | Mark::Link(Link::Of | Link::In) | Mark::Distinct | Mark::Agg(_)) | Some(Mark::Each)
    ) {
        different |= items.mark(place) == Some(&Mark::Distinct);
        place += 1;
    }
    let placed = items.any(|mark| *mark == Mark::Verb(Verb::Place))
        && items.any(|mark| *mark == Mark::Noun(Noun::Customer));
    // "at least 50 gluten free items" of gluten free products: said again.
    if let Some(again @ Mark::Where(_)) = items.mark(place)
        && items.places(|mark| mark == again).len() > 1
    {
        place += 1;
    }
    // "at least 1,000 and at most 5,000 items": one word serves both.
    if matches!(items.mark(place), Some(Mark::And | Mark::Comma))
        && let Some(Mark::Bound(..)) = items.mark(place + 1)
        && let Some((_, name)) = unit(items, place + 1)
    {
        return Some((at + 1, name));
    }
    let name = match items.mark(place)? {
        Mark::HowOften if placed => "orders".to_owned(),
        Mark::Metric(name) => name.clone(),
        Mark::Noun(Noun::Product) => "products".to_owned(),
        Mark::Noun(Noun::Item) if different => "products_bought".to_owned(),
        Mark::Noun(Noun::Day) => "avg_days_between_orders".to_owned(),
        Mark::Noun(noun) => noun.count()?.to_owned(),
        Mark::HowOften => "items".to_owned(),
        Mark::ShareOf(name) => name.clone(),
        _ => return None,
    };
    let name = if different && name == "products" { "products_bought".to_owned() } else { name };
    // "over 15 items per order": a mean over somebody's orders.
    if matches!(name.as_str(), "items" | "products" | "orders")
        && let Some(each) = items.next(place).filter(|each| items.mark(*each) == Some(&Mark::Each))
        && let Some(of) = items.next(each)
        && let Some(rate) = match items.mark(of) {
            Some(Mark::Noun(Noun::Order)) if name != "orders" => Some("basket_size"),
            Some(Mark::Noun(Noun::Customer)) if name == "orders" => Some("orders_per_customer"),
            Some(Mark::Noun(Noun::Customer)) if name == "items" => Some("items_per_customer"),
            _ => None,
        }
    {
        return Some((of + 1, rate.to_owned()));
    }
    Some((place + 1, name))
}

/// The noun behind a bound and the things between, with the metric that counts them.
fn unit_of_things(items: &Items, at: usize) -> Option<(usize, &'static str)> {
    let mut place = at + 1;
    let (mut different, mut things) = (false, false);
    loop {
        match items.mark(place)? {
            Mark::Skip | Mark::Link(Link::Of) => {}
            Mark::Distinct => different = true,
            Mark::Where(filters) if filters.iter().all(super::query::of_lines) => {
                if items.places(|mark| Some(mark) == items.mark(place)).len() > 1 {
                    return None;
                }
                things = true;
            }
            Mark::Noun(Noun::Item | Noun::Product) if things => break,
            _ => return None,
        }
        place += 1;
    }
    let product = items.mark(place) == Some(&Mark::Noun(Noun::Product));
    let owner = (0..at).rev().find_map(|place| match items.mark(place) {
        Some(Mark::Noun(noun)) => Some(*noun),
        Some(Mark::ShareOf(name)) if name == "customers" => Some(Noun::Customer),
        Some(Mark::ShareOf(name)) if name == "orders" => Some(Noun::Order),
        _ => None,
    });
    let bought = matches!(owner, Some(Noun::Customer | Noun::Order));
    let name = match (different || product, bought) {
        (true, true) => "products_bought",
        (true, false) => "products",
        (false, _) => "items",
    };
    Some((place, name))
}

/// A condition on the figure of whoever is spoken of: of an order or a customer it is one of their own columns.
/// "never let more than 14 days go by": each gap, not their mean.
fn of_each_gap(items: &Items, at: usize, mark: Mark) -> Mark {
    let denied = (at.saturating_sub(4)..at).any(|place| matches!(items.mark(place), Some(Mark::Never)));
    match mark {
        Mark::Where(filters) if denied && filters.iter().any(|filter| filter.field == "customer_gap") => {
            Mark::Where(
                filters
                    .into_iter()
                    .map(|filter| MetricFilter { field: "days_since_prior_order".to_owned(), ..filter })
                    .collect(),
            )
        }
        mark => mark,
    }
}

fn on_metric(subject: Option<Noun>, name: &str, op: FilterOp, values: &[f64]) -> Mark {
    let field = match (subject, name) {
        (Some(Noun::Order), "items" | "basket_size" | "products" | "products_bought") => Some("order_size"),
        (Some(Noun::Order), "avg_days_between_orders") => Some("days_since_prior_order"),
        (Some(Noun::Customer), "orders" | "orders_per_customer") => Some("customer_orders"),
        (Some(Noun::Customer), "avg_churn_risk") => Some("churn_risk"),
        (Some(Noun::Customer | Noun::Order), "avg_recency_days") => Some("recency_days"),
        (Some(Noun::Customer), "basket_size" | "avg_customer_basket") => Some("customer_basket"),
        (Some(Noun::Customer), "avg_days_between_orders") => Some("customer_gap"),
        (Some(Noun::Customer), "reorder_rate") => Some("customer_reorder_rate"),
        (Some(Noun::Customer), "items_per_customer") => Some("customer_items"),
        (Some(Noun::Customer), "avg_products_per_customer") => Some("customer_products"),
        _ => None,
    };
    match field {
        Some(field) => Mark::Where(vec![condition(field, op, values)]),
        None => {
            let name = if matches!(subject, Some(Noun::Customer | Noun::Order)) && name == "products" {
                "products_bought"
            } else {
                name
            };
            Mark::Having(filter(name, op, values))
        }
    }
}

fn filter(field: &str, op: FilterOp, values: &[f64]) -> MetricFilter {
    condition(field, op, values)
}

/// "a reorder rate that is higher than the overall one", "whose rate exceeds the overall rate".
fn beyond_overall(items: &mut Items) {
    for at in 0..items.len() {
        let op = match items.mark(at) {
            Some(Mark::Cmp(FilterOp::Gt | FilterOp::Ge) | Mark::More(End::High)) => FilterOp::Gt,
            Some(Mark::Cmp(FilterOp::Lt | FilterOp::Le) | Mark::More(End::Low)) => FilterOp::Lt,
            _ => continue,
        };
        let passed = |place: &usize| {
            matches!(items.mark(*place), Some(Mark::Skip | Mark::Than | Mark::Link(Link::That | Link::Of)))
        };
        let whole = (at + 1..items.len()).find(|place| !passed(place));
        let Some(whole) = whole.filter(|place| items.mark(*place) == Some(&Mark::Agg(Agg::Total))) else {
            continue;
        };
        let rate = |place: usize| match items.mark(place) {
            Some(Mark::Metric(name)) if name.ends_with("_rate") || name == "basket_size" => {
                Some(name.clone())
            }
            _ => None,
        };
        let Some(name) = (at.saturating_sub(6)..at).rev().find_map(rate) else { continue };
        let value = FilterValue::Text("overall".to_owned());
        items.set(at, Mark::Having(MetricFilter { field: name.clone(), op, values: vec![value] }));
        items.set(whole, Mark::Skip);
        if items.mark(whole + 1) == Some(&Mark::Metric(name)) {
            items.set(whole + 1, Mark::Skip);
        }
    }
}

/// "above average": of the metric before it, else behind it.
fn overall(items: &mut Items) {
    beyond_overall(items);
    for at in items.places(|mark| matches!(mark, Mark::AboveOverall(_))) {
        let Some(Mark::AboveOverall(op)) = items.mark(at).cloned() else { continue };
        let metric = |place: usize| match items.mark(place) {
            Some(Mark::Metric(name)) => Some(name.clone()),
            Some(Mark::Verb(Verb::Reorder)) => Some("reorder_rate".to_owned()),
            _ => None,
        };
        let found = (0..at).rev().find_map(metric).or_else(|| (at + 1..items.len()).find_map(metric));
        if let Some(name) = found {
            let value = FilterValue::Text("overall".to_owned());
            items.set(at, Mark::Having(MetricFilter { field: name, op, values: vec![value] }));
        }
    }
}

/// "reorder rate by order size": a figure of single orders that is grouped by is no figure of the question.
pub(super) fn grouped_figures(items: &mut Items) {
    for at in 0..items.len() {
        let sized = items.any(|mark| match mark {
            Mark::Where(filters) => filters.iter().any(|filter| {
                filter.field == "order_size" && matches!(filter.op, FilterOp::Between | FilterOp::Le)
            }),
            _ => false,
        });
        let spread = (at + 1..items.len().min(at + 5)).any(|place| items.mark(place) == Some(&Mark::Spread));
        // "the size of the orders …, for small, medium and large orders": the classes say it.
        let classed = items.any(|mark| *mark == Mark::Noun(Noun::SizeBand));
        let counted = items.any(|mark| *mark == Mark::HowMany);
        if classed
            && counted
            && matches!(items.mark(at), Some(Mark::Metric(name)) if name == "basket_size")
            && !items.any(|mark| matches!(mark, Mark::Agg(_)))
        {
            items.set(at, Mark::Skip);
            continue;
        }
        let noun = match items.mark(at) {
            Some(Mark::Metric(name)) if name == "basket_size" && sized => Noun::OrderSize,
            Some(Mark::Metric(name)) if name == "basket_size" => Noun::SizeBand,
            Some(Mark::Metric(name)) if name == "avg_cart_position" => Noun::CartPlace,
            Some(Mark::Metric(name)) if name == "avg_days_between_orders" => Noun::Gap,
            Some(Mark::Metric(name)) if name == "avg_recency_days" => Noun::Recency,
            _ => continue,
        };
        let others = items.0.iter().enumerate().any(|(other, item)| {
            other != at
                && matches!(
                    item.mark,
                    Mark::Metric(_) | Mark::Noun(_) | Mark::HowMany | Mark::Share | Mark::ShareOf(_)
                )
        });
        let ranked = items.any(|mark| matches!(mark, Mark::Rank(..)));
        let placed =
            noun != Noun::CartPlace || items.places(|mark| matches!(mark, Mark::Metric(_))).len() > 1;
        // "by part of the day and order size"
        let behind_group = items.previous(at).is_some_and(|and| {
            items.mark(and) == Some(&Mark::And)
                && matches!(
                    items.before(and),
                    Some(Mark::Noun(
                        Noun::DayPart
                            | Noun::Day
                            | Noun::Hour
                            | Noun::Segment
                            | Noun::Department
                            | Noun::Aisle
                    ))
                )
                && items.previous(and).and_then(|noun| items.before(noun)) == Some(&Mark::Each)
        });
        let grouped = behind_group
            || matches!(items.before(at), Some(Mark::Each | Mark::Spread | Mark::Versus))
            || spread && matches!(noun, Noun::Gap | Noun::Recency)
            || noun == Noun::CartPlace && matches!(items.before(at), Some(Mark::Link(Link::For)));
        if others && !ranked && placed && grouped {
            // "recency distribution: customers per day": the days are those of the recency.
            for place in 0..items.len() {
                if noun == Noun::Recency && items.mark(place) == Some(&Mark::Noun(Noun::Day)) {
                    items.set(place, Mark::Skip);
                }
            }
            items.set(at, Mark::Noun(noun));
        }
    }
}
