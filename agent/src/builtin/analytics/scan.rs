//! First pass: tokens become marks.
//!
//! The longest phrase wins, the leftmost among equals. A phrase of `words` comes before a term of the semantic model,
//! that before an attribute, that before a catalogue name; but the whole name of an aisle or a department comes before a
//! word that says nothing.

use ::query::metrics::FilterValue;
use domain::attributes::{Attribute, attributes_in_own_words, name_words};

use super::{
    item::{End, Item, Items, Mark, Noun, Verb},
    words,
};
use crate::builtin::{
    normalise::{Token, stem},
    vocabulary::{Name, NameKind, Term, Vocabulary},
};

/// Names that are ordinary words too; they are departments only beside the word or in a list of departments.
pub(crate) const EVERYDAY_NAMES: &[&str] =
    &["other", "missing", "household", "international", "bulk", "personal"];

/// Metrics that count a noun.
const COUNTS: [&str; 7] =
    ["items", "orders", "customers", "products", "aisles", "departments", "products_never_bought"];

/// Reads the tokens.
pub(super) fn scan(tokens: &[Token], vocabulary: &Vocabulary) -> Items {
    let longest = vocabulary.longest_phrase().max(words::LONGEST);
    let mut found: Vec<Item> = Vec::new();
    for from in 0..tokens.len() {
        for to in (from + 1)..=(from + longest).min(tokens.len()) {
            let Some(window) = tokens.get(from..to) else { break };
            if let Some(mark) = read(tokens, from, window, vocabulary) {
                found.push(Item { mark, from, to });
            }
        }
    }
    found.sort_by_key(|item| (std::cmp::Reverse(item.to - item.from), item.from));
    let mut taken = vec![false; tokens.len()];
    let mut items = Vec::new();
    for item in found {
        let Some(range) = taken.get_mut(item.from..item.to) else { continue };
        if range.iter().all(|used| !used) {
            range.fill(true);
            items.push(item);
        }
    }
    let unknown = (0..tokens.len()).filter(|at| taken.get(*at) == Some(&false));
    items.extend(unknown.map(|at| Item { mark: Mark::Word, from: at, to: at + 1 }));
    items.sort_by_key(|item| item.from);
    set_apart(&mut items, tokens);
    // "more than produce" compares, "more than 5" bounds.
    let compares = |item: &Item| match item.mark {
        Mark::Versus | Mark::Than => true,
        Mark::Cmp(_) => {
            let than = tokens.get(item.to.saturating_sub(1)).is_some_and(|token| token.text == "than");
            let bound =
                (item.to..item.to + 3).any(|at| tokens.get(at).is_some_and(|token| token.number.is_some()));
            than && !bound
        }
        _ => false,
    };
    let compared = items.iter().any(compares);
    Items(items, compared)
}

/// "at 6, 7, 8 and 9: items", "more than 10: reorder rate": a number and what stands behind a colon or the end of a sentence
/// do not belong together, so a comma of no tokens stands between them.
fn set_apart(items: &mut Vec<Item>, tokens: &[Token]) {
    let mut at = 1;
    while at < items.len() {
        let ranked = at >= 2 && matches!(items.get(at - 2).map(|item| &item.mark), Some(Mark::Rank(..)));
        let apart = match (items.get(at - 1), items.get(at)) {
            (Some(before), Some(item)) if matches!(before.mark, Mark::Number(_)) && !ranked => {
                let ends = tokens.get(before.to.saturating_sub(1)).map(|token| token.end);
                let starts = tokens.get(item.from).map(|token| token.start);
                let named =
                    matches!(item.mark, Mark::Noun(_) | Mark::Metric(_) | Mark::ShareOf(_) | Mark::HowOften);
                named.then(|| ends.zip(starts)).flatten().filter(|(ends, starts)| *starts > ends + 1)
            }
            _ => None,
        };
        if apart.is_some() {
            let place = items.get(at).map_or(0, |item| item.from);
            items.insert(at, Item { mark: Mark::Comma, from: place, to: place });
            at += 1;
        }
        at += 1;
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn read(tokens: &[Token], from: usize, window: &[Token], vocabulary: &Vocabulary) -> Option<Mark> {
    if let [token] = window
        && let Some(mark) = single(token)
    {
        // "one order", "that one": an article rather than a number, unless it is compared or counted.
        let number =
            |at: Option<usize>| at.and_then(|at| tokens.get(at)).is_some_and(|token| token.number.is_some());
        if token.text == "plus" && number(from.checked_sub(1)) && !number(Some(from + 1)) {
            return Some(Mark::CmpAfter(::query::metrics::FilterOp::Ge));
        }
        let bare = token.text == "one" && !is_counted_one(tokens, from);
        return Some(if bare { Mark::Skip } else { mark });
    }
    if window.len() == 1 && is_ordering(tokens, from) {
        return Some(Mark::Verb(Verb::Place));
    }
    if window.len() == 1 && is_numbered_order(tokens, from) {
        return Some(Mark::Noun(Noun::OrderNumber));
    }
    let (first, last) = (window.first()?, window.last()?);
    let commas = window.iter().any(|token| token.text == ",");
    if window.len() > 1 && (first.text == "," || last.text == ",") {
        return None;
    }
    let text = joined(window.iter().map(|token| token.text.as_str()));
    let stems = joined(window.iter().map(|token| token.stem.as_str()));
    let plain = joined(window.iter().filter(|token| !token.is_separator()).map(|token| token.stem.as_str()));
    let spoken = joined(window.iter().filter(|token| !token.is_separator()).map(|token| token.text.as_str()));
    let edged = !first.is_separator() && !last.is_separator();
    let phrase = (window.len() <= words::LONGEST + 2)
        .then(|| {
            // "small, medium and large orders": the marks of a list inside a phrase do not count.
            let list = spoken.split(' ').count() > 2;
            let without = || if edged && list { words::look_up(&spoken, &plain) } else { None };
            words::look_up(&text, &stems).or_else(without)
        })
        .flatten()
        // "items, share": two things of a list are no name of a figure.
        .filter(|mark| !commas || !matches!(mark, Mark::ShareOf(_) | Mark::Metric(_) | Mark::Share));
    let edges = !first.is_separator() && !last.is_separator();
    let text_names = alias(&text).map(|name| vocabulary.names(name));
    if let Some(names) = text_names.filter(|names| !names.is_empty()) {
        return Some(Mark::Name(names.to_vec()));
    }
    // "New or occasional" is one name: only "and" and commas may be left out.
    let spelt = joined(
        window
            .iter()
            .filter(|token| token.text == "or" || !token.is_separator())
            .map(|token| token.stem.as_str()),
    );
    let found = if edges && !commas { vocabulary.names(&spelt) } else { &[] };
    let names = if edges && !commas && found.is_empty() { vocabulary.names(&plain) } else { found };
    if let Some(place) = place_names(names)
        && (phrase.is_none_or(|mark| *mark == Mark::Skip)
            || window.len() > 1
            // "the spreads aisle", whatever else the word says.
            || heads_a_place(tokens, from)
            || text == "household" && is_listed_place(tokens, from, vocabulary))
        && !is_list(window, vocabulary)
        && (!EVERYDAY_NAMES.contains(&text.as_str()) && text != "others"
            || is_place_here(tokens, from, vocabulary))
    {
        return Some(Mark::Name(place));
    }
    if let Some(mark) = phrase {
        // "positions 1 to 10" begins a range, "position 1" is the first place.
        let goes_on = tokens.get(from + window.len()).is_some_and(|next| {
            matches!(next.text.as_str(), "-" | "to" | "through" | ",")
                && tokens.get(from + window.len() + 1).is_some_and(|token| token.number.is_some())
        });
        let up_to =
            last.text == "up" && tokens.get(from + window.len()).is_some_and(|next| next.text == "to");
        if *mark == Mark::FirstInCart && (last.number.is_some() && goes_on || up_to) {
            return None;
        }
        // "what share of customer 310's items": the customer has the number.
        let own_id = tokens.get(from + window.len()).is_some_and(|next| next.number.is_some());
        if own_id && is_singular(last) && *mark == Mark::ShareOf("customers".to_owned()) {
            return None;
        }
        // "the five largest orders": rows, where one largest order is a figure.
        let several = matches!(last.text.as_str(), "orders" | "baskets" | "carts");
        if several && *mark == Mark::Metric("max_basket_size".to_owned()) {
            return None;
        }
        // "fewer than 8 orders: no. of customers"
        let counts = tokens.get(from + window.len()).is_some_and(|next| next.text == "of");
        if *mark == Mark::Noun(Noun::OrderNumber)
            && matches!(last.text.as_str(), "no" | "nr" | "#" | "number")
            && counts
        {
            return None;
        }
        // "numbers 1 to 10" are several.
        if matches!(mark, Mark::Rank(..)) && first.text == "numbers" {
            return None;
        }
        // "the quietest hour of day 3": the day has the number.
        let numbered = tokens.get(from + window.len()).is_some_and(|next| next.number.is_some());
        if *mark == Mark::Noun(Noun::Hour) && text.ends_with("of day") && numbered {
            return None;
        }
        // "5 to 10, and over 20": the words belong to the next number.
        let next = tokens.get(from + window.len());
        // "by size class" is a grouping, "by size" an order.
        let classed = |token: &Token| {
            matches!(token.stem.as_str(), "class" | "classe" | "band" | "group" | "category" | "bracket")
        };
        // "in orders of more than 20 items" names orders.
        if text == "by size" && next.is_some_and(classed) || text == "in orders of" {
            return None;
        }
        // "first orders and later ones": it compares no number.
        let later = last.text == "later";
        let opens = next.filter(|token| token.start <= last.end + 1).is_some_and(|token| {
            token.number.is_some()
                || token.text == "than"
                || later && matches!(token.text.as_str(), "ones" | "orders" | "baskets")
        });
        let taken = matches!(mark, Mark::CmpAfter(_)) && first.is_separator() && opens;
        return (!taken).then(|| mark.clone());
    }
    if !edges {
        return None;
    }
    // "products sold" is a noun with its verb, whatever metric has that synonym.
    let sentence = window.len() == 2
        && matches!(words::look_up(&first.text, &first.stem), Some(Mark::Noun(_)))
        && matches!(words::look_up(&last.text, &last.stem), Some(Mark::Verb(_)));
    if sentence {
        return None;
    }
    // "number of orders and number of items": two words of a list are no name.
    let listed = window.iter().any(Token::is_separator) && plain.split(' ').count() < 3;
    let named = (!commas && !listed).then(|| term(vocabulary.terms(&plain))).flatten();
    // "number of orders" counts a noun, which may be grouped by too; it is no name of a figure.
    let counts =
        window.len() > 1 && matches!(&named, Some(Mark::Metric(name)) if COUNTS.contains(&name.as_str()));
    if let Some(mark) = named.filter(|_| !counts) {
        return Some(mark);
    }
    if let Some(values) = wider_words(window) {
        return Some(Mark::Where(vec![::query::metrics::MetricFilter {
            field: "product_name".to_owned(),
            op: ::query::metrics::FilterOp::Contains,
            values,
        }]));
    }
    if let Some(code) = attribute(window) {
        return Some(Mark::Attribute(code, true));
    }
    if matches!(text.as_str(), "other" | "others") && !is_place_here(tokens, from, vocabulary) {
        return Some(Mark::Skip);
    }
    if !names.is_empty() && !is_list(window, vocabulary) {
        return Some(Mark::Name(names.to_vec()));
    }
    if window.len() == 1 {
        let parts = vocabulary.names_with_part(&first.stem);
        if !parts.is_empty() {
            return Some(Mark::Part(parts.to_vec()));
        }
    }
    None
}

/// What people call departments, by the stems of their names.
fn alias(text: &str) -> Option<&'static str> {
    const ALIASES: &[(&str, &str)] = &[
        ("drinks|beverage|soft drinks and juices|drinks department", "beverage"),
        ("booze|liquor|alcoholic drinks|alcoholic beverages|alcoholics|spirits and wine", "alcohol"),
        (
            "fruit and veg|fruits and vegetables|fruit and vegetables|fruits and veggies|greengrocery",
            "produce",
        ),
        ("baby stuff|baby department|baby goods|stuff for babies", "baby"),
        ("pet stuff|pet department|pet supplies|stuff for pets", "pet"),
        ("toiletries|cosmetics|beauty products|body care", "personal care"),
        ("tins|canned food|tinned food|cans and tins|tinned goods", "canned good"),
        ("baked goods|bread and pastries|baked stuff", "bakery"),
        ("meat and fish|meat and seafood|fish and meat", "meat seafood"),
        ("frozen food|frozen foods|frozen stuff|frozen goods|freezer|deep frozen", "frozen"),
        ("snack food|snack foods|nibbles", "snack"),
        ("dairy stuff|milk products", "dairy egg"),
        ("household goods|household stuff|cleaning supplies", "household"),
        ("foreign food|world food|international food|international foods", "international"),
        ("breakfast food|breakfast foods|breakfast stuff", "breakfast"),
    ];
    ALIASES.iter().find(|(words, _)| words.split('|').any(|word| word == text)).map(|(_, name)| *name)
}

/// Whether "one" is a number here: "at least one", "one or more", "top one".
fn is_counted_one(tokens: &[Token], at: usize) -> bool {
    let text = |place: Option<usize>| {
        place.and_then(|place| tokens.get(place)).map_or("", |token| token.text.as_str())
    };
    let before = text(at.checked_sub(1));
    let behind = text(Some(at + 1));
    matches!(
        before,
        "least" | "most" | "than" | "exactly" | "only" | "just" | "top" | "number" | "day" | "hour" | "to"
    ) || matches!(behind, "or" | "fifth" | "third" | "tenth" | "in" | "quarter")
}

/// "how many customers order": what they do, not what is counted.
fn is_ordering(tokens: &[Token], at: usize) -> bool {
    const WHO: [&str; 7] = ["customers", "shoppers", "buyers", "people", "clients", "users", "households"];
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text.as_str());
    let goes_on = matches!(
        text(Some(at + 1)),
        "number" | "numbers" | "size" | "sizes" | "volume" | "count" | "frequency"
    );
    text(Some(at)) == "order" && WHO.contains(&text(at.checked_sub(1))) && !goes_on
}

/// "order 3": the number of an order of a customer.
fn is_numbered_order(tokens: &[Token], at: usize) -> bool {
    let here = tokens.get(at).is_some_and(|token| token.text == "order");
    let number = tokens.get(at + 1).is_some_and(|token| token.number.is_some());
    let list = tokens
        .get(at + 2)
        .is_none_or(|token| token.is_separator() || matches!(token.text.as_str(), "-" | "to"));
    here && number && list
}

/// Numbers and list marks.
fn single(token: &Token) -> Option<Mark> {
    let text = token.text.as_str();
    match text {
        "," => return Some(Mark::Comma),
        "#1" => return Some(Mark::Rank(End::High, None)),
        "and" | "&" | "n" | "plus" => return Some(Mark::And),
        "or" => return Some(Mark::Or),
        "half" => return Some(Mark::Percent(0.5)),
        "quarter" | "quarters" => return Some(Mark::Percent(0.25)),
        "once" => return Some(Mark::Number(1.0)),
        "twice" => return Some(Mark::Number(2.0)),
        "…" => return Some(Mark::Link(super::item::Link::To)),
        _ => {}
    }
    if let Some(number) = text.strip_suffix('%').and_then(|digits| digits.parse::<f64>().ok()) {
        return Some(Mark::Percent(number / 100.0));
    }
    if let Some((hour, minutes)) = text.split_once(':') {
        let whole = minutes.chars().all(|c| c.is_ascii_digit());
        let hour = hour.parse::<u32>().ok().filter(|hour| whole && *hour <= 24)?;
        return Some(Mark::Hour(hour % 24));
    }
    if let Some(ordinal) = ordinal(text) {
        return Some(Mark::Ordinal(ordinal));
    }
    token.number.map(Mark::Number)
}

fn ordinal(text: &str) -> Option<u32> {
    const WORDS: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
        "eleventh", "twelfth",
    ];
    if let Some(at) = WORDS.iter().position(|word| *word == text.trim_end_matches('s') || *word == text) {
        return u32::try_from(at + 1).ok();
    }
    ["st", "nd", "rd", "th"].iter().find_map(|ending| text.strip_suffix(ending)?.parse().ok())
}

/// Aisles, departments and segments of that name; none where only products are called so.
fn place_names(names: &[Name]) -> Option<Vec<Name>> {
    let places = names.iter().filter(|name| name.kind != NameKind::Product);
    (places.clone().count() > 0).then(|| names.to_vec())
}

/// "frozen and produce" are two things, whatever else has both words in its name; "dairy and eggs" is one.
fn is_list(window: &[Token], vocabulary: &Vocabulary) -> bool {
    let parts: Vec<&[Token]> = window.split(Token::is_separator).collect();
    let named = |part: &&[Token]| !vocabulary.names(&joined(part.iter().map(|t| t.stem.as_str()))).is_empty();
    parts.len() > 1 && parts.iter().all(named)
}

/// "household aisles", "household products": the department, not a customer.
fn heads_a_place(tokens: &[Token], at: usize) -> bool {
    let heads = |token: &Token| {
        matches!(
            token.stem.as_str(),
            "aisle" | "department" | "product" | "item" | "purchase" | "good" | "article" | "stuff"
        )
    };
    tokens.get(at + 1).is_some_and(heads)
}

/// "from household", "household or personal care": one of a list of departments, or where something is from.
fn is_listed_place(tokens: &[Token], at: usize, vocabulary: &Vocabulary) -> bool {
    let text = |place: Option<usize>| {
        place.and_then(|place| tokens.get(place)).map_or("", |token| token.text.as_str())
    };
    let joins = |word: &str| matches!(word, "or" | "and" | "," | "&" | "nor");
    let joined = joins(text(Some(at + 1))) || joins(text(at.checked_sub(1)));
    text(at.checked_sub(1)) == "from" || joined && is_place_here(tokens, at, vocabulary)
}

/// Whether an everyday word is a department here: the word "department" stands near, or another department beside it.
fn is_place_here(tokens: &[Token], at: usize, vocabulary: &Vocabulary) -> bool {
    // "any other one", "than others do", "in other words", "other departments": no name.
    let text = |place: Option<usize>| {
        place.and_then(|place| tokens.get(place)).map_or("", |token| token.text.as_str())
    };
    let before = text(at.checked_sub(1));
    let behind = text(Some(at + 1));
    if matches!(text(Some(at)), "other" | "others")
        && (matches!(
            before,
            "any"
                | "each"
                | "every"
                | "many"
                | "all"
                | "no"
                | "some"
                | "than"
                | "these"
                | "those"
                | "which"
                | "what"
                | "most"
                | "few"
                | "among"
        ) || matches!(
            behind,
            "words"
                | "one"
                | "ones"
                | "products"
                | "product"
                | "items"
                | "departments"
                | "aisles"
                | "side"
                | "hand"
                | "customers"
        ) || text(Some(at)) == "others")
    {
        return false;
    }
    let near = |place: usize| {
        tokens.get(place).is_some_and(|token| {
            matches!(token.stem.as_str(), "department" | "section" | "dept" | "aisle")
                || vocabulary.names(&token.stem).iter().any(|name| name.kind == NameKind::Department)
        })
    };
    let (from, to) = (at.saturating_sub(4), at + 3);
    (from..=to).any(|place| place != at && near(place))
}

fn term(terms: &[Term]) -> Option<Mark> {
    let mut dimension = None;
    for term in terms {
        match term {
            Term::Metric(name) => return Some(Mark::Metric(name.clone())),
            Term::ShareOf(name) => return Some(Mark::ShareOf(name.clone())),
            Term::Dimension(name) => dimension = dimension.or(noun_of(name)),
        }
    }
    dimension.map(Mark::Noun)
}

fn noun_of(dimension: &str) -> Option<Noun> {
    const NOUNS: [Noun; 12] = [
        Noun::Product,
        Noun::Aisle,
        Noun::Department,
        Noun::Customer,
        Noun::Order,
        Noun::Segment,
        Noun::Hour,
        Noun::Day,
        Noun::DayPart,
        Noun::OrderNumber,
        Noun::SizeBand,
        Noun::Gap,
    ];
    NOUNS.into_iter().find(|noun| noun.dimension() == dimension)
}

/// "nonfat", "free range", "decaf": figures count an attribute by its own words, so what names say is looked for. A lone
/// denial ("no sugar") is a condition of the question rather than the wording of a label.
fn wider_words(window: &[Token]) -> Option<Vec<FilterValue>> {
    let said = joined(window.iter().map(|token| token.text.as_str()));
    let said = name_words(&said).join(" ");
    let stems = joined(window.iter().map(|token| token.stem.as_str()));
    let wider = || Attribute::ALL.into_iter().flat_map(Attribute::wider_phrases);
    let phrase = wider().find(|phrase| *phrase == said || *phrase == stems)?;
    if attribute(window).is_some() {
        return None;
    }
    let words: Vec<&str> = phrase.split(' ').collect();
    if words.len() < 3 && matches!(words.first(), Some(&("no" | "without"))) {
        return None;
    }
    // "decaffeinated" is found with "decaf".
    let word = wider().find(|shorter| !phrase.contains(' ') && phrase.starts_with(shorter)).unwrap_or(phrase);
    let mut spellings = vec![word.to_owned(), word.replace(' ', "-"), word.replace(' ', "")];
    spellings.dedup();
    Some(spellings.iter().map(|word| word.as_str().into()).collect())
}

/// The attribute whose own words exactly these are.
fn attribute(window: &[Token]) -> Option<&'static str> {
    if window.len() > 4 {
        return None;
    }
    // "glutenfree" asks for the same as "gluten free".
    if let [word] = window
        && let Some(joined) =
            Attribute::ALL.into_iter().find(|attribute| attribute.code().replace('_', "") == word.text)
    {
        return Some(joined.code());
    }
    let stated = |tokens: &[Token]| {
        let text = joined(tokens.iter().map(|token| token.text.as_str()));
        attributes_in_own_words(&text)
    };
    let whole = stated(window);
    let inner = window.get(1..).map(stated).unwrap_or_default();
    let outer = window.get(..window.len() - 1).map(stated).unwrap_or_default();
    // "organic milk" states it too, but with a word too many.
    whole.into_iter().find(|code| !inner.contains(code) && !outer.contains(code)).map(|code| code.code())
}

/// Whether a token is the singular of its word.
pub(super) fn is_singular(token: &Token) -> bool {
    stem(&token.text) == token.text
}
