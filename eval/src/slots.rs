//! Slots: `{product:popular:3}` becomes the name of the third most bought product of the lake at hand.
//!
//! Kinds: `product`, `aisle`, `department` (name) and `product_id`, `aisle_id`, `department_id` by `popular`, ranked by
//! lines; `user` by `heavy`, ranked by orders. Ties go to the lower id. In SQL a name's quotes are doubled.

use domain::principal::RowPolicy;
use query::{SqlEngine, SqlRequest};

use crate::runner::EvalError;

/// Where a slot's text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into a question.
    Question,
    /// Into a statement, between its quotes.
    Sql,
}

/// Replaces every slot of a text.
pub async fn fill(text: &str, place: Place, engine: &dyn SqlEngine) -> Result<String, EvalError> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        let (slot, after) = tail.split_once('}').ok_or_else(|| bad(tail))?;
        filled.push_str(before);
        let value = resolve(slot, engine).await?;
        filled.push_str(&if place == Place::Sql { value.replace('\'', "''") } else { value });
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

async fn resolve(slot: &str, engine: &dyn SqlEngine) -> Result<String, EvalError> {
    let parts: Vec<&str> = slot.split(':').collect();
    let [kind, rank_by, rank] = parts.as_slice() else { return Err(bad(slot)) };
    let rank: u32 = rank.parse().ok().filter(|rank| *rank >= 1).ok_or_else(|| bad(slot))?;
    let by_lines = |key: &str, shown: &str, joins: &str| {
        format!(
            "SELECT {shown} AS found FROM order_lines l JOIN products p ON p.product_id = l.product_id {joins} \
             GROUP BY {key}, {shown} ORDER BY count(*) DESC, {key} LIMIT 1 OFFSET {}",
            rank - 1
        )
    };
    let aisle = "JOIN aisles a ON a.aisle_id = p.aisle_id";
    let department = "JOIN departments d ON d.department_id = p.department_id";
    let sql = match (*kind, *rank_by) {
        ("product", "popular") => by_lines("p.product_id", "p.product_name", ""),
        ("product_id", "popular") => by_lines("p.product_id", "p.product_id", ""),
        ("aisle", "popular") => by_lines("a.aisle_id", "a.aisle", aisle),
        ("aisle_id", "popular") => by_lines("a.aisle_id", "a.aisle_id", aisle),
        ("department", "popular") => by_lines("d.department_id", "d.department", department),
        ("department_id", "popular") => by_lines("d.department_id", "d.department_id", department),
        ("user", "heavy") => format!(
            "SELECT user_id AS found FROM orders GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1 OFFSET {}",
            rank - 1
        ),
        _ => return Err(bad(slot)),
    };
    let result = engine.execute(&SqlRequest::new(sql, RowPolicy::AllCustomers)).await?;
    let cell = result.table.rows.first().and_then(|row| row.first());
    match cell {
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        Some(value) if value.is_number() => Ok(value.to_string()),
        _ => Err(EvalError::Slot(format!(
            "{{{slot}}} has no match in this lake: it is too small for that rank"
        ))),
    }
}

fn bad(slot: &str) -> EvalError {
    EvalError::Slot(format!(
        "{{{slot}}} is no slot: use for example {{product:popular:3}} or {{user:heavy:1}}"
    ))
}
