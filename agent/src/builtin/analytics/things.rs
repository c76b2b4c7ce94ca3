//! Fourth pass: customers by number, aisles, departments, segments, products, attributes, and words in names.
//!
//! Each becomes a condition on rows; several of one kind beside each other become one condition with all of them, and
//! "without" before them turns it round. A word that several aisles share stays a [`Mark::Part`]: the planner asks back.

use query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{
    exclusions::exclusions,
    item::{Items, Link, Mark, Noun, Verb},
    times::condition,
};
use crate::builtin::{
    normalise::Token,
    vocabulary::{Name, NameKind, Vocabulary},
};

/// The field that conditions on attributes are recognised by: their own code.
pub(super) const PRODUCT: &str = "product_name";

/// Reads things.
pub(super) fn things(items: &mut Items, tokens: &[Token], vocabulary: &Vocabulary) {
    single_items(items, tokens);
    customers(items, tokens);
    products_by_number(items);
    name_patterns(items, tokens);
    parts(items);
    names(items, vocabulary);
    words_of_names(items, tokens, vocabulary);
    lists(items);
    exclusions(items, tokens);
    attributes(items);
}

/// "a single item" is a size only where orders are spoken of.
fn single_items(items: &mut Items, tokens: &[Token]) {
    let orders = items.any(|mark| match mark {
        Mark::Noun(Noun::Order) => true,
        Mark::ShareOf(name) | Mark::Metric(name) => {
            matches!(name.as_str(), "orders" | "baskets" | "first_orders")
        }
        Mark::Where(filters) => filters.iter().any(|filter| filter.field == "order_number"),
        _ => false,
    });
    for at in items.places(|mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "order_size" && f.op == FilterOp::Eq))) {
        // "found in one-item orders": the phrase names them itself.
        let named = items.0.get(at).and_then(|item| tokens.get(item.from..item.to)).is_some_and(|words| {
            words.iter().any(|token| matches!(token.stem.as_str(), "order" | "basket" | "cart"))
        });
        if !orders && !named {
            items.set(at, Mark::Skip);
        }
    }
}

/// "customer 42", "customers 1, 2 and 3".
fn customers(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        // "each customer once", "household: the six aisles": a number in words is no id.
        let digits = |place: usize| {
            let written = items.0.get(place).and_then(|item| tokens.get(item.from));
            written.is_some_and(|token| token.text.contains(|c: char| c.is_ascii_digit()))
        };
        let number = |place: usize| match items.mark(place) {
            Some(Mark::Number(value)) if value.fract() == 0.0 && *value >= 0.0 && digits(place) => {
                Some(*value)
            }
            _ => None,
        };
        // "customer # 42", "the customer with id 42"
        let said = |place: usize| {
            let item = items.0.get(place);
            let words = item.and_then(|item| tokens.get(item.from..item.to)).unwrap_or_default();
            words.iter().all(|token| {
                matches!(
                    token.text.as_str(),
                    "#" | "number"
                        | "no"
                        | "nr"
                        | "id"
                        | "with"
                        | "the"
                        | "of"
                        | "called"
                        | "named"
                        | ","
                        | "ids"
                        | "numbers"
                        | "nos"
                )
            })
        };
        let mut place = at + 1;
        while matches!(
            items.mark(place),
            Some(Mark::Skip | Mark::Not | Mark::Link(Link::With) | Mark::HowMany)
        ) && said(place)
            && place < at + 4
        {
            place += 1;
        }
        // "anyone with 100 orders" names nobody.
        if items.mark(at + 1) == Some(&Mark::Link(Link::With)) && place == at + 2 {
            at += 1;
            continue;
        }
        if items.mark(at) == Some(&Mark::Noun(Noun::Customer))
            && let Some(first) = number(place)
            && !matches!(items.mark(place + 1), Some(Mark::CmpAfter(_) | Mark::Percent(_)))
            && (!matches!(items.mark(place + 1), Some(Mark::Noun(_)))
                || is_id_word(items, at, tokens)
                || place == at + 1 && is_owner(items, at, tokens))
        {
            let mut list = vec![first];
            let mut end = place + 1;
            while matches!(items.mark(end), Some(Mark::Comma | Mark::And | Mark::Or | Mark::Versus))
                && let Some(more) = number(end + 1)
            {
                list.push(more);
                end += 2;
            }
            let op = if list.len() == 1 { FilterOp::Eq } else { FilterOp::In };
            items.merge(at, end, Mark::Where(vec![condition("user_id", op, &list)]));
        }
        at += 1;
    }
}

/// The word is in the singular, so the number behind it is no count.
fn is_id_word(items: &Items, at: usize, tokens: &[Token]) -> bool {
    let word = items.0.get(at).and_then(|item| tokens.get(item.to.saturating_sub(1)));
    word.is_some_and(super::scan::is_singular)
}

/// "product 24852".
fn products_by_number(items: &mut Items) {
    for at in 0..items.len() {
        if items.mark(at) == Some(&Mark::Noun(Noun::Product))
            && let Some(Mark::Number(id)) = items.mark(at + 1)
            && !matches!(items.mark(at + 2), Some(Mark::CmpAfter(_) | Mark::HowOften))
            && !matches!(items.mark(at.wrapping_sub(1)), Some(Mark::HowMany))
        {
            let filter = condition("product_id", FilterOp::Eq, &[*id]);
            items.merge(at, at + 2, Mark::Where(vec![filter]));
        }
    }
}

/// "chocolate in its name", "called something with chocolate", "the word organic".
fn name_patterns(items: &mut Items, tokens: &[Token]) {
    let text = |items: &Items, at: usize| {
        let item = items.0.get(at)?;
        let words = tokens.get(item.from..item.to)?;
        Some(words.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" "))
    };
    let is_word = |mark: Option<&Mark>| {
        matches!(mark, Some(Mark::Word | Mark::Name(_) | Mark::Part(_) | Mark::Attribute(..)))
    };
    let mut at = 0;
    while at < items.len() {
        if items.mark(at) != Some(&Mark::Called) {
            at += 1;
            continue;
        }
        let backwards = text(items, at).is_some_and(|phrase| phrase.starts_with("in "));
        let found = if backwards {
            items.previous(at).filter(|before| is_word(items.mark(*before)))
        } else {
            // "called something with chocolate", "the word 'chocolate'"
            let mut next = at + 1;
            while matches!(
                items.mark(next),
                Some(
                    Mark::Skip
                        | Mark::Called
                        | Mark::Link(Link::With)
                        | Mark::Noun(Noun::Item | Noun::Product)
                )
            ) {
                next += 1;
            }
            is_word(items.mark(next)).then_some(next)
        };
        let Some(word) = found.and_then(|place| text(items, place).map(|word| (place, word))) else {
            at += 1;
            continue;
        };
        let (place, word) = word;
        let (from, to) = (place.min(at), place.max(at) + 1);
        // "with chocolate in its name": the preposition belongs to it.
        let from = match from.checked_sub(1).and_then(|before| items.mark(before)) {
            Some(Mark::Link(Link::With)) if backwards => from - 1,
            _ => from,
        };
        let filter = match items.mark(place) {
            // "the word organic" is what its attribute says.
            Some(Mark::Attribute(code, _)) if code.replace('_', " ") == word => {
                condition(code, FilterOp::Eq, &[1.0])
            }
            _ => MetricFilter {
                field: PRODUCT.into(),
                op: FilterOp::Contains,
                values: vec![FilterValue::Text(stem_of(&word))],
            },
        };
        items.merge(from, to, Mark::Where(vec![filter]));
        at = from + 1;
    }
    // A left-over "called" says nothing: "the segment called X".
    for at in 0..items.len() {
        if items.mark(at) == Some(&Mark::Called) {
            items.set(at, Mark::Skip);
        }
    }
}

/// Names hold "Chocolate" and "Chocolates": the shorter form finds both.
fn stem_of(word: &str) -> String {
    crate::builtin::normalise::stem(word)
}

/// Words that only part of an aisle's or a department's name has: those beside each other narrow the choice.
fn parts(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let Some(Mark::Part(first)) = items.mark(at).cloned() else {
            at += 1;
            continue;
        };
        let mut names = first;
        let mut end = at + 1;
        while let Some(Mark::Part(more)) = items.mark(end) {
            let both: Vec<Name> = names.iter().filter(|name| more.contains(name)).cloned().collect();
            if both.is_empty() {
                break;
            }
            names = both;
            end += 1;
        }
        names.sort_by_key(|name| (name.kind, name.id));
        names.dedup();
        match items.mark(end) {
            Some(Mark::Noun(Noun::Department)) => names.retain(|name| name.kind == NameKind::Department),
            Some(Mark::Noun(Noun::Aisle)) => names.retain(|name| name.kind == NameKind::Aisle),
            _ => {}
        }
        // "dairy": the one department among aisles that have the word.
        let departments: Vec<&Name> = names.iter().filter(|name| name.kind == NameKind::Department).collect();
        // One word of a longer aisle name means the aisle only where a thing is named.
        let placed = end > at + 1
            || matches!(items.mark(end), Some(Mark::Noun(_)))
            || !matches!(
                items.before(at),
                Some(
                    Mark::Link(Link::On | Link::At | Link::To | Link::That | Link::Is)
                        | Mark::Skip
                        | Mark::Word
                )
            );
        let chosen = match (names.as_slice(), departments.as_slice()) {
            ([only], _) if placed || only.kind == NameKind::Department => Some(only.clone()),
            ([_], _) => None,
            (_, [department]) => Some((*department).clone()),
            _ => None,
        };
        if let Some(name) = chosen {
            items.merge(at, end, Mark::Name(vec![name]));
        } else if names.is_empty() || names.len() == 1 {
            items.merge(at, end, Mark::Word);
        } else {
            items.merge(at, end, Mark::Part(names));
        }
        at += 1;
    }
}

/// The reading of a name that fits its surroundings, as a condition.
fn names(items: &mut Items, vocabulary: &Vocabulary) {
    let mut at = 0;
    while at < items.len() {
        let Some(Mark::Name(names)) = items.mark(at).cloned() else {
            at += 1;
            continue;
        };
        let noun = |place: Option<usize>| match place.and_then(|place| items.mark(place)) {
            Some(Mark::Noun(noun)) => Some(*noun),
            _ => None,
        };
        let kind_of = |noun: Noun| match noun {
            Noun::Department => Some(NameKind::Department),
            Noun::Aisle => Some(NameKind::Aisle),
            Noun::Segment => Some(NameKind::Segment),
            Noun::Product => Some(NameKind::Product),
            _ => None,
        };
        let of_kind = |kind: NameKind| names.iter().find(|name| name.kind == kind).cloned();
        // "the produce department" and "the department produce"; but "produce aisles" are aisles of produce.
        let behind = noun(Some(at + 1)).and_then(kind_of).filter(|kind| *kind != NameKind::Product);
        let before = noun(items.previous(at)).and_then(kind_of);
        let singular_before =
            before.filter(|_| !matches!(items.mark(at.wrapping_sub(1)), Some(Mark::Link(_))));
        let (name, from, to) = if let Some(name) = behind.and_then(of_kind) {
            (Some(name), at, at + 2)
        } else if let Some(name) = singular_before.and_then(of_kind) {
            (Some(name), items.previous(at).unwrap_or(at), at + 1)
        } else {
            let order = [NameKind::Department, NameKind::Aisle, NameKind::Segment, NameKind::Product];
            (order.into_iter().find_map(of_kind), at, at + 1)
        };
        let Some(name) = name else {
            at += 1;
            continue;
        };
        // "departments produce and frozen" keeps its noun for the grouping only where it is ranked or listed.
        let keeps = from < at
            && matches!(
                items.before(from),
                Some(Mark::Each | Mark::Rank(..) | Mark::Which | Mark::Number(_))
            );
        let from = if keeps { at } else { from };
        let field = match name.kind {
            NameKind::Department => "department",
            NameKind::Aisle => "aisle",
            NameKind::Segment => "segment_name",
            NameKind::Product => PRODUCT,
        };
        let filter = if name.kind == NameKind::Product && vocabulary.has_namesakes(&name.text) {
            // Two products of one name: the one that is bought most is meant, not both together.
            condition("product_id", FilterOp::Eq, &[f64::from(name.id)])
        } else {
            MetricFilter { field: field.into(), op: FilterOp::Eq, values: vec![FilterValue::Text(name.text)] }
        };
        items.merge(from, to, Mark::Where(vec![filter]));
        at = from + 1;
    }
}

/// A word that only product names have: the products with it in their names.
fn words_of_names(items: &mut Items, tokens: &[Token], vocabulary: &Vocabulary) {
    for at in 0..items.len() {
        if items.mark(at) != Some(&Mark::Word) {
            continue;
        }
        let Some(item) = items.0.get(at) else { continue };
        let words = tokens.get(item.from..item.to).unwrap_or_default();
        let [token] = words else { continue };
        // Only a word that is used as a thing: "buy chocolate", "with chocolate", "chocolate products".
        let used = matches!(
            items.before(at),
            Some(Mark::Verb(Verb::Buy | Verb::Reorder) | Mark::HowMany | Mark::Not)
        ) || matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Product | Noun::Item)));
        if used && vocabulary.is_product_word(&token.text) {
            let filter = MetricFilter {
                field: PRODUCT.into(),
                op: FilterOp::Contains,
                values: vec![FilterValue::Text(token.stem.clone())],
            };
            items.set(at, Mark::Where(vec![filter]));
        }
    }
}

/// One condition of a mark that picks values.
fn picked(mark: Option<&Mark>) -> Option<&MetricFilter> {
    match mark? {
        Mark::Where(filters) => match filters.as_slice() {
            [filter] if matches!(filter.op, FilterOp::Eq | FilterOp::In | FilterOp::Contains) => Some(filter),
            _ => None,
        },
        _ => None,
    }
}

/// Conditions of one field beside each other: one condition with all values.
fn lists(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let Some(first) = picked(items.mark(at)).cloned() else {
            at += 1;
            continue;
        };
        let mut values = first.values.clone();
        let mut end = at + 1;
        let mut listed = false;
        loop {
            let next = (end..(end + 5).min(items.len()))
                .find(|place| matches!(items.mark(*place), Some(Mark::Where(_))));
            let joined = |place: usize| {
                (end..place).all(|between| {
                    matches!(
                        items.mark(between),
                        Some(
                            Mark::Comma
                                | Mark::And
                                | Mark::Or
                                | Mark::Versus
                                | Mark::Skip
                                | Mark::Than
                                | Mark::Rank(..)
                                | Mark::More(_)
                                | Mark::Link(
                                    Link::To
                                        | Link::In
                                        | Link::On
                                        | Link::For
                                        | Link::At
                                        | Link::With
                                        | Link::Of
                                        | Link::From
                                )
                        )
                    )
                }) && (end..place).any(|between| {
                    matches!(
                        items.mark(between),
                        Some(Mark::Comma | Mark::And | Mark::Or | Mark::Versus | Mark::Than)
                    )
                })
            };
            let contrasted = |place: usize| {
                items.0.iter().take(at).any(|item| item.mark == Mark::Versus)
                    && (end..place).all(|between| {
                        matches!(items.mark(between), Some(Mark::Skip | Mark::Link(Link::With | Link::To)))
                    })
            };
            let parts_of_day = first.field == "day_part";
            let beside = |place: usize| (end..place).all(|between| items.mark(between) == Some(&Mark::Skip));
            let Some(next) =
                next.filter(|next| joined(*next) || contrasted(*next) || (parts_of_day && beside(*next)))
            else {
                break;
            };
            let Some(more) = picked(items.mark(next)).filter(|more| more.field == first.field) else { break };
            if (more.op == FilterOp::Contains) != (first.op == FilterOp::Contains) {
                break;
            }
            // "on day 0, on day 1, … on day 6"
            let elided = (end..next).any(|between| items.mark(between) == Some(&Mark::Link(Link::To)));
            if let (true, Some(FilterValue::Integer(from)), Some(FilterValue::Integer(to))) =
                (elided, values.last().cloned(), more.values.first())
            {
                if !(from..=from + 100).contains(to) {
                    break;
                }
                values.extend((from + 1..*to).map(FilterValue::Integer));
                listed = true;
            } else if elided {
                break;
            }
            for value in &more.values {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
            end = next + 1;
        }
        if end > at + 1 {
            let op = match (first.op, values.len()) {
                (FilterOp::Contains, _) => FilterOp::Contains,
                (_, 1) => FilterOp::Eq,
                _ => FilterOp::In,
            };
            items.merge(at, end, Mark::Where(vec![MetricFilter { field: first.field, op, values }]));
            // Who names a row of them one by one wants each.
            items.1 |= listed;
        }
        // "produce and bakery departments": the noun behind a list belongs to it.
        let kind = picked(items.mark(at)).map(|filter| filter.field.clone());
        let noun = match items.mark(at + 1) {
            Some(Mark::Noun(noun)) => Some(noun.dimension()),
            _ => None,
        };
        if kind.is_some() && kind.as_deref() == noun && kind.as_deref() != Some(PRODUCT) {
            let mark = items.mark(at).cloned().unwrap_or(Mark::Skip);
            items.merge(at, at + 2, mark);
        }
        at += 1;
    }
}

/// The condition that keeps what another leaves out; none for a range, which has two other sides.
pub(super) fn opposite(filter: &MetricFilter) -> Option<MetricFilter> {
    (filter.op != FilterOp::Between).then(|| turned(filter))
}

/// "customer 310's orders", not "per customer 5 items": one customer, whose number stands right behind.
fn is_owner(items: &Items, at: usize, tokens: &[Token]) -> bool {
    let item = items.0.get(at);
    let word = item.and_then(|item| tokens.get(item.to.checked_sub(1)?));
    let number = item.and_then(|item| tokens.get(item.to));
    let owned = number.zip(item.and_then(|item| tokens.get(item.to + 1))).is_some_and(|(number, next)| {
        // The possessive is no token of its own: it leaves a gap.
        next.start > number.end + 1
    });
    owned && word.is_some_and(super::scan::is_singular) && items.before(at) != Some(&Mark::Each)
}

/// The condition that keeps what another leaves out.
pub(super) fn turned(filter: &MetricFilter) -> MetricFilter {
    let op = match filter.op {
        FilterOp::Eq => FilterOp::Ne,
        FilterOp::Ne => FilterOp::Eq,
        FilterOp::In => FilterOp::NotIn,
        FilterOp::NotIn => FilterOp::In,
        FilterOp::Contains => FilterOp::NotContains,
        FilterOp::NotContains => FilterOp::Contains,
        FilterOp::Lt => FilterOp::Ge,
        FilterOp::Le => FilterOp::Gt,
        FilterOp::Gt => FilterOp::Le,
        FilterOp::Ge => FilterOp::Lt,
        FilterOp::Between => return outside(filter),
    };
    MetricFilter { op, ..filter.clone() }
}

/// What lies outside a range of hours, days or order numbers: none of its values.
fn outside(filter: &MetricFilter) -> MetricFilter {
    /// More are no list that a reader would want to see.
    const MOST: i64 = 100;
    let [FilterValue::Integer(low), FilterValue::Integer(high)] = filter.values.as_slice() else {
        return filter.clone();
    };
    let counted = matches!(filter.field.as_str(), "order_hour_of_day" | "order_dow" | "order_number");
    if !counted || low > high || high - low > MOST {
        return filter.clone();
    }
    let values = (*low..=*high).map(FilterValue::Integer).collect();
    MetricFilter { op: FilterOp::NotIn, values, ..filter.clone() }
}

/// Attributes become conditions; an attribute and its opposite side by side are compared, which the frame sees.
fn attributes(items: &mut Items) {
    let mut codes: Vec<(&'static str, bool, usize)> = Vec::new();
    for at in 0..items.len() {
        if let Some(Mark::Attribute(code, states)) = items.mark(at) {
            codes.push((code, *states, at));
        }
    }
    for (code, states, at) in codes {
        let filter = condition(code, FilterOp::Eq, &[f64::from(u8::from(states))]);
        items.set(at, Mark::Where(vec![filter]));
    }
}
