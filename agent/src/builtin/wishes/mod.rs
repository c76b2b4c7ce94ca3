//! What a shopper wants: one [`Wish`] a thing, with its place, its attributes, and what it must not be.
//!
//! ```text
//! tokens ─segments─> stretches ─read─> drafts ─story, heads─> drafts of goods ─words─> wishes
//!                                 └─ ruled_out, content, places
//! ```
//! Input: the linked question. Output: [`Wishes`]. Knows nothing of intents: a search, a recommendation and a history read
//! the same wishes. Pure.

mod afterthoughts;
mod content;
mod heads;
mod needs;
mod places;
mod read;
mod ruled_out;
mod segments;
mod setting_out;
mod story;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    heads::drop_headings,
    segments::Segment,
    words::{renamed, without_attribute_words},
};
use super::{compose::Question, link::Link, normalise::Token, vocabulary::Name};

pub(crate) use self::{content::NUMBERED, places::place, read::QUALIFYING, setting_out::sets_out};

/// One thing that is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wish {
    /// Words to look for; empty where place and attributes say all.
    pub(crate) text: String,
    /// Only this aisle.
    pub(crate) aisle: Option<String>,
    /// Only this department.
    pub(crate) department: Option<String>,
    /// Attributes that it must have, by code.
    pub(crate) attributes: Vec<String>,
    /// Attributes that it must not have, by code.
    pub(crate) exclude_attributes: Vec<String>,
    /// Words that it must not be called by.
    pub(crate) exclude: Vec<String>,
    /// "3 hot sauces": how many of it.
    pub(crate) limit: Option<u32>,
    /// How it was called, for the answer.
    pub(crate) label: String,
}

impl Wish {
    /// Whether it says nothing but how many.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { text, aisle, department, attributes, exclude_attributes, exclude, .. } = self;
        text.is_empty()
            && aisle.is_none()
            && department.is_none()
            && attributes.is_empty()
            && exclude_attributes.is_empty()
            && exclude.is_empty()
    }

    /// The words without those that only state an attribute, for tools that compare words; none where nothing is left.
    pub(crate) fn matching(&self) -> Option<String> {
        // What it is for narrows nothing that is compared word by word.
        let what = self.text.split(" for ").next().unwrap_or_default();
        let named =
            what.split(' ').filter(|word| !matches!(*word, "with" | "in" | "from")).map(str::to_owned);
        let rest = without_attribute_words(&named.collect::<Vec<_>>());
        (!rest.is_empty()).then(|| rest.join(" "))
    }
}

/// Everything that a message wishes for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Wishes {
    /// The things, in the order they were named.
    pub(crate) things: Vec<Wish>,
    /// How many in all, where that stands apart from the things.
    pub(crate) count: Option<u32>,
    /// Spans whose words nobody knows.
    pub(crate) unknown: BTreeSet<usize>,
    /// Spans of words that say what is wanted or ruled out.
    pub(crate) content: BTreeSet<usize>,
    /// Spans of what it is for, "for movie night", which changes nothing.
    pub(crate) purpose: BTreeSet<usize>,
}

/// Reads the wishes of a message; tokens in `taken` belong to something else, such as a customer's number.
pub(crate) fn wishes(question: &Question<'_>, taken: &BTreeSet<usize>) -> Wishes {
    let mut reader = Reader {
        question,
        taken: tokens_of(question, taken),
        context: BTreeSet::new(),
        renamed: renamed(question),
    };
    let mut segments = reader.segments();
    reader.part_from_list(&mut segments);
    // What is said around it counts for nothing, unless nothing else is said.
    reader.context = reader.said_around(&segments);
    let found = reader.read_all(&segments);
    if !found.things.is_empty() || reader.context.is_empty() {
        return found;
    }
    reader.context.clear();
    reader.read_all(&segments)
}

fn tokens_of(question: &Question<'_>, spans: &BTreeSet<usize>) -> BTreeSet<usize> {
    spans.iter().filter_map(|at| question.spans.get(*at)).flat_map(|span| span.start..span.end).collect()
}

/// A thing while its segment is read.
#[derive(Debug, Clone, Default)]
struct Draft {
    words: Vec<usize>,
    without: Vec<Vec<usize>>,
    place: Option<Name>,
    /// The place was named as one: "the bakery department".
    by_kind: bool,
    limit: Option<u32>,
    /// What the list behind it is for: "sandwich stuff: bread, ham".
    heading: bool,
    /// It names an evening or a party rather than a thing.
    occasion: bool,
    /// How many of its words came from properties said behind it.
    refined: usize,
    /// It stands behind an "or".
    alternative: bool,
    /// What stands before it, as of its segment.
    opened_by: String,
    /// It says of which kind the thing before should be: "ginger flavored", "oat if possible".
    variety: bool,
    /// A kind of it was said behind it.
    varied: bool,
    /// "Frozen or canned": any kind of it will do.
    any_kind: bool,
    /// It stands in a list behind a heading: "tea: green, black".
    listed: bool,
    /// The sentence that it stands in.
    sentence: usize,
    /// "all organic", "everything vegan": said of all things before.
    of_all: bool,
}

struct Reader<'a> {
    question: &'a Question<'a>,
    taken: BTreeSet<usize>,
    /// Tokens of what is said around the wish.
    context: BTreeSet<usize>,
    /// Tokens of goods that the catalogue calls otherwise: the first of each with its words there, the others with none.
    renamed: BTreeMap<usize, String>,
}

/// Words before a dash that announce a list: "salad stuff - lettuce, feta".
const ANNOUNCING: &[&str] =
    &["stuff", "things", "ingredients", "list", "night", "time", "party", "needs", "supplies"];

impl Reader<'_> {
    fn read_all(&self, segments: &[Segment]) -> Wishes {
        let mut found = Wishes::default();
        let mut drafts: Vec<Draft> = Vec::new();
        let mut added = false;
        let sentences = self.sentences(segments);
        for (segment, sentence) in segments.iter().zip(&sentences) {
            let announced = segment.opened_by == "-"
                && segment
                    .tokens
                    .first()
                    .and_then(|at| at.checked_sub(1))
                    .is_some_and(|before| ANNOUNCING.contains(&self.text(before)));
            if (segment.opened_by == ":" || announced)
                && added
                && let Some(last) = drafts.last_mut()
            {
                last.heading = true;
            }
            let before = drafts.len();
            self.read(segment, &mut drafts, &mut found);
            added = drafts.len() > before;
            for draft in drafts.iter_mut().skip(before) {
                draft.sentence = *sentence;
            }
        }
        self.drop_stories(segments, &sentences, &mut drafts);
        self.apply_contrasts(segments, &sentences, &mut drafts);
        self.apply_afterthoughts(segments, &sentences, &mut drafts);
        self.spread_heads(&mut drafts, &mut found);
        self.spread_attributes(&mut drafts);
        self.share_heads(&mut drafts);
        drop_headings(&mut drafts);
        self.drop_talk(&mut drafts);
        let drafts = self.split_lists(drafts);
        // What is left says which spans count.
        let kept: BTreeSet<usize> = drafts
            .iter()
            .flat_map(|draft| draft.words.iter().chain(draft.without.iter().flatten()))
            .filter_map(|at| self.span_of(*at))
            .collect();
        found.unknown.retain(|at| kept.contains(at));
        let places = |at: &usize| {
            self.question.spans.get(*at).is_some_and(|span| {
                span.links.iter().any(|link| matches!(link, Link::Name(_) | Link::Part(_)))
            })
        };
        found.content.retain(|at| kept.contains(at) || places(at));
        for wish in drafts.iter().map(|draft| self.resolve(draft)).filter(|wish| !wish.is_empty()) {
            let same =
                |other: &Wish| Wish { limit: wish.limit, label: wish.label.clone(), ..other.clone() } == wish;
            if !found.things.iter().any(same) {
                found.things.push(wish);
            }
        }
        // "What's in the babies department, I need diapers": whoever names the place wants to see it.
        if let Some(place) = drafts.iter().position(|draft| draft.by_kind && draft.words.is_empty()) {
            let wish = drafts.get(place).map(|draft| self.resolve(draft));
            found.things = wish.into_iter().collect();
        }
        found
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.question.tokens.get(at)
    }

    fn text(&self, at: usize) -> &str {
        self.token(at).map_or("", |token| token.text.as_str())
    }

    /// The span that a token stands in.
    fn span_of(&self, at: usize) -> Option<usize> {
        self.question.spans.iter().position(|span| span.start <= at && at < span.end)
    }
}
