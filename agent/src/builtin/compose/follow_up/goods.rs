//! A question about products or a customer, changed by what the next message names.
//!
//! intent before and the new words → the intent with another scope, number, product or customer. Attributes of
//! products ("organic") narrow a search; a list of best sellers becomes one, which lists the most bought first.

use query::metrics::{FilterOp, FilterValue};
use tools::{purchase_history::PurchaseHistoryArgs, search_catalog::SearchCatalogArgs};

use super::{
    super::{Question, Who},
    cues::Cues,
};
use crate::builtin::{analytics::Fragment, intent::Intent, vocabulary::NameKind};

/// Rows of these tools where nobody says how many.
const DEFAULT_ROWS: u32 = 10;
/// The most rows that any of them gives.
const MOST_ROWS: u32 = 50;

/// Changes the intent before; `None` where nothing of the message fits it.
pub(crate) fn edit(
    question: &Question<'_>,
    fragment: &Fragment,
    cues: &Cues,
    intent: Intent,
) -> Option<Intent> {
    let mut edit = Edit { question, fragment, cues, changed: false };
    let intent = edit.apply(intent)?;
    edit.changed.then_some(intent)
}

struct Edit<'a> {
    question: &'a Question<'a>,
    fragment: &'a Fragment,
    cues: &'a Cues,
    changed: bool,
}

impl Edit<'_> {
    fn apply(&mut self, intent: Intent) -> Option<Intent> {
        // Figures, groups and thresholds are no matter of these tools.
        let foreign = !self.fragment.havings.is_empty()
            || !self.fragment.grouped.is_empty()
            || self.fragment.share
            || self.fragment.compares
            || self.fragment.highest == Some(false);
        if foreign {
            return None;
        }
        Some(match intent {
            Intent::Metric(_) | Intent::Describe(_) => return None,
            Intent::Recommend(mut args) => {
                self.only_places()?;
                self.scope(&mut args.aisle, &mut args.department);
                self.limit(&mut args.limit);
                self.customer(&mut args.user_id)?;
                Intent::Recommend(args)
            }
            Intent::Popular(mut args) => {
                if self.question.entities.myself && self.question.role() == domain::principal::Role::Shopper {
                    // "and mine?"
                    let own = PurchaseHistoryArgs {
                        aisle: args.aisle,
                        department: args.department,
                        limit: args.limit,
                        ..PurchaseHistoryArgs::default()
                    };
                    self.changed = true;
                    return Some(Intent::History(own));
                }
                if let Some(search) = self.as_search(&args.aisle, &args.department, args.limit) {
                    return Some(Intent::Search(search));
                }
                self.times(&mut args.hour, &mut args.dow)?;
                self.scope(&mut args.aisle, &mut args.department);
                self.limit(&mut args.limit);
                Intent::Popular(args)
            }
            Intent::Related(mut args) => {
                let ids = self.products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.names = None;
                    self.changed = true;
                } else {
                    self.nothing_stated()?;
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
                let ids = self.products();
                if !ids.is_empty() {
                    args.product_ids = Some(ids);
                    args.terms = None;
                    self.changed = true;
                } else {
                    self.only_places()?;
                    self.scope(&mut args.aisle, &mut args.department);
                }
                self.limit(&mut args.limit);
                self.customer(&mut args.user_id)?;
                Intent::History(args)
            }
            Intent::SegmentPopularity(mut args) => {
                if let Some(name) = self.question.entities.of_kind(NameKind::Segment).next() {
                    args.segment = Some(name.text.clone());
                    self.changed = true;
                }
                self.limit(&mut args.limit);
                Intent::SegmentPopularity(args)
            }
            Intent::Product(mut args) => {
                let [id] = self.products().as_slice().try_into().ok()?;
                args.product_id = Some(id);
                args.name = None;
                self.changed = true;
                Intent::Product(args)
            }
            Intent::Search(mut args) => {
                self.attributes(&mut args)?;
                self.limit(&mut args.limit);
                self.scope(&mut args.aisle, &mut args.department);
                Intent::Search(args)
            }
        })
    }

    fn products(&self) -> Vec<u32> {
        let entities = self.question.entities;
        let named = entities.of_kind(NameKind::Product).map(|name| name.id);
        named.chain(entities.product_ids.iter().copied()).collect()
    }

    /// Only aisles, departments and customers can be changed; `None` where something else is stated.
    fn only_places(&self) -> Option<()> {
        let fits =
            |field: &str| matches!(field, "aisle" | "department" | "user_id" | "product_name" | "product_id");
        let all =
            self.fragment.stated.iter().all(|one| fits(&one.filter.field) && one.filter.op == FilterOp::Eq);
        all.then_some(())
    }

    fn nothing_stated(&self) -> Option<()> {
        self.fragment.stated.is_empty().then_some(())
    }

    fn times(&mut self, hour: &mut Option<u32>, day: &mut Option<u32>) -> Option<()> {
        for one in &self.fragment.stated {
            let number = match (one.filter.op, one.filter.values.as_slice()) {
                (FilterOp::Eq, [FilterValue::Integer(number)]) => u32::try_from(*number).ok(),
                _ => None,
            };
            match (one.filter.field.as_str(), number) {
                ("order_hour_of_day", Some(number)) => *hour = Some(number),
                ("order_dow", Some(number)) => *day = Some(number),
                ("aisle" | "department", _) if one.filter.op == FilterOp::Eq => continue,
                _ => return None,
            }
            self.changed = true;
        }
        if self.cues.clears && (hour.is_some() || day.is_some()) {
            (*hour, *day) = (None, None);
            self.changed = true;
        }
        Some(())
    }

    fn limit(&mut self, limit: &mut Option<u32>) {
        if let Some(count) = self.fragment.limit {
            self.changed |= *limit != Some(count);
            *limit = Some(count);
        } else if self.more() {
            *limit = Some((limit.unwrap_or(DEFAULT_ROWS) * 2).min(MOST_ROWS));
            self.changed = true;
        }
    }

    /// "show me more".
    fn more(&self) -> bool {
        let tokens = self.question.tokens;
        tokens.len() <= 6
            && tokens.iter().any(|token| matches!(token.text.as_str(), "more" | "others"))
            && self.fragment.stated.is_empty()
            && self.fragment.metrics.is_empty()
    }

    fn scope(&mut self, aisle: &mut Option<String>, department: &mut Option<String>) {
        let named = |field: &str| {
            self.fragment.stated.iter().find_map(|one| match one.filter.values.as_slice() {
                [FilterValue::Text(text)] if one.filter.field == field && one.filter.op == FilterOp::Eq => {
                    Some(text.clone())
                }
                _ => None,
            })
        };
        let (new_aisle, new_department) = (named("aisle"), named("department"));
        if new_aisle.is_some() || new_department.is_some() {
            (*aisle, *department) = (new_aisle, new_department);
            self.changed = true;
        }
    }

    /// Attributes that are stated, with whether they are wanted.
    fn flags(&self) -> Vec<(String, bool)> {
        let wanted = |one: &crate::builtin::analytics::Stated| match one.filter.values.as_slice() {
            [FilterValue::Integer(value @ (0 | 1))]
                if one.filter.op == FilterOp::Eq
                    && !one.filter.field.contains("order")
                    && one.filter.field != "user_id" =>
            {
                Some((one.filter.field.clone(), *value == 1))
            }
            _ => None,
        };
        self.fragment.stated.iter().filter_map(wanted).collect()
    }

    fn attributes(&mut self, args: &mut SearchCatalogArgs) -> Option<()> {
        let flags = self.flags();
        let rest = self
            .fragment
            .stated
            .iter()
            .filter(|one| !flags.iter().any(|(code, _)| *code == one.filter.field));
        for one in rest {
            if !matches!(one.filter.field.as_str(), "aisle" | "department") || one.filter.op != FilterOp::Eq {
                return None;
            }
        }
        for (code, wanted) in flags {
            let (into, from) = if wanted {
                (&mut args.attributes, &mut args.exclude_attributes)
            } else {
                (&mut args.exclude_attributes, &mut args.attributes)
            };
            if let Some(list) = from {
                list.retain(|known| *known != code);
            }
            if from.as_ref().is_some_and(Vec::is_empty) {
                *from = None;
            }
            let list = into.get_or_insert_default();
            if !list.contains(&code) {
                list.push(code);
            }
            self.changed = true;
        }
        Some(())
    }

    /// Best sellers with an attribute: a search without words lists the most bought first.
    fn as_search(
        &mut self,
        aisle: &Option<String>,
        department: &Option<String>,
        limit: Option<u32>,
    ) -> Option<SearchCatalogArgs> {
        if self.flags().is_empty() {
            return None;
        }
        let mut args = SearchCatalogArgs {
            aisle: aisle.clone(),
            department: department.clone(),
            limit,
            ..SearchCatalogArgs::default()
        };
        self.attributes(&mut args)?;
        self.scope(&mut args.aisle, &mut args.department);
        self.limit(&mut args.limit);
        Some(args)
    }

    /// Another customer; `None` where that may not be asked, which another reading then refuses.
    fn customer(&mut self, user_id: &mut Option<u32>) -> Option<()> {
        match self.question.who() {
            Ok(Who::Customer(id)) => {
                self.changed |= *user_id != Some(id);
                *user_id = Some(id);
            }
            Ok(Who::Own) => {
                self.changed |= user_id.is_some();
                *user_id = None;
            }
            Ok(Who::Missing | Who::Nobody) => {}
            Err(_) => return None,
        }
        Some(())
    }
}
