//! Words that several things share: "rice - brown, basmati", "fresh or frozen spinach", "only organic: milk, eggs".
//!
//! Third step of `wishes`, on the drafts of all segments. Whether two words make a thing is read from the names of the
//! catalogue, where they stand beside each other. Pure.

use domain::attributes::{Attribute, attributes_of_name};

use super::{Draft, Reader, Wishes, words::without_attribute_words};
use crate::builtin::{
    discourse::PROPERTIES,
    vocabulary::{Name, NameKind},
};

/// So many products must be called by two words for one of them to stand for both things of an "or".
const MIN_SHARED: u32 = 10;
/// One in so many names with the word must go on with the head for it to be left out beside an "or".
const OR_SHARE: u32 = 50;
/// The same beside an "and", where both may as well stand for themselves: "salt and black pepper".
const AND_SHARE: u32 = 5;
/// Words of a list without commas that so many products have beside each other are no list.
const MAX_LISTED_PAIR: u32 = 10;
/// Words that say how something tastes where they follow it.
const FLAVOURS: &[&str] = &[
    "vanilla",
    "chocolate",
    "strawberry",
    "raspberry",
    "mint",
    "lemon",
    "cinnamon",
    "caramel",
    "coconut",
    "garlic",
    "cherry",
    "mango",
    "peach",
    "blueberry",
    "honey",
    "ginger",
    "lavender",
    "coffee",
    "banana",
    "maple",
];
/// The same where only one of them tells by its plural that it stands alone.
const MAX_STRANGE_PAIR: u32 = 3;
/// A diet is told in so many words: "lactose free".
const MOST_DIET_WORDS: usize = 3;
/// What people eat by, whatever they eat; "whole wheat" or "decaf" belong to one thing.
const SHARED: &[Attribute] = &[
    Attribute::Organic,
    Attribute::GlutenFree,
    Attribute::DairyFree,
    Attribute::LactoseFree,
    Attribute::SoyFree,
    Attribute::Vegan,
    Attribute::Vegetarian,
    Attribute::SugarFree,
    Attribute::Kosher,
];

impl Reader<'_> {
    /// "rice - brown, basmati", "two kinds of jam: cherry and fig": a thing and its kinds.
    pub(super) fn spread_heads(&self, drafts: &mut Vec<Draft>, found: &mut Wishes) {
        self.split_first_kind(drafts);
        let headed = (0..drafts.len()).find(|at| {
            let (Some(head), Some(kinds)) = (drafts.get(*at), drafts.get(at + 1..)) else { return false };
            let last = head.words.last().copied();
            let marked = kinds.first().is_some_and(|first| matches!(first.opened_by.as_str(), ":" | "-"))
                && last.is_some_and(|last| self.mark_behind(last).is_some());
            // "ice cream, vanilla or chocolate"
            let chosen = kinds.len() > 1
                && kinds.iter().all(|kind| kind.words.len() == 1)
                && kinds.first().is_some_and(|first| matches!(first.opened_by.as_str(), "," | "."))
                && kinds.last().is_some_and(|last| last.alternative);
            let several = kinds.len() > 1;
            // "sorbet, raspberry or mango": one word each that describes rather than being sold by the piece.
            let describes = |kind: &Draft| {
                let word = kind.words.first().and_then(|at| self.token(*at));
                word.is_some_and(|word| {
                    word.text == word.stem
                        && head.words.iter().filter_map(|at| self.token(*at)).any(|head| {
                            let pairs = |a: &str, b: &str| self.question.vocabulary.pairs_of_names(a, b) > 0;
                            pairs(&word.stem, &head.stem) || pairs(&head.stem, &word.stem)
                        })
                })
            };
            if chosen && head.place.is_none() && kinds.len() == 2 && kinds.iter().all(describes) {
                return true;
            }
            // "2 ice creams, one vanilla and one chocolate"
            let counted = several
                && head
                    .limit
                    .is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| limit == kinds.len()))
                && kinds.iter().all(|kind| kind.limit == Some(1) && kind.words.len() == 1);
            if counted && head.place.is_none() && kinds.iter().all(describes) {
                return true;
            }
            // "cake mix, chocolate": a flavour behind the thing.
            let flavour = head.words.len() > 1
                && kinds.first().is_some_and(|kind| {
                    kind.opened_by == ","
                        && kind.words.len() == 1
                        && kind.words.iter().all(|at| FLAVOURS.contains(&self.text(*at)))
                        && describes(kind)
                });
            if kinds.len() == 1
                && flavour
                && head.place.is_none()
                && kinds.iter().all(|kind| kind.place.is_none())
            {
                return true;
            }
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

    /// "rice - brown, basmati": the first kind was read as a property of the head, and is one of the list.
    pub(super) fn split_first_kind(&self, drafts: &mut Vec<Draft>) {
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

    /// "only organic: milk, eggs": what a heading states holds for all behind it; so does what the first of a list states
    /// that people eat by, "gluten free bread, pasta and cookies".
    pub(super) fn spread_attributes(&self, drafts: &mut Vec<Draft>) {
        let headed = drafts.iter().position(|draft| {
            draft.heading
                && draft.place.is_none()
                && !draft.words.is_empty()
                && without_attribute_words(&self.words(&draft.words)).is_empty()
        });
        let Some(at) = headed.filter(|at| at + 1 < drafts.len()) else {
            self.spread_diet(drafts);
            return;
        };
        let head = drafts.remove(at);
        for draft in drafts.iter_mut().skip(at) {
            draft.words.splice(0..0, head.words.iter().copied());
        }
    }

    /// "organic milk, eggs and butter": the first of a list says how all of it should be.
    fn spread_diet(&self, drafts: &mut [Draft]) {
        let Some((first, others)) = drafts.split_first_mut() else { return };
        let diet = (1..first.words.len().min(MOST_DIET_WORDS + 1)).find_map(|length| {
            let words = first.words.get(..length)?;
            let stated = attributes_of_name(&self.words(words).join(" "));
            (!stated.is_empty() && stated.iter().all(|attribute| SHARED.contains(attribute)))
                .then(|| words.to_vec())
        });
        let Some(diet) = diet.filter(|_| first.place.is_none()) else { return };
        let own = |at: usize| {
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            matches!(
                before,
                "a" | "an" | "some" | "any" | "my" | "the" | "also" | "need" | "normal" | "regular"
            )
        };
        let sentence = first.sentence;
        let listed = |draft: &Draft| {
            draft.sentence == sentence
                && draft.place.is_none()
                && draft.limit.is_none()
                && matches!(draft.opened_by.as_str(), "," | "and" | "&" | "plus" | "or")
                && draft.words.first().is_some_and(|at| !own(*at))
                && attributes_of_name(&self.words(&draft.words).join(" ")).is_empty()
        };
        for draft in others.iter_mut().take_while(|draft| listed(draft)) {
            draft.words.splice(0..0, diet.iter().copied());
        }
    }

    /// "fresh or frozen spinach", "oat milk or almond": a word that several things share is said once.
    pub(super) fn share_heads(&self, drafts: &mut [Draft]) {
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
            // "dishwasher tablets or pods": both are sold by one name.
            if let ([modifier, ..], [only]) = (first.words.as_slice(), second.words.as_slice())
                && self.is_other_name(*modifier, *only)
            {
                second.words.clone_from(&first.words);
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
                // "strawberry jam or raspberry": a flavour needs few names.
                ([.., _, head], [only])
                    if (pairs(*only, *head) >= MIN_SHARED
                        || FLAVOURS.contains(&self.text(*only)) && pairs(*only, *head) > 0)
                        && !self.is_property(*only)
                        && !self.is_property(*head) =>
                {
                    let head = *head;
                    second.words.push(head);
                }
                // "chocolate or vanilla pudding cups"
                ([only], [other, middle, .., _])
                    if self.is_pair(*only, *middle) && pairs(*other, *middle) > 0 =>
                {
                    let tail: Vec<usize> = second.words.iter().skip(1).copied().collect();
                    first.words.extend(tail);
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
    pub(super) fn shares_head(&self, only: usize, head: usize, share: u32) -> bool {
        let (Some(word), Some(head)) = (self.token(only), self.token(head)) else { return false };
        let vocabulary = self.question.vocabulary;
        let pairs = vocabulary.pairs_of_names(&word.stem, &head.stem);
        let modifies = pairs >= MIN_SHARED && pairs * share >= vocabulary.products_with(&word.text);
        word.text == word.stem && word.text != head.text && (modifies || self.is_property(only))
    }

    pub(super) fn is_property(&self, at: usize) -> bool {
        PROPERTIES.contains(&self.text(at))
    }

    /// Whether products are called by these two words beside each other.
    pub(super) fn is_pair(&self, first: usize, second: usize) -> bool {
        let (a, b) = (self.token(first), self.token(second));
        a.zip(b).is_some_and(|(a, b)| self.question.vocabulary.is_pair_of_names(&a.stem, &b.stem))
    }

    /// "apples oranges bananas": three things or more, each of which is sold by that name.
    pub(super) fn split_lists(&self, drafts: Vec<Draft>) -> Vec<Draft> {
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
        // "flour sugar eggs": words that hardly any name has beside each other.
        let strangers = |words: &[usize]| {
            words.windows(2).all(|pair| match pair {
                [a, b] => self.token(*a).zip(self.token(*b)).is_some_and(|(a, b)| {
                    self.question.vocabulary.pairs_of_names(&a.stem, &b.stem) < MAX_STRANGE_PAIR
                }),
                _ => true,
            })
        };
        let list = |words: &[usize]| {
            words.iter().all(sold) && words.iter().any(alone) && strangers(words)
                || words.iter().all(alone)
                || words.iter().all(sold)
                    && words.iter().filter(|at| alone(at)).count() * 2 >= words.len()
                    && apart(words)
        };
        let mut split = Vec::new();
        for draft in drafts {
            let joined = draft.words.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
            if draft.words.len() > 2 && draft.place.is_none() && joined && list(&draft.words) {
                split.extend(draft.words.iter().map(|at| Draft { words: vec![*at], ..draft.clone() }));
            } else {
                split.push(draft);
            }
        }
        split
    }
}

/// "sandwich stuff: bread, ham": the list is wanted, not its heading. "Crackers aisle: those with cheddar" keeps the
/// place for what follows.
pub(super) fn drop_headings(drafts: &mut Vec<Draft>) {
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
