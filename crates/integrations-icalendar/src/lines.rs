//! Bytes as lines, unfolded (RFC 5545, section 3.1).

use std::io::{BufRead, ErrorKind};

use crate::line::Line;

/// The longest line, unfolded, in bytes: a file of 24 MB can be attached within one.
pub const MAX_LINE: usize = 32 * 1024 * 1024;

/// What a place in the input has.
pub(crate) enum Found {
    Line(Line),
    /// What is no line, with its number and the reason.
    Damaged(u32, &'static str),
}

/// The lines of an input. They end with CR LF, LF or CR, and a line that begins with a blank or a
/// tab goes on the one before. Bytes are put together before they are read as UTF-8: some programs
/// fold within a character. Empty lines are left out, and so is a byte order mark.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    input: R,
    /// How many lines were read.
    number: u32,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, number: 0 }
    }

    /// The number of the line that was read last.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    pub(crate) fn next(&mut self) -> std::io::Result<Option<Found>> {
        loop {
            let mut bytes = Vec::new();
            let Some(mut fits) = self.physical(&mut bytes)? else {
                return Ok(None);
            };
            let first = self.number;
            if first == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
            while matches!(self.peek()?, Some(b' ' | b'\t')) {
                self.input.consume(1);
                fits &= self.physical(&mut bytes)?.unwrap_or(true);
            }
            if !fits {
                return Ok(Some(Found::Damaged(first, "it is longer than 32 MiB")));
            }
            let text = match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(_) => return Ok(Some(Found::Damaged(first, "it is not UTF-8"))),
            };
            if !text.trim().is_empty() {
                return Ok(Some(Found::Line(Line::read(text, first))));
            }
        }
    }

    fn peek(&mut self) -> std::io::Result<Option<u8>> {
        loop {
            match self.input.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads to the next line break. `None` at the end; otherwise whether it fits: what is too long
    /// is passed over.
    fn physical(&mut self, into: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        let mut fits = into.len() <= MAX_LINE;
        while self.peek()?.is_some() {
            // What was looked at is there.
            let bytes = self.input.fill_buf()?;
            let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            match fits && into.len() + part.len() <= MAX_LINE {
                true => into.extend_from_slice(part),
                false => (fits, *into) = (false, Vec::new()),
            }
            let (used, broken) = (part.len(), end.map(|at| bytes[at]));
            self.input.consume(used + usize::from(broken.is_some()));
            if broken == Some(b'\r') && self.peek()? == Some(b'\n') {
                self.input.consume(1);
            }
            if broken.is_some() {
                break;
            }
        }
        Ok(Some(fits))
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<(u32, String)> {
        // A buffer of one byte, so that every place is an edge.
        let mut lines = Lines::new(BufReader::with_capacity(1, bytes));
        let mut all = Vec::new();
        while let Some(found) = lines.next().unwrap() {
            all.push(match found {
                Found::Line(line) => (line.number().unwrap(), line.to_string()),
                Found::Damaged(number, why) => (number, format!("!{why}")),
            });
        }
        all
    }

    #[test]
    fn lines_end_in_three_ways_and_go_on_after_a_blank() {
        let text = b"\xef\xbb\xbfA:1\r\nB:2\nC:3\rD:\r\n 4\n\t5\r  6\n\n\r\nE:7";
        let expected = [
            (1, "A:1"),
            (2, "B:2"),
            (3, "C:3"),
            (4, "D:45 6"),
            (10, "E:7"),
        ];
        assert_eq!(read(text), expected.map(|(n, text)| (n, text.to_owned())));
    }

    /// Found by fuzzing: what goes on an empty line has no name before its blanks.
    #[test]
    fn what_goes_on_an_empty_line_is_a_line() {
        assert_eq!(
            read(b"A:1\n\r\n  B:2\n"),
            [(1, "A:1".to_owned()), (2, "B:2".to_owned())]
        );
    }

    #[test]
    fn a_fold_within_a_character_is_undone_before_it_is_read() {
        // U+20AC, folded after its first and second octet.
        assert_eq!(
            read(b"A:\xe2\r\n \x82\n \xacx\r\n"),
            [(1, "A:\u{20ac}x".to_owned())]
        );
    }

    #[test]
    fn what_is_no_text_is_told_with_its_number() {
        let all = read(b"A:1\r\nB:\xff\r\n\r\nC:\x003\r\n");
        assert_eq!(
            all,
            [
                (1, "A:1".to_owned()),
                (2, "!it is not UTF-8".to_owned()),
                (4, "C:\u{0}3".to_owned())
            ]
        );
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let long = std::io::Read::chain(
            std::io::Read::take(std::io::repeat(b'x'), 3 * MAX_LINE as u64),
            &b"\r\n y\r\nB:2\r\n"[..],
        );
        let mut lines = Lines::new(BufReader::new(long));
        let Some(Found::Damaged(1, why)) = lines.next().unwrap() else {
            panic!("it is too long");
        };
        assert!(why.contains("32 MiB"));
        let Some(Found::Line(line)) = lines.next().unwrap() else {
            panic!("the next one is whole");
        };
        assert_eq!((line.number(), line.raw_value()), (Some(3), "2"));
    }
}
