//! The customers who asked to be erased: `<lake>/erasures.json`, one entry a customer.
//!
//! Cleaning reads the list and takes these customers out of silver and of quarantine, so they are in nothing that a run
//! makes from then on. Runs that were made before still hold them until retention removes those runs, and bronze holds
//! what the source delivered. The list itself has to stay: the source may deliver the customer again.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    path::PathBuf,
};

use domain::lake::Lake;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    error::{PipelineError, io_error},
    orchestrator::now,
    publish::write_atomically,
};

/// One customer who is erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The customer.
    pub user_id: u32,
    /// When it was asked for; RFC 3339, UTC.
    pub requested_at: String,
    /// Why, in the words of whoever recorded it.
    pub reason: Option<String>,
}

/// What recording an erasure came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// The customer is on the list now.
    Added(Erasure),
    /// The customer was on the list before; nothing changed.
    AlreadyThere(Erasure),
}

/// The customers that no run may hold from now on.
pub fn erased_users(lake: &Lake) -> Result<BTreeSet<u32>, PipelineError> {
    Ok(erasures(lake)?.into_iter().map(|erasure| erasure.user_id).collect())
}

/// The whole list, by customer; empty where nobody was erased.
///
/// A list that cannot be read is an error: without it, a run would bring erased customers back.
pub fn erasures(lake: &Lake) -> Result<Vec<Erasure>, PipelineError> {
    let path = list_path(lake);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    serde_json::from_str(&text).map_err(|source| PipelineError::DamagedRecord { path, source })
}

/// Puts a customer on the list; asking twice changes nothing.
pub fn erase(lake: &Lake, user_id: u32, reason: Option<String>) -> Result<Recorded, PipelineError> {
    let _lock = lock(lake)?;
    let mut list = erasures(lake)?;
    let at = match list.binary_search_by_key(&user_id, |erasure| erasure.user_id) {
        Ok(at) => {
            let there = list.get(at).cloned();
            return there
                .map(Recorded::AlreadyThere)
                .ok_or_else(|| PipelineError::UnusablePath(list_path(lake)));
        }
        Err(at) => at,
    };
    let erasure = Erasure { user_id, requested_at: now(), reason };
    list.insert(at, erasure.clone());
    let path = list_path(lake);
    let text = serde_json::to_string_pretty(&list)
        .map_err(|source| PipelineError::DamagedRecord { path: path.clone(), source })?;
    write_atomically(&path, &text)?;
    Ok(Recorded::Added(erasure))
}

/// A hash over the customers on the list: a run that was cleaned by another list has to be cleaned again.
pub fn list_hash(lake: &Lake) -> Result<String, PipelineError> {
    let mut digest = Sha256::new();
    for user_id in erased_users(lake)? {
        digest.update(user_id.to_le_bytes());
    }
    Ok(hex::encode(digest.finalize()))
}

fn list_path(lake: &Lake) -> PathBuf {
    lake.root().join("erasures.json")
}

/// One writer at a time; not the lake's own lock, because an erasure has to be recorded while a run is under way too.
fn lock(lake: &Lake) -> Result<File, PipelineError> {
    fs::create_dir_all(lake.root()).map_err(io_error("create", lake.root()))?;
    let path = lake.root().join(".erasures.lock");
    let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(io_error("open", &path))?;
    file.lock().map_err(io_error("lock", &path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn lake() -> (tempfile::TempDir, Lake) {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path().join("lake"));
        (folder, lake)
    }

    #[test]
    fn asking_twice_changes_nothing_and_keeps_the_first_reason() {
        let (_folder, lake) = lake();
        assert!(erased_users(&lake).unwrap().is_empty());
        let Recorded::Added(first) = erase(&lake, 7, Some("letter of 3 May".into())).unwrap() else {
            panic!()
        };
        assert_eq!(erase(&lake, 7, Some("again".into())).unwrap(), Recorded::AlreadyThere(first.clone()));
        assert_eq!(erasures(&lake).unwrap(), [first]);
    }

    #[test]
    fn the_hash_follows_the_customers_and_not_the_order_or_the_reasons() {
        let (_folder, one) = lake();
        let empty = list_hash(&one).unwrap();
        erase(&one, 7, None).unwrap();
        let first = list_hash(&one).unwrap();
        erase(&one, 3, None).unwrap();
        let (_folder, other) = lake();
        erase(&other, 3, Some("a reason".into())).unwrap();
        erase(&other, 7, None).unwrap();
        assert_eq!(list_hash(&one).unwrap(), list_hash(&other).unwrap());
        assert!(first != empty && first != list_hash(&one).unwrap());
        assert_eq!(erased_users(&one).unwrap(), BTreeSet::from([3, 7]));
    }

    #[test]
    fn a_list_that_is_damaged_is_an_error_and_not_an_empty_list() {
        let (_folder, lake) = lake();
        erase(&lake, 7, None).unwrap();
        fs::write(list_path(&lake), "[{\"user_id\": 7").unwrap();
        assert_eq!(erased_users(&lake).unwrap_err().code(), "damaged_record");
        assert!(erase(&lake, 8, None).is_err(), "nothing is written over it");
        assert!(fs::read_to_string(list_path(&lake)).unwrap().contains("\"user_id\": 7"));
    }

    #[test]
    fn erasures_recorded_side_by_side_are_all_kept() {
        let (_folder, lake) = lake();
        let writers: Vec<_> = (1..=8)
            .map(|user| {
                let lake = lake.clone();
                thread::spawn(move || erase(&lake, user, None).unwrap())
            })
            .collect();
        writers.into_iter().for_each(|writer| drop(writer.join().unwrap()));
        assert_eq!(erased_users(&lake).unwrap(), (1..=8).collect());
    }
}
