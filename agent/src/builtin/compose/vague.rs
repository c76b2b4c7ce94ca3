//! Judgements and bounds that no figure settles: "is banana good", "how many loyal customers", "top 10".
//!
//! Each asks for the one thing that is missing: the measure, the bound, or what is ranked.

use std::sync::LazyLock;

use domain::answer::{Clarify, ClarifyOption};

use super::{Question, examples};
use crate::{
    builtin::{
        analytics,
        patterns::{Patterns, Word, Words},
        vocabulary::NameKind,
    },
    draft::Draft,
};

fn asked<S: Into<String>>(question: impl Into<String>, options: impl IntoIterator<Item = S>) -> Draft {
    let option = |text: S| {
        let text: String = text.into();
        ClarifyOption { label: text.clone(), question: text }
    };
    Draft::clarify(Clarify { question: question.into(), options: options.into_iter().map(option).collect() })
}

/// What an unclear bound is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Customers,
    Products,
    Orders,
    Rate,
    Risk,
    Often,
    Times,
}

/// "how many Loyal customers": within a sentence, a capital says that it is the name.
fn is_written_as(question: &Question<'_>, name: &str) -> bool {
    let message = question.asked.message.trim_start();
    message.match_indices(name).any(|(at, _)| {
        let before = message.get(..at).unwrap_or_default().trim_end();
        before.ends_with(|last: char| last.is_lowercase() || last.is_numeric() || last == ',')
    })
}

/// "loyal", "a lot of", "low": where does that begin?
pub(super) fn unclear_bound(question: &Question<'_>, words: &Words) -> Option<Draft> {
    static RULES: LazyLock<Patterns<Bound>> = LazyLock::new(|| Patterns::new(UNCLEAR));
    if words.0.iter().any(|word| word.number.is_some_and(|number| number > 1.0) && !word.named) {
        return None;
    }
    let found = RULES.find(words)?;
    // "Loyal or New or occasional": the segments of those names.
    let segments: Vec<&str> =
        question.entities.of_kind(NameKind::Segment).map(|name| name.text.as_str()).collect();
    if segments.len() > 1 || segments.iter().any(|name| name.contains(' ') || is_written_as(question, name)) {
        return None;
    }
    let staff = question.role().is_staff();
    // "Which regular items have I not bought lately": what is listed to a shopper needs no bound.
    let counts = ["many", "number", "count", "share", "percent", "percentage", "proportion", "%"];
    if !staff && question.entities.myself && !words.0.iter().any(|word| counts.contains(&word.text.as_str()))
    {
        return None;
    }
    let options: &[&str] = match found.means {
        _ if !staff => &["What do I buy most?", "What are the most popular products?"],
        Bound::Customers => &[
            "How many customers have placed at least 20 orders?",
            "Top 10 customers by orders",
            "Top 10 customers by items",
        ],
        Bound::Products | Bound::Often => &[
            "How many products have at least 100 purchases?",
            "Top 10 products by items",
            "Bottom 10 products by items",
        ],
        Bound::Orders => &["How many orders have more than 15 items?", "What is the average basket size?"],
        Bound::Times => &["Orders by hour", "Which hour has the most orders?"],
        Bound::Rate => &["Which products have the highest reorder rate?", "Top 10 aisles by reorder rate"],
        Bound::Risk => {
            &["How many customers have a churn risk above 50 %?", "What is the average churn risk?"]
        }
    };
    let text = match found.means {
        Bound::Customers => "From how many orders or items on does a customer count as that?",
        Bound::Products => "From how many purchases on, or below how many, does a product count as that?",
        Bound::Orders => "How many items, or what share of the order, is enough to count?",
        Bound::Rate => "Above or below which rate, in percent, does it count?",
        Bound::Risk => "Above or below which risk, in percent, does a customer count?",
        Bound::Often => "From how many purchases on does it count as often?",
        Bound::Times => "From how many orders on, or below how many, does an hour or a day count as that?",
    };
    Some(asked(text, options.iter().copied()))
}

const UNCLEAR: &[(&str, Bound)] = &[
    (
        "hardly anyone|hardly anybody|almost nobody|almost no one|next to nobody|barely anyone|barely anybody|few people buy|few customer buy|nearly nobody|practically nobody|scarcely anyone + how many|number|count|share|percent|percentage|proportion|%|list|which|show",
        Bound::Products,
    ),
    (
        "=few orders|=several orders|=many orders|handful of order|lot of order|lots of order|plenty of order|tons of order|=few purchases|=few items|=several purchases + customer|shopper|buyer|user|client|household + share|percent|percentage|proportion|%|number of customer|number of shopper|number of buyer|how many customer|how many shopper|how many buyer|how many client|how many user|how many household - how many order|number of order|per order",
        Bound::Customers,
    ),
    (
        "quiet hour|quiet day|busy hour|busy day|slow hour|slow day|peak hour|peak day|rush hour|dead hour|calm hour|strong hour|weak hour|good hour|bad hour|quiet time|busy time|slow time|peak time + how many|number of|count|share|percent|percentage|proportion|% - busiest|quietest",
        Bound::Times,
    ),
    (
        "really loyal|truly loyal|actually loyal|very loyal|quite loyal|really active|truly active|very active|really frequent|really valuable|truly valuable|really good customer|really regular|fairly loyal|pretty loyal + how many|number|count|share|percent|percentage|proportion|%",
        Bound::Customers,
    ),
    (
        "loyal customer|loyal shopper|loyal buyer|loyal user|loyal client|loyalty|heavy buyer|heavy user|heavy shopper|heavy customer|heavy drinker|light buyer|light user|light shopper|good customer|bad customer|great customer|valuable customer|important customer|frequent customer|frequent buyer|frequent shopper|frequent user|regular customer|regular buyer|regular shopper|regulars|active customer|active user|active shopper|inactive customer|inactive user|dormant|occasional customer|occasional shopper|occasional buyer|power user|power shopper|=vip|=vips|key account|big customer|small customer|big buyer|keen buyer|enthusiast|fans of|fan of|addicts|die hard|committed customer|engaged customer|customer with many order|customer with few order|customer with lots of order|customer who have many order|customer with a lot of order|rare customer|casual shopper|casual buyer|frequent ~ buyer|regular ~ buyer|heavy ~ buyer|loyal ~ buyer|keen ~ buyer|big ~ buyer|frequent ~ shopper|heavy ~ shopper|loyal ~ customer|buy loads|buy tons|buy plenty|customers who buy often|customer who buy a lot|buy a lot|buys a lot|customers are important|customer are important|customers matter|important to us|customers are loyal|customers are valuable + how many|number of|count|share|percent|percentage|proportion|%|who|which|list|show|are there|do we have|what|identify|find|give me|top|count|customers who - most active|least active|most loyal|most frequent|most valuable|least loyal|highest|by orders|by items|lowest",
        Bound::Customers,
    ),
    (
        "buy ~ heavily|buys ~ heavily|buying ~ heavily|heavily buy|heavily buys|buy ~ in bulk|buys ~ in bulk + size of|group|who|how many|number|customer|count|share",
        Bound::Customers,
    ),
    (
        "slow mover|slow movers|slow moving|slow seller|slow selling|fast mover|fast moving|fast seller|fast selling|quick seller|good seller|bad seller|poor seller|strong seller|weak seller|popular product|popular item|unpopular product|unpopular item|rare product|rarely bought|rarely sold|rarely ordered|seldom bought|hardly bought|hardly sold|hardly ever|niche product|shelf warmer|dead stock|core product|key product|important product|big product|small product|successful product|underperforming|frequently bought product|well selling|poorly selling|sell well|sells well|selling well|sell badly|sell poorly|hardly sell|sell often|key products|core products|product that are rarely|products that are rarely|product that are hardly|popular aisle|popular department|unpopular aisle|big departments|large departments|important product|important aisle|important department|big aisle|small aisle|large aisle|big department|small department|minor aisle|major aisle + how many|number of|count of|count $|share of|percent of|percentage of|proportion of|% of|list|show|identify|give me|find - most|least|best|together",
        Bound::Products,
    ),
    (
        "sell well|sells well|selling well|sell badly|sell poorly|sell often + which - most|least|best|together|with|top",
        Bound::Products,
    ),
    (
        "a lot of|lots of|plenty of|loads of|tons of|mostly|mainly|hardly any|little|very few|only few|a good deal of|heavily|full of|loaded with|heavy on|big on|rich in|strong on|light on|plenty + how many|number of|count|share|percent|percentage|proportion|%|which|how often - most|least|highest|lowest",
        Bound::Orders,
    ),
    (
        "low reorder|low rate|high reorder|high rate|good reorder|bad reorder|poor reorder|decent reorder|weak reorder|strong reorder|reorder rate is low|reorder rate is high|reorder rate low|reorder rate high|rate is poor|rate is weak|rate is bad|rate is good|rate is strong|rate is decent|rate is great|sticky product|sticky item|high share|low share|low penetration|high penetration|high lift|low lift|high confidence|strong affinity|weak affinity + how many|number of|count|share|percent|percentage|proportion|% of|list|which - most|highest|lowest|top|best",
        Bound::Rate,
    ),
    (
        "high risk|high churn|low churn|low risk|risky customer|about to leave|likely to churn|likely to leave|in danger|safe customer|going to churn|probably leave|probably churn + how many|number of|count|share|percent|percentage|proportion|% of|who|list - most|highest|lowest|top|next|within|horizon",
        Bound::Risk,
    ),
    (
        "now and then|once in a while|from time to time|every so often|occasionally|irregularly|often|frequently|rarely|seldom|regularly|sometimes|every now and then|all the time|repeatedly + how many|number of|count of|share of|percent of|percentage of|proportion of - how often|most often|least often|more often|most frequently|how frequently|less often|together|often is|how regularly|often together|usually|as often",
        Bound::Often,
    ),
];

/// "Is a reorder rate of 0.6 ok?", "are 12 orders a lot?": a figure is named and only judged.
fn judges_a_figure(question: &Question<'_>, words: &Words) -> bool {
    const VERDICTS: &[&str] = &[
        "ok",
        "okay",
        "good",
        "bad",
        "fine",
        "normal",
        "high",
        "low",
        "much",
        "little",
        "lot",
        "enough",
        "decent",
        "great",
        "poor",
        "alright",
        "healthy",
        "acceptable",
        "typical",
        "usual",
        "unusual",
        "impressive",
        "worrying",
        "big",
        "small",
        "long",
        "short",
        "solid",
        "strong",
        "weak",
        "reasonable",
    ];
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let polite = |word: &&Word| {
        !matches!(word.text.as_str(), "please" | "really" | "then" | "for" | "us" | "not" | "or")
    };
    let last = words.0.iter().rev().find(polite).map_or("", |word| word.text.as_str());
    question.role().is_staff()
        && matches!(text(0), "is" | "are" | "would" | "was")
        && VERDICTS.contains(&last)
        && words.0.iter().any(|word| word.number.is_some() && !word.named)
        && !words.0.iter().any(|word| matches!(word.text.as_str(), "than" | "more" | "customer" | "there"))
}

/// Good, bad, interesting: by which measure?
pub(super) fn judgement(question: &Question<'_>, words: &Words) -> Option<Draft> {
    if question.asked.history.is_empty() && judges_a_figure(question, words) {
        return Some(asked(
            "Compared with what: the whole shop, another department, or a bound of yours?",
            ["Reorder rate by department", "What is the average basket size?"],
        ));
    }
    static STAFF: LazyLock<Patterns<()>> = LazyLock::new(|| Patterns::new(JUDGEMENTS));
    static SHOPPERS: LazyLock<Patterns<()>> = LazyLock::new(|| Patterns::new(SHOPPERS_JUDGEMENTS));
    if words.0.iter().any(|word| word.number.is_some_and(|number| number > 1.0) && !word.named) {
        return None;
    }
    let staff = question.role().is_staff();
    // Behind an answer, "how does bakery do" takes its measure from there.
    if !question.asked.history.is_empty() {
        return None;
    }
    let rules = if staff { &STAFF } else { &SHOPPERS };
    let found = rules.find(words)?;
    let word = words.0.get(found.first..found.last).unwrap_or_default();
    let word: Vec<&str> = word.iter().map(|word| word.text.as_str()).collect();
    let measured =
        if staff { "items sold, customers, reorder rate" } else { "popularity, what goes with it" };
    let word = word.join(" ");
    let about = question.entities.named.first();
    let (text, options) = match about {
        Some(named) => {
            let name = &named.name.text;
            (
                format!("By which measure should “{name}” be judged: {measured}?"),
                about_name(name, named.name.kind, staff),
            )
        }
        None => (
            format!(
                "“{word}” needs a measure. Which one, and for what: a product, an aisle or a department?"
            ),
            examples(question.role()),
        ),
    };
    Some(asked(text, options))
}

/// Questions about a named thing.
fn about_name(name: &str, kind: NameKind, staff: bool) -> Vec<String> {
    let place = match kind {
        NameKind::Department => format!("in the {name} department"),
        NameKind::Aisle => format!("in the {name} aisle"),
        NameKind::Product | NameKind::Segment => String::new(),
    };
    match (staff, kind) {
        (true, NameKind::Department | NameKind::Aisle) => {
            vec![format!("Reorder rate {place}"), format!("How many items were sold {place}?")]
        }
        (true, NameKind::Product) => {
            vec![format!("Reorder rate of {name}"), format!("How many customers bought {name}?")]
        }
        (true, NameKind::Segment) => vec!["How many customers are in each segment?".into()],
        (false, NameKind::Department | NameKind::Aisle) => {
            vec![format!("What are the most popular products {place}?")]
        }
        (false, _) => vec![format!("What goes well with {name}?"), format!("Find {name}")],
    }
}

const JUDGEMENTS: &[(&str, ())] = &[
    (
        "worth keeping|should we target|to target next|we lose people|we lose customers|we lose shoppers|we lose them|underperforming|underperform|underperforms|overperforming|overperform|struggling|should we promote|should we do about|should we stock more|how big are we|how large are we|how healthy is the business|how healthy is the shop|show me the data $|tell me about our customers $|tell me about our products $|tell me about our orders $|tell me about the customers $",
        (),
    ),
    (
        "how do we stand|where do we stand|how are we doing|how did we do|how do we look|how are things|^ is the ~ ok $|^ is the ~ okay $|^ is the ~ good $|^ is the ~ normal $|^ is the ~ fine $|^ is the ~ bad $|^ is the ~ too low|^ is the ~ too high|^ is # a good|^ is # % a good|^ is # good|enough customers|enough orders|enough buyers",
        (),
    ),
    (
        "doing best|does best|doing worst|does worst|keep an eye on|too small|too big|too large|too short|too long|how does ~ compare|how do ~ compare|^ is ~ ahead of|^ are ~ ahead of|^ is ~ behind|doing poorly|doing great|doing bad $|do poorly|do badly|matter most|matters most|matter the most|matters the most|most successful|perform best|performs best|perform worst|performs worst|are we doing|how are we doing|how is business|how is the business|business going|shop doing|store doing|doing well|doing good|doing okay|doing fine|doing badly|how is it going|performing|performs|performance|going well|going badly|how does ~ do|how did ~ do|how do ~ do|how well does|how good is|how bad is|how is ~ doing|how are ~ doing|as it should|as they should|on track|successful|success|interesting|worry|worried|worrying|concerned|concerning|unusual|strange|weird|satisfied|happy with|pleased with|content with|any good|worth having|worth stocking|worth a look|worth knowing|worth mentioning|worth reporting|should we focus|should i focus|to focus on|focus on $|prioritise|prioritize|pay attention to|look out for|sticks out|stick out|jumps out|jump out|out of the ordinary|feeling for|impression of|your impression|strong $|how strong is|how weak is|how big is ~ $|how important is|how popular is ~ $|how do we look|how does ~ look $|look good|looking good|stand $|how does ~ stand|vs everything else|versus everything else|vs the others|^ is the reorder rate of ~ ok|^ is the reorder rate of ~ good|rate ok $|rate good $|supposed to do|reason for concern|reason to worry|cause for concern|cause for alarm|reason for alarm|live up to|enough customers|enough orders|key products|important products|surprising|odd|problem|problems|issue|issues|insight|insights|what is new|anything new|what is up|what is going on|should i know|need to know|tell me something|noteworthy|remarkable|stand out|stands out|suspicious|alarming|improve|improvement|opportunity|opportunities|potential|better|worse|nicer|nice|nicest|prettier|good|great|okay|fine|terrible|awful|awesome|amazing|superior|inferior|above or below average|above average $|below average $|above the average $|below the average $|against the rest|to the rest|vs the rest|versus the rest|than the rest $|^ is ~ normal|^ is ~ important|^ is ~ relevant|^ is ~ strong|^ is ~ weak|^ is ~ popular $|^ is ~ big|^ is ~ large|^ is ~ high|^ is ~ low|^ compare|^ comparison|too high|too low|too many|too few|too much|worth it|make sense|makes sense|overview of everything|what matters|most important|key takeaway|highlights|status update|how are things|how is it looking|anything unusual|anything odd|anything special - good morning|good afternoon|good evening|recommend|find|goes|go with|goes well|sell|sells|reorder rate|how many|number of|orders|customers|percent|share of|churn|most often|basket size|sold|bought|buy|orders|items|rate|size|customer|position|gap|penetration|lift|days between|by reorder|hour|thank|thanks|can you do|mean by|items per|items sold",
        (),
    ),
];

const SHOPPERS_JUDGEMENTS: &[(&str, ())] = &[(
    "^ is ~ good $|^ is ~ good or|^ is ~ any good|^ is ~ nice $|^ is ~ worth it|^ are ~ worth it|^ is ~ worth buying|^ is ~ worth trying|^ are ~ worth buying|^ are ~ worth trying|^ is ~ worth a try|^ are ~ good $|^ are ~ nice $|^ is ~ better|^ are ~ better|nicer|prettier|which ~ is better|which ~ is best $|which ~ is good $|which ~ are good $|which one is better|better than|worse than|what is good here|how good is|how good are|nicest|coolest|prettiest|finest|loveliest|help me choose|help me decide|interesting|what is new|is it any good|is it good|is this good|what is best $|what is the best $ - for me|to me|recommend|find|looking for|goes|go with|sell|popular",
    (),
)];

/// "What is our best aisle?", "which department is the worst": by which figure? With a number, or of products, the ranking
/// is that of what sells.
fn best_without_measure(question: &Question<'_>, words: &Words) -> Option<Draft> {
    const JUDGED: &[&str] =
        &["best", "worst", "strongest", "weakest", "poorest", "greatest", "finest", "healthiest", "leading"];
    const OF: &[&str] =
        &["aisle", "department", "segment", "customer", "hour", "day", "category", "shopper", "product"];
    const AROUND: &[&str] = &[
        "what",
        "which",
        "who",
        "is",
        "are",
        "was",
        "were",
        "our",
        "the",
        "a",
        "of",
        "all",
        "we",
        "have",
        "one",
        "do",
        "please",
        "show",
        "me",
        "tell",
        "name",
        "give",
        "in",
        "shop",
        "store",
        "whole",
        "overall",
        "currently",
        "us",
        "your",
        "my",
        "single",
        "very",
        "and",
        "by",
        "far",
        "say",
        "would",
        "you",
        "ones",
        "there",
        "actually",
        "s",
    ];
    let judged = words.0.iter().any(|word| !word.named && JUDGED.contains(&word.text.as_str()));
    let things: Vec<&str> = words
        .0
        .iter()
        .map(|word| word.text.as_str())
        .filter(|text| OF.contains(&crate::builtin::normalise::stem(text).as_str()))
        .collect();
    let [thing] = things.as_slice() else { return None };
    let known = |word: &Word| {
        let text = word.text.as_str();
        !word.named
            && (word.number.is_none() || text == "one")
            && (JUDGED.contains(&text) || AROUND.contains(&text) || text == *thing)
    };
    if !question.role().is_staff() || !judged || *thing == "products" || !words.0.iter().all(known) {
        return None;
    }
    let one = crate::builtin::normalise::stem(thing);
    let options = if matches!(one.as_str(), "customer" | "shopper") {
        ["Top 10 customers by orders".to_owned(), "Top 10 customers by items".to_owned()]
    } else {
        [format!("Which {one} has the most items?"), format!("Which {one} has the highest reorder rate?")]
    };
    Some(asked("By which figure: items, orders, customers or reorder rate?", options))
}

/// "top 10", "compare them", "per department please": nothing says what of what.
pub(super) fn nothing_to_measure(question: &Question<'_>, words: &Words) -> Option<Draft> {
    if !question.asked.history.is_empty() || words.0.is_empty() {
        return None;
    }
    const ENDS: &[&str] = &[
        "top",
        "bottom",
        "most",
        "least",
        "highest",
        "lowest",
        "biggest",
        "largest",
        "smallest",
        "best",
        "worst",
        "first",
        "last",
        "average",
        "mean",
        "median",
        "percent",
        "percentage",
        "%",
        "share",
        "total",
        "compare",
        "rank",
        "ranking",
        "better",
        "worse",
        "fewest",
        "greatest",
        "longest",
        "shortest",
        "max",
        "maximum",
        "min",
        "minimum",
        "rate",
        "sum",
        "number",
        "leading",
        "count",
        "plot",
        "draw",
        "chart",
        "graph",
        "sort",
        "distribution",
        "breakdown",
        "overview",
        "report",
        "statistics",
        "stats",
        "figures",
        "numbers",
        "kpis",
        "dashboard",
        "summary",
        "everything",
        "insights",
    ];
    const GROUPING: &[&str] = &["by", "per", "each", "every", "across", "split", "grouped", "breakdown"];
    const THINGS: &[&str] = &["department", "aisle", "hour", "day", "segment", "product", "week"];
    const REST: &[&str] = &[
        "which",
        "make",
        "create",
        "table",
        "in",
        "as",
        "one",
        "ones",
        "what",
        "who",
        "is",
        "are",
        "was",
        "the",
        "a",
        "an",
        "we",
        "have",
        "do",
        "does",
        "it",
        "them",
        "they",
        "these",
        "those",
        "this",
        "that",
        "please",
        "show",
        "me",
        "give",
        "list",
        "of",
        "in",
        "for",
        "our",
        "your",
        "us",
        "all",
        "here",
        "there",
        "you",
        "to",
        "and",
        "tell",
        "can",
        "how",
        "much",
        "out",
        "got",
        "just",
        "now",
        "ok",
        "by",
        "far",
        "down",
        "both",
        "two",
        "three",
        "it's",
        "up",
        "s",
        "number",
        "only",
        "quick",
        "quickly",
        "want",
        "i",
        "would",
        "like",
        "see",
        "need",
        "overall",
        "break",
        "broken",
        "split",
        "group",
        "grouped",
        "drill",
        "slice",
        "display",
        "visualise",
        "visualize",
        "view",
        "let",
        "look",
        "give",
        "could",
        "would",
        "some",
        "any",
        "then",
        "put",
        "get",
    ];
    let is = |list: &[&str], word: &Word| {
        !word.named && (list.contains(&word.text.as_str()) || list.contains(&word.stem.as_str()))
    };
    if let Some(draft) = overview(question, words).or_else(|| best_without_measure(question, words)) {
        return Some(draft);
    }
    let grouped =
        words.0.iter().any(|word| is(GROUPING, word)) && words.0.iter().any(|word| is(THINGS, word));
    let ranked = words.0.iter().any(|word| is(ENDS, word));
    // "plot by hour", "rank the segments", "average by aisle": of what?
    let of_a_kind = |word: &Word| is(ENDS, word) || is(REST, word) || is(GROUPING, word) || is(THINGS, word);
    let things = words.0.iter().filter(|word| is(THINGS, word)).count();
    let numbered = words.0.iter().any(|word| word.number.is_some());
    let shows = words.0.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "plot"
                | "table"
                | "draw"
                | "chart"
                | "graph"
                | "rank"
                | "sort"
                | "average"
                | "mean"
                | "median"
                | "distribution"
                | "share"
                | "percent"
                | "percentage"
                | "%"
                | "total"
                | "rate"
        )
    });
    let counts = question.measures.how_many
        || words
            .0
            .iter()
            .any(|word| matches!(word.text.as_str(), "number" | "many" | "count" | "often" | "much"));
    if question.role().is_staff()
        && shows
        && things == 1
        && !numbered
        && !counts
        && words.0.iter().all(of_a_kind)
        && words.0.len() <= 8
    {
        let options = ["Items by department", "Orders by hour", "Customers by segment"];
        return Some(asked("By which figure: orders, items, customers or reorder rate?", options));
    }
    let empty = |word: &Word| {
        is(ENDS, word) || is(REST, word) || is(GROUPING, word) || word.number.is_some() && !word.named
    };
    // "what was in order number 3" names one order.
    let one_order =
        words.0.iter().any(|word| word.stem == "order") && words.0.iter().any(|w| w.number.is_some());
    if ranked && !one_order && words.0.iter().all(empty) {
        let things = if question.role().is_staff() {
            "Of what, and by which figure: products, aisles or departments, by items, orders or reorder rate?"
        } else {
            "Of what: products, or one aisle or department?"
        };
        let options: Vec<String> = if question.role().is_staff() {
            ["Top 10 products by items", "Top 10 aisles by reorder rate", "Items by department"]
                .map(String::from)
                .into()
        } else {
            examples(question.role())
        };
        return Some(asked(things, options));
    }
    if question.role().is_staff() && compared_without_figure(question) {
        let options = ["Items by part of the day", "Orders by part of the day", "Reorder rate by department"];
        return Some(asked("Compared by which figure: items, orders, customers or reorder rate?", options));
    }
    if question.role().is_staff() && only_names_beside_each_other(question) {
        let names: Vec<&str> = question.entities.named.iter().map(|named| named.name.text.as_str()).collect();
        let options = ["Compare items of", "Compare reorder rate of"]
            .map(|start| format!("{start} {}", names.join(" and ")));
        return Some(asked("Compared by which figure: items, orders, customers or reorder rate?", options));
    }
    let silent = |word: &Word| is(REST, word) || is(GROUPING, word) || is(THINGS, word);
    let things = words.0.iter().filter(|word| is(THINGS, word)).count();
    if grouped && things == 1 && words.0.iter().all(silent) {
        let thing =
            words.0.iter().find(|word| is(THINGS, word)).map_or("department", |word| word.stem.as_str());
        let thing = if thing == "day" || thing == "week" { "day of the week" } else { thing };
        let options = ["Orders", "Items", "Reorder rate"].map(|figure| format!("{figure} by {thing}"));
        return Some(asked(
            format!("Which figure by {thing}: orders, items, customers or reorder rate?"),
            options,
        ));
    }
    None
}

/// "numbers for pets", "give me a report": everything, and so nothing, is asked for.
fn overview(question: &Question<'_>, words: &Words) -> Option<Draft> {
    static RULES: LazyLock<Patterns<()>> = LazyLock::new(|| Patterns::new(OVERVIEWS));
    if !question.role().is_staff()
        || words.0.len() > LONGEST_OVERVIEW
        || !question.measures.metrics.is_empty()
    {
        return None;
    }
    let of_place = question.entities.named.iter().all(|named| named.name.kind != NameKind::Product)
        && question.entities.customers.is_empty()
        && question.entities.product_ids.is_empty();
    if !how_much_of(question, words) {
        RULES.find(words).filter(|_| of_place)?;
    }
    let options = match question.entities.named.first() {
        Some(named) => about_name(&named.name.text, named.name.kind, true),
        None => examples(question.role()),
    };
    Some(asked("Which figure would help: orders, items, customers or reorder rate?", options))
}

/// "how much frozen", "pets. how much": so much of what?
fn how_much_of(question: &Question<'_>, words: &Words) -> bool {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let last = words.0.len().saturating_sub(2);
    let asks = |at: usize| text(at) == "how" && text(at + 1) == "much";
    let places = question.entities.named.iter().filter(|named| named.name.kind != NameKind::Product);
    let short = words.0.len() <= LONGEST_HOW_MUCH;
    question.role().is_staff() && short && places.count() == 1 && (asks(0) || asks(last))
}

/// "how much" of one place has no more words than this.
const LONGEST_HOW_MUCH: usize = 4;

/// More words say what is wanted.
const LONGEST_OVERVIEW: usize = 7;

/// More words say by what they are compared.
const LONGEST_COMPARISON: usize = 12;

const OVERVIEWS: &[(&str, ())] = &[(
    "^ rate the|^ grade the|^ assess|^ evaluate|^ judge|^ review the|what do you make of|what do you think of|your take on|your opinion on|important stuff|main stuff|important bits|interesting bits|key fact|key point|main point|the essentials|the gist|big picture|the usual numbers|the usual figures|usual report|standard report|regular report|weekly report|monthly report|daily report|^ what changed|^ what has changed|^ anything changed|^ ratio of|^ ratio for|^ the ratio of|^ the ratio for|^ result for|^ result of|^ the result for|^ report on|^ report for|^ a report on|^ what are the number for|^ what are the figure for|^ what are the number of the|^ rate of|^ the rate of|^ what is the rate of|^ what is the rate in|^ rate in|^ rate for|^ average of|^ the average of|^ mean of|^ median of|^ trend of|^ development of|^ performance of|^ the performance of|^ number for|^ figure for|^ figure on|^ number on|^ stat for|^ stat on|^ statistic for|^ statistic on|^ kpi|^ data for|^ data on|^ overview of|^ an overview of|^ report on|^ report for|^ summary of|^ everything about|^ everything on|^ info on|^ information on|^ number please|^ figure please|^ stat please|give me a report|give me the report|give me a summary|give me an overview|give me some numbers|give me some figures|give me everything|give me the numbers|give me the figures|show me everything|show me a report|show me some numbers|show me the figures|show me some figures|i need some statistic|i need statistic|i need a report|i need number|i need some number|i want a report|some statistic|some stat|some kpi|what do the numbers say|what do the figures say - how many|by|per|each|top|reorder|share|sales of|items|orders|customers|about you",
    (),
)];

/// "what is the difference between the morning and the evening": two sides, and no figure of them.
fn compared_without_figure(question: &Question<'_>) -> bool {
    const COMPARES: &[&str] =
        &["difference", "differences", "compare", "compared", "comparison", "versus", "vs", "differ"];
    const AROUND: &[&str] = &[
        "what", "is", "are", "the", "between", "and", "with", "to", "of", "a", "an", "show", "me", "please",
        "how", "do", "does", "big", "there", "against", "from", "tell", "in", "can", "you", "i", "want",
        "see", "would", "like", ",",
    ];
    let is = |list: &[&str], at: usize| {
        question.tokens.get(at).is_some_and(|token| list.contains(&token.text.as_str()))
    };
    let all = 0..question.tokens.len();
    if question.tokens.len() > LONGEST_COMPARISON || !all.clone().any(|at| is(COMPARES, at)) {
        return false;
    }
    let fragment = analytics::fragment(question.tokens, question.vocabulary);
    let sides: usize = fragment.stated.iter().map(|one| one.filter.values.len()).sum();
    let figure = !fragment.metrics.is_empty()
        || fragment.listed.is_some()
        || fragment.highest.is_some()
        || fragment.verb
        || fragment.share
        || fragment.bare.is_some()
        || !fragment.grouped.is_empty();
    let named = !question.entities.named.is_empty();
    let known = |at: usize| is(COMPARES, at) || is(AROUND, at) || fragment.explained.contains(&at);
    sides >= 2 && !figure && !named && all.clone().all(known)
}

/// "produce vs frozen": two things or more, and nothing else but that they are compared.
fn only_names_beside_each_other(question: &Question<'_>) -> bool {
    let comparing = |at: usize| {
        let words = question.words(at);
        matches!(
            words.as_str(),
            "vs" | "versus"
                | "compare"
                | "compared"
                | "comparison"
                | "against"
                | "comparison of"
                | "difference"
                | "with"
                | "wins"
                | "win"
                | "winner"
                | "leads"
                | "ahead"
                | "stronger"
        )
    };
    // "bakery or deli, who wins?"
    let asks = |at: usize| matches!(question.words(at).as_str(), "or" | "who" | "which" | "one");
    let named = |at: usize| question.entities.named.iter().any(|named| named.span == at);
    question.entities.named.len() > 1
        && (0..question.spans.len()).any(comparing)
        && question.spans.iter().enumerate().all(|(at, span)| {
            span.is_filler() || comparing(at) || asks(at) || named(at) || question.entities.used.contains(&at)
        })
}
