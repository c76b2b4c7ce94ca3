//! Words as names are compared: case, accents, punctuation, plurals and small typing errors do not matter.
//!
//! Used by the catalogue's name lookup and by tools that match a term against names.
//! Input: any text. Output: lower-case words, or their stems. The stems fold English plurals only (after Harman 1991,
//! "How effective is suffixing?", with the endings that groceries need): a full stemmer would join different goods.

/// Lower case, accents folded, apostrophes dropped, `&` read as "and", all other punctuation a single space.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\'' | '’' | '‘' | '`' | '®' | '™' => {}
            '&' => {
                push_space(&mut out);
                out.push_str("and ");
            }
            c if c.is_alphanumeric() => match fold_accent(c) {
                Some(folded) => out.push_str(folded),
                None => out.push(c),
            },
            // A combining mark after its letter: the letter stays, the mark goes.
            '\u{300}'..='\u{36f}' => {}
            _ => push_space(&mut out),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn push_space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Latin letters with accents as they stand in product names; everything else stays as it is.
fn fold_accent(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ñ' | 'ń' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => "o",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' => "u",
        'ý' | 'ÿ' => "y",
        'š' => "s",
        'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        _ => return None,
    })
}

/// Spellings and short forms of one word that names of one catalogue mix, with the one they are compared by.
const SAME: &[(&str, &str)] = &[
    ("mayo", "mayonnaise"),
    ("donut", "doughnut"),
    ("donuts", "doughnut"),
    ("doughnuts", "doughnut"),
    ("barbeque", "barbecue"),
    ("bbq", "barbecue"),
    ("whiskey", "whisky"),
    ("chile", "chili"),
    ("chilli", "chili"),
    ("rasberry", "raspberry"),
    ("rasberries", "raspberry"),
    ("tumeric", "turmeric"),
    ("mozarella", "mozzarella"),
    ("flavour", "flavor"),
    ("flavours", "flavor"),
    ("fibre", "fiber"),
    ("liquorice", "licorice"),
    ("houmous", "hummus"),
    ("yoghurt", "yogurt"),
    ("yoghurts", "yogurt"),
    ("catsup", "ketchup"),
    ("omelet", "omelette"),
    ("omelets", "omelette"),
];

/// The word without its English plural ending; singular and plural give the same stem.
///
/// `berry` and `berries`, `cookie` and `cookies`, `peach` and `peaches`, `tomato` and `tomatoes`, `apple` and `apples`.
pub fn stem(word: &str) -> String {
    let word = SAME.iter().find(|(spelling, _)| *spelling == word).map_or(word, |(_, same)| same);
    // Three letters or fewer: "gas", "bus", "peas" minus its s would be too little to tell words apart.
    if word.chars().count() <= 3 {
        return word.to_owned();
    }
    if let Some(base) = word.strip_suffix("ies").or_else(|| word.strip_suffix("ie")) {
        return format!("{base}i");
    }
    if let Some(base) = word.strip_suffix('y') {
        // "berry" meets "berries"; after a vowel ("turkey", "turkeys") the y stays.
        return if base.ends_with(['a', 'e', 'i', 'o', 'u']) { word.to_owned() } else { format!("{base}i") };
    }
    // "frys" is a way to write "fries".
    if let Some(base) = word.strip_suffix("ys").filter(|base| !base.ends_with(['a', 'e', 'i', 'o', 'u'])) {
        return format!("{base}i");
    }
    for ending in ["ches", "shes", "xes", "sses", "zes", "oes"] {
        if word.ends_with(ending) {
            return word.strip_suffix("es").unwrap_or(word).to_owned();
        }
    }
    if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.to_owned();
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// The stems of a text's words, in order.
pub fn stems(text: &str) -> Vec<String> {
    normalise(text).split(' ').filter(|word| !word.is_empty()).map(stem).collect()
}

/// Typing errors that a word of that many letters may have and still be meant: none up to 3, one up to 7, then two.
///
/// The ladder that search engines use for automatic fuzziness (Lucene's AUTO uses 3 and 6): a short word with two
/// errors is another word.
pub fn tolerated_errors(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// The word of `vocabulary` that was most likely meant by `word`: fewest errors, then the heaviest, then by spelling.
///
/// An error is a letter added, left out, replaced, or two neighbours exchanged (optimal string alignment).
pub fn closest_word<'v>(word: &str, vocabulary: impl Iterator<Item = (&'v str, u64)>) -> Option<&'v str> {
    let letters = word.chars().count();
    let tolerated = tolerated_errors(letters);
    vocabulary
        .filter(|(candidate, _)| candidate.chars().count().abs_diff(letters) <= tolerated)
        .filter_map(|(candidate, weight)| {
            let errors = strsim::osa_distance(word, candidate);
            (errors <= tolerated).then_some((errors, std::cmp::Reverse(weight), candidate))
        })
        .min()
        .map(|(_, _, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_accents_and_punctuation() {
        let check = |input: &str, expected: &str| assert_eq!(normalise(input), expected);
        check("  Organic   2% Milk ", "organic 2 milk");
        check("Jalapeño Crème-Fraîche", "jalapeno creme fraiche");
        check("Kellogg's® Mac & Cheese", "kelloggs mac and cheese");
        check("Crème", "creme");
        check("!?", "");
    }

    #[test]
    fn singular_and_plural_share_a_stem() {
        for (one, many) in [
            ("apple", "apples"),
            ("berry", "berries"),
            ("cookie", "cookies"),
            ("peach", "peaches"),
            ("tomato", "tomatoes"),
            ("box", "boxes"),
            ("turkey", "turkeys"),
            ("olive", "olives"),
            ("pita", "pitas"),
        ] {
            assert_eq!(stem(one), stem(many), "{one} and {many}");
        }
    }

    #[test]
    fn different_goods_keep_different_stems() {
        for (a, b) in [("apple", "pineapple"), ("bass", "bas"), ("hummus", "hummu"), ("grapes", "graper")] {
            assert_ne!(stem(a), stem(b), "{a} and {b}");
        }
    }

    #[test]
    fn a_typing_error_finds_the_word_that_was_meant() {
        let vocabulary = [("banana", 9), ("avocado", 5), ("bandana", 1)];
        let find = |word| closest_word(word, vocabulary.into_iter());
        assert_eq!(find("bananna"), Some("banana"));
        assert_eq!(find("avacado"), Some("avocado"));
        assert_eq!(find("xyz"), None);
        assert_eq!(find("cat"), None);
    }
}
