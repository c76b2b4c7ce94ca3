//! Cohorts by figures of each, in words: " of customers with at least 2 orders of organic products".

use query::metrics::{Cohort, CohortOf, MetricFilter};

use super::{Phrase, Subject, Teller};

impl Teller<'_> {
    /// " with at least 40 items", " of products with more than 1 buyer".
    pub(super) fn by_figures(&self, cohort: &Cohort) -> Phrase {
        if let Some(picked) = self.picked(cohort) {
            let mut phrase = picked;
            for condition in &cohort.having {
                phrase = phrase.and_then(self.condition(&plain(condition)));
            }
            if !cohort.bought.is_empty() {
                phrase.push(", counting ");
                phrase = phrase.and_then(self.bought(&cohort.bought));
            }
            return phrase;
        }
        let whose = match cohort.of {
            CohortOf::Customers => self.whose_prefix(Subject::Customers),
            CohortOf::Orders => self.whose_prefix(Subject::Orders),
            CohortOf::Products => " of products",
            CohortOf::Aisles => " in aisles",
            CohortOf::Departments => " in departments",
            CohortOf::Hours => " in hours",
            CohortOf::Days => " on days",
            CohortOf::DayParts => " in parts of the day",
            CohortOf::Segments => " in segments",
        };
        let but = if cohort.not { ", but those" } else { "" };
        let mut phrase = Phrase::words(format!("{whose}{but}"));
        for (at, condition) in cohort.having.iter().enumerate() {
            if at > 0 {
                phrase.push(" and");
            }
            phrase = phrase.and_then(self.condition(&plain(condition)));
        }
        let counted: Vec<MetricFilter> = cohort.bought.iter().chain(&cohort.part).cloned().collect();
        if !counted.is_empty() {
            phrase.push(", counting ");
            phrase = phrase.and_then(self.bought(&counted));
        }
        let per = cohort.per.as_ref().and_then(|name| self.model.dimension(name));
        if let Some((_, dimension)) = per {
            let label = dimension.label.trim_end_matches(" id");
            phrase.push(&format!(", of one and the same {label}"));
        }
        phrase
    }
}

/// A condition on how much of a figure is so, as one on the figure.
fn plain(condition: &MetricFilter) -> MetricFilter {
    let field = match condition.field.strip_prefix("part_") {
        Some(metric) if !metric.starts_with("of_") => metric.to_owned(),
        _ => condition.field.clone(),
    };
    MetricFilter { field, ..condition.clone() }
}
