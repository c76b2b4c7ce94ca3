//! What the planner can mean: typed arguments of the tools, and how the answer is told.
//!
//! An [`Intent`] is kept in the session, so that the next question can edit it. This is the one place of the agent
//! that names tools: it builds their own argument structs.

use domain::answer::Note;
use query::metrics::MetricQuery;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tools::{
    customer_profile::CustomerProfileArgs, describe_data::DescribeDataArgs, get_product::GetProductArgs,
    popular_products::PopularProductsArgs, purchase_history::PurchaseHistoryArgs, recommend::RecommendArgs,
    related_products::RelatedProductsArgs, score_products::ScoreProductsArgs,
    search_catalog::SearchCatalogArgs, segment_popularity::SegmentPopularityArgs,
    similar_customers::SimilarCustomersArgs,
};

use crate::plan::PlannedCall;

/// How the rows of a metric question are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// One number.
    Single,
    /// One row at an end of a ranking.
    Extreme,
    /// Several rows of a ranking.
    Ranking,
    /// Every row.
    Breakdown,
}

/// A metric question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MetricIntent {
    /// The tool's arguments.
    pub(crate) query: MetricQuery,
    /// How it is told.
    pub(crate) shape: Shape,
    /// Whether a picture was asked for.
    pub(crate) chart: bool,
}

/// What of a customer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aspect {
    /// Everything.
    All,
    /// The segment.
    Segment,
    /// Days since the last order.
    Recency,
    /// Number of orders.
    Frequency,
    /// Items per order.
    Monetary,
}

/// What a question means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "intent", content = "arguments")]
#[expect(
    clippy::large_enum_variant,
    reason = "a plan has a handful of intents, and most of them are figures"
)]
pub(crate) enum Intent {
    /// A number or a table of numbers.
    Metric(MetricIntent),
    /// Products, aisles or departments by words.
    Search(SearchCatalogArgs),
    /// One product.
    Product(GetProductArgs),
    /// What to buy.
    Recommend(RecommendArgs),
    /// Bought together, or similar.
    Related(RelatedProductsArgs),
    /// Best sellers.
    Popular(PopularProductsArgs),
    /// What a segment buys.
    SegmentPopularity(SegmentPopularityArgs),
    /// Who a customer is.
    Profile(CustomerProfileArgs, Aspect),
    /// Customers with the same taste.
    SimilarCustomers(SimilarCustomersArgs),
    /// What a customer has bought.
    History(PurchaseHistoryArgs),
    /// How likely the next order holds something.
    WillBuy(ScoreProductsArgs),
    /// What the data is.
    Describe(DescribeDataArgs),
}

/// What a message means, with what should be said about its reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// At least one; several are called side by side and told one after the other.
    pub(crate) intents: Vec<Intent>,
    /// Corrections and choices of reading.
    pub(crate) notes: Vec<Note>,
}

impl Plan {
    /// The only intent; `None` where there are several.
    pub(crate) fn single(&self) -> Option<&Intent> {
        if let [intent] = self.intents.as_slice() { Some(intent) } else { None }
    }

    /// One call an intent, in their order, with the ids `e1`, `e2`, ….
    pub(crate) fn calls(&self) -> Result<Vec<PlannedCall>, serde_json::Error> {
        let call = |(at, intent): (usize, &Intent)| {
            let (tool, arguments) = intent.call()?;
            Ok(PlannedCall { id: call_id(at), tool: tool.into(), arguments })
        };
        self.intents.iter().enumerate().map(call).collect()
    }
}

/// The id of a plan's call, and so of its evidence: `e1` for the first.
pub(crate) fn call_id(at: usize) -> String {
    format!("e{}", at + 1)
}

impl Intent {
    /// The tool's name and its arguments.
    pub(crate) fn call(&self) -> Result<(&'static str, Value), serde_json::Error> {
        Ok(match self {
            Self::Metric(intent) => ("query_metrics", serde_json::to_value(&intent.query)?),
            Self::Search(args) => ("search_catalog", serde_json::to_value(args)?),
            Self::Product(args) => ("get_product", serde_json::to_value(args)?),
            Self::Recommend(args) => ("recommend", serde_json::to_value(args)?),
            Self::Related(args) => ("related_products", serde_json::to_value(args)?),
            Self::Popular(args) => ("popular_products", serde_json::to_value(args)?),
            Self::SegmentPopularity(args) => ("segment_popularity", serde_json::to_value(args)?),
            Self::Profile(args, _) => ("customer_profile", serde_json::to_value(args)?),
            Self::SimilarCustomers(args) => ("similar_customers", serde_json::to_value(args)?),
            Self::History(args) => ("purchase_history", serde_json::to_value(args)?),
            Self::WillBuy(args) => ("score_products", serde_json::to_value(args)?),
            Self::Describe(args) => ("describe_data", serde_json::to_value(args)?),
        })
    }
}
