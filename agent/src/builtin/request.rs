//! The request in a message that tells a story around it: "my sister comes on friday, so do you have lentils?".
//!
//! message → clauses, at the ends of sentences and where words open a request → those that ask. What the others tell is
//! no reason to refuse or to ask back. Pure; knows words, no goods.

use super::{
    normalise::{Token, normalise},
    vocabulary::Vocabulary,
};

/// First words of a request with the words that may stand second; none where the first says it.
const OPENERS: &[(&[&str], &[&str])] = &[
    (&["do", "have"], &["you", "u", "we"]),
    (&["can", "could", "would", "will", "may", "might"], &["you", "i", "we"]),
    (&["is", "are"], &["there"]),
    (&["i", "we"], &["need", "want", "would", "am", "are", "still", "just", "also", "only", "really"]),
    (
        &[
            "which",
            "what",
            "where",
            "show",
            "find",
            "gimme",
            "recommend",
            "suggest",
            "looking",
            "need",
            "want",
            "got",
        ],
        &[],
    ),
    (&["any"], &["chance", "good", "idea", "ideas", "suggestions", "tips"]),
    (&["how", "what"], &["about"]),
    (&["give", "get", "let"], &["me", "us"]),
    (&["help"], &["me", "us"]),
    (&["write", "translate", "calculate", "compose", "solve"], &[]),
    (&["please"], &["show", "find", "list", "recommend", "suggest", "give", "get", "help"]),
];
/// Behind "I" and one of these, the word that makes it a request.
const WANTING: &[&str] =
    &["need", "want", "like", "looking", "searching", "after", "hunting", "craving", "love"];
/// Words that may stand before a request in its clause.
const LEADING: &[&str] =
    &["so", "hence", "therefore", "anyway", "then", "please", "now", "well", "but", "and", "ok", "okay"];

/// Words by which somebody takes back what they said.
const REPAIRS: &[&[&str]] = &[
    &["i", "mean"],
    &["i", "meant"],
    &["no", "wait"],
    &["wait", "no"],
    &["scratch", "that"],
    &["forget", "that"],
    &["or", "rather"],
    &["never", "mind"],
    &["nevermind"],
];
/// Times at which something is told to have happened or to come; no figure of them is asked where goods are.
const TOLD_TIMES: &[&[&str]] = &[
    &["yesterday"],
    &["last", "night"],
    &["last", "week"],
    &["last", "weekend"],
    &["this", "morning"],
    &["this", "week"],
    &["this", "weekend"],
    &["next", "week"],
    &["next", "weekend"],
    &["tomorrow"],
    &["the", "other", "day"],
    &["a", "week", "ago"],
    &["a", "month", "ago"],
    &["all", "year"],
    &["this", "year"],
    &["this", "month"],
    &["next", "month"],
];

/// What stands behind "i mean", where a whole question does: "how many bananas… I mean how often did I buy milk".
pub(crate) fn repaired(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let tokens = normalise(message, vocabulary);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let behind = (1..tokens.len()).rev().find_map(|at| {
        let repair = REPAIRS
            .iter()
            .find(|words| words.iter().enumerate().all(|(step, word)| text(at + step) == *word))?;
        let mut next = at + repair.len();
        while matches!(text(next), "," | "…" | "no" | "sorry" | "just") {
            next += 1;
        }
        let asks = opens_request(|step| text(next + step))
            || matches!(text(next), "how" | "when" | "which" | "what" | "did" | "do" | "have");
        (asks && next < tokens.len()).then_some(next)
    })?;
    let start = tokens.get(behind)?.start;
    Some(message.chars().skip(start).collect())
}

/// The message without the times that it only tells: "I ran out of soap yesterday".
pub(crate) fn without_told_times(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let tokens = normalise(message, vocabulary);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    // "what was your best seller yesterday?": the time is asked about.
    let asks = matches!(
        text(0),
        "what"
            | "how"
            | "which"
            | "when"
            | "who"
            | "where"
            | "did"
            | "was"
            | "were"
            | "is"
            | "are"
            | "best"
            | "top"
            | "list"
    );
    let one_sentence =
        !message.trim_end().trim_end_matches(['.', '?', '!']).contains(['.', '?', '!', ';', ',']);
    if asks && one_sentence {
        return None;
    }
    let mut rest: Vec<char> = message.chars().collect();
    let mut found = false;
    for at in (0..tokens.len()).rev() {
        let told = TOLD_TIMES
            .iter()
            .find(|words| words.iter().enumerate().all(|(step, word)| text(at + step) == *word));
        if let Some(words) = told
            && let Some((first, last)) = tokens.get(at).zip(tokens.get(at + words.len() - 1))
            && last.end <= rest.len()
        {
            rest.drain(first.start..last.end);
            found = true;
        }
    }
    found.then(|| rest.into_iter().collect())
}

/// "my coffee machine takes pods" with "the" for whoever's it is; `None` where the asker's own purchases are meant.
pub(crate) fn without_owner(message: &str) -> Option<String> {
    const OWN: &[&str] = &[
        "order",
        "orders",
        "basket",
        "cart",
        "history",
        "usual",
        "usually",
        "purchases",
        "purchase",
        "bought",
        "buy",
        "ordered",
        "last",
        "next",
        "account",
        "profile",
        "segment",
        "regulars",
        "again",
        "reorder",
        "favorites",
        "favourites",
        "have",
        "had",
        "often",
        "always",
        "most",
        "did",
        "shopping",
        "list",
    ];
    let plain = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let words: Vec<&str> = message.split_whitespace().collect();
    let owned = words.iter().any(|word| matches!(plain(word).as_str(), "my" | "our"));
    if !owned || words.iter().any(|word| OWN.contains(&plain(word).as_str())) {
        return None;
    }
    let the = |word: &&str| {
        if matches!(plain(word).as_str(), "my" | "our") { "the".to_owned() } else { (*word).to_owned() }
    };
    Some(words.iter().map(the).collect::<Vec<_>>().join(" "))
}

/// Whether a request begins at this word; `text` gives the word so many places on.
pub(crate) fn opens_request<'t>(text: impl Fn(usize) -> &'t str) -> bool {
    OPENERS.iter().any(|(first, second)| {
        if !first.contains(&text(0)) || !(second.is_empty() || second.contains(&text(1))) {
            return false;
        }
        let speaks = matches!(text(0), "i" | "we");
        !speaks || (1..4).any(|step| WANTING.contains(&text(step)))
    })
}

/// The clauses of a message that ask, where others only tell; `None` where all ask or none does.
pub(crate) fn request(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let tokens = normalise(message, vocabulary);
    let characters: Vec<char> = message.chars().collect();
    let clauses = clauses(&tokens, &characters);
    let asking: Vec<&Clause> = clauses.iter().filter(|clause| clause.asks).collect();
    if asking.is_empty() || asking.len() == clauses.len() {
        return None;
    }
    let text =
        |clause: &&Clause| characters.get(clause.from..clause.to).map(|c| c.iter().collect::<String>());
    let texts: Vec<String> = asking.iter().filter_map(text).collect();
    Some(texts.join(" "))
}

/// A stretch of the message, in Unicode scalars.
struct Clause {
    from: usize,
    to: usize,
    asks: bool,
}

fn clauses(tokens: &[Token], characters: &[char]) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut starts = true;
    for (at, token) in tokens.iter().enumerate() {
        let text = |step: usize| tokens.get(at + step).map_or("", |token| token.text.as_str());
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        // A request may follow a comma or a joining word; else it is a part of what is said: "I know what I want".
        let free = before.is_none_or(|before| before.text == "," || LEADING.contains(&before.text.as_str()));
        let opens = (starts || free) && opens_request(text);
        if starts || opens {
            if let Some(last) = clauses.last_mut() {
                last.to = last.to.min(token.start);
            }
            clauses.push(Clause { from: token.start, to: characters.len(), asks: opens });
        }
        // "and do you have", "so which": the joining word belongs to the request.
        starts = starts && LEADING.contains(&text(0)) && !opens;
        let next = tokens.get(at + 1).map_or(characters.len(), |next| next.start);
        let between = characters.get(token.end..next).unwrap_or_default();
        if between.contains(&'?')
            && let Some(last) = clauses.last_mut()
        {
            last.asks = true;
        }
        if between.iter().any(|mark| matches!(mark, '.' | '!' | '?' | ';' | '\n' | '…')) {
            starts = true;
        }
        // "we go camping: marshmallows, buns": what is listed is what is asked for.
        if between.contains(&':') && next < characters.len() {
            if let Some(last) = clauses.last_mut() {
                last.to = last.to.min(next);
            }
            clauses.push(Clause { from: next, to: characters.len(), asks: true });
        }
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::vocabulary::tests::small_shop;

    fn check(message: &str, expected: Option<&str>) {
        let found = request(message, &small_shop());
        assert_eq!(found.as_deref().map(str::trim), expected, "{message}");
    }

    #[test]
    fn what_is_told_before_a_request_is_left_out() {
        check("my sister comes on friday, so do you have lentils?", Some("do you have lentils?"));
        check(
            "it is my son's birthday next week; which nuggets do you have?",
            Some("which nuggets do you have?"),
        );
        check("we host thanksgiving and i still need stuffing", Some("i still need stuffing"));
        check("it has been a long day. need milk", Some("need milk"));
    }

    #[test]
    fn a_list_behind_a_colon_is_the_request() {
        check("we go camping this weekend: bread, milk", Some("bread, milk"));
    }

    #[test]
    fn a_message_that_only_asks_or_only_tells_stays_whole() {
        check("do you have milk and bread?", None);
        check("milk, eggs and bread", None);
        check("I know what I like", None);
        check("may I eat that?", None);
    }
}
