//! The shape of a metric question. It is also the arguments of the tool `query_metrics`, so each field says what it
//! takes; what may stand in it is checked when it is resolved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Metrics by dimensions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricQuery {
    /// Names of metrics, 1 to 8: `items`, `orders`, `reorder_rate`, ….
    pub metrics: Vec<String>,
    /// Names of dimensions to group by, at most 4: `department`, `order_hour_of_day`, …; none gives one row.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// Conditions, all of which must hold; at most 16.
    #[serde(default)]
    pub filters: Vec<MetricFilter>,
    /// What the rows are ordered by, most important first. Left out: a ranking by the first metric, or the natural
    /// order of hours, days and the like.
    #[serde(default)]
    pub order_by: Vec<OrderBy>,
    /// The most rows, 1 to 10,000; left out: all.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Adds a column `share_of_<metric>` (a fraction from 0 to 1) for every metric that has a share. The total leaves out
    /// the filters on the dimensions that are grouped by, so the share of one department needs that department as
    /// dimension and as filter. Of slices without dimensions it is what the question asks of all rows, not of the slice's.
    #[serde(default)]
    pub share_of_total: bool,
    /// Whether products, aisles and departments without any purchase are listed with 0. Left out: yes, unless only the
    /// largest are asked for.
    #[serde(default)]
    pub include_empty: Option<bool>,
    /// Which orders or customers count, by what they bought: "orders that hold bananas", "customers who never bought
    /// wine", "customers with 20 purchases of one product"; or which products, aisles, departments, by figures of theirs; all
    /// must hold; at most 8. Shares and parts are then of those too.
    #[serde(default)]
    pub cohorts: Vec<Cohort>,
    /// Adds a column `part_of_<metric>` for every metric with a share: the fraction (0 to 1) of it that meets these
    /// conditions too, in every group: "the share of items that are organic, by department". Of `orders` it is the share of
    /// those whose items are known. 0 where no row of the group meets them.
    #[serde(default)]
    pub part: Vec<MetricFilter>,
    /// The orders or customers that `part_of_<metric>` is about, by what they bought: "the share of customers who never
    /// bought wine", "the share of orders that hold bananas and milk"; all must hold, beside the conditions of `part`; at
    /// most 8. What the others bought stays in the whole.
    #[serde(default)]
    pub part_cohorts: Vec<Cohort>,
    /// Adds a column `part_<metric>` beside each `part_of_<metric>`: how much of it that is, not only which fraction: "how
    /// many orders have more than 30 items, and what share is that".
    #[serde(default)]
    pub part_values: bool,
    /// Asks the same of 2 to 8 slices: a row a slice and group, with a first column `slice`; one slice alone may stand with
    /// `share_of_total` and no dimensions: its share of all beside other figures of it. Each slice is ordered and cut
    /// for itself, and shares are shares within it. Without dimensions, `order_by` and `limit` are about the slices, and
    /// shares are shares of all.
    #[serde(default)]
    pub slices: Vec<Slice>,
    /// With exactly two slices: a row a group instead, with `first`, `second`, `difference` (first - second) and
    /// `ratio` (first / second) of the first metric, or of its part or share where those are asked for. Without slices and
    /// with exactly two metrics: the same of those two. They can be ordered by; left out, the largest difference comes first;
    /// and conditions in `filters` can be on them: groups with `difference` > 0 have more in the first. What is missing in a
    /// slice counts 0 where it is a count; under such conditions and in summaries a group without both values is left out. A
    /// condition on a metric must hold in both.
    #[serde(default)]
    pub contrast: bool,
    /// The limit counts rows within each group of these dimensions, some of the question's: "the top 3 products of every
    /// department". Rows that tie with the last are kept, up to ten more.
    #[serde(default)]
    pub limit_per: Vec<String>,
    /// The limit as a fraction (above 0, up to 1) of the groups that conditions leave, rounded down, at least one: "the top
    /// fifth of the customers". Instead of `limit`.
    #[serde(default)]
    pub limit_share: Option<f64>,
    /// Leaves out so many of the first rows, 1 to 10,000, before the limit counts: "everything outside the top 1,000", "the
    /// second best". With `limit_per` of each group.
    #[serde(default)]
    pub skip: Option<u32>,
    /// Keeps the rows of the first groups of one of the dimensions, which are ranked for themselves under the same
    /// conditions on rows: "of the 5 largest departments the best aisle each".
    #[serde(default)]
    pub within_top: Option<TopGroups>,
    /// Keeps the fewest groups that together make this share (a fraction) of the first metric, largest first, the one that
    /// crosses it included, and adds the columns `cumulative_<metric>` and `cumulative_share`. The whole is the sum over all
    /// groups that conditions on metrics leave. With the summary `count`: "how many products make 80 % of the items". Where
    /// `order_by` begins with a dimension they are added up in that order: "running share by hour"; conditions on it then only
    /// say which rows are shown.
    #[serde(default)]
    pub cumulative_to: Option<f64>,
    /// One row about the groups instead of the groups, after conditions on metrics, `cumulative_to` and `limit`.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// Further summaries of the same groups, each in columns of its own behind those of `summary`: `max_items` beside
    /// `items`, and `groups` for `count`. Both are means, medians, smallest, largest or sums; `count` only stands here.
    #[serde(default)]
    pub summaries_beside: Vec<Summary>,
    /// Tells the summary for each value of some of the dimensions: one row a product about its customers.
    #[serde(default)]
    pub summary_by: Option<SummaryBy>,
    /// Some of the dimensions, within whose groups shares are taken: the share of each hour in its day's orders. Gives
    /// `share_of_total` its whole.
    #[serde(default)]
    pub share_within: Vec<String>,
}

impl MetricQuery {
    /// Whether a part is asked for.
    pub fn has_part(&self) -> bool {
        !self.part.is_empty() || !self.part_cohorts.is_empty()
    }
}

/// A summary that is told for each of some groups, and what is done with its rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryBy {
    /// Some of the question's dimensions, not all.
    pub dimensions: Vec<String>,
    /// Conditions on the summary's columns, all of which must hold: `groups`, `share_of_groups` or a metric.
    #[serde(default)]
    pub having: Vec<MetricFilter>,
    /// What its rows are ordered by: one of those columns; left out, the largest first.
    #[serde(default)]
    pub order_by: Option<OrderBy>,
    /// The most rows, 1 to 10,000; left out: all.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only how many rows are left, as `groups` and `share_of_groups`.
    #[serde(default)]
    pub count: bool,
}

/// The first of what a cohort is made of, by a figure of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortTop {
    /// The metric that they are ranked by, over the rows that meet `bought`, and which end comes first.
    pub by: OrderBy,
    /// How many, 1 to 10,000.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Instead of `limit` a fraction of all, rounded down, at least one.
    #[serde(default)]
    pub limit_share: Option<f64>,
    /// Leaves out so many of the first.
    #[serde(default)]
    pub skip: Option<u32>,
}

/// The first groups of a dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopGroups {
    /// One of the question's dimensions.
    pub dimension: String,
    /// The metric that its groups are ranked by, and which end comes first.
    pub by: OrderBy,
    /// How many are kept, 1 to 10,000.
    pub limit: u32,
}

/// Orders, customers or things of the catalogue by what was bought, and by figures of each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// What is meant.
    pub of: CohortOf,
    /// Conditions on one line; a line that meets all of them puts its order, customer, … into the cohort. At least one, or
    /// `having`.
    #[serde(default)]
    pub bought: Vec<MetricFilter>,
    /// Those that are not in it: "never bought".
    #[serde(default)]
    pub not: bool,
    /// Conditions on metrics of each one, over the rows that meet `bought`; all must hold: customers with `bought` alcohol
    /// and `having` at least 2 `orders` bought alcohol in two orders or more; orders `having` at least 10 `aisles` touch ten.
    #[serde(default)]
    pub having: Vec<MetricFilter>,
    /// With `having`: the rows that `part_of_<metric>` (a fraction of each one's) and `part_<metric>` (how much) in it are
    /// about: customers more than half of whose items are organic have the part `organic` = 1 and `part_of_items` > 0.5.
    #[serde(default)]
    pub part: Vec<MetricFilter>,
    /// With `having`: its metrics are taken for each value of this dimension apart, and one that meets the conditions is
    /// enough: customers who bought the same product 20 times have `items` >= 20 per `product_id`.
    #[serde(default)]
    pub per: Option<String>,
    /// Only the first of those, ranked for themselves: the 100 customers with the most orders, the busiest hour. Instead of
    /// or beside `bought` and `having`.
    #[serde(default)]
    pub top: Option<CohortTop>,
}

/// What is in a cohort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CohortOf {
    /// Orders that hold such a line.
    Orders,
    /// Customers who ever bought such a line.
    #[default]
    Customers,
    /// Products of such lines.
    Products,
    /// Aisles of such lines.
    Aisles,
    /// Departments of such lines.
    Departments,
    /// Hours of the day; with `having` or `top`, like the kinds below.
    Hours,
    /// Days of the week.
    Days,
    /// Parts of the day.
    DayParts,
    /// Segments of customers.
    Segments,
}

/// A part of the rows under a name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// What the rows of this slice are called, 1 to 80 characters.
    pub label: String,
    /// Conditions beside those of the question.
    #[serde(default)]
    pub filters: Vec<MetricFilter>,
    /// Cohorts beside those of the question.
    #[serde(default)]
    pub cohorts: Vec<Cohort>,
}

/// What one row says about the groups that the question leaves (after thresholds and the cut).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// How many there are, as `groups`, and `share_of_groups`, their fraction of the groups there were before conditions on
    /// metrics and cuts. Those are the groups that a listing would have: with empty ones where `include_empty` says so,
    /// which is its default but for `cumulative_to` and for the largest alone. A note says which.
    Count,
    /// The plain mean of the groups' values, under each column's own name; groups without a value are left out.
    Mean,
    /// Their median.
    Median,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
    /// How strongly the values of exactly two metrics go together over the groups, as `correlation`: Pearson's coefficient,
    /// from -1 to 1.
    Correlation,
}

impl Summary {
    /// The name as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Correlation => "correlation",
        }
    }
}

/// A condition on a dimension (which rows count) or on a metric (which groups are shown).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// A dimension or a metric.
    pub field: String,
    /// How it is compared.
    pub op: FilterOp,
    /// One value; two for `between` (both ends included); one to 1,000 for `in`, `not_in`,
    /// `contains` and `not_contains`.
    /// Names are compared without regard to case. Rates are fractions: 0.65, not 65.
    /// A bound on a metric may be `"overall"`: the metric over all groups together, under the same conditions on rows; or
    /// `"mean"`: the plain mean of the values of all groups; or `"of yogurt"`: the value of the group of that name, with
    /// one dimension.
    pub values: Vec<FilterValue>,
}

/// How a field is compared with values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FilterOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// One of.
    In,
    /// None of.
    NotIn,
    /// Less than.
    Lt,
    /// At most.
    Le,
    /// More than.
    Gt,
    /// At least.
    Ge,
    /// From the first to the second value, both included.
    Between,
    /// A name that holds one of the values as a part, without regard to case.
    Contains,
    /// A name that holds none of them.
    NotContains,
}

impl FilterOp {
    /// The name as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Between => "between",
            Self::Contains => "contains",
            Self::NotContains => "not_contains",
        }
    }

    /// Whether it names the values it wants, rather than a range or what it does not want.
    pub fn picks(self) -> bool {
        matches!(self, Self::Eq | Self::In)
    }
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FilterValue {
    /// Without a fraction.
    Integer(i64),
    /// With a fraction.
    Number(f64),
    /// A name.
    Text(String),
}

impl FilterValue {
    /// The number that it is; nothing of a name. Integers beyond 2^53 lose their last digits.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "bounds that are asked for are far below 2^53")]
            Self::Integer(value) => Some(*value as f64),
            Self::Number(value) => Some(*value),
            Self::Text(_) => None,
        }
    }
}

impl From<i64> for FilterValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for FilterValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for FilterValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl std::fmt::Display for FilterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::Text(value) => write!(f, "{value:?}"),
        }
    }
}

/// One key of the order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBy {
    /// A metric, a dimension of the query, `share_of_<metric>` or `part_of_<metric>`; with `contrast` one of its columns, or `distance`, the size
    /// of the difference whichever is more.
    pub field: String,
    /// Which end comes first; left out: a metric's own default, dimensions ascending.
    #[serde(default)]
    pub direction: Option<Direction>,
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

impl MetricQuery {
    /// Asks for these metrics.
    pub fn of<S: Into<String>>(metrics: impl IntoIterator<Item = S>) -> Self {
        Self { metrics: metrics.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Groups by these dimensions.
    pub fn by<S: Into<String>>(mut self, dimensions: impl IntoIterator<Item = S>) -> Self {
        self.dimensions = dimensions.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a condition.
    pub fn filter<V: Into<FilterValue>>(
        mut self,
        field: impl Into<String>,
        op: FilterOp,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.filters.push(MetricFilter { field: field.into(), op, values });
        self
    }

    /// Adds a key to the order.
    pub fn order(mut self, field: impl Into<String>, direction: Direction) -> Self {
        self.order_by.push(OrderBy { field: field.into(), direction: Some(direction) });
        self
    }

    /// Cuts after so many rows.
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = Some(rows);
        self
    }

    /// Adds shares of the total.
    pub fn with_share(mut self) -> Self {
        self.share_of_total = true;
        self
    }
}
