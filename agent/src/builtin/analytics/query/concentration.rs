//! How much the largest make: "how many products make 80 % of the items", "running share of the departments", "what share
//! do the ten largest aisles have together", "everything outside the top 1,000".
//!
//! Marks → [`Concentration`] → a query that adds groups up. A fraction of a whole with a verb that reaches it asks for the
//! fewest; "running" asks for every row with what stands above it; a share and a cut that stand apart ask for one figure.

use query::metrics::{FilterOp, MetricFilter, Summary};

use super::{
    Asked, Builder, Condition,
    best_of_each::{Mention, mentions},
    conditions,
};
use crate::builtin::analytics::{
    frame::{View, whole_count},
    item::{Agg, End, Items, Link, Mark, Noun},
};

/// What is asked about how much the largest make.
#[derive(Debug, Clone)]
pub(super) struct Concentration {
    subject: Noun,
    kind: Kind,
    /// What is added up.
    whole: String,
    /// What the groups are ranked by, where that is another figure.
    by: Option<String>,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// The fewest that make the fraction; their number only, or each of them.
    Fewest { fraction: f64, count: bool },
    /// Every row with the running share: in its own order or largest first, up to so many rows.
    Running { natural: bool, limit: Option<u32> },
    /// The share of a cut, in one figure.
    Combined(Cut),
}

/// Which groups are added up.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cut {
    Rows(u32),
    Fraction(f64),
    /// All but the first.
    Beyond(u32),
}

/// Metrics that can be added up over groups.
const ADDITIVE: [&str; 8] = [
    "items",
    "orders",
    "reorders",
    "customers",
    "first_in_cart",
    "expected_orders",
    "expected_items",
    "baskets",
];

impl Concentration {
    /// Finds out whether it is asked how much the largest make.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        let single: Vec<String> = conditions(items)
            .into_iter()
            .filter(|c| c.filter.op == FilterOp::Eq)
            .map(|c| c.filter.field)
            .collect();
        // "that department's items": the one that was named.
        let mentions = mentions(items, view)
            .into_iter()
            .filter(|m| !single.iter().any(|field| field == m.noun.dimension()))
            .collect();
        let reader = Reader { items, view, mentions };
        reader.fewest().or_else(|| reader.running()).or_else(|| reader.combined())
    }
}

impl Builder<'_> {
    /// The query of how much the largest make.
    pub(super) fn build_concentration(&mut self, asked: &Concentration) -> Asked {
        self.attribute_pairs();
        self.merge_same_fields();
        let natural = matches!(asked.kind, Kind::Running { natural: true, .. });
        let havings = if natural { Vec::new() } else { self.havings() };
        self.query.metrics = vec![asked.whole.clone()];
        self.group(asked.subject.dimension());
        self.order = Some(asked.end);
        self.ranked = Some(asked.by.clone().unwrap_or_else(|| asked.whole.clone()));
        match asked.kind {
            Kind::Fewest { fraction, count } => {
                let count = count && !self.lists_them();
                self.query.cumulative_to = Some(fraction);
                self.query.summary = count.then_some(Summary::Count);
            }
            Kind::Running { natural, limit } => {
                if natural {
                    self.shown_rows(asked.subject.dimension());
                }
                self.query.cumulative_to = Some(1.0);
                self.query.share_of_total = true;
                self.query.limit = limit;
                if natural {
                    self.order = Some(End::Low);
                    self.ranked = Some(asked.subject.dimension().to_owned());
                }
            }
            Kind::Combined(cut) => {
                match cut {
                    Cut::Rows(rows) => self.query.limit = Some(rows),
                    Cut::Fraction(fraction) => self.query.limit_share = Some(fraction),
                    Cut::Beyond(rows) => self.query.skip = Some(rows),
                }
                self.query.share_of_total = true;
                self.query.summary = Some(Summary::Sum);
            }
        }
        self.places();
        self.cohorts();
        self.thresholds(&havings);
        self.finish(true)
    }
}

/// The ranking that cuts: its place, what is ranked, how many, from which end.
pub(super) fn cut_of(items: &Items, view: &View<'_>) -> Option<(usize, Noun, Cut, End)> {
    Reader { items, view, mentions: mentions(items, view) }.cut()
}

impl Builder<'_> {
    /// "how few does it take, and which ones": each of them tells their number too.
    fn lists_them(&self) -> bool {
        self.items.places(|mark| *mark == Mark::Which).into_iter().any(|at| {
            let joined = matches!(self.items.before(at), Some(Mark::And | Mark::Comma));
            let ends = matches!(
                self.items.after(at),
                None | Some(Mark::Link(Link::Is) | Mark::Comma | Mark::Rank(..))
            );
            joined && ends
        })
    }

    /// "from 1 item up to 20 items": bounds on what the rows are, not on figures of theirs.
    fn shown_rows(&mut self, dimension: &str) {
        let own = match dimension {
            "order_size" => "items",
            "order_number" | "customer_orders" => "orders",
            _ => return,
        };
        for (at, item) in self.items.0.iter().enumerate() {
            if let Mark::Having(having) = &item.mark
                && having.field == own
            {
                let filter = MetricFilter { field: dimension.to_owned(), ..having.clone() };
                self.base.push(Condition { filter, at });
            }
        }
    }
}

struct Reader<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    mentions: Vec<Mention>,
}

impl Reader<'_> {
    fn fewest(&self) -> Option<Concentration> {
        let percent = self
            .items
            .places(|mark| matches!(mark, Mark::Percent(_)))
            .into_iter()
            .find(|at| !matches!(self.items.before(*at), Some(Mark::Rank(..) | Mark::Ordinal(_))))?;
        let Some(Mark::Percent(fraction)) = self.items.mark(percent) else { return None };
        let fraction = Some(*fraction).filter(|fraction| *fraction > 0.0 && *fraction <= 1.0)?;
        let whole = self.figure_behind(percent);
        let superlative =
            self.items.places(|mark| matches!(mark, Mark::Rank(End::Low, _))).into_iter().any(|at| {
                let text = self.view.text(at);
                ["few", "fewest", "smallest", "least", "lowest", "minimal"]
                    .iter()
                    .any(|word| text.contains(word))
            });
        let reaches = self.items.any(|mark| matches!(mark, Mark::MakeUp | Mark::Running))
            || self.says(&[
                "stop",
                "stopping",
                "until",
                "reached",
                "reach",
                "together",
                "accumulate",
                "yield",
                "yields",
                "pile",
                "need",
                "needed",
                "enough",
                "suffice",
                "suffices",
                "necessary",
                "give",
                "gives",
            ]);
        let mut asks_share = self
            .items
            .places(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)))
            .into_iter()
            .filter(|at| self.items.previous(*at) != Some(percent));
        let (subject, counted) = self.fewest_subject(percent)?;
        // "…, and which share of all products is that": of what is counted.
        let asks_share = asks_share.any(|at| {
            let own = (at + 1..self.items.len().min(at + 6))
                .any(|place| self.items.mark(place) == Some(&Mark::Noun(subject)));
            !(at > percent && own)
        });
        let counted =
            counted || self.items.places(|mark| *mark == Mark::HowMany).into_iter().any(|at| at > percent);
        let few = self.says(&["few"]);
        if asks_share || !(reaches || superlative || few || counted && whole.is_some()) {
            return None;
        }
        let listing = self.says(&["list", "show", "name", "which"]);
        let whole =
            whole.or_else(|| self.first_figure()).unwrap_or_else(|| default_whole(subject).to_owned());
        Some(Concentration {
            subject,
            kind: Kind::Fewest { fraction, count: counted || few || superlative && !listing },
            whole,
            by: None,
            end: End::High,
        })
    }

    /// What the fewest are wanted of, and whether it is counted: what a word of counting stands before, else what stands
    /// first, else what "best sellers" are.
    fn fewest_subject(&self, percent: usize) -> Option<(Noun, bool)> {
        let counts = |at: usize| match self.items.mark(at) {
            Some(Mark::HowMany) => true,
            Some(Mark::Rank(End::Low, _)) => {
                self.view.text(at).ends_with("number of") || self.view.text(at).ends_with("fewest")
            }
            _ => false,
        };
        let counted = self.items.places(|mark| matches!(mark, Mark::Noun(_))).into_iter().find_map(|at| {
            let Some(Mark::Noun(noun)) = self.items.mark(at) else { return None };
            let mut before = self.items.previous(at)?;
            while matches!(
                self.items.mark(before),
                Some(Mark::Where(_) | Mark::Distinct | Mark::Attribute(..))
            ) {
                before = self.items.previous(before)?;
            }
            (counts(before) && !matches!(noun, Noun::Item | Noun::Order))
                .then(|| (*noun, !self.view.text(before).ends_with("fewest")))
        });
        if counted.is_some() {
            return counted;
        }
        // "half of the products": the whole is no group.
        let first = self.mentions.iter().find(|m| m.at < percent || m.at > percent + 3).map(|m| m.noun);
        let noun = first.or_else(|| self.sellers())?;
        Some((noun, first.is_none() && self.items.any(|mark| *mark == Mark::HowMany)))
    }

    fn running(&self) -> Option<Concentration> {
        let at = self.items.places(|mark| *mark == Mark::Running).first().copied()?;
        let beside = self.mentions.iter().find(|m| self.items.before(m.at) == Some(&Mark::Running));
        let mention = beside
            .or_else(|| self.mentions.iter().find(|m| m.each.is_some()))
            .or_else(|| self.mentions.first());
        let (subject, number) = match self.counted_rows() {
            Some(subject) => (subject, None),
            None => mention.map(|mention| (mention.noun, mention.number))?,
        };
        let ranked = self.items.any(|mark| matches!(mark, Mark::Rank(..)))
            || self.says(&["largest", "biggest", "descending", "most", "strongest", "busiest"]);
        let natural = matches!(
            subject,
            Noun::Hour
                | Noun::Day
                | Noun::OrderNumber
                | Noun::Gap
                | Noun::OrderSize
                | Noun::Recency
                | Noun::CartPlace
                | Noun::Sides("customer_orders")
        ) && !ranked;
        let places = self.items.places(|mark| *mark == Mark::Running);
        let whole = places
            .iter()
            .find_map(|at| self.figure_behind(*at))
            .or_else(|| self.first_figure())
            .or_else(|| (at > 0).then(|| self.figure_behind(0)).flatten())
            .unwrap_or_else(|| default_whole(subject).to_owned());
        // A size is known of orders with items; a place in the cart is one of an item.
        let whole = match (subject, whole.as_str()) {
            (Noun::OrderSize, "orders") => "baskets".to_owned(),
            (Noun::CartPlace, "first_in_cart") => "items".to_owned(),
            _ => whole,
        };
        Some(Concentration {
            subject,
            kind: Kind::Running {
                natural,
                limit: number
                    .or_else(|| self.number_of_clause())
                    .or_else(|| self.last_place().filter(|_| natural)),
            },
            whole,
            by: None,
            end: End::High,
        })
    }

    /// "by the number of items in them", "over recency", "by how many orders they made": a number of each row that counts.
    fn counted_rows(&self) -> Option<Noun> {
        let whole = self.first_whole();
        let by =
            self.items.places(|mark| *mark == Mark::Each).into_iter().filter_map(|at| self.items.next(at));
        let metric = self.items.places(|mark| matches!(mark, Mark::Metric(_)));
        by.chain(metric).find_map(|at| match (self.items.mark(at)?, whole.as_deref()) {
            (Mark::Metric(name), _) if name == "avg_recency_days" => Some(Noun::Recency),
            (Mark::Metric(name), _) if name == "avg_cart_position" => Some(Noun::CartPlace),
            (Mark::Metric(name), _) if name == "avg_days_between_orders" => Some(Noun::Gap),
            (Mark::Noun(Noun::SizeBand), Some("orders" | "baskets"))
                if self.items.any(|mark| matches!(mark, Mark::Having(_) | Mark::Number(_))) =>
            {
                Some(Noun::OrderSize)
            }
            (Mark::HowMany, Some(whole)) => match (self.items.after(at)?, whole) {
                (Mark::Noun(Noun::Item | Noun::Product), "orders" | "baskets") => Some(Noun::OrderSize),
                (Mark::Noun(Noun::Order), "customers") => Some(Noun::Sides("customer_orders")),
                _ => None,
            },
            _ => None,
        })
    }

    /// What is added up, where it is named first.
    fn first_whole(&self) -> Option<String> {
        self.items.0.iter().find_map(|item| match &item.mark {
            Mark::ShareOf(name) => Some(name.clone()),
            Mark::Noun(noun) => noun.count().map(str::to_owned),
            _ => None,
        })
    }

    /// "show numbers 1 to 10": the rows up to there.
    fn last_place(&self) -> Option<u32> {
        // "from position 1 until 10"
        let from_first = self.items.places(|mark| *mark == Mark::Link(Link::To)).into_iter().find_map(|to| {
            let first = matches!(self.items.before(to), Some(Mark::FirstInCart))
                || matches!(self.items.before(to), Some(Mark::Number(one)) if *one == 1.0);
            whole_count(self.items.after(to)).filter(|_| first)
        });
        if from_first.is_some() {
            return from_first;
        }
        self.items.0.iter().find_map(|item| match &item.mark {
            Mark::Bound(FilterOp::Between, bounds, false) => match bounds.as_slice() {
                [low, high] if *low <= 1.0 => whole_count(Some(&Mark::Number(high + 1.0 - low))),
                _ => None,
            },
            _ => None,
        })
    }

    /// "show the eight with the most items": a number whose noun stands elsewhere.
    fn number_of_clause(&self) -> Option<u32> {
        self.items.places(|mark| matches!(mark, Mark::Number(_))).into_iter().find_map(|at| {
            let clause =
                matches!(self.items.after(at), Some(Mark::Link(Link::With | Link::That) | Mark::Rank(..)));
            let ranked = matches!(self.items.before(at), Some(Mark::Rank(..)));
            whole_count(self.items.mark(at)).filter(|rows| (clause || ranked) && *rows > 1)
        })
    }

    fn combined(&self) -> Option<Concentration> {
        let shares = self.items.places(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)));
        let (cut_at, subject, cut, end) = self.cut()?;
        let share = shares
            .into_iter()
            .find(|at| !matches!(self.items.before(*at), Some(Mark::Percent(_) | Mark::Number(_))))?;
        let each = self.items.any(|mark| *mark == Mark::EachOne)
            || self.items.places(|mark| *mark == Mark::Each).into_iter().any(|at| {
                self.view
                    .text(at)
                    .split(' ')
                    .any(|word| matches!(word, "each" | "every" | "per" | "respective"))
            });
        let text = self.view.text(share);
        let question = ["what", "which", "how"].iter().any(|word| text.starts_with(word))
            || self.items.previous(share).is_some_and(|at| {
                matches!(self.items.mark(at), Some(Mark::Which | Mark::HowMany))
                    || self.items.mark(at) == Some(&Mark::Link(Link::Is))
                        && self.items.before(at) == Some(&Mark::Which)
            });
        let joined = matches!(
            self.items.before(share),
            Some(Mark::And | Mark::Comma | Mark::Link(Link::With))
                | Some(Mark::Noun(_))
                | Some(Mark::Metric(_))
        );
        let together = self.says(&["together", "combined", "jointly", "summed"])
            || self.items.any(|mark| *mark == Mark::Agg(Agg::Total)) && self.says(&["added", "sum"]);
        let asked = if matches!(cut, Cut::Beyond(_)) {
            true
        } else if share < cut_at {
            !joined || question
        } else {
            question && !matches!(self.items.before(share), Some(Mark::And)) || text.starts_with("as a")
        };
        if each
            || !(asked || together)
            || self.items.any(|mark| matches!(mark, Mark::Difference | Mark::Versus))
        {
            return None;
        }
        let whole = match self.items.mark(share) {
            Some(Mark::ShareOf(name)) => Some(name.clone()),
            _ => self.figure_behind(share),
        };
        let judged = self.judged_by();
        let whole = whole
            .filter(|name| ADDITIVE.contains(&name.as_str()))
            .or_else(|| judged.clone())
            .or_else(|| self.first_figure())
            .unwrap_or_else(|| default_whole(subject).to_owned());
        // What is counted once in every group adds up to no share.
        if whole == "customers" && subject != Noun::Segment || whole == "orders" && subject == Noun::Product {
            return None;
        }
        let by = judged.filter(|by| *by != whole);
        Some(Concentration { subject, kind: Kind::Combined(cut), whole, by, end })
    }

    /// The ranking that cuts: its place, what is ranked, how many.
    fn cut(&self) -> Option<(usize, Noun, Cut, End)> {
        if let Some(fraction) = self.named_fraction() {
            return Some(fraction);
        }
        let ranks = self.items.places(|mark| matches!(mark, Mark::Rank(..) | Mark::Ordinal(1)));
        for rank in ranks {
            let end = match self.items.mark(rank) {
                Some(Mark::Rank(end, _)) => *end,
                _ => End::High,
            };
            // "most often first in the cart, as a share of …" is a rate.
            if matches!(self.items.mark(rank), Some(Mark::Rank(_, Some(metric))) if !matches!(*metric, "items" | "orders" | "customers" | "reorder_rate"))
            {
                return None;
            }
            let ordinal = matches!(self.items.mark(rank), Some(Mark::Ordinal(_)));
            let behind = self.items.next(rank);
            let fraction = behind.and_then(|at| match self.items.mark(at) {
                Some(Mark::Percent(part)) => Some(*part),
                Some(Mark::Ordinal(whole @ 3..)) => Some(1.0 / f64::from(*whole)),
                _ => None,
            });
            if let Some(fraction) = fraction {
                let of_customers = behind.and_then(|at| self.items.after(at));
                let subject = match of_customers {
                    Some(Mark::ShareOf(name)) if name == "customers" => Noun::Customer,
                    Some(Mark::ShareOf(name)) if name == "products" => Noun::Product,
                    _ => self.mentions.first()?.noun,
                };
                return Some((rank, subject, Cut::Fraction(fraction), end));
            }
            if ordinal {
                continue;
            }
            if let Some((subject, part)) = self.part_before(rank) {
                return Some((rank, subject, Cut::Fraction(part), end));
            }
            let mention = self.mentions.iter().find(|m| m.rank == Some(rank)).or_else(|| {
                // "the 100 customers with the most orders"
                self.mentions.iter().rfind(|m| m.at < rank && m.number.is_some())
            });
            let beside = [rank.checked_sub(1), Some(rank + 1)]
                .into_iter()
                .flatten()
                .find_map(|at| whole_count(self.items.mark(at)).map(|rows| (at, rows)));
            let rows =
                mention.and_then(|m| m.number).or(beside.map(|(_, rows)| rows)).filter(|rows| *rows > 1);
            let subject = mention
                .map(|m| m.noun)
                .or_else(|| self.sellers())
                // "the 100 most active customers" is one word of ranking.
                .or_else(|| {
                    matches!(self.items.mark(rank), Some(Mark::Rank(_, Some("customers"))))
                        .then_some(Noun::Customer)
                })
                .or_else(|| self.mentions.first().filter(|m| m.at < rank).map(|m| m.noun));
            if let (Some(rows), Some(subject)) = (rows, subject) {
                let beyond = self.items.previous(rank).is_some_and(|at| {
                    matches!(self.items.mark(at), Some(Mark::Not | Mark::Rest))
                        || self.view.text(at) == "beyond"
                });
                let cut = if beyond { Cut::Beyond(rows) } else { Cut::Rows(rows) };
                return Some((rank, subject, cut, end));
            }
        }
        None
    }

    /// "the top fifth of the products" in one word.
    fn named_fraction(&self) -> Option<(usize, Noun, Cut, End)> {
        self.items.places(|mark| matches!(mark, Mark::Percent(_))).into_iter().find_map(|at| {
            let Some(Mark::Percent(part)) = self.items.mark(at) else { return None };
            let text = self.view.text(at);
            let says = |words: &[&str]| text.split(' ').any(|word| words.contains(&word));
            let end = if says(&["top", "best", "first"]) {
                End::High
            } else if says(&["bottom", "worst"]) {
                End::Low
            } else {
                return None;
            };
            let subject = self.mentions.iter().find(|mention| mention.at > at)?.noun;
            Some((at, subject, Cut::Fraction(*part), end))
        })
    }

    /// "the 20 % of the products that sell best".
    fn part_before(&self, rank: usize) -> Option<(Noun, f64)> {
        let at = (rank.saturating_sub(6)..rank)
            .rev()
            .find(|at| matches!(self.items.mark(*at), Some(Mark::Percent(_))))?;
        let Some(Mark::Percent(part)) = self.items.mark(at) else { return None };
        let clause =
            (at..rank).any(|p| matches!(self.items.mark(p), Some(Mark::Link(Link::That | Link::With))));
        let subject = match self.items.after(at)? {
            Mark::ShareOf(name) if name == "customers" => Noun::Customer,
            Mark::ShareOf(name) if name == "products" => Noun::Product,
            Mark::Link(Link::Of) => self.mentions.iter().find(|m| m.at > at && m.at < rank)?.noun,
            _ => return None,
        };
        clause.then_some((subject, *part))
    }

    /// "by items", "ranked by their number of orders": what the cut goes by.
    fn judged_by(&self) -> Option<String> {
        let by = self.items.places(|mark| *mark == Mark::Each).into_iter();
        by.filter(|at| {
            let text = self.view.text(*at);
            text.starts_with("by")
                || ["measured", "judged", "counted", "according", "terms"].iter().any(|w| text.contains(w))
        })
        .find_map(|at| {
            let mut place = self.items.next(at)?;
            while matches!(self.items.mark(place), Some(Mark::HowMany | Mark::Agg(_) | Mark::Distinct)) {
                place = self.items.next(place)?;
            }
            self.figure_at(place)
        })
    }

    /// "best sellers": products.
    fn sellers(&self) -> Option<Noun> {
        let texts =
            self.items.places(|mark| matches!(mark, Mark::Rank(..))).into_iter().map(|at| self.view.text(at));
        let words = ["seller", "favourite", "favorite", "hits", "blockbuster"];
        texts.into_iter().any(|text| words.iter().any(|word| text.contains(word))).then_some(Noun::Product)
    }

    /// The figure that words before it take as a whole: "of all items", "of its units".
    fn figure_behind(&self, at: usize) -> Option<String> {
        let mut place = at + 1;
        loop {
            match self.items.mark(place)? {
                Mark::Skip
                | Mark::Link(Link::Of | Link::That)
                | Mark::Each
                | Mark::Where(_)
                | Mark::Agg(Agg::Total)
                | Mark::Share
                | Mark::Number(_) => place += 1,
                // "the orders' items"
                Mark::Noun(Noun::Order)
                    if matches!(self.items.mark(place + 1), Some(Mark::Noun(Noun::Item))) =>
                {
                    place += 1;
                }
                // "that department's items"
                Mark::Noun(noun)
                    if noun.count().is_none()
                        || matches!(noun, Noun::Department | Noun::Aisle | Noun::Segment) =>
                {
                    place += 1;
                }
                _ => break,
            }
        }
        self.figure_at(place)
    }

    fn figure_at(&self, at: usize) -> Option<String> {
        // "begin with the strongest": where the list starts, nothing of carts.
        let first = self
            .items
            .places(|mark| *mark == Mark::FirstInCart)
            .into_iter()
            .any(|at| !["start", "begin"].iter().any(|verb| self.view.text(at).starts_with(verb)));
        let name = match self.items.mark(at)? {
            Mark::Metric(name) | Mark::ShareOf(name) => name.as_str(),
            Mark::Noun(Noun::Item) if first => "first_in_cart",
            Mark::Noun(noun) => noun.count()?,
            _ => return None,
        };
        ADDITIVE.contains(&name).then(|| name.to_owned())
    }

    fn first_figure(&self) -> Option<String> {
        (0..self.items.len())
            .filter(|at| {
                matches!(self.items.mark(*at), Some(Mark::Metric(_) | Mark::Noun(Noun::Item | Noun::Order)))
            })
            .find_map(|at| self.figure_at(at))
    }

    fn says(&self, words: &[&str]) -> bool {
        self.view.tokens.iter().any(|token| words.contains(&token.text.as_str()))
    }
}

/// What is added up over such groups where nothing is said.
fn default_whole(noun: Noun) -> &'static str {
    match noun {
        Noun::Product | Noun::Aisle | Noun::Department | Noun::Customer => "items",
        _ => noun.ranked_by(),
    }
}
