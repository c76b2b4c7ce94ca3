//! Patterns of words: what the honest no and the question back are recognised by.
//!
//! tokens → [`Words`] (without commas, with the knowledge of which words belong to a name) → the first rule of a table
//! that holds. A rule is a line: groups joined by ` + ` must all occur, in any order; inside a group ` | ` separates
//! alternatives; what follows ` - ` must not occur. An alternative is a run of words, compared by their stems, where
//! `~` stands for up to four words, `#` for a number, `@` for a year, `^` for the start and `$` for the end of the
//! message, and `=word` for exactly that form. Pure look-ups; the table's first rule that holds wins.

use std::collections::{BTreeSet, HashMap};

use super::{
    link::{Link, Span},
    normalise::{Token, stem},
};

/// How many words `~` may stand for.
const LONGEST_GAP: usize = 4;
/// Numbers that read as a year.
const YEARS: std::ops::RangeInclusive<f64> = 1950.0..=2099.0;

/// One word of the message, as the patterns see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Word {
    /// Lower case, corrected.
    pub(crate) text: String,
    /// Singular form.
    pub(crate) stem: String,
    /// Singular form of what was written, where that was corrected.
    written: Option<String>,
    /// Its value, where it is a number.
    pub(crate) number: Option<f64>,
    /// Part of a thing's name of several words: says nothing by itself.
    pub(crate) named: bool,
    /// The token that it is.
    pub(crate) token: usize,
}

impl Word {
    /// Its singular form, or that of what was written before the spelling was corrected, where the list has it.
    pub(crate) fn one_of(&self, list: &[&str]) -> bool {
        list.contains(&self.stem.as_str())
            || self.written.as_deref().is_some_and(|written| list.contains(&written))
    }

    /// A word as it was written, outside any name.
    pub(crate) fn plain(stem: String, text: String, token: usize) -> Self {
        Self { number: text.parse().ok(), text, stem, written: None, named: false, token }
    }
}

/// The words of a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Words(pub(crate) Vec<Word>);

impl Words {
    /// The words of a message, with those that stand inside a longer name marked.
    pub(crate) fn new(tokens: &[Token], spans: &[Span]) -> Self {
        let named: BTreeSet<usize> = spans
            .iter()
            .filter(|span| span.end - span.start > 1 && is_name(span))
            .flat_map(|span| span.start..span.end)
            .collect();
        let words = tokens.iter().enumerate().filter(|(_, token)| token.text != ",");
        Self(
            words
                .map(|(at, token)| Word {
                    text: token.text.clone(),
                    stem: token.stem.clone(),
                    written: token.corrected_from.as_deref().map(stem),
                    number: token.number,
                    named: named.contains(&at),
                    token: at,
                })
                .collect(),
        )
    }

    /// The same words, none of which is protected by a name.
    pub(crate) fn bare(&self) -> Self {
        Self(self.0.iter().cloned().map(|word| Word { named: false, ..word }).collect())
    }
}

fn is_name(span: &Span) -> bool {
    span.links.iter().any(|link| matches!(link, Link::Name(_)))
}

/// One element of an alternative.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Word { text: String, stem: String },
    Exactly(String),
    Gap,
    Number,
    Year,
    End,
}

#[derive(Debug, Clone)]
struct Alternative {
    rule: usize,
    group: usize,
    at_start: bool,
    pieces: Vec<Piece>,
}

/// A compiled table.
#[derive(Debug)]
pub(crate) struct Patterns<T> {
    /// Alternatives by the stem of their first word.
    by_stem: HashMap<String, Vec<Alternative>>,
    /// Alternatives that start with a number or a year.
    by_number: Vec<Alternative>,
    /// What each rule says, its number of groups, and whether the last group forbids.
    rules: Vec<(T, usize, bool)>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found<T> {
    /// What the rule says.
    pub(crate) means: T,
    /// The first word of its first group.
    pub(crate) first: usize,
    /// One past the last word of its first group.
    pub(crate) last: usize,
}

impl<T: Copy> Patterns<T> {
    /// Compiles a table of rules.
    pub(crate) fn new(table: &[(&str, T)]) -> Self {
        let mut patterns = Self { by_stem: HashMap::new(), by_number: Vec::new(), rules: Vec::new() };
        for (rule, means) in table {
            let (wanted, forbidden) = rule.split_once(" - ").map_or((*rule, None), |(a, b)| (a, Some(b)));
            let groups: Vec<&str> = wanted.split(" + ").chain(forbidden).collect();
            let number = patterns.rules.len();
            for (group, alternatives) in groups.iter().enumerate() {
                for alternative in alternatives.split('|') {
                    patterns.add(number, group, alternative.trim());
                }
            }
            patterns.rules.push((*means, groups.len(), forbidden.is_some()));
        }
        patterns
    }

    fn add(&mut self, rule: usize, group: usize, text: &str) {
        let at_start = text.starts_with('^');
        let pieces: Vec<Piece> = text.trim_start_matches('^').split_whitespace().map(piece).collect();
        let alternative = Alternative { rule, group, at_start, pieces };
        match alternative.pieces.first() {
            Some(Piece::Word { stem, .. }) => self.by_stem.entry(stem.clone()).or_default().push(alternative),
            Some(Piece::Exactly(text)) => self.by_stem.entry(stem(text)).or_default().push(alternative),
            Some(Piece::Number | Piece::Year) => self.by_number.push(alternative),
            // A rule that starts with nothing in particular holds everywhere, so it is left out.
            Some(Piece::Gap | Piece::End) | None => {}
        }
    }

    /// The first rule that holds.
    pub(crate) fn find(&self, words: &Words) -> Option<Found<T>> {
        self.all(words).into_iter().next()
    }

    /// Every rule that holds, in the order of the table.
    pub(crate) fn all(&self, words: &Words) -> Vec<Found<T>> {
        // (rule, group) → where it was found first.
        let mut hits: HashMap<(usize, usize), (usize, usize)> = HashMap::new();
        for (at, word) in words.0.iter().enumerate() {
            if word.named {
                continue;
            }
            let stems = [Some(&word.stem), word.written.as_ref()];
            let by_stem = stems.into_iter().flatten().filter_map(|stem| self.by_stem.get(stem)).flatten();
            let by_number = self.by_number.iter().filter(|_| word.number.is_some());
            for alternative in by_stem.chain(by_number) {
                if alternative.at_start && at > 0 {
                    continue;
                }
                if let Some(end) = matches(&words.0, at, &alternative.pieces) {
                    hits.entry((alternative.rule, alternative.group)).or_insert((at, end));
                }
            }
        }
        let holds = |(rule, (means, groups, forbids)): (usize, &(T, usize, bool))| {
            let wanted = if *forbids { groups - 1 } else { *groups };
            let all = (0..wanted).all(|group| hits.contains_key(&(rule, group)));
            let none = !forbids || !hits.contains_key(&(rule, wanted));
            let (first, last) = hits.get(&(rule, 0)).copied().unwrap_or_default();
            (all && none).then_some(Found { means: *means, first, last })
        };
        self.rules.iter().enumerate().filter_map(holds).collect()
    }
}

fn piece(text: &str) -> Piece {
    match text {
        "~" => Piece::Gap,
        "#" => Piece::Number,
        "@" => Piece::Year,
        "$" => Piece::End,
        _ => match text.strip_prefix('=') {
            Some(exact) => Piece::Exactly(exact.to_owned()),
            None => Piece::Word { text: text.to_owned(), stem: stem(text) },
        },
    }
}

/// One past the last word that the pieces cover from `at` on.
fn matches(words: &[Word], at: usize, pieces: &[Piece]) -> Option<usize> {
    let Some((piece, rest)) = pieces.split_first() else { return Some(at) };
    if *piece == Piece::Gap {
        return (at..=at + LONGEST_GAP).find_map(|from| matches(words, from, rest));
    }
    if *piece == Piece::End {
        return (at == words.len()).then_some(at);
    }
    let word = words.get(at).filter(|word| !word.named)?;
    let fits = match piece {
        Piece::Word { text, stem } => {
            word.text == *text || word.stem == *stem || word.written.as_ref() == Some(stem)
        }
        Piece::Exactly(text) => word.text == *text,
        Piece::Number => word.number.is_some(),
        Piece::Year => word.number.is_some_and(|value| YEARS.contains(&value)),
        Piece::Gap | Piece::End => false,
    };
    if fits { matches(words, at + 1, rest) } else { None }
}

/// The words that a table speaks of, for the spelling correction.
pub(crate) fn words_of_table<T>(table: &[(&'static str, T)]) -> impl Iterator<Item = &'static str> {
    table
        .iter()
        .flat_map(|(rule, _)| rule.split([' ', '|']))
        .map(|word| word.trim_start_matches(['^', '=']))
        .filter(|word| word.len() > 2 && word.chars().all(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::{link::link, normalise::normalise, vocabulary::tests::small_shop};

    fn check(table: &[(&'static str, u8)], message: &str, expected: Option<u8>) {
        let shop = small_shop();
        let tokens = normalise(message, &shop);
        let words = Words::new(&tokens, &link(&tokens, &shop));
        assert_eq!(Patterns::new(table).find(&words).map(|found| found.means), expected, "{message}");
    }

    #[test]
    fn groups_alternatives_gaps_and_exceptions_hold() {
        let table: &[(&str, u8)] =
            &[("red ~ pepper|green ~ pepper + how many - without", 1), ("@", 2), ("^ blue $", 3)];
        check(table, "how many red hot peppers", Some(1));
        check(table, "green pepper, how many?", Some(1));
        check(table, "how many red peppers without seeds", None);
        check(table, "red peppers", None);
        check(table, "red and blue and black and white and pink and grey pepper, how many", None);
        check(table, "orders in 2017", Some(2));
        check(table, "orders of customer 17", None);
        check(table, "blue", Some(3));
        check(table, "blue cheese", None);
    }

    #[test]
    fn a_word_inside_a_longer_name_says_nothing_by_itself() {
        let table: &[(&str, u8)] = &[("large|bread|milk", 1)];
        check(table, "find large eggs", None);
        check(table, "find large pots", Some(1));
        check(table, "sourdough bread", None);
    }
}
