//! What is expected of customers within another time than the usual four weeks: "the chance that customer 42 does not order
//! in the next 7 days", "expected orders within two weeks by segment", "the chance of coming back within 14 days".
//!
//! The stretch of time is taken out of the question, wordings of coming back and staying away become "churn risk", and the
//! rest is read as any question about figures; then its figures become those of the horizon. A stretch between the published
//! horizons is asked back, one beyond them is outside the data. Without such a stretch this reader says nothing.

use std::collections::BTreeSet;

use domain::answer::{Clarify, ClarifyOption, Refusal};
use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery};

use super::{Candidate, Question};
use crate::{
    builtin::{
        analytics::{self, Outcome},
        intent::{Intent, MetricIntent, Shape},
        normalise::{Token, stem},
        vocabulary::NameKind,
    },
    draft::Draft,
};

/// Above the reading of figures at the usual horizon, which does not know the stretch of time, and above the refusal of
/// calendar dates, which "next week" is elsewhere.
const BASE: f64 = 0.97;
/// The horizon that figures of customers have where none is named.
const USUAL_DAYS: u32 = 28;
/// Gaps are known up to here: 30 means 30 or more.
const OBSERVED_DAYS: f64 = 29.0;
/// The dimension that tells the horizons apart.
const HORIZON: &str = "horizon_days";

/// Metrics at the usual horizon with those of any.
const METRICS: [(&str, &str); 7] = [
    ("avg_churn_risk", "outlook_risk"),
    ("median_churn_risk", "median_outlook_risk"),
    ("expected_orders", "outlook_orders"),
    ("expected_orders_per_customer", "outlook_orders_per_customer"),
    ("expected_items", "outlook_items"),
    ("lifetime_value", "outlook_items_per_customer"),
    ("customers", "outlook_customers"),
];
/// Columns of customers at the usual horizon with those of any.
const COLUMNS: [(&str, &str); 3] = [
    ("churn_risk", "horizon_risk"),
    ("customer_expected_orders", "horizon_orders"),
    ("customer_expected_items", "horizon_items"),
];
/// Chances.
const CHANCES: [&str; 16] = [
    "how likely",
    "how probable",
    "how high is the probability",
    "prospect",
    "chance",
    "chances",
    "probability",
    "probabilities",
    "likelihood",
    "risk",
    "risks",
    "odds",
    "likely",
    "danger",
    "how probable",
    "p",
];
/// Staying away; the longer phrases first.
const AWAY: [&str; 62] = [
    "places nothing at all",
    "orders nothing at all",
    "buys nothing at all",
    "places nothing",
    "place nothing",
    "orders nothing",
    "order nothing",
    "ordering nothing",
    "buys nothing",
    "buy nothing",
    "buying nothing",
    "not place anything",
    "not be back",
    "not shop again",
    "not shop with us",
    "goes quiet",
    "go quiet",
    "going quiet",
    "walks away",
    "drops out",
    "do not order anything",
    "does not order anything",
    "not order anything",
    "not to order anything",
    "not to come back",
    "not to place an order",
    "not to place any order",
    "not to order again",
    "not place an order",
    "not place any order",
    "not place another order",
    "not placing an order",
    "not coming back",
    "not come back",
    "not comes back",
    "not to order",
    "not to return",
    "not to buy anything",
    "not order again",
    "not ordering",
    "not order",
    "not returning",
    "not return",
    "not buying anything",
    "not buy anything",
    "not buying",
    "not buy",
    "no further order",
    "no new order",
    "no order",
    "stops ordering",
    "stop ordering",
    "staying away",
    "stay away",
    "stays away",
    "leaving",
    "leaves",
    "leave",
    "lapsing",
    "lapse",
    "losing",
    "lose",
];
/// Coming back; the longer phrases first.
const BACK: [&str; 26] = [
    "placing another order",
    "place another order",
    "places another order",
    "placing an order",
    "place an order",
    "places an order",
    "placing a new order",
    "place a new order",
    "ordering again",
    "order again",
    "orders again",
    "ordering something",
    "order something",
    "orders something",
    "buying again",
    "buy again",
    "buys again",
    "coming back",
    "come back",
    "comes back",
    "at least one order",
    "another order",
    "returning",
    "return",
    "returns",
    "ordering",
];
/// Words that speak of what is expected, beside the figures' own.
const EXPECTED: [&str; 18] = [
    "forecasts",
    "prediction",
    "prognosis",
    "projection",
    "expect",
    "expects",
    "expected",
    "expecting",
    "forecast",
    "forecasted",
    "predicted",
    "predict",
    "anticipated",
    "churn",
    "attrition",
    "outlook",
    "projected",
    "churning",
];

/// A stretch of time ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    from: usize,
    to: usize,
    days: f64,
    /// "next", "coming": it lies ahead whatever else is said.
    ahead: bool,
}

/// The question without its stretch of time, in words that the reading of figures knows.
struct Told {
    tokens: Vec<Token>,
    /// The place of each token in the question.
    places: Vec<usize>,
    /// Whether coming back is asked for, not staying away.
    back: bool,
    /// Whether a chance of either is asked for.
    chance: bool,
}

/// Reads a question about another horizon than the usual one.
pub(crate) fn outlook(question: &Question<'_>) -> Option<Candidate> {
    if !question.role().is_staff() {
        return None;
    }
    // Without a stretch of time, the chance of staying away or of coming back is that of the usual one.
    if let Some(listed) = beside_each_other(question) {
        return Some(listed);
    }
    let all = stretches(question.tokens);
    let named = all.first().copied();
    if named.is_none() && !speaks_of_leaving(question) {
        return None;
    }
    let end = question.tokens.len();
    let stretch = named.unwrap_or(Stretch { from: end, to: end, days: f64::from(USUAL_DAYS), ahead: true });
    let usual = stretch.days == f64::from(USUAL_DAYS);
    // "for the coming week, …, over the next 7 days": the same stretch twice.
    let again = all.iter().filter(|other| other.days == stretch.days).flat_map(|other| other.from..other.to);
    let taken: BTreeSet<usize> = (stretch.from..stretch.to).chain(again).collect();
    // As it is written, else with "expected" beside the orders or items.
    let (told, reading, mut query, shape) = [false, true].into_iter().find_map(|forced| {
        let told = told(question.tokens, &taken, stretch.ahead, forced)?;
        let reading = analytics::read(question.asked.message, &told.tokens, question.vocabulary);
        let Outcome::Query(query, shape) = reading.outcome.clone() else { return None };
        let query = if usual && !told.back { Some(*query) } else { at_horizon(*query, told.back) };
        let query = query.filter(|query| bounds_are_kept(&told.tokens, query))?;
        Some((told, reading, query, shape))
    })?;
    if usual && !told.back && !told.chance {
        return None;
    }
    let kept: BTreeSet<usize> = told.places.iter().copied().collect();
    let mut explained: BTreeSet<usize> = (0..question.tokens.len()).filter(|at| !kept.contains(at)).collect();
    explained.extend(reading.explained.iter().filter_map(|at| told.places.get(*at).copied()));
    let used = question.spans_of(&explained);
    if usual && !told.back {
        let intent = MetricIntent { query, shape, chart: reading.chart };
        return Some(Candidate::plan(Intent::Metric(intent), used, BASE));
    }
    let horizons = horizons(question);
    let Some(days) = horizons.iter().copied().find(|days| f64::from(*days) == stretch.days) else {
        let beyond = stretch.days > OBSERVED_DAYS;
        let draft = if beyond { too_far() } else { which_horizon(question, stretch, &horizons) };
        return Some(Candidate::draft(draft, used, BASE));
    };
    let filter = MetricFilter {
        field: HORIZON.to_owned(),
        op: FilterOp::Eq,
        values: vec![FilterValue::Integer(i64::from(days))],
    };
    query.filters.insert(0, filter);
    // Beside a single figure stands its horizon. A count may be of nobody, which would leave no row to stand in, and totals
    // of shares leave out conditions on what is grouped by.
    let counts = query.metrics.iter().any(|metric| metric == "outlook_customers");
    let single = query.dimensions.is_empty() && query.slices.is_empty() && query.summary.is_none();
    if single && !counts && query.part.is_empty() && !query.share_of_total {
        query.dimensions.push(HORIZON.to_owned());
    }
    let intent = MetricIntent { query, shape, chart: reading.chart };
    Some(Candidate::plan(Intent::Metric(intent), used, BASE))
}

/// "expected orders at each horizon", "the risk for 7, 14 and 28 days": a row a horizon.
fn beside_each_other(question: &Question<'_>) -> Option<Candidate> {
    let published = horizons(question);
    let (places, days) = several(question.tokens, &published)?;
    let (told, reading, mut query, shape) = [false, true].into_iter().find_map(|forced| {
        let told = told(question.tokens, &places, true, forced)?;
        let reading = analytics::read(question.asked.message, &told.tokens, question.vocabulary);
        let Outcome::Query(query, shape) = reading.outcome.clone() else { return None };
        let query = at_horizon(*query, told.back)?;
        Some((told, reading, query, shape))
    })?;
    if query.limit.is_some() || query.summary.is_some() || !query.slices.is_empty() {
        return None;
    }
    if !days.is_empty() {
        let values = days.iter().map(|days| FilterValue::Integer(i64::from(*days))).collect();
        query.filters.insert(0, MetricFilter { field: HORIZON.to_owned(), op: FilterOp::In, values });
    }
    query.dimensions.push(HORIZON.to_owned());
    let mut explained: BTreeSet<usize> =
        (0..question.tokens.len()).filter(|at| !told.places.contains(at)).collect();
    explained.extend(reading.explained.iter().filter_map(|at| told.places.get(*at).copied()));
    let shape = if shape == Shape::Single { Shape::Breakdown } else { shape };
    let intent = MetricIntent { query, shape, chart: reading.chart };
    Some(Candidate::plan(Intent::Metric(intent), question.spans_of(&explained), BASE))
}

/// Stretches of time that are different published horizons.
fn each_of(stretches: &[Stretch], published: &[u32]) -> Option<Vec<(Stretch, u32)>> {
    let known: Option<Vec<(Stretch, u32)>> = stretches
        .iter()
        .map(|stretch| {
            let days = published.iter().find(|days| f64::from(**days) == stretch.days)?;
            Some((*stretch, *days))
        })
        .collect();
    let distinct = |known: &Vec<(Stretch, u32)>| {
        known.iter().map(|(_, days)| *days).collect::<BTreeSet<u32>>().len() == known.len()
    };
    known.filter(|known| known.len() > 1 && distinct(known))
}

/// The words that ask for several horizons, and the days that they name; none where one or no horizon is named.
fn several(tokens: &[Token], published: &[u32]) -> Option<(BTreeSet<usize>, Vec<u32>)> {
    let mut places = BTreeSet::new();
    let mut days = Vec::new();
    let list = (0..tokens.len()).filter(|at| stem(text(tokens, *at)) == "day").find_map(|end| {
        let joins = |word: &str| {
            matches!(
                word,
                "," | "and"
                    | "&"
                    | "/"
                    | "or"
                    | "vs"
                    | "versus"
                    | "then"
                    | "day"
                    | "days"
                    | "horizon"
                    | "at"
                    | "the"
            )
        };
        let mut from = end;
        while let Some(before) = from.checked_sub(1)
            && tokens.get(before).is_some_and(|token| token.number.is_some() || joins(&token.text))
        {
            from = before;
        }
        let numbers: Vec<f64> = tokens.get(from..end)?.iter().filter_map(|token| token.number).collect();
        // "between 7 and 14 days" is one stretch.
        let range = from.checked_sub(1).is_some_and(|at| matches!(text(tokens, at), "between" | "from"));
        let known: Vec<u32> = numbers
            .iter()
            .filter_map(|number| published.iter().find(|days| f64::from(**days) == *number).copied())
            .collect();
        (!range && known.len() > 1 && known.len() == numbers.len()).then_some((from, end + 1, known))
    });
    if let Some((from, to, known)) = list {
        places.extend(from..to);
        days = known;
    } else if let Some(known) = each_of(&stretches(tokens), published) {
        // "over the next 7 days and over the next 14 days"
        places.extend(known.iter().flat_map(|(stretch, _)| stretch.from..stretch.to));
        days = known.into_iter().map(|(_, days)| days).collect();
    }
    let horizon = (0..tokens.len()).find(|at| stem(text(tokens, *at)) == "horizon");
    if let Some(at) = horizon {
        let mut from = at;
        while let Some(before) = from.checked_sub(1)
            && matches!(
                text(tokens, before),
                "the"
                    | "of"
                    | "each"
                    | "every"
                    | "per"
                    | "by"
                    | "for"
                    | "at"
                    | "all"
                    | "across"
                    | "with"
                    | "four"
                    | "different"
                    | "published"
            )
        {
            from = before;
        }
        let each = (from..at).any(|at| {
            matches!(text(tokens, at), "each" | "every" | "per" | "by" | "all" | "across" | "with")
        });
        if days.is_empty() && !each {
            return None;
        }
        places.extend(from..=at);
    }
    (!places.is_empty()).then_some((places, days))
}

/// "how likely is it that customer 42 leaves us", "the probability of coming back": a chance, and what it is of, not far
/// behind; of customers, not of goods.
fn speaks_of_leaving(question: &Question<'_>) -> bool {
    let tokens = question.tokens;
    let chance = find(tokens, &CHANCES).filter(|(at, end)| {
        let vague = matches!(text(tokens, *at), "risk" | "risks" | "danger" | "p" | "likely");
        !vague || matches!(text(tokens, *end), "of" | "to" | "that")
    });
    let Some((_, end)) = chance else { return false };
    let subject = find(tokens, &AWAY).or_else(|| find(tokens, &BACK));
    let goods = question.entities.of_kind(NameKind::Product).next().is_some();
    !goods
        && subject.is_some_and(|(at, behind)| {
            at >= end
                && at - end <= 14
                && !matches!(
                    text(tokens, behind),
                    "out" | "aside" | "off" | "a" | "an" | "the" | "some" | "any"
                )
        })
}

/// The published horizons, ascending; those beyond what the gaps between orders bear out say that they are extrapolated.
fn horizons(question: &Question<'_>) -> Vec<u32> {
    let dimension = question.asked.semantic.dimension(HORIZON);
    let values = dimension.into_iter().flat_map(|(_, dimension)| &dimension.values);
    let mut days: Vec<u32> = values.filter_map(|value| value.value.parse().ok()).collect();
    days.sort_unstable();
    days
}

fn too_far() -> Draft {
    Draft::refused(Refusal {
        code: "outside_data".into(),
        text: "So far ahead nothing is known: the data knows gaps between orders up to a month only.".into(),
        nearest_question: Some("How many orders can we expect over the next four weeks?".into()),
    })
}

fn which_horizon(question: &Question<'_>, stretch: Stretch, horizons: &[u32]) -> Draft {
    let message: Vec<char> = question.asked.message.chars().collect();
    let start = question.tokens.get(stretch.from).map_or(0, |token| token.start);
    let end = question.tokens.get(stretch.to.saturating_sub(1)).map_or(message.len(), |token| token.end);
    let part =
        |range: std::ops::Range<usize>| message.get(range).unwrap_or_default().iter().collect::<String>();
    let (before, behind) = (part(0..start), part(end..message.len()));
    let option = |days: &u32| ClarifyOption {
        label: format!("{days} days"),
        question: format!("{before}within the next {days} days{behind}"),
    };
    Draft::clarify(Clarify {
        question: "What is expected is known for some horizons only. Which of them do you mean?".into(),
        options: horizons.iter().filter(|days| f64::from(**days) <= OBSERVED_DAYS).map(option).collect(),
    })
}

// ---- the stretch of time

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

/// "in the next 7 days", "within two weeks", "over a fortnight", "the coming week", "7-day".
fn stretches(tokens: &[Token]) -> Vec<Stretch> {
    let one = |at: usize| {
        let unit = match stem(text(tokens, at)).as_str() {
            "day" => 1.0,
            "week" => 7.0,
            "fortnight" => 14.0,
            // No number of months is a published number of days.
            "month" => 30.4,
            "quarter" => 91.0,
            "year" => 365.0,
            _ => return None,
        };
        let ahead = |at: usize| matches!(text(tokens, at), "next" | "coming" | "following" | "upcoming");
        let before = at.checked_sub(1)?;
        let number = tokens.get(before).and_then(|token| token.number);
        let (mut from, count) = match number {
            Some(count) => (before, count),
            // "next week", "a week", "the coming fortnight"
            None if ahead(before) || matches!(text(tokens, before), "a" | "one") => (before, 1.0),
            None => return None,
        };
        let mut lies_ahead = ahead(from);
        while let Some(earlier) = from.checked_sub(1) {
            let word = text(tokens, earlier);
            lies_ahead |= ahead(earlier);
            if !(ahead(earlier)
                || matches!(
                    word,
                    "the" | "in" | "within" | "over" | "during" | "for" | "at" | "a" | "on" | "into"
                ))
            {
                break;
            }
            from = earlier;
        }
        // "a recency over 14 days" is no time ahead.
        let within =
            (from..at).any(|at| matches!(text(tokens, at), "within" | "in" | "during" | "for" | "at"));
        let forecast = matches!(text(tokens, at + 1), "order" | "orders" | "item" | "items")
            && matches!(
                text(tokens, at + 2),
                "forecast"
                    | "forecasts"
                    | "prediction"
                    | "outlook"
                    | "expectation"
                    | "prognosis"
                    | "projection"
            );
        lies_ahead |= matches!(text(tokens, at + 1), "ahead" | "out");
        let horizon = forecast
            || matches!(
                text(tokens, at + 1),
                "horizon"
                    | "outlook"
                    | "forecast"
                    | "window"
                    | "churn"
                    | "risk"
                    | "prediction"
                    | "expected"
                    | "probability"
            );
        let past = matches!(text(tokens, at + 1), "ago" | "before" | "since" | "or" | "between" | "apart");
        let to = at
            + 1
            + usize::from(
                matches!(text(tokens, at + 1), "horizon" | "window") || text(tokens, at + 1) == "ahead",
            );
        let found = Stretch { from, to, days: count * unit, ahead: lies_ahead };
        ((within || lies_ahead || horizon) && !past).then_some(found)
    };
    (0..tokens.len()).filter_map(one).collect()
}

// ---- the rest of the question

/// The first of the phrases that stands at a place, and where it ends.
fn phrase_at(tokens: &[Token], at: usize, phrases: &[&str]) -> Option<usize> {
    phrases.iter().find_map(|phrase| {
        let mut end = at;
        for word in phrase.split(' ') {
            if text(tokens, end) != word {
                return None;
            }
            end += 1;
        }
        Some(end)
    })
}

fn find(tokens: &[Token], phrases: &[&str]) -> Option<(usize, usize)> {
    (0..tokens.len()).find_map(|at| Some((at, phrase_at(tokens, at, phrases)?)))
}

/// The question as one about churn risk or expected orders; none where it speaks of neither.
///
/// `taken` are the words of the time, which lies ahead whatever else is said where `ahead` says so.
fn told(tokens: &[Token], taken: &BTreeSet<usize>, ahead: bool, forced: bool) -> Option<Told> {
    let outside = |at: usize| !taken.contains(&at);
    let chance = find(tokens, &CHANCES).filter(|(at, _)| outside(*at));
    let away = find(tokens, &AWAY).filter(|(at, _)| outside(*at));
    let back = find(tokens, &BACK).filter(|(at, _)| outside(*at)).filter(|_| away.is_none());
    let expected = find(tokens, &EXPECTED).is_some();
    let subject = chance.and(away.or(back));
    let mut dropped: BTreeSet<usize> = taken.clone();
    let mut churn_at = None;
    match (chance, subject) {
        (Some((at, end)), Some((from, to))) => {
            dropped.extend(from..to);
            dropped.extend(at..end);
            // "chance of not ordering": the preposition goes with what it led to.
            for place in (end..from).filter(|place| from - place <= 3) {
                if matches!(text(tokens, place), "of" | "to" | "for" | "a" | "the")
                    && (place..from).all(|p| is_small(tokens, p))
                {
                    dropped.insert(place);
                }
            }
            churn_at = Some((at, end));
        }
        _ if expected => {}
        // "how many orders will come in over the next 7 days"
        _ if ahead && (0..tokens.len()).any(|at| matches!(text(tokens, at), "will" | "likely" | "count")) => {
        }
        _ => return None,
    }
    let mut told = Told {
        tokens: Vec::new(),
        places: Vec::new(),
        back: back.is_some() && churn_at.is_some(),
        chance: churn_at.is_some(),
    };
    let counted = |token: &Token| matches!(token.text.as_str(), "orders" | "items");
    let asks_orders = churn_at.is_none() && (!expected || forced) && tokens.iter().any(counted);
    if asks_orders {
        dropped.extend((0..tokens.len()).filter(|at| EXPECTED.contains(&text(tokens, *at))));
    }
    for (at, token) in tokens.iter().enumerate() {
        let insert = |told: &mut Told, words: &[&str]| {
            for word in words {
                told.tokens.push(word_token(token, word));
                told.places.push(at);
            }
        };
        if churn_at.is_some_and(|(from, _)| from == at) {
            insert(&mut told, &["churn", "risk"]);
        } else if churn_at.is_some_and(|(_, end)| end == at) && token.text == "that" && !dropped.contains(&at)
        {
            insert(&mut told, &["of"]);
        } else if asks_orders && counted(token) {
            insert(&mut told, &["expected", token.text.as_str()]);
        } else if !dropped.contains(&at) {
            told.tokens.push(token.clone());
            told.places.push(at);
        }
    }
    Some(told)
}

fn is_small(tokens: &[Token], at: usize) -> bool {
    matches!(text(tokens, at), "of" | "to" | "for" | "a" | "the" | "them" | "their" | "is" | "be" | "that")
}

/// A word in the place of another.
fn word_token(place: &Token, word: &str) -> Token {
    Token { text: word.to_owned(), stem: stem(word), number: None, corrected_from: None, ..place.clone() }
}

// ---- figures of the horizon

/// The query with the figures of a horizon; none where it asks for something that has none.
fn at_horizon(mut query: MetricQuery, back: bool) -> Option<MetricQuery> {
    let counted_only = query.metrics.iter().all(|metric| metric == "customers");
    let bounded = query
        .filters
        .iter()
        .chain(query.slices.iter().flat_map(|slice| &slice.filters))
        .any(|filter| COLUMNS.iter().any(|(usual, _)| *usual == filter.field));
    if counted_only && !bounded && query.part.is_empty() {
        return None;
    }
    for metric in &mut query.metrics {
        *metric = metric_at_horizon(metric, back)?;
    }
    let filters = query
        .filters
        .iter_mut()
        .chain(&mut query.part)
        .chain(query.slices.iter_mut().flat_map(|slice| &mut slice.filters));
    for filter in filters {
        bound_at_horizon(filter, back)?;
    }
    for order in &mut query.order_by {
        let (prefix, name) = ["share_of_", "part_of_"]
            .iter()
            .find_map(|prefix| Some((*prefix, order.field.strip_prefix(prefix)?)))
            .unwrap_or(("", order.field.as_str()));
        if let Some(metric) = metric_at_horizon(name, back) {
            order.field = format!("{prefix}{metric}");
        }
    }
    let usual = |name: &String| COLUMNS.iter().any(|(usual, _)| usual == name);
    (!query.dimensions.iter().any(usual)).then_some(query)
}

/// Whether each per cent of the question bounds something: one that is lost would change what is asked.
fn bounds_are_kept(tokens: &[Token], query: &MetricQuery) -> bool {
    let percents =
        tokens.iter().filter_map(|token| token.text.strip_suffix('%')?.parse::<f64>().ok()).count();
    let slices = query.slices.iter().flat_map(|slice| &slice.filters);
    let bounds = query.filters.iter().chain(&query.part).chain(slices);
    let values = bounds.flat_map(|filter| &filter.values);
    percents
        <= values
            .filter(|value| matches!(value, FilterValue::Number(_) | FilterValue::Integer(0 | 1)))
            .count()
}

fn metric_at_horizon(name: &str, back: bool) -> Option<String> {
    match (name, back) {
        ("avg_churn_risk", true) => Some("outlook_return".to_owned()),
        ("median_churn_risk", true) => None,
        _ => METRICS.iter().find(|(usual, _)| *usual == name).map(|(_, other)| (*other).to_owned()),
    }
}

/// A bound on a chance of coming back is one on that of staying away, turned round.
fn bound_at_horizon(filter: &mut MetricFilter, back: bool) -> Option<()> {
    if let Some(metric) = METRICS.iter().find(|(usual, _)| *usual == filter.field) {
        filter.field = metric_at_horizon(metric.0, back)?;
        return Some(());
    }
    let Some((_, column)) = COLUMNS.iter().find(|(usual, _)| *usual == filter.field) else { return Some(()) };
    filter.field = (*column).to_owned();
    if *column == "horizon_risk" && back {
        filter.op = match filter.op {
            FilterOp::Lt => FilterOp::Gt,
            FilterOp::Le => FilterOp::Ge,
            FilterOp::Gt => FilterOp::Lt,
            FilterOp::Ge => FilterOp::Le,
            FilterOp::Between => FilterOp::Between,
            _ => return None,
        };
        for value in &mut filter.values {
            *value = match value {
                FilterValue::Number(share) => FilterValue::Number(1.0 - *share),
                FilterValue::Integer(share) => FilterValue::Integer(1 - *share),
                FilterValue::Text(_) => return None,
            };
        }
        filter.values.reverse();
    }
    Some(())
}
