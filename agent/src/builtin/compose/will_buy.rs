//! "Will I buy banana again?", "probability that user 5 reorders milk": how likely the next order holds something.

use tools::score_products::ScoreProductsArgs;

use super::{Candidate, Question, Who, shopping, which_customer};
use crate::builtin::{intent::Intent, lexicon::Cue, wishes::wishes};

/// Words that ask for a chance.
const CHANCE: &[&str] =
    &["likely", "likelihood", "probability", "probable", "chance", "chances", "odds", "predict"];

/// Whether it asks how likely the next order holds a product that is named.
pub(crate) fn asks_chance(question: &Question<'_>) -> bool {
    let says = |words: &[&str]| shopping::says(question, words);
    let row = |words: &[&str]| shopping::says_in_a_row(question, words);
    let next = says(&["next", "upcoming"]) && says(&["basket", "order", "cart", "shop", "time", "purchase"]);
    let opens = question.tokens.first().is_some_and(|token| token.text == "will");
    let future = opens && shopping::mine(question)
        || row(&["will", "i"]) && !says(&["find", "see", "locate"])
        || row(&["would", "i", "buy"])
        || row(&["would", "i", "order"])
        || row(&["am", "i", "going"])
        || row(&["expect", "to"])
        || row(&["expect", "me"])
        || row(&["going", "to", "be"])
        || (says(&["will", "likely"]) && next);
    let past = shopping::speaks_of_past_purchases(question);
    !shopping::product_ids(question).is_empty()
        && !shopping::means_kinds(question)
        && !past
        && (says(CHANCE) || future)
        && !says(&["with"])
}

/// Reads the message as a question about the next order.
pub(crate) fn will_buy(question: &Question<'_>) -> Option<Candidate> {
    let buying = question.has(Cue::Buy)
        || shopping::says(
            question,
            &["buy", "buys", "reorder", "reorders", "order", "purchase", "get", "repurchase", "take", "need"],
        );
    let future = shopping::says(question, &["will", "gonna", "going", "next"]) && buying;
    let chance = shopping::says(question, CHANCE);
    let asks = asks_chance(question);
    let unless_asked =
        question.has(Cue::Recommend) || question.has(Cue::NewToMe) || shopping::says(question, &["should"]);
    if !(question.has(Cue::WillBuy) || future || chance || asks)
        || (unless_asked && !asks)
        || shopping::says_in_a_row(question, &["what", "will"])
        // Whether somebody stays is told by the profile.
        || shopping::says(question, &["stop", "leave", "churn", "stay", "quit", "when"])
        || question.measures.how_many
    {
        return None;
    }
    let mut taken = shopping::customer_spans(question);
    taken.extend(shopping::product_spans(question));
    let found = wishes(question, &taken);
    let mut used = shopping::explained(question, &found);
    // A word that the shop does not have is looked up, and told not to be there.
    if found.unknown.len() == 1 {
        used.extend(&found.unknown);
    }
    let who = match question.who() {
        Ok(Who::Nobody) if asks && question.asked.principal.user_id().is_some() => Who::Own,
        Ok(Who::Nobody) => return None,
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let ids = shopping::product_ids(question);
    let names: Vec<String> =
        found.things.iter().map(|wish| wish.label.clone()).filter(|l| !l.is_empty()).collect();
    let places_only = found.things.iter().all(|wish| wish.text.is_empty());
    let lists = shopping::says(question, &["list", "which", "products", "items"]);
    if ids.is_empty() && (names.is_empty() || (places_only && lists)) {
        return None;
    }
    if who == Who::Missing {
        return Some(Candidate::draft(which_customer("Will customer 1 buy Banana?"), used, 0.9));
    }
    let args = ScoreProductsArgs {
        product_ids: (!ids.is_empty()).then_some(ids.clone()),
        names: shopping::some(&names).filter(|_| ids.is_empty()),
        user_id: question.user_argument(who),
    };
    Some(Candidate::plan(
        Intent::WillBuy(args),
        used,
        match (asks, shopping::says(question, CHANCE)) {
            // Above the figures of pairs, which know "odds" as well.
            (true, true) => 0.975,
            (true, false) => 0.945,
            _ => 0.925,
        },
    ))
}
