//! Questions that are answered from rollups, held against the same questions over the tables themselves.

use std::collections::{BTreeMap, BTreeSet};

use config::semantic::Rollup;

use super::*;
use crate::fixture::{rollup_tables, with_facts, with_models};

const ALL: RowPolicy = RowPolicy::AllCustomers;

/// The tables with their rollups.
fn with_rollups(tables: &[FixtureTable]) -> Vec<FixtureTable> {
    let (engine, _folder) = engine_over(tables);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let rollups = runtime.block_on(rollup_tables(&engine)).unwrap();
    tables.iter().cloned().chain(rollups).collect()
}

/// Numbers that look random and are the same every time (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end) as i64
    }
}

const PRODUCTS: i64 = 20;

/// 20 customers, 8 products in 3 departments and 5 aisles that are bought a lot, more that are bought seldom, one whole
/// department that nobody buys from, orders without lines, first orders without a gap.
fn busy_shop(seed: u64) -> Vec<FixtureTable> {
    let mut numbers = Numbers(seed);
    let mut orders: Vec<[Option<i64>; 8]> = Vec::new();
    let mut lines: Vec<[i64; 5]> = Vec::new();
    let mut sets = Vec::new();
    for user in 1..=20 {
        let mut bought = BTreeSet::new();
        let count = 2 + numbers.below(5);
        for number in 1..=count {
            let id = orders.len() as i64 + 1;
            let empty = number == count && numbers.below(3) == 0;
            let wanted = if empty { 0 } else { 1 + numbers.below(6) };
            let mut products: Vec<i64> = Vec::new();
            for _ in 0..wanted {
                let end = if numbers.below(3) == 0 { PRODUCTS as u64 - 2 } else { 8 };
                let product = 1 + numbers.below(end);
                if !products.contains(&product) {
                    products.push(product);
                }
            }
            let mut reorders = 0;
            for (at, product) in products.iter().enumerate() {
                let reordered = i64::from(!bought.insert(*product));
                reorders += reordered;
                lines.push([id, user, *product, at as i64 + 1, reordered]);
            }
            let sized = |n: i64| (!products.is_empty()).then_some(n);
            let hour = [0, 8, 10, 23][numbers.below(4) as usize];
            let gap = (number > 1).then(|| numbers.below(31));
            let (dow, size) = (numbers.below(7), products.len() as i64);
            let cells = [Some(id), Some(user), Some(number), Some(dow), Some(hour), gap];
            let [a, b, c, d, e, f] = cells;
            orders.push([a, b, c, d, e, f, sized(size), sized(reorders)]);
            sets.push(if products.is_empty() { "test" } else { "prior" });
        }
    }
    let order = |at: usize| Cells::Integers(orders.iter().map(|order| order[at]).collect());
    let gaps = Cells::Numbers(orders.iter().map(|order| order[5].map(|gap| gap as f64)).collect());
    let line = |at: usize| Cells::integers(lines.iter().map(|line| line[at]));
    let of_orders = vec![
        ("order_id", order(0)),
        ("user_id", order(1)),
        ("order_number", order(2)),
        ("order_dow", order(3)),
        ("order_hour_of_day", order(4)),
        ("days_since_prior_order", gaps),
        ("eval_set", Cells::texts(sets)),
    ];
    let mut facts = of_orders.clone();
    facts.extend([("size", order(6)), ("reorders", order(7))]);
    let aisle = |product: i64| if product > PRODUCTS - 2 { 60 } else { 10 * (1 + product % 5) };
    let department = |aisle: i64| if aisle == 60 { 4 } else { 1 + aisle / 10 % 3 };
    let aisles = [10, 20, 30, 40, 50, 60];
    // Two products share a name, as it happens.
    let name = |id: i64| match id {
        id if id % 3 == 0 => format!("Organic Product {id}"),
        id if id % 4 == 0 => format!("Gluten Free Product {id}"),
        id => format!("Product {}", id.max(2)),
    };
    with_models(with_facts(vec![
        FixtureTable::new("silver.orders", of_orders),
        FixtureTable::new("gold.order_facts", facts),
        FixtureTable::new(
            "silver.order_lines",
            vec![
                ("order_id", line(0)),
                ("user_id", line(1)),
                ("product_id", line(2)),
                ("add_to_cart_order", line(3)),
                ("reordered", line(4)),
            ],
        ),
        FixtureTable::new(
            "silver.products",
            vec![
                ("product_id", Cells::integers(1..=PRODUCTS)),
                ("product_name", Cells::texts((1..=PRODUCTS).map(name))),
                ("aisle_id", Cells::integers((1..=PRODUCTS).map(aisle))),
                ("department_id", Cells::integers((1..=PRODUCTS).map(|id| department(aisle(id))))),
            ],
        ),
        FixtureTable::new(
            "silver.aisles",
            vec![
                ("aisle_id", Cells::integers(aisles)),
                ("aisle", Cells::texts(aisles.map(|id| format!("aisle {id}")))),
            ],
        ),
        FixtureTable::new(
            "silver.departments",
            vec![
                ("department_id", Cells::integers(1..=4)),
                ("department", Cells::texts(["produce", "dairy eggs", "frozen", "pets"])),
            ],
        ),
    ]))
}

/// The rollups that a statement reads.
fn read<'m>(model: &'m SemanticModel, compiled: &CompiledQuery) -> Vec<&'m str> {
    let reads = |rollup: &&'m Rollup| {
        compiled.sql.contains(&format!("FROM {} AS {}\n", rollup.table(), rollup.name))
            || compiled.sql.contains(&format!("FROM {} AS {} ", rollup.table(), rollup.name))
    };
    model.rollups.iter().filter(reads).map(|rollup| rollup.name.as_str()).collect()
}

fn assert_same(left: &Table, right: &Table, context: &str) {
    assert_eq!(left.columns, right.columns, "{context}");
    assert_eq!(left.rows.len(), right.rows.len(), "{context}");
    for (left, right) in left.rows.iter().zip(&right.rows) {
        for (left, right) in left.iter().zip(right) {
            let same = match (left.as_f64(), right.as_f64()) {
                (Some(a), Some(b)) if left.is_f64() && right.is_f64() => {
                    (a - b).abs() <= 1e-9 * a.abs().max(1.0)
                }
                _ => left == right,
            };
            assert!(same, "{left} is not {right}\n{context}");
        }
    }
}

/// Conditions of every kind: on what rollups have, on names, on several, on what they do not have, on metrics.
fn conditions() -> Vec<Vec<(&'static str, FilterOp, Vec<FilterValue>)>> {
    let integers = |values: &[i64]| values.iter().map(|value| FilterValue::from(*value)).collect::<Vec<_>>();
    vec![
        vec![("order_dow", FilterOp::In, integers(&[1, 2]))],
        vec![("order_hour_of_day", FilterOp::Eq, integers(&[10]))],
        vec![("department", FilterOp::Eq, vec!["Frozen".into()])],
        vec![("product_id", FilterOp::Eq, integers(&[3]))],
        vec![("product_name", FilterOp::In, vec!["product 2".into(), "product 5".into()])],
        vec![("order_number", FilterOp::Le, integers(&[2]))],
        vec![("aisle", FilterOp::Ne, vec!["aisle 20".into()])],
        vec![
            ("order_dow", FilterOp::Eq, integers(&[1])),
            ("order_hour_of_day", FilterOp::In, integers(&[8])),
        ],
        vec![("department_id", FilterOp::Eq, integers(&[2])), ("order_dow", FilterOp::Ge, integers(&[3]))],
        vec![("aisle_id", FilterOp::NotIn, integers(&[10, 30]))],
        vec![("items", FilterOp::Ge, integers(&[5]))],
        vec![("days_since_prior_order", FilterOp::Gt, integers(&[7]))],
    ]
}

fn under(mut query: MetricQuery, condition: &[(&'static str, FilterOp, Vec<FilterValue>)]) -> MetricQuery {
    for (field, op, values) in condition {
        query = query.filter(*field, *op, values.clone());
    }
    query
}

/// Every metric by every two dimensions, plain, with conditions in turn and with shares.
fn questions(model: &SemanticModel) -> Vec<MetricQuery> {
    let names = model.dimensions().map(|(home, dimension)| (home.name.as_str(), dimension.name.as_str()));
    // What is grouped by its name is grouped by its key.
    // Of the attributes one, of what customers are two: the others are read in the same way.
    let asked = |home: &str, name: &str| match home {
        "products" => matches!(name, "product_name" | "product_id" | "organic"),
        "customers" => matches!(name, "user_id" | "segment_name"),
        _ => !matches!(name, "aisle_id" | "department_id" | "order_id"),
    };
    let dimensions: Vec<&str> =
        names.filter(|(home, name)| asked(home, name)).map(|(_, name)| name).collect();
    let mut groupings = vec![Vec::new(), vec!["aisle_id"], vec!["department_id", "order_dow"]];
    groupings.extend([vec!["gluten_free"], vec!["customer_kind", "department"], vec!["order_id"]]);
    for (at, first) in dimensions.iter().enumerate() {
        groupings.push(vec![first]);
        groupings.extend(dimensions[at + 1..].iter().map(|second| vec![*first, *second]));
    }
    let mut turns = conditions().into_iter().cycle();
    let mut questions = Vec::new();
    for metric in &model.metrics {
        for grouping in &groupings {
            let plain = MetricQuery::of([metric.name.clone()]).by(grouping.clone());
            questions.push(under(plain.clone(), &turns.next().unwrap()));
            if metric.share.is_some() && !grouping.is_empty() {
                questions.push(under(plain.clone().with_share(), &turns.next().unwrap()));
                questions.push(plain.clone().with_share());
            }
            questions.push(plain);
        }
        // Few groups, every condition.
        for condition in conditions() {
            for grouping in [&[][..], &["department"], &["order_dow"], &["order_hour_of_day", "order_dow"]] {
                let plain = MetricQuery::of([metric.name.clone()]).by(grouping.to_vec());
                questions.push(under(plain, &condition));
            }
        }
    }
    let three = ["department", "order_dow", "order_hour_of_day"];
    questions.push(of(&["items", "orders", "customers", "reorder_rate"]).by(three).with_share());
    questions.push(of(&["items", "orders", "products_bought"]).by(["aisle"]).with_share());
    // Orders with something that was bought before, or something new, which the facts of orders tell.
    for (grouping, again) in [&[][..], &["order_hour_of_day"], &["order_dow", "size_band"]]
        .into_iter()
        .flat_map(|grouping| [0, 1].map(|again| (grouping, again)))
    {
        let held = of(&["orders"]).by(grouping.to_vec()).filter("bought_before", FilterOp::Eq, [again]);
        questions.push(held.clone());
        questions.push(held.filter("order_number", FilterOp::Ge, [3]));
    }
    questions.push(of(&["products", "products_never_bought", "items"]).by(["aisle", "department"]));
    questions.push(of(&["items"]).by(["product_name", "aisle", "department"]).limit(7));
    questions
}

#[test]
fn an_answer_from_rollups_is_the_answer_from_the_rows() {
    let shop = Shop::over(&with_rollups(&busy_shop(20_260_101)));
    let scope = Scope::of(&shop.engine, ALL);
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut asked, mut seen) = (0, BTreeSet::new());
    for query in questions(&shop.model) {
        let rows = shop.compile(&everything(), &query);
        let rolled = shop.compile(&scope, &query);
        let (Ok(rows), Ok(rolled)) = (&rows, &rolled) else {
            assert_eq!(rows.unwrap_err(), rolled.unwrap_err(), "{query:?}");
            continue;
        };
        assert!(!rows.sql.contains("rollup_"), "{}", rows.sql);
        assert_eq!(rows.notes, rolled.notes, "{query:?}");
        let rollups = read(&shop.model, rolled);
        if rollups.is_empty() {
            assert_eq!(rows, rolled);
            continue;
        }
        if !seen.insert(format!("{} {:?}", rolled.sql, rolled.parameters)) {
            continue;
        }
        asked += 1;
        for name in rollups {
            *used.entry(name).or_default() += 1;
        }
        assert!(!added_up(&rolled.sql, "line_customers"), "{}", rolled.sql);
        let context = format!("{query:?}\n{}", rolled.sql);
        assert_same(&shop.run(rolled), &shop.run(rows), &context);
    }
    for rollup in &shop.model.rollups {
        assert!(used.contains_key(rollup.name.as_str()), "{} answers nothing: {used:?}", rollup.name);
    }
    assert!(asked > 500, "{asked}: {used:?}");
}

/// A question with parts, slices, cuts and summaries drawn at random.
fn drawn(model: &SemanticModel, numbers: &mut Numbers) -> MetricQuery {
    fn pick<T: Clone>(numbers: &mut Numbers, of: &[T]) -> T {
        of[numbers.below(of.len() as u64) as usize].clone()
    }
    let metrics: Vec<&str> = model.metrics.iter().map(|metric| metric.name.as_str()).collect();
    let dimensions =
        ["department", "aisle", "product_name", "order_dow", "order_hour_of_day", "order_number"];
    let mut of_rows = conditions();
    of_rows.retain(|condition| condition.iter().all(|(field, ..)| *field != "items"));
    let drawn = |numbers: &mut Numbers| -> Vec<MetricFilter> {
        let condition = pick(numbers, &of_rows).into_iter();
        condition.map(|(field, op, values)| MetricFilter { field: field.into(), op, values }).collect()
    };
    let count = 1 + numbers.below(2);
    let mut query = MetricQuery::of((0..count).map(|_| pick(numbers, &metrics)));
    query = query.by((0..numbers.below(3)).map(|_| pick(numbers, &dimensions)).collect::<Vec<_>>());
    let mut once_in = |n| numbers.below(n) == 0;
    let asked =
        [once_in(3), once_in(2), once_in(2), once_in(3), once_in(3), once_in(3), once_in(3), once_in(4)];
    let [filtered, part, sliced, contrast, bounded, limited, cut, summed] = asked;
    query.filters = if filtered { drawn(numbers) } else { Vec::new() };
    query.part = if part { drawn(numbers) } else { Vec::new() };
    query.share_of_total = numbers.below(3) == 0;
    if sliced {
        let slice = |numbers: &mut Numbers, label: &str| Slice {
            label: label.to_owned(),
            filters: drawn(numbers),
            cohorts: Vec::new(),
        };
        query.slices = vec![slice(numbers, "a"), slice(numbers, "b")];
        query.contrast = contrast;
    }
    if bounded {
        let bound = pick(numbers, &["overall", "mean"]);
        let metric = query.metrics[0].clone();
        query = query.filter(metric, FilterOp::Ge, [bound]);
    }
    query.limit = limited.then_some(3);
    if limited && query.dimensions.len() == 2 && query.dimensions[0] != query.dimensions[1] {
        query.limit_per = vec![query.dimensions[0].clone()];
    }
    query.cumulative_to = cut.then_some(0.6);
    let summaries =
        [Summary::Count, Summary::Mean, Summary::Median, Summary::Min, Summary::Max, Summary::Sum];
    query.summary = summed.then(|| pick(numbers, &summaries));
    query
}

#[test]
fn parts_slices_cuts_and_summaries_from_rollups_are_those_from_the_rows() {
    let shop = Shop::over(&with_rollups(&busy_shop(20_170_504)));
    let scope = Scope::of(&shop.engine, ALL);
    let mut numbers = Numbers(4_711);
    let (mut ran, mut parts, mut slices, mut cuts, mut summaries) = (0, 0, 0, 0, 0);
    for _ in 0..2_200 {
        let query = drawn(&shop.model, &mut numbers);
        let (rows, rolled) = (shop.compile(&everything(), &query), shop.compile(&scope, &query));
        let (Ok(rows), Ok(rolled)) = (&rows, &rolled) else {
            assert_eq!(rows.unwrap_err(), rolled.unwrap_err(), "{query:?}");
            continue;
        };
        assert_eq!(rows.notes, rolled.notes, "{query:?}");
        if read(&shop.model, rolled).is_empty() {
            assert_eq!(rows, rolled);
            continue;
        }
        ran += 1;
        parts += usize::from(!query.part.is_empty());
        slices += usize::from(!query.slices.is_empty());
        cuts += usize::from(query.cumulative_to.is_some() || !query.limit_per.is_empty());
        summaries += usize::from(query.summary.is_some());
        assert_same(&shop.run(rolled), &shop.run(rows), &format!("{query:?}\n{}", rolled.sql));
        if ran == 250 {
            break;
        }
    }
    assert!(
        ran > 100 && parts > 20 && slices > 20 && cuts > 20 && summaries > 5,
        "{ran} {parts} {slices} {cuts} {summaries}"
    );
}

#[test]
fn a_source_among_a_cohort_is_a_rollup_only_where_that_has_the_key() {
    let shop = Shop::over(&with_rollups(&busy_shop(11)));
    let scope = Scope::of(&shop.engine, ALL);
    let third = MetricFilter { field: "product_id".into(), op: FilterOp::Eq, values: vec![3.into()] };
    let often = MetricFilter { field: "items".into(), op: FilterOp::Ge, values: vec![5.into()] };
    let bought = |of| Cohort { of, bought: vec![third.clone()], ..Cohort::default() };
    let sold = Cohort { of: CohortOf::Products, having: vec![often], ..Cohort::default() };
    let by = ["department"].as_slice();
    let goods = &["rollup_lines_by_goods"][..];
    for (cohort, grouping, expected) in [
        (bought(CohortOf::Orders), by, goods),
        (bought(CohortOf::Customers), by, &["rollup_lines_by_goods", "rollup_lines_by_customer_aisle"]),
        (bought(CohortOf::Orders), &["order_dow"], goods),
        (sold, by, &["rollup_lines_by_product"]),
    ] {
        let query =
            MetricQuery { cohorts: vec![cohort], ..of(&["reorder_rate", "items"]).by(grouping.to_vec()) };
        let (rows, rolled) =
            (shop.compile(&everything(), &query).unwrap(), shop.compile(&scope, &query).unwrap());
        assert_eq!(read(&shop.model, &rolled), expected, "{}", rolled.sql);
        assert_same(&shop.run(&rolled), &shop.run(&rows), &rolled.sql);
    }
}

#[test]
fn a_name_that_may_be_several_ids_holds_a_rollup_to_none() {
    let named = of(&["customers"]).filter("department", FilterOp::Eq, ["Produce"]);
    let product = of(&["orders"]).filter("product_name", FilterOp::Eq, ["product 2"]).filter(
        "order_hour_of_day",
        FilterOp::Eq,
        [10],
    );
    let all = with_rollups(&busy_shop(3));
    let unsure: Vec<FixtureTable> =
        all.iter().filter(|table| !table.artefact.ends_with("unique_names")).cloned().collect();
    for (tables, expected) in
        [(&all, "rollup_lines_by_department"), (&unsure, "rollup_lines_by_customer_aisle")]
    {
        let shop = Shop::over(tables);
        let scope = Scope::of(&shop.engine, ALL);
        let compiled = shop.compile(&scope, &named).unwrap();
        assert_eq!(read(&shop.model, &compiled), [expected], "{}", compiled.sql);
        let rows = shop.compile(&everything(), &named).unwrap();
        assert_same(&shop.run(&compiled), &shop.run(&rows), &compiled.sql);
        // Two products have that name, and one order may hold both.
        let compiled = shop.compile(&scope, &product).unwrap();
        assert_eq!(read(&shop.model, &compiled), ["rollup_lines_by_goods"], "{}", compiled.sql);
    }
    let shop = Shop::over(&with_rollups(&tiny_shop()));
    let banana = of(&["orders"]).filter("product_name", FilterOp::Eq, ["banana"]).filter(
        "order_hour_of_day",
        FilterOp::Eq,
        [10],
    );
    let compiled = shop.compile(&Scope::of(&shop.engine, ALL), &banana).unwrap();
    assert!(compiled.sql.contains("SUM(rollup_lines_by_product_time.line_count)"), "{}", compiled.sql);
    shop.check(&banana, json!([[2]]));
}

/// Whether a column is summed somewhere.
fn added_up(sql: &str, column: &str) -> bool {
    sql.split("SUM(").skip(1).any(|rest| rest.split(')').next().is_some_and(|inner| inner.ends_with(column)))
}

#[test]
fn of_the_rollups_that_will_do_the_smallest_is_read() {
    let shop = Shop::over(&with_rollups(&busy_shop(7)));
    let scope = Scope::of(&shop.engine, ALL);
    let check = |query: &MetricQuery, expected: &[&str]| {
        let compiled = shop.compile(&scope, query).unwrap();
        assert_eq!(read(&shop.model, &compiled), expected, "{query:?}\n{}", compiled.sql);
    };
    let by = |metric: &str, dimensions: &[&str]| of(&[metric]).by(dimensions.to_vec());
    check(&by("items", &["department"]), &["rollup_lines_by_department"]);
    check(&by("items", &["aisle"]), &["rollup_lines_by_aisle"]);
    // An aisle does not lead to a department.
    check(&by("items", &["aisle", "department"]), &["rollup_lines_by_department_aisle"]);
    check(&by("items", &["product_name"]), &["rollup_lines_by_product"]);
    check(&by("items", &["department", "order_dow"]), &["rollup_lines_by_department_dow_day_part"]);
    check(&by("orders", &["department", "order_hour_of_day"]), &["rollup_lines_by_department_time"]);
    check(&by("items", &["aisle", "order_dow"]), &["rollup_lines_by_aisle_time"]);
    check(&by("reorder_rate", &["order_hour_of_day"]), &["rollup_orders_by_hour"]);
    check(&by("avg_days_between_orders", &["order_number"]), &["rollup_orders_by_number"]);
    check(&by("orders", &["order_dow", "order_hour_of_day"]), &["rollup_orders_by_time"]);
    check(&by("first_in_cart", &["order_hour_of_day"]), &["rollup_lines_by_hour"]);
    // Products are a dimension there, so that different ones can be counted.
    check(&by("products_bought", &["department"]), &["rollup_lines_by_product"]);
    check(&by("products_never_bought", &["aisle"]), &["rollup_lines_by_product"]);
    // The facts of each customer stand for a rollup by customer.
    check(&by("products_bought", &["user_id"]), &["rollup_lines_by_customer"]);
    // A median cannot be put together, items by customer stand in a model of their own, no rollup knows sets or gaps.
    for query in [
        by("median_basket_size", &["order_dow"]),
        by("items", &["user_id"]),
        by("orders", &["eval_set"]),
        by("orders", &["order_dow"]).filter("days_since_prior_order", FilterOp::Ge, [7]),
        of(&["customers"]),
        of(&["products"]).by(["department"]),
    ] {
        check(&query, &[]);
    }
}

#[test]
fn different_customers_are_read_where_a_group_is_one_row_and_never_added_up() {
    let shop = Shop::over(&with_rollups(&tiny_shop()));
    let scope = Scope::of(&shop.engine, ALL);
    let sql = |query: &MetricQuery| shop.compile(&scope, query).unwrap().sql;
    let customers = || of(&["customers"]);
    let by_department = customers().by(["department"]).with_share().limit(2);
    let text = sql(&by_department);
    assert!(text.contains("MAX(rollup_lines_by_department.line_customers) AS customers"), "{text}");
    // Three customers in each department are three in all, not six: the total is counted over the customers.
    assert!(text.contains("all_customers AS (\n  SELECT COUNT(*) AS customers"), "{text}");
    shop.check(&by_department, json!([["produce", 3, 1.0], ["dairy eggs", 3, 1.0]]));
    // Held to one value, a dimension is as good as grouped by.
    let at_ten = customers().by(["order_dow"]).filter("order_hour_of_day", FilterOp::Eq, [10]);
    assert!(sql(&at_ten).contains("FROM rollup_orders_by_time AS "), "{}", sql(&at_ten));
    shop.check(&at_ten, json!([[0, 1], [1, 1]]));
    shop.check(&of(&["customers"]).filter("order_hour_of_day", FilterOp::Eq, [3]), json!([[0]]));
    let rows_only = [
        customers().by(["order_dow"]).filter("order_hour_of_day", FilterOp::In, [8, 10]),
        customers().by(["order_dow"]).filter("order_hour_of_day", FilterOp::Le, [10]),
        customers().filter("order_dow", FilterOp::Ne, [0]),
        customers().by(["department"]).filter("order_dow", FilterOp::Eq, [0]),
    ];
    for query in rows_only {
        assert!(!sql(&query).contains("rollup_"), "{query:?}\n{}", sql(&query));
    }
    // An order has one day, so that orders by day are different ones.
    let orders = of(&["orders"]).by(["aisle"]).filter("order_dow", FilterOp::In, [0, 1]);
    assert!(sql(&orders).contains("SUM(rollup_lines_by_aisle_time.line_orders)"), "{}", sql(&orders));
    // A name that is grouped by its key may be filtered on: whole rows of the rollup go.
    let named = customers().by(["department"]).filter("department", FilterOp::Eq, ["produce"]);
    assert!(sql(&named).contains("FROM rollup_lines_by_department AS "), "{}", sql(&named));
    shop.check(&named, json!([["produce", 3]]));
}

#[test]
fn a_shopper_never_reads_a_rollup_and_is_answered_from_their_own_rows() {
    let tables = busy_shop(99);
    let shop = Shop::over(&with_rollups(&tables));
    // A shop in which nobody else ever was.
    let own: Vec<FixtureTable> = tables.iter().map(|table| only_user(table, 5)).collect();
    let alone = Shop::over(&own);
    let policy = RowPolicy::OwnRows(UserId(5));
    let scope = Scope::of(&shop.engine, policy);
    for query in questions(&shop.model) {
        for scope in [&scope, &Scope::of(&shop.engine, RowPolicy::NoCustomer)] {
            if let Ok(compiled) = shop.compile(scope, &query) {
                assert!(!compiled.sql.contains("rollup_"), "{}", compiled.sql);
                assert_eq!(compiled.request().policy, scope.policy());
            }
        }
    }
    for query in [
        of(&["orders", "customers", "items", "basket_size"]),
        of(&["items", "orders", "reorder_rate", "products_bought"]).by(["department"]).with_share(),
        of(&["items"]).by(["product_name"]).limit(10),
        of(&["orders", "customers"]).by(["order_dow"]),
        of(&["avg_days_between_orders", "max_basket_size"]).by(["order_number"]),
        of(&["products_never_bought"]).by(["aisle"]),
    ] {
        let expected = alone.ask_as(ALL, &query);
        assert_same(&shop.ask_as(policy, &query), &expected, &format!("{query:?}"));
    }
}

/// A table without the rows of other customers.
fn only_user(table: &FixtureTable, user: i64) -> FixtureTable {
    fn kept<T: Clone>(cells: &[T], keep: &[bool]) -> Vec<T> {
        cells.iter().zip(keep).filter(|(_, keep)| **keep).map(|(cell, _)| cell.clone()).collect()
    }
    let users = table.columns.iter().find(|(name, _)| *name == "user_id");
    let Some((_, Cells::Integers(users))) = users else { return table.clone() };
    let keep: Vec<bool> = users.iter().map(|id| *id == Some(user)).collect();
    let columns = table.columns.iter().map(|(name, cells)| {
        let cells = match cells {
            Cells::Integers(values) => Cells::Integers(kept(values, &keep)),
            Cells::Numbers(values) => Cells::Numbers(kept(values, &keep)),
            Cells::Texts(values) => Cells::Texts(kept(values, &keep)),
            other => panic!("{name} has cells {other:?}"),
        };
        (*name, cells)
    });
    FixtureTable::new(table.artefact.clone(), columns.collect())
}

#[test]
fn a_run_without_rollups_or_with_older_ones_is_asked_for_what_it_has() {
    let all = with_rollups(&tiny_shop());
    let query = of(&["items", "first_in_cart"]).by(["department"]);
    let expected = json!([["produce", 6, 4], ["dairy eggs", 5, 2], ["frozen", 0, 0]]);
    let reads = |tables: &[FixtureTable], expected_rollups: &[&str]| {
        let shop = Shop::over(tables);
        let compiled = shop.compile(&Scope::of(&shop.engine, ALL), &query).unwrap();
        assert_eq!(read(&shop.model, &compiled), expected_rollups, "{}", compiled.sql);
        shop.check(&query, expected.clone());
    };
    reads(&all, &["rollup_lines_by_department"]);
    reads(&tiny_shop(), &[]);
    let without = |dropped: &[&str]| -> Vec<FixtureTable> {
        let kept = all.iter().filter(|table| !dropped.iter().any(|name| table.artefact.ends_with(name)));
        kept.cloned().collect()
    };
    // The next larger one.
    let others = ["_kind", "_day_part", "_size_band", "_number", "_organic", "_segment"];
    let kept = without(&[&others[..], &["by_department", "by_product", "_aisle"]].concat());
    reads(&kept, &["rollup_lines_by_department_time"]);
    // One that was written before a measure was added.
    let mut older = without(&["by_product", "_time"]);
    for table in older.iter_mut().filter(|table| table.artefact.starts_with("gold.rollup_")) {
        table.columns.retain(|(name, _)| *name != "line_first_in_cart");
    }
    reads(&older, &[]);
}
