//! One column as the question that it would be alone: without the marks of the others, and with what it leaves out.

use super::{Column, List, is_row};
use crate::builtin::analytics::{
    frame::{self, Role, View, whole_count},
    item::{Agg, Item, Items, Link, Mark, Noun},
    query::{Asked, query_alone},
};

impl List<'_> {
    /// The column as the question that it would be alone.
    pub(super) fn alone(&self, number: usize) -> Option<Asked> {
        self.read_alone(&self.items_of(number)?)
    }

    /// Reads marks as a question with one figure.
    pub(super) fn read_alone(&self, items: &Items) -> Option<Asked> {
        let view = View { items, tokens: self.view.tokens };
        let frame = frame::frame(items, self.view.tokens);
        query_alone(items, &view, &frame).ok()
    }

    /// The marks without those of the other columns.
    fn items_of(&self, number: usize) -> Option<Items> {
        let column = self.columns.get(number)?;
        let donor = self.donor(number);
        let mut marks: Vec<Item> = self.items.0.clone();
        let mut put = |at: usize, mark: Mark| {
            if let Some(item) = marks.get_mut(at) {
                item.mark = mark;
            }
        };
        for (other, known) in self.columns.iter().enumerate().filter(|(other, _)| *other != number) {
            let gives = donor == Some(other);
            if known.share.is_some() && !gives {
                (known.from..known.to).for_each(|at| put(at, Mark::Skip));
                continue;
            }
            for at in known.figure.iter().chain(&known.own) {
                let kept = gives && !matches!(self.items.mark(*at), Some(Mark::Agg(_) | Mark::Distinct));
                match self.items.mark(*at) {
                    Some(Mark::Metric(name)) if kept => put(*at, Mark::Metric(plain_metric(name).to_owned())),
                    _ if kept && !known.own.contains(at) => {}
                    _ => put(*at, Mark::Skip),
                }
            }
            // "items sold": the verb is its figure's, unless things stand behind it.
            for at in known.from..known.to {
                let verb = matches!(self.items.mark(at), Some(Mark::Verb(_)));
                let acts = verb && matches!(self.items.after(at), Some(Mark::Where(_)));
                if verb && !acts && !gives {
                    put(at, Mark::Skip);
                }
            }
            if known.ranks {
                self.unrank(known, &mut put);
            }
        }
        for joint in &self.joints {
            let beside = |at: usize| {
                self.columns.iter().enumerate().any(|(other, known)| {
                    other != number && donor != Some(other) && (known.from == at + 1 || known.to == at)
                })
            };
            if beside(*joint) && self.columns.iter().any(|known| known.from == joint + 1) {
                put(*joint, Mark::Skip);
            }
        }
        let compared = self.items.1
            && marks.iter().any(|item| {
                matches!(item.mark, Mark::Versus | Mark::Than | Mark::Difference | Mark::More(_))
            });
        self.complete(number, column, &mut marks);
        Some(Items(marks, compared))
    }

    /// The words of a ranking in another column: its rows are all rows here.
    fn unrank(&self, column: &Column, put: &mut impl FnMut(usize, Mark)) {
        for at in column.from..column.to {
            match self.items.mark(at) {
                Some(Mark::Rank(..) | Mark::Which) => put(at, Mark::Skip),
                Some(number @ Mark::Number(_)) if whole_count(Some(number)).is_some() => put(at, Mark::Skip),
                Some(Mark::Each) if self.items.next(at).is_some_and(|next| column.figure.contains(&next)) => {
                    put(at, Mark::Skip);
                }
                _ => {}
            }
        }
    }

    /// The column that has what this one leaves out: the next for an aggregation before it, else the one before.
    fn donor(&self, number: usize) -> Option<usize> {
        let column = self.columns.get(number)?;
        if column.head.is_some() || column.figure.is_empty() {
            return None;
        }
        let only_agg = column.figure.iter().all(|at| matches!(self.items.mark(*at), Some(Mark::Agg(_))));
        if !only_agg {
            return None;
        }
        let headed = |at: usize| self.columns.get(at).is_some_and(|known| known.head.is_some());
        let near = self.columns.get(number + 1).is_some_and(|next| next.from == column.to + 1);
        let behind = (number + 1..self.columns.len()).find(|at| headed(*at));
        let before = (0..number).rev().find(|at| headed(*at));
        if near && headed(number + 1) { Some(number + 1) } else { before.or(behind) }
    }

    /// Puts in what the column leaves out: the count before a bare noun, the noun behind "how many of them", the rows of a
    /// ranking elsewhere.
    fn complete(&self, number: usize, column: &Column, marks: &mut Vec<Item>) {
        let mut added: Vec<(usize, Mark)> = Vec::new();
        if let Some(head) = column.head
            && matches!(self.items.mark(head), Some(Mark::Noun(_)))
            && !column
                .figure
                .iter()
                .any(|at| matches!(self.items.mark(*at), Some(Mark::HowMany | Mark::Agg(_) | Mark::HowMuch)))
        {
            let asking = self.asked_before(number);
            if self.role(head) == Some(Role::Plain) && !asking.contains(&Mark::HowMany) {
                added.push((head, Mark::HowMany));
            }
            added.extend(asking.into_iter().rev().map(|mark| (head, mark)));
        }
        if let Some(head) = column.head
            && matches!(self.items.mark(head), Some(Mark::Noun(_)))
            && let Some(owner) = self.averaged_over(number)
        {
            match (owner, marks.get_mut(head)) {
                (Noun::Customer, Some(item)) => {
                    if let Some(metric) = per_customer(&item.mark) {
                        item.mark = Mark::Metric(metric.to_owned());
                    }
                }
                _ => added.extend([(head + 1, Mark::Noun(owner)), (head + 1, Mark::Link(Link::In))]),
            }
        }
        let many = column.figure.iter().copied().find(|at| self.items.mark(*at) == Some(&Mark::HowMany));
        if let (None, Some(many)) = (column.head, many)
            && let Some(noun) = self.counted_before(number)
        {
            added.push((many + 1, Mark::Noun(noun)));
        }
        let ranked_elsewhere =
            self.columns.iter().enumerate().any(|(other, known)| other != number && known.ranks);
        if ranked_elsewhere
            && !column.ranks
            && let Some(rows) = self.frame.nouns.iter().find(|placed| placed.role == Role::Listed)
        {
            added.push((rows.at, Mark::Each));
        }
        if let Some(rows) = self.rows {
            added.push((rows, Mark::Each));
        }
        added.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, mark) in added {
            let token = marks.get(at).map_or(self.view.tokens.len(), |item| item.from);
            marks.insert(at.min(marks.len()), Item { mark, from: token, to: token });
        }
    }

    /// What asks for the count before it, which this one leaves out: "the average number of products and of aisles".
    fn asked_before(&self, number: usize) -> Vec<Mark> {
        let before = self.columns.iter().take(number).rev().find(|column| !column.heading);
        let (Some(before), Some(column)) = (before, self.columns.get(number)) else { return Vec::new() };
        let Some(head) = before.head.filter(|_| before.to + 1 == column.from) else { return Vec::new() };
        if !matches!(self.items.mark(head), Some(Mark::Noun(_))) || !before.own.is_empty() {
            return Vec::new();
        }
        let asking = before.figure.iter().take_while(|at| **at < head).filter_map(|at| self.items.mark(*at));
        asking
            .filter(|mark| matches!(mark, Mark::HowMany | Mark::Agg(Agg::Mean | Agg::Median)))
            .cloned()
            .collect()
    }

    /// "average number of orders and average number of items per customer": whose mean a count is, where another column
    /// says it and this one does not.
    fn averaged_over(&self, number: usize) -> Option<Noun> {
        let column = self.columns.get(number)?;
        let own = column.figure.iter().filter_map(|at| self.items.mark(*at));
        let mut asking: Vec<Mark> = own.filter(|mark| !matches!(mark, Mark::Noun(_))).cloned().collect();
        if asking.is_empty() {
            asking = self.asked_before(number);
        }
        if !asking.contains(&Mark::Agg(Agg::Mean)) || !asking.contains(&Mark::HowMany) {
            return None;
        }
        self.columns.iter().enumerate().filter(|(other, _)| *other != number).find_map(|(_, other)| {
            let head = other.head?;
            let said = self.view.text(head);
            let by = |words: [&str; 3]| words.iter().any(|word| said.ends_with(word));
            match self.items.mark(head) {
                Some(Mark::Metric(_)) if by(["per customer", "per shopper", "per buyer"]) => {
                    Some(Noun::Customer)
                }
                Some(Mark::Metric(_)) if by(["per order", "per basket", "an order"]) => Some(Noun::Order),
                _ => None,
            }
        })
    }

    /// The noun that the columns before this one count last, or that they are about.
    fn counted_before(&self, number: usize) -> Option<Noun> {
        let from = self.columns.get(number)?.from;
        let counted =
            self.columns.iter().take(number).rev().find_map(|column| match self.items.mark(column.head?) {
                Some(Mark::Noun(noun)) => Some(*noun),
                Some(Mark::Metric(name)) => noun_of(name),
                _ => None,
            });
        counted.or_else(|| {
            (0..from).rev().find_map(|at| match self.items.mark(at) {
                Some(Mark::Noun(noun)) if noun.count().is_some() && !is_row(*noun) => Some(*noun),
                _ => None,
            })
        })
    }
}

/// The mean of a count over the customers.
fn per_customer(counted: &Mark) -> Option<&'static str> {
    Some(match counted {
        Mark::Noun(Noun::Order) => "orders_per_customer",
        Mark::Noun(Noun::Item) => "items_per_customer",
        Mark::Noun(Noun::Product) => "avg_products_per_customer",
        _ => return None,
    })
}

/// What a count by its metric's name is of.
fn noun_of(metric: &str) -> Option<Noun> {
    Some(match metric {
        "items" => Noun::Item,
        "orders" | "baskets" => Noun::Order,
        "customers" => Noun::Customer,
        "products" | "products_bought" => Noun::Product,
        _ => return None,
    })
}

/// A metric without its aggregation: "mean and largest basket size" have one figure.
fn plain_metric(name: &str) -> &str {
    match name {
        "max_basket_size" | "median_basket_size" => "basket_size",
        "median_days_between_orders" => "avg_days_between_orders",
        "median_orders_per_customer" => "orders_per_customer",
        "median_cart_position" => "avg_cart_position",
        "median_churn_risk" => "avg_churn_risk",
        name => name,
    }
}
