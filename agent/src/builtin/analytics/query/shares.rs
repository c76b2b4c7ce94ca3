//! What a share is a share of, and which part is meant.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter};

use super::{Builder, Condition, LINE_FIELDS, cohort, is_flag, of_customers};
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, Link, Mark, Noun, Verb},
    times,
};

/// Metrics that have shares and parts.
const SHARED: [&str; 9] = [
    "items",
    "orders",
    "customers",
    "products",
    "baskets",
    "reorders",
    "first_in_cart",
    "expected_orders",
    "expected_items",
];

impl Builder<'_> {
    /// The part and the whole of a share. Conditions that say among whom are the whole's, wherever they stand.
    pub(super) fn share(&mut self, havings: &[MetricFilter]) {
        let Some((at, metric)) = self.frame.share.clone() else {
            return;
        };
        let whole = self.whole_among();
        self.part_and_whole(at, metric, havings);
        self.base.extend(whole);
        self.base.sort_by_key(|condition| condition.at);
        // "among those who buy alcohol, how many percent buy snacks": no line is both.
        let cohorts = self.query.part_cohorts.iter().flat_map(|cohort| &cohort.bought);
        let part: Vec<MetricFilter> = self.part.iter().chain(cohorts).cloned().collect();
        if let Some(first) = self.query.metrics.first().cloned().filter(|_| !part.is_empty()) {
            self.base_cohorts(&first, &part);
        }
    }

    /// The rules of shares, the first that fits.
    fn part_and_whole(&mut self, at: usize, metric: Option<String>, havings: &[MetricFilter]) {
        if self.reorders_of_first_places(at) {
            return;
        }
        if self.entirely_rebought(metric.as_deref())
            || self.share_of_reorders(at)
            || self.holders_of_reorders(metric.as_deref())
            || self.rebought_items(at, metric.as_deref())
        {
            return;
        }
        self.name_wholes(metric);
        let ranks = self.frame.rank.is_some() && self.listed().is_some();
        if !havings.is_empty() && self.query.dimensions.len() == 1 && !ranks {
            // "share of customers with 20 orders or more": counted below.
            return;
        }
        if self.first_places_of(at) || self.bought_before_of_items() || self.shares_of_kinds() {
            return;
        }
        let Some(first) = self.query.metrics.first().cloned() else { return };
        if !SHARED.contains(&first.as_str()) || self.never_bought() || self.part_of_baskets(at, &first) {
            return;
        }
        let part = self.predicates_of(at, &first);
        let part = self.whole_orders(&first, part);
        if part.is_empty() {
            self.lone_part(at);
        } else if !self.sides_of_shares(&part) {
            self.take_part(&first, part);
        }
    }

    /// "among those placed on day 0", "out of the produce items": the whole, where something else is the part.
    fn whole_among(&mut self) -> Vec<Condition> {
        let among = |c: &Condition| {
            let quiet = |place: &usize| {
                matches!(
                    self.items.mark(*place),
                    Some(
                        Mark::Skip | Mark::Word | Mark::Verb(_) | Mark::Link(_) | Mark::Noun(_) | Mark::Each
                    )
                )
            };
            (0..c.at)
                .rev()
                .take_while(quiet)
                .any(|place| self.view.text(place).split(' ').any(|word| matches!(word, "among" | "amongst")))
        };
        let others = self.base.iter().any(|c| !among(c) && !of_customers(&c.filter));
        if !others {
            return Vec::new();
        }
        let (whole, rest): (Vec<Condition>, Vec<Condition>) = self.base.iter().cloned().partition(among);
        self.base = rest;
        whole
    }

    /// Whether the share is one of items.
    fn is_of_items(&self, metric: Option<&str>) -> bool {
        let others = [Noun::Order, Noun::Customer];
        self.frame.of_role(Role::Base).any(|placed| placed.noun == Noun::Item)
            || !self.frame.nouns.iter().any(|placed| others.contains(&placed.noun))
                && !matches!(metric, Some("orders" | "customers" | "baskets"))
    }

    /// Whether reorders are spoken of by name.
    fn names_reorders(&self) -> bool {
        self.query.metrics.iter().any(|metric| metric == "reorders")
    }

    /// "how much of what goes in the cart first is a reorder": the reorder rate of first places.
    fn reorders_of_first_places(&mut self, at: usize) -> bool {
        let reorders = |place: usize| {
            matches!(self.items.mark(place), Some(Mark::Metric(name)) if name == "reorders" || name == "reorder_rate")
                || self.items.mark(place) == Some(&Mark::Verb(Verb::Reorder))
        };
        let opener = self.items.places(|mark| *mark == Mark::FirstInCart).first().copied();
        let Some(opener) = opener.filter(|opener| *opener > at) else { return false };
        let said = (opener + 1..self.items.len()).any(reorders);
        let between = (at + 1..opener).all(|place| {
            matches!(
                self.items.mark(place),
                Some(Mark::Skip | Mark::Which | Mark::Link(_) | Mark::Noun(Noun::Item) | Mark::Metric(_))
            )
        });
        if !said || !between {
            return false;
        }
        let filter = times::condition("cart_place", FilterOp::Eq, &[1.0]);
        self.base.push(Condition { filter, at: opener });
        self.query.metrics = vec!["reorder_rate".to_owned()];
        true
    }

    /// "baskets made up of nothing but reordered items"
    fn entirely_rebought(&mut self, metric: Option<&str>) -> bool {
        let entirely = self.items.any(|mark| *mark == Mark::Entirely);
        if !self.names_reorders() || !entirely || self.is_of_items(metric) {
            return false;
        }
        let new = times::condition("bought_before", FilterOp::Eq, &[0.0]);
        self.query.part_cohorts.push(Cohort { not: true, ..cohort(CohortOf::Orders, new) });
        self.query.metrics = vec!["baskets".to_owned()];
        true
    }

    /// "what % of all reorders": the share is one of reorders.
    fn share_of_reorders(&mut self, at: usize) -> bool {
        let names =
            |place: usize| matches!(self.items.mark(place), Some(Mark::Metric(name)) if name == "reorders");
        let near = (at + 1..self.items.len().min(at + 4)).any(names)
            && (at + 1..self.items.len()).take(2).all(|place| {
                matches!(
                    self.items.mark(place),
                    Some(Mark::Skip | Mark::Each | Mark::Link(Link::Of) | Mark::Metric(_))
                )
            });
        let all = (at + 1..self.items.len().min(at + 4)).any(|place| {
            self.items.mark(place) == Some(&Mark::Each) && self.view.text(place).ends_with("all")
        });
        let grouped = all && !self.query.dimensions.is_empty();
        let parted = self.frame.rank.is_some() || grouped || self.base.iter().any(|c| c.at > at);
        if !self.names_reorders() || !near || !parted {
            return false;
        }
        self.query.metrics = vec!["reorders".to_owned()];
        if self.frame.rank.is_some() || grouped {
            self.query.share_of_total = true;
            return true;
        }
        if self.predicate(Some(at)).is_some_and(|said| {
            self.base.iter().any(|c| c.at < said) && self.base.iter().any(|c| c.at > said)
        }) {
            // "what part of the reorders in snacks | is from chips"
            self.part = self.predicates(at);
            return true;
        }
        let line = |c: &Condition| c.at > at && LINE_FIELDS.contains(&c.filter.field.as_str());
        let (part, rest): (Vec<Condition>, Vec<Condition>) = self.base.drain(..).partition(line);
        self.base = rest;
        self.part = part.into_iter().map(|c| c.filter).collect();
        true
    }

    /// "orders holding a repeat purchase: how much of all orders is that": those that hold one.
    fn holders_of_reorders(&mut self, metric: Option<&str>) -> bool {
        let base = self.frame.of_role(Role::Base).next().map(|placed| placed.noun);
        let whole = match (metric, base) {
            (Some("orders" | "baskets"), _) | (None, Some(Noun::Order)) => "orders",
            (Some("customers"), _) | (None, Some(Noun::Customer)) => "customers",
            _ => return false,
        };
        let flagged = self.query.metrics == ["reorders"] || self.query.metrics == ["reorder_rate"];
        let denied =
            self.items.any(|mark| matches!(mark, Mark::Not | Mark::Never | Mark::Entirely | Mark::Rest));
        if !flagged || denied || !self.query.dimensions.is_empty() {
            return false;
        }
        self.query.metrics = vec![whole.to_owned()];
        self.part = vec![times::condition("bought_before", FilterOp::Eq, &[1.0])];
        true
    }

    /// "what share of its items are repeat purchases", "of what was reordered, how much is organic and how much not".
    fn rebought_items(&mut self, at: usize, metric: Option<&str>) -> bool {
        let items = self.is_of_items(metric)
            || metric == Some("items")
            || self.query.metrics.iter().any(|known| known == "items");
        if !self.names_reorders() || !items {
            return false;
        }
        let paired = self.query.dimensions.iter().any(|name| {
            self.items.any(|mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == *name && is_flag(f))))
        });
        if paired {
            self.query.metrics = vec!["reorders".to_owned()];
            self.query.share_of_total = true;
            return true;
        }
        // "how many items sold, and which part of them reorders": both.
        let asked =
            self.frame.of_role(Role::Counted).any(|placed| placed.noun == Noun::Item && placed.at < at);
        self.query.metrics = if asked { vec!["items".to_owned()] } else { Vec::new() };
        self.query.metrics.push("reorder_rate".to_owned());
        true
    }

    /// "share of items, share of orders and share of customers": each is a figure.
    fn name_wholes(&mut self, metric: Option<String>) {
        let Some(metric) = metric else { return };
        let mut wholes = vec![metric];
        for item in &self.items.0 {
            if let Mark::ShareOf(name) = &item.mark
                && !wholes.contains(name)
            {
                wholes.push(name.clone());
            }
        }
        self.query.metrics.retain(|known| !wholes.contains(known));
        self.query.metrics.splice(0..0, wholes);
    }

    /// "of the lines at cart position 1, which share is organic", "in what share of its purchases was it first".
    fn first_places_of(&mut self, at: usize) -> bool {
        let Some(opener) = self.items.places(|mark| *mark == Mark::FirstInCart).first().copied() else {
            return false;
        };
        let counts = self.query.metrics.iter().any(|metric| metric == "items");
        if !counts && self.query.metrics != ["reorder_rate"] {
            return false;
        }
        let rebuys = has_verb(self.items, Verb::Reorder);
        let attached = (at + 1..opener).all(|between| {
            matches!(
                self.items.mark(between),
                Some(
                    Mark::Skip
                        | Mark::Link(Link::Of | Link::At | Link::In | Link::With | Link::That)
                        | Mark::Noun(Noun::Item | Noun::Product)
                        | Mark::Metric(_)
                        | Mark::Verb(Verb::Buy)
                        | Mark::Which
                )
            )
        });
        let said = self.base.iter().any(|c| c.at > opener.max(at))
            || rebuys
                && self
                    .items
                    .places(|mark| *mark == Mark::Verb(Verb::Reorder))
                    .iter()
                    .any(|verb| *verb > opener);
        if (opener < at || attached) && said {
            let filter = times::condition("cart_place", FilterOp::Eq, &[1.0]);
            self.base.push(Condition { filter, at: opener.min(at) });
            if rebuys {
                self.query.metrics = vec!["reorder_rate".to_owned()];
            }
            return rebuys;
        }
        if counts {
            let rate = |name: String| if name == "items" { "first_in_cart_rate".to_owned() } else { name };
            self.query.metrics = std::mem::take(&mut self.query.metrics).into_iter().map(rate).collect();
            return true;
        }
        false
    }

    /// "what part of the items had been bought before"
    fn bought_before_of_items(&mut self) -> bool {
        let items = self.query.metrics.first().is_some_and(|metric| metric == "items");
        if items && has_verb(self.items, Verb::Reorder) {
            self.query.metrics = vec!["reorder_rate".to_owned()];
            return true;
        }
        false
    }

    /// Kinds of orders, customers and products that are metrics of their own: the share is one of all of them.
    fn shares_of_kinds(&mut self) -> bool {
        let alone = self.query.metrics.len() == 1;
        match self.query.metrics.first().map(String::as_str) {
            Some("first_orders") if self.query.dimensions.is_empty() => {
                self.query.metrics = vec!["orders".to_owned()];
                // "X: the share of first orders that it is in": the first orders are the whole.
                let share = self.frame.share.as_ref().map_or(0, |(at, _)| *at);
                let held = self.items.next(share).filter(|with| {
                    self.items.mark(*with) == Some(&Mark::Link(Link::With))
                        && self.items.after(*with).is_none()
                });
                let thing = |c: &Condition| c.at < share && LINE_FIELDS.contains(&c.filter.field.as_str());
                if let (Some(at), Some(place)) = (held, self.base.iter().position(thing)) {
                    self.part.push(self.base.remove(place).filter);
                    let filter = times::condition("order_number", FilterOp::Eq, &[1.0]);
                    self.base.push(Condition { filter, at });
                    return true;
                }
                self.part.push(times::condition("order_number", FilterOp::Eq, &[1.0]));
                true
            }
            Some(kind @ ("repeat_customers" | "new_customers")) if alone => {
                let op = if kind == "repeat_customers" { FilterOp::Gt } else { FilterOp::Eq };
                self.query.metrics = vec!["customers".to_owned()];
                self.part.push(times::condition("customer_orders", op, &[1.0]));
                true
            }
            Some("products_never_bought") => {
                self.query.metrics = vec!["never_bought_rate".to_owned()];
                true
            }
            _ => false,
        }
    }

    /// "what share of products never sold"
    fn never_bought(&mut self) -> bool {
        let products = ["products_never_bought", "products"];
        let never = self.items.any(|mark| *mark == Mark::Never)
            && self.query.metrics.iter().any(|metric| products.contains(&metric.as_str()));
        if never {
            self.query.metrics = vec!["never_bought_rate".to_owned()];
        }
        never
    }

    fn predicates_of(&mut self, at: usize, first: &str) -> Vec<MetricFilter> {
        let mut part = self.predicates(at);
        let of_orders = first == "orders" || first == "baskets";
        if of_orders && self.items.any(|mark| *mark == Mark::FirstInCart) {
            // "the first thing in the basket is organic: of what share of baskets"
            let said = |c: &Condition| {
                self.items.previous(c.at).is_some_and(|is| {
                    self.items.mark(is) == Some(&Mark::Link(Link::Is))
                        && self.items.before(is) == Some(&Mark::FirstInCart)
                })
            };
            if let Some(place) = self.base.iter().position(said) {
                part.push(self.base.remove(place).filter);
            }
            // "orders that begin with an organic item"
            part.push(times::condition("cart_place", FilterOp::Eq, &[1.0]));
        }
        part
    }

    /// "orders in which at least one item is a reorder"
    fn whole_orders(&mut self, first: &str, mut part: Vec<MetricFilter>) -> Vec<MetricFilter> {
        let of_orders = first == "orders" || first == "baskets";
        let named = |metric: &String| matches!(metric.as_str(), "reorders" | "reorder_rate");
        let rebuys = has_verb(self.items, Verb::Reorder) || self.query.metrics.iter().any(named);
        if of_orders && rebuys && part.is_empty() {
            part.push(times::condition("bought_before", FilterOp::Eq, &[1.0]));
            self.query.metrics.retain(|metric| metric == "orders" || metric == "baskets");
        }
        part
    }

    /// Whether what stands at a place is set apart from a later one by a colon or the like.
    fn is_heading(&self, at: usize, to: usize) -> bool {
        let token = |place: usize, last: bool| {
            let item = self.items.0.get(place)?;
            self.view.tokens.get(if last { item.to.checked_sub(1)? } else { item.from })
        };
        (at..to).any(|place| {
            let next = token(place + 1, false);
            token(place, true).zip(next).is_some_and(|(last, next)| next.start > last.end + 1)
        })
    }

    /// No part stands out: what is grouped by has shares of the total, else the one thing there is is the part.
    fn lone_part(&mut self, at: usize) {
        if !self.query.dimensions.is_empty() {
            // "the aisle where organic has the biggest share of items": of what each of them sells.
            let subject = |c: &Condition| {
                c.at < at
                    && self.items.before(c.at) == Some(&Mark::Link(Link::That))
                    && self.items.after(c.at) == Some(&Mark::Link(Link::With))
            };
            match self.base.iter().position(subject) {
                Some(place) => self.part.push(self.base.remove(place).filter),
                None => self.query.share_of_total = true,
            }
            return;
        }
        // "Lapsed: share of orders between 18 and 23 h": whose orders they are stands in the heading.
        let headed = self
            .base
            .iter()
            .any(|c| c.at < at && super::of_customers(&c.filter) && self.is_heading(c.at, at));
        // "of the Lapsed, what share has a risk over 50 %": who they are stands before, what is asked of them behind.
        let own = self.base.iter().all(|c| super::of_customers(&c.filter));
        let headed = headed || own && self.base.iter().any(|c| c.at < at);
        let told = self.base.iter().find(|c| c.at > at && (own || !super::of_customers(&c.filter)));
        let picked = told.filter(|_| headed).or_else(|| self.base.iter().find(|c| c.filter.op.picks()));
        let Some(thing) = picked.or_else(|| self.base.iter().find(|c| c.at < at)).map(|c| c.filter.clone())
        else {
            return;
        };
        if thing.op == FilterOp::In && !self.is_either(&thing) {
            // "for yogurt, milk and eggs: items and penetration": a row each.
            self.group(&thing.field);
            self.query.share_of_total = true;
            return;
        }
        self.base.retain(|condition| condition.filter != thing);
        self.count_sized_orders(std::slice::from_ref(&thing));
        self.part.push(thing);
    }

    /// "which share is organic and which share is not", "what share is produce, what share is frozen": a row each.
    fn sides_of_shares(&mut self, part: &[MetricFilter]) -> bool {
        let [only] = part else { return false };
        if !self.query.dimensions.is_empty() {
            return false;
        }
        let unit = |place: &usize| {
            ["in ", "as ", "percent", "%"].iter().any(|unit| self.view.text(*place).starts_with(unit))
        };
        let shares = self.items.places(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)));
        let flagged = matches!(only.values.as_slice(), [FilterValue::Integer(0 | 1)])
            && !only.field.starts_with("order_")
            && only.field != "user_id";
        let both = flagged
            && shares.iter().filter(|place| !unit(place)).count() > 1
            && self.query.metrics.len() == 1;
        // "from frozen, dairy eggs or meat seafood": any of them will do.
        let either = self.is_either(only);
        let together = self.frame.has_agg(Agg::Total)
            || self.view.tokens.iter().any(|token| matches!(token.text.as_str(), "together" | "combined"));
        let several = only.values.len() > 1 && only.op == FilterOp::In && !either && !together;
        if !both && !several {
            return false;
        }
        self.group(&only.field.clone());
        if several {
            self.query.filters.push(only.clone());
        }
        self.query.share_of_total = true;
        true
    }

    /// "from frozen, dairy eggs or meat seafood": any of them will do, where they are not compared.
    fn is_either(&self, list: &MetricFilter) -> bool {
        let said = |at: &usize| self.view.text(*at).contains(" or ");
        let places = self.items.places(
            |mark| matches!(mark, Mark::Where(filters) if filters.len() == 1 && filters.contains(list)),
        );
        !self.comparing() && places.iter().any(said)
    }

    /// The conditions are the part; what they were taken from is the whole.
    fn take_part(&mut self, first: &str, part: Vec<MetricFilter>) {
        self.count_sized_orders(&part);
        self.base.retain(|condition| !part.contains(&condition.filter));
        self.base_cohorts(first, &part);
        self.part = part;
    }

    /// The size of an order is known where its lines are.
    fn count_sized_orders(&mut self, part: &[MetricFilter]) {
        let sized = part.iter().any(|filter| matches!(filter.field.as_str(), "order_size" | "size_band"));
        if let Some(first) = self.query.metrics.first_mut().filter(|first| sized && *first == "orders") {
            "baskets".clone_into(first);
        }
    }

    /// Where what is said of a share's subject begins: "what share of morning orders | includes milk".
    pub(super) fn predicate(&self, share: Option<usize>) -> Option<usize> {
        let share = share?;
        let subject = self.frame.nouns.iter().find(|placed| placed.at > share);
        let of_items = subject.is_some_and(|placed| matches!(placed.noun, Noun::Item | Noun::Product));
        let from = subject.map_or(share, |placed| placed.at) + 1;
        let said = |at: &usize| match self.items.mark(*at) {
            Some(Mark::Link(Link::With | Link::Is)) => true,
            Some(Mark::Verb(_)) => {
                !of_items || matches!(self.items.before(*at), Some(Mark::Link(Link::Is | Link::That)))
            }
            _ => false,
        };
        let all: Vec<usize> = (from..self.items.len()).filter(said).collect();
        // "customers who buy wine | also buy beer": a clause about the subject is none of what is said of it.
        let relative = |at: &usize| self.items.before(*at) == Some(&Mark::Link(Link::That));
        let main: Vec<usize> = all.iter().copied().filter(|at| !relative(at)).collect();
        // "orders with alcohol | also have snacks": what stands beside the subject is its own.
        if let (Some(first), Some(last)) = (main.first(), main.last()) {
            let between = self.base.iter().any(|c| *first < c.at && c.at < *last);
            let behind = self.base.iter().any(|c| c.at > *last);
            let joined = matches!(self.items.before(*last), Some(Mark::And | Mark::Or | Mark::Comma))
                || (*first..*last)
                    .any(|at| matches!(self.items.mark(at), Some(Mark::Share | Mark::ShareOf(_))));
            if between && behind && !joined {
                return Some(*last);
            }
        }
        main.first().or(all.last()).copied()
    }

    /// "how much of our frozen volume | leaves in the evening", "goes to customers with over 50 orders".
    fn goes_where(&self, share: usize) -> Option<usize> {
        (share + 1..self.items.len()).find(|at| {
            let word = self.view.text(*at);
            let moves = [
                "go", "goes", "going", "went", "leaves", "leave", "falls", "fall", "fell", "comes", "come",
                "came",
            ];
            let to = matches!(
                self.items.after(*at),
                Some(Mark::Link(Link::To | Link::In | Link::On | Link::At | Link::From) | Mark::Where(_))
            );
            let relative = self.items.before(*at) == Some(&Mark::Link(Link::That));
            to && !relative
                && word.split(' ').next().is_some_and(|word| moves.contains(&word))
                && matches!(self.items.mark(*at), Some(Mark::Verb(_) | Mark::Word | Mark::Skip))
        })
    }

    /// The conditions that say which part is meant: behind the share's noun or right before the word "share".
    pub(super) fn predicates(&mut self, share: usize) -> Vec<MetricFilter> {
        // "customers with 50 orders, as a share of all customers": what stands before is the part.
        let text = self.view.text(share);
        let told_back = self.items.places(|mark| *mark == Mark::Link(Link::That)).into_iter().any(|at| {
            at > share
                && matches!(self.items.after(at), None | Some(Mark::Comma))
                && self.items.before(at) == Some(&Mark::Link(Link::Is))
        }) && self.base.iter().all(|c| c.at < share);
        if (text.starts_with("as ") || told_back) && self.base.iter().any(|c| c.at < share) {
            let (part, rest): (Vec<Condition>, Vec<Condition>) =
                self.base.drain(..).partition(|c| c.at < share);
            self.base = rest;
            return part.into_iter().map(|condition| condition.filter).collect();
        }
        // The noun that belongs to the word: "share of (organic) items".
        let own = |placed: &&Placed| {
            placed.at > share
                && placed.role != Role::Each
                && (share + 1..placed.at).all(|between| {
                    matches!(
                        self.items.mark(between),
                        Some(
                            Mark::Skip | Mark::Where(_) | Mark::Each | Mark::Distinct | Mark::Link(Link::Of)
                        )
                    )
                })
        };
        let named = matches!(self.items.mark(share), Some(Mark::ShareOf(_)));
        let noun = self.frame.nouns.iter().find(own).filter(|_| !named).map(|placed| placed.at);
        let end = noun.unwrap_or(share);
        if let Some(place) = self.goes_where(share)
            && self.base.iter().any(|c| c.at > place)
            && self.base.iter().any(|c| c.at < place)
        {
            let (part, rest): (Vec<Condition>, Vec<Condition>) =
                self.base.drain(..).partition(|c| c.at > place);
            self.base = rest;
            return part.into_iter().map(|condition| condition.filter).collect();
        }
        if let Some(said) = self.said_of(share) {
            return said;
        }
        let timed = |condition: &&Condition| {
            condition.filter.field.starts_with("order_") || condition.filter.field == "day_part"
        };
        let right_before = self.right_before(share);
        let things_behind = self.base.iter().any(|c| {
            c.at > end
                && !timed(&c)
                && c.filter.field != "user_id"
                && !of_customers(&c.filter)
                && (!self.comparing() || c.filter.op != FilterOp::In)
                && !matches!(
                    self.items.before(c.at),
                    Some(Mark::Link(Link::In | Link::From | Link::For | Link::Of))
                )
        });
        // "evening habit of Lapsed: % of their orders between 18 and 23 h": a heading says whose they are.
        let headed = self.base.iter().any(|c| c.at > end && timed(&c))
            && right_before.iter().all(|c| of_customers(&c.filter) && self.is_heading(c.at, share));
        if !right_before.is_empty() && !things_behind && !headed {
            self.base.retain(|condition| !right_before.iter().any(|part| part.at == condition.at));
            return right_before.into_iter().map(|condition| condition.filter).collect();
        }
        let adjectives: Vec<Condition> =
            self.base.iter().filter(|c| c.at > share && c.at < end).cloned().collect();
        let dimensions = self.query.dimensions.clone();
        let placed_behind = self.base.iter().filter(|c| c.at > end).all(|c| {
            c.filter.field == "user_id"
                || dimensions.contains(&c.filter.field)
                || ["in ", "on ", "at ", "from ", "during "]
                    .iter()
                    .any(|opening| self.view.text(c.at).starts_with(opening))
                || matches!(
                    self.items.before(c.at),
                    Some(Mark::Link(Link::In | Link::From | Link::For | Link::On | Link::At))
                )
        });
        // "share of the morning orders that include something from milk": what is said of them is the part.
        let said = self.base.iter().filter(|c| c.at > end && c.filter.field != "user_id").any(|c| {
            (end + 1..c.at).any(|place| {
                matches!(
                    self.items.mark(place),
                    Some(Mark::Link(Link::Is | Link::With | Link::That) | Mark::Verb(_))
                )
            })
        });
        let placed_behind = placed_behind && (!said || noun.is_none());
        if !adjectives.is_empty() && placed_behind {
            // "the share of organic items in produce"
            self.base.retain(|condition| !adjectives.iter().any(|part| part.at == condition.at));
            return adjectives.into_iter().map(|condition| condition.filter).collect();
        }
        let between_groups = !self.query.dimensions.is_empty()
            && self.base.iter().any(|c| c.at > end)
            && self.base.iter().filter(|c| c.at > end).all(|c| {
                timed(&c)
                    && matches!(
                        self.items.before(c.at),
                        Some(Mark::Link(Link::In | Link::On | Link::At | Link::Of | Link::For))
                    )
            });
        if between_groups {
            return Vec::new();
        }
        // "by part of the day, morning to night": what is grouped by is no part.
        let grouped: Vec<&str> = self.query.dimensions.iter().map(String::as_str).collect();
        let versus = self.items.places(|mark| matches!(mark, Mark::Versus | Mark::Than));
        let sides = |c: &Condition| {
            let same = |other: &&Condition| other.filter.field == c.filter.field && other.at != c.at;
            timed(&c)
                && versus.iter().any(|place| {
                    self.base.iter().filter(same).any(|other| (other.at < *place) != (c.at < *place))
                })
        };
        let behind: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| c.at > end && !grouped.contains(&c.filter.field.as_str()) && !sides(c))
            .cloned()
            .collect();
        let things: Vec<Condition> = behind.iter().filter(|c| !timed(c)).cloned().collect();
        let before = self.right_before(share);
        let chosen: Vec<Condition> = if !before.is_empty() && things.is_empty() && !headed {
            before
        } else if things.is_empty() {
            behind
        } else {
            // The first thing behind is the part; where it stands "in" a place behind another, the place is the base.
            let first = things.first().map(|c| c.at);
            let with = |c: &Condition| {
                matches!(self.items.before(c.at), Some(Mark::Link(Link::In | Link::From)))
                    && Some(c.at) != first
            };
            things.into_iter().filter(|c| !with(c)).collect()
        };
        // "penetration of pets among the customers of a segment": who they are is no part of it.
        let whose = |c: &Condition| of_customers(&c.filter) || c.filter.field == "user_id";
        let others = chosen.iter().any(|c| !whose(c));
        let chosen: Vec<Condition> = chosen.into_iter().filter(|c| !(others && whose(c))).collect();
        self.base.retain(|condition| !chosen.iter().any(|part| part.at == condition.at));
        chosen.into_iter().map(|condition| condition.filter).collect()
    }

    /// The conditions right before the word "share".
    fn right_before(&self, share: usize) -> Vec<Condition> {
        let timed = |c: &Condition| c.filter.field.starts_with("order_") || c.filter.field == "day_part";
        // "only first orders: what percentage … does every department get" restricts both.
        let heads = |c: &Condition| {
            matches!(
                self.items.before(c.at),
                None | Some(Mark::Only | Mark::Link(Link::In | Link::For | Link::From))
            )
        };
        self.base
            .iter()
            .filter(|c| c.at < share)
            .filter(|c| {
                // "produce is a bigger part of …"
                let graded = |place: usize| {
                    matches!(self.items.mark(place), Some(Mark::Skip | Mark::More(_) | Mark::Rank(_, None)))
                };
                // "organic products have the biggest share"
                let has =
                    (c.at + 1..share).any(|place| matches!(self.view.text(place).as_str(), "have" | "has"));
                let held = |place: usize| {
                    has && matches!(
                        self.items.mark(place),
                        Some(Mark::Noun(Noun::Item | Noun::Product) | Mark::Link(Link::With))
                    )
                };
                (c.at + 1..share).all(|place| graded(place) || held(place))
            })
            .filter(|c| {
                // "evening share of the orders by segment"
                let beside = self.items.before(c.at).is_none() && c.at + 1 == share;
                self.query.dimensions.is_empty() || beside || !heads(c) || !timed(c)
            })
            .cloned()
            .collect()
    }

    /// What is said of a subject that has conditions of its own: "what share of morning orders | holds milk".
    pub(super) fn said_of(&mut self, share: usize) -> Option<Vec<MetricFilter>> {
        let predicate = self.predicate(Some(share))?;
        let grouped = self.query.dimensions.clone();
        let sides = |c: &Condition| {
            !grouped.contains(&c.filter.field) && c.filter.field != "user_id" && !of_customers(&c.filter)
        };
        let own = self.base.iter().any(|c| c.at < predicate && sides(c));
        let said: Vec<Condition> =
            self.base.iter().filter(|c| c.at > predicate && sides(c)).cloned().collect();
        let things =
            said.iter().any(|c| !c.filter.field.starts_with("order_") && c.filter.field != "day_part");
        if !own || said.is_empty() || !things {
            return None;
        }
        self.base.retain(|condition| said.iter().all(|part| part.at != condition.at));
        Some(said.into_iter().map(|condition| condition.filter).collect())
    }
}
