//! Second and third step: words become links to things, times, metrics, dimensions and cues.
//!
//! tokens → disjoint [`Span`]s, the longest first, each with every reading it may have. Which reading holds is decided
//! by `compose`, where the rest of the question is known. Pure look-ups.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use super::{
    lexicon::{CUES, Cue, DAY_PARTS, FILLERS, WEEKDAYS},
    normalise::{Token, stem},
    vocabulary::{Name, NameKind, Term, Vocabulary},
};

/// One reading of a span.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Link {
    /// Steers the question.
    Cue(Cue),
    /// A weekday by name.
    Weekday,
    /// Hours of the day, from and to (both included).
    Hours(u32, u32),
    /// Something's whole name.
    Name(Name),
    /// A part of the name of an aisle or department.
    Part(Name),
    /// A term of the semantic model.
    Term(Term),
    /// A number.
    Number(f64),
    /// No meaning of its own.
    Filler,
}

/// A run of tokens with its readings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// The first token.
    pub(crate) start: usize,
    /// One past the last token.
    pub(crate) end: usize,
    /// Every reading; none for a word that is not understood.
    pub(crate) links: Vec<Link>,
}

impl Span {
    /// Whether one of the readings is that cue.
    pub(crate) fn is(&self, cue: Cue) -> bool {
        self.links.contains(&Link::Cue(cue))
    }

    /// Whether a reading is that dimension.
    pub(crate) fn dimension(&self) -> Option<&str> {
        self.links.iter().find_map(|link| match link {
            Link::Term(Term::Dimension(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The metric that it may mean.
    pub(crate) fn metric(&self) -> Option<&str> {
        self.links.iter().find_map(|link| match link {
            Link::Term(Term::Metric(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The metric whose share it may mean.
    pub(crate) fn share_of(&self) -> Option<&str> {
        self.links.iter().find_map(|link| match link {
            Link::Term(Term::ShareOf(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The number that it is.
    pub(crate) fn number(&self) -> Option<f64> {
        self.links.iter().find_map(|link| if let Link::Number(value) = link { Some(*value) } else { None })
    }

    /// The thing of that kind that it names.
    pub(crate) fn name(&self, kind: NameKind) -> Option<&Name> {
        self.links.iter().find_map(|link| match link {
            Link::Name(name) if name.kind == kind => Some(name),
            _ => None,
        })
    }

    /// Aisles and departments that it names in part.
    pub(crate) fn parts(&self) -> Vec<&Name> {
        self.links
            .iter()
            .filter_map(|link| if let Link::Part(name) = link { Some(name) } else { None })
            .collect()
    }

    /// Whether it means nothing by itself.
    pub(crate) fn is_filler(&self) -> bool {
        self.links.contains(&Link::Filler)
    }
}

/// Finds every phrase and keeps the longest, leftmost first among equals.
pub(crate) fn link(tokens: &[Token], vocabulary: &Vocabulary) -> Vec<Span> {
    let longest_cue = CUES.iter().map(|(phrase, _)| phrase.split(' ').count()).max().unwrap_or(1);
    let longest = vocabulary.longest_phrase().max(longest_cue);
    let mut candidates = Vec::new();
    for start in 0..tokens.len() {
        for end in (start + 1)..=(start + longest * 2).min(tokens.len()) {
            let Some(window) = tokens.get(start..end) else { break };
            let links = links_of(window, vocabulary);
            if !links.is_empty() {
                candidates.push(Span { start, end, links });
            }
        }
    }
    candidates.sort_by_key(|span| (std::cmp::Reverse(span.end - span.start), span.start));
    let mut taken = vec![false; tokens.len()];
    let mut spans: Vec<Span> = Vec::new();
    for candidate in candidates {
        let Some(range) = taken.get_mut(candidate.start..candidate.end) else { continue };
        if range.iter().all(|used| !used) {
            range.fill(true);
            spans.push(candidate);
        }
    }
    let unknown = (0..tokens.len()).filter(|at| taken.get(*at) == Some(&false));
    spans.extend(unknown.map(|at| Span { start: at, end: at + 1, links: Vec::new() }));
    spans.sort_by_key(|span| span.start);
    spans
}

/// The phrases of cues as they stand and by their stems, with their places in the table.
static CUE_PHRASES: LazyLock<HashMap<String, Vec<usize>>> = LazyLock::new(|| {
    let mut phrases: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, (phrase, _)) in CUES.iter().enumerate() {
        let stems: Vec<String> = phrase.split(' ').map(stem).collect();
        phrases.entry((*phrase).to_owned()).or_default().push(at);
        phrases.entry(stems.join(" ")).or_default().push(at);
    }
    phrases
});

/// Every reading of exactly this window.
fn links_of(window: &[Token], vocabulary: &Vocabulary) -> Vec<Link> {
    let (Some(first), Some(last)) = (window.first(), window.last()) else { return Vec::new() };
    let single = window.len() == 1;
    if !single && (first.is_separator() || last.is_separator()) {
        return Vec::new();
    }
    let mut links = Vec::new();
    let stems = joined(window.iter().map(|t| t.stem.as_str()));
    let words = joined(window.iter().map(|t| t.text.as_str()));
    let cues = [CUE_PHRASES.get(&words), CUE_PHRASES.get(&stems)].into_iter().flatten().flatten();
    // In the order of the table, each phrase once.
    let cues: BTreeSet<usize> = cues.copied().collect();
    links.extend(cues.into_iter().filter_map(|at| CUES.get(at)).map(|(_, cue)| Link::Cue(*cue)));
    let without_separators = joined(window.iter().filter(|t| !t.is_separator()).map(|t| t.stem.as_str()));
    links.extend(vocabulary.terms(&without_separators).iter().cloned().map(Link::Term));
    let steers = !links.is_empty();
    let comma_inside = window.iter().any(|t| t.text == ",") || is_list_of_names(window, vocabulary);
    // A list is not a name, and a word that steers is not a product that happens to be called so.
    let names = vocabulary.names(&without_separators).iter();
    links.extend(
        names
            .filter(|name| !comma_inside && (name.kind != NameKind::Product || !(single && steers)))
            .cloned()
            .map(Link::Name),
    );
    if single {
        links.extend(single_word_links(first, vocabulary, links.iter().any(|l| matches!(l, Link::Name(_)))));
    }
    links
}

/// "frozen and produce" are two things, whatever else has both words in its name; "dairy and eggs" is one.
fn is_list_of_names(window: &[Token], vocabulary: &Vocabulary) -> bool {
    let parts: Vec<&[Token]> = window.split(Token::is_separator).collect();
    let named = |part: &&[Token]| !vocabulary.names(&joined(part.iter().map(|t| t.stem.as_str()))).is_empty();
    parts.len() > 1 && parts.iter().all(named)
}

fn single_word_links(token: &Token, vocabulary: &Vocabulary, named: bool) -> Vec<Link> {
    let mut links = Vec::new();
    let is = |word: &str| word == token.text || word == token.stem;
    if let Some(value) = token.number {
        links.push(Link::Number(value));
    }
    if WEEKDAYS.iter().any(|word| is(word)) {
        links.push(Link::Weekday);
    }
    links.extend(
        DAY_PARTS.iter().filter(|(word, _, _)| is(word)).map(|(_, from, to)| Link::Hours(*from, *to)),
    );
    if token.is_separator() || FILLERS.contains(&token.text.as_str()) {
        links.push(Link::Filler);
    } else if !named {
        links.extend(vocabulary.names_with_part(&token.stem).iter().cloned().map(Link::Part));
    }
    links
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::{normalise::normalise, vocabulary::tests::small_shop};

    fn spans(message: &str) -> Vec<(String, Vec<Link>)> {
        let shop = small_shop();
        let tokens = normalise(message, &shop);
        link(&tokens, &shop)
            .into_iter()
            .map(|span| (joined(tokens[span.start..span.end].iter().map(|t| t.text.as_str())), span.links))
            .collect()
    }

    #[test]
    fn the_longest_phrase_wins() {
        let found = spans("what goes well with whole milk");
        let texts: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["what", "goes well with", "whole milk"]);
    }

    #[test]
    fn a_list_of_names_stays_a_list() {
        let texts: Vec<String> =
            spans("milk, banana and sourdough bread").into_iter().map(|(text, _)| text).collect();
        assert_eq!(texts, ["milk", ",", "banana", "and", "sourdough bread"]);
    }

    #[test]
    fn departments_are_found_with_and_without_the_and() {
        for message in ["dairy and eggs", "dairy eggs", "dairy & eggs"] {
            let found = spans(message);
            assert!(
                matches!(&found[0].1[..], [Link::Name(name), ..] if name.id == 21),
                "{message}: {found:?}"
            );
        }
    }

    #[test]
    fn an_unknown_word_has_no_reading() {
        assert_eq!(spans("flurbs")[0].1, []);
    }
}
