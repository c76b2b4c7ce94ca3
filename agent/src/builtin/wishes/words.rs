//! The words of a thing as the catalogue has them, and the [`Wish`] that they make.
//!
//! Last step of `wishes`: other names, short forms and odd spellings give way to the usual ones; attributes and places are
//! told from the words that are looked for. Pure.

use std::collections::BTreeMap;

use domain::attributes::attributes_of_name;

use super::{
    Draft, Reader, Wish,
    needs::needed,
    places::{aisle_led_by, place},
    ruled_out::{NEGATIONS, rule_out},
};
use crate::builtin::{
    compose::Question,
    discourse::SHORT_FORMS,
    fillers::FILLERS,
    normalise::{Token, stem},
    shop_words::{ASKING, OTHER_NAMES},
    vocabulary::NameKind,
};

/// So many products must be called by two words beside each other for them to be one name.
const MIN_COMPOUND: u32 = 3;
/// Whom goods are made for.
const BEINGS: &[&str] =
    &["dog", "cat", "puppy", "kitten", "baby", "toddler", "kid", "bird", "newborn", "infant"];
/// Attributes of goods that stand beside the usual ones: lactose free milk is among the soy drinks.
const STANDS_ELSEWHERE: &[&str] =
    &["gluten_free", "dairy_free", "lactose_free", "soy_free", "vegan", "vegetarian"];

impl Reader<'_> {
    /// Words as they are looked for: a spelling that next to no product has gives way to the usual one, a short form
    /// to the full one.
    pub(super) fn words(&self, tokens: &[usize]) -> Vec<String> {
        let word = |at: &usize| -> Vec<String> {
            let text = self.text(*at);
            if let Some(here) = self.renamed.get(at) {
                return here.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            }
            if self.is_in_name(*at) {
                return vec![text.to_owned()];
            }
            let vocabulary = self.question.vocabulary;
            // "minced beef" is sold as ground; "minced garlic" is not.
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            // "to clean my windows", "for cleaning the bathroom"
            if matches!(text, "clean" | "cleaning")
                && matches!(before, "to" | "for")
                && matches!(self.text(*at + 1), "my" | "the" | "a" | "our" | "your" | "an")
            {
                return vec!["cleaner".to_owned()];
            }
            if text == "minced"
                && matches!(self.text(*at + 1), "meat" | "beef" | "turkey" | "pork" | "chicken" | "lamb")
            {
                return vec!["ground".to_owned()];
            }
            // "lemon flavored": names have the noun.
            if matches!(text, "flavored" | "flavoured") && self.is_ruled_out(*at) {
                return vec!["flavor".to_owned()];
            }
            // "peanut butter with crunch"
            if text == "crunch" && before == "with" {
                return vec!["crunchy".to_owned()];
            }
            // "plant based cheese"
            if text == "plant" && self.text(*at + 1) == "based" {
                return vec!["vegan".to_owned()];
            }
            if let Some((_, full)) = SHORT_FORMS.iter().find(|(short, _)| *short == text) {
                return full.split(' ').map(str::to_owned).collect();
            }
            if let Some((a, b)) = vocabulary.written_together(text).filter(|_| !self.is_place_word(*at)) {
                return vec![a, b];
            }
            if let Some(usual) = vocabulary.usual_spelling(text) {
                return vec![usual];
            }
            let compound = vocabulary
                .split_compound(text)
                .filter(|_| vocabulary.products_with(text) == 0 && !self.is_place_word(*at));
            match compound {
                Some((a, b)) => vec![a, b],
                None => vec![text.to_owned()],
            }
        };
        let words: Vec<String> = tokens.iter().flat_map(word).collect();
        // "PB with crunch": not the same word twice.
        let mut once: Vec<String> = Vec::new();
        for word in words {
            if !once.contains(&word) {
                once.push(word);
            }
        }
        once
    }

    /// "Buns for hamburgers", "milk made from almonds" in the order of names: hamburger buns, almond milk.
    fn in_name_order(&self, words: &[usize]) -> Vec<usize> {
        match self.joint(words) {
            Some((at, _)) if self.is_compound(words, at) => {
                let head = at - 1;
                let (before, behind) = (words.iter().take(head), words.iter().skip(at));
                before.chain(behind).chain(words.get(head)).copied().collect()
            }
            _ => words.to_vec(),
        }
    }

    /// The words with what joins them, where the names of the catalogue do not have them the other way round: "shampoo for
    /// curly hair", "cereal with raisins". A search tells the thing from what it is for by it.
    fn with_joints(&self, words: &[usize]) -> Option<String> {
        let (at, joint) = self.joint(words).filter(|(at, _)| !self.is_compound(words, *at))?;
        let text = |words: &[usize]| self.words(words).join(" ");
        let (thing, rest) = (text(words.get(..at)?), text(words.get(at..)?));
        (!thing.is_empty() && !rest.is_empty()).then(|| format!("{thing} {joint} {rest}"))
    }

    /// Whether two words are what goods are called elsewhere: "dishwasher pods".
    pub(super) fn is_other_name(&self, modifier: usize, only: usize) -> bool {
        let (Some(first), Some(second)) = (self.token(modifier), self.token(only)) else { return false };
        let name = format!("{} {}", first.stem, second.stem);
        self.renamed.contains_key(&modifier) && OTHER_NAMES.iter().any(|(other, _)| *other == name)
    }

    /// Where a preposition stands between the words of a thing, and which.
    fn joint(&self, words: &[usize]) -> Option<(usize, &'static str)> {
        (1..words.len()).find_map(|at| {
            let (before, next) = (words.get(at - 1)?, words.get(at)?);
            // "anything vegan for the grill, like sausages"
            if (before + 1..*next).any(|at| self.token(at).is_some_and(Token::is_separator)) {
                return None;
            }
            let between = (before + 1..*next).map(|at| self.text(at));
            let joint = between.into_iter().find_map(|word| match word {
                "for" => Some("for"),
                "with" | "containing" | "that" | "which" => Some("with"),
                "from" | "of" => Some("from"),
                "in" => Some("in"),
                _ => None,
            })?;
            Some((at, joint))
        })
    }

    /// Whether names put what stands behind the joint before the thing: "hamburger buns".
    fn is_compound(&self, words: &[usize], at: usize) -> bool {
        let (before, behind) = words.split_at(at.min(words.len()));
        // "beans for my coffee machine": what the machine takes.
        let machine = behind.last().is_some_and(|last| {
            matches!(self.text(last + 1), "machine" | "maker" | "grinder" | "press" | "pot" | "mill")
        });
        // "corn tortillas for tacos" may be called otherwise; "buns for hamburgers" hardly are.
        let plain = before.len() == 1 && behind.len() == 1;
        let for_it = self.joint(words).is_some_and(|(_, joint)| joint == "for");
        if machine || for_it && !plain {
            return machine;
        }
        let head = at.checked_sub(1).and_then(|last| words.get(last)).and_then(|head| self.token(*head));
        let last = words.last().and_then(|last| self.token(*last));
        let pairs = |a: &str, b: &str| self.question.vocabulary.pairs_of_names(a, b);
        last.zip(head).is_some_and(|(last, head)| {
            let (named, reversed) = (pairs(&last.stem, &head.stem), pairs(&head.stem, &last.stem));
            // "Cheese for pizza" is no pizza, whatever cheese pizzas are called.
            named >= MIN_COMPOUND && named > reversed
        })
    }

    /// "Maple syrup, but no flavored pancake syrup": what is ruled out of the same noun is what stands before it, word by
    /// word unless they are a name together.
    fn told_apart(&self, thing: &[usize], phrase: &[usize]) -> Vec<Vec<usize>> {
        let stem_of = |at: Option<&usize>| at.and_then(|at| self.token(*at)).map(|token| token.stem.clone());
        let same_noun = stem_of(thing.last()).is_some_and(|noun| stem_of(phrase.last()) == Some(noun));
        let Some((_, before)) = phrase.split_last().filter(|(_, before)| same_noun && !before.is_empty())
        else {
            return vec![phrase.to_vec()];
        };
        let together = before.windows(2).any(|pair| matches!(pair, [a, b] if self.is_pair(*a, *b)));
        if together { vec![before.to_vec()] } else { before.iter().map(|at| vec![*at]).collect() }
    }

    /// Whether a negation stands before a word, with nothing but words between.
    fn is_ruled_out(&self, at: usize) -> bool {
        (at.saturating_sub(3)..at).any(|before| NEGATIONS.contains(&self.text(before)))
    }

    /// "My dog needs food", "the baby is out of wipes": of one word that names have behind the one it is for.
    fn of_being(&self, words: &[usize]) -> Option<usize> {
        let [only] = words else { return None };
        let thing = self.token(*only)?;
        (1..self.question.tokens.len()).find(|at| {
            let whose = matches!(self.text(at - 1), "my" | "our" | "the" | "his" | "her");
            let verb = matches!(
                self.text(at + 1),
                "needs" | "wants" | "likes" | "loves" | "ran" | "runs" | "has" | "is" | "gets" | "eats"
            );
            whose
                && verb
                && at < only
                && BEINGS.contains(&self.text(*at))
                && self.token(*at).is_some_and(|being| {
                    self.question.vocabulary.pairs_of_names(&being.stem, &thing.stem) >= MIN_COMPOUND
                })
        })
    }

    pub(super) fn resolve(&self, draft: &Draft) -> Wish {
        let draft = match self.of_being(&draft.words).filter(|_| draft.place.is_none()) {
            Some(being) => &Draft {
                words: std::iter::once(being).chain(draft.words.iter().copied()).collect(),
                ..draft.clone()
            },
            None => draft,
        };
        let words = self.words(&self.in_name_order(&draft.words));
        let text = self.with_joints(&draft.words).unwrap_or_else(|| words.join(" "));
        let mut wish = Wish { label: text.clone(), limit: draft.limit, ..Wish::default() };
        let names_thing = !draft.words.is_empty() || draft.place.is_some();
        for phrase in &draft.without {
            let words = self.words(phrase);
            // "Anything but no dairy": where nothing is named, a place is ruled out whole.
            let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
            if !names_thing && place(self.question, &stems, None).is_some() {
                wish.exclude.push(words.join(" "));
                continue;
            }
            for phrase in self.told_apart(&draft.words, phrase) {
                rule_out(&self.words(&phrase).join(" "), &mut wish);
            }
        }
        wish.attributes.extend(attributes_of_name(&text).iter().map(|attribute| attribute.code().to_owned()));
        let mut place_name = draft.place.clone();
        let bare = without_attribute_words(&words);
        let stems: Vec<String> = bare.iter().map(|word| stem(word)).collect();
        wish.text = text;
        if place_name.is_none() && !bare.is_empty() {
            // "milk" is the aisle of that name, unless an attribute may stand elsewhere: lactose free milk is soy too.
            place_name = place(self.question, &stems, None).filter(|name| {
                name.kind == NameKind::Department
                    || !wish.attributes.iter().any(|a| STANDS_ELSEWHERE.contains(&a.as_str()))
            });
            if place_name.is_some() {
                wish.text = String::new();
            } else {
                place_name = aisle_led_by(self.question, &stems);
            }
        } else if let Some(name) = &place_name
            && name.kind == NameKind::Aisle
            && {
                let named: Vec<String> = name.text.split(' ').map(stem).collect();
                stems.iter().all(|word| named.contains(word))
            }
        {
            // "cheese of packaged cheese"
            wish.text = String::new();
        } else if bare.is_empty() && place_name.is_some() {
            wish.text = String::new();
        }
        match place_name {
            Some(name) if name.kind == NameKind::Aisle => wish.aisle = Some(name.text),
            Some(name) => wish.department = Some(name.text),
            None => {}
        }
        if wish.label.is_empty() {
            wish.label = wish.aisle.clone().or_else(|| wish.department.clone()).unwrap_or_default();
        }
        wish.attributes.sort();
        wish.attributes.dedup();
        wish
    }
}

/// "washing up liquid" is sold as dish soap: the tokens of such names.
pub(super) fn renamed(question: &Question<'_>) -> BTreeMap<usize, String> {
    let stems: Vec<&str> = question.tokens.iter().map(|token| token.stem.as_str()).collect();
    let mut renamed = needed(question);
    for at in 0..stems.len() {
        let named_here = |(other, _): &&(&str, &str)| {
            other.split(' ').enumerate().all(|(step, word)| stems.get(at + step).copied() == Some(word))
        };
        let longest = OTHER_NAMES.iter().filter(named_here).max_by_key(|(other, _)| other.len());
        let Some((other, here)) = longest else { continue };
        let sold = |word: &str| question.vocabulary.products_with(word) > 0;
        if renamed.contains_key(&at) || !here.split(' ').all(sold) {
            continue;
        }
        renamed.insert(at, (*here).to_owned());
        renamed.extend((1..other.split(' ').count()).map(|step| (at + step, String::new())));
    }
    turn_round(question, &mut renamed);
    join_compounds(question, &mut renamed);
    renamed
}

/// "bags for the garbage" are garbage bags, which are sold as trash bags.
fn turn_round(question: &Question<'_>, renamed: &mut BTreeMap<usize, String>) {
    let stem = |at: usize| question.tokens.get(at).map_or("", |token| token.stem.as_str());
    for at in 0..question.tokens.len() {
        if stem(at + 1) != "for" || renamed.contains_key(&at) {
            continue;
        }
        let of = (at + 2..at + 5).find(|at| !matches!(stem(*at), "the" | "my" | "our" | "a" | "an" | "your"));
        let Some(of) = of else { continue };
        let name = format!("{} {}", stem(of), stem(at));
        if let Some((_, here)) = OTHER_NAMES.iter().find(|(other, _)| *other == name) {
            renamed.insert(at, (*here).to_owned());
            renamed.insert(of, String::new());
        }
    }
}

/// So many products must be called by a word for two written apart to be meant for it.
const MIN_JOINED: u32 = 3;

/// "cous cous", "tooth paste", "apple sauce": two words that most names write as one.
fn join_compounds(question: &Question<'_>, renamed: &mut BTreeMap<usize, String>) {
    for at in 1..question.tokens.len() {
        let Some((first, second)) = question.tokens.get(at - 1).zip(question.tokens.get(at)) else {
            continue;
        };
        if renamed.contains_key(&at) || renamed.contains_key(&(at - 1)) || first.is_separator() {
            continue;
        }
        let joined = format!("{}{}", first.text, second.text);
        let apart = question.vocabulary.pairs_of_names(&first.stem, &second.stem);
        let together = question.vocabulary.products_with(&joined);
        let touching = second.start.saturating_sub(first.end) <= 1;
        let said = |word: &str| {
            word.chars().count() < 3
                || ASKING.contains(&word)
                || FILLERS.contains(&word)
                || word.ends_with("is")
        };
        if touching
            && !said(&first.text)
            && !said(&second.text)
            && joined.len() > 6
            && together >= MIN_JOINED
            && together > apart
        {
            renamed.insert(at - 1, joined);
            renamed.insert(at, String::new());
        }
    }
}

/// The words that do not only state an attribute.
pub(super) fn without_attribute_words(words: &[String]) -> Vec<String> {
    let mut rest = words.to_vec();
    let stated = attributes_of_name(&words.join(" "));
    for phrase in stated.iter().flat_map(|attribute| attribute.phrases()) {
        let phrase: Vec<&str> = phrase.split(' ').collect();
        while let Some(at) = rest
            .windows(phrase.len())
            .position(|window| window.iter().map(String::as_str).eq(phrase.iter().copied()))
        {
            rest.drain(at..at + phrase.len());
        }
    }
    rest.retain(|word| !word.is_empty());
    rest
}
