//! The rows of a question about figures: what it groups by, which rows are listed, in what order and how many.
//!
//! Second half of the edit of a query, see [`super`]; the conditions and figures are settled before.

use query::metrics::{Direction, FilterOp, OrderBy, Summary};

use super::{
    super::{order::Sorting, topic::Kind},
    Edit,
};
use crate::builtin::analytics::{self, Fragment};

/// Rows of a ranking where nobody says how many.
const DEFAULT_RANKING: u32 = 10;

impl Edit<'_> {
    pub(super) fn groups(&mut self) {
        let mut dimensions: Vec<&str> = self.fragment.grouped.clone();
        dimensions.extend(self.fragment.per_one.filter(|_| !self.ratio));
        if self.places_rows(&dimensions) {
            return;
        }
        // "as a share of the aisle's items": of the aisle that is spoken of.
        let spoken_of = |name: &str| {
            self.fragment.share
                && self.query.filters.iter().any(|filter| filter.field == name && filter.op == FilterOp::Eq)
        };
        let spoken_of_here = |name: &str| spoken_of(name) || self.is_meant(name);
        if self.fragment.bare.is_some_and(spoken_of_here) && dimensions.is_empty() {
            return;
        }
        dimensions.retain(|name| !spoken_of(name));
        // "break day 1 into hours"
        let split = self.cues.tokens.windows(2).any(|pair| {
            let [into, noun] = pair else { return false };
            into.text == "into"
                && Kind::of_word(&noun.text).is_some_and(|kind| Some(kind.column()) == self.fragment.bare)
        });
        if let Some(bare) = self.fragment.bare.filter(|_| split && dimensions.is_empty()) {
            dimensions.push(bare);
        }
        if dimensions.is_empty()
            && let Some(bare) = self.fragment.bare
            && self.fragment.listed.is_none()
            && !self.cues.others
            && self.names_groups()
        {
            dimensions.push(bare);
        }
        if dimensions.is_empty() {
            return;
        }
        let wanted: Vec<String> = dimensions.iter().map(|name| (*name).to_owned()).collect();
        if self.fragment.listed.is_some() {
            return;
        }
        self.changed = true;
        // By what is one thing now, all of that kind are meant; but those named a moment ago stay.
        let named =
            |field: &str, fragment: &Fragment| fragment.stated.iter().any(|one| one.filter.field == field);
        self.query.filters.retain(|filter| {
            !(filter.op == FilterOp::Eq
                && wanted.contains(&filter.field)
                && !named(&filter.field, self.fragment))
        });
        if self.cues.adds || self.cues.each {
            for name in wanted {
                if !self.query.dimensions.contains(&name) {
                    self.query.dimensions.push(name);
                }
            }
        } else {
            let compared = self.compared_field().map(str::to_owned);
            self.query.dimensions = wanted;
            if let Some(field) = compared
                && !self.query.dimensions.contains(&field)
            {
                self.query.dimensions.insert(0, field);
            }
        }
        // "what about aisles?", behind the top departments: the top aisles.
        let ranked =
            self.query.limit.is_some() && self.query.summary.is_none() && self.query.dimensions.len() == 1;
        let opened =
            (self.cues.instead || self.cues.corrects || self.cues.and) && self.fragment.grouped.is_empty();
        self.query.limit_per.clear();
        self.query.summary = None;
        self.query.cumulative_to = None;
        self.query.skip = None;
        if ranked && opened && !self.cues.adds && !self.cues.each {
            return;
        }
        self.query.limit = None;
        self.query.order_by.clear();
    }

    /// "for the segment", where one is spoken of.
    fn is_meant(&self, name: &str) -> bool {
        let text = |at: usize| self.cues.tokens.get(at).map_or("", |token| token.text.as_str());
        let meant = (2..self.cues.tokens.len()).any(|at| {
            Kind::of_word(text(at)).is_some_and(|kind| kind.column() == name)
                && text(at - 1) == "the"
                && matches!(text(at - 2), "for" | "of" | "in" | "within" | "from")
        });
        meant && self.query.filters.iter().any(|filter| filter.field == name && filter.op == FilterOp::Eq)
    }

    /// "their segments?", "in which aisles are they?": a column beside the rows that are there.
    pub(super) fn places_rows(&mut self, named: &[&str]) -> bool {
        let column = named.first().copied().or(self.fragment.bare).filter(|_| self.cues.plural);
        let rows = self.query.dimensions.last().map(String::as_str);
        let fits = matches!(
            (rows, column),
            (Some("user_id"), Some("segment_name"))
                | (Some("product_name"), Some("aisle" | "department"))
                | (Some("aisle"), Some("department"))
        );
        let Some(column) = column.filter(|_| fits && self.fragment.metrics.is_empty()) else { return false };
        self.query.dimensions.push(column.to_owned());
        self.changed = true;
        true
    }

    /// A noun alone groups where nothing else is asked: "and which aisle?", "aisles?".
    pub(super) fn names_groups(&self) -> bool {
        let fragment = self.fragment;
        // "its aisles": of the department that is meant.
        let inside = fragment.bare == Some("aisle")
            && fragment.stated.iter().all(|one| one.filter.field == "department");
        (fragment.stated.is_empty() || inside) && fragment.metrics.is_empty() && fragment.limit.is_none()
    }

    pub(super) fn rows(&mut self) {
        let Some(listed) = self.fragment.listed.clone() else { return };
        let before = self.query.clone();
        let same = self.query.dimensions.iter().any(|name| name == listed.dimension);
        let ranked_before = !self.query.order_by.is_empty() || self.query.limit.is_some();
        self.query.dimensions = if self.cues.each {
            let mut kept = before.dimensions.clone();
            kept.retain(|name| name != listed.dimension);
            self.query.limit_per.clone_from(&kept);
            kept.push(listed.dimension.to_owned());
            kept
        } else {
            self.query.limit_per.clear();
            vec![listed.dimension.to_owned()]
        };
        // "which part of the day is highest?", behind the evening: all parts of the day.
        let times = ["day_part", "order_hour_of_day"];
        let of_listed = |field: &str| {
            field == listed.dimension || times.contains(&field) && times.contains(&listed.dimension)
        };
        self.query.filters.retain(|filter| {
            let one = filter.op == FilterOp::Eq || filter.field != listed.dimension;
            !(one
                && of_listed(&filter.field)
                && self.fragment.stated.iter().all(|stated| stated.filter.field != filter.field))
        });
        let leans = self.fragment.highest.is_some() && self.fragment.rank_metric.is_none();
        let keeps =
            same || ranked_before || leans || self.query.metrics.iter().any(|metric| metric == "items");
        if self.fragment.metrics.is_empty() && !keeps {
            self.query.metrics = vec![listed.ranked_by.to_owned()];
        }
        if self.fragment.metrics.is_empty() && listed.dimension == "segment_name" && !same {
            self.query.metrics = vec![listed.ranked_by.to_owned()];
        }
        // "at what hour is it highest": the share that was measured.
        let leans = self.fragment.metrics.is_empty() && self.fragment.highest.is_some();
        if !self.query.part.is_empty() && !self.fragment.share && !leans {
            let part = std::mem::take(&mut self.query.part);
            self.query.filters.extend(part);
        }
        self.query.share_of_total &= self.fragment.share;
        self.query.summary = None;
        self.query.cumulative_to = None;
        self.query.skip = None;
        self.query.slices.clear();
        let turned = analytics::is_better_low(&self.leading_field()) && analytics::judges(&self.cues.tokens);
        let direction = match self.fragment.highest {
            // "its worst 3 customers", of a risk: the highest.
            Some(highest) => direction(highest != turned),
            None => before.order_by.first().and_then(|order| order.direction).unwrap_or(Direction::Desc),
        };
        let field = self.leading_field();
        let ranks = self.fragment.highest.is_some()
            || self.fragment.limit.is_some()
            || ranked_before
            || listed.singular;
        if ranks {
            self.query.order_by = vec![OrderBy { field, direction: Some(direction) }];
            let one = listed.singular && self.fragment.limit.is_none();
            let kept = before.limit.filter(|_| !one && self.fragment.highest.is_none());
            self.query.limit = self.fragment.limit.or(one.then_some(1)).or(kept).or(Some(DEFAULT_RANKING));
        } else {
            self.query.order_by.clear();
            self.query.limit = None;
        }
        self.changed |= self.query != before;
    }

    pub(super) fn rank(&mut self) -> Option<()> {
        let Some(highest) = self.fragment.highest.filter(|_| self.fragment.listed.is_none()) else {
            // "by reorder rate": of a ranking, what it goes by.
            return Some(());
        };
        let by =
            self.fragment.rank_metric.map(str::to_owned).filter(|metric| self.query.metrics.contains(metric));
        if self.end_of_orders(highest) {
            return Some(());
        }
        if self.query.dimensions.is_empty() && self.query.slices.is_empty() && self.largest_order(highest) {
            return Some(());
        }
        if self.query.dimensions.is_empty() && self.query.slices.is_empty() {
            // "and the best seller?", "the top 3 of them", of products.
            let of_products = self.query.metrics.iter().all(|metric| metric.starts_with("products"));
            if of_products {
                self.query.metrics =
                    vec![self.fragment.metrics.first().cloned().unwrap_or_else(|| "items".to_owned())];
            } else {
                by.clone()?;
            }
            self.query.dimensions = vec!["product_name".to_owned()];
            if !self.query.part.is_empty() {
                let part = std::mem::take(&mut self.query.part);
                self.query.filters.extend(part);
            }
            self.query.limit = Some(1);
        }
        let named = self.fragment.metrics.first().cloned();
        let old = self.query.order_by.first().map(|order| order.field.clone());
        let field = by.or(named).or(old).or_else(|| {
            let first = self.query.metrics.first()?;
            let shared = self.query.share_of_total.then(|| format!("share_of_{first}"));
            let parted = (!self.query.part.is_empty()).then(|| format!("part_of_{first}"));
            Some(parted.or(shared).unwrap_or_else(|| first.clone()))
        })?;
        // "which of the aisle is the most reordered?"
        let asks_one =
            self.cues.tokens.iter().any(|token| matches!(token.text.as_str(), "which" | "what" | "who"))
                && self
                    .cues
                    .tokens
                    .iter()
                    .any(|token| matches!(token.text.as_str(), "is" | "was" | "has" | "sells"));
        let one = self.cues.only || self.cues.plural || self.cues.leans || self.cues.picks || asks_one;
        if self.query.limit.is_none() || (one && self.fragment.limit.is_none()) {
            self.query.limit = Some(1);
        }
        if self.query.summary == Some(Summary::Count) {
            self.query.summary = None;
        }
        self.query.skip = None;
        // "the worst one", of a risk: the highest.
        let turned = analytics::is_better_low(&field) && analytics::judges(&self.cues.tokens);
        self.query.order_by = vec![OrderBy { field, direction: Some(direction(highest != turned)) }];
        self.changed = true;
        Some(())
    }

    /// "and the smallest?", "the longest gap?": the end of what each order has.
    pub(super) fn end_of_orders(&mut self, highest: bool) -> bool {
        let ended = self.query.summary.is_some();
        let (metric, of) = match (self.query.metrics.as_slice(), self.query.dimensions.as_slice()) {
            ([metric], []) if metric.ends_with("basket_size") && !highest => ("items", "order_id"),
            ([metric], []) if metric.ends_with("days_between_orders") => {
                ("avg_days_between_orders", "order_id")
            }
            ([metric], []) if metric.ends_with("orders_per_customer") => ("orders", "user_id"),
            ([metric], []) if metric == "items_per_customer" => ("items", "user_id"),
            ([metric], [of]) if ended && of == "order_id" => (metric.as_str(), "order_id"),
            ([metric], [of]) if ended && of == "user_id" => (metric.as_str(), "user_id"),
            _ => return false,
        };
        if self.query.has_part() || self.fragment.rank_metric.is_some() {
            return false;
        }
        self.query.metrics = vec![metric.to_owned()];
        self.query.dimensions = vec![of.to_owned()];
        self.query.summary = Some(if highest { Summary::Max } else { Summary::Min });
        self.changed = true;
        true
    }

    /// "how large is the largest one?", of orders.
    pub(super) fn largest_order(&mut self, highest: bool) -> bool {
        let orders = self
            .query
            .metrics
            .iter()
            .all(|metric| ["orders", "basket_size", "median_basket_size"].contains(&metric.as_str()));
        if !highest || !orders || self.fragment.rank_metric.is_some() || !self.query.part.is_empty() {
            return false;
        }
        self.query.metrics = vec!["max_basket_size".to_owned()];
        self.query.filters.retain(|filter| filter.field != "order_size");
        self.changed = true;
        true
    }

    /// What a ranking of the answer goes by.
    pub(super) fn leading_field(&self) -> String {
        let first = self.query.metrics.first().cloned().unwrap_or_default();
        match (self.query.part.is_empty(), self.query.share_of_total) {
            (false, _) => format!("part_of_{first}"),
            (true, true) => format!("share_of_{first}"),
            (true, false) => first,
        }
    }

    /// "lowest first", "the other way round", "sort it by customers".
    pub(super) fn sort(&mut self) {
        if self.query.dimensions.is_empty() && self.query.slices.is_empty() {
            return;
        }
        if let Some(metric) = self.fragment.metrics.first().filter(|_| self.cues.sorts_by)
            && self.query.metrics.contains(metric)
        {
            let order = OrderBy { field: metric.clone(), direction: Some(Direction::Desc) };
            self.changed |= self.query.order_by.first() != Some(&order);
            self.query.order_by = vec![order];
        }
        // "flip it, bottom three": the end that is named.
        let named = self.fragment.highest.is_some();
        let Some(sorting) = self.cues.sorting.filter(|sorting| !(named && *sorting == Sorting::Reversed))
        else {
            return;
        };
        let before = self.query.order_by.first().cloned();
        let was = before.as_ref().and_then(|order| order.direction).unwrap_or(Direction::Desc);
        let direction = match (sorting, was) {
            (Sorting::Rising, _) | (Sorting::Reversed, Direction::Desc) | (Sorting::Named, _) => {
                Direction::Asc
            }
            (Sorting::Falling, _) | (Sorting::Reversed, Direction::Asc) => Direction::Desc,
        };
        let by_name = self.query.dimensions.last().cloned().filter(|_| sorting == Sorting::Named);
        let field = by_name.or(before.map(|order| order.field)).unwrap_or_else(|| self.leading_field());
        self.query.order_by = vec![OrderBy { field, direction: Some(direction) }];
        self.changed = true;
    }

    pub(super) fn number(&mut self) {
        let one = self.cues.one.then_some(1);
        let Some(limit) = self.fragment.limit.or(one).filter(|_| !self.query.dimensions.is_empty()) else {
            return;
        };
        if self.query.order_by.is_empty() {
            let field = self.query.metrics.first().cloned().unwrap_or_default();
            self.query.order_by = vec![OrderBy { field, direction: Some(Direction::Desc) }];
        }
        self.changed |= self.query.limit != Some(limit);
        self.query.limit = Some(limit);
    }
}

fn direction(highest: bool) -> Direction {
    if highest { Direction::Desc } else { Direction::Asc }
}
