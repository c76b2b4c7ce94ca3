//! What a shopper tells around a wish: "I live in Texas and miss it", "since the weather is so hot", "just got paid".
//!
//! message → clauses → those that neither ask nor demand anything fall away. Only used where the message with them was not
//! answered: a clause that asks for what the data lacks is kept, and so is the refusal. Pure; knows words, no goods.

use super::{
    normalise::{Token, normalise, number_word},
    request::opens_request,
    shop_words::OCCASIONS,
    vocabulary::Vocabulary,
};

/// Words that open a clause which gives a reason or a circumstance.
const SUBORDINATE: &[&[&str]] = &[
    &["since"],
    &["because"],
    &["cause"],
    &["cuz"],
    &["coz"],
    &["while"],
    &["although"],
    &["though"],
    &["now", "that"],
    &["even", "though"],
    &["in", "case"],
    &["if", "you", "were"],
    &["if", "i", "were"],
    &["if", "you", "had"],
    &["if", "you", "lived"],
    &["as", "i"],
    &["as", "we"],
    &["as", "my"],
    &["so", "that"],
];
const LEADING: &[&str] =
    &["so", "and", "but", "well", "hi", "hello", "hey", "sorry", "ok", "okay", "oh", "also", "anyway", ","];
/// Who or what something is told of.
const SUBJECTS: &[&str] = &[
    "i",
    "we",
    "he",
    "she",
    "they",
    "it",
    "this",
    "that",
    "there",
    "everybody",
    "everyone",
    "someone",
    "somebody",
    "nobody",
    "guests",
    "friends",
    "visitors",
    "family",
    "parents",
    "relatives",
    "in-laws",
    "inlaws",
    "laws",
    "in",
    "kids",
    "people",
    "company",
    "colleagues",
    "neighbours",
    "neighbors",
];
const OWNERS: &[&str] = &["my", "our", "his", "her", "their", "the", "a", "an", "this", "that"];
/// Words that stand first where the subject is left out: "just got paid".
const ELLIPTIC: &[&str] =
    &["just", "finally", "recently", "sadly", "unfortunately", "lost", "got", "been", "moved", "started"];
/// Verbs that tell.
const VERBS: &[&str] = &[
    "am", "is", "are", "was", "were", "has", "have", "had", "got", "gave", "said", "told", "came", "comes",
    "come", "live", "lives", "read", "saw", "went", "go", "goes", "work", "works", "ran", "felt", "feel",
    "feels", "heard", "met", "left", "broke", "lost", "made", "took", "thought", "woke", "turns", "gets",
    "hate", "love", "loves", "miss", "misses", "eat", "eats", "do", "does", "did", "cook", "cooks", "study",
    "arrive", "arrives", "starts", "lay", "forgot", "died", "move", "moves",
];
/// Words that ask or demand; with them a clause is part of the wish.
const DEMANDING: &[&str] = &[
    "want",
    "wants",
    "need",
    "needs",
    "would",
    "should",
    "must",
    "please",
    "looking",
    "searching",
    "wish",
    "prefer",
    "like",
    "show",
    "find",
    "give",
    "recommend",
    "suggest",
    "know",
    "wonder",
    "tell",
    "hope",
    "which",
    "what",
    "how",
    "whether",
    "where",
    "who",
    "why",
    "can",
    "could",
    "only",
    "not",
    "no",
    "without",
    "never",
    "except",
    "budget",
    "afford",
    "cheap",
    "cheaper",
    "cheapest",
    "expensive",
    "price",
    "prices",
    "cost",
    "costs",
    "dollar",
    "dollars",
    "euro",
    "euros",
    "spend",
    "allergic",
    "allergy",
    "intolerant",
    "diabetic",
    "pregnant",
    "celiac",
    "coeliac",
    "vegan",
    "vegetarian",
];

/// The message without clauses that only tell; `None` where none does or nothing else is said.
pub(crate) fn without_told(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let tokens = normalise(message, vocabulary);
    let characters: Vec<char> = message.chars().collect();
    let clauses = clauses(&tokens, &characters);
    let kept: Vec<&Clause> = clauses.iter().filter(|clause| !clause.tells(&tokens)).collect();
    if kept.is_empty() || kept.len() == clauses.len() {
        return None;
    }
    // "I saw coconut water, do you carry it?": the story holds what is meant.
    const POINTING: &[&str] =
        &["it", "them", "its", "their", "those", "these", "similar", "instead", "closest"];
    let points = kept.iter().any(|clause| {
        let words = tokens.get(clause.from..clause.to).unwrap_or_default();
        words.iter().any(|token| POINTING.contains(&token.text.as_str()))
    });
    if points {
        return None;
    }
    let text = |clause: &&Clause| -> Option<String> {
        let (begins, ends) = (
            tokens.get(clause.from)?.start,
            tokens.get(clause.to).map_or(characters.len(), |next| next.start),
        );
        Some(characters.get(begins..ends)?.iter().collect())
    };
    let joined =
        kept.iter().filter_map(text).map(|text| text.trim().to_owned()).collect::<Vec<_>>().join(" ");
    let text = joined.trim_matches([' ', ',', '-', ';', ':', '–', '—']).to_owned();
    (!text.is_empty()).then_some(text)
}

/// What people tell of a diet, and how goods state it.
const DIETS: &[(&str, &str)] = &[
    ("lactose intoleran", "lactose free"),
    ("gluten intoleran", "gluten free"),
    ("celiac", "gluten free"),
    ("coeliac", "gluten free"),
    ("vegan", "vegan"),
    ("vegetarian", "vegetarian"),
];

/// A shorter message with the diet that the whole one tells of: it holds for what is wanted.
pub(crate) fn with_diet(message: &str, short: String) -> String {
    let (whole, rest) = (message.to_lowercase(), short.to_lowercase());
    let lost = DIETS
        .iter()
        .find(|(told, stated)| whole.contains(told) && !rest.contains(told) && !rest.contains(stated));
    lost.map_or(short.clone(), |(_, stated)| format!("{short}, {stated}"))
}

/// A stretch of tokens.
struct Clause {
    from: usize,
    to: usize,
    /// A question mark stands behind it.
    asks: bool,
    subordinate: bool,
}

fn subordinate(text: impl Fn(usize) -> String) -> bool {
    SUBORDINATE.iter().any(|words| words.iter().enumerate().all(|(step, word)| text(step) == *word))
}

fn clauses(tokens: &[Token], characters: &[char]) -> Vec<Clause> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut clauses: Vec<Clause> = Vec::new();
    let mut starts = true;
    for (at, token) in tokens.iter().enumerate() {
        let opens = subordinate(|step| text(at + step).to_owned());
        let led = at.checked_sub(1).is_some_and(|before| LEADING.contains(&text(before)));
        let requests = led && opens_request(|step| text(at + step));
        if starts || opens || requests {
            let inherited =
                clauses.last().is_some_and(|last| last.subordinate) && !starts && !requests && !opens;
            clauses.push(Clause { from: at, to: at + 1, asks: false, subordinate: opens || inherited });
        } else if let Some(last) = clauses.last_mut() {
            last.to = at + 1;
        }
        let next = tokens.get(at + 1).map_or(characters.len(), |next| next.start);
        let between = characters.get(token.end..next).unwrap_or_default();
        if between.contains(&'?')
            && let Some(last) = clauses.last_mut()
        {
            last.asks = true;
        }
        let dashed = between.windows(2).any(|pair| matches!(pair, [' ', '-'] | ['-', ' ']));
        let marked = between
            .iter()
            .any(|mark| matches!(mark, '.' | '!' | '?' | ';' | ':' | '\n' | '…' | '–' | '—' | '(' | ')'));
        starts = marked || dashed || token.text == ",";
    }
    clauses
}

impl Clause {
    /// "Dinner for six on Saturday": nothing but an occasion and when it is.
    fn sets_the_scene(&self, words: &[&str]) -> bool {
        const SMALL: &[&str] = &[
            "for", "on", "at", "in", "with", "the", "a", "an", "my", "our", "this", "next", "we", "are",
            "have", "having", "is", "it", "of", "people", "guests", "friends", "kids", "big", "small",
            "little", "coming", "over", "up", "and",
        ];
        const DAYS: &[&str] = &[
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "tonight",
            "tomorrow",
            "today",
        ];
        let occasion = |word: &&str| OCCASIONS.contains(word);
        let number = |word: &str| number_word(word).is_some() || word.chars().all(|c| c.is_ascii_digit());
        let known =
            |word: &&str| occasion(word) || SMALL.contains(word) || DAYS.contains(word) || number(word);
        !self.asks && words.len() > 1 && words.iter().any(occasion) && words.iter().all(known)
    }

    /// Whether it only tells: it has a subject and a verb, or gives a reason, and asks and demands nothing.
    fn tells(&self, tokens: &[Token]) -> bool {
        let words: Vec<&str> = tokens
            .get(self.from..self.to)
            .unwrap_or_default()
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        let words: Vec<&str> = words.into_iter().skip_while(|word| LEADING.contains(word)).collect();
        if self.sets_the_scene(&words) {
            return true;
        }
        // "Because I can not do dairy" rules goods out.
        let denied = words.iter().any(|word| matches!(*word, "not" | "no" | "never"))
            && words.iter().any(|word| {
                matches!(
                    *word,
                    "eat" | "do" | "have" | "tolerate" | "stand" | "like" | "drink" | "digest" | "handle"
                )
            });
        if denied {
            return false;
        }
        // A reason may deny and ask whatever it likes: "because I cannot look up what to cook".
        let reasons = |word: &str| {
            matches!(
                word,
                "not"
                    | "no"
                    | "never"
                    | "can"
                    | "could"
                    | "would"
                    | "know"
                    | "like"
                    | "what"
                    | "how"
                    | "who"
                    | "where"
                    | "why"
                    | "celiac"
                    | "coeliac"
                    | "allergic"
                    | "intolerant"
                    | "diabetic"
            )
        };
        if words.iter().any(|word| DEMANDING.contains(word) && !(self.subordinate && reasons(word))) {
            return false;
        }
        if self.subordinate {
            return words.len() > 2;
        }
        let first = words.first().copied().unwrap_or_default();
        if self.asks || opens_request(|step| words.get(step).copied().unwrap_or_default()) {
            return false;
        }
        let verb = |word: &&str| VERBS.contains(word) || word.len() > 4 && word.ends_with("ed");
        let behind = |count: usize| words.iter().skip(1).take(count).any(verb);
        SUBJECTS.contains(&first) && behind(3)
            || OWNERS.contains(&first) && behind(5)
            || ELLIPTIC.contains(&first) && words.iter().take(3).any(verb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::vocabulary::tests::small_shop;

    fn check(message: &str, expected: Option<&str>) {
        assert_eq!(without_told(message, &small_shop()).as_deref(), expected, "{message}");
    }

    #[test]
    fn circumstances_and_news_are_left_out() {
        check("since the weather is so hot, milk please", Some("milk please"));
        check("I live in Texas now. Do you have bread?", Some("Do you have bread?"));
        check("What bread would you buy if you were new in town?", Some("What bread would you buy"));
        check("My phone died - bread and eggs", Some("bread and eggs"));
        check("just got paid! some milk", Some("some milk"));
        check("In-laws arrive at six. Milk, tea.", Some("Milk, tea."));
    }

    #[test]
    fn what_is_asked_or_demanded_stays() {
        check("bread, it should be cheap", None);
        check("milk, I want the cheapest", None);
        check("what does milk cost?", None);
        check("milk, eggs and bread", None);
        check("my order was late", None);
    }
}
