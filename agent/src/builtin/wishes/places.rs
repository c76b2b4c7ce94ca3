//! Aisles and departments, named whole, in part, or as people call them. Pure look-ups.

use super::Reader;
use crate::builtin::{
    compose::Question,
    normalise::stem,
    shop_words::PLACES,
    vocabulary::{Name, NameKind},
};

impl Reader<'_> {
    /// A place that is named as one ("the bakery department", "in household", "from candy chocolate"), its length in
    /// tokens of the segment, and whether its kind was said.
    pub(super) fn place_at(&self, tokens: &[usize], position: usize) -> Option<(Name, usize, bool)> {
        let kind_word = |word: &str| match word {
            "aisle" | "shelf" => Some(NameKind::Aisle),
            "department" | "section" | "category" => Some(NameKind::Department),
            _ => None,
        };
        let before = position.checked_sub(1).and_then(|p| tokens.get(p)).map_or("", |at| self.text(*at));
        let earlier = position.checked_sub(2).and_then(|p| tokens.get(p)).map_or("", |at| self.text(*at));
        let inside = |word: &str| matches!(word, "in" | "from" | "within" | "under" | "of" | "among");
        let by_name = |word: &str| matches!(word, "aisle" | "department" | "section");
        let led = by_name(before)
            || inside(before)
            || (matches!(before, "the" | "your" | "our") && inside(earlier));
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

    /// The only aisle whose name begins with a word: "spread" is "spreads".
    pub(super) fn place_led_by(&self, at: usize) -> Option<Name> {
        let token = self.token(at)?;
        let mut found = self.question.vocabulary.names(&token.stem).iter();
        found.find(|name| name.kind == NameKind::Aisle).cloned()
    }

    /// The aisle or department that these words name, in any order, or one that people call so.
    pub(super) fn place_named(&self, window: &[usize], kind: Option<NameKind>) -> Option<Name> {
        let stems: Vec<String> =
            window.iter().filter_map(|at| self.token(*at)).map(|t| t.stem.clone()).collect();
        place(self.question, &stems, kind)
    }
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
pub(super) fn aisle_led_by(question: &Question<'_>, stems: &[String]) -> Option<Name> {
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

pub(super) fn leads(name: &str, word: &str) -> bool {
    name.split(' ').next().is_some_and(|first| stem(first) == word)
}

pub(super) fn same_words(name: &str, stems: &[String]) -> bool {
    let mut words: Vec<String> = name.split(' ').map(stem).collect();
    let mut wanted = stems.to_vec();
    words.sort();
    wanted.sort();
    words == wanted
}
