//! "And the lowest?", "only in bakery", "how often is it reordered?": messages that lean on the talk before.
//!
//! ```text
//! message ─cues─> how it hangs on ─┬─complete─> an answer to a question back ─┐
//!         ─refer─> it, that, there ┴─────────────────────────────────────────┴─> messages to read
//! message and plan before ─metric / goods─> the plan, edited
//! ```
//! `words` holds the lists that `cues` and `order` read; `among` (questions about the rows before), `pages` (further
//! rows), `difference`, `bounds`, `gather` and `pairs` are edits of their own; `remark` leaves out what only comments.
//! [`messages`] gives the texts that a message may stand for, [`follow_up`] edits the plan before by what one of them
//! names; what is not mentioned stays. A message that is a question of its own wins unless it is opened as a follow-up.

mod among;
mod bounds;
mod complete;
mod cues;
mod difference;
mod gather;
mod goods;
mod metric;
mod order;
mod pages;
mod pairs;
mod phrases;
mod places;
mod refer;
mod remark;
mod topic;
mod wished;
mod words;

use std::collections::BTreeSet;

use self::{
    cues::{Back, Cues, cues},
    topic::{PlannedTurn, Topic},
    words::PLURAL,
};
use ::query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{Candidate, Question};
use crate::builtin::{
    Asked,
    analytics::{self, EVERYDAY_NAMES, Fragment},
    intent::{Intent, MetricIntent},
    lexicon::Cue,
    normalise::{Token, normalise},
    vocabulary::{NameKind, Vocabulary},
};

pub(crate) use self::{cues::talk_words, pairs::pair_length, remark::without_remark};

/// More words than this make a question of its own.
const LONGEST_FOLLOW_UP: usize = 18;

/// More words say themselves whom they are about.
const LONGEST_OF_CUSTOMER: usize = 7;
/// No ranking is asked for with more rows.
const LONGEST_RANKING: f64 = 100.0;
/// How sure an edit is of a message that is opened as a follow-up.
const OPENED: f64 = 0.97;
/// Words that nobody knows, at most, of a message that is read all the same.
const PASSED_OVER: usize = 2;

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
    found.extend(of_the_customer(asked, tokens, vocabulary));
    if let Some(last) = asked.history.last()
        && let Some(clarify) = &last.clarify
        && !asks_for_itself(tokens, vocabulary)
    {
        let before = normalise(&last.message, vocabulary);
        let completed = complete::complete(&before, tokens, clarify);
        found.extend(completed.into_iter().map(|message| Version { message, alone: true }));
    }
    let topic = Topic::of(asked.history);
    let goes_back = goes_back(&topic, tokens, vocabulary);
    let referred = refer::refer(tokens, &topic, vocabulary)
        .filter(|_| !(topic.turns.is_empty() && topic.unplanned.is_empty()));
    found.extend(bare(referred.as_deref(), tokens, vocabulary).filter(|_| !goes_back));
    found.extend(similar(&topic, tokens, vocabulary));
    if let Some(message) = referred {
        let latest = topic.turns.first().and_then(|turn| turn.plan.single());
        let of_one_customer = matches!(latest, Some(Intent::Metric(metric)) if is_of_one_customer(metric));
        found.extend(whole(&message, vocabulary, of_one_customer));
        found.push(Version { message: message.clone(), alone: false });
        found.extend(undenied(&message, vocabulary));
    } else if !topic.turns.is_empty() {
        found.extend(undenied(&joined(tokens), vocabulary));
    }
    found
}

fn joined(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// "forget lift, which one shares most orders with Banana": what is said behind the figure that is not wanted.
fn undenied(message: &str, vocabulary: &Vocabulary) -> Option<Version> {
    let tokens = normalise(message, vocabulary);
    let read = cues(&tokens);
    let opening = (0..tokens.len()).take_while(|at| read.hidden.contains(at)).count();
    let rest =
        tokens.get(opening..).filter(|rest| read.denies && rest.len() < tokens.len() && !rest.is_empty())?;
    Some(Version { message: joined(rest), alone: false })
}

/// "anything similar?", "alternatives?", behind products: similar to the first of them.
fn similar(topic: &Topic<'_>, tokens: &[Token], vocabulary: &Vocabulary) -> Option<Version> {
    const SIMILAR: &[&str] =
        &["similar", "alternative", "alternatives", "substitute", "substitutes", "comparable", "alike"];
    const AROUND: &[&str] = &[
        "anything",
        "something",
        "any",
        "some",
        "is",
        "there",
        "are",
        "what",
        "else",
        "is",
        "do",
        "you",
        "have",
        "show",
        "me",
        "products",
        "product",
        "ones",
        "one",
        "to",
        "it",
        "that",
        "this",
        "them",
        "those",
        "these",
        "please",
        "and",
        "a",
        "an",
        "the",
        "for",
        "more",
        "of",
        "what",
        "about",
        "got",
        "other",
        "which",
        "items",
        "find",
    ];
    let said = tokens.iter().any(|token| SIMILAR.contains(&token.text.as_str()));
    let only = tokens
        .iter()
        .all(|token| SIMILAR.contains(&token.text.as_str()) || AROUND.contains(&token.text.as_str()));
    let latest = topic.turns.first().filter(|_| said && only)?;
    let first = latest.row_at(Some(topic::Kind::Product), 0)?;
    Some(Version { message: format!("what is similar to {}", first.words(vocabulary)), alone: true })
}

/// "favourite department", behind what a customer is like: that customer's.
fn of_the_customer(asked: &Asked<'_>, tokens: &[Token], vocabulary: &Vocabulary) -> Option<Version> {
    const OTHERS: &[&str] = &[
        "customers",
        "segment",
        "segments",
        "we",
        "he",
        "she",
        "his",
        "her",
        "their",
        "they",
        "customer",
        "shop",
    ];
    let topic = Topic::of(asked.history);
    let Some(Intent::Profile(args, _)) = topic.turns.first().and_then(|turn| turn.plan.single()) else {
        return None;
    };
    let id = args.user_id.filter(|_| topic.unplanned.is_empty() && tokens.len() <= LONGEST_OF_CUSTOMER)?;
    let read = cues(tokens);
    let fragment = analytics::fragment(&read.tokens, vocabulary);
    let asks = !fragment.metrics.is_empty() || fragment.highest.is_some();
    let named = |one: &analytics::Stated| matches!(one.filter.field.as_str(), "user_id" | "segment_name");
    let others =
        fragment.stated.iter().any(named) || tokens.iter().any(|token| OTHERS.contains(&token.text.as_str()));
    if !asks || others || read.switches || read.clears {
        return None;
    }
    let kept = tokens.iter().enumerate().filter(|(at, _)| !read.hidden.contains(at));
    let words: Vec<&str> = kept.map(|(_, token)| token.text.as_str()).collect();
    Some(Version { message: format!("{} of customer {id}", words.join(" ")), alone: true })
}

/// "back to bread, organic ones only", "back to plain counts": an earlier question goes on.
fn goes_back(topic: &Topic<'_>, tokens: &[Token], vocabulary: &Vocabulary) -> bool {
    let read = cues(tokens);
    let fragment = analytics::fragment(&read.tokens, vocabulary);
    let known = |one: &analytics::Stated| {
        topic.turns.iter().any(|turn| turn.is_about(&one.filter.field, &one.filter.values))
    };
    read.returns
        && !read.switches
        && (read.counts || !is_whole(&fragment) && fragment.stated.iter().any(known))
}

/// "unrelated: which aisle …", "back to the segment, …", "and what is popular in general?": the message without the words
/// that leave what was spoken of.
fn bare(referred: Option<&str>, tokens: &[Token], vocabulary: &Vocabulary) -> Option<Version> {
    let read = cues(tokens);
    let fragment = analytics::fragment(&read.tokens, vocabulary);
    let widens = read.clears && !read.plural && !read.leans && is_whole(&fragment);
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
fn whole(message: &str, vocabulary: &Vocabulary, of_one_customer: bool) -> Option<Version> {
    let tokens = normalise(message, vocabulary);
    let read = cues(&tokens);
    let fragment = analytics::fragment(&read.tokens, vocabulary);
    let asks =
        fragment.asks && (fragment.counts || !fragment.metrics.is_empty() || fragment.listed.is_some());
    // "both milk and bread" names them.
    let both =
        fragment.stated.len() + fragment.stated.iter().map(|one| one.filter.values.len()).sum::<usize>() > 2;
    // "customer 310, which department did they buy most from"
    let owner = fragment.stated.iter().any(|one| one.filter.field == "user_id" && one.filter.op.picks());
    let theirs = |token: &Token| matches!(token.text.as_str(), "they" | "their" | "them");
    let persons = owner && tokens.iter().filter(|token| PLURAL.contains(&token.text.as_str())).all(theirs);
    let plural = read.plural && !persons && !(both && tokens.iter().any(|token| token.text == "both"));
    if !asks || plural || fragment.compares || read.corrects {
        return None;
    }
    // "how many items from it", of a customer, goes on with the customer.
    let named = fragment.stated.iter().any(|one| one.filter.field == "user_id");
    let of_one_customer = of_one_customer && !named;
    let figures = fragment.metrics.iter().all(|metric| matches!(metric.as_str(), "items" | "orders"));
    if of_one_customer && figures && !read.clears {
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

/// Whether the latest plan is a question about figures.
pub(crate) fn measured_before(asked: &Asked<'_>) -> bool {
    let topic = Topic::of(asked.history);
    topic.turns.first().is_some_and(|turn| matches!(turn.plan.single(), Some(Intent::Metric(_))))
}

/// Reads the message as an edit of the plan before.
pub(crate) fn follow_up(question: &Question<'_>) -> Option<Candidate> {
    if question.tokens.len() > LONGEST_FOLLOW_UP {
        return None;
    }
    let topic = Topic::of(question.asked.history);
    let mut cues = cues(question.tokens);
    if cues.switches && !cues.plural {
        return None;
    }
    let mut fragment = analytics::fragment(&cues.tokens, question.vocabulary);
    let turn = divided(&topic, &cues.tokens).or_else(|| base_turn(&topic, &cues, &fragment))?;
    let intent = turn.plan.single()?.clone();
    if cues.undoes.is_some()
        && cues
            .tokens
            .iter()
            .all(|token| matches!(token.text.as_str(), "the" | "please" | "," | "now" | "again"))
    {
        let all = (0..question.spans.len()).collect();
        return Some(Candidate::plan(intent, all, OPENED));
    }
    let staff = question.role().is_staff();
    if let Some(popular) = goods::of_everybody(question, &fragment, &cues, &intent) {
        let all = (0..question.spans.len()).collect();
        return Some(Candidate::plan(popular, all, OPENED));
    }
    let of_goods =
        [Cue::Recommend, Cue::Together, Cue::Similar, Cue::Definition, Cue::WillBuy, Cue::Details, Cue::Help];
    // "can you do that for frozen": what follows says what is wanted.
    let helps = |cue: Cue| cue == Cue::Help && !(fragment.stated.is_empty() && fragment.grouped.is_empty());
    if matches!(intent, Intent::Metric(_))
        && cues.jointly.is_none()
        && of_goods.into_iter().any(|cue| {
            // "i meant by day" asks for no meaning.
            question.has(cue)
                && !helps(cue)
                // "and produce alongside" puts it beside.
                && !(cue == Cue::Together && cues.beside)
                && (cue != Cue::Definition || !cues.corrects)
                // "where is it highest?" is about rows.
                && (cue != Cue::Details || !cues.picks)
        })
    {
        return None;
    }
    // "something new to me from there?" is no figure.
    if matches!(intent, Intent::Metric(_)) && !staff && question.has(Cue::NewToMe) {
        return None;
    }
    if let Some(department) = named_department(&mut cues, &intent, question.vocabulary) {
        fragment = analytics::fragment(&cues.tokens, question.vocabulary);
        fragment.stated.push(department);
    }
    // "on which days? count per day" lists the days once.
    if fragment.listed.as_ref().is_some_and(|listed| fragment.grouped.contains(&listed.dimension)) {
        fragment.listed = None;
    }
    let ratio = cues
        .tokens
        .windows(2)
        .any(|pair| matches!(pair, [of, per] if per.text == "per" && matches!(of.text.as_str(), "items" | "products")));
    if let Some(over) =
        per_one(&cues.tokens).filter(|_| !ratio).or_else(|| divides(&cues.tokens, &fragment, &intent))
    {
        fragment.per_one = Some(over);
        fragment.metrics.clear();
        fragment.grouped.clear();
    }
    if let Intent::Metric(metric) = &intent
        && fragment.stated.is_empty()
        && let Some((filter, at)) = bounds::size(&metric.query, &cues.tokens, cues.plural).or_else(|| {
            bounds::exactly(&metric.query, &cues.tokens)
                .filter(|_| fragment.havings.is_empty() && fragment.bounds.is_empty())
        })
    {
        fragment.metrics.retain(|metric| !matches!(metric.as_str(), "items" | "products"));
        fragment.limit = None;
        fragment.stated.push(analytics::Stated { filter, words: String::new() });
        fragment.explained.insert(at);
    }
    of_pairs(&mut fragment, &intent, question.vocabulary);
    compared_with(&mut fragment, &cues.tokens);
    let beside = cues.beside || cues.gathers.is_some();
    fragment.compares |= beside && !fragment.stated.is_empty();
    let ranks = fragment.highest.is_some() || fragment.max && cues.picks;
    let bare = fragment.metrics.is_empty() && fragment.stated.is_empty() && fragment.listed.is_none();
    let single = matches!(&intent, Intent::Metric(metric) if metric.query.dimensions.is_empty() && metric.query.slices.is_empty());
    let in_one_order =
        question.tokens.iter().any(|token| matches!(token.stem.as_str(), "order" | "basket" | "cart"))
            && question.tokens.iter().any(|token| matches!(token.text.as_str(), "one" | "same" | "single"));
    let joint = cues.jointly.and_then(|which| gather::jointly(&topic, which, in_one_order));
    if joint.is_some() {
        fragment = Fragment::default();
        fragment.explained.extend(0..question.tokens.len());
    }
    let gathered = match cues.gathers {
        _ if joint.is_some() => joint,
        Some(count) => gather::gather(&topic, count).or_else(|| gather::rows(&topic, count)),
        None if ranks && bare && single => gather::alike(&topic),
        None => None,
    };
    let next =
        next_row(question.tokens, &intent, turn).or_else(|| pages::next_page(question.tokens, &intent));
    // "exactly once?", behind how many products there are.
    if let Intent::Metric(before) = &intent
        && fragment.havings.is_empty()
        && let Some((filter, said)) = analytics::times(&cues.tokens)
        && (bounds::how_often(&mut before.query.clone(), &filter)
            || before.query.summary.is_some()
                && before.query.filters.iter().any(|known| known.field == filter.field))
    {
        fragment.havings.push(filter);
        fragment.bounds.clear();
        fragment.numbers.clear();
        fragment.limit = None;
        fragment.explained.extend(said);
    }
    // "and how many less than 10?"
    if fragment.bounds.is_empty()
        && fragment.havings.is_empty()
        && fragment.stated.is_empty()
        && let Some((op, number, said)) = bounds::bare(&cues.tokens)
    {
        fragment.bounds.push((op, vec![number]));
        fragment.bound_tokens.extend(said);
        fragment.numbers.clear();
        fragment.limit = None;
    }
    let apart = difference::difference(question.tokens, &fragment, &topic);
    let of_rows = among::among(question.asked.message, question.tokens, &cues, turn, question.vocabulary);
    let edited = match (&gathered, renumbered(&fragment, &cues, &intent)) {
        (Some(together), _) => {
            let edited = metric::edit(together, &own(question, &fragment), &cues, turn);
            Intent::Metric(edited.unwrap_or_else(|| together.clone()))
        }
        (None, Some(metric)) if of_rows.is_none() && apart.is_none() => {
            fragment.explained.extend(0..question.tokens.len());
            Intent::Metric(metric)
        }
        (None, _) if apart.is_some() => {
            fragment.explained.extend(0..question.tokens.len());
            cues.leans = true;
            Intent::Metric(apart?)
        }
        (None, _) if of_rows.is_some() => {
            let (metric, explained) = of_rows?;
            fragment = Fragment { explained, ..Fragment::default() };
            cues.leans = true;
            Intent::Metric(metric)
        }
        (None, _) if next.is_some() => {
            fragment.explained.extend(0..question.tokens.len());
            cues.leans = true;
            Intent::Metric(next?)
        }
        (None, _) if pairs::edit(&intent, &fragment, &cues, staff).is_some() => {
            fragment.explained.extend(0..question.tokens.len());
            cues.leans = true;
            pairs::edit(&intent, &fragment, &cues, staff)?
        }
        (None, _) => {
            if let Some(stated) = bare_number(&fragment, &cues, &intent) {
                fragment.stated.push(stated);
                fragment.compares |= beside;
                fragment.limit = None;
                fragment.explained.extend(0..question.tokens.len());
            }
            match &intent {
                Intent::Metric(before) => {
                    Intent::Metric(metric::edit(before, &own(question, &fragment), &cues, turn)?)
                }
                _ => match rules_out(&cues)
                    .then(|| wished::edit(question, &fragment, &cues, &intent))
                    .flatten()
                    .or_else(|| goods::edit(question, &fragment, &cues, intent.clone()))
                {
                    Some(edited) => edited,
                    None => {
                        let edited = wished::edit(question, &fragment, &cues, &intent)?;
                        fragment.explained.extend(0..question.tokens.len());
                        edited
                    }
                },
            }
        }
    };
    let edited = of_the_asker(question, turn, edited);
    // Who is no member of staff sees figures of their own orders alone.
    if !question.role().is_staff()
        && matches!(&edited, Intent::Metric(metric) if !metric.query.filters.iter().any(|filter| filter.field == "user_id"))
    {
        return None;
    }
    let own_figure = matches!((&intent, &edited), (Intent::History(_), Intent::Metric(_)));
    let base = match gathered {
        Some(_) => OPENED,
        None if own_figure => OPENED,
        None => base(question, &fragment, &cues, &intent)?,
    };
    let mut tokens: BTreeSet<usize> = fragment.explained.clone();
    tokens.extend(&cues.said);
    if matches!(intent, Intent::Metric(_)) {
        tokens.extend(&fragment.bound_tokens);
        if fragment.passed_over.len() <= PASSED_OVER {
            tokens.extend(&fragment.passed_over);
        }
    }
    let mut used = question.spans_of(&tokens);
    used.extend(question.entity_spans());
    Some(Candidate::plan(edited, used, base))
}

/// What goes on from a shopper's own figure is their own, whether or not the query says so: they see no other.
fn of_the_asker(question: &Question<'_>, turn: &PlannedTurn<'_>, mut edited: Intent) -> Intent {
    let own = |word: &str| matches!(word, "i" | "my" | "me" | "mine" | "we" | "our" | "i've");
    let asked = turn.past.message.to_lowercase();
    let asked_own = asked.split(|c: char| !c.is_alphanumeric() && c != '\'').any(own);
    let id = question.asked.principal.user_id().filter(|_| !question.role().is_staff() && asked_own);
    if let (Intent::Metric(metric), Some(id)) = (&mut edited, id)
        && metric.query.filters.iter().all(|filter| filter.field != "user_id")
    {
        let values = vec![i64::from(id.0).into()];
        metric.query.filters.push(MetricFilter { field: "user_id".into(), op: FilterOp::Eq, values });
    }
    edited
}

/// "and with strawberries?", of what goes with a product: the other product.
fn of_pairs(fragment: &mut Fragment, before: &Intent, vocabulary: &Vocabulary) {
    let Intent::Metric(metric) = before else { return };
    if !metric.query.filters.iter().any(|filter| filter.field == "antecedent_id")
        || !fragment.metrics.is_empty()
    {
        return;
    }
    // "only those from dairy eggs", "nothing from produce": where the other product stands.
    for one in &mut fragment.stated {
        let field = match one.filter.field.as_str() {
            "department" => "companion_department",
            "aisle" => "companion_aisle",
            _ => continue,
        };
        field.clone_into(&mut one.filter.field);
    }
    for one in
        fragment.stated.iter_mut().filter(|one| one.filter.field == "product_name" && one.filter.op.picks())
    {
        let [FilterValue::Text(name)] = one.filter.values.as_slice() else { continue };
        let Some(id) = topic::product_named(name, vocabulary) else { continue };
        one.filter = MetricFilter {
            field: "antecedent_id".into(),
            op: FilterOp::Eq,
            values: vec![i64::from(id).into()],
        };
    }
}

/// "without pepperoni or sausage": everything behind the first word is ruled out.
fn rules_out(cues: &Cues) -> bool {
    let mut said = cues.tokens.iter().filter(|token| token.text != "the");
    let opened = said.next().is_some_and(|token| {
        matches!(token.text.as_str(), "without" | "no" | "not" | "nothing" | "except" | "excluding" | "minus")
    });
    opened && said.any(|token| matches!(token.text.as_str(), "or" | "and" | "," | "nor" | "though"))
}

/// "is it higher than frozen?": the two side by side.
fn compared_with(fragment: &mut Fragment, tokens: &[Token]) {
    let compared = tokens.windows(2).any(|pair| {
        let [first, than] = pair else { return false };
        than.text == "than"
            && matches!(
                first.text.as_str(),
                "higher"
                    | "lower"
                    | "more"
                    | "less"
                    | "fewer"
                    | "bigger"
                    | "smaller"
                    | "larger"
                    | "better"
                    | "worse"
                    | "longer"
                    | "shorter"
            )
    });
    let asks = tokens
        .first()
        .is_some_and(|token| matches!(token.text.as_str(), "is" | "are" | "was" | "does" | "the"));
    fragment.compares |= compared && asks && !fragment.stated.is_empty() && fragment.bounds.is_empty();
}

/// "and the second one?", "second lowest?", behind the one row at the end of a ranking: the row behind it.
fn next_row(tokens: &[Token], before: &Intent, turn: &PlannedTurn<'_>) -> Option<MetricIntent> {
    const AROUND: &[&str] = &[
        "and",
        "the",
        "second",
        "2nd",
        "one",
        "next",
        "runner",
        "up",
        "lowest",
        "highest",
        "best",
        "worst",
        "largest",
        "biggest",
        "smallest",
        "most",
        "least",
        "place",
        "in",
        "what",
        "which",
        "is",
        "about",
        "then",
        "who",
        "comes",
        "after",
        "that",
        ",",
        "its",
        "share",
        "percentage",
        "percent",
        "figure",
        "value",
        "has",
        "how",
        "many",
        "much",
        "behind",
        "it",
        "runners",
        "ranked",
        "spot",
        "on",
    ];
    let Intent::Metric(metric) = before else { return None };
    let ranked = metric.query.limit == Some(1) && metric.query.limit_per.is_empty();
    let second =
        tokens.iter().any(|token| matches!(token.text.as_str(), "second" | "2nd" | "runner" | "next"));
    let only = tokens.iter().all(|token| AROUND.contains(&token.text.as_str()));
    let kind = turn.row_kind()?;
    let shown = turn.row_at(Some(kind), 0)?;
    if !(ranked && second && only) {
        return None;
    }
    let mut next = metric.clone();
    let field = kind.column().to_owned();
    // A row that was asked about alone is one of the ranking again.
    next.query.filters.retain(|filter| !(filter.field == field && filter.op == FilterOp::Eq));
    let values = vec![shown.value()];
    match next.query.filters.iter_mut().find(|filter| filter.field == field && filter.op == FilterOp::NotIn) {
        Some(known) => known.values.extend(values),
        None => next.query.filters.push(MetricFilter { field, op: FilterOp::NotIn, values }),
    }
    Some(next)
}

/// "per order?", "for each customer", alone: what a count is divided by, where it can be.
fn per_one(tokens: &[Token]) -> Option<&'static str> {
    let around = |word: &&str| {
        matches!(
            *word,
            "the"
                | "for"
                | ","
                | "in"
                | "please"
                | "then"
                | "instead"
                | "average"
                | "mean"
                | "on"
                | "rather"
                | "than"
                | "total"
                | "totals"
                | "not"
                | "overall"
                | "sum"
                | "as"
                | "an"
                | "a"
                | "orders"
                | "items"
        )
    };
    let said: Vec<&str> =
        tokens.iter().map(|token| token.text.as_str()).filter(|word| !around(word)).collect();
    match said.as_slice() {
        ["per" | "each" | "every", one] => match *one {
            "order" | "basket" | "cart" => Some("order_id"),
            "customer" | "shopper" | "buyer" | "person" | "user" | "head" | "client" => Some("user_id"),
            _ => None,
        },
        _ => None,
    }
}

/// "what is it per customer", of what can be divided so: no row each.
fn divides(tokens: &[Token], fragment: &Fragment, before: &Intent) -> Option<&'static str> {
    let ([over @ ("user_id" | "order_id")], Intent::Metric(before)) = (fragment.grouped.as_slice(), before)
    else {
        return None;
    };
    let said = tokens.windows(2).any(|pair| {
        let [per, one] = pair else { return false };
        per.text == "per"
            && matches!(one.text.as_str(), "customer" | "shopper" | "buyer" | "order" | "basket")
    });
    let alone = fragment.metrics.is_empty()
        && fragment.listed.is_none()
        && fragment.highest.is_none()
        && fragment.limit.is_none();
    (said && alone && metric::per_each(&before.query.metrics, over).is_some()).then_some(*over)
}

/// "per customer", behind the number of customers itself: the turn before that has something to divide.
fn divided<'a, 'b>(topic: &'b Topic<'a>, tokens: &[Token]) -> Option<&'b PlannedTurn<'a>> {
    let over = per_one(tokens)?;
    let metrics = |turn: &PlannedTurn<'_>| match turn.plan.single() {
        Some(Intent::Metric(metric)) if metric.query.dimensions.is_empty() => {
            Some(metric.query.metrics.clone())
        }
        _ => None,
    };
    let divisor = if over == "user_id" { "customers" } else { "orders" };
    let latest = metrics(topic.turns.first()?)?;
    let before = topic.turns.get(1)?;
    let fits = latest == [divisor] && metric::per_each(&metrics(before)?, over).is_some();
    fits.then_some(before)
}

/// The turn that a message goes on from: the one before, or, where it goes back, the one about what it names.
fn base_turn<'a, 'b>(topic: &'b Topic<'a>, cues: &Cues, fragment: &Fragment) -> Option<&'b PlannedTurn<'a>> {
    let latest = topic.turns.first()?;
    match cues.undoes {
        Some(Back::OneStep) => return topic.turns.get(1),
        Some(Back::Start) => return topic.turns.last(),
        Some(Back::Ranking(count)) => {
            return topic.turns.iter().rev().find(|turn| turn.length() == Some(count));
        }
        None => {}
    }
    if !cues.returns {
        return Some(latest);
    }
    // "back to the product. In which hour …"
    let kind = cues.kind_behind_return();
    let of_kind = |turn: &&PlannedTurn<'_>| turn.subjects().iter().any(|thing| Some(thing.kind) == kind);
    if let Some(turn) = topic.turns.iter().find(of_kind).filter(|_| fragment.stated.is_empty()) {
        return Some(turn);
    }
    let named = |turn: &&PlannedTurn<'_>| {
        fragment.stated.iter().any(|one| {
            let mut values = one.filter.values.clone();
            values.dedup();
            turn.is_about(&one.filter.field, &values)
        })
    };
    topic.turns.iter().find(named).or(Some(latest))
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
    let far = *number > LONGEST_RANKING;
    let replaces =
        cues.corrects || cues.instead || cues.and || cues.adds || cues.beside || fragment.compares || far;
    if !replaces || !fragment.stated.is_empty() || fragment.highest.is_some() || number.fract() != 0.0 {
        return None;
    }
    let known = metric.query.filters.iter().find(|filter| {
        matches!(filter.values.first(), Some(FilterValue::Integer(_)))
            && filter.op.picks()
            && ["user_id", "order_hour_of_day", "order_dow", "order_number"].contains(&filter.field.as_str())
    })?;
    // "no, 5" of a ranking is its length; "for 690" and what no ranking has rows for is a customer.
    let customer = known.field == "user_id" && *number > LONGEST_RANKING;
    if metric.query.limit.is_some() && !customer {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of a message is far below 2^53")]
    let value = FilterValue::Integer(*number as i64);
    let filter = MetricFilter { field: known.field.clone(), op: FilterOp::Eq, values: vec![value] };
    Some(analytics::Stated { filter, words: number.to_string() })
}

/// "and 20?", "exactly 10": another number in the bound of the question before.
fn renumbered(fragment: &Fragment, cues: &Cues, before: &Intent) -> Option<MetricIntent> {
    let Intent::Metric(metric) = before else { return None };
    let ranked = metric.query.limit.is_some() && !metric.query.dimensions.is_empty();
    let alone = fragment.stated.is_empty()
        && fragment.havings.is_empty()
        && fragment.metrics.is_empty()
        && fragment.highest.is_none()
        && fragment.listed.is_none()
        && fragment.bare.is_none()
        && fragment.bounds.is_empty();
    let ([number], true, false) = (fragment.numbers.as_slice(), alone && !cues.only, ranked) else {
        return None;
    };
    let mut changed = metric.clone();
    bounds::renumber(&mut changed.query, *number).then_some(changed)
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
    if cues.clears && is_whole(fragment) && !cues.plural && !cues.leans {
        return None;
    }
    // "… from each of these" can ask nothing of its own.
    if cues.each && cues.plural {
        return Some(1.0);
    }
    if cues.opened() || fragment.compares {
        return Some(OPENED);
    }
    // "on which days?": of what was counted.
    let placed = matches!(
        cues.tokens.as_slice(),
        [first, which, ..] if matches!(first.text.as_str(), "on" | "in" | "at" | "from") && matches!(which.text.as_str(), "which" | "what")
    );
    let unnamed = fragment.metrics.is_empty() && fragment.stated.is_empty() && !fragment.verb;
    if placed && unnamed && matches!(before, Intent::Metric(_)) {
        return Some(OPENED);
    }
    // "which segment has the longest?": of what was measured.
    let rows = matches!(before, Intent::Metric(metric) if !metric.query.dimensions.is_empty());
    let named = !fragment.metrics.is_empty() || fragment.rank_metric.is_some() || fragment.verb;
    if rows && fragment.highest.is_some() && !named && fragment.stated.is_empty() {
        return Some(OPENED);
    }
    // "which part of the day is highest?": by what was measured, whatever it was measured of.
    let measured = matches!(before, Intent::Metric(_)) && fragment.rank_metric.is_none();
    if measured
        && fragment.highest.is_some()
        && !named
        && fragment.stated.is_empty()
        && fragment.listed.is_some()
    {
        return Some(OPENED);
    }
    // "which has the highest churn?": of the rows that are there.
    if rows && fragment.highest.is_some() && fragment.listed.is_none() && fragment.stated.is_empty() {
        return Some(0.93);
    }
    if goes_on_with_customer(fragment, before) && question.tokens.len() <= LONGEST_OF_CUSTOMER && !cues.clears
    {
        return Some(OPENED);
    }
    let figure = !fragment.metrics.is_empty();
    // "how many items in total?", of the asker's own orders.
    let own = matches!(before, Intent::Metric(metric) if is_of_one_customer(metric));
    if own && figure && !question.role().is_staff() && bare_figure(fragment) && !cues.clears {
        return Some(0.93);
    }
    // "how many orders had more than 10 items?", behind a figure of the asker's own.
    let counted = |one: &analytics::Stated| {
        !matches!(one.filter.field.as_str(), "user_id" | "segment_name" | "customer_kind" | "customer_orders")
    };
    let of_customers = fragment.metrics.iter().any(|metric| metric.contains("customer"));
    if own
        && figure
        && !question.role().is_staff()
        && !of_customers
        && fragment.stated.iter().all(counted)
        && !cues.clears
    {
        return Some(0.93);
    }
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

/// "how many items from it", of a customer's aisle: that customer's items.
fn goes_on_with_customer(fragment: &Fragment, before: &Intent) -> bool {
    let figures = ["items", "orders", "reorder_rate"];
    let places = ["aisle", "department", "product_name"];
    matches!(before, Intent::Metric(metric) if is_of_one_customer(metric))
        && !fragment.metrics.is_empty()
        && !fragment.stated.is_empty()
        && fragment.metrics.iter().all(|metric| figures.contains(&metric.as_str()))
        && fragment.stated.iter().all(|one| places.contains(&one.filter.field.as_str()))
}

fn is_of_one_customer(metric: &MetricIntent) -> bool {
    metric.query.filters.iter().any(|filter| filter.field == "user_id" && filter.op == FilterOp::Eq)
}

/// Whether nothing but a figure is named.
fn bare_figure(fragment: &Fragment) -> bool {
    fragment.stated.is_empty()
        && fragment.grouped.is_empty()
        && fragment.listed.is_none()
        && fragment.bare.is_none()
        && fragment.havings.is_empty()
}
