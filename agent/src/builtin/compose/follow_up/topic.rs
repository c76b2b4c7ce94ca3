//! What the talk is about: the plans and the rows of the turns before, and the things that they speak of.
//!
//! history → [`Topic`]: the turns with a plan, the latest first. A thing of a turn is a row of its answer or what its
//! question was limited to. A turn that was refused or asked back has no plan and is passed over.

use domain::table::Table;
use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery};

use crate::{
    builtin::{
        PastTurn,
        analytics::{self, EVERYDAY_NAMES},
        intent::{Intent, Plan, Shape},
        normalise::stem,
        vocabulary::{NameKind, Vocabulary},
    },
    memory::MAX_SHOWN_ROWS,
};

/// What can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Product,
    Aisle,
    Department,
    Customer,
    Segment,
    Hour,
    Day,
}

impl Kind {
    /// Most specific first: "it" is the product in a department, not the department.
    const ALL: [Self; 7] =
        [Self::Product, Self::Aisle, Self::Department, Self::Customer, Self::Segment, Self::Hour, Self::Day];

    /// The column that names such things.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::Product => "product_name",
            Self::Aisle => "aisle",
            Self::Department => "department",
            Self::Customer => "user_id",
            Self::Segment => "segment_name",
            Self::Hour => "order_hour_of_day",
            Self::Day => "order_dow",
        }
    }

    /// The kind that a word names.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Some(match stem(word).as_str() {
            "product" | "item" | "article" | "thing" => Self::Product,
            "aisle" | "category" | "shelf" => Self::Aisle,
            "department" | "section" => Self::Department,
            "customer" | "user" | "shopper" | "client" | "buyer" | "guy" => Self::Customer,
            "segment" | "cluster" | "group" => Self::Segment,
            "hour" => Self::Hour,
            "day" => Self::Day,
            _ => return None,
        })
    }

    /// Whether each of this kind has one of the other: a customer a segment, a product an aisle.
    fn settles(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Customer, Self::Segment)
                | (Self::Product, Self::Aisle | Self::Department)
                | (Self::Aisle, Self::Department)
        )
    }

    fn of_column(column: &str) -> Option<Self> {
        let of_product = matches!(column, "product_id" | "antecedent_id" | "antecedent" | "companion");
        let column = if of_product { "product_name" } else { column };
        Self::ALL.into_iter().find(|kind| kind.column() == column)
    }
}

/// Something that the talk is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Thing {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its name, or its number.
    pub(crate) text: String,
    /// A product's number, where the answer has it.
    pub(crate) id: Option<u32>,
}

impl Thing {
    /// What a condition picks, where that is one thing.
    pub(crate) fn of(filter: &MetricFilter) -> Option<Self> {
        let kind = Kind::of_column(&filter.field)?;
        let text = match (filter.op, filter.values.as_slice()) {
            (FilterOp::Eq, [FilterValue::Text(text)]) => text.clone(),
            (FilterOp::Eq, [FilterValue::Integer(number)]) if kind == Kind::Customer => number.to_string(),
            _ => return None,
        };
        Some(Self { kind, text, id: None })
    }

    /// As a message can say it so that it is read as just that.
    pub(crate) fn words(&self, vocabulary: &Vocabulary) -> String {
        match self.kind {
            Kind::Product => {
                let named = vocabulary.names(&key(&self.text));
                let plain = named.iter().all(|name| name.kind == NameKind::Product)
                    && named.iter().any(|name| self.id.is_none_or(|id| id == name.id));
                match self.id {
                    Some(id) if !plain => format!("product {id}"),
                    _ => self.text.clone(),
                }
            }
            // With its article: "does milk aisle have" would read as two things.
            Kind::Aisle => format!("the {} aisle", self.text),
            // The bare name is the department; the word beside it would read as what is asked for.
            Kind::Department if !EVERYDAY_NAMES.contains(&self.text.as_str()) => self.text.clone(),
            Kind::Department => format!("{} department", self.text),
            Kind::Segment => format!("{} segment", self.text),
            Kind::Customer => format!("customer {}", self.text),
            Kind::Hour => format!("hour {}", self.text),
            Kind::Day => format!("day {}", self.text),
        }
    }

    /// The condition that picks it.
    pub(crate) fn value(&self) -> FilterValue {
        match self.kind {
            Kind::Product | Kind::Aisle | Kind::Department | Kind::Segment => {
                FilterValue::Text(self.text.clone())
            }
            Kind::Customer | Kind::Hour | Kind::Day => self
                .text
                .parse::<i64>()
                .map_or_else(|_| FilterValue::Text(self.text.clone()), FilterValue::Integer),
        }
    }
}

/// One turn with a plan.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlannedTurn<'a> {
    /// What was done.
    pub(crate) plan: Plan,
    /// What came of it.
    pub(crate) past: &'a PastTurn,
    /// The conditions that the turn before it had not, where it asks for the same figure.
    pub(crate) added: Vec<MetricFilter>,
}

/// The talk so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Topic<'a> {
    /// The latest first.
    pub(crate) turns: Vec<PlannedTurn<'a>>,
    /// The turns behind the latest of those, which were refused or asked back; the latest first.
    pub(crate) unplanned: Vec<&'a PastTurn>,
}

impl<'a> Topic<'a> {
    /// Reads the history.
    pub(crate) fn of(history: &'a [PastTurn]) -> Self {
        let planned = |past: &'a PastTurn| {
            let plan = serde_json::from_value(past.plan.clone()).ok()?;
            Some(PlannedTurn { plan, past, added: Vec::new() })
        };
        let mut turns: Vec<PlannedTurn<'a>> =
            history.iter().rev().filter(|turn| !turn.plan.is_null()).filter_map(planned).collect();
        let added: Vec<_> =
            turns.windows(2).filter_map(|pair| Some(added(pair.first()?, pair.get(1)?))).collect();
        for (turn, added) in turns.iter_mut().zip(added) {
            turn.added = added;
        }
        Self { turns, unplanned: history.iter().rev().take_while(|turn| turn.plan.is_null()).collect() }
    }

    /// The one thing of that kind that was spoken of last; of any kind where none is said.
    pub(crate) fn thing(&self, kind: Option<Kind>) -> Option<Thing> {
        self.turns.iter().find_map(|turn| turn.thing(kind))
    }

    /// The one thing that the last answer is about.
    pub(crate) fn latest_thing(&self) -> Option<Thing> {
        self.turns.first().and_then(|turn| turn.thing(None))
    }

    /// The one thing that the last answer was without: "and those with it?".
    pub(crate) fn denied_thing(&self) -> Option<Thing> {
        let Some(Intent::Metric(metric)) = self.turns.first()?.plan.single() else { return None };
        denied(&metric.query).find_map(Thing::of)
    }

    /// Whether the last answer is what an order held.
    pub(crate) fn lists_an_order(&self) -> bool {
        self.turns.first().is_some_and(
            |turn| matches!(turn.plan.single(), Some(Intent::History(args)) if args.order.is_some()),
        )
    }

    /// The thing whose name has all of these words.
    pub(crate) fn named(&self, words: &[&str], vocabulary: &Vocabulary) -> Option<Thing> {
        let holds = |thing: &Thing| {
            let own: Vec<String> =
                thing.text.to_lowercase().split(|c: char| !c.is_alphanumeric()).map(stem).collect();
            words.iter().all(|word| own.contains(&stem(word)))
        };
        self.turns.iter().find_map(|turn| {
            let subjects = turn.subjects();
            let known = subjects.into_iter().map(|thing| self.with_name(thing, vocabulary));
            known.chain(turn.all_rows()).find(|thing| holds(thing))
        })
    }
}

/// The conditions of a turn that the one before had not.
fn added(turn: &PlannedTurn<'_>, before: &PlannedTurn<'_>) -> Vec<MetricFilter> {
    let (Some(Intent::Metric(turn)), Some(Intent::Metric(before))) =
        (turn.plan.single(), before.plan.single())
    else {
        return Vec::new();
    };
    let known: Vec<&MetricFilter> = conditions(&before.query).chain(denied(&before.query)).collect();
    let now = || conditions(&turn.query).chain(denied(&turn.query));
    let kept = known.iter().all(|one| now().any(|filter| filter == *one));
    now().filter(|filter| kept && !known.contains(filter)).cloned().collect()
}

impl Topic<'_> {
    /// A product that is known by its number, with the name that an answer gave it.
    fn with_name(&self, thing: Thing, vocabulary: &Vocabulary) -> Thing {
        let (Some(id), true) = (thing.id, thing.text.is_empty()) else { return thing };
        let rows = self.turns.iter().flat_map(|turn| turn.rows(Kind::Product));
        let same = |row: &Thing| {
            row.id == Some(id) || (row.id.is_none() && product_named(&row.text, vocabulary) == Some(id))
        };
        let text = rows.filter(same).map(|row| row.text).next().unwrap_or_default();
        Thing { text, ..thing }
    }
}

/// The product that has a name.
pub(super) fn product_named(name: &str, vocabulary: &Vocabulary) -> Option<u32> {
    let found = vocabulary.names(&key(name)).iter().find(|name| name.kind == NameKind::Product);
    found.map(|name| name.id)
}

/// The stems that a name is looked up by.
fn key(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '%' | '.'));
    words.filter(|word| !word.is_empty()).map(|word| stem(&word.to_lowercase())).collect::<Vec<_>>().join(" ")
}

impl PlannedTurn<'_> {
    fn table(&self) -> Option<&Table> {
        self.past.shown.first()
    }

    /// The kind of the rows.
    pub(crate) fn row_kind(&self) -> Option<Kind> {
        match self.plan.intents.first()? {
            Intent::Metric(metric) => {
                let kinds = metric.query.dimensions.iter().filter_map(|dimension| Kind::of_column(dimension));
                kinds.reduce(|before, last| if before.settles(last) { before } else { last })
            }
            Intent::Search(_)
            | Intent::Recommend(_)
            | Intent::Related(_)
            | Intent::Popular(_)
            | Intent::SegmentPopularity(_)
            | Intent::History(_) => Some(Kind::Product),
            Intent::SimilarCustomers(_) => Some(Kind::Customer),
            Intent::Product(_) | Intent::Profile(..) | Intent::WillBuy(_) | Intent::Describe(_) => None,
        }
    }

    /// The rows as things of a kind.
    pub(crate) fn rows(&self, kind: Kind) -> Vec<Thing> {
        let Some(table) = self.table() else { return Vec::new() };
        let text = |row: usize, column: &str| match table.cell(row, column)? {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        (0..table.rows.len())
            .filter_map(|row| {
                let id = table.integer(row, "product_id").and_then(|id| u32::try_from(id).ok());
                let id = id.filter(|_| kind == Kind::Product);
                let companion = (kind == Kind::Product).then(|| text(row, "companion")).flatten();
                Some(Thing { kind, text: text(row, kind.column()).or(companion)?, id })
            })
            .collect()
    }

    pub(super) fn all_rows(&self) -> Vec<Thing> {
        self.row_kind().map(|kind| self.rows(kind)).unwrap_or_default()
    }

    /// The column of the figure that its rows go by.
    pub(super) fn leading_column(&self) -> Option<String> {
        let Some(Intent::Metric(metric)) = self.plan.single() else { return None };
        let table = self.table()?;
        let has = |name: &String| table.columns.iter().any(|column| column.name == *name);
        let first = metric.query.metrics.first()?;
        let sorted = metric.query.order_by.first().map(|order| order.field.clone());
        [sorted.unwrap_or_default(), format!("part_of_{first}"), first.clone()].into_iter().find(has)
    }

    /// The rows from the one end of their figure to the other; `None` where their figures do not tell.
    pub(super) fn ranked(&self, kind: Kind, highest: bool, judges: bool) -> Option<Vec<Thing>> {
        let rows = self.rows(kind);
        let Some(Intent::Metric(metric)) = self.plan.single() else {
            // Goods are shown the best first.
            return Some(if highest { rows } else { rows.into_iter().rev().collect() });
        };
        let table = self.table().filter(|table| table.rows.len() == rows.len())?;
        let column = self.leading_column()?;
        let measured = metric.query.metrics.first()?;
        let highest = highest != (judges && analytics::is_better_low(measured));
        let mut ranked = rows
            .into_iter()
            .enumerate()
            .map(|(row, thing)| Some((table.cell(row, &column)?.as_f64()?, thing)))
            .collect::<Option<Vec<(f64, Thing)>>>()?;
        let mut names: Vec<&str> = ranked.iter().map(|(_, thing)| thing.text.as_str()).collect();
        names.sort_unstable();
        // A row each of two groupings is no thing.
        if names.windows(2).any(|pair| pair.first() == pair.last()) || self.is_cut_short() {
            return None;
        }
        ranked.sort_by(|(a, _), (b, _)| if highest { b.total_cmp(a) } else { a.total_cmp(b) });
        Some(ranked.into_iter().map(|(_, thing)| thing).collect())
    }

    /// The row at a place; negative from the end.
    pub(crate) fn row_at(&self, kind: Option<Kind>, place: i32) -> Option<Thing> {
        let rows = self.rows(kind.or(self.row_kind())?);
        let at = if place < 0 {
            rows.len().checked_sub(place.unsigned_abs() as usize)?
        } else {
            usize::try_from(place).ok()?
        };
        rows.get(at).cloned()
    }

    /// The one thing that this turn is about.
    fn thing(&self, kind: Option<Kind>) -> Option<Thing> {
        let row_kind = self.row_kind();
        let fits = |thing: &Thing| kind.is_none_or(|kind| kind == thing.kind);
        let rows = row_kind.map(|kind| self.rows(kind)).unwrap_or_default();
        if let [row] = rows.as_slice()
            && fits(row)
        {
            return Some(row.clone());
        }
        let subjects = self.subjects();
        // "that", of what a customer buys most: the product, not the customer.
        let ranked = kind.is_none() && self.is_ranking() && !rows.is_empty();
        let meant = |thing: &&Thing| fits(thing) && !(ranked && thing.kind == Kind::Customer);
        if let Some(subject) = subjects.iter().find(meant) {
            return Some(subject.clone());
        }
        // "that department", behind the aisle that stands in it.
        if let Some(kind) = kind.filter(|kind| row_kind != Some(*kind)) {
            let beside = self.rows(kind);
            let alike = beside.windows(2).all(|pair| pair.first() == pair.last());
            if let Some(first) = beside.into_iter().next().filter(|_| alike) {
                return Some(first);
            }
        }
        // Of a ranking of the kind that is asked for, the first; of "it", only where nothing else is there.
        rows.into_iter().next().filter(|row| kind == Some(row.kind) || (kind.is_none() && self.is_ranking()))
    }

    /// Whether its question was limited to such values.
    pub(crate) fn is_about(&self, field: &str, values: &[FilterValue]) -> bool {
        match self.plan.intents.first() {
            Some(Intent::Metric(metric)) => {
                conditions(&metric.query).any(|filter| filter.field == field && filter.values == values)
            }
            _ => self.subjects().iter().any(|thing| {
                thing.kind.column() == field && values.iter().any(|value| *value == thing.value())
            }),
        }
    }

    /// Whether it is about one customer.
    pub(crate) fn is_about_one_customer(&self) -> bool {
        self.subjects().iter().any(|thing| thing.kind == Kind::Customer)
    }

    /// Whether it is about the first, second, third orders of customers.
    pub(super) fn is_of_an_order_number(&self) -> bool {
        matches!(self.plan.single(), Some(Intent::Metric(metric))
            if metric.query.filters.iter().any(|filter| filter.field == "order_number" && filter.op == FilterOp::Eq))
    }

    /// Whether its rows are in an order that was asked for, or that of their figure.
    pub(crate) fn is_sorted(&self) -> bool {
        let natural = [Kind::Hour, Kind::Day];
        match self.plan.intents.first() {
            Some(Intent::Metric(metric)) => {
                !metric.query.order_by.is_empty()
                    || self.row_kind().is_some_and(|kind| !natural.contains(&kind))
            }
            _ => true,
        }
    }

    /// Whether a ranking of several rows was asked for.
    pub(crate) fn ranks_several(&self) -> bool {
        matches!(
            self.plan.intents.first(),
            Some(Intent::Metric(metric)) if metric.query.limit.is_some_and(|limit| limit > 1)
        )
    }

    /// The one figure of the answer, as a message can say it: "8.4 items".
    pub(crate) fn figure(&self) -> Option<String> {
        let Some(Intent::Metric(metric)) = self.plan.single() else { return None };
        let table = self.table().filter(|table| table.rows.len() == 1)?;
        let name = metric.query.metrics.first()?;
        let part = format!("part_of_{name}");
        let of = |column: &str| table.cell(0, column).and_then(serde_json::Value::as_f64);
        let share = of(&part);
        let value = share.or_else(|| of(name))?;
        if share.is_some() || name.ends_with("_rate") {
            let rate = if name == "reorder_rate" { " reorder rate" } else { "" };
            return Some(format!("{} percent{rate}", value * 100.0));
        }
        let unit = match name.as_str() {
            "orders_per_customer" | "median_orders_per_customer" => "orders",
            _ if name.contains("days") => "days",
            _ if name.contains("basket_size") || name == "items_per_customer" => "items",
            "avg_products_per_customer" | "products_bought" => "products",
            "items" | "orders" | "customers" | "products" => name.as_str(),
            _ => "",
        };
        Some(format!("{value} {unit}").trim().to_owned())
    }

    /// Whether it asks for a share.
    pub(crate) fn is_share(&self) -> bool {
        matches!(self.plan.single(), Some(Intent::Metric(metric)) if metric.query.has_part() || metric.query.share_of_total)
    }

    /// Whether there may be more rows than are known.
    fn is_cut_short(&self) -> bool {
        self.table().is_some_and(|table| table.rows.len() >= MAX_SHOWN_ROWS)
    }

    /// Whether it is a question about figures.
    pub(crate) fn is_of_figures(&self) -> bool {
        matches!(self.plan.single(), Some(Intent::Metric(_)))
    }

    /// How many rows its ranking was asked to have.
    pub(crate) fn length(&self) -> Option<u32> {
        match self.plan.intents.first()? {
            Intent::Metric(metric) => metric.query.limit,
            Intent::Search(args) => args.limit,
            Intent::Popular(args) => args.limit,
            _ => None,
        }
    }

    pub(super) fn is_ranking(&self) -> bool {
        match self.plan.intents.first() {
            Some(Intent::Metric(metric)) => matches!(metric.shape, Shape::Extreme | Shape::Ranking),
            _ => true,
        }
    }

    /// What the question was limited to, most specific first.
    pub(super) fn subjects(&self) -> Vec<Thing> {
        let mut found = Vec::new();
        let mut add = |kind: Kind, text: String, id: Option<u32>| found.push(Thing { kind, text, id });
        let Some(intent) = self.plan.intents.first() else { return found };
        let named = |id: u32| self.product_name(id).unwrap_or_default();
        match intent {
            Intent::Metric(metric) => {
                for filter in conditions(&metric.query) {
                    if let (Some(kind), FilterOp::Eq, [value]) =
                        (Kind::of_column(&filter.field), filter.op, filter.values.as_slice())
                    {
                        let (text, id) = match value {
                            FilterValue::Integer(number) if filter.field == "antecedent_id" => {
                                (String::new(), u32::try_from(*number).ok())
                            }
                            FilterValue::Text(text) => (text.clone(), None),
                            FilterValue::Integer(number) if filter.field == "product_id" => {
                                (String::new(), u32::try_from(*number).ok())
                            }
                            other => (other.to_string(), None),
                        };
                        add(kind, text, id);
                    }
                }
            }
            Intent::Product(args) => {
                let id = args.product_id;
                let name = args.name.clone().or_else(|| id.and_then(|id| self.product_name(id)));
                add(Kind::Product, name.unwrap_or_default(), id);
            }
            Intent::Related(args) => {
                if let Some([id]) = args.product_ids.as_deref() {
                    add(Kind::Product, named(*id), Some(*id));
                }
            }
            Intent::History(args) => {
                if let Some([id]) = args.product_ids.as_deref() {
                    add(Kind::Product, named(*id), Some(*id));
                }
                place(&mut add, args.aisle.as_deref(), args.department.as_deref());
                if let Some(id) = args.user_id {
                    add(Kind::Customer, id.to_string(), None);
                }
            }
            Intent::Popular(args) => place(&mut add, args.aisle.as_deref(), args.department.as_deref()),
            Intent::Search(args) => place(&mut add, args.aisle.as_deref(), args.department.as_deref()),
            Intent::Recommend(args) => {
                place(&mut add, args.aisle.as_deref(), args.department.as_deref());
                if let Some(id) = args.user_id {
                    add(Kind::Customer, id.to_string(), None);
                }
            }
            Intent::Profile(args, _) => {
                if let Some(id) = args.user_id {
                    add(Kind::Customer, id.to_string(), None);
                }
            }
            Intent::SimilarCustomers(args) => {
                if let Some(id) = args.user_id {
                    add(Kind::Customer, id.to_string(), None);
                }
            }
            Intent::SegmentPopularity(args) => {
                if let Some(segment) = args.segment.clone() {
                    add(Kind::Segment, segment, None);
                }
            }
            Intent::WillBuy(args) => {
                if let Some([id]) = args.product_ids.as_deref() {
                    add(Kind::Product, named(*id), Some(*id));
                }
                if let Some(id) = args.user_id {
                    add(Kind::Customer, id.to_string(), None);
                }
            }
            Intent::Describe(_) => {}
        }
        found.sort_by_key(|thing| Kind::ALL.iter().position(|kind| *kind == thing.kind));
        found
    }

    /// The name of a product of the answer.
    fn product_name(&self, id: u32) -> Option<String> {
        let table = self.table()?;
        let row =
            (0..table.rows.len()).find(|row| table.integer(*row, "product_id") == Some(i64::from(id)))?;
        table.text(row, "product_name").map(str::to_owned)
    }
}

fn place(add: &mut impl FnMut(Kind, String, Option<u32>), aisle: Option<&str>, department: Option<&str>) {
    if let Some(aisle) = aisle {
        add(Kind::Aisle, aisle.to_owned(), None);
    }
    if let Some(department) = department {
        add(Kind::Department, department.to_owned(), None);
    }
}

/// Every condition on rows that a query has, wherever it stands.
fn conditions(query: &MetricQuery) -> impl Iterator<Item = &MetricFilter> {
    let all = query.cohorts.iter().chain(&query.part_cohorts);
    let cohorts = all.filter(|cohort| !cohort.not).flat_map(|cohort| &cohort.bought);
    query.filters.iter().chain(&query.part).chain(cohorts)
}

/// What the orders or customers of a query do not hold.
fn denied(query: &MetricQuery) -> impl Iterator<Item = &MetricFilter> {
    query.cohorts.iter().filter(|cohort| cohort.not).flat_map(|cohort| &cohort.bought)
}
