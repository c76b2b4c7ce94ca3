//! One run at a time on a lake: an advisory lock on `<lake>/.lock`.
//!
//! The system releases the lock when its holder dies, so a killed run leaves nothing that must be cleaned by hand.
//! Readers take no lock: they follow the pointer to a complete run.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    process,
};

use domain::lake::Lake;

use crate::error::{PipelineError, io_error};

/// Holds the lake until it is dropped.
#[derive(Debug)]
pub struct LakeLock {
    _file: File,
}

impl LakeLock {
    /// Takes the lake or says who has it.
    pub fn take(lake: &Lake) -> Result<Self, PipelineError> {
        fs::create_dir_all(lake.root()).map_err(io_error("create", lake.root()))?;
        let path = lake.root().join(".lock");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a help, not a need: an unreadable text still means "in use".
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                return Err(PipelineError::LakeBusy {
                    lake: lake.root().to_owned(),
                    holder: holder.to_owned(),
                });
            }
            Err(TryLockError::Error(e)) => return Err(io_error("lock", &path)(e)),
        }
        let text = format!("process {}\n", process::id());
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(io_error("write", &path))?;
        Ok(Self { _file: file })
    }
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
}
