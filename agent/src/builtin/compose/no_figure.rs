//! Questions by staff that say how something is to be told and never which figure: "one row per hour of the day", "plot
//! against order number", "a ranking of the aisles", "the mean for Organic Avocado".
//!
//! Decided by what is missing: one dimension or some names, a word of telling or of summarising, and nothing else but
//! words of grammar.

use domain::answer::{Clarify, ClarifyOption};

use super::{
    Question,
    nothing_named::{GRAMMAR, JUDGING},
};
use crate::{
    builtin::{link::Link, link_metrics::PRODUCT, patterns::Words},
    draft::Draft,
};

/// Words that say how rows are to be told.
const TELLING: &[&str] = &[
    "row",
    "rows",
    "line",
    "lines",
    "bar",
    "bars",
    "plot",
    "plotted",
    "chart",
    "graph",
    "curve",
    "draw",
    "ranking",
    "rank",
    "ranked",
    "development",
    "trend",
    "evolution",
    "course",
    "distribution",
    "breakdown",
    "histogram",
    "heatmap",
    "split",
    "compare",
    "comparison",
    "progression",
    "ordering",
    "leaderboard",
];
/// Words of a summary that needs a figure.
const SUMMARISING: &[&str] = &[
    "mean",
    "average",
    "median",
    "trend",
    "development",
    "evolution",
    "maximum",
    "minimum",
    "max",
    "min",
    "statistics",
    "stats",
    "metric",
    "metrics",
    "kpi",
    "kpis",
    "value",
    "values",
    "figure",
    "figures",
    "performance",
    "ranking",
    "rank",
    "deviation",
    "spread",
    "variance",
];
/// Words that only lead from one part to the other.
const LEADING: &[&str] = &[
    "one",
    "per",
    "each",
    "every",
    "against",
    "across",
    "along",
    "axis",
    "x",
    "y",
    "number",
    "numbers",
    "today",
    "new",
    "nice",
    "simple",
    "single",
    "overall",
    "whole",
    "our",
    "quick",
    "quickly",
    "x-axis",
    "whichever",
    "versus",
    "vs",
    "create",
    "build",
    "produce",
    "prepare",
    "print",
    "display",
    "it",
];

/// Asks for the figure.
pub(super) fn no_figure(question: &Question<'_>, words: &Words) -> Option<Draft> {
    if !question.role().is_staff() || !question.asked.history.is_empty() || words.0.is_empty() {
        return None;
    }
    let (mut dimensions, mut tells, mut sums_up) = (Vec::new(), false, false);
    let (mut names, mut counts, mut numbered) = (0, false, false);
    for (at, span) in question.spans.iter().enumerate() {
        let said = question.words(at);
        let each = said.split(' ');
        let all = |lists: &[&[&str]]| {
            each.clone().all(|word| lists.iter().any(|list| list.contains(&word)) || word == ",")
        };
        // "number in frozen": of what?
        counts |= matches!(said.as_str(), "number" | "numbers");
        // "the median number of buyers per product": what is counted is the figure.
        if numbered && span.dimension().is_some() && !all(&[GRAMMAR]) {
            return None;
        }
        numbered = said.ends_with("number") || said.ends_with("number of") || numbered && said == "of";
        let is_name = span.links.iter().any(|link| matches!(link, Link::Name(_))) && !span.is_filler();
        if each.clone().all(|word| TELLING.contains(&word) || SUMMARISING.contains(&word)) {
            tells |= each.clone().any(|word| TELLING.contains(&word));
            sums_up |= each.clone().any(|word| SUMMARISING.contains(&word));
        } else if let Some(dimension) = span.dimension().filter(|_| !all(&[GRAMMAR])) {
            dimensions.push(dimension.to_owned());
        } else if is_name {
            names += 1;
        } else if !all(&[GRAMMAR, LEADING, JUDGING]) {
            return None;
        }
    }
    dimensions.dedup();
    // A ranking of products is that of what sells.
    dimensions.retain(|dimension| dimension != PRODUCT);
    let by_kind = dimensions.len() == 1 && names == 0 && (tells || sums_up);
    let of_names = dimensions.is_empty() && names > 0 && (sums_up || counts);
    if !by_kind && !of_names {
        return None;
    }
    let options = ["Items by department", "Orders by hour", "Reorder rate by department"];
    let options =
        options.map(|text| ClarifyOption { label: text.to_owned(), question: text.to_owned() }).to_vec();
    let text = "Which figure: orders, items, customers or reorder rate?";
    Some(Draft::clarify(Clarify { question: text.to_owned(), options }))
}
