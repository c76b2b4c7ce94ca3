//! Queries of single columns put side by side: what they agree on is the table, where they differ is a part or a share.

use query::metrics::{Cohort, CohortOf, FilterOp, MetricFilter, MetricQuery, Slice, Summary};

use super::{Asked, statistics};
use crate::builtin::{analytics::item::Noun, intent::Shape};

/// The columns in as few queries as can hold them; none where one cannot stand beside another. Columns that are `apart` are
/// of different rows: none is told as a part of another.
pub(super) fn side_by_side(columns: Vec<Asked>, apart: bool) -> Option<Asked> {
    let mut tables: Vec<Vec<Asked>> = Vec::new();
    for column in columns {
        let fits = tables.iter().position(|table| {
            let together: Vec<Asked> = table.iter().chain([&column]).cloned().collect();
            one_table(&together, apart).is_some()
        });
        match fits.and_then(|at| tables.get_mut(at)) {
            Some(table) => table.push(column),
            None => tables.push(vec![column]),
        }
    }
    let tables: Option<Vec<Asked>> = tables
        .into_iter()
        .map(|table| if table.len() > 1 { one_table(&table, apart) } else { table.into_iter().next() })
        .collect();
    let mut tables = tables?.into_iter();
    let mut first = tables.next()?;
    first.more.extend(tables.map(|table| (table.query, table.shape)));
    Some(first)
}

/// Whether the columns say more than the reading of the whole question at once: a figure, a part, a share that it left out,
/// in the same rows.
pub(super) fn adds(columns: &Asked, whole: &Asked) -> bool {
    let (table, one) = (&columns.query, &whole.query);
    let queries = || columns.more.iter().map(|(query, _)| query).chain([table]);
    let expected = |metric: &String| metric.starts_with("expected_");
    let forecast =
        one.metrics.iter().any(expected) && queries().flat_map(|query| &query.metrics).any(|m| !expected(m));
    // "day 0 and day 1: orders and share": a row for each of the named things, where the whole made one part of them.
    let named_rows = columns.more.is_empty()
        && one.dimensions.is_empty()
        && one.slices.is_empty()
        && one.has_part()
        && !table.dimensions.is_empty()
        && table.share_of_total
        && table.filters.iter().any(|filter| {
            filter.op == FilterOp::In && table.dimensions.contains(&filter.field) && one.part.contains(filter)
        });
    // "products and aisles in an order": means over the orders, of which the whole knew one.
    let means = columns.more.is_empty()
        && one.dimensions.is_empty()
        && table.dimensions == ["order_id"]
        && table.summary.is_some()
        && table.metrics.len() > one.metrics.len();
    // "the top 8 by reorders; show reorders and customers": what the clause of the ranking says it goes by.
    let ranked = columns.more.is_empty()
        && one.limit.is_some()
        && table.limit == one.limit
        && same_names(&table.dimensions, &one.dimensions)
        && same_names(&table.metrics, &one.metrics)
        && !table.order_by.is_empty()
        && table.order_by != one.order_by;
    if named_rows || means || ranked {
        return true;
    }
    let same_rows = queries()
        .all(|query| same_names(&query.dimensions, &one.dimensions) && query.slices.is_empty())
        && one.slices.is_empty()
        && !one.contrast;
    if !same_rows || forecast {
        return false;
    }
    let mut metrics: Vec<&String> = queries().flat_map(|query| &query.metrics).collect();
    metrics.sort();
    metrics.dedup();
    // One figure under several conditions is a comparison.
    let compares = metrics.len() == 1 && queries().count() > 1 && !queries().any(MetricQuery::has_part);
    let parts = queries().any(MetricQuery::has_part);
    let shares = queries().any(|query| query.share_of_total);
    let new = metrics.iter().any(|metric| !one.metrics.contains(metric));
    !compares
        && (metrics.len() > one.metrics.len()
            || new && (mixes(table) || averages(table, one))
            || parts && !one.has_part()
            || queries().any(|query| query.part_values) && !one.part_values
            || shares && !one.share_of_total && !one.has_part())
}

/// Whether one of its figures is the mean over customers of what the other only counts.
fn averages(table: &MetricQuery, counts: &MetricQuery) -> bool {
    let has = |query: &MetricQuery, name: &str| query.metrics.iter().any(|metric| metric == name);
    counts.metrics.iter().any(|count| {
        let mean = statistics::mean_over(count, Noun::Customer);
        !has(table, count) && mean.is_some_and(|mean| has(table, mean))
    })
}

/// Whether some of its figures are medians or extremes and others are not.
fn mixes(query: &MetricQuery) -> bool {
    let own = |metric: &&String| ["median_", "max_", "min_"].iter().any(|kind| metric.starts_with(kind));
    let of_kind = query.metrics.iter().filter(own).count();
    of_kind > 0 && of_kind < query.metrics.len()
}

/// One query for all columns; none where their rows differ or one query cannot hold them.
fn one_table(asked: &[Asked], apart: bool) -> Option<Asked> {
    let mut queries: Vec<MetricQuery> = asked.iter().map(|asked| asked.query.clone()).collect();
    same_cohorts(&mut queries);
    means_of_orders(&mut queries);
    let rows = rows(&queries)?;
    let base = shared(&queries);
    let mut table = MetricQuery {
        dimensions: rows.dimensions.clone(),
        filters: base.clone(),
        cohorts: rows.cohorts.clone(),
        order_by: rows.order_by.clone(),
        limit: rows.limit,
        limit_per: rows.limit_per.clone(),
        limit_share: rows.limit_share,
        skip: rows.skip,
        within_top: rows.within_top.clone(),
        include_empty: rows.include_empty,
        slices: rows.slices.clone(),
        summary: rows.summary,
        ..MetricQuery::default()
    };
    for query in &queries {
        add(&mut table, query, &base)?;
        if apart && table.has_part() {
            return None;
        }
    }
    let ranked = |shape: &Shape| matches!(shape, Shape::Ranking | Shape::Extreme);
    let shape = asked.iter().map(|asked| asked.shape).find(ranked);
    let shape = shape.or_else(|| asked.first().map(|asked| asked.shape))?;
    Some(Asked { query: table, shape, more: Vec::new(), told: Vec::new() })
}

/// Items per order beside the mean of another count over the orders: it is such a mean too.
fn means_of_orders(queries: &mut [MetricQuery]) {
    let of_orders =
        |query: &MetricQuery| query.dimensions == ["order_id"] && query.summary == Some(Summary::Mean);
    // Orders without items touch no aisles, and are left out of every mean.
    for query in queries.iter_mut().filter(|query| of_orders(query)) {
        query.include_empty = Some(false);
    }
    let Some(mean) = queries.iter().find(|query| of_orders(query)).cloned() else { return };
    for query in
        queries.iter_mut().filter(|query| query.metrics == ["basket_size"] && query.dimensions.is_empty())
    {
        query.metrics = vec!["items".to_owned()];
        query.dimensions.clone_from(&mean.dimensions);
        query.summary = mean.summary;
        query.include_empty = mean.include_empty;
        query.filters.push(MetricFilter { field: "items".into(), op: FilterOp::Ge, values: vec![1.into()] });
    }
}

/// Who bought it, as a condition on customers in one column and on lines in another: the customers are the same.
fn same_cohorts(queries: &mut [MetricQuery]) {
    let cohorts: Vec<Cohort> = queries.iter().flat_map(|query| query.cohorts.clone()).collect();
    for query in queries.iter_mut() {
        let owner = match query.metrics.as_slice() {
            [metric] if metric == "customers" => CohortOf::Customers,
            [metric] if metric == "orders" || metric == "baskets" => CohortOf::Orders,
            _ => continue,
        };
        for cohort in
            cohorts.iter().filter(|cohort| cohort.of == owner && !cohort.not && cohort.having.is_empty())
        {
            let all = cohort.bought.iter().all(|filter| query.filters.contains(filter));
            if all && !query.cohorts.contains(cohort) {
                query.filters.retain(|filter| !cohort.bought.contains(filter));
                query.cohorts.push(cohort.clone());
            }
        }
    }
}

/// The query that says what the rows are, where all agree.
fn rows(queries: &[MetricQuery]) -> Option<&MetricQuery> {
    let ranked = |query: &&MetricQuery| {
        query.limit.is_some()
            || query.limit_share.is_some()
            || query.within_top.is_some()
            || !query.order_by.is_empty()
    };
    let rows = queries.iter().find(ranked).or_else(|| queries.first())?;
    let agrees = |query: &MetricQuery| {
        let cut = |query: &MetricQuery| {
            (
                query.limit,
                query.limit_per.clone(),
                query.skip,
                query.within_top.clone(),
                query.order_by.clone(),
            )
        };
        let free = cut(query) == (None, Vec::new(), None, None, Vec::new()) && query.limit_share.is_none();
        same_names(&query.dimensions, &rows.dimensions)
            && (free || cut(query) == cut(rows))
            && query.slices == rows.slices
            && query.summary == rows.summary
            && query.cumulative_to.is_none()
            && !query.contrast
            && query.cohorts == rows.cohorts
    };
    queries.iter().all(agrees).then_some(rows)
}

fn same_names(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|name| other.contains(name))
}

/// "in the morning: the share of orders and the mean basket": what has no share is a figure of the part, not of the whole. The
/// part becomes the only slice, which has its share of all. Says whether it did.
pub(super) fn part_as_slice(
    columns: &[Asked],
    asked: &mut Asked,
    words: impl Fn(&MetricFilter) -> String,
) -> bool {
    let table = &mut asked.query;
    let whole = !asked.more.is_empty() || !table.dimensions.is_empty() || !table.slices.is_empty();
    if whole || table.summary.is_some() || !table.part_cohorts.is_empty() || table.part.is_empty() {
        return false;
    }
    let part = &table.part;
    let of_part = |query: &MetricQuery| {
        !query.metrics.iter().any(|metric| has_share(metric))
            && part.iter().all(|filter| query.filters.contains(filter))
    };
    if !columns.iter().any(|column| of_part(&column.query)) {
        return false;
    }
    let told: Vec<String> = part.iter().map(words).filter(|words| !words.is_empty()).collect();
    let label = if told.is_empty() { "part".to_owned() } else { told.join(", ").chars().take(80).collect() };
    let filters = std::mem::take(&mut table.part);
    table.slices = vec![Slice { label, filters, cohorts: Vec::new() }];
    table.part_values = false;
    table.share_of_total = true;
    true
}

/// Whether a figure is a count, of which a part is a share.
fn has_share(metric: &str) -> bool {
    matches!(metric, "orders" | "baskets" | "items" | "customers" | "reorders" | "first_in_cart" | "products")
}

/// The conditions that every column has.
fn shared(queries: &[MetricQuery]) -> Vec<MetricFilter> {
    let Some(first) = queries.first() else { return Vec::new() };
    let all = |filter: &&MetricFilter| queries.iter().all(|query| query.filters.contains(filter));
    first.filters.iter().filter(all).cloned().collect()
}

/// Adds one column.
fn add(table: &mut MetricQuery, query: &MetricQuery, base: &[MetricFilter]) -> Option<()> {
    for metric in &query.metrics {
        if !table.metrics.contains(metric) {
            table.metrics.push(metric.clone());
        }
    }
    table.share_of_total |= query.share_of_total;
    let beyond: Vec<MetricFilter> =
        query.filters.iter().filter(|filter| !base.contains(filter)).cloned().collect();
    // A bound on a figure is one on the rows, whichever column says it.
    let (bounds, part): (Vec<MetricFilter>, Vec<MetricFilter>) =
        beyond.into_iter().partition(|filter| query.metrics.contains(&filter.field));
    table.filters.extend(bounds);
    if !part.is_empty() {
        if query.has_part() || query.share_of_total {
            return None;
        }
        take_part(table, part, Vec::new())?;
        table.part_values = true;
    }
    if query.has_part() {
        take_part(table, query.part.clone(), query.part_cohorts.clone())?;
        table.part_values |= query.part_values;
    }
    Some(())
}

/// A table has one part.
fn take_part(table: &mut MetricQuery, part: Vec<MetricFilter>, cohorts: Vec<Cohort>) -> Option<()> {
    if table.has_part() {
        return (table.part == part && table.part_cohorts == cohorts).then_some(());
    }
    table.part = part;
    table.part_cohorts = cohorts;
    Some(())
}
