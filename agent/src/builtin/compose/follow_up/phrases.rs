//! Phrases of a conversation that are put together: a verb, what it is done to, a word that goes on.
//!
//! "narrow it down to", "set that against", "swap the mean for", "in the whole store": too many forms for a list, so each
//! part is read on its own. Input: the tokens of [`Cues`] and a place. Output: how many tokens the phrase has. Pure.

use super::{cues::Cues, words::FORGETS};

/// What stands for the answer as a whole.
const ANSWER: &[&str] = &[
    "it", "that", "this", "them", "these", "those", "things", "list", "answer", "result", "results", "table",
    "ranking", "figures", "numbers",
];
/// Words that name a figure and no thing.
const FIGURES: &[&str] = &[
    "rate",
    "reorder",
    "reordering",
    "churn",
    "risk",
    "lift",
    "support",
    "confidence",
    "item",
    "order",
    "customer",
    "count",
    "share",
    "percent",
    "percentage",
    "average",
    "mean",
    "median",
    "total",
    "number",
    "figure",
    "position",
    "size",
    "basket",
    "probability",
    "product",
];
/// Nouns for the shop and for all who buy there.
const SHOP: &[&str] =
    &["store", "shop", "supermarket", "business", "company", "catalogue", "catalog", "assortment"];
const PEOPLE: &[&str] =
    &["customers", "shoppers", "buyers", "people", "users", "clients", "households", "everyone", "everybody"];

impl Cues {
    fn is(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.text(at))
    }

    /// "it", "the list": the answer as a whole, or nothing.
    fn answer(&self, at: usize) -> usize {
        let article = usize::from(self.is(at, &["the", "that", "this"]));
        if article > 0 && self.is(at + 1, ANSWER) {
            return 2;
        }
        usize::from(self.is(at, ANSWER))
    }

    /// "restrict to", "narrow it down to", "focus on": what follows limits the answer. With whether a number of rows
    /// follows.
    pub(super) fn narrows(&self, at: usize) -> Option<(usize, bool)> {
        const TO: &[&str] = &[
            "restrict",
            "limit",
            "narrow",
            "filter",
            "confine",
            "cut",
            "trim",
            "shorten",
            "reduce",
            "boil",
            "whittle",
            "bring",
            "get",
            "slim",
            "pare",
            "shrink",
            "scale",
            "keep",
            "restricted",
            "limited",
            "narrowed",
        ];
        const ON: &[&str] = &["focus", "concentrate", "zoom", "look", "stick", "home"];
        let to = self.is(at, TO);
        if !to && !self.is(at, ON) {
            return None;
        }
        let mut end = at + 1;
        end += self.answer(end);
        end += usize::from(self.is(end, &["only", "just", "solely"]));
        let down = self.is(end, &["down", "back"]);
        end += usize::from(down);
        let goes_on = if to {
            self.is(end, &["to"])
                && (!self.is(at, &["bring", "get", "scale", "boil", "cut", "keep"]) || end > at + 1)
        } else {
            end += usize::from(self.is(end, &["in"]) && self.is(end + 1, &["on"]));
            self.is(end, &["on", "into"])
                || self.is(at, &["stick"]) && self.is(end, &["to", "with"])
                || self.is(at, &["look"]) && self.is(end, &["at"])
        };
        if !goes_on || end + 1 >= self.tokens.len() {
            return None;
        }
        end += 1;
        end += usize::from(self.is(end, &["just", "only"]));
        let number = end + usize::from(self.is(end, &["the", "a"]));
        let number = number + usize::from(self.is(number, &["top", "first", "best"]));
        let counted = self.tokens.get(number).is_some_and(|token| token.number.is_some());
        Some((end - at, counted))
    }

    /// "swap the mean for", "replace frozen with": what follows stands in the place of what is named.
    pub(super) fn swaps(&self, at: usize) -> Option<usize> {
        let by: &[&str] = match self.text(at) {
            "swap" | "exchange" | "trade" | "substitute" => &["for", "with", "by", "against"],
            "replace" => &["with", "by"],
            "switch" | "change" | "turn" => &["to", "into", "for"],
            _ => return None,
        };
        let end = (at + 2..at + 7).find(|end| self.is(*end, by))?;
        let named = (at + 1..end).all(|at| self.text(at) != ",");
        (named && end + 1 < self.tokens.len()).then_some(end + 1 - at)
    }

    /// "set it against", "put that next to", "how does this compare with": what follows stands beside what was.
    pub(super) fn sets_beside(&self, at: usize) -> Option<usize> {
        const VERBS: &[&str] = &[
            "set", "put", "hold", "place", "compare", "stack", "pit", "weigh", "see", "show", "show me",
            "contrast", "line", "measure",
        ];
        let asks = self.is(at, &["how"]) && self.is(at + 1, &["does", "do", "would", "did"]);
        let verb = if asks { at + 2 } else { at };
        let object = if asks { verb } else { verb + 1 };
        if !asks && !self.is(verb, VERBS) {
            return None;
        }
        let said = self.answer(object);
        let mut end = object + said;
        if said == 0 || asks && !self.is(end, &["compare", "stack", "measure", "hold", "fare", "look"]) {
            return None;
        }
        end += usize::from(asks);
        end += usize::from(self.is(end, &["up", "side"]));
        end += if self.is(end, &["by"]) && self.is(end + 1, &["side"]) { 2 } else { 0 };
        let beside = match self.text(end) {
            "against" | "beside" | "alongside" | "versus" | "vs" => 1,
            "next" if self.is(end + 1, &["to"]) => 2,
            "to" | "with"
                if asks || self.is(verb, &["compare", "contrast"]) || self.text(end - 1) == "side" =>
            {
                1
            }
            _ => return None,
        };
        end += beside;
        (end < self.tokens.len()).then_some(end - at)
    }

    /// "… beside it", "… next to that": what was said stands beside what was.
    pub(super) fn closes_beside(&self, at: usize) -> Option<usize> {
        let words = match self.text(at) {
            "beside" | "alongside" | "against" => 1,
            "next" if self.is(at + 1, &["to"]) => 2,
            _ => return None,
        };
        let answer = self.answer(at + words);
        let end = at + words + answer;
        let ends = end >= self.tokens.len() || self.is(end, &["please", "too", "as", "then", ",", "the"]);
        (answer > 0 && ends && at > 0).then_some(end - at)
    }

    /// "forget the rate,", "not churn,": the figure before is not what is wanted; what is follows.
    pub(super) fn denies_figure(&self, at: usize) -> Option<usize> {
        let opened = match self.text(at) {
            "not" | "no" | "rather" => 1 + usize::from(self.is(at, &["rather"]) && self.is(at + 1, &["not"])),
            _ => self.has(at, FORGETS)?,
        };
        let comma = (at + opened..at + opened + 5).find(|end| self.is(*end, &[",", "but"]))?;
        let named = (at + opened..comma).all(|at| {
            self.is(at, &["the", "those", "these", "that", "about", "of", "in", "as"])
                || self.tokens.get(at).is_some_and(|token| {
                    FIGURES.contains(&token.stem.as_str()) || FIGURES.contains(&token.text.as_str())
                })
        });
        (named && comma > at + opened && comma + 1 < self.tokens.len()).then_some(comma + 1 - at)
    }

    /// "in the whole store", "across all shoppers", "for the entire customer base": nothing limits it any more.
    pub(super) fn whole_shop(&self, at: usize) -> Option<usize> {
        let mut end = at;
        let opened =
            self.is(end, &["in", "across", "over", "of", "for", "from", "within", "throughout", "among"]);
        end += usize::from(opened);
        end += usize::from(self.is(end, &["all"]) && self.is(end + 1, &["of", "the", "our"]));
        end += usize::from(self.is(end, &["of"]));
        end += usize::from(self.is(end, &["the", "our", "your"]));
        let whole = self.is(end, &["whole", "entire", "full", "complete"]);
        let all = self.is(end, &["all", "every"]) || end > at && self.text(end - 1) == "all";
        end += usize::from(whole || self.is(end, &["all", "every"]));
        let base = self.is(end, &["customer"]) && self.is(end + 1, &["base"]);
        let noun = whole && (self.is(end, SHOP) || base) || all && opened && self.is(end, PEOPLE);
        noun.then_some(end + 1 + usize::from(base) - at)
    }
}
