//! What a shopper wants: one [`Wish`] a thing, with its place, its attributes, and what it must not be.
//!
//! tokens → segments at commas, "and", "or" and sentence ends → the words that ask fall away → "no", "without" and the
//! like open what is ruled out → the rest is a place of the catalogue, attributes, and words to look for.
//! Knows nothing of intents: a search, a recommendation and a history read the same wishes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::attributes::{Attribute, attributes_of_name};

use super::{
    compose::Question,
    discourse::{CONTAINERS, FREE_CHOICES, HALF_NAMES, PROPERTIES, SHORT_FORMS, TALK},
    fillers::FILLERS,
    lexicon::Cue,
    link::Link,
    normalise::{Token, stem},
    request::opens_request,
    shop_words::{ASKING, OCCASIONS, OTHER_NAMES, PLACES},
    vocabulary::{Name, NameKind},
};

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
        let rest = without_attribute_words(&self.text.split(' ').map(str::to_owned).collect::<Vec<_>>());
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

/// So many products must be called by two words for one of them to stand for both things of an "or".
const MIN_SHARED: u32 = 10;
/// One in so many names with the word must go on with the head for it to be left out beside an "or".
const OR_SHARE: u32 = 50;
/// The same beside an "and", where both may as well stand for themselves: "salt and black pepper".
const AND_SHARE: u32 = 5;
/// Words of a list without commas that so many products have beside each other are no list.
const MAX_LISTED_PAIR: u32 = 10;

/// The largest count of one thing.
const MAX_COUNT: f64 = 50.0;

/// Words that open what is ruled out.
const NEGATIONS: &[&str] = &[
    "no",
    "not",
    "without",
    "except",
    "excluding",
    "exclude",
    "minus",
    "sans",
    "avoid",
    "nor",
    "skip",
    "non",
    "neither",
];
/// Words that open it where the next one follows.
const NEGATIONS_OF_TWO: &[(&str, &str)] = &[
    ("w", "o"),
    ("w", "out"),
    ("other", "than"),
    ("rather", "than"),
    ("anything", "but"),
    ("everything", "but"),
    ("all", "but"),
    ("apart", "from"),
    ("free", "of"),
    ("free", "from"),
    ("leave", "out"),
    ("instead", "of"),
    ("hold", "the"),
    ("nothing", "with"),
    ("none", "with"),
    ("none", "of"),
    ("stay", "away"),
];
/// Words behind which a noun says what is wanted, so they are no measure of what was said before.
const BE: &[&str] = &["am", "is", "are", "was", "were", "be", "been"];
/// Verbs by which others are quoted, and what they need.
const TELLING: &[&str] = &[
    "says", "said", "told", "tells", "has", "have", "had", "wants", "needs", "likes", "loves", "hates",
    "eats", "came", "comes", "coming", "ran", "broke",
];
/// Words behind which a kind of the thing before stands: "must be whole wheat".
const DEMANDING: &[&str] = &["must", "should", "if", "ideally", "preferably", "needs"];
/// Who speaks or is spoken of.
const SPEAKERS: &[&str] = &["i", "we", "she", "he", "they", "who", "you"];
/// Words between who speaks and the verb.
const BEFORE_VERB: &[&str] = &[
    "also",
    "already",
    "always",
    "am",
    "are",
    "been",
    "can",
    "could",
    "did",
    "do",
    "does",
    "ever",
    "had",
    "has",
    "have",
    "is",
    "just",
    "may",
    "might",
    "must",
    "never",
    "not",
    "often",
    "only",
    "really",
    "should",
    "still",
    "to",
    "usually",
    "was",
    "were",
    "will",
    "would",
    "actually",
    "probably",
    "normally",
    "typically",
    "generally",
    "mostly",
    "regularly",
    "sometimes",
    "now",
];
/// Words before "to" that make what follows a thing.
const COMPARED: &[&str] = &[
    "similar",
    "next",
    "close",
    "equal",
    "comparable",
    "alternative",
    "alternatives",
    "identical",
    "due",
    "addition",
    "related",
    "equivalent",
    "according",
    "substitute",
    "opposed",
];
/// Words of a kind of thing that says nothing: "the greek style".
const KINDS: &[&str] = &[
    "style",
    "kind",
    "sort",
    "version",
    "one",
    "ones",
    "variety",
    "flavor",
    "flavour",
    "flavored",
    "flavoured",
];
/// Words of a kind that always is one of the thing before: "vanilla flavored".
const FLAVORED: &[&str] = &["style", "version", "variety", "flavor", "flavour", "flavored", "flavoured"];
/// What somebody does not eat, which holds for all that they ask for.
const DIETS: &[&str] = &["vegan", "vegetarian", "lactose", "gluten", "dairy", "sugar", "free", "kosher"];
/// Words that refine the thing before instead of naming another.
const REFINING: &[&str] = &["only", "just", "preferably", "ideally"];
/// Words that give an example of the thing before.
const EXAMPLES: &[&str] = &["like", "such", "eg"];
/// Small words of figures that are things or kinds of things in a shop.
const CONTENT_FILLERS: &[&str] = &[
    "long", "tall", "sticky", "high", "free", "light", "whole", "food", "foods", "super", "hand", "sheet",
    "base", "minute",
];
/// A small word that so many products have in their names is about goods as well: "whole", "food".
const COMMON_IN_NAMES: u32 = 20;
/// Words whose number belongs to them.
const NUMBERED: &[&str] = &["size", "stage", "step", "type", "grade", "vitamin", "level", "phase"];
/// Words that would change which rows count, which no wish can say.
pub(crate) const QUALIFYING: &[&str] = &["once", "twice", "rarely", "seldom", "exactly"];
/// Words after which nothing more is named.
const TAILS: &[&str] = &["whichever", "whatever", "whatsoever", "because", "cause", "coz", "cuz"];

/// Attributes of goods that stand beside the usual ones: lactose free milk is among the soy drinks.
const STANDS_ELSEWHERE: &[&str] =
    &["gluten_free", "dairy_free", "lactose_free", "soy_free", "vegan", "vegetarian"];

/// A stretch between separators.
#[derive(Debug, Clone, Default)]
struct Segment {
    tokens: Vec<usize>,
    /// What stands before it: "", ",", "and", "or", ".", ":".
    opened_by: String,
}

/// Reads the wishes of a message; tokens in `taken` belong to something else, such as a customer's number.
pub(crate) fn wishes(question: &Question<'_>, taken: &BTreeSet<usize>) -> Wishes {
    let mut reader = Reader {
        question,
        taken: tokens_of(question, taken),
        context: BTreeSet::new(),
        renamed: renamed(question),
    };
    let segments = reader.segments();
    // What is said around it counts for nothing, unless nothing else is said.
    reader.context = reader.said_around(&segments);
    let found = reader.read_all(&segments);
    if !found.things.is_empty() || reader.context.is_empty() {
        return found;
    }
    reader.context.clear();
    reader.read_all(&segments)
}

/// Verbs whose "for" leads to what is wanted.
const ASKING_FOR: &[&str] = &[
    "looking",
    "look",
    "search",
    "searching",
    "ask",
    "asking",
    "asked",
    "hunting",
    "hunt",
    "suggestions",
    "suggestion",
    "ideas",
    "idea",
    "mood",
    "shopping",
    "shop",
    "browse",
    "browsing",
    "recommendations",
    "recommendation",
    "here",
    "options",
    "option",
    "craving",
    "wish",
    "going",
    "out",
    "time",
];

/// "sandwich stuff: bread, ham": the list is wanted, not its heading. "Crackers aisle: those with cheddar" keeps the
/// place for what follows.
fn drop_headings(drafts: &mut Vec<Draft>) {
    let mut place: Option<Name> = None;
    let mut kept: Vec<Draft> = Vec::new();
    let count = drafts.len();
    for (at, mut draft) in std::mem::take(drafts).into_iter().enumerate() {
        if draft.heading && at + 1 < count {
            if draft.words.is_empty() {
                place = draft.place;
            }
            continue;
        }
        draft.place = draft.place.take().or_else(|| place.clone());
        kept.push(draft);
    }
    *drafts = kept;
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
    /// It stands in a list behind a heading: "tea: green, black".
    listed: bool,
    /// The sentence that it stands in.
    sentence: usize,
}

struct Reader<'a> {
    question: &'a Question<'a>,
    taken: BTreeSet<usize>,
    /// Tokens of what is said around the wish.
    context: BTreeSet<usize>,
    /// Tokens of goods that the catalogue calls otherwise: the first of each with its words there, the others with none.
    renamed: BTreeMap<usize, &'static str>,
}

/// "washing up liquid" is sold as dish soap: the tokens of such names.
fn renamed(question: &Question<'_>) -> BTreeMap<usize, &'static str> {
    let stems: Vec<&str> = question.tokens.iter().map(|token| token.stem.as_str()).collect();
    let mut renamed = BTreeMap::new();
    for at in 0..stems.len() {
        let named_here = |(other, _): &&(&str, &str)| {
            other.split(' ').enumerate().all(|(step, word)| stems.get(at + step).copied() == Some(word))
        };
        let longest = OTHER_NAMES.iter().filter(named_here).max_by_key(|(other, _)| other.len());
        let Some((other, here)) = longest else { continue };
        let sold = |word: &str| question.vocabulary.products_with(word) > 0;
        if renamed.contains_key(&at) || !here.split(' ').all(sold) {
            continue;
        }
        renamed.insert(at, *here);
        renamed.extend((1..other.split(' ').count()).map(|step| (at + step, "")));
    }
    renamed
}

impl Reader<'_> {
    fn read_all(&self, segments: &[Segment]) -> Wishes {
        let mut found = Wishes::default();
        let mut drafts: Vec<Draft> = Vec::new();
        let mut added = false;
        let sentences = self.sentences(segments);
        for (segment, sentence) in segments.iter().zip(&sentences) {
            let listed =
                ["stuff", "things", "ingredients", "list", "night", "time", "party", "needs", "supplies"];
            let announced = segment.opened_by == "-"
                && segment
                    .tokens
                    .first()
                    .and_then(|at| at.checked_sub(1))
                    .is_some_and(|before| listed.contains(&self.text(before)));
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

    /// The sentence of each segment, counted from 0.
    fn sentences(&self, segments: &[Segment]) -> Vec<usize> {
        let mut sentence = 0;
        let count = |(at, segment): (usize, &Segment)| {
            sentence += usize::from(at > 0 && segment.opened_by == ".");
            sentence
        };
        segments.iter().enumerate().map(count).collect()
    }

    /// "My doctor says less salt. Do you have soup?": what is told before a sentence asks for things is a story. What it
    /// rules out still counts.
    fn drop_stories(&self, segments: &[Segment], sentences: &[usize], drafts: &mut [Draft]) {
        let of = |sentence: usize| {
            let inside = segments.iter().zip(sentences).filter(move |(_, at)| **at == sentence);
            inside.flat_map(|(segment, _)| segment.tokens.iter().copied()).collect::<Vec<usize>>()
        };
        let asking = drafts
            .iter()
            .filter(|draft| !draft.words.is_empty() || draft.place.is_some())
            .map(|draft| draft.sentence)
            .filter(|sentence| self.asks(&of(*sentence)))
            .max();
        let Some(asking) = asking else { return };
        let mut diets: Vec<usize> = Vec::new();
        for draft in drafts.iter_mut().filter(|draft| draft.sentence < asking) {
            let tokens = of(draft.sentence);
            if self.tells(&tokens) && !self.asks(&tokens) && draft.place.is_none() {
                let told = std::mem::take(&mut draft.words);
                diets.extend(
                    told.into_iter()
                        .filter(|at| DIETS.contains(&self.text(*at)) || self.renamed.contains_key(at)),
                );
                draft.limit = None;
            }
        }
        // "She eats vegan. Do you have soup?"
        diets.retain(|at| self.words(&[*at]).iter().all(|word| DIETS.contains(&word.as_str())));
        let asked = drafts.iter_mut().filter(|draft| draft.sentence == asking && !draft.words.is_empty());
        for draft in asked {
            draft.words.splice(0..0, diets.iter().copied());
        }
    }

    /// Whether a sentence asks for something.
    fn asks(&self, tokens: &[usize]) -> bool {
        let cue = |at: &usize| {
            let span = self.span_of(*at).and_then(|span| self.question.spans.get(span));
            let asking = [Cue::Search, Cue::Show, Cue::Recommend, Cue::HowMany, Cue::Details];
            span.is_some_and(|span| asking.iter().any(|cue| span.is(*cue)))
        };
        let marked = tokens.last().and_then(|at| self.token(*at)).is_some_and(|last| {
            let behind = self.question.asked.message.chars().skip(last.end).take(2).collect::<String>();
            behind.trim_start().starts_with('?')
        });
        // Where a comma or "and" stood, the numbers of the tokens jump.
        let starts = |at: &usize| {
            let before = at.checked_sub(1).and_then(|before| tokens.get(before)).copied();
            let joined = before.is_some_and(|before| Some(before + 1) == tokens.get(*at).copied());
            !joined || before.is_some_and(|before| matches!(self.text(before), "so" | "then" | "please"))
        };
        let opens = |at: usize| starts(&at) && self.opens_request(tokens, at);
        marked || tokens.iter().any(cue) || (0..tokens.len()).any(opens)
    }

    /// Whether a sentence tells something: it has who speaks, or a verb of being.
    fn tells(&self, tokens: &[usize]) -> bool {
        let verb = |at: &usize| {
            let text = self.text(*at);
            SPEAKERS.contains(&text) || BE.contains(&text) || TELLING.contains(&text)
        };
        tokens.iter().any(verb)
    }

    /// "do you", "can i", "which", "are there": how a request begins.
    fn opens_request(&self, tokens: &[usize], position: usize) -> bool {
        opens_request(|step| tokens.get(position + step).map_or("", |at| self.text(*at)))
    }

    /// "rice - brown, basmati", "two kinds of jam: cherry and fig": a thing and its kinds.
    fn spread_heads(&self, drafts: &mut Vec<Draft>, found: &mut Wishes) {
        self.split_first_kind(drafts);
        let headed = (0..drafts.len()).find(|at| {
            let (Some(head), Some(kinds)) = (drafts.get(*at), drafts.get(at + 1..)) else { return false };
            let last = head.words.last().copied();
            let marked = kinds.first().is_some_and(|first| matches!(first.opened_by.as_str(), ":" | "-"))
                && last.is_some_and(|last| self.mark_behind(last).is_some());
            // "ice cream, vanilla or chocolate"
            let chosen = kinds.len() > 1
                && kinds.iter().all(|kind| kind.words.len() == 1)
                && kinds.first().is_some_and(|first| first.opened_by == ",")
                && kinds.last().is_some_and(|last| last.alternative);
            let several = kinds.len() > 1;
            let of_head = |kind: &&Draft| {
                kind.words.last().zip(last).is_some_and(|(kind, last)| {
                    let first = head.words.first().copied().unwrap_or(last);
                    // One thing behind a dash may as well say what all is for: "flour, chips - cookies!".
                    self.is_pair(*kind, last)
                        || self.is_pair(*kind, first) && several
                        || self.is_pair(last, *kind) && several
                })
            };
            let fitting = kinds.iter().filter(of_head).count();
            // What stands on shelves of its own may have a kind that names put otherwise: "chamomile herbal tea".
            let place = last.is_some_and(|last| self.is_place_word(last));
            (marked || chosen)
                && head.place.is_none()
                && kinds.iter().all(|kind| kind.place.is_none() && !kind.words.is_empty())
                && (fitting == kinds.len() || place && several && fitting * 3 >= kinds.len() * 2)
        });
        let Some(at) = headed else { return };
        let head = drafts.remove(at);
        found.count = found.count.or(head.limit);
        for kind in drafts.iter_mut().skip(at) {
            kind.words.extend(&head.words);
            kind.without.extend(head.without.iter().cloned());
        }
    }

    /// "only organic: milk, eggs": what a heading states holds for all behind it.
    fn spread_attributes(&self, drafts: &mut Vec<Draft>) {
        let headed = drafts.iter().position(|draft| {
            draft.heading
                && draft.place.is_none()
                && !draft.words.is_empty()
                && without_attribute_words(&self.words(&draft.words)).is_empty()
        });
        let Some(at) = headed.filter(|at| at + 1 < drafts.len()) else { return };
        let head = drafts.remove(at);
        for draft in drafts.iter_mut().skip(at) {
            draft.words.splice(0..0, head.words.iter().copied());
        }
    }

    /// "fresh or frozen spinach", "oat milk or almond": a word that several things share is said once.
    fn share_heads(&self, drafts: &mut [Draft]) {
        // "strawberry, blueberry and raspberry yogurt": where all before could stand with the head, they do.
        if let Some((last, before)) = drafts.split_last_mut()
            && before.len() > 1
            && last.words.len() > 1
            && let Some(head) = last.words.last().copied()
            && before.iter().all(|draft| match draft.words.as_slice() {
                [only] => draft.place.is_none() && self.shares_head(*only, head, OR_SHARE),
                _ => false,
            })
        {
            before.iter_mut().for_each(|draft| draft.words.push(head));
            return;
        }
        let pairs = |a: usize, b: usize| {
            let (a, b) = (self.token(a), self.token(b));
            a.zip(b).map_or(0, |(a, b)| self.question.vocabulary.pairs_of_names(&a.stem, &b.stem))
        };
        for at in 1..drafts.len() {
            let Some([first, second]) = drafts.get_mut(at - 1..=at) else { continue };
            if first.place.is_some() || second.place.is_some() {
                continue;
            }
            if !second.alternative {
                // "brown and white rice"
                if let ([only], [_, .., head]) = (first.words.as_slice(), second.words.as_slice())
                    && second.opened_by == "and"
                    && self.shares_head(*only, *head, AND_SHARE)
                {
                    let head = *head;
                    first.words.push(head);
                }
                continue;
            }
            let refined = first.refined;
            match (first.words.as_slice(), second.words.as_slice()) {
                // "oat milk or almond"
                // "garlic, fresh or powder"
                ([first, ..], [only]) if refined > 0 && pairs(*first, *only) >= MIN_SHARED => {
                    let first = *first;
                    second.words.insert(0, first);
                }
                ([.., _, head], [only])
                    if pairs(*only, *head) >= MIN_SHARED
                        && !self.is_property(*only)
                        && !self.is_property(*head) =>
                {
                    let head = *head;
                    second.words.push(head);
                }
                // "fresh or frozen spinach", "apple or orange juice"
                ([only], [_, .., head]) if self.shares_head(*only, *head, OR_SHARE) => {
                    let head = *head;
                    first.words.push(head);
                }
                _ => {}
            }
        }
    }

    /// Whether a word may lack the head of the thing behind: "brown" of "brown and white rice", but not "apples" of
    /// "apples or orange juice". It does where one in `share` names with the word go on with the head.
    fn shares_head(&self, only: usize, head: usize, share: u32) -> bool {
        let (Some(word), Some(head)) = (self.token(only), self.token(head)) else { return false };
        let vocabulary = self.question.vocabulary;
        let pairs = vocabulary.pairs_of_names(&word.stem, &head.stem);
        let modifies = pairs >= MIN_SHARED && pairs * share >= vocabulary.products_with(&word.text);
        word.text == word.stem && word.text != head.text && (modifies || self.is_property(only))
    }

    fn is_property(&self, at: usize) -> bool {
        PROPERTIES.contains(&self.text(at))
    }

    /// "rice - brown, basmati": the first kind was read as a property of the head, and is one of the list.
    fn split_first_kind(&self, drafts: &mut Vec<Draft>) {
        let headed = (0..drafts.len()).find(|at| {
            let (Some(head), Some(kinds)) = (drafts.get(*at), drafts.get(at + 1..)) else { return false };
            let base = head.words.len().saturating_sub(head.refined);
            let last = base.checked_sub(1).and_then(|last| head.words.get(last)).copied();
            head.refined > 0
                && !kinds.is_empty()
                && last.is_some_and(|last| self.mark_behind(last).is_some())
                && kinds.iter().all(|kind| {
                    let only = if let [only] = kind.words.as_slice() { Some(*only) } else { None };
                    kind.place.is_none()
                        && only.zip(last).is_some_and(|(kind, head)| self.is_pair(kind, head))
                })
        });
        let Some(at) = headed else { return };
        let Some(head) = drafts.get_mut(at) else { return };
        let base = head.words.len().saturating_sub(head.refined);
        let first = Draft { words: head.words.split_off(base), opened_by: "-".into(), ..Draft::default() };
        head.refined = 0;
        drafts.insert(at + 1, first);
    }

    /// Whether products are called by these two words beside each other.
    fn is_pair(&self, first: usize, second: usize) -> bool {
        let (a, b) = (self.token(first), self.token(second));
        a.zip(b).is_some_and(|(a, b)| self.question.vocabulary.is_pair_of_names(&a.stem, &b.stem))
    }

    /// Things that are none: the name of an evening, and words that no product has, where something else is wanted.
    fn drop_talk(&self, drafts: &mut Vec<Draft>) {
        let thing = |draft: &Draft| {
            let named = draft.words.iter().any(|at| self.is_in_name(*at) || self.is_place_word(*at));
            let sold = draft.words.iter().any(|at| self.names_goods(*at));
            // "pizza night": no pizza is asked for.
            let evening = draft.occasion && draft.words.last().is_some_and(|at| self.is_occasion(*at));
            draft.place.is_some() || (named && !evening) || (sold && !draft.occasion)
        };
        let says = |draft: &Draft| !draft.words.is_empty() || draft.place.is_some();
        let staff = self.question.role().is_staff();
        if staff || !drafts.iter().any(thing) {
            return;
        }
        drafts.retain(|draft| !says(draft) || thing(draft));
        for draft in drafts.iter_mut() {
            if draft.words.iter().any(|at| self.names_goods(*at)) {
                let vocabulary = self.question.vocabulary;
                draft.words.retain(|at| self.names_goods(*at) || vocabulary.knows(self.text(*at)));
            }
        }
    }

    /// Whether products are called by this word.
    fn names_goods(&self, at: usize) -> bool {
        let text = self.text(at);
        let vocabulary = self.question.vocabulary;
        self.is_in_name(at)
            || self.renamed.contains_key(&at)
            || self.token(at).is_some_and(|token| token.number.is_some())
            || vocabulary.products_with(text) > 0
            || vocabulary.usual_spelling(text).is_some()
            || vocabulary.split_compound(text).is_some()
            || SHORT_FORMS.iter().any(|(short, _)| *short == text)
            || self.is_place_word(at)
            || !attributes_of_name(text).is_empty()
    }

    /// Whether an aisle or department is called by this word.
    fn is_place_word(&self, at: usize) -> bool {
        let Some(token) = self.token(at) else { return false };
        let named = self.question.vocabulary.names(&token.stem);
        named.iter().any(|name| matches!(name.kind, NameKind::Aisle | NameKind::Department))
            || !self.question.vocabulary.names_with_part(&token.stem).is_empty()
    }

    /// "apples oranges bananas": three things or more, each of which is sold by that name.
    fn split_lists(&self, drafts: Vec<Draft>) -> Vec<Draft> {
        let alone = |at: &usize| {
            let Some(token) = self.token(*at) else { return false };
            let several = token.text != token.stem || self.is_place_word(*at);
            let names = self.question.vocabulary.names(&token.stem);
            several && !self.is_in_name(*at) && names.iter().any(|name| name.kind != NameKind::Segment)
        };
        // "milk eggs butter flour": each sold by that name, and no two of them a name together.
        let sold = |at: &usize| {
            let Some(token) = self.token(*at) else { return false };
            let names = self.question.vocabulary.names(&token.stem);
            let goods = names.iter().any(|name| name.kind != NameKind::Segment) || self.is_place_word(*at);
            goods && !self.is_in_name(*at) && !self.is_property(*at)
        };
        let apart = |words: &[usize]| {
            words.windows(2).all(|pair| match pair {
                [a, b] => self.token(*a).zip(self.token(*b)).is_some_and(|(a, b)| {
                    self.question.vocabulary.pairs_of_names(&a.stem, &b.stem) < MAX_LISTED_PAIR
                }),
                _ => true,
            })
        };
        let list = |words: &[usize]| {
            words.iter().all(alone)
                || words.iter().all(sold)
                    && words.iter().filter(|at| alone(at)).count() * 2 >= words.len()
                    && apart(words)
        };
        let mut split = Vec::new();
        for draft in drafts {
            if draft.words.len() > 2 && draft.place.is_none() && list(&draft.words) {
                split.extend(draft.words.iter().map(|at| Draft { words: vec![*at], ..draft.clone() }));
            } else {
                split.push(draft);
            }
        }
        split
    }

    /// Tokens of what is said around a wish: "I promised my dentist", "to celebrate", "for a risotto".
    fn said_around(&self, segments: &[Segment]) -> BTreeSet<usize> {
        let mut around = BTreeSet::new();
        for segment in segments {
            let tokens = &segment.tokens;
            let text = |position: usize| tokens.get(position).map_or("", |at| self.text(*at));
            let add = |around: &mut BTreeSet<usize>, position: usize| {
                let cleans = matches!(text(position), "clean" | "cleaning");
                if let Some(at) = tokens.get(position).filter(|at| !self.is_in_name(**at) && !cleans) {
                    around.insert(*at);
                }
            };
            for position in 0..tokens.len() {
                let before = position.checked_sub(1).map_or("", |position| text(position));
                if SPEAKERS.contains(&text(position))
                    && !(text(position) == "you" && matches!(before, "have" | "got"))
                {
                    let mut verb = position + 1;
                    while BEFORE_VERB.contains(&text(verb)) {
                        verb += 1;
                    }
                    let last = if verb > position + 1 { text(verb - 1) } else { "" };
                    let auxiliary = BE.contains(&last) || matches!(last, "have" | "has" | "had");
                    let participle = text(verb).ends_with("ing") || text(verb).ends_with("ed");
                    if !auxiliary || participle {
                        add(&mut around, verb);
                    }
                }
                // "to nibble", not "similar to milk".
                let noun_follows = matches!(text(position + 1), "the" | "my" | "a" | "an" | "your" | "our");
                if text(position) == "to" && !COMPARED.contains(&before) && !noun_follows {
                    add(&mut around, position + 1);
                }
                if text(position) == "for" && position > 0 && !ASKING_FOR.contains(&before) {
                    self.add_purpose(tokens, position, &mut around);
                }
                // "for lunch boxes I want cheese"
                if position == 0 && text(0) == "for" {
                    let speaks = (1..tokens.len()).find(|position| SPEAKERS.contains(&text(*position)));
                    for inside in 1..speaks.unwrap_or(1) {
                        add(&mut around, inside);
                    }
                }
                // "my 2-year-old"
                if text(position) == "year" && text(position + 1) == "old" {
                    add(&mut around, position);
                    add(&mut around, position + 1);
                    if let Some(before) = position.checked_sub(1) {
                        add(&mut around, before);
                    }
                }
                // "my skin reacts to perfume"
                if position == 0 && text(0) == "my" && TALK.contains(&text(2)) {
                    add(&mut around, 1);
                }
                // "how large is your selection", "for 20 people"
                if text(position) == "how"
                    && matches!(text(position + 1), "large" | "wide" | "broad" | "big" | "long")
                {
                    add(&mut around, position + 1);
                }
                if matches!(
                    text(position + 1),
                    "people" | "person" | "persons" | "guests" | "kids" | "adults"
                ) && before == "for"
                {
                    add(&mut around, position);
                }
                // "fresh out of eggs"
                if matches!(text(position), "fresh" | "clean" | "all")
                    && text(position + 1) == "out"
                    && text(position + 2) == "of"
                {
                    add(&mut around, position);
                }
                // "this week", "in your range", "in the whole store"
                let time = matches!(before, "this" | "next" | "every" | "each" | "last" | "all")
                    && matches!(
                        text(position),
                        "week" | "month" | "weekend" | "day" | "night" | "year" | "morning" | "evening"
                    );
                let range = matches!(before, "your" | "our" | "the" | "whole" | "entire")
                    && matches!(text(position), "range" | "portfolio" | "lineup" | "collection" | "program");
                let whole = matches!(text(position), "whole" | "entire")
                    && matches!(
                        text(position + 1),
                        "store"
                            | "shop"
                            | "market"
                            | "supermarket"
                            | "catalogue"
                            | "catalog"
                            | "range"
                            | "assortment"
                            | "place"
                    );
                if time || range || whole {
                    add(&mut around, position);
                }
                // "a carton of eggs"
                if CONTAINERS.contains(&text(position)) && text(position + 1) == "of" {
                    add(&mut around, position);
                }
            }
        }
        around
    }

    /// "for a risotto", "for my coffee machine", "for baking": until the next word that is no noun.
    fn add_purpose(&self, tokens: &[usize], position: usize, around: &mut BTreeSet<usize>) {
        let text = |position: usize| tokens.get(position).map_or("", |at| self.text(*at));
        let next = text(position + 1);
        let whose = matches!(next, "my" | "our" | "the" | "his" | "her" | "their");
        let indefinite = matches!(next, "a" | "an");
        if next.ends_with("ing") && next != "cleaning" {
            around.extend(tokens.get(position + 1));
        }
        if !(whose || indefinite) || next == "cleaning" {
            return;
        }
        for at in tokens.iter().skip(position + 2) {
            let talks = ASKING.contains(&self.text(*at)) && !TALK.contains(&self.text(*at));
            if talks || NEGATIONS.contains(&self.text(*at)) || self.is_in_name(*at) {
                break;
            }
            // "for a snack" names a department.
            let meal = matches!(self.text(*at), "snack" | "dessert" | "drink" | "breakfast");
            if (indefinite && !meal) || !self.is_place_word(*at) && !meal {
                around.insert(*at);
            }
        }
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

    /// Whether a sentence ends, or a list is announced, between a token and the next.
    fn mark_behind(&self, at: usize) -> Option<char> {
        let (this, next) = (self.token(at)?, self.token(at + 1)?);
        let between = self.question.asked.message.chars().skip(this.end);
        between
            .take(next.start.saturating_sub(this.end))
            .find(|c| matches!(c, '.' | '?' | '!' | ':' | '\n' | '–' | '—' | '(' | ')' | '+'))
            .or_else(|| {
                // "seltzer / sparkling water", "pizza - frozen": a mark that stands alone.
                let between = self.question.asked.message.chars().skip(this.end);
                let between: String = between.take(next.start.saturating_sub(this.end)).collect();
                let words = this.text.len() > 2 && next.text.len() > 2;
                match between.as_str() {
                    " / " => Some('/'),
                    "/" if words => Some('/'),
                    " - " | "- " | " -- " => Some('-'),
                    _ => None,
                }
            })
    }

    fn segments(&self) -> Vec<Segment> {
        let mut segments = vec![Segment::default()];
        for at in 0..self.question.tokens.len() {
            let text = self.text(at);
            let name = self.span_of(at).and_then(|span| self.question.spans.get(span));
            // "half and half", "mac and cheese": a separator inside a name separates nothing.
            let inside = name.is_some_and(|span| {
                span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
            });
            let earlier = at.checked_sub(1).map_or("", |before| self.text(before));
            let excepts = text == "but" && matches!(earlier, "anything" | "everything" | "all" | "nothing");
            let separates =
                matches!(text, "," | "and" | "&" | "or" | "plus" | "but" | "then") && !inside && !excepts;
            // "cauliflower as well as zucchini"
            let as_well = text == "well" && earlier == "as" && self.text(at + 1) == "as";
            if as_well {
                segments.push(Segment { opened_by: "and".into(), ..Segment::default() });
                continue;
            }
            if separates {
                let opened_by = text.to_owned();
                match segments.last_mut() {
                    // ", and", ", but": the word says more than the comma.
                    Some(last) if last.tokens.is_empty() => last.opened_by = opened_by,
                    _ => segments.push(Segment { opened_by, ..Segment::default() }),
                }
                continue;
            }
            // "…, so do you have lentils", "…, which yogurts": a request opens a sentence of its own.
            let rest: Vec<usize> = (at..self.question.tokens.len().min(at + 4)).collect();
            let first = segments.last().is_none_or(|last| {
                last.tokens.iter().all(|at| matches!(self.text(*at), "so" | "hence" | "then" | "please"))
            });
            let led = matches!(earlier, "so" | "hence" | "therefore") && !first;
            if (first || led) && self.opens_request(&rest, 0) && !inside {
                match segments.last_mut() {
                    Some(last) if first => {
                        if matches!(last.opened_by.as_str(), "," | "and" | "but" | "then") {
                            last.opened_by = ".".into();
                        }
                    }
                    _ => segments.push(Segment { opened_by: ".".into(), ..Segment::default() }),
                }
            }
            if let Some(last) = segments.last_mut() {
                last.tokens.push(at);
            }
            if let Some(mark) = self.mark_behind(at) {
                let opened_by = match mark {
                    ':' => ":",
                    '-' => "-",
                    '(' | '+' | '/' => ",",
                    _ => ".",
                };
                segments.push(Segment { opened_by: opened_by.into(), ..Segment::default() });
            }
        }
        segments
    }

    fn read(&self, segment: &Segment, drafts: &mut Vec<Draft>, found: &mut Wishes) {
        let mut draft = Draft::default();
        let mut negated: Option<Vec<usize>> = None;
        let tokens = self.without_purpose(&segment.tokens);
        let purpose = segment.tokens.iter().filter(|at| !tokens.contains(at));
        found.purpose.extend(purpose.filter_map(|at| self.span_of(*at)));
        let first = tokens.first().map_or("", |at| self.text(*at));
        let refines = REFINING.contains(&first) && !drafts.is_empty() && segment.opened_by != ".";
        let example = EXAMPLES.contains(&first) && !drafts.is_empty();
        let continues_negation = matches!(segment.opened_by.as_str(), "or" | "nor" | "and")
            && drafts.last().is_some_and(|last| last.words.is_empty() || !last.without.is_empty())
            && tokens.iter().all(|at| self.is_content(*at));
        if continues_negation && drafts.last().is_some_and(|last| !last.without.is_empty()) {
            negated = Some(Vec::new());
        }
        draft.occasion = tokens.iter().any(|at| self.is_occasion(*at));
        if self.rules_all_out(&tokens) {
            negated = Some(Vec::new());
        }
        // "like for wings", ", for vegans": no thing of its own.
        let bare_purpose = !drafts.is_empty()
            && (first == "for" || (example && tokens.get(1).is_some_and(|at| self.text(*at) == "for")));
        if bare_purpose && tokens.iter().filter(|at| self.is_content(**at)).count() == 1 {
            return;
        }
        // "taco night!": no part of the day.
        for (position, at) in tokens.iter().enumerate().filter(|(_, at)| self.is_occasion(**at)) {
            let before = position.checked_sub(1).and_then(|p| tokens.get(p)).map_or("", |at| self.text(*at));
            if !matches!(before, "the" | "at" | "in" | "by" | "every" | "each" | "per" | "during" | "") {
                found.purpose.extend(self.span_of(*at));
            }
        }
        let mut position = 0;
        while let Some(at) = tokens.get(position).copied() {
            position += 1;
            if let Some(length) = self.opens_negation(&tokens, position - 1) {
                draft.without.extend(negated.take().filter(|words| !words.is_empty()));
                negated = Some(Vec::new());
                position += length - 1;
                continue;
            }
            if negated.as_ref().is_some_and(|words| !words.is_empty()) && KINDS.contains(&self.text(at)) {
                continue;
            }
            if TAILS.contains(&self.text(at)) {
                break;
            }
            if let Some(count) = self.count_at(at, &draft) {
                draft.limit = Some(count);
                continue;
            }
            if negated.is_none()
                && draft.place.is_none()
                && let Some((name, length, by_kind)) = self.place_at(&tokens, position - 1)
            {
                draft.place = Some(name);
                draft.by_kind = by_kind;
                let named = length.saturating_sub(usize::from(by_kind)).max(1);
                found.content.extend((0..named).filter_map(|step| self.span_of(at + step)));
                position += length - 1;
                continue;
            }
            if !self.is_content(at) {
                continue;
            }
            // "nut free", where no name says so: without nuts.
            if self.rules_out_by_free(at) {
                found.content.extend(self.span_of(at));
                draft.without.push(vec![at]);
                position += 1;
                continue;
            }
            found.content.extend(self.span_of(at));
            let counts =
                self.text(at) == "exactly" && self.token(at + 1).is_some_and(|next| next.number.is_some());
            if counts {
                continue;
            }
            // "for once" restricts nothing.
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            if !self.is_known(at) || (QUALIFYING.contains(&self.text(at)) && before != "for") {
                found.unknown.extend(self.span_of(at));
            }
            match &mut negated {
                Some(words) => {
                    words.push(at);
                    // "non organic apples": the apples are wanted.
                    if at.checked_sub(1).is_some_and(|before| self.text(before) == "non") {
                        draft.without.extend(negated.take());
                    }
                }
                None => draft.words.push(at),
            }
        }
        draft.without.extend(negated.filter(|words| !words.is_empty()));
        self.read_variety(&tokens, segment, drafts.last(), &mut draft);
        draft.opened_by.clone_from(&segment.opened_by);
        self.add(draft, (refines, example, &segment.opened_by), drafts, found);
    }

    /// "ginger flavored", "oat if possible", "must be extra virgin": says of which kind the thing before should be.
    fn read_variety(&self, tokens: &[usize], segment: &Segment, before: Option<&Draft>, draft: &mut Draft) {
        let kind = draft.words.last().is_some_and(|at| KINDS.contains(&self.text(*at)));
        if kind && draft.words.len() > 1 {
            draft.words.pop();
        }
        let flavored = tokens.iter().any(|at| FLAVORED.contains(&self.text(*at)));
        let kind = kind || tokens.last().is_some_and(|at| KINDS.contains(&self.text(*at)));
        let demanded = tokens.iter().any(|at| DEMANDING.contains(&self.text(*at)));
        let Some(before) = before.filter(|before| !before.words.is_empty()) else { return };
        let pairs = draft.words.last().is_some_and(|last| {
            let ends = [before.words.first(), before.words.last()];
            ends.into_iter().flatten().any(|word| self.is_pair(*last, *word))
        });
        let beside = matches!(segment.opened_by.as_str(), "," | "-" | "(" | ".");
        let same = draft.place.is_none() && draft.limit.is_none() && !draft.words.is_empty();
        // "lightly salted ones": a word that nothing is called by alone.
        let alone = draft
            .words
            .last()
            .and_then(|at| self.token(*at))
            .is_some_and(|token| !self.question.vocabulary.names(&token.stem).is_empty());
        draft.variety = beside && same && (flavored || kind && !alone || pairs && (kind || demanded));
    }

    /// Whether a word and "free" behind it say what must not be in it, in a way that names and attributes do not.
    fn rules_out_by_free(&self, at: usize) -> bool {
        let Some(token) = self.token(at) else { return false };
        self.text(at + 1) == "free"
            // "mix free of gluten", "large free range eggs"
            && !matches!(self.text(at + 2), "of" | "from" | "range" | "trade")
            && self.mark_behind(at).is_none()
            && attributes_of_name(&format!("{} free", token.text)).is_empty()
            && self.question.vocabulary.products_with(&token.text) > 0
            && !self.question.vocabulary.is_pair_of_names(&token.stem, "free")
    }

    /// Puts a segment's draft beside or into those before.
    fn add(
        &self,
        mut draft: Draft,
        (refines, example, opened_by): (bool, bool, &str),
        drafts: &mut Vec<Draft>,
        found: &mut Wishes,
    ) {
        self.complete_contrast(&mut draft);
        let says = !draft.words.is_empty() || draft.place.is_some();
        if !says && draft.without.is_empty() {
            found.count = found.count.or(draft.limit);
            return;
        }
        let only_attributes =
            draft.place.is_none() && says && without_attribute_words(&self.words(&draft.words)).is_empty();
        // "tea: green, black": each is one of the list.
        draft.listed = opened_by == ":"
            || drafts.last().is_some_and(|last| last.listed) && matches!(opened_by, "," | "and" | "or");
        // "chips not fried but baked"
        let instead = opened_by == "but"
            && draft.words.len() == 1
            && draft.place.is_none()
            && drafts.last().is_some_and(|last| {
                let pairs = |at: &usize| draft.words.first().is_some_and(|word| self.is_pair(*word, *at));
                !last.without.is_empty() && last.words.iter().any(pairs)
            });
        if instead && let Some(last) = drafts.last_mut() {
            last.words.splice(0..0, draft.words);
            last.without.append(&mut draft.without);
            return;
        }
        let of_list = draft.listed
            && (opened_by == ":"
                || drafts.last().is_some_and(|last| last.words.iter().all(|at| self.is_property(*at))));
        let properties = draft.place.is_none()
            && !of_list
            && says
            && draft.words.iter().all(|at| PROPERTIES.contains(&self.text(*at)))
            && drafts.last().is_some_and(|last| !last.words.is_empty() || last.place.is_some());
        draft.alternative = opened_by == "or";
        // "beef or turkey, ground": both of them.
        if properties && drafts.last().is_some_and(|last| last.alternative) {
            let at = drafts.len().saturating_sub(2);
            if let Some(earlier) = drafts.get_mut(at).filter(|earlier| earlier.refined == 0) {
                earlier.words.extend(&draft.words);
            }
        }
        // "unscented or fragrance free detergent", "organic, low fat yogurt": what is said before belongs to it.
        let stated_before = says
            && !only_attributes
            && matches!(opened_by, "," | "-" | "or" | "and")
            && drafts.last().is_some_and(|last| {
                last.place.is_none()
                    && !last.words.is_empty()
                    && without_attribute_words(&self.words(&last.words)).is_empty()
            });
        if stated_before && let Some(mut before) = drafts.pop() {
            if opened_by != "or" {
                before.words.append(&mut draft.words);
                draft.words = before.words;
            }
            draft.without.append(&mut before.without);
            draft.limit = draft.limit.or(before.limit);
            drafts.push(draft);
            return;
        }
        match drafts.last_mut() {
            // "I can't have lactose, which milk …": rules it out for what follows.
            Some(first) if says && first.words.is_empty() && first.place.is_none() => {
                draft.without.append(&mut first.without);
                *first = draft;
            }
            // "…, no lemon": rules it out for everything before.
            Some(_) if !says => {
                for earlier in drafts.iter_mut() {
                    earlier.without.extend(draft.without.iter().cloned());
                }
                found.count = found.count.or(draft.limit);
            }
            Some(last) if draft.variety => {
                let mut words = draft.words;
                words.append(&mut last.words);
                last.words = words;
                last.without.extend(draft.without);
            }
            Some(last) if refines || only_attributes || properties => {
                // "frozen or canned or fresh", "fresh basil or dried": any of them will do.
                let has_property = last.words.len() > 1 && last.words.iter().any(|at| self.is_property(*at));
                if properties && opened_by == "or" && (last.refined > 0 || has_property) {
                    last.words.retain(|at| !self.is_property(*at));
                    last.refined = 0;
                    return;
                }
                last.refined = if properties { draft.words.len() } else { 0 };
                last.words.extend(draft.words);
                last.without.extend(draft.without);
                last.limit = last.limit.or(draft.limit);
            }
            Some(last) if example => {
                let head = last.words.last().map(|at| self.text(*at).to_owned());
                let same = head.is_some_and(|head| draft.words.iter().any(|at| self.text(*at) == head));
                if same {
                    last.words = draft.words;
                    last.without.extend(draft.without);
                } else {
                    drafts.push(draft);
                }
            }
            _ => drafts.push(draft),
        }
    }

    /// "frozen not fresh spinach": the noun behind belongs to both.
    fn complete_contrast(&self, draft: &mut Draft) {
        let only_properties = !draft.words.is_empty() && draft.words.iter().all(|at| self.is_property(*at));
        if let [phrase] = draft.without.as_mut_slice()
            && only_properties
            && phrase.len() > 1
            && phrase.first().is_some_and(|at| self.is_property(*at))
        {
            draft.words.extend(phrase.drain(1..));
        }
    }

    /// A segment without "for my birthday party", "for movie night".
    fn without_purpose(&self, tokens: &[usize]) -> Vec<usize> {
        let cut = tokens.iter().enumerate().find(|(position, at)| {
            let behind = tokens.get(position + 1..).unwrap_or_default();
            let occasion = |at: &usize| {
                self.token(*at).is_some_and(|token| {
                    OCCASIONS.contains(&token.stem.as_str()) || OCCASIONS.contains(&token.text.as_str())
                })
            };
            let word = |step: usize| behind.get(step).map_or("", |at| self.text(*at));
            let to_pair = self.text(**at) == "to"
                && matches!(word(0), "go" | "serve" | "eat" | "pair" | "have" | "drink")
                && word(1) == "with";
            *position > 0
                && (to_pair || (matches!(self.text(**at), "for" | "during") && behind.iter().any(occasion)))
        });
        let Some((position, _)) = cut else { return tokens.to_vec() };
        // "for me from the deli": the purpose ends where the place begins.
        let goes_on = |at: &usize| matches!(self.text(*at), "from" | "out" | "without" | "not" | "no");
        let behind = tokens.get(position..).unwrap_or_default();
        let end = behind.iter().position(goes_on).map_or(tokens.len(), |step| position + step);
        tokens.iter().take(position).chain(tokens.iter().skip(end)).copied().collect()
    }

    /// "no", "not", "w/o", "other than", but not "not too sweet" or "no matter": how many words open it.
    fn opens_negation(&self, tokens: &[usize], position: usize) -> Option<usize> {
        let at = tokens.get(position).copied()?;
        let text = |position: usize| tokens.get(position).map_or("", |at| self.text(*at));
        let (this, next) = (self.text(at), text(position + 1));
        if NEGATIONS_OF_TWO.contains(&(this, next)) {
            // "gluten free of charge" aside, "free of" names what is absent.
            return Some(2);
        }
        // "hummus besides plain", but "besides milk I need eggs".
        if matches!(this, "besides" | "beside")
            && position > 0
            && tokens.get(..position).unwrap_or_default().iter().any(|at| self.is_content(*at))
        {
            return Some(1);
        }
        // "nothing hot" rules out, "nothing but" and "nothing special" do not.
        let nothing = this == "nothing" && tokens.get(position + 1).is_some_and(|at| self.is_content(*at));
        // "I can not find kale", "you would not happen to sell matcha": nothing is ruled out.
        let before = position.checked_sub(1).map_or("", text);
        let unable = matches!(before, "can" | "could" | "would" | "might" | "do" | "did" | "to")
            && matches!(
                next,
                "find"
                    | "see"
                    | "happen"
                    | "locate"
                    | "get"
                    | "wait"
                    | "live"
                    | "resist"
                    | "decide"
                    | "remember"
                    | "believe"
                    | "go"
                    | "seem"
                    | "help"
                    | "think"
                    | "spot"
                    | "know"
                    | "care"
                    | "mind"
                    | "imagine"
            );
        // "anything I have not tried from frozen"
        let denies_having =
            matches!(before, "have" | "has" | "had" | "did" | "do" | "am" | "never" | "i" | "ever")
                && matches!(
                    next,
                    "tried"
                        | "had"
                        | "bought"
                        | "ordered"
                        | "purchased"
                        | "tasted"
                        | "got"
                        | "gotten"
                        | "eaten"
                        | "used"
                        | "seen"
                        | "try"
                        | "buy"
                        | "order"
                        | "purchase"
                        | "yet"
                        | "ever"
                        | "usually"
                        | "normally"
                );
        // "not my usual yogurt"
        let other_than_usual = next == "my" && matches!(text(position + 2), "usual" | "regular" | "normal");
        let only_not = this == "not"
            && (matches!(next, "only" | "just" | "sure") || unable || denies_having || other_than_usual);
        let inside_attribute = matches!(this, "no" | "non") && self.phrase_states_attribute(tokens, position);
        let opens =
            (NEGATIONS.contains(&this) && !inside_attribute && !only_not && !self.is_in_name(at)) || nothing;
        opens.then_some(1)
    }

    /// "everything with lemon is out", "anything with nuts is a no".
    fn rules_all_out(&self, tokens: &[usize]) -> bool {
        let last: Vec<&str> = tokens.iter().rev().take(3).map(|at| self.text(*at)).collect();
        let be = |word: Option<&&str>| word.is_some_and(|word| BE.contains(word));
        // "decaf is no good for me"
        let texts: Vec<&str> = tokens.iter().map(|at| self.text(*at)).collect();
        let refused = texts.windows(3).any(|three| {
            matches!(three, [be, "no", "good"] | [be, "not", "for"] | [be, "not", "ok" | "okay" | "good"] if BE.contains(be))
        });
        if refused && tokens.first().is_some_and(|at| self.is_content(*at)) {
            return true;
        }
        let opens = tokens
            .first()
            .is_some_and(|at| matches!(self.text(*at), "everything" | "anything" | "all" | "any"));
        opens
            && ((matches!(last.first(), Some(&"out" | &"no" | &"excluded")) && be(last.get(1)))
                || (last.first() == Some(&"no") && last.get(1) == Some(&"a") && be(last.get(2))))
    }

    fn is_occasion(&self, at: usize) -> bool {
        self.token(at).is_some_and(|token| {
            !self.is_in_name(at)
                && (OCCASIONS.contains(&token.stem.as_str()) || OCCASIONS.contains(&token.text.as_str()))
                && !matches!(token.text.as_str(), "me" | "us" | "today" | "tonight" | "tomorrow" | "myself")
        })
    }

    /// "no sugar added": the "no" belongs to the attribute.
    fn phrase_states_attribute(&self, tokens: &[usize], position: usize) -> bool {
        let words: Vec<&str> = tokens.iter().skip(position).take(3).map(|at| self.text(*at)).collect();
        let stated = words.first() == Some(&"non")
            && words.get(1).is_some_and(|next| !attributes_of_name(&format!("non {next}")).is_empty());
        stated || (words.len() == 3 && words.last() == Some(&"added"))
    }

    /// A count in front of a thing.
    fn count_at(&self, at: usize, draft: &Draft) -> Option<u32> {
        let token = self.token(at)?;
        // "energy bars x6"
        let times = token.text.strip_prefix('x').or_else(|| token.text.strip_suffix('x'));
        let times = times.and_then(|count| count.parse::<u32>().ok());
        if let Some(count) = times.filter(|count| f64::from(*count) <= MAX_COUNT && *count > 0) {
            return draft.limit.is_none().then_some(count);
        }
        if self.context.contains(&at) {
            return None;
        }
        let value = token.number.filter(|value| value.fract() == 0.0 && (1.0..=MAX_COUNT).contains(value))?;
        let in_name = self.span_of(at).and_then(|span| self.question.spans.get(span)).is_some_and(|span| {
            span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        });
        // "2 percent": a kind of milk.
        if matches!(self.text(at + 1), "percent" | "%") {
            return None;
        }
        // "the one", "this one": no count.
        let vague = token.text == "one" && !self.next_is_thing(at);
        (draft.words.is_empty() && draft.limit.is_none() && !in_name && !vague && !self.taken.contains(&at))
            .then_some(value as u32)
    }

    fn next_is_thing(&self, at: usize) -> bool {
        let next = (at + 1..at + 3).map(|at| self.text(at));
        next.into_iter().any(|word| matches!(word, "new" | "thing" | "product" | "item" | "more" | "idea"))
            || self.is_content(at + 1)
    }

    /// A place that is named as one ("the bakery department", "in household", "from candy chocolate"), its length in
    /// tokens of the segment, and whether its kind was said.
    fn place_at(&self, tokens: &[usize], position: usize) -> Option<(Name, usize, bool)> {
        let kind_word = |word: &str| match word {
            "aisle" | "shelf" => Some(NameKind::Aisle),
            "department" | "section" | "category" => Some(NameKind::Department),
            _ => None,
        };
        let before = position.checked_sub(1).and_then(|p| tokens.get(p)).map_or("", |at| self.text(*at));
        let earlier = position.checked_sub(2).and_then(|p| tokens.get(p)).map_or("", |at| self.text(*at));
        let inside = |word: &str| matches!(word, "in" | "from" | "within" | "under" | "of" | "among");
        let led = inside(before) || (matches!(before, "the" | "your" | "our") && inside(earlier));
        let longest = tokens.len().saturating_sub(position).min(6);
        for length in (1..=longest).rev() {
            let window = tokens.get(position..position + length)?;
            let contiguous =
                window.windows(2).all(|pair| pair.first().map(|at| at + 1) == pair.last().copied());
            if !contiguous {
                continue;
            }
            let behind = tokens.get(position + length).map_or("", |at| self.text(*at));
            let kind = kind_word(&stem(behind));
            // "from frozen pizza", "kinds of cream cheese": the words before another thing are no place of their own.
            let ends = tokens.get(position + length).is_none_or(|at| !self.is_content(*at));
            let Some(name) = self.place_named(window, kind).filter(|_| kind.is_some() || led && ends) else {
                continue;
            };
            let taken = length + usize::from(kind.is_some());
            let in_there =
                before == "in" && position > 1 && kind.is_none() && length == tokens.len() - position;
            return Some((name, taken, kind.is_some() || in_there));
        }
        None
    }

    /// The aisle or department that these words name, in any order, or one that people call so.
    fn place_named(&self, window: &[usize], kind: Option<NameKind>) -> Option<Name> {
        let stems: Vec<String> =
            window.iter().filter_map(|at| self.token(*at)).map(|t| t.stem.clone()).collect();
        place(self.question, &stems, kind)
    }

    /// Whether a word is about what is wanted, rather than about the asking.
    fn is_content(&self, at: usize) -> bool {
        let Some(token) = self.token(at) else { return false };
        if self.taken.contains(&at) || token.is_separator() {
            return false;
        }
        if self.renamed.contains_key(&at) {
            return true;
        }
        // "diapers size 4": a number that names a kind.
        if token.number.is_some()
            && at.checked_sub(1).is_some_and(|before| NUMBERED.contains(&self.text(before)))
        {
            return true;
        }
        if token.text.chars().count() < 2 {
            return false;
        }
        let span = self.span_of(at).and_then(|span| self.question.spans.get(span));
        let named = span.is_some_and(|span| {
            span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        });
        let guest = !self.question.role().is_staff();
        let led = at
            .checked_sub(1)
            .is_some_and(|before| matches!(self.text(before), "the" | "this" | "every" | "my"));
        let day = span.is_some_and(|span| {
            let part_of_day = span.links.iter().any(|link| matches!(link, Link::Hours(..)));
            span.links.contains(&Link::Weekday) || part_of_day && guest && led
        });
        let for_once =
            token.text == "once" && at.checked_sub(1).is_some_and(|before| self.text(before) == "for");
        if self.context.contains(&at) || day || for_once {
            return false;
        }
        let any = |list: &[&str]| list.contains(&token.text.as_str()) || list.contains(&token.stem.as_str());
        let fills = FILLERS.contains(&token.text.as_str())
            && !any(CONTENT_FILLERS)
            && self.question.vocabulary.products_with(&token.text) < COMMON_IN_NAMES;
        let before = at.checked_sub(1).map_or("", |before| self.text(before));
        let free_choice =
            any(FREE_CHOICES) && matches!(before, "any" | "whatever" | "every" | "all" | "which" | "what");
        // "my 5th order": a place in a row.
        let of_orders =
            |word: &str| matches!(word, "order" | "basket" | "cart" | "purchase" | "shop" | "trip");
        let in_words = ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
        let ordinal = (in_words.contains(&token.text.as_str()) && of_orders(self.text(at + 1)))
            || token.text.starts_with(|c: char| c.is_ascii_digit())
                && ["st", "nd", "rd", "th"].iter().any(|suffix| token.text.ends_with(suffix));
        let asks = ((any(ASKING) || any(TALK) || fills) && !self.is_half_name(at)) || free_choice || ordinal;
        let steers = span.is_some_and(|span| {
            // "fresh" asks about the data only where nothing is wanted.
            span.links.iter().any(|link| matches!(link, Link::Cue(cue) if *cue != Cue::AboutData))
        });
        named || !(asks || steers)
    }

    /// "bags" of "trash bags", "baking" of "baking soda": a word of talk beside one that makes it a name.
    fn is_half_name(&self, at: usize) -> bool {
        if !HALF_NAMES.contains(&self.text(at)) {
            return false;
        }
        let goods = |other: &str| {
            let any = |list: &[&str]| list.contains(&other) || list.contains(&stem(other).as_str());
            !any(ASKING) && !any(TALK) && !FILLERS.contains(&other)
        };
        let before =
            at.checked_sub(1).is_some_and(|before| goods(self.text(before)) && self.is_pair(before, at));
        before || (goods(self.text(at + 1)) && self.is_pair(at, at + 1))
    }

    fn is_known(&self, at: usize) -> bool {
        let linked = self
            .span_of(at)
            .and_then(|span| self.question.spans.get(span))
            .is_some_and(|span| !span.links.is_empty());
        let text = self.text(at);
        linked
            || self.renamed.contains_key(&at)
            || self.question.vocabulary.knows(text)
            || SHORT_FORMS.iter().any(|(short, _)| *short == text)
            || self.question.vocabulary.split_compound(text).is_some()
    }

    /// Words as they are looked for: a spelling that next to no product has gives way to the usual one, a short form
    /// to the full one.
    fn words(&self, tokens: &[usize]) -> Vec<String> {
        let word = |at: &usize| -> Vec<String> {
            let text = self.text(*at);
            if let Some(here) = self.renamed.get(at) {
                return here.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            }
            if self.is_in_name(*at) {
                return vec![text.to_owned()];
            }
            let vocabulary = self.question.vocabulary;
            // "minced beef" is sold as ground; "minced garlic" is not.
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            // "to clean my windows", "for cleaning the bathroom"
            if matches!(text, "clean" | "cleaning")
                && matches!(before, "to" | "for")
                && matches!(self.text(*at + 1), "my" | "the" | "a" | "our" | "your" | "an")
            {
                return vec!["cleaner".to_owned()];
            }
            if text == "minced"
                && matches!(self.text(*at + 1), "meat" | "beef" | "turkey" | "pork" | "chicken" | "lamb")
            {
                return vec!["ground".to_owned()];
            }
            // "peanut butter with crunch"
            if text == "crunch" && before == "with" {
                return vec!["crunchy".to_owned()];
            }
            // "plant based cheese"
            if text == "plant" && self.text(*at + 1) == "based" {
                return vec!["vegan".to_owned()];
            }
            if let Some((_, full)) = SHORT_FORMS.iter().find(|(short, _)| *short == text) {
                return full.split(' ').map(str::to_owned).collect();
            }
            if let Some(usual) = vocabulary.usual_spelling(text) {
                return vec![usual];
            }
            match vocabulary.split_compound(text).filter(|_| vocabulary.products_with(text) == 0) {
                Some((a, b)) => vec![a, b],
                None => vec![text.to_owned()],
            }
        };
        let words: Vec<String> = tokens.iter().flat_map(word).collect();
        // "PB with crunch": not the same word twice.
        let mut once: Vec<String> = Vec::new();
        for word in words {
            if !once.contains(&word) {
                once.push(word);
            }
        }
        once
    }

    /// Whether a token stands in a name of several words.
    fn is_in_name(&self, at: usize) -> bool {
        let span = self.span_of(at).and_then(|span| self.question.spans.get(span));
        span.is_some_and(|span| {
            span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        })
    }

    fn resolve(&self, draft: &Draft) -> Wish {
        let words = self.words(&draft.words);
        let text = words.join(" ");
        let mut wish = Wish { label: text.clone(), limit: draft.limit, ..Wish::default() };
        for phrase in &draft.without {
            rule_out(&self.words(phrase).join(" "), &mut wish);
        }
        wish.attributes.extend(attributes_of_name(&text).iter().map(|attribute| attribute.code().to_owned()));
        let mut place_name = draft.place.clone();
        let bare = without_attribute_words(&words);
        let stems: Vec<String> = bare.iter().map(|word| stem(word)).collect();
        wish.text = text;
        if place_name.is_none() && !bare.is_empty() {
            // "milk" is the aisle of that name, unless an attribute may stand elsewhere: lactose free milk is soy too.
            place_name = place(self.question, &stems, None).filter(|name| {
                name.kind == NameKind::Department
                    || !wish.attributes.iter().any(|a| STANDS_ELSEWHERE.contains(&a.as_str()))
            });
            if place_name.is_some() {
                wish.text = String::new();
            } else {
                place_name = aisle_led_by(self.question, &stems);
            }
        } else if bare.is_empty() && place_name.is_some() {
            wish.text = String::new();
        }
        match place_name {
            Some(name) if name.kind == NameKind::Aisle => wish.aisle = Some(name.text),
            Some(name) => wish.department = Some(name.text),
            None => {}
        }
        if wish.label.is_empty() {
            wish.label = wish.aisle.clone().or_else(|| wish.department.clone()).unwrap_or_default();
        }
        wish.attributes.sort();
        wish.attributes.dedup();
        wish
    }
}

/// "no gluten" is an attribute to have, "no decaf" one not to have, "no lemon" a word.
fn rule_out(phrase: &str, wish: &mut Wish) {
    let stated: Vec<Attribute> = attributes_of_name(phrase).into_iter().collect();
    if !stated.is_empty() {
        wish.exclude_attributes.extend(stated.iter().map(|attribute| attribute.code().to_owned()));
        return;
    }
    let absent: Vec<Attribute> = attributes_of_name(&format!("no {phrase}")).into_iter().collect();
    if absent.is_empty() {
        wish.exclude.push(phrase.to_owned());
    } else {
        wish.attributes.extend(absent.iter().map(|attribute| attribute.code().to_owned()));
    }
}

/// The words that do not only state an attribute.
fn without_attribute_words(words: &[String]) -> Vec<String> {
    let mut rest = words.to_vec();
    let stated = attributes_of_name(&words.join(" "));
    for phrase in stated.iter().flat_map(|attribute| attribute.phrases()) {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        while let Some(at) = rest
            .windows(phrase.len())
            .position(|window| window.iter().map(String::as_str).eq(phrase.iter().copied()))
        {
            rest.drain(at..at + phrase.len());
        }
    }
    rest.retain(|word| !word.is_empty());
    rest
}

/// The aisle or department of exactly these words, in any order, or the one that people call so.
pub(crate) fn place(question: &Question<'_>, stems: &[String], kind: Option<NameKind>) -> Option<Name> {
    let of_kind = |name: &&Name| match kind {
        Some(kind) => name.kind == kind,
        None => matches!(name.kind, NameKind::Aisle | NameKind::Department),
    };
    let exact = |stems: &[String]| {
        let names = question.vocabulary.names(&stems.join(" "));
        // The wider of two places of one name: "bakery" is the department.
        names.iter().filter(of_kind).min_by_key(|name| name.kind).cloned()
    };
    let any_order = || {
        let first = question.vocabulary.names_with_part(stems.first()?);
        first.iter().filter(of_kind).find(|name| same_words(&name.text, stems)).cloned()
    };
    let called = || {
        let joined = stems.join(" ");
        let (_, name) = PLACES
            .iter()
            .find(|(phrase, _)| phrase.split(' ').map(stem).collect::<Vec<_>>().join(" ") == joined)?;
        let stems: Vec<String> = name.split(' ').map(stem).collect();
        // Whatever kind of place was said: people do not tell aisles from departments.
        let names = question.vocabulary.names(&stems.join(" "));
        names
            .iter()
            .filter(|name| name.kind != NameKind::Product && name.kind != NameKind::Segment)
            .min_by_key(|name| name.kind)
            .cloned()
    };
    let by_other_kind = || {
        // "the bulk section": the department, whatever it is called a part of.
        let names = question.vocabulary.names(&stems.join(" "));
        names
            .iter()
            .filter(|name| matches!(name.kind, NameKind::Aisle | NameKind::Department))
            .min_by_key(|name| name.kind)
            .cloned()
    };
    let leading = || {
        // "the dairy department" is dairy eggs.
        let [only] = stems else { return None };
        let parts = question.vocabulary.names_with_part(only);
        let led: Vec<&Name> = parts.iter().filter(|name| leads(&name.text, only)).collect();
        let departments: Vec<&&Name> = led.iter().filter(|name| name.kind == NameKind::Department).collect();
        match (kind, departments.as_slice(), led.as_slice()) {
            (Some(NameKind::Department) | None, [department], _) => Some((**department).clone()),
            (Some(_), _, [only]) => Some((*only).clone()),
            _ => None,
        }
    };
    if stems.is_empty() {
        return None;
    }
    exact(stems)
        .or_else(any_order)
        .or_else(called)
        .or_else(|| kind.and_then(|_| by_other_kind()))
        .or_else(leading)
}

/// "ice cream" of the aisle "ice cream ice", "energy bars" of "energy granola bars": an aisle whose name begins with the
/// first of several words and holds them all, and that is the only one.
fn aisle_led_by(question: &Question<'_>, stems: &[String]) -> Option<Name> {
    let [first, _, ..] = stems else { return None };
    let holds_all = |name: &&Name| {
        let words: Vec<String> = name.text.split(' ').map(stem).collect();
        name.kind == NameKind::Aisle
            && leads(&name.text, first)
            && stems.iter().all(|word| words.contains(word))
    };
    let mut found = question.vocabulary.names_with_part(first).iter().filter(holds_all);
    match (found.next(), found.next()) {
        (Some(name), None) => Some(name.clone()),
        _ => None,
    }
}

fn leads(name: &str, word: &str) -> bool {
    name.split(' ').next().is_some_and(|first| stem(first) == word)
}

fn same_words(name: &str, stems: &[String]) -> bool {
    let mut words: Vec<String> = name.split(' ').map(stem).collect();
    let mut wanted = stems.to_vec();
    words.sort();
    wanted.sort();
    words == wanted
}
