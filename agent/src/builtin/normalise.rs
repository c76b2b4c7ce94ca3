//! First step: a message becomes tokens.
//!
//! message → lower-case words with their stems, numbers (digits and number words), list separators, and spelling
//! corrected against the vocabulary. Input: the message. Output: [`Token`]s, each with the stretch of the message
//! that it came from (Unicode scalars). Does not decide what a word means.

use super::{short_forms, vocabulary::Vocabulary};

/// One word, number or list separator of the message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    /// Lower case, corrected.
    pub(crate) text: String,
    /// Singular form, for comparisons.
    pub(crate) stem: String,
    /// Where it stands in the message, in Unicode scalars.
    pub(crate) start: usize,
    /// One past its last character.
    pub(crate) end: usize,
    /// Its value, where it is a number.
    pub(crate) number: Option<f64>,
    /// What was written, where the spelling was corrected.
    pub(crate) corrected_from: Option<String>,
}

impl Token {
    /// Whether it separates the members of a list: a comma, "and", "&".
    pub(crate) fn is_separator(&self) -> bool {
        matches!(self.text.as_str(), "," | "and" | "&" | "or")
    }
}

/// Counts in several words.
const COUNTS: &[(&[&str], f64)] = &[
    (&["half", "a", "dozen"], 6.0),
    (&["half", "dozen"], 6.0),
    (&["a", "dozen"], 12.0),
    (&["a", "couple", "of"], 2.0),
    (&["a", "couple"], 2.0),
    (&["a", "pair", "of"], 2.0),
    (&["a", "few"], 3.0),
    (&["a", "handful", "of"], 5.0),
];

/// Number words up to a dozen, and the vague ones that people use as counts.
const NUMBER_WORDS: &[(&str, f64)] = &[
    ("zero", 0.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("dozen", 12.0),
    ("fifteen", 15.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("fifty", 50.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("forty", 40.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
    ("couple", 2.0),
    // Misspelt ones; the spelling of other words knows no numbers.
    ("thre", 3.0),
    ("fiv", 5.0),
    ("sevn", 7.0),
    ("eigth", 8.0),
    ("twelwe", 12.0),
    ("fiveteen", 15.0),
    ("twenthy", 20.0),
    ("tweny", 20.0),
    ("fourty", 40.0),
    ("fivty", 50.0),
    ("ninty", 90.0),
    ("hundret", 100.0),
    ("hunderd", 100.0),
    ("hundered", 100.0),
    ("thousend", 1_000.0),
    ("thousands", 1_000.0),
    ("hundred", 100.0),
    ("thousand", 1_000.0),
];

/// Splits, expands and corrects a message.
pub(crate) fn normalise(message: &str, vocabulary: &Vocabulary) -> Vec<Token> {
    let mut tokens = Vec::new();
    for word in split(message) {
        let plain = word.text.as_str();
        match short_forms::whole(plain) {
            Some(long) => {
                tokens.extend(long.split(' ').map(|part| token(part, word.start, word.end, None)));
            }
            None => {
                let corrected = if number(plain).is_some() { None } else { vocabulary.correct(plain) };
                let corrected_from = corrected.as_ref().map(|_| plain.to_owned());
                let text = corrected.unwrap_or_else(|| plain.to_owned());
                tokens.push(token(&text, word.start, word.end, corrected_from));
            }
        }
    }
    join_counts(join_ordinals(crossed(tokens)))
}

/// "reorder rate x department": one by the other.
fn crossed(mut tokens: Vec<Token>) -> Vec<Token> {
    const GROUPS: &[&str] =
        &["department", "aisle", "hour", "day", "segment", "product", "customer", "order"];
    for at in 1..tokens.len() {
        let grouped = tokens.get(at + 1).is_some_and(|next| GROUPS.contains(&next.stem.as_str()));
        let counted = tokens.get(at - 1).is_some_and(|before| before.number.is_some());
        if let Some(cross) = tokens.get_mut(at).filter(|token| token.text == "x" && grouped && !counted) {
            cross.text = "by".to_owned();
            cross.stem = "by".to_owned();
        }
    }
    tokens
}

/// "half a dozen" is one number, and "4 me" is none.
fn join_counts(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        let count = COUNTS.iter().find(|(words, _)| {
            rest.get(..words.len())
                .is_some_and(|window| window.iter().map(|t| t.text.as_str()).eq(words.iter().copied()))
        });
        if let Some((words, value)) = count {
            let end = rest.get(words.len() - 1).map_or(first.end, |last| last.end);
            let text = words.join(" ");
            joined.push(Token { stem: text.clone(), text, number: Some(*value), end, ..first.clone() });
            rest = rest.get(words.len()..).unwrap_or_default();
            continue;
        }
        let for_whom = behind.first().is_some_and(|next| {
            matches!(
                next.text.as_str(),
                "me" | "us" | "a" | "an" | "my" | "the" | "some" | "every" | "each" | "all" | "any"
            )
        });
        // "does it take 2 get to"
        let to_do = behind.first().is_some_and(|next| {
            matches!(
                next.text.as_str(),
                "get" | "see" | "know" | "reach" | "be" | "do" | "find" | "have" | "make"
            )
        });
        // "naan 4 curry night"
        let for_what = !joined.is_empty()
            && behind.get(1).is_some_and(|occasion| {
                matches!(
                    occasion.text.as_str(),
                    "night" | "dinner" | "lunch" | "breakfast" | "party" | "brunch" | "supper"
                )
            });
        let read = if first.text == "4" && (for_whom || for_what) {
            token("for", first.start, first.end, None)
        } else if first.text == "2" && to_do {
            token("to", first.start, first.end, None)
        } else {
            first.clone()
        };
        joined.push(read);
        rest = behind;
    }
    joined
}

fn token(text: &str, start: usize, end: usize, corrected_from: Option<String>) -> Token {
    let text = text.strip_suffix("'s").unwrap_or(text).to_owned();
    Token { stem: stem(&text), number: number(&text), text, start, end, corrected_from }
}

/// What a number word states.
pub(crate) fn number_word(word: &str) -> Option<f64> {
    NUMBER_WORDS.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

/// Reads digits with thousands separators, decimals and number words.
fn number(text: &str) -> Option<f64> {
    if let Some(value) = number_word(text) {
        return Some(value);
    }
    let digits = text.trim_start_matches('#');
    let starts_with_digit = digits.chars().next().is_some_and(|c| c.is_ascii_digit());
    if !starts_with_digit {
        return None;
    }
    let (digits, factor) = match digits.strip_suffix('k') {
        Some(thousands) => (thousands, 1_000.0),
        None => (digits, 1.0),
    };
    let digits =
        digits.trim_end_matches("st").trim_end_matches("nd").trim_end_matches("rd").trim_end_matches("th");
    let value: f64 = digits.replace(',', "").parse().ok()?;
    value.is_finite().then_some(value * factor)
}

/// "twenty five" stays two tokens unless it reads as one number.
fn join_ordinals(tokens: Vec<Token>) -> Vec<Token> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let is_word = |t: &Token| t.text.chars().all(char::is_alphabetic);
        if let (Some(last), Some(value)) = (joined.last_mut(), token.number)
            && let Some(tens) = last.number
            && is_word(last)
            && is_word(&token)
        {
            let sum = if value >= 100.0 {
                Some(tens * value)
            } else {
                (tens >= 20.0 && value < 10.0).then_some(tens + value)
            };
            // "two dozen"
            let sum = if token.text == "dozen" && tens < 12.0 { Some(tens * value) } else { sum };
            if let Some(sum) = sum {
                last.number = Some(sum);
                last.text = format!("{} {}", last.text, token.text);
                last.stem.clone_from(&last.text);
                last.end = token.end;
                continue;
            }
        }
        joined.push(token);
    }
    joined
}

struct RawWord {
    text: String,
    start: usize,
    end: usize,
}

/// Words are runs of letters, digits, apostrophes, per cent signs, and commas or dots between digits.
/// Hyphens and slashes separate words; other marks vanish, except commas and ampersands, which separate lists.
/// Whether blanks stand on both sides.
fn is_spaced(characters: &[char], position: usize) -> bool {
    let blank = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|c| c.is_whitespace());
    blank(position.checked_sub(1)) && blank(position.checked_add(1))
}

fn split(message: &str) -> Vec<RawWord> {
    let characters: Vec<char> = message.chars().collect();
    let mut words = Vec::new();
    let mut current = RawWord { text: String::new(), start: 0, end: 0 };
    let flush = |current: &mut RawWord, words: &mut Vec<RawWord>| {
        let text = current.text.trim_matches('\'').to_owned();
        if !text.is_empty() {
            words.push(RawWord { text, start: current.start, end: current.end });
        }
        current.text.clear();
    };
    let mut read_to = 0;
    for (position, &original) in characters.iter().enumerate() {
        if position < read_to {
            continue;
        }
        // "w/ nuts", "w/o nuts"
        if original == '/'
            && current.text == "w"
            && let Some((word, end)) = short_with(&characters, position)
        {
            current.text = word.to_owned();
            current.end = end;
            read_to = end;
            flush(&mut current, &mut words);
            continue;
        }
        let character = if matches!(original, '’' | '‘' | '`') { '\'' } else { original };
        let between_digits = || {
            let digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
            position > 0 && digit(characters.get(position - 1)) && digit(characters.get(position + 1))
        };
        // "1,234" is one number, "9387,9598" is a list: a separator has exactly three digits behind it.
        let thousands = || {
            let following = characters.iter().skip(position + 1).take_while(|c| c.is_ascii_digit()).count();
            following == 3
        };
        let inside = character.is_alphanumeric()
            || matches!(character, '\'' | '%' | '#')
            || (matches!(character, '.' | ':') && between_digits())
            || (character == ',' && between_digits() && thousands());
        if inside && starts_unit(&current.text, &characters, position) {
            // "8pm" is a number and its unit.
            flush(&mut current, &mut words);
        }
        if inside {
            if current.text.is_empty() {
                current.start = position;
            }
            current.text.extend(character.to_lowercase());
            current.end = position + 1;
        } else {
            flush(&mut current, &mut words);
            let mark = match character {
                ',' | ';' => Some(","),
                '&' => Some("&"),
                // "->" is an arrow.
                '>' if position > 0 && matches!(characters.get(position - 1), Some('-' | '=')) => None,
                '<' | '>' | '=' | '≥' | '≤' => Some(match character {
                    '<' => "<",
                    '>' => ">",
                    '≥' => ">=",
                    '≤' => "<=",
                    _ => "=",
                }),
                '…' => Some("…"),
                // "hour / orders / clients", "yogurt | items": a list; "6/7" and "and/or" are none.
                '/' | '|' | '•' if is_spaced(&characters, position) => Some(","),
                '+' if is_spaced(&characters, position) => Some("&"),
                '+' if follows_digit(&characters, position) => Some("+"),
                '-' | '–' | '—' if is_range(&characters, position) => Some("-"),
                _ => None,
            };
            if let Some(text) = mark {
                match words.last_mut().filter(|last| text == "=" && matches!(last.text.as_str(), "<" | ">")) {
                    Some(last) => {
                        last.text.push('=');
                        last.end = position + 1;
                    }
                    None => words.push(RawWord { text: text.to_owned(), start: position, end: position + 1 }),
                }
            }
        }
    }
    flush(&mut current, &mut words);
    words
}

/// "w/", "w/o", "w/out": the word, and where it ends. Nothing in "w/l".
fn short_with(characters: &[char], slash: usize) -> Option<(&'static str, usize)> {
    let behind: String = characters.iter().skip(slash + 1).take_while(|c| c.is_alphanumeric()).collect();
    match behind.to_lowercase().as_str() {
        "o" | "out" => Some(("without", slash + 1 + behind.chars().count())),
        _ if behind.chars().count() == 1 => None,
        _ => Some(("with", slash + 1)),
    }
}

/// Whether a unit begins here: "pm" in "8pm", "h" in "5h".
fn starts_unit(word: &str, characters: &[char], position: usize) -> bool {
    let digits = !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == ':');
    let unit: String = characters
        .iter()
        .skip(position)
        .take_while(|c| c.is_alphanumeric())
        .flat_map(|c| c.to_lowercase())
        .take(4)
        .collect();
    digits && matches!(unit.as_str(), "am" | "pm" | "h" | "hrs")
}

fn follows_digit(characters: &[char], position: usize) -> bool {
    position > 0 && characters.get(position - 1).is_some_and(char::is_ascii_digit)
}

/// A dash between two numbers, as in "6-10" or "6 – 10".
fn is_range(characters: &[char], position: usize) -> bool {
    let before = characters.iter().take(position).rev().find(|c| **c != ' ');
    let after = characters.iter().skip(position + 1).find(|c| **c != ' ');
    before.is_some_and(char::is_ascii_digit) && after.is_some_and(char::is_ascii_digit)
}

/// The singular of an English noun, by the regular rules. It only has to be the same for both forms.
pub(crate) fn stem(word: &str) -> String {
    const UNCHANGED: &[&str] =
        &["this", "is", "was", "has", "does", "less", "plus", "gas", "bus", "as", "us", "yes"];
    const IRREGULAR: &[(&str, &str)] = &[
        ("people", "person"),
        ("loaves", "loaf"),
        ("knives", "knife"),
        ("children", "child"),
        ("bought", "buy"),
        ("sold", "sell"),
    ];
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| *plural == word) {
        return (*singular).to_owned();
    }
    let length = word.chars().count();
    if length <= 3
        || UNCHANGED.contains(&word)
        || word.ends_with("ss")
        || word.ends_with("us")
        || !word.ends_with('s')
    {
        return word.to_owned();
    }
    let cut = |suffix: &str, ending: &str| word.strip_suffix(suffix).map(|root| format!("{root}{ending}"));
    if word.ends_with("ies") && length > 4 {
        return cut("ies", "y").unwrap_or_default();
    }
    for suffix in ["oes", "ches", "shes", "xes", "sses", "zes"] {
        if word.ends_with(suffix) {
            return cut("es", "").unwrap_or_default();
        }
    }
    cut("s", "").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: &[&str]) {
        let tokens = normalise(message, &Vocabulary::default());
        let texts: Vec<&str> = tokens.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, expected, "{message}");
    }

    #[test]
    fn words_lists_and_contractions_are_split() {
        check("What's in Dairy & Eggs?", &["what", "is", "in", "dairy", "&", "eggs"]);
        check("milk, eggs and bread", &["milk", ",", "eggs", "and", "bread"]);
        check("I don't like gluten-free", &["i", "do", "not", "like", "gluten", "free"]);
    }

    #[test]
    fn numbers_keep_their_separators_and_lists_do_not() {
        check("at least 1,000 orders", &["at", "least", "1,000", "orders"]);
        check("buy 9387, 9598,4812", &["buy", "9387", ",", "9598", ",", "4812"]);
        assert_eq!(number("1,000"), Some(1_000.0));
        assert_eq!(number("2k"), Some(2_000.0));
        assert_eq!(number("3rd"), Some(3.0));
        assert_eq!(number("abc"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn number_words_read_as_numbers() {
        let tokens = normalise("top twenty five", &Vocabulary::default());
        assert_eq!(tokens.last().and_then(|t| t.number), Some(25.0));
        let first = |message: &str| normalise(message, &Vocabulary::default()).first().and_then(|t| t.number);
        assert_eq!(first("half a dozen bars"), Some(6.0));
        assert_eq!(first("a few apples"), Some(3.0));
        assert_eq!(first("4 apples"), Some(4.0));
        assert_eq!(first("4 me"), None);
    }

    #[test]
    fn plural_and_singular_have_one_stem() {
        for (one, many) in [
            ("banana", "bananas"),
            ("berry", "berries"),
            ("potato", "potatoes"),
            ("box", "boxes"),
            ("person", "people"),
        ] {
            assert_eq!(stem(one), stem(many));
        }
    }

    #[test]
    fn offsets_count_characters() {
        let tokens = normalise("Käse 5", &Vocabulary::default());
        assert_eq!((tokens[1].start, tokens[1].end), (5, 6));
    }

    #[test]
    fn odd_text_does_not_panic() {
        for text in ["", "'''", ",,,,", "🍌🍌", "1,", ".5.", "\u{0}\n\t", "#", "%%%"] {
            normalise(text, &Vocabulary::default());
        }
    }
}
