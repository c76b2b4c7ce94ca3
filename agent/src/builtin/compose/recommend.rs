//! "What should I buy?", "something new from the bakery", "what am I running low on?", "what would you offer customer
//! 42?": what to buy, for oneself, for a customer, for a segment, or for a visitor.

use tools::recommend::{RecommendArgs, RecommendMode};

use super::{Candidate, Question, Who, shopping, which_customer, will_buy::asks_chance};
use crate::builtin::{
    intent::Intent,
    lexicon::Cue,
    normalise::stem,
    vocabulary::NameKind,
    wishes::{Wish, place, wishes},
};

/// Words behind "new" that make it no wish for something new.
const NOT_NEW_TO_ME: &[&str] = &[
    "here",
    "customer",
    "customers",
    "order",
    "orders",
    "shopper",
    "shoppers",
    "user",
    "users",
    "ish",
    "to",
    "york",
];

/// Reads the message as a wish for recommendations.
pub(crate) fn recommend(question: &Question<'_>) -> Option<Candidate> {
    let new = wants_new(question);
    let due = says_due(question);
    let essentials =
        shopping::says(question, &["essentials", "basics", "staples", "musthaves", "must-haves"])
            && !question.has(Cue::Search)
            && !question.role().is_staff();
    let own_staples = essentials && shopping::mine(question);
    // A visitor who looks for something has no usual of it.
    let visitor = question.role() == domain::principal::Role::Guest
        && (question.has(Cue::Search)
            || shopping::says_in_a_row(question, &["out", "of"])
                && !shopping::says(question, &["what", "which"]));
    let usual = (says_usual(question) || due || own_staples || same_again(question)) && !new && !visitor;
    let should = shopping::says(question, &["should"])
        && (question.has(Cue::Buy)
            || question.entities.myself
            || shopping::says(question, &["try", "start", "cook"]));
    let forgotten = shopping::says(question, &["missing", "forgetting", "forgot", "forget"])
        && (question.entities.myself || question.has(Cue::Basket));
    let would_like = question.has(Cue::Likes)
        && shopping::says(question, &["would", "might", "may", "could"])
        && question.has(Cue::Which);
    let next_basket = ["basket", "cart", "order", "shop"]
        .iter()
        .any(|basket| shopping::says_in_a_row(question, &["next", basket]))
        || shopping::says_in_a_row(question, &["next", "likely"])
        || shopping::says_in_a_row(question, &["next", "purchases"])
        || shopping::says_in_a_row(question, &["likely", "purchases"])
        || shopping::says_in_a_row(question, &["likely", "next"]);
    let next_basket = next_basket
        && !shopping::says(question, &["when", "likely", "many", "size", "big", "long", "items"])
        && shopping::product_ids(question).is_empty();
    let predicted = (shopping::says(question, &["predict", "forecast"])
        || next_basket
        || shopping::says_in_a_row(question, &["what", "will"]))
        && (question.entities.myself || !question.entities.customers.is_empty());
    let more = shopping::says(question, &["else"]) && question.entities.myself && !question.has(Cue::Search);
    let else_needed = more
        || shopping::says_in_a_row(question, &["what", "else"])
            && shopping::says(question, &["i", "me", "my", "we"]);
    let based = shopping::says_in_a_row(question, &["based", "on"])
        && (shopping::mine(question) || shopping::says(question, &["i"]))
        && !question.has(Cue::Basket);
    let listed = shopping::says(question, &["list"])
        && shopping::says(question, &["make", "create", "build", "prepare", "put", "plan", "draft"])
        && (shopping::mine(question)
            || shopping::says(question, &["shopping", "grocery", "groceries", "need"]));
    let chosen =
        shopping::says(question, &["choose", "select"]) && shopping::says_in_a_row(question, &["for", "me"]);
    let likely_next = shopping::says(question, &["next"])
        && shopping::says(question, &["likely", "probably", "might"])
        && question.has(Cue::Which)
        && shopping::product_ids(question).is_empty();
    let taste = shopping::says_in_a_row(question, &["my", "taste"])
        || shopping::says_in_a_row(question, &["my", "tastes"]);
    let suits = (shopping::says_in_a_row(question, &["suit", "me"])
        || taste
            && shopping::says(question, &["suit", "suits", "fit", "fits", "match", "matches", "to", "for"]))
        && question.has(Cue::Which)
        || shopping::says(question, &["additions", "picks", "finds"])
            && shopping::says_in_a_row(question, &["for", "me"]);
    let wanted = predicted
        || based
        || listed
        || chosen
        || likely_next
        || suits
        || else_needed
        || fills_cart(question)
        || leaves_choice(question)
        || essentials
        || due && !history_of_due(question)
        || question.has(Cue::Recommend)
        || new
        || should
        || forgotten
        || would_like;
    let restock = usual && (due || !asks_for_history(question));
    // "If I buy bananas, what else should I get?", "I'm getting limes, what else?"
    let beside = shopping::says(question, &["else"]) && !shopping::product_ids(question).is_empty();
    // "which departments has customer 42 never bought from": places are told, not recommended.
    let places = question.role().is_staff()
        && shopping::says(question, &["departments", "aisles", "department", "aisle", "categories"])
        && shopping::says(question, &["never"]);
    if beside || places || !(wanted || restock) || asks_something_else(question) {
        return None;
    }
    let taken = shopping::customer_spans(question);
    let mut found = wishes(question, &taken);
    let used = shopping::explained(question, &found);
    // "Is there almond flour? I want to try it": a visitor who looks for something.
    if visitor
        && !found.things.is_empty()
        && !essentials
        && ![Cue::Recommend, Cue::NewToMe].into_iter().any(|cue| question.has(cue))
    {
        return None;
    }
    // "pantry essentials": the word asks, and no product is wanted that is called so.
    if essentials || due || leaves_choice(question) {
        for wish in &mut found.things {
            let kept = wish.text.split(' ').filter(|word| !SAID_OF_USE.contains(word) && *word != "treat");
            wish.text = kept.collect::<Vec<_>>().join(" ");
            let stems: Vec<String> = wish.text.split(' ').map(stem).collect();
            let nowhere = wish.aisle.is_none() && wish.department.is_none();
            if nowhere && let Some(name) = place(question, &stems, None) {
                wish.text.clear();
                match name.kind {
                    NameKind::Aisle => wish.aisle = Some(name.text),
                    _ => wish.department = Some(name.text),
                }
            }
        }
        found.things.retain(|wish| !wish.is_empty());
    }
    // "As a first time visitor": words that nothing is called by narrow nothing.
    found.things.retain(|wish| {
        let sold = wish.text.split(' ').any(|word| question.vocabulary.products_with(word) > 0);
        let narrows = wish.aisle.is_some() || wish.department.is_some() || !wish.attributes.is_empty();
        wish.text.is_empty() || sold || narrows || question.role().is_staff()
    });
    let who = match shopping::who_or_nobody(question) {
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let segment = question.entities.of_kind(NameKind::Segment).next().map(|name| name.text.clone());
    let knows_whom =
        matches!(who, Who::Own | Who::Customer(_)) || question.role() == domain::principal::Role::Shopper;
    // A visitor has bought nothing yet: whatever is popular is as new or as usual as anything.
    let mode = match () {
        () if new && knows_whom => Some(RecommendMode::Discover),
        () if segment.is_some() => Some(RecommendMode::Segment),
        () if usual && knows_whom => Some(RecommendMode::Repeat),
        () => None,
    };
    let base = RecommendArgs {
        mode,
        user_id: question.user_argument(who),
        segment: segment.clone(),
        ..RecommendArgs::default()
    };
    let known = question.asked.principal.user_id().is_some() || base.user_id.is_some() || segment.is_some();
    if question.role().is_staff() && !known {
        return Some(Candidate::draft(which_customer("What would you recommend to customer 1?"), used, 0.9));
    }
    let things: Vec<&Wish> = found
        .things
        .iter()
        .filter(|wish| segment.as_ref().is_none_or(|name| !is_part(&wish.label, name)))
        .collect();
    let intents = match things.as_slice() {
        [] => {
            let limit = found.count.or(question.entities.limit).or_else(|| a_single_one(question));
            vec![Intent::Recommend(RecommendArgs { limit, ..base })]
        }
        things => {
            let counts = shopping::counts(question, &found);
            let narrowed = things
                .iter()
                .zip(counts)
                .map(|(wish, limit)| narrowed(&base, wish, limit.or_else(|| a_single_one(question))));
            narrowed.map(Intent::Recommend).collect()
        }
    };
    // Staff who ask what one customer will need again are no longer after a figure.
    let outlook = shopping::says(question, &["chance", "days", "weeks", "risk", "probability", "odds"]);
    let of_customer = next_basket || ((due || new) && !outlook && !question.entities.customers.is_empty());
    Some(Candidate::plans(intents, used, if of_customer { 0.975 } else { 0.925 }))
}

fn narrowed(base: &RecommendArgs, wish: &Wish, limit: Option<u32>) -> RecommendArgs {
    RecommendArgs {
        aisle: wish.aisle.clone(),
        department: wish.department.clone(),
        matching: wish.matching(),
        attributes: shopping::some(&wish.attributes),
        exclude_attributes: shopping::some(&wish.exclude_attributes),
        exclude: shopping::some(&wish.exclude),
        limit,
        ..base.clone()
    }
}

/// Words that say how things are used or bought, and name none.
const SAID_OF_USE: &[&str] = &[
    "basics",
    "basic",
    "basis",
    "essentials",
    "essential",
    "staples",
    "staple",
    "due",
    "refill",
    "rebuy",
    "low",
    "every",
    "kitchen",
    "household",
    "musthaves",
    "stock",
    "restock",
    "empty",
    "finished",
    "gone",
];

/// "Which are due?", "stuff I need to rebuy", "likely reorder": what was bought before and is needed again.
fn says_due(question: &Question<'_>) -> bool {
    let row = |words: &[&str]| shopping::says_in_a_row(question, words);
    let running = (shopping::says(question, &["run", "running", "runs", "ran"])
        && shopping::says(question, &["out", "low", "short"])
        || row(&["low", "on"]))
        && question.has(Cue::Which)
        && !shopping::says(question, &["have", "got", "carry"]);
    let long_ago = shopping::never(question)
        && (row(&["in", "a", "while"])
            || row(&["a", "long", "time"])
            || shopping::says(question, &["lately", "recently", "ages", "awhile"]));
    // "What frozen products of mine are empty soon?"
    let used_up = shopping::says(question, &["empty", "finished", "gone"])
        && shopping::says(question, &["soon", "nearly", "almost", "probably", "likely", "about"])
        && question.has(Cue::Which);
    let again = running
        || used_up
        || long_ago
        || row(&["buy", "again"])
        || row(&["get", "again"])
        || row(&["order", "again"])
        || row(&["need", "again"])
        || shopping::says(
            question,
            &["due", "rebuy", "refill", "replenish", "restock", "overdue", "topup", "regulars"],
        ) && !row(&["due", "to"])
        || row(&["due", "to", "buy"])
        || row(&["due", "to", "reorder"])
        || row(&["due", "to", "order"]);
    let reorder = shopping::says(question, &["reorder", "repurchase"])
        && shopping::says(
            question,
            &[
                "should",
                "now",
                "soon",
                "time",
                "would",
                "list",
                "need",
                "my",
                "favourites",
                "favorites",
                "favourite",
                "favorite",
                "stuff",
                "things",
            ],
        )
        && !shopping::says(question, &["rate", "often", "much", "many"]);
    // "a refill of hand soap" is a thing.
    if shopping::says_in_a_row(question, &["refill", "of"])
        && question.role() == domain::principal::Role::Guest
    {
        return false;
    }
    let whose = shopping::mine(question)
        || !question.entities.customers.is_empty()
        || question.role() == domain::principal::Role::Shopper;
    let always = shopping::says(question, &["always", "regularly", "normally", "routinely"])
        && shopping::says(question, &["get", "buy", "order", "grab", "take"])
        && shopping::says(question, &["put", "list", "together", "only", "drinks"]);
    whose && (again || reorder || always)
}

/// "My usual"; not "regular cola", which names a kind of it.
pub(super) fn says_usual(question: &Question<'_>) -> bool {
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    let kind = |span: usize| {
        question.spans.get(span).is_some_and(|span| {
            let before = span.start.checked_sub(1).map_or("", text);
            let whose = matches!(before, "my" | "our" | "the" | "usual" | "her" | "his" | "their");
            text(span.start) == "regular"
                && !whose
                && !shopping::mine(question)
                && question.entities.customers.is_empty()
                && !matches!(
                    text(span.end),
                    "" | "," | "stuff" | "things" | "items" | "products" | "purchases"
                )
        })
    };
    question.positions(&[Cue::Usual]).into_iter().any(|span| !kind(span))
}

/// "The same again", "my normal weekly shop", "a basket of things I usually get": what is bought anyway.
fn same_again(question: &Question<'_>) -> bool {
    let row = |words: &[&str]| shopping::says_in_a_row(question, words);
    let weekly = row(&["weekly", "shop"])
        || row(&["weekly", "shopping"])
        || row(&["weekly", "groceries"])
        || row(&["weekly", "order"])
        || row(&["normal", "shop"])
        || row(&["normal", "order"])
        || row(&["regular", "shop"])
        || row(&["regular", "order"]);
    let same = row(&["same", "again"]) || row(&["same", "as", "usual"]) || row(&["same", "stuff", "again"]);
    let kept = fills_cart(question)
        && shopping::says(
            question,
            &["usually", "normally", "always", "regularly", "typically", "regular", "usual"],
        );
    let figure = question.measures.how_many
        || shopping::says(
            question,
            &["average", "size", "often", "when", "big", "other", "else", "different"],
        );
    (weekly || same || kept)
        && !figure
        && (shopping::mine(question) || question.role() == domain::principal::Role::Shopper)
}

/// "Fill my cart", "put together a basket of 10 things", "what would you put in my trolley".
pub(super) fn fills_cart(question: &Question<'_>) -> bool {
    let fills = shopping::says(
        question,
        &["fill", "put", "build", "pack", "prepare", "assemble", "make", "stock", "load"],
    );
    let basket = shopping::says(question, &["basket", "cart", "trolley", "bag", "shopping"]);
    let asks = shopping::says(question, &["you", "me", "my", "help", "please"]);
    let past = shopping::speaks_of_past_purchases(question)
        || shopping::of_everybody(question)
        || shopping::says_in_a_row(question, &["most", "often"]);
    // "Which product do I put in my cart first": a figure.
    let first = shopping::says(question, &["first"]) && question.has(Cue::Which);
    fills
        && basket
        && !first
        && asks
        && !past
        && shopping::product_ids(question).is_empty()
        && !question.measures.how_many
}

/// "A nice treat for me", "tips for a picnic", "what do I need": the shop is to choose.
fn leaves_choice(question: &Question<'_>) -> bool {
    let row = |words: &[&str]| shopping::says_in_a_row(question, words);
    let treat = shopping::says(question, &["treat"])
        && (row(&["for", "me"]) || row(&["for", "myself"]) || row(&["treat", "myself"]))
        && !question.has(Cue::Search);
    let tips = shopping::says(question, &["tips", "pointers", "hints", "advise", "inspiration", "recs"]);
    let needs = ["do", "might", "could", "think", "will", "would"].iter().any(|before| {
        row(&[before, "i", "need"]) || row(&[before, "we", "need"]) || row(&[before, "i", "want"])
    }) && question.has(Cue::Which)
        && !question.has(Cue::When);
    let choose = row(&["you", "choose"])
        || row(&["you", "pick"])
        || row(&["you", "decide"])
        || row(&["up", "to", "you"]);
    let unsure = ["get", "buy", "eat", "cook", "make", "have", "order", "shop", "take", "try"]
        .iter()
        .any(|verb| row(&["what", "to", verb]))
        && shopping::says(question, &["i", "we", "me", "us"])
        && !question.has(Cue::Together)
        && shopping::product_ids(question).is_empty();
    let tries = ["could", "should", "might", "can", "shall", "may"]
        .iter()
        .any(|may| row(&[may, "i", "try"]) || row(&[may, "we", "try"]) || row(&["i", may, "try"]));
    let you_would = ["get", "buy", "take", "choose", "order", "eat", "have", "go", "try", "pick"]
        .iter()
        .any(|verb| row(&["would", "you", verb]));
    treat || tips || needs || choose || unsure || tries || (you_would && question.has(Cue::Which))
}

/// "How likely is it that I reorder …" asks for a chance.
fn history_of_due(question: &Question<'_>) -> bool {
    shopping::says(question, &["probability", "chance", "odds", "rate", "often"])
        || (shopping::says(question, &["likely"]) && !shopping::says(question, &["would", "list", "which"]))
        || !shopping::product_ids(question).is_empty() && shopping::says(question, &["likely", "will"])
}

/// "a single item", "just one": one is wanted.
fn a_single_one(question: &Question<'_>) -> Option<u32> {
    let rows = [
        ["a", "single"],
        ["just", "one"],
        ["only", "one"],
        ["one", "thing"],
        ["one", "product"],
        ["one", "item"],
    ];
    rows.iter().any(|row| shopping::says_in_a_row(question, row)).then_some(1)
}

fn is_part(label: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    label.split(' ').all(|word| name.contains(word))
}

/// "something new", "never tried", "new organic stuff", "haven't had yet".
fn wants_new(question: &Question<'_>) -> bool {
    let new = question.tokens.iter().enumerate().any(|(at, token)| {
        let next = question.tokens.get(at + 1).map_or("", |next| next.text.as_str());
        matches!(token.text.as_str(), "new" | "unfamiliar")
            && !NOT_NEW_TO_ME.contains(&next)
            && !next.is_empty()
    });
    // "new snacks" of somebody with a history; a visitor has none.
    let to_me = question.entities.myself
        || (question.role() == domain::principal::Role::Shopper && !question.has(Cue::Popular))
        || question.has(Cue::Recommend)
        || !question.entities.customers.is_empty()
        || shopping::says(question, &["something", "thing", "things", "stuff", "products", "items"]);
    let other_than = shopping::says(question, &["other", "besides", "apart", "different", "else"])
        && shopping::says(
            question,
            &[
                "usual",
                "usuals",
                "regular",
                "regulars",
                "normal",
                "usually",
                "normally",
                "always",
                "regularly",
                "typically",
                "generally",
            ],
        )
        && shopping::says(question, &["than", "besides", "from"]);
    let while_ago = says_due(question);
    let not_had = shopping::never(question) && to_me && !asks_back_at(question) && !while_ago;
    if other_than || not_had || (new_at_end(question) && to_me) {
        return true;
    }
    // "I always buy the same, suggest something else."
    let weary = shopping::says(question, &["same", "usual", "routine"])
        && shopping::says(question, &["always", "bored", "tired", "sick", "enough", "fed"])
        && (question.has(Cue::Recommend)
            || shopping::says(question, &["else", "different", "other", "new", "change"]));
    let different = shopping::says(question, &["routine", "rut"])
        || shopping::says_in_a_row(question, &["comfort", "zone"])
        || shopping::says_in_a_row(question, &["branch", "out"])
        || shopping::says_in_a_row(question, &["something", "different"])
        || shopping::says_in_a_row(question, &["a", "change"])
        || shopping::says_in_a_row(question, &["for", "once"]);
    let beyond = shopping::says(question, &["outside", "beyond"])
        && shopping::says(question, &["usual", "regular", "normal", "usuals", "regulars"]);
    let unlike_usual = beyond
        || ["usual", "regular", "normal"].iter().any(|usual| {
            shopping::says_in_a_row(question, &["not", "my", usual])
                || shopping::says_in_a_row(question, &["not", "the", usual])
        });
    if weary || unlike_usual || (different && to_me) {
        return true;
    }
    let surprise = shopping::says(question, &["surprise"]) && !question.has(Cue::Usual);
    (question.has(Cue::NewToMe) && !while_ago) || surprise || (new && to_me && !question.measures.how_many)
}

/// "all new to me", "new for me": the word stands before whom it is new to.
fn new_at_end(question: &Question<'_>) -> bool {
    [["new", "to", "me"], ["new", "for", "me"], ["unknown", "to", "me"]]
        .iter()
        .any(|row| shopping::says_in_a_row(question, row))
        || shopping::says_in_a_row(question, &["should", "i", "try"])
}

/// "Did I never buy milk?", "how often did I not …": a question about what was.
fn asks_back_at(question: &Question<'_>) -> bool {
    let first = question.tokens.first().map_or("", |token| token.text.as_str());
    matches!(first, "did" | "why" | "when" | "have" | "has")
        || question.measures.how_many
        || question.has(Cue::HowOften)
        || (question.role().is_staff()
            && question.entities.customers.is_empty()
            && !question.entities.the_customer)
}

/// "What do I usually buy?" asks what was, "my usual" what to buy.
fn asks_for_history(question: &Question<'_>) -> bool {
    if same_again(question) {
        return false;
    }
    let first = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    // "Do I usually get milk?"
    if first(0) == "do" && first(1) == "i" {
        return true;
    }
    let habit = shopping::speaks_of_past_purchases(question)
        && shopping::says(
            question,
            &["drink", "eat", "use", "have", "get", "take", "keep", "always", "most", "mostly"],
        )
        && !question.has(Cue::Recommend);
    if habit && question.has(Cue::Which) {
        return true;
    }
    let verb = question.has(Cue::Buy) || question.tokens.iter().any(|token| token.stem == "buy");
    (question.has(Cue::Which) && verb && !question.has(Cue::Recommend))
        || question.has(Cue::WillBuy)
        || question.has(Cue::HowOften)
        || question.has(Cue::Average)
        || shopping::says(question, &["probability", "chance", "odds", "likely"])
        || !(question.entities.myself
            || question.has(Cue::Recommend)
            || !question.entities.customers.is_empty()
            || question.role() == domain::principal::Role::Shopper)
}

/// Figures, related products and histories have readers of their own.
fn asks_something_else(question: &Question<'_>) -> bool {
    question.measures.how_many
        || question.has(Cue::Share)
        || asks_chance(question)
        || question.has(Cue::Together)
        || question.has(Cue::Similar)
        || question.has(Cue::HowOften)
        || (question.has(Cue::WillBuy)
            && !shopping::says_in_a_row(question, &["what", "will"])
            && !(question.has(Cue::Which) && shopping::says(question, &["next"])))
        || (question.has(Cue::Popular) && !question.entities.myself && question.entities.customers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn a_segment_is_no_product() {
        assert!(is_part("at risk", "At risk"));
        assert!(!is_part("milk", "At risk"));
    }
}
