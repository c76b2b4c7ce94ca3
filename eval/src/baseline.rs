//! What got better and what got worse since an earlier report.
//!
//! Only cases that both reports asked are compared one by one; the rate of a kind counts where both asked the kind.

use crate::{
    rate::Rate,
    report::{CaseVerdict, Report},
};

/// The differences between two reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Cases that are right now and were not.
    pub better: Vec<String>,
    /// Cases that were right and are not.
    pub worse: Vec<String>,
    /// Kinds whose rate fell over the cases that both asked, with the rate before and now.
    pub kinds_fallen: Vec<(String, Rate, Rate)>,
    /// Cases of this report that the baseline did not ask.
    pub fresh: usize,
    /// Cases of the baseline that this report did not ask.
    pub gone: usize,
}

impl Difference {
    /// What changed from a baseline to a report.
    pub fn between(baseline: &Report, report: &Report) -> Self {
        let (before, now) = (baseline.cases(), report.cases());
        let mut difference = Self {
            fresh: now.keys().filter(|id| !before.contains_key(*id)).count(),
            gone: before.keys().filter(|id| !now.contains_key(*id)).count(),
            ..Self::default()
        };
        for (id, case) in &now {
            match before.get(id) {
                Some(was) if case.is_right && !was.is_right => difference.better.push((*id).to_owned()),
                Some(was) if was.is_right && !case.is_right => difference.worse.push((*id).to_owned()),
                _ => {}
            }
        }
        let mut kinds: Vec<&str> = now.values().map(|case| case.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            let rate = |cases: Vec<&CaseVerdict<'_>>| Rate::of(cases, |case| case.is_right);
            let in_both = |id: &&str| before.contains_key(id) && now.contains_key(id);
            let of_kind = now.iter().filter(|(id, case)| case.kind == kind && in_both(id));
            let ids: Vec<&str> = of_kind.map(|(id, _)| *id).collect();
            let was = rate(ids.iter().filter_map(|id| before.get(id)).collect());
            let is = rate(ids.iter().filter_map(|id| now.get(id)).collect());
            if is.hits < was.hits {
                difference.kinds_fallen.push((kind.to_owned(), was, is));
            }
        }
        difference
    }

    /// Whether something that was right is not, or a kind's rate fell.
    pub fn is_regression(&self) -> bool {
        !self.worse.is_empty() || !self.kinds_fallen.is_empty()
    }

    /// The differences for people, as plain text.
    pub fn to_text(&self) -> String {
        let list = |ids: &[String]| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
        let mut text = format!(
            "against the baseline: {} better: {}\n{} worse: {}\n",
            self.better.len(),
            list(&self.better),
            self.worse.len(),
            list(&self.worse)
        );
        for (kind, was, is) in &self.kinds_fallen {
            text.push_str(&format!("{kind} fell from {was} to {is}\n"));
        }
        if self.fresh + self.gone > 0 {
            text.push_str(&format!(
                "{} cases are new, {} are gone; they are not compared\n",
                self.fresh, self.gone
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::Verdict,
        report::tests::{line, report},
    };

    #[test]
    fn what_was_right_and_is_not_is_worse() {
        let before =
            report(vec![line("a", Verdict::Right), line("b", Verdict::Wrong), line("c", Verdict::Right)]);
        let now =
            report(vec![line("a", Verdict::Refused), line("b", Verdict::Right), line("d", Verdict::Wrong)]);
        let difference = Difference::between(&before, &now);
        assert_eq!(
            (difference.worse.as_slice(), difference.better.as_slice()),
            (&["a".to_owned()][..], &["b".to_owned()][..])
        );
        assert_eq!((difference.fresh, difference.gone), (1, 1));
        assert!(difference.is_regression(), "one for one is worse all the same");
        assert!(difference.kinds_fallen.is_empty());
    }

    #[test]
    fn a_kinds_rate_that_falls_is_named() {
        let before = report(vec![line("a", Verdict::Right), line("b", Verdict::Right)]);
        let now = report(vec![line("a", Verdict::Right), line("b", Verdict::Failed)]);
        let difference = Difference::between(&before, &now);
        let fallen = vec![("analytics".to_owned(), Rate { hits: 2, of: 2 }, Rate { hits: 1, of: 2 })];
        assert_eq!(difference.kinds_fallen, fallen);
        assert!(difference.to_text().contains("analytics fell from 2/2"), "{}", difference.to_text());
    }

    #[test]
    fn a_turn_that_gets_worse_makes_its_conversation_worse() {
        let before = report(vec![line("c#1", Verdict::Right), line("c#2", Verdict::Right)]);
        let now = report(vec![line("c#1", Verdict::Right), line("c#2", Verdict::Clarified)]);
        assert_eq!(Difference::between(&before, &now).worse, ["c"]);
    }

    #[test]
    fn new_and_better_is_no_regression() {
        let before = report(vec![line("a", Verdict::Wrong)]);
        let now =
            report(vec![line("a", Verdict::Right), line("b", Verdict::Wrong), line("e", Verdict::Invalid)]);
        let difference = Difference::between(&before, &now);
        assert!(!difference.is_regression(), "{difference:?}");
        assert_eq!(difference.fresh, 1);
    }
}
