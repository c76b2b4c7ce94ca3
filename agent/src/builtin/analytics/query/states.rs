//! States that rows are in: "in the evening", "small", "the second order", "organic", "in produce".
//!
//! Marks → [`State`]s in the order of the question, a list of two taken apart. Two states of one field that stand apart are
//! what a thing is compared in; what is done with them is in `own_sides`.

use query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{is_flag, only, plain};
use crate::builtin::analytics::{
    frame::View,
    item::{Items, Mark, Noun},
    things,
};

/// One state, with the place of its words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    pub(super) at: usize,
    pub(super) filter: MetricFilter,
    /// What it is called, without digits: a text binds its figures to results.
    pub(super) label: String,
}

/// What rows are told apart by.
const FIELDS: [&str; 15] = [
    "days_since_prior_order",
    "day_part",
    "order_hour_of_day",
    "order_dow",
    "order_number",
    "order_size",
    "size_band",
    "order_kind",
    "customer_kind",
    "bought_before",
    "segment_name",
    "department",
    "aisle",
    "product_name",
    "product_id",
];

/// The states that a question names.
pub(super) fn states(items: &Items, view: &View<'_>) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    for (at, item) in items.0.iter().enumerate() {
        match &item.mark {
            Mark::Where(filters) => {
                if let [filter] = filters.as_slice() {
                    states.extend(of_condition(filter, at, view));
                }
            }
            Mark::Noun(noun @ (Noun::Sides(_) | Noun::SizeBand)) => {
                states.extend(of_sides(noun.dimension(), at, view));
            }
            Mark::Metric(name) if name == "reorders" => states.push(bought_before(at, 1, view)),
            Mark::Rest => {
                let opposite = states.last().and_then(|state| things::opposite(&state.filter));
                states.extend(opposite.map(|filter| State { at, filter, label: "the rest".to_owned() }));
            }
            _ => {}
        }
    }
    states
}

/// Whether two states are of one field and no row is in both.
pub(super) fn stand_apart(one: &State, other: &State) -> bool {
    one.filter.field == other.filter.field
        && one.filter != other.filter
        && (super::sides::contradict(&one.filter, &other.filter)
            || one.filter.op.picks() && other.filter.op.picks()
            || things::opposite(&one.filter).as_ref() == Some(&other.filter))
}

fn of_condition(filter: &MetricFilter, at: usize, view: &View<'_>) -> Vec<State> {
    if !FIELDS.contains(&filter.field.as_str()) && !is_flag(filter) {
        return Vec::new();
    }
    let text = view.text(at);
    match (filter.op, filter.values.as_slice()) {
        (FilterOp::In, [_, _]) => {
            let values = filter.values.iter().enumerate();
            let states = values.map(|(place, value)| State {
                at,
                filter: only(filter, value),
                label: match value {
                    FilterValue::Text(_) => plain(value),
                    _ => ["the first of them", "the second of them"][place.min(1)].to_owned(),
                },
            });
            states.collect()
        }
        _ if is_flag(filter) => {
            let text = text.split_whitespace().filter(|word| !is_joint(word));
            vec![State { at, filter: filter.clone(), label: text.collect::<Vec<_>>().join(" ") }]
        }
        _ => vec![State { at, filter: filter.clone(), label: undigited(&text, filter) }],
    }
}

/// Words that join states and name none.
fn is_joint(word: &str) -> bool {
    matches!(word, "than" | "and" | "or" | "the" | "in")
}

/// The words of a state, or what its field is where they hold a figure.
fn undigited(text: &str, filter: &MetricFilter) -> String {
    if !text.is_empty() && !text.chars().any(char::is_numeric) {
        return text.to_owned();
    }
    match filter.op {
        FilterOp::Lt | FilterOp::Le => "those below".to_owned(),
        FilterOp::Gt | FilterOp::Ge => "those above".to_owned(),
        _ => filter.field.replace("order_dow", "day").replace('_', " "),
    }
}

fn bought_before(at: usize, value: i64, view: &View<'_>) -> State {
    let values = vec![FilterValue::Integer(value)];
    let filter = MetricFilter { field: "bought_before".into(), op: FilterOp::Eq, values };
    State { at, filter, label: view.text(at) }
}

/// The two states that stand beside each other as one mark, in the order of the words.
fn of_sides(dimension: &'static str, at: usize, view: &View<'_>) -> Vec<State> {
    /// The value of a dimension, what its words begin with, and what it is called.
    const VALUES: [(&str, &str, &[&str]); 11] = [
        ("bought_before", "1", &["reorder", "rebought", "again", "repeat"]),
        ("bought_before", "0", &["first", "new", "initial"]),
        ("order_kind", "first", &["first", "initial", "opening"]),
        ("order_kind", "later", &["later", "subsequent", "following", "repeat", "other"]),
        ("customer_kind", "new", &["new", "one"]),
        ("customer_kind", "repeat", &["repeat", "returning", "existing"]),
        ("size_band", "small", &["small"]),
        ("size_band", "medium", &["medium", "mid"]),
        ("size_band", "large", &["large", "big"]),
        ("organic", "1", &["organic"]),
        ("organic", "0", &["non", "not", "conventional", "other"]),
    ];
    let text = view.text(at);
    let words: Vec<&str> = text.split([' ', '-', '/']).collect();
    let mut found: Vec<(usize, State)> = Vec::new();
    for (_, value, stems) in VALUES.iter().filter(|(of, ..)| *of == dimension) {
        let Some(place) = words.iter().position(|word| stems.iter().any(|stem| word.starts_with(stem)))
        else {
            continue;
        };
        let typed = value.parse::<i64>().map_or_else(|_| FilterValue::from(*value), FilterValue::Integer);
        let filter = MetricFilter { field: dimension.into(), op: FilterOp::Eq, values: vec![typed] };
        let label = words.get(place).copied().unwrap_or_default().to_owned();
        found.push((place, State { at, filter, label }));
    }
    found.sort_by_key(|(place, _)| *place);
    let states: Vec<State> = found.into_iter().map(|(_, state)| state).collect();
    if states.len() == 2 { states } else { Vec::new() }
}
