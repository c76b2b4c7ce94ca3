//! Package size and pack count as a product name states them: "Sparkling Water 12 fl oz, 8 Pack".
//!
//! Input: a product name. Output: size as text in one spelling ("12 fl oz") and pack count. The first statement
//! of each wins. "500 mg" is a dose and "5g" a hair colour, so milligrams and single-digit grams are no size.

use domain::attributes::name_words;

/// Unit spellings and the one that is written.
const UNITS: &[(&str, &[&str])] = &[
    ("oz", &["oz", "ounce", "ounces"]),
    ("lb", &["lb", "lbs", "pound", "pounds"]),
    ("g", &["g", "gram", "grams"]),
    ("kg", &["kg"]),
    ("ml", &["ml", "milliliter", "milliliters"]),
    ("l", &["l", "liter", "liters", "litre", "litres"]),
    ("gallon", &["gallon", "gallons", "gal"]),
    ("quart", &["quart", "quarts", "qt"]),
    ("pint", &["pint", "pints", "pt"]),
];

/// Words after a number that make it a pack count.
const COUNT_WORDS: &[&str] = &["ct", "count", "pk", "pack", "packs", "piece", "pieces"];

/// The largest pack of the catalogue's kind; beyond it the number is something else.
const MAX_PACK_COUNT: u32 = 2_000;

/// The package size that a name states, in one spelling: "12 fl oz", "1/2 gallon".
pub(crate) fn size_of_name(name: &str) -> Option<String> {
    let words = measure_words(name);
    (0..words.len()).find_map(|i| size_at(words.get(i..)?))
}

/// The number of pieces that a name states.
pub(crate) fn pack_count_of_name(name: &str) -> Option<u32> {
    let words = measure_words(name);
    (0..words.len()).find_map(|i| match words.get(i..)? {
        [pack, of, number, ..] if pack == "pack" && of == "of" => pack_count(number),
        [number, word, ..] if COUNT_WORDS.contains(&word.as_str()) => pack_count(number),
        _ => None,
    })
}

fn size_at(words: &[String]) -> Option<String> {
    let (number, rest) = words.split_first()?;
    if number == "half" {
        return (rest.first()? == "gallon").then(|| "1/2 gallon".to_owned());
    }
    let is_number = number.starts_with(|c: char| c.is_ascii_digit()) && !number.ends_with('%');
    if !is_number {
        return None;
    }
    if let [fluid, unit, ..] = rest
        && fluid == "fl"
        && unit_name(unit) == Some("oz")
    {
        return Some(format!("{number} fl oz"));
    }
    let unit = unit_name(rest.first()?)?;
    let too_small_for_grams = unit == "g" && number.len() < 2;
    (!too_small_for_grams).then(|| format!("{number} {unit}"))
}

fn unit_name(word: &str) -> Option<&'static str> {
    UNITS.iter().find(|(_, spellings)| spellings.contains(&word)).map(|(name, _)| *name)
}

fn pack_count(number: &str) -> Option<u32> {
    number.parse().ok().filter(|count| (1..=MAX_PACK_COUNT).contains(count))
}

/// Words with "105ct" cut into "105" and "ct".
fn measure_words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in name_words(name) {
        let letters = word.find(|c: char| c.is_alphabetic());
        match letters {
            Some(at) if at > 0 => {
                let (number, unit) = word.split_at(at);
                words.push(number.to_owned());
                words.push(unit.to_owned());
            }
            _ => words.push(word),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, size: Option<&str>, count: Option<u32>) {
        assert_eq!(size_of_name(name).as_deref(), size, "size of {name}");
        assert_eq!(pack_count_of_name(name), count, "pack count of {name}");
    }

    #[test]
    fn sizes_and_counts_are_read_in_any_spelling() {
        check("Sparkling Water 12 fl oz, 8 Pack", Some("12 fl oz"), Some(8));
        check("Spring Water, 16.9 Fl. Oz.", Some("16.9 fl oz"), None);
        check("Dryer Sheets 105CT", None, Some(105));
        check("Crackers 9oz", Some("9 oz"), None);
        check("Gala Apples (3 Lb)", Some("3 lb"), None);
        check("Half Gallon Whole Milk", Some("1/2 gallon"), None);
        check("1/2 Gallon Whole Milk", Some("1/2 gallon"), None);
        check("Red Wine 750 mL", Some("750 ml"), None);
        check("Lager 6-pack", None, Some(6));
        check("Batteries, Pack of 4", None, Some(4));
    }

    #[test]
    fn other_numbers_are_no_size_and_no_count() {
        check("2% Milk", None, None);
        check("Ibuprofen 200 mg", None, None);
        check("Hair Color 5G Golden Brown", None, None);
        check("7 Grain Bread", None, None);
        check("Value Pack Storage Bags", None, None);
        check("Serial 99999 pack", None, None);
        check("", None, None);
    }
}
