//! What a word for a wider kind covers, for what must not be in something: "no cheese" means no cheddar either.
//!
//! Names state the narrow word alone: "Cheddar Crackers". Input: stems that are excluded. Output: the stems of narrower
//! kinds. What only stands in for it, "vegan bacon", is no such kind. Pure.

use crate::words::stem;

/// Wider kinds with the narrower ones, singular.
const NARROWER: &[(&str, &[&str])] = &[
    (
        "cheese",
        &[
            "cheddar",
            "parmesan",
            "mozzarella",
            "gouda",
            "gruyere",
            "feta",
            "provolone",
            "asiago",
            "brie",
            "ricotta",
            "pecorino",
            "romano",
            "manchego",
            "gorgonzola",
            "havarti",
            "muenster",
            "camembert",
            "mascarpone",
        ],
    ),
    (
        "nut",
        &["almond", "peanut", "cashew", "walnut", "pecan", "hazelnut", "pistachio", "macadamia", "praline"],
    ),
    ("pork", &["bacon", "ham", "pepperoni", "prosciutto", "pancetta", "salami", "chorizo", "carnitas"]),
    (
        "meat",
        &[
            "beef",
            "pork",
            "chicken",
            "turkey",
            "ham",
            "bacon",
            "sausage",
            "pepperoni",
            "salami",
            "lamb",
            "veal",
            "meatball",
            "prosciutto",
            "chorizo",
            "steak",
            "brisket",
            "duck",
            "bolognese",
        ],
    ),
    ("poultry", &["chicken", "turkey", "duck"]),
    (
        "fish",
        &[
            "salmon", "tuna", "cod", "tilapia", "anchovy", "sardine", "trout", "halibut", "mackerel",
            "herring",
        ],
    ),
    (
        "seafood",
        &[
            "fish", "salmon", "tuna", "cod", "tilapia", "anchovy", "sardine", "shrimp", "crab", "lobster",
            "clam", "oyster", "mussel", "scallop", "squid", "calamari",
        ],
    ),
    ("shellfish", &["shrimp", "crab", "lobster", "clam", "oyster", "mussel", "scallop"]),
    ("citrus", &["lemon", "lime", "orange", "grapefruit", "tangerine", "mandarin"]),
    ("berry", &["strawberry", "blueberry", "raspberry", "blackberry", "cranberry", "acai"]),
    ("seed", &["sesame", "poppy", "chia", "flax", "sunflower", "caraway"]),
    ("spicy", &["jalapeno", "habanero", "chipotle", "sriracha", "buffalo", "cayenne", "wasabi"]),
];
/// Words that say it only stands in for the thing.
const STANDING_IN: &[&str] =
    &["vegan", "vegetarian", "veggie", "meatless", "tofu", "soy", "plant", "imitation"];
/// Kinds whose names other kinds have: "turkey bacon" is no pork.
const OTHERWISE: &[(&str, &[&str])] = &[("pork", &["turkey", "beef", "chicken"])];

/// The stems of the kinds that a word covers, with the words that make them none.
pub(crate) fn narrower(word: &str) -> (Vec<String>, Vec<String>) {
    let kinds = NARROWER.iter().find(|(wide, _)| stem(wide) == word).map_or(&[][..], |(_, kinds)| kinds);
    let otherwise = OTHERWISE.iter().find(|(wide, _)| stem(wide) == word).map_or(&[][..], |(_, words)| words);
    let unless = STANDING_IN.iter().chain(otherwise);
    (kinds.iter().map(|word| stem(word)).collect(), unless.map(|word| stem(word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_word_covers_its_kinds() {
        assert!(narrower("cheese").0.contains(&"cheddar".to_owned()));
        assert!(narrower(&stem("nuts")).0.contains(&"almond".to_owned()));
        assert!(narrower("lemon").0.is_empty());
        assert!(narrower("pork").1.contains(&"turkey".to_owned()));
    }
}
