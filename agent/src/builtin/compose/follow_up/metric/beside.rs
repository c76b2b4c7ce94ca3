//! Old and new side by side: "compare that with frozen", "frozen too", "vs bakery".
//!
//! A new value beside the one that the query had: both as rows of one field, or a slice each. See [`super`].

use query::metrics::{Cohort, FilterOp, MetricFilter, Slice};

use super::{Edit, as_day_part, label};
use crate::builtin::analytics::Stated;

impl Edit<'_> {
    /// Old and new side by side, a row each.
    pub(super) fn compare(&mut self, one: &Stated) -> bool {
        let parted = as_day_part(&one.filter).filter(|_| {
            self.fragment.compares || self.cues.adds || self.compared_field() == Some("day_part")
        });
        let named = parted.map(|filter| Stated { filter, words: one.words.clone() });
        if named.is_some() {
            for filter in &mut self.query.filters {
                if let Some(part) = as_day_part(filter) {
                    *filter = part;
                }
            }
        }
        let one = named.as_ref().unwrap_or(one);
        let adding = self.cues.adds && self.compared_field() == Some(one.filter.field.as_str());
        // The same thing again stands beside nothing.
        if self
            .query
            .filters
            .iter()
            .any(|known| known.field == one.filter.field && known.values == one.filter.values)
        {
            return false;
        }
        if !(self.fragment.compares || adding || self.adds_another(&one.filter)) || !one.filter.op.picks() {
            return false;
        }
        let field = one.filter.field.clone();
        let share = !self.query.part.is_empty();
        let Some(known) = self.place_of(&field) else { return false };
        if known.field != field {
            let old = known.clone();
            return self.slice(&old, one);
        }
        let mut values = known.values.clone();
        for value in &one.filter.values {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        let union = MetricFilter { field: field.clone(), op: FilterOp::In, values };
        let in_cohort =
            self.query.cohorts.iter().any(|cohort| cohort.bought.iter().any(|known| known.field == field));
        if in_cohort {
            return self.slice_cohorts(&field, one);
        }
        self.query.part.retain(|known| known.field != field);
        self.query.filters.retain(|known| known.field != field);
        self.query.filters.push(union);
        self.group_only_by(&field);
        if share {
            self.query.share_of_total = true;
        }
        true
    }

    /// The field whose values stand side by side already.
    pub(super) fn compared_field(&self) -> Option<&str> {
        let listed = |filter: &&MetricFilter| {
            filter.op == FilterOp::In && self.query.dimensions.contains(&filter.field)
        };
        self.query.filters.iter().find(listed).map(|filter| filter.field.as_str())
    }

    /// "household too": another thing of the same field.
    pub(super) fn adds_another(&self, filter: &MetricFilter) -> bool {
        let same = |known: &MetricFilter| known.field == filter.field && known.op.picks();
        self.cues.adds && (self.query.filters.iter().any(same) || self.query.part.iter().any(same))
    }

    /// Conditions of two kinds: a slice each.
    pub(super) fn slice(&mut self, old: &MetricFilter, new: &Stated) -> bool {
        if !self.query.slices.is_empty() || !self.query.part.is_empty() {
            return false;
        }
        self.query.filters.retain(|filter| filter != old);
        self.query.slices = vec![
            Slice { label: label(old), filters: vec![old.clone()], cohorts: Vec::new() },
            Slice { label: label(&new.filter), filters: vec![new.filter.clone()], cohorts: Vec::new() },
        ];
        true
    }

    /// Orders that hold one thing and orders that hold another: a slice each.
    pub(super) fn slice_cohorts(&mut self, field: &str, new: &Stated) -> bool {
        if !self.query.slices.is_empty() {
            return false;
        }
        let is_old = |cohort: &Cohort| cohort.bought.iter().any(|known| known.field == field);
        let Some(old) = self.query.cohorts.iter().find(|cohort| is_old(cohort)).cloned() else {
            return false;
        };
        self.query.cohorts.retain(|cohort| *cohort != old);
        let mut other = old.clone();
        other.bought.retain(|known| known.field != field);
        other.bought.push(new.filter.clone());
        let named = |cohort: &Cohort| cohort.bought.iter().map(label).collect::<Vec<_>>().join(" ");
        self.query.slices = [old, other]
            .into_iter()
            .map(|cohort| Slice { label: named(&cohort), filters: Vec::new(), cohorts: vec![cohort] })
            .collect();
        true
    }
}
