//! A message of one clause as words, for the passes that say a question in other words before it is read.
//!
//! message → its words, plain (lower case, without the marks around them) to compare and as they were written to say again.

/// Customers, where nobody in particular is meant.
pub(super) const PEOPLE: &[&str] = &[
    "people",
    "customers",
    "shoppers",
    "buyers",
    "users",
    "clients",
    "households",
    "folks",
    "consumers",
    "members",
    "everyone",
    "everybody",
];

/// A word in lower case without the marks around it.
pub(super) fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'")
}

/// The words of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    written: Vec<String>,
    plain: Vec<String>,
}

impl Clause {
    /// All words of a message.
    pub(super) fn of(message: &str) -> Self {
        let written: Vec<String> = message.split_whitespace().map(str::to_owned).collect();
        let plain = written.iter().map(|word| bare(word)).collect();
        Self { written, plain }
    }

    /// The words of a message that is one clause, without the mark at its end; none where it has several.
    pub(super) fn only(message: &str) -> Option<Self> {
        let clause = message.trim().trim_end_matches(['?', '.', '!', ' ']);
        let several = clause.contains(['?', '!', ';', ':', '\n']) || clause.contains(". ");
        (!several).then(|| Self::of(clause))
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.plain.len()
    }

    /// A plain word; empty where there is none.
    pub(super) fn text(&self, at: usize) -> &str {
        self.plain.get(at).map_or("", String::as_str)
    }

    /// Words as they were written.
    pub(super) fn written(&self, from: usize, to: usize) -> String {
        self.written.get(from..to).unwrap_or_default().join(" ")
    }

    /// The words from there to the end, as they were written.
    pub(super) fn rest(&self, from: usize) -> String {
        self.written(from, self.len())
    }

    /// Whether the words from there on are these, and where they end; `|` separates forms of one.
    pub(super) fn are(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut end = at;
        for forms in phrase.split(' ') {
            if !forms.split('|').any(|form| form == self.text(end)) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// Whether a word from there on is one of these.
    pub(super) fn says(&self, from: usize, list: &[&str]) -> bool {
        self.plain.iter().skip(from).any(|word| list.contains(&word.as_str()))
    }

    /// Whether a word is a number in digits.
    pub(super) fn is_number(&self, at: usize) -> bool {
        self.text(at).starts_with(|c: char| c.is_ascii_digit())
    }

    /// Puts words in the place of others.
    pub(super) fn replace(&mut self, from: usize, to: usize, words: &str) {
        if from > to || to > self.len() {
            return;
        }
        let new = Self::of(words);
        self.written.splice(from..to, new.written);
        self.plain.splice(from..to, new.plain);
    }

    /// Whether the written word ends a clause: with a comma or a stop.
    pub(super) fn ends_clause(&self, at: usize) -> bool {
        self.written.get(at).is_some_and(|word| word.ends_with([',', '?', '.', '!']))
    }

    /// The mark behind a word, as it was written.
    pub(super) fn mark_behind(&self, at: usize) -> String {
        let word = self.written.get(at).map_or("", String::as_str);
        word.chars().skip_while(|c| c.is_alphanumeric()).collect()
    }
}
