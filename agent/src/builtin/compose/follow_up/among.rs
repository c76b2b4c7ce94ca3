//! "Which of those sells the most?", "how many of them are organic?", "list them": a question of its own about the rows
//! of the answer before, or about what was counted in it.
//!
//! The words that point at the rows give way to the noun of the rows, so that the passes of `analytics` read a whole
//! question ("which aisle sells the most?"); its query is then restricted to the rows that were shown, or to what the
//! answer before was restricted to. Pure.

use std::collections::BTreeSet;

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery, Summary};

use super::{cues::Cues, metric::is_of_lines, topic::PlannedTurn, words::ENDS};
use crate::builtin::{
    analytics::{self, Outcome},
    intent::{Intent, MetricIntent, Shape},
    normalise::{Token, stem},
    vocabulary::Vocabulary,
};

/// More rows than this are restricted by what they have in common rather than by their names.
const MOST_PINNED: usize = 29;
/// Words behind "the one" that say which.
const RESTRICTS: &[&str] = &["with", "that", "which", "who", "having", "where", "from", "in"];
/// So many words may stand before a question about rows that names none.
const OPENING: usize = 3;

/// A kind of rows.
pub(super) struct Rows {
    /// The column that names them.
    pub(super) dimension: &'static str,
    /// One of them, and several.
    pub(super) words: [&'static str; 2],
    /// The metric that counts them, where there is one.
    count: Option<&'static str>,
    /// What they are ranked by where nothing is said.
    ranked_by: &'static str,
}

/// The kinds of rows that a question can be about.
pub(super) const KINDS: &[Rows] = &[
    Rows {
        dimension: "product_name",
        words: ["product", "products"],
        count: Some("products"),
        ranked_by: "items",
    },
    Rows { dimension: "aisle", words: ["aisle", "aisles"], count: Some("aisles"), ranked_by: "items" },
    Rows {
        dimension: "department",
        words: ["department", "departments"],
        count: Some("departments"),
        ranked_by: "items",
    },
    Rows {
        dimension: "user_id",
        words: ["customer", "customers"],
        count: Some("customers"),
        ranked_by: "orders",
    },
    Rows { dimension: "order_id", words: ["order", "orders"], count: Some("orders"), ranked_by: "items" },
    Rows { dimension: "segment_name", words: ["segment", "segments"], count: None, ranked_by: "customers" },
    Rows { dimension: "order_hour_of_day", words: ["hour", "hours"], count: None, ranked_by: "orders" },
    Rows { dimension: "order_dow", words: ["day", "days"], count: None, ranked_by: "orders" },
];

/// What is asked of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// "which of them …", with whether one is meant.
    Which(bool),
    /// "how many of them …", "what share of them …".
    HowMany,
    /// "list them".
    List,
    /// "how many are there?"
    Count,
}

/// The words that ask of rows and the words that point at them.
struct Reference {
    /// The first word that the noun takes the place of, and one past the last.
    from: usize,
    to: usize,
    asks: Asks,
    /// The noun that they are called by, where one is said.
    noun: Option<String>,
    /// Whether it is said how many they are.
    counted: bool,
}

/// The query that the message asks of the rows before, with the tokens that say it; `None` where it points at none.
pub(super) fn among(
    message: &str,
    tokens: &[Token],
    cues: &Cues,
    turn: &PlannedTurn<'_>,
    vocabulary: &Vocabulary,
) -> Option<(MetricIntent, BTreeSet<usize>)> {
    let Some(Intent::Metric(before)) = turn.plan.single() else { return None };
    let rows = kind_of(&before.query);
    // What only opens the message is no part of the question.
    let opening = (0..tokens.len()).take_while(|at| cues.hidden.contains(at)).count();
    let asked = (0..tokens.len()).find(|at| asking(tokens, *at).is_some() || is_what_asks(tokens, *at));
    let opening = opening.min(asked.unwrap_or(opening));
    let found = reference(tokens, opening)?;
    // "which of the seven days": of all of them, whatever was asked of one.
    let all = KINDS.iter().find(|kind| found.counted && found.noun.as_deref() == Some(kind.words[0]));
    let kind = all.filter(|kind| rows.is_none_or(|rows| rows.dimension != kind.dimension)).or(rows)?;
    let own = found.noun.as_ref().is_none_or(|noun| {
        kind.words.iter().any(|word| word == noun)
            || noun == "one"
            || kind.dimension == "product_name" && noun == "items"
    });
    if !own || !before.query.limit_per.is_empty() {
        return None;
    }
    if found.asks == Asks::Count {
        let mut query = before.query.clone();
        let rows = !query.dimensions.is_empty() && query.summary.is_none() && query.limit != Some(1);
        query.summary = Some(Summary::Count);
        let counted = MetricIntent { query, shape: Shape::Single, chart: false };
        return rows.then(|| (counted, (0..tokens.len()).collect()));
    }
    if found.asks == Asks::List {
        return Some((listed(before, kind), (0..tokens.len()).collect()));
    }
    let (asked, places) = with_noun(tokens, opening, &found, kind);
    let reading = analytics::read(message, &asked, vocabulary);
    let Outcome::Query(query, shape) = reading.outcome else { return None };
    let fragment = analytics::fragment(&asked, vocabulary);
    let mut query = *query;
    // What was counted were products that somebody bought.
    if before.query.metrics == ["products_bought"] && query.metrics == ["products"] {
        query.metrics.clone_from(&before.query.metrics);
    }
    let figure = !fragment.metrics.is_empty() || fragment.rank_metric.is_some();
    // "as a share of them" is how what was counted is told.
    let shared = found.asks == Asks::HowMany && fragment.share;
    if shared && fragment.stated.is_empty() && fragment.havings.is_empty() && !fragment.verb {
        return None;
    }
    // "which of them is the highest?" goes by what was measured; the edit of the query knows how.
    if !figure && fragment.stated.is_empty() && fragment.havings.is_empty() {
        return None;
    }
    let same_rows = query.dimensions == [kind.dimension];
    if !figure && same_rows && found.asks != Asks::HowMany {
        goes_by_what_was_measured(&mut query, &before.query);
    }
    restrict(&mut query, &before.query, turn, kind)?;
    let mut explained: BTreeSet<usize> =
        reading.explained.iter().filter_map(|at| places.get(*at).copied()).collect();
    explained.extend(found.from..found.to);
    if let Some(again) = (found.to..tokens.len()).find(|at| points_again(tokens, *at)) {
        explained.extend(again..tokens.len());
    }
    let shape = if query.limit == Some(1) { Shape::Extreme } else { shape };
    Some((MetricIntent { query, shape, chart: before.chart }, explained))
}

/// What the rows of a query are, or what it counts.
fn kind_of(query: &MetricQuery) -> Option<&'static Rows> {
    if let Some(last) = query.dimensions.last() {
        return KINDS.iter().find(|kind| kind.dimension == last && query.dimensions.len() == 1);
    }
    let metric = query.metrics.first()?;
    KINDS.iter().find(|kind| {
        kind.count == Some(metric.as_str()) || kind.dimension == "product_name" && metric == "products_bought"
    })
}

/// The words that point at several rows, behind a word that asks about them.
fn reference(tokens: &[Token], opening: usize) -> Option<Reference> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    if let Some(listing) = listing(tokens) {
        return Some(listing);
    }
    (opening..tokens.len()).find_map(|at| {
        let (words, asks) = asking(tokens, at)?;
        let of = at + words;
        let pointed = usize::from(matches!(text(of), "of" | "among" | "from" | "out"));
        let pointed = pointed + usize::from(text(of) == "out" && text(of + 1) == "of");
        let (to, noun) = pointing(tokens, of + pointed, pointed > 0).or_else(|| {
            // "which one sells the most", "which has the most customers": of the rows, without a word for them.
            let which = matches!(asks, Asks::Which(_)) && (words == 2 || is_verb(text(of)));
            (which && at < opening + OPENING).then_some((of, None))
        })?;
        let next = text(to);
        let single = is_verb(next);
        let asks = match asks {
            Asks::Which(one) => Asks::Which(one || single),
            other => other,
        };
        let counted = tokens.get(of..to).is_some_and(|said| said.iter().any(|token| token.number.is_some()));
        Some(Reference { from: at + words - 1, to, asks, noun, counted })
    })
}

/// Whether a word begins a question about rows.
fn is_what_asks(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| matches!(token.text.as_str(), "which" | "who" | "how" | "what"))
}

/// A verb of one thing.
fn is_verb(word: &str) -> bool {
    ["has", "had", "is", "sells", "sold", "was", "does", "holds", "gets", "makes", "comes", "contains"]
        .contains(&word)
}

/// "which", "which one", "how many", "what share", up to the "of" behind it; the last of the words is the last that is said.
fn asking(tokens: &[Token], at: usize) -> Option<(usize, Asks)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    match (text(at), text(at + 1)) {
        ("which" | "who" | "what", "one") => Some((2, Asks::Which(true))),
        ("which" | "what", "ones") => Some((2, Asks::Which(false))),
        ("how", "many") => Some((2, Asks::HowMany)),
        ("share" | "percentage" | "percent" | "proportion" | "fraction" | "part", _) => {
            Some((1, Asks::HowMany))
        }
        ("which" | "who", _) => Some((1, Asks::Which(false))),
        // "the one with the most customers", "the ones that sell milk"
        ("the", "one") if RESTRICTS.contains(&text(at + 2)) => Some((2, Asks::Which(true))),
        ("the", "ones") if RESTRICTS.contains(&text(at + 2)) => Some((2, Asks::Which(false))),
        // "the top 3 of them", "the biggest of those"
        (end, "of" | "among") if ENDS.contains(&end) || end == "winner" => Some((1, Asks::Which(true))),
        (_, "of" | "among") if tokens.get(at).is_some_and(|token| token.number.is_some()) && at > 0 => {
            Some((1, Asks::Which(false)))
        }
        _ => None,
    }
}

/// "those", "them", "these five aisles", "the two": where the words end, and the noun in them.
fn pointing(tokens: &[Token], at: usize, behind_of: bool) -> Option<(usize, Option<String>)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let counted = |at: usize| {
        tokens.get(at).is_some_and(|token| token.number.is_some_and(|n| (2.0..=50.0).contains(&n)))
    };
    let noun = |at: usize| {
        let said = tokens.get(at).map(|token| token.stem.as_str())?;
        let kind = KINDS.iter().find(|kind| stem(kind.words[0]) == said).map(|kind| kind.words[0].to_owned());
        kind.or_else(|| (said == "item").then(|| "items".to_owned()))
            .or_else(|| (said == "one").then(|| "one".to_owned()))
    };
    match text(at) {
        "them" | "em" | "they" if behind_of => Some((at + 1, None)),
        "the" if behind_of && matches!(text(at + 1), "pair" | "lot" | "bunch") => Some((at + 2, None)),
        "those" | "these" | "the" => {
            let number = usize::from(counted(at + 1));
            let named = noun(at + 1 + number);
            // "of the departments" may be all of them; "of the five" and "of those" are not.
            let pointed = text(at) != "the" || number > 0;
            (pointed && (behind_of || named.is_some()))
                .then(|| (at + 1 + number + usize::from(named.is_some()), named))
        }
        _ => None,
    }
}

/// "list them", "which are they?", "name those": nothing but that is said.
fn listing(tokens: &[Token]) -> Option<Reference> {
    const AROUND: &[&str] = &[
        "and",
        "please",
        "now",
        "ok",
        "then",
        "can",
        "could",
        "you",
        "me",
        "all",
        "the",
        "so",
        "what",
        "which",
        "who",
        "are",
        "they",
        "them",
        "those",
        "these",
        "list",
        "show",
        "name",
        "names",
        "give",
        "tell",
        "see",
        "of",
        "let",
        "us",
        "i",
        "want",
        "to",
        "would",
        "like",
        "ones",
        "one",
        "by",
        "enumerate",
        "em",
        "print",
        "display",
        "exactly",
        "were",
        "is",
        "it",
        "call",
        "called",
        "do",
        "have",
        "need",
        "a",
        "as",
        "get",
        ",",
        "full",
        "here",
        "again",
    ];
    // "how many are there", "count them"
    const COUNTS: &[&str] = &["many", "count", "number", "counted"];
    const AROUND_COUNTS: &[&str] = &[
        "how",
        "and",
        "so",
        "are",
        "is",
        "there",
        "they",
        "them",
        "those",
        "these",
        "that",
        "it",
        "in",
        "total",
        "all",
        "of",
        "the",
        "altogether",
        "were",
        "then",
        "please",
        "what",
        "does",
        "make",
        "rows",
        "does",
        "this",
        "together",
        ",",
        "ok",
    ];
    let counted = |token: &Token| COUNTS.contains(&token.text.as_str());
    let points = tokens.iter().any(|token| {
        matches!(token.text.as_str(), "there" | "they" | "them" | "those" | "these" | "that" | "rows" | "it")
    });
    if points
        && tokens.iter().any(counted)
        && tokens.iter().all(|token| counted(token) || AROUND_COUNTS.contains(&token.text.as_str()))
    {
        return Some(Reference { from: 0, to: tokens.len(), asks: Asks::Count, noun: None, counted: false });
    }
    const TELLS: &[&str] = &[
        "list",
        "show",
        "name",
        "names",
        "give",
        "see",
        "enumerate",
        "print",
        "display",
        "which",
        "who",
        "what",
        "tell",
    ];
    const POINTS: &[&str] = &["them", "those", "these", "they", "ones", "em", "list", "names"];
    let any = |words: &[&str]| tokens.iter().any(|token| words.contains(&token.text.as_str()));
    let only = tokens.iter().all(|token| AROUND.contains(&token.text.as_str()));
    (only && any(TELLS) && any(POINTS)).then_some(Reference {
        from: 0,
        to: tokens.len(),
        asks: Asks::List,
        noun: None,
        counted: false,
    })
}

/// The message with the noun of the rows in the place of the reference, and where its tokens stood before.
fn with_noun(tokens: &[Token], opening: usize, found: &Reference, kind: &Rows) -> (Vec<Token>, Vec<usize>) {
    let mut asked: Vec<Token> = Vec::new();
    let mut places: Vec<usize> = Vec::new();
    let one = found.asks == Asks::Which(true);
    let [single, several] = kind.words;
    let word = if one { single } else { several };
    let Some(ended) = tokens.get(found.from) else { return (asked, places) };
    let noun = Token { text: word.to_owned(), stem: stem(word), number: None, ..ended.clone() };
    // "which one of them": the noun takes the place of "one" too; "how many" and "which" stay.
    let replaced = matches!(ended.text.as_str(), "one" | "ones");
    let who = ended.text == "who";
    for (at, token) in tokens.iter().enumerate().skip(opening) {
        if at == found.from {
            let named = replaced && tokens.get(at.wrapping_sub(1)).is_some_and(|token| token.text == "the");
            if who || named {
                asked.push(Token { text: "which".into(), stem: "which".into(), ..token.clone() });
                places.push(at);
            } else if !replaced {
                asked.push(token.clone());
                places.push(at);
                let shared = matches!(
                    token.text.as_str(),
                    "share" | "percentage" | "percent" | "proportion" | "fraction" | "part"
                );
                if shared {
                    asked.push(Token { text: "of".into(), stem: "of".into(), ..token.clone() });
                    places.push(at);
                }
            }
            asked.push(noun.clone());
            places.push(at);
        } else if at >= found.to && points_again(tokens, at) {
            break;
        } else if !(found.from..found.to).contains(&at) {
            asked.push(if one { superlative(tokens, at) } else { None }.unwrap_or_else(|| token.clone()));
            places.push(at);
        }
    }
    (asked, places)
}

/// "… among them", "… of those", at the end: the rows once more.
fn points_again(tokens: &[Token], at: usize) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    matches!(text(at), "of" | "among" | "in" | "from")
        && matches!(text(at + 1), "them" | "those" | "these" | "em")
        && at + 2 == tokens.len()
}

/// "the higher reorder rate", "sells more", of a few: the highest, the most.
fn superlative(tokens: &[Token], at: usize) -> Option<Token> {
    let token = tokens.get(at)?;
    let than = tokens.iter().any(|token| token.text == "than");
    let word = match token.text.as_str() {
        _ if than => return None,
        "higher" | "bigger" | "larger" | "greater" => "highest",
        "lower" | "smaller" => "lowest",
        "longer" => "longest",
        "shorter" => "shortest",
        "more" => "most",
        "fewer" | "less" => "fewest",
        _ => return None,
    };
    Some(Token { text: word.into(), stem: word.into(), ..token.clone() })
}

/// What was counted, a row each.
fn listed(before: &MetricIntent, kind: &Rows) -> MetricIntent {
    let mut query = before.query.clone();
    if query.summary.take().is_none() && query.dimensions.is_empty() {
        query.dimensions = vec![kind.dimension.to_owned()];
        if query
            .metrics
            .iter()
            .any(|metric| kind.count == Some(metric.as_str()) || metric.starts_with("products"))
        {
            query.metrics = vec![kind.ranked_by.to_owned()];
        }
        query.filters.append(&mut query.part);
        query.cohorts.append(&mut query.part_cohorts);
        query.share_of_total = false;
    }
    MetricIntent { query, shape: Shape::Breakdown, chart: false }
}

/// Rows that are asked for without a figure keep the one that they had.
fn goes_by_what_was_measured(query: &mut MetricQuery, before: &MetricQuery) {
    if before.dimensions.is_empty() {
        return;
    }
    query.metrics.clone_from(&before.metrics);
    query.part.clone_from(&before.part);
    query.share_of_total = before.share_of_total;
    if query.limit.is_none() {
        query.order_by.clone_from(&before.order_by);
    } else if let Some(metric) = before.metrics.first() {
        for order in &mut query.order_by {
            order.field.clone_from(metric);
        }
    }
}

/// The query, of nothing but the rows that were meant.
fn restrict(
    query: &mut MetricQuery,
    before: &MetricQuery,
    turn: &PlannedTurn<'_>,
    kind: &Rows,
) -> Option<()> {
    let figures = before.filters.iter().any(|filter| before.metrics.contains(&filter.field));
    // One row at the end of a ranking is not all that "which one" picks from.
    let picked = before.limit == Some(1) && before.skip.is_none();
    let cut = before.limit.is_some() && !picked || before.skip.is_some() || before.cumulative_to.is_some();
    let grouped = !before.dimensions.is_empty() && before.summary.is_none();
    let same = query.metrics == before.metrics && query.dimensions == before.dimensions;
    if grouped && (cut || figures && !same) {
        return pin(query, turn, kind);
    }
    match before.summary {
        None => inherit(query, before, kind),
        Some(Summary::Count) => inherit_counted(query, before, kind),
        Some(_) => return None,
    }
    Some(())
}

/// The rows that were shown, by name.
fn pin(query: &mut MetricQuery, turn: &PlannedTurn<'_>, kind: &Rows) -> Option<()> {
    let rows = turn.rows(turn.row_kind()?);
    if rows.is_empty() || rows.len() > MOST_PINNED {
        return None;
    }
    let values: Vec<FilterValue> = rows.iter().map(super::topic::Thing::value).collect();
    let op = if values.len() == 1 { FilterOp::Eq } else { FilterOp::In };
    query.filters.push(MetricFilter { field: kind.dimension.into(), op, values });
    Some(())
}

/// Of those that were counted by a figure of theirs: the figure still bounds them.
fn inherit_counted(query: &mut MetricQuery, before: &MetricQuery, kind: &Rows) {
    inherit(query, before, kind);
    let bounded = |filter: &&MetricFilter| before.metrics.contains(&filter.field);
    for field in before.filters.iter().filter(bounded).map(|filter| &filter.field) {
        // "how many of those are organic?"
        if query.dimensions.is_empty() {
            query.metrics = vec![field.clone()];
            query.dimensions = vec![kind.dimension.to_owned()];
            query.summary = Some(Summary::Count);
        } else if !query.metrics.contains(field) {
            query.metrics.push(field.clone());
        }
    }
}

/// What the answer before was restricted to, but for what the message says anew.
fn inherit(query: &mut MetricQuery, before: &MetricQuery, kind: &Rows) {
    let of = match kind.dimension {
        "user_id" => Some(CohortOf::Customers),
        "order_id" => Some(CohortOf::Orders),
        _ => None,
    };
    let counts = query.metrics.first().is_some_and(|metric| kind.count == Some(metric.as_str()));
    for known in before
        .filters
        .iter()
        .chain(&before.part)
        .filter(|known| known.field != kind.dimension || known.op != FilterOp::Eq)
    {
        let said = |filter: &MetricFilter| known.field == filter.field && filter.op.picks();
        let again = query.filters.iter().any(said)
            || query.cohorts.iter().any(|cohort| cohort.bought.iter().any(said));
        match of.filter(|_| is_of_lines(known)) {
            // Customers who bought the one and the other; customers who bought it, whatever is asked of them.
            Some(of) if again || !counts => {
                let (lines, kept): (Vec<MetricFilter>, Vec<MetricFilter>) = if counts {
                    std::mem::take(&mut query.filters).into_iter().partition(said)
                } else {
                    (Vec::new(), std::mem::take(&mut query.filters))
                };
                query.filters = kept;
                for filter in lines.into_iter().chain([known.clone()]) {
                    query.cohorts.push(Cohort { of, bought: vec![filter], ..Cohort::default() });
                }
            }
            _ if again => {}
            _ if !query.filters.contains(known) => query.filters.push(known.clone()),
            _ => {}
        }
    }
    for cohort in before.cohorts.iter().chain(&before.part_cohorts) {
        if !query.cohorts.contains(cohort) {
            query.cohorts.push(cohort.clone());
        }
    }
}
