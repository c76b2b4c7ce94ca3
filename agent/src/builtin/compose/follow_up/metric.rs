//! A question about figures, changed by what the next message names.
//!
//! query before, [`Fragment`], [`Cues`] → the query with other conditions, figures, groups, rows or order. What the
//! message does not mention stays. `beside` puts old and new next to each other, `figures` changes what is measured, `rows`
//! and `shares` the rest. Pure.

mod beside;
mod figures;
mod rows;
mod shares;

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery};

use super::{
    bounds,
    cues::Cues,
    topic::{Kind, PlannedTurn},
};
use crate::builtin::{
    analytics::{CUSTOMER_METRICS, Fragment, LINE_FIELDS, ORDER_METRICS, Stated},
    intent::{MetricIntent, Shape},
};

/// Fields that stand for one another: a new condition on one takes the place of those on the others.
const FAMILIES: [&[&str]; 2] =
    [&["department", "aisle", "product_name", "product_id"], &["order_hour_of_day", "day_part"]];

pub(super) fn family(field: &str) -> Vec<&str> {
    FAMILIES
        .iter()
        .find(|fields| fields.contains(&field))
        .map_or_else(|| vec![field], |fields| fields.to_vec())
}

/// Whether a condition says what a name states: organic, vegan.
fn is_attribute(filter: &MetricFilter) -> bool {
    domain::attributes::Attribute::from_name(&filter.field).is_some()
}

/// Whether a condition is about one line of an order.
pub(super) fn is_of_lines(filter: &MetricFilter) -> bool {
    LINE_FIELDS.contains(&filter.field.as_str()) || is_attribute(filter)
}

/// Whether a condition takes the place of those before, rather than joining them.
fn replaces(filter: &MetricFilter) -> bool {
    !matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::Contains | FilterOp::NotContains)
}

/// Changes the question before; `None` where nothing of the message fits it.
pub(crate) fn edit(
    before: &MetricIntent,
    fragment: &Fragment,
    cues: &Cues,
    turn: &PlannedTurn<'_>,
) -> Option<MetricIntent> {
    let mut query = before.query.clone();
    super::difference::side_by_side_again(&mut query);
    let fragment = &picking(fragment, cues, &query);
    let mut edit = Edit { query, chart: before.chart, fragment, cues, turn, changed: false, ratio: false };
    edit.apply()?;
    if !edit.changed {
        return None;
    }
    let shape = edit.shape(before.shape);
    Some(MetricIntent { query: edit.query, shape, chart: edit.chart })
}

/// "which one has the biggest baskets": the upper end of the baskets that were measured, rather than the biggest basket.
fn picking(fragment: &Fragment, cues: &Cues, before: &MetricQuery) -> Fragment {
    let mut fragment = fragment.clone();
    let measured = before.metrics.first().is_some_and(|metric| metric.ends_with("basket_size"));
    let rows = !before.dimensions.is_empty() || !before.slices.is_empty();
    let largest = fragment.metrics.iter().any(|metric| metric == "max_basket_size");
    let orders = fragment.listed.as_ref().is_some_and(|listed| listed.dimension == "order_id");
    if cues.picks && measured && rows && (largest || orders) {
        fragment.metrics.clear();
        fragment.listed = None;
        fragment.highest = fragment.highest.or(Some(true));
    }
    // "the fourth one: products?": how many there are.
    let counts = [
        "items",
        "orders",
        "customers",
        "products",
        "aisles",
        "departments",
        "products_bought",
        "products_never_bought",
    ];
    let counted = before.metrics.iter().all(|metric| counts.contains(&metric.as_str()));
    let plural = cues.tokens.iter().any(|token| token.text == "products");
    if fragment.bare == Some("product_name")
        && plural
        && counted
        && fragment.metrics.is_empty()
        && (!fragment.stated.is_empty() || !rows)
        && fragment.listed.is_none()
        && fragment.highest.is_none()
        && !cues.plural
        && !cues.tokens.iter().any(|token| matches!(token.text.as_str(), "by" | "per" | "each" | "which"))
    {
        fragment.bare = None;
        fragment.metrics = vec!["products".to_owned()];
    }
    // "as shares of the aisle's items": of the aisle that is spoken of.
    let spoken_of = |metric: &String| {
        let field = match metric.as_str() {
            "aisles" => "aisle",
            "departments" => "department",
            _ => return false,
        };
        before.filters.iter().any(|filter| filter.field == field && filter.op == FilterOp::Eq)
    };
    if fragment.share && !fragment.counts {
        fragment.metrics.retain(|metric| !spoken_of(metric));
    }
    // "over orders with more than 15 items only", of what is measured of orders: a condition on them.
    let sized = fragment.stated.iter().any(|one| one.filter.field == "order_size");
    let scope = cues.tokens.windows(2).any(|pair| {
        let [before, orders] = pair else { return false };
        matches!(before.text.as_str(), "over" | "among" | "across" | "for" | "in" | "of" | "only" | "just")
            && orders.stem == "order"
    });
    if sized && scope && measured && !fragment.counts {
        fragment.metrics.retain(|metric| metric != "orders");
    }
    // "what is the maximum?", of rows.
    if fragment.max && rows && fragment.metrics.is_empty() && fragment.listed.is_none() {
        fragment.highest = fragment.highest.or(Some(true));
        fragment.max = false;
    }
    // "how many of them never sold?", of products.
    let products =
        before.metrics.iter().any(|metric| matches!(metric.as_str(), "products" | "products_never_bought"));
    // "how many from the aisle", where one is spoken of, counts no aisles.
    let singular = |word: &str| {
        cues.tokens
            .windows(2)
            .any(|pair| matches!(pair, [the, noun] if the.text == "the" && noun.text == word))
    };
    fragment.metrics.retain(|metric| {
        let noun = if metric == "aisles" { "aisle" } else { "department" };
        !(spoken_of(metric) && singular(noun))
    });
    // "how many of those were bought at least once?"
    let once = ["once", "ever", "purchased", "sold", "bought", "sell"];
    let says = |word: &str| cues.tokens.iter().any(|token| token.text == word);
    if products && !fragment.never && fragment.verb && fragment.counts && once.iter().any(|word| says(word)) {
        fragment.metrics = vec!["products_bought".to_owned()];
        fragment.havings.clear();
    }
    if fragment.never && products && fragment.metrics.iter().all(|metric| metric.starts_with("products")) {
        fragment.metrics = vec!["products_never_bought".to_owned()];
    }
    fragment
}

struct Edit<'a> {
    query: MetricQuery,
    chart: bool,
    fragment: &'a Fragment,
    cues: &'a Cues,
    turn: &'a PlannedTurn<'a>,
    changed: bool,
    /// A count became what it is on average.
    ratio: bool,
}

impl Edit<'_> {
    fn apply(&mut self) -> Option<()> {
        self.telling();
        self.clear();
        self.unshare();
        self.forget();
        self.pin_rows();
        self.others();
        self.changed |= self.fragment.havings.is_empty() && bounds::rebound(&mut self.query, self.fragment);
        self.conditions()?;
        self.figures();
        self.groups();
        self.rows();
        self.rank()?;
        self.number();
        self.share();
        self.sort();
        self.settle();
        Some(())
    }

    // ---- telling

    fn telling(&mut self) {
        let draws = self.cues.draws && !self.query.dimensions.is_empty();
        self.changed |= draws && self.chart;
        if (self.fragment.chart || draws) && !self.chart {
            self.chart = true;
            self.changed = true;
        }
        if self.fragment.table || (self.chart && self.fragment.explained.is_empty()) {
            self.chart = false;
            self.changed = true;
        }
    }

    // ---- conditions

    /// "all day together", "overall".
    fn clear(&mut self) {
        if !self.cues.clears {
            return;
        }
        let timed = ["order_hour_of_day", "day_part", "order_dow"];
        let count = self.query.filters.len();
        if self.query.filters.iter().any(|filter| timed.contains(&filter.field.as_str())) {
            self.query.filters.retain(|filter| !timed.contains(&filter.field.as_str()));
            self.query.dimensions.retain(|name| !timed.contains(&name.as_str()));
        } else {
            self.query.filters.retain(|filter| filter.field != "user_id");
        }
        // "of all orders", behind large ones.
        let sizes = ["order_size", "size_band", "order_number", "order_kind"];
        if self.query.filters.len() == count && self.cues.tokens.len() <= 12 {
            self.query.filters.retain(|filter| !sizes.contains(&filter.field.as_str()));
        }
        // "and overall?", of a place or a segment.
        if self.query.filters.len() == count && !self.fragment.share {
            let of_things = |filter: &MetricFilter| {
                LINE_FIELDS.contains(&filter.field.as_str()) || filter.field == "segment_name"
            };
            self.query.filters.retain(|filter| !of_things(filter));
            let cohorts = self.query.cohorts.len();
            self.query.cohorts.retain(|cohort| !cohort.bought.iter().all(of_things));
            self.changed |= self.query.cohorts.len() != cohorts;
        }
        self.changed |= self.query.filters.len() != count;
    }

    /// "forget first orders", "drop the department": conditions that were set are taken back.
    fn forget(&mut self) {
        // "without the department": no condition on departments.
        if !(self.cues.forgets || self.cues.drops && self.fragment.stated.is_empty()) {
            return;
        }
        let said = self.cues.tokens.iter().filter_map(|token| Kind::of_word(&token.text)).map(Kind::column);
        let grouped = self.fragment.grouped.iter().copied();
        let stated = &self.fragment.stated;
        // "drop the milk aisle" drops no other aisle.
        let of_stated = |field: &&str| stated.iter().any(|one| one.filter.field == *field);
        let named = self.fragment.bare.into_iter().chain(grouped).chain(said);
        let named: Vec<&str> = named.filter(|field| !of_stated(field)).collect();
        let taken_back = |known: &MetricFilter| {
            named.contains(&known.field.as_str())
                || stated
                    .iter()
                    .any(|one| one.filter.field == known.field && one.filter.values == known.values)
        };
        let count = self.query.filters.len() + self.query.part.len() + self.query.cohorts.len();
        self.query.filters.retain(|known| !taken_back(known));
        self.query.part.retain(|known| !taken_back(known));
        self.query.cohorts.retain(|cohort| !cohort.bought.iter().any(taken_back));
        self.changed |= count != self.query.filters.len() + self.query.part.len() + self.query.cohorts.len();
    }

    /// Whether a condition was just taken back.
    fn forgotten(&self, one: &Stated, before: &MetricQuery) -> bool {
        self.cues.forgets
            && before
                .filters
                .iter()
                .chain(&before.part)
                .any(|known| known.field == one.filter.field && known.values == one.filter.values)
    }

    /// "their reorder rates", of a ranking: just its rows.
    fn pin_rows(&mut self) {
        // "their top 3 aisles": of whoever the ranking was about, not of its rows.
        let asks = (!self.fragment.metrics.is_empty() || !self.fragment.grouped.is_empty())
            && self.fragment.listed.is_none()
            || self.cues.each;
        let ranked = self.query.limit.is_some() && self.query.summary.is_none();
        if !((self.cues.plural || self.cues.picks) && asks && ranked) {
            return;
        }
        let Some(kind) = self.turn.row_kind() else { return };
        let values: Vec<FilterValue> = self.turn.rows(kind).iter().map(super::topic::Thing::value).collect();
        if values.is_empty() {
            return;
        }
        let field = kind.column();
        self.query.filters.retain(|filter| filter.field != field);
        let op = if values.len() == 1 { FilterOp::Eq } else { FilterOp::In };
        self.query.filters.push(MetricFilter { field: field.into(), op, values });
        self.query.limit = None;
        self.query.order_by.clear();
    }

    /// "all the other segments": the condition goes, its field is listed.
    fn others(&mut self) {
        if !self.cues.others {
            return;
        }
        let named = self.fragment.bare.or(self.fragment.grouped.first().copied());
        if named.is_none() && self.complement() {
            return;
        }
        let field = named.map(str::to_owned).or_else(|| {
            self.query.filters.iter().find(|filter| filter.op == FilterOp::Eq).map(|f| f.field.clone())
        });
        let Some(field) = field else { return };
        let count = self.query.filters.len();
        self.query.filters.retain(|filter| filter.field != field);
        if self.query.filters.len() == count {
            return;
        }
        self.group_only_by(&field);
        self.changed = true;
    }

    /// "and for the rest?", behind a bound or what a name says: those that it left out.
    fn complement(&mut self) -> bool {
        let opposite = |filter: &MetricFilter| {
            let op = match filter.op {
                FilterOp::Gt => FilterOp::Le,
                FilterOp::Ge => FilterOp::Lt,
                FilterOp::Lt => FilterOp::Ge,
                FilterOp::Le => FilterOp::Gt,
                _ => return None,
            };
            Some(MetricFilter { op, ..filter.clone() })
        };
        let turned = |filter: &MetricFilter| match filter.values.as_slice() {
            [FilterValue::Integer(flag @ (0 | 1))] if is_attribute(filter) => {
                Some(MetricFilter { values: vec![FilterValue::Integer(1 - flag)], ..filter.clone() })
            }
            _ => None,
        };
        let filters = self.query.filters.iter_mut().chain(&mut self.query.part);
        let found = filters.rev().find_map(|filter| {
            let other = opposite(filter).or_else(|| turned(filter))?;
            *filter = other;
            Some(())
        });
        let denied = found.or_else(|| {
            let [cohort] = self.query.cohorts.as_mut_slice() else { return None };
            cohort.not = !cohort.not;
            Some(())
        });
        self.changed |= denied.is_some();
        denied.is_some()
    }

    fn group_only_by(&mut self, field: &str) {
        if !self.query.dimensions.iter().any(|name| name == field) {
            self.query.dimensions.insert(0, field.to_owned());
        }
    }

    fn conditions(&mut self) -> Option<()> {
        let stated = self.corrected();
        for one in &stated {
            if self.forgotten(one, &self.turn_query()) {
                continue;
            }
            if self.narrow_name(one)
                || self.compare(one)
                || self.other_set(&one.filter)
                || self.other_attribute(&one.filter)
            {
                self.changed = true;
                continue;
            }
            if !self.hold_none(&one.filter) && !self.hold_again(&one.filter) {
                self.put(&one.filter);
            }
            self.changed = true;
        }
        for having in &self.fragment.havings {
            if self.fragment.listed.is_none() && bounds::how_often(&mut self.query, having) {
                self.changed = true;
                continue;
            }
            // "with more than 40 items", of orders that were bounded: their size.
            if self.query.dimensions.is_empty() && bounds::resize(&mut self.query, having) {
                self.changed = true;
                continue;
            }
            // "just those with 10 orders or more", of customers.
            if self.query.dimensions.is_empty()
                && having.field == "orders"
                && self.counted() == Some(CohortOf::Customers)
            {
                self.put(&MetricFilter { field: "customer_orders".into(), ..having.clone() });
                self.changed = true;
                continue;
            }
            self.query.filters.retain(|filter| filter.field != having.field);
            if self.query.dimensions.is_empty()
                && self.fragment.listed.is_none()
                && self.fragment.grouped.is_empty()
            {
                return None;
            }
            self.query.filters.push(having.clone());
            if self.query.metrics.iter().all(|metric| *metric != having.field) {
                self.query.metrics.push(having.field.clone());
            }
            self.changed = true;
        }
        Some(())
    }

    /// "dark chocolate to be exact", behind names with "chocolate": those words in the name, whether or not a product is
    /// called just so.
    fn narrow_name(&mut self, one: &Stated) -> bool {
        let words = one.words.to_lowercase();
        let named = one.filter.field == "product_name" && one.filter.op == FilterOp::Eq;
        let narrows = |known: &&mut MetricFilter| {
            known.field == "product_name"
                && known.op == FilterOp::Contains
                && matches!(known.values.as_slice(), [FilterValue::Text(text)] if words != *text && words.contains(text.as_str()))
        };
        let Some(known) = self.query.filters.iter_mut().find(narrows).filter(|_| named) else { return false };
        known.values = vec![FilterValue::Text(words)];
        true
    }

    /// "without milk?", of orders or customers: those that hold none, rather than what else they hold.
    fn hold_none(&mut self, filter: &MetricFilter) -> bool {
        let negated = matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains);
        let of_lines = |name: &String| LINE_FIELDS.contains(&name.as_str());
        let of = self.counted().filter(|_| negated && is_of_lines(filter));
        let Some(of) = of.filter(|_| !self.query.dimensions.iter().any(of_lines)) else { return false };
        let op = match filter.op {
            FilterOp::Ne => FilterOp::Eq,
            FilterOp::NotIn => FilterOp::In,
            _ => FilterOp::Contains,
        };
        let held = MetricFilter { op, ..filter.clone() };
        let same = |known: &MetricFilter| known.field == held.field && known.values == held.values;
        self.query.filters.retain(|known| !same(known));
        self.query.cohorts.retain(|cohort| !cohort.bought.iter().any(same));
        self.query.cohorts.push(Cohort { of, bought: vec![held], not: true, ..Cohort::default() });
        true
    }

    /// "and those with it?", behind those without: what was not held is held.
    fn hold_again(&mut self, filter: &MetricFilter) -> bool {
        let same = |known: &MetricFilter| known.field == filter.field && known.values == filter.values;
        let mut cohorts = self.query.cohorts.iter_mut();
        let Some(cohort) = cohorts.find(|cohort| cohort.not && cohort.bought.iter().any(same)) else {
            return false;
        };
        cohort.not = !filter.op.picks();
        !cohort.not
    }

    /// Whether whole orders or whole customers are what is measured.
    fn counted(&self) -> Option<CohortOf> {
        let metric = self.query.metrics.first()?.as_str();
        if metric == "orders" || metric == "basket_size" || ORDER_METRICS.contains(&metric) {
            Some(CohortOf::Orders)
        } else if metric == "customers" || CUSTOMER_METRICS.contains(&metric) {
            Some(CohortOf::Customers)
        } else {
            None
        }
    }

    /// "milk and bread?", behind orders that hold both milk and eggs: those that hold these.
    fn other_set(&mut self, filter: &MetricFilter) -> bool {
        let fields = family(&filter.field);
        let like = |cohort: &Cohort| {
            !cohort.not
                && matches!(cohort.bought.as_slice(), [known] if fields.contains(&known.field.as_str()) && known.op.picks())
        };
        let places: Vec<usize> = self
            .query
            .cohorts
            .iter()
            .enumerate()
            .filter(|(_, cohort)| like(cohort))
            .map(|(at, _)| at)
            .collect();
        let several = filter.op == FilterOp::In;
        if places.len() < 2 || !filter.op.picks() || !(several || self.cues.only) {
            return false;
        }
        let Some(of) = places.first().and_then(|at| self.query.cohorts.get(*at)).map(|cohort| cohort.of)
        else {
            return false;
        };
        self.query.cohorts.retain(|cohort| !like(cohort));
        self.query.cohorts.extend(filter.values.iter().map(|value| Cohort {
            of,
            bought: vec![MetricFilter {
                field: filter.field.clone(),
                op: FilterOp::Eq,
                values: vec![value.clone()],
            }],
            not: false,
            ..Cohort::default()
        }));
        true
    }

    /// "and vegan?", behind what was organic: the one in the place of the other; "only vegan" joins.
    fn other_attribute(&mut self, filter: &MetricFilter) -> bool {
        let replaces = self.cues.and || self.cues.instead || self.cues.corrects;
        let parted = self.query.part.iter().any(is_attribute);
        if self.cues.only || self.cues.adds || !(replaces || parted) || !is_attribute(filter) {
            return false;
        }
        let cohorts = self.query.cohorts.iter_mut().flat_map(|cohort| &mut cohort.bought);
        let mut all = self.query.part.iter_mut().chain(cohorts).chain(&mut self.query.filters);
        let Some(known) = all.find(|known| is_attribute(known)) else { return false };
        *known = filter.clone();
        true
    }

    /// What is stated, without "not produce" beside "frozen".
    fn corrected(&self) -> Vec<Stated> {
        let stated = &self.fragment.stated;
        let picked = |field: &str| {
            stated.iter().any(|one| {
                let bounded = one.filter.op == FilterOp::Between;
                (one.filter.op.picks() || bounded) && family(&one.filter.field).contains(&field)
            })
        };
        stated
            .iter()
            .filter(|one| {
                let negated = matches!(one.filter.op, FilterOp::Ne | FilterOp::NotIn);
                let was = self.query.filters.iter().any(|known| {
                    known.field == one.filter.field && known.op.picks() && known.values == one.filter.values
                });
                !(negated && was && picked(&one.filter.field))
            })
            .cloned()
            .collect()
    }

    /// The query before.
    fn turn_query(&self) -> MetricQuery {
        match self.turn.plan.single() {
            Some(crate::builtin::intent::Intent::Metric(metric)) => metric.query.clone(),
            _ => MetricQuery::default(),
        }
    }

    /// The condition of the question that a new one is like, wherever it stands.
    fn place_of(&mut self, field: &str) -> Option<&mut MetricFilter> {
        let fields = family(field);
        let like = |filter: &MetricFilter| fields.contains(&filter.field.as_str()) && replaces(filter);
        let query = &mut self.query;
        let cohorts = query.cohorts.iter_mut().flat_map(|cohort| &mut cohort.bought);
        query.part.iter_mut().chain(cohorts).chain(&mut query.filters).find(|filter| like(filter))
    }

    /// Puts a condition in the place of those it replaces.
    fn put(&mut self, filter: &MetricFilter) {
        // Of parts of the day, the evening is one of them.
        let part =
            as_day_part(filter).filter(|_| self.query.dimensions.iter().any(|name| name == "day_part"));
        let filter = part.as_ref().unwrap_or(filter);
        if !replaces(filter) {
            if self.take_out(filter) {
                return;
            }
            // "outside of produce", behind "in produce".
            self.query.filters.retain(|known| {
                !(known.field == filter.field && known.op.picks() && known.values == filter.values)
            });
            if !self.query.filters.contains(filter) {
                self.query.filters.push(filter.clone());
            }
            return;
        }
        let fields = family(&filter.field);
        let grouped = |query: &MetricQuery, field: &str| query.dimensions.iter().any(|name| name == field);
        // "the aisles of beverages" after "by aisle": the department restricts, the aisles stay.
        let elsewhere = self.query.part.iter().any(|known| fields.contains(&known.field.as_str()))
            || self
                .query
                .cohorts
                .iter()
                .any(|c| c.bought.iter().any(|known| fields.contains(&known.field.as_str())));
        if elsewhere && let Some(place) = self.place_of(&filter.field) {
            *place = filter.clone();
            return;
        }
        // A row each of what was compared is one thing now.
        let replaced: Vec<String> = self
            .query
            .filters
            .iter()
            .filter(|known| fields.contains(&known.field.as_str()) && replaces(known))
            .map(|known| known.field.clone())
            .collect();
        self.query.filters.retain(|known| !(fields.contains(&known.field.as_str()) && replaces(known)));
        for field in replaced {
            if grouped(&self.query, &field) && field != filter.field && self.query.limit.is_none() {
                self.query.dimensions.retain(|name| *name != field);
            }
        }
        self.query.filters.push(filter.clone());
    }

    /// "without the second one", of things that are listed by name: the others.
    fn take_out(&mut self, filter: &MetricFilter) -> bool {
        let listed = |known: &&mut MetricFilter| known.field == filter.field && known.op == FilterOp::In;
        let Some(known) = self.query.filters.iter_mut().find(listed) else { return false };
        let left: Vec<FilterValue> =
            known.values.iter().filter(|value| !filter.values.contains(value)).cloned().collect();
        let taken = left.len() < known.values.len() && !left.is_empty();
        if taken {
            known.values = left;
        }
        taken
    }

    // ---- what must hold of every query

    fn settle(&mut self) {
        // What is known of whole customers has no products, aisles or departments.
        if self.query.metrics.iter().all(|metric| CUSTOMER_METRICS.contains(&metric.as_str())) {
            self.query.dimensions.retain(|name| !LINE_FIELDS.contains(&name.as_str()));
        }
        // One product or place is no row of what is known of whole orders: the customer stays.
        let of_orders = self.query.metrics.iter().all(|metric| ORDER_METRICS.contains(&metric.as_str()));
        if of_orders && self.query.limit == Some(1) {
            let dropped: Vec<String> = self
                .query
                .dimensions
                .iter()
                .filter(|name| LINE_FIELDS.contains(&name.as_str()))
                .cloned()
                .collect();
            self.query.dimensions.retain(|name| !dropped.contains(name));
            self.query.filters.retain(|filter| !dropped.contains(&filter.field));
        }
        self.query.limit_per.retain(|name| self.query.dimensions.contains(name));
        self.cohorts();
        let fields = &self.query;
        let known = |field: &str| {
            let metric =
                field.strip_prefix("share_of_").or_else(|| field.strip_prefix("part_of_")).unwrap_or(field);
            fields.metrics.iter().any(|name| name == metric)
                || fields.dimensions.iter().any(|name| name == metric)
        };
        let stale: Vec<bool> = self.query.order_by.iter().map(|order| !known(&order.field)).collect();
        let first = self.query.metrics.first().cloned().unwrap_or_default();
        for (order, stale) in self.query.order_by.iter_mut().zip(stale) {
            if stale {
                order.field.clone_from(&first);
            }
        }
        if self.query.dimensions.is_empty() && self.query.slices.is_empty() {
            self.query.order_by.clear();
            self.query.limit = None;
            self.query.skip = None;
            self.query.limit_per.clear();
            self.query.share_of_total = false;
        }
        if let Some(order) = self.query.order_by.first_mut()
            && self.query.part.is_empty()
            && let Some(metric) = order.field.strip_prefix("part_of_")
        {
            order.field = metric.to_owned();
        }
        if let Some(order) = self.query.order_by.first_mut()
            && !self.query.share_of_total
            && let Some(metric) = order.field.strip_prefix("share_of_")
        {
            order.field = metric.to_owned();
        }
    }

    /// Conditions on lines, where whole orders or customers are measured, pick those.
    fn cohorts(&mut self) {
        let measures =
            |metrics: &[&str]| self.query.metrics.iter().any(|metric| metrics.contains(&metric.as_str()));
        let of = if measures(&ORDER_METRICS) || measures(&["basket_size"]) {
            CohortOf::Orders
        } else if measures(&CUSTOMER_METRICS) {
            CohortOf::Customers
        } else {
            return;
        };
        let dimensions = self.query.dimensions.clone();
        let line = |filter: &MetricFilter| is_of_lines(filter) && !dimensions.contains(&filter.field);
        let moved: Vec<MetricFilter> =
            self.query.filters.iter().filter(|filter| line(filter)).cloned().collect();
        self.query.filters.retain(|filter| !line(filter));
        self.query.cohorts.extend(moved.into_iter().map(|filter| Cohort {
            of,
            bought: vec![filter],
            not: false,
            ..Cohort::default()
        }));
    }

    fn shape(&self, before: Shape) -> Shape {
        let query = &self.query;
        if query.summary.is_some() || (query.dimensions.is_empty() && query.slices.is_empty()) {
            return Shape::Single;
        }
        match query.limit {
            Some(1) if query.limit_per.is_empty() => Shape::Extreme,
            Some(_) => Shape::Ranking,
            None if before == Shape::Breakdown => before,
            None => Shape::Breakdown,
        }
    }
}

/// A count of something, on average over each order or customer.
pub(super) fn per_each(metrics: &[String], over: &str) -> Option<String> {
    let metric = metrics.first()?.as_str();
    let ratio = match (metric, over) {
        ("items" | "products" | "products_bought", "order_id") => "basket_size",
        ("items" | "basket_size", "user_id") => "items_per_customer",
        ("items_per_customer", "order_id") => "basket_size",
        ("orders", "user_id") => "orders_per_customer",
        ("products" | "products_bought", "user_id") => "avg_products_per_customer",
        ("expected_orders", "user_id") => "expected_orders_per_customer",
        ("expected_items", "user_id") => "lifetime_value",
        _ => return None,
    };
    Some(ratio.to_owned())
}

/// What a slice is called.
pub(super) fn label(filter: &MetricFilter) -> String {
    let part = as_day_part(filter);
    let filter = part.as_ref().unwrap_or(filter);
    let values = filter.values.iter().map(|value| match value {
        FilterValue::Text(text) => text.clone(),
        other => other.to_string(),
    });
    let joined =
        values.collect::<Vec<_>>().join(if filter.op == FilterOp::Between { " to " } else { " and " });
    let negated = matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains);
    let text = if negated { format!("not {joined}") } else { joined };
    let text = if Kind::of_word(&filter.field).is_none() && text.chars().all(|c| c.is_ascii_digit()) {
        format!("{} {text}", filter.field.replace('_', " "))
    } else {
        text
    };
    text.chars().take(80).collect()
}

/// The hours of a part of the day, as that part.
fn as_day_part(filter: &MetricFilter) -> Option<MetricFilter> {
    if filter.field != "order_hour_of_day" || filter.op != FilterOp::Between {
        return None;
    }
    let name = match filter.values.as_slice() {
        [FilterValue::Integer(0), FilterValue::Integer(5)] => "night",
        [FilterValue::Integer(6), FilterValue::Integer(11)] => "morning",
        [FilterValue::Integer(12), FilterValue::Integer(17)] => "afternoon",
        [FilterValue::Integer(18), FilterValue::Integer(23)] => "evening",
        _ => return None,
    };
    Some(MetricFilter { field: "day_part".into(), op: FilterOp::Eq, values: vec![name.into()] })
}
