//! "And sorbet?", "whole bean", "for kids": a question about goods, with what the next message wishes for.
//!
//! The message is read as a shopper's wish (see `wishes`). Another thing takes the place of the one before in lists of best
//! sellers, of what goes with it, of what somebody bought; words that goods of the last search are called by narrow it.
//! Attributes and what is ruled out always join. Pure edits of an intent.

use std::collections::BTreeSet;

use domain::attributes::Attribute;
use tools::search_catalog::SearchCatalogArgs;

use super::{
    super::{Question, shopping::says},
    cues::Cues,
    goods::{Narrowed, narrowed},
};
use crate::builtin::{
    analytics::{Fragment, Stated},
    intent::Intent,
    lexicon::Cue,
    normalise::stem,
    wishes::{Wish, wishes},
};

/// Fields of what goods are.
const GOODS: [&str; 4] = ["product_name", "product_id", "aisle", "department"];
/// A longer message asks for itself.
const LONGEST_WISH: usize = 8;
/// A message without any word of the talk has so many words at most.
const LONGEST_BARE: usize = 4;

/// The intent before with the wish of the message; `None` where it wishes for nothing that fits.
pub(super) fn edit(
    question: &Question<'_>,
    fragment: &Fragment,
    cues: &Cues,
    before: &Intent,
) -> Option<Intent> {
    let asks_otherwise =
        [Cue::Search, Cue::Recommend, Cue::Together, Cue::Similar, Cue::Definition, Cue::WillBuy]
            .into_iter()
            .any(|cue| question.has(cue));
    // Hours, days, customers and figures are no wish.
    let of_goods = |one: &Stated| {
        GOODS.contains(&one.filter.field.as_str()) || Attribute::from_name(&one.filter.field).is_some()
    };
    let measures =
        !fragment.metrics.is_empty() || fragment.share || fragment.chart || !fragment.havings.is_empty();
    if measures
        || !fragment.stated.iter().all(of_goods)
        || says(
            question,
            &["go", "goes", "pair", "pairs", "serve", "page", "pages", "suggestion", "suggestions"],
        )
    {
        return None;
    }
    let around = ["the", "ones", "one", "please", ",", "a", "some", "just", "thanks"];
    let length = question.tokens.iter().filter(|token| !around.contains(&token.text.as_str())).count();
    let short = length <= if cues.opened() { LONGEST_WISH } else { LONGEST_BARE };
    if asks_otherwise || !short || cues.plural || cues.clears || question.measures.how_many {
        return None;
    }
    let found = wishes(question, &BTreeSet::new());
    let [wish] = found.things.as_slice() else { return None };
    if !found.unknown.is_empty() || wish.is_empty() {
        return None;
    }
    let mut intent = before.clone();
    (put(question, wish, cues, &mut intent) && intent != *before).then_some(intent)
}

impl Narrowed<'_> {
    /// Attributes and what is ruled out join those that are there.
    fn join(&mut self, wish: &Wish) {
        for (list, more) in [
            (&mut *self.attributes, &wish.attributes),
            (&mut *self.exclude_attributes, &wish.exclude_attributes),
            (&mut *self.exclude, &wish.exclude),
        ] {
            for one in more {
                let list = list.get_or_insert_default();
                if !list.contains(one) {
                    list.push(one.clone());
                }
            }
        }
    }

    /// Another thing in the place of the one before, unless the words only narrow it.
    fn replace(&mut self, wish: &Wish, narrows: bool) {
        let named = wish.matching();
        if wish.aisle.is_some() || wish.department.is_some() {
            self.aisle.clone_from(&wish.aisle);
            self.department.clone_from(&wish.department);
            *self.words = named;
        } else if let Some(words) = named {
            if narrows {
                let known = self.words.take().unwrap_or_default();
                let said = |word: &&str| words.split(' ').all(|new| stem(new) != stem(word));
                let kept = known.split(' ').filter(|word| !word.is_empty()).filter(said);
                *self.words = Some(kept.chain([words.as_str()]).collect::<Vec<_>>().join(" "));
            } else {
                (*self.aisle, *self.department) = (None, None);
                *self.words = Some(words);
            }
        }
        self.join(wish);
    }
}

/// Whether the words of the wish are what some of the goods before are called by.
fn narrows(
    question: &Question<'_>,
    wish: &Wish,
    words: Option<&str>,
    aisle: Option<&str>,
    department: Option<&str>,
) -> bool {
    let said = wish.text.split(' ').chain(words.unwrap_or_default().split(' '));
    let stems: Vec<String> = said.filter(|word| !word.is_empty()).map(stem).collect();
    !wish.text.is_empty() && question.vocabulary.sells(&stems, aisle, department)
}

/// Puts the wish into the intent; gives whether it fits.
fn put(question: &Question<'_>, wish: &Wish, cues: &Cues, intent: &mut Intent) -> bool {
    let another = cues.and || cues.instead || cues.corrects;
    match intent {
        Intent::Search(args) => search(question, wish, another, args),
        Intent::Popular(args) => {
            let words = args.matching.as_deref().or(args.name_contains.as_deref());
            let narrows =
                !another && narrows(question, wish, words, args.aisle.as_deref(), args.department.as_deref());
            if !narrows {
                args.name_contains = None;
            }
            narrowed!(args, args.matching).replace(wish, narrows);
            true
        }
        Intent::Related(args) => {
            if wish.text.is_empty() {
                return false;
            }
            let opens = question
                .tokens
                .first()
                .is_some_and(|token| matches!(token.text.as_str(), "with" | "to" | "for"));
            if another || opens {
                args.product_ids = None;
                args.names = Some(vec![wish.text.clone()]);
            } else {
                args.matching = wish.matching();
            }
            true
        }
        Intent::Recommend(args) => {
            narrowed!(args, args.matching).replace(wish, false);
            true
        }
        Intent::History(args) => {
            args.product_ids = None;
            args.terms = None;
            narrowed!(args, args.matching).replace(wish, false);
            true
        }
        _ => false,
    }
}

/// "whole bean", "for kids", "without lactose", behind a search; another thing is a search of its own.
fn search(question: &Question<'_>, wish: &Wish, another: bool, args: &mut SearchCatalogArgs) -> bool {
    // "spinach?", behind how many have kale in the name.
    if args.count == Some(true)
        && args.kinds.is_none()
        && !wish.text.is_empty()
        && !args.query.trim().is_empty()
    {
        args.query.clone_from(&wish.text);
        return true;
    }
    if args.kinds.is_some() || args.count.is_some() || wish.aisle.is_some() || wish.department.is_some() {
        return false;
    }
    let words = (!args.query.trim().is_empty()).then(|| args.query.clone());
    let joins = wish.text.is_empty();
    let fits = narrows(question, wish, words.as_deref(), args.aisle.as_deref(), args.department.as_deref());
    // "the blueberry ones", of frozen waffles: of what they are, however else they were called.
    let head = words.as_deref().and_then(|words| words.split(' ').next_back());
    let fits = fits || says(question, &["ones", "one"]) && narrows(question, wish, head, None, None);
    if !joins && (another || !fits) {
        return false;
    }
    let mut query = words;
    narrowed!(args, query).replace(wish, true);
    args.query = query.unwrap_or_default();
    true
}
