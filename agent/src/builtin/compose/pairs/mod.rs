//! Questions about products that stand in one order: pairs and their figures, companions of a product, orders that hold
//! several things or one without another.
//!
//! tokens ─words─> pieces ─> [`Asked`]: things, figures, bounds, a limit ─> one of four queries. Figures of a pair are those
//! of the published pairs; orders that hold named things are counted exactly, by cohorts. Acts only where a word says that
//! things stand together, or that one is there without the other; all else is left to the other readers.

mod words;

use std::collections::BTreeSet;

use domain::principal::Role;
use query::metrics::{
    Cohort, CohortOf, Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy,
};

pub(crate) use words::phrases;

use self::words::{Measure, Part, Piece, pieces};
use super::{Candidate, Question, follow_up};
use crate::builtin::{
    intent::{Intent, MetricIntent, Shape},
    vocabulary::{Name, NameKind},
};

/// Above the readings of figures and of products that goes with them: those do not know the words that stand here.
const BASE: f64 = 0.97;
/// Rows of a ranking where nobody says how many.
const DEFAULT_RANKING: u32 = 10;
const ANTECEDENT: &str = "antecedent";
const COMPANION: &str = "companion";

impl Measure {
    /// The metric that tells it.
    fn metric(self) -> &'static str {
        match self {
            Self::Joint => "joint_orders",
            Self::Support => "pair_support",
            Self::Confidence => "pair_confidence",
            Self::Lift => "pair_lift",
            Self::Leverage => "pair_leverage",
        }
    }

    /// The dimension that a bound on it restricts; leverage has none.
    fn column(self) -> Option<&'static str> {
        match self {
            Self::Joint => Some("pair_n_both"),
            Self::Support => Some("pair_share"),
            Self::Confidence => Some("rule_confidence"),
            Self::Lift => Some("rule_lift"),
            Self::Leverage => None,
        }
    }
}

/// Something that is named.
#[derive(Debug, Clone, PartialEq)]
struct Thing {
    name: Name,
    /// The piece that names it.
    at: usize,
    /// "but not X".
    without: bool,
}

/// A bound on a figure of the pairs.
#[derive(Debug, Clone, PartialEq)]
struct Bound {
    measure: Measure,
    op: FilterOp,
    value: f64,
}

/// What was understood of a question.
#[derive(Debug, Default)]
struct Asked {
    pieces: Vec<Piece>,
    things: Vec<Thing>,
    /// Figures in the order of the words, each with its place.
    measures: Vec<(Measure, usize)>,
    bounds: Vec<Bound>,
    limit: Option<u32>,
    /// The figure that orders, where "by" or the like names it.
    ordered_by: Option<Measure>,
    /// The tokens that are explained.
    explained: BTreeSet<usize>,
}

/// Reads a question about things that stand together.
pub(crate) fn pairs(question: &Question<'_>) -> Option<Candidate> {
    let asked = Asked::read(pieces(question.tokens, question.vocabulary))?;
    let figures = !asked.bounds.is_empty() || !asked.measures.is_empty();
    // Who is no member of staff is shown goods by another reader, unless they ask for figures of the pairs.
    let mut intent = match question.role() {
        Role::Analyst | Role::Admin => asked.intent(true)?,
        Role::Shopper if figures => asked.intent(false)?,
        Role::Shopper | Role::Guest => return None,
    };
    // "no, the ones most often bought together with it", behind the top 3: three.
    if asked.limit.is_none() && intent.query.limit == Some(DEFAULT_RANKING) {
        let ids = intent.query.filters.iter().find(|filter| filter.field == "antecedent_id");
        let known = ids.and_then(|filter| match filter.values.as_slice() {
            [FilterValue::Integer(id)] => follow_up::pair_length(question, *id),
            _ => None,
        });
        intent.query.limit = known.or(intent.query.limit);
    }
    let used = question.spans_of(&asked.explained);
    Some(Candidate::plan(Intent::Metric(intent), used, BASE))
}

impl Asked {
    fn read(pieces: Vec<Piece>) -> Option<Self> {
        let mut asked = Self { pieces, ..Self::default() };
        let together = |part: &Part| {
            matches!(
                part,
                Part::Together
                    | Part::Both
                    | Part::Pair
                    | Part::Companion
                    | Part::Not
                    | Part::No
                    | Part::Measure(_)
            )
        };
        let things = asked.pieces.iter().filter(|piece| matches!(piece.part, Part::Things(_))).count();
        let both = things > 1 && asked.has(|p| *p == Part::Orders) && asked.has(|p| *p == Part::And);
        let share = asked.has(|p| *p == Part::Share) && asked.has(|p| *p == Part::Orders);
        if !asked.has(together) && !both && !share {
            return None;
        }
        asked.link_things();
        asked.link_measures();
        asked.link_numbers();
        for piece in &asked.pieces {
            if !matches!(piece.part, Part::Unknown | Part::Number(_) | Part::Percent(_)) {
                asked.explained.extend(piece.from..piece.to);
            }
        }
        Some(asked)
    }

    fn part(&self, at: usize) -> Option<&Part> {
        self.pieces.get(at).map(|piece| &piece.part)
    }

    fn has(&self, is: impl Fn(&Part) -> bool) -> bool {
        self.pieces.iter().any(|piece| is(&piece.part))
    }

    /// The nearest place behind that means something.
    fn next(&self, at: usize) -> Option<usize> {
        (at + 1..self.pieces.len()).find(|at| !matches!(self.part(*at), Some(Part::Skip | Part::Holds)))
    }

    /// The nearest place before that means something.
    fn previous(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|at| !matches!(self.part(*at), Some(Part::Skip | Part::Holds)))
    }

    fn after(&self, at: usize) -> Option<&Part> {
        self.next(at).and_then(|at| self.part(at))
    }

    fn before(&self, at: usize) -> Option<&Part> {
        self.previous(at).and_then(|at| self.part(at))
    }

    /// Each name in the reading that its neighbours ask for; a bare word is the product where there is one.
    fn link_things(&mut self) {
        for at in 0..self.pieces.len() {
            let Some(Part::Things(names)) = self.part(at) else { continue };
            let beside = [self.part(at + 1), at.checked_sub(1).and_then(|at| self.part(at))];
            let order = if beside.contains(&Some(&Part::AisleWord)) {
                [NameKind::Aisle, NameKind::Department, NameKind::Product, NameKind::Segment]
            } else if beside.contains(&Some(&Part::DepartmentWord)) {
                [NameKind::Department, NameKind::Aisle, NameKind::Product, NameKind::Segment]
            } else {
                // As elsewhere, the widest thing of that name.
                [NameKind::Department, NameKind::Aisle, NameKind::Product, NameKind::Segment]
            };
            let found = order.iter().find_map(|kind| names.iter().find(|name| name.kind == *kind));
            let Some(name) = found.cloned() else { continue };
            let last = matches!(self.part(at + 2), None | Some(Part::And | Part::Things(_)));
            let without = self.before(at) == Some(&Part::Not)
                || self.part(at + 1) == Some(&Part::No) && last
                || self.before(at) == Some(&Part::And) && self.things.last().is_some_and(|last| last.without);
            if self.things.iter().all(|thing| thing.name != name) {
                self.things.push(Thing { name, at, without });
            }
        }
    }

    fn link_measures(&mut self) {
        for at in 0..self.pieces.len() {
            let Some(Part::Measure(measure)) = self.part(at) else { continue };
            let measure = *measure;
            if self.measures.iter().all(|(known, _)| *known != measure) {
                self.measures.push((measure, at));
            }
            if matches!(self.before(at), Some(Part::By)) {
                self.ordered_by = Some(measure);
            }
        }
        // "by orders", "by number of baskets"
        for at in 0..self.pieces.len() {
            if self.part(at) == Some(&Part::Orders) && self.ordered_by.is_none() {
                let before = match self.before(at) {
                    Some(Part::HowMany) => self.previous(at).and_then(|at| self.before(at)),
                    before => before,
                };
                if before == Some(&Part::By) {
                    self.ordered_by = Some(Measure::Joint);
                }
            }
        }
    }

    /// Bounds get their figure, a number that counts rows is the limit.
    fn link_numbers(&mut self) {
        for at in 0..self.pieces.len() {
            let (value, percent) = match self.part(at) {
                Some(Part::Number(value)) => (*value, false),
                Some(Part::Percent(value)) => (*value, true),
                _ => continue,
            };
            let before = self.previous(at);
            let behind = self.next(at);
            let compared = match before.and_then(|at| self.part(at)) {
                Some(Part::Cmp(op)) => Some(*op),
                Some(Part::Arrow) => Some(FilterOp::Gt),
                _ => None,
            };
            let op = compared.or(match (self.part(at + 1), self.part(at + 2)) {
                (Some(Part::CmpAfter(op)), _) => Some(*op),
                // "100 times or more"
                (Some(Part::Orders | Part::Measure(_)), Some(Part::CmpAfter(op))) => Some(*op),
                _ => None,
            });
            // "skip any with under 100 orders"
            let dropped = compared.is_some()
                && (0..at).rev().take(6).any(|place| self.part(place) == Some(&Part::Drop));
            let op = op.map(|op| match (dropped, op) {
                (true, FilterOp::Lt) => FilterOp::Ge,
                (true, FilterOp::Le) => FilterOp::Gt,
                (true, FilterOp::Gt) => FilterOp::Le,
                (true, FilterOp::Ge) => FilterOp::Lt,
                (_, op) => op,
            });
            let Some(piece) = self.pieces.get(at).cloned() else { continue };
            if let Some(op) = op {
                let start = compared.and(before).unwrap_or(at);
                let counted = matches!(self.part(at + 1), Some(Part::Orders | Part::Measure(_)));
                let end = if compared.is_some() || counted { at } else { at + 1 };
                let Some(measure) = self.measure_of_bound(start, end, percent) else { continue };
                self.bounds.push(Bound { measure, op, value });
                self.explained.extend(piece.from..piece.to);
            } else if !percent && value.fract() == 0.0 && (1.0..=1_000.0).contains(&value) {
                let counted = matches!(
                    behind.and_then(|at| self.part(at)),
                    Some(
                        Part::Products
                            | Part::Companion
                            | Part::Pair
                            | Part::Most
                            | Part::Strongest
                            | Part::Organic
                    ) | Some(Part::Measure(Measure::Confidence))
                ) || matches!(
                    before.and_then(|at| self.part(at)),
                    Some(Part::Most | Part::Strongest | Part::Least | Part::Which)
                );
                if counted && self.limit.is_none() {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a whole number from 1 to 1000"
                    )]
                    let limit = value as u32;
                    self.limit = Some(limit);
                    self.explained.extend(piece.from..piece.to);
                }
            }
        }
        if self.limit.is_none() && self.has(|part| *part == Part::NumberOne) {
            self.limit = Some(1);
        }
    }

    /// What a bound over the pieces `start..=end` is on: orders behind it, the figure just before it, else that behind it.
    fn measure_of_bound(&self, start: usize, end: usize, percent: bool) -> Option<Measure> {
        let behind = self.after(end);
        if !percent && matches!(behind, Some(Part::Orders | Part::Measure(Measure::Joint))) {
            return Some(Measure::Joint);
        }
        [self.before(start), behind].into_iter().find_map(|part| match part {
            Some(Part::Measure(measure)) => Some(*measure),
            _ => None,
        })
    }

    fn products(&self) -> Vec<&Thing> {
        self.things.iter().filter(|thing| thing.name.kind == NameKind::Product).collect()
    }

    fn places(&self) -> Vec<&Thing> {
        let place = |thing: &&Thing| matches!(thing.name.kind, NameKind::Aisle | NameKind::Department);
        self.things.iter().filter(place).collect()
    }

    fn counts(&self) -> bool {
        self.has(|part| *part == Part::HowMany)
    }

    /// The query that answers; orders are counted for staff alone.
    fn intent(&self, staff: bool) -> Option<MetricIntent> {
        if self.things.iter().any(|thing| thing.name.kind == NameKind::Segment) {
            return None;
        }
        if staff && let Some(intent) = self.part_of_orders().or_else(|| self.orders_with()) {
            return Some(intent);
        }
        match (self.products().as_slice(), self.places().as_slice()) {
            ([first, second], []) if !first.without && !second.without => self.of_pair(first, second),
            ([product], places) if !product.without && places.len() <= 1 => self.companions(product, places),
            ([], []) => self.all_pairs(),
            (products, []) if products.len() > 2 => self.compared(products),
            _ => None,
        }
    }

    // ---- orders that hold things

    /// "how many baskets hold X and Y", "orders with X but not Y": counted exactly, over the orders themselves.
    fn orders_with(&self) -> Option<MetricIntent> {
        let things = &self.things;
        if things.len() < 2 || things.first().is_some_and(|thing| thing.without) {
            return None;
        }
        // What customers did not buy is read with all that is said of them.
        if self.counted_customers() && self.has(|part| matches!(part, Part::Not | Part::No)) {
            return None;
        }
        // "the most frequent companion of X from the yogurt aisle": what goes with it is listed.
        if self.has(|part| *part == Part::Companion) && self.products().len() == 1 {
            return None;
        }
        // "…, how many items do they hold on average": a figure of those orders.
        let items = (0..self.pieces.len())
            .any(|at| self.part(at) == Some(&Part::HowMany) && self.after(at) == Some(&Part::Products));
        if items && self.has(|part| *part == Part::Mean) {
            return None;
        }
        let figures = self.measures.iter().any(|(measure, _)| *measure != Measure::Joint);
        let said = self.held_by_orders()
            || self.has(|part| {
                let together =
                    matches!(part, Part::Together | Part::Not | Part::No | Part::Both | Part::Pair);
                together || *part == Part::Measure(Measure::Joint)
            });
        let either = self.has(|part| *part == Part::Or);
        // "orders with X, Y and Z together": what stands first is counted.
        let orders =
            self.pieces.iter().find(|piece| !matches!(piece.part, Part::Skip)).is_some_and(|piece| {
                piece.part == Part::Orders && !piece.singular && self.has(|part| *part == Part::Together)
            }) && self.products().len() == things.len()
                && self.is_list();
        let asked = orders || self.counts() || self.has(|part| *part == Part::Measure(Measure::Joint));
        if figures || !said || either || !asked || self.has(|part| *part == Part::Which) && !self.counts() {
            return None;
        }
        if !self.bounds.is_empty() || self.limit.is_some() {
            return None;
        }
        let cohorts = things.iter().map(|thing| Cohort {
            of: CohortOf::Orders,
            bought: vec![thing_filter(&thing.name)],
            not: thing.without,
            ..Cohort::default()
        });
        let metric = if self.counted_customers() { "customers" } else { "orders" };
        let cohorts = if metric == "customers" && !self.in_one_order() {
            cohorts.map(|cohort| Cohort { of: CohortOf::Customers, ..cohort }).collect()
        } else {
            cohorts.collect()
        };
        let query = MetricQuery { cohorts, ..MetricQuery::of([metric]) };
        Some(MetricIntent { query, shape: Shape::Single, chart: false })
    }

    /// "how many baskets hold X and Y": of products both, in each of the orders that are counted.
    fn held_by_orders(&self) -> bool {
        let Some(first) = self.things.first() else { return false };
        let orders = self
            .pieces
            .iter()
            .take(first.at)
            .enumerate()
            .any(|(at, piece)| piece.part == Part::Orders && self.before(at) == Some(&Part::HowMany));
        let holds = self.pieces.iter().take(first.at).any(|piece| piece.part == Part::Holds);
        orders && holds && self.is_list() && self.products().len() == self.things.len()
    }

    /// "X and Y": nothing but a list stands between the things.
    fn is_list(&self) -> bool {
        let (Some(first), Some(last)) = (self.things.first(), self.things.last()) else { return false };
        (first.at..last.at)
            .all(|at| matches!(self.part(at), Some(Part::Things(_) | Part::And | Part::Skip | Part::Holds)))
    }

    /// "how many customers": people are counted, not orders.
    fn counted_customers(&self) -> bool {
        let nouns =
            |at: &usize| matches!(self.part(*at), Some(Part::Customers | Part::Orders | Part::Measure(_)));
        let places: Vec<usize> = (0..self.pieces.len()).filter(nouns).collect();
        let counted = places.iter().find(|at| self.before(**at) == Some(&Part::HowMany)).or(places.first());
        counted.is_some_and(|at| self.part(*at) == Some(&Part::Customers))
    }

    /// Whether it is said that the things stand in one order.
    fn in_one_order(&self) -> bool {
        self.has(|part| *part == Part::Together)
    }

    /// "what share of the orders with X also hold Y": of the orders that hold the first, those that hold the other too.
    fn part_of_orders(&self) -> Option<MetricIntent> {
        let [first, second] = self.things.as_slice() else { return None };
        let also = self.has(|part| matches!(part, Part::Also | Part::Together | Part::Both | Part::Not));
        if !self.has(|part| *part == Part::Share) || !also || first.without || !self.measures.is_empty() {
            return None;
        }
        let listed = self.is_list() && !self.has(|part| *part == Part::Also);
        if listed && first.name.kind == NameKind::Product && second.name.kind == NameKind::Product {
            // "in what share of the orders do X and Y appear together": of all of them.
            return Some(Self::figures_of(first, second, vec![Measure::Support.metric()]));
        }
        let both = listed || self.has(|part| *part == Part::Both);
        let (given, other) = if self.reversed(first, second) { (second, first) } else { (first, second) };
        let holds = |thing: &Thing| Cohort {
            of: CohortOf::Orders,
            bought: vec![thing_filter(&thing.name)],
            not: thing.without,
            ..Cohort::default()
        };
        if both || second.without {
            return None;
        }
        let query = MetricQuery {
            cohorts: vec![holds(given)],
            part: vec![thing_filter(&other.name)],
            ..MetricQuery::of(["orders"])
        };
        Some(MetricIntent { query, shape: Shape::Single, chart: false })
    }

    // ---- pairs

    /// Whether the second product is the one that is there already: "how likely is X when Y is in the cart".
    fn reversed(&self, first: &Thing, second: &Thing) -> bool {
        let given: Vec<usize> =
            (0..self.pieces.len()).filter(|at| self.part(*at) == Some(&Part::Given)).collect();
        given.iter().any(|at| (first.at..second.at).contains(at)) && !given.iter().any(|at| *at < first.at)
    }

    /// "which is closer to X, Y or Z": figures of one product with each of those that "or" joins.
    fn compared(&self, products: &[&Thing]) -> Option<MetricIntent> {
        let joined = |thing: &Thing| {
            self.after(thing.at) == Some(&Part::Or) || self.before(thing.at) == Some(&Part::Or)
        };
        let (rivals, rest): (Vec<&Thing>, Vec<&Thing>) =
            products.iter().copied().partition(|thing| joined(thing));
        let ([fixed], false) = (rest.as_slice(), rivals.len() < 2) else { return None };
        let bounded = !self.bounds.is_empty() || self.limit.is_some();
        if bounded || products.iter().any(|thing| thing.without) {
            return None;
        }
        let ranked = self.has(|part| matches!(part, Part::Strongest | Part::Most | Part::Least));
        if self.measures.is_empty() && !ranked {
            return None;
        }
        let query = MetricQuery::default()
            .by([COMPANION])
            .filter("antecedent_id", FilterOp::Eq, [i64::from(fixed.name.id)])
            .filter("companion_id", FilterOp::In, rivals.iter().map(|thing| i64::from(thing.name.id)));
        let mut intent = self.listed(query)?;
        (intent.query.limit, intent.shape) = (None, Shape::Breakdown);
        Some(intent)
    }

    /// "support, confidence and lift of X and Y".
    fn of_pair(&self, first: &Thing, second: &Thing) -> Option<MetricIntent> {
        let mut metrics: Vec<&str> = self.measures.iter().map(|(measure, _)| measure.metric()).collect();
        if self.has(|part| *part == Part::Strongest) && metrics.is_empty() {
            metrics.push(Measure::Lift.metric());
        }
        if metrics.is_empty() || !self.bounds.is_empty() || self.limit.is_some() {
            return None;
        }
        let (from, to) = if self.reversed(first, second) { (second, first) } else { (first, second) };
        Some(Self::figures_of(from, to, metrics))
    }

    fn figures_of(from: &Thing, to: &Thing, metrics: Vec<&str>) -> MetricIntent {
        let id = |thing: &Thing| i64::from(thing.name.id);
        let query = MetricQuery::of(metrics)
            .by([ANTECEDENT, COMPANION])
            .filter("antecedent_id", FilterOp::Eq, [id(from)])
            .filter("companion_id", FilterOp::Eq, [id(to)]);
        MetricIntent { query, shape: Shape::Single, chart: false }
    }

    /// "what is bought together with X most often", "companions of X in the yogurt aisle with a lift above 2".
    fn companions(&self, product: &Thing, places: &[&Thing]) -> Option<MetricIntent> {
        let joint_bound = self.bounds.iter().any(|bound| bound.measure == Measure::Joint);
        let together = self
            .has(|part| matches!(part, Part::Together | Part::Companion | Part::Pair | Part::Leads))
            || self.has(|part| *part == Part::Share)
                && joint_bound
                && !self.has(|part| *part == Part::Customers)
            || self.measures.iter().any(|(measure, _)| *measure != Measure::Support);
        let ranked = self.has(|part| {
            matches!(part, Part::Most | Part::Least | Part::Strongest | Part::NumberOne | Part::Measure(_))
        });
        let asked = ranked || self.limit.is_some() || !self.bounds.is_empty() || self.counts();
        if !together || !asked {
            return None;
        }
        let leads = self.leads_to(product);
        let (fixed, listed) = if leads { ("companion_id", ANTECEDENT) } else { ("antecedent_id", COMPANION) };
        let mut query = MetricQuery::default().filter(fixed, FilterOp::Eq, [i64::from(product.name.id)]);
        for place in places {
            if leads {
                return None;
            }
            let field = match place.name.kind {
                NameKind::Department => "companion_department",
                _ => "companion_aisle",
            };
            query = query.filter(field, FilterOp::Eq, [place.name.text.as_str()]);
        }
        if self.has(|part| *part == Part::Organic) {
            if leads {
                return None;
            }
            query = query.filter("companion_organic", FilterOp::Eq, [1]);
        }
        self.restrict(&mut query)?;
        if self.counts() && !leads && self.counted_products() {
            query.metrics = vec!["companions".to_owned()];
            return Some(MetricIntent { query, shape: Shape::Single, chart: false });
        }
        if self.has(|part| *part == Part::Mean) && self.limit.is_none() {
            // "the average lift of the companions of X": one figure of all of them.
            query.metrics = self.measures.iter().map(|(measure, _)| measure.metric().to_owned()).collect();
            let measured = self.measures.iter().all(|(measure, _)| *measure != Measure::Joint);
            return (measured && !query.metrics.is_empty()).then_some(MetricIntent {
                query,
                shape: Shape::Single,
                chart: false,
            });
        }
        query.dimensions = vec![listed.to_owned()];
        self.listed(query)
    }

    /// "how many products": what is listed is counted, not the orders.
    fn counted_products(&self) -> bool {
        // "partners of X with …: give me the count"
        let last = (0..self.pieces.len()).rev().find(|at| !matches!(self.part(*at), Some(Part::Skip)));
        if last.is_some_and(|at| self.part(at) == Some(&Part::HowMany) && !self.beside_rows(at)) {
            return true;
        }
        self.pieces.iter().enumerate().any(|(at, piece)| {
            matches!(piece.part, Part::Products | Part::Companion) && self.before(at) == Some(&Part::HowMany)
        })
    }

    /// "…, with that count": the number stands beside each of the rows.
    fn beside_rows(&self, count: usize) -> bool {
        (0..count)
            .rev()
            .take_while(|at| matches!(self.part(*at), Some(Part::Skip | Part::Holds)))
            .any(|at| self.part(at) == Some(&Part::Holds))
    }

    /// Whether what is asked for leads to the product, rather than the product to it.
    fn leads_to(&self, product: &Thing) -> bool {
        let arrow = product.at.checked_sub(1).and_then(|at| self.part(at)) == Some(&Part::Arrow)
            && (self.before(product.at.saturating_sub(1)) == Some(&Part::Products)
                || self.pieces.iter().take(product.at).all(|piece| !matches!(piece.part, Part::Things(_)))
                    && self.pieces.iter().take(product.at).any(|piece| piece.part == Part::Products));
        arrow
            || self.pieces.iter().take(product.at).any(|piece| piece.part == Part::Leads)
            || self.pieces.iter().enumerate().any(|(at, piece)| {
                matches!(piece.part, Part::Things(_))
                    && at > 1
                    && self.part(at - 1) == Some(&Part::Arrow)
                    && self.part(at - 2) == Some(&Part::Products)
            })
    }

    /// "strongest pairs by lift in at least 50 orders", "how many pairs of products are there".
    fn all_pairs(&self) -> Option<MetricIntent> {
        let two = self.limit == Some(2)
            && self.has(|part| *part == Part::Products)
            && self.has(|part| *part == Part::Together);
        // "which products are most often bought together"
        let plural = self.pieces.iter().any(|piece| piece.part == Part::Products && !piece.singular);
        let together = plural
            && self.has(|part| *part == Part::Together)
            && self.has(|part| matches!(part, Part::Most | Part::Strongest | Part::Measure(_)))
            && !self.has(|part| matches!(part, Part::AisleWord | Part::DepartmentWord));
        let pairs = self.has(|part| *part == Part::Pair) || together && !two;
        if !(pairs || two) || self.has(|part| matches!(part, Part::Organic | Part::Not)) {
            return None;
        }
        let mut query = MetricQuery::default();
        self.restrict(&mut query)?;
        if self.counts() && self.counted_pairs() {
            query.metrics = vec!["product_pairs".to_owned()];
            return Some(MetricIntent { query, shape: Shape::Single, chart: false });
        }
        let asked = self.limit.is_some()
            || !self.bounds.is_empty()
            || !self.measures.is_empty()
            || self.has(|part| matches!(part, Part::Most | Part::Least | Part::Strongest | Part::NumberOne));
        if !asked {
            return None;
        }
        query.dimensions = vec![ANTECEDENT.to_owned(), COMPANION.to_owned()];
        // Confidence has a direction; all else is the same both ways and is told once.
        let directed = self.measures.iter().any(|(measure, _)| *measure == Measure::Confidence);
        if !directed {
            query = query.filter("pair_is_first", FilterOp::Eq, [1]);
        }
        let mut intent = self.listed(query)?;
        if two && !pairs {
            (intent.query.limit, intent.shape) = (Some(1), Shape::Extreme);
        }
        Some(intent)
    }

    fn counted_pairs(&self) -> bool {
        // "pairs with …, count them"
        let last = (0..self.pieces.len()).rev().find(|at| !matches!(self.part(*at), Some(Part::Skip)));
        if last.is_some_and(|at| self.part(at) == Some(&Part::HowMany)) {
            return true;
        }
        self.pieces.iter().enumerate().any(|(at, piece)| {
            let before = match self.before(at) {
                Some(Part::Products) => self.previous(at).and_then(|products| self.before(products)),
                before => before,
            };
            piece.part == Part::Pair && matches!(before, Some(Part::HowMany))
        })
    }

    /// The bounds as conditions on the pairs; none where one cannot be.
    fn restrict(&self, query: &mut MetricQuery) -> Option<()> {
        for bound in &self.bounds {
            let whole = bound.measure == Measure::Joint && bound.value.fract() == 0.0;
            #[expect(clippy::cast_possible_truncation, reason = "a whole number as it was written")]
            let value = if whole {
                FilterValue::Integer(bound.value as i64)
            } else {
                FilterValue::Number(bound.value)
            };
            query.filters.push(MetricFilter {
                field: bound.measure.column()?.to_owned(),
                op: bound.op,
                values: vec![value],
            });
        }
        Some(())
    }

    /// What the rows are ordered by.
    fn ranked_by(&self) -> Measure {
        let bounded = |measure: Measure| self.bounds.iter().any(|bound| bound.measure == measure);
        let named = self.measures.iter().map(|(measure, _)| *measure);
        self.ordered_by
            .or_else(|| named.clone().find(|measure| !bounded(*measure)))
            .or_else(|| self.has(|part| *part == Part::Strongest).then_some(Measure::Lift))
            .or_else(|| {
                // "buyers of which products most often have X": how often, of their own orders.
                let leads = self.has(|part| *part == Part::Leads);
                leads.then_some(Measure::Confidence)
            })
            .or_else(|| {
                let most = self.has(|part| matches!(part, Part::Most | Part::Least | Part::NumberOne));
                (!most).then(|| named.clone().next()).flatten()
            })
            .unwrap_or(Measure::Joint)
    }

    /// The rows by the figure that is asked for, and the others that are named.
    fn listed(&self, mut query: MetricQuery) -> Option<MetricIntent> {
        let by = self.ranked_by();
        query.metrics = vec![by.metric().to_owned()];
        let named = self.measures.iter().map(|(measure, _)| *measure);
        for measure in named.chain(self.bounds.iter().map(|bound| bound.measure)) {
            if !query.metrics.iter().any(|known| known == measure.metric()) {
                query.metrics.push(measure.metric().to_owned());
            }
        }
        let least = self.has(|part| *part == Part::Least);
        let direction = if least { Direction::Asc } else { Direction::Desc };
        query.order_by = vec![OrderBy { field: by.metric().to_owned(), direction: Some(direction) }];
        let one = self.is_singular().then_some(1);
        query.limit = self.limit.or(one).or(self.bounds.is_empty().then_some(DEFAULT_RANKING));
        let shape = match query.limit {
            Some(1) => Shape::Extreme,
            Some(_) => Shape::Ranking,
            None => Shape::Breakdown,
        };
        Some(MetricIntent { query, shape, chart: false })
    }

    /// "which product", "the strongest pair", "which yogurt": one is asked for.
    fn is_singular(&self) -> bool {
        let ranks = |part: Option<&Part>| {
            matches!(part, Some(Part::Which | Part::Most | Part::Least | Part::Strongest | Part::NumberOne))
        };
        let ranked =
            self.has(|part| matches!(part, Part::Most | Part::Least | Part::Strongest | Part::Measure(_)));
        let leads_in = |at: usize| match self.before(at) {
            Some(Part::Organic) => self.previous(at).is_some_and(|organic| ranks(self.before(organic))),
            before => ranks(before),
        };
        let head = (0..self.pieces.len()).find(|at| {
            let noun = matches!(
                self.part(*at),
                Some(Part::Products | Part::Companion | Part::Pair | Part::Things(_))
            );
            let product =
                self.things.iter().any(|thing| thing.at == *at && thing.name.kind == NameKind::Product);
            noun && !product && leads_in(*at)
        });
        ranked && head.and_then(|at| self.pieces.get(at)).is_some_and(|piece| piece.singular)
    }
}

/// The condition that a line is of that thing.
fn thing_filter(name: &Name) -> MetricFilter {
    let field = match name.kind {
        NameKind::Product => "product_name",
        NameKind::Aisle => "aisle",
        NameKind::Department => "department",
        NameKind::Segment => "segment_name",
    };
    MetricFilter {
        field: field.to_owned(),
        op: FilterOp::Eq,
        values: vec![FilterValue::Text(name.text.clone())],
    }
}
