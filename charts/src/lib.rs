//! Typed chart specifications and their renderings.
//!
//! ```text
//! result Table ─┐                ┌─ to_vega_lite ─> JSON for a browser
//!               ├─> ChartSpec ───┼─ to_unicode ───> text for a terminal
//! words, format ┘                └─ svg::render ──> SVG ── png::rasterise ──> PNG
//! ```
//! A [`ChartSpec`] says which columns of a table are drawn and how; it holds no figures, the table does.
//! Only what is drawn everywhere is in [`ChartKind`]. Pictures carry what it takes to read them alone: [`Detail`].

mod figures;
pub mod png;
mod scale;
mod spec;
pub mod svg;
mod text;
mod unicode;
mod value;
mod vega_lite;

pub use spec::{
    CategoryAxis, CategoryKind, ChartError, ChartKind, ChartSpec, Detail, Interval, Reference, Scale, Series,
    ValueAxis,
};
pub use unicode::to_unicode;
pub use vega_lite::to_vega_lite;
