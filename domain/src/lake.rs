//! Where things lie in the lake: pure path arithmetic, no IO.
//!
//! ```text
//! bronze/<source>/data/batch/<table>/year=…/…/<table>_part<N>.csv     shared by runs
//! {silver,gold,index}/run=<id>/<table>/…        recsys/<kind>/run=<id>/…
//! runs/<id>/manifest.json                       latest      (one line, the run id, replaced last)
//! ```

use std::path::{Path, PathBuf};

/// The root folder of a lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lake {
    root: PathBuf,
}

impl Lake {
    /// A lake at that folder; nothing is touched.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The root of the raw parts of one source.
    pub fn bronze(&self, source: &str) -> PathBuf {
        self.root.join("bronze").join(source)
    }

    /// The pointer to the published run.
    pub fn latest(&self) -> PathBuf {
        self.root.join("latest")
    }

    /// The folder that holds all runs' manifests.
    pub fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// The paths of one run.
    pub fn run(&self, run_id: &str) -> RunPaths {
        RunPaths { root: self.root.clone(), run_id: run_id.to_owned() }
    }
}

/// The paths of one run. `relative` paths in a manifest are from the lake's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPaths {
    root: PathBuf,
    run_id: String,
}

impl RunPaths {
    /// The run's id.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// The lake's root.
    pub fn lake_root(&self) -> &Path {
        &self.root
    }

    /// The run's own folder: manifest, checkpoints, log.
    pub fn folder(&self) -> PathBuf {
        self.root.join("runs").join(&self.run_id)
    }

    /// The manifest.
    pub fn manifest(&self) -> PathBuf {
        self.folder().join("manifest.json")
    }

    /// A silver table's folder.
    pub fn silver(&self, table: &str) -> PathBuf {
        self.layer("silver").join(table)
    }

    /// A gold table's folder.
    pub fn gold(&self, table: &str) -> PathBuf {
        self.layer("gold").join(table)
    }

    /// The search index's folder.
    pub fn index(&self) -> PathBuf {
        self.layer("index")
    }

    /// A published kind of model or result, `als`, `user_seg`, ….
    pub fn recsys(&self, kind: &str) -> PathBuf {
        self.root.join("recsys").join(kind).join(self.partition())
    }

    /// A path as a manifest writes it: from the lake's root, with forward slashes. `None` outside the lake.
    pub fn relative(&self, path: &Path) -> Option<String> {
        let inside = path.strip_prefix(&self.root).ok()?;
        Some(inside.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"))
    }

    fn layer(&self, layer: &str) -> PathBuf {
        self.root.join(layer).join(self.partition())
    }

    fn partition(&self) -> String {
        format!("run={}", self.run_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_layout() {
        let run = Lake::new("/lake").run("r1");
        assert_eq!(run.silver("orders"), Path::new("/lake/silver/run=r1/orders"));
        assert_eq!(run.recsys("als"), Path::new("/lake/recsys/als/run=r1"));
        assert_eq!(run.relative(&run.recsys("als")).as_deref(), Some("recsys/als/run=r1"));
        assert_eq!(run.relative(Path::new("/elsewhere")), None);
    }
}
