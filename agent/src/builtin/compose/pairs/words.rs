//! The words of questions about products that stand in one order, by what they do in it.
//!
//! tokens → [`Piece`]s: phrases of the list below, names of the catalogue, numbers. The longest reading at a place wins;
//! a whole name comes before a phrase only where it is longer. What stays [`Part::Unknown`] was not understood.

use std::{collections::HashMap, sync::LazyLock};

use query::metrics::FilterOp;

use crate::builtin::{
    fillers::FILLERS,
    normalise::{Token, stem},
    vocabulary::{Name, NameKind, Vocabulary},
};

/// A figure of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Orders that hold both.
    Joint,
    /// Their share of all orders.
    Support,
    /// Their share of the orders of the first.
    Confidence,
    /// How many times as often as by chance.
    Lift,
    /// How much more often than by chance.
    Leverage,
}

/// What a stretch of tokens does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// Nothing that matters.
    Skip,
    Unknown,
    /// Things of the catalogue of that name.
    Things(Vec<Name>),
    Number(f64),
    /// A fraction of 1.
    Percent(f64),
    Measure(Measure),
    /// "bought together", "in the same basket".
    Together,
    /// "bought most often with": how often and together in one phrase.
    MostWith,
    /// "pairs", "combinations".
    Pair,
    /// "companions".
    Companion,
    /// "strongest": by lift, and the end that comes first.
    Strongest,
    /// "most often", "top".
    Most,
    /// "least often".
    Least,
    /// "number one": the first of a ranking.
    NumberOne,
    /// "average".
    Mean,
    HowMany,
    Which,
    /// "ranked by": the measure behind it orders.
    By,
    Cmp(FilterOp),
    /// "or more", behind the number.
    CmpAfter(FilterOp),
    /// ">": a comparison before a number, an arrow before a thing.
    Arrow,
    Orders,
    Products,
    Customers,
    AisleWord,
    DepartmentWord,
    /// "but not", "without".
    Not,
    /// "X yes, Y no": turns the thing before it.
    No,
    /// "skip any with under 100 orders": turns the bound behind it.
    Drop,
    Both,
    /// "hold", "contain", "with".
    Holds,
    /// "also", "too".
    Also,
    /// "share of", "percentage".
    Share,
    /// "when", "given": what follows is the product that is there already.
    Given,
    /// "buyers of which", "lead to": what is asked for leads to the product that is named.
    Leads,
    And,
    Or,
    Organic,
}

/// A part over the tokens `from..to`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) part: Part,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether its last word stands in the singular.
    pub(super) singular: bool,
}

/// The longest phrase, in words.
const LONGEST: usize = 6;
/// No name of the catalogue has more words.
const LONGEST_NAME: usize = 20;

static PHRASES: LazyLock<HashMap<String, Part>> = LazyLock::new(|| {
    let mut phrases = HashMap::new();
    for (list, part) in lists() {
        for phrase in list.split('|').map(str::trim) {
            let stems = phrase.split(' ').map(stem).collect::<Vec<_>>().join(" ");
            phrases.entry(stems).or_insert_with(|| part.clone());
            phrases.entry(phrase.to_owned()).or_insert_with(|| part.clone());
        }
    }
    for word in FILLERS {
        phrases.entry((*word).to_owned()).or_insert(Part::Skip);
    }
    phrases
});

/// Every phrase, for the spelling.
pub(crate) fn phrases() -> impl Iterator<Item = &'static str> {
    lists().into_iter().flat_map(|(list, _)| list.split('|').map(str::trim))
}

fn lists() -> Vec<(&'static str, Part)> {
    use Measure::{Confidence, Joint, Leverage, Lift, Support};
    vec![
        (
            "joint orders|joint baskets|joint carts|joint order|joint purchases|shared orders|\
             shared baskets|common orders|common baskets|orders in common|baskets in common|co occurrence|co occurrences|\
             joint count|pair count|joint transactions|number of joint orders|number of joint baskets|number of shared orders|\
             number of orders with both|orders with both|baskets with both|times together|joint frequency",
            Part::Measure(Joint),
        ),
        (
            "bought most with|bought most often with|bought most frequently with|most often with|most frequently with|\
             sold most with|purchased most often with|purchased most with|bought most commonly with|most commonly with",
            Part::MostWith,
        ),
        ("average|mean|avg", Part::Mean),
        ("support|support value", Part::Measure(Support)),
        (
            "confidence|confidence value|conditional probability|how likely|most likely|likeliest|probability|chance|likelihood|odds|\
             highest probability|best chance|more likely",
            Part::Measure(Confidence),
        ),
        (
            "lift|lift value|association|association strength|strength|how strong|more often than by chance|more often than chance|than by chance|than chance|less often than by chance|less often than chance|than pure chance|less often than pure chance|more often than pure chance|affinity|affinity score",
            Part::Measure(Lift),
        ),
        ("leverage|leverage value", Part::Measure(Leverage)),
        (
            "together|together with|bought together|bought together with|go together|goes together|go together with|in the same order|\
             in the same basket|in the same cart|in the same orders|in the same baskets|in the same carts|the same order|the same basket|\
             the same cart|same order|same basket|same cart|same transaction|the same transaction|in the same transaction|in one order|\
             in one basket|in one cart|one order|one basket|one cart|in one transaction|one transaction|in a single order|in a single basket|\
             in a single cart|in one and the same order|one and the same order|in the same trolley|in the same bag|in one go|alongside|along with|\
             combined with|combine with|goes with|go with|go well with|goes well with|goes best with|go best with|bought with|buy with|\
             bought alongside|purchased with|purchased together|sold together|sold with|ordered together|ordered with|appear together|\
             appears together|occur together|occurs together|bought along with|accompany|accompanies|accompanying|what else|else|combine|combines|combining|appear with|appears with|occur with|occurs with|found with|\
             paired with|pairs well with|pair well with|pair best with|pairs best with|accompanied by|in combination|in combination with|co occur with|co purchased with|\
             co purchased|jointly|side by side|bought in combination with|bought jointly|in the same checkout|on the same receipt|same receipt|\
             next to|associated with|associated most with|linked with|linked to|tied to|connected with|connected to|share an order with|shares an order with|share a basket with|shares a basket with|share orders with|shares orders with|at the same time|at once|in the same shop|in the same purchase|same purchase|jointly with",
            Part::Together,
        ),
        (
            "pair|pairs|product pair|product pairs|pair of products|pairs of products|rule|rules|association rule|association rules|\
             combination|combinations|product combination|product combinations|combo|combos|duo|duos|\
             item pair|item pairs|pairs of items|pair of items|combination of products|combinations of products|combination of two products|\
             combinations of two products",
            Part::Pair,
        ),
        (
            "companion|companions|partner|partners|companion product|companion products|complement|complements|complementary product|\
             complementary products|side product|side products|partner product|partner products|partner item|partner items|\
             best partner|best companion|consequent|consequents",
            Part::Companion,
        ),
        (
            "closer|closer to|nearer to|more strongly tied to|strongest|strongest link|strongest links|strongest affinity|strongest association|closest|tightest|strongest connection|strongest tie|strongest ties|most strongly|most closely|strongly",
            Part::Strongest,
        ),
        (
            "most often|most frequently|most commonly|most|top|best|highest|largest|biggest|more often|most frequent|most common|\
             most popular|greatest|oftenest|first|largest number of|highest number of|greatest number of|biggest number of|most orders|leading|main|most of all|most regularly|most typically",
            Part::Most,
        ),
        (
            "least often|least|lowest|smallest|fewest|rarest|weakest|least frequently|most rarely|bottom|rarely",
            Part::Least,
        ),
        (
            "number one|the winner|winner|only the best|only the top one|just the top one|no one|nr one|number 1|nr 1|no 1|#1|single most frequent",
            Part::NumberOne,
        ),
        (
            "how many|number of|count of|count|how many different|how many distinct|no of|nr of|total number of|the number of|amount of|how often|how many times|number of times|how frequently|\
             count the|number of different|tell me the number of|give me the count|give me the number|give the count|only the count|\
             just the count|count only|count them|count those|how many are there|how many are they|how many such|the count only|\
             just the number|only the number|count|in how many|with how many|for how many",
            Part::HowMany,
        ),
        (
            "which|what|list|show|show me|give me|name|tell me|find|get me|display|what are|what is|which are|which is",
            Part::Which,
        ),
        (
            "by|ranked by|rank by|rank them by|sorted by|sort by|sort them by|ordered by|order by|order them by|in terms of|measured by|according to|judged by|ranked on|going by",
            Part::By,
        ),
        (
            "at least|no less than|not less than|minimum of|a minimum of|min|minimum|at minimum|at a minimum|>=|≥|=>|greater or equal to|or above|not fewer than|no fewer than|with at least|in at least",
            Part::Cmp(FilterOp::Ge),
        ),
        (
            "more than|over|above|greater than|higher than|exceeding|bigger than|larger than|beyond|stronger than|better than",
            Part::Cmp(FilterOp::Gt),
        ),
        (
            "at most|no more than|not more than|maximum of|a maximum of|maximum|max|up to|<=|≤",
            Part::Cmp(FilterOp::Le),
        ),
        ("less than|fewer than|under|below|lower than|smaller than|<|weaker than", Part::Cmp(FilterOp::Lt)),
        (
            "or more|and more|or above|and above|or over|upwards|and up|or higher|+|or better",
            Part::CmpAfter(FilterOp::Ge),
        ),
        ("or less|or fewer|or below|at most", Part::CmpAfter(FilterOp::Le)),
        (">", Part::Arrow),
        (
            "order|orders|basket|baskets|cart|carts|transaction|transactions|trolley|trolleys|receipt|receipts|checkout|checkouts|\
             shopping trip|shopping trips|such transactions|such orders|such baskets|times|purchases",
            Part::Orders,
        ),
        (
            "product|products|item|items|thing|things|antecedent|antecedents|article|articles|goods|other products|other items|other product|different products|\
             distinct products|among the products|among products|of the products|sku|skus|stuff|other things|other articles|different items|other item",
            Part::Products,
        ),
        (
            "customer|customers|shopper|shoppers|people|user|users|client|clients|buyers|households",
            Part::Customers,
        ),
        ("aisle|aisles|category", Part::AisleWord),
        ("department|departments|dept|section", Part::DepartmentWord),
        (
            "without|but not|but nothing from|but nothing of|but nothing|nothing from|but none of|but none from|but never|but without|not|but no|and not|and no|excluding|minus|without any|yet not|but not any|though not|yet no|but do not|lacking|that lack|but lack|and without|not with",
            Part::Not,
        ),
        (
            "both|as well as|all three of|all three|all four of|all four|all of these|all of them|each of the three",
            Part::Both,
        ),
        ("also|too|as well|additionally", Part::Also),
        (
            "skip|ignore|leave out|leaving out|drop|discard|disregard|ignoring|skipping|leave aside",
            Part::Drop,
        ),
        ("no|absent", Part::No),
        (
            "shares the|share the|shares|share most|share a basket|share a cart|share an order|shared a basket|sharing a basket|meet|meets|meeting|met",
            Part::Together,
        ),
        (
            "share|share of|percentage of|percentage|percent of|percent|% of|%|what share of|fraction of|proportion of|what fraction of|what percentage of|what proportion of|how much of|what percent of",
            Part::Share,
        ),
        (
            "when|if|given|once|provided|given that|given a|among buyers of|among orders of|among the orders with|for buyers of|in baskets with|\
             in orders with|in orders of|among orders with|among baskets with|when buying|for people who buy|in a basket with|in a cart with|in an order with|to someone who buys",
            Part::Given,
        ),
        (
            "buyers of which|whose buyers|lead to|leads to|leading to|that lead to|imply|implies|predict|predicts|orders of which|baskets of which|whose orders|whose baskets|pull in|pulls in|point to|points to|pointing to|pointing at|ending in|end in|with consequent|as consequent|result in|towards|toward|lead most reliably to|leads most reliably to|lead most often to|lead most strongly to|point most strongly to|best predict|best predicts",
            Part::Leads,
        ),
        ("and|&|,|plus", Part::And),
        ("or", Part::Or),
        ("organic|organics", Part::Organic),
        (
            "with|hold|holds|included|contained|featuring|featured|carried|carry|contain|contains|containing|holding|include|includes|including|have|has|having|had|that have|that has|that hold|\
             that contain|which hold|which contain|in which",
            Part::Holds,
        ),
        (
            "of|but|yet|in|for|to|from|on|at|is|are|was|were|that|which are|which were|who|buy|buys|bought|buying|purchase|purchased|purchasing|take|takes|took|taken|get|gets|land|lands|lie|lies|lying|\
             end up|ends up|ending up|appear|appears|occur|occurs|found|find their way|sit|sits|stand|stands|somebody|someone|anybody|everybody|people usually|people|customer|shopper|\
             shown|show up|shows up|put|puts|placed|counting each pair once|each pair once|counting pairs once|every pair once|each counted once|counting each pair only once|counted once|only|between|all|every|other|others|different|distinct|\
             them|such|there|exist|exists|overall|in the data|in the whole shop|in our shop|altogether|in total|same|the same|affinity table|in the affinity table|in the table|whole shop|anything|something|add|added|adds|be|being|been|their|do|does|it|its|\
             reaching|reach|reaches|go|goes|each|rank|ranked|sorted|figure|figures|value|values|given us|also bought|as well bought|likely|sell|sells|sold|ordered|and the number|with the number|\
             the number|bear|measure|measures|next|within|into|happen|happens|picked|picks|pick|grab|grabs|while|where|then|published|known|counts|\
             in other words|must|looking for|unordered|each such product|each such|every such product|x|y|b|a b|b a|the same as|\
             rule's|column|the value|including the value|the figures|with figures|partnering|\
             any|more precisely|precisely|exactly|joint count included|the pair|call it|condition|conditions|required|require|requirement|is required|them all|gives|give|me|show|i am|i|we|our|looking|\
             listed once|each listed once|each pair listed once|every pair listed once|counted only once|each once|each one once|every one once|pure|would suggest|suggests",
            Part::Skip,
        ),
    ]
}

/// Reads the tokens.
pub(super) fn pieces(tokens: &[Token], vocabulary: &Vocabulary) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut from = 0;
    while from < tokens.len() {
        let named = name_at(tokens, from, vocabulary);
        let phrase = phrase_at(tokens, from);
        let (part, to) = match (named, phrase) {
            (Some((names, to)), Some((_, end))) if to > end => (Part::Things(names), to),
            (_, Some((part, end))) => (part, end),
            (Some((names, to)), None) => (Part::Things(names), to),
            (None, None) => (number_at(tokens, from), from + 1),
        };
        // "20 %", "20 percent"
        let sign = tokens.get(to).is_some_and(|token| matches!(token.text.as_str(), "%" | "percent" | "pct"));
        let (mut part, to) = match part {
            Part::Number(value) if sign => (Part::Percent(value / 100.0), to + 1),
            part => (part, to),
        };
        // "pair of products": the word before "of" is the one that counts.
        let inside = tokens.get(from..to).unwrap_or_default();
        let of = inside.iter().position(|token| token.text == "of").filter(|at| *at > 0);
        let last = of.and_then(|at| inside.get(at - 1)).or(inside.last());
        // "every product with …" is a row each.
        let each = from.checked_sub(1).and_then(|before| tokens.get(before));
        let each = each.is_some_and(|token| matches!(token.text.as_str(), "every" | "each" | "any" | "all"));
        let singular = last.is_some_and(|token| stem(&token.text) == token.text) && !each;
        if part == Part::MostWith {
            pieces.push(Piece { part: Part::Most, from, to: to - 1, singular });
            (from, part) = (to - 1, Part::Together);
        }
        pieces.push(Piece { part, from, to, singular });
        from = to;
    }
    pieces
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

/// The longest phrase that begins here.
fn phrase_at(tokens: &[Token], from: usize) -> Option<(Part, usize)> {
    let longest = (from + LONGEST).min(tokens.len());
    (from + 1..=longest).rev().find_map(|to| {
        let window = tokens.get(from..to)?;
        let words = joined(window.iter().map(|token| token.text.as_str()));
        let part = PHRASES
            .get(&words)
            .or_else(|| PHRASES.get(&joined(window.iter().map(|token| token.stem.as_str()))))?;
        Some((part.clone(), to))
    })
}

/// The longest name that begins here.
fn name_at(tokens: &[Token], from: usize, vocabulary: &Vocabulary) -> Option<(Vec<Name>, usize)> {
    let longest = (from + LONGEST_NAME).min(tokens.len());
    let whole = (from + 1..=longest).rev().find_map(|to| {
        let window = tokens.get(from..to)?;
        let (first, last) = (window.first()?, window.last()?);
        if first.is_separator() || last.is_separator() || is_list(window, vocabulary) {
            return None;
        }
        let names = vocabulary.names(&stems(window));
        (!names.is_empty()).then(|| (names.to_vec(), to))
    });
    whole.or_else(|| {
        // "the eggs department": a word of a longer name beside the word that says what it is.
        let token = tokens.get(from)?;
        let behind = tokens.get(from + 1).map(phrase_part);
        let names: Vec<Name> = vocabulary
            .names_with_part(&token.stem)
            .iter()
            .filter(|name| match behind {
                Some(Some(Part::AisleWord)) => name.kind == NameKind::Aisle,
                Some(Some(Part::DepartmentWord)) => name.kind == NameKind::Department,
                _ => false,
            })
            .cloned()
            .collect();
        (names.len() == 1).then_some((names, from + 1))
    })
}

fn phrase_part(token: &Token) -> Option<Part> {
    PHRASES.get(&token.text).or_else(|| PHRASES.get(&token.stem)).cloned()
}

fn stems(window: &[Token]) -> String {
    joined(window.iter().filter(|token| !token.is_separator()).map(|token| token.stem.as_str()))
}

/// "frozen and produce" are two things, whatever else has both words in its name.
fn is_list(window: &[Token], vocabulary: &Vocabulary) -> bool {
    let parts: Vec<&[Token]> = window.split(Token::is_separator).collect();
    parts.len() > 1 && parts.iter().all(|part| !vocabulary.names(&stems(part)).is_empty())
}

fn number_at(tokens: &[Token], at: usize) -> Part {
    let Some(token) = tokens.get(at) else { return Part::Unknown };
    if let Some(value) = token.text.strip_suffix('%').and_then(|digits| digits.parse::<f64>().ok()) {
        return Part::Percent(value / 100.0);
    }
    token.number.map_or(Part::Unknown, Part::Number)
}
