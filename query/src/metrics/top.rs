//! The first groups of a dimension, ranked for themselves: "of the 5 largest departments the best aisle each".
//!
//! They are a question of their own under the same conditions on rows; its keys pick the rows of the question.

use config::semantic::{Metric, SemanticModel};

use super::{
    conditions::Figure,
    error::MetricError,
    plan::Plan,
    question::{Direction, TopGroups},
    render::{Text, key_alias},
    resolve::{Order, Question, metric_names},
};

/// The groups that are kept of one of a question's dimensions.
#[derive(Debug, Clone)]
pub(super) struct Top<'m> {
    /// The dimension's place in the question's groups.
    at: usize,
    metric: &'m Metric,
    direction: Direction,
    limit: u32,
}

pub(super) fn resolve<'m>(
    model: &'m SemanticModel,
    question: &Question<'m>,
    asked: &TopGroups,
) -> Result<Top<'m>, MetricError> {
    let misshapen = |problem: String| MetricError::Misshapen { field: "within_top", problem };
    let at = question.groups.iter().position(|group| group.dimension.name == asked.dimension).ok_or_else(
        || misshapen(format!("{:?} is none of the question's dimensions; name one of them", asked.dimension)),
    )?;
    let metric = model.metric(&asked.by.field).ok_or_else(|| MetricError::UnknownMetric {
        name: asked.by.field.clone(),
        known: metric_names(model),
    })?;
    if question.contrast {
        return Err(misshapen("two slices beside each other have no groups of their own".to_owned()));
    }
    Ok(Top { at, metric, direction: asked.by.direction.unwrap_or(Direction::Desc), limit: asked.limit })
}

impl<'m> Top<'m> {
    /// The question whose rows are these groups.
    pub(super) fn question(&self, whole: &Question<'m>) -> Question<'m> {
        Question {
            metrics: vec![self.metric],
            groups: whole.groups.get(self.at).copied().into_iter().collect(),
            part: Vec::new(),
            part_cohorts: Vec::new(),
            part_values: false,
            thresholds: Vec::new(),
            order: vec![Order::by(Figure::value(self.metric), self.direction)],
            own_order: true,
            limit: Some(self.limit),
            limit_per: Vec::new(),
            limit_share: None,
            skip: None,
            top: None,
            cumulative_to: None,
            summary: None,
            share_of_total: false,
            contrast: false,
            shown: Vec::new(),
            compared: Vec::new(),
            summary_by: None,
            share_within: Vec::new(),
            slices: Vec::new(),
            ..whole.clone()
        }
    }

    /// The condition on a question's rows, after the parts of the statement that list the groups.
    pub(super) fn condition(
        &self,
        text: &mut Text<'_>,
        model: &'m SemanticModel,
        plan: &Plan<'m>,
        prefix: &str,
    ) -> String {
        let prefix = format!("{prefix}top_");
        let (mut rows, order, limit) = text.left(model, plan, &prefix);
        rows.cut(text, &order, limit);
        format!("{} IN (SELECT {} {})", key_alias(self.at), key_alias(0), rows.source())
    }
}
