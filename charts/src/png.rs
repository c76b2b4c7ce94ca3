//! A picture as PNG: the SVG, rasterised with the one font that the binary brings along.
//!
//! No font of the machine is looked at, so the same chart gives the same bytes everywhere.

use std::sync::{Arc, LazyLock};

use domain::table::Table;
use resvg::{
    tiny_skia::{Color, Pixmap, Transform},
    usvg::{Options, Tree, fontdb::Database},
};

use crate::{
    spec::{ChartError, ChartSpec},
    svg,
};

/// The family name of the font.
pub(crate) const FONT_FAMILY: &str = "Ubuntu";

/// Pixels of a picture, at most: 64 million are 256 MB.
const MOST_PIXELS: f32 = 64e6;

/// The font, read once.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.set_sans_serif_family(FONT_FAMILY);
    Arc::new(fonts)
});

/// Why there is no PNG.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PngError {
    /// The specification does not fit its table.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// Pixels a pixel of the SVG.
    #[error("the scale is {0}, it must be above 0 and give at most 64 million pixels")]
    Scale(f32),
    /// The text is no SVG.
    #[error("the SVG cannot be read: {0}")]
    Svg(String),
    /// The picture could not be written.
    #[error("the PNG cannot be written: {0}")]
    Encode(String),
}

/// Renders a chart as PNG; `scale` is the number of pixels a pixel of the SVG, 2 for sharp screens.
pub fn render(spec: &ChartSpec, table: &Table, scale: f32) -> Result<Vec<u8>, PngError> {
    rasterise(&svg::render(spec, table)?, scale)
}

/// Draws an SVG, on white.
pub fn rasterise(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let options =
        Options { fontdb: Arc::clone(&FONTS), font_family: FONT_FAMILY.to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|e| PngError::Svg(e.to_string()))?;
    let size = tree.size();
    let (width, height) = ((size.width() * scale).round(), (size.height() * scale).round());
    if !(scale > 0.0 && width >= 1.0 && height >= 1.0 && width * height <= MOST_PIXELS) {
        return Err(PngError::Scale(scale));
    }
    let mut pixmap = Pixmap::new(width as u32, height as u32).ok_or(PngError::Scale(scale))?;
    pixmap.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| PngError::Encode(e.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::tests::items_by_department;

    /// Width and height by the header of a PNG.
    fn size(png: &[u8]) -> (u32, u32) {
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        (number(16), number(20))
    }

    #[test]
    fn a_picture_has_the_size_of_its_svg_times_the_scale() {
        let (spec, table) = items_by_department(vec![vec![json!("deli"), json!("a"), json!(3)]]);
        let one = size(&render(&spec, &table, 1.0).unwrap());
        assert_eq!(one.0, 960);
        assert_eq!(size(&render(&spec, &table, 2.0).unwrap()), (1_920, one.1 * 2));
    }

    #[test]
    fn text_is_drawn_with_the_font_that_the_binary_brings_along() {
        let with = |text: &str| {
            let svg = format!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="5" y="25" font-family="{}">{text}</text></svg>"#,
                svg::FONT_FAMILIES,
            );
            rasterise(&svg, 1.0).unwrap()
        };
        assert_ne!(with("Bananas"), with(""), "letters leave a mark");
        assert_eq!(with("Bananas"), with("Bananas"));
    }

    #[test]
    fn a_scale_of_nothing_or_of_too_much_is_refused() {
        let (spec, table) = items_by_department(vec![]);
        for scale in [0.0, -1.0, f32::NAN, 1_000.0] {
            assert!(matches!(render(&spec, &table, scale), Err(PngError::Scale(_))), "{scale}");
        }
        assert!(matches!(rasterise("<p>", 1.0), Err(PngError::Svg(_))));
    }
}
