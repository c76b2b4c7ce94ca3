//! "And the lowest?", "only in bakery", "how often is it reordered?": messages that lean on the talk before.
//!
//! ```text
//! message ─cues─> how it hangs on ─┬─complete─> an answer to a question back ─┐
//!         ─refer─> it, that, there ┴─────────────────────────────────────────┴─> messages to read
//! message and plan before ─metric / goods─> the plan, edited
//! ```
//! [`messages`] gives the texts that a message may stand for, [`follow_up`] edits the plan before by what one of them
//! names; what is not mentioned stays. A message that is a question of its own wins unless it is opened as a follow-up.

mod complete;
mod cues;
mod goods;
mod metric;
mod refer;
mod topic;

use std::collections::BTreeSet;

use self::{
    cues::{Cues, cues},
    topic::Topic,
};
use ::query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{Candidate, Question};
use crate::builtin::{
    Asked,
    analytics::{self, EVERYDAY_NAMES, Fragment},
    intent::Intent,
    lexicon::Cue,
    normalise::{Token, normalise},
    vocabulary::{NameKind, Vocabulary},
};

pub(crate) use self::cues::talk_words;

/// More words than this make a question of its own.
const LONGEST_FOLLOW_UP: usize = 18;

/// A text that a message may stand for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Version {
    /// The text.
    pub(crate) message: String,
    /// It leans on nothing: the talk before is left.
    pub(crate) alone: bool,
}

/// The texts that a message may stand for behind the turns before, the likeliest first; none where it stands for itself.
pub(crate) fn messages(asked: &Asked<'_>, tokens: &[Token], vocabulary: &Vocabulary) -> Vec<Version> {
    let mut found = Vec::new();
    if let Some(last) = asked.history.last()
        && let Some(clarify) = &last.clarify
        && !asks_for_itself(tokens, vocabulary)
    {
        let before = normalise(&last.message, vocabulary);
        let completed = complete::complete(&before, tokens, clarify);
        found.extend(completed.into_iter().map(|message| Version { message, alone: true }));
    }
    let topic = Topic::of(asked.history);
    let referred = refer::refer(tokens, &topic, vocabulary).filter(|_| !topic.turns.is_empty());
    found.extend(bare(referred.as_deref(), tokens, vocabulary));
    if let Some(message) = referred {
        found.extend(whole(&message, vocabulary));
        found.push(Version { message, alone: false });
    }
    found
}

/// "unrelated: which aisle …", "back to the segment, …", "and what is popular in general?": the message without the words
/// that leave what was spoken of.
fn bare(referred: Option<&str>, tokens: &[Token], vocabulary: &Vocabulary) -> Option<Version> {
    let read = cues(tokens);
    let fragment = analytics::fragment(&read.tokens, vocabulary);
    let widens = read.clears && !read.plural && is_whole(&fragment);
    if !(read.switches || read.returns || widens) {
        return None;
    }
    let tokens = referred.map_or_else(|| tokens.to_vec(), |message| normalise(message, vocabulary));
    let read = cues(&tokens);
    let opening = (0..tokens.len()).take_while(|at| read.hidden.contains(at)).count();
    let kept = tokens.iter().enumerate().skip(opening).filter(|(at, _)| !widens || !read.hidden.contains(at));
    let message = kept.map(|(_, token)| token.text.as_str()).collect::<Vec<_>>().join(" ");
    Some(Version { message, alone: true })
}

/// "and how many customers bought Banana": whole, once it is said what is meant.
fn whole(message: &str, vocabulary: &Vocabulary) -> Option<Version> {
    let tokens = normalise(message, vocabulary);
    let read = cues(&tokens);
    let fragment = analytics::fragment(&read.tokens, vocabulary);
    let asks =
        fragment.asks && (fragment.counts || !fragment.metrics.is_empty() || fragment.listed.is_some());
    if !asks || read.plural || fragment.compares || read.corrects {
        return None;
    }
    let kept = tokens.iter().enumerate().filter(|(at, _)| !read.hidden.contains(at));
    let words: Vec<&str> = kept.map(|(_, token)| token.text.as_str()).collect();
    Some(Version { message: words.join(" "), alone: true })
}

/// Whether it says what is wanted, rather than only how it differs.
fn is_whole(fragment: &Fragment) -> bool {
    fragment.listed.is_some() || !fragment.metrics.is_empty() || fragment.highest.is_some()
}

/// Whether a message asks something whole of its own: "how many orders are there?".
fn asks_for_itself(tokens: &[Token], vocabulary: &Vocabulary) -> bool {
    let fragment = analytics::fragment(tokens, vocabulary);
    fragment.asks && (!fragment.metrics.is_empty() || fragment.listed.is_some()) && tokens.len() > 3
}

/// Reads the message as an edit of the plan before.
pub(crate) fn follow_up(question: &Question<'_>) -> Option<Candidate> {
    if question.tokens.len() > LONGEST_FOLLOW_UP {
        return None;
    }
    let topic = Topic::of(question.asked.history);
    let turn = topic.turns.first()?;
    let mut cues = cues(question.tokens);
    if cues.switches && !cues.plural {
        return None;
    }
    let intent = turn.plan.single()?.clone();
    let of_goods =
        [Cue::Recommend, Cue::Together, Cue::Similar, Cue::Definition, Cue::WillBuy, Cue::Details, Cue::Help];
    if matches!(intent, Intent::Metric(_)) && of_goods.into_iter().any(|cue| question.has(cue)) {
        return None;
    }
    let department = named_department(&mut cues, &intent, question.vocabulary);
    let mut fragment = analytics::fragment(&cues.tokens, question.vocabulary);
    fragment.stated.extend(department);
    if let Some(stated) = bare_number(&fragment, &cues, &intent) {
        fragment.stated.push(stated);
        fragment.limit = None;
        fragment.explained.extend(0..question.tokens.len());
    }
    let edited = match &intent {
        Intent::Metric(before) => {
            Intent::Metric(metric::edit(before, &own(question, &fragment), &cues, turn)?)
        }
        _ => goods::edit(question, &fragment, &cues, intent.clone())?,
    };
    let base = base(question, &fragment, &cues, &intent)?;
    let mut tokens: BTreeSet<usize> = fragment.explained.clone();
    tokens.extend(&cues.said);
    let mut used = question.spans_of(&tokens);
    used.extend(question.entity_spans());
    Some(Candidate::plan(edited, used, base))
}

/// "household too", where departments are spoken of: a name that is an everyday word is a department here.
fn named_department(cues: &mut Cues, before: &Intent, vocabulary: &Vocabulary) -> Option<analytics::Stated> {
    let Intent::Metric(metric) = before else { return None };
    let query = &metric.query;
    let of_departments = query.filters.iter().chain(&query.part).any(|filter| filter.field == "department");
    if !of_departments || !cues.opened() && cues.tokens.len() > 4 {
        return None;
    }
    let token = cues.tokens.iter_mut().find(|token| EVERYDAY_NAMES.contains(&token.text.as_str()))?;
    let names = vocabulary.names(&token.stem);
    let name = names.iter().find(|name| name.kind == NameKind::Department)?;
    let filter = MetricFilter {
        field: "department".into(),
        op: FilterOp::Eq,
        values: vec![FilterValue::Text(name.text.clone())],
    };
    let words = std::mem::replace(&mut token.text, "the".into());
    token.stem = "the".into();
    Some(analytics::Stated { filter, words })
}

/// "wrong one: 42", "compare to 310": another value of the number that the question before was about.
fn bare_number(fragment: &Fragment, cues: &Cues, before: &Intent) -> Option<analytics::Stated> {
    let ([number], Intent::Metric(metric)) = (fragment.numbers.as_slice(), before) else { return None };
    let replaces = cues.corrects || cues.instead || cues.and || cues.adds || fragment.compares;
    if !replaces || !fragment.stated.is_empty() || fragment.highest.is_some() || number.fract() != 0.0 {
        return None;
    }
    let known = metric.query.filters.iter().find(|filter| {
        matches!(filter.values.first(), Some(FilterValue::Integer(_)))
            && filter.op.picks()
            && ["user_id", "order_hour_of_day", "order_dow", "order_number"].contains(&filter.field.as_str())
    })?;
    // "no, 5" of a ranking is its length.
    if metric.query.limit.is_some() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of a message is far below 2^53")]
    let value = FilterValue::Integer(*number as i64);
    let filter = MetricFilter { field: known.field.clone(), op: FilterOp::Eq, values: vec![value] };
    Some(analytics::Stated { filter, words: number.to_string() })
}

/// "And mine?": the asker's own customer as a condition.
fn own(question: &Question<'_>, fragment: &Fragment) -> Fragment {
    let mut fragment = fragment.clone();
    if fragment.myself
        && question.entities.myself
        && let Some(id) = question.asked.principal.user_id()
    {
        let filter =
            MetricFilter { field: "user_id".into(), op: FilterOp::Eq, values: vec![i64::from(id.0).into()] };
        fragment.stated.push(analytics::Stated { filter, words: "my".into() });
    }
    fragment
}

/// How likely it is that a message edits what was asked before.
fn base(question: &Question<'_>, fragment: &Fragment, cues: &Cues, before: &Intent) -> Option<f64> {
    // "and what is popular in general?": the rest of the question does not go on.
    if cues.clears && is_whole(fragment) && !cues.plural {
        return None;
    }
    if cues.opened() || fragment.compares {
        return Some(0.97);
    }
    let figure = !fragment.metrics.is_empty();
    // "how many customers?": a few words that only name another figure.
    if figure && bare_figure(fragment) && question.tokens.len() <= 4 {
        return Some(0.93);
    }
    let whole = fragment.asks && (figure || fragment.listed.is_some());
    if whole
        || (figure && !fragment.by_figure && (!fragment.stated.is_empty() || !fragment.grouped.is_empty()))
    {
        // A question of its own; an edit only where nothing else is read.
        return Some(0.6);
    }
    let same_family = matches!(before, Intent::Metric(_)) || !figure;
    same_family.then_some(if question.tokens.len() <= 12 { 0.93 } else { 0.75 })
}

/// Whether nothing but a figure is named.
fn bare_figure(fragment: &Fragment) -> bool {
    fragment.stated.is_empty()
        && fragment.grouped.is_empty()
        && fragment.listed.is_none()
        && fragment.bare.is_none()
        && fragment.havings.is_empty()
}
