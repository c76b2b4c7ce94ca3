//! Columns that speak of those that a column before counts: "how many customers …, and how many orders do they have on
//! average", "…, and what share of all customers is that".

use query::metrics::{CohortOf, MetricQuery};

use super::{Column, List, is_row};
use crate::builtin::analytics::{
    item::{Item, Items, Link, Mark, Noun},
    query::{
        Asked,
        selection::{Selection, Whole},
    },
};

/// Words that stand for those that were counted.
const THOSE: [&str; 7] = ["they", "them", "those", "these", "their", "theirs", "thereof"];
/// Words that say that a share is one of what was counted.
const POINTING: [&str; 11] =
    ["that", "this", "it", "they", "those", "these", "them", "is", "are", "make", "makes"];

/// A figure of those that a column before counts.
pub(super) struct Those {
    pub(super) asked: Asked,
    /// It tells their number as well.
    pub(super) tells_number: bool,
}

impl List<'_> {
    /// The column as a figure of those that the first one counts.
    pub(super) fn of_those(&self, number: usize, before: &[Asked]) -> Option<Those> {
        let column = self.columns.get(number)?;
        let last = before.last()?;
        if let Some(share) = column.share {
            let query = self.share_of_those(column, share, before)?;
            let tells_number = tells_count(&last.query, &query);
            return Some(Those {
                asked: Asked { query, shape: last.shape, more: Vec::new(), told: Vec::new() },
                tells_number,
            });
        }
        let counted = before.iter().find_map(|asked| Selection::of(&asked.query))?;
        if !counted.is_of_owners() || counted.is_all() || !self.speaks_of_them(column) {
            return None;
        }
        let items = self.items_of_those(column, counted.owner()?);
        let mut asked = self.read_alone(&items)?;
        counted.among(&mut asked.query);
        Some(Those { asked, tells_number: false })
    }

    /// Which part of the whole those are that the column before counts.
    fn share_of_those(&self, column: &Column, share: usize, before: &[Asked]) -> Option<MetricQuery> {
        let last = before.last()?;
        if last.query.metrics == ["products_never_bought"] {
            let mut query = last.query.clone();
            query.metrics.push("never_bought_rate".to_owned());
            return Some(query);
        }
        let counted = before.iter().rev().find_map(|asked| Selection::of(&whole_table(&asked.query)))?;
        let mut metric = match self.items.mark(share) {
            Some(Mark::ShareOf(name)) => Some(name.clone()),
            _ => None,
        };
        let mut whole = Whole::default();
        for at in share + 1..column.to {
            match self.items.mark(at) {
                Some(Mark::Where(filters)) => whole.conditions.extend(filters.iter().cloned()),
                Some(Mark::Noun(noun)) if is_row(*noun) => whole.kinds.push(noun.dimension()),
                Some(Mark::Noun(noun)) => {
                    whole.buyers |= *noun == Noun::Customer && self.has_word(share, at, &["its"]);
                    metric = metric.or_else(|| noun.count().map(str::to_owned));
                }
                Some(Mark::Having(_) | Mark::Among(_) | Mark::Never | Mark::Not) => return None,
                _ => {}
            }
        }
        let own = match counted.owner() {
            Some(CohortOf::Customers) => metric.as_deref() == Some("customers"),
            Some(CohortOf::Orders) => metric.as_deref() == Some("orders"),
            _ => false,
        };
        counted.part_of(&whole, metric.as_deref().filter(|_| !own))
    }

    /// "what share of all customers is that", "their share of all orders", "count, share of customers": what stands behind
    /// the share is the whole, and the part was counted before.
    pub(super) fn points_at_whole(&self, share: usize, to: usize) -> bool {
        let owned = self.has_word(share.saturating_sub(2), share + 1, &["their", "its"]);
        let last = (share + 1..to).rev().find(|at| {
            let mark = self.items.mark(*at);
            matches!(mark, Some(Mark::Where(_) | Mark::Noun(_) | Mark::Metric(_) | Mark::Having(_)))
        });
        let pointing = self.has_word(last.unwrap_or(share) + 1, to, &POINTING);
        let bare = (share + 1..to).all(|at| {
            let whole = [Noun::Customer, Noun::Order].map(Mark::Noun);
            let mark = self.items.mark(at);
            matches!(mark, Some(Mark::Skip | Mark::Each | Mark::Agg(_) | Mark::Link(Link::Of)))
                || mark.is_some_and(|mark| whole.contains(mark))
        });
        let named = (share + 1..to).any(|at| matches!(self.items.mark(at), Some(Mark::Noun(_))));
        // "the top 10 by the share that went in first": what a ranking goes by.
        let ranks = self.items.before(share) == Some(&Mark::Each);
        !ranks && (owned || pointing || bare && named)
    }

    fn has_word(&self, from: usize, to: usize, words: &[&str]) -> bool {
        (from..to).any(|at| self.view.text(at).split(' ').any(|word| words.contains(&word)))
    }

    /// "how many orders do they have", "the average basket of those".
    pub(super) fn speaks_of_them(&self, column: &Column) -> bool {
        self.has_word(column.from, column.to, &THOSE)
    }

    /// The marks of one clause, with the noun in the place of the word that stands for it.
    fn items_of_those(&self, column: &Column, of: CohortOf) -> Items {
        let noun = if of == CohortOf::Orders { Noun::Order } else { Noun::Customer };
        let own = column.from..column.to;
        let mut placed = own.clone().any(|at| self.items.mark(at) == Some(&Mark::Noun(noun)));
        let mut marks: Vec<Item> = self.items.0.clone();
        for (at, item) in marks.iter_mut().enumerate() {
            if !own.contains(&at) {
                item.mark = Mark::Skip;
            } else if !placed
                && matches!(item.mark, Mark::Skip | Mark::Link(Link::That) | Mark::Word)
                && self.has_word(at, at + 1, &THOSE)
            {
                item.mark = Mark::Noun(noun);
                placed = true;
            }
        }
        Items(marks, false)
    }
}

/// Whether the share tells the number as well.
fn tells_count(count: &MetricQuery, share: &MetricQuery) -> bool {
    counted(count).is_some()
        && counted(count) == counted(share)
        && (share.part_values || share.share_of_total || share.metrics.len() > 1)
}

/// What a query counts, by any of its wordings.
fn counted(query: &MetricQuery) -> Option<&'static str> {
    match query.metrics.first().map(String::as_str) {
        Some("orders" | "baskets") => Some("orders"),
        Some("customers") => Some("customers"),
        Some("products_never_bought") => Some("products"),
        Some("items") if query.summary.is_none() => Some("items"),
        _ if query.dimensions == ["user_id"] => Some("customers"),
        _ if query.dimensions == ["order_id"] => Some("orders"),
        _ => None,
    }
}

/// A ranking without its cut: the whole is that of all rows.
fn whole_table(query: &MetricQuery) -> MetricQuery {
    let ranked = query.limit_per.is_empty() && query.skip.is_none() && !query.dimensions.is_empty();
    let cut = query.limit.is_some() && ranked && query.summary.is_none();
    if cut { MetricQuery { limit: None, order_by: Vec::new(), ..query.clone() } } else { query.clone() }
}
