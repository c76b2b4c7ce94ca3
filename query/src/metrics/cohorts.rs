//! Orders and customers by what they bought: the semi-joins that restrict which rows count.
//!
//! ```sql
//! WITH cohort_1 AS (SELECT lines.order_id AS id FROM order_lines AS lines JOIN … WHERE …)
//! … WHERE orders.order_id IN (SELECT id FROM cohort_1)
//! ```
//! A cohort is read from the lines, or from the orders where nothing is said of the lines, under the row policy like
//! everything else; one by figures of its own is in `figures`. It restricts every source of a question,
//! by the source's own key or one that its keys lead to. Equal cohorts are one part of the statement, `not` or not.

use config::semantic::{SemanticModel, TableModel};

use super::{
    conditions::Members,
    error::MetricError,
    frame::filters,
    joins::{ColumnAt, Reach},
    render::Text,
    rollups::of_cohort,
    scope::Scope,
};

/// The semantic model with what was bought.
pub(super) const LINES: &str = "lines";
/// The semantic model with what was ordered when.
const ORDERS: &str = "orders";

/// The table that cohorts are read from.
fn lines(model: &SemanticModel) -> Option<&TableModel> {
    model.semantic_models.iter().find(|table| table.name == LINES)
}

/// What a cohort is read from: the orders where its conditions need no line, so that orders of unknown items count too;
/// else a rollup of the lines that tells as much in fewer rows, or the lines.
fn source<'m>(model: &'m SemanticModel, scope: &Scope, cohort: &Members<'m>) -> Option<Reach<'m>> {
    let orders = model.semantic_models.iter().find(|table| table.name == ORDERS);
    let knows = |reach: &Reach<'m>| {
        cohort.column(reach).is_some() && cohort.bought.iter().all(|filter| filters(reach, filter))
    };
    let placed = orders.map(|table| Reach::from(model, table)).filter(knows);
    let lines = || lines(model);
    let rolled_up = || of_cohort(model, scope, lines()?, cohort);
    placed.or_else(rolled_up).or_else(|| lines().map(|table| Reach::from(model, table)))
}

/// Whether the conditions of a cohort are on what a line knows.
pub(super) fn check(model: &SemanticModel, members: &Members<'_>) -> Result<(), MetricError> {
    let reach = lines(model).map(|table| Reach::from(model, table));
    let unknown = members.bought.iter().find(|filter| {
        reach.as_ref().is_none_or(|reach| reach.filter_column(filter.home, filter.dimension).is_none())
    });
    let Some(filter) = unknown else { return Ok(()) };
    let possible = model.dimensions().filter(|(home, dimension)| {
        reach.as_ref().is_some_and(|reach| reach.filter_column(home, dimension).is_some())
    });
    Err(MetricError::NotOfLines {
        dimension: filter.dimension.name.clone(),
        possible: possible.map(|(_, d)| d.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

impl Text<'_> {
    /// The columns of a table that the cohorts restrict, each with its cohort; cohorts whose key it has not are left out.
    pub(super) fn members<'c, 'm>(
        reach: &Reach<'m>,
        cohorts: &'c [Members<'m>],
    ) -> Vec<(ColumnAt<'m>, &'c Members<'m>)> {
        let keyed = cohorts.iter().map(|cohort| (cohort.column(reach), cohort));
        keyed.filter_map(|(key, cohort)| Some((key?, cohort))).collect()
    }

    /// The condition that a key is one of the cohort's, or is not.
    pub(super) fn is_member<'m>(
        &mut self,
        model: &'m SemanticModel,
        key: &str,
        cohort: &Members<'m>,
    ) -> String {
        let by_figures = cohort.figures.as_ref().and_then(|figures| self.by_figures(model, figures));
        let name = by_figures.unwrap_or_else(|| self.cohort(model, cohort));
        let not = if cohort.not { "NOT " } else { "" };
        format!("{key} {not}IN (SELECT id FROM {name})")
    }

    /// The part of the statement that lists a cohort's ids, made when it is first asked for.
    fn cohort<'m>(&mut self, model: &'m SemanticModel, cohort: &Members<'m>) -> String {
        let Some(reach) = source(model, self.scope, cohort) else { return String::new() };
        let conditions: Vec<_> = cohort
            .bought
            .iter()
            .filter(|filter| filters(&reach, filter))
            .filter_map(|filter| Some((reach.filter_column(filter.home, filter.dimension)?, filter)))
            .collect();
        let key = cohort.column(&reach);
        let columns: Vec<ColumnAt<'_>> =
            key.into_iter().chain(conditions.iter().map(|(at, _)| *at)).collect();
        let id = key.map_or_else(String::new, |key| reach.sql(key));
        let from = reach.joined_tables(&columns);
        // The text with its values instead of placeholders tells whether it is there already.
        let identity = format!(
            "{id} {:?}",
            conditions.iter().map(|(_, f)| (&f.dimension.name, f.op, &f.values)).collect::<Vec<_>>()
        );
        if let Some((_, name)) = self.cohorts.iter().find(|(known, _)| *known == identity) {
            return name.clone();
        }
        let own = reach.base_rows().map(|rows| self.measure_filter(reach.base_name(), rows));
        let bought = conditions.into_iter().map(|(at, filter)| self.row_filter(&reach.sql(at), filter));
        let conditions: Vec<String> = own.into_iter().chain(bought.collect::<Vec<_>>()).collect();
        let name = format!("cohort_{}", self.cohorts.len() + 1);
        self.part(&name, &format!("SELECT {id} AS id\n  {from}\n  WHERE {}", conditions.join(" AND ")));
        self.cohorts.push((identity, name.clone()));
        name
    }
}
