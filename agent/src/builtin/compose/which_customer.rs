//! Questions by staff about a customer who is not named: "what should the customer buy next", "my segment".

use std::sync::LazyLock;

use domain::answer::{Clarify, ClarifyOption};

use super::Question;
use crate::{
    builtin::patterns::{Patterns, Words},
    draft::Draft,
};

/// "Which customer?", as a question back.
pub(crate) fn which_customer(example: &str) -> Draft {
    Draft::clarify(Clarify {
        question: "Which customer do you mean? Give their number.".into(),
        options: vec![ClarifyOption { label: "customer 1".into(), question: example.into() }],
    })
}

/// Asks for the customer's number, where a question needs one.
pub(super) fn which_customer_is_meant(question: &Question<'_>, words: &Words) -> Option<Draft> {
    static OWN: LazyLock<Patterns<Needs>> = LazyLock::new(|| Patterns::new(OWN_PURCHASES));
    static THEIRS: LazyLock<Patterns<Needs>> = LazyLock::new(|| Patterns::new(THE_CUSTOMER));
    let known = question.asked.principal.user_id().is_some()
        || !question.entities.customers.is_empty()
        || !question.asked.history.is_empty();
    if !question.role().is_staff() || known {
        return None;
    }
    // "products of the household department": a place.
    let place = words.0.windows(2).any(|pair| {
        matches!(pair, [household, kind] if household.text == "household"
            && matches!(kind.stem.as_str(), "department" | "aisle" | "section" | "product" | "item" | "good"))
    });
    if place {
        return None;
    }
    let theirs = || THEIRS.find(words).map(|found| found.means).or_else(|| this_person(words));
    let needs = OWN.find(words).map(|found| found.means).or_else(theirs)?;
    let examples: &[&str] = match needs {
        Needs::Segment => &["Which segment is customer 1 in?"],
        Needs::Recommendation => &["What would you recommend to customer 1?"],
        Needs::Orders => &["How many orders has customer 1 placed?", "What does customer 1 buy most?"],
        Needs::Purchases => &["What does customer 1 buy most?", "How many orders has customer 1 placed?"],
    };
    let options =
        examples.iter().map(|text| ClarifyOption { label: (*text).into(), question: (*text).into() });
    Some(Draft::clarify(Clarify {
        question: "Which customer do you mean? Give their number.".into(),
        options: options.collect(),
    }))
}

/// "avg basket of that customer", "how often does the guy order": one person whom nothing before tells.
fn this_person(words: &Words) -> Option<Needs> {
    const PERSONS: &[&str] = &[
        "customer",
        "shopper",
        "user",
        "client",
        "buyer",
        "guy",
        "man",
        "woman",
        "lady",
        "person",
        "fellow",
        "dude",
        "girl",
        "household",
        "member",
    ];
    const INFORMAL: &[&str] = &["guy", "man", "woman", "lady", "fellow", "dude", "girl"];
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    (1..words.0.len()).find_map(|at| {
        let word = words.0.get(at).filter(|word| !word.named && PERSONS.contains(&word.text.as_str()))?;
        let pointed = matches!(text(at - 1), "this" | "that" | "said")
            || text(at - 1) == "the" && INFORMAL.contains(&word.text.as_str());
        let told = matches!(
            text(at + 1),
            "who"
                | "whose"
                | "with"
                | "that"
                | "id"
                | "number"
                | "no"
                | "nr"
                | "segment"
                | "base"
                | "has"
                | "had"
        ) && !(matches!(text(at + 1), "has" | "had") && text(at - 1) != "the");
        let numbered = words.0.iter().any(|word| word.number.is_some_and(|number| number > 50.0));
        let before = words.0.get(..at - 1).unwrap_or_default();
        let spoken_of =
            before.iter().any(|word| PERSONS.contains(&word.stem.as_str()) || word.text == "someone");
        (pointed && !told && !numbered && !spoken_of).then_some(Needs::Orders)
    })
}

/// What of a customer is asked, for the example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Segment,
    Recommendation,
    Orders,
    Purchases,
}

/// First person, by somebody whose session holds no customer.
const OWN_PURCHASES: &[(&str, Needs)] = &[
    (
        "my segment|my own segment|my customer segment|which segment am i|what segment am i|segment i am|segment i belong|group i belong|cluster i belong|segment i fall|segment am i|segment do i|am i in|group am i|kind of shopper am i|my profile|am i a|am i likely|my churn|my risk - in danger of|at risk of losing|about to lose|=customers|=users|=shoppers|=clients|=segments",
        Needs::Segment,
    ),
    (
        "recommend me|recommend to me|suggest me|recommend something|should i buy|should i order|should i get|should i try|could i try|do i need to restock|recommendations for me|for me to buy|would i like|might i like|what would i|surprise me with|my recommendation|offer me|am i running low|am i out of|something new for me",
        Needs::Recommendation,
    ),
    (
        "my order|my orders|my previous order|my last order|my first order|my next order|when will i|when did i|when do i|how often do i|how often did i|how often have i|how many ~ have i|how many ~ did i|how many ~ do i|days since my|my days|my reorder|my average|my biggest|my largest - =customers|=users|=shoppers|=clients|have i got|do i need|do i have to|i know|i start|i keep|i take|i sort|i rank",
        Needs::Orders,
    ),
    (
        "my usual|my basket|my cart|my history|my purchase|my purchases|my favourite|my favorite|my top|my most|my regulars|my shopping|my items|my products|my aisle|my department|my habit|my list|i usually|i normally|i often|i always|i regularly|i buy|i bought|i ordered|i order|i have bought|i have ordered|i have ever|i ever|did i|do i|have i|will i|i purchased|i shop|i reorder - do i find|do i see|do i locate|have i got|do i need|do i have to|where do i|how do i|i know|i start|i keep|i take|i sort|i rank|did i ask|can i ask|i buy for|my =departments|my =aisles",
        Needs::Purchases,
    ),
];

/// The customer at hand, by nobody's number.
const THE_CUSTOMER: &[(&str, Needs)] = &[
    (
        "segment|cluster|profile|churn|churning|active|inactive|still with us|come back|likely|leave|leaving|loyal|lost|risk|recency|frequency|monetary|lapsed + the =customer|this =customer|that =customer|the =shopper|this =shopper|that =shopper|the =user|this =user|that =user|the =client|this =client|that =client|the =household|this =household|that =household|the =buyer|this =buyer|this =person|that =person|=he|=she|=his|=her|=him - customer #|customer =#|customer number|customer id|customer no|user #|user =#|user id|shopper #|shopper =#|client #|client =#|household #|household =#|=customers|=users|=shoppers|=clients|the customer base|the customer with|the customer who|the customer whose|the customer that|the customer id|the user with|the user who|the shopper with|the shopper who|average|mean|number of|count|how many|which customer is|which customer has|which user is|which user has|which shopper is|a customer|customer segment with|the customer =segments|per|by|each|mother|friend",
        Needs::Segment,
    ),
    (
        "recommend|suggest|offer|should|could|what else|next basket|next purchase + the =customer|this =customer|that =customer|the =shopper|this =shopper|that =shopper|the =user|this =user|that =user|the =client|this =client|the =household|this =household|the =buyer|=he|=she|=him|=her - customer #|customer =#|customer number|customer id|customer no|user #|user =#|user id|shopper #|shopper =#|client #|client =#|household #|household =#|=customers|=users|the customer with|the customer who|the user with|a customer|which customer|which user|someone|somebody|shopper wants|customer wants|friend",
        Needs::Recommendation,
    ),
    (
        "how many order|orders has|orders did|orders does|order again|ordered last|last order|next order|previous order|first order|how often|days between|days since|when will|when did|when does|orders will + the =customer|this =customer|that =customer|the =shopper|this =shopper|that =shopper|the =user|this =user|that =user|the =client|this =client|the =household|this =household|the =buyer|=he|=she|=him|=his|=her - customer #|customer =#|customer number|customer id|customer no|user #|user =#|user id|shopper #|shopper =#|client #|client =#|household #|household =#|=customers|=users|the customer with|the customer who|the customer base|average|mean|typical|typically|median|which customer|which user|a customer|a shopper|per|by|each|a new order|someone|somebody|customer had|already|for the first time|by that customer|by the customer|by the same customer|since the customer|after the customer|before the customer|coming|customers|every|those|whatever",
        Needs::Orders,
    ),
    (
        "the =customer|this =customer|that =customer|the =shopper|this =shopper|that =shopper|the =user|this =user|that =user|the =client|this =client|that =client|the =household|this =household|the =buyer|this =buyer|this =person|that =person|=he|=she|=him + buy|order|like|prefer|history|basket|cart|purchase|purchased|reorder|reorders|favourite|favorite|get|need|usual|take|shop|item|product|aisle|department|usually|will - customer #|customer =#|customer number|customer id|customer no|user #|user =#|user id|shopper #|shopper =#|client #|client =#|household #|household =#|=customers|=users|=shoppers|the customer with|the customer who|the customer whose|the customer that|the customer base|the customer segment|the customer segments|the user with|the user who|the shopper with|the shopper who|the household with|the household who|average|mean|typical|typically|median|which customer|which user|which shopper|a customer|a shopper|a user|a household|per|each|by customer|by user|someone|somebody|anyone|a new order|number of customer|the customer count|customer wants|customer had|already|for the first time|by that customer|by the customer|by the same customer|since the customer|after the customer|before the customer|every",
        Needs::Purchases,
    ),
];
