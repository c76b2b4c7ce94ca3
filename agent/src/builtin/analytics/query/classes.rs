//! Classes of a figure: a slice each.
//!
//! What is classed (customers, orders, products, aisles, departments, or lines by where they stand), by which figure of
//! it, and what is told of each class. Input: the marks, with [`Mark::Bands`] among them. Output: the slices and metrics
//! of the query, and what is grouped by beside them.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, Slice};

use super::{Builder, Condition, LINE_FIELDS, conditions, is_flag};
use crate::builtin::analytics::{
    frame::{Role, has_verb},
    item::{Agg, Band, Classes, Mark, Noun, Verb},
    times,
};

/// The classes that orders are told apart by everywhere: at most 5 items, 6 to 15, more.
const SIZES: [(FilterOp, &[f64]); 3] =
    [(FilterOp::Le, &[5.0]), (FilterOp::Between, &[6.0, 15.0]), (FilterOp::Gt, &[15.0])];

/// Dimensions that may stand beside classes.
const BESIDE: [Noun; 7] =
    [Noun::Segment, Noun::Department, Noun::Aisle, Noun::Hour, Noun::Day, Noun::DayPart, Noun::SizeBand];
/// Those that are nothing but groups, whatever stands before them.
const GROUPS: [Noun; 3] = [Noun::Segment, Noun::DayPart, Noun::SizeBand];

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
        // Whatever was made of the conditions before: the classes decide what they restrict.
        self.base = conditions(self.items);
        self.merge_same_fields();
        self.part.clear();
        self.query.part_cohorts.clear();
        self.query.cohorts.clear();
        let subject = self.classed(at, &classes);
        let placed = subject.map(|(_, place)| place).filter(|place| *place < at);
        let head = self.head(at, &classes, subject);
        // "do people with full carts rebuy more? reorder rate by order size (…)": orders, not customers, have a size.
        let sized = head.as_ref().is_some_and(|head| {
            matches!(self.items.mark(head.at), Some(Mark::Noun(Noun::SizeBand | Noun::OrderSize)))
        });
        let subject = subject.filter(|(noun, place)| {
            !sized || *noun != Noun::Customer || self.is_counted(*place) || self.frame.metrics.is_empty()
        });
        let subject =
            subject.map(|(noun, _)| noun).or_else(|| head.as_ref().and_then(|head| owner(&head.name)));
        let mut lines = self.lines_of_classes(&classes, at);
        let shared = self.shared_part(head.as_ref(), placed, &classes, &lines);
        lines.retain(|line| shared.iter().all(|part| part.at != line.at));
        let Some(measure) = self.measure(subject, head.as_ref(), &classes, &lines) else { return };
        self.figures_of_classes(at, subject, head.as_ref(), &measure);
        self.beside_classes(subject, head.as_ref());
        if !shared.is_empty() {
            self.base.retain(|condition| shared.iter().all(|part| part.at != condition.at));
            self.part = shared.into_iter().map(|condition| condition.filter).collect();
            self.query.share_of_total = false;
            if self.shares_items() {
                self.query.metrics = vec!["items".to_owned()];
            }
        }
        let field = match &measure {
            Measure::Own(field) => (*field).to_owned(),
            Measure::Figure(metric) => metric.clone(),
        };
        self.base.retain(|condition| condition.filter.field != field);
        let bands = &classes.bands;
        let standard = SIZES.iter().zip(bands).all(|((op, values), band)| *band == [(*op, values.to_vec())]);
        if measure == Measure::Own("order_size") && bands.len() == SIZES.len() && standard {
            self.group("size_band");
            return;
        }
        let exact = |band: &Band| match band.as_slice() {
            [(FilterOp::Eq, values)] => values.first().copied(),
            _ => None,
        };
        let values: Option<Vec<f64>> = bands.iter().map(exact).collect();
        if let (Measure::Own(_), Some(values)) = (&measure, values) {
            // A number each: rows of the dimension itself.
            self.base.push(Condition { filter: times::condition(&field, FilterOp::In, &values), at });
            self.group(&field);
            self.query.limit = None;
            self.query.summary = None;
            self.query.contrast = false;
            self.query.slices.clear();
            return;
        }
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
                        Slice { label, filters: Vec::new(), cohorts: vec![of_class(cohort, conditions)] }
                    }
                }
            })
            .collect();
        self.query.limit = None;
        self.query.summary = None;
        self.query.contrast = false;
    }

    /// "what share of orders contains produce, by basket size: …", "organic share of items, orders of 1-5, 6-10, …": what
    /// the share of each class is of.
    fn shared_part(
        &self,
        head: Option<&Head>,
        subject: Option<usize>,
        classes: &Classes,
        lines: &[Condition],
    ) -> Vec<Condition> {
        let (Some((share, _)), Some(head)) = (&self.frame.share, head) else { return Vec::new() };
        // What is classed is named behind the share: what stands before it is the share's.
        if let Some(subject) = subject.filter(|at| share < at && !classes.percent && !is_share(&head.name))
            && self.items.mark(subject) == Some(&Mark::Noun(Noun::Order))
            && self.shares_items()
            && lines.iter().any(|line| line.at < subject)
        {
            return lines.iter().filter(|line| line.at < subject).cloned().collect();
        }
        let by = (0..head.at).rev().find(|at| self.items.mark(*at) == Some(&Mark::Each));
        let Some(by) = by.filter(|by| share < by && !is_share(&head.name)) else { return Vec::new() };
        lines.iter().filter(|line| *share < line.at && line.at < by).cloned().collect()
    }

    /// "share of the items".
    fn shares_items(&self) -> bool {
        self.frame.share.as_ref().is_some_and(|(share, metric)| {
            metric.as_deref() == Some("items")
                || (share + 1..self.items.len().min(share + 5))
                    .find(|at| {
                        !matches!(
                            self.items.mark(*at),
                            Some(Mark::Skip | Mark::Link(_) | Mark::Where(_) | Mark::Each)
                        )
                    })
                    .is_some_and(|at| self.items.mark(at) == Some(&Mark::Noun(Noun::Item)))
        })
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
    pub(super) fn is_counted(&self, at: usize) -> bool {
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
    fn head(&self, list: usize, classes: &Classes, classed: Option<(Noun, usize)>) -> Option<Head> {
        if matches!(self.items.mark(list + 1), Some(Mark::Clock(_))) {
            return Some(Head { name: "order_hour_of_day".to_owned(), at: list });
        }
        let subject = classed.map(|(_, at)| at);
        let own = classed.and_then(|(noun, _)| noun.count());
        let unit = classes.unit.as_deref().and_then(|mark| self.named(mark, list));
        let mut words = (0..list).rev().filter(|at| Some(*at) != subject);
        let before = words.find_map(|at| self.word(at).filter(|head| Some(head.name.as_str()) != own));
        match (unit, before) {
            (Some(unit), Some(head)) if fits(&head.name, &unit) && !is_plain(&head.name) => Some(head),
            (Some(unit), _) => Some(Head { name: unit, at: list }),
            // "basket size of customers with 1-5, 6-20, more than 20 orders"
            (None, Some(head)) if subject.is_some_and(|subject| head.at < subject) => {
                let unit = self.unit_behind(list, subject).filter(|unit| !fits(&head.name, &unit.name));
                Some(unit.unwrap_or(head))
            }
            (None, Some(head)) => Some(head),
            (None, None) => {
                let behind = self.items.next(list).filter(|at| Some(*at) != subject);
                behind.and_then(|at| self.word(at))
            }
        }
    }

    /// What the last class counts, right behind it.
    fn unit_behind(&self, list: usize, subject: Option<usize>) -> Option<Head> {
        let noun = self.items.next(list).filter(|at| Some(*at) != subject)?;
        let end = self.items.0.get(list).and_then(|item| self.view.tokens.get(item.to.checked_sub(1)?))?.end;
        let start = self.items.0.get(noun).and_then(|item| self.view.tokens.get(item.from))?.start;
        let counts = matches!(self.items.mark(noun), Some(Mark::Noun(_)));
        (counts && start <= end + 1).then(|| self.word(noun)).flatten()
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
        // "by the number of reordered articles"
        let rebought = matches!(name.as_str(), "items" | "products")
            && self.items.previous(at).is_some_and(|before| {
                self.items.mark(before) == Some(&Mark::Verb(Verb::Reorder))
                    && matches!(self.view.text(before).as_str(), "reordered" | "rebought" | "repurchased")
            });
        let name = if rebought { "reorders".to_owned() } else { name };
        Some(Head { name, at })
    }

    fn named(&self, mark: &Mark, at: usize) -> Option<String> {
        let name = match mark {
            Mark::Metric(name) => name.as_str(),
            Mark::ShareOf(name) => return Some(format!("share_of_{name}")),
            Mark::Share => "share",
            Mark::Noun(noun) => match noun {
                Noun::Item => "items",
                Noun::Product => "products",
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
        // "by the number of orders at night: none, 1 or 2, …"
        let timed = |c: &Condition| {
            let time = matches!(c.filter.field.as_str(), "order_hour_of_day" | "order_dow" | "day_part");
            time && c.at < list && (0..c.at).any(|at| self.items.mark(at) == Some(&Mark::Each))
        };
        let mut lines: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter) || timed(c))
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
        let counts_lines = matches!(
            name,
            "items" | "products" | "products_bought" | "basket_size" | "share" | "departments" | "aisles"
        );
        // Equal conditions stand where the first of them does; what was said again behind the figure is its own.
        let behind = |head: &Head| {
            let said = conditions(self.items);
            let own = |c: &Condition| lines.iter().any(|line| line.filter.field == c.filter.field);
            lines.iter().chain(said.iter().filter(|c| own(c))).any(|line| line.at > head.at)
        };
        if classes.percent && whole && !lines.is_empty() && !matches!(name, "reorder_rate" | "avg_churn_risk")
        {
            let of_orders = matches!(name, "share_of_orders" | "orders") && subject == Some(Noun::Customer);
            let figure = if of_orders { "part_of_baskets" } else { "part_of_items" };
            return Some(Measure::Figure(figure.to_owned()));
        }
        // "by their reorder rate on yogurt"
        if whole && name == "reorder_rate" && head.is_some_and(behind) {
            return Some(Measure::Figure(name.to_owned()));
        }
        if whole && counts_lines && !lines.is_empty() {
            let figure = match name {
                "items" | "basket_size" => "part_items",
                "products" => "products_bought",
                name => name,
            };
            return Some(Measure::Figure(figure.to_owned()));
        }
        // "customers by number of orders with alcohol", "yogurt buyers: how many have it in 1 order, in 2 to 5, …"
        if whole && name == "orders" && (head.is_some_and(behind) || self.takes_up(lines)) {
            return Some(Measure::Figure("part_orders".to_owned()));
        }
        if let Some(field) = own {
            return Some(Measure::Own(field));
        }
        let metric = match (subject?, name) {
            (Noun::Customer | Noun::Order, "products") => "products_bought",
            (Noun::Product, "products" | "products_bought" | "basket_size") => "items",
            (Noun::Customer | Noun::Order, name) if is_share(name) => return None,
            (_, "share" | "cart_place" | "order_number" | "order_hour_of_day") => return None,
            (_, name) => name,
        };
        Some(Measure::Figure(metric.to_owned()))
    }

    /// "… buyers: how many of them have it in 1 order": the thing of the lines is taken up.
    fn takes_up(&self, lines: &[Condition]) -> bool {
        let Some(from) = lines.iter().map(|line| line.at).min().and_then(|at| self.items.0.get(at)) else {
            return false;
        };
        let list = self.items.0.iter().find(|item| matches!(item.mark, Mark::Bands(..)));
        let to = list.map_or(0, |item| item.to);
        (from.to..to).any(|at| {
            self.view.tokens.get(at).is_some_and(|token| matches!(token.text.as_str(), "it" | "some"))
        })
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
            let same = matches!(measure, Measure::Own(field) if own(subject, name) == Some(field));
            if !is_head(*at, name) && !same && !self.is_measured(*at) {
                figures.push(self.metric_here(name));
            }
        }
        for placed in &self.frame.nouns {
            let told = matches!(placed.role, Role::Counted | Role::Amount) && placed.at > list;
            let counted = (self.is_counted(placed.at) || told) && !self.is_measured(placed.at);
            if counted
                && Some(placed.noun) != subject
                && head.is_none_or(|head| head.at != placed.at)
                && let Some(count) = self.count_of(placed)
            {
                figures.push(count);
            }
        }
        let shared = self.frame.share.is_some() && !head.is_some_and(|head| is_share(&head.name));
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
        // "customers and their average basket"
        let many = many
            || self.frame.of_role(Role::Counted).any(|placed| {
                Some(placed.noun) == subject && placed.at > list && !self.is_measured(placed.at)
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
            .nouns
            .iter()
            .filter(|placed| placed.role == Role::Each || GROUPS.contains(&placed.noun))
            .filter(|placed| {
                BESIDE.contains(&placed.noun)
                    && Some(placed.noun) != subject
                    && head.is_none_or(|head| head.at != placed.at)
                    && (!self.is_counted(placed.at) || GROUPS.contains(&placed.noun))
            })
            .map(|placed| placed.noun.dimension())
            .collect();
        self.query.dimensions.clear();
        for dimension in groups {
            self.group(dimension);
        }
    }
}

/// The cohort of a class. Who bought none of the lines has no figure of them: such a class is what all others leave.
fn of_class(cohort: &Cohort, conditions: Vec<MetricFilter>) -> Cohort {
    let mut class = cohort.clone();
    let whole = matches!(cohort.of, CohortOf::Customers | CohortOf::Orders);
    let lines = whole && !cohort.bought.is_empty() && cohort.part.is_empty() && cohort.having.is_empty();
    let number = |filter: &MetricFilter, at: usize| filter.values.get(at).and_then(FilterValue::as_number);
    match conditions.as_slice() {
        [only] if lines && number(only, 0) == Some(0.0) && only.op == FilterOp::Eq => class.not = true,
        [only] if lines && number(only, 0) == Some(0.0) && only.op == FilterOp::Between => {
            let above = only.values.get(1).cloned().into_iter().collect();
            class.having = vec![MetricFilter { op: FilterOp::Gt, values: above, ..only.clone() }];
            class.not = true;
        }
        _ => class.having.splice(0..0, conditions).for_each(drop),
    }
    class
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
        (Some(Noun::Customer), "products" | "products_bought" | "avg_products_per_customer") => {
            "customer_products"
        }
        (Some(Noun::Customer), "basket_size" | "avg_customer_basket") => "customer_basket",
        (Some(Noun::Customer), "reorder_rate") => "customer_reorder_rate",
        (Some(Noun::Customer), "avg_days_between_orders") => "customer_gap",
        (Some(Noun::Customer), "expected_orders") => "customer_expected_orders",
        (Some(Noun::Customer), "expected_items" | "lifetime_value") => "customer_expected_items",
        (Some(Noun::Order), "items" | "basket_size" | "products" | "products_bought") => "order_size",
        (Some(Noun::Order) | None, "avg_days_between_orders") => "days_since_prior_order",
        _ => return None,
    })
}

/// Whether a noun alone says it, which a unit says better.
fn is_plain(name: &str) -> bool {
    matches!(name, "items" | "products" | "orders" | "customers" | "aisles" | "departments")
}

fn is_share(name: &str) -> bool {
    name == "share" || name.starts_with("share_of_")
}

/// Whether a figure is counted in that unit.
fn fits(name: &str, unit: &str) -> bool {
    name == unit
        || match unit {
            "items" | "products" | "products_bought" => matches!(
                name,
                "items"
                    | "products"
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
    let shown = |(op, values): &(FilterOp, Vec<f64>)| match (op, values.as_slice()) {
        (FilterOp::Eq, [none]) if *none == 0.0 => "none".to_owned(),
        (FilterOp::Gt, [none]) if *none == 0.0 => "some".to_owned(),
        (FilterOp::Eq, [all]) if percent && *all == 1.0 => "all".to_owned(),
        _ => described(*op, values, percent),
    };
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
