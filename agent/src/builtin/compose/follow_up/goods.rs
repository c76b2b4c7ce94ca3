//! A question about products or a customer, changed by what the next message names.
//!
//! intent before and the new words → the intent with another place, number, product or customer, with attributes and
//! words that narrow it further, or without what is ruled out.

use indexer::DocumentKind;
use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery};
use tools::{
    popular_products::PopularProductsArgs, purchase_history::PurchaseHistoryArgs,
    search_catalog::SearchCatalogArgs,
};

use super::{
    super::{Question, Who},
    cues::Cues,
};
use crate::builtin::{
    analytics::{self, Fragment},
    intent::{Intent, MetricIntent, Shape},
    lexicon::Cue,
    vocabulary::NameKind,
};

/// Rows of these tools where nobody says how many.
const DEFAULT_ROWS: u32 = 10;
/// The most rows that any of them gives.
const MOST_ROWS: u32 = 50;
/// Larger numbers count no rows.
const MOST_COUNTED: u32 = 100;
/// Words around what is ruled out.
const RULING_OUT: &[&str] = &[
    "without",
    "no",
    "not",
    "nothing",
    "excluding",
    "exclude",
    "except",
    "for",
    "in",
    "its",
    "their",
    "the",
    "name",
    "names",
    "with",
    "any",
    "minus",
    "called",
    "a",
    "an",
    "from",
    "leave",
    "out",
    "skip",
    "but",
    "named",
    "aisle",
    "department",
    "whatever",
    "anything",
    "everything",
    "things",
    "stuff",
    "ones",
    "that",
    "which",
    "is",
    "are",
    "says",
    "say",
    "saying",
    "reads",
    "labelled",
    "labeled",
    "has",
    "have",
    "having",
    "contain",
    "contains",
    "containing",
    "include",
    "includes",
    "including",
    "mention",
    "mentions",
    "mentioning",
    "word",
    "words",
    "of",
];
/// Fields of times.
const HOUR: &str = "order_hour_of_day";
const DAY: &str = "order_dow";

/// Changes the intent before; `None` where nothing of the message fits it.
pub(crate) fn edit(
    question: &Question<'_>,
    fragment: &Fragment,
    cues: &Cues,
    intent: Intent,
) -> Option<Intent> {
    let mut edit = Edit { question, fragment, cues, changed: false, timed: false };
    if let Some(figure) = edit.own_figure(&intent) {
        return Some(figure);
    }
    let intent = edit.apply(intent)?;
    edit.changed.then_some(intent)
}

/// "what about everybody?", "across all shoppers", behind what a shopper buys most themselves: what all buy most.
pub(crate) fn of_everybody(
    question: &Question<'_>,
    fragment: &Fragment,
    cues: &Cues,
    intent: &Intent,
) -> Option<Intent> {
    let bare = fragment.metrics.is_empty()
        && fragment.stated.is_empty()
        && fragment.listed.is_none()
        && fragment.bare.is_none()
        && fragment.grouped.is_empty()
        && !fragment.counts;
    if question.role() != domain::principal::Role::Shopper || !cues.clears || !bare {
        return None;
    }
    let mut popular = match intent {
        Intent::History(args) if args.order.is_none() && args.product_ids.is_none() => PopularProductsArgs {
            aisle: args.aisle.clone(),
            department: args.department.clone(),
            attributes: args.attributes.clone(),
            limit: args.limit,
            ..PopularProductsArgs::default()
        },
        Intent::Metric(metric)
            if metric.query.dimensions == ["product_name"] && metric.query.metrics == ["items"] =>
        {
            let limit = metric.query.limit;
            let mut args = PopularProductsArgs { limit, ..PopularProductsArgs::default() };
            for filter in metric.query.filters.iter().filter(|filter| filter.field != "user_id") {
                match (filter.field.as_str(), filter.op, filter.values.as_slice()) {
                    ("aisle", FilterOp::Eq, [FilterValue::Text(name)]) => args.aisle = Some(name.clone()),
                    ("department", FilterOp::Eq, [FilterValue::Text(name)]) => {
                        args.department = Some(name.clone());
                    }
                    _ => return None,
                }
            }
            args
        }
        _ => return None,
    };
    popular.limit = fragment.limit.or(popular.limit);
    Some(Intent::Popular(popular))
}

struct Edit<'a> {
    question: &'a Question<'a>,
    fragment: &'a Fragment,
    cues: &'a Cues,
    changed: bool,
    /// Hours and days were put into the arguments.
    timed: bool,
}

/// The narrowing arguments that the tools share.
pub(super) struct Narrowed<'a> {
    pub(super) aisle: &'a mut Option<String>,
    pub(super) department: &'a mut Option<String>,
    pub(super) words: &'a mut Option<String>,
    pub(super) attributes: &'a mut Option<Vec<String>>,
    pub(super) exclude_attributes: &'a mut Option<Vec<String>>,
    pub(super) exclude: &'a mut Option<Vec<String>>,
}

/// The narrowing arguments of a tool; the tools have types of their own, and call the words differently.
macro_rules! narrowed {
    ($args:expr, $words:expr) => {
        $crate::builtin::compose::follow_up::goods::Narrowed {
            aisle: &mut $args.aisle,
            department: &mut $args.department,
            words: &mut $words,
            attributes: &mut $args.attributes,
            exclude_attributes: &mut $args.exclude_attributes,
            exclude: &mut $args.exclude,
        }
    };
}
pub(super) use narrowed;

impl Narrowed<'_> {
    /// Wants an attribute, or rules it out.
    fn state(&mut self, code: &str, wanted: bool) {
        let (into, from) = if wanted {
            (&mut *self.attributes, &mut *self.exclude_attributes)
        } else {
            (&mut *self.exclude_attributes, &mut *self.attributes)
        };
        if let Some(list) = from {
            list.retain(|known| known != code);
        }
        if from.as_ref().is_some_and(Vec::is_empty) {
            *from = None;
        }
        let list = into.get_or_insert_default();
        if list.iter().all(|known| known != code) {
            list.push(code.to_owned());
        }
    }
}

impl Edit<'_> {
    /// "how many orders was that in?", behind what somebody has bought.
    fn own_figure(&self, intent: &Intent) -> Option<Intent> {
        let Intent::History(args) = intent else { return None };
        let fragment = self.fragment;
        if args.order.is_some_and(|order| order < 1) {
            return None;
        }
        let ([metric], true, None) = (fragment.metrics.as_slice(), fragment.counts, &fragment.listed) else {
            return None;
        };
        let counted = ["orders", "items", "products_bought"].contains(&metric.as_str());
        let plain = args.terms.is_none() && args.matching.is_none() && args.attributes.is_none();
        let refers = self.cues.opened()
            || !fragment.stated.is_empty()
            || self.question.tokens.iter().any(|token| matches!(token.text.as_str(), "that" | "it"));
        if !counted || !plain || !refers || fragment.share || !fragment.havings.is_empty() {
            return None;
        }
        let id = args.user_id.or(self.question.asked.principal.user_id().map(|id| id.0))?;
        let filter = |field: &str, value: FilterValue| MetricFilter {
            field: field.into(),
            op: FilterOp::Eq,
            values: vec![value],
        };
        let mut filters = vec![filter("user_id", i64::from(id).into())];
        filters.extend(args.order.map(|order| filter("order_number", i64::from(order).into())));
        if let Some(ids) = &args.product_ids {
            let [id] = ids.as_slice() else { return None };
            filters.push(filter("product_id", i64::from(*id).into()));
        }
        filters.extend(args.aisle.clone().map(|aisle| filter("aisle", FilterValue::Text(aisle))));
        filters.extend(args.department.clone().map(|name| filter("department", FilterValue::Text(name))));
        for one in &fragment.stated {
            filters.retain(|known| known.field != one.filter.field);
            filters.push(one.filter.clone());
        }
        let query = MetricQuery { metrics: vec![metric.clone()], filters, ..MetricQuery::default() };
        Some(Intent::Metric(MetricIntent { query, shape: Shape::Single, chart: false }))
    }

    fn apply(&mut self, intent: Intent) -> Option<Intent> {
        // Figures, groups and thresholds are no matter of these tools.
        let figures = self.fragment.metrics.iter().any(|metric| metric != "items");
        let counted = matches!(&intent, Intent::Search(args) if args.count.unwrap_or_default() || args.aisle.is_some() && args.kinds.is_some());
        if self.asks_place(&intent) {
            // "aisle?", behind "which department is it in": both are shown.
            self.changed = true;
            return Some(intent);
        }
        let figures = figures
            && !(counted && self.fragment.metrics.iter().all(|metric| metric.starts_with("products")));
        let foreign = !self.fragment.havings.is_empty()
            || figures
            || self.lists_other_things(&intent)
            || self.fragment.counts && !counted
            || !self.fragment.grouped.is_empty()
            || self.fragment.share
            || self.fragment.compares
            || self.fragment.highest == Some(false);
        if foreign {
            return None;
        }
        Some(match intent {
            Intent::Metric(_) | Intent::Describe(_) => return None,
            Intent::Recommend(mut args) => {
                // "now what I have never bought": other than what is bought again.
                let before = args.mode;
                if self.question.has(Cue::NewToMe)
                    || self.says(&["never"]) && self.says(&["bought", "tried", "ordered", "had"])
                {
                    args.mode = Some(tools::recommend::RecommendMode::Discover);
                }
                self.changed |= args.mode != before;
                self.narrow(&mut narrowed!(args, args.matching))?;
                self.customer(&mut args.user_id)?;
                if self.customer_number().is_none() || args.user_id.is_none() {
                    self.limit(&mut args.limit);
                }
                Intent::Recommend(args)
            }
            Intent::Popular(mut args) => {
                if self.question.entities.myself && self.question.role() == domain::principal::Role::Shopper {
                    // "and mine?"
                    let own = PurchaseHistoryArgs {
                        aisle: args.aisle,
                        department: args.department,
                        limit: args.limit,
                        ..PurchaseHistoryArgs::default()
                    };
                    self.changed = true;
                    return Some(Intent::History(own));
                }
                self.times(&mut args);
                self.narrow(&mut narrowed!(args, args.name_contains))?;
                self.limit(&mut args.limit);
                Intent::Popular(args)
            }
            Intent::Related(mut args) => {
                // "only sauces" of what goes with it.
                if self.cues.only && !self.products().is_empty() {
                    return None;
                }
                let ids = self.products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.names = None;
                    self.changed = true;
                } else {
                    self.narrow(&mut narrowed!(args, args.matching))?;
                }
                self.limit(&mut args.limit);
                Intent::Related(args)
            }
            Intent::WillBuy(mut args) => {
                let ids = self.products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.names = None;
                    self.changed = true;
                }
                self.customer(&mut args.user_id)?;
                Intent::WillBuy(args)
            }
            Intent::Profile(mut args, aspect) => {
                self.customer(&mut args.user_id)?;
                Intent::Profile(args, aspect)
            }
            Intent::SimilarCustomers(mut args) => {
                self.customer(&mut args.user_id)?;
                self.limit(&mut args.limit);
                Intent::SimilarCustomers(args)
            }
            Intent::History(mut args) => {
                let place = self.stated_place("aisle").or(self.stated_place("department"));
                if place.is_some() && self.products().is_empty() {
                    (args.product_ids, args.terms) = (None, None);
                }
                // "and the one before?", of orders.
                if let Some(order) = args.order.filter(|order| *order < 0)
                    && self.says(&["before", "previous", "earlier", "preceding"])
                {
                    args.order = Some(order - 1);
                    self.changed = true;
                    return Some(Intent::History(args));
                }
                let ids = self.products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.terms = None;
                    self.changed = true;
                } else {
                    self.narrow(&mut narrowed!(args, args.matching))?;
                }
                self.customer(&mut args.user_id)?;
                if self.customer_number().is_none() || args.user_id.is_none() {
                    self.limit(&mut args.limit);
                }
                Intent::History(args)
            }
            Intent::SegmentPopularity(mut args) => {
                if let Some(name) = self.question.entities.of_kind(NameKind::Segment).next() {
                    args.segment = Some(name.text.clone());
                    self.changed = true;
                }
                self.limit(&mut args.limit);
                Intent::SegmentPopularity(args)
            }
            Intent::Product(mut args) => {
                let [id] = self.products().as_slice().try_into().ok()?;
                args.product_id = Some(id);
                args.name = None;
                self.changed = true;
                Intent::Product(args)
            }
            Intent::Search(mut args) => {
                // "how many of those are organic?", of the products that an aisle lists.
                if self.fragment.counts
                    && args.aisle.is_some()
                    && args.kinds.as_deref() == Some(&[DocumentKind::Aisle])
                {
                    args.kinds = None;
                    args.count = Some(true);
                }
                if self.lists_places() {
                    let department = self.stated_place("department");
                    args = SearchCatalogArgs {
                        kinds: Some(vec![DocumentKind::Aisle]),
                        department: department.or(args.department),
                        limit: self.fragment.limit.or(Some(MOST_ROWS)),
                        ..SearchCatalogArgs::default()
                    };
                    self.changed = true;
                    return Some(Intent::Search(args));
                }
                if self.ranks_products() {
                    // What was counted has the words in its name.
                    let words = (!args.query.trim().is_empty()).then(|| args.query.clone());
                    let counted = args.count.unwrap_or_default();
                    let one = self.cues.picks.then_some(1);
                    let popular = PopularProductsArgs {
                        name_contains: words.clone().filter(|_| counted),
                        matching: words.filter(|_| !counted),
                        aisle: args.aisle,
                        department: args.department,
                        attributes: args.attributes,
                        exclude_attributes: args.exclude_attributes,
                        exclude: args.exclude,
                        limit: self.fragment.limit.or(one),
                        ..PopularProductsArgs::default()
                    };
                    self.changed = true;
                    return self.apply(Intent::Popular(popular));
                }
                let mut words = None;
                self.narrow(&mut narrowed!(args, words))?;
                if let Some(words) = words {
                    args.query = format!("{} {words}", args.query).trim().to_owned();
                }
                self.limit(&mut args.limit);
                Intent::Search(args)
            }
        })
    }

    fn says(&self, words: &[&str]) -> bool {
        self.question.tokens.iter().any(|token| words.contains(&token.text.as_str()))
    }

    /// "aisle?", of one product.
    fn asks_place(&self, intent: &Intent) -> bool {
        let fragment = self.fragment;
        matches!(intent, Intent::Product(_))
            && matches!(fragment.bare.or(fragment.grouped.first().copied()), Some("aisle" | "department"))
            && fragment.stated.is_empty()
            && fragment.metrics.is_empty()
            && !fragment.counts
            && fragment.highest.is_none()
    }

    /// "my top 3 aisles" is no list of products.
    fn lists_other_things(&self, intent: &Intent) -> bool {
        let listed = self.fragment.listed.as_ref().map(|listed| listed.dimension);
        let other = listed.or(self.fragment.bare).is_some_and(|name| name != "product_name");
        other && !(matches!(intent, Intent::Search(_)) && self.lists_places())
    }

    /// "and for 786?": a number that is no count, where a customer was spoken of.
    fn customer_number(&self) -> Option<u32> {
        let [number] = self.fragment.numbers.as_slice() else { return None };
        let at = self.question.tokens.iter().position(|token| token.number == Some(*number))?;
        let before =
            at.checked_sub(1).and_then(|at| self.question.tokens.get(at)).map(|token| token.text.as_str());
        let meant = matches!(before, Some("for" | "to" | "of" | "with" | "about"))
            || *number > f64::from(MOST_COUNTED);
        let whole = number.fract() == 0.0 && (1.0..=f64::from(u32::MAX)).contains(number);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the range of ids"
        )]
        let id = *number as u32;
        (meant && whole && self.fragment.stated.is_empty()).then_some(id)
    }

    /// "which aisles?", "aisles of international".
    fn lists_places(&self) -> bool {
        let listed = self.fragment.listed.as_ref().map(|listed| listed.dimension);
        (listed.is_none() || listed == Some("aisle"))
            && (listed == Some("aisle") || self.fragment.bare == Some("aisle"))
            && self.stated_place("aisle").is_none()
            && self.fragment.highest.is_none()
    }

    /// "top 5 products", of a place that was listed.
    fn ranks_products(&self) -> bool {
        let listed = self.fragment.listed.as_ref().is_some_and(|listed| listed.dimension == "product_name");
        self.fragment.highest == Some(true) && (listed || self.fragment.rank_metric == Some("items"))
    }

    fn stated_place(&self, field: &str) -> Option<String> {
        self.fragment.stated.iter().find_map(|one| match one.filter.values.as_slice() {
            [FilterValue::Text(text)] if one.filter.field == field && one.filter.op == FilterOp::Eq => {
                Some(text.clone())
            }
            _ => None,
        })
    }

    fn products(&self) -> Vec<u32> {
        let named = |one: &analytics::Stated| {
            matches!(one.filter.field.as_str(), "product_name" | "product_id") && one.filter.op.picks()
        };
        if !self.fragment.stated.iter().any(named) {
            return Vec::new();
        }
        let entities = self.question.entities;
        let named = entities.of_kind(NameKind::Product).map(|name| name.id);
        named.chain(entities.product_ids.iter().copied()).collect()
    }

    /// Hours and days of a list of best sellers.
    fn times(&mut self, args: &mut PopularProductsArgs) {
        let whole = |value: &FilterValue| match value {
            FilterValue::Integer(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        for one in &self.fragment.stated {
            let numbers: Option<Vec<u32>> = one.filter.values.iter().map(whole).collect();
            match (one.filter.field.as_str(), one.filter.op, numbers.as_deref()) {
                (HOUR, FilterOp::Eq, Some([hour])) => (args.hour, args.to_hour) = (Some(*hour), None),
                (HOUR, FilterOp::Between, Some([from, to])) if from <= to => {
                    (args.hour, args.to_hour) = (Some(*from), Some(*to));
                }
                (DAY, FilterOp::Eq, Some([day])) => args.dow = Some(*day),
                _ => continue,
            }
            self.timed = true;
            self.changed = true;
        }
        if self.cues.clears && (args.hour.is_some() || args.dow.is_some()) {
            (args.hour, args.to_hour, args.dow) = (None, None, None);
            self.changed = true;
        }
    }

    /// Puts what is stated into the narrowing arguments; `None` where the tool has no place for it.
    fn narrow(&mut self, narrowed: &mut Narrowed<'_>) -> Option<()> {
        let mut placed = false;
        for one in &self.fragment.stated {
            let filter = &one.filter;
            let texts: Vec<String> = filter
                .values
                .iter()
                .filter_map(
                    |value| if let FilterValue::Text(text) = value { Some(text.clone()) } else { None },
                )
                .collect();
            match (filter.field.as_str(), filter.op) {
                ("user_id", _) => continue,
                (HOUR | DAY, FilterOp::Eq | FilterOp::Between) if self.timed => continue,
                ("aisle" | "department", FilterOp::Eq) => {
                    if !placed {
                        (*narrowed.aisle, *narrowed.department) = (None, None);
                        placed = true;
                    }
                    let place = if filter.field == "aisle" {
                        &mut *narrowed.aisle
                    } else {
                        &mut *narrowed.department
                    };
                    *place = texts.into_iter().next();
                }
                (
                    "aisle" | "department" | "product_name",
                    FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains,
                ) => {
                    let list = narrowed.exclude.get_or_insert_default();
                    // As written: "nuts" rules out more than the aisle that has the word in its name.
                    let texts = ruled_out(&one.words).unwrap_or(texts);
                    list.extend(texts.into_iter().map(|text| text.to_lowercase()));
                }
                ("product_name", FilterOp::Contains) => *narrowed.words = Some(texts.join(" ")),
                (code, FilterOp::Eq) => {
                    domain::attributes::Attribute::from_name(code)?;
                    let wanted = filter.values == [FilterValue::Integer(1)];
                    narrowed.state(code, wanted);
                }
                _ => return None,
            }
            self.changed = true;
        }
        Some(())
    }

    fn limit(&mut self, limit: &mut Option<u32>) {
        let one = self.cues.one.then_some(1);
        if let Some(count) = self.fragment.limit.or(one).filter(|count| *count <= MOST_COUNTED) {
            self.changed |= *limit != Some(count);
            *limit = Some(count);
        } else if self.more() {
            *limit = Some((limit.unwrap_or(DEFAULT_ROWS) * 2).min(MOST_ROWS));
            self.changed = true;
        }
    }

    /// "show me more".
    fn more(&self) -> bool {
        let tokens = self.question.tokens;
        tokens.len() <= 6
            && tokens.iter().any(|token| matches!(token.text.as_str(), "more" | "others"))
            && self.fragment.stated.is_empty()
            && self.fragment.metrics.is_empty()
    }

    /// Another customer; `None` where that may not be asked, which another reading then refuses.
    fn customer(&mut self, user_id: &mut Option<u32>) -> Option<()> {
        if let Some(id) =
            self.customer_number().filter(|_| user_id.is_some() && self.question.role().is_staff())
        {
            self.changed |= *user_id != Some(id);
            *user_id = Some(id);
            return Some(());
        }
        match self.question.who() {
            Ok(Who::Customer(id)) => {
                self.changed |= *user_id != Some(id);
                *user_id = Some(id);
            }
            Ok(Who::Own) => {
                self.changed |= user_id.is_some();
                *user_id = None;
            }
            Ok(Who::Missing | Who::Nobody) => {}
            Err(_) => return None,
        }
        Some(())
    }
}

/// What is ruled out, as it was written; one text a thing.
fn ruled_out(words: &str) -> Option<Vec<String>> {
    let mut things: Vec<Vec<&str>> = vec![Vec::new()];
    for word in words.split(' ') {
        if matches!(word, "and" | "or" | "," | "&") {
            things.push(Vec::new());
        } else if !RULING_OUT.contains(&word)
            && let Some(last) = things.last_mut()
        {
            last.push(word);
        }
    }
    let texts: Vec<String> =
        things.iter().filter(|words| !words.is_empty()).map(|words| words.join(" ")).collect();
    (!texts.is_empty()).then_some(texts)
}
