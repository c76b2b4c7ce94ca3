//! The report: verdicts by intent with Wilson intervals, as text and as JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How one answer compares with what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What was expected.
    Right,
    /// Answered, and not what was expected: the worst end.
    Wrong,
    /// Asked back or refused where an answer was expected.
    Unanswered,
    /// The turn failed.
    Failed,
}

/// One question with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The question's id.
    pub id: String,
    /// Its intent.
    pub intent: String,
    /// The question as it was asked.
    pub ask: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, where it is not right.
    pub reason: String,
    /// The answer's text.
    pub text: String,
    /// Figures without evidence.
    pub unbound: Vec<String>,
    /// The answer's own time, milliseconds.
    pub elapsed_ms: f64,
}

/// All verdicts of a run over a question file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The question file.
    pub set: String,
    /// The run that answered.
    pub run_id: String,
    /// One line a question.
    pub lines: Vec<Line>,
}

/// A share with its 95 % Wilson score interval (Wilson 1927).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Successes.
    pub hits: usize,
    /// Trials.
    pub of: usize,
    /// Lower bound, 0 to 1.
    pub low: f64,
    /// Upper bound, 0 to 1.
    pub high: f64,
}

impl Rate {
    /// The rate of `hits` among `of`; the whole range where there was no trial.
    pub fn new(hits: usize, of: usize) -> Self {
        if of == 0 {
            return Self { hits, of, low: 0.0, high: 1.0 };
        }
        // The 97.5 % quantile of the normal distribution.
        let z = 1.959_964_f64;
        let (n, p) = (of as f64, hits as f64 / of as f64);
        let centre = p + z * z / (2.0 * n);
        let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        Self {
            hits,
            of,
            low: ((centre - spread) / scale).max(0.0),
            high: ((centre + spread) / scale).min(1.0),
        }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: f64| share * 100.0;
        let share = if self.of == 0 { 0.0 } else { self.hits as f64 / self.of as f64 };
        write!(
            f,
            "{}/{} = {:.1} % [{:.1}, {:.1}]",
            self.hits,
            self.of,
            percent(share),
            percent(self.low),
            percent(self.high)
        )
    }
}

impl Report {
    /// The rate of one verdict over all questions.
    pub fn rate(&self, verdict: Verdict) -> Rate {
        Rate::new(self.lines.iter().filter(|line| line.verdict == verdict).count(), self.lines.len())
    }

    /// How many figures stand without evidence.
    pub fn unbound(&self) -> usize {
        self.lines.iter().map(|line| line.unbound.len()).sum()
    }

    /// The median and the largest answer time, milliseconds; zeros without questions.
    pub fn latency_ms(&self) -> (f64, f64) {
        let mut times: Vec<f64> = self.lines.iter().map(|line| line.elapsed_ms).collect();
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        (median, times.last().copied().unwrap_or_default())
    }

    /// Questions that a baseline had right and this report has not.
    pub fn regressions<'a>(&'a self, baseline: &Report) -> Vec<&'a Line> {
        let was_right =
            |id: &str| baseline.lines.iter().any(|line| line.id == id && line.verdict == Verdict::Right);
        self.lines.iter().filter(|line| line.verdict != Verdict::Right && was_right(&line.id)).collect()
    }

    /// The report for people.
    pub fn to_text(&self) -> String {
        let mut text = format!("{}: {} questions on run {}\n\n", self.set, self.lines.len(), self.run_id);
        let mut intents: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in &self.lines {
            intents.entry(&line.intent).or_default().push(line);
        }
        text.push_str(&format!(
            "{:<12} {:>6} {:>6} {:>6} {:>10} {:>6}\n",
            "intent", "all", "right", "wrong", "unanswered", "failed"
        ));
        for (intent, lines) in intents {
            let count = |verdict| lines.iter().filter(|line| line.verdict == verdict).count();
            text.push_str(&format!(
                "{intent:<12} {:>6} {:>6} {:>6} {:>10} {:>6}\n",
                lines.len(),
                count(Verdict::Right),
                count(Verdict::Wrong),
                count(Verdict::Unanswered),
                count(Verdict::Failed)
            ));
        }
        let (median, most) = self.latency_ms();
        text.push_str(&format!(
            "\nright {}\nwrong {}\nunbound figures {}\nanswer time: median {median:.1} ms, largest {most:.1} ms\n",
            self.rate(Verdict::Right),
            self.rate(Verdict::Wrong),
            self.unbound()
        ));
        for line in
            self.lines.iter().filter(|line| line.verdict != Verdict::Right || !line.unbound.is_empty())
        {
            text.push_str(&format!(
                "\n{} {:?}: {}\n  answered: {}\n  {}\n",
                line.id, line.verdict, line.ask, line.text, line.reason
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, verdict: Verdict) -> Line {
        Line {
            id: id.into(),
            intent: "metric".into(),
            ask: "how many?".into(),
            verdict,
            reason: String::new(),
            text: String::new(),
            unbound: Vec::new(),
            elapsed_ms: 1.0,
        }
    }

    fn report(lines: Vec<Line>) -> Report {
        Report { set: "s".into(), run_id: "r".into(), lines }
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Hand-worked: 8 of 10 gives [0.490, 0.943] (Brown, Cai, DasGupta 2001, eq. 4).
        let rate = Rate::new(8, 10);
        assert!((rate.low - 0.4902).abs() < 1e-3 && (rate.high - 0.9433).abs() < 1e-3, "{rate}");
        assert_eq!((Rate::new(0, 0).low, Rate::new(0, 0).high), (0.0, 1.0));
    }

    #[test]
    fn only_what_was_right_before_can_regress() {
        let before = report(vec![line("a", Verdict::Right), line("b", Verdict::Wrong)]);
        let now = report(vec![line("a", Verdict::Unanswered), line("b", Verdict::Wrong)]);
        let ids: Vec<&str> = now.regressions(&before).iter().map(|line| line.id.as_str()).collect();
        assert_eq!(ids, ["a"]);
    }

    #[test]
    fn a_report_without_questions_reads() {
        assert!(report(Vec::new()).to_text().contains("0 questions"));
    }
}
