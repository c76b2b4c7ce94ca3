//! First messages that name nothing: "how many are there?", "pie chart please", "is frozen ok", "how is the bakery?".
//!
//! Decided by what is missing rather than by how it is said: every word is a word of grammar, of telling (sort, chart,
//! percent), of ranking or of judging. Where no thing is named, the question back asks for the thing; where a thing is
//! named and only judged, for the measure.

use domain::answer::{Clarify, ClarifyOption};

use super::{Question, examples};
use crate::{
    builtin::{
        lexicon::Cue,
        link::Link,
        patterns::{Word, Words},
    },
    draft::Draft,
};

/// Words of grammar and politeness.
pub(super) const GRAMMAR: &[&str] = &[
    "may",
    "might",
    "shall",
    "should",
    "thank",
    "thanks",
    "kindly",
    "having",
    "wish",
    "people",
    "anyone",
    "am",
    "been",
    "being",
    "about",
    "the",
    "a",
    "an",
    "is",
    "are",
    "was",
    "were",
    "be",
    "do",
    "does",
    "did",
    "has",
    "have",
    "had",
    "there",
    "here",
    "of",
    "in",
    "on",
    "to",
    "for",
    "with",
    "by",
    "from",
    "as",
    "at",
    "and",
    "or",
    "but",
    "so",
    "then",
    "now",
    "please",
    "me",
    "us",
    "i",
    "we",
    "you",
    "my",
    "our",
    "your",
    "can",
    "could",
    "would",
    "will",
    "let",
    "give",
    "get",
    "see",
    "show",
    "tell",
    "want",
    "need",
    "like",
    "just",
    "only",
    "ok",
    "okay",
    "well",
    "what",
    "which",
    "who",
    "how",
    "when",
    "not",
    "no",
    "into",
    "out",
    "up",
    "down",
    "off",
    "also",
    "too",
    "still",
    "any",
    "some",
    "all",
    "each",
    "much",
    "than",
    "though",
    "maybe",
    "got",
    "go",
    "make",
    "look",
    "s",
    "if",
    "back",
    "over",
    "hmm",
    "hey",
    "really",
    "actually",
    "above",
    "below",
    "under",
    "between",
    "anything",
    "everything",
    "something",
    "whatever",
    "round",
];
/// Words that stand for something said before.
const STANDING_FOR: &[&str] = &[
    "it",
    "its",
    "them",
    "they",
    "their",
    "this",
    "that",
    "these",
    "those",
    "one",
    "ones",
    "other",
    "others",
    "rest",
    "both",
    "either",
    "neither",
    "former",
    "latter",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "last",
    "next",
    "previous",
    "1st",
    "2nd",
    "3rd",
    "4th",
    "5th",
    "two",
    "three",
    "same",
    "another",
    "again",
    "more",
    "remaining",
];
/// Words of telling, sorting and ranking.
const TELLING: &[&str] = &[
    "draw",
    "value",
    "values",
    "choose",
    "chosen",
    "prefer",
    "pick",
    "ranking",
    "display",
    "chart",
    "pie",
    "bar",
    "line",
    "graph",
    "plot",
    "table",
    "list",
    "percent",
    "percentage",
    "percentages",
    "%",
    "share",
    "shares",
    "sort",
    "sorted",
    "rank",
    "ranked",
    "reverse",
    "add",
    "remove",
    "drop",
    "put",
    "change",
    "filter",
    "exclude",
    "include",
    "without",
    "split",
    "group",
    "biggest",
    "largest",
    "smallest",
    "highest",
    "lowest",
    "most",
    "least",
    "best",
    "worst",
    "top",
    "bottom",
    "popular",
    "number",
    "numbers",
    "figure",
    "figures",
    "many",
    "often",
    "total",
    "sum",
    "average",
    "trend",
    "median",
    "mean",
    "compare",
    "difference",
    "alphabetically",
    "ascending",
    "descending",
    "swap",
    "replace",
    "better",
    "worse",
    "bigger",
    "smaller",
    "higher",
    "lower",
];
/// Words of judging.
pub(super) const JUDGING: &[&str] = &[
    "good",
    "bad",
    "fine",
    "great",
    "hot",
    "cold",
    "cool",
    "strong",
    "weak",
    "big",
    "small",
    "large",
    "important",
    "doing",
    "going",
    "performing",
    "perform",
    "performs",
    "badly",
    "poorly",
    "nice",
    "worth",
    "normal",
    "typical",
    "high",
    "low",
    "winner",
    "loser",
    "hit",
    "flop",
    "success",
    "successful",
    "problem",
    "star",
    "alright",
    "right",
    "healthy",
    "relevant",
    "better",
    "worse",
    "enough",
    "satisfying",
    "looking",
    "lately",
    "currently",
    "these",
    "days",
    "things",
    "overall",
    "general",
    "ok",
    "okay",
    "happening",
    "up",
    "special",
    "interesting",
    "noteworthy",
];

/// Asks for what is missing.
pub(super) fn nothing_named(question: &Question<'_>, words: &Words) -> Option<Draft> {
    let social = [Cue::Help, Cue::Definition].into_iter().any(|cue| question.has(cue))
        || puts_oneself_in_a_group(question)
        || words.0.len() <= 4 && [Cue::Greeting, Cue::Thanks].into_iter().any(|cue| question.has(cue));
    if !question.asked.history.is_empty() || social {
        return None;
    }
    // Whoever is known and speaks of themselves names themselves.
    let says = |list: &[&str]| words.0.iter().any(|word| list.contains(&word.text.as_str()));
    let habits = [
        "buy",
        "bought",
        "order",
        "ordered",
        "had",
        "purchase",
        "purchased",
        "last",
        "next",
        "usually",
        "usual",
        "most",
        "get",
        "got",
        "for",
        "to",
        "have",
        "need",
    ];
    let wishes = says(&["would", "want", "can", "could", "may", "show", "give"])
        && !says(&["my", "mine", "buy", "order"]);
    let says_me = says(&["my", "mine"]) || says(&["i", "me"]) && says(&habits) && !wishes;
    if says_me && !question.role().is_staff() {
        return None;
    }
    let open = |text: &str, list: &[&str]| list.contains(&text);
    let plain: Vec<&Word> = words.0.iter().filter(|word| !is_named(question, word)).collect();
    let said = |list: &[&str]| plain.iter().any(|word| open(word.text.as_str(), list));
    if plain.len() == words.0.len() {
        let known = |word: &&Word| {
            let text = word.text.as_str();
            open(text, GRAMMAR)
                || open(text, STANDING_FOR)
                || open(text, TELLING)
                || word.number.is_some()
                || is_attribute(question, word)
        };
        // "what is most popular?" asks for products.
        let of_goods = said(&["what", "which"]) && said(&["popular"]) && !said(STANDING_FOR);
        let attributes = of_goods || plain.iter().any(|word| is_attribute(question, word));
        let stands_for = said(STANDING_FOR);
        let tells = said(TELLING) && !attributes;
        // "organic ones" of nothing; "show me organic" is a wish.
        if plain.is_empty() || !(stands_for || tells) || !plain.iter().all(known) {
            return None;
        }
        return Some(asked(
            "It is not said what that is about. Which figure, and of what: products, an aisle, a department or customers?",
            examples(question.role()),
        ));
    }
    let asks = said(&["is", "are", "was", "how", "does", "do"]);
    let judged = |word: &&Word| {
        let text = word.text.as_str();
        open(text, GRAMMAR) || open(text, JUDGING) || matches!(text, "it" | "its" | "they" | "that")
    };
    let about_customer = !question.entities.customers.is_empty();
    let how = said(&["how", "is", "are", "was"])
        && !said(&["much", "what", "which", "who", "when", "there", "have", "any"]);
    let judges = said(JUDGING) || said(&["how", "well"]);
    if !(asks && how && judges) || about_customer || !plain.iter().all(judged) {
        return None;
    }
    let name = question.entities.named.first().map(|named| named.name.text.clone())?;
    let options = if question.role().is_staff() {
        vec![format!("How many items of {name} were sold?"), format!("Reorder rate of {name}")]
    } else {
        examples(question.role())
    };
    Some(asked(&format!("By which measure should “{name}” be judged?"), options))
}

/// Whether a word belongs to the name of a thing.
fn is_named(question: &Question<'_>, word: &Word) -> bool {
    word.named
        || question.spans.iter().any(|span| {
            (span.start..span.end).contains(&word.token)
                && !span.is_filler()
                && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        })
}

/// "organic", "vegan": what a name states.
fn is_attribute(question: &Question<'_>, word: &Word) -> bool {
    question.vocabulary.knows(&word.text) && domain::attributes::Attribute::from_name(&word.text).is_some()
}

fn asked(question: &str, options: Vec<String>) -> Draft {
    let options = options.into_iter().map(|text| ClarifyOption { label: text.clone(), question: text });
    Draft::clarify(Clarify { question: question.to_owned(), options: options.collect() })
}
/// "Which group am I in?", by a customer: their segment.
pub(super) fn puts_oneself_in_a_group(question: &Question<'_>) -> bool {
    let says = |list: &[&str]| question.tokens.iter().any(|token| list.contains(&token.text.as_str()));
    !question.role().is_staff()
        && question.entities.myself
        && says(&["group", "segment", "cluster", "category", "bucket"])
        && says(&["am", "belong", "in"])
}
