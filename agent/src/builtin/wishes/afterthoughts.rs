//! What is said behind a request and only says more of it: "Rolled or quick, I don't mind", "I think it's called arborio".
//!
//! Works on drafts, behind `story`. A sentence that leaves a choice names no further thing; one that names or corrects what
//! was asked for gives its words to it. Pure.

use super::{Draft, Reader, segments::Segment};

/// Words by which somebody leaves the choice; with them nothing more is wanted.
const LEAVING: &[&[&str]] = &[
    &["not", "mind"],
    &["not", "matter"],
    &["not", "care"],
    &["no", "preference"],
    &["both", "fine"],
    &["both", "are", "fine"],
    &["both", "ok"],
    &["both", "are", "ok"],
    &["both", "okay"],
    &["both", "are", "okay"],
    &["both", "work"],
    &["both", "would"],
    &["either", "is", "fine"],
    &["either", "is", "ok"],
    &["either", "is", "okay"],
    &["either", "works"],
    &["either", "will"],
    &["either", "way"],
    &["either", "would"],
    &["any", "will", "do"],
    &["anything", "goes"],
    &["whichever"],
    &["whatever", "you"],
    &["up", "to", "you"],
    &["all", "the", "same"],
];
/// Words behind which the name of what was asked for stands.
const NAMING: &[&[&str]] = &[
    &["called"],
    &["named"],
    &["i", "mean"],
    &["i", "meant"],
    &["known", "as"],
    &["sorry"],
    &["spell"],
    &["spelled"],
    &["spelt"],
    &["correctly"],
];

impl Reader<'_> {
    /// "Quinoa. The plain grain, not crackers": a sentence without a verb that sets a thing against others explains the one
    /// before. What names have beside it says which, the rest falls away.
    pub(super) fn apply_contrasts(&self, segments: &[Segment], sentences: &[usize], drafts: &mut Vec<Draft>) {
        let of = |sentence: usize| -> Vec<usize> {
            let inside = segments.iter().zip(sentences).filter(|(_, at)| **at == sentence);
            inside.flat_map(|(segment, _)| segment.tokens.iter().copied()).collect()
        };
        let Some(first) = drafts.iter().position(|draft| !draft.words.is_empty() && draft.place.is_none())
        else {
            return;
        };
        let Some(sentence) = drafts.get(first).map(|draft| draft.sentence) else { return };
        let explains = |draft: &Draft| {
            let tokens = of(draft.sentence);
            draft.sentence > sentence
                && draft.place.is_none()
                && !draft.words.is_empty()
                && !draft.without.is_empty()
                && !self.asks(&tokens)
                && !self.tells(&tokens)
        };
        let only = drafts.iter().filter(|draft| draft.sentence == sentence).count() == 1;
        let Some(at) = drafts.iter().position(explains).filter(|_| only) else { return };
        let explained = drafts.remove(at);
        let Some(draft) = drafts.get_mut(first) else { return };
        let fits = |word: &usize| {
            draft.words.iter().any(|head| {
                let (a, b) = (self.token(*word), self.token(*head));
                a.zip(b).is_some_and(|(a, b)| {
                    self.question.vocabulary.pairs_of_names(&a.stem, &b.stem) > 0 && a.stem != b.stem
                })
            })
        };
        let fitting: Vec<usize> = explained.words.iter().copied().filter(fits).collect();
        draft.words.splice(0..0, fitting);
    }

    /// Gives what is said behind a request to the thing asked for, or leaves it out.
    pub(super) fn apply_afterthoughts(
        &self,
        segments: &[Segment],
        sentences: &[usize],
        drafts: &mut Vec<Draft>,
    ) {
        let of = |sentence: usize| -> Vec<usize> {
            let inside = segments.iter().zip(sentences).filter(|(_, at)| **at == sentence);
            inside.flat_map(|(segment, _)| segment.tokens.iter().copied()).collect()
        };
        let Some(first) = drafts.iter().find(|draft| !draft.words.is_empty()).map(|draft| draft.sentence)
        else {
            return;
        };
        let (mut kept, mut behind): (Vec<Draft>, Vec<Draft>) = (Vec::new(), Vec::new());
        for draft in drafts.drain(..) {
            if draft.sentence == first || !self.says_more(&of(draft.sentence)) {
                kept.push(draft);
            } else {
                behind.push(draft);
            }
        }
        let names = |draft: &Draft| self.says(&of(draft.sentence), NAMING);
        // The name of several things would be a riddle.
        if let [only] = kept.as_mut_slice() {
            for mut draft in behind.into_iter().filter(|draft| names(draft)) {
                draft.words.retain(|at| self.names_goods(*at));
                if draft.words.is_empty() || draft.words.iter().any(|at| only.words.contains(at)) {
                    continue;
                }
                only.words.retain(|at| self.names_goods(*at));
                only.words.splice(0..0, draft.words);
            }
        }
        *drafts = kept;
    }

    /// Whether a sentence leaves a choice or gives a name, and asks for nothing itself.
    fn says_more(&self, tokens: &[usize]) -> bool {
        let asks = self.asks(tokens) && !self.says(tokens, &[&["spell"], &["called"]]);
        !asks && (self.says(tokens, LEAVING) || self.says(tokens, NAMING))
    }

    /// "I do not mind", "it does not matter".
    pub(super) fn leaves_choice(&self, tokens: &[usize]) -> bool {
        self.says(tokens, LEAVING)
    }

    /// "it is called arborio", "ground turkey is fine": names what is meant, or lets it be.
    pub(super) fn names_or_accepts(&self, tokens: &[usize]) -> bool {
        let accepts = tokens.iter().any(|at| {
            matches!(self.text(*at), "fine" | "ok" | "okay" | "alright" | "works" | "good")
                && at
                    .checked_sub(1)
                    .is_some_and(|before| matches!(self.text(before), "is" | "are" | "be" | "also"))
        });
        accepts || self.says(tokens, NAMING)
    }

    /// "…, body wash I mean": names what was asked for before.
    pub(super) fn names_anew(&self, tokens: &[usize]) -> bool {
        self.says(tokens, &[&["i", "mean"], &["i", "meant"]])
    }

    fn says(&self, tokens: &[usize], phrases: &[&[&str]]) -> bool {
        let texts: Vec<&str> = tokens.iter().map(|at| self.text(*at)).collect();
        phrases.iter().any(|phrase| texts.windows(phrase.len()).any(|window| window == *phrase))
    }
}
