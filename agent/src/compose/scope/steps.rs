//! Conditions on figures that come out of others, in words: how two sides compare, what a summary tells of each group,
//! which things a ranking picked.

use domain::answer::Format;
use query::metrics::{Cohort, CohortOf, Direction, FilterOp, FilterValue, MetricFilter};

use super::{Phrase, Piece, Teller, op_words};

impl Teller<'_> {
    /// " with more items in the first than in the second", by the names of the sides.
    pub(super) fn compared(&self, filter: &MetricFilter) -> Phrase {
        let metric = |at: usize| {
            let metric = self.query.metrics.get(at).and_then(|name| self.model.metric(name));
            metric.map_or("", |metric| metric.label.as_str())
        };
        let share = if self.query.share_of_total { "share of " } else { "" };
        let sides = match self.query.slices.as_slice() {
            [first, second] => format!("{share}{} for {} than for {}", metric(0), first.label, second.label),
            _ => format!("{share}{} than {share}{}", metric(0), metric(1)),
        };
        let number = filter.values.first().and_then(FilterValue::as_number);
        let times = number.filter(|_| filter.field == "ratio");
        if let (Some(quote), [first, second]) =
            (times.and_then(|times| self.quotes.number(times, Format::Decimal)), self.query.slices.as_slice())
        {
            let before = format!(" with {share}{} for {} {} ", metric(0), first.label, op_words(filter.op));
            return Phrase(vec![
                Piece::Words(before),
                Piece::Quote(quote),
                Piece::Words(format!(" times that for {}", second.label)),
            ]);
        }
        let low = matches!(filter.op, FilterOp::Lt | FilterOp::Le);
        let more = match (filter.field.as_str(), low) {
            ("ratio", false) => "many times higher",
            ("ratio", true) => "many times lower",
            (_, false) => "higher",
            (_, true) => "lower",
        };
        Phrase::words(format!(" with {more} {sides}"))
    }

    /// " where their share is less than 30 %", of what is counted for each group.
    pub(super) fn of_summary(&self, having: &MetricFilter) -> Phrase {
        match having.field.as_str() {
            "share_of_groups" => self.bounded(
                having,
                " where ",
                "their share is",
                "",
                " where their share is within the bounds asked for",
            ),
            "groups" => self.bounded(
                having,
                " where ",
                "their number is",
                "",
                " where their number is within the bounds asked for",
            ),
            _ => self.condition(having),
        }
    }

    /// " in the department with the highest reorder rate", " of the 20 products with the most items".
    pub(super) fn picked(&self, cohort: &Cohort) -> Option<Phrase> {
        let top = cohort.top.as_ref()?;
        let (before, one, several) = match cohort.of {
            CohortOf::Orders => (" in ", "order", "orders"),
            CohortOf::Customers => (" of ", "customer", "customers"),
            CohortOf::Products => (" of ", "product", "products"),
            CohortOf::Aisles => (" in ", "aisle", "aisles"),
            CohortOf::Departments => (" in ", "department", "departments"),
            CohortOf::Hours => (" in ", "hour", "hours"),
            CohortOf::Days => (" on ", "day", "days"),
            CohortOf::DayParts => (" in ", "part of the day", "parts of the day"),
            CohortOf::Segments => (" in ", "segment", "segments"),
        };
        let field = top.by.field.as_str();
        let share = ["part_of_", "share_of_"].iter().find_map(|prefix| field.strip_prefix(prefix));
        let metric = self.model.metric(share.unwrap_or(field))?;
        let counted = share.is_none() && metric.format == Format::Integer;
        let low = top.by.direction == Some(Direction::Asc);
        let end = match (counted, low) {
            (true, false) => "the most",
            (true, true) => "the fewest",
            (false, false) => "the highest",
            (false, true) => "the lowest",
        };
        let label = match (share, &metric.share) {
            (Some(_), Some(share)) => share.label.as_str(),
            _ => metric.label.as_str(),
        };
        let but = if cohort.not { "all but " } else { "" };
        let format = if top.limit_share.is_some() { Format::Percent } else { Format::Integer };
        let number = top.limit.map(f64::from).or(top.limit_share);
        let quote = number.filter(|_| top.limit != Some(1)).and_then(|n| self.quotes.number(n, format));
        let mut phrase = Phrase::words(format!("{before}{but}the "));
        match quote {
            Some(quote) => {
                phrase.0.push(Piece::Quote(quote));
                phrase.push(&format!(" {several} with {end} {label}"));
            }
            None if top.limit == Some(1) => phrase.push(&format!("{one} with {end} {label}")),
            None => phrase.push(&format!("{several} with {end} {label}")),
        }
        Some(phrase)
    }
}
