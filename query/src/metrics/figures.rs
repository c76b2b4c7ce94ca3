//! Orders, customers and things of the catalogue by figures of theirs.
//!
//! ```sql
//! cohort_1_by_lines AS (SELECT user_id AS k1, COUNT(DISTINCT order_id) AS orders … WHERE … GROUP BY user_id),
//! cohort_1_answers AS (…),
//! cohort_1 AS (SELECT DISTINCT k1 AS id FROM cohort_1_answers WHERE orders >= 2)
//! ```
//! Such a cohort is a question of its own, by the keys of what it is made of: what it counts, divides and compares with is
//! had as in any other. Its thresholds pick the groups, and their keys are the cohort.

use std::sync::Arc;

use config::semantic::SemanticModel;

use super::{
    conditions::{Figures, PART_PREFIX, PART_VALUE_PREFIX, SHARE_PREFIX},
    error::MetricError,
    plan::{Notes, plan},
    question::{Cohort, CohortOf, Direction, MetricQuery, OrderBy},
    render::{Text, key_alias},
    resolve::{Question, resolve},
    scope::Scope,
};

/// The question whose groups are the cohort.
pub(super) fn asked<'m>(model: &'m SemanticModel, cohort: &Cohort) -> Result<Figures<'m>, MetricError> {
    let misshapen = |problem: String| Err(MetricError::Misshapen { field: "cohorts", problem });
    let key = cohort.of.key().to_owned();
    if let Some(condition) =
        cohort.having.iter().find(|condition| model.dimension(&condition.field).is_some())
    {
        return misshapen(format!(
            "{:?} is a dimension; it stands in bought, having takes metrics",
            condition.field
        ));
    }
    if cohort.per.as_ref() == Some(&key) {
        return misshapen(format!("per {key:?} says nothing, each is one already; name another dimension"));
    }
    let metrics = cohort.having.iter().map(|condition| metric_of(&condition.field).to_owned());
    let ranked = cohort.top.as_ref().map(|top| metric_of(&top.by.field).to_owned());
    // Without a ranking none is left out for being rare.
    let order = cohort.top.as_ref().map_or_else(
        || OrderBy { field: key.clone(), direction: Some(Direction::Asc) },
        |top| OrderBy { direction: Some(top.by.direction.unwrap_or(Direction::Desc)), ..top.by.clone() },
    );
    if let Some(top) = &cohort.top
        && top.limit.is_none()
        && top.limit_share.is_none()
        && top.skip.is_none()
    {
        return misshapen("top says nothing without limit, limit_share or skip; give one".to_owned());
    }
    let query = MetricQuery {
        metrics: metrics.chain(ranked).collect(),
        limit: cohort.top.as_ref().and_then(|top| top.limit),
        limit_share: cohort.top.as_ref().and_then(|top| top.limit_share),
        skip: cohort.top.as_ref().and_then(|top| top.skip),
        dimensions: [key.clone()].into_iter().chain(cohort.per.clone()).collect(),
        filters: cohort.bought.iter().chain(&cohort.having).cloned().collect(),
        part: cohort.part.clone(),
        part_values: !cohort.part.is_empty(),
        share_of_total: cohort.having.iter().any(|condition| condition.field.starts_with(SHARE_PREFIX)),
        order_by: vec![order],
        // Of orders without lines nothing is known, and what is taken apart occurs.
        include_empty: (cohort.of == CohortOf::Orders || cohort.per.is_some()).then_some(false),
        ..MetricQuery::default()
    };
    let question = Arc::new(resolve(model, &query)?);
    Ok(Figures { written: Cohort { not: false, ..cohort.clone() }, question, plan: None })
}

/// The metric that a condition is about.
fn metric_of(field: &str) -> &str {
    let prefixes = [SHARE_PREFIX, PART_PREFIX, PART_VALUE_PREFIX];
    prefixes.into_iter().find_map(|prefix| field.strip_prefix(prefix)).unwrap_or(field)
}

/// The question with the plans of its cohorts.
pub(super) fn planned<'m>(
    model: &'m SemanticModel,
    mut question: Question<'m>,
    scope: &Scope,
    notes: &mut Notes,
) -> Result<Question<'m>, MetricError> {
    for members in question.cohorts.iter_mut().chain(&mut question.part_cohorts) {
        if let Some(figures) = &mut members.figures {
            let own = plan(model, Question::clone(&figures.question), None, scope, notes)?;
            figures.plan = Some(Arc::new(own));
        }
    }
    Ok(question)
}

impl Text<'_> {
    /// The part of the statement that lists the ids of a cohort by figures, made when it is first asked for.
    pub(super) fn by_figures<'m>(
        &mut self,
        model: &'m SemanticModel,
        figures: &Figures<'m>,
    ) -> Option<String> {
        let plan = figures.plan.as_ref()?;
        let identity = format!("{:?}", figures.written);
        if let Some((_, name)) = self.cohorts.iter().find(|(known, _)| *known == identity) {
            return Some(name.clone());
        }
        let name = format!("cohort_{}", self.cohorts.len() + 1);
        let (mut rows, order, limit) = self.left(model, plan, &format!("{name}_"));
        rows.cut(self, &order, limit);
        self.part(&name, &format!("SELECT DISTINCT {} AS id\n  {}", key_alias(0), rows.source()));
        self.cohorts.push((identity, name.clone()));
        Some(name)
    }
}
