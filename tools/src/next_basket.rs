//! The next-basket model of a run, put together from what the run published, and asked for one customer at a time.
//!
//! ```text
//! recsys/next_basket/run=<id>/: shop, neighbours, taste, pairs, ranker.json ─> NextBasketModel   (once a run)
//! silver orders and order_lines of one customer ─> CustomerOrders ─> rank ─> chances, best first  (each request)
//! ```
//! The chance is calibrated for the next order whatever is in the basket. What goes with the basket is put higher by its
//! rank alone ([`Chance::standing`]), so that the chance stays what was measured. Blocks and computes: call it off the
//! runtime's threads.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    ids::{ProductId, UserId},
    lake::RunPaths,
    manifest::Manifest,
    principal::RowPolicy,
};
use query::{QueryError, customer_rows::CustomerRows, plain_table::PlainTable};
use recsys::{
    RecsysError,
    als::FactorTable,
    baselines::tifu_knn::TifuKnn,
    history::{Catalogue, Histories, HistoriesBuilder, Item},
    next_basket::{
        model::{NextBasket, Ranked, RankerFile},
        sources::{Sources, Taste, Together, Who},
        tally::{Shop, Tally, WAITS},
    },
};

use crate::{contract::ToolError, customer::History};

/// Products that are scored beyond the model's own candidates, at most: those of an aisle, or partners of a basket. A
/// list shows 50 at most; 500 rows more cost 5 ms, more than all the rest of a request.
pub(crate) const MAX_ALSO: usize = 200;

/// How much more often than by chance an order with one product must hold the other for the pair to count: of a hundred
/// orders with one at least one more. Below that a partner is hardly better than any other product.
const MIN_GAIN: f32 = 0.01;

/// The same for a reason to say "often": of a hundred orders at least three more than by chance.
const OFTEN_GAIN: f32 = 0.03;

/// Orders of the customer that must hold a product before it counts as one that they buy.
const BOUGHT_AT_LEAST: usize = 2;

/// How far a partner in the basket lifts the odds, at most: part of a pair's lift is taste, which the chance holds
/// already.
const MAX_LIFT: f64 = 5.0;

/// Where a run's model lies.
#[derive(Debug, Clone)]
pub(crate) struct ModelFiles {
    shop: PathBuf,
    neighbours: PathBuf,
    taste: PathBuf,
    pairs: PathBuf,
    ranker: PathBuf,
    orders: PathBuf,
    lines: PathBuf,
}

/// Why a model could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ModelError {
    /// A table is missing or not as it should be.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The parts do not fit together.
    #[error("the next-basket model cannot be used: {0}")]
    Recsys(#[from] RecsysError),
    /// The ranker cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Ranker {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A table does not fit the catalogue.
    #[error("the table {table} of the next-basket model has {what}: run the pipeline again")]
    Table {
        /// Its name.
        table: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl From<ModelError> for ToolError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Query(error) => crate::sql::to_tool_error(error),
            other => Self::Upstream(other.to_string()),
        }
    }
}

impl ModelFiles {
    /// Those of a run; none where it was made without the model.
    pub(crate) fn of(manifest: &Manifest, paths: &RunPaths) -> Option<Self> {
        let artefact = |name: &str| manifest.artefact_path(paths, name);
        let shop = artefact("recsys.next_basket.shop")?;
        let beside = shop.parent().map(|folder| folder.join("ranker.json"));
        Some(Self {
            neighbours: artefact("recsys.next_basket.neighbours")?,
            taste: artefact("recsys.next_basket.taste")?,
            pairs: artefact("recsys.next_basket.pairs")?,
            ranker: artefact("recsys.next_basket.ranker").or(beside)?,
            orders: artefact("silver.orders")?,
            lines: artefact("silver.order_lines")?,
            shop,
        })
    }
}

/// The model, ready to be asked.
pub(crate) struct NextBasketModel {
    model: NextBasket,
    /// Place of each product by purchases, 0 = most bought.
    popularity: Vec<u32>,
    orders: CustomerRows,
    lines: CustomerRows,
}

/// One customer's orders, as reasons and as the model take them.
pub(crate) struct CustomerOrders {
    pub(crate) history: History,
    /// Of one customer; empty where they have no order.
    pub(crate) orders: Histories,
}

/// How likely a product is in the next order, and what speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chance {
    pub(crate) product: ProductId,
    /// That the customer's next order holds it, calibrated, 0 to 1.
    pub(crate) probability: f64,
    /// What the list is ordered by: the odds of `probability`, lifted for what goes with the basket.
    pub(crate) standing: f64,
    /// Whether the customer has never bought it.
    pub(crate) is_new: bool,
    /// The customer's own product that calls for a new one most and often, with the gain ([`Together`]).
    pub(crate) with_own: Option<(ProductId, f32)>,
    /// The product of the basket that calls for it most, with the gain.
    pub(crate) with_basket: Option<(ProductId, f32)>,
    /// How often the nearest customers buy it, where they put it higher than all customers do.
    pub(crate) neighbours: Option<f32>,
}

impl NextBasketModel {
    /// Reads everything; `products` are `(product, aisle, department)` of the run, by id.
    pub(crate) fn load(files: &ModelFiles, products: &[(u32, u32, u32)]) -> Result<Self, ModelError> {
        let ranker = read_ranker(&files.ranker)?;
        let shop = PlainTable::read(&files.shop)?;
        let catalogue = catalogue_of(&shop, products)?;
        let shop = Shop::from_items(&catalogue, tallies(&shop)?, ranker.customers, ranker.orders)?;
        let near = neighbours(&files.neighbours, &catalogue, &ranker)?;
        let taste =
            Taste::new(factors(&files.taste)?, &catalogue, ranker.taste_alpha, ranker.taste_regularization)?;
        let together = pairs(&files.pairs, &catalogue)?;
        let sources = Sources::from_parts(catalogue, shop, near, taste, together, ranker.new_candidates);
        let mut popularity = vec![0; sources.catalogue.len()];
        for (place, item) in (0..).zip(&sources.popular) {
            if let Some(slot) = popularity.get_mut(*item as usize) {
                *slot = place;
            }
        }
        let order_columns =
            ["order_id", "order_number", "order_dow", "order_hour_of_day", "days_since_prior_order"];
        Ok(Self {
            model: NextBasket { sources, ensemble: ranker.ensemble, calibration: ranker.calibration },
            popularity,
            orders: CustomerRows::open("orders", &files.orders, &order_columns)?,
            lines: CustomerRows::open(
                "order_lines",
                &files.lines,
                &["order_id", "product_id", "add_to_cart_order"],
            )?,
        })
    }

    /// The customer's orders as they exist under the policy.
    pub(crate) fn read(&self, policy: RowPolicy, user_id: UserId) -> Result<CustomerOrders, ModelError> {
        let lines = self.lines.read(policy, user_id)?;
        let (of_order, places) = (lines.integers("order_id")?, lines.integers("add_to_cart_order")?);
        let mut baskets: BTreeMap<i64, Vec<(i64, u32)>> = BTreeMap::new();
        for ((order, place), product) in of_order.iter().zip(places).zip(lines.ids("product_id")?) {
            baskets.entry(*order).or_default().push((place, product));
        }
        let orders = self.orders.read(policy, user_id)?;
        let gaps = orders.optional_numbers("days_since_prior_order")?;
        let (numbers, ids) = (orders.integers("order_number")?, orders.integers("order_id")?);
        let days = orders.integers("order_dow")?.into_iter().zip(orders.integers("order_hour_of_day")?);
        let mut rows: Vec<_> = numbers.into_iter().zip(ids).zip(gaps).zip(days).collect();
        rows.sort_by_key(|(((number, id), _), _)| (*number, *id));
        let mut builder = HistoriesBuilder::new();
        let (mut history, mut basket) = (Vec::with_capacity(lines.len()), Vec::new());
        for (((number, id), gap), (weekday, hour)) in rows {
            let mut products = baskets.remove(&id).unwrap_or_default();
            // Stable: lines of the same place keep the order of the table.
            products.sort_by_key(|(place, _)| *place);
            history.extend(products.iter().map(|(_, product)| (number, ProductId(*product))));
            basket.clear();
            // A product that the model has never seen says nothing to it.
            basket.extend(
                products.iter().filter_map(|(_, product)| self.model.sources.catalogue.item(*product)),
            );
            let gap = gap.map(|days| days.clamp(0.0, f64::from(u8::MAX)) as u8);
            let small = |value: i64| u8::try_from(value).unwrap_or(0);
            builder.push(user_id.0, gap, small(weekday), small(hour), &basket)?;
        }
        Ok(CustomerOrders { history: History::from_lines(history), orders: builder.build() })
    }

    /// All candidates, best standing first; `also` are candidates in any case.
    pub(crate) fn rank(
        &self,
        user_id: UserId,
        orders: &Histories,
        also: &[ProductId],
        basket: &[ProductId],
    ) -> Result<Vec<Chance>, ModelError> {
        if orders.is_empty() {
            return Ok(Vec::new());
        }
        let sources = &self.model.sources;
        let history = orders.of(0);
        let mut also: Vec<Item> =
            also.iter().filter_map(|id| sources.catalogue.item(id.0)).take(MAX_ALSO).collect();
        let partners = self.partners(basket.iter().filter_map(|id| sources.catalogue.item(id.0)));
        also.extend(strongest(&partners, MAX_ALSO - also.len()));
        let mut counts: BTreeMap<Item, usize> = BTreeMap::new();
        for item in history.baskets().flatten() {
            *counts.entry(*item).or_default() += 1;
        }
        let regular = counts.iter().filter(|(_, count)| **count >= BOUGHT_AT_LEAST).map(|(item, _)| *item);
        let own = self.partners(regular);
        let who = Who { customer: Some(user_id.0 as usize), counted: history, history };
        let ranked = self.model.rank(who, &also)?;
        let mut chances: Vec<Chance> =
            ranked.iter().map(|ranked| self.chance(ranked, &own, &partners)).collect();
        // Stable: where nothing is lifted the model's order stays.
        chances.sort_by(|a, b| b.standing.total_cmp(&a.standing));
        Ok(chances)
    }

    fn chance(&self, ranked: &Ranked, own: &Partners, basket: &Partners) -> Chance {
        let catalogue = &self.model.sources.catalogue;
        let partner = |partners: &Partners| {
            let (by, gain) = partners.get(&ranked.item)?;
            Some((ProductId(catalogue.product_id(*by)), *gain))
        };
        let odds = ranked.probability / (1.0 - ranked.probability);
        let lift = basket.get(&ranked.item).map_or(1.0, |(_, gain)| self.lift(ranked.item, *gain));
        let place = self.popularity.get(ranked.item as usize).copied().unwrap_or(u32::MAX);
        let signals = ranked.signals;
        let speaks = signals.neighbours > 0.0 && signals.neighbours_rank < place as f32;
        Chance {
            product: ProductId(catalogue.product_id(ranked.item)),
            probability: ranked.probability,
            standing: odds * lift,
            is_new: ranked.is_new,
            with_own: partner(own).filter(|(_, gain)| ranked.is_new && *gain >= OFTEN_GAIN),
            with_basket: partner(basket),
            neighbours: speaks.then_some(signals.neighbours),
        }
    }

    /// P(product | partner) / P(product), 1 to [`MAX_LIFT`]: Bayes' factor if the basket's other products say nothing.
    fn lift(&self, item: Item, gain: f32) -> f64 {
        let shop = &self.model.sources.shop;
        let lines = shop.items.get(item as usize).map_or(0, |tally| tally.lines);
        if lines == 0 || shop.orders == 0 {
            return 1.0;
        }
        let base = lines as f64 / shop.orders as f64;
        (1.0 + f64::from(gain) / base).clamp(1.0, MAX_LIFT)
    }

    /// What these products call for: the strongest of them for each partner.
    fn partners(&self, items: impl Iterator<Item = Item>) -> Partners {
        let mut partners = Partners::new();
        for item in items {
            let together = self.model.sources.together.of(item).iter();
            for (partner, gain) in together.take_while(|(_, gain)| *gain >= MIN_GAIN) {
                let best = partners.entry(*partner).or_insert((item, *gain));
                if *gain > best.1 {
                    *best = (item, *gain);
                }
            }
        }
        partners
    }
}

/// By product: what calls for it most, and the gain.
type Partners = BTreeMap<Item, (Item, f32)>;

/// The partners with the highest gain, ties by product.
fn strongest(partners: &Partners, most: usize) -> Vec<Item> {
    let mut ranked: Vec<(Item, f32)> = partners.iter().map(|(item, (_, gain))| (*item, *gain)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.into_iter().take(most).map(|(item, _)| item).collect()
}

fn read_ranker(path: &Path) -> Result<RankerFile, ModelError> {
    let wrong = |reason: String| ModelError::Ranker { path: path.to_owned(), reason };
    let bytes = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let ranker: RankerFile = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
    ranker.check()?;
    Ok(ranker)
}

/// The model's products with their aisles and departments in the run.
fn catalogue_of(shop: &PlainTable, products: &[(u32, u32, u32)]) -> Result<Catalogue, ModelError> {
    let ids = shop.ids("product_id")?;
    if !ids.is_sorted() {
        return Err(ModelError::Table { table: "shop", what: "products out of order".to_owned() });
    }
    let places = ids.into_iter().map(|id| {
        let at = products.binary_search_by_key(&id, |product| product.0);
        at.ok().and_then(|at| products.get(at)).copied().ok_or_else(|| ModelError::Table {
            table: "shop",
            what: format!("the product {id}, which the run does not have"),
        })
    });
    Ok(Catalogue::new(places.collect::<Result<_, ModelError>>()?)?)
}

fn tallies(shop: &PlainTable) -> Result<Vec<Tally>, ModelError> {
    type Field = fn(&mut Tally) -> &mut u64;
    let fields: [(&str, Field); 10] = [
        ("lines", |t| &mut t.lines),
        ("customers", |t| &mut t.customers),
        ("single", |t| &mut t.single),
        ("followed", |t| &mut t.followed),
        ("again", |t| &mut t.again),
        ("chances", |t| &mut t.chances),
        ("pauses", |t| &mut t.pauses),
        ("pause_orders", |t| &mut t.pause_orders),
        ("pause_days", |t| &mut t.pause_days),
        ("place", |t| &mut t.place),
    ];
    let count = |column: &str, value: i64| {
        u64::try_from(value).map_err(|_| ModelError::Table {
            table: "shop",
            what: format!("{value} in {column}, where a count is expected"),
        })
    };
    let mut tallies = vec![Tally::default(); shop.len()];
    for (column, field) in fields {
        for (tally, value) in tallies.iter_mut().zip(shop.integers(column)?) {
            *field(tally) = count(column, value)?;
        }
    }
    type Waits = fn(&mut Tally) -> &mut [u64; WAITS];
    let by_wait: [(&str, Waits); 2] = [("waited", |t| &mut t.waited), ("came", |t| &mut t.came)];
    for (column, field) in by_wait {
        for (tally, values) in tallies.iter_mut().zip(shop.integer_lists(column)?) {
            let counts: Vec<u64> =
                values.iter().map(|value| count(column, *value)).collect::<Result<_, _>>()?;
            *field(tally) = counts.try_into().map_err(|counts: Vec<u64>| ModelError::Table {
                table: "shop",
                what: format!("{} waits in {column}, {WAITS} are expected", counts.len()),
            })?;
        }
    }
    Ok(tallies)
}

fn unknown(table: &'static str, id: u32) -> ModelError {
    ModelError::Table { table, what: format!("the product {id}, which the shop does not have") }
}

fn neighbours(path: &Path, catalogue: &Catalogue, ranker: &RankerFile) -> Result<TifuKnn, ModelError> {
    const TABLE: &str = "neighbours";
    let table = PlainTable::read(path)?;
    let rows = table.ids("user_id")?.into_iter();
    let rows = rows.zip(table.id_lists("product_ids")?).zip(table.number_lists("weights")?);
    let vectors = rows.map(|((user_id, products), weights)| {
        if products.len() != weights.len() {
            let what = format!("{} products and {} weights", products.len(), weights.len());
            return Err(ModelError::Table { table: TABLE, what });
        }
        let items = products.iter().map(|id| catalogue.item(*id).ok_or_else(|| unknown(TABLE, *id)));
        let items: Vec<Item> = items.collect::<Result<_, _>>()?;
        Ok((user_id as usize, items.into_iter().zip(weights).collect()))
    });
    let vectors: Vec<(usize, Vec<(Item, f32)>)> = vectors.collect::<Result<_, _>>()?;
    Ok(TifuKnn::from_vectors(vectors.into_iter(), catalogue.len(), ranker.neighbours)?)
}

fn factors(path: &Path) -> Result<FactorTable, ModelError> {
    let vectors = query::vectors::read_vectors(path)?;
    let dimension = vectors.first().map_or(1, |(_, factors)| factors.len());
    let ids = vectors.iter().map(|(id, _)| *id).collect();
    Ok(FactorTable::new(ids, dimension, vectors.into_iter().flat_map(|(_, factors)| factors).collect())?)
}

fn pairs(path: &Path, catalogue: &Catalogue) -> Result<Together, ModelError> {
    const TABLE: &str = "pairs";
    let table = PlainTable::read(path)?;
    let item = |id: u32| catalogue.item(id).ok_or_else(|| unknown(TABLE, id));
    let rows = table.ids("product_id")?.into_iter().zip(table.ids("partner_id")?);
    let pairs = rows
        .zip(table.numbers("gain")?)
        .map(|((product, partner), gain)| Ok((item(product)?, item(partner)?, gain)));
    Ok(Together::from_pairs(pairs.collect::<Result<_, ModelError>>()?, catalogue.len()))
}

/// Work on a blocking thread.
pub(crate) async fn off_runtime<T: Send + 'static>(
    model: &Arc<NextBasketModel>,
    work: impl FnOnce(&NextBasketModel) -> Result<T, ModelError> + Send + 'static,
) -> Result<T, ToolError> {
    let model = Arc::clone(model);
    tokio::task::spawn_blocking(move || work(&model))
        .await
        .map_err(|died| ToolError::Upstream(format!("the ranking thread died: {died}")))?
        .map_err(ToolError::from)
}
