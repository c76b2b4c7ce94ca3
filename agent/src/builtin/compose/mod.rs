//! Fourth step: the linked words become a typed plan.
//!
//! Each family of intents looks at the same [`Question`] and offers at most one [`Candidate`], with the spans it
//! explains and how likely it is when everything is explained. `score` then decides between them.
//! Pure; no candidate looks at whole sentences.

mod contradiction;
mod customers;
mod describe;
mod follow_up;
mod gate;
mod greeting;
mod incomplete;
mod kind_names;
mod metric;
mod no_figure;
mod not_allowed;
mod nothing_named;
mod outlook;
mod own_figures;
mod own_products;
pub(crate) mod pairs;
mod place_sizes;
mod popular;
mod product;
mod recommend;
mod referent;
mod related;
mod search;
mod shopping;
mod unknown_segment;
mod vague;
mod weekday;
mod which_customer;
mod will_buy;

use std::collections::BTreeSet;

use domain::{answer::Refusal, principal::Role};

use super::{
    Asked,
    intent::{Intent, Plan},
    lexicon::Cue,
    link::{Link, Span},
    link_entities::Entities,
    link_metrics::Measures,
    normalise::Token,
    vocabulary::{NameKind, Vocabulary},
};
use crate::draft::Draft;

pub(crate) use follow_up::{messages, talk_words, without_remark};
pub(crate) use gate::{attempt, gate};
pub(crate) use greeting::{examples, help_text};
pub(crate) use which_customer::which_customer;

/// A question with everything that was found in it.
pub(crate) struct Question<'a> {
    /// Who asks, what came before.
    pub(crate) asked: &'a Asked<'a>,
    /// The words of the run.
    pub(crate) vocabulary: &'a Vocabulary,
    /// The words.
    pub(crate) tokens: &'a [Token],
    /// The phrases.
    pub(crate) spans: &'a [Span],
    /// The things.
    pub(crate) entities: &'a Entities,
    /// The metrics.
    pub(crate) measures: &'a Measures,
}

/// Where a reading leads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// Tools are called.
    Plan(Plan),
    /// Nothing needs to be called.
    Draft(Box<Draft>),
}

/// One way to read the question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    /// Where it leads.
    pub(crate) outcome: Outcome,
    /// The spans it explains.
    pub(crate) used: BTreeSet<usize>,
    /// How likely it is when every word is explained, 0 to 1.
    pub(crate) base: f64,
}

impl Candidate {
    fn plan(intent: Intent, used: BTreeSet<usize>, base: f64) -> Self {
        Self::plans(vec![intent], used, base)
    }

    /// Several calls side by side.
    fn plans(intents: Vec<Intent>, used: BTreeSet<usize>, base: f64) -> Self {
        Self { outcome: Outcome::Plan(Plan { intents, notes: Vec::new() }), used, base }
    }

    fn only_searches(&self) -> bool {
        let Outcome::Plan(plan) = &self.outcome else { return false };
        plan.intents.iter().all(|intent| matches!(intent, Intent::Search(_) | Intent::Popular(_)))
    }

    fn draft(draft: Draft, used: BTreeSet<usize>, base: f64) -> Self {
        Self { outcome: Outcome::Draft(Box::new(draft)), used, base }
    }
}

/// How much less likely a search is that nobody asked for, behind a question about figures.
const UNASKED_SEARCH: f64 = 0.8;

/// Every reading of a question.
pub(crate) fn candidates(question: &Question<'_>) -> Vec<Candidate> {
    let readers: [fn(&Question<'_>) -> Option<Candidate>; 21] = [
        greeting::greeting,
        greeting::help,
        describe::describe,
        follow_up::follow_up,
        pairs::pairs,
        outlook::outlook,
        customers::similar,
        customers::profile,
        will_buy::will_buy,
        own_figures::own_figure,
        own_products::own_products,
        customers::history,
        customers::segment_popularity,
        related::related,
        recommend::recommend,
        popular::popular,
        product::product,
        product::places,
        place_sizes::place_sizes,
        metric::metric,
        search::search,
    ];
    let mut found: Vec<Candidate> = readers.iter().filter_map(|reader| reader(question)).collect();
    // Behind a figure, "large ones" is no search: only who says "find" looks for products.
    let looks_for = [Cue::Search, Cue::Popular].into_iter().any(|cue| question.has(cue));
    if question.role().is_staff() && follow_up::measured_before(question.asked) && !looks_for {
        for candidate in found.iter_mut().filter(|candidate| candidate.only_searches()) {
            candidate.base *= UNASKED_SEARCH;
        }
    }
    // "hello", "thanks" beside a question say nothing about it.
    let polite = question.positions(&[Cue::Greeting, Cue::Thanks]);
    for candidate in &mut found {
        candidate.used.extend(&polite);
    }
    found
}

/// Which customer a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// The principal's own customer.
    Own,
    /// Another one, by number, for staff.
    Customer(u32),
    /// A customer is meant, but it is not said which.
    Missing,
    /// Nobody.
    Nobody,
}

impl Question<'_> {
    /// Whether any phrase is that cue.
    pub(crate) fn has(&self, cue: Cue) -> bool {
        self.spans.iter().any(|span| span.is(cue) && !(cue == Cue::Average && self.explains(span)))
    }

    /// "I mean the breakfast department", "I do not mean chips": no average is meant.
    fn explains(&self, span: &Span) -> bool {
        let text =
            |at: Option<usize>| at.and_then(|at| self.tokens.get(at)).map_or("", |token| token.text.as_str());
        text(Some(span.start)) == "mean"
            && matches!(text(span.start.checked_sub(1)), "i" | "not" | "you" | "we" | "they")
    }

    /// The first phrase that is that cue.
    pub(crate) fn position(&self, cue: Cue) -> Option<usize> {
        self.spans.iter().position(|span| span.is(cue))
    }

    /// All phrases that are one of these cues.
    pub(crate) fn positions(&self, cues: &[Cue]) -> BTreeSet<usize> {
        let any = |span: &Span| cues.iter().any(|cue| span.is(*cue));
        self.spans.iter().enumerate().filter(|(_, span)| any(span)).map(|(at, _)| at).collect()
    }

    /// What the entity step understood.
    pub(crate) fn entity_spans(&self) -> BTreeSet<usize> {
        self.entities.used.clone()
    }

    /// Who plays which part.
    pub(crate) fn role(&self) -> Role {
        self.asked.principal.role()
    }

    /// Which customer is meant, or why that may not be asked.
    pub(crate) fn who(&self) -> Result<Who, Box<Draft>> {
        let own = self.asked.principal.user_id().map(|id| id.0);
        let about_me = self.entities.myself || self.entities.the_customer;
        match (self.role(), self.entities.customers.first().copied()) {
            (Role::Guest, Some(_)) => Err(Box::new(no_customer_data())),
            (Role::Guest, None) if about_me => Err(Box::new(sign_in())),
            (Role::Shopper, Some(id)) if Some(id) != own => Err(Box::new(no_customer_data())),
            (_, Some(id)) if Some(id) == own => Ok(Who::Own),
            (_, Some(id)) => Ok(Who::Customer(id)),
            (_, None) if about_me && own.is_some() => Ok(Who::Own),
            (_, None) if about_me => Ok(Who::Missing),
            _ => Ok(Who::Nobody),
        }
    }

    /// The `user_id` argument for a customer.
    pub(crate) fn user_argument(&self, who: Who) -> Option<u32> {
        match who {
            Who::Customer(id) => Some(id),
            Who::Own | Who::Missing | Who::Nobody => None,
        }
    }

    /// The name of the aisle, the name of the department that the question is limited to.
    pub(crate) fn scope(&self) -> (Option<String>, Option<String>) {
        let first = |kind| self.entities.of_kind(kind).next().map(|name| name.text.clone());
        (first(NameKind::Aisle), first(NameKind::Department))
    }

    /// The phrases all of whose tokens are among these.
    pub(crate) fn spans_of(&self, tokens: &BTreeSet<usize>) -> BTreeSet<usize> {
        let inside = |span: &Span| (span.start..span.end).all(|token| tokens.contains(&token));
        self.spans.iter().enumerate().filter(|(_, span)| inside(span)).map(|(at, _)| at).collect()
    }

    /// The phrases that have one of these tokens.
    pub(crate) fn spans_touching(&self, tokens: &BTreeSet<usize>) -> BTreeSet<usize> {
        let touches = |span: &Span| (span.start..span.end).any(|token| tokens.contains(&token));
        self.spans.iter().enumerate().filter(|(_, span)| touches(span)).map(|(at, _)| at).collect()
    }

    /// The words of a span as they were written, corrected.
    pub(crate) fn words(&self, at: usize) -> String {
        let Some(span) = self.spans.get(at) else { return String::new() };
        let tokens = self.tokens.get(span.start..span.end).unwrap_or_default();
        tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// What the question is about, in its own words: the phrases behind `from` that do not steer, split at commas
    /// and "and". With the spans they stand in.
    pub(crate) fn objects(&self, from: usize, to: usize) -> (Vec<String>, BTreeSet<usize>) {
        let mut objects: Vec<Vec<String>> = vec![Vec::new()];
        let mut used = BTreeSet::new();
        for at in from..to.min(self.spans.len()) {
            let Some(span) = self.spans.get(at) else { break };
            let separator = self.words(at).chars().all(|c| matches!(c, ',' | '&'))
                || self.words(at) == "and"
                || self.words(at) == "or";
            if separator {
                objects.push(Vec::new());
                used.insert(at);
            } else if self.is_content(at, span) {
                if let Some(last) = objects.last_mut() {
                    last.push(self.words(at));
                }
                used.insert(at);
            }
        }
        let texts =
            objects.into_iter().filter(|words| !words.is_empty()).map(|words| words.join(" ")).collect();
        (texts, used)
    }

    /// Whether a phrase is a thing, named or not, rather than a word that steers or fills.
    fn is_content(&self, at: usize, span: &Span) -> bool {
        let steers = span.links.iter().any(|link| match link {
            Link::Cue(cue) => !matches!(cue, Cue::Basket),
            Link::Filler | Link::Weekday | Link::Hours(..) => true,
            _ => false,
        });
        let named = span.links.iter().any(|link| matches!(link, Link::Name(_)));
        let number = span.number().is_some() && self.entities.used.contains(&at);
        (named || !steers) && !number
    }
}

/// What a visitor is told who asks for purchases of their own.
pub(crate) const NOT_SIGNED_IN: &str =
    "You are not signed in, so there is no purchase history of yours to look at.";

fn sign_in() -> Draft {
    Draft::refused(Refusal {
        code: "not_allowed".into(),
        text: NOT_SIGNED_IN.into(),
        nearest_question: Some("What are the most popular products?".into()),
    })
}

fn no_customer_data() -> Draft {
    Draft::refused(Refusal {
        code: "not_allowed".into(),
        text: "Another customer's data is not shown to shoppers.".into(),
        nearest_question: Some("What are the most popular products?".into()),
    })
}
