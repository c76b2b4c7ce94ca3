//! What a shopper wants: one [`Wish`] a thing, with its place, its attributes, and what it must not be.
//!
//! tokens → segments at commas, "and", "or" and sentence ends → the words that ask fall away → "no", "without" and the
//! like open what is ruled out → the rest is a place of the catalogue, attributes, and words to look for.
//! Knows nothing of intents: a search, a recommendation and a history read the same wishes. Pure.

use std::collections::BTreeSet;

use domain::attributes::{Attribute, attributes_of_name};

use super::{
    compose::Question,
    lexicon::Cue,
    link::Link,
    normalise::{Token, stem},
    shop_words::{ASKING, OCCASIONS, PLACES},
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

/// The largest count of one thing.
const MAX_COUNT: f64 = 50.0;

/// Words that open what is ruled out.
const NEGATIONS: &[&str] =
    &["no", "not", "without", "except", "excluding", "exclude", "minus", "sans", "avoid", "nor"];
/// Words that refine the thing before instead of naming another.
const REFINING: &[&str] = &["only", "just", "preferably", "ideally"];
/// Words that give an example of the thing before.
const EXAMPLES: &[&str] = &["like", "such", "eg"];
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
#[derive(Debug, Default)]
struct Segment {
    tokens: Vec<usize>,
    /// What stands before it: "", ",", "and", "or", ".", ":".
    opened_by: String,
}

/// Reads the wishes of a message; tokens in `taken` belong to something else, such as a customer's number.
pub(crate) fn wishes(question: &Question<'_>, taken: &BTreeSet<usize>) -> Wishes {
    let reader = Reader { question, taken: tokens_of(question, taken) };
    let mut found = Wishes::default();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut heading = None;
    for segment in reader.segments() {
        if segment.opened_by == ":" {
            heading = Some((drafts.len(), found.clone()));
        }
        reader.read(&segment, &mut drafts, &mut found);
    }
    if let Some((length, of_heading)) = heading
        && drop_heading(length, &mut drafts)
    {
        found.unknown.retain(|at| !of_heading.unknown.contains(at));
        found.content.retain(|at| !of_heading.content.contains(at));
    }
    found.things = drafts.iter().map(|draft| reader.resolve(draft)).filter(|wish| !wish.is_empty()).collect();
    // "What's in the babies department, I need diapers": whoever names the place wants to see it.
    if let Some(place) = drafts.iter().position(|draft| draft.by_kind && draft.words.is_empty()) {
        let wish = drafts.get(place).map(|draft| reader.resolve(draft));
        found.things = wish.into_iter().collect();
    }
    found
}

/// "sandwich stuff: bread, ham": the list is wanted, not its heading. "Crackers aisle: those with cheddar" keeps the
/// place. False where nothing is listed.
fn drop_heading(length: usize, drafts: &mut Vec<Draft>) -> bool {
    if !(1..drafts.len()).contains(&length) {
        return false;
    }
    let listed = drafts.split_off(length);
    let place = match drafts.as_slice() {
        [only] if only.words.is_empty() => only.place.clone(),
        _ => None,
    };
    *drafts = listed;
    for draft in drafts.iter_mut() {
        draft.place = draft.place.take().or_else(|| place.clone());
    }
    true
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
}

struct Reader<'a> {
    question: &'a Question<'a>,
    taken: BTreeSet<usize>,
}

impl Reader<'_> {
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
            .find(|c| matches!(c, '.' | '?' | '!' | ':' | '\n' | '–' | '—'))
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
            let separates = matches!(text, "," | "and" | "&" | "or" | "plus" | "but" | "then") && !inside;
            if separates {
                let opened_by = text.to_owned();
                match segments.last_mut() {
                    // ", and", ", but": the word says more than the comma.
                    Some(last) if last.tokens.is_empty() => last.opened_by = opened_by,
                    _ => segments.push(Segment { opened_by, ..Segment::default() }),
                }
                continue;
            }
            if let Some(last) = segments.last_mut() {
                last.tokens.push(at);
            }
            if let Some(mark) = self.mark_behind(at) {
                let opened_by = if mark == ':' { ":" } else { "." };
                segments.push(Segment { opened_by: opened_by.into(), ..Segment::default() });
            }
        }
        segments
    }

    fn read(&self, segment: &Segment, drafts: &mut Vec<Draft>, found: &mut Wishes) {
        let mut draft = Draft::default();
        let mut negated: Option<Vec<usize>> = None;
        let tokens = self.without_purpose(&segment.tokens);
        let purpose = segment.tokens.iter().skip(tokens.len());
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
        let mut position = 0;
        while let Some(at) = tokens.get(position).copied() {
            position += 1;
            if self.opens_negation(&tokens, position - 1) {
                draft.without.extend(negated.take().filter(|words| !words.is_empty()));
                negated = Some(Vec::new());
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
                let named = length - usize::from(by_kind);
                found.content.extend((0..named).filter_map(|step| self.span_of(at + step)));
                position += length - 1;
                continue;
            }
            if !self.is_content(at) {
                continue;
            }
            found.content.extend(self.span_of(at));
            if !self.is_known(at) || QUALIFYING.contains(&self.text(at)) {
                found.unknown.extend(self.span_of(at));
            }
            match &mut negated {
                Some(words) => words.push(at),
                None => draft.words.push(at),
            }
        }
        draft.without.extend(negated.filter(|words| !words.is_empty()));
        self.add(draft, refines, example, drafts, found);
    }

    /// Puts a segment's draft beside or into those before.
    fn add(&self, draft: Draft, refines: bool, example: bool, drafts: &mut Vec<Draft>, found: &mut Wishes) {
        let says = !draft.words.is_empty() || draft.place.is_some();
        if !says && draft.without.is_empty() {
            found.count = found.count.or(draft.limit);
            return;
        }
        let only_attributes =
            draft.place.is_none() && says && without_attribute_words(&self.words(&draft.words)).is_empty();
        match drafts.last_mut() {
            // "…, no lemon": rules it out for everything before.
            Some(_) if !says => {
                for earlier in drafts.iter_mut() {
                    earlier.without.extend(draft.without.iter().cloned());
                }
                found.count = found.count.or(draft.limit);
            }
            Some(last) if refines || only_attributes => {
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

    /// A segment without "for my birthday party", "for movie night".
    fn without_purpose(&self, tokens: &[usize]) -> Vec<usize> {
        let cut = tokens.iter().enumerate().find(|(position, at)| {
            let behind = tokens.get(position + 1..).unwrap_or_default();
            let occasion = |at: &usize| {
                self.token(*at).is_some_and(|token| {
                    OCCASIONS.contains(&token.stem.as_str()) || OCCASIONS.contains(&token.text.as_str())
                })
            };
            *position > 0 && self.text(**at) == "for" && behind.iter().any(occasion)
        });
        cut.map_or_else(|| tokens.to_vec(), |(position, _)| tokens.iter().take(position).copied().collect())
    }

    /// "no", "not", "w/o", but not "not too sweet" or "no matter".
    fn opens_negation(&self, tokens: &[usize], position: usize) -> bool {
        let Some(at) = tokens.get(position).copied() else { return false };
        let next = tokens.get(position + 1).map_or("", |at| self.text(*at));
        let slashed = self.text(at) == "w" && next == "o";
        let inside_attribute = self.text(at) == "no" && self.phrase_states_attribute(tokens, position);
        (NEGATIONS.contains(&self.text(at)) && !inside_attribute) || slashed
    }

    /// "no sugar added": the "no" belongs to the attribute.
    fn phrase_states_attribute(&self, tokens: &[usize], position: usize) -> bool {
        let words: Vec<&str> = tokens.iter().skip(position).take(3).map(|at| self.text(*at)).collect();
        words.len() == 3 && words.last() == Some(&"added")
    }

    /// A count in front of a thing.
    fn count_at(&self, at: usize, draft: &Draft) -> Option<u32> {
        let token = self.token(at)?;
        let value = token.number.filter(|value| value.fract() == 0.0 && (1.0..=MAX_COUNT).contains(value))?;
        let in_name = self.span_of(at).and_then(|span| self.question.spans.get(span)).is_some_and(|span| {
            span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        });
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
        let inside = |word: &str| matches!(word, "in" | "from" | "within");
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
            let Some(name) = self.place_named(window, kind).filter(|_| kind.is_some() || led) else {
                continue;
            };
            let taken = length + usize::from(kind.is_some());
            return Some((name, taken, kind.is_some()));
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
        let asks = ASKING.contains(&token.text.as_str()) || ASKING.contains(&token.stem.as_str());
        let steers = span.is_some_and(|span| {
            // "fresh" asks about the data only where nothing is wanted.
            span.links.iter().any(|link| matches!(link, Link::Cue(cue) if *cue != Cue::AboutData))
        });
        named || !(asks || steers)
    }

    fn is_known(&self, at: usize) -> bool {
        let linked = self
            .span_of(at)
            .and_then(|span| self.question.spans.get(span))
            .is_some_and(|span| !span.links.is_empty());
        linked || self.question.vocabulary.knows(self.text(at))
    }

    /// Words as they are looked for: a spelling that next to no product has gives way to the usual one.
    fn words(&self, tokens: &[usize]) -> Vec<String> {
        let word = |at: &usize| {
            let text = self.text(*at);
            let usual =
                if self.is_in_name(*at) { None } else { self.question.vocabulary.usual_spelling(text) };
            usual.unwrap_or_else(|| text.to_owned())
        };
        tokens.iter().map(word).collect()
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
