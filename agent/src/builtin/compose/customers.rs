//! Questions about customers: who they are, what they have bought, who is like them, what a segment buys.

use query::metrics::{FilterOp, MetricFilter, MetricQuery};
use tools::{
    customer_profile::CustomerProfileArgs,
    purchase_history::PurchaseHistoryArgs,
    segment_popularity::{SegmentOrder, SegmentPopularityArgs},
    similar_customers::SimilarCustomersArgs,
};

use super::{Candidate, Question, Who, shopping, which_customer};
use crate::builtin::{
    intent::{Aspect, Intent, MetricIntent, Shape},
    lexicon::Cue,
    link_metrics::{CUSTOMER, ITEMS},
    vocabulary::NameKind,
    wishes::{Wish, wishes},
};

/// "customers like 42".
pub(crate) fn similar(question: &Question<'_>) -> Option<Candidate> {
    let alike = question.has(Cue::Similar) || question.has(Cue::Likes);
    let about_customers = question.has(Cue::CustomerWord) || !question.entities.customers.is_empty();
    if !alike || !about_customers || !question.entities.product_ids.is_empty() || names_products(question) {
        return None;
    }
    // "does customer 5 like milk" is about their purchases.
    let likeness = |at: usize| {
        let behind = question.spans.get(at + 1..).unwrap_or_default().iter().find(|span| !span.is_filler());
        let before = at.checked_sub(1).and_then(|before| question.spans.get(before));
        behind.is_some_and(|span| span.is(Cue::CustomerWord) || span.number().is_some())
            || before.is_some_and(|span| span.is(Cue::CustomerWord))
    };
    if !question.has(Cue::Similar) && !question.position(Cue::Likes).is_some_and(likeness) {
        return None;
    }
    let mut used = question.positions(&[
        Cue::Similar,
        Cue::Likes,
        Cue::CustomerWord,
        Cue::Show,
        Cue::Which,
        Cue::Search,
        Cue::Buy,
        Cue::Myself,
    ]);
    used.extend(question.entity_spans());
    used.extend(&question.measures.used);
    let who = match question.who() {
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let own = question.asked.principal.user_id().map(|id| id.0);
    let Some(user_id) = question.user_argument(who).or(own) else {
        return Some(Candidate::draft(which_customer("Show customers similar to customer 1"), used, 0.9));
    };
    let args = SimilarCustomersArgs { user_id: Some(user_id), limit: question.entities.limit };
    Some(Candidate::plan(Intent::SimilarCustomers(args), used, 0.93))
}

fn names_products(question: &Question<'_>) -> bool {
    question.entities.named.iter().any(|named| named.name.kind == NameKind::Product)
}

/// "my customer segment please" says all that it asks.
const SHORT_QUESTION: usize = 5;

/// "Which segment is customer 1 in?"
pub(crate) fn profile(question: &Question<'_>) -> Option<Candidate> {
    let aspects = [
        (Cue::Segment, Aspect::Segment),
        (Cue::Recency, Aspect::Recency),
        (Cue::Frequency, Aspect::Frequency),
        (Cue::Monetary, Aspect::Monetary),
        (Cue::Profile, Aspect::All),
        (Cue::Details, Aspect::All),
    ];
    let asked: Vec<Aspect> =
        aspects.iter().filter(|(cue, _)| question.has(*cue)).map(|(_, aspect)| *aspect).collect();
    // "What kind of customer am I": the segment says it.
    let kind = shopping::says(question, &["kind", "type", "sort"])
        && question.has(Cue::CustomerWord)
        && question.entities.myself;
    // "How would you describe me as a customer?"
    let described = shopping::says_in_a_row(question, &["about", "myself"])
        || (shopping::says_in_a_row(question, &["am", "i", "a"])
            || shopping::says_in_a_row(question, &["am", "i", "one"]))
            && question.has(Cue::CustomerWord)
            && !shopping::says(question, &["what", "which"])
        || shopping::says(question, &["describe", "characterise", "characterize", "know"])
            && shopping::says_in_a_row(question, &["me", "as"])
        || shopping::says_in_a_row(question, &["know", "about", "me"])
        || is_one_of_a_group(question);
    // "What do I have a habit of buying" asks for products.
    let buying_habit =
        shopping::says(question, &["habit"]) && shopping::says(question, &["buying", "ordering", "getting"]);
    if question.measures.how_many || buying_habit {
        return None;
    }
    // "What's my group called?", "the segment you put me in".
    let classified = shopping::says(
        question,
        &["classify", "classified", "categorize", "categorise", "categorized", "categorised"],
    );
    let in_group = (classified
        || shopping::says(question, &["group", "segment", "cluster", "category", "bucket"]))
        && shopping::says(question, &["my", "me", "i"])
        && !shopping::says(question, &["show", "give", "buy", "buys", "popular", "bought"])
        && (question.asked.principal.user_id().is_some() || !question.role().is_staff())
        && question.entities.named.is_empty()
        && question.entities.customers.is_empty()
        && (question.has(Cue::CustomerWord)
            || classified
            || question.tokens.len() <= SHORT_QUESTION
            || shopping::says(
                question,
                &["put", "sorted", "assigned", "called", "belong", "in", "shopper", "label", "part"],
            ));
    let kind = kind || (in_group && asked.is_empty());
    let aspect = match asked.as_slice() {
        _ if described => Aspect::All,
        [] if kind => Aspect::Segment,
        [] => return None,
        [one] => *one,
        _ => Aspect::All,
    };
    let mut used = question.positions(&[
        Cue::Segment,
        Cue::Recency,
        Cue::Frequency,
        Cue::Monetary,
        Cue::Profile,
        Cue::Details,
        Cue::Which,
        Cue::Show,
        Cue::CustomerWord,
        Cue::When,
    ]);
    used.extend(question.entity_spans());
    let found = wishes(question, &shopping::customer_spans(question));
    used.extend(shopping::explained_without_things(question, &found));
    let about_me_only =
        question.has(Cue::Details) && asked.len() == 1 && question.entities.customers.is_empty();
    if about_me_only && !question.entities.the_customer && !described {
        // "tell me about …" says nothing of a customer by its "me".
        return None;
    }
    let who = match question.who() {
        Ok(Who::Nobody) if in_group || described => Who::Own,
        Ok(Who::Nobody) => return None,
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    if in_group || is_one_of_a_group(question) {
        used.extend(0..question.spans.len());
    }
    if who == Who::Missing {
        return Some(Candidate::draft(which_customer("Which segment is customer 1 in?"), used, 0.9));
    }
    if question.entities.customers.len() > 1 && question.role().is_staff() {
        return Some(Candidate::plan(Intent::Metric(profiles(question, aspect)), used, 0.92));
    }
    let args = CustomerProfileArgs { user_id: question.user_argument(who) };
    Some(Candidate::plan(Intent::Profile(args, aspect), used, 0.92))
}

/// "Am I a champion?", "am I one of your regulars": the segment says it.
pub(super) fn is_one_of_a_group(question: &Question<'_>) -> bool {
    const GROUPS: &[&str] = &[
        "champion",
        "champions",
        "loyal",
        "loyalist",
        "regular",
        "regulars",
        "lapsed",
        "hibernating",
        "vip",
        "active",
        "occasional",
    ];
    !question.role().is_staff()
        && question.asked.history.is_empty()
        && question.tokens.len() <= SHORT_QUESTION * 2
        && shopping::says_in_a_row(question, &["am", "i"])
        && shopping::says(question, GROUPS)
}

/// "the segments of customers 1, 13 and 21": a row each.
fn profiles(question: &Question<'_>, aspect: Aspect) -> MetricIntent {
    let metrics: &[&str] = match aspect {
        Aspect::Recency => &["avg_recency_days"],
        Aspect::Frequency => &["orders"],
        Aspect::Monetary => &["avg_customer_basket"],
        Aspect::All => &["orders", "avg_recency_days", "avg_customer_basket", "avg_churn_risk"],
        Aspect::Segment => &["customers"],
    };
    let ids = question.entities.customers.iter().map(|id| i64::from(*id));
    let query = MetricQuery::of(metrics.iter().copied()).by([CUSTOMER, "segment_name"]).filter(
        CUSTOMER,
        FilterOp::In,
        ids,
    );
    MetricIntent { query, shape: Shape::Breakdown, chart: false }
}

/// "What do I buy most?", "did I ever buy yogurt?", "what was in my last order?", "does customer 5 like chocolate?"
pub(crate) fn history(question: &Question<'_>) -> Option<Candidate> {
    let asks_liking = question.has(Cue::Likes) || question.has(Cue::WillBuy) || question.has(Cue::History);
    let asks_buying = question.has(Cue::Buy) || question.has(Cue::HowOften) || bought(question);
    // "my top ten"
    let tops = (shopping::says_in_a_row(question, &["my", "top"])
        || (shopping::says(question, &["top"]) && shopping::says(question, &["mine"]))
        || shopping::says_in_a_row(question, &["into", "my", "cart"])
        || shopping::says_in_a_row(question, &["into", "my", "basket"])
        || shopping::says_in_a_row(question, &["my", "go", "to"])
        || shopping::says_in_a_row(question, &["my", "most"]))
        && question.measures.dimensions.is_empty();
    let favourites = (question.has(Cue::Popular) || tops) && question.entities.myself;
    let order = one_order(question);
    // "Can I get limes", "what will I buy next", "what share is organic": no question of what was bought.
    let future =
        shopping::says(question, &["can", "could", "where"]) && !shopping::speaks_of_past_purchases(question);
    let elsewhere = future
        || shopping::says_in_a_row(question, &["what", "will"])
        || shopping::says(question, &["predict"])
        || shopping::says(question, &["next"]) && shopping::says(question, &["likely", "probably", "might"])
        || shopping::says_in_a_row(question, &["based", "on"])
        || question.has(Cue::Share)
        // "Which customers …" is no question of a shopper's own.
        || (!question.role().is_staff() && question.has(Cue::CustomerWord) && question.entities.customers.is_empty() && !question.entities.the_customer);
    // A visitor who speaks of what is liked wants goods.
    let guest = question.role() == domain::principal::Role::Guest;
    if guest
        && question.entities.customers.is_empty()
        && !shopping::speaks_of_past_purchases(question)
        && !shopping::says(question, &["my"])
        && !question.has(Cue::WillBuy)
        && !shopping::says(question, &["did", "ever", "usually", "often"])
    {
        return None;
    }
    let asks = asks_liking
        || asks_buying
        || shopping::speaks_of_past_purchases(question)
        || favourites
        || question.has(Cue::Usual)
        || order.is_some();
    let past = shopping::speaks_of_past_purchases(question);
    if !asks
        || elsewhere
        || question.has(Cue::Recommend)
        || question.has(Cue::NewToMe)
        || question.has(Cue::Together)
        || (question.has(Cue::Search) && !past)
        || question.has(Cue::Lowest)
        || question.has(Cue::Average)
        || (question.has(Cue::By) && !question.measures.dimensions.is_empty() && !question.has(Cue::HowOften))
    {
        return None;
    }
    let mut taken = shopping::customer_spans(question);
    let kinds = shopping::means_kinds(question);
    if !(kinds || question.has(Cue::Likes) && shopping::names_kinds_only(question)) {
        taken.extend(shopping::product_spans(question));
    }
    let found = wishes(question, &taken);
    let mut used = shopping::explained(question, &found);
    // "Do I like flurbs": a word that the shop does not have is answered by the history, which has none of it.
    if found.unknown.len() == 1 && asks_whether(question) {
        used.extend(&found.unknown);
    }
    let shopper = question.role() == domain::principal::Role::Shopper;
    let who = match question.who() {
        // "Same as last time": whose else.
        Ok(Who::Nobody) if shopper && (order.is_some() || shopping::mine(question)) => Who::Own,
        Ok(Who::Nobody) => return None,
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let liked = question.has(Cue::Likes) && shopping::names_kinds_only(question);
    // "My favourites by how often I bought them": the order of a list, no figure.
    let ordered_by = favourites && question.has(Cue::By);
    let times = (question.has(Cue::HowOften) || shopping::says(question, &["times"])) && !ordered_by;
    let mut ids = if kinds { Vec::new() } else { shopping::product_ids(question) };
    // "What was in order 5": the number is the order's.
    ids.retain(|id| order.is_none_or(|order| i64::from(order) != i64::from(*id)));
    if question.measures.how_many && !times && ids.is_empty() && order.is_none() {
        return None;
    }
    if who == Who::Missing {
        return Some(Candidate::draft(which_customer("What does customer 1 buy most?"), used, 0.9));
    }
    let base = PurchaseHistoryArgs { user_id: question.user_argument(who), ..PurchaseHistoryArgs::default() };
    if !ids.is_empty() && !liked {
        let args = PurchaseHistoryArgs { product_ids: Some(ids), ..base };
        return Some(Candidate::plan(Intent::History(args), used, 0.92));
    }
    let counts = shopping::counts(question, &found);
    let intents: Vec<Intent> = match found.things.as_slice() {
        [] if question.has(Cue::Likes) && !favourites && !asks_buying => vec![Intent::History(base)],
        [] if times => return None,
        // "My last 3 orders": one after the other.
        [] if order == Some(-1)
            && question.entities.limit.is_some_and(|count| (2..=MOST_ORDERS).contains(&count)) =>
        {
            let count = i32::try_from(question.entities.limit.unwrap_or(1)).unwrap_or(1);
            let of = |back: i32| PurchaseHistoryArgs { order: Some(-back), ..base.clone() };
            (1..=count).map(of).map(Intent::History).collect()
        }
        [] => {
            let limit = found.count.or(question.entities.limit).or_else(|| one_product(question));
            // "my 5th order": the number says which.
            let limit = limit.filter(|limit| {
                order.is_none_or(|order| order < 2 && order != 1 || i64::from(order) != i64::from(*limit))
            });
            vec![Intent::History(PurchaseHistoryArgs { limit, order, ..base })]
        }
        things if times || (asks_whether(question) && order.is_none()) => {
            if let [wish] = things
                && wish.text.is_empty()
                && let Some(metric) = items_of_place(question, who, wish)
                && times
            {
                return Some(Candidate::plan(metric, used, 0.93));
            }
            let terms = things.iter().map(|wish| wish.label.clone()).collect();
            vec![Intent::History(PurchaseHistoryArgs { terms: Some(terms), ..base })]
        }
        things => {
            let one = one_product(question);
            let narrowed = things.iter().zip(counts).map(|(wish, limit)| PurchaseHistoryArgs {
                aisle: wish.aisle.clone(),
                department: wish.department.clone(),
                matching: wish.matching(),
                attributes: shopping::some(&wish.attributes),
                exclude_attributes: shopping::some(&wish.exclude_attributes),
                exclude: shopping::some(&wish.exclude),
                limit: limit.or(one),
                order,
                ..base.clone()
            });
            narrowed.map(Intent::History).collect()
        }
    };
    // "Show me order number 5 again": a numbered order is no habit.
    let numbered = order.is_some_and(|order| order > 0)
        && shopper
        && !question.measures.how_many
        && shopping::says(question, &["show", "again", "repeat", "list"])
        && !shopping::says(question, &["orders"]);
    Some(Candidate::plans(intents, used, if numbered { 0.97 } else { 0.92 }))
}

/// Orders that are listed one by one, at most.
const MOST_ORDERS: u32 = 5;

/// "Did I ever buy yogurt?", "does customer 5 like milk?": yes or no, not a list.
fn asks_whether(question: &Question<'_>) -> bool {
    let first = question.tokens.first().map_or("", |token| token.text.as_str());
    let opens =
        matches!(first, "did" | "do" | "does" | "has" | "have" | "is" | "was" | "will" | "am" | "would");
    let liking = (question.has(Cue::Likes) || question.has(Cue::WillBuy)) && !question.has(Cue::Highest);
    let listing = question.has(Cue::Highest) || question.has(Cue::Which) || question.has(Cue::Show);
    (opens && !listing)
        || (liking && !question.has(Cue::Which))
        || shopping::says(question, &["ever"]) && !listing
}

/// "What single product": one is wanted.
fn one_product(question: &Question<'_>) -> Option<u32> {
    let single = shopping::says(question, &["product", "item", "thing", "single"]);
    (single && question.has(Cue::Highest)).then_some(1)
}

/// Places in a row, in words.
const ORDINALS: &[&str] =
    &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// "my very first order", "the last time", "my 5th order": 1, -1, 5.
pub(super) fn one_order(question: &Question<'_>) -> Option<i32> {
    let row = |words: &[&str]| shopping::says_in_a_row(question, words);
    let before_last = ["time", "order", "one", "shop", "basket", "trip"].iter().any(|order| {
        row(&[order, "before", "last"]) || row(&["second", "last", order]) || row(&["penultimate", order])
    }) || row(&["second", "to", "last"])
        || row(&["next", "to", "last"]);
    if before_last {
        return Some(-2);
    }
    // "order number 3"
    let shopper = question.asked.principal.user_id().is_some();
    let by_number = question.tokens.iter().enumerate().find_map(|(at, token)| {
        let text = |step: usize| question.tokens.get(at + step).map_or("", |token| token.text.as_str());
        let marked = matches!(text(1), "number" | "no" | "nr" | "#");
        let number = question.tokens.get(at + if marked { 2 } else { 1 }).and_then(|token| token.number)?;
        let opened = at.checked_sub(1).and_then(|before| question.tokens.get(before));
        let plain =
            opened.is_some_and(|before| matches!(before.text.as_str(), "my" | "in" | "of" | "was" | "show"));
        let whole = number.fract() == 0.0 && (1.0..=1_000.0).contains(&number);
        (token.text == "order" && (marked || plain) && whole).then_some(number as i32)
    });
    if let Some(number) = by_number.filter(|_| shopper) {
        return Some(number);
    }
    if row(&["same", "as", "last", "time"]) || row(&["what", "i", "got", "last", "time"]) {
        return Some(-1);
    }
    let order = ["order", "orders", "basket", "cart", "purchase", "shop", "time", "trip"];
    let near = |words: &[&str]| {
        let texts: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
        (0..texts.len()).any(|at| {
            let behind = |step: usize| texts.get(at + step).is_some_and(|word| order.contains(word));
            let counted = question.tokens.get(at + 1).is_some_and(|token| token.number.is_some());
            let filled =
                texts.get(at + 1).is_some_and(|word| matches!(*word, "ever" | "proper" | "real" | "big"));
            texts.get(at).is_some_and(|word| words.contains(word))
                && (behind(1) || ((counted || filled) && behind(2)))
        })
    };
    let first_thing =
        ["thing", "product", "item"].iter().any(|thing| shopping::says_in_a_row(question, &["first", thing]));
    // "my 5th order", "the third basket"
    let numbered = question.tokens.iter().enumerate().find_map(|(at, token)| {
        let behind = question.tokens.get(at + 1).map_or("", |next| next.text.as_str());
        let value =
            ORDINALS.iter().position(|word| *word == token.text).map(|place| place + 1).or_else(|| {
                let digits = token.text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                let suffix = token.text.get(digits.len()..).unwrap_or_default();
                digits.parse::<usize>().ok().filter(|_| matches!(suffix, "st" | "nd" | "rd" | "th"))
            })?;
        order.contains(&behind).then_some(value)
    });
    if let Some(number) = numbered {
        return i32::try_from(number).ok();
    }
    if near(&["first"]) || first_thing {
        Some(1)
    } else if near(&["last", "latest", "previous", "recent"]) {
        Some(-1)
    } else {
        None
    }
}

/// "How often did I buy something from beverages": the items of that place, which are no orders.
fn items_of_place(question: &Question<'_>, who: Who, wish: &Wish) -> Option<Intent> {
    let own = question.asked.principal.user_id().map(|id| id.0);
    let user = question.user_argument(who).or(own)?;
    let equals = |field: &str, values| MetricFilter { field: field.to_owned(), op: FilterOp::Eq, values };
    let place = match (&wish.aisle, &wish.department) {
        (Some(aisle), _) => equals("aisle", vec![aisle.as_str().into()]),
        (None, Some(department)) => equals("department", vec![department.as_str().into()]),
        (None, None) => return None,
    };
    let query = MetricQuery {
        metrics: vec![ITEMS.to_owned()],
        filters: vec![place, equals(CUSTOMER, vec![i64::from(user).into()])],
        ..MetricQuery::default()
    };
    Some(Intent::Metric(MetricIntent { query, shape: Shape::Single, chart: false }))
}

/// "bought", "sold" are also words for the count of purchases.
fn bought(question: &Question<'_>) -> bool {
    question
        .tokens
        .iter()
        .any(|token| matches!(token.stem.as_str(), "buy" | "bought" | "purchase" | "purchased"))
}

/// "What is popular among champions?"
pub(crate) fn segment_popularity(question: &Question<'_>) -> Option<Candidate> {
    let named = question.entities.of_kind(NameKind::Segment).next();
    let numbered = question.position(Cue::Segment).and_then(|at| question.spans.get(at + 1)?.number());
    let own = question.has(Cue::Segment) && question.entities.myself;
    let buys = question.has(Cue::Popular)
        || question.has(Cue::Buy)
        || question.has(Cue::Recommend)
        || question.has(Cue::Highest)
        || (question.has(Cue::Likes) && question.has(Cue::Segment))
        || shopping::says(question, &["favour", "favours", "favor", "favors"])
        || bought(question);
    if !buys || question.has(Cue::Lowest) || counts_sales(question) || asks_figure_of_segment(question) {
        return None;
    }
    let segment = match (named, numbered) {
        (Some(name), _) => Some(name.text.clone()),
        (None, Some(number)) => Some(number.to_string()),
        (None, None) if own => None,
        _ => return None,
    };
    let mut used = question.positions(&[
        Cue::Segment,
        Cue::Popular,
        Cue::Buy,
        Cue::Recommend,
        Cue::Highest,
        Cue::Which,
        Cue::Show,
        Cue::ProductWord,
        Cue::CustomerWord,
        Cue::Share,
    ]);
    used.extend(question.entity_spans());
    used.extend(&question.measures.used);
    if let Some(at) = question.position(Cue::Segment) {
        used.insert(at + 1);
    }
    let by = if question.measures.share { SegmentOrder::Share } else { SegmentOrder::Lift };
    let limit = question.entities.limit.filter(|limit| numbered != Some(f64::from(*limit)));
    let args = SegmentPopularityArgs { segment, by, limit };
    used.extend(question.positions(&[Cue::Likes, Cue::Myself]));
    Some(Candidate::plan(Intent::SegmentPopularity(args), used, 0.935))
}

/// "Orders of Loyal customers by hour", "bananas bought by Loyal customers", "do they buy more organic than …": what staff ask of
/// a segment is a figure wherever more is said than whose favourites are meant.
fn asks_figure_of_segment(question: &Question<'_>) -> bool {
    let measures = question.measures;
    let metric = measures
        .metrics
        .iter()
        .any(|metric| !matches!(metric.as_str(), ITEMS | "products" | "products_bought" | "customers"));
    let grouped = measures
        .dimensions
        .iter()
        .any(|dimension| !matches!(dimension.as_str(), "product_name" | "segment_name" | CUSTOMER));
    let named = question.entities.named.iter().filter(|named| named.name.kind == NameKind::Segment).count();
    let others = question.entities.named.len() > named || !question.entities.product_ids.is_empty();
    let timed = question.entities.hours.is_some()
        || question.entities.day.is_some()
        || !question.entities.thresholds.is_empty();
    let says_more = shopping::says(
        question,
        &[
            "more", "less", "fewer", "than", "much", "often", "per", "not", "don't", "dont", "doesn't",
            "never", "without", "organic", "vegan", "average", "compare", "versus", "vs", "hour", "hours",
            "day", "days", "when", "who", "new",
        ],
    );
    question.role().is_staff() && (metric || grouped || named > 1 || others || timed || says_more)
}

/// "how many champions bought X", "which products sell the most in champions": figures, for staff; what a segment favours is
/// another matter.
fn counts_sales(question: &Question<'_>) -> bool {
    let says =
        |words: &[&str]| words.iter().any(|word| question.tokens.iter().any(|token| token.text == *word));
    let most = says(&["most", "top", "best", "sellers", "bestsellers", "selling"])
        && says(&[
            "sell",
            "sells",
            "sold",
            "bought",
            "buy",
            "sellers",
            "bestsellers",
            "selling",
            "items",
            "purchases",
            "purchased",
        ]);
    let favours = says(&[
        "popular",
        "favour",
        "favours",
        "favor",
        "favourite",
        "favorite",
        "typical",
        "characteristic",
        "lift",
        "love",
        "like",
        "likes",
        "prefer",
    ]);
    question.role().is_staff() && (question.measures.how_many || most && !favours)
}
