//! Sentences that stop before their end: "number of orders with", "top aisles by", "which product is the".

use std::sync::LazyLock;

use domain::answer::{Clarify, ClarifyOption};

use super::{Question, examples, shopping};
use crate::{
    builtin::patterns::{Patterns, Word, Words},
    draft::Draft,
};

/// Asks how the sentence goes on.
pub(super) fn incomplete(question: &Question<'_>, words: &Words) -> Option<Draft> {
    if !question.asked.history.is_empty() {
        return None;
    }
    static RULES: LazyLock<Patterns<()>> = LazyLock::new(|| Patterns::new(CUT_OFF));
    let last = words.0.last().filter(|word| !word.named)?;
    // "banana goes with?"
    let previous = words.0.iter().rev().nth(1).map_or("", |word| word.text.as_str());
    let asks_companion = last.text == "with"
        && matches!(previous, "goes" | "go" | "pairs" | "pair" | "well" | "best" | "bought" | "nicely")
        && !shopping::product_ids(question).is_empty();
    if asks_companion {
        return None;
    }
    let cut = stops_early(words)
        || RULES.find(words).is_some()
        || question.role().is_staff() && lacks_its_object(words);
    if !cut {
        return None;
    }
    let options = examples(question.role())
        .into_iter()
        .map(|text| ClarifyOption { label: text.clone(), question: text });
    let text = match last.text.as_str() {
        "by" | "per" => {
            "The question stops after “{}”. By what: by orders, items or reorder rate, or for each department or hour?"
        }
        "with" | "without" | "containing" | "excluding" | "except" | "including" => {
            "The question stops after “{}”. Which product, aisle or department belongs there?"
        }
        _ => "The question stops after “{}”. How does it go on?",
    };
    Some(Draft::clarify(Clarify { question: text.replace("{}", &last.text), options: options.collect() }))
}

/// Whether the last word needs another behind it.
fn stops_early(words: &Words) -> bool {
    let Some((last, before)) = words.0.split_last() else { return false };
    if last.named || before.is_empty() {
        return false;
    }
    let text = |word: Option<&Word>| word.map_or("", |word| word.text.as_str()).to_owned();
    let previous = text(before.last());
    let asking = ["which", "what", "who", "where", "how", "is", "are"];
    let asks = before.iter().any(|word| asking.contains(&word.text.as_str()));
    let noun = matches!(
        before.last().map_or("", |word| word.stem.as_str()),
        "customer"
            | "product"
            | "order"
            | "item"
            | "aisle"
            | "department"
            | "user"
            | "shopper"
            | "person"
            | "buyer"
            | "basket"
            | "hour"
            | "client"
            | "rate"
            | "share"
            | "number"
            | "size"
            | "seller"
            | "popular"
            | "top"
            | "household"
    );
    match last.text.as_str() {
        // "5 items at most" has its number before.
        // "7 days back at most", "on average and at most?"
        "least" | "most" => {
            previous == "at"
                && before.iter().rev().take(6).all(|word| word.number.is_none())
                && !before.iter().any(|word| matches!(word.text.as_str(), "average" | "mean"))
        }
        "more" | "fewer" | "less" => {
            // "customers with 10 orders or more and those with fewer": fewer than that.
            let bounded = before.iter().any(|word| word.number.is_some())
                && matches!(previous.as_str(), "with" | "having" | "have");
            !asks && !bounded && !matches!(previous.as_str(), "or" | "and" | "any" | "show" | "me")
        }
        "like" | "with" if is_relative(before) => false,
        "like" => !asks && !matches!(previous.as_str(), "might" | "may" | "would" | "could" | "will"),
        // "orders with organic items vs orders without"
        "without" => !before.iter().any(|word| {
            matches!(
                word.text.as_str(),
                "with"
                    | "containing"
                    | "holding"
                    | "contain"
                    | "contains"
                    | "including"
                    | "hold"
                    | "holds"
                    | "have"
                    | "include"
            )
        }),
        // "average days in between"
        "between" if matches!(previous.as_str(), "in" | "day" | "days" | "gap" | "time" | "wait") => false,
        "the" | "a" | "an" | "and" | "&" | "or" | "vs" | "versus" | "than" | "between" | "excluding"
        | "except" | "including" | "containing" | "per" | "every" | "whose" | "my" | "your" | "our"
        | "their" | "if" | "because" | "against" | "among" | "amongst" | "versu" => true,
        "by" => !matches!(
            previous.as_str(),
            "go" | "goes" | "pass" | "passes" | "passed" | "come" | "went" | "stop" | "near"
        ),
        // "what personal care is made up of"
        "of" if previous == "up" && before.iter().rev().nth(1).is_some_and(|word| word.text == "made") => {
            false
        }
        "of" => {
            !matches!(previous.as_str(), "made" | "out" | "think" | "consist" | "kind" | "composed" | "short")
                && !is_relative(before)
                && !is_fronted(before)
        }
        "for" | "from" | "to" | "on" | "at" | "in" => !asks && noun && !is_relative(before),
        // "which products are bought together with": with what, is missing.
        "with"
            if previous == "together"
                && before.iter().any(|word| matches!(word.stem.as_str(), "product" | "item" | "thing")) =>
        {
            true
        }
        // "something to clean my windows with"
        "with" if before.iter().any(|word| word.text == "to") && before.len() > 3 => false,
        "with" => {
            !asks
                || !before.iter().any(|word| {
                    word.named || word.text == "it" || word.text == "them" || word.number.is_some()
                }) && before.len() <= 3
        }
        "who" | "which" | "where" | "when" | "that" => noun,
        "is" | "are" | "was" | "were" | "have" | "has" => {
            // "explain what recency is"
            let told = before.first().is_some_and(|word| {
                matches!(word.text.as_str(), "explain" | "define" | "describe" | "tell" | "say" | "clarify")
            });
            before.len() <= 3
                && !told
                && !matches!(previous.as_str(), "it" | "that" | "he" | "she" | "they" | "i" | "you")
        }
        _ => false,
    }
}

/// "The aisles I buy the most items from": what the last word belongs to stands in front, with who does it behind.
fn is_relative(before: &[Word]) -> bool {
    const ACTING: &[&str] = &[
        "i",
        "we",
        "they",
        "you",
        "people",
        "customers",
        "shoppers",
        "users",
        "everybody",
        "everyone",
        "kids",
        "children",
    ];
    let acts = |pair: &[Word]| {
        matches!(pair, [noun, who] if ACTING.contains(&who.text.as_str())
            && !matches!(noun.text.as_str(), "many" | "of" | "by" | "do" | "did" | "have" | "can" | "and"))
    };
    before.windows(2).skip(1).any(acts)
}

/// "Which five products do you sell most of": what the last word belongs to is asked for in front.
fn is_fronted(before: &[Word]) -> bool {
    let text = |at: usize| before.get(at).map_or("", |word| word.text.as_str());
    let wh = (0..before.len().min(3)).any(|at| matches!(text(at), "which" | "what"));
    let does = before.windows(2).any(|pair| {
        matches!(pair, [does, who] if matches!(does.text.as_str(), "do" | "does" | "did" | "have" | "should" | "can")
            && matches!(who.text.as_str(), "i" | "we" | "they" | "you" | "people" | "customers" | "shoppers"))
    });
    wh && does
}

/// "Share of orders that contain", "aisles where the rate is above": a relative clause, or a bound, without its object.
fn lacks_its_object(words: &Words) -> bool {
    const HOLDING: &[&str] = &[
        "contain",
        "contains",
        "contained",
        "include",
        "includes",
        "included",
        "hold",
        "holds",
        "held",
        "bought",
        "buy",
        "buys",
        "purchased",
        "ordered",
        "has",
        "have",
        "had",
        "got",
    ];
    const BOUNDING: &[&str] = &["above", "below", "under", "exceeding", "exceeds", "beyond", "exceed"];
    let Some((last, before)) = words.0.split_last().filter(|(last, _)| !last.named) else { return false };
    let text = |back: usize| before.iter().rev().nth(back).map_or("", |word| word.text.as_str());
    let adverb = matches!(text(0), "also" | "ever" | "never" | "only" | "actually" | "really" | "just");
    let led = matches!(text(usize::from(adverb)), "that" | "who" | "which");
    // "which contain", "who bought": asked by their first word, the sentence has its object in front.
    let relative = led && before.len() > 1 + usize::from(adverb);
    // "customers who have ordered at night and those who never have": what they never did stands before.
    let said_before = text(0) == "never"
        && before.iter().any(|word| HOLDING.contains(&word.text.as_str()) || word.text == "did");
    if said_before {
        return false;
    }
    let bound = BOUNDING.contains(&last.text.as_str()) && !before.iter().any(|word| word.number.is_some());
    HOLDING.contains(&last.text.as_str()) && relative || bound && before.len() > 2
}

/// Sentences without what their verb asks for.
const CUT_OFF: &[(&str, ())] = &[
    (
        "^ how often did i buy $|^ how often do i buy $|^ how often have i bought $|^ how many times did i buy $|^ how many times have i bought $|^ how many times do i buy $|^ how often did i order $|^ when did i last buy $|^ when did i buy $|^ did i ever buy $|^ have i bought $|^ have i ever bought $|^ will i buy $|^ do i buy $|^ did i buy $|^ do you have $|^ do you have any $|^ have you got $|^ have you got any $|^ is there $|^ are there $|^ is there any $|^ are there any $|^ got any $|^ can i get $|^ the number of times i have bought $|^ number of times i bought $|^ the number of times i bought $|^ how many times i bought $|^ do you sell $|^ find $|^ search $|^ search for $|^ show $|^ show me $|^ list $|^ give me $|^ compare $|^ recommend me a $|^ i want $|^ i need $|^ i am looking $|^ i am looking for $|^ looking for $|^ tell me $|^ tell me about $",
        (),
    ),
    (
        "^ how ~ is the rate $|^ what is the rate $|^ what is the share $|^ what is the average $|^ what is the number $|^ show me the numbers $|^ give me the numbers $|^ show me the distribution $|^ give me the distribution $|^ show the distribution $|^ how much do i have $|^ how many do i have $|^ how much is $|^ how much $|^ how many $|^ how often $|^ how long $|^ number of $|^ count $|^ total $|^ share $|^ rate $|^ the rate $|^ percentage $|^ percent $|^ average $|^ mean $|^ median $|^ sum $|^ ranking $|^ top $|^ bottom $|^ best $|^ worst $|^ most $|^ least $|^ more than # $|^ at least # $|^ less than # $|^ fewer than # $|^ between # and # $|^ with at least # $|^ only $|^ excluding $|^ without $",
        (),
    ),
    (
        "^ how many customer bought $|^ how many customer buy $|^ how many customer have bought $|^ how many customer ordered $|^ how many people bought $|^ how many people buy $|^ how many shopper bought $|^ how many order contain $|^ how many order include $|^ how many order hold $|^ how many order have $|^ how many order contained $|^ number of order containing $|^ number of customer buying $|^ number of customer who bought $|^ customer who bought $|^ customer who buy $|^ share of order containing $|^ share of customer who bought $|^ what share of customer bought $|^ what share of order contain $|^ what is bought together with $|^ what is often bought with $|^ what is most often bought with $|^ what is sold together with $|^ product bought with $|^ product bought together with $|^ suitable to eat with $|^ suitable with $|^ something to go with $|^ something that goes with $|^ tell me the product with the $",
        (),
    ),
    (
        "^ my total $|^ my average $|^ my share $|^ my number $|^ how many times $|^ at least # purchase $|^ at least # order $|^ at least # item $|^ more than # order $|^ more than # item $|^ more than # purchase $|^ only # $|^ fewer than # order $|^ fewer than # item $",
        (),
    ),
    (
        "^ what goes with $|^ what goes well with $|^ what is bought with $|^ what do people buy with $|^ what is similar to $|^ similar to $|^ alternatives to $|^ goes with $|^ which products go with $|^ what pairs with $|^ details for $|^ details of $",
        (),
    ),
];
