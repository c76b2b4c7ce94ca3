//! A run with a next-basket model, fitted on synthetic customers and written as a run publishes it.
//!
//! Customers 1 to 80: the even ones cook pasta with sauce, the odd ones breakfast on bread and butter; customer 2 buys
//! bananas always, coffee in every third order, pasta in every other and, alone among the pasta cooks, never sauce.
//! Wine is restricted to those who signed in; nobody buys the dusty tin.

use std::{collections::BTreeMap, fs, ops::ControlFlow};

use config::Settings;
use domain::{lake::Lake, manifest::Artefact};
use query::fixture::{Cells, FixtureTable, write_run};
use recsys::{
    als::{AlsParams, Solver},
    baselines::tifu_knn::{Grouping, TifuParams},
    history::{Catalogue, Histories, HistoriesBuilder},
    next_basket::{
        ensemble::EnsembleParams,
        model::NextBasket,
        network::NetworkParams,
        ranker::RankerParams,
        sources::{SourceParams, Sources, Visible},
        tally::Tally,
    },
};

use crate::shop::Shop;

pub(crate) const BANANA: u32 = 10;
pub(crate) const COFFEE: u32 = 20;
pub(crate) const PASTA: u32 = 30;
pub(crate) const SAUCE: u32 = 40;
pub(crate) const BREAD: u32 = 50;
pub(crate) const BUTTER: u32 = 60;
pub(crate) const WINE: u32 = 70;
pub(crate) const DUSTY: u32 = 80;
pub(crate) const CHEESE: u32 = 90;

pub(crate) const CUSTOMERS: u32 = 80;
/// Who is asked about.
pub(crate) const COOK: u32 = 2;

const PRODUCTS: [(u32, &str, u32, u32); 9] = [
    (BANANA, "Banana", 1, 1),
    (COFFEE, "Ground Coffee", 2, 2),
    (PASTA, "Penne Pasta", 3, 3),
    (SAUCE, "Tomato Sauce", 3, 3),
    (BREAD, "Rye Bread", 4, 4),
    (BUTTER, "Salted Butter", 5, 4),
    (WINE, "Red Wine", 6, 5),
    (DUSTY, "Dusty Tin", 3, 3),
    (CHEESE, "Hard Cheese", 5, 4),
];
const AISLES: [(i64, &str); 6] =
    [(1, "fruits"), (2, "coffee"), (3, "pasta"), (4, "bread"), (5, "dairy"), (6, "red wines")];
const DEPARTMENTS: [(i64, &str); 5] =
    [(1, "produce"), (2, "beverages"), (3, "pantry"), (4, "bakery"), (5, "alcohol")];

struct Order {
    id: i64,
    user: u32,
    number: i64,
    products: Vec<u32>,
}

/// A number in [0, 1) that looks random (splitmix64).
fn chance(user: u32, order: i64, product: u32) -> f64 {
    let mut z = u64::from(user) * 0x9E37_79B9 + order as u64 * 0x85EB_CA6B + u64::from(product) * 0xC2B2_AE35;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn basket(user: u32, number: i64) -> Vec<u32> {
    if user == COOK {
        let mut products = vec![BANANA];
        products.extend((number % 3 == 1).then_some(COFFEE));
        products.extend((number % 2 == 0).then_some(PASTA));
        return products;
    }
    let likes = |product: u32, share: f64| chance(user, number, product) < share;
    let mut products: Vec<u32> = likes(BANANA, 0.6).then_some(BANANA).into_iter().collect();
    if user.is_multiple_of(2) {
        let cooks = likes(PASTA, 0.5);
        products.extend(cooks.then_some(PASTA));
        products.extend((cooks && likes(SAUCE, 0.8)).then_some(SAUCE));
        products.extend((cooks && likes(CHEESE, 0.5)).then_some(CHEESE));
        products.extend((user.is_multiple_of(4) && likes(WINE, 0.4)).then_some(WINE));
    } else {
        products.extend(likes(BREAD, 0.6).then_some(BREAD));
        products.extend(likes(BUTTER, 0.4).then_some(BUTTER));
        products.extend(likes(COFFEE, 0.3).then_some(COFFEE));
    }
    if products.is_empty() {
        products.push(BANANA);
    }
    products
}

fn orders() -> Vec<Order> {
    let mut orders = Vec::new();
    for user in 1..=CUSTOMERS {
        let count = if user == COOK { 12 } else { 6 + i64::from(user % 5) };
        for number in 1..=count {
            orders.push(Order {
                id: i64::from(user) * 100 + number,
                user,
                number,
                products: basket(user, number),
            });
        }
    }
    orders
}

/// The model as it was fitted, with what it was fitted on.
pub(crate) struct Fitted {
    pub(crate) model: NextBasket,
    pub(crate) histories: Histories,
}

pub(crate) fn fit() -> Fitted {
    let catalogue = Catalogue::new(PRODUCTS.map(|p| (p.0, p.2, p.3)).to_vec()).unwrap();
    let mut builder = HistoriesBuilder::new();
    for order in orders() {
        let items: Vec<u32> = order.products.iter().map(|id| catalogue.item(*id).unwrap()).collect();
        let gap = (order.number > 1).then_some(7);
        builder.push(order.user, gap, (order.number % 7) as u8, 10, &items).unwrap();
    }
    let histories = builder.build();
    let pool: Vec<u32> = (0..CUSTOMERS).collect();
    let whole = |customer: usize| histories.of(customer).len();
    let visible =
        Visible { histories: &histories, before_target: whole, before_training: whole, pool: &pool };
    let sources =
        Sources::fit(&catalogue, &visible, &source_params(), &mut || ControlFlow::Continue(())).unwrap();
    let (calibrate, learn): (Vec<u32>, Vec<u32>) = (0..CUSTOMERS).partition(|customer| customer % 4 == 0);
    let model = NextBasket::train(sources, &histories, (&learn, &calibrate), 0, &ensemble_params()).unwrap();
    Fitted { model, histories }
}

fn source_params() -> SourceParams {
    SourceParams {
        neighbours: TifuParams {
            grouping: Grouping::Baskets(3),
            basket_decay: 1.0,
            group_decay: 0.6,
            neighbours: 10,
            alpha: 0.7,
        },
        taste: AlsParams {
            rank: 4,
            regularization: 1.0,
            alpha: 2.0,
            iterations: 5,
            seed: 7,
            solver: Solver::default(),
            report_loss: false,
        },
        min_pair_baskets: 3,
        new_candidates: 4,
    }
}

fn ensemble_params() -> EnsembleParams {
    EnsembleParams {
        trees: RankerParams {
            trees: 30,
            learning_rate: 0.1,
            leaves: 7,
            depth: 4,
            min_leaf_weight: 1.0,
            l2: 1.0,
            row_share: 1.0,
            feature_share: 1.0,
            seed: 7,
        },
        network: NetworkParams { hidden: [8, 4], epochs: 3, learning_rate: 1e-3, l2: 1e-5, seed: 7 },
        networks: 1,
        targets: 3,
    }
}

/// The run with the model as it was fitted.
pub(crate) async fn open(model: &NextBasket, histories: &Histories) -> Shop {
    open_with(model, histories, |_| {}).await
}

/// With other settings.
pub(crate) async fn open_with(
    model: &NextBasket,
    histories: &Histories,
    change: impl FnOnce(&mut Settings),
) -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::new(folder.path());
    let mut tables = rows();
    tables.extend(published(model, histories));
    let mut manifest = write_run(&lake, "market", &tables).unwrap();
    let paths = lake.run("market");
    let file = paths.recsys("next_basket").join("ranker.json");
    let taste = source_params().taste;
    let ranker = model.ranker_file((taste.alpha, taste.regularization));
    fs::write(&file, serde_json::to_vec(&ranker).unwrap()).unwrap();
    manifest.artefacts.push(Artefact {
        name: "recsys.next_basket.ranker".to_owned(),
        path: paths.relative(&file).unwrap(),
        rows: 1,
        bytes: 0,
        sha256: String::new(),
        content_hash: String::new(),
        schema_hash: String::new(),
    });
    let mut settings = Settings::defaults().unwrap();
    change(&mut settings);
    Shop::of(folder, manifest, &settings).await
}

fn rows() -> Vec<FixtureTable> {
    let orders = orders();
    let column = |of: fn(&Order) -> i64| Cells::integers(orders.iter().map(of));
    let mut of_orders = vec![
        ("order_id", column(|order| order.id)),
        ("user_id", column(|order| i64::from(order.user))),
        ("order_number", column(|order| order.number)),
        ("order_dow", column(|order| order.number % 7)),
        ("order_hour_of_day", column(|_| 10)),
        (
            "days_since_prior_order",
            Cells::Numbers(orders.iter().map(|order| (order.number > 1).then_some(7.0)).collect()),
        ),
    ];
    let mut tables = vec![FixtureTable::new("silver.orders", of_orders.clone())];
    of_orders.push(("size", column(|order| order.products.len() as i64)));
    tables.push(FixtureTable::new("gold.order_facts", of_orders));
    let lines: Vec<(&Order, usize, u32)> = orders
        .iter()
        .flat_map(|order| order.products.iter().enumerate().map(move |(at, product)| (order, at, *product)))
        .collect();
    tables.push(FixtureTable::new(
        "silver.order_lines",
        vec![
            ("order_id", Cells::integers(lines.iter().map(|line| line.0.id))),
            ("user_id", Cells::integers(lines.iter().map(|line| i64::from(line.0.user)))),
            ("product_id", Cells::integers(lines.iter().map(|line| i64::from(line.2)))),
            ("add_to_cart_order", Cells::integers(lines.iter().map(|line| line.1 as i64 + 1))),
        ],
    ));
    let mut bought: BTreeMap<u32, i64> = BTreeMap::new();
    lines.iter().for_each(|line| *bought.entry(line.2).or_default() += 1);
    tables.push(FixtureTable::new(
        "gold.product_features_union",
        vec![
            ("product_id", Cells::integers(bought.keys().map(|id| i64::from(*id)))),
            ("orders", Cells::integers(bought.values().copied())),
            ("users", Cells::integers(bought.values().map(|_| 10))),
            ("reorder_rate_global", Cells::numbers(bought.values().map(|_| 0.5))),
            ("avg_add_to_cart_order", Cells::numbers(bought.values().map(|_| 1.5))),
        ],
    ));
    tables.extend(catalogue_tables());
    tables
}

fn catalogue_tables() -> Vec<FixtureTable> {
    vec![
        FixtureTable::new(
            "silver.products",
            vec![
                ("product_id", Cells::integers(PRODUCTS.map(|p| i64::from(p.0)))),
                ("product_name", Cells::texts(PRODUCTS.map(|p| p.1))),
                ("aisle_id", Cells::integers(PRODUCTS.map(|p| i64::from(p.2)))),
                ("department_id", Cells::integers(PRODUCTS.map(|p| i64::from(p.3)))),
            ],
        ),
        FixtureTable::new(
            "silver.aisles",
            vec![
                ("aisle_id", Cells::integers(AISLES.map(|a| a.0))),
                ("aisle", Cells::texts(AISLES.map(|a| a.1))),
            ],
        ),
        FixtureTable::new(
            "silver.departments",
            vec![
                ("department_id", Cells::integers(DEPARTMENTS.map(|d| d.0))),
                ("department", Cells::texts(DEPARTMENTS.map(|d| d.1))),
            ],
        ),
    ]
}

/// The tables that the stage `next_basket` publishes.
fn published(model: &NextBasket, histories: &Histories) -> Vec<FixtureTable> {
    type Read = fn(&Tally) -> u64;
    let counts: [(&'static str, Read); 10] = [
        ("lines", |t| t.lines),
        ("customers", |t| t.customers),
        ("single", |t| t.single),
        ("followed", |t| t.followed),
        ("again", |t| t.again),
        ("chances", |t| t.chances),
        ("pauses", |t| t.pauses),
        ("pause_orders", |t| t.pause_orders),
        ("pause_days", |t| t.pause_days),
        ("place", |t| t.place),
    ];
    let sources = &model.sources;
    let id = |item: u32| i64::from(sources.catalogue.product_id(item));
    let tallies = &sources.shop.items;
    let mut shop = vec![("product_id", Cells::integers((0..tallies.len() as u32).map(id)))];
    for (name, read) in counts {
        shop.push((name, Cells::integers(tallies.iter().map(|tally| read(tally) as i64))));
    }
    let lists = |of: fn(&Tally) -> [u64; 8]| {
        Cells::IntegerLists(tallies.iter().map(|t| of(t).map(|n| n as i64).to_vec()).collect())
    };
    shop.push(("waited", lists(|tally| tally.waited)));
    shop.push(("came", lists(|tally| tally.came)));
    let vectors: Vec<(usize, Vec<(u32, f32)>)> = sources.near.vectors().collect();
    let taste = sources.taste.items();
    let pairs: Vec<(u32, u32, f32)> = sources.together.pairs().collect();
    vec![
        FixtureTable::new("recsys.next_basket.shop", shop),
        FixtureTable::new(
            "recsys.next_basket.neighbours",
            vec![
                ("user_id", Cells::integers(vectors.iter().map(|v| i64::from(histories.user_ids()[v.0])))),
                (
                    "product_ids",
                    Cells::IntegerLists(
                        vectors.iter().map(|v| v.1.iter().map(|w| id(w.0)).collect()).collect(),
                    ),
                ),
                (
                    "weights",
                    Cells::Vectors(vectors.iter().map(|v| v.1.iter().map(|w| w.1).collect()).collect()),
                ),
            ],
        ),
        FixtureTable::new(
            "recsys.next_basket.taste",
            vec![
                ("product_id", Cells::integers(taste.ids().iter().map(|id| i64::from(*id)))),
                ("factors", Cells::Vectors(taste.rows().map(|(_, row)| row.to_vec()).collect())),
            ],
        ),
        FixtureTable::new(
            "recsys.next_basket.pairs",
            vec![
                ("product_id", Cells::integers(pairs.iter().map(|pair| id(pair.0)))),
                ("partner_id", Cells::integers(pairs.iter().map(|pair| id(pair.1)))),
                ("gain", Cells::numbers(pairs.iter().map(|pair| f64::from(pair.2)))),
            ],
        ),
    ]
}
