//! What the words of a question become: marks, each over a stretch of tokens.
//!
//! `scan` makes them, every later pass replaces a few beside each other by one that says more ("at least", "200" →
//! a bound; a bound and "purchases" → a condition). What stays a [`Mark::Word`] was not understood.

use query::metrics::{Cohort, FilterOp, MetricFilter};

use crate::builtin::vocabulary::Name;

/// Which end of a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// "most", "top", "best".
    High,
    /// "least", "bottom".
    Low,
}

/// A kind of thing that is counted, grouped by or spoken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Noun {
    /// "items", "things": lines when counted, products when listed.
    Item,
    /// "products".
    Product,
    /// "aisles".
    Aisle,
    /// "departments".
    Department,
    /// "customers".
    Customer,
    /// "orders", "baskets".
    Order,
    /// "segments".
    Segment,
    /// "hours".
    Hour,
    /// "days", "day numbers".
    Day,
    /// "parts of the day".
    DayPart,
    /// "order number".
    OrderNumber,
    /// "order size classes".
    SizeBand,
    /// "number of items of an order", as rows.
    OrderSize,
    /// "place in the cart", as rows.
    CartPlace,
    /// "recency": days, as rows.
    Recency,
    /// "gap lengths": days since the previous order, as rows.
    Gap,
    /// "first orders and later ones": the states of a dimension that has no word of its own.
    Sides(&'static str),
}

impl Noun {
    /// The dimension that lists such things.
    pub(super) fn dimension(self) -> &'static str {
        match self {
            Self::Item | Self::Product => "product_name",
            Self::Aisle => "aisle",
            Self::Department => "department",
            Self::Customer => "user_id",
            Self::Order => "order_id",
            Self::Segment => "segment_name",
            Self::Hour => "order_hour_of_day",
            Self::Day => "order_dow",
            Self::DayPart => "day_part",
            Self::OrderNumber => "order_number",
            Self::SizeBand => "size_band",
            Self::Gap => "days_since_prior_order",
            Self::OrderSize => "order_size",
            Self::CartPlace => "cart_place",
            Self::Recency => "recency_days",
            Self::Sides(dimension) => dimension,
        }
    }

    /// The metric that counts them; none where only a list of groups does.
    pub(super) fn count(self) -> Option<&'static str> {
        Some(match self {
            Self::Item => "items",
            Self::Product => "products",
            Self::Aisle => "aisles",
            Self::Department => "departments",
            Self::Customer => "customers",
            Self::Order => "orders",
            _ => return None,
        })
    }

    /// What a ranking of them goes by where nothing is said.
    pub(super) fn ranked_by(self) -> &'static str {
        match self {
            Self::Customer
            | Self::Hour
            | Self::Day
            | Self::DayPart
            | Self::OrderNumber
            | Self::SizeBand
            | Self::OrderSize
            | Self::Sides("order_kind")
            | Self::Gap => "orders",
            Self::Segment | Self::Recency | Self::Sides("customer_kind") => "customers",
            Self::Order => "basket_size",
            _ => "items",
        }
    }
}

/// How values are brought together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agg {
    /// "average".
    Mean,
    /// "median".
    Median,
    /// "largest", as a figure.
    Max,
    /// "smallest", as a figure.
    Min,
    /// "total", "altogether".
    Total,
}

/// Prepositions and the like that say how a phrase hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// "of".
    Of,
    /// "in", "within", "inside".
    In,
    /// "for".
    For,
    /// "with", "containing", "holding".
    With,
    /// "from".
    From,
    /// "to", "until".
    To,
    /// "on".
    On,
    /// "at".
    At,
    /// "after".
    After,
    /// "before".
    Before,
    /// "that", "which are", "who".
    That,
    /// "is", "are".
    Is,
}

/// What people do with goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// "buy", "sell", "go".
    Buy,
    /// "reorder", "rebuy".
    Reorder,
    /// "order", "shop": to place an order.
    Place,
}

/// A stretch of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DayPart {
    /// As the dimension `day_part` writes it; none for noon and midnight.
    pub(super) name: Option<&'static str>,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// One class of a figure: the bounds that all hold.
pub(super) type Band = Vec<(FilterOp, Vec<f64>)>;

/// Classes of a figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classes {
    pub(super) bands: Vec<Band>,
    /// Whether they are fractions of 1.
    pub(super) percent: bool,
    /// What they count, where that stands among them: a noun, a metric, "times".
    pub(super) unit: Option<Box<Mark>>,
    /// What the counted items are: "no organic item, some but less than half".
    pub(super) attribute: Option<&'static str>,
}

/// A reading of a stretch of tokens.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark {
    /// Not understood.
    Word,
    /// Says nothing that matters.
    Skip,
    /// ","
    Comma,
    /// "and", "&", "plus"
    And,
    /// "or"
    Or,
    Number(f64),
    /// A fraction of 1.
    Percent(f64),
    /// "first", "3rd".
    Ordinal(u32),
    /// "last", "latest".
    Last,
    /// An hour of the day.
    Hour(u32),
    Noun(Noun),
    /// A figure by the name of its metric.
    Metric(String),
    /// A metric's share of the total, by the name of the metric.
    ShareOf(String),
    /// "share", "%", "percentage".
    Share,
    Agg(Agg),
    HowMany,
    HowMuch,
    HowOften,
    Which,
    When,
    /// "top", "most", "lowest"; with the metric where the word tells it ("best sellers", "busiest").
    Rank(End, Option<&'static str>),
    /// "more", "lower": compares two.
    More(End),
    /// "by", "per", "each".
    Each,
    Cmp(FilterOp),
    /// "or more", behind the number.
    CmpAfter(FilterOp),
    Between,
    /// A bound without its metric.
    Bound(FilterOp, Vec<f64>, bool),
    /// "small", "medium", "large".
    SizeWord(usize),
    /// Bounds in a row: "up to 5, 6-10, more than 10".
    Bands(Classes),
    /// "above average".
    AboveOverall(FilterOp),
    /// "without", "excluding".
    Not,
    /// "divided by".
    DividedBy,
    /// "… do not count": turns the condition before it.
    NotBefore,
    /// "for each of them": what was spoken of before.
    EachOne,
    /// "distribution of", "breakdown": what follows is the figure.
    Spread,
    /// "never", "nobody".
    Never,
    Only,
    /// "nothing but", "completely": every line is so.
    Entirely,
    Versus,
    Than,
    /// "difference between", "how many more".
    Difference,
    /// "the rest", "the others": those that the one condition leaves out.
    Rest,
    Link(Link),
    Verb(Verb),
    /// Catalogue things of that name.
    Name(Vec<Name>),
    /// Aisles and departments that have the word in a longer name.
    Part(Vec<Name>),
    /// What a product's name states: organic, …; and whether it does.
    Attribute(&'static str, bool),
    /// Row conditions that are settled: times, customers, …
    Where(Vec<MetricFilter>),
    /// A condition on a metric of the groups.
    Having(MetricFilter),
    /// A condition on figures of whole customers or orders.
    Among(Box<Cohort>),
    DayPart(DayPart),
    Weekday,
    /// "am" 0, "pm" 12, "o'clock": none.
    Clock(Option<u32>),
    /// "called", "in its name": the word beside it is looked for in names.
    Called,
    /// "make up", "account for": what of the whole the largest make.
    MakeUp,
    /// "running share", "cumulative".
    Running,
    /// "forecast", "predicted": the figure beside it is what is expected.
    Expected,
    Distinct,
    Me,
    Chart,
    Table,
    /// "first in the cart".
    FirstInCart,
}

/// A mark over the tokens `from..to`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) mark: Mark,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The items of a question, with the passes' way to change them.
#[derive(Debug, Clone, Default)]
pub(super) struct Items(
    pub(super) Vec<Item>,
    /// Whether things are compared: "versus", "than".
    pub(super) bool,
);

impl Items {
    /// The mark at a place.
    pub(super) fn mark(&self, at: usize) -> Option<&Mark> {
        self.0.get(at).map(|item| &item.mark)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts one mark in the place of several.
    pub(super) fn merge(&mut self, from: usize, to: usize, mark: Mark) {
        let (Some(first), Some(last)) = (self.0.get(from), to.checked_sub(1).and_then(|at| self.0.get(at)))
        else {
            return;
        };
        let item = Item { mark, from: first.from, to: last.to };
        self.0.splice(from..to, [item]);
    }

    /// Changes one mark.
    pub(super) fn set(&mut self, at: usize, mark: Mark) {
        if let Some(item) = self.0.get_mut(at) {
            item.mark = mark;
        }
    }

    /// The next place behind that means something.
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        (at + 1..self.len()).find(|at| self.mark(*at) != Some(&Mark::Skip))
    }

    /// The nearest place before that means something.
    pub(super) fn previous(&self, at: usize) -> Option<usize> {
        (0..at).rev().find(|at| self.mark(*at) != Some(&Mark::Skip))
    }

    /// The mark behind, fillers left out.
    pub(super) fn after(&self, at: usize) -> Option<&Mark> {
        self.next(at).and_then(|at| self.mark(at))
    }

    /// The mark before, fillers left out.
    pub(super) fn before(&self, at: usize) -> Option<&Mark> {
        self.previous(at).and_then(|at| self.mark(at))
    }

    /// Whether any mark is of that kind.
    pub(super) fn any(&self, is: impl Fn(&Mark) -> bool) -> bool {
        self.0.iter().any(|item| is(&item.mark))
    }

    /// The places of marks of that kind.
    pub(super) fn places(&self, is: impl Fn(&Mark) -> bool) -> Vec<usize> {
        (0..self.len()).filter(|at| self.mark(*at).is_some_and(&is)).collect()
    }
}
