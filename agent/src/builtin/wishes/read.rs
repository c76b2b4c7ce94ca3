//! One segment becomes a draft of a thing, and joins those before it.
//!
//! Second step of `wishes`: the words that ask fall away, counts, places and what is ruled out are taken out, and what is
//! left is what is wanted. A segment that only says of which kind something is refines the thing before. Pure.

use super::{
    Draft, Reader, Wishes,
    ruled_out::{DISLIKES, NEGATIONS},
    segments::Segment,
    words::without_attribute_words,
};
use crate::builtin::{
    discourse::{FREE_CHOICES, PROPERTIES},
    link::Link,
    link_entities::is_age,
};

/// The largest count of one thing.
const MAX_COUNT: f64 = 50.0;
/// Words of a kind of thing that says nothing: "the greek style".
const KINDS: &[&str] = &[
    "style",
    "kind",
    "sort",
    "version",
    "one",
    "ones",
    "variety",
    "flavor",
    "flavour",
    "flavored",
    "flavoured",
];
/// Words of a kind that always is one of the thing before: "vanilla flavored".
const FLAVORED: &[&str] = &["style", "version", "variety", "flavor", "flavour", "flavored", "flavoured"];
/// Words behind which a kind of the thing before stands: "must be whole wheat".
const DEMANDING: &[&str] = &["must", "should", "if", "ideally", "preferably", "needs"];
/// Words by which something is said of all things before: "milk and eggs, both organic".
const OF_ALL: &[&str] = &["all", "both", "everything", "each"];
/// Words that refine the thing before instead of naming another.
const REFINING: &[&str] = &["only", "just", "preferably", "ideally"];
/// Words that give an example of the thing before.
const EXAMPLES: &[&str] = &["like", "such", "eg"];
/// Words that would change which rows count, which no wish can say.
pub(crate) const QUALIFYING: &[&str] = &["once", "twice", "rarely", "seldom", "exactly"];
/// Words after which nothing more is named.
const TAILS: &[&str] = &["whichever", "whatever", "whatsoever", "because", "cause", "coz", "cuz"];

impl Reader<'_> {
    pub(super) fn read(&self, segment: &Segment, drafts: &mut Vec<Draft>, found: &mut Wishes) {
        let mut draft = Draft::default();
        let mut negated: Option<Vec<usize>> = None;
        let mut tokens = self.without_purpose(&segment.tokens);
        let purpose = segment.tokens.iter().filter(|at| !tokens.contains(at));
        found.purpose.extend(purpose.filter_map(|at| self.span_of(*at)));
        let first = tokens.first().map_or("", |at| self.text(*at));
        if self.leaves_any(&tokens) {
            return;
        }
        let refines = REFINING.contains(&first) && !drafts.is_empty() && segment.opened_by != ".";
        let example = EXAMPLES.contains(&first) && !drafts.is_empty();
        let continues_negation = matches!(segment.opened_by.as_str(), "or" | "nor" | "and")
            && drafts.last().is_some_and(|last| last.words.is_empty() || !last.without.is_empty())
            && tokens.iter().all(|at| self.is_content(*at));
        if continues_negation && drafts.last().is_some_and(|last| !last.without.is_empty()) {
            negated = Some(Vec::new());
        }
        draft.occasion = tokens.iter().any(|at| self.is_occasion(*at));
        if self.rules_all_out(&tokens) {
            negated = Some(Vec::new());
        }
        if self.is_denied_behind(&tokens) {
            tokens.pop();
        }
        // "like for wings", ", for vegans": no thing of its own.
        let bare_purpose = !drafts.is_empty()
            && (first == "for" || (example && tokens.get(1).is_some_and(|at| self.text(*at) == "for")));
        if bare_purpose && tokens.iter().filter(|at| self.is_content(**at)).count() == 1 {
            return;
        }
        // "taco night!": no part of the day.
        for (position, at) in tokens.iter().enumerate().filter(|(_, at)| self.is_occasion(**at)) {
            let before = position.checked_sub(1).and_then(|p| tokens.get(p)).map_or("", |at| self.text(*at));
            if !matches!(before, "the" | "at" | "in" | "by" | "every" | "each" | "per" | "during" | "") {
                found.purpose.extend(self.span_of(*at));
            }
        }
        let mut position = 0;
        while let Some(at) = tokens.get(position).copied() {
            position += 1;
            if let Some(length) = self.opens_negation(&tokens, position - 1) {
                draft.without.extend(negated.take().filter(|words| !words.is_empty()));
                negated = Some(Vec::new());
                // "the kids hate onions": who does is no thing.
                if DISLIKES.contains(&self.text(at)) {
                    draft.words.clear();
                }
                position += length - 1;
                continue;
            }
            if negated.as_ref().is_some_and(|words| !words.is_empty()) && KINDS.contains(&self.text(at)) {
                continue;
            }
            // "because" tells why, and may still rule something out: "because I can not do dairy".
            if TAILS.contains(&self.text(at)) {
                let denies = |at: &usize| NEGATIONS.contains(&self.text(*at));
                if tokens.iter().skip(position).any(denies) {
                    continue;
                }
                break;
            }
            if let Some(count) = self.count_at(at, &draft) {
                draft.limit = Some(count);
                continue;
            }
            if negated.is_none()
                && draft.place.is_none()
                && let Some((name, length, by_kind)) = self.place_at(&tokens, position - 1)
            {
                draft.place = Some(name);
                draft.by_kind = by_kind;
                let named = length.saturating_sub(usize::from(by_kind)).max(1);
                found.content.extend((0..named).filter_map(|step| self.span_of(at + step)));
                position += length - 1;
                continue;
            }
            if !self.is_content(at) {
                continue;
            }
            // "nut free", where no name says so: without nuts.
            if self.rules_out_by_free(at) {
                found.content.extend(self.span_of(at));
                draft.without.push(vec![at]);
                position += 1;
                continue;
            }
            // The rest of a name that the catalogue has otherwise says nothing of its own: "section" of "freezer section".
            if !self.renamed.get(&at).is_some_and(String::is_empty) {
                found.content.extend(self.span_of(at));
            }
            let counts =
                self.text(at) == "exactly" && self.token(at + 1).is_some_and(|next| next.number.is_some());
            if counts {
                continue;
            }
            // "for once" restricts nothing.
            let before = at.checked_sub(1).map_or("", |before| self.text(before));
            if !self.is_known(at) || (QUALIFYING.contains(&self.text(at)) && before != "for") {
                found.unknown.extend(self.span_of(at));
            }
            match &mut negated {
                Some(words) => {
                    words.push(at);
                    // "non organic apples": the apples are wanted.
                    if at.checked_sub(1).is_some_and(|before| self.text(before) == "non") {
                        draft.without.extend(negated.take());
                    }
                }
                None => draft.words.push(at),
            }
        }
        draft.without.extend(negated.filter(|words| !words.is_empty()));
        self.read_variety(&tokens, segment, drafts.last(), &mut draft);
        // "diet soda or one with zero sugar": one of what was named before.
        let stands_for = |word: &str| matches!(word, "one" | "ones" | "those" | "some");
        let anew = tokens
            .iter()
            .position(|at| !matches!(self.text(*at), "a" | "an" | "the" | "maybe" | "also" | "even"));
        let anew = anew.filter(|first| {
            let text = |step: usize| tokens.get(first + step).map_or("", |at| self.text(*at));
            stands_for(text(0)) && matches!(text(1), "with" | "without" | "in" | "made" | "that" | "for")
        });
        if anew.is_some()
            && !draft.words.is_empty()
            && draft.place.is_none()
            && segment.opened_by == "or"
            && let Some(head) = drafts.last().and_then(|last| last.words.last())
        {
            draft.words.push(*head);
        }
        // What a bracket holds may as well stand behind a comma.
        let opened_by = if segment.opened_by == "(" { "," } else { segment.opened_by.as_str() };
        opened_by.clone_into(&mut draft.opened_by);
        draft.of_all = tokens.iter().any(|at| OF_ALL.contains(&self.text(*at)));
        self.add(draft, (refines, example, opened_by), drafts, found);
    }

    /// "ginger flavored", "oat if possible", "must be extra virgin": says of which kind the thing before should be.
    pub(super) fn read_variety(
        &self,
        tokens: &[usize],
        segment: &Segment,
        before: Option<&Draft>,
        draft: &mut Draft,
    ) {
        let kind = draft.words.last().is_some_and(|at| KINDS.contains(&self.text(*at)));
        if kind && draft.words.len() > 1 {
            draft.words.pop();
        }
        let flavored = tokens.iter().any(|at| FLAVORED.contains(&self.text(*at)));
        let kind = kind || tokens.last().is_some_and(|at| KINDS.contains(&self.text(*at)));
        let demanded = tokens.iter().any(|at| DEMANDING.contains(&self.text(*at)));
        let Some(before) = before.filter(|before| !before.words.is_empty()) else { return };
        let unjoined = |at: &usize| {
            let head = before.words.last();
            !head.is_some_and(|head| {
                self.is_pair(*at, *head) || self.is_pair(*head, *at) || self.text(*at) == self.text(*head)
            })
        };
        let pairs = draft.words.last().is_some_and(|last| {
            let ends = [before.words.first(), before.words.last()];
            ends.into_iter().flatten().any(|word| self.is_pair(*last, *word))
        });
        let beside = matches!(segment.opened_by.as_str(), "," | "-" | "(" | ".");
        let same = draft.place.is_none() && draft.limit.is_none() && !draft.words.is_empty();
        // "lightly salted ones": a word that nothing is called by alone.
        let alone = draft
            .words
            .last()
            .and_then(|at| self.token(*at))
            .is_some_and(|token| !self.question.vocabulary.names(&token.stem).is_empty());
        // "oat milk but barista style", "milk but low fat": no thing of its own.
        let but = segment.opened_by == "but"
            && draft.without.is_empty()
            && draft.words.len() <= 2
            && (kind || !alone)
            && tokens
                .iter()
                .all(|at| self.is_content(*at) || KINDS.contains(&self.text(*at)) || self.text(*at) == "the");
        // "must be extra virgin": any name will do that has them beside each other.
        let joined = draft.words.last().is_some_and(|last| {
            before.words.iter().any(|word| {
                let (a, b) = (self.token(*last), self.token(*word));
                a.zip(b).is_some_and(|(a, b)| self.question.vocabulary.pairs_of_names(&a.stem, &b.stem) > 0)
            })
        });
        // "Sweet potatoes, the raw vegetable"
        let begins = |words: &[usize]| {
            words.first().and_then(|at| at.checked_sub(1)).is_some_and(|at| self.text(at) == "the")
        };
        let apposition = segment.opened_by == ","
            && tokens.first().is_some_and(|at| self.text(*at) == "the")
            && draft.words.len() > 1
            && !begins(&before.words);
        if apposition {
            // What no name has beside it only explains: "the raw vegetable".
            draft.words.retain(|at| !unjoined(at));
        }
        let must = tokens.first().is_some_and(|at| matches!(self.text(*at), "must" | "should"));
        let pairs = pairs || must && joined;
        // "sea salt, coarse": nothing is called by that word alone.
        let adjective = pairs
            && !alone
            && draft.words.len() == 1
            && segment.opened_by == ","
            && before.refined == 0
            && !before.varied;
        // "ground coffee (dark roast)", but "herbs (basil, mint)"
        let last = draft.words.last().and_then(|at| self.token(*at));
        let bracketed = segment.opened_by == "("
            && joined
            && draft.words.len() > 1
            && last.is_some_and(|token| token.text == token.stem);
        draft.variety = same && (but || bracketed)
            || beside
                && same
                && (apposition || flavored || kind && !alone || adjective || pairs && (kind || demanded));
    }

    /// "every pack size you stock", "any brand": says of which kind it may be, and so nothing.
    fn leaves_any(&self, tokens: &[usize]) -> bool {
        let Some((first, rest)) = tokens.split_first() else { return false };
        let any = matches!(self.text(*first), "every" | "any" | "all" | "each" | "whatever" | "whichever");
        let free = |at: &usize| {
            self.token(*at).is_some_and(|token| {
                FREE_CHOICES.contains(&token.stem.as_str())
                    || matches!(token.stem.as_str(), "pack" | "package" | "bottle" | "box" | "container")
            })
        };
        let mut named = rest.iter().filter(|at| self.is_content(**at) || free(at)).peekable();
        any && named.peek().is_some()
            && named.all(free)
            && rest
                .iter()
                .any(|at| self.token(*at).is_some_and(|token| FREE_CHOICES.contains(&token.stem.as_str())))
    }

    /// Puts a segment's draft beside or into those before.
    pub(super) fn add(
        &self,
        mut draft: Draft,
        (refines, example, opened_by): (bool, bool, &str),
        drafts: &mut Vec<Draft>,
        found: &mut Wishes,
    ) {
        self.complete_contrast(&mut draft);
        // "Root beer, the soda": the place of what was named before.
        if let [only] = draft.words.as_slice()
            && opened_by == ","
            && draft.place.is_none()
            && only.checked_sub(1).is_some_and(|before| self.text(before) == "the")
            && let [before] = drafts.as_mut_slice()
            && before.place.is_none()
            && before
                .words
                .first()
                .is_some_and(|at| at.checked_sub(1).is_none_or(|at| self.text(at) != "the"))
            && let Some(name) = self.place_named(&[*only], None).or_else(|| self.place_led_by(*only))
        {
            before.place = Some(name);
            before.without.append(&mut draft.without);
            return;
        }
        let says = !draft.words.is_empty() || draft.place.is_some();
        if !says && draft.without.is_empty() {
            found.count = found.count.or(draft.limit);
            return;
        }
        // "…, gluten free though": a word that nothing is called by says no more.
        let sold: Vec<usize> = draft.words.iter().copied().filter(|at| self.names_goods(*at)).collect();
        let only_attributes = draft.place.is_none()
            && says
            && !sold.is_empty()
            && without_attribute_words(&self.words(&sold)).is_empty();
        // "tea: green, black": each is one of the list.
        draft.listed = opened_by == ":"
            || drafts.last().is_some_and(|last| last.listed) && matches!(opened_by, "," | "and" | "or");
        // "chips not fried but baked"
        let instead = opened_by == "but"
            && draft.words.len() == 1
            && draft.place.is_none()
            && drafts.last().is_some_and(|last| {
                let pairs = |at: &usize| draft.words.first().is_some_and(|word| self.is_pair(*word, *at));
                !last.without.is_empty() && last.words.iter().any(pairs)
            });
        if instead && let Some(last) = drafts.last_mut() {
            last.words.splice(0..0, draft.words);
            last.without.append(&mut draft.without);
            return;
        }
        let of_list = draft.listed
            && (opened_by == ":"
                || drafts.last().is_some_and(|last| last.words.iter().all(|at| self.is_property(*at))));
        // "bacon but from turkey", "frosting in a tub or as a mix": how the thing before should be.
        let led = draft.words.first().and_then(|at| at.checked_sub(1)).map_or("", |at| self.text(at));
        let article = matches!(led, "a" | "an" | "the");
        let earlier = draft.words.first().and_then(|at| at.checked_sub(2)).map_or("", |at| self.text(at));
        let leading = if article { earlier } else { led };
        let of_the_last =
            opened_by == "but" && matches!(leading, "from" | "of" | "with") && draft.place.is_none()
                || opened_by == "or" && matches!(leading, "as" | "in") && draft.words.len() == 1;
        if let Some(last) = drafts.last_mut().filter(|last| of_the_last && !last.words.is_empty()) {
            if opened_by == "but" {
                last.words.splice(0..0, draft.words);
            }
            last.without.append(&mut draft.without);
            return;
        }
        let properties = draft.place.is_none()
            && !of_list
            && says
            && draft
                .words
                .iter()
                .all(|at| PROPERTIES.contains(&self.text(*at)) || self.text(*at).ends_with('%'))
            && drafts.last().is_some_and(|last| !last.words.is_empty() || last.place.is_some());
        draft.alternative = opened_by == "or";
        // "beef or turkey, ground": both of them.
        if properties && drafts.last().is_some_and(|last| last.alternative) {
            let at = drafts.len().saturating_sub(2);
            if let Some(earlier) = drafts.get_mut(at).filter(|earlier| earlier.refined == 0) {
                earlier.words.extend(&draft.words);
            }
        }
        // "unscented or fragrance free detergent", "organic, low fat yogurt": what is said before belongs to it.
        let stated_before = says
            && !only_attributes
            && matches!(opened_by, "," | "-" | "or" | "and")
            && drafts.last().is_some_and(|last| {
                last.place.is_none()
                    && !last.words.is_empty()
                    && without_attribute_words(&self.words(&last.words)).is_empty()
            });
        if stated_before && let Some(mut before) = drafts.pop() {
            if opened_by != "or" {
                before.words.append(&mut draft.words);
                draft.words = before.words;
            }
            draft.without.append(&mut before.without);
            draft.limit = draft.limit.or(before.limit);
            drafts.push(draft);
            return;
        }
        if only_attributes && draft.of_all && drafts.len() > 1 {
            for earlier in drafts.iter_mut() {
                earlier
                    .words
                    .extend(draft.words.iter().filter(|at| !earlier.words.contains(at)).collect::<Vec<_>>());
            }
            return;
        }
        match drafts.last_mut() {
            // "I can't have lactose, which milk …": rules it out for what follows.
            Some(first) if says && first.words.is_empty() && first.place.is_none() => {
                draft.without.append(&mut first.without);
                *first = draft;
            }
            // "…, no lemon": rules it out for everything before.
            Some(_) if !says => {
                for earlier in drafts.iter_mut() {
                    earlier.without.extend(draft.without.iter().cloned());
                }
                found.count = found.count.or(draft.limit);
            }
            Some(last) if draft.variety => {
                let mut words = draft.words;
                words.append(&mut last.words);
                last.words = words;
                last.varied = true;
                last.without.extend(draft.without);
            }
            Some(last) if refines || only_attributes || properties => {
                // "frozen or canned or fresh", "fresh basil or dried": any of them will do.
                let has_property = last.words.len() > 1 && last.words.iter().any(|at| self.is_property(*at));
                if properties && opened_by == "or" && (last.refined > 0 || has_property || last.any_kind) {
                    last.any_kind = true;
                    last.words.retain(|at| !self.is_property(*at));
                    last.refined = 0;
                    return;
                }
                last.refined = if properties { draft.words.len() } else { 0 };
                last.words.extend(draft.words);
                last.without.extend(draft.without);
                last.limit = last.limit.or(draft.limit);
            }
            Some(last) if example => {
                let head = last.words.last().map(|at| self.text(*at).to_owned());
                let same = head.is_some_and(|head| draft.words.iter().any(|at| self.text(*at) == head));
                if same {
                    last.words = draft.words;
                    last.without.extend(draft.without);
                } else {
                    drafts.push(draft);
                }
            }
            _ => drafts.push(draft),
        }
    }

    /// "frozen not fresh spinach": the noun behind belongs to both.
    pub(super) fn complete_contrast(&self, draft: &mut Draft) {
        let only_properties = !draft.words.is_empty() && draft.words.iter().all(|at| self.is_property(*at));
        if let [phrase] = draft.without.as_mut_slice()
            && only_properties
            && phrase.len() > 1
            && phrase.first().is_some_and(|at| self.is_property(*at))
        {
            draft.words.extend(phrase.drain(1..));
        }
    }

    /// A count in front of a thing.
    pub(super) fn count_at(&self, at: usize, draft: &Draft) -> Option<u32> {
        let token = self.token(at)?;
        // "energy bars x6"
        let times = token.text.strip_prefix('x').or_else(|| token.text.strip_suffix('x'));
        let times = times.and_then(|count| count.parse::<u32>().ok());
        if let Some(count) = times.filter(|count| f64::from(*count) <= MAX_COUNT && *count > 0) {
            return draft.limit.is_none().then_some(count);
        }
        if self.context.contains(&at) {
            return None;
        }
        let value = token.number.filter(|value| value.fract() == 0.0 && (1.0..=MAX_COUNT).contains(value))?;
        let in_name = self.span_of(at).and_then(|span| self.question.spans.get(span)).is_some_and(|span| {
            span.end - span.start > 1 && span.links.iter().any(|link| matches!(link, Link::Name(_)))
        });
        // "1. bananas 2. spinach": the place in a list.
        if self.is_list_number(at) {
            return None;
        }
        // "my 2-year-old": an age.
        // "a six pack of beer": how it is sold.
        if matches!(self.text(at + 1), "year" | "years" | "month" | "months" | "yr" | "yo" | "pack" | "ply") {
            return None;
        }
        if is_age(self.question.tokens, at) {
            return None;
        }
        // "2 percent": a kind of milk.
        if matches!(self.text(at + 1), "percent" | "%") {
            return None;
        }
        // "the one", "this one": no count.
        let vague = token.text == "one" && !self.next_is_thing(at);
        (draft.words.is_empty() && draft.limit.is_none() && !in_name && !vague && !self.taken.contains(&at))
            .then_some(value as u32)
    }

    /// Whether a number counts the members of a list: "1. bananas", "2) spinach".
    fn is_list_number(&self, at: usize) -> bool {
        let Some((this, next)) = self.token(at).zip(self.token(at + 1)) else { return false };
        let behind = self.question.asked.message.chars().skip(this.end);
        let mut between = behind.take(next.start.saturating_sub(this.end));
        this.text.chars().all(|c| c.is_ascii_digit())
            && between.next().is_some_and(|mark| matches!(mark, '.' | ')' | ':'))
    }

    pub(super) fn next_is_thing(&self, at: usize) -> bool {
        let next = (at + 1..at + 3).map(|at| self.text(at));
        next.into_iter().any(|word| matches!(word, "new" | "thing" | "product" | "item" | "more" | "idea"))
            || self.is_content(at + 1)
    }
}
