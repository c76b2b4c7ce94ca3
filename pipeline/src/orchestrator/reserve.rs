//! Room on the disk for the last words of a run: on a full disk, why it stopped could not be written otherwise.
//!
//! A small file stands in the run's folder while the run is under way, and is removed before the failure is recorded, as
//! are the files that sorting has spilled.

use std::fs;

use domain::lake::RunPaths;

/// Bytes held back: the checkpoint and the page of a run are some tens of kilobytes each.
const RESERVED_BYTES: usize = 256 * 1024;

/// Holds the room. A disk that is full already gives none, and the first stage will say so.
pub(super) fn hold(paths: &RunPaths) {
    // Not zeros, which some file systems do not store.
    if let Err(error) = fs::write(file(paths), vec![0xa5_u8; RESERVED_BYTES]) {
        tracing::debug!(%error, "no room is held back for the end of the run");
        release(paths);
    }
}

/// Gives the room back, with whatever was spilled.
pub(super) fn release(paths: &RunPaths) {
    // Both may be gone already; left-overs cost room and nothing else.
    let _ = fs::remove_file(file(paths));
    let _ = fs::remove_dir_all(paths.folder().join("spill"));
}

fn file(paths: &RunPaths) -> std::path::PathBuf {
    paths.folder().join(".reserve")
}
