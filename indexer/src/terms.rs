//! Words to terms, the same way for documents and queries: case and accents folded, apostrophes dropped
//! ("Annie's" = "annies"), English stems (Porter2), so that "avocados" finds "Avocado".

use domain::attributes::is_apostrophe;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
};

/// The analyzer's name in the lexical schema.
pub(crate) const ANALYZER: &str = "catalogue_en";

/// Longer words are no words; the longest of real catalogues have some 25 letters.
const MAX_WORD_BYTES: usize = 40;

/// Distinct words of a query that are searched; a pasted page must not become a query of thousands of clauses.
const MAX_QUERY_WORDS: usize = 24;

/// Words of a query that say nothing about which document is meant: function words, and words that are true of
/// every product. They count only when the query has no others.
const NOISE: &[&str] = &[
    "a",
    "all",
    "an",
    "and",
    "any",
    "anything",
    "are",
    "at",
    "buy",
    "by",
    "find",
    "for",
    "from",
    "i",
    "in",
    "is",
    "item",
    "items",
    "me",
    "my",
    "of",
    "on",
    "or",
    "product",
    "products",
    "search",
    "show",
    "some",
    "something",
    "stuff",
    "that",
    "the",
    "to",
    "want",
    "what",
    "with",
    "you",
    "your",
];

/// The analyzer of text fields, stems included.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(MAX_WORD_BYTES))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// Text as the analyzer should see it.
pub(crate) fn fold(text: &str) -> String {
    text.chars().filter(|c| !is_apostrophe(*c)).collect()
}

/// The terms of a text, in order.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut analyzer = analyzer();
    let mut stream = analyzer.token_stream(&folded);
    let mut terms = Vec::new();
    stream.process(&mut |token| terms.push(token.text.clone()));
    terms
}

/// One key for titles that differ only in case, punctuation and number: "Bananas" and "banana".
pub(crate) fn title_key(text: &str) -> String {
    terms(text).join(" ")
}

/// A word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QueryWord {
    /// As written, but for case and apostrophes.
    pub(crate) written: String,
    /// What is looked up.
    pub(crate) term: String,
}

/// The words of a query with distinct terms, in order, without noise words unless there is nothing else.
pub(crate) fn query_words(query: &str) -> Vec<QueryWord> {
    let folded = fold(query).to_lowercase();
    let written: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let all_noise = written.iter().all(|word| NOISE.contains(word));
    let mut words: Vec<QueryWord> = Vec::new();
    for word in written.into_iter().filter(|word| all_noise || !NOISE.contains(word)) {
        if words.len() == MAX_QUERY_WORDS {
            break;
        }
        for term in terms(word) {
            if !words.iter().any(|known| known.term == term) {
                words.push(QueryWord { written: word.to_owned(), term });
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural_share_a_term() {
        assert_eq!(terms("Avocados"), terms("avocado"));
        assert_eq!(terms("Strawberries"), terms("strawberry"));
        assert_eq!(title_key("Bananas"), title_key("banana"));
    }

    #[test]
    fn apostrophes_accents_and_case_make_no_difference() {
        assert_eq!(terms("Annie’s Crème"), terms("ANNIES creme"));
        assert_eq!(title_key("Milk, 2%"), title_key("milk 2"));
    }

    #[test]
    fn noise_words_count_only_when_alone() {
        let found = |query: &str| query_words(query).into_iter().map(|word| word.term).collect::<Vec<_>>();
        assert_eq!(found("find me the milk products"), terms("milk"));
        assert_eq!(found("the"), terms("the"));
        assert_eq!(found("milk milks MILK"), terms("milk"));
        assert!(found(" ,,, ").is_empty());
    }

    #[test]
    fn a_pasted_page_is_cut_to_the_term_limit() {
        let page: String = (0..5_000).map(|n| format!("word{n} ")).collect();
        assert_eq!(query_words(&page).len(), MAX_QUERY_WORDS);
    }
}
