//! What stands around a question and adds nothing to it: a heading, a gloss in brackets.
//!
//! "evening shoppers: customers by department for hours 18 and later", "fresh faces still active - count of customers with
//! …", "items per order within each department (only its own items)". Whatever a heading or a gloss restricts, counts or
//! groups by must be said again in the question, else it is part of it. Input: the message. Output: the message without
//! them, or nothing where none can go.

use query::metrics::MetricFilter;

use super::{
    Outcome,
    item::{Items, Mark, Noun, Verb},
    query::LINE_FIELDS,
    story::points_back,
};
use crate::builtin::{normalise::normalise, vocabulary::Vocabulary};

/// A heading has at most so many words.
const LONGEST: usize = 14;
/// So many words are a clause rather than the name of a subject.
const CLAUSE: usize = 4;

/// What came of the message with its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    /// It was answered: a heading goes that says nothing of its own.
    Answered,
    /// It was not understood: what the heading denies or names in part may be what stood in the way.
    Unclear,
}

/// The question behind a heading.
pub(crate) fn behind_heading(message: &str, whole: Whole, vocabulary: &Vocabulary) -> Option<String> {
    ends_of_headings(message).into_iter().find_map(|(end, start)| {
        let (head, rest) = (message.get(..end)?, message.get(start..)?.trim());
        let fits = head.split_whitespace().count() <= LONGEST;
        (fits && Beside::new(head, rest, vocabulary)?.adds_nothing(whole)).then(|| rest.to_owned())
    })
}

/// The message without brackets, or a last sentence, that say again what it says.
pub(crate) fn without_glosses(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let short = without_brackets(message, vocabulary);
    let text = short.as_deref().unwrap_or(message);
    // "Customers by department? Each person once per department."
    let sentence = text.find(['.', '?']).and_then(|end| {
        let gloss = text.get(end + 1..).filter(|gloss| gloss.starts_with(' '))?;
        let rest = text.get(..=end)?;
        let beside = Beside::new(gloss, rest, vocabulary)?;
        (beside.tells_each() && beside.says_again()).then(|| rest.to_owned())
    });
    sentence.or(short)
}

fn without_brackets(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let open = message.find('(')?;
    let close = open + message.get(open..)?.find(')')?;
    let gloss = message.get(open + 1..close)?;
    let rest = format!("{} {}", message.get(..open)?.trim_end(), message.get(close + 1..)?.trim_start());
    let rest = rest.replace(" ,", ",").replace(" ?", "?").replace(" :", ":");
    let told = Beside::new(gloss, &rest, vocabulary)?.says_again();
    told.then(|| without_brackets(&rest, vocabulary).unwrap_or_else(|| rest.trim().to_owned()))
}

/// Where a heading may end, and where what follows begins.
fn ends_of_headings(message: &str) -> Vec<(usize, usize)> {
    const MARKS: [&str; 7] = [": ", " - ", " – ", " — ", "... ", "… ", "? "];
    let mut ends: Vec<(usize, usize)> =
        MARKS.iter().filter_map(|mark| message.find(mark).map(|at| (at, at + mark.len()))).collect();
    ends.sort_unstable();
    ends
}

/// Words beside a question, and the question.
struct Beside {
    head: Items,
    rest: Items,
    last: String,
    conditions: Vec<MetricFilter>,
    clause: bool,
}

impl Beside {
    /// Nothing where what is left is no question that names its figure, or points back.
    fn new(head: &str, rest: &str, vocabulary: &Vocabulary) -> Option<Self> {
        let lower = rest.to_lowercase();
        let words: Vec<String> = lower
            .split(|c: char| !(c.is_alphanumeric() || c == '\''))
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        if points_back(&words) {
            return None;
        }
        let tokens = normalise(rest, vocabulary);
        let reading = super::read(rest, &tokens, vocabulary);
        let Outcome::Query(query, _) = &reading.outcome else { return None };
        let rest = super::marks(&tokens, vocabulary);
        // "customers by department": the noun is the figure.
        let counted = query.metrics.first().is_some_and(|metric| {
            rest.any(|mark| matches!(mark, Mark::Noun(noun) if noun.count() == Some(metric.as_str())))
        });
        let beside = normalise(head, vocabulary);
        if !(reading.names_figure || counted) || beside.is_empty() {
            return None;
        }
        let head = super::marks(&beside, vocabulary);
        let conditions = rest.0.iter().flat_map(|item| match &item.mark {
            Mark::Where(filters) => filters.clone(),
            _ => Vec::new(),
        });
        Some(Self {
            conditions: conditions.collect(),
            last: beside.last().map(|token| token.text.clone()).unwrap_or_default(),
            clause: beside.len() >= CLAUSE,
            head,
            rest,
        })
    }

    /// Whether a heading restricts, counts and groups by nothing that the question does not.
    fn adds_nothing(&self, whole: Whole) -> bool {
        let unclear = whole == Whole::Unclear;
        let things = self.conditions.iter().any(|filter| LINE_FIELDS.contains(&filter.field.as_str()));
        self.head.0.iter().all(|item| match &item.mark {
            // A name that is not known may be what the question is about.
            Mark::Word => !unclear || self.clause || !self.conditions.is_empty(),
            Mark::Skip
            | Mark::Comma
            | Mark::And
            | Mark::Or
            | Mark::Link(_)
            | Mark::Verb(Verb::Buy | Verb::Place)
            | Mark::Me
            | Mark::Which
            | Mark::When
            | Mark::Table
            | Mark::Chart => true,
            Mark::Noun(noun) => self.speaks_of(*noun),
            Mark::Where(filters) => filters.iter().all(|filter| self.restricts(filter)),
            Mark::DayPart(_) => self.conditions.iter().any(|filter| is_time(&filter.field)),
            Mark::Never | Mark::Not => unclear && things,
            Mark::Only => unclear && self.clause,
            // "nobody buys twice"
            Mark::Number(count) => unclear && things && matches!(count, 1.0..=2.0),
            Mark::Part(_) => unclear && (things || self.clause && !self.conditions.is_empty()),
            _ => false,
        })
    }

    /// Whether a gloss names again what the question names.
    fn says_again(&self) -> bool {
        // "(morning etc.)": examples of what is grouped by.
        let examples = matches!(self.last.as_str(), "etc" | "…" | "on" | "forth");
        // "(together)", "(share)": a word that says nothing alone may still say how something is told.
        let says = self.head.any(|mark| !matches!(mark, Mark::Skip | Mark::Word));
        says && self.head.0.iter().all(|item| match &item.mark {
            Mark::Word
            | Mark::Skip
            | Mark::Comma
            | Mark::And
            | Mark::Link(_)
            | Mark::Verb(Verb::Buy | Verb::Place)
            | Mark::HowMany
            | Mark::Each
            | Mark::EachOne
            | Mark::Distinct
            | Mark::Only
            | Mark::Me
            | Mark::Cmp(query::metrics::FilterOp::Eq) => true,
            Mark::Number(count) => *count == 1.0,
            Mark::Not | Mark::Verb(Verb::Reorder) => {
                self.conditions.iter().any(|filter| filter.field == "bought_before")
            }
            Mark::Noun(noun) => self.speaks_of(*noun),
            Mark::Metric(name) => self.measures(name),
            Mark::DayPart(_) => examples && self.groups_by("day_part"),
            Mark::Where(filters) => filters.iter().all(|filter| {
                let of_group =
                    self.groups_by(&filter.field) || is_time(&filter.field) && self.groups_by("day_part");
                self.conditions.contains(filter) || examples && of_group
            }),
            _ => false,
        })
    }

    /// "each of them counted once"
    fn tells_each(&self) -> bool {
        self.head.any(|mark| matches!(mark, Mark::Each | Mark::EachOne | Mark::Number(1.0)))
            && !self.head.any(|mark| *mark == Mark::HowMany)
    }

    /// Whether the question speaks of such things.
    fn speaks_of(&self, noun: Noun) -> bool {
        let counts = noun.count();
        self.rest.any(|mark| match mark {
            Mark::Noun(known) => *known == noun,
            Mark::Metric(name) | Mark::ShareOf(name) => counts == Some(name.as_str()) || is_of(name, noun),
            _ => false,
        })
    }

    fn measures(&self, name: &str) -> bool {
        self.rest.any(|mark| match mark {
            Mark::Metric(known) | Mark::ShareOf(known) => known == name,
            Mark::Noun(noun) => noun.count() == Some(name),
            _ => false,
        })
    }

    fn groups_by(&self, field: &str) -> bool {
        self.rest.any(|mark| matches!(mark, Mark::Noun(noun) if noun.dimension() == field))
    }

    /// Whether the question has that condition, or a closer one on the same time. Of a share, what a heading restricts
    /// may be the whole: there the question has to say no less.
    fn restricts(&self, filter: &MetricFilter) -> bool {
        let shared = self.rest.any(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)));
        let same = |known: &&MetricFilter| {
            known.field == filter.field || is_time(&known.field) && is_time(&filter.field)
        };
        let kept: Vec<&MetricFilter> = self.conditions.iter().filter(same).collect();
        let said = |value| kept.iter().any(|known| known.values.contains(value));
        let placed = LINE_FIELDS.contains(&filter.field.as_str()) || filter.field == "segment_name";
        self.conditions.contains(filter)
            || !kept.is_empty() && !placed && (!shared || filter.values.iter().all(said))
    }
}

/// Whether the name of a figure speaks of such things: of the items and the orders of "items per order".
fn is_of(metric: &str, noun: Noun) -> bool {
    match noun {
        Noun::Order => metric.contains("basket") || metric.starts_with("orders_per"),
        Noun::Item | Noun::Product => {
            ["basket", "items_per", "products", "reorder", "cart"].iter().any(|word| metric.contains(word))
        }
        Noun::Customer => metric.contains("customer"),
        _ => false,
    }
}

/// Whether a field says when in a day.
fn is_time(field: &str) -> bool {
    matches!(field, "order_hour_of_day" | "day_part")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::vocabulary::tests::small_shop;

    #[test]
    fn a_heading_that_adds_nothing_goes() {
        let shop = small_shop();
        let check = |message: &str, whole: Whole, expected: Option<&str>| {
            assert_eq!(behind_heading(message, whole, &shop).as_deref(), expected, "{message}");
        };
        check(
            "new faces who stay with us - count of customers with fewer than 10 orders",
            Whole::Unclear,
            Some("count of customers with fewer than 10 orders"),
        );
        check(
            "who shops in the evening? number of customers by department for hours 18 and later",
            Whole::Answered,
            Some("number of customers by department for hours 18 and later"),
        );
        // What it counts, groups by or restricts is part of the question.
        check("orders by hour: how many items are in them?", Whole::Answered, None);
        check("evening orders: share of orders with milk", Whole::Answered, None);
        check("per department: number of customers", Whole::Answered, None);
        // The name of a subject that is not known.
        check("flurbs: how many orders are there?", Whole::Unclear, None);
    }

    #[test]
    fn a_gloss_that_says_the_same_goes() {
        let shop = small_shop();
        let check = |message: &str, expected: Option<&str>| {
            assert_eq!(without_glosses(message, &shop).as_deref(), expected, "{message}");
        };
        check(
            "number of items per order by department (only its own items)",
            Some("number of items per order by department"),
        );
        check(
            "number of customers by part of the day (morning etc.)",
            Some("number of customers by part of the day"),
        );
        check("number of customers by department (organic items only)", None);
        check("number of orders by department (evening)", None);
        check("number of orders by department (at least 50 items)", None);
    }
}
