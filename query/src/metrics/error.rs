//! Why a metric question cannot be compiled. Every message names what would be right, so that whoever asked, a person
//! or a model, can ask again.

/// Why a metric question cannot be compiled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// No metric at all.
    #[error("the question names no metric; metrics are: {known}")]
    NoMetric {
        /// The metrics that exist.
        known: String,
    },
    /// Too many of something.
    #[error("the question has {found} {what}, at most {limit} are possible")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A name that is no metric.
    #[error("there is no metric {name:?}; metrics are: {known}")]
    UnknownMetric {
        /// As written.
        name: String,
        /// The metrics that exist.
        known: String,
    },
    /// A name that is no dimension.
    #[error("there is no dimension {name:?}; dimensions are: {known}")]
    UnknownDimension {
        /// As written.
        name: String,
        /// The dimensions that exist.
        known: String,
    },
    /// A filter or order on something that is neither.
    #[error(
        "{name:?} is neither a metric nor a dimension; dimensions are: {dimensions}; metrics are: {metrics}"
    )]
    UnknownField {
        /// As written.
        name: String,
        /// The dimensions that exist.
        dimensions: String,
        /// The metrics that exist.
        metrics: String,
    },
    /// A metric that does not exist by that dimension.
    #[error("{metric:?} cannot be asked by {dimension:?}; it can be asked by: {possible}")]
    NotByDimension {
        /// The metric.
        metric: String,
        /// The dimension.
        dimension: String,
        /// The dimensions that work.
        possible: String,
    },
    /// Metrics that work alone but not by all dimensions at once.
    #[error("{metric:?} cannot be asked by all of these together: {dimensions}; leave one of them out")]
    NotTogether {
        /// The metric.
        metric: String,
        /// The dimensions.
        dimensions: String,
    },
    /// A metric whose rows differ by a dimension of which the question takes no single value.
    #[error(
        "{metric:?} is told for each {dimension:?} apart; filter it to one value or group by it, the values are: {values}"
    )]
    NeedsOne {
        /// The metric.
        metric: String,
        /// The dimension.
        dimension: String,
        /// The values that exist.
        values: String,
    },
    /// A metric over a table that knows nothing of the orders or customers that are meant.
    #[error(
        "{metric:?} cannot be restricted to some {of}s: its rows do not belong to one {of}; choose another metric or leave the cohort out"
    )]
    NotByCohort {
        /// The metric.
        metric: String,
        /// `order` or `customer`.
        of: &'static str,
    },
    /// A cohort by something that is not known of what was bought.
    #[error("a cohort cannot be made by {dimension:?}, which no line has; it can be made by: {possible}")]
    NotOfLines {
        /// The dimension.
        dimension: String,
        /// The dimensions that work.
        possible: String,
    },
    /// A condition on a metric where rows are picked.
    #[error("{field:?} is a metric; {place} pick rows and must be on dimensions")]
    NotOnRows {
        /// Which conditions.
        place: &'static str,
        /// The metric.
        field: String,
    },
    /// A condition on a metric without groups.
    #[error(
        "a condition on {field:?} picks groups, and the question has none; name the dimension whose groups are meant"
    )]
    ThresholdWithoutDimension {
        /// The metric.
        field: String,
    },
    /// A field of the question that does not fit the rest of it.
    #[error("{field}: {problem}")]
    Misshapen {
        /// The field.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A comparison that makes no sense for the field.
    #[error("{op:?} does not work on {field:?}, which holds names; use eq, ne, in or not_in")]
    OpOnNames {
        /// The operator.
        op: &'static str,
        /// The field.
        field: String,
    },
    /// The wrong number of values.
    #[error("{op:?} on {field:?} takes {expected}, {found} given")]
    ValueCount {
        /// The operator.
        op: &'static str,
        /// The field.
        field: String,
        /// How many it takes, in words.
        expected: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A value of the wrong kind or outside what exists.
    #[error("{value} is no value of {field:?}: {expected}")]
    Value {
        /// The value.
        value: String,
        /// The field.
        field: String,
        /// What would be right.
        expected: String,
    },
    /// A share of something that has none.
    #[error("{field} needs a metric that has a share: {known}")]
    NoShare {
        /// `share_of_total` or `part`.
        field: &'static str,
        /// The metrics that have one.
        known: String,
    },
    /// A share without groups.
    #[error(
        "share_of_total needs a dimension: name the dimension whose parts are compared, and filter on it to see one part"
    )]
    ShareWithoutDimension,
    /// An order by something that is not in the result.
    #[error(
        "the rows cannot be ordered by {field:?}; name a metric, a dimension of the question, share_of_<metric> with share_of_total, or part_of_<metric> with part"
    )]
    Order {
        /// As written.
        field: String,
    },
    /// An order of a contrast by something else.
    #[error(
        "a contrast cannot be ordered by {field:?}; name first, second, difference, ratio or a dimension of the question"
    )]
    ContrastOrder {
        /// As written.
        field: String,
    },
    /// Numbers have no parts.
    #[error("{op} is for names, {field} is a number: use eq, in or between")]
    OpOnNumbers {
        /// The operator.
        op: &'static str,
        /// The field.
        field: String,
    },
    /// A limit out of range.
    #[error("limit is {0}, it must be from 1 to 10000")]
    Limit(u32),
}

impl MetricError {
    /// A stable name for the cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoMetric { .. } | Self::UnknownMetric { .. } => "unknown_metric",
            Self::UnknownDimension { .. } => "unknown_dimension",
            Self::UnknownField { .. } => "unknown_field",
            Self::NotByDimension { .. }
            | Self::NotTogether { .. }
            | Self::NeedsOne { .. }
            | Self::NotByCohort { .. }
            | Self::NotOfLines { .. } => "not_by_dimension",
            Self::TooMany { .. } | Self::Limit(_) => "out_of_range",
            Self::NotOnRows { .. }
            | Self::ThresholdWithoutDimension { .. }
            | Self::OpOnNames { .. }
            | Self::OpOnNumbers { .. }
            | Self::ValueCount { .. }
            | Self::Value { .. } => "invalid_filter",
            Self::NoShare { .. } | Self::ShareWithoutDimension => "no_share",
            Self::Order { .. } | Self::ContrastOrder { .. } => "invalid_order",
            Self::Misshapen { .. } => "invalid_question",
        }
    }
}
