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

use domain::answer::Clarify;

use self::{
    cues::{Cues, cues},
    refer::Referred,
    topic::{Kind, Topic},
};
use super::{Candidate, Question};
use crate::{
    builtin::{
        Asked,
        analytics::{self, Fragment},
        intent::Intent,
        normalise::{Token, normalise},
        vocabulary::Vocabulary,
    },
    draft::Draft,
};

/// More words than this make a question of its own.
const LONGEST_FOLLOW_UP: usize = 18;

/// A text that a message may stand for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Version {
    /// The text.
    pub(crate) message: String,
    /// It must call a tool to be taken: a guess rather than what was written.
    pub(crate) guess: bool,
}

/// The texts that a message may stand for, the likeliest first; what was written is the last.
pub(crate) fn messages(asked: &Asked<'_>, tokens: &[Token], vocabulary: &Vocabulary) -> Vec<Version> {
    let mut found = Vec::new();
    let guess = |message: String| Version { message, guess: true };
    if let Some(last) = asked.history.last()
        && let Some(clarify) = &last.clarify
        && !asks_for_itself(tokens, vocabulary)
    {
        let before = normalise(&last.message, vocabulary);
        found.extend(complete::complete(&before, tokens, clarify).into_iter().map(guess));
    }
    let topic = Topic::of(asked.history);
    if !topic.turns.is_empty()
        && let Referred::Message(message) = refer::refer(tokens, &topic, vocabulary)
    {
        found.push(guess(message));
    }
    found.push(Version { message: asked.message.to_owned(), guess: false });
    found
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
    let cues = cues(question.tokens);
    if cues.switches && !cues.plural {
        return None;
    }
    let fragment = analytics::fragment(&cues.tokens, question.vocabulary);
    let intent = turn.plan.single()?.clone();
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

/// "And mine?": the asker's own customer as a condition.
fn own(question: &Question<'_>, fragment: &Fragment) -> Fragment {
    let mut fragment = fragment.clone();
    if fragment.myself
        && question.entities.myself
        && let Some(id) = question.asked.principal.user_id()
    {
        let filter = query::metrics::MetricFilter {
            field: "user_id".into(),
            op: query::metrics::FilterOp::Eq,
            values: vec![i64::from(id.0).into()],
        };
        fragment.stated.push(analytics::Stated { filter, words: "my".into() });
    }
    fragment
}

/// How likely it is that a message edits what was asked before.
fn base(question: &Question<'_>, fragment: &Fragment, cues: &Cues, before: &Intent) -> Option<f64> {
    if cues.opened() || fragment.compares {
        return Some(0.97);
    }
    let figure = !fragment.metrics.is_empty();
    let whole = fragment.asks && (figure || fragment.listed.is_some());
    if whole
        || (figure && !fragment.by_figure && (!fragment.stated.is_empty() || !fragment.grouped.is_empty()))
    {
        // A question of its own; an edit only where nothing else is read.
        return Some(0.6);
    }
    let same_family = matches!(before, Intent::Metric(_)) || !figure;
    same_family.then_some(if question.tokens.len() <= 8 { 0.93 } else { 0.75 })
}

/// "How many customers bought it?", with nothing spoken of: a question back.
pub(crate) fn dangling(question: &Question<'_>) -> Option<Candidate> {
    let topic = Topic::of(question.asked.history);
    if !topic.turns.is_empty() {
        return None;
    }
    let Referred::Dangling(kind) = refer::refer(question.tokens, &topic, question.vocabulary) else {
        return None;
    };
    let fragment = analytics::fragment(question.tokens, question.vocabulary);
    let ranked = fragment.highest.is_some() && fragment.listed.is_some();
    let asks = fragment.asks || fragment.verb || !fragment.metrics.is_empty() || fragment.limit.is_some();
    if ranked && kind.is_none() || !asks || !fragment.stated.is_empty() {
        return None;
    }
    let what = match kind {
        Some(Kind::Aisle) => "Which aisle do you mean? Give its name.",
        Some(Kind::Department) => "Which department do you mean? Give its name.",
        Some(Kind::Segment) => "Which segment do you mean? Give its name.",
        Some(Kind::Customer) => "Which customer do you mean? Give their number.",
        Some(Kind::Hour) => "Which hour do you mean? Give it as a number from 0 to 23.",
        Some(Kind::Day) => "Which day do you mean? Give its number, 0 to 6.",
        Some(Kind::Product) => "Which product do you mean? Give its name.",
        None => "What do you mean by that? Name the product, the aisle, the department or the customer.",
    };
    let draft = Draft::clarify(Clarify { question: what.into(), options: Vec::new() });
    Some(Candidate::draft(draft, (0..question.spans.len()).collect(), 0.94))
}
