//! What must hold of a semantic model before anything is compiled from it.
//!
//! Names are unique and fit for a column, every reference exists, nothing refers to itself in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Aggregation, Dimension, EntityKind, KeptIn, Measure, Metric, MetricDefinition, Rollup, SEMANTIC_VERSION,
    SemanticModel, TableModel, Token, tokens,
};

/// Why a semantic model is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SemanticError {
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    #[error("semantic model: {0}")]
    Malformed(String),
    /// Written for another build.
    #[error("semantic model: version is {0}, this build reads version {SEMANTIC_VERSION}")]
    Version(u32),
    /// A name that cannot be a column.
    #[error(
        "semantic model: the {kind} name {name:?} must be lowercase letters, digits and underscores, letter first"
    )]
    Name {
        /// What is named.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The same name twice.
    #[error("semantic model: the {kind} {name:?} is defined twice")]
    Duplicate {
        /// What is named.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A reference to something that does not exist.
    #[error("semantic model: {at} refers to the {kind} {name:?}, which is not defined; defined are: {known}")]
    Unknown {
        /// Where the reference stands.
        at: String,
        /// What it should be.
        kind: &'static str,
        /// The name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Something that cannot be computed.
    #[error("semantic model: {at}: {problem}")]
    Inconsistent {
        /// Where.
        at: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

pub(super) fn check(model: &SemanticModel) -> Result<(), SemanticError> {
    if model.version != SEMANTIC_VERSION {
        return Err(SemanticError::Version(model.version));
    }
    check_names(model)?;
    for table in &model.semantic_models {
        check_table(model, table)?;
    }
    for metric in &model.metrics {
        check_metric(model, metric)?;
    }
    for metric in &model.metrics {
        refuse_circle(model, metric, &mut Vec::new())?;
    }
    for rollup in &model.rollups {
        check_rollup(model, rollup)?;
    }
    Ok(())
}

fn check_rollup(model: &SemanticModel, rollup: &Rollup) -> Result<(), SemanticError> {
    let at = format!("rollup {:?}", rollup.name);
    identifier("rollup", &rollup.name)?;
    unique("dimension of a rollup", rollup.dimensions.iter().map(String::as_str))?;
    let tables = model.semantic_models.iter().map(|table| table.name.as_str());
    known(&at, "semantic model", &rollup.semantic_model, tables)?;
    let Some(table) = model.rolled_up(rollup) else { return Ok(()) };
    if rollup.dimensions.is_empty() {
        let problem = "has no dimensions, name at least one".to_owned();
        return Err(SemanticError::Inconsistent { at, problem });
    }
    let dimensions: Vec<&str> = model.dimensions().map(|(_, dimension)| dimension.name.as_str()).collect();
    for dimension in &rollup.dimensions {
        known(&at, "dimension", dimension, dimensions.iter().copied())?;
        let reached = model.dimension(dimension).is_some_and(|(home, _)| model.reaches(table, home));
        if !reached {
            let problem = format!("{dimension:?} cannot be reached from {:?}", table.name);
            return Err(SemanticError::Inconsistent { at, problem });
        }
    }
    let Some(kept) = &rollup.kept_in else { return Ok(()) };
    for dimension in &kept.sorted_by {
        known(&at, "dimension of the rollup", dimension, rollup.dimensions.iter().map(String::as_str))?;
    }
    for held in &kept.held {
        for column in held.columns() {
            identifier("column", column)?;
        }
        known(&at, "dimension", &held.dimension, dimensions.iter().copied())?;
    }
    check_kept_in(&at, table, kept)
}

fn check_kept_in(at: &str, table: &TableModel, kept: &KeptIn) -> Result<(), SemanticError> {
    identifier("table", &kept.table)?;
    for (name, column) in &kept.columns {
        identifier("column", column)?;
        known(at, "measure", name, table.measures.iter().map(|measure| measure.name.as_str()))?;
        let measure = table.measures.iter().find(|measure| measure.name == *name);
        let adds_up = measure.is_some_and(|measure| {
            matches!(measure.agg, Aggregation::Count | Aggregation::Sum | Aggregation::CountDistinct)
        });
        if !adds_up {
            let problem = format!("{name:?} is neither a count nor a sum, leave it out");
            return Err(SemanticError::Inconsistent { at: at.to_owned(), problem });
        }
    }
    match &kept.rows {
        Some(rows) => identifier("column", &rows.expr),
        None => Ok(()),
    }
}

fn check_names(model: &SemanticModel) -> Result<(), SemanticError> {
    unique("entity", model.entities.iter().map(|e| e.name.as_str()))?;
    unique("semantic model", model.semantic_models.iter().map(|t| t.name.as_str()))?;
    unique("rollup", model.rollups.iter().map(|rollup| rollup.name.as_str()))?;
    unique("measure", model.semantic_models.iter().flat_map(|t| &t.measures).map(|m| m.name.as_str()))?;
    // One namespace: filters and orders name a metric or a dimension alike, and both become columns.
    let dimensions = model.dimensions().map(|(_, d)| d.name.as_str());
    unique("metric or dimension", dimensions.chain(model.metrics.iter().map(|m| m.name.as_str())))?;
    for table in &model.semantic_models {
        identifier("table", &table.table)?;
        unique("entity of a semantic model", table.entities.iter().map(|e| e.name.as_str()))?;
    }
    let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
    for table in &model.semantic_models {
        for entity in table.entities.iter().filter(|e| e.kind == EntityKind::Primary) {
            if let Some(other) = homes.insert(&entity.name, &table.name) {
                return Err(SemanticError::Inconsistent {
                    at: format!("semantic model {:?}", table.name),
                    problem: format!(
                        "the entity {:?} is already primary in {other:?}; it can be primary in one table only",
                        entity.name
                    ),
                });
            }
        }
    }
    Ok(())
}

fn check_table(model: &SemanticModel, table: &TableModel) -> Result<(), SemanticError> {
    let at = format!("semantic model {:?}", table.name);
    for entity in &table.entities {
        identifier("key column", &entity.expr)?;
        known(&at, "entity", &entity.name, model.entities.iter().map(|e| e.name.as_str()))?;
    }
    for dimension in &table.dimensions {
        check_dimension(table, dimension)?;
    }
    for measure in &table.measures {
        check_measure(model, measure)?;
    }
    if let Some(name) = &table.one_of {
        let at = format!("one_of of semantic model {:?}", table.name);
        known(&at, "dimension", name, table.dimensions.iter().map(|d| d.name.as_str()))?;
    }
    Ok(())
}

fn check_dimension(table: &TableModel, dimension: &Dimension) -> Result<(), SemanticError> {
    let at = format!("dimension {:?}", dimension.name);
    let inconsistent =
        |problem: &str| SemanticError::Inconsistent { at: at.clone(), problem: problem.to_owned() };
    identifier("column", &dimension.expr)?;
    if let Some(domain) = dimension.domain
        && (domain.min > domain.max || dimension.kind == super::DimensionKind::Categorical)
    {
        return Err(inconsistent("a domain needs a numeric dimension and min <= max"));
    }
    if let Some(column) = &dimension.key_column {
        identifier("key column", column)?;
        if dimension.entity.is_none() {
            return Err(inconsistent("key_column needs entity, the entity whose key is shown"));
        }
    }
    if let Some(name) = &dimension.entity {
        let entity = table.entity(name);
        known(&at, "entity", name, table.entities.iter().map(|e| e.name.as_str()))?;
        // A name belongs to exactly one key only where the key is unique.
        if entity.is_some_and(|e| e.kind == EntityKind::Foreign && e.expr != dimension.expr) {
            return Err(inconsistent("it can name an entity only in the table where the entity is primary"));
        }
    }
    Ok(())
}

fn check_measure(model: &SemanticModel, measure: &Measure) -> Result<(), SemanticError> {
    let at = format!("measure {:?}", measure.name);
    if let Some(filter) = &measure.filter {
        identifier("filter column", &filter.expr)?;
    }
    if let Some(column) = &measure.expr {
        return identifier("measure column", column);
    }
    if let (Some(entity), Aggregation::CountDistinct) = (&measure.entity, measure.agg) {
        return known(&at, "entity", entity, model.entities.iter().map(|e| e.name.as_str()));
    }
    if measure.agg == Aggregation::Count {
        return Ok(());
    }
    Err(SemanticError::Inconsistent { at, problem: "only agg = \"count\" may leave expr out".to_owned() })
}

fn check_metric(model: &SemanticModel, metric: &Metric) -> Result<(), SemanticError> {
    let at = format!("metric {:?}", metric.name);
    let metrics = || model.metrics.iter().map(|m| m.name.as_str());
    if let MetricDefinition::Derived { expr } = &metric.definition {
        check_arithmetic(&at, expr)?;
    }
    for input in metric.inputs() {
        known(&at, "metric", &input, metrics())?;
    }
    match &metric.definition {
        MetricDefinition::Simple { measures } => {
            if measures.is_empty() {
                return Err(SemanticError::Inconsistent {
                    at,
                    problem: "measures must not be empty".to_owned(),
                });
            }
            for measure in measures {
                let all = model.semantic_models.iter().flat_map(|t| &t.measures).map(|m| m.name.as_str());
                known(&at, "measure", measure, all)?;
            }
        }
        MetricDefinition::Ratio { .. } | MetricDefinition::Derived { .. } => {}
    }
    let shares = match &metric.definition {
        MetricDefinition::Simple { measures } => {
            measures.iter().all(|name| model.measure(name).is_some_and(|(_, m)| m.agg.has_share()))
        }
        _ => false,
    };
    if let Some(whole) = metric.share.as_ref().and_then(|share| share.whole.as_ref()) {
        known(&at, "metric", whole, metrics())?;
    }
    if metric.share.is_some() && !shares {
        let problem = "a share needs a simple metric over count, count_distinct or sum".to_owned();
        return Err(SemanticError::Inconsistent { at, problem });
    }
    if let Some(support) = &metric.min_support {
        known(&at, "metric", &support.metric, metrics())?;
        known(&at, "entity", &support.entity, model.entities.iter().map(|e| e.name.as_str()))?;
    }
    Ok(())
}

/// Only names, numbers, `+ - * /`, parentheses and blanks: the text goes into SQL as it stands.
fn check_arithmetic(at: &str, expr: &str) -> Result<(), SemanticError> {
    let parts = tokens(expr);
    let strange = parts.iter().find_map(|token| match token {
        Token::Other(text) if !text.chars().all(|c| c.is_ascii_digit() || "+-*/(). ".contains(c)) => {
            Some(text)
        }
        _ => None,
    });
    let problem = if let Some(text) = strange {
        format!("{expr:?} has {text:?}; use metric names, numbers, + - * / and parentheses")
    } else if !parts.iter().any(|token| matches!(token, Token::Metric(_))) {
        format!("{expr:?} names no metric")
    } else if expr.contains("--") || expr.contains("/*") {
        format!("{expr:?} looks like an SQL comment; put blanks between operators")
    } else {
        return Ok(());
    };
    Err(SemanticError::Inconsistent { at: at.to_owned(), problem })
}

fn refuse_circle(
    model: &SemanticModel,
    metric: &Metric,
    path: &mut Vec<String>,
) -> Result<(), SemanticError> {
    if path.contains(&metric.name) {
        return Err(SemanticError::Inconsistent {
            at: format!("metric {:?}", metric.name),
            problem: format!("it is made of itself: {} -> {}", path.join(" -> "), metric.name),
        });
    }
    path.push(metric.name.clone());
    for input in metric.inputs() {
        if let Some(next) = model.metric(&input) {
            refuse_circle(model, next, path)?;
        }
    }
    path.pop();
    Ok(())
}

fn unique<'a>(kind: &'static str, names: impl Iterator<Item = &'a str>) -> Result<(), SemanticError> {
    let mut seen = BTreeSet::new();
    for name in names {
        identifier(kind, name)?;
        if !seen.insert(name) {
            return Err(SemanticError::Duplicate { kind, name: name.to_owned() });
        }
    }
    Ok(())
}

/// Names go into SQL unquoted, so they are checked here once and for all.
fn identifier(kind: &'static str, name: &str) -> Result<(), SemanticError> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Ok(());
    }
    Err(SemanticError::Name { kind, name: name.to_owned() })
}

fn known<'a>(
    at: &str,
    kind: &'static str,
    name: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), SemanticError> {
    if names.clone().any(|candidate| candidate == name) {
        return Ok(());
    }
    Err(SemanticError::Unknown {
        at: at.to_owned(),
        kind,
        name: name.to_owned(),
        known: names.collect::<Vec<_>>().join(", "),
    })
}
