//! "And the lowest?", "only in bakery", "as a chart": edits of the plan before.
//!
//! The previous intent is taken from the session and changed where the new words say so; whatever they do not mention
//! stays. Only words that change something count: a follow-up that changes nothing is none.

use std::collections::BTreeSet;

use query::metrics::{Direction as Sorted, FilterOp, MetricFilter, MetricQuery, OrderBy};

use super::{Candidate, Question, Who, metric::ids};
use crate::builtin::{
    intent::{Intent, MetricIntent, Plan, Shape},
    lexicon::Cue,
    link_entities::Named,
    link_metrics::{DAY, Direction, HOUR, PRODUCT},
    vocabulary::NameKind,
};

/// More words than this make a question of its own.
const LONGEST_FOLLOW_UP: usize = 10;

/// Reads the message as an edit of the plan before.
pub(crate) fn follow_up(question: &Question<'_>) -> Option<Candidate> {
    let previous = question.asked.history.iter().rev().find(|turn| !turn.plan.is_null())?;
    let plan: Plan = serde_json::from_value(previous.plan.clone()).ok()?;
    if question.tokens.len() > LONGEST_FOLLOW_UP {
        return None;
    }
    let mut edit = Edit { question, used: BTreeSet::new(), changed: false };
    let intent = edit.apply(plan.single()?.clone())?;
    if !edit.changed {
        return None;
    }
    edit.used.extend(question.positions(&[
        Cue::FollowUp,
        Cue::Only,
        Cue::Which,
        Cue::Show,
        Cue::By,
        Cue::Contains,
        Cue::Chart,
        Cue::AsTable,
        Cue::ProductWord,
    ]));
    let opens = question.spans.first().is_some_and(|span| span.is(Cue::FollowUp) || span.is(Cue::Only));
    // Without "and …" a short message may as well be a question of its own, which then wins.
    let base = if opens { 0.96 } else { 0.7 };
    Some(Candidate::plan(intent, edit.used, base))
}

struct Edit<'a> {
    question: &'a Question<'a>,
    used: BTreeSet<usize>,
    changed: bool,
}

impl Edit<'_> {
    fn apply(&mut self, intent: Intent) -> Option<Intent> {
        let entities = self.question.entities;
        let named_products = || -> Vec<u32> {
            let named = entities.of_kind(NameKind::Product).map(|name| name.id);
            named.chain(entities.product_ids.iter().copied()).collect()
        };
        Some(match intent {
            Intent::Metric(metric) => Intent::Metric(self.metric(metric)?),
            Intent::Recommend(mut args) => {
                self.scope(&mut args.aisle, &mut args.department);
                self.limit(&mut args.limit);
                self.customer(&mut args.user_id)?;
                Intent::Recommend(args)
            }
            Intent::Popular(mut args) => {
                self.scope(&mut args.aisle, &mut args.department);
                self.limit(&mut args.limit);
                if let Some((from, to)) = entities.hours.filter(|(from, to)| from == to) {
                    args.hour = Some(from.max(to));
                    self.change_all();
                }
                Intent::Popular(args)
            }
            Intent::Related(mut args) => {
                let ids = named_products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.names = None;
                    self.change_all();
                }
                self.limit(&mut args.limit);
                Intent::Related(args)
            }
            Intent::Profile(mut args, aspect) => {
                self.customer(&mut args.user_id)?;
                Intent::Profile(args, aspect)
            }
            Intent::SimilarCustomers(mut args) => {
                self.customer(&mut args.user_id)?;
                self.limit(&mut args.limit);
                Intent::SimilarCustomers(args)
            }
            Intent::History(mut args) => {
                let ids = named_products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.terms = None;
                    self.change_all();
                } else {
                    self.scope(&mut args.aisle, &mut args.department);
                }
                self.limit(&mut args.limit);
                self.customer(&mut args.user_id)?;
                Intent::History(args)
            }
            Intent::SegmentPopularity(mut args) => {
                if let Some(name) = entities.of_kind(NameKind::Segment).next() {
                    args.segment = Some(name.text.clone());
                    self.change_all();
                }
                self.limit(&mut args.limit);
                Intent::SegmentPopularity(args)
            }
            Intent::Product(mut args) => {
                let [id] = named_products().as_slice().try_into().ok()?;
                args.product_id = Some(id);
                args.name = None;
                self.change_all();
                Intent::Product(args)
            }
            Intent::Search(mut args) => {
                self.limit(&mut args.limit);
                Intent::Search(args)
            }
            Intent::WillBuy(mut args) => {
                let ids = named_products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.names = None;
                    self.change_all();
                }
                self.customer(&mut args.user_id)?;
                Intent::WillBuy(args)
            }
            Intent::Describe(_) => return None,
        })
    }

    /// Everything that the entity step understood has been put into the plan.
    fn change_all(&mut self) {
        self.changed = true;
        self.used.extend(self.question.entity_spans());
    }

    fn limit(&mut self, limit: &mut Option<u32>) {
        if let Some(count) = self.question.entities.limit {
            *limit = Some(count);
            self.change_all();
        }
    }

    fn scope(&mut self, aisle: &mut Option<String>, department: &mut Option<String>) {
        let (new_aisle, new_department) = self.question.scope();
        if new_aisle.is_some() || new_department.is_some() {
            *aisle = new_aisle;
            *department = new_department;
            self.change_all();
        }
    }

    /// Another customer; `None` where that may not be asked, which another reading then refuses.
    fn customer(&mut self, user_id: &mut Option<u32>) -> Option<()> {
        match self.question.who() {
            Ok(Who::Customer(id)) => {
                *user_id = Some(id);
                self.change_all();
            }
            Ok(Who::Own) => {
                *user_id = None;
                self.change_all();
            }
            Ok(Who::Missing | Who::Nobody) => {}
            Err(_) => return None,
        }
        Some(())
    }

    fn metric(&mut self, mut intent: MetricIntent) -> Option<MetricIntent> {
        self.direction(&mut intent);
        self.measures(&mut intent)?;
        self.filters(&mut intent.query)?;
        if self.question.has(Cue::Chart) && !intent.query.dimensions.is_empty() {
            intent.chart = true;
            self.changed = true;
        }
        if self.question.has(Cue::AsTable) {
            intent.chart = false;
            self.changed = true;
        }
        if let Some(limit) = self.question.entities.limit.filter(|_| !intent.query.dimensions.is_empty()) {
            intent.query.limit = Some(limit);
            intent.shape = if limit == 1 { Shape::Extreme } else { Shape::Ranking };
            if intent.query.order_by.is_empty() {
                let field = intent.query.metrics.first()?.clone();
                intent.query.order_by = vec![OrderBy { field, direction: Some(Sorted::Desc) }];
            }
            self.change_all();
        }
        Some(intent)
    }

    fn direction(&mut self, intent: &mut MetricIntent) {
        let Some(direction) = self.question.measures.direction else { return };
        let direction = Some(if direction == Direction::Highest { Sorted::Desc } else { Sorted::Asc });
        let query = &mut intent.query;
        if query.dimensions.is_empty() {
            return;
        }
        match query.order_by.first_mut() {
            Some(order) => order.direction = direction,
            None => {
                let Some(field) = query.metrics.first().cloned() else { return };
                query.order_by = vec![OrderBy { field, direction }];
                query.limit = Some(1);
                intent.shape = Shape::Extreme;
            }
        }
        self.changed = true;
        self.used.extend(self.question.positions(&[Cue::Highest, Cue::Lowest, Cue::Busiest, Cue::Quietest]));
    }

    fn measures(&mut self, intent: &mut MetricIntent) -> Option<()> {
        let measures = self.question.measures;
        let query = &mut intent.query;
        if !measures.metrics.is_empty() && measures.metrics != query.metrics {
            let old = query.metrics.first().cloned();
            query.metrics.clone_from(&measures.metrics);
            query.share_of_total = false;
            for order in &mut query.order_by {
                if Some(&order.field) == old.as_ref()
                    && let Some(first) = measures.metrics.first()
                {
                    order.field.clone_from(first);
                }
            }
            self.changed = true;
            self.used.extend(&measures.used);
        }
        if !measures.dimensions.is_empty() && measures.dimensions != query.dimensions {
            query.dimensions.clone_from(&measures.dimensions);
            if intent.shape == Shape::Single {
                intent.shape = Shape::Breakdown;
            }
            self.changed = true;
            self.used.extend(&measures.used);
        }
        Some(())
    }

    fn filters(&mut self, query: &mut MetricQuery) -> Option<()> {
        let entities = self.question.entities;
        for kind in [NameKind::Department, NameKind::Aisle, NameKind::Product] {
            let of_kind: Vec<&Named> =
                entities.named.iter().filter(|named| named.name.kind == kind).collect();
            if of_kind.is_empty() {
                continue;
            }
            // Another department, aisle or product stands in the place of the one before.
            query.filters.retain(|filter| {
                !["department", "aisle", PRODUCT, "product_id"].contains(&filter.field.as_str())
            });
            let field = match kind {
                NameKind::Department => "department",
                NameKind::Aisle => "aisle",
                NameKind::Product | NameKind::Segment => PRODUCT,
            };
            let excluded = of_kind.iter().all(|named| named.excluded);
            let op = if excluded { FilterOp::NotIn } else { FilterOp::In };
            let values = of_kind.iter().map(|named| named.name.text.as_str().into()).collect();
            query.filters.push(MetricFilter { field: field.into(), op, values });
            self.change_all();
        }
        if let Some((from, to)) = entities.hours {
            query.filters.retain(|filter| filter.field != HOUR);
            query.filters.push(MetricFilter {
                field: HOUR.into(),
                op: FilterOp::Between,
                values: ids(&[from, to]),
            });
            self.change_all();
        }
        if let Some(day) = entities.day {
            query.filters.retain(|filter| filter.field != DAY);
            query.filters.push(MetricFilter { field: DAY.into(), op: FilterOp::Eq, values: ids(&[day]) });
            self.change_all();
        }
        let mut customer = None;
        self.customer(&mut customer)?;
        if let Some(id) = customer {
            query.filters.retain(|filter| filter.field != "user_id");
            query.filters.push(MetricFilter {
                field: "user_id".into(),
                op: FilterOp::Eq,
                values: ids(&[id]),
            });
        }
        Some(())
    }
}
