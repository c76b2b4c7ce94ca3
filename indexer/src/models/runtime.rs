//! Loads the ONNX Runtime library, and says what is wrong with a path before anything can panic.
//!
//! The binding panics at its first use when no library was named or the default one is missing; so the file is
//! looked at first (there, a complete shared library, for this processor), then loaded through the binding's
//! checked entry point. The first library that loads serves the whole process.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::ModelError;

/// Bytes of a 64-bit ELF header.
const ELF_HEADER_BYTES: usize = 64;
/// `e_type` of a shared library.
const ELF_SHARED_OBJECT: u16 = 3;
/// `e_machine` of the two supported processors.
const ELF_MACHINES: [(&str, u16); 2] = [("x86_64", 62), ("aarch64", 183)];

/// Loads the library at `path`; a library that is loaded already stays.
pub(crate) fn load(path: &Path) -> Result<(), ModelError> {
    check_library(path)?;
    // The binding resolves relative paths against the executable's folder, not the working one.
    let absolute = path.canonicalize().map_err(|e| refuse(path, e.to_string()))?;
    // The builder is dropped: fastembed makes the process's one environment itself, from the loaded library.
    ort::init_from(&absolute).map(drop).map_err(|e| refuse(path, e.to_string()))
}

/// Refuses what cannot be an ONNX Runtime: no file, no complete ELF library, another processor's library.
pub(crate) fn check_library(path: &Path) -> Result<(), ModelError> {
    let refuse = |reason: String| refuse(path, reason);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(refuse("there is no such file".to_owned()));
        }
        Err(e) => return Err(refuse(e.to_string())),
    };
    if !metadata.is_file() {
        return Err(refuse("it is a folder, not a file".to_owned()));
    }
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let mut header = [0; ELF_HEADER_BYTES];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .map_err(|_| refuse("it is too short to be a shared library".to_owned()))?;
    check_elf_header(&header, metadata.len()).map_err(refuse)
}

fn check_elf_header(header: &[u8; ELF_HEADER_BYTES], file_bytes: u64) -> Result<(), String> {
    let [magic @ .., _, _, _, _] = header.first_chunk::<8>().copied().unwrap_or_default();
    if magic != *b"\x7fELF" {
        return Err("it is no ELF shared library".to_owned());
    }
    let half_word = |at: usize| {
        let bytes = header.get(at..).and_then(|rest| rest.first_chunk::<2>()).copied();
        u16::from_le_bytes(bytes.unwrap_or_default())
    };
    let (kind, machine) = (half_word(16), half_word(18));
    if kind != ELF_SHARED_OBJECT {
        return Err(format!(
            "it is an ELF file of type {kind}, a shared library has type {ELF_SHARED_OBJECT}"
        ));
    }
    let expected = ELF_MACHINES.iter().find(|(name, _)| *name == std::env::consts::ARCH);
    if let Some((name, expected)) = expected
        && machine != *expected
    {
        return Err(format!("it is for processor {machine}, this machine is {name} ({expected})"));
    }
    // The section table stands at the very end: a file shorter than that was cut off, and mapping it would
    // crash instead of failing.
    let sections_at = header.get(40..).and_then(|rest| rest.first_chunk::<8>()).copied().unwrap_or_default();
    let sections_end =
        u64::from_le_bytes(sections_at).saturating_add(u64::from(half_word(58)) * u64::from(half_word(60)));
    if file_bytes < sections_end {
        return Err(format!("it has {file_bytes} bytes, its header promises {sections_end}: it is cut off"));
    }
    Ok(())
}

fn refuse(path: &Path, reason: String) -> ModelError {
    ModelError::Runtime { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn reason(path: &Path) -> String {
        load(path).unwrap_err().to_string()
    }

    fn elf(machine: u16, kind: u16, sections_at: u64) -> Vec<u8> {
        let mut header = vec![0; ELF_HEADER_BYTES];
        header[..4].copy_from_slice(b"\x7fELF");
        header[16..18].copy_from_slice(&kind.to_le_bytes());
        header[18..20].copy_from_slice(&machine.to_le_bytes());
        header[40..48].copy_from_slice(&sections_at.to_le_bytes());
        header
    }

    #[test]
    fn a_wrong_path_is_an_error_that_says_what_to_do() {
        let message = reason(Path::new("/does/not/exist/libonnxruntime.so"));
        assert!(
            message.contains("there is no such file") && message.contains("insightflow models pull"),
            "{message}"
        );
        assert!(reason(&std::env::temp_dir()).contains("it is a folder"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_is_no_runtime_is_refused_without_a_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.so");
        let machine = ELF_MACHINES.iter().find(|(name, _)| *name == std::env::consts::ARCH).unwrap().1;
        let other = ELF_MACHINES.iter().find(|(name, _)| *name != std::env::consts::ARCH).unwrap().1;
        for (bytes, expected) in [
            (b"not a library".to_vec(), "too short"),
            (vec![7; 4_096], "no ELF shared library"),
            (elf(machine, 2, 0), "of type 2"),
            (elf(other, 3, 0), "for processor"),
            (elf(machine, 3, 9_999), "cut off"),
            (elf(machine, 3, 0), "failed to load"),
        ] {
            fs::write(&path, bytes).unwrap();
            let message = reason(&path);
            assert!(message.contains(expected), "expected {expected:?} in {message}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_library_is_refused_by_name() {
        // Some library of the system that certainly is no ONNX Runtime.
        let candidates =
            ["/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6"];
        let Some(path) = candidates.into_iter().map(Path::new).find(|path| path.exists()) else {
            println!("skipped: no libm.so.6 in the usual places");
            return;
        };
        // Once a right library is loaded in this process, a wrong one is never looked into.
        if let Err(e) = load(path) {
            assert!(e.to_string().contains("OrtGetApiBase"), "{e}");
        }
    }
}
