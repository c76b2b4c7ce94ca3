//! Questions in telegram style, put into the words that the passes read: "who orders most" asks which customer does, and
//! "departments, bottom 3, items" ranks them by items.
//!
//! First of all passes: tokens → tokens, with the place that each had. Pure.

use crate::builtin::normalise::Token;

/// Words of an end of a ranking.
const RANKING: &[&str] = &[
    "most", "least", "highest", "lowest", "top", "bottom", "fewest", "biggest", "largest", "smallest",
    "longest", "shortest", "best", "worst", "often",
];
/// Rows that are ranked.
const ROWS: &[&str] = &["aisle", "department", "product", "segment", "hour", "day", "customer", "user"];
/// Figures that are also nouns of rows.
const FIGURES: &[&str] = &["items", "orders", "customers", "buyers", "purchases", "sales"];

/// The tokens in whole words, each with the place of the one that it was; `None` where nothing is left out.
pub(super) fn in_whole_words(tokens: &[Token]) -> Option<Vec<(usize, Token)>> {
    who_ranks(tokens).or_else(|| figure_behind(tokens))
}

/// "Who has the most orders": the customer is asked for.
fn who_ranks(tokens: &[Token]) -> Option<Vec<(usize, Token)>> {
    let (first, rest) = tokens.split_first()?;
    let ranked = rest.iter().any(|token| RANKING.contains(&token.text.as_str()));
    let person = |token: &Token| {
        matches!(token.stem.as_str(), "customer" | "user" | "shopper" | "buyer" | "client" | "household")
    };
    if first.text != "who" || !ranked || rest.iter().any(person) {
        return None;
    }
    let several = matches!(rest.first()?.text.as_str(), "are" | "were" | "have" | "buy" | "order");
    let word = |text: &str, stem: &str| Token { text: text.into(), stem: stem.into(), ..first.clone() };
    let customer = if several { "customers" } else { "customer" };
    let opening = [(0, word("which", "which")), (0, word(customer, "customer"))];
    Some(opening.into_iter().chain((1..).zip(rest.iter().cloned())).collect())
}

/// "Departments, bottom 3, items": what stands alone at the end is what the ranking goes by.
fn figure_behind(tokens: &[Token]) -> Option<Vec<(usize, Token)>> {
    let [before @ .., comma, figure] = tokens else { return None };
    let ranked = before.iter().any(|token| RANKING.contains(&token.text.as_str()));
    let rows = before.iter().any(|token| ROWS.contains(&token.stem.as_str()));
    if comma.text != "," || !FIGURES.contains(&figure.text.as_str()) || !ranked || !rows {
        return None;
    }
    let by = Token { text: "by".into(), stem: "by".into(), ..comma.clone() };
    Some((0..).zip(before.iter().cloned().chain([by, figure.clone()])).collect())
}
