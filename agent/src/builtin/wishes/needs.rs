//! Goods that are named by what is done with them: "something to wash my hair with", "what can I use to clean windows".
//!
//! Before the first step of `wishes`: where a word stands for an unnamed thing and a verb with its object follows, the goods
//! that serve it. Holds only in a run that has products called so. Pure.

use std::collections::BTreeMap;

use crate::builtin::compose::Question;

/// Words that stand for the unnamed thing.
const UNNAMED: &[&str] = &[
    "something",
    "anything",
    "stuff",
    "things",
    "thing",
    "what",
    "product",
    "products",
    "some",
    "sumthing",
    "one",
];
/// Words between the unnamed thing and the verb.
const BETWEEN: &[&str] = &[
    "to", "for", "i", "we", "you", "can", "could", "that", "which", "use", "used", "with", "need", "do",
    "does", "will", "would", "helps", "help", "me", "us", "is", "good", "should", "have", "got", "get",
    "take", "buy", "of", "against", "my", "the", "suitable", "makes", "keeps", "keep", "make", "a",
];
/// Words between the verb and its object.
const BEFORE_OBJECT: &[&str] = &[
    "my", "our", "the", "a", "an", "some", "his", "her", "their", "your", "on", "in", "into", "onto", "over",
    "up", "out", "off", "with", "to", "for", "of", "from", "dirty", "all", "these", "those", "own", "kids",
    "baby", "babys", "baby's", "kid's", "down", "around", "inside", "against",
];
/// So many words may stand between a verb and its object.
const MOST_BETWEEN: usize = 4;

/// Verbs, their objects (none where any will do), and the goods for it. Singular, as compared.
const NEEDS: &[(&[&str], &[&str], &str)] = &[
    (&["wash", "shampoo"], &["hair"], "shampoo"),
    (&["wash", "clean"], &["hand"], "hand soap"),
    (&["wash", "clean", "do", "rinse"], &["dish", "plate", "pot", "pan", "glass"], "dish soap"),
    (
        &["wash", "clean", "do"],
        &["laundry", "clothes", "cloth", "sheet", "towel", "jean", "shirt"],
        "laundry detergent",
    ),
    (&["wash", "clean", "cleanse"], &["face"], "facial cleanser"),
    (&["wash", "clean"], &["body", "myself"], "body wash"),
    (&["clean", "brush", "whiten"], &["teeth", "tooth"], "toothpaste"),
    (&["clean", "wash", "polish"], &["window", "mirror"], "glass cleaner"),
    (&["clean", "scrub"], &["toilet", "loo"], "toilet bowl cleaner"),
    (&["clean", "scrub"], &["bathroom", "bath", "tub", "shower", "tile"], "bathroom cleaner"),
    (&["clean", "mop", "wash"], &["floor"], "floor cleaner"),
    (&["clean", "scrub"], &["oven"], "oven cleaner"),
    (&["clean"], &["carpet", "rug"], "carpet cleaner"),
    (&["clean", "wipe", "scrub"], &["kitchen", "stove", "surface", "sink"], "all purpose cleaner"),
    (&["clean"], &["ear"], "cotton swabs"),
    (&["wipe", "dry"], &["counter", "table", "spill", "hand"], "paper towels"),
    (&["wipe", "clean"], &["bottom", "butt", "bum", "baby"], "baby wipes"),
    (&["wipe"], &["mouth"], "napkins"),
    (&["blow", "wipe"], &["nose"], "facial tissue"),
    (&["blow"], &["it"], "facial tissue"),
    (&["shave"], &["leg", "beard", "face", "head", "armpit"], "razor"),
    (&["polish"], &["furniture", "wood"], "furniture polish"),
    (&["paint", "polish"], &["nail"], "nail polish"),
    (&["unclog", "unblock", "clear"], &["sink", "drain", "pipe", "toilet"], "drain"),
    (&["wrap", "cover"], &["leftover", "food", "sandwich"], "plastic wrap"),
    (&["pack", "store", "put", "keep"], &["sandwich"], "sandwich bags"),
    (&["store", "keep", "freeze"], &["leftover"], "storage bags"),
    (&["sweeten"], &["tea", "coffee", "it", "oatmeal"], "sweetener"),
    (&["freshen"], &["breath"], "mouthwash"),
    (&["freshen"], &["air", "room", "house", "car"], "air freshener"),
    (&["soften"], &["clothes", "cloth", "laundry", "towel"], "fabric softener"),
    (&["moisturize", "moisturise", "hydrate", "soften", "put"], &["skin", "hand"], "lotion"),
    (&["put", "moisturize", "soften"], &["lip"], "lip balm"),
    (&["style", "hold", "put"], &["hair"], "hair gel"),
    (&["color", "colour", "dye"], &["hair"], "hair color"),
    (&["remove", "get", "treat"], &["stain"], "stain remover"),
    (&["light", "start"], &["grill", "barbecue", "bbq"], "charcoal"),
    (&["spread", "put"], &["toast", "bagel"], "spreads"),
    (&["dip"], &["chip", "veggie", "carrot", "vegetable", "cracker", "nacho"], "dip"),
    (&["feed"], &["cat", "kitten"], "cat food"),
    (&["feed"], &["dog", "puppy", "puppi"], "dog food"),
    (&["feed"], &["bird"], "bird food"),
    (&["put", "pour", "drizzle"], &["pancake", "waffle"], "syrup"),
    (&["put", "dress"], &["salad"], "salad dressing"),
    (&["thicken"], &["sauce", "soup", "gravy"], "corn starch"),
    (&["awake"], &[], "energy drink"),
    (&["patch", "cover"], &["cut", "wound", "scratch", "blister"], "bandages"),
    (&["put"], &["cut", "wound", "blister"], "bandages"),
    (&["line"], &["bin", "trash", "pan"], "liners"),
];

/// The tokens of such a need: the first with the goods, the others with nothing.
pub(super) fn needed(question: &Question<'_>) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    for at in 1..question.tokens.len() {
        if !follows_unnamed(at, text) {
            continue;
        }
        let need = NEEDS.iter().find_map(|(verbs, objects, goods)| {
            let sold = goods.split(' ').all(|word| question.vocabulary.products_with(word) > 0);
            if !sold || !verbs.iter().any(|verb| is_form_of(text(at), verb)) {
                return None;
            }
            if objects.is_empty() {
                return Some((at, *goods));
            }
            let object = (at + 1..=at + 1 + MOST_BETWEEN).find(|at| {
                let stem = question.tokens.get(*at).map_or("", |token| token.stem.as_str());
                objects.contains(&stem) || objects.contains(&text(*at))
            })?;
            let plain = |at: usize| BEFORE_OBJECT.contains(&text(at)) || is_described(question, at);
            (at + 1..object).all(plain).then_some((object, *goods))
        });
        if let Some((object, goods)) = need {
            // What is said of the object, "curly hair", stands before the goods.
            found.insert(at, String::new());
            found.insert(object, goods.to_owned());
        }
    }
    found
}

/// "sensitive" skin, "curly" hair: a word that goods are described by.
fn is_described(question: &Question<'_>, at: usize) -> bool {
    question.tokens.get(at).is_some_and(|token| question.vocabulary.products_with(&token.text) > 0)
}

/// Whether only words of asking stand between the unnamed thing and a verb.
fn follows_unnamed<'t>(at: usize, text: impl Fn(usize) -> &'t str) -> bool {
    let mut before = at;
    while let Some(earlier) = before.checked_sub(1) {
        if UNNAMED.contains(&text(earlier)) {
            return true;
        }
        if !BETWEEN.contains(&text(earlier)) {
            return false;
        }
        before = earlier;
    }
    false
}

/// "wash", "washing", "washes"; "shave", "shaving".
fn is_form_of(text: &str, verb: &str) -> bool {
    let base = verb.strip_suffix('e').unwrap_or(verb);
    text == verb
        || [verb, base].iter().any(|stem| {
            text.strip_prefix(stem).is_some_and(|rest| matches!(rest, "s" | "es" | "ing" | "ping"))
        })
}
