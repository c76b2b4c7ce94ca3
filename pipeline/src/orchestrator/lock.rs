//! One run at a time on a lake: an advisory lock on `<lake>/.lock`.
//!
//! The system releases the lock when its holder dies, so a killed run leaves nothing that must be cleaned by hand.
//! Readers take no lock: they follow the pointer to a complete run.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::PathBuf,
    process, thread,
    time::Duration,
};

use domain::lake::Lake;

use crate::error::{PipelineError, io_error};

/// How often a busy lock is tried again, and the wait between: [`holder`] takes it for an instant only.
const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_millis(20);

/// Holds the lake until it is dropped.
#[derive(Debug)]
pub struct LakeLock {
    file: File,
}

impl LakeLock {
    /// Takes the lake or says who has it.
    pub fn take(lake: &Lake) -> Result<Self, PipelineError> {
        fs::create_dir_all(lake.root()).map_err(io_error("create", lake.root()))?;
        let path = lock_path(lake);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(io_error("open", &path))?;
        let mut tries = 1;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if tries < TRIES => thread::sleep(WAIT),
                Err(TryLockError::WouldBlock) => {
                    return Err(PipelineError::LakeBusy {
                        lake: lake.root().to_owned(),
                        holder: read_holder(&mut file),
                    });
                }
                Err(TryLockError::Error(e)) => return Err(io_error("lock", &path)(e)),
            }
            tries += 1;
        }
        let mut lock = Self { file };
        lock.write(&format!("process {}\n", process::id())).map_err(io_error("write", &path))?;
        Ok(lock)
    }

    /// Says in the lock which run it is held for, so that others can tell a run under way from one that was killed.
    pub fn name_run(&mut self, run_id: &str) {
        // A help for readers, not a need: the lock holds without it.
        let _ = self.write(&format!("process {}, run {run_id}\n", process::id()));
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

/// Who holds the lake now, as `process 12, run <id>`; `None` where nobody does.
pub fn holder(lake: &Lake) -> Option<String> {
    let mut file = File::open(lock_path(lake)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read_holder(&mut file)),
        _ => None,
    }
}

fn read_holder(file: &mut File) -> String {
    let mut holder = String::new();
    // Who holds it is a help, not a need: an unreadable text still means "in use".
    let _ = file.read_to_string(&mut holder);
    if holder.trim().is_empty() { "another process".to_owned() } else { holder.trim().to_owned() }
}

fn lock_path(lake: &Lake) -> PathBuf {
    lake.root().join(".lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_has_the_lake() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path());
        let first = LakeLock::take(&lake).unwrap();
        let message = LakeLock::take(&lake).unwrap_err().to_string();
        assert!(message.contains(&format!("process {}", process::id())), "{message}");
        drop(first);
        LakeLock::take(&lake).unwrap();
    }

    #[test]
    fn whoever_asks_is_told_the_run_and_nothing_once_it_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path());
        assert_eq!(holder(&lake), None);
        let mut lock = LakeLock::take(&lake).unwrap();
        lock.name_run("r1");
        assert_eq!(holder(&lake), Some(format!("process {}, run r1", process::id())));
        drop(lock);
        assert_eq!(holder(&lake), None);
    }
}
