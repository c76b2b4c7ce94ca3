//! How many items of a kind an order holds: "average number of produce items in orders that have any", "organic items per
//! order, on average".
//!
//! A mean, a count of items of a kind, and orders that they are in: the mean is over the orders with such an item, and
//! counts these items only. The whole basket of such orders is another question, which names its size.

use query::metrics::MetricQuery;

use super::{Asked, Builder, LINE_FIELDS, is_flag};
use crate::builtin::{
    analytics::{
        frame::{Frame, View},
        item::{Agg, Items, Link, Mark, Noun},
    },
    intent::Shape,
};

/// Items of a kind in orders.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeldItems;

impl HeldItems {
    /// Finds out whether such items are counted per order.
    pub(super) fn read(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Self> {
        let mean = items.places(|mark| *mark == Mark::Agg(Agg::Mean));
        let asked = frame
            .metrics
            .iter()
            .all(|(name, at)| name == "basket_size" && view.text(*at).starts_with("item"));
        if mean.is_empty() || !asked || frame.rank.is_some() || frame.share.is_some() {
            return None;
        }
        let others = items.any(|mark| {
            matches!(mark, Mark::Each | Mark::Versus | Mark::Bands(..) | Mark::Than | Mark::Not | Mark::Never)
        });
        let people = items.any(|mark| *mark == Mark::Noun(Noun::Customer));
        if others || people {
            return None;
        }
        // "number of produce items", right before the items the kind.
        let kind = |at: usize| match at.checked_sub(1).and_then(|before| items.mark(before)) {
            Some(Mark::Where(filters)) => {
                filters.iter().all(|filter| LINE_FIELDS.contains(&filter.field.as_str()) || is_flag(filter))
                    && (at.saturating_sub(3)..at - 1)
                        .any(|place| matches!(items.mark(place), Some(Mark::HowMany | Mark::Agg(Agg::Mean))))
            }
            _ => false,
        };
        let counted = (0..items.len()).find(|at| {
            let item = matches!(items.mark(*at), Some(Mark::Noun(Noun::Item)))
                || matches!(items.mark(*at), Some(Mark::Metric(name)) if name == "basket_size");
            item && kind(*at)
        })?;
        // The orders hold that kind, or any of it.
        let holds = items.places(|mark| *mark == Mark::Noun(Noun::Order)).into_iter().any(|order| {
            items
                .0
                .get(order..)
                .unwrap_or_default()
                .iter()
                .take(3)
                .any(|item| item.mark == Mark::Link(Link::With))
        });
        let any = items.any(|mark| *mark == Mark::Link(Link::With))
            && matches!(items.mark(counted), Some(Mark::Metric(_)));
        (holds || any).then_some(Self)
    }
}

impl Builder<'_> {
    /// The query of items of a kind per order that holds one.
    pub(super) fn build_held_items(&mut self) -> Asked {
        self.merge_same_fields();
        self.query = MetricQuery { metrics: vec!["basket_size".to_owned()], ..MetricQuery::default() };
        self.places();
        let mut built = self.finish(false);
        built.shape = Shape::Single;
        built
    }
}
