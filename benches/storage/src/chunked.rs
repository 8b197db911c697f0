//! The framing `aws-chunked`: chunks of `size;extensions CRLF bytes CRLF`, a last one of size 0, and
//! trailers. See "Signature calculations for the authorization header: transferring payload in
//! multiple chunks" in the S3 API reference.

use bytes::Bytes;

#[derive(Default)]
pub struct Unchunk {
    state: State,
    line: Vec<u8>,
}

#[derive(Default)]
enum State {
    /// The line with a chunk's size.
    #[default]
    Size,
    /// So many bytes are left of the chunk.
    Data(usize),
    /// The line end after a chunk.
    End,
    /// Trailers: nothing that counts follows.
    Trailers,
}

impl Unchunk {
    /// Takes what arrived; adds the bytes in it to `pieces`, without a copy.
    pub fn push(&mut self, mut data: Bytes, pieces: &mut Vec<Bytes>) {
        while !data.is_empty() {
            match &mut self.state {
                State::Trailers => return,
                State::Data(left) => {
                    let take = data.len().min(*left);
                    pieces.push(data.split_to(take));
                    *left -= take;
                    if *left == 0 {
                        self.state = State::End;
                    }
                }
                State::Size | State::End => {
                    let end = data.iter().position(|byte| *byte == b'\n');
                    let line = data.split_to(end.map_or(data.len(), |end| end + 1));
                    self.line.extend_from_slice(&line);
                    if end.is_some() {
                        self.line_ended();
                    }
                }
            }
        }
    }

    fn line_ended(&mut self) {
        let line = std::mem::take(&mut self.line);
        if matches!(self.state, State::End) {
            self.state = State::Size;
            return;
        }
        let text = String::from_utf8_lossy(&line);
        let digits = text.split([';', '\r']).next().unwrap_or_default();
        self.state = match usize::from_str_radix(digits.trim(), 16) {
            Ok(size) if size > 0 => State::Data(size),
            _ => State::Trailers,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_unwrapped_wherever_the_network_cut_them() {
        let framed = b"5;chunk-signature=ab\r\nhello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        for size in 1..framed.len() {
            let (mut unchunk, mut pieces) = (Unchunk::default(), Vec::new());
            for piece in framed.chunks(size) {
                unchunk.push(Bytes::copy_from_slice(piece), &mut pieces);
            }
            assert_eq!(pieces.concat(), b"hello, world", "in pieces of {size}");
        }
    }
}
