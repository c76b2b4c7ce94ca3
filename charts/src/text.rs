//! How wide text is and how it is broken into lines, for pictures.
//!
//! Widths are those of the font that PNG files are drawn with (Ubuntu Light); a browser that draws the SVG with another
//! font is a few per cent off, for which the layout leaves room.

/// Advance widths of the characters U+0020 to U+007E, in thousandths of the font size (table `hmtx` of Ubuntu Light).
const WIDTHS: [u16; 95] = [
    228, 274, 392, 653, 564, 831, 648, 240, 310, 310, 472, 564, 246, 282, 246, 359, 564, 564, 564, 564, 564,
    564, 564, 564, 564, 564, 246, 246, 564, 564, 564, 380, 940, 641, 630, 609, 702, 555, 520, 658, 692, 248,
    487, 599, 502, 865, 709, 774, 592, 774, 618, 517, 548, 680, 624, 921, 608, 569, 560, 310, 359, 310, 564,
    490, 376, 509, 583, 460, 583, 548, 376, 573, 569, 237, 237, 495, 255, 863, 569, 582, 583, 583, 374, 428,
    387, 569, 480, 775, 499, 474, 455, 319, 262, 319, 564,
];

/// Of any other letter: about an accented `o`, and a whole square beyond Latin and Cyrillic.
const OTHER: (u16, u16) = (580, 1_000);

/// The width of a line in pixels at a font size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let thousandths = |letter: char| -> u32 {
        let at = (letter as u32).checked_sub(0x20).map(|at| at as usize);
        let known = at.and_then(|at| WIDTHS.get(at)).copied();
        let narrow = (letter as u32) < 0x2c00;
        u32::from(known.unwrap_or(if narrow { OTHER.0 } else { OTHER.1 }))
    };
    f64::from(text.chars().map(thousandths).sum::<u32>()) / 1_000.0 * size
}

/// Breaks a text at blanks into lines of at most that width, at most so many; what is left over ends in an ellipsis.
pub(crate) fn wrap(text: &str, size: f64, most_width: f64, most_lines: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.peek() {
        let fits = lines.last().is_some_and(|line| width(&format!("{line} {word}"), size) <= most_width);
        if fits {
            if let Some(line) = lines.last_mut() {
                line.push(' ');
                line.push_str(word);
            }
        } else if lines.len() < most_lines.max(1) {
            lines.push((*word).to_owned());
        } else {
            if let Some(line) = lines.last_mut() {
                line.push('…');
            }
            break;
        }
        words.next();
    }
    lines.into_iter().map(|line| cut(&line, size, most_width)).collect()
}

/// Cuts a line to a width, the last letter an ellipsis where something is left out.
pub(crate) fn cut(text: &str, size: f64, most_width: f64) -> String {
    if width(text, size) <= most_width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width(&format!("{kept}{letter}…"), size) > most_width {
            break;
        }
        kept.push(letter);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // W 921, i 237, blank 228 thousandths.
        assert!((width("Wi i", 10.0) - (9.21 + 2.37 + 2.28 + 2.37)).abs() < 1e-9);
        assert!(width("é", 10.0) > 5.0 && width("漢", 10.0) == 10.0);
    }

    #[test]
    fn text_is_broken_at_blanks_and_ends_in_an_ellipsis() {
        assert_eq!(wrap("one two three", 10.0, 45.0, 5), ["one two", "three"]);
        assert_eq!(wrap("one two three four", 10.0, 45.0, 2), ["one two", "three…"]);
        assert_eq!(wrap("  ", 10.0, 45.0, 2), Vec::<String>::new());
        assert!(wrap("Pneumonoultramicroscopic", 10.0, 60.0, 2)[0].ends_with('…'));
    }

    #[test]
    fn what_fits_is_not_cut() {
        assert_eq!(cut("bananas", 10.0, 100.0), "bananas");
        let cut = cut("Organic bananas", 10.0, 40.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0) <= 40.0, "{cut}");
    }
}
