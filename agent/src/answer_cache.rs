//! The answer cache: what tools gave, kept for whoever may see the same rows.
//!
//! ```text
//! (run, role, row policy, "I", basket, tool, canonical arguments) ─> ToolOutput
//! ```
//! The key is the plan, never the words of a question: the text is composed anew from the kept rows, so that it quotes
//! the question that was asked. A shopper's rows are kept under that shopper; nothing of them is found under another.
//! A new run has a new id, so no result outlives its data. Failures are not kept. The cache lives in a process, whose
//! engine, settings and version do not change; the least recently used results go when it is full.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    ids::{ProductId, UserId},
    principal::{Role, RowPolicy},
};
use lru::LruCache;
use serde_json::Value;
use tools::contract::{ToolContext, ToolOutput};

use crate::plan::PlannedCall;

/// A result may take this part of the cache at most, so that one wide table does not empty it.
const LARGEST_PART: usize = 8;

/// Bytes that a value takes beside its text.
const CELL_BYTES: usize = 32;

/// Results of tool calls by what was asked and who asked. Shared by every turn of a process.
pub struct AnswerCache {
    kept: Mutex<Kept>,
    budget: usize,
}

struct Kept {
    entries: LruCache<Key, Entry>,
    bytes: usize,
}

struct Entry {
    output: Arc<ToolOutput>,
    bytes: usize,
}

/// Everything that a result depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    run_id: String,
    role: Role,
    rows: RowPolicy,
    user_id: Option<UserId>,
    basket: Vec<ProductId>,
    call: String,
}

impl Key {
    /// The key of a call in a context.
    pub(crate) fn of(call: &PlannedCall, context: &ToolContext) -> Self {
        let principal = &context.principal;
        Self {
            run_id: context.run.id().to_owned(),
            role: principal.role(),
            rows: principal.row_policy(),
            user_id: principal.user_id(),
            basket: context.basket.clone(),
            call: call.key(),
        }
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.run_id.len() + self.call.len() + size_of_val(self.basket.as_slice())
    }
}

impl AnswerCache {
    /// A cache of about that many MiB; `None` for 0.
    pub fn of_mib(mib: usize) -> Option<Self> {
        (mib > 0).then(|| Self::of_bytes(mib.saturating_mul(1024 * 1024)))
    }

    fn of_bytes(budget: usize) -> Self {
        Self { kept: Mutex::new(Kept { entries: LruCache::unbounded(), bytes: 0 }), budget }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<ToolOutput>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entries.get(key).map(|entry| Arc::clone(&entry.output))
    }

    /// Keeps a result; one that is larger than its part of the cache is not kept.
    pub(crate) fn put(&self, key: Key, output: &ToolOutput) {
        let bytes = key.bytes() + bytes_of(output);
        if bytes > self.budget / LARGEST_PART {
            return;
        }
        let entry = Entry { output: Arc::new(output.clone()), bytes };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let before = kept.entries.put(key, entry).map_or(0, |entry| entry.bytes);
        kept.bytes = kept.bytes + bytes - before;
        while kept.bytes > self.budget {
            let Some((_, oldest)) = kept.entries.pop_lru() else { break };
            kept.bytes = kept.bytes.saturating_sub(oldest.bytes);
        }
    }
}

/// About what a result takes in memory.
fn bytes_of(output: &ToolOutput) -> usize {
    let cells: usize = output.table.rows.iter().flatten().chain(&output.parameters).map(bytes_of_value).sum();
    let products: usize = output
        .products
        .iter()
        .map(|product| {
            let texts = [product.score_kind.as_deref(), product.reason.as_deref()];
            let texts: usize = texts.into_iter().flatten().map(str::len).sum();
            size_of_val(product)
                + product.product_name.len()
                + product.aisle.len()
                + product.department.len()
                + texts
        })
        .sum();
    let notes: usize = output.notes.iter().map(|note| size_of_val(note) + note.text.len()).sum();
    let names: usize =
        output.table.columns.iter().map(|column| size_of_val(column) + column.name.len()).sum();
    size_of::<ToolOutput>() + output.sql.as_ref().map_or(0, String::len) + cells + products + notes + names
}

fn bytes_of_value(value: &Value) -> usize {
    CELL_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(values) => values.iter().map(bytes_of_value).sum(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| CELL_BYTES + name.len() + bytes_of_value(value)).sum()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

#[cfg(test)]
mod tests {
    use domain::table::{Column, ColumnType, Table};
    use serde_json::json;

    use super::*;

    fn key(user_id: u32, call: &str) -> Key {
        Key {
            run_id: "r1".into(),
            role: Role::Shopper,
            rows: RowPolicy::OwnRows(UserId(user_id)),
            user_id: Some(UserId(user_id)),
            basket: Vec::new(),
            call: call.into(),
        }
    }

    fn output(text: &str) -> ToolOutput {
        let mut table = Table::new(vec![Column::new("name", ColumnType::String)]);
        table.rows.push(vec![json!(text)]);
        ToolOutput::table(table, "embedded")
    }

    #[test]
    fn a_result_is_found_again_only_under_all_that_it_depends_on() {
        let cache = AnswerCache::of_mib(1).unwrap();
        cache.put(key(1, "orders"), &output("mine"));
        assert_eq!(cache.get(&key(1, "orders")).as_deref(), Some(&output("mine")));
        assert_eq!(cache.get(&key(2, "orders")), None);
        assert_eq!(cache.get(&key(1, "items")), None);
        let one = key(1, "orders");
        for other in [
            Key { run_id: "r2".into(), ..one.clone() },
            Key { role: Role::Analyst, ..one.clone() },
            Key { rows: RowPolicy::AllCustomers, ..one.clone() },
            Key { user_id: None, ..one.clone() },
            Key { basket: vec![ProductId(1)], ..one },
        ] {
            assert_eq!(cache.get(&other), None, "{other:?}");
        }
    }

    #[test]
    fn the_least_recently_used_goes_first_and_nothing_larger_than_its_part_comes_in() {
        let one = key(1, "a").bytes() + bytes_of(&output("x"));
        let cache = AnswerCache::of_bytes(one * LARGEST_PART);
        let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
        for name in names {
            cache.put(key(1, name), &output("x"));
        }
        // "a" was used last but one before "i" comes: "b" goes.
        assert!(cache.get(&key(1, "a")).is_some());
        cache.put(key(1, "i"), &output("x"));
        assert!(cache.get(&key(1, "a")).is_some());
        assert!(cache.get(&key(1, "b")).is_none());
        cache.put(key(1, "j"), &output(&"x".repeat(200)));
        assert!(cache.get(&key(1, "j")).is_none());
        assert!(cache.get(&key(1, "c")).is_some());
    }

    #[test]
    fn putting_the_same_again_takes_no_more_room() {
        let cache = AnswerCache::of_mib(1).unwrap();
        for _ in 0..3 {
            cache.put(key(1, "a"), &output("x"));
        }
        let kept = cache.kept.lock().unwrap();
        assert_eq!(kept.bytes, key(1, "a").bytes() + bytes_of(&output("x")));
    }

    #[test]
    fn no_room_is_no_cache() {
        assert!(AnswerCache::of_mib(0).is_none());
    }
}
