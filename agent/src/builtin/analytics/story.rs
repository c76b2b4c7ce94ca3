//! The sentences of a message that ask, without the story around them.
//!
//! "A friend cannot have gluten. Which gluten free products sell best?" asks in its second sentence. A sentence stays
//! when it ends in a question mark, is the last one, or holds a figure, a thing or a ranking. Output: the message without
//! the others, or nothing where none can go.

use query::metrics::{FilterOp, MetricFilter};

use super::{
    item::{Items, Mark, Noun},
    leftover::asks,
    scan,
};
use crate::builtin::{normalise::normalise, vocabulary::Vocabulary};

/// The message without the sentences that ask nothing; `None` where every sentence stays.
pub(crate) fn asking_sentences(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let sentences: Vec<&str> = message.split_inclusive(['.', '?', '!', '\n']).collect();
    let last = sentences.iter().rposition(|sentence| !sentence.trim().is_empty())?;
    let asked = sentences.get(last).map(|sentence| sentence.to_lowercase()).unwrap_or_default();
    let points_there =
        asked.split(|c: char| !c.is_alphanumeric()).rfind(|word| !word.is_empty()) == Some("there");
    let kept: Vec<&str> = sentences
        .iter()
        .enumerate()
        .filter(|(at, sentence)| {
            let text = sentence.trim();
            *at == last || text.ends_with('?') || {
                // What only the passes find ("customer 42") is a thing too.
                let items: Items = scan::scan(&normalise(text, vocabulary), vocabulary);
                // "I run the milk aisle. How many customers do I have there?"
                let named = || points_there && names_thing(text, vocabulary);
                items.any(asks)
                    || super::marks(&normalise(text, vocabulary), vocabulary).any(restricts)
                    || named()
            }
        })
        .map(|(_, sentence)| *sentence)
        .collect();
    (kept.len() < sentences.len()).then(|| kept.concat())
}

/// Words that make an opening sentence part of the question: it restricts, names a subject or asks itself.
const RESTRICTING: &[&str] = &[
    "only",
    "just",
    "restrict",
    "limit",
    "limited",
    "focus",
    "consider",
    "considering",
    "take",
    "suppose",
    "keep",
    "leaving",
    "leave",
    "exclude",
    "excluding",
    "ignore",
    "ignoring",
    "filter",
    "within",
    "except",
    "without",
    "assume",
    "define",
    "call",
    "say",
    "meaning",
    "imagine",
    "sort",
    "group",
    "classify",
    "rank",
    "count",
    "list",
    "show",
    "give",
    "tell",
    "name",
    "compare",
    "split",
    "stay",
    "about",
    "subject",
    "topic",
    "care",
    "talk",
    "look",
    "put",
    "find",
    "then",
    "first",
    "among",
    "pile",
    "start",
    "think of",
    "picture",
    "customer",
    "segment",
    "each",
    "every",
    "per",
];
/// Words that point back, unless what they point at stands before them.
const POINTING: &[&str] = &[
    "it", "its", "it's", "they", "them", "their", "theirs", "they've", "those", "these", "this", "such",
    "both", "he", "she", "his", "her", "one", "ones", "same", "there", "so",
];
/// What can be pointed at.
const NOUNS: &[&str] = &[
    "department",
    "aisle",
    "product",
    "item",
    "customer",
    "shopper",
    "people",
    "user",
    "buyer",
    "order",
    "basket",
    "cart",
    "segment",
    "hour",
    "day",
    "client",
    "household",
    "article",
];

/// A message whose opening sentences only lead up to the question, without them: "My boss asked how common fruit is. What
/// share of the orders holds something from fresh fruits?". `None` where an opening says what is asked, or where what is
/// left points back at it.
pub(crate) fn asked_alone(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let sentences = sentences(message);
    let (last, openings) = sentences.split_last()?;
    let leads_up = |sentence: &&&str| {
        let own = words(sentence);
        !sentence.trim().ends_with('?')
            && !sentence.contains(|c: char| c.is_ascii_digit() || matches!(c, ':' | ';'))
            && own.iter().all(|word| !RESTRICTING.contains(&word.as_str()))
            && normalise(sentence, vocabulary)
                .iter()
                .all(|token| token.number.is_none_or(|number| number == 1.0))
            && own.len() > 3
    };
    let dropped = openings.iter().take_while(|sentence| leads_up(sentence)).count();
    if dropped == 0 {
        return None;
    }
    let rest = sentences.get(dropped..).unwrap_or(std::slice::from_ref(last)).concat();
    let own = words(&rest);
    let points_back = points_back(&own);
    // "Have they ever bought from it?": what is meant stands in the opening.
    let lacks_its_thing = own.iter().any(|word| matches!(word.as_str(), "it" | "there"))
        && sentences.iter().take(dropped).any(|sentence| names_thing(sentence, vocabulary))
        && !names_thing(&rest, vocabulary);
    let points_back = points_back || lacks_its_thing;
    let conditions = |text: &str| {
        super::marks(&normalise(text, vocabulary), vocabulary).any(|mark| matches!(mark, Mark::Where(_)))
    };
    let opening: String = sentences.iter().take(dropped).copied().collect();
    // What the opening groups by must be named again.
    let groups = ["department", "aisle", "product", "segment", "hour", "day", "category"];
    let grouped = |text: &[String], noun: &str| text.iter().any(|word| word.starts_with(noun));
    let opening_words = words(&opening);
    let regrouped = groups.iter().all(|noun| !grouped(&opening_words, noun) || grouped(&own, noun));
    let asks_alone = scan::scan(&normalise(&rest, vocabulary), vocabulary).any(asks);
    (asks_alone && regrouped && !points_back && (conditions(&rest) || !names_thing(&opening, vocabulary)))
        .then_some(rest)
}

/// The words of a text in lower case.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Whether a text points at what it does not name.
pub(crate) fn points_at_nothing(text: &str) -> bool {
    points_back(&words(text))
}

/// Whether words point at something that does not stand before them.
pub(super) fn points_back(own: &[String]) -> bool {
    let is_noun = |word: &str| {
        NOUNS.iter().any(|noun| {
            word.strip_suffix("'s").unwrap_or(word).trim_end_matches('s') == *noun || word == *noun
        })
    };
    own.iter().enumerate().any(|(at, word)| {
        let here = own.get(at + 1).is_some_and(|next| matches!(next.as_str(), "are" | "is" | "were"));
        let counted = word == "one"
            && own
                .get(at + 1)
                .is_some_and(|next| is_noun(next) || matches!(next.as_str(), "figure" | "percentage"));
        let exists = word == "there" && here;
        let known = own.iter().take(at).any(|before| is_noun(before));
        let harmless = counted || exists || known;
        POINTING.contains(&word.as_str()) && !harmless
    }) || own.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        first == "that" && matches!(second.as_str(), "one" | "department" | "aisle" | "segment" | "customer")
    })
}

/// Whether a figure or a ranking is asked for by name.
pub(crate) fn asks_figure(text: &str, vocabulary: &Vocabulary) -> bool {
    scan::scan(&normalise(text, vocabulary), vocabulary).any(|mark| {
        matches!(mark, Mark::Metric(_) | Mark::ShareOf(_) | Mark::Share | Mark::HowMany | Mark::Rank(..))
    })
}

/// Whether what is measured is named: a figure or what is counted, not only how it is ranked.
pub(crate) fn names_measure(text: &str, vocabulary: &Vocabulary) -> bool {
    scan::scan(&normalise(text, vocabulary), vocabulary).any(|mark| {
        matches!(
            mark,
            Mark::Metric(_)
                | Mark::ShareOf(_)
                | Mark::Share
                | Mark::HowMany
                | Mark::Noun(Noun::Order | Noun::Item | Noun::Customer)
        )
    })
}

/// Whether a figure, a ranking or what is counted is named.
pub(crate) fn names_figure(text: &str, vocabulary: &Vocabulary) -> bool {
    let counted =
        |mark: &Mark| matches!(mark, Mark::Noun(Noun::Order | Noun::Item | Noun::Customer | Noun::Product));
    asks_figure(text, vocabulary) || scan::scan(&normalise(text, vocabulary), vocabulary).any(counted)
}

/// Whether a thing is named in full, or a time: a word that only part of a name has does not count.
pub(crate) fn names_thing(text: &str, vocabulary: &Vocabulary) -> bool {
    scan::scan(&normalise(text, vocabulary), vocabulary).any(|mark| {
        matches!(
            mark,
            Mark::Name(_)
                | Mark::Attribute(..)
                | Mark::Where(_)
                | Mark::DayPart(_)
                | Mark::Hour(_)
                | Mark::FirstInCart
        )
    })
}

/// The sentences of a message; "i.e." and "no. 2" end none.
fn sentences(message: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for (at, c) in message.char_indices() {
        let end = at + c.len_utf8();
        let behind = message.get(end..).unwrap_or_default();
        let word = message.get(start..at).unwrap_or_default().rsplit([' ', '.']).next().unwrap_or_default();
        let short = c == '.' && word.chars().count() < 3;
        let ends = matches!(c, '.' | '?' | '!' | '\n') && behind.starts_with(char::is_whitespace) && !short;
        if ends || behind.is_empty() {
            let sentence = message.get(start..end).unwrap_or_default();
            if !sentence.trim().is_empty() {
                sentences.push(sentence);
            }
            start = end;
        }
    }
    sentences
}

/// Whether a mark says which rows the question is about, beyond naming a thing that may be part of the story: a customer,
/// a time, a size, or what is left out.
fn restricts(mark: &Mark) -> bool {
    let restricting = |filter: &MetricFilter| {
        let turned = matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains);
        let own =
            ["user_id", "day_part", "days_since_prior_order", "recency_days", "bought_before", "cart_place"];
        let field = filter.field.as_str();
        field.starts_with("order_")
            || field.starts_with("customer_")
            || own.contains(&field)
            || turned && matches!(field, "department" | "aisle" | "product_name")
    };
    matches!(mark, Mark::Where(filters) if filters.iter().any(restricting))
}
