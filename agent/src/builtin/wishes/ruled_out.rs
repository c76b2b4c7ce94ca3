//! What must not be in a thing: "no lemon", "without nuts", "everything with lemon is out", "nut free".
//!
//! Says where it begins; `read` collects the words. An attribute such as "no gluten" is one to have. Pure.

use domain::attributes::{Attribute, attributes_of_name};

use super::{Reader, Wish, story::BE};

/// Words that open what is ruled out.
pub(super) const NEGATIONS: &[&str] = &[
    "no",
    "not",
    "without",
    "except",
    "excluding",
    "exclude",
    "minus",
    "sans",
    "avoid",
    "nor",
    "skip",
    "non",
    "neither",
    "hate",
    "hates",
    "dislike",
    "dislikes",
    "detest",
    "detests",
    "despise",
    "loathe",
    "loathes",
];
/// Those that say who does not like it.
pub(super) const DISLIKES: &[&str] =
    &["hate", "hates", "dislike", "dislikes", "detest", "detests", "despise", "loathe", "loathes"];
/// What smells, however it is called.
const SCENTS: &[&str] = &[
    "perfume",
    "perfumes",
    "perfumed",
    "scent",
    "scents",
    "scented",
    "fragrance",
    "fragrances",
    "smell",
    "smells",
];
/// Words that open it where the next one follows.
const NEGATIONS_OF_TWO: &[(&str, &str)] = &[
    ("other", "than"),
    ("rather", "than"),
    ("anything", "but"),
    ("everything", "but"),
    ("all", "but"),
    ("apart", "from"),
    ("free", "of"),
    ("free", "from"),
    ("leave", "out"),
    ("instead", "of"),
    ("hold", "the"),
    ("nothing", "with"),
    ("none", "with"),
    ("none", "of"),
    ("none", "made"),
    ("none", "from"),
    ("not", "made"),
    ("not", "mean"),
    ("not", "from"),
    ("stay", "away"),
];

impl Reader<'_> {
    /// Whether a word and "free" behind it say what must not be in it, in a way that names and attributes do not.
    pub(super) fn rules_out_by_free(&self, at: usize) -> bool {
        let Some(token) = self.token(at) else { return false };
        self.text(at + 1) == "free"
            // "mix free of gluten", "large free range eggs"
            && !matches!(self.text(at + 2), "of" | "from" | "range" | "trade")
            && self.mark_behind(at).is_none()
            && attributes_of_name(&format!("{} free", token.text)).is_empty()
            && self.question.vocabulary.products_with(&token.text) > 0
            && !self.question.vocabulary.is_pair_of_names(&token.stem, "free")
    }

    /// "no", "not", "w/o", "other than", but not "not too sweet" or "no matter": how many words open it.
    pub(super) fn opens_negation(&self, tokens: &[usize], position: usize) -> Option<usize> {
        let at = tokens.get(position).copied()?;
        let text = |position: usize| tokens.get(position).map_or("", |at| self.text(*at));
        let (this, next) = (self.text(at), text(position + 1));
        if NEGATIONS_OF_TWO.contains(&(this, next)) {
            // "gluten free of charge" aside, "free of" names what is absent.
            return Some(2);
        }
        // "hummus besides plain", but "besides milk I need eggs".
        if matches!(this, "besides" | "beside")
            && position > 0
            && tokens.get(..position).unwrap_or_default().iter().any(|at| self.is_content(*at))
        {
            return Some(1);
        }
        // "nothing hot" rules out, "nothing but" and "nothing special" do not.
        let nothing = this == "nothing" && tokens.get(position + 1).is_some_and(|at| self.is_content(*at));
        // "I can not find kale", "you would not happen to sell matcha": nothing is ruled out.
        let before = position.checked_sub(1).map_or("", text);
        let unable = matches!(before, "can" | "could" | "would" | "might" | "do" | "did" | "to")
            && matches!(
                next,
                "find"
                    | "see"
                    | "happen"
                    | "locate"
                    | "get"
                    | "wait"
                    | "live"
                    | "resist"
                    | "decide"
                    | "remember"
                    | "believe"
                    | "go"
                    | "seem"
                    | "help"
                    | "think"
                    | "spot"
                    | "know"
                    | "care"
                    | "mind"
                    | "imagine"
            );
        // "anything I have not tried from frozen"
        let denies_having =
            matches!(before, "have" | "has" | "had" | "did" | "do" | "am" | "never" | "i" | "ever")
                && matches!(
                    next,
                    "tried"
                        | "had"
                        | "bought"
                        | "ordered"
                        | "purchased"
                        | "tasted"
                        | "got"
                        | "gotten"
                        | "eaten"
                        | "used"
                        | "seen"
                        | "try"
                        | "buy"
                        | "order"
                        | "purchase"
                        | "yet"
                        | "ever"
                        | "usually"
                        | "normally"
                );
        // "not my usual yogurt"
        let other_than_usual = next == "my" && matches!(text(position + 2), "usual" | "regular" | "normal");
        let only_not = this == "not"
            && (matches!(next, "only" | "just" | "sure") || unable || denies_having || other_than_usual);
        // "there is no cheese left", "no more milk": what ran out.
        let ran_out = this == "no"
            && (next == "more"
                || matches!(before, "had" | "was" | "were")
                || (position + 2..position + 5).any(|at| matches!(text(at), "left" | "anymore" | "more")));
        if ran_out {
            return None;
        }
        let inside_attribute = matches!(this, "no" | "non") && self.phrase_states_attribute(tokens, position);
        let opens =
            (NEGATIONS.contains(&this) && !inside_attribute && !only_not && !self.is_in_name(at)) || nothing;
        opens.then_some(1)
    }

    /// "everything with lemon is out", "anything with nuts is a no".
    pub(super) fn rules_all_out(&self, tokens: &[usize]) -> bool {
        let last: Vec<&str> = tokens.iter().rev().take(3).map(|at| self.text(*at)).collect();
        let be = |word: Option<&&str>| word.is_some_and(|word| BE.contains(word));
        // "chips yes, potato no", "black tea excluded"
        if self.is_denied_behind(tokens) {
            return true;
        }
        // "decaf is no good for me"
        let texts: Vec<&str> = tokens.iter().map(|at| self.text(*at)).collect();
        let refused = texts.windows(3).any(|three| {
            matches!(three, [be, "no", "good"] | [be, "not", "for"] | [be, "not", "ok" | "okay" | "good"] if BE.contains(be))
        });
        if refused && tokens.first().is_some_and(|at| self.is_content(*at)) {
            return true;
        }
        let opens = tokens
            .first()
            .is_some_and(|at| matches!(self.text(*at), "everything" | "anything" | "all" | "any"));
        opens
            && ((matches!(last.first(), Some(&"out" | &"no" | &"excluded")) && be(last.get(1)))
                || (last.first() == Some(&"no") && last.get(1) == Some(&"a") && be(last.get(2))))
    }

    /// Whether nothing but goods stands there with a word behind that denies them: "potato no".
    pub(super) fn is_denied_behind(&self, tokens: &[usize]) -> bool {
        let Some((last, goods)) = tokens.split_last() else { return false };
        matches!(self.text(*last), "no" | "nope" | "not" | "excluded" | "exempted" | "excepted" | "aside")
            && !goods.is_empty()
            && goods.iter().all(|at| self.is_content(*at))
    }

    /// "no sugar added": the "no" belongs to the attribute.
    pub(super) fn phrase_states_attribute(&self, tokens: &[usize], position: usize) -> bool {
        let words: Vec<&str> = tokens.iter().skip(position).take(3).map(|at| self.text(*at)).collect();
        let stated = words.first() == Some(&"non")
            && words.get(1).is_some_and(|next| !attributes_of_name(&format!("non {next}")).is_empty());
        stated || (words.len() == 3 && words.last() == Some(&"added"))
    }
}

/// "no gluten" is an attribute to have, "no decaf" one not to have, "no lemon" a word.
pub(super) fn rule_out(phrase: &str, wish: &mut Wish) {
    let stated: Vec<Attribute> = attributes_of_name(phrase).into_iter().collect();
    if !stated.is_empty() {
        wish.exclude_attributes.extend(stated.iter().map(|attribute| attribute.code().to_owned()));
        return;
    }
    let absent = if SCENTS.contains(&phrase) { "fragrance" } else { phrase };
    let absent: Vec<Attribute> = attributes_of_name(&format!("no {absent}")).into_iter().collect();
    if absent.is_empty() {
        wish.exclude.push(phrase.to_owned());
    } else {
        wish.attributes.extend(absent.iter().map(|attribute| attribute.code().to_owned()));
    }
}
