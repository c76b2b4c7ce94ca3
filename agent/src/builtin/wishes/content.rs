//! Whether a word is about what is wanted, rather than about the asking. Pure look-ups.

use domain::attributes::attributes_of_name;

use super::Reader;
use crate::builtin::{
    discourse::{FREE_CHOICES, HALF_NAMES, SHORT_FORMS, TALK},
    fillers::FILLERS,
    lexicon::Cue,
    link::Link,
    normalise::{Token, stem},
    shop_words::ASKING,
    vocabulary::NameKind,
};

/// Small words of figures that are things or kinds of things in a shop.
const CONTENT_FILLERS: &[&str] = &[
    "long", "tall", "sticky", "high", "free", "light", "whole", "food", "foods", "super", "hand", "sheet",
    "base", "minute",
];
/// A small word that so many products have in their names is about goods as well: "whole", "food".
const COMMON_IN_NAMES: u32 = 20;
/// Words whose number belongs to them.
pub(crate) const NUMBERED: &[&str] = &["size", "stage", "step", "type", "grade", "vitamin", "level", "phase"];

impl Reader<'_> {
    /// Whether a word is about what is wanted, rather than about the asking.
    pub(super) fn is_content(&self, at: usize) -> bool {
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
            // "vitamin c"
            return at.checked_sub(1).is_some_and(|before| self.text(before) == "vitamin");
        }
        // "the three favourites": how many, unless names have it before the next word, as in "four cheese".
        let counted = token.number.is_some() && token.text.chars().all(char::is_alphabetic);
        if counted && !self.is_in_name(at) && !self.is_pair(at, at + 1) {
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
        let before = at.checked_sub(1).map_or("", |before| self.text(before));
        let day = span.is_some_and(|span| {
            let part_of_day = span.links.iter().any(|link| matches!(link, Link::Hours(..)));
            span.links.contains(&Link::Weekday) || part_of_day && guest && led
        });
        // "chips for baking": where an aisle is called by it, it says which.
        let for_use = before == "for"
            && matches!(token.text.as_str(), "baking" | "grilling" | "cooking")
            && self.is_place_word(at);
        let ends = self.token(at + 1).is_none_or(Token::is_separator) || self.mark_behind(at).is_some();
        if for_use && ends {
            return true;
        }
        // "a refill of hand soap"
        if matches!(token.text.as_str(), "refill" | "refills")
            && (matches!(self.text(at + 1), "of" | "for")
                || at
                    .checked_sub(1)
                    .is_some_and(|before| self.names_goods(before) && !ASKING.contains(&self.text(before))))
        {
            return true;
        }
        let for_once = token.text == "once"
            && at.checked_sub(1).is_some_and(|before| matches!(self.text(before), "for" | "at"));
        if self.context.contains(&at) || day || for_once {
            return false;
        }
        let any = |list: &[&str]| list.contains(&token.text.as_str()) || list.contains(&token.stem.as_str());
        let fills = FILLERS.contains(&token.text.as_str())
            && !any(CONTENT_FILLERS)
            && self.question.vocabulary.products_with(&token.text) < COMMON_IN_NAMES;
        let free_choice =
            any(FREE_CHOICES) && matches!(before, "any" | "whatever" | "every" | "all" | "which" | "what");
        // "my 5th order": a place in a row.
        let of_orders =
            |word: &str| matches!(word, "order" | "basket" | "cart" | "purchase" | "shop" | "trip");
        let in_words = ["second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
        let ordinal = (in_words.contains(&token.text.as_str())
            && (of_orders(self.text(at + 1)) || self.text(at + 1) == "to" && self.text(at + 2) == "last"))
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
    pub(super) fn is_half_name(&self, at: usize) -> bool {
        if !HALF_NAMES.contains(&self.text(at)) {
            return false;
        }
        let goods = |other: &str| {
            // "freezer bags": both may be talk.
            if HALF_NAMES.contains(&other) {
                return true;
            }
            let any = |list: &[&str]| list.contains(&other) || list.contains(&stem(other).as_str());
            !any(ASKING) && !any(TALK) && !FILLERS.contains(&other)
        };
        let before =
            at.checked_sub(1).is_some_and(|before| goods(self.text(before)) && self.is_pair(before, at));
        before || (goods(self.text(at + 1)) && self.is_pair(at, at + 1))
    }

    pub(super) fn is_known(&self, at: usize) -> bool {
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
            || self.question.vocabulary.written_together(text).is_some()
    }

    /// Whether products are called by this word.
    pub(super) fn names_goods(&self, at: usize) -> bool {
        let text = self.text(at);
        let vocabulary = self.question.vocabulary;
        self.is_in_name(at)
            || self.renamed.contains_key(&at)
            || self.token(at).is_some_and(|token| token.number.is_some())
            || vocabulary.products_with(text) > 0
            || vocabulary.usual_spelling(text).is_some()
            || vocabulary.split_compound(text).is_some()
            || vocabulary.written_together(text).is_some()
            || SHORT_FORMS.iter().any(|(short, _)| *short == text)
            || self.is_place_word(at)
            || !attributes_of_name(text).is_empty()
    }

    /// Whether an aisle or department is called by this word.
    pub(super) fn is_place_word(&self, at: usize) -> bool {
        let Some(token) = self.token(at) else { return false };
        let named = self.question.vocabulary.names(&token.stem);
        named.iter().any(|name| matches!(name.kind, NameKind::Aisle | NameKind::Department))
            || !self.question.vocabulary.names_with_part(&token.stem).is_empty()
    }

    /// Whether a token stands in a name of several words.
    pub(super) fn is_in_name(&self, at: usize) -> bool {
        let span = self.span_of(at).and_then(|span| self.question.spans.get(span));
        span.is_some_and(|span| {
            span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        })
    }
}
