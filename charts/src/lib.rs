//! Typed chart specifications and their renderings.
//!
//! ```text
//! result Table ─┐                ┌─ to_vega_lite ─> JSON for a browser
//!               ├─> ChartSpec ───┤
//! words, format ┘                └─ to_unicode ───> text for a terminal
//! ```
//! A [`ChartSpec`] says which columns of a table are drawn and how; it holds no figures, the table does.
//! Only what is drawn is in [`ChartKind`]: bars, grouped bars and lines, as Vega-Lite and as text.
//! SVG and PNG files and further kinds are not part of this crate yet.

mod spec;
mod unicode;
mod value;
mod vega_lite;

pub use spec::{CategoryAxis, CategoryKind, ChartError, ChartKind, ChartSpec, Series, ValueAxis};
pub use unicode::to_unicode;
pub use vega_lite::to_vega_lite;
