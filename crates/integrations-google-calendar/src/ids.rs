//! Ids of the client's choice: the letters of base32hex (RFC 4648, section 7), small, and 5 to 1024
//! of them (discovery document, `Event.id`).

/// An id made of a text: equal texts give equal ids, and others others.
pub(crate) fn of(prefix: &str, text: &str) -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    let mut id = prefix.to_owned();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        bits = (bits << 8 | u32::from(byte)) & 0xffff;
        held += 8;
        while held >= 5 {
            held -= 5;
            id.push(LETTERS[(bits >> held) as usize & 31].into());
        }
    }
    if held > 0 {
        id.push(LETTERS[(bits << (5 - held)) as usize & 31].into());
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    /// evidence: google_calendar: create_event: published vector: base32hex of RFC 4648, section 10
    #[test]
    fn ids_are_base32hex() {
        // Section 10, small letters and without padding.
        for (text, expected) in [
            ("", ""),
            ("f", "co"),
            ("fo", "cpng"),
            ("foo", "cpnmu"),
            ("foob", "cpnmuog"),
            ("fooba", "cpnmuoj1"),
            ("foobar", "cpnmuoj1e8"),
        ] {
            assert_eq!(of("", text), expected, "{text}");
        }
    }
}
