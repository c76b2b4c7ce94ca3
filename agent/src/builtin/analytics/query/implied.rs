//! The figures that nobody names: counts by their nouns, and what verbs and adverbs imply.

use query::metrics::MetricFilter;

use super::{Builder, LINE_FIELDS, is_flag, of_customers};
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, Mark, Noun, Verb},
};

impl Builder<'_> {
    /// "for every number of orders": a count that is grouped by, as the column that holds it.
    pub(super) fn counts_each(&self, placed: &Placed) -> Option<&'static str> {
        let many =
            self.items.previous(placed.at).filter(|at| self.items.mark(*at) == Some(&Mark::HowMany))?;
        let each = self.items.before(many) == Some(&Mark::Each);
        let customers = self.frame.has_noun(Noun::Customer)
            || self.items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers"));
        match (each && self.frame.rank.is_none(), placed.noun) {
            (true, Noun::Order) if customers => Some("customer_orders"),
            (true, Noun::Product) if customers => Some("customer_products"),
            (true, Noun::Item) if self.frame.has_noun(Noun::Order) => Some("order_size"),
            _ => None,
        }
    }

    /// The metric that counts a noun here.
    pub(super) fn count_of(&self, placed: &Placed) -> Option<String> {
        let bought = has_verb(self.items, Verb::Buy) || self.distinct_before(placed.at);
        let never = self.items.any(|mark| *mark == Mark::Never);
        let expected =
            self.items.any(|mark| matches!(mark, Mark::Metric(name) if name.starts_with("expected_")));
        let rebought = has_verb(self.items, Verb::Reorder);
        Some(match placed.noun {
            Noun::Order if expected => "expected_orders".to_owned(),
            Noun::Item if expected => "expected_items".to_owned(),
            Noun::Product if never && !self.frame.has_noun(Noun::Segment) => {
                "products_never_bought".to_owned()
            }
            Noun::Product if bought && !self.catalogue_words() => "products_bought".to_owned(),
            Noun::Item if self.distinct_before(placed.at) => "products_bought".to_owned(),
            Noun::Order if placed.role == Role::Amount && self.sized(placed.at) => "basket_size".to_owned(),
            Noun::Item if rebought => "reorders".to_owned(),
            Noun::Item | Noun::Order
                if self.items.any(|mark| *mark == Mark::FirstInCart) && placed.noun == Noun::Item =>
            {
                "first_in_cart".to_owned()
            }
            noun => noun.count()?.to_owned(),
        })
    }

    /// "the fattest baskets": by their size, not by their number.
    pub(super) fn sized(&self, at: usize) -> bool {
        let before = self.items.previous(at).map(|place| self.view.text(place)).unwrap_or_default();
        matches!(
            before.as_str(),
            "largest"
                | "biggest"
                | "smallest"
                | "fattest"
                | "fullest"
                | "heaviest"
                | "the biggest"
                | "the largest"
                | "tiniest"
        )
    }

    pub(super) fn distinct_before(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.items.mark(before) == Some(&Mark::Distinct))
    }

    /// "…, and how many did each of them buy": what the verb is about, where no noun says what is counted.
    fn counts_what_is_bought(&self) -> bool {
        let passed = |at: &usize| {
            !matches!(
                self.items.mark(*at),
                Some(Mark::Skip | Mark::EachOne | Mark::Each | Mark::Me | Mark::Noun(Noun::Customer))
            )
        };
        let figure = |filter: &MetricFilter| filter.field == "items";
        let bounded = self.items.any(|mark| match mark {
            Mark::Among(cohort) => cohort.having.iter().any(figure),
            Mark::Having(filter) => figure(filter),
            _ => false,
        });
        bounded
            && self.items.places(|mark| *mark == Mark::HowMany).into_iter().any(|many| {
                let verb = (many + 1..self.items.len()).find(passed);
                verb.is_some_and(|verb| self.items.mark(verb) == Some(&Mark::Verb(Verb::Buy)))
            })
    }

    /// The figure that verbs and adverbs imply.
    pub(super) fn implied(&self, listed: Option<Placed>) -> Option<String> {
        let first_in_cart = self.items.any(|mark| *mark == Mark::FirstInCart);
        let baskets = match &self.frame.share {
            Some((_, Some(metric))) => metric == "orders",
            Some(_) => self.frame.of_role(Role::Base).any(|placed| placed.noun == Noun::Order),
            None => false,
        };
        if first_in_cart && baskets {
            return Some("orders".to_owned());
        }
        // "are baskets with alcohol bigger than those without"
        let size = |at: &usize| {
            let words = self.view.text(*at);
            ["bigger", "larger", "smaller", "fuller", "heavier"]
                .iter()
                .any(|size| words.split(' ').any(|word| word == *size))
        };
        let sized = self.items.places(|mark| matches!(mark, Mark::More(_))).iter().any(size);
        let counted = self.frame.of_role(Role::Counted).next().is_some() || self.frame.share.is_some();
        if sized && !counted && self.speaks_of_orders() {
            return Some("basket_size".to_owned());
        }
        if self.counts_what_is_bought() {
            return Some("items".to_owned());
        }
        let how =
            self.items.places(|mark| matches!(mark, Mark::HowMuch)).first().map(|at| self.view.text(*at));
        if let Some((_, Some(metric), _)) = self.frame.rank {
            return (metric != "organic" && metric != "customers").then(|| metric.to_owned());
        }
        if first_in_cart {
            let rate = self.frame.share.is_some();
            // "when X is bought, how often is it first": of the times that it is bought.
            let of_those = self.items.places(|mark| *mark == Mark::HowOften).first().is_some_and(|often| {
                (0..*often).any(|at| {
                    matches!(self.view.text(at).as_str(), "when" | "whenever" | "if")
                        && (at..*often).any(|place| self.items.mark(place) == Some(&Mark::Verb(Verb::Buy)))
                })
            });
            return Some(
                match (rate, of_those) {
                    (true, _) => "items",
                    (_, true) => "first_in_cart_rate",
                    _ => "first_in_cart",
                }
                .to_owned(),
            );
        }
        match how.as_deref() {
            Some("how big" | "how large" | "what size" | "how small") if self.frame.has_noun(Noun::Order) => {
                return Some("basket_size".to_owned());
            }
            Some("how loyal" | "how sticky") => return Some("reorder_rate".to_owned()),
            Some("how much") if has_verb(self.items, Verb::Buy) => {
                let each = self.frame.has_agg(Agg::Mean) && self.frame.has_noun(Noun::Customer);
                return Some(if each { "items_per_customer" } else { "items" }.to_owned());
            }
            _ => {}
        }
        let of_orders = match &self.frame.share {
            Some((_, Some(metric))) => metric == "orders",
            Some(_) => self.frame.of_role(Role::Base).any(|placed| placed.noun == Noun::Order),
            None => false,
        };
        if has_verb(self.items, Verb::Reorder) && of_orders {
            return Some("orders".to_owned());
        }
        if has_verb(self.items, Verb::Reorder) {
            return Some("reorder_rate".to_owned());
        }
        if let Some((at, metric)) = &self.frame.share {
            let whole_orders = self
                .base
                .iter()
                .any(|c| c.at > *at && ["order_number", "order_size"].contains(&c.filter.field.as_str()));
            if whole_orders && metric.is_none() && self.frame.of_role(Role::Base).next().is_none() {
                return Some("orders".to_owned());
            }
            let base = self.frame.of_role(Role::Base).next().and_then(|placed| placed.noun.count());
            return metric.clone().or_else(|| base.map(str::to_owned)).or_else(|| self.share_of_nouns());
        }
        if self.items.any(|mark| *mark == Mark::HowOften) {
            return Some("items".to_owned());
        }
        // "how many snacks did they buy", "evening orders, day 0: count"
        let counts_thing = self
            .items
            .places(|mark| *mark == Mark::HowMany)
            .into_iter()
            .any(|at| self.items.next(at).is_some_and(|next| self.is_lone_thing(next)));
        if counts_thing && listed.is_none() {
            return Some("items".to_owned());
        }
        let sized =
            self.base.iter().any(|c| matches!(c.filter.field.as_str(), "order_size" | "order_number"));
        if self.frame.how_many && self.frame.nouns.is_empty() && sized {
            return Some("orders".to_owned());
        }
        // "count: no order for 30 days or more": who that is said of.
        let whole = self.base.iter().any(|c| of_customers(&c.filter) && c.filter.field != "segment_name");
        let counted = self.frame.of_role(Role::Counted).next().is_some();
        if self.frame.how_many && whole && !counted && listed.is_none() {
            return Some("customers".to_owned());
        }
        if let Some(Placed { noun, .. }) = listed {
            // "at what hour are baskets the biggest"
            let big = self.frame.rank.is_some_and(|(_, metric, at)| {
                metric.is_none()
                    && ["biggest", "largest", "fullest", "smallest", "fattest", "heaviest", "tiniest"]
                        .iter()
                        .any(|word| self.view.text(at).ends_with(word))
            });
            let of_orders = self.frame.nouns.iter().any(|p| p.noun == Noun::Order && p.role == Role::Plain);
            if big && of_orders && noun != Noun::Order {
                return Some("basket_size".to_owned());
            }
            return Some(noun.ranked_by().to_owned());
        }
        // "how many first orders contain alcohol": the orders stand in the condition.
        let numbered = self.items.places(|mark| *mark == Mark::HowMany).into_iter().any(|at| {
            self.items.next(at).is_some_and(|next| {
                let words = self.view.text(next);
                matches!(self.items.mark(next), Some(Mark::Where(_)))
                    && ["order", "orders", "basket", "baskets"].iter().any(|noun| words.ends_with(noun))
            })
        });
        if numbered && self.frame.of_role(Role::Counted).next().is_none() {
            return Some("orders".to_owned());
        }
        if self.frame.how_many
            && let Some(metric) = self.frame.nouns.iter().find_map(|placed| self.count_of(placed))
        {
            return Some(metric);
        }
        if self.items.any(|mark| matches!(mark, Mark::Bands(..))) {
            return self.frame.nouns.iter().find_map(|placed| placed.noun.count()).map(str::to_owned);
        }
        // "orders by hour", "items per department": the noun beside the grouping is the figure.
        if self.frame.of_role(Role::Each).next().is_some()
            || self.comparing()
            || !self.query.dimensions.is_empty()
        {
            // A noun that is grouped by is no figure of its own groups.
            let grouped = |noun: Noun| self.frame.of_role(Role::Each).any(|placed| placed.noun == noun);
            let plain = self
                .frame
                .of_role(Role::Plain)
                .filter(|placed| !grouped(placed.noun))
                .find_map(|placed| self.count_of(placed));
            return plain.or_else(|| {
                let each = self.frame.of_role(Role::Each).next()?;
                let buys = has_verb(self.items, Verb::Buy);
                Some(if buys { "items" } else { each.noun.ranked_by() }.to_owned())
            });
        }
        if has_verb(self.items, Verb::Buy)
            && !self.base.is_empty()
            && self.items.any(|m| matches!(m, Mark::More(_) | Mark::Rank(..)))
        {
            return Some("items".to_owned());
        }
        let totals = self.frame.has_agg(Agg::Total);
        let plain = self.frame.of_role(Role::Plain).find_map(|placed| self.count_of(placed));
        // "customers who bought at least one kosher product": the noun behind a condition belongs to it.
        let own = |placed: &&Placed| {
            let thing = placed
                .at
                .checked_sub(1)
                .is_some_and(|at| matches!(self.items.mark(at), Some(Mark::Where(_))));
            !(thing && matches!(placed.noun, Noun::Item | Noun::Product))
        };
        let restricted = !self.base.is_empty() && self.frame.rank.is_none();
        let one = self.frame.nouns.len() == 1 || self.frame.nouns.iter().filter(own).count() == 1;
        let lines =
            self.frame.nouns.is_empty() && self.base.iter().any(|c| c.filter.field == "bought_before");
        // "units of an aisle in orders placed soon after the one before": a heading is what is counted.
        let headed = self.frame.nouns.first().is_some_and(|placed| {
            matches!(placed.noun, Noun::Item | Noun::Order)
                && !placed.singular
                && (0..placed.at).all(|at| matches!(self.items.mark(at), Some(Mark::Skip | Mark::Where(_))))
        });
        plain
            .filter(|_| totals || restricted && (one || headed))
            .or_else(|| (lines && restricted).then(|| "items".to_owned()))
    }

    /// Whether orders are spoken of, by their noun or by which of them.
    fn speaks_of_orders(&self) -> bool {
        self.frame.has_noun(Noun::Order)
            || self.items.any(|mark| match mark {
                Mark::Where(filters) => filters.iter().any(|filter| filter.field == "order_number"),
                _ => false,
            })
    }

    /// A thing of the catalogue without a noun behind it.
    pub(super) fn is_lone_thing(&self, at: usize) -> bool {
        let line = match self.items.mark(at) {
            Some(Mark::Where(filters)) => {
                filters.iter().all(|filter| LINE_FIELDS.contains(&filter.field.as_str()) || is_flag(filter))
            }
            _ => false,
        };
        // "how many snacks did customers of a segment buy": the noun behind is who buys.
        let asked = self.items.next(at).is_some_and(|next| {
            (at..next)
                .any(|place| matches!(self.view.text(place).as_str(), "do" | "does" | "did" | "have" | "has"))
        });
        line && (asked || !matches!(self.items.after(at), Some(Mark::Noun(_) | Mark::Where(_))))
    }

    pub(super) fn share_of_nouns(&self) -> Option<String> {
        // "% of every segment that has ordered": of its customers.
        if self.each(Noun::Segment) && self.base.iter().any(|c| of_customers(&c.filter)) {
            return Some("customers".to_owned());
        }
        let plain = self.frame.of_role(Role::Plain).find_map(|placed| placed.noun.count());
        let listed = self.frame.of_role(Role::Listed).find_map(|placed| placed.noun.count());
        plain.or(listed).map(str::to_owned).or_else(|| Some("items".to_owned()))
    }
}
