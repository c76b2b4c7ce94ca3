//! Questions about customers: who they are, what they have bought, who is like them, what a segment buys.

use tools::{
    customer_profile::CustomerProfileArgs,
    purchase_history::PurchaseHistoryArgs,
    segment_popularity::{SegmentOrder, SegmentPopularityArgs},
    similar_customers::SimilarCustomersArgs,
};

use super::{Candidate, Question, Who, which_customer};
use crate::builtin::{
    intent::{Aspect, Intent},
    lexicon::Cue,
    vocabulary::NameKind,
};

/// "customers like 42".
pub(crate) fn similar(question: &Question<'_>) -> Option<Candidate> {
    let alike = question.has(Cue::Similar) || question.has(Cue::Likes);
    let about_customers = question.has(Cue::CustomerWord) || !question.entities.customers.is_empty();
    if !alike || !about_customers || !question.entities.product_ids.is_empty() || names_products(question) {
        return None;
    }
    // "does customer 5 like milk" is about their purchases.
    let likeness = |at: usize| {
        let behind = question.spans.get(at + 1..).unwrap_or_default().iter().find(|span| !span.is_filler());
        behind.is_some_and(|span| span.is(Cue::CustomerWord) || span.number().is_some())
    };
    if !question.has(Cue::Similar) && !question.position(Cue::Likes).is_some_and(likeness) {
        return None;
    }
    let mut used = question.positions(&[
        Cue::Similar,
        Cue::Likes,
        Cue::CustomerWord,
        Cue::Show,
        Cue::Which,
        Cue::Search,
    ]);
    used.extend(question.entity_spans());
    used.extend(&question.measures.used);
    let who = match question.who() {
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let own = question.asked.principal.user_id().map(|id| id.0);
    let Some(user_id) = question.user_argument(who).or(own) else {
        return Some(Candidate::draft(which_customer("Show customers similar to customer 1"), used, 0.9));
    };
    let args = SimilarCustomersArgs { user_id: Some(user_id), limit: question.entities.limit };
    Some(Candidate::plan(Intent::SimilarCustomers(args), used, 0.9))
}

fn names_products(question: &Question<'_>) -> bool {
    question.entities.named.iter().any(|named| named.name.kind == NameKind::Product)
}

/// "Which segment is customer 1 in?"
pub(crate) fn profile(question: &Question<'_>) -> Option<Candidate> {
    let aspects = [
        (Cue::Segment, Aspect::Segment),
        (Cue::Recency, Aspect::Recency),
        (Cue::Frequency, Aspect::Frequency),
        (Cue::Monetary, Aspect::Monetary),
        (Cue::Profile, Aspect::All),
        (Cue::Details, Aspect::All),
    ];
    let asked: Vec<Aspect> =
        aspects.iter().filter(|(cue, _)| question.has(*cue)).map(|(_, aspect)| *aspect).collect();
    let aspect = match asked.as_slice() {
        [] => return None,
        [one] => *one,
        _ => Aspect::All,
    };
    let mut used = question.positions(&[
        Cue::Segment,
        Cue::Recency,
        Cue::Frequency,
        Cue::Monetary,
        Cue::Profile,
        Cue::Details,
        Cue::Which,
        Cue::Show,
        Cue::CustomerWord,
        Cue::When,
    ]);
    used.extend(question.entity_spans());
    let who = match question.who() {
        Ok(Who::Nobody) => return None,
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let about_me_only =
        question.has(Cue::Details) && asked.len() == 1 && question.entities.customers.is_empty();
    if about_me_only && !question.entities.the_customer {
        // "tell me about …" says nothing of a customer by its "me".
        return None;
    }
    if who == Who::Missing {
        return Some(Candidate::draft(which_customer("Which segment is customer 1 in?"), used, 0.9));
    }
    let args = CustomerProfileArgs { user_id: question.user_argument(who) };
    Some(Candidate::plan(Intent::Profile(args, aspect), used, 0.92))
}

/// "What do I buy most?", "Will the user buy apples?", "Does customer 5 like chocolate?"
pub(crate) fn history(question: &Question<'_>) -> Option<Candidate> {
    let asks_liking = question.has(Cue::Likes) || question.has(Cue::WillBuy) || question.has(Cue::History);
    let asks_buying = question.has(Cue::Buy) || question.has(Cue::HowOften) || bought(question);
    let favourites = question.has(Cue::Popular) && question.entities.myself;
    if !(asks_liking || asks_buying || favourites || question.has(Cue::Usual)) || question.has(Cue::Recommend)
    {
        return None;
    }
    if question.has(Cue::Search) || question.has(Cue::NewToMe) || question.has(Cue::Together) {
        return None;
    }
    let cues = [
        Cue::Likes,
        Cue::WillBuy,
        Cue::History,
        Cue::Buy,
        Cue::HowOften,
        Cue::Usual,
        Cue::Highest,
        Cue::Popular,
        Cue::Which,
        Cue::Show,
        Cue::CustomerWord,
        Cue::ProductWord,
    ];
    let mut used = question.positions(&cues);
    used.extend(question.entity_spans());
    used.extend(question.positions(&[Cue::Myself]));
    let who = match question.who() {
        Ok(Who::Nobody) => return None,
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    let counting = question.measures.how_many && !question.has(Cue::HowOften);
    if question.has(Cue::Lowest) || counting {
        return None;
    }
    let start = buying_position(question).map_or(0, |at| at + 1);
    let ranking =
        question.has(Cue::Highest) || question.has(Cue::Usual) || favourites || question.has(Cue::History);
    let (terms, spans) = question.objects(start, question.spans.len());
    let mut args =
        PurchaseHistoryArgs { user_id: question.user_argument(who), ..PurchaseHistoryArgs::default() };
    if !question.entities.product_ids.is_empty() {
        args.product_ids = Some(question.entities.product_ids.clone());
    } else if ranking && question.entities.of_kind(NameKind::Product).next().is_none() {
        (args.aisle, args.department) = question.scope();
        args.limit = question.entities.limit;
        used.extend(&question.measures.used);
        if args.aisle.is_some() && args.department.is_some() {
            return None;
        }
    } else if terms.is_empty() {
        if !question.has(Cue::Likes) {
            return None;
        }
    } else {
        args.terms = Some(terms);
        used.extend(spans);
        if question.excludes() {
            return None;
        }
    }
    if who == Who::Missing {
        return Some(Candidate::draft(which_customer("What does customer 1 buy most?"), used, 0.9));
    }
    Some(Candidate::plan(Intent::History(args), used, 0.88))
}

/// "bought", "sold" are also words for the count of purchases.
fn bought(question: &Question<'_>) -> bool {
    question
        .tokens
        .iter()
        .any(|token| matches!(token.stem.as_str(), "buy" | "bought" | "purchase" | "purchased"))
}

/// Where the verb stands; what is bought comes behind it.
fn buying_position(question: &Question<'_>) -> Option<usize> {
    let verbs = [Cue::Likes, Cue::WillBuy, Cue::History, Cue::Buy];
    let cue = question.spans.iter().rposition(|span| verbs.into_iter().any(|verb| span.is(verb)));
    cue.or_else(|| {
        (0..question.spans.len())
            .rev()
            .find(|at| matches!(question.words(*at).as_str(), "bought" | "purchased"))
    })
}

/// "What is popular among champions?"
pub(crate) fn segment_popularity(question: &Question<'_>) -> Option<Candidate> {
    let named = question.entities.of_kind(NameKind::Segment).next();
    let numbered = question.position(Cue::Segment).and_then(|at| question.spans.get(at + 1)?.number());
    let own = question.has(Cue::Segment) && question.entities.myself;
    let buys = question.has(Cue::Popular)
        || question.has(Cue::Buy)
        || question.has(Cue::Recommend)
        || question.has(Cue::Highest)
        || bought(question);
    if !buys || question.has(Cue::Lowest) {
        return None;
    }
    let segment = match (named, numbered) {
        (Some(name), _) => Some(name.text.clone()),
        (None, Some(number)) => Some(number.to_string()),
        (None, None) if own => None,
        _ => return None,
    };
    let mut used = question.positions(&[
        Cue::Segment,
        Cue::Popular,
        Cue::Buy,
        Cue::Recommend,
        Cue::Highest,
        Cue::Which,
        Cue::Show,
        Cue::ProductWord,
        Cue::CustomerWord,
        Cue::Share,
    ]);
    used.extend(question.entity_spans());
    used.extend(&question.measures.used);
    if let Some(at) = question.position(Cue::Segment) {
        used.insert(at + 1);
    }
    let by = if question.measures.share { SegmentOrder::Share } else { SegmentOrder::Lift };
    let limit = question.entities.limit.filter(|limit| numbered != Some(f64::from(*limit)));
    let args = SegmentPopularityArgs { segment, by, limit };
    Some(Candidate::plan(Intent::SegmentPopularity(args), used, 0.9))
}
