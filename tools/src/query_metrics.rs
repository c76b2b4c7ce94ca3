//! `query_metrics`: figures by the definitions of the semantic model, the trusted way to a number.
//!
//! Arguments are a [`MetricQuery`]; it compiles to one statement with bound values, which is the evidence. Staff ask over
//! all rows, by rollups where the run has them. A shopper asks over their own: the engine's row policy filters customers'
//! tables, and no metric reads an aggregate over all customers (their [`Scope`] has no rollups), so that a ratio never
//! divides all customers' items by one customer's orders.

use async_trait::async_trait;
use domain::{
    answer::Note,
    principal::{Principal, Role},
};
use query::{
    Limits, QueryError,
    metrics::{CompiledQuery, FilterValue, MetricQuery, Scope, compile},
    tables::CUSTOMER_TABLES,
};

use crate::{
    contract::{ToolContext, ToolError, ToolLimits, ToolOutput, TypedTool},
    sql::{time_left, to_tool_error},
};

/// The dimension that names a customer.
const CUSTOMER_DIMENSION: &str = "user_id";

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueryMetrics;

#[async_trait]
impl TypedTool for QueryMetrics {
    type Args = MetricQuery;

    const NAME: &'static str = "query_metrics";
    const DESCRIPTION: &'static str = "Figures by definition: metrics (items, orders, reorder_rate, …) by dimensions \
        (department, aisle, order_hour_of_day, …), filtered, ordered, cut (also within groups, or to the groups that make \
        80 % of the whole), with shares of the total, the part that meets a condition, only orders or customers that did or \
        did not buy something, several slices side by side or contrasted, and one row about the groups.";
    const ROLES: &'static [Role] = &[Role::Shopper, Role::Analyst, Role::Admin];

    async fn run(&self, context: &ToolContext, args: MetricQuery) -> Result<ToolOutput, ToolError> {
        let run = &context.run;
        refuse_other_customers(&context.principal, &args)?;
        let scope = Scope::of(run.engine.as_ref(), context.principal.row_policy());
        let compiled = compile(&run.semantic, &args, run.engine.dialect(), &scope)
            .map_err(|error| ToolError::InvalidArguments(error.to_string()))?;
        let limits =
            Limits { rows: ToolLimits::default().max_rows, timeout: time_left(context), ..Limits::DEFAULT };
        let request = compiled.request().with_limits(limits).with_cancel(context.cancel.clone());
        let result = run.engine.execute(&request).await.map_err(failed)?;
        let mut output = ToolOutput::table(result.table, run.engine.name());
        output.truncated = result.truncated;
        output.parameters = compiled.parameters.iter().map(query::SqlValue::to_json).collect();
        output.notes = notes(context, &compiled);
        output.sql = Some(compiled.sql);
        Ok(output)
    }
}

/// What a failed statement of ours means: a column that it names and the run lacks was not published by the version that
/// made the run.
fn failed(error: QueryError) -> ToolError {
    match error {
        QueryError::Invalid(reason) if reason.contains("No field named") => ToolError::Unavailable(
            "its tables lack a column that this needs; run the pipeline again".to_owned(),
        ),
        other => to_tool_error(other),
    }
}

/// The row policy would give no rows; a refusal says why.
fn refuse_other_customers(principal: &Principal, query: &MetricQuery) -> Result<(), ToolError> {
    let own = principal.user_id().map(|user_id| FilterValue::Integer(i64::from(user_id.0)));
    let slices = query.slices.iter();
    let cohorts = query.cohorts.iter().chain(&query.part_cohorts);
    let cohorts = cohorts.chain(slices.clone().flat_map(|slice| &slice.cohorts));
    let bought = cohorts.flat_map(|cohort| cohort.bought.iter().chain(&cohort.part));
    let conditions = slices.flat_map(|slice| &slice.filters).chain(bought).chain(&query.part);
    let names_another = conditions
        .chain(&query.filters)
        .filter(|filter| filter.field == CUSTOMER_DIMENSION && filter.op.picks())
        .flat_map(|filter| &filter.values)
        .any(|value| Some(value) != own.as_ref());
    if names_another && !principal.role().is_staff() {
        return Err(ToolError::PermissionDenied("a shopper sees only their own data".to_owned()));
    }
    Ok(())
}

fn notes(context: &ToolContext, compiled: &CompiledQuery) -> Vec<Note> {
    let mut notes = compiled.notes.clone();
    let words = compiled.sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let over_customers = words.into_iter().any(|word| CUSTOMER_TABLES.contains(&word));
    if !context.principal.role().is_staff() && over_customers {
        notes.push(Note::new("own_rows", "These figures are over your own orders only."));
    }
    notes
}

#[cfg(test)]
mod tests {
    use config::semantic::{MetricDefinition, SemanticModel};
    use query::tables::has_customer_rows;

    /// Tables of the catalogue: the same for everybody, no aggregate over customers.
    const CATALOGUE: [&str; 3] = ["product_facts", "aisles", "departments"];
    /// What goes together, of all orders; it is open to all and tells of no customer.
    const PAIRS: &str = "affinity";

    /// The tables that a metric is taken from.
    fn tables<'m>(model: &'m SemanticModel, name: &str) -> Vec<&'m str> {
        let metric = model.metric(name).unwrap();
        let own = match &metric.definition {
            MetricDefinition::Simple { measures } => {
                measures.iter().map(|measure| model.measure(measure).unwrap().0.table.as_str()).collect()
            }
            _ => Vec::new(),
        };
        metric.inputs().iter().flat_map(|input| tables(model, input)).chain(own).collect()
    }

    #[test]
    fn no_metric_reads_an_aggregate_over_all_customers() {
        // Else a shopper's ratio could divide the items of all customers by their own orders.
        let model = SemanticModel::builtin().unwrap();
        for metric in &model.metrics {
            let tables = tables(&model, &metric.name);
            if tables.contains(&PAIRS) {
                assert!(tables.iter().all(|table| *table == PAIRS), "{} mixes {tables:?}", metric.name);
                continue;
            }
            for name in tables {
                assert!(has_customer_rows(name) || CATALOGUE.contains(&name), "{} reads {name}", metric.name);
            }
        }
    }
}
