//! What a question is asked for: "For a leaflet: the six best sellers", "top 5 snacks for a customer magazine".
//!
//! message → the message without it. The words of what it is for are no conditions and no goods. Pure; knows words.

/// What figures and lists are put into.
const USES: &[&str] = &[
    "leaflet",
    "flyer",
    "newsletter",
    "magazine",
    "brochure",
    "poster",
    "presentation",
    "slide",
    "slides",
    "article",
    "blog",
    "report",
    "meeting",
    "folder",
    "catalog",
    "catalogue",
    "handout",
    "banner",
    "sign",
    "quiz",
    "display",
];
const DETERMINERS: &[&str] = &["a", "an", "the", "our", "my", "this", "another"];
/// So many words may stand between the determiner and what it is for.
const MOST_BETWEEN: usize = 2;

/// The message without what it is for; `None` where nothing is said of it, or nothing else is.
pub(crate) fn without_use(message: &str) -> Option<String> {
    let words: Vec<&str> = message.split_whitespace().collect();
    let plain = |at: usize| {
        words
            .get(at)
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .unwrap_or_default()
    };
    let ends = |at: usize| words.get(at).is_none_or(|word| word.ends_with([':', ',', '.', '?', '!', ';']));
    let found = (0..words.len()).find_map(|at| {
        if plain(at) != "for" || !DETERMINERS.contains(&plain(at + 1).as_str()) {
            return None;
        }
        let last = (at + 2..=at + 2 + MOST_BETWEEN).find(|at| USES.contains(&plain(*at).as_str()))?;
        // It opens the message or stands at the end of it or of a clause.
        ((at == 0 || last + 1 >= words.len() || ends(last)) && (at + 1..last).all(|at| !ends(at)))
            .then_some((at, last))
    });
    let (from, last) = found?;
    let kept: Vec<&str> =
        words.iter().enumerate().filter(|(at, _)| *at < from || *at > last).map(|(_, word)| *word).collect();
    (kept.len() > 1).then(|| kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_is_for_is_left_out() {
        let check =
            |message: &str, expected: Option<&str>| assert_eq!(without_use(message).as_deref(), expected);
        check("For a leaflet: the six best sellers of snacks", Some("the six best sellers of snacks"));
        check("top 5 snacks for a customer magazine", Some("top 5 snacks"));
        check("For the party folder, which aisles sell most?", Some("which aisles sell most?"));
        check("milk for a cake", None);
        check("how many orders hold a magazine", None);
    }
}
