//! Classes of a figure: a slice each.
//!
//! What is classed (customers, orders, products, aisles, departments, or lines by where they stand), by which figure of
//! it, and what is told of each class. Input: the marks, with [`Mark::Bands`] among them. Output: the slices and metrics
//! of the query, and what is grouped by beside them.

use query::metrics::{Cohort, CohortOf, FilterOp, MetricFilter, Slice};

use super::{Builder, Condition, LINE_FIELDS, is_flag};
use crate::builtin::analytics::{
    frame::{Role, has_verb},
    item::{Agg, Band, Classes, Mark, Noun, Verb},
    times,
};

/// The classes that orders are told apart by everywhere: at most 5 items, 6 to 15, more.
const SIZES: [(FilterOp, &[f64]); 3] =
    [(FilterOp::Le, &[5.0]), (FilterOp::Between, &[6.0, 15.0]), (FilterOp::Gt, &[15.0])];

/// Dimensions that may stand beside classes.
const BESIDE: [Noun; 6] =
    [Noun::Segment, Noun::Department, Noun::Aisle, Noun::Hour, Noun::Day, Noun::DayPart];

/// The figure that classes are of.
#[derive(Debug, Clone, PartialEq)]
enum Measure {
    /// A column of the rows that count.
    Own(&'static str),
    /// A metric of each one that is classed.
    Figure(String),
}

/// A word that may say what classes are of.
#[derive(Debug, Clone, PartialEq)]
struct Head {
    /// The metric, or what stands for it.
    name: String,
    at: usize,
}

impl Builder<'_> {
    /// "customers by number of orders: up to 5, 6-10, more than 10": a slice each.
    pub(super) fn bands(&mut self) {
        let Some(at) = self.items.places(|mark| matches!(mark, Mark::Bands(..))).first().copied() else {
            return;
        };
        let Some(Mark::Bands(classes)) = self.items.mark(at).cloned() else { return };
        let subject = self.classed(at, &classes);
        let head = self.head(at, &classes, subject.map(|(_, at)| at));
        let subject =
            subject.map(|(noun, _)| noun).or_else(|| head.as_ref().and_then(|head| owner(&head.name)));
        let lines = self.lines_of_classes(&classes, at);
        let Some(measure) = self.measure(subject, head.as_ref(), &classes, &lines) else { return };
        self.figures_of_classes(at, subject, head.as_ref(), &measure);
        self.beside_classes(subject, head.as_ref());
        let bands = &classes.bands;
        let standard = SIZES.iter().zip(bands).all(|((op, values), band)| *band == [(*op, values.to_vec())]);
        if measure == Measure::Own("order_size") && bands.len() == SIZES.len() && standard {
            self.group("size_band");
            return;
        }
        let field = match &measure {
            Measure::Own(field) => (*field).to_owned(),
            Measure::Figure(metric) => metric.clone(),
        };
        self.base.retain(|condition| condition.filter.field != field);
        let of = match subject {
            Some(Noun::Customer) => CohortOf::Customers,
            Some(Noun::Order) => CohortOf::Orders,
            Some(Noun::Aisle) => CohortOf::Aisles,
            Some(Noun::Department) => CohortOf::Departments,
            _ => CohortOf::Products,
        };
        let cohort = match &measure {
            Measure::Own(_) => None,
            Measure::Figure(_) => Some(self.cohort_of_figure(of, &field, &lines)),
        };
        self.query.slices = bands
            .iter()
            .map(|band| {
                let conditions: Vec<MetricFilter> =
                    band.iter().map(|(op, values)| times::condition(&field, *op, values)).collect();
                let label = named(band, classes.percent);
                match &cohort {
                    None => Slice { label, filters: conditions, cohorts: Vec::new() },
                    Some(cohort) => {
                        let mut cohort = cohort.clone();
                        cohort.having.splice(0..0, conditions);
                        Slice { label, filters: Vec::new(), cohorts: vec![cohort] }
                    }
                }
            })
            .collect();
        self.query.limit = None;
        self.query.summary = None;
        self.query.contrast = false;
    }

    /// The cohort that a class is, but for its bounds: with the lines that its figure counts.
    fn cohort_of_figure(&mut self, of: CohortOf, field: &str, lines: &[Condition]) -> Cohort {
        let filters: Vec<MetricFilter> = lines.iter().map(|condition| condition.filter.clone()).collect();
        let catalogue = matches!(of, CohortOf::Products | CohortOf::Aisles | CohortOf::Departments);
        let of_catalogue = |filter: &MetricFilter| {
            LINE_FIELDS.contains(&filter.field.as_str()) || is_flag(filter) && filter.field != "bought_before"
        };
        // "of the products with at least 50 purchases": each class has to meet it.
        let mut cohort = Cohort { of, ..Cohort::default() };
        if catalogue {
            cohort.having = self.havings();
        }
        if field.starts_with("part_") {
            cohort.part = filters;
        } else {
            cohort.bought = filters;
        }
        // What products are stays a condition on them; when and by whom they were bought is one on their figure.
        let (kept, moved): (Vec<Condition>, Vec<Condition>) =
            std::mem::take(&mut self.base).into_iter().partition(|condition| {
                let used = lines.iter().any(|line| line.at == condition.at);
                if catalogue { of_catalogue(&condition.filter) } else { !used }
            });
        self.base = kept;
        if catalogue {
            cohort.bought.extend(moved.into_iter().map(|condition| condition.filter));
            cohort.bought.dedup();
        }
        cohort
    }

    /// What is classed, with the place of its noun.
    fn classed(&self, list: usize, classes: &Classes) -> Option<(Noun, usize)> {
        let entity = |noun: &Noun| {
            matches!(noun, Noun::Customer | Noun::Order | Noun::Product | Noun::Aisle | Noun::Department)
        };
        let unit = match classes.unit.as_deref() {
            Some(Mark::Noun(noun)) => Some(*noun),
            _ => None,
        };
        let nouns: Vec<(Noun, usize)> = (0..self.items.len())
            .filter_map(|at| match self.items.mark(at) {
                Some(Mark::Noun(noun)) if entity(noun) => Some((*noun, at)),
                Some(Mark::ShareOf(name)) => match name.as_str() {
                    "customers" => Some((Noun::Customer, at)),
                    "orders" => Some((Noun::Order, at)),
                    "products" => Some((Noun::Product, at)),
                    _ => None,
                },
                _ => None,
            })
            .filter(|(noun, _)| Some(*noun) != unit)
            .collect();
        let counted = nouns.iter().find(|(_, at)| self.is_counted(*at) && !self.is_measured(*at));
        let before = || nouns.iter().find(|(_, at)| *at < list && !self.is_measured(*at));
        let behind = || nouns.iter().find(|(_, at)| *at > list && !self.is_measured(*at));
        counted.or_else(before).or_else(behind).copied()
    }

    /// "how many customers".
    fn is_counted(&self, at: usize) -> bool {
        self.left_of(at).is_some_and(|place| self.items.mark(place) == Some(&Mark::HowMany))
    }

    /// "by number of orders", "per order": a figure of something else.
    fn is_measured(&self, at: usize) -> bool {
        let grouped = |place: Option<usize>| {
            place.is_some_and(|place| {
                matches!(self.items.mark(place), Some(Mark::Each | Mark::Spread | Mark::EachOne))
                    || matches!(
                        self.view.text(place).as_str(),
                        "over" | "across" | "after" | "according to" | "depending on"
                    )
            })
        };
        let left = self.left_of(at);
        let counted = left.filter(|place| self.items.mark(*place) == Some(&Mark::HowMany));
        grouped(left) || counted.is_some_and(|place| grouped(self.left_of(place)) || self.is_apposed(place))
    }

    /// "aisles, number of items: …": the count stands behind what is classed, right before its classes.
    fn is_apposed(&self, count: usize) -> bool {
        let noun = self.items.next(count);
        let listed = noun.and_then(|noun| self.items.next(noun));
        count > 0
            && listed.is_some_and(|place| matches!(self.items.mark(place), Some(Mark::Bands(..))))
            && self.items.before(count).is_some_and(|mark| !matches!(mark, Mark::Word))
    }

    /// The nearest mark before that is no filler.
    fn left_of(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|place| {
            !matches!(
                self.items.mark(*place),
                Some(Mark::Skip | Mark::Distinct | Mark::Agg(_) | Mark::Where(_) | Mark::Me)
            )
        })
    }

    /// The word that says what the classes are of.
    fn head(&self, list: usize, classes: &Classes, subject: Option<usize>) -> Option<Head> {
        let unit = classes.unit.as_deref().and_then(|mark| self.named(mark, list));
        let mut words = (0..list).rev().filter(|at| Some(*at) != subject);
        let before = words.find_map(|at| self.word(at));
        match (unit, before) {
            (Some(unit), Some(head)) if fits(&head.name, &unit) => Some(head),
            (Some(unit), _) => Some(Head { name: unit, at: list }),
            (None, Some(head)) => Some(head),
            (None, None) => {
                let behind = self.items.next(list).filter(|at| Some(*at) != subject);
                behind.and_then(|at| self.word(at))
            }
        }
    }

    /// A word that may be a figure.
    fn word(&self, at: usize) -> Option<Head> {
        let text = self.view.text(at);
        if ["places", "place", "positions", "position", "slots", "cart positions", "cart places"]
            .contains(&text.as_str())
        {
            return Some(Head { name: "cart_place".to_owned(), at });
        }
        let name = self.named(self.items.mark(at)?, at)?;
        Some(Head { name, at })
    }

    fn named(&self, mark: &Mark, at: usize) -> Option<String> {
        let name = match mark {
            Mark::Metric(name) => name.as_str(),
            Mark::ShareOf(name) if name == "items" => "share",
            Mark::Share => "share",
            Mark::Noun(noun) => match noun {
                Noun::Item => "items",
                Noun::Product => "products_bought",
                Noun::Order => "orders",
                Noun::Customer => "customers",
                Noun::Aisle => "aisles",
                Noun::Department => "departments",
                Noun::Day | Noun::Gap => "avg_days_between_orders",
                Noun::Recency => "avg_recency_days",
                Noun::OrderNumber => "order_number",
                Noun::Hour => "order_hour_of_day",
                Noun::SizeBand | Noun::OrderSize => "basket_size",
                Noun::CartPlace => "cart_place",
                Noun::Segment | Noun::DayPart | Noun::Sides(_) => return None,
            },
            Mark::HowOften => {
                let verb = (at + 1..self.items.len().min(at + 5))
                    .chain((at.saturating_sub(6)..at).rev())
                    .find_map(|place| match self.items.mark(place) {
                        Some(Mark::Verb(verb)) => Some(*verb),
                        _ => None,
                    });
                match verb {
                    Some(Verb::Place) => "orders",
                    _ if has_verb(self.items, Verb::Buy) || !self.frame.has_noun(Noun::Customer) => "items",
                    _ => "orders",
                }
            }
            _ => return None,
        };
        Some(name.to_owned())
    }

    /// The conditions on lines that the figure of the classes counts.
    fn lines_of_classes(&self, classes: &Classes, list: usize) -> Vec<Condition> {
        let mut lines: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter))
            .cloned()
            .collect();
        if let Some(code) = classes.attribute
            && lines.iter().all(|line| line.filter.field != code)
        {
            let filter = times::condition(code, FilterOp::Eq, &[1.0]);
            lines.push(Condition { filter, at: list });
        }
        lines
    }

    /// What the classes are bounds on.
    fn measure(
        &self,
        subject: Option<Noun>,
        head: Option<&Head>,
        classes: &Classes,
        lines: &[Condition],
    ) -> Option<Measure> {
        let default = match subject {
            Some(Noun::Customer) => "orders",
            _ => "items",
        };
        let name = head.map_or(default, |head| head.name.as_str());
        let own = own(subject, name);
        let whole = matches!(subject, Some(Noun::Customer | Noun::Order));
        let counts_lines =
            matches!(name, "items" | "products_bought" | "basket_size" | "share" | "departments" | "aisles");
        if classes.percent && whole && !lines.is_empty() && !matches!(name, "reorder_rate" | "avg_churn_risk")
        {
            return Some(Measure::Figure("part_of_items".to_owned()));
        }
        if whole && counts_lines && !lines.is_empty() {
            let figure = if matches!(name, "items" | "basket_size") { "part_items" } else { name };
            return Some(Measure::Figure(figure.to_owned()));
        }
        // "customers by number of orders with alcohol"
        let behind = |head: &Head| lines.iter().any(|line| line.at > head.at);
        if whole && name == "orders" && head.is_some_and(behind) {
            return Some(Measure::Figure("orders".to_owned()));
        }
        if let Some(field) = own {
            return Some(Measure::Own(field));
        }
        let metric = match (subject?, name) {
            (Noun::Aisle | Noun::Department, "products_bought") if !has_verb(self.items, Verb::Buy) => {
                "products"
            }
            (Noun::Product, "products_bought" | "basket_size") => "items",
            (_, "share" | "cart_place" | "order_number" | "order_hour_of_day") => return None,
            (_, name) => name,
        };
        Some(Measure::Figure(metric.to_owned()))
    }

    /// What is told of each class: how many there are, unless other figures are named.
    fn figures_of_classes(
        &mut self,
        list: usize,
        subject: Option<Noun>,
        head: Option<&Head>,
        measure: &Measure,
    ) {
        let is_head =
            |at: usize, name: &str| head.is_some_and(|head| head.at == at || head.name == name && at < list);
        let mut figures: Vec<String> = Vec::new();
        for (name, at) in &self.frame.metrics {
            if !is_head(*at, name) {
                figures.push(self.metric_here(name));
            }
        }
        for placed in &self.frame.nouns {
            let counted = self.is_counted(placed.at) && !self.is_measured(placed.at);
            if counted
                && Some(placed.noun) != subject
                && head.is_none_or(|head| head.at != placed.at)
                && let Some(count) = self.count_of(placed)
            {
                figures.push(count);
            }
        }
        let shared = self.frame.share.is_some() && !head.is_some_and(|head| head.name == "share");
        let many = self.items.places(|mark| *mark == Mark::HowMany).into_iter().any(|at| {
            let noun = self.items.next(at).and_then(|next| match self.items.mark(next) {
                Some(Mark::Noun(noun)) => Some((*noun, next)),
                _ => None,
            });
            match noun {
                Some((noun, place)) => Some(noun) == subject && !self.is_measured(place),
                None => !matches!(self.items.before(at), Some(Mark::Each)),
            }
        });
        let mean = self.frame.has_agg(Agg::Mean);
        let count = match subject {
            Some(Noun::Order) if shared || matches!(measure, Measure::Figure(_)) => Some("baskets"),
            Some(noun) => noun.count(),
            None if figures.is_empty() => Some("items"),
            None => None,
        };
        let counts = ["items", "orders", "customers"];
        if mean && subject == Some(Noun::Customer) {
            for figure in &mut figures {
                match figure.as_str() {
                    "items" => "items_per_customer".clone_into(figure),
                    "orders" => "orders_per_customer".clone_into(figure),
                    _ => {}
                }
            }
        }
        if let Some(count) = count.filter(|_| {
            figures.is_empty() || many || shared && figures.iter().all(|f| counts.contains(&f.as_str()))
        }) {
            figures.retain(|figure| figure != count);
            figures.insert(0, count.to_owned());
        }
        figures.dedup();
        self.query.metrics = figures;
        self.query.share_of_total = shared;
        self.part.clear();
    }

    /// What is grouped by beside the classes.
    fn beside_classes(&mut self, subject: Option<Noun>, head: Option<&Head>) {
        let groups: Vec<&'static str> = self
            .frame
            .of_role(Role::Each)
            .filter(|placed| {
                BESIDE.contains(&placed.noun)
                    && Some(placed.noun) != subject
                    && head.is_none_or(|head| head.at != placed.at)
                    && !self.is_counted(placed.at)
            })
            .map(|placed| placed.noun.dimension())
            .collect();
        self.query.dimensions.clear();
        for dimension in groups {
            self.group(dimension);
        }
    }
}

/// Whose figure it is where no noun says it.
fn owner(name: &str) -> Option<Noun> {
    match name {
        "items" | "basket_size" | "aisles" | "departments" | "avg_days_between_orders" => Some(Noun::Order),
        "orders"
        | "products_bought"
        | "orders_per_customer"
        | "avg_customer_basket"
        | "avg_recency_days"
        | "avg_churn_risk"
        | "expected_orders"
        | "expected_items"
        | "items_per_customer" => Some(Noun::Customer),
        "customers" => Some(Noun::Product),
        _ => None,
    }
}

/// The column of a customer, an order or a line that has the figure.
fn own(subject: Option<Noun>, name: &str) -> Option<&'static str> {
    Some(match (subject, name) {
        (_, "cart_place" | "avg_cart_position")
            if !matches!(subject, Some(Noun::Product | Noun::Aisle | Noun::Department)) =>
        {
            "cart_place"
        }
        (_, "order_number") => "order_number",
        (_, "order_hour_of_day") => "order_hour_of_day",
        (_, "avg_recency_days") => "recency_days",
        (_, "avg_churn_risk") => "churn_risk",
        (Some(Noun::Customer), "orders" | "orders_per_customer") => "customer_orders",
        (Some(Noun::Customer), "items" | "items_per_customer") => "customer_items",
        (Some(Noun::Customer), "products_bought" | "avg_products_per_customer") => "customer_products",
        (Some(Noun::Customer), "basket_size" | "avg_customer_basket") => "customer_basket",
        (Some(Noun::Customer), "reorder_rate") => "customer_reorder_rate",
        (Some(Noun::Customer), "avg_days_between_orders") => "customer_gap",
        (Some(Noun::Customer), "expected_orders") => "customer_expected_orders",
        (Some(Noun::Customer), "expected_items" | "lifetime_value") => "customer_expected_items",
        (Some(Noun::Order), "items" | "basket_size" | "products_bought") => "order_size",
        (Some(Noun::Order) | None, "avg_days_between_orders") => "days_since_prior_order",
        _ => return None,
    })
}

/// Whether a figure is counted in that unit.
fn fits(name: &str, unit: &str) -> bool {
    name == unit
        || match unit {
            "items" | "products_bought" => matches!(
                name,
                "items"
                    | "products_bought"
                    | "basket_size"
                    | "max_basket_size"
                    | "items_per_customer"
                    | "lifetime_value"
                    | "expected_items"
                    | "avg_customer_basket"
            ),
            "orders" => matches!(name, "orders_per_customer" | "expected_orders"),
            "avg_days_between_orders" => name == "avg_recency_days",
            _ => false,
        }
}

/// A class in words.
fn named(band: &Band, percent: bool) -> String {
    let shown = |(op, values): &(FilterOp, Vec<f64>)| described(*op, values, percent);
    band.iter().map(shown).collect::<Vec<_>>().join(" and ")
}

/// What a class of a figure is called.
pub(super) fn label(field: &str, op: FilterOp, values: &[f64]) -> String {
    let fractions = matches!(field, "churn_risk" | "customer_reorder_rate");
    described(op, values, fractions && values.iter().all(|value| *value <= 1.0))
}

fn described(op: FilterOp, values: &[f64], percent: bool) -> String {
    let shown =
        |value: &f64| if percent { format!("{} %", (value * 100.0).round()) } else { value.to_string() };
    let shown: Vec<String> = values.iter().map(shown).collect();
    match op {
        FilterOp::Between => shown.join(" to "),
        FilterOp::Ge => format!("{} or more", shown.concat()),
        FilterOp::Gt => format!("more than {}", shown.concat()),
        FilterOp::Le => format!("up to {}", shown.concat()),
        FilterOp::Lt => format!("under {}", shown.concat()),
        _ => shown.concat(),
    }
}
