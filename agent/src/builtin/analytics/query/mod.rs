//! Last pass: what is asked becomes a typed query.
//!
//! [`Frame`] and items → [`Asked`]: a `MetricQuery`, how it is told, and what was left over. Decides what is grouped by,
//! what only restricts, what a share is a share of, and where a condition on lines picks whole orders or customers.

mod against;
mod axes;
mod beside;
mod best_of_each;
mod classes;
mod cohorts;
pub(super) mod columns;
mod comparisons;
mod concentration;
pub(crate) mod correlation;
mod figures;
mod group_figures;
mod groups;
mod held_items;
mod implied;
mod in_all;
mod joint_orders;
mod order_events;
mod over_groups;
mod own_buyers;
mod own_sides;
mod owners;
mod parts;
mod people;
mod polarity;
mod rankings;
mod reach;
mod selection;
mod sets;
mod share_of_group;
mod shares;
pub(super) mod sides;
mod states;
mod statistics;
mod steps;
mod summaries;
mod superlatives;
mod things_denied;
mod told_apart;
mod two_figures;
mod wished;

use query::metrics::{
    Cohort, CohortOf, Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy, Summary,
};

use self::{
    best_of_each::BestOfEach, concentration::Concentration, correlation::Correlation, held_items::HeldItems,
    in_all::InAll, joint_orders::JointOrders, order_events::OrderEvents, own_buyers::OwnBuyers,
    own_sides::OwnSides, sets::SetFigures, two_figures::TwoFigures,
};
use super::{
    frame::{Frame, Placed, Role, View},
    item::{End, Items, Mark, Noun},
};
use crate::builtin::intent::Shape;

/// Rows of a ranking where nobody says how many.
const DEFAULT_RANKING: u32 = 10;
/// Fields of lines: they can pick orders and customers.
pub(crate) const LINE_FIELDS: [&str; 4] = ["product_name", "product_id", "aisle", "department"];
/// Metrics of whole orders: what one line says cannot restrict them, only which orders count.
pub(crate) const ORDER_METRICS: [&str; 4] =
    ["median_basket_size", "max_basket_size", "avg_days_between_orders", "median_days_between_orders"];
/// Metrics of whole customers.
pub(crate) const CUSTOMER_METRICS: [&str; 20] = [
    "new_customers",
    "repeat_customers",
    "avg_recency_days",
    "censored_customers",
    "avg_churn_risk",
    "median_churn_risk",
    "expected_orders",
    "expected_orders_per_customer",
    "expected_items",
    "lifetime_value",
    "median_orders_per_customer",
    "avg_customer_basket",
    "avg_products_per_customer",
    "median_recency_days",
    "max_recency_days",
    "min_recency_days",
    "min_orders_per_customer",
    "max_orders_per_customer",
    "median_items_per_customer",
    "median_customer_basket",
];

/// What a question asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) query: MetricQuery,
    pub(super) shape: Shape,
    /// Figures that the query cannot hold, told beside it.
    pub(super) more: Vec<(MetricQuery, Shape)>,
    /// The places of words that it accounts for beside their marks.
    pub(super) told: Vec<usize>,
}

/// Why a frame makes no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing about figures is asked.
    NoFigure,
    /// A ranking without saying of what.
    ByWhat(String, bool),
}

/// A condition with its place.
#[derive(Debug, Clone)]
struct Condition {
    filter: MetricFilter,
    at: usize,
}

/// Whether a condition is on a yes or no of a line: an attribute, or whether it was bought before.
fn is_flag(filter: &MetricFilter) -> bool {
    matches!(filter.values.as_slice(), [FilterValue::Integer(0 | 1)])
        && matches!(filter.op, FilterOp::Eq | FilterOp::Ne)
        && !filter.field.starts_with("order_")
        && !filter.field.contains("customer")
        && !["user_id", "cart_place", "recency_days", "days_since_prior_order", "product_id", "aisle_id"]
            .contains(&filter.field.as_str())
}

/// Whether a condition is on what a line holds.
pub(super) fn of_lines(filter: &MetricFilter) -> bool {
    LINE_FIELDS.contains(&filter.field.as_str()) || is_flag(filter)
}

/// Whether a condition leaves something out.
fn is_turned(filter: &MetricFilter) -> bool {
    matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains)
        || is_flag(filter)
            && filter.op == FilterOp::Eq
            && filter.values == [FilterValue::Integer(0)]
            && filter.field == "bought_before"
}

/// Whether a condition says who somebody is.
fn of_customers(filter: &MetricFilter) -> bool {
    filter.field.starts_with("customer_")
        || ["segment_name", "churn_risk", "recency_days", "recency_censored", "orders_band"]
            .contains(&filter.field.as_str())
}

/// A value without quotation marks.
fn plain(value: &FilterValue) -> String {
    match value {
        FilterValue::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The condition on one of the values of a list.
fn only(list: &MetricFilter, value: &FilterValue) -> MetricFilter {
    MetricFilter { op: FilterOp::Eq, values: vec![value.clone()], ..list.clone() }
}

fn cohort(of: CohortOf, filter: MetricFilter) -> Cohort {
    Cohort { of, bought: vec![filter], not: false, ..Cohort::default() }
}

/// Puts the query together.
pub(super) fn query(items: &Items, view: &View<'_>, frame: &Frame) -> Result<Asked, Missing> {
    if let Some(asked) = SetFigures::read(items, view) {
        return Ok(Builder::new(items, view, frame).build_set(&asked));
    }
    match steps::read(items, view) {
        // "the five largest aisles, and the reorder rate": a figure of each of them, not of all together.
        Some(asked) if asked.query.dimensions.is_empty() => match columns::of_ranking(items, view, frame) {
            Some(table) => Ok(table),
            None => Ok(asked),
        },
        Some(asked) => Ok(asked),
        None => one_step(items, view, frame),
    }
}

/// The query of what asks one thing at once.
fn one_step(items: &Items, view: &View<'_>, frame: &Frame) -> Result<Asked, Missing> {
    if let Some(asked) = Correlation::read(items, view, frame) {
        return Ok(Builder::new(items, view, frame).build_correlation(&asked));
    }
    if let Some(asked) = over_groups::read(items, view) {
        return Ok(asked);
    }
    if let Some(asked) = TwoFigures::read(items, view) {
        return Ok(Builder::new(items, view, frame).build_two_figures(&asked));
    }
    if let Some(asked) = OwnBuyers::read(items, view) {
        return Ok(Builder::new(items, view, frame).build_own_buyers(&asked));
    }
    if let Some(asked) = OwnSides::read(items, view, frame) {
        return Ok(Builder::new(items, view, frame).build_own_sides(&asked));
    }
    if let Some(asked) = JointOrders::read(items, view) {
        return Ok(Builder::new(items, view, frame).build_joint_orders(&asked));
    }
    if let Some(asked) = InAll::read(items, view) {
        return Ok(Builder::new(items, view, frame).build_in_all(&asked));
    }
    if HeldItems::read(items, view, frame).is_some() {
        return Ok(Builder::new(items, view, frame).build_held_items());
    }
    if let Some(asked) = OrderEvents::read(items, view, frame) {
        return Ok(Builder::new(items, view, frame).build_events(&asked));
    }
    if let Some(asked) = Concentration::read(items, view) {
        return Ok(Builder::new(items, view, frame).build_concentration(&asked));
    }
    if let Some(best) = BestOfEach::read(items, view) {
        let frame = best.frame(frame, items, view);
        return Ok(Builder::new(items, view, &frame).build_each(&best));
    }
    if let Some(asked) = superlatives::read(items, view, frame) {
        return Ok(asked);
    }
    let whole = query_alone(items, view, frame);
    match columns::read(items, view, frame) {
        Some(table)
            if table.refers || whole.as_ref().map_or(true, |whole| beside::adds(&table.asked, whole)) =>
        {
            Ok(table.asked)
        }
        _ => whole,
    }
}

/// Puts the query of one column together.
fn query_alone(items: &Items, view: &View<'_>, frame: &Frame) -> Result<Asked, Missing> {
    Builder::new(items, view, frame).build()
}

/// The figures that words name, whether or not they make a question.
pub(super) fn figures(items: &Items, view: &View<'_>, frame: &Frame) -> Vec<String> {
    let counted = frame.nouns.iter().any(|placed| matches!(placed.role, Role::Counted | Role::Amount));
    let mut builder = Builder::new(items, view, frame);
    if counted || !frame.metrics.is_empty() {
        builder.metrics(&[], None);
    }
    builder.query.metrics
}

/// "people who have ever bought X": who they are, not what of theirs counts.
fn people_who_bought(tokens: &[crate::builtin::normalise::Token]) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    (0..tokens.len()).any(|at| {
        text(at) == "ever"
            && matches!(text(at + 1), "bought" | "purchased" | "buy" | "ordered" | "tried" | "had")
            && (at.saturating_sub(4)..at)
                .any(|before| matches!(text(before), "who" | "that" | "everyone" | "anyone" | "everybody"))
    })
}

/// Whether hours, days or their parts are spoken of, which can be busy or quiet.
fn havings_of_time(frame: &Frame) -> bool {
    [Noun::Hour, Noun::Day, Noun::DayPart].into_iter().any(|noun| frame.has_noun(noun))
}

fn conditions(items: &Items) -> Vec<Condition> {
    let mut found = Vec::new();
    for (at, item) in items.0.iter().enumerate() {
        if let Mark::Where(filters) = &item.mark {
            found.extend(filters.iter().map(|filter| Condition { filter: filter.clone(), at }));
        }
    }
    found
}

struct Builder<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    frame: &'a Frame,
    query: MetricQuery,
    /// Conditions on rows that are not part of a share.
    base: Vec<Condition>,
    part: Vec<MetricFilter>,
    /// Which end comes first.
    order: Option<End>,
    /// What is ordered by, where it is not the first metric.
    ranked: Option<String>,
    /// Whole orders or customers that are told apart by what they bought and what not.
    told: Option<CohortOf>,
}

impl<'a> Builder<'a> {
    fn new(items: &'a Items, view: &'a View<'a>, frame: &'a Frame) -> Self {
        Self {
            items,
            view,
            frame,
            query: MetricQuery::default(),
            base: conditions(items),
            part: Vec::new(),
            order: None,
            ranked: None,
            told: None,
        }
    }

    fn build(&mut self) -> Result<Asked, Missing> {
        if let Some(asked) = self.share_of_group().or_else(|| self.group_figures()) {
            return Ok(asked);
        }
        self.segments_apart();
        let told_apart = self.told_apart();
        if !told_apart {
            self.polarity();
            self.attribute_pairs();
        }
        self.merge_same_fields();
        let havings = self.havings();
        let listed = self.listed().filter(|_| !told_apart);
        self.metrics(&havings, listed);
        self.who_reordered();
        if told_apart {
            self.measured_of_each();
        }
        self.statistics();
        self.listed_customers();
        self.first_places();
        self.things_denied();
        self.largest_order(listed);
        self.rfm();
        self.median_of_customers();
        self.listed_counts();
        self.expected();
        self.gap_before();
        self.groups(listed, &havings);
        self.sides();
        self.share(&havings);
        self.places_around();
        let ranked = self.rank(listed)?;
        self.compare();
        self.hours_told();
        self.summaries(&havings, listed);
        self.bands();
        self.among();
        self.count_the_whole();
        self.breadth();
        // "hours in which the average basket exceeds 10": the figure of the condition is shown.
        if self.query.metrics.is_empty() && !self.query.dimensions.is_empty() {
            let shown = havings.iter().filter(|having| !having.field.starts_with("share_of_"));
            self.query.metrics = shown.map(|having| having.field.clone()).collect();
        }
        if self.query.metrics.is_empty() {
            return Err(Missing::NoFigure);
        }
        // "orders placed a week after the one before": the gap is the condition, the orders are what is counted.
        if self.query.metrics == ["avg_days_between_orders"]
            && self.frame.has_noun(Noun::Order)
            && self
                .base
                .iter()
                .any(|c| c.filter.field == "days_since_prior_order" && c.filter.op == FilterOp::Eq)
        {
            self.query.metrics = vec!["orders".to_owned()];
        }
        self.places();
        self.gaps();
        self.bought_places();
        self.never_listed(listed);
        self.never_parts();
        self.against_all();
        self.segment_lift();
        self.cohorts();
        self.thresholds(&havings);
        self.reach();
        self.empty_groups();
        if told_apart {
            self.rows_are_sides();
        }
        Ok(self.finish(ranked))
    }

    /// Puts the conditions into the query and says how it is told.
    fn finish(&mut self, ranked: bool) -> Asked {
        // "how many have more than 30 items, and what share is that": the number as well.
        let counted = self.frame.share.as_ref().is_some_and(|(share, _)| {
            self.items.places(|mark| *mark == Mark::HowMany).iter().any(|many| many < share)
                && self.items.any(|mark| *mark == Mark::And || *mark == Mark::Comma)
        });
        self.query.part_values = counted && (!self.part.is_empty() || self.query.has_part());
        let filters = self.base.iter().map(|condition| condition.filter.clone());
        self.query.filters.splice(0..0, filters);
        self.query.part = std::mem::take(&mut self.part);
        Asked {
            shape: self.shape(ranked),
            query: std::mem::take(&mut self.query),
            more: Vec::new(),
            told: Vec::new(),
        }
    }

    fn havings(&self) -> Vec<MetricFilter> {
        let of = |mark: &Mark| if let Mark::Having(filter) = mark { Some(filter.clone()) } else { None };
        self.items.0.iter().filter_map(|item| of(&item.mark)).collect()
    }

    /// The noun whose rows are listed.
    fn listed(&self) -> Option<Placed> {
        // The noun whose rows are counted, else the first.
        let ranked = self.frame.of_role(Role::Listed).find(|placed| placed.limit.is_some());
        let several = self.frame.of_role(Role::Listed).count() > 1;
        ranked.filter(|_| several).or_else(|| self.frame.of_role(Role::Listed).next()).copied()
    }

    fn comparing(&self) -> bool {
        self.items.1
    }

    /// Things of one kind that stand apart: "how often X and how often Y".
    fn merge_same_fields(&mut self) {
        let mut merged: Vec<Condition> = Vec::new();
        let share = self.frame.share.as_ref().map(|(at, _)| *at);
        let predicate = self.predicate(share);
        for condition in std::mem::take(&mut self.base) {
            let named = [
                "product_name",
                "product_id",
                "aisle",
                "department",
                "segment_name",
                "user_id",
                "order_dow",
                "order_hour_of_day",
                "order_number",
                "day_part",
            ]
            .contains(&condition.filter.field.as_str());
            // "of those who buy alcohol, what share buys snacks": two sides, not one list.
            let apart = |known: &Condition| {
                let line = LINE_FIELDS.contains(&condition.filter.field.as_str());
                let between = |at: usize| known.at < at && at < condition.at;
                line && [share, predicate].into_iter().flatten().any(between)
            };
            let known = merged.iter_mut().find(|known| {
                named
                    && !apart(known)
                    && known.filter.field == condition.filter.field
                    && known.filter.op.picks()
                    && condition.filter.op.picks()
            });
            match known {
                Some(known) => {
                    // "evening orders with frozen, as a share of the evening orders": it is the whole's.
                    if known.filter == condition.filter
                        && share.is_some_and(|share| known.at < share && share < condition.at)
                    {
                        known.at = condition.at;
                    }
                    for value in &condition.filter.values {
                        if !known.filter.values.contains(value) {
                            known.filter.values.push(value.clone());
                        }
                    }
                    known.filter.op = if known.filter.values.len() > 1 { FilterOp::In } else { FilterOp::Eq };
                }
                None => match merged.iter_mut().find(|known| {
                    known.filter == condition.filter
                        && share.is_some_and(|share| known.at < share && share < condition.at)
                }) {
                    Some(known) => known.at = condition.at,
                    None => merged.push(condition),
                },
            }
        }
        self.base = merged;
    }

    /// A thing that is grouped by picks rows of the result; a lone department beside its aisles only restricts.
    fn places(&mut self) {
        self.base.dedup_by(|a, b| a.filter == b.filter);
    }

    fn thresholds(&mut self, havings: &[MetricFilter]) {
        if self.query.dimensions.is_empty() {
            return;
        }
        for having in havings {
            self.query.filters.push(having.clone());
            let share = having.field.strip_prefix("share_of_");
            if let Some(metric) = share {
                self.query.share_of_total = true;
                self.add_metric(metric);
            } else {
                let metric = having.field.clone();
                self.add_metric(&metric);
            }
        }
        if self.query.summary == Some(Summary::Count) {
            // Only the number of groups is asked for.
            let fields: Vec<&str> =
                havings.iter().map(|h| h.field.strip_prefix("share_of_").unwrap_or(&h.field)).collect();
            if !fields.is_empty() {
                self.query.metrics = fields.iter().map(|name| (*name).to_owned()).collect();
                self.query.metrics.dedup();
            }
        }
    }

    fn shape(&mut self, ranked: bool) -> Shape {
        let first = self.query.metrics.first().cloned().unwrap_or_default();
        if let Some(end) =
            self.order.filter(|_| !self.query.dimensions.is_empty() || !self.query.slices.is_empty())
        {
            let by = self.ranked.clone().unwrap_or(first);
            let field = if self.query.contrast {
                by
            } else if !self.part.is_empty() || self.query.has_part() {
                format!("part_of_{by}")
            } else if self.query.share_of_total && self.ranked.is_none() && self.frame.share.is_some() {
                format!("share_of_{by}")
            } else {
                by
            };
            let direction = if end == End::High { Direction::Desc } else { Direction::Asc };
            self.query.order_by = vec![OrderBy { field, direction: Some(direction) }];
        }
        // Two sides and their difference are one row.
        let sides = self.query.contrast && self.query.dimensions.is_empty();
        if self.query.summary.is_some()
            || sides
            || (self.query.dimensions.is_empty() && self.query.slices.is_empty())
        {
            return Shape::Single;
        }
        match self.query.limit {
            Some(1) if self.query.limit_per.is_empty() => Shape::Extreme,
            Some(_) => Shape::Ranking,
            None if ranked && self.order.is_some() && self.query.slices.is_empty() => Shape::Breakdown,
            None => Shape::Breakdown,
        }
    }
}
