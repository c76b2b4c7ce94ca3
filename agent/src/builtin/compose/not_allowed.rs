//! What guests and shoppers may not ask: other customers' data and figures of the business over its customers.
//!
//! What is popular, what goes together and the catalogue stay open, so "what do customers buy with bananas" is no
//! question about customers, and "how many customers buy bananas" is one. The tools' row policy is what protects the
//! data; this gives the reason before anything is read.

use std::sync::LazyLock;

use super::{Question, customers, nothing_named};
use crate::builtin::patterns::{Patterns, Word, Words};

const OTHERS: &str = "Another customer's data is not shown to shoppers and visitors.";
const OWN_GROUP: &str = "Which group a customer is in is told to them when they are signed in.";
const BUSINESS: &str = "Figures about the shop's customers are for its staff.";

/// Why the asker may not have that.
pub(super) fn not_allowed(question: &Question<'_>, words: &Words) -> Option<&'static str> {
    if question.role().is_staff() {
        return None;
    }
    static RULES: LazyLock<Patterns<&str>> = LazyLock::new(|| Patterns::new(NOT_ALLOWED));
    let own = question.asked.principal.user_id().map(|id| id.0);
    let names_another = |id: &f64| own.map(f64::from) != Some(*id);
    let bare = words.bare();
    if customer_numbers(&bare).iter().any(names_another) {
        return Some(OTHERS);
    }
    if buyers_by_number(&bare).iter().any(names_another) {
        return Some(OTHERS);
    }
    if counts_or_lists_customers(&bare) {
        return Some(BUSINESS);
    }
    let signed_out = own.is_none();
    if signed_out
        && (customers::is_one_of_a_group(question) || nothing_named::puts_oneself_in_a_group(question))
    {
        return Some(OWN_GROUP);
    }
    RULES.find(words).map(|found| found.means)
}

/// Words for those who buy.
pub(super) const CUSTOMERS: &[&str] = &[
    "customer",
    "client",
    "shopper",
    "buyer",
    "user",
    "household",
    "consumer",
    "patron",
    "member",
    "purchaser",
];

fn is_customer(word: &Word) -> bool {
    CUSTOMERS.contains(&word.stem.as_str())
}

/// "customer 5", "user no. 5", "the account number 5".
fn customer_numbers(words: &Words) -> Vec<f64> {
    let between = ["number", "id", "no", "nr", "num", "called", "with", "the", "is", "#"];
    let mut numbers = Vec::new();
    for (at, word) in words.0.iter().enumerate() {
        if !(is_customer(word) || word.stem == "account") {
            continue;
        }
        let behind = words.0.get(at + 1..).unwrap_or_default();
        let next = behind.iter().take(4).find(|word| !between.contains(&word.text.as_str()));
        numbers.extend(next.and_then(|word| word.number).filter(|number| number.fract() == 0.0));
    }
    numbers
}

/// "what does 313 buy", "the basket of 4711": a number where a person stands.
fn buyers_by_number(words: &Words) -> Vec<f64> {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let numbered =
        |at: usize| words.0.get(at).and_then(|word| word.number).filter(|number| number.fract() == 0.0);
    let person = |at: usize| {
        let number = numbered(at)?;
        let before = at.checked_sub(1).map_or("", text);
        let subject = matches!(before, "does" | "did" | "has" | "will" | "would" | "should")
            && matches!(
                text(at + 1),
                "buy"
                    | "bought"
                    | "order"
                    | "ordered"
                    | "like"
                    | "have"
                    | "get"
                    | "shop"
                    | "purchase"
                    | "usually"
                    | "normally"
                    | "mostly"
                    | "eat"
                    | "want"
            );
        let owner = before == "of"
            && at >= 2
            && matches!(
                text(at - 2),
                "basket" | "cart" | "orders" | "history" | "purchases" | "profile" | "segment" | "account"
            );
        // "what 210 reorders most"
        let told_of = matches!(before, "what" | "whatever" | "when" | "where" | "whether" | "if" | "things")
            && matches!(
                text(at + 1),
                "reorders"
                    | "buys"
                    | "gets"
                    | "takes"
                    | "likes"
                    | "eats"
                    | "shops"
                    | "bought"
                    | "ordered"
                    | "picks"
                    | "usually"
            );
        (subject || owner || told_of).then_some(number)
    };
    (0..words.0.len()).filter_map(person).collect()
}

/// "how many of your customers", "top three shoppers", "list all users": customers are what is asked for.
fn counts_or_lists_customers(words: &Words) -> bool {
    const SKIPPED: &[&str] = &[
        "of",
        "your",
        "our",
        "the",
        "other",
        "different",
        "distinct",
        "unique",
        "new",
        "repeat",
        "loyal",
        "active",
        "regular",
        "all",
        "these",
        "those",
        "total",
        "returning",
        "one",
        "time",
        "first",
        "me",
        "a",
        "existing",
        "single",
        "are",
        "current",
        "valuable",
        "frequent",
        "most",
        "registered",
        "individual",
        "organic",
        "heavy",
        "id",
        "in",
        "churned",
        "lost",
        "inactive",
    ];
    const COUNTING: &[&str] = &[
        "many",
        "number",
        "count",
        "share",
        "percentage",
        "percent",
        "%",
        "proportion",
        "fraction",
        "majority",
        "portion",
        "total",
        "amount",
    ];
    const LISTING: &[&str] = &[
        "which", "list", "show", "top", "best", "biggest", "largest", "heaviest", "who", "whose", "worst",
        "give", "name", "id", "rank", "export", "display", "identify", "average", "per", "by", "every",
    ];
    words.0.iter().enumerate().any(|(at, word)| {
        let person = word.stem == "person";
        if !(is_customer(word) || person) {
            return false;
        }
        let before = words.0.get(..at).unwrap_or_default().iter().rev().take(6);
        let opener =
            before.clone().find(|word| word.number.is_none() && !SKIPPED.contains(&word.text.as_str()));
        // "which customer segment am I in"
        let own_segment = words
            .0
            .get(at + 1)
            .is_some_and(|next| matches!(next.stem.as_str(), "segment" | "group" | "type"))
            && words.0.iter().any(|word| matches!(word.text.as_str(), "i" | "my" | "me"));
        // "the best customer reviews" are no customers.
        let of_them = words.0.get(at + 1).is_some_and(|next| {
            matches!(
                next.stem.as_str(),
                "review" | "rating" | "service" | "satisfaction" | "feedback" | "opinion"
            )
        });
        if own_segment || of_them {
            return false;
        }
        let skipped_id = before.take(4).any(|word| word.stem == "id" || word.text == "ids");
        let opens = |word: &Word| {
            COUNTING.contains(&word.text.as_str())
                || COUNTING.contains(&word.stem.as_str())
                || (!person && LISTING.contains(&word.stem.as_str()))
        };
        skipped_id || opener.is_some_and(opens)
    })
}

const NOT_ALLOWED: &[(&str, &str)] = &[
    // What a group of customers does: groups are figures of the business, whatever the run calls them.
    (
        "=champions|at risk customer|at risk shopper|at risk people|customers at risk|shoppers at risk|people at risk|loyal customer|loyal shopper|loyal ones|=loyalists|=hibernating|lapsed customer|lapsed shopper|best customer|=vips|power user|heavy buyer|one timers|first timers|repeat customer|new customer|frequent shopper|occasional shopper|lost customer|big spenders + buy|buys|bought|order|ordered|like|want|prefer|love|go for|reach for|favourite|favorite|popular|basket|cart|get|shop - am i|do i|find|looking for|should i|i am|i =m|im a|as a new",
        BUSINESS,
    ),
    // Who buys what.
    (
        "^ who|and who|me who|know who|see who|wonder who|exactly who|list who|whose|find out who + buy|order|purchase|purchased|placed|place|customer|shopper|client|best|most|else|churn|leave|leaving|likely|belong|segment|loyal|shop|basket|cart|biggest|spend|ordered - who are you|who made you|who am i|in my basket|in my cart|to my basket|to my cart|times i bought|times have i",
        BUSINESS,
    ),
    (
        "how many|how much|number of|total|count|sum + did you sell|have you sold|you sold|do you sell a day|do you sell per|were sold in total|items sold|orders did you|orders do you|orders have you|do you get a day|do you get per - month|year|week|today|yesterday|season|january|december|summer|winter",
        BUSINESS,
    ),
    (
        "of anyone|of anybody|anyone has|anybody has|of all people|of any customer|ever placed by anyone + basket|cart|order|orders|history",
        OTHERS,
    ),
    (
        "losing|loosing|lose|lost|gaining|winning|keeping|keep + clients|customers|shoppers|regulars|buyers|patrons - find|lost my",
        BUSINESS,
    ),
    (
        "whom have you|who have you|whom did you|who did you|who do you + lose|lost|keep|gain|win|count|sell|serve",
        BUSINESS,
    ),
    (
        "your regulars|how many regulars|number of regulars|share of regulars|of your regulars|your patrons|your clientele|your fans|your best people|your heaviest|your big spenders|your loyal ones - am i",
        BUSINESS,
    ),
    (
        "everyone with|everybody with|anyone with|people with|folks with|those with|whoever has|all with + order|purchase|basket|item|more - my|allergy|allergies|find|for people",
        BUSINESS,
    ),
    (
        "whoever|whomever|the person who|the person that|the guy who|the one who|the household that|the last person|the first person|somebody who|someone who + took|take|takes|bought|buy|buys|ordered|orders|most|biggest|id|checked out|shopped|spent - made this|for someone who|for somebody who|i am someone|find|looking for|recommend|gift|take along|takes along|along with it|buys with it|buy with it|also take|also takes|also buy|also buys",
        OTHERS,
    ),
    (
        "how many|what share|share of|percentage of|percent of|proportion of|fraction of|which part of|most of + folks|=others|other people|other users|members|in my segment|in my group|like me - my orders|my items|my purchases|products|orders of mine|have i|do i|i buy|did i|i have",
        BUSINESS,
    ),
    ("how many =others|how many people|how many folks|how many other people|many like me", BUSINESS),
    (
        "all your customers|your customers|your shoppers|your buyers|your users|your clients|all customers + mean|average|avg|median|typical|usual|count|total|on the whole|how loyal|how often|how many",
        BUSINESS,
    ),
    (
        "my flatmate|my roommate|my neighbour|my neighbor|my friend|my husband|my wife|my partner|my sister|my brother|my mum|my mom|my dad|my boss|my colleague + same group|same segment|same cluster|loyal|in your system|number #|user #|customer #|what group|which group|as me",
        OTHERS,
    ),
    // Retention, churn, value.
    (
        "churn|churned|churning|attrition|retention|retention rate|retained|lapsed|lifetime value|clv|ltv|customer value|likely to leave|going to leave|leave you|leaving you|leave us|stop ordering|stop buying|stop shopping|stopped ordering|stopped shopping|stopped buying|never come back|never came back|not come back|only once|repeat customer|repeat buyer|repeat rate|returning customer|customer base|rfm|cohort|penetration|customers per|order per customer|orders per customer|items per customer - am i|will i|do i|my churn|how likely am i|i bought|i have bought|i buy|i ordered|i have ordered|have i|did i|my orders|my basket|my products",
        BUSINESS,
    ),
    (
        "customer segment|segments|segment size|size of ~ segment|clusters|each segment|by segment|per segment|largest segment|biggest segment|smallest segment|which segment|customer group - am i|my segment|i am in|am in|i in|i belong|me in|my customer segment|mine|do i|what segment am|i|you put me|you placed me|put me|sorted me|assigned me|placed me",
        BUSINESS,
    ),
    // Other people's orders.
    (
        "what do my|what does my|what did my|what has my|what have my + buy|bought|shop|purchase|purchased|order|ordered + neighbour|neighbor|friend|wife|husband|mother|mom|mum|father|dad|sister|brother|partner|boss|colleague|ex|girlfriend|boyfriend|roommate|flatmate|aunt|uncle|cousin|grandma|grandmother|landlord|coworker|buddy|son|daughter",
        OTHERS,
    ),
    (
        "customer before me|customer after me|next customer|previous customer|last customer|shopper before me|shopper after me|shopper ahead|customer ahead|customer in front|customer behind me|person ahead of me|person behind me|person in line|guy before me|random customer|random shopper|random user|some customer|a certain customer|a particular customer",
        OTHERS,
    ),
    (
        "how many|how big|how large|how populous|size of|number of|headcount of + my group|my segment|my cluster|my customer group|my customer segment|same group|same segment|group i am in|segment i am in|segment i belong|group i belong - order|orders|item|items|product|products",
        BUSINESS,
    ),
    ("how big|how large|how populous|how crowded + segment|my group", BUSINESS),
    (
        "how many|what share|what percentage|which of you|number of + likely to quit|going to quit|will quit|about to quit|about to leave|will leave|likely to leave|will stop|going to stop|likely to stop|never return|never returned|did not return|did not come back",
        BUSINESS,
    ),
    (
        "compare to other|compared to other|than other customer|than other shopper|than other people|than others|than the other customer|rank among",
        BUSINESS,
    ),
    (
        "someone else|somebody else|anyone else|anybody else|everyone else|another customer|another shopper|another user|another person|neighbour|neighbor|my friend|my wife|my husband|my boss|my mother|my mom|my mum|my dad|my father|my sister|my brother|my colleague|my ex|my roommate|my flatmate|my boyfriend|my girlfriend|my partner + basket|cart|history|account|profile|shopping list|last order|order history|recent order|segment|show me|orders|what did|what does|data - for my|recommend|gift|party|dinner",
        OTHERS,
    ),
    (
        "customer basket|customer cart|customer history|customer profile|customer account|customer data|customer list|customer record|customer id|shopper basket|shopper cart|shopper history|shopper data|shopper profile|user basket|user cart|user history|user data|user profile|user list|user table|user id|people basket|people cart|people order history|else basket|else cart|else order|else order history|else history|else account - my user id|my customer id|my id",
        OTHERS,
    ),
    (
        "cart|basket|bag|order|history|purchases|shopping + person who|person before|person in front|people who|guy who|woman who|man who|lady who|who shopped here|who was here|before me|next to me",
        OTHERS,
    ),
    (
        "orders of ~ customer|order of ~ customer|orders of other|orders of another|orders of someone|orders of everyone|orders of everybody|orders of all|orders of people|basket of ~ customer|basket of another|basket of someone|cart of ~ customer|cart of someone|cart of another|history of ~ customer|history of ~ client|history of ~ user|history of ~ shopper|history of someone|history of another|history of everyone|history of all|purchases of ~ customer|purchases of ~ user|purchases of other|purchases of someone|data of ~ customer|data of ~ user|data of other|data of all|segment of ~ customer|segment of ~ user|segment of another|profile of ~ customer|profile of ~ user|profile of another|orders of user|orders of client|other people orders|other customers orders|everyone bought|everybody bought|everyone who|everybody who|anyone who|all who|those who - does everybody buy|does everyone buy|does everybody order|everybody buys most|everyone buys most",
        OTHERS,
    ),
];
