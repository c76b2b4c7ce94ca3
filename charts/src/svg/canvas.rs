//! Writes the elements of an SVG. Everything that comes from data passes [`escape`].

use std::fmt::Write;

use super::{FONT_FAMILIES, Frame, INK};

/// Where a text stands on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The elements so far.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    /// The whole picture, with words for those who do not see it.
    pub(super) fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        let (width, height) = (number(width), number(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FONT_FAMILIES}\">\n<title>{}</title>\n\
             <desc>{}</desc>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            escape(title),
            escape(description),
            self.body,
        )
    }

    pub(super) fn text(&mut self, x: f64, y: f64, size: f64, fill: &str, anchor: Anchor, text: &str) {
        self.write_text(&format!("x=\"{}\" y=\"{}\"", number(x), number(y)), size, fill, anchor, text);
    }

    /// A text upwards, its middle at the point.
    pub(super) fn turned(&mut self, x: f64, y: f64, size: f64, fill: &str, text: &str) {
        let place = format!("transform=\"translate({} {}) rotate(-90)\"", number(x), number(y));
        self.write_text(&place, size, fill, Anchor::Middle, text);
    }

    /// A text that rises to the right and ends at the point.
    pub(super) fn slanted(&mut self, x: f64, y: f64, size: f64, fill: &str, text: &str) {
        let place = format!("transform=\"translate({} {}) rotate(-35)\"", number(x), number(y));
        self.write_text(&place, size, fill, Anchor::End, text);
    }

    /// A figure beside its mark, with a white rim where it crosses a line.
    pub(super) fn figure(&mut self, x: f64, y: f64, size: f64, anchor: Anchor, text: &str) {
        let place = format!(
            "x=\"{}\" y=\"{}\" paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"3\"",
            number(x),
            number(y)
        );
        self.write_text(&place, size, INK, anchor, text);
    }

    /// A heading: the font has no bold face, so its outline is drawn too.
    pub(super) fn heading(&mut self, x: f64, y: f64, size: f64, text: &str) {
        let place = format!(
            "x=\"{}\" y=\"{}\" font-weight=\"600\" stroke=\"{INK}\" stroke-width=\"0.5\"",
            number(x),
            number(y)
        );
        self.write_text(&place, size, INK, Anchor::Start, text);
    }

    fn write_text(&mut self, place: &str, size: f64, fill: &str, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (size, text) = (number(size), escape(text));
        self.push(format_args!("<text {place} font-size=\"{size}\" fill=\"{fill}\"{anchor}>{text}</text>"));
    }

    pub(super) fn rect(&mut self, frame: Frame, fill: &str, opacity: f64) {
        let (width, height) = (number(frame.width().max(0.0)), number(frame.height().max(0.0)));
        let (x, y) = (number(frame.left), number(frame.top));
        let opacity = see_through(opacity);
        self.push(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"{opacity}/>"
        ));
    }

    /// A straight line; `dashes` as in `stroke-dasharray`, empty for none.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str, width: f64, dashes: &str) {
        let dashes =
            if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
        self.push(format_args!(
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{stroke}\" stroke-width=\"{width}\"{dashes}/>"
        ));
    }

    /// An interval between two points, upright or level, with its ends marked.
    pub(super) fn whisker(&mut self, from: (f64, f64), to: (f64, f64), stroke: &str) {
        let level = from.1 == to.1;
        let cap = |(x, y): (f64, f64)| {
            if level { ((x, y - 4.0), (x, y + 4.0)) } else { ((x - 4.0, y), (x + 4.0, y)) }
        };
        self.line(from, to, stroke, 1.4, "");
        for (from, to) in [cap(from), cap(to)] {
            self.line(from, to, stroke, 1.4, "");
        }
    }

    /// Joined points.
    pub(super) fn polyline(&mut self, points: &[(f64, f64)], stroke: &str, dashes: &str) {
        let dashes =
            if dashes.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dashes}\"") };
        let points = joined(points);
        self.push(format_args!(
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2.5\" \
             stroke-linejoin=\"round\"{dashes}/>"
        ));
    }

    /// A filled surface.
    pub(super) fn polygon(&mut self, points: &[(f64, f64)], fill: &str, opacity: f64) {
        let (points, opacity) = (joined(points), see_through(opacity));
        self.push(format_args!("<polygon points=\"{points}\" fill=\"{fill}\"{opacity}/>"));
    }

    /// The mark of a row: a circle, a square or a triangle.
    pub(super) fn mark(&mut self, shape: usize, x: f64, y: f64, radius: f64, fill: &str, opacity: f64) {
        match shape % 3 {
            0 => {
                let (x, y, radius, opacity) = (number(x), number(y), number(radius), see_through(opacity));
                self.push(format_args!(
                    "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"{opacity}/>"
                ));
            }
            1 => {
                let half = radius * 0.9;
                let frame = Frame { left: x - half, top: y - half, right: x + half, bottom: y + half };
                self.rect(frame, fill, opacity);
            }
            _ => {
                let wide = radius * 1.15;
                self.polygon(
                    &[(x, y - wide), (x + wide, y + wide * 0.8), (x - wide, y + wide * 0.8)],
                    fill,
                    opacity,
                );
            }
        }
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.body, "{element}");
    }
}

fn see_through(opacity: f64) -> String {
    if opacity >= 1.0 { String::new() } else { format!(" fill-opacity=\"{opacity}\"") }
}

fn joined(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect::<Vec<_>>().join(" ")
}

/// A position to a tenth of a pixel; what is no number is the corner.
pub(super) fn number(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text as XML: five characters are written as entities, those that XML forbids become blanks.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
