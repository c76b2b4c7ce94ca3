//! First messages that speak of something said before: "and the lowest?", "how often is it reordered".
//!
//! Only where there is no earlier turn. A pronoun with something before it in the same message that it can stand for is
//! no such thing.

use std::sync::LazyLock;

use domain::answer::{Clarify, ClarifyOption};

use super::{Question, examples};
use crate::{
    builtin::{
        link::Link,
        patterns::{Patterns, Word, Words},
    },
    draft::Draft,
};

/// A message that opens like an addition and has more words than this says enough by itself.
const LONGEST_ADDITION: usize = 8;
/// "only organic" of staff is no question of its own.
const SHORTEST_QUESTION: usize = 3;

/// Asks what is meant.
pub(super) fn missing_referent(question: &Question<'_>, words: &Words) -> Option<Draft> {
    // Whoever has something in the basket points at it.
    let basket = !question.asked.basket.is_empty() && !question.role().is_staff();
    if !question.asked.history.is_empty() || words.0.is_empty() || basket {
        return None;
    }
    static RULES: LazyLock<Patterns<Points>> = LazyLock::new(|| Patterns::new(ADDITIONS));
    let phrase = |from: usize, to: usize| -> String {
        let words = words.0.get(from..to).unwrap_or_default();
        words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    if let Some((from, to)) = (0..words.0.len()).find_map(|at| dangling(question, words, at)) {
        let word = phrase(from, to);
        let person = matches!(word.as_str(), "he" | "she" | "him" | "his" | "her");
        let what = if person { "customer" } else { "product, aisle or department" };
        let text =
            format!("There is nothing before this that “{word}” could refer to. Which {what} do you mean?");
        let options = if person { Vec::new() } else { replacement(question, words, from, to) };
        return Some(draft(question, text, options));
    }
    if opens_an_addition(question, words) {
        let text = "That reads as an addition to an earlier question, and there is none. What would you like to know, and of what?";
        return Some(draft(question, text.into(), Vec::new()));
    }
    // "which department is that in": the noun before is what is asked for, not what is meant.
    let found = RULES.all(words).into_iter().find(|found| match found.means {
        Points::Anything => {
            !is_heading(question, words, found.last)
                && !has_thing_before(question, words, found.first, true)
                && !(found.first..found.last).any(|at| goes_on_about_orders(question, words, at))
        }
        Points::Named => !has_name_before(question, words, found.first),
        Points::Talk => true,
    })?;
    let said = phrase(found.first, found.last);
    Some(draft(
        question,
        format!(
            "There is no earlier answer that “{said}” could refer to. What would you like to know, and of what?"
        ),
        Vec::new(),
    ))
}

/// "side by side: …": what it speaks of follows.
fn is_heading(question: &Question<'_>, words: &Words, end: usize) -> bool {
    let last = end.checked_sub(1).and_then(|last| words.0.get(last));
    let token = last.and_then(|word| question.tokens.get(word.token));
    token.is_some_and(|token| question.asked.message.chars().nth(token.end) == Some(':'))
        && words.0.len() > end + 1
}

/// The question back, with what the role can always ask behind the options.
fn draft(asked: &Question<'_>, question: String, mut options: Vec<ClarifyOption>) -> Draft {
    let examples = examples(asked.role()).into_iter();
    options.extend(examples.map(|text| ClarifyOption { label: text.clone(), question: text }));
    Draft::clarify(Clarify { question, options })
}

/// "and …", "or …", "same …" at the start of a short message.
fn opens_an_addition(question: &Question<'_>, words: &Words) -> bool {
    let staff = question.role().is_staff();
    let opener = words.0.first().is_some_and(|word| {
        matches!(
            word.text.as_str(),
            "and"
                | "&"
                | "but"
                | "or"
                | "now"
                | "instead"
                | "same"
                | "vs"
                | "versus"
                | "then"
                | "again"
                | "plus"
                | "minus"
        )
    });
    let about = matches!(
        (words.0.first().map(|w| w.text.as_str()), words.0.get(1).map(|w| w.text.as_str())),
        (Some("what" | "how"), Some("about"))
    );
    let only = matches!(words.0.first().map(|word| word.text.as_str()), Some("only" | "just"));
    if staff && only && words.0.len() <= SHORTEST_QUESTION {
        return true;
    }
    // "what about frozen, how many items went out?" asks for itself.
    let whole = about
        && !question.entities.named.is_empty()
        && (question.measures.how_many || !question.measures.metrics.is_empty());
    if whole {
        return false;
    }
    // "same as always", "instead of milk" say what they mean.
    let second = words.0.get(1).map_or("", |word| word.text.as_str());
    let complete = matches!(second, "as" | "of" | "i") || (!staff && second == "again");
    // "how about some kale": a visitor's wish.
    let third = words.0.get(2).map_or("", |word| word.text.as_str());
    let wish = !staff && matches!(third, "some" | "any") && words.0.len() > SHORTEST_QUESTION;
    (opener && !complete || about && !wish) && words.0.len() <= LONGEST_ADDITION
}

/// What a phrase points back at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Points {
    Anything,
    Named,
    /// Whatever else is said.
    Talk,
}

/// Words that say which ones behind "those": it points at nothing before then.
const RESTRICTS: [&str; 9] = ["that", "who", "which", "with", "in", "of", "from", "having", "where"];

/// Phrases that only mean something behind an answer.
const ADDITIONS: &[(&str, Points)] = &[
    // "days since the one before", "the same day as the one before": the order before an order.
    ("the one before - since|after|same day|day|days|gap|gaps|week|weeks", Points::Talk),
    // What was said, shown or listed before.
    (
        "you mentioned|you just|we just|i just mentioned|just mentioned|we talked about|we spoke about|we discussed|mentioned above|mentioned before|mentioned earlier|from earlier|from just now|from a moment ago|=aisle from before|=aisles from before|=department from before|=product from before|=products from before|=segment from before|=one from before|=ones from before|=customer from before|=list from before|=table from before|=question from before|you showed|you listed|you gave me|you told me|you said|did you leave|you left out|did you exclude|did you include|you excluded|you included|did you use|you used|one of the =pair|one of the =bunch|one of the =lot",
        Points::Talk,
    ),
    (
        "^ leave ~ out of|^ keep ~ out of|^ take ~ out of|^ drop ~ from|extra column|another column|additional column|one more column|as a column|add a column|add a line|extra row",
        Points::Anything,
    ),
    (
        "what do you get|what would you get|what do we get|of the two which|of the two who|of the three which|^ of the two|^ of those|^ of these|^ of them|^ what is in there|^ in there $|^ something $|^ anything $|^ what else did i $|^ what else do i $|^ what about those|^ and those",
        Points::Talk,
    ),
    (
        "is that in $|is this in $|is it in $|are they in $|are those in $|is that from $|does that belong|does it belong|does this belong",
        Points::Named,
    ),
    (
        "the rest of the list|the rest of the table|the remaining ones|the remaining rows|what else is in there|than last time|since last time|another one $|one more please $|one more $|two more $|three more $|more like that|more like this|more like it|more of those|more of the same|was that in my|were those in my|was it in my|how often was that|have this in|have that in|have it in|got this in|got that in|about the previous one|the same by|the same for|the same per|the same in|the same with|the same $|^ same again|^ same but|^ same $|^ likewise for|^ ditto|and vice versa $|the reverse $|what they make up|do they make up|does it make up|how do these two|how do the two|how do those two|how do they compare|between the two $|between them $|between those two|of these two|of those two|these two $|those two $|that again|this again|it again|do that|do it again|repeat that|repeat it|same question|same thing|the same for|the same but|same but|same again|the other one|the other way|other way round|other way around|the opposite|sort it|sort that|sort them|reverse the order|the last answer|your last answer|your answer|last question|previous question|previous answer|go back|exclude those|exclude them|exclude that|remove those|remove them|without those|without them|i meant|i mean the|no i|not that|not those|wrong one|more of them|show more|next page|the =others|the rest of them|these number|those number|that number|this number|that figure|this figure|that result|this result|these result|those result|that list|this list|that table|this table|that chart|that much|why is that|how come|explain that|explain it|are you sure|is that right|is that correct|really sure|what does that mean|what does this mean|that a lot|that many|that good|that high|that low|that normal|the first two|the last two|one of those|one of them|some of those|some of them|which of those|which of them|which of these|of these|of those|of them|the former|the latter|the above|as before|like before|as above|mentioned|talked about|spoke about|we discussed|last row|first row|second row|top row|bottom row|last table|last chart|previous table|previous chart|last list|last ranking|of the list|of the table|order of the list|these out|those out|them out|this out|that out|side by side|next to each other|put both|both of them $|is this much|is that much|this figure|that figure|this for the|that for the|it for the|swap this|swap that|swap it|replace this|replace that|replace it|exchange this|exchange that|the other one is|i was asking about|again this time",
        Points::Anything,
    ),
    (
        "^ as a table|^ as a chart|^ as a graph|^ as a bar chart|^ as a line chart|^ in a chart|^ line chart $|^ bar chart $|^ why $|^ why not $|^ why so ~ $|^ how so $|^ how come|^ and $|^ more $|^ again $|^ next $|^ continue $|^ go on $|^ who else $|^ what else $|^ where $|^ when $|^ how long ago $|^ how long $|^ which $|^ how $|^ since when $|^ really $|^ the lowest $|^ the highest $|^ yes $|^ no $|^ ok $|^ sure $|^ the first one|^ the second one|^ the third one|^ the last one|^ our largest is|^ and our|^ the previous one|^ the one before|^ break it down|^ break that down|^ break this down|^ split it|^ split that|^ plot it|^ plot that|^ chart it|^ chart that|^ show it|^ sort it|^ sort by|^ leave ~ out $|^ leaving out ~ $|^ drop the last|^ drop the first|^ drop it|^ drop that|^ remove it|^ both $|^ all of them|^ neither $",
        Points::Anything,
    ),
    (
        "the other =department|the other =aisle|the other =product|the other =brand|the other =segment|the other =group|the other =kind|the other =type|another =department|another =aisle|the same =department|the same =aisle|the same =product|the same =brand|other =brand|the second =product|the first =product|the second =one|the first =one|the third =one|the last =one|the best =one|the top =one|the biggest =one|the second most popular =one|most popular =one|the cheapest =one",
        Points::Anything,
    ),
];

/// Nouns that a pronoun can stand for.
const THINGS: &[&str] = &[
    "product",
    "aisle",
    "department",
    "segment",
    "basket",
    "cart",
    "item",
    "brand",
    "category",
    "section",
    "pair",
    "rule",
    "group",
    "cluster",
    "metric",
    "table",
    "chart",
    "figure",
    "model",
    "data",
    "hour",
    "rate",
    "pack",
    "something",
    "anything",
    "stuff",
    "food",
    "size",
    "gap",
    "position",
    "article",
    "goods",
    "value",
    "recency",
    "shelf",
    "usual",
    "regular",
    "staple",
    "favourite",
    "favorite",
];
const PERSONS: &[&str] = &[
    "customer",
    "client",
    "shopper",
    "buyer",
    "user",
    "household",
    "person",
    "who",
    "somebody",
    "someone",
    "everybody",
    "friend",
    "other",
    "people",
    "everyone",
    "folk",
];

/// The stretch of a pronoun at `at` that nothing before it explains.
fn dangling(question: &Question<'_>, words: &Words, at: usize) -> Option<(usize, usize)> {
    let word = words.0.get(at).filter(|word| !word.named)?;
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    // "this one: banana": said right behind.
    let said_behind =
        words.0.get(at + 1..(at + 4).min(words.0.len())).unwrap_or_default().iter().any(|word| word.named)
            && text(at + 1) == "one";
    if said_behind {
        return None;
    }
    let before = if at == 0 { "" } else { text(at - 1) };
    let next = text(at + 1);
    let persons = matches!(word.text.as_str(), "he" | "she" | "him" | "her" | "his" | "they" | "their");
    let stretch = match word.text.as_str() {
        "it" | "its" => {
            let asked_when = before == "is" && at > 1 && text(at - 2) == "when"
                && !matches!(next, "bought" | "sold" | "ordered" | "reordered" | "purchased")
                // "how long has it been since", "its weekly shop time"
                || (matches!(before, "has" | "had" | "have") && next == "been")
                || (at == 0 && matches!(next, "weekly" | "time" | "my" | "our" | "for"))
                // "what I buy by how many times I bought it"
                || words.0.iter().take(at).any(|word| word.text == "what") && matches!(before, "bought" | "buy" | "order" | "ordered") && words.0.iter().take(at).any(|word| word.text == "i");
            let written_its = word.text == "its"
                && matches!(
                    next,
                    "so" | "too"
                        | "very"
                        | "been"
                        | "a"
                        | "an"
                        | "the"
                        | "not"
                        | "about"
                        | "that"
                        | "all"
                        | "just"
                        | "only"
                        | "really"
                        | "quite"
                        | "hot"
                        | "cold"
                        | "getting"
                        | "ok"
                        | "okay"
                        | "fine"
                        | "more"
                );
            let about = next == "is"
                && matches!(
                    text(at + 2),
                    "about"
                        | "for"
                        | "so"
                        | "too"
                        | "very"
                        | "hot"
                        | "cold"
                        | "often"
                        | "been"
                        | "said"
                        | "known"
                        | "getting"
                );
            // "it is customer 7 I am asking about: …"
            let introduces = next == "is"
                && at <= 1
                && (is_customer_number_near(words, at + 2)
                    || words
                        .0
                        .get(at + 2..(at + 5).min(words.0.len()))
                        .unwrap_or_default()
                        .iter()
                        .any(|word| word.named));
            let expletive = introduces
                || asked_when
                || written_its
                || about
                || before == "made"
                || matches!(
                    next,
                    "can"
                        | "could"
                        | "must"
                        | "might"
                        | "true"
                        | "take"
                        | "takes"
                        | "possible"
                        | "seems"
                        | "looks"
                        | "be"
                        | "like"
                        | "safe"
                        | "ok"
                )
                || matches!(before, "is" | "does" | "would" | "will" | "was")
                    && matches!(next, "true" | "take" | "be" | "possible" | "that");
            (!expletive).then_some(1)
        }
        "he" | "she" | "him" | "his" => Some(1),
        "her" => Some(1),
        "them" | "theirs" => Some(1),
        // "they had no grapes", "they were out of milk": whoever runs the shop.
        "they"
            if matches!(next, "had" | "were" | "did" | "ran" | "are" | "do" | "only")
                && matches!(text(at + 2), "no" | "out" | "not" | "none" | "had" | "have") =>
        {
            None
        }
        "they" => (!matches!(next, "sell" | "have" | "carry" | "make")).then_some(1),
        "their" => Some(1),
        // "one of those rotisserie chickens", "those round corn crackers": what a shopper describes.
        "these" | "those" if !question.role().is_staff() && describes_goods(question, words, at) => None,
        "these" | "those" => {
            let restricted = RESTRICTS.contains(&next) || matches!(next, "sold" | "bought");
            // "those orders with more than 20 items": said right behind.
            let told = THINGS.contains(&stem(words, at + 1))
                || matches!(stem(words, at + 1), "order" | "customer" | "purchase");
            let restricted =
                restricted || told && (RESTRICTS.contains(&text(at + 2)) || text(at + 2) == "whose");
            (!restricted).then(|| usize::from(THINGS.contains(&stem(words, at + 1))) + 1)
        }
        "this" | "that" if ends_open(question, words, at) => Some(1),
        "this" | "that" => {
            let thing = [
                "one",
                "product",
                "item",
                "aisle",
                "department",
                "segment",
                "brand",
                "group",
                "thing",
                "category",
            ];
            (thing.contains(&next) && (word.text == "this" || before != "product" && before != "aisle"))
                .then_some(2)
        }
        // "which one is stickier, A or B": the choice follows.
        "one" if before == "which" && words.0.iter().skip(at + 1).any(|word| word.named) => None,
        "one" => matches!(before, "which" | "other" | "another" | "same" | "second" | "third" | "next")
            .then_some(1),
        _ => None,
    }?;
    // "no fewer than twenty orders: count those customers", "orders by how organic they are"
    let counted = words.0.get(..at)?;
    let orders = counted.iter().any(|word| word.stem == "order");
    let several = matches!(word.text.as_str(), "those" | "these" | "they" | "them");
    let of_number =
        counted.iter().any(|word| word.number.is_some()) && PERSONS.contains(&stem(words, at + 1));
    // "day 3 orders: what share of them"
    let of_them = word.text == "them" && at > 0 && words.0.get(at - 1).is_some_and(|word| word.text == "of");
    if several && orders && (of_number || word.text == "they" || of_them) {
        return None;
    }
    if said_later(question, words, at) {
        return None;
    }
    // "for each part of the day, what share of its orders": what each stands for.
    let each = counted.iter().any(|word| matches!(word.text.as_str(), "each" | "every"));
    if each && matches!(word.text.as_str(), "its" | "it" | "their" | "them" | "they") {
        return None;
    }
    let explained = if matches!(word.text.as_str(), "this" | "that") {
        // "pantry instead of that" is about something else; "top 5 products in that aisle": another noun is no aisle.
        let noun = stem(words, at + 1);
        let contrasted = at >= 2 && words.0.get(at - 2).is_some_and(|word| word.text == "instead");
        !contrasted && has_name_before(question, words, at)
            || words.0.get(..at)?.iter().any(|word| word.stem == noun)
            || noun == "one" && counted.iter().any(is_customer_number)
    } else {
        let clause = antecedents_end(question, words, at);
        has_name_before(question, words, clause)
            || stands_for_before(words, at, persons)
            || goes_on_about_orders(question, words, at)
    };
    (!explained).then_some((at, at + stretch))
}

/// Whether a noun that goods are called by follows soon, and no word for any product.
fn describes_goods(question: &Question<'_>, words: &Words, at: usize) -> bool {
    let behind = || words.0.iter().skip(at + 1).take(4);
    let any = |word: &Word| THINGS.contains(&word.stem.as_str());
    behind().next().is_some_and(|word| !any(word) && word.number.is_none())
        && behind()
            .take_while(|word| !any(word))
            .any(|word| question.vocabulary.products_with(&word.text) > 0)
}

/// "its churn risk - segment Champions", "which of them do I buy most, I mean departments": what is meant is said behind a
/// break.
fn said_later(question: &Question<'_>, words: &Words, at: usize) -> bool {
    let Some(token) = words.0.get(at).and_then(|word| question.tokens.get(word.token)) else { return false };
    let message: Vec<char> = question.asked.message.chars().collect();
    let rest = message.get(token.end..).unwrap_or_default();
    let Some(broken) = rest
        .windows(2)
        .position(|pair| matches!(pair, [':' | '–' | '—', _] | ['-', ' ']) || matches!(pair, [',', ' ']))
    else {
        return false;
    };
    let from = token.end + broken;
    let comma = rest.get(broken) == Some(&',');
    let behind: Vec<usize> = (0..question.tokens.len())
        .filter(|at| question.tokens.get(*at).is_some_and(|token| token.start > from && token.text != ","))
        .collect();
    let meant = behind.windows(2).any(|pair| {
        let text = |at: Option<&usize>| {
            at.and_then(|at| question.tokens.get(*at)).map_or("", |token| token.text.as_str())
        };
        text(pair.first()) == "i" && matches!(text(pair.get(1)), "mean" | "meant")
    });
    if meant {
        return true;
    }
    let named = |at: &usize| {
        question.spans.iter().any(|span| {
            (span.start..span.end).contains(at)
                && !span.is_filler()
                && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        })
    };
    !comma && behind.len() <= 8 && behind.iter().any(named)
}

/// "bought along with this", "do I buy that often": nothing behind the word says what it is.
fn ends_open(question: &Question<'_>, words: &Words, at: usize) -> bool {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let before = if at == 0 { "" } else { text(at - 1) };
    let polite = |word: &Word| matches!(word.text.as_str(), "please" | "thanks" | "then" | "now" | "though");
    let last = words.0.get(at + 1..).is_none_or(|rest| rest.iter().all(polite));
    let tied = matches!(before, "with" | "of" | "for" | "like" | "from" | "without" | "about");
    let bought = matches!(
        before,
        "buy" | "bought" | "order" | "ordered" | "reorder" | "reordered" | "purchase" | "have" | "had"
    );
    let often = last
        || matches!(
            text(at + 1),
            "often"
                | "before"
                | "regularly"
                | "a"
                | "again"
                | "at"
                | "in"
                | "every"
                | "each"
                | "together"
                | "yet"
        );
    let replaces = before == "of" && at >= 2 && matches!(text(at - 2), "instead" | "place") && last;
    let asks = words.0.len() > 2 && question.entities.named.is_empty();
    replaces || asks && (tied && last || bought && often)
}

fn stem(words: &Words, at: usize) -> &str {
    words.0.get(at).map_or("", |word| word.stem.as_str())
}

/// Where the words end that a pronoun at `at` can mean: "round those", "add their rates" open with a verb, and how much
/// something is of it ("how much bigger is it") names nothing.
fn antecedents_end(question: &Question<'_>, words: &Words, at: usize) -> usize {
    let Some(before) = at.checked_sub(1) else { return at };
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let token = |at: usize| words.0.get(at).and_then(|word| question.tokens.get(word.token));
    let joined = token(before).zip(token(at)).is_some_and(|(a, b)| {
        let between = question.asked.message.chars().skip(a.end).take(b.start.saturating_sub(a.end));
        between.into_iter().all(char::is_whitespace)
    });
    let opens = before == 0
        || matches!(text(before - 1), "to" | "you" | "please" | "and" | "u" | "me" | "lets" | "us" | "now");
    let degree = matches!(text(before), "is" | "are" | "was" | "were")
        && (0..before).any(|at| text(at) == "how")
        && words.0.get(..before).unwrap_or_default().iter().all(|word| word.number.is_none());
    match () {
        () if degree => (0..before).find(|at| text(*at) == "how").unwrap_or(at),
        () if joined && opens && !is_whole_name(question, words, before) => before,
        () => at,
    }
}

/// Whether a word is the name of something, not only a part of one.
fn is_whole_name(question: &Question<'_>, words: &Words, at: usize) -> bool {
    let Some(word) = words.0.get(at) else { return false };
    // "redo" is no "red".
    if question.tokens.get(word.token).is_some_and(|token| token.corrected_from.is_some()) {
        return false;
    }
    let spans = question.spans.iter();
    let mut of = spans.filter(|span| (span.start..span.end).contains(&word.token) && !span.is_filler());
    of.any(|span| span.links.iter().any(|link| matches!(link, Link::Name(_))))
}

/// Whether a noun of the data stands before a pronoun at `at` that it can mean. "Who are they" asks for them, and
/// "anything like those" looks for something beside them.
fn stands_for_before(words: &Words, at: usize, persons: bool) -> bool {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let several = matches!(text(at), "those" | "these" | "they" | "them" | "their");
    let asked_for = at >= 2 && matches!(text(at - 1), "is" | "are" | "was" | "were" | "be");
    words.0.get(..at).unwrap_or_default().iter().enumerate().any(|(before, word)| {
        let open = matches!(word.stem.as_str(), "something" | "anything" | "stuff");
        THINGS.contains(&word.stem.as_str()) && !(several && open)
            || persons
                && PERSONS.contains(&word.stem.as_str())
                && !(asked_for && before + 2 == at && word.text == "who")
            || is_customer_number(word)
    })
}

/// Whether something stands before `at` that a pronoun can mean.
fn has_thing_before(question: &Question<'_>, words: &Words, at: usize, persons: bool) -> bool {
    let thing = |word: &Word| {
        THINGS.contains(&word.stem.as_str())
            || (persons && PERSONS.contains(&word.stem.as_str()))
            || is_customer_number(word)
    };
    has_name_before(question, words, at) || words.0.get(..at).unwrap_or_default().iter().any(thing)
}

/// "orders & their average size", "every day number with its orders", "orders per day, and how many of them …": a column of
/// what the list began with.
fn goes_on_about_orders(question: &Question<'_>, words: &Words, at: usize) -> bool {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let before = at.checked_sub(1).map_or("", text);
    let listed =
        matches!(text(at), "their" | "its") && matches!(before, "and" | "&" | "with" | "plus" | "," | "of");
    let counted = matches!(text(at), "them" | "these" | "those")
        && before == "of"
        && at.checked_sub(2).is_some_and(|at| {
            matches!(text(at), "many" | "number" | "number of" | "share" | "%" | "percent" | "percentage")
        });
    let rows = |word: &Word| matches!(word.stem.as_str(), "order" | "day" | "trip" | "purchase");
    question.role().is_staff()
        && (listed || counted)
        && words.0.get(..at).unwrap_or_default().iter().any(rows)
}

/// "customer 1516" from a place on.
fn is_customer_number_near(words: &Words, at: usize) -> bool {
    PERSONS.contains(&stem(words, at)) && words.0.get(at + 1).is_some_and(is_customer_number)
}

/// "1516": too large for a number of rows.
fn is_customer_number(word: &Word) -> bool {
    word.number.is_some_and(|number| number > 20.0) && word.text.chars().all(|c| c.is_ascii_digit())
}

/// Words that no link knows and that still name nothing.
const NAMELESS: &[&str] = &[
    "take",
    "takes",
    "took",
    "pick",
    "choose",
    "chose",
    "prefer",
    "put",
    "hold",
    "holds",
    "contain",
    "contains",
    "include",
    "includes",
    "along",
    "bought",
    "swap",
    "leave",
    "repeat",
    "number",
    "show",
    "compare",
    "similar",
    "count",
    "orders",
    "others",
    "other",
    "else",
    "replace",
    "swap",
    "change",
    "remove",
    "exchange",
    "often",
    "normally",
    "typically",
    "usually",
    "really",
    "does",
    "please",
    "mostly",
    "skip",
    "drop",
    "last",
    "recently",
    "previously",
    "lately",
    "ever",
    "before",
    "again",
    "first",
    "still",
    "even",
    "long",
    "close",
    "early",
    "late",
    "either",
    "neither",
    "both",
    "why",
    "exactly",
    "actually",
    "version",
    "versions",
    "variety",
    "varieties",
    "variant",
    "variants",
    "kind",
    "type",
    "sort",
    "style",
    "form",
    "alternative",
    "alternatives",
    "part",
    "portion",
    "people",
    "high",
    "low",
    "much",
    "many",
    "great",
    "big",
    "small",
    "together",
    "more",
    "less",
    "fewer",
    "well",
];

/// Whether a name, or an unknown word that may be one, stands before `at`.
fn has_name_before(question: &Question<'_>, words: &Words, at: usize) -> bool {
    let named = |word: &Word| {
        let span = question.spans.iter().find(|span| (span.start..span.end).contains(&word.token));
        !NAMELESS.contains(&word.text.as_str())
            && word.number.is_none()
            && span.is_some_and(|span| {
                let named = span.links.iter().any(|link| matches!(link, Link::Name(_)))
                    || (!span.links.is_empty()
                        && span.links.iter().all(|link| matches!(link, Link::Part(_))));
                (named && !span.is_filler()) || (span.links.is_empty() && word.text.len() > 2)
            })
    };
    words.0.get(..at).unwrap_or_default().iter().any(named)
}

/// The same question about a product that every shop has; it is dropped later if it is not answered.
fn replacement(question: &Question<'_>, words: &Words, from: usize, to: usize) -> Vec<ClarifyOption> {
    let token = |at: usize| question.tokens.get(words.0.get(at)?.token);
    let (Some(first), Some(last)) = (token(from), token(to.saturating_sub(1))) else { return Vec::new() };
    let opener = words.0.first().map_or("", |word| word.text.as_str());
    let before = from.checked_sub(1).and_then(|at| words.0.get(at)).map_or("", |word| word.text.as_str());
    let asks = matches!(opener, "how" | "what" | "which" | "who" | "in" | "is" | "do" | "does" | "did");
    if !asks || before == "of" {
        return Vec::new();
    }
    let message: Vec<char> = question.asked.message.chars().collect();
    let (head, tail) = (message.iter().take(first.start), message.iter().skip(last.end));
    let text: String = head.copied().chain("Banana".chars()).chain(tail.copied()).collect();
    vec![ClarifyOption { label: text.clone(), question: text }]
}
