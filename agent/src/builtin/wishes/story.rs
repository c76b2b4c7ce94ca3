//! What is said around a wish and is none: who speaks, what it is for, the story before a request.
//!
//! Works on tokens before they are read and on drafts behind that. Diets told in a story hold for what is asked for. Pure.

use std::collections::BTreeSet;

use super::{Draft, Reader, ruled_out::NEGATIONS, segments::Segment};
use crate::builtin::{
    discourse::{CONTAINERS, TALK},
    lexicon::Cue,
    shop_words::{ASKING, OCCASIONS},
};

/// Words behind which a noun says what is wanted, so they are no measure of what was said before.
pub(super) const BE: &[&str] = &["am", "is", "are", "was", "were", "be", "been"];
/// Verbs by which others are quoted, and what they need.
const TELLING: &[&str] = &[
    "says", "said", "told", "tells", "has", "have", "had", "wants", "needs", "likes", "loves", "hates",
    "eats", "came", "comes", "coming", "ran", "broke",
];
/// Who speaks or is spoken of.
const SPEAKERS: &[&str] = &[
    "i",
    "we",
    "she",
    "he",
    "they",
    "who",
    "you",
    "everyone",
    "everybody",
    "people",
    "folks",
    "shoppers",
    "customers",
];
/// Verbs that say what something is for.
const MAKING: &[&str] = &[
    "make",
    "bake",
    "cook",
    "prepare",
    "making",
    "baking",
    "cooking",
    "preparing",
    "frying",
    "fry",
    "grill",
    "grilling",
    "celebrate",
    "surprise",
    "host",
    "serve",
];
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
/// What somebody does not eat, which holds for all that they ask for.
const DIETS: &[&str] = &["vegan", "vegetarian", "lactose", "gluten", "dairy", "sugar", "free", "kosher"];
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

impl Reader<'_> {
    /// "My doctor says less salt. Do you have soup?", "Muffin mixes please. I would do them from scratch, but who has time":
    /// what is told around a wish is a story. What it rules out still counts.
    pub(super) fn drop_stories(&self, segments: &[Segment], sentences: &[usize], drafts: &mut [Draft]) {
        let of = |sentence: usize| {
            let inside = segments.iter().zip(sentences).filter(move |(_, at)| **at == sentence);
            inside.flat_map(|(segment, _)| segment.tokens.iter().copied()).collect::<Vec<usize>>()
        };
        let says = |draft: &&Draft| !draft.words.is_empty() || draft.place.is_some();
        let told = |sentence: usize| {
            let tokens = of(sentence);
            self.tells(&tokens)
                && !self.asks(&tokens)
                && !self.wants(&tokens)
                && !self.names_or_accepts(&tokens)
        };
        let asked: Vec<usize> = drafts
            .iter()
            .filter(says)
            .map(|draft| draft.sentence)
            .filter(|sentence| self.asks(&of(*sentence)))
            .collect();
        // Without a question a list or a wish beside the story is what is meant.
        let bare = || {
            let sold =
                |draft: &&Draft| draft.words.iter().any(|at| self.names_goods(*at)) || draft.place.is_some();
            drafts.iter().filter(sold).map(|draft| draft.sentence).filter(|sentence| !told(*sentence)).max()
        };
        // "I keep repeating myself. Which five products have I bought most?": asked of whatever there is.
        let of_any = || {
            const ANYTHING: &[&str] = &["products", "items", "things", "stuff", "articles"];
            (0..=sentences.last().copied().unwrap_or_default()).find(|sentence| {
                let tokens = of(*sentence);
                self.asks(&tokens) && tokens.iter().any(|at| ANYTHING.contains(&self.text(*at)))
            })
        };
        let without_goods = asked.is_empty().then(of_any).flatten();
        if let Some(asking) = without_goods {
            for draft in drafts.iter_mut().filter(|draft| draft.sentence != asking && told(draft.sentence)) {
                draft.words.clear();
                draft.limit = None;
            }
            return;
        }
        let Some(asking) = asked.iter().max().copied().or_else(bare) else { return };
        let questions = !asked.is_empty();
        // "Deviled eggs as a starter, so I need eggs": what stands before "so" says why.
        let concludes = of(asking).first().is_some_and(|first| {
            let before = first.checked_sub(1).map_or("", |before| self.text(before));
            questions && (self.text(*first) == "so" || before == "so")
        });
        let mut diets: Vec<usize> = Vec::new();
        for draft in drafts.iter_mut() {
            let tokens = of(draft.sentence);
            // Before a question whatever is told is a story; elsewhere only what wants nothing.
            let story = if concludes && draft.sentence < asking {
                true
            } else if questions && draft.sentence < asking {
                self.tells(&tokens) && !self.asks(&tokens)
            } else {
                draft.sentence != asking && told(draft.sentence)
            };
            if story && draft.place.is_none() {
                let told = std::mem::take(&mut draft.words);
                diets.extend(
                    told.into_iter()
                        .filter(|at| DIETS.contains(&self.text(*at)) || self.renamed.contains_key(at)),
                );
                draft.limit = None;
            }
        }
        // "Soup please, my kid can not stand mushrooms": what a story rules out holds for what is wanted.
        let mut ruled_out: Vec<Vec<usize>> = Vec::new();
        for draft in drafts.iter_mut().filter(|draft| draft.words.is_empty() && draft.place.is_none()) {
            ruled_out.append(&mut draft.without);
        }
        for draft in drafts.iter_mut().filter(|draft| !draft.words.is_empty() || draft.place.is_some()) {
            draft.without.extend(ruled_out.iter().cloned());
        }
        // "She eats vegan. Do you have soup?"
        diets.retain(|at| self.words(&[*at]).iter().all(|word| DIETS.contains(&word.as_str())));
        let asked = drafts.iter_mut().filter(|draft| draft.sentence == asking && !draft.words.is_empty());
        for draft in asked {
            draft.words.splice(0..0, diets.iter().copied());
        }
    }

    /// Whether a sentence asks for something.
    pub(super) fn asks(&self, tokens: &[usize]) -> bool {
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
        // "I want to make a rainbow cake" says what for.
        let tries = tokens.windows(2).any(|two| {
            matches!(two, [a, b] if matches!(self.text(*a), "try" | "trying" | "start") && MAKING.contains(&self.text(*b)))
        });
        let plans = tries || tokens.windows(3).any(|three| {
            matches!(three, [a, b, c] if matches!(self.text(*a), "want" | "need" | "like" | "going" | "have")
                && self.text(*b) == "to" && MAKING.contains(&self.text(*c)))
        });
        if plans {
            return marked;
        }
        let opens = |at: usize| starts(&at) && self.opens_request(tokens, at);
        marked || tokens.iter().any(cue) || (0..tokens.len()).any(opens)
    }

    /// Whether a sentence says that something is wanted: "we are out of milk", but not "I want to bake a cake".
    fn wants(&self, tokens: &[usize]) -> bool {
        let word = |position: usize| tokens.get(position).map_or("", |at| self.text(*at));
        (0..tokens.len()).any(|position| {
            let next = word(position + 1);
            let to_do = next == "to"
                && !matches!(word(position + 2), "buy" | "get" | "have" | "order" | "find" | "purchase");
            match word(position) {
                "need" | "needs" | "want" | "wants" | "craving" | "fancy" => !to_do,
                "like" => word(position.wrapping_sub(1)) == "would" && !to_do,
                "out" | "short" | "low" => matches!(next, "of" | "on"),
                "looking" | "searching" | "hunting" => next == "for",
                "please" | "also" | "missing" => true,
                _ => false,
            }
        })
    }

    /// Whether a segment begins a clause of its own: "…, but it has been one of those weeks", "…, I am out of flour".
    pub(super) fn opens_clause(&self, tokens: &[usize]) -> bool {
        const JOINING: &[&str] =
            &["so", "as", "because", "since", "while", "although", "though", "when", "if", "and", "but"];
        let mut words =
            tokens.iter().map(|at| self.text(*at)).skip_while(|word| JOINING.contains(word)).peekable();
        let subject = words.peek().is_some_and(|word| {
            matches!(
                *word,
                "i" | "we" | "he" | "she" | "they" | "it" | "there" | "everybody" | "everyone" | "my" | "our"
            )
        });
        let persons = tokens.windows(2).next().is_some_and(|two| {
            matches!(two, [the, who] if matches!(self.text(*the), "the" | "his" | "her")
                && matches!(self.text(*who), "kids" | "kid" | "children" | "child" | "baby" | "husband" | "wife" | "boys"
                    | "girls" | "boy" | "girl" | "doctor" | "family" | "guests" | "toddler" | "twins"))
        });
        let subject = subject || persons;
        let joined = tokens.first().is_some_and(|at| JOINING.contains(&self.text(*at)));
        let verb = |word: &str| BE.contains(&word) || TELLING.contains(&word) || BEFORE_VERB.contains(&word);
        subject && (joined || tokens.len() > 2) && (tokens.len() < 3 || words.any(verb) || self.tells(tokens))
    }

    /// Whether a sentence tells something: it has who speaks, or a verb of being.
    pub(super) fn tells(&self, tokens: &[usize]) -> bool {
        let verb = |at: &usize| {
            let text = self.text(*at);
            SPEAKERS.contains(&text) || BE.contains(&text) || TELLING.contains(&text)
        };
        // "As a vegetarian, which …"
        let word = |position: usize| tokens.get(position).map_or("", |at| self.text(*at));
        let as_one = word(0) == "as" && matches!(word(1), "a" | "an") || word(0) == "being";
        // "My kid can not stand mushrooms"
        let of_whom = matches!(word(0), "my" | "our" | "his" | "her" | "the")
            && tokens.iter().take(4).any(|at| {
                matches!(
                    self.text(*at),
                    "can" | "could" | "will" | "would" | "do" | "does" | "did" | "must" | "may"
                )
            });
        as_one || of_whom || self.sets_out(tokens) || tokens.iter().any(verb)
    }

    /// Things that are none: the name of an evening, and words that no product has, where something else is wanted.
    pub(super) fn drop_talk(&self, drafts: &mut Vec<Draft>) {
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

    /// Tokens of what is said around a wish: "I promised my dentist", "to celebrate", "for a risotto".
    pub(super) fn said_around(&self, segments: &[Segment]) -> BTreeSet<usize> {
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
                if matches!(text(position), "year" | "years" | "month" | "months")
                    && text(position + 1) == "old"
                {
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
                    "people" | "person" | "persons" | "guests" | "kids" | "adults" | "children" | "friends"
                ) {
                    let counted = tokens
                        .get(position)
                        .and_then(|at| self.token(*at))
                        .is_some_and(|t| t.number.is_some());
                    if before == "for" || counted {
                        add(&mut around, position);
                    }
                    if counted {
                        add(&mut around, position + 1);
                    }
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
                // "a carton of eggs", "egg whites in a carton"
                let holds = text(position + 1) == "of"
                    || matches!(before, "a" | "an" | "the")
                        && position.checked_sub(2).is_some_and(|at| text(at) == "in");
                if CONTAINERS.contains(&text(position)) && holds {
                    add(&mut around, position);
                }
            }
        }
        around
    }

    /// "for a risotto", "for my coffee machine", "for baking": until the next word that is no noun.
    pub(super) fn add_purpose(&self, tokens: &[usize], position: usize, around: &mut BTreeSet<usize>) {
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
            let meal = matches!(
                self.text(*at),
                "snack"
                    | "dessert"
                    | "drink"
                    | "breakfast"
                    | "puppy"
                    | "kitten"
                    | "dog"
                    | "cat"
                    | "baby"
                    | "toddler"
            );
            if !meal && (indefinite || !self.is_place_word(*at)) {
                around.insert(*at);
            }
        }
    }

    /// A segment without "for my birthday party", "for movie night".
    pub(super) fn without_purpose(&self, tokens: &[usize]) -> Vec<usize> {
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
            let to_make = matches!(self.text(**at), "to" | "for")
                && MAKING.contains(&word(0))
                && tokens.iter().take(*position).any(|at| self.is_content(*at))
                && !behind.iter().any(|at| self.text(*at) == "with");
            *position > 0
                && (to_pair
                    || to_make
                    || (matches!(self.text(**at), "for" | "during") && behind.iter().any(occasion)))
        });
        let Some((position, _)) = cut else { return tokens.to_vec() };
        // "for me from the deli": the purpose ends where the place begins.
        let goes_on = |at: &usize| matches!(self.text(*at), "from" | "out" | "without" | "not" | "no");
        let behind = tokens.get(position..).unwrap_or_default();
        let end = behind.iter().position(goes_on).map_or(tokens.len(), |step| position + step);
        tokens.iter().take(position).chain(tokens.iter().skip(end)).copied().collect()
    }

    pub(super) fn is_occasion(&self, at: usize) -> bool {
        self.token(at).is_some_and(|token| {
            !self.is_in_name(at)
                && (OCCASIONS.contains(&token.stem.as_str()) || OCCASIONS.contains(&token.text.as_str()))
                && !matches!(token.text.as_str(), "me" | "us" | "today" | "tonight" | "tomorrow" | "myself")
        })
    }
}
