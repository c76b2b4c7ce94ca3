//! A wish that somebody passes on: "a customer on the phone asks for tempeh", "my mum told me to get bleach", "oat milk?
//! client on the line".
//!
//! message → stretches between marks → those that only say who wants something fall away; of one that goes on with what is
//! wanted, that is kept. Who wants it is nobody's data. Pure; knows words, no goods.

use super::{
    normalise::{Token, normalise},
    request::opens_request,
    vocabulary::Vocabulary,
};

/// Whom staff serve.
const SERVED: &[&str] = &[
    "customer",
    "client",
    "shopper",
    "caller",
    "buyer",
    "visitor",
    "person",
    "lady",
    "gentleman",
    "guy",
    "man",
    "woman",
    "girl",
    "boy",
    "kid",
    "dude",
    "fellow",
    "someone",
    "somebody",
];
/// Who is shopped for.
const RELATED: &[&str] = &[
    "mother",
    "mum",
    "mom",
    "mama",
    "father",
    "dad",
    "wife",
    "husband",
    "hubby",
    "partner",
    "girlfriend",
    "boyfriend",
    "son",
    "daughter",
    "child",
    "children",
    "kids",
    "toddler",
    "sister",
    "brother",
    "aunt",
    "uncle",
    "cousin",
    "nephew",
    "niece",
    "grandma",
    "grandmother",
    "granny",
    "nan",
    "grandpa",
    "grandfather",
    "grandson",
    "granddaughter",
    "friend",
    "neighbor",
    "neighbour",
    "roommate",
    "flatmate",
    "colleague",
    "coworker",
    "boss",
    "teacher",
    "guest",
    "guests",
    "family",
    "fiance",
    "fiancee",
    "nanny",
    "mother-in-law",
];
const DETERMINERS: &[&str] = &["a", "an", "the", "this", "that", "my", "our", "one", "some", "another"];
/// How somebody is addressed, before who wants something.
const OPENING: &[&str] =
    &["hi", "hello", "hey", "so", "and", "but", "ok", "okay", "well", "sorry", "quick", "question", "please"];
/// First words of what is said of somebody before the verb: "on the phone", "who waits here".
const BESIDE: &[&str] = &[
    "on", "at", "in", "from", "by", "here", "over", "just", "also", "always", "still", "really", "keeps",
    "who", "waiting", "standing", "with", "right", "now", "next", "today",
];
/// Words that only say where somebody is and that they want to know.
const BYSTANDING: &[&str] = &[
    "a",
    "an",
    "the",
    "on",
    "at",
    "in",
    "by",
    "for",
    "of",
    "from",
    "to",
    "my",
    "our",
    "me",
    "us",
    "line",
    "phone",
    "telephone",
    "till",
    "counter",
    "checkout",
    "desk",
    "store",
    "shop",
    "front",
    "here",
    "there",
    "is",
    "are",
    "was",
    "has",
    "have",
    "been",
    "asks",
    "asked",
    "asking",
    "wants",
    "wanted",
    "want",
    "know",
    "waits",
    "waiting",
    "who",
    "now",
    "right",
    "just",
    "it",
    "that",
    "this",
    "one",
    "another",
    "request",
    "requests",
    "inquiry",
    "enquiry",
    "question",
    "asap",
    "urgent",
    "urgently",
    "impatient",
    "quick",
    "please",
];
/// Verbs of wishing; what is wanted stands behind.
const WISHING: &[&[&str]] = &[
    &["wants"],
    &["wanted"],
    &["want"],
    &["needs"],
    &["needed"],
    &["need"],
    &["requests"],
    &["requested"],
    &["craves"],
    &["fancies"],
    &["would", "like"],
    &["would", "love"],
    &["is", "looking", "for"],
    &["are", "looking", "for"],
    &["was", "looking", "for"],
    &["looking", "for"],
    &["looks", "for"],
    &["is", "searching", "for"],
    &["is", "searching"],
    &["searches", "for"],
    &["is", "hunting", "for"],
    &["is", "after"],
    &["is", "craving"],
    &["is", "asking", "for"],
    &["is", "asking", "about"],
    &["asking", "for"],
    &["keeps", "asking", "for"],
    &["asks", "for"],
    &["asks", "about"],
    &["asks", "me", "for"],
    &["asked", "for"],
    &["asked", "about"],
    &["asked", "me", "for"],
    &["asked", "us", "for"],
    &["has", "asked", "for"],
    &["has", "requested"],
    &["is", "in", "need", "of"],
    &["begs", "for"],
    &["sent", "me", "for"],
    &["sent", "me", "to", "get"],
    &["sent", "me", "to", "buy"],
    &["insists", "on"],
    &["is", "out", "of"],
    &["is", "running", "out", "of"],
    &["ran", "out", "of"],
];
/// Behind a verb of wishing, words before what is wanted.
const TO_HAVE: &[&str] = &[
    "me", "us", "to", "get", "buy", "have", "eat", "order", "try", "drink", "bring", "pick", "up", "purchase",
];
/// Verbs of asking; the question stands behind.
const ASKING: &[&[&str]] = &[
    &["wants", "to", "know"],
    &["wanted", "to", "know"],
    &["would", "like", "to", "know"],
    &["wants", "to", "find", "out"],
    &["asks", "me"],
    &["asked", "me"],
    &["asks", "us"],
    &["asks"],
    &["asked"],
    &["is", "asking"],
    &["asking"],
    &["wonders"],
    &["is", "wondering"],
    &["was", "wondering"],
    &["inquires"],
    &["enquires"],
];
/// Verbs by which somebody is told what to get; so are these words.
const TELLING: &[&[&str]] = &[
    &["told", "me"],
    &["told", "us"],
    &["tells", "me"],
    &["reminded", "me"],
    &["reminds", "me"],
    &["texted", "me"],
    &["asked", "me"],
    &["asks", "me"],
    &["wants", "me"],
    &["said"],
    &["says"],
];
const TO_GET: &[&[&str]] = &[
    &["to", "get"],
    &["to", "buy"],
    &["to", "bring"],
    &["to", "pick", "up"],
    &["to", "fetch"],
    &["to", "grab"],
    &["to", "find"],
    &["to", "look", "for"],
    &["to", "order"],
    &["we", "need"],
    &["we", "are", "out", "of"],
    &["i", "need"],
    &["i", "need", "to", "get"],
    &["i", "should", "get"],
    &["i", "should", "buy"],
];
/// So many words may stand between who wants something and the verb.
const MOST_BESIDE: usize = 7;

/// The message without who wants it and how they said so; `None` where nobody passes on a wish.
pub(crate) fn relayed(message: &str, vocabulary: &Vocabulary, staff: bool) -> Option<String> {
    let tokens = normalise(message, vocabulary);
    let characters: Vec<char> = message.chars().collect();
    let who = Who { tokens: &tokens, staff };
    let mut kept: Vec<String> = Vec::new();
    let mut passed_on = false;
    for (from, to) in stretches(&tokens, &characters) {
        if who.only_waits(from, to) {
            passed_on = true;
            continue;
        }
        let (start, before) = match who.wanted_from(from, to) {
            Some((start, before)) => {
                passed_on = true;
                (start, before)
            }
            None => (from, ""),
        };
        let begins = tokens.get(start).map_or(0, |token| token.start);
        let ends = tokens.get(to).map_or(characters.len(), |token| token.start);
        let text: String = characters.get(begins..ends).unwrap_or_default().iter().collect();
        kept.push(format!("{before}{}", text.trim()));
    }
    let text = kept.join(" ");
    let text = text.trim_matches([' ', ',', '-', ';', ':', '–', '—']);
    (passed_on && !text.is_empty()).then(|| text.to_owned())
}

/// The stretches of tokens between marks; a mark belongs to the stretch before it.
fn stretches(tokens: &[Token], characters: &[char]) -> Vec<(usize, usize)> {
    let mut stretches = Vec::new();
    let mut from = 0;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1).map_or(characters.len(), |next| next.start);
        let between = characters.get(token.end..next).unwrap_or_default();
        let dashed = between.windows(2).any(|pair| matches!(pair, [' ', '-'] | ['-', ' ']));
        let marked =
            between.iter().any(|mark| matches!(mark, '.' | '!' | '?' | ';' | ':' | '\n' | '…' | '–' | '—'));
        if marked || dashed || token.text == "," {
            stretches.push((from, at + 1));
            from = at + 1;
        }
    }
    if from < tokens.len() {
        stretches.push((from, tokens.len()));
    }
    stretches
}

struct Who<'t> {
    tokens: &'t [Token],
    staff: bool,
}

impl Who<'_> {
    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn is_person(&self, at: usize) -> bool {
        let text = self.text(at);
        SERVED.contains(&text) || RELATED.contains(&text)
    }

    /// "client on the line", "a customer asks", "asked by a client": nothing but who wants to know.
    fn only_waits(&self, from: usize, to: usize) -> bool {
        let words = (from..to).filter(|at| self.text(*at) != ",");
        let known = |at: usize| {
            BYSTANDING.contains(&self.text(at))
                || SERVED.contains(&self.text(at))
                || self.tokens.get(at).is_some_and(|token| token.number.is_some())
        };
        let serves = (from..to).any(|at| SERVED.contains(&self.text(at)));
        serves && to - from > 1 && words.clone().count() > 1 && words.into_iter().all(known)
    }

    /// Where what is wanted begins, and a word that makes it a question again.
    fn wanted_from(&self, from: usize, to: usize) -> Option<(usize, &'static str)> {
        let person = self.person(from, to)?;
        let limit = to.min(person + 2 + MOST_BESIDE);
        let beside = BESIDE.contains(&self.text(person + 1));
        for at in person + 1..limit {
            if at > person + 1 && !beside {
                return None;
            }
            if let Some(found) = self.behind_verb(at, to) {
                return Some(found);
            }
        }
        None
    }

    /// The person that a stretch begins with.
    fn person(&self, from: usize, to: usize) -> Option<usize> {
        let opened = (from..to).find(|at| !OPENING.contains(&self.text(*at)) && self.text(*at) != ",")?;
        if !self.staff && matches!(self.text(opened), "he" | "she" | "they") {
            return Some(opened);
        }
        if DETERMINERS.contains(&self.text(opened)) {
            return (opened + 1..to.min(opened + 5)).find(|at| self.is_person(*at));
        }
        self.is_person(opened).then_some(opened)
    }

    fn behind_verb(&self, at: usize, to: usize) -> Option<(usize, &'static str)> {
        let here = |at: usize, words: &[&str]| {
            words.iter().enumerate().all(|(step, word)| at + step < to && self.text(at + step) == *word)
        };
        let longest = |at: usize, phrases: &[&[&str]]| {
            phrases.iter().filter(|words| here(at, words)).map(|words| at + words.len()).max()
        };
        if let Some(next) = longest(at, TELLING)
            && let Some(next) = longest(next, TO_GET)
        {
            return self.some(next, to, "");
        }
        let wish = longest(at, WISHING);
        let ask = longest(at, ASKING);
        if let Some(next) = ask.filter(|next| wish.is_none_or(|wish| wish < *next)) {
            return match self.text(next) {
                "if" | "whether" => {
                    let stated = matches!(self.text(next + 1), "we" | "you" | "they" | "i");
                    self.some(next + 1, to, if stated { "do " } else { "" })
                }
                _ => self.some(next, to, self.asked_for(next)),
            };
        }
        let mut next = wish?;
        while TO_HAVE.contains(&self.text(next)) {
            next += 1;
        }
        self.some(next, to, self.asked_for(next))
    }

    /// Staff who name a thing look for it.
    fn asked_for(&self, next: usize) -> &'static str {
        let asks = opens_request(|step| self.text(next + step))
            || matches!(self.text(next), "how" | "when" | "who" | "does" | "did");
        if self.staff && !asks { "find " } else { "" }
    }

    fn some(&self, next: usize, to: usize, before: &'static str) -> Option<(usize, &'static str)> {
        (next < to && self.text(next) != ",").then_some((next, before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::vocabulary::tests::small_shop;

    fn check(message: &str, staff: bool, expected: Option<&str>) {
        assert_eq!(relayed(message, &small_shop(), staff).as_deref(), expected, "{message}");
    }

    #[test]
    fn what_a_customer_wants_is_looked_for() {
        check("A customer on the phone asks for milk.", true, Some("find milk."));
        check(
            "someone needs bread without nuts, what do we have",
            true,
            Some("find bread without nuts, what do we have"),
        );
        check("an older lady at the counter wants to know if we have milk", true, Some("do we have milk"));
        check("Client asks which breads we carry", true, Some("which breads we carry"));
    }

    #[test]
    fn who_waits_is_left_out() {
        check(
            "milk without sugar - what have we got? client on the line",
            true,
            Some("milk without sugar - what have we got?"),
        );
        check("Which bread do we sell? A customer wants to know.", true, Some("Which bread do we sell?"));
    }

    #[test]
    fn what_the_family_wants_is_wanted() {
        check("My grandmother wants bread like at home", false, Some("bread like at home"));
        check("my mum told me to get milk and bread", false, Some("milk and bread"));
    }

    #[test]
    fn customers_who_are_counted_pass_nothing_on() {
        check("which customers want milk", true, None);
        check("how many customers need bread", true, None);
        check("the customer with most orders", true, None);
        check("milk and bread", false, None);
    }
}
