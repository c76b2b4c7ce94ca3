//! What people ask for that the data does not hold: the words, and why.
//!
//! Read before any other reading of a question. Input: the words of a message. Output: an [`Outside`] with its reason
//! and the nearest question that is answered. Words inside a product's name do not count, and words with a harmless
//! use ("chicken stock", "a quarter of the customers") only count where their surroundings settle it.
//! The rules are patterns, see [`super::patterns`].

mod concepts;
mod rules;
#[cfg(test)]
pub(in crate::builtin) mod tests;

use std::sync::LazyLock;

use self::concepts::CONCEPTS;
pub(crate) use self::rules::OUTSIDE_DATA;
use super::patterns::{Patterns, Words};

/// Why something is outside the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outside {
    /// Prices, revenue, profit, payment.
    Money,
    /// Months, years, seasons, holidays, trends.
    Calendar,
    /// Further ahead than the forecasts reach, and what would happen if.
    Forecast,
    /// Names, age, sex, contact, demographics.
    Person,
    /// Cities, countries, branches.
    Place,
    /// Stock, shelf life.
    Stock,
    /// Delivery, returns, opening hours, complaints.
    Service,
    /// Staff, suppliers, competitors, marketing, devices.
    Company,
    /// Nutrition facts and ingredients.
    Nutrition,
    /// Allergies, illness, pregnancy.
    Health,
    /// Ratings, reviews, taste.
    Opinion,
    /// Weights, volumes and pack sizes.
    Quantity,
    /// The world outside the shop.
    World,
}

impl Outside {
    const ALL: [Self; 13] = [
        Self::Money,
        Self::Calendar,
        Self::Forecast,
        Self::Person,
        Self::Place,
        Self::Stock,
        Self::Service,
        Self::Company,
        Self::Nutrition,
        Self::Health,
        Self::Opinion,
        Self::Quantity,
        Self::World,
    ];

    /// The reason that was given in a refusal.
    pub(crate) fn of_refusal(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.refusal().0 == text)
    }

    /// The reason in a sentence, and the nearest question that staff are answered.
    pub(crate) fn refusal(self) -> (&'static str, &'static str) {
        match self {
            Self::Money => (
                "The data holds no prices, so it knows no revenue, cost or spending; it counts orders and items.",
                "Which department sells the most items?",
            ),
            Self::Calendar => (
                "The data has no calendar dates, so it knows no months, years, seasons or trends over time; it knows \
                 the number of the day of the week, the hour, and the days between orders.",
                "How many orders are there by hour?",
            ),
            Self::Forecast => (
                "That lies beyond what can be forecast here: the models look a few weeks ahead, from past orders \
                 alone, and know nothing of changes that the shop might make.",
                "How many orders are there by hour?",
            ),
            Self::Person => (
                "The data holds no personal details such as names, age or contact; customers are numbers with their \
                 orders.",
                "How many customers are there?",
            ),
            Self::Place => (
                "The data holds no places: no cities, countries or branches; it knows orders by product, aisle and \
                 department.",
                "Which department sells the most items?",
            ),
            Self::Stock => (
                "The data holds no stock, availability or shelf life; it knows what was ordered.",
                "Which products are ordered most?",
            ),
            Self::Service => (
                "The data holds nothing on delivery, returns, opening hours or other services; it knows what was \
                 ordered.",
                "How many orders are there?",
            ),
            Self::Company => (
                "The data holds nothing on staff, suppliers, brands, competitors, marketing or how people reach the \
                 shop; it knows orders and products.",
                "How many orders are there?",
            ),
            Self::Nutrition => (
                "The data holds no nutrition facts or ingredients; it knows product names, aisles and orders.",
                "Which products have the highest reorder rate?",
            ),
            Self::Health => (
                "The data holds no allergen or medical information, so nothing here can say what is safe to eat; please \
                 read the label or ask a doctor. It knows product names, aisles and orders.",
                "Which products are ordered most?",
            ),
            Self::Opinion => (
                "The data holds no ratings, reviews or quality marks; how often a product is bought again is the \
                 nearest that it knows.",
                "Which products have the highest reorder rate?",
            ),
            Self::Quantity => (
                "The data holds no weights, volumes or pack sizes; it counts how often a product was put in an order.",
                "Which products are ordered most?",
            ),
            Self::World => (
                "That is outside this shop's order data; it knows orders, products and customers' habits.",
                "How many orders are there?",
            ),
        }
    }
}

/// Words that set aside what stands behind them…
const SETS_ASIDE: &[&[&str]] = &[
    &["never", "mind"],
    &["nevermind"],
    &["regardless", "of"],
    &["no", "matter"],
    &["irrespective", "of"],
    &["leaving", "aside"],
    &["i", "do", "not", "care", "about"],
    &["do", "not", "care", "about"],
    &["not", "about"],
    &["forget", "about"],
    &["forget"],
    &["i", "do", "not", "need"],
    &["i", "don't", "need"],
    &["don't", "need"],
    &["do", "not", "need"],
    &["no", "need", "for"],
    &["not", "interested", "in"],
    &["i", "do", "not", "want"],
    &["i", "don't", "want"],
    &["don't", "care", "about"],
    &["i", "don't", "care", "about"],
    &["ignore"],
    &["ignoring"],
    &["skip"],
    &["instead", "of"],
    &["rather", "than"],
    &["not", "for"],
    &["nothing", "about"],
    &["apart", "from"],
];
/// …and what they set aside: the price, the weather.
const SET_ASIDE: &[&str] = &[
    "name",
    "names",
    "price",
    "prices",
    "pricing",
    "cost",
    "costs",
    "money",
    "weather",
    "season",
    "seasons",
    "date",
    "dates",
    "revenue",
    "margin",
    "margins",
    "profit",
    "calories",
    "quality",
    "brand",
    "brands",
    "stock",
    "delivery",
    "sales",
    "$$$",
    "$$",
    "dollars",
    "euros",
    "turnover",
    "profits",
    "budget",
    "discounts",
    "months",
    "years",
    "dates",
];

/// "never mind the price", "weather aside": the message without what it sets aside itself; `None` where nothing is.
pub(crate) fn without_asides(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let plain: Vec<String> = words
        .iter()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '$').to_lowercase())
        .collect();
    let at = |place: usize| plain.get(place).map_or("", String::as_str);
    let mut dropped = std::collections::BTreeSet::new();
    for place in 0..words.len() {
        let behind = |from: usize| {
            let article = usize::from(matches!(at(from), "the" | "its" | "their" | "any"));
            SET_ASIDE.contains(&at(from + article)).then_some(from + article + 1)
        };
        let opened = SETS_ASIDE
            .iter()
            .find(|phrase| phrase.iter().enumerate().all(|(n, word)| at(place + n) == *word));
        if let Some(end) = opened.and_then(|phrase| behind(place + phrase.len())) {
            dropped.extend(place..end);
        }
        // "no revenue, items only: …": a clause of its own that rules it out.
        let clause =
            place == 0 || words.get(place - 1).is_some_and(|word| word.ends_with([',', ';', '.', ':']));
        if clause
            && matches!(at(place), "no" | "not" | "without")
            && let Some(end) = behind(place + 1)
            && words.get(end - 1).is_some_and(|word| word.ends_with([',', ';', '.', ':']))
        {
            dropped.extend(place..end);
        }
        if let Some(end) = behind(place).filter(|end| at(*end) == "aside") {
            dropped.extend(place..=end);
        }
    }
    let kept = words.iter().enumerate().filter(|(place, _)| !dropped.contains(place)).map(|(_, word)| *word);
    let kept: Vec<&str> = kept.collect();
    // A message of nothing else is no question.
    (!dropped.is_empty() && kept.len() > 2).then(|| kept.join(" "))
}

/// What a message asks for that the data does not hold. Staff ask for figures, never for goods, so that words which goods
/// are called by say more in their questions.
pub(crate) fn outside(words: &Words, message: &str, staff: bool) -> Option<Outside> {
    let words = &for_whom(&quoted(words), message);
    if message.contains(['$', '€', '£', '¥']) {
        return Some(Outside::Money);
    }
    static RULES: LazyLock<Patterns<Outside>> = LazyLock::new(|| Patterns::new(OUTSIDE_DATA));
    static OF_FIGURES: LazyLock<Patterns<Outside>> = LazyLock::new(|| Patterns::new(CONCEPTS));
    RULES
        .find(words)
        .or_else(|| {
            let concepts = if staff { OF_FIGURES.all(words) } else { Vec::new() };
            concepts.into_iter().find(|found| is_asked_about(words, found.first))
        })
        .map(|found| found.means)
        .or_else(|| far_ahead(words))
}

/// "holiday in the name", "products called summer": a word that names are searched for says nothing by itself.
fn quoted(words: &Words) -> Words {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let mut quoted = words.clone();
    let mut quote = |at: usize| {
        if let Some(word) = quoted.0.get_mut(at) {
            word.named = true;
        }
    };
    for at in 0..words.0.len() {
        let name = matches!(text(at), "name" | "names" | "title" | "titles" | "label");
        let inside =
            (1..=3).find(|back| at >= *back && matches!(text(at - back), "in" | "within" | "inside"));
        if let (true, Some(back)) = (name, inside) {
            let place = at - back;
            (place.saturating_sub(2)..place).for_each(&mut quote);
        }
        let behind = matches!(text(at), "called" | "named" | "word" | "words")
            || name
                && matches!(
                    text(at + 1),
                    "contains" | "contain" | "containing" | "says" | "say" | "with" | "includes"
                );
        if behind {
            (at + 1..=at + 3).for_each(&mut quote);
        }
    }
    quoted
}

/// "for our newsletter: top 3 aisles", "the marketing team asks how many …": what it is for, and who wants it, is not asked
/// for.
fn for_whom(words: &Words, message: &str) -> Words {
    let text = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let mut told = words.clone();
    let group = |word: &str| {
        matches!(
            word,
            "team" | "department" | "guys" | "folks" | "people" | "colleagues" | "manager" | "boss" | "lead"
        )
    };
    let asks = |word: &str| {
        matches!(
            word,
            "asks" | "asked" | "wants" | "want" | "wonders" | "needs" | "need" | "would" | "requested" | "is"
        )
    };
    let question = |word: &str| matches!(word, "how" | "what" | "which" | "who" | "whether" | "if");
    let asker = (1..words.0.len().min(10)).find(|at| {
        asks(text(*at))
            && (group(text(at - 1)) || question(text(at + 1)) && !matches!(text(*at), "is" | "would"))
    });
    let asker = asker.map(|at| at - 1);
    // The head before a colon or a dash, where it only says what for.
    let opened =
        matches!(text(0), "for" | "quick" | "preparing" | "prepping" | "writing" | "regarding" | "re");
    let head = message.find([':', '–', '—']).or_else(|| message.find(" - "));
    let headed =
        head.filter(|_| opened).map(|end| message.get(..end).unwrap_or_default().split_whitespace().count());
    let end = asker.map(|at| at + 1).into_iter().chain(headed).max().unwrap_or_default();
    for word in told.0.iter_mut().take(end) {
        word.named = true;
    }
    told
}

/// A message of so many words tells no story.
const LONGEST_PLAIN: usize = 8;

/// Whether a word stands where something is asked about: behind "by", "which", "how many", "average", rather than in the
/// story around a question ("I need it for the shelf label").
fn is_asked_about(words: &Words, at: usize) -> bool {
    const ASKING: &[&str] = &[
        "by",
        "per",
        "which",
        "what",
        "many",
        "much",
        "of",
        "each",
        "every",
        "average",
        "mean",
        "median",
        "most",
        "number",
        "rate",
        "share",
        "count",
        "how",
        "with",
        "using",
        "used",
        "through",
        "via",
        "from",
        "are",
        "is",
        "were",
        "was",
        "highest",
        "lowest",
        "top",
        "total",
        "whose",
        "did",
        "do",
        "does",
        "percentage",
        "when",
        "if",
        "than",
        "who",
        "have",
        "had",
        "get",
        "got",
    ];
    let before = words.0.get(at.saturating_sub(2)..at).unwrap_or_default();
    // What a message opens with is what it is about.
    at == 0
        || words.0.len() <= LONGEST_PLAIN
        || before.iter().any(|word| ASKING.contains(&word.text.as_str()))
}

/// The forecasts reach this many days ahead.
const FORECAST_DAYS: f64 = 29.0;

/// The last horizon for which forecasts are published, in days.
const LONGEST_HORIZON: f64 = 60.0;

/// "the next 90 days", "over the coming six weeks".
fn far_ahead(words: &Words) -> Option<Outside> {
    let ahead = ["next", "coming", "following", "upcoming", "within", "future", "from"];
    words.0.windows(2).enumerate().find_map(|(at, pair)| {
        let [number, unit] = pair else { return None };
        let days = match unit.stem.as_str() {
            "day" => number.number?,
            "week" => number.number? * 7.0,
            _ => return None,
        };
        let before = words.0.get(at.saturating_sub(3)..at).unwrap_or_default();
        let announced = before.iter().any(|word| ahead.contains(&word.text.as_str()));
        let from_now = words.0.get(at + 2).is_some_and(|word| word.text == "from" || word.text == "ahead");
        let published = (days - LONGEST_HORIZON).abs() < f64::EPSILON;
        (days > FORECAST_DAYS && !published && (announced || from_now)).then_some(Outside::Forecast)
    })
}
