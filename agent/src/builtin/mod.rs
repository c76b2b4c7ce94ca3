//! The built-in planner: a question becomes a typed plan of tool calls, or one question back, or an honest no.
//!
//! Five steps, a file each: `normalise` → `link_entities` → `link_metrics` → `compose` a plan → `score` it
//! (the look-up of phrases that both link steps share is in `link`). Nothing matches whole sentences.
//! Pure: no IO, no clock. The driver calls [`BuiltinPlanner::start`] once and [`BuiltinPlanner::next`] after each
//! round of tools.

mod analytics;
mod around;
mod askable;
mod asked_plainly;
mod attack;
mod bare_customers;
mod beyond;
mod clause;
mod compose;
mod discourse;
mod fillers;
mod for_use;
#[cfg(test)]
mod gate_tests;
mod idioms;
mod intent;
mod language;
mod lexicon;
mod link;
mod link_entities;
mod link_metrics;
mod nearest;
mod normalise;
mod outside;
mod paraphrase;
mod patterns;
mod plain_parts;
mod relayed;
mod request;
mod score;
mod shop_words;
mod short_forms;
#[cfg(test)]
mod tests;
mod told;
mod vocabulary;
mod what_is_bought;
mod wishes;

use std::sync::{Arc, Mutex};

use config::semantic::SemanticModel;
use domain::{
    answer::{Clarify, ClarifyOption, Note, Refusal, Status},
    ids::ProductId,
    principal::Principal,
    table::Table,
};
use serde_json::Value;
use tools::run::Run;

pub(crate) use self::intent::{Aspect, Intent, MetricIntent, Plan, Shape, call_id};
pub(crate) use self::normalise::number_word;
use self::{
    compose::{Candidate, Outcome, Question, attempt, candidates, gate},
    link::{Link, Span, link},
    link_entities::link_entities,
    link_metrics::link_metrics,
    normalise::{Token, normalise},
    score::{Score, score},
    vocabulary::{NameKind, Vocabulary, VocabularySource},
};
use crate::{
    compose as answers,
    draft::Draft,
    plan::{CallResult, PlannedCall},
};

/// One earlier turn of the conversation, as the planner needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PastTurn {
    /// What was asked.
    pub message: String,
    /// What was answered.
    pub answer_text: String,
    /// The plan behind it, serialised; null where another planner answered.
    pub plan: Value,
    /// The first rows of each result, in the order of the calls: what "the second one" points at.
    pub shown: Vec<Table>,
    /// The question that went back, where one did: what "the fresh one" answers.
    pub clarify: Option<Clarify>,
}

/// What the planner sees of a turn.
pub struct PlanInput<'a> {
    /// The message, within the limit of characters, not blank.
    pub message: &'a str,
    /// Who asks.
    pub principal: &'a Principal,
    /// Earlier turns, oldest first.
    pub history: &'a [PastTurn],
    /// Products in the basket.
    pub basket: &'a [ProductId],
    /// The run that answers.
    pub run: &'a Run,
}

/// What the steps see of a turn: everything but the run itself, whose words are in the vocabulary.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) message: &'a str,
    pub(crate) principal: &'a Principal,
    pub(crate) history: &'a [PastTurn],
    pub(crate) basket: &'a [ProductId],
    pub(crate) semantic: &'a SemanticModel,
}

/// What the planner wants next.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Run these side by side, then ask again.
    Call(Vec<PlannedCall>),
    /// The turn is over.
    Finish(Box<Draft>),
}

/// A plan under way, with how sure the planner is of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What to do first.
    pub decision: Decision,
    /// 0 to 1; under the configured threshold `decision` is a question back or a refusal.
    pub confidence: f64,
    /// The plan, serialised, for the session and for [`BuiltinPlanner::next`]; null where nothing is called.
    pub plan: Value,
}

/// Vocabularies kept: the published run's, and the one before while its last requests end.
const KEPT_VOCABULARIES: usize = 2;
/// How sure the planner is of what settles a message before any reading.
const SETTLED: f64 = 0.95;
/// What is left of a reading's confidence where the model cannot tell its figures in that way.
const UNASKABLE: f64 = 0.25;

/// A run's id with its words.
type KeptVocabulary = (String, Arc<Vocabulary>);

/// The planner. Cheap to clone; keeps the vocabulary of the runs it has seen last.
#[derive(Clone)]
pub struct BuiltinPlanner {
    threshold: f64,
    vocabularies: Arc<Mutex<Vec<KeptVocabulary>>>,
}

impl BuiltinPlanner {
    /// A planner that answers from this confidence on (0 to 1) and asks back below it.
    pub fn new(threshold: f64) -> Self {
        Self { threshold, vocabularies: Arc::default() }
    }

    /// Collects the words of a run, so that the first question does not wait for it (tens of milliseconds).
    pub fn prepare(&self, run: &Run) {
        self.vocabulary(run);
    }

    /// Plans a turn.
    pub fn start(&self, input: &PlanInput<'_>) -> Planned {
        let asked = Asked {
            message: input.message,
            principal: input.principal,
            history: input.history,
            basket: input.basket,
            semantic: &input.run.semantic,
        };
        plan(&asked, &self.vocabulary(input.run), self.threshold)
    }

    /// Goes on after a round of tools: composes the answer.
    pub fn next(&self, input: &PlanInput<'_>, plan: &Value, results: &[CallResult]) -> Decision {
        let draft = match serde_json::from_value::<Plan>(plan.clone()) {
            Ok(plan) => {
                let mut draft = answers::compose(&plan.intents, input, results);
                draft.notes.extend(plan.notes);
                draft
            }
            Err(error) => {
                tracing::error!(%error, "a plan of the built-in planner could not be read back");
                Draft::refused(Refusal {
                    code: "not_understood".into(),
                    text: "The plan for this question was lost; please ask again.".into(),
                    nearest_question: None,
                })
            }
        };
        Decision::Finish(Box::new(draft))
    }

    fn vocabulary(&self, run: &Run) -> Arc<Vocabulary> {
        let mut kept = self.vocabularies.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, vocabulary)) = kept.iter().find(|(id, _)| id == run.id()) {
            return Arc::clone(vocabulary);
        }
        let catalogue = &run.catalogue;
        let vocabulary = Arc::new(Vocabulary::build(&VocabularySource {
            products: catalogue.products().iter().map(|p| (p.id.0, p.name.as_str(), p.purchases)).collect(),
            places: catalogue.products().iter().map(|p| (p.id.0, p.aisle_id.0, p.department_id.0)).collect(),
            aisles: catalogue.aisles().iter().map(|(id, name)| (id.0, name.as_str())).collect(),
            departments: catalogue.departments().iter().map(|(id, name)| (id.0, name.as_str())).collect(),
            segments: run.segments.iter().map(|segment| (segment.id, segment.name.as_str())).collect(),
            semantic: &run.semantic,
        }));
        kept.push((run.id().to_owned(), Arc::clone(&vocabulary)));
        if kept.len() > KEPT_VOCABULARIES {
            kept.remove(0);
        }
        vocabulary
    }
}

/// Plans a message: what it is settled by before any reading, or the five steps. Of a question back only those options
/// stay that are answered themselves.
fn plan(asked: &Asked<'_>, vocabulary: &Vocabulary, threshold: f64) -> Planned {
    let written = attack::fold(asked.message);
    let folded = short_forms::without_dots(&written);
    let staff = asked.principal.role().is_staff();
    let folded = if staff { bare_customers::named(&folded).unwrap_or(folded) } else { folded };
    let folded = idioms::plain(&folded, staff).unwrap_or(folded);
    let mut message = outside::without_asides(&folded).unwrap_or(folded);
    if staff {
        message = plain_parts::in_plain_words(&message).unwrap_or(message);
        let named = what_is_bought::as_ranking(&message)
            .or_else(|| asked_plainly::with_its_figure(&message, vocabulary.segments()));
        message = named.unwrap_or(message);
    }
    if (!staff || asked.history.is_empty())
        && let Some(repaired) = request::repaired(&message, vocabulary)
    {
        message = repaired;
    }
    // Where nothing was taken out, the gate looks at the same words.
    if message != written
        && let Some(draft) = attempted(&Asked { message: &written, ..*asked }, vocabulary)
    {
        return settled(draft);
    }
    let mut planned = read(&Asked { message: &message, ..*asked }, vocabulary, threshold);
    if let Some(short) = for_use::without_use(&message) {
        let again = read(&Asked { message: &short, ..*asked }, vocabulary, threshold);
        if matches!(again.decision, Decision::Call(_)) {
            planned = again;
            message = short;
        }
    }
    if let Some(wish) = passed_on(asked, &planned, &message, vocabulary, threshold) {
        planned = wish;
    }
    for short in without_story(asked, &planned, &message, vocabulary) {
        let again = read(&Asked { message: &short, ..*asked }, vocabulary, threshold);
        // What a visitor is told to sign in for is only ever read as a search.
        let fits = !is_signed_out(&planned) || only_searches(&again) || only_relates(&again);
        if matches!(again.decision, Decision::Call(_)) && fits {
            planned = again;
            break;
        }
    }
    for short in without_surroundings(asked, &planned, &message, vocabulary) {
        let again = read(&Asked { message: &short, ..*asked }, vocabulary, threshold);
        if matches!(again.decision, Decision::Call(_)) && again.confidence >= threshold {
            planned = again;
            break;
        }
    }
    let shorter: [Shorter; 3] = [without_opening, without_gloss, without_heading];
    for shorter in shorter {
        let Some(short) = shorter(asked, &planned, &message, vocabulary) else { continue };
        let again = read(&Asked { message: &short, ..*asked }, vocabulary, threshold);
        let figures = !only_searches(&again) || only_searches(&planned);
        if matches!(again.decision, Decision::Call(_)) && again.confidence >= threshold && figures {
            planned = again;
            message = short;
        }
    }
    settle_beyond(asked, &mut planned, &message, vocabulary);
    let answers = |message: &str| {
        let planned = read(&Asked { message, ..*asked }, vocabulary, threshold);
        match &planned.decision {
            Decision::Call(_) => true,
            Decision::Finish(draft) => draft.status == Status::Answered,
        }
    };
    if let Decision::Finish(draft) = &mut planned.decision {
        offer_nearer(asked, draft, &message, vocabulary, answers);
        if let Some(clarify) = &mut draft.clarify {
            clarify.options.retain(|option| answers(&option.question));
            if clarify.options.is_empty() {
                let examples = compose::examples(asked.principal.role()).into_iter();
                let options = examples.filter(|text| answers(text));
                clarify
                    .options
                    .extend(options.map(|text| ClarifyOption { label: text.clone(), question: text }));
            }
        }
    }
    planned
}

/// Offers a question about what the message names, where it asks for something outside the data of it.
fn offer_nearer(
    asked: &Asked<'_>,
    draft: &mut Box<Draft>,
    message: &str,
    vocabulary: &Vocabulary,
    answers: impl Fn(&str) -> bool,
) {
    let Some(refusal) = draft.refusal.as_mut().filter(|refusal| refusal.code == "outside_data") else {
        return;
    };
    let tokens = normalise(message, vocabulary);
    let entities = link_entities(&tokens, &link(&tokens, vocabulary));
    let nearer = nearest::about_what_is_named(&entities, asked.principal.role().is_staff());
    if let Some(nearer) = nearer.filter(|nearer| answers(nearer)) {
        refusal.nearest_question = Some(nearer);
        **draft = Draft { notes: std::mem::take(&mut draft.notes), ..Draft::refused(refusal.clone()) };
    }
}

/// Refuses a first message that is about nothing of the shop.
fn settle_beyond(asked: &Asked<'_>, planned: &mut Planned, message: &str, vocabulary: &Vocabulary) {
    if !asked.history.is_empty() {
        return;
    }
    let staff = asked.principal.role().is_staff();
    let refused = match &planned.decision {
        Decision::Call(_) if staff => {
            (only_searches(planned) && beyond::asks_no_search(message)).then(|| beyond::refused(true))
        }
        Decision::Call(_) => {
            (only_offers(planned) && beyond::asks_no_goods(asked.message)).then(|| beyond::refused(false))
        }
        Decision::Finish(draft) => beyond::names_nothing_of_the_shop(message, vocabulary, draft, staff),
    };
    if let Some(draft) = refused {
        *planned = Planned {
            decision: Decision::Finish(Box::new(draft)),
            confidence: planned.confidence,
            plan: Value::Null,
        };
    }
}

/// What a message of staff may ask without what is said around it, where that was taken for what is asked.
fn without_surroundings(
    asked: &Asked<'_>,
    planned: &Planned,
    message: &str,
    vocabulary: &Vocabulary,
) -> Vec<String> {
    let Decision::Finish(draft) = &planned.decision else { return Vec::new() };
    let staff = asked.principal.role().is_staff();
    let look = around::Look {
        clear: &|text| {
            let tokens = normalise(text, vocabulary);
            let words = patterns::Words::new(&tokens, &link(&tokens, vocabulary));
            outside::outside(&words, text, staff).is_none()
        },
        figure: &|text| analytics::names_figure(text, vocabulary),
        measure: &|text| analytics::names_measure(text, vocabulary),
        thing: &|text| analytics::names_thing(text, vocabulary),
        points: &analytics::points_at_nothing,
    };
    let refusal = draft.refusal.as_ref();
    if let Some(about) = refusal.and_then(|refusal| outside::Outside::of_refusal(&refusal.text)) {
        return if staff { around::without_what_is_not_asked(message, about, &look) } else { Vec::new() };
    }
    let unread = refusal.is_some_and(|refusal| refusal.code == "not_understood")
        || draft.clarify.as_ref().is_some_and(|clarify| {
            [
                "I do not know ",
                "I did not understand",
                "There is no earlier answer",
                "There is nothing before",
            ]
            .iter()
            .any(|opening| clarify.question.starts_with(opening))
        });
    if !(staff && unread && asked.history.is_empty()) {
        return Vec::new();
    }
    around::without_lead(message, &look).into_iter().collect()
}

/// A way to make a message shorter, by what came of it; nothing where it stays.
type Shorter = fn(&Asked<'_>, &Planned, &str, &Vocabulary) -> Option<String>;

/// The message without sentences that only lead up to the question, whether or not it was understood with them: their
/// words are no conditions.
fn without_opening(
    asked: &Asked<'_>,
    planned: &Planned,
    message: &str,
    vocabulary: &Vocabulary,
) -> Option<String> {
    let refused = matches!(&planned.decision, Decision::Finish(draft)
        if draft.refusal.as_ref().is_some_and(|refusal| refusal.code != "not_understood"));
    if refused || !asked.history.is_empty() || !asked.principal.role().is_staff() {
        return None;
    }
    analytics::asked_alone(message, vocabulary)
}

/// The message without brackets that say again what it says.
fn without_gloss(
    asked: &Asked<'_>,
    planned: &Planned,
    message: &str,
    vocabulary: &Vocabulary,
) -> Option<String> {
    around_figures(asked, planned)?;
    analytics::without_glosses(message, vocabulary)
}

/// The message without a heading that adds nothing to the question behind it.
fn without_heading(
    asked: &Asked<'_>,
    planned: &Planned,
    message: &str,
    vocabulary: &Vocabulary,
) -> Option<String> {
    analytics::behind_heading(message, around_figures(asked, planned)?, vocabulary)
}

/// What came of a question of staff that nothing went before; nothing where that settles it.
fn around_figures(asked: &Asked<'_>, planned: &Planned) -> Option<analytics::Whole> {
    if !asked.history.is_empty() || !asked.principal.role().is_staff() {
        return None;
    }
    let Decision::Finish(draft) = &planned.decision else { return Some(analytics::Whole::Answered) };
    let Some(refusal) = &draft.refusal else {
        return (draft.status != Status::Answered).then_some(analytics::Whole::Unclear);
    };
    (refusal.code == "not_understood").then_some(analytics::Whole::Unclear)
}

/// The reading of what somebody passes on for another. Staff who ask for figures of a customer pass nothing on: of
/// theirs only what looks for goods counts.
fn passed_on(
    asked: &Asked<'_>,
    planned: &Planned,
    message: &str,
    vocabulary: &Vocabulary,
    threshold: f64,
) -> Option<Planned> {
    let staff = asked.principal.role().is_staff();
    let settled = match &planned.decision {
        Decision::Call(_) => !staff,
        Decision::Finish(draft) => {
            // What is not allowed stays so, whoever is said to ask for it.
            let settles = |code: &str| matches!(code, "language" | "not_allowed");
            let signed_out = |text: &str| text.starts_with(compose::NOT_SIGNED_IN);
            let refusal = draft.refusal.as_ref();
            refusal.is_some_and(|refusal| settles(&refusal.code) && !signed_out(&refusal.text))
        }
    };
    if settled || !asked.history.is_empty() {
        return None;
    }
    let wish = relayed::relayed(message, vocabulary, staff)?;
    let again = read(&Asked { message: &wish, ..*asked }, vocabulary, threshold);
    (matches!(again.decision, Decision::Call(_)) && (!staff || only_searches(&again))).then_some(again)
}

/// Whether a plan does nothing but look for goods.
fn only_searches(planned: &Planned) -> bool {
    let search = |intent: &Intent| matches!(intent, Intent::Search(args) if args.count.is_none());
    serde_json::from_value::<Plan>(planned.plan.clone()).is_ok_and(|plan| plan.intents.iter().all(search))
}

/// Whether a plan does nothing but show goods to choose from.
fn only_offers(planned: &Planned) -> bool {
    let offer = |intent: &Intent| match intent {
        Intent::Search(args) => args.count.is_none(),
        Intent::Popular(_) | Intent::Recommend(_) => true,
        _ => false,
    };
    serde_json::from_value::<Plan>(planned.plan.clone()).is_ok_and(|plan| plan.intents.iter().all(offer))
}

/// Whether a plan looks for what goes with goods or stands in for them.
fn only_relates(planned: &Planned) -> bool {
    let related = |intent: &Intent| matches!(intent, Intent::Related(_));
    serde_json::from_value::<Plan>(planned.plan.clone()).is_ok_and(|plan| plan.intents.iter().all(related))
}

/// Whether a visitor was told that there are no purchases of theirs.
fn is_signed_out(planned: &Planned) -> bool {
    let Decision::Finish(draft) = &planned.decision else { return false };
    draft.refusal.as_ref().is_some_and(|refusal| refusal.text.starts_with(compose::NOT_SIGNED_IN))
}

/// The message without its story, where one is told and it stood in the way: what may be meant, the likeliest first.
fn without_story(
    asked: &Asked<'_>,
    planned: &Planned,
    message: &str,
    vocabulary: &Vocabulary,
) -> Vec<String> {
    let Decision::Finish(draft) = &planned.decision else { return Vec::new() };
    // A visitor who tells of themselves before they ask does not ask for their purchases.
    let not_allowed = draft.refusal.as_ref().is_some_and(|refusal| {
        refusal.code == "not_allowed" && !refusal.text.starts_with(compose::NOT_SIGNED_IN)
    });
    // Whoever tells of an allergy asks with it in mind.
    let health = outside::Outside::Health.refusal().0;
    let allergy = ["allerg", "intoleran", "celiac", "coeliac", "diabet", "pregnan"];
    let lower = message.to_lowercase();
    let about_health = draft.refusal.as_ref().is_some_and(|refusal| refusal.text == health)
        && allergy.iter().any(|word| lower.contains(word));
    // Who says "gluten free" has said what it means for the goods.
    let states_diet = || {
        told::without_told(message, vocabulary)
            .is_some_and(|rest| !domain::attributes::attributes_of_name(&rest).is_empty())
    };
    // "when I bought that one, what else was in my cart?": what points at nothing is no story.
    let points =
        asked.history.is_empty() && ["that one", "this one"].iter().any(|words| lower.contains(words));
    if draft.status == Status::Answered || not_allowed || about_health && !states_diet() || points {
        return Vec::new();
    }
    if asked.principal.role().is_staff() {
        // "Suppose we charged for delivery. How many would stay?": what is supposed is no story.
        let supposes = ["suppose", "imagine", "assume", "assuming", "if ", "say "]
            .iter()
            .any(|opening| lower.trim_start().starts_with(opening));
        let outside = draft.refusal.as_ref().is_some_and(|refusal| refusal.code == "outside_data");
        let sentences =
            if outside && supposes { None } else { analytics::asking_sentences(message, vocabulary) };
        return sentences.into_iter().collect();
    }
    let untimed = request::without_told_times(message, vocabulary);
    let timeless = untimed.as_deref().unwrap_or(message);
    let asking = request::request(timeless, vocabulary);
    let untold = told::without_told(timeless, vocabulary);
    let both = untold.as_deref().and_then(|untold| request::request(untold, vocabulary));
    // "My kids like yogurt. What flavors are there?": whose kids they are is nobody's purchase.
    let owner = if is_signed_out(planned) { request::without_owner(message) } else { None };
    let shorter = untold.into_iter().chain(both).chain(asking.or(untimed));
    // What somebody can not have is told of them, and lost in what is shorter.
    let denied =
        lower.split_whitespace().any(|word| word.ends_with("n't") || matches!(word, "not" | "cant" | "dont"));
    let (first, last) = if denied { (owner, None) } else { (None, owner) };
    let shorter = shorter.map(|short| told::with_diet(message, short));
    first.into_iter().chain(shorter).chain(last).collect()
}

/// Reads the texts that a message may stand for behind the turns before; the first that leads to a call is taken, else
/// what was written. What is refused stays refused, whatever it leans on.
fn read(asked: &Asked<'_>, vocabulary: &Vocabulary, threshold: f64) -> Planned {
    let tokens = normalise(asked.message, vocabulary);
    let written = || read_text(asked, &tokens, vocabulary, threshold);
    if asked.history.is_empty() {
        return written();
    }
    let planned = written();
    let settled = planned.confidence >= SETTLED;
    if settled && matches!(&planned.decision, Decision::Finish(draft) if draft.status == Status::Refused) {
        return planned;
    }
    // "Pity. Then tell me …": the message without the sentence that says nothing.
    if let Some(rest) = compose::without_remark(asked.message, vocabulary) {
        let again = read(&Asked { message: &rest, ..*asked }, vocabulary, threshold);
        if again.confidence >= threshold && matches!(again.decision, Decision::Call(_)) {
            return again;
        }
    }
    for version in compose::messages(asked, &tokens, vocabulary) {
        let history = if version.alone { &[] } else { asked.history };
        let text = Asked { message: &version.message, history, ..*asked };
        let guess = read_text(&text, &normalise(&version.message, vocabulary), vocabulary, threshold);
        if guess.confidence >= threshold && matches!(guess.decision, Decision::Call(_)) {
            return guess;
        }
    }
    planned
}

/// What ends a turn before any reading.
fn settled(draft: Draft) -> Planned {
    Planned { decision: Decision::Finish(Box::new(draft)), confidence: SETTLED, plan: Value::Null }
}

/// The refusal of an attempt, looked for in the message as it was written: what is made plain later on ("a.k.a.", a figure
/// of speech, an aside) must not take an instruction with it.
fn attempted(asked: &Asked<'_>, vocabulary: &Vocabulary) -> Option<Draft> {
    let tokens = normalise(asked.message, vocabulary);
    let spans = link(&tokens, vocabulary);
    let entities = link_entities(&tokens, &spans);
    let measures = link_metrics(&tokens, &spans, &entities);
    attempt(&Question {
        asked,
        vocabulary,
        tokens: &tokens,
        spans: &spans,
        entities: &entities,
        measures: &measures,
    })
}

/// The checks before any reading, then the steps after the first, for one text.
fn read_text(asked: &Asked<'_>, tokens: &[Token], vocabulary: &Vocabulary, threshold: f64) -> Planned {
    let spans = link(tokens, vocabulary);
    let entities = link_entities(tokens, &spans);
    let measures = link_metrics(tokens, &spans, &entities);
    let question =
        Question { asked, vocabulary, tokens, spans: &spans, entities: &entities, measures: &measures };
    if let Some(draft) = gate(&question) {
        return settled(draft);
    }
    let best = candidates(&question)
        .into_iter()
        .map(|candidate| {
            let mut score = score(tokens, &spans, &candidate.used, candidate.base);
            if askable::unaskable(&candidate, asked.semantic).is_some() {
                score.confidence *= UNASKABLE;
            }
            (candidate, score)
        })
        // The first of equally likely readings is taken.
        .rev()
        .max_by(|(_, a), (_, b)| a.confidence.total_cmp(&b.confidence));
    match best {
        Some((candidate, score)) if score.confidence >= threshold => decide(candidate, &score, &question),
        best => Planned {
            confidence: best.as_ref().map_or(0.0, |(_, score)| score.confidence),
            decision: Decision::Finish(Box::new(not_understood(asked, tokens, &spans, best))),
            plan: Value::Null,
        },
    }
}

/// Turns the chosen reading into what the driver does.
fn decide(candidate: Candidate, score: &Score, question: &Question<'_>) -> Planned {
    let confidence = score.confidence;
    let finish =
        |draft: Box<Draft>| Planned { decision: Decision::Finish(draft), confidence, plan: Value::Null };
    match candidate.outcome {
        Outcome::Draft(draft) => finish(draft),
        Outcome::Plan(mut plan) => {
            plan.notes.extend(corrections(question.tokens));
            plan.notes.extend(readings(question));
            match (plan.calls(), serde_json::to_value(&plan)) {
                (Ok(calls), Ok(plan)) => Planned { decision: Decision::Call(calls), confidence, plan },
                (Err(error), _) | (_, Err(error)) => {
                    tracing::error!(%error, "a plan could not be written");
                    finish(Box::new(Draft::refused(Refusal {
                        code: "not_understood".into(),
                        text: "That question could not be planned; try to ask it in other words.".into(),
                        nearest_question: None,
                    })))
                }
            }
        }
    }
}

/// What was read in another spelling than it was written.
fn corrections(tokens: &[Token]) -> Vec<Note> {
    let corrected = tokens.iter().filter_map(|token| Some((token.corrected_from.as_ref()?, &token.text)));
    corrected
        .map(|(written, read)| Note::new("spelling", format!("“{written}” was read as “{read}”.")))
        .collect()
}

/// Choices of reading that matter: a part of the day, a name that several things have.
fn readings(question: &Question<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    for span in question.spans {
        for link in &span.links {
            if let Link::Hours(from, to) = link {
                let words = question.tokens.get(span.start).map_or("", |token| token.text.as_str());
                notes.push(Note::new(
                    "definition",
                    format!("“{words}” is read as the hours from {from}:00 to {to}:59."),
                ));
            }
        }
    }
    for named in question.entities.named.iter().filter(|named| named.name.kind != NameKind::Product) {
        let span = question.spans.get(named.span);
        if span.is_some_and(|span| span.name(NameKind::Product).is_some()) {
            let kind = match named.name.kind {
                NameKind::Department => "department",
                NameKind::Aisle => "aisle",
                NameKind::Segment | NameKind::Product => "segment",
            };
            let name = &named.name.text;
            notes.push(Note::new(
                "reading",
                format!("“{name}” is read as the {kind}, not as a product of that name."),
            ));
        }
    }
    notes
}

/// Staff whose question holds a metric, a dimension or a name beside a word that nobody knows are asked about that word,
/// with the question without it.
fn unknown_words(asked: &Asked<'_>, tokens: &[Token], spans: &[Span]) -> Option<Draft> {
    let recognised =
        |span: &Span| span.links.iter().any(|link| matches!(link, Link::Name(_) | Link::Term(_)));
    let is_unknown = |span: &&Span| span.links.is_empty();
    if !asked.principal.role().is_staff() || !spans.iter().any(recognised) {
        return None;
    }
    let unknown: Vec<&Span> = spans.iter().filter(is_unknown).collect();
    let written = unknown.iter().filter_map(|span| tokens.get(span.start));
    // A figure of the question would have to be quoted whole.
    let written = written.filter(|token| !token.text.chars().any(|c| c.is_ascii_digit()));
    let words: Vec<String> = written.map(|token| format!("“{}”", token.text)).collect();
    if words.is_empty() {
        return None;
    }
    let mut message: Vec<char> = asked.message.chars().collect();
    for token in unknown.iter().rev().filter_map(|span| tokens.get(span.start)) {
        message.splice(token.start..token.end.min(message.len()), []);
    }
    let message: String = message.into_iter().collect();
    let without = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.join(", ");
    let question = format!(
        "I do not know {words} here: no metric, product, aisle or department is called so. What do you mean by it?"
    );
    let options = vec![ClarifyOption { label: without.clone(), question: without }];
    Some(Draft::clarify(Clarify { question, options }))
}

/// One precise question back where a reading is near, else an honest no.
fn not_understood(
    asked: &Asked<'_>,
    tokens: &[Token],
    spans: &[Span],
    best: Option<(Candidate, Score)>,
) -> Draft {
    let role = asked.principal.role();
    let unaskable = best.as_ref().and_then(|(candidate, _)| askable::unaskable(candidate, asked.semantic));
    if let Some(draft) = unaskable.and_then(|unaskable| unaskable.question_back(asked.semantic)) {
        return draft;
    }
    if let Some((candidate, score)) = best
        && let Outcome::Plan(plan) = &candidate.outcome
        && let Some(intent) = plan.single().filter(|intent| !matches!(intent, Intent::Search(_)))
        && let Some(nearest) = paraphrase::paraphrase(intent, asked.semantic)
    {
        // A word with a figure in it ("1st") would be a figure that nothing gave.
        let told = score.unexplained.iter().filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
        let words = told.map(|word| format!("“{word}”")).collect::<Vec<_>>().join(", ");
        let question = if words.is_empty() {
            "I did not understand every word of that. Did you mean this?".to_owned()
        } else {
            format!("I do not know what {words} means here. Did you mean this?")
        };
        let options = vec![ClarifyOption { label: nearest.clone(), question: nearest }];
        return Draft::clarify(Clarify { question, options });
    }
    if let Some(draft) = unknown_words(asked, tokens, spans) {
        return draft;
    }
    let nearest = compose::examples(role).into_iter().next();
    let help = compose::help_text(role);
    let refusal = Refusal {
        code: "not_understood".into(),
        text: format!("I did not understand that. {help}"),
        nearest_question: nearest,
    };
    let mut draft = Draft::refused(refusal);
    draft.suggestions = compose::examples(role);
    draft
}
