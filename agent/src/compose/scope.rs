//! The conditions of a metric question in words: what a figure is a figure of.
//!
//! `MetricQuery` + the question → phrases such as " in frozen", " who never bought Banana", " with at least 200 items".
//! A figure or a product's name enters a phrase only as a quote of the question, so that it can be bound; where the
//! question does not hold it (a bound of an earlier turn), the phrase says which bound there is, not where it lies.

mod figures;
mod quote;
mod steps;

use config::semantic::{Dimension, SemanticModel};
use domain::answer::Format;
use minijinja::{Value as Template, context};
use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery};

use self::quote::Quotes;
use super::wording::states_figure;

/// Words, and quotes of the question between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Plain words without any figure.
    Words(String),
    /// As it stands in the question.
    Quote(String),
}

/// Phrases behind each other, as a template writes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Phrase(Vec<Piece>);

impl Phrase {
    fn words(words: impl Into<String>) -> Self {
        Self(vec![Piece::Words(words.into())])
    }

    fn push(&mut self, words: &str) {
        self.0.push(Piece::Words(words.to_owned()));
    }

    fn and_then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// For the macro `said` of the templates.
    pub(super) fn template(&self) -> Template {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Words(words) => context! { words => words },
            Piece::Quote(words) => context! { quote => words },
        });
        pieces.collect()
    }

    #[cfg(test)]
    fn text(&self) -> String {
        self.0.iter().fold(String::new(), |text, piece| match piece {
            Piece::Words(words) | Piece::Quote(words) => text + words,
        })
    }
}

/// What a sentence counts, which decides whether "who bought" can follow it directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Orders,
    Customers,
    Other,
}

/// Says the conditions of a query.
pub(super) struct Teller<'a> {
    model: &'a SemanticModel,
    query: &'a MetricQuery,
    quotes: Quotes<'a>,
    subject: Subject,
}

impl<'a> Teller<'a> {
    /// For a question with that text.
    pub(super) fn new(model: &'a SemanticModel, query: &'a MetricQuery, question: &'a str) -> Self {
        let grouped = query.dimensions.iter().any(|name| name == "user_id");
        let subject = match query.metrics.first().map(String::as_str) {
            _ if query.summary.is_some() && grouped => Subject::Customers,
            Some("customers") => Subject::Customers,
            Some("orders" | "baskets") => Subject::Orders,
            _ => Subject::Other,
        };
        Self { model, query, quotes: Quotes::of(question), subject }
    }

    /// Whom the conditions hold for, where they open a sentence: "Orders that hold Banana: …".
    pub(super) fn who(&self) -> &'static str {
        match self.subject {
            Subject::Orders => "orders",
            Subject::Customers => "customers",
            Subject::Other => "",
        }
    }

    /// "organic gluten free ", where the question is about products of such kinds and nothing else.
    pub(super) fn kind(&self) -> String {
        let flags = self.query.filters.iter().filter(|filter| self.is_kind(filter));
        let labels = flags.filter_map(|filter| {
            self.model.dimension(&filter.field).and_then(|(_, dimension)| self.labels(filter, dimension))
        });
        labels.fold(String::new(), |all, label| all + &label + " ")
    }

    /// Whether a condition says what kind of products is listed or counted.
    fn is_kind(&self, filter: &MetricFilter) -> bool {
        let lists = matches!(self.query.dimensions.as_slice(), [only] if only == "product_name");
        let counts = self.query.dimensions.is_empty()
            && matches!(self.query.metrics.as_slice(), [only] if only == "products");
        let flag = self.model.dimension(&filter.field).is_some_and(|(_, dimension)| {
            is_flag(dimension)
                && !matches!(filter.field.as_str(), "bought_before" | "recency_censored" | "pair_is_first")
                && self.labels(filter, dimension).is_some()
        });
        (lists || counts) && self.query.summary.is_none() && !self.query.has_part() && flag
    }

    /// The conditions on the whole.
    pub(super) fn scope(&self) -> Phrase {
        // A group that is named stands beside its figure already.
        let told = |filter: &&MetricFilter| {
            !(filter.op.picks() && self.query.dimensions.contains(&filter.field) || self.is_kind(filter))
        };
        let mut phrase = self.joined(self.query.filters.iter().filter(told), &self.query.cohorts);
        if let Some(by) = &self.query.summary_by {
            for having in &by.having {
                phrase = phrase.and_then(self.of_summary(having));
            }
        }
        let within = self.query.share_within.iter().filter_map(|name| self.model.dimension(name));
        let within: Vec<&str> = within.map(|(_, dimension)| dimension.label.as_str()).collect();
        if !within.is_empty() {
            phrase.push(&format!(" within each {}", within.join(" and ")));
        }
        phrase
    }

    /// The conditions of the part.
    pub(super) fn part(&self) -> Phrase {
        self.joined(self.query.part.iter(), &self.query.part_cohorts)
    }

    /// " that together make 80 % of the items".
    pub(super) fn cumulative(&self) -> Phrase {
        let Some(share) = self.query.cumulative_to.filter(|share| *share < 1.0) else {
            return Phrase::default();
        };
        match self.quotes.number(share, Format::Percent) {
            Some(quote) => Phrase(vec![
                Piece::Words(" that together make ".to_owned()),
                Piece::Quote(quote),
                Piece::Words(" of the whole".to_owned()),
            ]),
            None => Phrase::words(" that together make that share of the whole"),
        }
    }

    fn joined<'f>(&self, filters: impl Iterator<Item = &'f MetricFilter>, cohorts: &[Cohort]) -> Phrase {
        // Orders and customers are not "of produce": they hold it, or bought it.
        let (lines, others): (Vec<&MetricFilter>, Vec<&MetricFilter>) =
            filters.partition(|filter| self.subject != Subject::Other && self.is_of_lines(filter));
        let lines: Vec<MetricFilter> = lines.into_iter().cloned().collect();
        let held = (!lines.is_empty()).then(|| {
            let verb = if self.subject == Subject::Orders { " that hold " } else { " who bought " };
            Phrase::words(verb).and_then(self.bought(&lines))
        });
        let phrases: Vec<Phrase> = held
            .into_iter()
            .chain(cohorts.iter().map(|cohort| self.cohort(cohort)))
            .chain(others.into_iter().map(|filter| self.condition(filter)))
            .filter(|phrase| !phrase.0.is_empty())
            .collect();
        let last = phrases.len().saturating_sub(1);
        phrases.into_iter().enumerate().fold(Phrase::default(), |mut whole, (at, phrase)| {
            match at {
                0 => {}
                _ if at == last => whole.push(" and"),
                _ => whole.push(","),
            }
            whole.and_then(phrase)
        })
    }

    /// Whether a condition is on what was bought.
    fn is_of_lines(&self, filter: &MetricFilter) -> bool {
        let of_product = self.model.dimension(&filter.field).is_some_and(|(_, dimension)| is_flag(dimension));
        LINE_FIELDS.contains(&filter.field.as_str()) || of_product && filter.field != "recency_censored"
    }

    /// One condition on rows or on a metric.
    fn condition(&self, filter: &MetricFilter) -> Phrase {
        let negated = matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains);
        match filter.field.as_str() {
            "department" | "aisle" | "companion_aisle" | "companion_department" => {
                let names = self.names(filter, &filter.field.replace('_', " "));
                Phrase::words(if negated { " outside " } else { " in " }).and_then(names)
            }
            "product_name" | "product_id" => {
                Phrase::words(if negated { " without " } else { " of " }).and_then(self.products(filter))
            }
            "segment_name" => {
                let words = if negated { " outside the segment " } else { " in the segment " };
                Phrase::words(words).and_then(self.names(filter, "asked for"))
            }
            "user_id" => self.customer(filter),
            "pair_n_both" => self.bounded(
                filter,
                " in ",
                "",
                " orders with both",
                " within the bounds of orders with both",
            ),
            "order_hour_of_day" => self.hours(filter),
            "order_dow" => self.bounded(filter, " on ", "day", "", " on the days asked for"),
            "order_number" if is_one(filter) => Phrase::words(" in first orders"),
            "customer_orders" => self.counted(filter, Subject::Customers, "orders"),
            "customer_items" => self.counted(filter, Subject::Customers, "items"),
            "customer_products" => self.counted(filter, Subject::Customers, "different products"),
            "order_size" => self.counted(filter, Subject::Orders, "items"),
            "bought_before" => {
                Phrase::words(if is_yes(filter) { " bought before" } else { " bought for the first time" })
            }
            "recency_censored" => self.whose(
                Subject::Customers,
                if is_yes(filter) {
                    "last order is as long ago as the data can tell"
                } else {
                    "last order is more recent than the data's limit"
                },
            ),
            "antecedent_id" | "companion_id" => {
                // Where both products are told there is nothing to add.
                let told =
                    self.query.dimensions.iter().any(|name| filter.field.strip_suffix("_id") == Some(name));
                let label = self.query.metrics.first().and_then(|name| self.model.metric(name));
                let said = label.is_some_and(|metric| metric.label.ends_with("together with it"));
                if told || said { Phrase::default() } else { Phrase::words(" with the product asked for") }
            }
            "first" | "second" | "difference" | "ratio" if self.query.contrast => self.compared(filter),
            // Its label says "within the horizon"; that each pair is told once restricts nothing.
            "horizon_days" | "pair_is_first" => Phrase::default(),
            field => self.other(filter, field),
        }
    }

    /// A field without words of its own.
    fn other(&self, filter: &MetricFilter, field: &str) -> Phrase {
        if let Some((_, dimension)) = self.model.dimension(field) {
            return match self.labels(filter, dimension) {
                Some(labels) if is_flag(dimension) => Phrase::words(format!(" of {labels} products")),
                Some(labels) => Phrase::words(match field {
                    "day_part" => format!(" in the {labels}"),
                    "size_band" => format!(" in {labels} orders"),
                    "order_kind" => format!(" in {labels}s"),
                    "customer_kind" => format!(" of {labels}s"),
                    _ => format!(" with {} {labels}", dimension.label),
                }),
                None => {
                    let label = &dimension.label;
                    let otherwise = format!(" within the bounds of the {label}");
                    self.bounded(filter, " where ", &format!("the {label} is"), "", &otherwise)
                }
            };
        }
        let base = ["share_of_", "part_of_"].iter().find_map(|prefix| field.strip_prefix(prefix));
        let Some(metric) = self.model.metric(base.unwrap_or(field)) else { return Phrase::default() };
        let label = match (base, &metric.share) {
            (Some(_), Some(share)) => &share.label,
            _ => &metric.label,
        };
        match filter.values.as_slice() {
            [FilterValue::Text(of)] if of.starts_with("of ") => {
                let than = if matches!(filter.op, FilterOp::Lt | FilterOp::Le) { "lower" } else { "higher" };
                Phrase::words(format!(" with {than} {label} than that {of}"))
            }
            [FilterValue::Text(_)] => {
                let end = if matches!(filter.op, FilterOp::Lt | FilterOp::Le) { "below" } else { "above" };
                Phrase::words(format!(" with {label} {end} average"))
            }
            _ if base.is_none() && metric.format == Format::Integer => self.bounded(
                filter,
                " with ",
                "",
                &format!(" {label}"),
                &format!(" within the bounds of {label}"),
            ),
            _ => self.bounded(filter, " with ", label, "", &format!(" within the bounds of {label}")),
        }
    }

    /// " with at least 20 orders", of whoever has them.
    fn counted(&self, filter: &MetricFilter, of: Subject, things: &str) -> Phrase {
        let whose = self.whose_prefix(of);
        let otherwise = format!("{whose} within the bounds of their {things}");
        self.bounded(filter, &format!("{whose} with "), "", &format!(" {things}"), &otherwise)
    }

    fn whose(&self, of: Subject, what: &str) -> Phrase {
        Phrase::words(format!("{} whose {what}", self.whose_prefix(of)))
    }

    /// "", or " of customers" where the sentence does not count them.
    fn whose_prefix(&self, of: Subject) -> &'static str {
        match of {
            _ if of == self.subject => "",
            Subject::Customers => " of customers",
            Subject::Orders => " in orders",
            Subject::Other => "",
        }
    }

    /// " of customer 42", as the question numbers them.
    fn customer(&self, filter: &MetricFilter) -> Phrase {
        let bought = self.query.metrics.first().and_then(|name| self.model.metric(name));
        let of = if bought.is_some_and(|metric| metric.label.ends_with("bought")) { " by" } else { " of" };
        let number = match filter.values.as_slice() {
            [value] if filter.op.picks() => {
                value.as_number().and_then(|value| self.quotes.number(value, Format::Id))
            }
            _ => None,
        };
        match number {
            Some(quote) => Phrase(vec![Piece::Words(format!("{of} customer ")), Piece::Quote(quote)]),
            None if filter.op.picks() && filter.values.len() > 1 => {
                Phrase::words(format!("{of} those customers"))
            }
            None => Phrase::words(format!("{of} that customer")),
        }
    }

    /// Hours by the names of their parts of the day, else as the question says them.
    fn hours(&self, filter: &MetricFilter) -> Phrase {
        let otherwise = " in the hours asked for";
        let quoted = self.bounded(filter, " where ", "the hour is", "", otherwise);
        if quoted != Phrase::words(otherwise) {
            return quoted;
        }
        let bounds: Vec<i64> = filter.values.iter().filter_map(integer).collect();
        let part = match (filter.op, bounds.as_slice()) {
            (FilterOp::Between, [6, 11]) => "morning",
            (FilterOp::Between, [12, 17]) => "afternoon",
            (FilterOp::Between, [18, 23]) => "evening",
            (FilterOp::Between, [0, 5]) => return Phrase::words(" at night"),
            _ => return quoted,
        };
        Phrase::words(format!(" in the {part}"))
    }

    /// A condition by size, with the question's own figures; `otherwise` where they do not stand in the question.
    fn bounded(
        &self,
        filter: &MetricFilter,
        before: &str,
        what: &str,
        unit: &str,
        otherwise: &str,
    ) -> Phrase {
        let format = self.format(&filter.field);
        let quotes: Option<Vec<String>> =
            filter.values.iter().map(|value| self.quotes.number(value.as_number()?, format)).collect();
        let Some(quotes) = quotes.filter(|quotes| !quotes.is_empty() && quotes.len() <= MOST_QUOTES) else {
            return Phrase::words(otherwise);
        };
        let op = op_words(filter.op);
        let mut phrase = Phrase::words(
            [before.trim_end(), what, op].iter().filter(|words| !words.is_empty()).fold(
                String::new(),
                |mut all, words| {
                    if !all.is_empty() {
                        all.push(' ');
                    }
                    all.push_str(words);
                    all
                },
            ) + " ",
        );
        let last = quotes.len() - 1;
        for (at, quote) in quotes.into_iter().enumerate() {
            match at {
                0 => {}
                _ if filter.op == FilterOp::Between => phrase.push(" to "),
                _ if at == last => phrase.push(" and "),
                _ => phrase.push(", "),
            }
            phrase.0.push(Piece::Quote(quote));
        }
        if !unit.is_empty() {
            phrase.push(unit);
        }
        phrase
    }

    fn format(&self, field: &str) -> Format {
        let dimension = self.model.dimension(field).map(|(_, dimension)| dimension.format);
        let share = field.starts_with("share_of_") || field.starts_with("part_of_");
        let metric = self.model.metric(field).map(|metric| metric.format);
        dimension.or(metric).unwrap_or(if share { Format::Percent } else { Format::Decimal })
    }

    /// Names of places; they hold no figures, but who knows: one that does is called by its kind.
    fn names(&self, filter: &MetricFilter, kind: &str) -> Phrase {
        let names: Vec<&str> = filter.values.iter().filter_map(text).collect();
        if names.is_empty() || names.len() > MOST_NAMES || names.iter().any(|name| states_figure(name)) {
            return Phrase::words(format!("the {kind}{} asked for", if names.len() > 1 { "s" } else { "" }));
        }
        Phrase::words(listed(&names))
    }

    /// Products by the question's own words.
    fn products(&self, filter: &MetricFilter) -> Phrase {
        let names: Vec<&str> = filter.values.iter().filter_map(text).collect();
        let quotes: Option<Vec<String>> = names.iter().map(|name| self.quotes.words(name)).collect();
        let contains = matches!(filter.op, FilterOp::Contains | FilterOp::NotContains);
        let quotes = quotes.filter(|quotes| !quotes.is_empty() && quotes.len() <= MOST_QUOTES);
        let Some(quotes) = quotes else {
            return Phrase::words(match (contains, filter.values.len()) {
                (true, _) => "products of that name",
                (false, 1) => "the product asked for",
                (false, _) => "the products asked for",
            });
        };
        let mut phrase = if contains { Phrase::words("products named ") } else { Phrase::default() };
        let last = quotes.len() - 1;
        for (at, quote) in quotes.into_iter().enumerate() {
            if at > 0 {
                phrase.push(if at == last { " and " } else { ", " });
            }
            phrase.0.push(Piece::Quote(quote));
        }
        phrase
    }

    /// " who never bought organic products in produce", " that hold Banana".
    fn cohort(&self, cohort: &Cohort) -> Phrase {
        if !cohort.having.is_empty() || cohort.top.is_some() {
            return self.by_figures(cohort);
        }
        let (of, verb) = match (cohort.of, cohort.not) {
            (CohortOf::Customers, false) => (Subject::Customers, " who bought "),
            (CohortOf::Customers, true) => (Subject::Customers, " who never bought "),
            (CohortOf::Orders, false) => (Subject::Orders, " that hold "),
            (CohortOf::Orders, true) => (Subject::Orders, " that do not hold "),
            (_, false) => (Subject::Other, " with "),
            (_, true) => (Subject::Other, " without "),
        };
        Phrase::words(format!("{}{verb}", self.whose_prefix(of))).and_then(self.bought(&cohort.bought))
    }

    fn bought(&self, conditions: &[MetricFilter]) -> Phrase {
        let is_product =
            |filter: &&MetricFilter| matches!(filter.field.as_str(), "product_name" | "product_id");
        let flag = |filter: &MetricFilter| {
            let (_, dimension) = self.model.dimension(&filter.field)?;
            if is_flag(dimension) { self.labels(filter, dimension) } else { None }
        };
        let flags: Vec<String> = conditions.iter().filter_map(flag).collect();
        let product = conditions
            .iter()
            .find(is_product)
            .filter(|filter| filter.op.picks() || filter.op == FilterOp::Contains);
        let mut phrase = match product {
            Some(filter) => self.products(filter),
            None if flags.is_empty() => Phrase::words("items"),
            None => Phrase::words(format!("{} products", flags.join(" "))),
        };
        for filter in conditions.iter().filter(|filter| Some(*filter) != product && flag(filter).is_none()) {
            phrase = phrase.and_then(self.condition(filter));
        }
        phrase
    }

    /// The labels of the values that are wanted, where the model knows each and none states a figure.
    fn labels(&self, filter: &MetricFilter, dimension: &Dimension) -> Option<String> {
        let wanted: Vec<String> = filter.values.iter().map(plain).collect();
        let turned = matches!(filter.op, FilterOp::Ne | FilterOp::NotIn);
        if !turned && !filter.op.picks() {
            return None;
        }
        let labels: Vec<&str> = dimension
            .values
            .iter()
            .filter(|known| wanted.contains(&known.value) != turned)
            .map(|known| known.label.as_str())
            .collect();
        let known = wanted.iter().all(|value| dimension.values.iter().any(|known| known.value == *value));
        (known && !labels.is_empty() && !labels.iter().any(|label| states_figure(label)))
            .then(|| listed(&labels))
    }
}

/// Names of what was bought, and whether it was bought before.
const LINE_FIELDS: [&str; 5] = ["product_name", "product_id", "aisle", "department", "bought_before"];
/// Figures of one condition that a sentence bears.
const MOST_QUOTES: usize = 4;
/// Names of one condition that a sentence bears.
const MOST_NAMES: usize = 6;

fn op_words(op: FilterOp) -> &'static str {
    match op {
        FilterOp::Eq | FilterOp::In | FilterOp::Contains => "",
        FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains => "other than",
        FilterOp::Lt => "less than",
        FilterOp::Le => "at most",
        FilterOp::Gt => "more than",
        FilterOp::Ge => "at least",
        FilterOp::Between => "from",
    }
}

/// Whether a dimension says yes or no of a product.
fn is_flag(dimension: &Dimension) -> bool {
    let values: Vec<&str> = dimension.values.iter().map(|known| known.value.as_str()).collect();
    matches!(values.as_slice(), ["1", "0"] | ["0", "1"])
}

fn is_one(filter: &MetricFilter) -> bool {
    filter.op.picks() && filter.values == [FilterValue::Integer(1)]
}

fn is_yes(filter: &MetricFilter) -> bool {
    let one = filter.values == [FilterValue::Integer(1)];
    if matches!(filter.op, FilterOp::Ne | FilterOp::NotIn) { !one } else { one }
}

fn integer(value: &FilterValue) -> Option<i64> {
    match value {
        FilterValue::Integer(value) => Some(*value),
        _ => None,
    }
}

fn text(value: &FilterValue) -> Option<&str> {
    match value {
        FilterValue::Text(text) => Some(text),
        _ => None,
    }
}

fn plain(value: &FilterValue) -> String {
    text(value).map_or_else(|| value.to_string(), str::to_owned)
}

/// "a", "a and b", "a, b and c".
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
