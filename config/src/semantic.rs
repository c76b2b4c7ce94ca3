//! The semantic model: what the metrics mean, in MetricFlow's words.
//!
//! A semantic model is a table with its entities (keys), dimensions (what one groups and filters by) and measures
//! (aggregations). A metric is made of measures or of other metrics. Joins are not written down: a foreign entity
//! of one semantic model leads to the semantic model where the same entity is primary, always many rows to one,
//! so a join can never multiply rows.
//! Input: `semantic.toml` (compiled in) or any text of the same schema. Output: a checked [`SemanticModel`].
//! Makes no SQL: that is `query::metrics`.
//! Vocabulary: <https://docs.getdbt.com/docs/build/about-metricflow>.

mod check;
mod form;
mod rollup;

use domain::answer::Format;
use serde::{Deserialize, Serialize};

pub use check::SemanticError;
pub use rollup::{Held, KeptIn, Rollup, Stored};

/// The model as shipped.
pub const SEMANTIC_TOML: &str = include_str!("../semantic.toml");

/// The version of the schema that this build reads.
pub const SEMANTIC_VERSION: u32 = 1;

/// Tables with their keys, dimensions and measures, and the metrics over them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemanticModel {
    /// [`SEMANTIC_VERSION`].
    pub version: u32,
    /// What an entity is called, for labels and for the words people use.
    pub entities: Vec<EntityName>,
    /// The tables.
    pub semantic_models: Vec<TableModel>,
    /// What can be asked for.
    pub metrics: Vec<Metric>,
    /// Measures summed up in advance.
    #[serde(default)]
    pub rollups: Vec<Rollup>,
}

/// How people call one kind of thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityName {
    /// Snake case, singular: `customer`.
    pub name: String,
    /// For one: "customer".
    pub label: String,
    /// For several: "customers".
    pub plural_label: String,
    /// Further words for it, lowercase.
    #[serde(default)]
    pub synonyms: Vec<String>,
}

/// One table with its keys, dimensions and measures (MetricFlow's "semantic model").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableModel {
    /// Snake case, unique.
    pub name: String,
    /// The table in SQL.
    pub table: String,
    /// What a row is.
    pub description: String,
    /// Whether the table lists every group there is, so that a group without facts counts 0 instead of being left out.
    #[serde(default)]
    pub spine: bool,
    /// A dimension of this table of which every question must take one value or group by: rows of different values are
    /// different tellings of the same thing, and must not be added up.
    #[serde(default)]
    pub one_of: Option<String>,
    /// The keys.
    pub entities: Vec<Entity>,
    /// What one groups and filters by.
    #[serde(default)]
    pub dimensions: Vec<Dimension>,
    /// What is aggregated.
    #[serde(default)]
    pub measures: Vec<Measure>,
}

/// A key of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// One of [`SemanticModel::entities`].
    pub name: String,
    /// Whether a row is one of these or only points at one.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// The key's column.
    pub expr: String,
}

/// Whether a row is the thing or points at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// Unique in the table.
    Primary,
    /// Points at the table where the entity is primary.
    Foreign,
}

/// What one groups and filters by. Its name is the name of the column that a result shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Snake case, unique in the whole model.
    pub name: String,
    /// The column.
    pub expr: String,
    /// Names or numbers.
    #[serde(rename = "type")]
    pub kind: DimensionKind,
    /// The entity that it names or identifies: grouping is then by the entity's key, not by the text.
    #[serde(default)]
    pub entity: Option<String>,
    /// The column under which the entity's key is shown beside a name; left out, the key is not shown.
    #[serde(default)]
    pub key_column: Option<String>,
    /// For one: "hour of the day".
    pub label: String,
    /// For several: "hours of the day".
    pub plural_label: String,
    /// Further words for it, lowercase.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// How a value is written.
    pub format: Format,
    /// The least and the greatest value, where they are known.
    #[serde(default)]
    pub domain: Option<Domain>,
    /// Every value there is, with its words, where they are few.
    #[serde(default)]
    pub values: Vec<DimensionValue>,
    /// Whether the column may be null.
    #[serde(default)]
    pub nullable: bool,
    /// What a reader should know when it is used.
    #[serde(default)]
    pub note: Option<String>,
}

/// Names or numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DimensionKind {
    /// Text; compared without regard to case.
    Categorical,
    /// Numbers; can be compared by size.
    Numeric,
}

/// A closed range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
}

/// One value of a dimension with few values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DimensionValue {
    /// As it stands in the table (numbers as text).
    pub value: String,
    /// How it is called.
    pub label: String,
    /// Further words for it, lowercase.
    #[serde(default)]
    pub synonyms: Vec<String>,
}

/// An aggregation over a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Snake case, unique in the whole model.
    pub name: String,
    /// How rows become one number.
    pub agg: Aggregation,
    /// The column; left out for `count`, which then counts rows, and where `entity` says what is counted.
    #[serde(default)]
    pub expr: Option<String>,
    /// For `count_distinct`: whose different ones are counted, where the key stands in a table that the keys lead to.
    #[serde(default)]
    pub entity: Option<String>,
    /// Only rows of the table for which this holds.
    #[serde(default)]
    pub filter: Option<MeasureFilter>,
    /// What a reader should know when this measure was taken instead of a metric's first one.
    #[serde(default)]
    pub note: Option<String>,
}

/// A condition on one of the table's own columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureFilter {
    /// The column.
    pub expr: String,
    /// How it is compared.
    pub op: Comparison,
    /// With what.
    pub value: Scalar,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `=`
    Eq,
    /// `<>`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// A number or a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// Without a fraction.
    Integer(i64),
    /// With a fraction.
    Number(f64),
    /// Text.
    Text(String),
}

/// How rows become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Rows, or values that are not null.
    Count,
    /// Different values.
    CountDistinct,
    /// Total.
    Sum,
    /// Arithmetic mean of the values that are not null.
    Avg,
    /// Middle value; the mean of the two middle ones where there are two.
    Median,
    /// Least value.
    Min,
    /// Greatest value.
    Max,
}

impl Aggregation {
    /// Whether a group without rows has the value 0 rather than none.
    pub fn is_zero_when_empty(self) -> bool {
        matches!(self, Self::Count | Self::CountDistinct | Self::Sum)
    }

    /// Whether a part can be divided by the whole: "28.9 % of all".
    pub fn has_share(self) -> bool {
        self.is_zero_when_empty()
    }
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "form::MetricForm", into = "form::MetricForm")]
pub struct Metric {
    /// Snake case, unique among metrics and dimensions; the name of its column.
    pub name: String,
    /// How it is made.
    pub definition: MetricDefinition,
    /// As a heading or in a sentence: "reorder rate".
    pub label: String,
    /// The definition, in a sentence.
    pub description: String,
    /// What it is counted in: `items`, `orders`, `days`; empty for rates.
    pub unit: String,
    /// How a value is written.
    pub format: Format,
    /// Further words for it, lowercase.
    pub synonyms: Vec<String>,
    /// Whether more of it is good news.
    pub higher_is: HigherIs,
    /// How a ranking by it is sorted unless asked otherwise.
    pub default_order: SortOrder,
    /// How much there must be before something is ranked by it.
    pub min_support: Option<MinSupport>,
    /// The words for its share of the total, where that makes sense.
    pub share: Option<Share>,
    /// What a reader should know whenever it is shown.
    pub note: Option<String>,
}

/// How a metric is made.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricDefinition {
    /// One measure.
    Simple {
        /// The first of these measures whose table reaches every dimension of the question is taken:
        /// they mean the same, from the cheapest table to the most detailed one.
        measures: Vec<String>,
    },
    /// One metric divided by another; null where the other is 0.
    Ratio {
        /// A metric.
        numerator: String,
        /// A metric.
        denominator: String,
    },
    /// Arithmetic (`+ - * /`, parentheses, numbers) over metrics by name.
    Derived {
        /// For example `products - products_bought`.
        expr: String,
    },
}

/// Whether more of something is good news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HigherIs {
    /// Yes.
    Better,
    /// No.
    Worse,
    /// Neither.
    #[default]
    Neutral,
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    /// Largest first.
    #[default]
    Desc,
    /// Smallest first.
    Asc,
}

/// How much there must be of something before it is ranked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinSupport {
    /// The entity that is ranked: `product`.
    pub entity: String,
    /// The metric that counts: `items`.
    pub metric: String,
    /// The least value of it.
    pub at_least: f64,
    /// What is told when it was applied.
    pub note: String,
}

/// The words for a share of the total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// "share of items".
    pub label: String,
    /// Further words for it, lowercase.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// What a reader should know when it is shown.
    #[serde(default)]
    pub note: Option<String>,
    /// The metric that it is a share of where this one is counted by lines: orders that hold a product are a share of
    /// the orders that have lines. Left out: the metric itself.
    #[serde(default)]
    pub whole: Option<String>,
}

impl SemanticModel {
    /// Reads and checks a model.
    pub fn parse(text: &str) -> Result<Self, SemanticError> {
        let model: Self =
            toml::from_str(text).map_err(|e| SemanticError::Malformed(e.to_string().trim().to_owned()))?;
        check::check(&model)?;
        Ok(model)
    }

    /// The model as shipped.
    pub fn builtin() -> Result<Self, SemanticError> {
        Self::parse(SEMANTIC_TOML)
    }

    /// A metric by name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// A dimension by name, with the table that it stands in.
    pub fn dimension(&self, name: &str) -> Option<(&TableModel, &Dimension)> {
        self.semantic_models
            .iter()
            .find_map(|table| table.dimensions.iter().find(|d| d.name == name).map(|d| (table, d)))
    }

    /// Every dimension, with the table that it stands in.
    pub fn dimensions(&self) -> impl Iterator<Item = (&TableModel, &Dimension)> {
        self.semantic_models.iter().flat_map(|table| table.dimensions.iter().map(move |d| (table, d)))
    }

    /// A measure by name, with the table that it is taken over.
    pub fn measure(&self, name: &str) -> Option<(&TableModel, &Measure)> {
        self.semantic_models
            .iter()
            .find_map(|table| table.measures.iter().find(|m| m.name == name).map(|m| (table, m)))
    }

    /// The table where an entity is primary; `None` for an entity that is only pointed at.
    pub fn home_of(&self, entity: &str) -> Option<&TableModel> {
        self.semantic_models
            .iter()
            .find(|table| table.entity(entity).is_some_and(|candidate| candidate.kind == EntityKind::Primary))
    }

    /// The words for an entity.
    pub fn entity(&self, name: &str) -> Option<&EntityName> {
        self.entities.iter().find(|entity| entity.name == name)
    }
}

impl TableModel {
    /// A key by its entity.
    pub fn entity(&self, name: &str) -> Option<&Entity> {
        self.entities.iter().find(|entity| entity.name == name)
    }
}

impl Metric {
    /// The metrics that it is made of; none for a simple one.
    pub fn inputs(&self) -> Vec<String> {
        match &self.definition {
            MetricDefinition::Simple { .. } => Vec::new(),
            MetricDefinition::Ratio { numerator, denominator } => {
                vec![numerator.clone(), denominator.clone()]
            }
            MetricDefinition::Derived { expr } => tokens(expr)
                .into_iter()
                .filter_map(|token| match token {
                    Token::Metric(name) => Some(name),
                    Token::Other(_) => None,
                })
                .collect(),
        }
    }
}

/// A piece of a derived metric's arithmetic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A metric's name.
    Metric(String),
    /// A number, an operator, a parenthesis or a blank, as written.
    Other(String),
}

/// Cuts a derived metric's arithmetic into names and the rest.
pub fn tokens(expr: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    for c in expr.chars() {
        let continues_word = c == '_' || c.is_ascii_alphabetic() || (c.is_ascii_digit() && !word.is_empty());
        if continues_word {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            tokens.push(Token::Metric(std::mem::take(&mut word)));
        }
        tokens.push(Token::Other(c.to_string()));
    }
    if !word.is_empty() {
        tokens.push(Token::Metric(word));
    }
    tokens
}

#[cfg(test)]
mod tests;
