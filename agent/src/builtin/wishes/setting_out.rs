//! "Baking a cake, so flour and sugar", "putting together a snack board: olives": what somebody is about to do, before the
//! list that it needs.
//!
//! Read by the form: a verb in -ing at the start, with its object or place behind. Pure.

use super::{Reader, segments::Segment};

/// What people are about to do where goods are needed. "Stuffing" or "dressing" are goods.
const STARTING: &[&str] = &[
    "making",
    "baking",
    "cooking",
    "preparing",
    "prepping",
    "hosting",
    "throwing",
    "having",
    "planning",
    "putting",
    "doing",
    "going",
    "getting",
    "trying",
    "thinking",
    "celebrating",
    "fixing",
    "building",
    "assembling",
    "packing",
    "setting",
    "expecting",
    "grilling",
    "roasting",
    "frying",
    "whipping",
    "starting",
    "moving",
    "working",
    "coming",
    "stocking",
    "living",
    "feeding",
    "brewing",
    "mixing",
    "serving",
    "bringing",
    "organizing",
    "organising",
    "arranging",
    "decorating",
    "cleaning",
    "washing",
];
/// Words that lead to the object or the place of such a verb; behind goods none of them stands.
const LEADING: &[&str] = &[
    "a",
    "an",
    "the",
    "my",
    "our",
    "some",
    "together",
    "up",
    "to",
    "for",
    "with",
    "about",
    "dinner",
    "lunch",
    "breakfast",
    "brunch",
    "people",
    "friends",
    "guests",
    "out",
    "on",
    "in",
    "over",
    "camping",
    "this",
];

/// Whether a message begins with what somebody is about to do; `text` gives the word at a place.
pub(crate) fn sets_out<'t>(text: impl Fn(usize) -> &'t str) -> bool {
    let subject =
        usize::from(matches!(text(0), "i" | "we" | "just")) + usize::from(matches!(text(1), "am" | "are"));
    STARTING.contains(&text(subject)) && (LEADING.contains(&text(subject + 1)) || subject == 2)
}

impl Reader<'_> {
    /// Whether a stretch says what somebody is about to do.
    pub(super) fn sets_out(&self, tokens: &[usize]) -> bool {
        sets_out(|step| tokens.get(step).map_or("", |at| self.text(*at)))
    }

    /// Whether "so" at a token concludes from what was told before: "baking a cake on sunday so flour, sugar".
    pub(super) fn concludes(&self, at: usize, before: &[usize]) -> bool {
        self.text(at) == "so"
            && !matches!(
                self.text(at + 1),
                "much" | "many" | "far" | "that" | "good" | "called" | "is" | "are" | "does" | "do" | "on"
            )
            && (self.sets_out(before) || before.len() > 2 && self.tells(before))
    }

    /// "Making tacos, shells and beef": without a word that concludes, the list begins behind the first comma.
    pub(super) fn part_from_list(&self, segments: &mut [Segment]) {
        let [first, second, others @ ..] = segments else { return };
        let marked = |segment: &Segment| matches!(segment.opened_by.as_str(), "." | ":" | "-");
        if second.opened_by == ","
            && self.sets_out(&first.tokens)
            && !others.iter().any(marked)
            && second.tokens.iter().any(|at| self.is_content(*at))
        {
            second.opened_by = ".".into();
        }
    }
}
