//! A small shop written by hand, every figure of which can be counted on the fingers.
//!
//! Customer 1 has twelve orders with lines (and a thirteenth without): bananas in each, milk in the last seven, an apple
//! in the first two, a recalled candy in the first. Customers 2 to 8 have two orders each, at 20 o'clock: banana and
//! avocado; 2 to 7 buy red wine too, 2 and 3 chocolate. Nobody buys "Dusty Chocolate".

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use config::Settings;
use domain::{
    ids::{AisleId, DepartmentId, ProductId, UserId},
    lake::Lake,
    manifest::{Artefact, Manifest},
    principal::Principal,
};
use indexer::{BuildRequest, build_index, document::CatalogueProduct};
use query::{
    EmbeddedEngine,
    fixture::{Cells, FixtureTable, rollup_tables, with_facts, write_run},
};
use serde_json::Value;
use tools::{
    contract::{ToolContext, ToolError, ToolOutput},
    registry::standard_registry,
    run::Run,
};

pub(crate) const BANANA: u32 = 1;
pub(crate) const AVOCADO: u32 = 2;
pub(crate) const MILK: u32 = 3;
pub(crate) const LACTOSE_FREE_MILK: u32 = 4;
pub(crate) const RED_WINE: u32 = 5;
pub(crate) const CHOCOLATE: u32 = 6;
/// Excluded by the merchandising settings.
pub(crate) const RECALLED: u32 = 7;
pub(crate) const APPLE: u32 = 8;
pub(crate) const DUSTY: u32 = 9;

const AISLES: [(i64, &str); 4] =
    [(24, "fresh fruits"), (84, "milk"), (62, "red wines"), (45, "candy chocolate")];
const DEPARTMENTS: [(i64, &str); 4] = [(4, "produce"), (16, "dairy eggs"), (5, "alcohol"), (19, "snacks")];
const PRODUCTS: [(u32, &str, i64, i64); 9] = [
    (BANANA, "Banana", 24, 4),
    (AVOCADO, "Organic Hass Avocado", 24, 4),
    (MILK, "Organic Whole Milk", 84, 16),
    (LACTOSE_FREE_MILK, "Lactose Free Milk", 84, 16),
    (RED_WINE, "Red Wine", 62, 5),
    (CHOCOLATE, "Milk Chocolate Bar", 45, 19),
    (RECALLED, "Recalled Candy", 45, 19),
    (APPLE, "Honeycrisp Apple", 24, 4),
    (DUSTY, "Dusty Chocolate", 45, 19),
];

/// One order: id, customer, number, hour, products.
#[derive(Clone)]
struct Order {
    id: i64,
    user: i64,
    number: i64,
    hour: i64,
    products: Vec<u32>,
}

fn orders() -> Vec<Order> {
    let mut orders = Vec::new();
    for number in 1..=13 {
        let mut products = vec![BANANA];
        products.extend((number >= 6).then_some(MILK));
        products.extend((number <= 2).then_some(APPLE));
        products.extend((number == 1).then_some(RECALLED));
        if number == 13 {
            products.clear();
        }
        orders.push(Order { id: number, user: 1, number, hour: 9, products });
    }
    for user in 2..=8 {
        for number in 1..=2 {
            let mut products = vec![BANANA, AVOCADO];
            products.extend((user <= 7).then_some(RED_WINE));
            products.extend((user <= 3).then_some(CHOCOLATE));
            orders.push(Order { id: 100 * user + number, user, number, hour: 20, products });
        }
    }
    orders
}

/// The shop, opened once for the whole test binary would outlive its folder; each test opens its own.
pub(crate) struct Shop {
    pub(crate) run: Arc<Run>,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// With models and index, the recalled candy excluded, guests without alcohol.
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}, |_| true).await
    }

    /// Without ALS, segments and affinity.
    pub(crate) async fn open_without_models() -> Self {
        Self::open_with(|_| {}, |artefact| !artefact.starts_with("recsys.") && artefact != "gold.affinity")
            .await
    }

    /// With other settings, or with some artefacts only.
    pub(crate) async fn open_with(change: impl FnOnce(&mut Settings), keep: impl Fn(&str) -> bool) -> Self {
        Self::over(
            with_facts(tables()).into_iter().filter(|table| keep(&table.artefact)).collect(),
            change,
            keep,
        )
        .await
    }

    /// With more products, and of these so many orders beyond chance that hold the one and the other.
    pub(crate) async fn open_with_products(
        products: &[(u32, &str, i64, i64)],
        pairs: &[(u32, u32, i64)],
    ) -> Self {
        let mut tables = tables();
        let mut add = |artefact: &str, column: &str, more: Cells| {
            let table = tables.iter_mut().find(|table| table.artefact == artefact).unwrap();
            let (_, cells) = table.columns.iter_mut().find(|(name, _)| *name == column).unwrap();
            match (cells, more) {
                (Cells::Integers(cells), Cells::Integers(more)) => cells.extend(more),
                (Cells::Numbers(cells), Cells::Numbers(more)) => cells.extend(more),
                (Cells::Texts(cells), Cells::Texts(more)) => cells.extend(more),
                _ => panic!("{artefact}.{column} is of another type"),
            }
        };
        add("silver.products", "product_id", Cells::integers(products.iter().map(|p| i64::from(p.0))));
        add("silver.products", "product_name", Cells::texts(products.iter().map(|p| p.1)));
        add("silver.products", "aisle_id", Cells::integers(products.iter().map(|p| p.2)));
        add("silver.products", "department_id", Cells::integers(products.iter().map(|p| p.3)));
        add("gold.affinity", "antecedent", Cells::integers(pairs.iter().map(|p| i64::from(p.0))));
        add("gold.affinity", "consequent", Cells::integers(pairs.iter().map(|p| i64::from(p.1))));
        add("gold.affinity", "n_both", Cells::integers(pairs.iter().map(|p| p.2)));
        add("gold.affinity", "is_first", Cells::integers(pairs.iter().map(|p| i64::from(p.0 < p.1))));
        for (column, value) in
            [("support", 0.1), ("confidence", 0.2), ("lift", 2.0), ("leverage", 0.2), ("p_value", 0.0001)]
        {
            add("gold.affinity", column, Cells::numbers(pairs.iter().map(|_| value)));
        }
        Self::over(with_facts(tables), |_| {}, |_| true).await
    }

    async fn over(
        mut tables: Vec<FixtureTable>,
        change: impl FnOnce(&mut Settings),
        keep: impl Fn(&str) -> bool,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path());
        let mut settings = Settings::defaults().unwrap();
        let rows = write_run(&lake, "rows", &tables).unwrap();
        let rows = EmbeddedEngine::open(&lake.run("rows"), &rows, &settings.query).unwrap();
        tables.extend(rollup_tables(&rows).await.unwrap());
        let mut manifest = write_run(&lake, "shop", &tables).unwrap();
        if keep("index") {
            index(&lake, &mut manifest);
        }
        settings.merchandising.exclude_products = vec![RECALLED];
        change(&mut settings);
        Self::of(folder, manifest, &settings).await
    }

    /// The run of a manifest in the lake of that folder.
    pub(crate) async fn of(folder: tempfile::TempDir, manifest: Manifest, settings: &Settings) -> Self {
        let run = Run::open(&Lake::new(folder.path()), manifest, settings, None).await.unwrap();
        Self { run: Arc::new(run), _folder: folder }
    }

    pub(crate) fn context(&self, principal: Principal) -> ToolContext {
        ToolContext {
            principal,
            run: Arc::clone(&self.run),
            basket: Vec::new(),
            deadline: Instant::now() + Duration::from_secs(20),
            cancel: tokio_util::sync::CancellationToken::new(),
        }
    }

    pub(crate) async fn call(
        &self,
        principal: Principal,
        tool: &str,
        arguments: Value,
    ) -> Result<ToolOutput, ToolError> {
        standard_registry().call(tool, &self.context(principal), arguments).await
    }

    pub(crate) async fn call_with_basket(
        &self,
        principal: Principal,
        basket: &[u32],
        tool: &str,
        arguments: Value,
    ) -> Result<ToolOutput, ToolError> {
        let mut context = self.context(principal);
        context.basket = basket.iter().map(|id| ProductId(*id)).collect();
        standard_registry().call(tool, &context, arguments).await
    }
}

pub(crate) fn shopper(id: u32) -> Principal {
    Principal::shopper(UserId(id))
}

/// The product ids of a result, in order.
pub(crate) fn ids(output: &ToolOutput) -> Vec<u32> {
    output.products.iter().map(|item| item.product_id.0).collect()
}

pub(crate) fn note_codes(output: &ToolOutput) -> Vec<&str> {
    output.notes.iter().map(|note| note.code.as_str()).collect()
}

/// One cell of a result as JSON.
#[track_caller]
pub(crate) fn cell(output: &ToolOutput, row: usize, column: &str) -> Value {
    output
        .table
        .cell(row, column)
        .unwrap_or_else(|| panic!("no cell {row}, {column} in {:?}", output.table))
        .clone()
}

fn tables() -> Vec<FixtureTable> {
    let mut tables = silver();
    tables.extend(gold());
    tables.extend(models());
    tables
}

fn silver() -> Vec<FixtureTable> {
    let orders = orders();
    let lines: Vec<(&Order, usize, u32)> = orders
        .iter()
        .flat_map(|order| order.products.iter().enumerate().map(move |(at, product)| (order, at, *product)))
        .collect();
    vec![
        FixtureTable::new(
            "silver.aisles",
            vec![
                ("aisle_id", Cells::integers(AISLES.map(|(id, _)| id))),
                ("aisle", Cells::texts(AISLES.map(|(_, name)| name))),
            ],
        ),
        FixtureTable::new(
            "silver.departments",
            vec![
                ("department_id", Cells::integers(DEPARTMENTS.map(|(id, _)| id))),
                ("department", Cells::texts(DEPARTMENTS.map(|(_, name)| name))),
            ],
        ),
        FixtureTable::new(
            "silver.products",
            vec![
                ("product_id", Cells::integers(PRODUCTS.map(|p| i64::from(p.0)))),
                ("product_name", Cells::texts(PRODUCTS.map(|p| p.1))),
                ("aisle_id", Cells::integers(PRODUCTS.map(|p| p.2))),
                ("department_id", Cells::integers(PRODUCTS.map(|p| p.3))),
            ],
        ),
        FixtureTable::new("silver.orders", order_columns(&orders)),
        FixtureTable::new(
            "silver.order_lines",
            vec![
                ("order_id", Cells::integers(lines.iter().map(|(order, ..)| order.id))),
                ("user_id", Cells::integers(lines.iter().map(|(order, ..)| order.user))),
                ("product_id", Cells::integers(lines.iter().map(|(.., product)| i64::from(*product)))),
                ("add_to_cart_order", Cells::integers(lines.iter().map(|(_, at, _)| *at as i64 + 1))),
                ("reordered", Cells::integers(lines.iter().map(|(order, ..)| i64::from(order.number > 1)))),
                ("eval_set", Cells::texts(lines.iter().map(|_| "prior"))),
            ],
        ),
    ]
}

fn order_columns(orders: &[Order]) -> Vec<(&'static str, Cells)> {
    let eval_set = |order: &Order| if order.products.is_empty() { "test" } else { "prior" };
    vec![
        ("order_id", Cells::integers(orders.iter().map(|order| order.id))),
        ("user_id", Cells::integers(orders.iter().map(|order| order.user))),
        ("eval_set", Cells::texts(orders.iter().map(eval_set))),
        ("order_number", Cells::integers(orders.iter().map(|order| order.number))),
        ("order_dow", Cells::integers(orders.iter().map(|order| order.number % 2))),
        ("order_hour_of_day", Cells::integers(orders.iter().map(|order| order.hour))),
        (
            "days_since_prior_order",
            Cells::Numbers(orders.iter().map(|order| (order.number > 1).then_some(30.0)).collect()),
        ),
    ]
}

fn gold() -> Vec<FixtureTable> {
    let orders = orders();
    let mut facts = order_columns(&orders);
    let size = |order: &Order| (!order.products.is_empty()).then_some(order.products.len() as i64);
    facts.push(("size", Cells::Integers(orders.iter().map(size).collect())));
    facts.push(("reorders", Cells::Integers(orders.iter().map(|order| size(order).map(|_| 0)).collect())));
    let users: BTreeSet<i64> = orders.iter().map(|order| order.user).collect();
    let mut of_pair: BTreeMap<(i64, u32), i64> = BTreeMap::new();
    let mut of_product: BTreeMap<u32, (i64, BTreeSet<i64>)> = BTreeMap::new();
    for order in &orders {
        for product in &order.products {
            *of_pair.entry((order.user, *product)).or_default() += 1;
            let (bought, by) = of_product.entry(*product).or_default();
            *bought += 1;
            by.insert(order.user);
        }
    }
    let name = |id: &u32| PRODUCTS.iter().find(|product| product.0 == *id).map_or("", |product| product.1);
    let pairs = [
        (BANANA, MILK, 12, 2.0, 0.0001),
        (BANANA, RED_WINE, 20, 3.0, 0.0001),
        (BANANA, CHOCOLATE, 30, 1.5, 0.0001),
        (BANANA, RECALLED, 50, 9.0, 0.0001),
        // Too few orders, or explained by chance:
        (BANANA, APPLE, 3, 5.0, 0.0001),
        (BANANA, AVOCADO, 40, 4.0, 0.5),
        (AVOCADO, MILK, 15, 2.5, 0.0001),
    ];
    vec![
        FixtureTable::new("gold.order_facts", facts),
        FixtureTable::new(
            "gold.user_features",
            vec![
                ("user_id", Cells::integers(users.iter().copied())),
                ("recency_days", Cells::numbers(users.iter().map(|_| 30.0))),
                ("recency_censored", Cells::Booleans(users.iter().map(|_| Some(true)).collect())),
                ("reorder_rate", Cells::numbers(users.iter().map(|_| 0.5))),
            ],
        ),
        FixtureTable::new(
            "gold.product_features_union",
            vec![
                ("product_id", Cells::integers(of_product.keys().map(|id| i64::from(*id)))),
                ("product_name", Cells::texts(of_product.keys().map(name))),
                ("orders", Cells::integers(of_product.values().map(|(bought, _)| *bought))),
                ("users", Cells::integers(of_product.values().map(|(_, by)| by.len() as i64))),
                ("reorder_rate_global", Cells::numbers(of_product.keys().map(|_| 0.25))),
                ("avg_add_to_cart_order", Cells::numbers(of_product.keys().map(|_| 1.5))),
            ],
        ),
        FixtureTable::new(
            "gold.upi_features_union",
            vec![
                ("user_id", Cells::integers(of_pair.keys().map(|(user, _)| *user))),
                ("product_id", Cells::integers(of_pair.keys().map(|(_, product)| i64::from(*product)))),
                ("total_orders", Cells::integers(of_pair.values().copied())),
            ],
        ),
        FixtureTable::new(
            "gold.affinity",
            vec![
                ("antecedent", Cells::integers(pairs.map(|p| i64::from(p.0)))),
                ("consequent", Cells::integers(pairs.map(|p| i64::from(p.1)))),
                ("n_both", Cells::integers(pairs.map(|p| p.2))),
                ("support", Cells::numbers(pairs.map(|_| 0.1))),
                ("confidence", Cells::numbers(pairs.map(|_| 0.2))),
                ("lift", Cells::numbers(pairs.map(|p| p.3))),
                // Orders beyond chance, n_both (1 − 1 / lift), over the 26 orders.
                ("leverage", Cells::numbers(pairs.map(|p| p.2 as f64 * (1.0 - 1.0 / p.3) / 26.0))),
                ("p_value", Cells::numbers(pairs.map(|p| p.4))),
                ("is_first", Cells::integers(pairs.map(|p| i64::from(p.0 < p.1)))),
            ],
        ),
    ]
}

/// Champions are 1 to 4, the others are at risk. Taste: fruit against sweets.
fn models() -> Vec<FixtureTable> {
    let listed = [(0, MILK, 1), (0, RECALLED, 2), (0, BANANA, 3), (1, RED_WINE, 1), (1, AVOCADO, 2)];
    let tastes: [(u32, [f32; 2]); 8] = [
        (BANANA, [1.0, 0.0]),
        (AVOCADO, [0.9, 0.1]),
        (MILK, [0.8, 0.2]),
        (LACTOSE_FREE_MILK, [0.7, 0.2]),
        (RED_WINE, [0.2, 0.8]),
        (CHOCOLATE, [0.1, 0.9]),
        (RECALLED, [5.0, 5.0]),
        (APPLE, [0.95, 0.0]),
    ];
    vec![
        FixtureTable::new(
            "recsys.user_seg",
            vec![
                ("user_id", Cells::integers(1..=8)),
                ("segment", Cells::integers((1..=8).map(|user| i64::from(user > 4)))),
                (
                    "segment_name",
                    Cells::texts((1..=8).map(|user| if user > 4 { "At risk" } else { "Champions" })),
                ),
            ],
        ),
        FixtureTable::new(
            "recsys.segment_popularity",
            vec![
                ("segment", Cells::integers(listed.map(|l| l.0))),
                ("product_id", Cells::integers(listed.map(|l| i64::from(l.1)))),
                ("rank", Cells::integers(listed.map(|l| l.2))),
                ("score", Cells::numbers(listed.map(|l| 4.0 - l.2 as f64))),
                ("support_seg", Cells::integers(listed.map(|_| 20))),
                ("support_global", Cells::integers(listed.map(|_| 40))),
                ("share", Cells::numbers(listed.map(|l| l.2 as f64 / 10.0))),
                ("lift", Cells::numbers(listed.map(|_| 1.5))),
            ],
        ),
        FixtureTable::new("recsys.hazards.churn", churn()),
        FixtureTable::new(
            "recsys.als.user_factors",
            vec![
                ("user_id", Cells::integers(1..=8)),
                (
                    "factors",
                    Cells::Vectors((1..=8).map(|user| vec![1.0, 0.1 * (user as f32 - 1.0)]).collect()),
                ),
            ],
        ),
        FixtureTable::new(
            "recsys.als.item_factors",
            vec![
                ("product_id", Cells::integers(tastes.map(|t| i64::from(t.0)))),
                ("factors", Cells::Vectors(tastes.iter().map(|t| t.1.to_vec()).collect())),
            ],
        ),
    ]
}

/// Customers 1 to 8 over 7, 28 and 60 days, of which the last is extrapolated.
fn churn() -> Vec<(&'static str, Cells)> {
    let rows: Vec<(i64, i64)> = (1..=8).flat_map(|user| [7, 28, 60].map(|days| (user, days))).collect();
    let number = |of: fn(f64) -> f64| Cells::numbers(rows.iter().map(|(_, days)| of(*days as f64)));
    vec![
        ("user_id", Cells::integers(rows.iter().map(|row| row.0))),
        ("horizon_days", Cells::integers(rows.iter().map(|row| row.1))),
        ("p_no_order", number(|days| 7.0 / days / 2.0)),
        ("expected_orders", number(|days| days / 14.0)),
        ("expected_items", number(|days| days / 7.0)),
        ("is_extrapolated", Cells::Booleans(rows.iter().map(|(_, days)| Some(*days > 29)).collect())),
    ]
}

/// A lexical index of the catalogue.
fn index(lake: &Lake, manifest: &mut Manifest) {
    let products: Vec<CatalogueProduct> = PRODUCTS
        .iter()
        .map(|(id, name, aisle, department)| CatalogueProduct {
            product_id: ProductId(*id),
            product_name: (*name).to_owned(),
            aisle_id: AisleId(*aisle as u32),
            department_id: DepartmentId(*department as u32),
        })
        .collect();
    let aisles: Vec<_> = AISLES.iter().map(|(id, name)| (AisleId(*id as u32), (*name).to_owned())).collect();
    let departments: Vec<_> =
        DEPARTMENTS.iter().map(|(id, name)| (DepartmentId(*id as u32), (*name).to_owned())).collect();
    let paths = lake.run(&manifest.run_id);
    let report = build_index(BuildRequest {
        folder: &paths.index(),
        previous: None,
        documents: indexer::document::catalogue_documents(&products, &aisles, &departments),
        embedder: None,
        settings: Settings::defaults().unwrap().index,
        progress: &|_| {},
    })
    .unwrap();
    manifest.artefacts.push(Artefact {
        name: "index".to_owned(),
        path: paths.relative(&paths.index()).unwrap(),
        rows: report.documents as u64,
        bytes: report.bytes,
        sha256: String::new(),
        content_hash: report.content_hash,
        schema_hash: String::new(),
    });
}
