//! "How many different products have I ever bought?", "how big was my largest cart?", "how often do I order?": figures
//! over one customer's own orders.
//!
//! They go to the metrics, where the row policy lets a shopper see their own rows and nothing else.

use query::metrics::{Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy};

use tools::customer_profile::CustomerProfileArgs;

use super::{
    Candidate, Question, Who,
    customers::one_order,
    recommend::fills_cart,
    shopping,
    shopping::{says, says_in_a_row},
};
use crate::builtin::{
    intent::{Aspect, Intent, MetricIntent, Shape},
    lexicon::Cue,
    link_metrics::{CUSTOMER, DAY, HOUR, ITEMS, ORDERS},
    wishes::{Wish, Wishes, wishes},
};

/// Words of a measure, which are no things that are bought.
const MEASURE_WORDS: &[&str] = &[
    "size",
    "long",
    "sizes",
    "day",
    "days",
    "hour",
    "gap",
    "pause",
    "big",
    "large",
    "huge",
    "max",
    "maximum",
    "fullest",
    "distinct",
    "unique",
    "diverse",
    "rate",
    "repurchase",
    "article",
    "articles",
    "clock",
    "wait",
    "far",
    "shopped",
    "main",
    "favourite",
    "favorite",
    "loyal",
];

/// Reads the message as a question for a figure of one customer.
pub(crate) fn own_figure(question: &Question<'_>) -> Option<Candidate> {
    let own_principal = question.asked.principal.user_id().is_some();
    let who = match question.who() {
        Ok(who @ (Who::Own | Who::Customer(_))) => who,
        Ok(Who::Nobody) if own_principal && (shopping::mine(question) || speaks_of_nobody(question)) => {
            Who::Own
        }
        _ => return None,
    };
    // "What do I buy every time": the usual, no figure.
    let always = says_in_a_row(question, &["every", "time"]) && !question.measures.how_many;
    if says(question, &["should", "recommend", "suggest"]) || fills_cart(question) || always {
        return None;
    }
    let other = [
        Cue::Recommend,
        Cue::NewToMe,
        Cue::Together,
        Cue::Similar,
        Cue::WillBuy,
        Cue::Compare,
        Cue::Chart,
        Cue::Lowest,
    ];
    let products = !shopping::product_ids(question).is_empty();
    if products || other.iter().any(|cue| question.has(*cue)) || !question.entities.thresholds.is_empty() {
        return None;
    }
    let found = wishes(question, &shopping::customer_spans(question));
    if since_last_order(question) && place(&found).is_some_and(|place| place.is_empty()) {
        let mut used = shopping::explained(question, &found);
        used.extend(&found.content);
        let args = CustomerProfileArgs { user_id: question.user_argument(who) };
        return Some(Candidate::plan(Intent::Profile(args, Aspect::Recency), used, 0.935));
    }
    if let Some(query) = compared_places(question, who, &found) {
        let used = shopping::explained(question, &found);
        let intent = Intent::Metric(MetricIntent { query, shape: Shape::Ranking, chart: false });
        return Some(Candidate::plan(intent, used, 0.935));
    }
    // What one order held is listed, or counted where its number is known.
    if let Some(order) = one_order(question) {
        let counted = question.measures.how_many && order > 0 && found.things.is_empty();
        let own = question.asked.principal.user_id().map(|id| id.0);
        let user = question.user_argument(who).or(own).filter(|_| counted)?;
        let query = MetricQuery {
            metrics: vec![ITEMS.to_owned()],
            filters: vec![
                equals("order_number", i64::from(order).into()),
                equals(CUSTOMER, i64::from(user).into()),
            ],
            ..MetricQuery::default()
        };
        let used = shopping::explained(question, &found);
        let intent = Intent::Metric(MetricIntent { query, shape: Shape::Single, chart: false });
        return Some(Candidate::plan(intent, used, 0.945));
    }
    let place = place(&found)?;
    let implied =
        !question.entities.myself && !shopping::mine(question) && question.entities.customers.is_empty();
    if implied && !place.is_empty() && !question.entities.the_customer {
        return None;
    }
    let figure = figure(question, !place.is_empty())?;
    let own = question.asked.principal.user_id().map(|id| id.0);
    let user = question.user_argument(who).or(own)?;
    let mut filters = place;
    filters.push(equals(CUSTOMER, i64::from(user).into()));
    let mut used = shopping::explained_without_things(question, &found);
    used.extend(&found.content);
    let mut query =
        MetricQuery { metrics: vec![figure.metric.to_owned()], filters, ..MetricQuery::default() };
    let shape = match figure.of {
        None => Shape::Single,
        Some(dimension) => {
            // "Which departments do I buy from, with the items of each": all of them.
            let all = says(question, &["each", "every", "all"]);
            let limit = question.entities.limit.unwrap_or(if all { ALL_PLACES } else { 1 });
            query.dimensions = vec![dimension.to_owned()];
            query.order_by =
                vec![OrderBy { field: figure.metric.to_owned(), direction: Some(Direction::Desc) }];
            query.limit = Some(limit);
            if limit == 1 { Shape::Extreme } else { Shape::Ranking }
        }
    };
    let intent = Intent::Metric(MetricIntent { query, shape, chart: false });
    Some(Candidate::plan(intent, used, if question.role().is_staff() { 0.9 } else { 0.93 }))
}

/// More aisles than a shop has.
const ALL_PLACES: u32 = 200;

/// "Average basket?" of a shopper: whose else than their own. Not where everybody or the shop is spoken of.
fn speaks_of_nobody(question: &Question<'_>) -> bool {
    const OTHERS: &[&str] = &[
        "shop",
        "store",
        "you",
        "your",
        "our",
        "people",
        "everyone",
        "everybody",
        "customers",
        "shoppers",
        "users",
        "all",
        "sell",
        "sold",
        "list",
        "there",
        "catalogue",
        "catalog",
        "overall",
        "total",
        "aisle",
        "aisles",
        "department",
        "departments",
        "clients",
        "average customer",
        "customer",
        "others",
    ];
    question.role() == domain::principal::Role::Shopper && !says(question, OTHERS)
}

/// "How long ago did I order?", "when was my last order?": the days since then.
fn since_last_order(question: &Question<'_>) -> bool {
    let order = says(
        question,
        &["order", "orders", "ordered", "shop", "shopped", "purchase", "visit", "here", "bought", "buy"],
    );
    let when = says(question, &["when"]) || says_in_a_row(question, &["days", "since"]);
    let last = says(question, &["last", "latest", "recent", "previous", "since"]);
    let ago = says_in_a_row(question, &["how", "long", "ago"])
        || says_in_a_row(question, &["days", "ago"])
        || says_in_a_row(question, &["long", "since"])
        || says_in_a_row(question, &["how", "long", "has", "it", "been"]);
    order && (ago || (when && last)) && !says(question, &["next", "usually", "first"])
}

/// "Do I buy more produce or dairy?": the items of each, the most first.
fn compared_places(question: &Question<'_>, who: Who, found: &Wishes) -> Option<MetricQuery> {
    let compares = says(question, &["more", "most", "often", "mostly"])
        && says(question, &["or", "than", "versus", "vs"])
        && (says(question, &["buy", "bought", "order", "ordered", "purchase", "get", "shop", "purchased"]));
    if !compares || found.things.len() < 2 || question.measures.how_many {
        return None;
    }
    let bare = |wish: &Wish| wish.text.is_empty() && wish.attributes.is_empty() && wish.exclude.is_empty();
    let of = |name: fn(&Wish) -> Option<&String>| {
        found.things.iter().map(|wish| name(wish).filter(|_| bare(wish)).cloned()).collect::<Option<Vec<_>>>()
    };
    let departments = of(|wish| wish.department.as_ref()).map(|names| ("department", names));
    let (dimension, names) =
        departments.or_else(|| of(|wish| wish.aisle.as_ref()).map(|names| ("aisle", names)))?;
    let own = question.asked.principal.user_id().map(|id| id.0);
    let user = question.user_argument(who).or(own)?;
    let places = MetricFilter {
        field: dimension.to_owned(),
        op: FilterOp::In,
        values: names.iter().map(|name| name.as_str().into()).collect(),
    };
    Some(MetricQuery {
        metrics: vec![ITEMS.to_owned()],
        dimensions: vec![dimension.to_owned()],
        filters: vec![places, equals(CUSTOMER, i64::from(user).into())],
        order_by: vec![OrderBy { field: ITEMS.to_owned(), direction: Some(Direction::Desc) }],
        ..MetricQuery::default()
    })
}

fn equals(field: &str, value: FilterValue) -> MetricFilter {
    MetricFilter { field: field.to_owned(), op: FilterOp::Eq, values: vec![value] }
}

/// The place that the figure is limited to; `None` where anything else is named, which a figure cannot filter on.
pub(super) fn place(found: &Wishes) -> Option<Vec<MetricFilter>> {
    let is_measure = |wish: &&Wish| wish.text.split(' ').all(|word| MEASURE_WORDS.contains(&word));
    let things: Vec<&Wish> =
        found.things.iter().filter(|wish| wish.text.is_empty() || !is_measure(wish)).collect();
    match things.as_slice() {
        [] => Some(Vec::new()),
        [wish] if wish.text.is_empty() && wish.attributes.is_empty() && wish.exclude.is_empty() => {
            let aisle = wish.aisle.as_deref().map(|name| equals("aisle", name.into()));
            let department = wish.department.as_deref().map(|name| equals("department", name.into()));
            Some(aisle.or(department).into_iter().collect())
        }
        _ => None,
    }
}

/// A metric, and the dimension whose first is asked for.
struct Figure {
    metric: &'static str,
    of: Option<&'static str>,
}

fn figure(question: &Question<'_>, in_place: bool) -> Option<Figure> {
    let single = |metric| Some(Figure { metric, of: None });
    let first = |metric, of| Some(Figure { metric, of: Some(of) });
    let says = |words: &[&str]| says(question, words);
    let order = says(&[
        "order", "orders", "basket", "baskets", "cart", "carts", "shop", "shopping", "trip", "delivery",
    ]);
    let items =
        says(&["item", "items", "product", "products", "thing", "things", "stuff", "article", "articles"]);
    let how_many = question.measures.how_many
        || says_in_a_row(question, &["how", "much"])
        || (says_in_a_row(question, &["in", "total"]) && items)
        || says_in_a_row(question, &["number", "of"])
        || says(&["count"]);
    let average = question.has(Cue::Average)
        || says(&["usually", "normally", "generally", "per", "each", "usual", "average", "mean", "typical"]);
    let biggest = says(&["biggest", "largest", "max", "maximum", "fullest", "huge"]);
    let size = says(&["size", "big", "large"]);
    let different = says(&["different", "distinct", "unique", "various"]);
    let short = question.tokens.len() <= 5 && shopping::mine(question);
    let most = short
        || question.has(Cue::Highest)
        || question.has(Cue::Usual)
        || question.has(Cue::Popular)
        || average;
    // "The longest break between my orders" is one of them, not their mean.
    if says(&["longest", "shortest"]) {
        return None;
    }
    if says(&["days", "gap", "pause", "long"])
        && (says(&["between", "pass", "apart", "until", "wait"]) || order)
        && !in_place
    {
        return single("avg_days_between_orders");
    }
    let share = question.has(Cue::Share) || says_in_a_row(question, &["how", "much", "of"]);
    if share && says(&["reorders", "reordered", "reorder", "again", "repeat", "repeats", "rebought"]) {
        return single("reorder_rate");
    }
    if share {
        return None;
    }
    let when_next = says(&["when"]) && says(&["next"]) && order;
    let of_things = says(&["bought", "items", "something", "anything"]);
    let rhythm = question.has(Cue::HowOften) && !in_place && !of_things;
    if when_next || (rhythm && (order || says(&["shop", "come"]))) {
        return single("avg_days_between_orders");
    }
    // "Which product do I most often put in my cart first?"
    if says(&["first"])
        && says(&["put", "add", "goes", "go", "place", "start"])
        && order
        && question.has(Cue::Which)
    {
        return first("first_in_cart", "product_name");
    }
    let rate =
        says_in_a_row(question, &["reorder", "rate"]) || says_in_a_row(question, &["repurchase", "rate"]);
    if rate {
        return single("reorder_rate");
    }
    let at_once = says_in_a_row(question, &["at", "once"])
        || says_in_a_row(question, &["in", "one", "go"])
        || says_in_a_row(question, &["at", "a", "time"])
        || says_in_a_row(question, &["in", "one"])
        || says_in_a_row(question, &["in", "a", "single"]);
    let most_at_once = at_once && items && (biggest || question.has(Cue::Highest));
    if (biggest && order || most_at_once)
        && (how_many || size || items || question.has(Cue::Which))
        && !in_place
    {
        return single("max_basket_size");
    }
    // "average basket"
    let bare = average && says(&["basket", "cart", "order"]) && question.tokens.len() <= 3;
    if bare
        || order
            && (size
                || (items && average && question.entities.limit.is_none())
                || (how_many && items && says(&["per", "average", "mean"])))
            && !in_place
    {
        return single("basket_size");
    }
    if most && !in_place && says(&["department", "departments", "section"]) {
        return first(ITEMS, "department");
    }
    if most && !in_place && says(&["aisle", "aisles"]) {
        return first(ITEMS, "aisle");
    }
    if most
        && (order || question.has(Cue::Buy))
        && says(&["hour", "time", "clock"])
        && !says(&["times"])
        && !how_many
    {
        return first(ORDERS, HOUR);
    }
    if most && (order || question.has(Cue::Buy)) && says(&["day", "weekday"]) && !how_many {
        return first(ORDERS, DAY);
    }
    let ranked = question.has(Cue::Highest) || question.has(Cue::Popular);
    if !how_many || ranked || (question.has(Cue::HowOften) && !in_place) {
        return None;
    }
    if !in_place && !ranked && says(&["departments"]) && !says(&["most"]) {
        return single("departments");
    }
    if !in_place && !ranked && says(&["aisles"]) && !says(&["most"]) {
        return single("aisles");
    }
    if !in_place && says(&["aisle", "aisles", "department", "departments"]) {
        return None;
    }
    // "How many products have I bought exactly once": a bound on each of them.
    if says(&["once", "twice", "exactly", "least"]) || says(&["one"]) && says(&["time"]) {
        return None;
    }
    if different || says(&["products", "kinds"]) && !in_place {
        return single("products_bought");
    }
    if says(&["orders", "order", "baskets"]) && !items {
        return single(ORDERS);
    }
    let bought = question.has(Cue::Buy) || says(&["bought", "purchased", "ordered"]);
    (items || (bought && in_place)).then_some(Figure { metric: ITEMS, of: None })
}
