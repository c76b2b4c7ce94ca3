//! The report of an evaluation: one line a question or turn, and the figures made of them.
//!
//! A conversation counts once in its kind and is right when every turn is; what is said of answers (refused,
//! asked back, times, figures) counts turns. [`Report`] is the JSON that a later run takes as its baseline.

use std::collections::BTreeMap;

use domain::{answer::Status, principal::Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    judge::{Verdict, status_name},
    rate::Rate,
    split::{Side, Split},
};

/// Rows of gold and of evidence that a report keeps of a miss: enough to see what differs.
pub const MAX_SHOWN_ROWS: usize = 25;

/// One question, or one turn of a conversation, with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// `an-001`, or `co-001#2`.
    pub id: String,
    /// The question or conversation.
    pub case: String,
    /// What its file is about: `analytics`, `shopping`, ….
    pub kind: String,
    /// Its intent.
    pub intent: String,
    /// Its side of the split.
    pub side: Side,
    /// Who asks.
    pub role: Role,
    /// The question as it was asked.
    pub ask: String,
    /// What would be right.
    pub expect: Vec<Status>,
    /// How the answer ended; nothing where it was not asked.
    pub status: Option<Status>,
    /// How it compares.
    pub verdict: Verdict,
    /// Why, where it is not right.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The answer's text.
    pub text: String,
    /// The calls behind the answer; their rows only where it is not right.
    #[serde(default)]
    pub evidence: Vec<Cited>,
    /// The gold rows, where it is not right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gold: Vec<Shown>,
    /// Figures without evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unbound: Vec<String>,
    /// Options that a question back offered.
    #[serde(default)]
    pub options: usize,
    /// Those of them that are not answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options_missed: Vec<String>,
    /// Suggestions that were asked.
    #[serde(default)]
    pub suggestions: usize,
    /// Those of them that are not answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions_missed: Vec<String>,
    /// The answer's own time, milliseconds.
    pub elapsed_ms: f64,
}

impl Line {
    /// Whether only an answer is right.
    fn is_answerable(&self) -> bool {
        self.expect.iter().all(|status| *status == Status::Answered)
    }

    fn was_asked(&self) -> bool {
        self.verdict != Verdict::Invalid
    }
}

/// A call that an answer cites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cited {
    /// The tool.
    pub tool: String,
    /// What it was called with.
    pub arguments: Value,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// The first rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<Value>>,
    /// How many rows there are in all.
    pub row_count: usize,
}

/// Gold rows as a report shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The statement: `sql0`, `also1`, ….
    pub key: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// The first rows.
    pub rows: Vec<Vec<Value>>,
    /// How many rows there are in all.
    pub row_count: usize,
}

/// All verdicts of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The question sets.
    pub sets: Vec<String>,
    /// Which part of them was asked.
    pub split: Split,
    /// The run that answered.
    pub run_id: String,
    /// One line a question or turn, in the order of asking.
    pub lines: Vec<Line>,
}

/// The figures of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Right cases, by kind.
    pub kinds: BTreeMap<String, Rate>,
    /// Right cases, by kind and intent.
    pub intents: BTreeMap<String, BTreeMap<String, Rate>>,
    /// Right cases of all.
    pub right: Rate,
    /// Questions and turns, by verdict.
    pub verdicts: BTreeMap<&'static str, usize>,
    /// Of the questions and turns that only an answer is right for: refused.
    pub wrongly_refused: Rate,
    /// Of the same: asked back.
    pub needlessly_clarified: Rate,
    /// Of the same: answered, and wrong.
    pub answered_wrong: Rate,
    /// Of the refusals: those that were right.
    pub refusal_precision: Rate,
    /// Of what only a refusal is right for: refused.
    pub refusal_recall: Rate,
    /// Of the questions back: those that were right.
    pub clarification_precision: Rate,
    /// Of what only a question back is right for: asked back.
    pub clarification_recall: Rate,
    /// Of the options offered: those that are answered.
    pub options_answered: Rate,
    /// Of the suggestions asked: those that are answered.
    pub suggestions_answered: Rate,
    /// Figures without evidence.
    pub unbound_figures: usize,
    /// Turns that ended in an error.
    pub failed: usize,
    /// Cases that could not be asked.
    pub invalid: usize,
    /// Answer times, milliseconds.
    pub latency_ms: Latency,
}

/// Quantiles of the answer times, milliseconds: the smallest time that so many are not above.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// 95 of 100.
    pub p95: f64,
    /// 99 of 100.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl Latency {
    /// Of those times; zeros without any.
    pub fn of(times: impl IntoIterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.into_iter().collect();
        times.sort_by(f64::total_cmp);
        let at = |per_cent: usize| {
            let rank = (times.len() * per_cent).div_ceil(100);
            times.get(rank.saturating_sub(1)).copied().unwrap_or_default()
        };
        Self { p50: at(50), p95: at(95), p99: at(99), max: at(100) }
    }
}

/// A case of a report.
pub(crate) struct CaseVerdict<'a> {
    pub(crate) kind: &'a str,
    pub(crate) intent: &'a str,
    pub(crate) is_right: bool,
}

impl Report {
    /// The cases that were asked, by id, each right when all its turns are.
    pub(crate) fn cases(&self) -> BTreeMap<&str, CaseVerdict<'_>> {
        let mut cases: BTreeMap<&str, CaseVerdict<'_>> = BTreeMap::new();
        for line in self.lines.iter().filter(|line| line.was_asked()) {
            let fresh = CaseVerdict { kind: &line.kind, intent: &line.intent, is_right: true };
            let case = cases.entry(&line.case).or_insert(fresh);
            case.is_right &= line.verdict == Verdict::Right;
        }
        cases
    }

    /// The figures.
    pub fn summary(&self) -> Summary {
        let cases = self.cases();
        let mut kinds: BTreeMap<String, Rate> = BTreeMap::new();
        let mut intents: BTreeMap<String, BTreeMap<String, Rate>> = BTreeMap::new();
        for case in cases.values() {
            let kind = kinds.entry(case.kind.to_owned()).or_default();
            let of_kind = intents.entry(case.kind.to_owned()).or_default();
            for rate in [kind, of_kind.entry(case.intent.to_owned()).or_default()] {
                rate.of += 1;
                rate.hits += usize::from(case.is_right);
            }
        }
        let asked = || self.lines.iter().filter(|line| line.was_asked());
        let answerable = || asked().filter(|line| line.is_answerable());
        let ended = |status: Status| asked().filter(move |line| line.status == Some(status));
        let only =
            |status: Status| asked().filter(move |line| line.expect.iter().all(|wanted| *wanted == status));
        let is = |verdict: Verdict| move |line: &Line| line.verdict == verdict;
        let precision = |status| Rate::of(ended(status), is(Verdict::Right));
        let recall = |status| Rate::of(only(status), |line| line.status == Some(status));
        let sum = |count: fn(&Line) -> usize| self.lines.iter().map(count).sum::<usize>();
        let (options, options_missed) = (sum(|line| line.options), sum(|line| line.options_missed.len()));
        let (suggested, suggested_missed) =
            (sum(|line| line.suggestions), sum(|line| line.suggestions_missed.len()));
        let verdicts: BTreeMap<&'static str, usize> = Verdict::ALL
            .into_iter()
            .map(|verdict| {
                (verdict.as_str(), self.lines.iter().filter(|line| line.verdict == verdict).count())
            })
            .collect();
        Summary {
            right: Rate::of(cases.values(), |case| case.is_right),
            kinds,
            intents,
            wrongly_refused: Rate::of(answerable(), is(Verdict::Refused)),
            needlessly_clarified: Rate::of(answerable(), is(Verdict::Clarified)),
            answered_wrong: Rate::of(answerable(), is(Verdict::Wrong)),
            refusal_precision: precision(Status::Refused),
            refusal_recall: recall(Status::Refused),
            clarification_precision: precision(Status::Clarify),
            clarification_recall: recall(Status::Clarify),
            options_answered: Rate { hits: options - options_missed, of: options },
            suggestions_answered: Rate { hits: suggested - suggested_missed, of: suggested },
            unbound_figures: sum(|line| line.unbound.len()),
            failed: verdicts.get(Verdict::Failed.as_str()).copied().unwrap_or_default(),
            invalid: verdicts.get(Verdict::Invalid.as_str()).copied().unwrap_or_default(),
            verdicts,
            latency_ms: Latency::of(asked().map(|line| line.elapsed_ms)),
        }
    }

    /// The lines that have something to look at.
    pub fn misses(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.verdict != Verdict::Right || !line.unbound.is_empty())
    }

    /// The report as JSON, its figures first.
    pub fn to_json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct WithSummary<'a> {
            summary: Summary,
            #[serde(flatten)]
            report: &'a Report,
        }
        serde_json::to_string_pretty(&WithSummary { summary: self.summary(), report: self })
    }

    /// The figures for people, as plain text.
    pub fn to_text(&self) -> String {
        let summary = self.summary();
        let mut text = format!(
            "{} ({}): {} cases, {} questions and turns on run {}\n\n",
            self.sets.join(", "),
            self.split.as_str(),
            summary.right.of,
            self.lines.len(),
            self.run_id
        );
        for (kind, rate) in &summary.kinds {
            text.push_str(&row(kind, rate));
            for (intent, rate) in summary.intents.get(kind).into_iter().flatten() {
                text.push_str(&row(&format!("  {intent}"), rate));
            }
        }
        text.push_str(&row("all", &summary.right));
        text.push('\n');
        for (label, rate) in summary.rates() {
            text.push_str(&row(label, &rate));
        }
        let latency = summary.latency_ms;
        text.push_str(&format!(
            "\nunbound figures {}, failed {}, invalid {}\nanswer time in ms: p50 {:.1}, p95 {:.1}, p99 {:.1}, max {:.1}\n",
            summary.unbound_figures, summary.failed, summary.invalid, latency.p50, latency.p95, latency.p99, latency.max
        ));
        text
    }

    /// The misses for people, as plain text.
    pub fn misses_to_text(&self) -> String {
        let mut text = String::new();
        for line in self.misses() {
            let status = line.status.map_or("not asked", status_name);
            text.push_str(&format!("\n{} {}: {}\n  {status}: ", line.id, line.verdict.as_str(), line.ask));
            text.push_str(&line.text.replace('\n', "\n  "));
            if !line.reason.is_empty() {
                text.push_str(&format!("\n  why: {}", line.reason));
            }
            for cited in &line.evidence {
                text.push_str(&format!("\n  {} {}", cited.tool, cited.arguments));
            }
            if !line.unbound.is_empty() {
                text.push_str(&format!("\n  unbound: {}", line.unbound.join(", ")));
            }
            text.push('\n');
        }
        text
    }
}

impl Summary {
    /// The shares that are said beside those of kinds, each with its label.
    pub(crate) fn rates(&self) -> [(&'static str, Rate); 9] {
        [
            ("answerable, refused", self.wrongly_refused),
            ("answerable, asked back", self.needlessly_clarified),
            ("answerable, wrong", self.answered_wrong),
            ("refusals, precision", self.refusal_precision),
            ("refusals, recall", self.refusal_recall),
            ("questions back, precision", self.clarification_precision),
            ("questions back, recall", self.clarification_recall),
            ("options answered", self.options_answered),
            ("suggestions answered", self.suggestions_answered),
        ]
    }
}

fn row(label: &str, rate: &Rate) -> String {
    format!("{label:<28} {rate}\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A line of the kind `analytics` and the intent `metric` that an answer was expected for.
    pub(crate) fn line(id: &str, verdict: Verdict) -> Line {
        let status = match verdict {
            Verdict::Right | Verdict::Wrong => Some(Status::Answered),
            Verdict::Refused => Some(Status::Refused),
            Verdict::Clarified => Some(Status::Clarify),
            Verdict::Failed => Some(Status::Error),
            Verdict::Invalid => None,
        };
        Line {
            id: id.into(),
            case: id.split('#').next().unwrap_or(id).into(),
            kind: "analytics".into(),
            intent: "metric".into(),
            side: Side::Dev,
            role: Role::Analyst,
            ask: "how many?".into(),
            expect: vec![Status::Answered],
            status,
            verdict,
            reason: String::new(),
            text: String::new(),
            evidence: Vec::new(),
            gold: Vec::new(),
            unbound: Vec::new(),
            options: 0,
            options_missed: Vec::new(),
            suggestions: 0,
            suggestions_missed: Vec::new(),
            elapsed_ms: 1.0,
        }
    }

    pub(crate) fn report(lines: Vec<Line>) -> Report {
        Report { sets: vec!["analytics-a".into()], split: Split::All, run_id: "r".into(), lines }
    }

    #[test]
    fn a_conversation_is_right_when_every_turn_is() {
        let lines = vec![
            line("a", Verdict::Right),
            line("c#1", Verdict::Right),
            line("c#2", Verdict::Wrong),
            line("d#1", Verdict::Right),
            line("d#2", Verdict::Right),
        ];
        let summary = report(lines).summary();
        assert_eq!(summary.right, Rate { hits: 2, of: 3 });
        assert_eq!(summary.kinds["analytics"], Rate { hits: 2, of: 3 });
        assert_eq!(summary.answered_wrong, Rate { hits: 1, of: 5 });
    }

    #[test]
    fn refusals_and_questions_back_have_precision_and_recall() {
        let expecting = |id: &str, expect: Status, status: Status| Line {
            expect: vec![expect],
            status: Some(status),
            verdict: match status {
                _ if status == expect => Verdict::Right,
                Status::Refused => Verdict::Refused,
                Status::Clarify => Verdict::Clarified,
                _ => Verdict::Wrong,
            },
            ..line(id, Verdict::Right)
        };
        let summary = report(vec![
            expecting("a", Status::Refused, Status::Refused),
            expecting("b", Status::Refused, Status::Answered),
            expecting("c", Status::Answered, Status::Refused),
            expecting("d", Status::Answered, Status::Clarify),
            expecting("e", Status::Clarify, Status::Clarify),
            expecting("f", Status::Answered, Status::Answered),
        ])
        .summary();
        assert_eq!(summary.refusal_precision, Rate { hits: 1, of: 2 });
        assert_eq!(summary.refusal_recall, Rate { hits: 1, of: 2 });
        assert_eq!(summary.clarification_precision, Rate { hits: 1, of: 2 });
        assert_eq!(summary.clarification_recall, Rate { hits: 1, of: 1 });
        assert_eq!(summary.wrongly_refused, Rate { hits: 1, of: 3 });
        assert_eq!(summary.needlessly_clarified, Rate { hits: 1, of: 3 });
    }

    #[test]
    fn what_could_not_be_asked_is_in_no_rate_and_is_said() {
        let summary = report(vec![line("a", Verdict::Right), line("b", Verdict::Invalid)]).summary();
        assert_eq!((summary.right, summary.invalid), (Rate { hits: 1, of: 1 }, 1));
    }

    #[test]
    fn quantiles_are_times_that_were_measured() {
        let latency = Latency::of((1..=200).map(f64::from));
        assert_eq!((latency.p50, latency.p95, latency.p99, latency.max), (100.0, 190.0, 198.0, 200.0));
        assert_eq!(Latency::of([7.0]).p50, 7.0);
        assert_eq!(Latency::of([]), Latency::default());
    }

    #[test]
    fn a_report_reads_back_from_its_json() {
        let mut with_rows = line("a", Verdict::Wrong);
        with_rows.gold.push(Shown {
            key: "sql0".into(),
            columns: vec!["n".into()],
            rows: vec![vec![7.into()]],
            row_count: 1,
        });
        let written = report(vec![with_rows, line("b", Verdict::Right)]);
        let json = written.to_json().unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), written);
        assert!(json.contains("\"wrongly_refused\""));
    }

    #[test]
    fn misses_are_told_with_their_reason() {
        let mut miss = line("a", Verdict::Wrong);
        miss.reason = "the 3 gold rows are not among the evidence".into();
        let report = report(vec![miss, line("b", Verdict::Right)]);
        let text = report.misses_to_text();
        assert!(text.contains("a wrong: how many?") && text.contains("why: the 3 gold rows"), "{text}");
        assert!(!text.contains("b right"));
        assert!(report.to_text().contains("metric                     1/2 = 50.0 %"), "{}", report.to_text());
    }

    #[test]
    fn a_report_without_questions_reads() {
        assert!(report(Vec::new()).to_text().contains("0 cases"));
    }
}
