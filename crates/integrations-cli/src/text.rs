//! Text in columns: how wide it is on a terminal, and where it may be cut.
//!
//! A character of Chinese takes two columns, an accent none, and a family of emoji that is one sign
//! takes two and is several characters (UAX #11, UAX #29).

use std::io::IsTerminal;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How wide a terminal is when nobody says.
pub(crate) const USUAL: usize = 80;

/// How many columns the reader has: what `$COLUMNS` says, else the terminal. None where the output
/// goes into a file or a pipe.
pub(crate) fn columns() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok();
    let said = said.and_then(|text| text.trim().parse().ok());
    said.filter(|columns| *columns > 0).or_else(|| {
        std::io::stdout().is_terminal().then(|| {
            let size = console::Term::stdout().size_checked();
            size.map_or(USUAL, |(_, columns)| usize::from(columns))
        })
    })
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Somebody else's text on one line: what would move the cursor, colour the screen or turn the
/// direction of writing is a space or is left out.
pub(crate) fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // Embeddings, overrides and isolates of direction (UAX #9, section 2).
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            c => line.push(c),
        }
    }
    line.trim().to_owned()
}

/// Somebody else's text on as many lines as it has.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(line).collect()
}

/// At most so many columns of a text; an ellipsis says that there was more.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut cut = String::new();
    let mut taken = 0;
    for sign in text.graphemes(true) {
        taken += width(sign);
        // One column is the ellipsis.
        if taken > columns - 1 {
            break;
        }
        cut.push_str(sign);
    }
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// A text with blanks behind it, so that it takes so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let blanks = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(blanks))
}

/// A text with blanks before it and behind it.
pub(crate) fn centre(text: &str, columns: usize) -> String {
    let before = columns.saturating_sub(width(text)) / 2;
    pad(&format!("{}{text}", " ".repeat(before)), columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_signs_are_counted_and_never_halved() {
        // The widths of UAX #11: a wide character is two columns.
        assert_eq!(width("会議"), 4);
        assert_eq!(cut("会議の予定", 6), "会議…");
        assert_eq!(cut("会議の予定", 5), "会議…");
        assert_eq!(cut("会議の予定", 4), "会…");
        assert_eq!(pad("会議", 6), "会議  ");
        // A family is one sign of two columns, of five characters.
        let family = "👨\u{200d}👩\u{200d}👧";
        assert_eq!(width(family), 2);
        assert_eq!(cut(&format!("{family} at home"), 5), format!("{family} a…"));
        assert_eq!(cut(&format!("ab{family}"), 3), "ab…");
        // A flag is two characters, an accent of its own none.
        assert_eq!(cut("🇩🇪🇫🇷🇮🇹", 5), "🇩🇪🇫🇷…");
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(cut("cafe\u{301} noir", 5), "cafe\u{301}…");
    }

    #[test]
    fn a_cut_fits_whatever_the_width() {
        for text in ["Planning of the week", "会議の予定 🎉", ""] {
            for columns in 0..24 {
                assert!(width(&cut(text, columns)) <= columns, "{text:?} {columns}");
            }
        }
    }

    #[test]
    fn texts_of_others_do_not_reach_the_terminal() {
        assert_eq!(line("a\u{1b}[31mred\u{7}\r\nb\tc"), "a [31mred b c");
        assert_eq!(line("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(lines("one\r\ntwo\u{0}x"), ["one", "two x"]);
    }
}
