//! When a list of times is a row each, and when it only restricts.
//!
//! "days 0, 1 and 6" in a sentence picks rows that are counted together; beside another list, in a table, with "each" or
//! with its preposition said again ("on day 0, on day 1, …") its values are one side of the table.

use query::metrics::{FilterOp, MetricFilter};

use super::{Builder, Condition, LINE_FIELDS};
use crate::builtin::analytics::{
    frame::Role,
    item::{Agg, Mark, Noun},
};

impl Builder<'_> {
    /// "hours 18 to 23": a range of times that is said as a list of them.
    pub(super) fn is_spelt_range(&self, condition: &Condition) -> bool {
        let words = self.view.text(condition.at);
        let plural = words.split(' ').next().is_some_and(|word| matches!(word, "hours" | "days" | "numbers"));
        let time = matches!(condition.filter.field.as_str(), "order_dow" | "order_hour_of_day");
        time && plural && condition.filter.op == FilterOp::Between && self.is_axis(&condition.filter)
    }

    /// Whether the values of a list of times are rows of the answer.
    pub(super) fn is_axis(&self, list: &MetricFilter) -> bool {
        let Some(at) = self.base.iter().find(|c| c.filter == *list).map(|c| c.at) else { return false };
        let together = ["together", "combined", "jointly", "altogether", "added", "sum"];
        let summed = self.view.tokens.iter().any(|token| together.contains(&token.text.as_str()));
        if summed || self.frame.has_agg(Agg::Total) {
            return false;
        }
        let words = self.view.text(at);
        let said = |word: &str| words.split(' ').filter(|known| *known == word).count();
        let again = ["on", "at", "in", "day", "hour", "number", "order"].iter().any(|word| said(word) > 1);
        let either = said("or") > 0;
        let each = self.is_each(at);
        let tabled = self.items.any(|mark| *mark == Mark::Table) || self.stands_against(at);
        again || each || !either && (tabled || self.crosses_a_list(list))
    }

    /// "hours 18 to 23 against the day of the week"
    fn stands_against(&self, at: usize) -> bool {
        let groups = |noun: &Noun| !matches!(noun, Noun::Item | Noun::Product | Noun::Customer | Noun::Order);
        let other = |place: Option<usize>| match place.and_then(|place| self.items.mark(place)) {
            Some(Mark::Noun(noun)) => groups(noun),
            Some(Mark::Where(filters)) => filters.iter().any(|filter| filter.op == FilterOp::In),
            _ => false,
        };
        let joins = |place: &usize| {
            self.items.mark(*place) == Some(&Mark::Versus)
                || matches!(self.view.text(*place).as_str(), "x" | "by" | "cross")
        };
        let behind = self.items.next(at).filter(joins);
        let before = self.items.previous(at).filter(joins);
        behind.is_some_and(|place| other(self.items.next(place)))
            || before.is_some_and(|place| other(self.items.previous(place)))
    }

    /// "on each of days 0, 1 and 6", "at 6, 7 and 8 each".
    fn is_each(&self, at: usize) -> bool {
        let each = |place: Option<usize>| {
            place.is_some_and(|place| {
                matches!(self.items.mark(place), Some(Mark::EachOne))
                    || matches!(self.items.mark(place), Some(Mark::Each))
                        && self
                            .view
                            .text(place)
                            .split(' ')
                            .any(|word| matches!(word, "each" | "every" | "per"))
            })
        };
        let of =
            self.items.previous(at).filter(|place| matches!(self.items.mark(*place), Some(Mark::Link(_))));
        each(self.items.previous(at)) || each(of.and_then(|of| self.items.previous(of))) || {
            let next = self.items.next(at);
            each(next)
                && next
                    .and_then(|next| self.items.after(next))
                    .is_none_or(|mark| !matches!(mark, Mark::Noun(_)))
        }
    }

    /// Whether other things are listed too, or told apart: coffee and tea, small and large orders.
    fn crosses_a_list(&self, list: &MetricFilter) -> bool {
        let things = self.base.iter().any(|c| {
            c.filter.op == FilterOp::In
                && c.filter.field != list.field
                && (LINE_FIELDS.contains(&c.filter.field.as_str()) || c.filter.field == "segment_name")
        });
        let classes = self
            .frame
            .of_role(Role::Each)
            .any(|placed| matches!(placed.noun, Noun::SizeBand | Noun::Sides(_)));
        things || classes
    }
}
