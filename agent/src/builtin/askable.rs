//! Whether the figures of a plan can be asked as they were read, and what near them can.
//!
//! The semantic model does not tell every metric by every dimension. A reading that does not compile is no answer: another
//! reading goes before it, and where there is none the planner asks back with the parts that do fit together.

use config::semantic::SemanticModel;
use domain::{
    answer::{Clarify, ClarifyOption},
    principal::RowPolicy,
};
use query::{
    metrics::{MetricError, Scope, compile},
    sql::Dialect,
};

use super::{
    compose::{Candidate, Outcome},
    intent::{Intent, MetricIntent},
    paraphrase::paraphrase,
};
use crate::draft::Draft;

/// Options offered at most.
const MOST_OPTIONS: usize = 3;

/// A figure of the plan that cannot be asked as it was read.
pub(super) struct Unaskable<'a> {
    intent: &'a MetricIntent,
    error: MetricError,
}

/// The first figure of a reading that the model cannot tell.
pub(super) fn unaskable<'a>(candidate: &'a Candidate, model: &SemanticModel) -> Option<Unaskable<'a>> {
    let Outcome::Plan(plan) = &candidate.outcome else { return None };
    plan.intents.iter().find_map(|intent| {
        let Intent::Metric(intent) = intent else { return None };
        problem(intent, model).map(|error| Unaskable { intent, error })
    })
}

/// Rollups and rows of others do not change what can be asked.
fn problem(intent: &MetricIntent, model: &SemanticModel) -> Option<MetricError> {
    let scope = Scope::without_rollups(RowPolicy::AllCustomers);
    compile(model, &intent.query, Dialect::DataFusion, &scope).err()
}

impl Unaskable<'_> {
    /// One question back, with what is left when the part that does not fit is taken out; `None` where nothing is left.
    pub(super) fn question_back(&self, model: &SemanticModel) -> Option<Draft> {
        let mut options: Vec<ClarifyOption> = Vec::new();
        for intent in self.nearest(model) {
            let Some(question) = paraphrase(&Intent::Metric(intent), model) else { continue };
            if options.len() < MOST_OPTIONS && options.iter().all(|option| option.question != question) {
                options.push(ClarifyOption { label: question.clone(), question });
            }
        }
        if options.is_empty() {
            return None;
        }
        Some(Draft::clarify(Clarify { question: self.reason(model), options }))
    }

    fn reason(&self, model: &SemanticModel) -> String {
        let metric = |name: &str| model.metric(name).map(|metric| metric.label.clone());
        let dimension = |name: &str| model.dimension(name).map(|(_, dimension)| dimension.label.clone());
        let told = match &self.error {
            MetricError::NotByDimension { metric: m, dimension: d, .. } => metric(m)
                .zip(dimension(d))
                .map(|(metric, by)| format!("The data does not tell “{metric}” by {by}.")),
            MetricError::NotByCohort { metric: m, of } => {
                metric(m).map(|metric| format!("The data does not tell “{metric}” of some {of}s only."))
            }
            _ => None,
        };
        let told = told.unwrap_or_else(|| "What I read in that does not fit together.".to_owned());
        format!("{told} Which of these do you want instead?")
    }

    /// The question without one of its dimensions, filters or cohorts, where that can be asked.
    fn nearest(&self, model: &SemanticModel) -> Vec<MetricIntent> {
        let query = &self.intent.query;
        let shorter = |edit: &dyn Fn(&mut MetricIntent)| {
            let mut intent = self.intent.clone();
            edit(&mut intent);
            intent
        };
        let dimensions =
            (0..query.dimensions.len()).map(|at| shorter(&|i| drop(i.query.dimensions.remove(at))));
        let filters = (0..query.filters.len()).map(|at| shorter(&|i| drop(i.query.filters.remove(at))));
        let cohorts = (0..query.cohorts.len()).map(|at| shorter(&|i| drop(i.query.cohorts.remove(at))));
        let plain = shorter(&|intent| {
            let by = intent.query.dimensions.clone();
            intent.query = query::metrics::MetricQuery::of(
                [intent.query.metrics.first().cloned()].into_iter().flatten(),
            )
            .by(by);
        });
        let askable = |intent: &MetricIntent| problem(intent, model).is_none();
        dimensions.chain(filters).chain(cohorts).chain([plain]).filter(askable).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use query::metrics::MetricQuery;

    use super::*;
    use crate::builtin::intent::{Plan, Shape};

    fn reading(query: MetricQuery) -> Candidate {
        let intent = Intent::Metric(MetricIntent { query, shape: Shape::Breakdown, chart: false });
        let plan = Plan { intents: vec![intent], notes: Vec::new() };
        Candidate { outcome: Outcome::Plan(plan), used: BTreeSet::new(), base: 0.9 }
    }

    #[test]
    fn what_the_model_tells_is_askable() {
        let model = SemanticModel::builtin().unwrap();
        assert!(unaskable(&reading(MetricQuery::of(["reorder_rate"]).by(["department"])), &model).is_none());
    }

    #[test]
    fn what_it_cannot_tell_is_asked_back_with_what_it_can() {
        let model = SemanticModel::builtin().unwrap();
        let candidate = reading(MetricQuery::of(["avg_churn_risk"]).by(["department", "segment_name"]));
        let draft = unaskable(&candidate, &model).unwrap().question_back(&model).unwrap();
        let clarify = draft.clarify.unwrap();
        assert_eq!(
            clarify.question,
            "The data does not tell “churn risk” by department. Which of these do you want instead?"
        );
        let options: Vec<&str> = clarify.options.iter().map(|option| option.question.as_str()).collect();
        assert_eq!(options, ["Show churn risk by segment"]);
    }
}
