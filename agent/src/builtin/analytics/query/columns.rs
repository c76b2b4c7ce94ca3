//! Several figures side by side: "orders and average basket size by hour", "the five largest aisles, with buyers and reorder
//! rate", "orders per day, and how many of them before noon".
//!
//! ```text
//! marks ─clauses─> columns ─each alone─> a query a column ─beside─> one query
//! ```
//! A list of figures is cut at its separators. Every column is read as the question that it would be alone: the rows and the
//! conditions that all columns share, with its own figure; so its aggregation, its share and its part are its own. What a
//! column leaves out is taken from the one beside it ("mean and median basket size", "how many of them"). Where a column
//! cannot be read alone, or the queries do not agree on the rows, the question is none of these.

mod alone;
mod those;

use query::metrics::MetricFilter;

use super::{Asked, beside};
use crate::builtin::analytics::{
    frame::{Frame, Role, View},
    item::{Agg, Items, Link, Mark, Noun, Verb},
};

/// More columns than anybody lists.
const MOST: usize = 7;

/// Words that stand for what the column before counts.
const BACK: [&str; 6] = ["them", "those", "these", "thereof", "which", "they"];

/// What the columns of a question make.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) asked: Asked,
    /// A column speaks of what another one counts, so that no reading of the whole at once can be right.
    pub(super) refers: bool,
}

/// Reads a list of figures; none where there is none, or where it is no table.
pub(super) fn read(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Table> {
    // "orders consisting only of reorders, in % of orders": the two clauses are one share.
    if frame.share.is_some() && items.any(|mark| *mark == Mark::Entirely) {
        return None;
    }
    let list = List::find(items, view, frame)?;
    let mut columns: Vec<Asked> = Vec::new();
    let (mut refers, mut apart) = (false, false);
    for number in (0..list.columns.len()).filter(|number| !list.is_heading(*number)) {
        apart |= list.is_apart_from_others(number);
        match list.of_those(number, &columns) {
            Some(those) => {
                if those.tells_number {
                    columns.pop();
                }
                columns.push(those.asked);
                refers = true;
            }
            None => columns.push(list.alone(number)?),
        }
    }
    let mut asked = beside::side_by_side(columns.clone(), apart)?;
    let sliced = !apart
        && list.says_part_for_all()
        && beside::part_as_slice(&columns, &mut asked, |part| list.words_of(part));
    Some(Table { asked, refers: refers || apart || sliced })
}

/// The figures beside a ranking, of each of its rows; none where a column speaks of all of them together.
pub(super) fn of_ranking(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Asked> {
    let list = List::find(items, view, frame)?;
    let together = items.any(|mark| matches!(mark, Mark::Agg(Agg::Total)))
        || list.columns.iter().any(|column| column.share.is_some() || list.speaks_of_them(column));
    if together || !list.columns.first().is_some_and(|column| column.ranks) {
        return None;
    }
    let table = read(items, view, frame)?.asked;
    let ranked = table.more.is_empty() && table.query.limit.is_some() && table.query.metrics.len() > 1;
    ranked.then_some(table)
}

/// Marks that hold one figure, between separators.
#[derive(Debug, Clone, Default)]
struct Column {
    /// The places of the clause.
    from: usize,
    to: usize,
    /// What asks for the figure.
    figure: Vec<usize>,
    /// Conditions that only this column has.
    own: Vec<usize>,
    /// The noun or metric that is counted; none where the clause leaves it out.
    head: Option<usize>,
    /// The clause ranks the rows.
    ranks: bool,
    /// It says more of the column before it: "and their share".
    goes_on: bool,
    /// It only names what other columns leave out: "basket sizes: the median and the largest one".
    heading: bool,
    /// A share whose whole stands behind it: "what share of all customers is that".
    share: Option<usize>,
}

/// The columns of a question, and what they share.
struct List<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    frame: &'a Frame,
    columns: Vec<Column>,
    /// Separators between columns.
    joints: Vec<usize>,
    /// The noun that heads the list: "hour | orders | customers".
    rows: Option<usize>,
}

impl<'a> List<'a> {
    fn find(items: &'a Items, view: &'a View<'a>, frame: &'a Frame) -> Option<Self> {
        let mut list = Self { items, view, frame, columns: Vec::new(), joints: Vec::new(), rows: None };
        let clauses = list.clauses();
        list.rows = clauses.first().and_then(|(from, to)| list.heads_rows(*from, *to));
        for (from, to) in clauses {
            if list.rows.is_some_and(|rows| (from..to).contains(&rows)) {
                continue;
            }
            if let Some(column) = list.column(from, to) {
                list.columns.push(column);
            }
        }
        list.gather();
        list.mark_headings();
        let several = (2..=MOST).contains(&list.columns.iter().filter(|column| !column.heading).count());
        let ranked = list.columns.iter().filter(|column| column.ranks).count();
        let compared = items.any(|mark| matches!(mark, Mark::More(_) | Mark::Than | Mark::Difference));
        if !several || ranked > 1 || compared || list.defines() || list.sums_ranking() {
            return None;
        }
        list.own_conditions();
        Some(list)
    }

    /// The stretches between separators, sentence ends and "with" before a figure.
    fn clauses(&mut self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut from = 0;
        for at in 0..self.items.len() {
            if self.separates(at) {
                self.joints.push(at);
                found.push((from, at));
                from = at + 1;
            } else if at > from && self.is_apart(at) {
                found.push((from, at));
                from = at;
            }
        }
        found.push((from, self.items.len()));
        found.retain(|(from, to)| from < to);
        found
    }

    /// "hour, orders, customers": a lone noun of rows at the start, where no other noun says what the rows are.
    fn heads_rows(&self, from: usize, to: usize) -> Option<usize> {
        let said: Vec<usize> = (from..to)
            .filter(|at| {
                !matches!(
                    self.items.mark(*at),
                    Some(
                        Mark::Skip
                            | Mark::Table
                            | Mark::Me
                            | Mark::Chart
                            | Mark::Link(Link::With | Link::Of | Link::For)
                    )
                )
            })
            .collect();
        let [rows] = said.as_slice() else { return None };
        let noun = matches!(self.items.mark(*rows), Some(Mark::Noun(noun)) if is_row(*noun));
        let listed = self
            .frame
            .nouns
            .iter()
            .any(|placed| placed.at != *rows && matches!(placed.role, Role::Each | Role::Listed));
        (noun && !listed && self.items.mark(to) == Some(&Mark::Comma)).then_some(*rows)
    }

    fn separates(&self, at: usize) -> bool {
        match self.items.mark(at) {
            Some(Mark::Comma) => true,
            Some(Mark::And) => self.view.text(at) != "x",
            Some(Mark::Versus) => {
                matches!(self.view.text(at).as_str(), "next to" | "beside" | "side by side")
            }
            // "aisles by customers with their items", "orders with the average basket size"
            Some(Mark::Link(Link::With))
                if matches!(self.view.text(at).as_str(), "with" | "w" | "including" | "incl") =>
            {
                // "per segment: customers with their median recency"
                let grouped = self.frame.nouns.iter().any(|placed| placed.role == Role::Each);
                let counted = grouped
                    && self.items.previous(at).is_some_and(|noun| {
                        matches!(self.items.mark(noun), Some(Mark::Noun(known)) if !is_row(*known))
                            && !self.view.is_singular(noun)
                    });
                let figured = counted || (0..at).any(|place| self.is_figure(place));
                figured && self.opens_figure(at + 1)
            }
            _ => false,
        }
    }

    /// Whether a figure begins there, behind words that say nothing of their own.
    fn opens_figure(&self, from: usize) -> bool {
        let said = (from..self.items.len()).find(|at| self.items.mark(*at) != Some(&Mark::Skip));
        let theirs = said.is_some_and(|said| {
            (from..said).any(|at| {
                self.view.text(at).split(' ').any(|word| matches!(word, "their" | "its" | "the" | "your"))
            })
        });
        match said.and_then(|at| self.items.mark(at)) {
            Some(Mark::Metric(_) | Mark::HowMany | Mark::Agg(_)) => true,
            Some(Mark::Noun(noun)) => theirs && !is_row(*noun),
            _ => false,
        }
    }

    /// Whether a sentence, a heading or a bracket ends before it.
    fn is_apart(&self, at: usize) -> bool {
        let many = |at: usize| {
            if self.items.mark(at) == Some(&Mark::HowMany) { self.view.text(at) } else { String::new() }
        };
        // "number and share of …", "with the number of …"
        if many(at).starts_with("with ")
            || at.checked_sub(1).is_some_and(|before| many(before).ends_with(" and"))
        {
            return true;
        }
        let token = |index: usize| self.view.tokens.get(index);
        let Some(item) = self.items.0.get(at) else { return false };
        let before = item.from.checked_sub(1).and_then(token);
        matches!((before, token(item.from)), (Some(before), Some(this)) if this.start > before.end + 1)
    }

    /// Whether a mark names a figure, whatever stands around it.
    fn is_figure(&self, at: usize) -> bool {
        match self.items.mark(at) {
            Some(Mark::Metric(_) | Mark::ShareOf(_) | Mark::Share | Mark::HowMany | Mark::HowOften) => true,
            Some(Mark::Noun(_)) => {
                self.role(at).is_some_and(|role| matches!(role, Role::Counted | Role::Amount))
            }
            _ => false,
        }
    }

    fn role(&self, at: usize) -> Option<Role> {
        self.frame.nouns.iter().find(|placed| placed.at == at).map(|placed| placed.role)
    }

    /// The figure of a clause.
    fn column(&self, from: usize, to: usize) -> Option<Column> {
        let mut column = Column { from, to, ..Column::default() };
        for at in from..to {
            match self.items.mark(at)? {
                // "consisting only of reorders": what all of it is, no figure.
                Mark::Metric(_) if self.items.before(at) == Some(&Mark::Entirely) => {}
                Mark::Metric(_) | Mark::ShareOf(_) => {
                    column.figure.push(at);
                    column.head = column.head.or(Some(at));
                }
                Mark::Agg(_) if column.head.is_some() && self.is_mean_owner(at) => {}
                Mark::Share
                | Mark::Agg(_)
                | Mark::HowMany
                | Mark::HowOften
                | Mark::HowMuch
                | Mark::Distinct
                | Mark::Expected => column.figure.push(at),
                Mark::FirstInCart if !is_predicate(self.items, at) => column.figure.push(at),
                Mark::Noun(noun) => {
                    let base = self.role(at) == Some(Role::Base);
                    if base || self.counts(at, *noun, from) {
                        column.figure.push(at);
                        column.head = column.head.or(Some(at));
                    }
                }
                Mark::Rank(_, metric) => column.ranks |= metric.is_none() || !self.has_rows_elsewhere(at),
                _ => {}
            }
        }
        // "top half dozen" ranks by the figure of another clause, "the best sellers" by their own.
        let measured = (from..to).any(|at| matches!(self.items.mark(at), Some(Mark::Rank(_, Some(_)))));
        if column.figure.is_empty() && !(column.ranks && measured) {
            return None;
        }
        let first = column.figure.first().copied();
        let shares = |at: &usize| matches!(self.items.mark(*at), Some(Mark::Share | Mark::ShareOf(_)));
        column.share = first.filter(|at| shares(at) && self.points_at_whole(*at, to));
        let shared = column.figure.iter().any(|at| self.items.mark(*at) == Some(&Mark::Share));
        column.goes_on = column.head.is_none() && shared && from > 0 && column.share.is_none();
        Some(column)
    }

    /// Whether a noun is what a clause counts: it is so by its neighbours, or it opens the clause and owns nothing.
    fn counts(&self, at: usize, noun: Noun, from: usize) -> bool {
        match self.role(at) {
            // "from the buyers of bananas, how many …"; but "the number of products and of aisles".
            Some(Role::Counted | Role::Plain)
                if matches!(self.items.before(at), Some(Mark::Link(Link::Of | Link::From | Link::In)))
                    && !self.goes_on_counting(at, from)
                    && !(from..at).any(|place| {
                        matches!(self.items.mark(place), Some(Mark::HowMany | Mark::Agg(_)))
                    }) =>
            {
                false
            }
            // "Spread of an order: the mean number of aisles in it": whose figures these are.
            Some(Role::Counted)
                if matches!(noun, Noun::Order | Noun::Customer)
                    && self.view.is_singular(at)
                    && self.items.before(at) == Some(&Mark::Spread) =>
            {
                false
            }
            Some(Role::Counted | Role::Amount) => true,
            Some(Role::Plain) if self.goes_on_counting(at, from) => true,
            Some(Role::Plain) if !is_row(noun) => {
                let opened = (from..at).all(|place| {
                    self.role(place) == Some(Role::Each)
                        || matches!(
                            self.items.mark(place),
                            Some(
                                Mark::Skip
                                    | Mark::Me
                                    | Mark::Table
                                    | Mark::Chart
                                    | Mark::Each
                                    | Mark::Agg(_)
                                    | Mark::Distinct
                                    | Mark::HowMany
                                    | Mark::Link(Link::With | Link::For | Link::Is)
                                    | Mark::Which
                                    | Mark::Where(_)
                            )
                        )
                        || self.items.mark(place) == Some(&Mark::Verb(Verb::Buy))
                            && self.view.text(place) == "add"
                });
                opened && !self.view.is_singular(at) && !self.owns(at)
            }
            _ => false,
        }
    }

    /// "the number of products and of aisles".
    fn goes_on_counting(&self, at: usize, from: usize) -> bool {
        let opened =
            self.items.mark(from) == Some(&Mark::Link(Link::Of)) && self.items.previous(at) == Some(from);
        let joined = from.checked_sub(1).is_some_and(|joint| self.items.mark(joint) == Some(&Mark::And));
        opened && joined && (0..from).any(|place| self.items.mark(place) == Some(&Mark::HowMany))
    }

    /// "customers who bought alcohol": a noun that is only told apart.
    fn owns(&self, at: usize) -> bool {
        let asked = self.items.before(at) == Some(&Mark::HowMany);
        !asked
            && match self.items.after(at) {
                Some(Mark::Link(Link::With))
                    if self.items.next(at).is_some_and(|with| self.joints.contains(&with)) =>
                {
                    false
                }
                Some(Mark::Link(Link::That | Link::With))
                | Some(Mark::Having(_) | Mark::Never | Mark::Not) => true,
                Some(Mark::Verb(_)) => self
                    .items
                    .next(at)
                    .and_then(|verb| self.items.after(verb))
                    .is_some_and(|mark| matches!(mark, Mark::Where(_))),
                _ => false,
            }
    }

    fn has_rows_elsewhere(&self, rank: usize) -> bool {
        !self.frame.nouns.iter().any(|placed| placed.role == Role::Listed && placed.at > rank)
    }

    /// "Which aisles take the most items at once? Average number of items per order.": a sentence behind a ranking that
    /// nothing joins to it says what it goes by.
    fn defines(&self) -> bool {
        self.columns.windows(2).any(|pair| match pair {
            [ranking, behind] => {
                let joined = behind.from > ranking.to
                    || (behind.from..behind.to).any(|at| {
                        matches!(
                            self.view.text(at).as_str(),
                            "add"
                                | "also"
                                | "show"
                                | "give"
                                | "list"
                                | "include"
                                | "with"
                                | "plus"
                                | "then"
                                | "put"
                        )
                    });
                ranking.ranks && !joined
            }
            _ => false,
        })
    }

    /// "take the top 10 products. What percentage of the items is that?": one share of all rows of a ranking.
    fn sums_ranking(&self) -> bool {
        let each = |column: &Column| {
            (column.from..column.to).any(|at| {
                let words = ["each", "every", "their", "its"];
                self.items.mark(at) == Some(&Mark::EachOne)
                    || self.view.text(at).split(' ').any(|word| words.contains(&word))
            })
        };
        let ranked = self.items.any(|mark| matches!(mark, Mark::Rank(..)));
        ranked && self.columns.iter().any(|column| column.share.is_some() && !each(column))
    }

    /// "yogurt buyers: how many …", "basket sizes: the median and the largest": a heading that is counted behind is no column
    /// of its own.
    fn mark_headings(&mut self) {
        let asks = |column: &Column| {
            let asking = |at: &usize| matches!(self.items.mark(*at), Some(Mark::HowMany | Mark::Agg(_)));
            column.figure.iter().any(asking)
        };
        // "How many items do they hold, on average and at most?": the aggregations are the columns.
        let aggregates = |column: &Column| {
            column.head.is_none()
                && column.figure.iter().all(|at| matches!(self.items.mark(*at), Some(Mark::Agg(_))))
        };
        let heads: Vec<bool> = (0..self.columns.len())
            .map(|number| match (self.columns.get(number), self.columns.get(number + 1)) {
                (Some(column), Some(next)) => {
                    let behind = next.head.is_none() && asks(next) && next.from == column.to;
                    let rest = self.columns.get(number + 1..).unwrap_or_default();
                    let plain =
                        !column.figure.iter().any(|at| matches!(self.items.mark(*at), Some(Mark::Agg(_))));
                    let aggregated = rest.len() > 1 && rest.iter().all(aggregates) && plain;
                    column.head.is_some() && (!asks(column) && behind || aggregated)
                }
                _ => false,
            })
            .collect();
        for (column, heads) in self.columns.iter_mut().zip(heads) {
            column.heading = heads;
        }
    }

    fn is_heading(&self, number: usize) -> bool {
        self.columns.get(number).is_some_and(|column| column.heading)
    }

    /// Columns that only say more of the one before become part of it.
    fn gather(&mut self) {
        let mut gathered: Vec<Column> = Vec::new();
        for column in std::mem::take(&mut self.columns) {
            match gathered.last_mut() {
                Some(before) if column.goes_on => {
                    before.to = column.to;
                    before.figure.extend(column.figure);
                }
                _ => gathered.push(column),
            }
        }
        self.columns = gathered;
    }

    /// Conditions of a column alone: those beside a word that points back, or beside a figure that another column has too, or
    /// where several columns have some each.
    fn own_conditions(&mut self) {
        let said: Vec<Vec<usize>> = self
            .columns
            .iter()
            .map(|column| (column.from..column.to).filter(|at| self.is_condition(*at)).collect())
            .collect();
        let several = said.iter().filter(|places| !places.is_empty()).count() > 1
            || self.columns.iter().any(|column| self.is_of_all(column));
        let own: Vec<Vec<usize>> = said
            .into_iter()
            .enumerate()
            .map(|(number, places)| {
                let again = number > 0
                    && self.columns.get(number).is_some_and(|column| {
                        self.points_back(column)
                            || self.columns.iter().take(number).any(|c| self.same_figure(c, column))
                    });
                if several || again { places } else { Vec::new() }
            })
            .collect();
        for (column, own) in self.columns.iter_mut().zip(own) {
            column.own = own;
        }
    }

    /// "the average basket size overall": what it measures is not restricted by what stands in other columns.
    fn is_of_all(&self, column: &Column) -> bool {
        let all = (column.from..column.to).any(|at| {
            matches!(self.view.text(at).as_str(), "overall" | "in general" | "generally")
                && !matches!(self.items.mark(at), Some(Mark::AboveOverall(_)))
        });
        all && column.head.is_some() && !(column.from..column.to).any(|at| self.is_condition(at))
    }

    /// A column that holds for other rows than another one, and tells another figure: no reading of the whole at once can
    /// hold both. "orders in the morning and items in the evening", "the reorder rate of produce and overall the basket".
    fn is_apart_from_others(&self, number: usize) -> bool {
        let Some(column) = self.columns.get(number) else { return false };
        let conditions = |column: &Column| -> Vec<&Mark> {
            column.own.iter().filter_map(|at| self.items.mark(*at)).collect()
        };
        let own = conditions(column);
        let asked =
            |at: &usize| matches!(self.items.mark(*at), Some(Mark::HowMany | Mark::Metric(_) | Mark::Agg(_)));
        let bare = |column: &Column| !column.figure.iter().any(asked);
        let shares = |at: &usize| matches!(self.items.mark(*at), Some(Mark::Share | Mark::ShareOf(_)));
        let counted = |column: &Column| {
            let only = (column.from..column.to).any(|at| self.items.mark(at) == Some(&Mark::Only));
            column.head.is_some() && !column.heading && !only && !column.figure.iter().any(shares)
        };
        let plain = own.iter().all(|mark| matches!(mark, Mark::Where(_)));
        number > 0
            && counted(column)
            && plain
            && self.columns.iter().take(number).any(|other| {
                let others = conditions(other);
                counted(other)
                    && bare(other) == bare(column)
                    && !others.is_empty()
                    && others.iter().all(|mark| matches!(mark, Mark::Where(_)))
                    && others != own
                    && (self.is_of_all(column) || !own.is_empty() && !self.same_figure(other, column))
            })
    }

    /// The words of a condition; none where it is said in no words of its own.
    fn words_of(&self, filter: &MetricFilter) -> String {
        let says = |mark: &Mark| matches!(mark, Mark::Where(filters) if filters.contains(filter));
        self.items.places(says).first().map(|at| self.view.text(*at)).unwrap_or_default()
    }

    /// "for orders after 8 pm the share of all orders and the reorder rate": what the share is of holds for the other
    /// figures; in "the share of orders with alcohol, and the mean basket" it is the share's own.
    fn says_part_for_all(&self) -> bool {
        let shares = |column: &&Column| {
            column
                .figure
                .iter()
                .any(|at| matches!(self.items.mark(*at), Some(Mark::Share | Mark::ShareOf(_))))
        };
        !self.columns.iter().filter(shares).any(|column| {
            let share = column.figure.first().copied().unwrap_or(column.from);
            (share..column.to).any(|at| self.is_condition(at))
        })
    }

    /// "how many aisles does the average order touch": whose mean it is, for all columns.
    fn is_mean_owner(&self, at: usize) -> bool {
        let Some(owner) = self.items.next(at) else { return false };
        self.items.mark(at) == Some(&Mark::Agg(Agg::Mean))
            && matches!(self.items.mark(owner), Some(Mark::Noun(Noun::Order | Noun::Customer)))
            && matches!(self.items.after(owner), Some(Mark::Link(Link::With) | Mark::Verb(_)))
    }

    fn is_condition(&self, at: usize) -> bool {
        matches!(self.items.mark(at), Some(Mark::Where(_) | Mark::Among(_) | Mark::Never | Mark::Not))
    }

    /// "how many of them", "how many before noon": what is counted stands in the column before.
    fn points_back(&self, column: &Column) -> bool {
        let counts = column.figure.iter().any(|at| self.items.mark(*at) == Some(&Mark::HowMany));
        let back =
            (column.from..column.to).any(|at| self.view.text(at).split(' ').any(|word| BACK.contains(&word)));
        counts && (column.head.is_none() || back)
    }

    fn same_figure(&self, one: &Column, other: &Column) -> bool {
        let named = |column: &Column| column.head.and_then(|at| self.items.mark(at)).cloned();
        let plain = |column: &Column| {
            column.figure.iter().all(|at| !matches!(self.items.mark(*at), Some(Mark::Agg(_) | Mark::Share)))
        };
        named(one).is_some() && named(one) == named(other) && plain(one) && plain(other)
    }
}

/// "been the first item in a basket", "the first thing in the cart is organic": said of something, no figure of its own.
fn is_predicate(items: &Items, at: usize) -> bool {
    let is = |mark: Option<&Mark>| mark == Some(&Mark::Link(Link::Is));
    is(items.before(at)) || is(items.after(at))
}

/// Whether such things are rows of a table rather than what is counted in them.
fn is_row(noun: Noun) -> bool {
    !matches!(noun, Noun::Item | Noun::Product | Noun::Customer | Noun::Order)
}

/// The columns that were found, for a look at what was understood.
#[cfg(test)]
pub(in crate::builtin::analytics) fn explain(items: &Items, view: &View<'_>, frame: &Frame) -> Vec<String> {
    let Some(list) = List::find(items, view, frame) else { return Vec::new() };
    (0..list.columns.len())
        .filter(|number| !list.is_heading(*number))
        .map(|number| match list.alone(number) {
            Some(asked) => serde_json::to_string(&asked.query).unwrap_or_default(),
            None => "none".to_owned(),
        })
        .collect()
}
