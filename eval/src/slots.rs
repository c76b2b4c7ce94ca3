//! Slots: `{product:popular:3}` becomes the name of the third most bought product of the lake at hand.
//!
//! `eval/questions/README.md` lists them. A ranking is read once a lake and kept, so that a thousand questions cost a
//! dozen statements. Ties go to the lower id. In SQL a name's quotes are doubled.

use std::collections::BTreeMap;

use domain::principal::RowPolicy;
use query::{Limits, SqlEngine, SqlRequest};
use serde_json::Value;

/// Places of a ranking that are read at once; questions rarely name a deeper one.
const DEPTH: usize = 64;

/// The deepest place that is looked up: the whole catalogue of the public data has fewer products.
const DEEPEST: usize = 65_536;

/// Why a slot has no value.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    /// It is no slot.
    #[error("{{{0}}} is no slot: use for example {{product:popular:3}} or {{user:heavy:1}}")]
    Unknown(String),
    /// The ranking is shorter than that.
    #[error("{{{0}}} has no value in this lake: it is too small for that rank")]
    Missing(String),
    /// The ranking cannot be read.
    #[error("{{{slot}}} cannot be looked up: {source}")]
    Query {
        /// The slot.
        slot: String,
        /// What the engine said.
        source: query::QueryError,
    },
}

/// Where a slot's text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into a question.
    Question,
    /// Into a statement, between its quotes.
    Sql,
}

/// The rankings of one lake, each read at its first use.
pub struct Slots<'a> {
    engine: &'a dyn SqlEngine,
    rankings: BTreeMap<(Thing, RankBy), Ranking>,
}

/// What a slot stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Product,
    Aisle,
    Department,
    User,
    Segment,
}

/// By what it is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RankBy {
    Popular,
    Least,
    Never,
    /// Most bought by the customer with that id.
    BoughtBy(u64),
    Heavy,
    Light,
    Id,
    Value,
    Large,
}

/// Ids and names, best first.
struct Ranking {
    places: Vec<(Value, Value)>,
    /// How many were asked for: a shorter ranking is whole.
    depth: usize,
}

/// A slot's text taken apart.
struct Slot<'t> {
    text: &'t str,
    thing: Thing,
    rank_by: &'t str,
    /// From 1.
    rank: usize,
    wants_id: bool,
}

impl<'a> Slots<'a> {
    /// The slots of what that engine reads.
    pub fn new(engine: &'a dyn SqlEngine) -> Self {
        Self { engine, rankings: BTreeMap::new() }
    }

    /// Replaces every slot of a text.
    pub async fn fill(&mut self, text: &str, place: Place) -> Result<String, SlotError> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, tail)) = rest.split_once('{') {
            let (slot, after) = tail.split_once('}').ok_or_else(|| SlotError::Unknown(tail.to_owned()))?;
            filled.push_str(before);
            let value = self.value(slot).await?;
            filled.push_str(&if place == Place::Sql { value.replace('\'', "''") } else { value });
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    async fn value(&mut self, text: &str) -> Result<String, SlotError> {
        let slot = Slot::parse(text).ok_or_else(|| SlotError::Unknown(text.to_owned()))?;
        let rank_by = match slot.rank_by.strip_prefix("of_heavy_") {
            Some(place) => {
                let place = place.parse().map_err(|_| SlotError::Unknown(text.to_owned()))?;
                let heavy = Slot { text, thing: Thing::User, rank_by: "heavy", rank: place, wants_id: true };
                let user = self.place(&heavy, RankBy::Heavy).await?;
                RankBy::BoughtBy(user.parse().map_err(|_| SlotError::Missing(text.to_owned()))?)
            }
            None => slot.named_rank().ok_or_else(|| SlotError::Unknown(text.to_owned()))?,
        };
        self.place(&slot, rank_by).await
    }

    async fn place(&mut self, slot: &Slot<'_>, rank_by: RankBy) -> Result<String, SlotError> {
        if !(1..=DEEPEST).contains(&slot.rank) {
            return Err(SlotError::Missing(slot.text.to_owned()));
        }
        let key = (slot.thing, rank_by);
        let deep_enough = |ranking: &Ranking| slot.rank <= ranking.depth;
        if !self.rankings.get(&key).is_some_and(deep_enough) {
            let depth = slot.rank.max(DEPTH).next_power_of_two();
            let sql =
                statement(slot.thing, rank_by).ok_or_else(|| SlotError::Unknown(slot.text.to_owned()))?;
            let request = SqlRequest::new(format!("{sql} LIMIT {depth}"), RowPolicy::AllCustomers)
                .with_limits(Limits::rows(depth));
            let result = self.engine.execute(&request).await;
            let table =
                result.map_err(|source| SlotError::Query { slot: slot.text.to_owned(), source })?.table;
            let places = table.rows.into_iter().filter_map(|row| {
                let mut cells = row.into_iter();
                Some((cells.next()?, cells.next()?))
            });
            self.rankings.insert(key, Ranking { places: places.collect(), depth });
        }
        let found = self.rankings.get(&key).and_then(|ranking| ranking.places.get(slot.rank - 1));
        let cell = found.map(|(id, name)| if slot.wants_id { id } else { name });
        match cell {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(value) if value.is_number() => Ok(value.to_string()),
            _ => Err(SlotError::Missing(slot.text.to_owned())),
        }
    }
}

impl<'t> Slot<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let [kind, rank_by, rank] = parts.as_slice() else { return None };
        let (thing, wants_id) = match *kind {
            "product" => (Thing::Product, false),
            "product_id" => (Thing::Product, true),
            "aisle" => (Thing::Aisle, false),
            "aisle_id" => (Thing::Aisle, true),
            "department" => (Thing::Department, false),
            "department_id" => (Thing::Department, true),
            "user" => (Thing::User, true),
            "segment" => (Thing::Segment, false),
            "segment_id" => (Thing::Segment, true),
            _ => return None,
        };
        Some(Self { text, thing, rank_by, rank: rank.parse().ok()?, wants_id })
    }

    fn named_rank(&self) -> Option<RankBy> {
        Some(match self.rank_by {
            "popular" => RankBy::Popular,
            "least" => RankBy::Least,
            "never" => RankBy::Never,
            "heavy" => RankBy::Heavy,
            "light" => RankBy::Light,
            "id" => RankBy::Id,
            "value" => RankBy::Value,
            "large" => RankBy::Large,
            _ => return None,
        })
    }
}

/// Id and name, best first; `None` where nothing is ranked so.
fn statement(thing: Thing, rank_by: RankBy) -> Option<String> {
    let (key, name, table) = match thing {
        Thing::Product => ("product_id", "product_name", "products"),
        Thing::Aisle => ("aisle_id", "aisle", "aisles"),
        Thing::Department => ("department_id", "department", "departments"),
        Thing::User => return of_users(rank_by),
        Thing::Segment => return of_segments(rank_by),
    };
    let by_lines = |condition: &str, direction: &str| {
        let joined = if thing == Thing::Product {
            "order_lines l JOIN products t ON t.product_id = l.product_id".to_owned()
        } else {
            format!(
                "order_lines l JOIN products p ON p.product_id = l.product_id JOIN {table} t ON t.{key} = p.{key}"
            )
        };
        format!(
            "SELECT t.{key} AS id, t.{name} AS name FROM {joined} {condition} GROUP BY t.{key}, t.{name} \
             ORDER BY count(*) {direction}, t.{key}"
        )
    };
    Some(match rank_by {
        RankBy::Popular => by_lines("", "DESC"),
        RankBy::Least => by_lines("", "ASC"),
        RankBy::BoughtBy(user) => by_lines(&format!("WHERE l.user_id = {user}"), "DESC"),
        RankBy::Never if thing == Thing::Product => {
            "SELECT p.product_id AS id, p.product_name AS name FROM products p LEFT JOIN \
             (SELECT DISTINCT product_id FROM order_lines) b ON b.product_id = p.product_id \
             WHERE b.product_id IS NULL ORDER BY p.product_id"
                .to_owned()
        }
        _ => return None,
    })
}

fn of_users(rank_by: RankBy) -> Option<String> {
    let order = match rank_by {
        RankBy::Heavy => "count(*) DESC, user_id",
        RankBy::Light => "count(*), user_id",
        RankBy::Id => "user_id",
        _ => return None,
    };
    Some(format!("SELECT user_id AS id, user_id AS name FROM orders GROUP BY user_id ORDER BY {order}"))
}

fn of_segments(rank_by: RankBy) -> Option<String> {
    let order = match rank_by {
        RankBy::Value => "segment",
        RankBy::Large => "count(*) DESC, segment",
        _ => return None,
    };
    Some(format!(
        "SELECT segment AS id, segment_name AS name FROM user_seg GROUP BY segment, segment_name ORDER BY {order}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        let sql = Slot::parse(text).and_then(|slot| {
            let rank_by =
                if slot.rank_by == "of_heavy_2" { Some(RankBy::BoughtBy(1)) } else { slot.named_rank() };
            statement(slot.thing, rank_by?)
        });
        assert_eq!(sql.is_some(), expected, "{text}");
    }

    #[test]
    fn every_documented_slot_is_known_and_no_other() {
        for thing in ["product", "aisle", "department"] {
            for rank_by in ["popular", "least", "of_heavy_2"] {
                check(&format!("{thing}:{rank_by}:1"), true);
                check(&format!("{thing}_id:{rank_by}:1"), true);
            }
        }
        for text in [
            "product:never:2",
            "user:heavy:1",
            "user:light:1",
            "user:id:9",
            "segment:value:1",
            "segment_id:large:2",
        ] {
            check(text, true);
        }
        for text in [
            "aisle:never:1",
            "user:popular:1",
            "segment:heavy:1",
            "product:heavy:1",
            "shop:popular:1",
            "product:popular",
            "product:popular:x",
            "product:popular:-1",
            "user_id:heavy:1",
        ] {
            check(text, false);
        }
    }
}
