//! Those that were counted before: "how many customers have bought more than 500 items, and how many orders do they have on
//! average", "… and what share of all customers is that".
//!
//! The query that counts customers, orders, … → [`Selection`]: by what they are told apart, so that another figure can be
//! asked of them ([`Selection::among`]), or which part of a whole they are ([`Selection::part_of`]).

use query::metrics::{Cohort, CohortOf, FilterValue, MetricFilter, MetricQuery, Summary};

use super::of_customers;

/// Conditions that tell those apart that a query counts.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// Whole customers or orders; none where lines or products are counted.
    of: Option<CohortOf>,
    metric: String,
    dimensions: Vec<String>,
    filters: Vec<MetricFilter>,
    cohorts: Vec<Cohort>,
}

/// What a share is a share of.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    /// What is said of it: "of all customers with 20 orders or more".
    pub(super) conditions: Vec<MetricFilter>,
    /// It is spoken of by its kind: "of the segment", "of that department's items".
    pub(super) kinds: Vec<&'static str>,
    /// "of its buyers": all who bought it.
    pub(super) buyers: bool,
}

impl Selection {
    /// What a query counts; none where it counts nothing that can be spoken of again.
    pub(super) fn of(query: &MetricQuery) -> Option<Self> {
        let plain = query.slices.is_empty() && !query.has_part() && query.limit.is_none() && !query.contrast;
        let [metric] = query.metrics.as_slice() else { return Self::groups(query).filter(|_| plain) };
        if query.summary.is_some() {
            return Self::groups(query).filter(|_| plain);
        }
        let of = match metric.as_str() {
            _ if !query.dimensions.is_empty() => None,
            "customers" => Some(CohortOf::Customers),
            "orders" | "baskets" => Some(CohortOf::Orders),
            "items" | "products" | "products_bought" | "reorders" => None,
            _ => return None,
        };
        let mut selection = Self {
            of,
            metric: metric.clone(),
            dimensions: query.dimensions.clone(),
            filters: Vec::new(),
            cohorts: query.cohorts.clone(),
        };
        selection.add(&query.filters);
        plain.then_some(selection)
    }

    /// "customers with more than 500 items": each one by figures of its own.
    fn groups(query: &MetricQuery) -> Option<Self> {
        let of = match query.dimensions.as_slice() {
            [name] if name == "user_id" => CohortOf::Customers,
            [name] if name == "order_id" => CohortOf::Orders,
            _ => return None,
        };
        if query.summary != Some(Summary::Count) || query.cumulative_to.is_some() || query.limit.is_some() {
            return None;
        }
        let (having, rows): (Vec<MetricFilter>, Vec<MetricFilter>) =
            query.filters.iter().cloned().partition(|filter| query.metrics.contains(&filter.field));
        let (own, bought): (Vec<MetricFilter>, Vec<MetricFilter>) =
            rows.into_iter().partition(|filter| is_of(of, filter));
        let overall = having.iter().any(|filter| matches!(filter.values.as_slice(), [FilterValue::Text(_)]));
        let metric = if of == CohortOf::Customers { "customers" } else { "baskets" };
        let mut cohorts = query.cohorts.clone();
        cohorts.push(Cohort { of, bought, having, ..Cohort::default() });
        let found =
            Self { of: Some(of), metric: metric.to_owned(), dimensions: Vec::new(), filters: own, cohorts };
        (!overall).then_some(found)
    }

    /// Whether customers or orders are counted, rather than what they bought.
    pub(super) fn is_of_owners(&self) -> bool {
        self.of.is_some() && self.dimensions.is_empty()
    }

    /// What is counted.
    pub(super) fn owner(&self) -> Option<CohortOf> {
        self.of
    }

    /// Whether nothing tells them apart.
    pub(super) fn is_all(&self) -> bool {
        self.filters.is_empty() && self.cohorts.is_empty()
    }

    /// Another figure, of those only.
    pub(super) fn among(&self, query: &mut MetricQuery) {
        for filter in &self.filters {
            if !query.filters.contains(filter) {
                query.filters.push(filter.clone());
            }
        }
        for cohort in &self.cohorts {
            if !query.cohorts.contains(cohort) {
                query.cohorts.push(cohort.clone());
            }
        }
    }

    /// Which part of the whole they are, by a metric of the whole; none where they are all of it.
    pub(super) fn part_of(&self, whole: &Whole, metric: Option<&str>) -> Option<MetricQuery> {
        let metric = metric.unwrap_or(&self.metric);
        let mut base = Self { filters: Vec::new(), cohorts: Vec::new(), ..self.clone() };
        base.add(&whole.conditions);
        let told = |filter: &MetricFilter| {
            whole.kinds.contains(&filter.field.as_str()) && !self.dimensions.contains(&filter.field)
        };
        let lines = self.cohorts.iter().filter(|cohort| !cohort.not).flat_map(|cohort| &cohort.bought);
        let spoken: Vec<MetricFilter> = self
            .filters
            .iter()
            .filter(|filter| told(filter))
            .chain(lines.clone().filter(|f| told(f)))
            .cloned()
            .collect();
        base.add(&spoken);
        if whole.buyers {
            let bought: Vec<MetricFilter> = lines.filter(|filter| is_line(filter)).cloned().collect();
            base.add(&bought);
        }
        let part: Vec<MetricFilter> =
            self.filters.iter().filter(|filter| !base.filters.contains(filter)).cloned().collect();
        let part_cohorts: Vec<Cohort> =
            self.cohorts.iter().filter(|cohort| !base.cohorts.contains(cohort)).cloned().collect();
        let nothing = part.is_empty() && part_cohorts.is_empty();
        let of_group = whole.kinds.iter().any(|kind| self.dimensions.iter().any(|name| name == kind));
        // "orders per hour and their share": of all; "frozen items per day, and what share of that day's items": of each.
        if !self.dimensions.is_empty() && !nothing && !of_group && whole.conditions.is_empty() {
            return None;
        }
        if nothing && self.dimensions.is_empty() {
            return None;
        }
        let sized = |filter: &MetricFilter| filter.field == "order_size" || filter.field == "size_band";
        let known = !part_cohorts.is_empty() || part.iter().any(sized);
        let metric = if metric == "orders" && known { "baskets" } else { metric };
        Some(MetricQuery {
            metrics: vec![metric.to_owned()],
            dimensions: self.dimensions.clone(),
            filters: base.filters,
            cohorts: base.cohorts,
            share_of_total: nothing,
            part_values: !nothing,
            part,
            part_cohorts,
            ..MetricQuery::default()
        })
    }

    /// Adds conditions: those of whole customers and orders as they are, those of lines by what was bought.
    fn add(&mut self, filters: &[MetricFilter]) {
        let Some(of) = self.of else {
            self.filters.extend(filters.iter().cloned());
            return;
        };
        let (own, bought): (Vec<MetricFilter>, Vec<MetricFilter>) =
            filters.iter().cloned().partition(|filter| is_of(of, filter));
        for filter in own {
            if !self.filters.contains(&filter) {
                self.filters.push(filter);
            }
        }
        let cohort = Cohort { of, bought, ..Cohort::default() };
        if !cohort.bought.is_empty() && !self.cohorts.contains(&cohort) {
            self.cohorts.push(cohort);
        }
    }
}

/// Whether a condition says which customers or orders, whatever they bought.
fn is_of(of: CohortOf, filter: &MetricFilter) -> bool {
    let customer = of_customers(filter) || filter.field == "user_id";
    let order = filter.field.starts_with("order_")
        || ["day_part", "size_band", "days_since_prior_order"].contains(&filter.field.as_str());
    customer || of == CohortOf::Orders && order
}

/// Whether a condition is on what was bought.
fn is_line(filter: &MetricFilter) -> bool {
    super::LINE_FIELDS.contains(&filter.field.as_str()) || super::is_flag(filter)
}
