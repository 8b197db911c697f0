//! Descriptions: HTML at Google ("Can contain HTML", discovery document, `Event.description`), plain
//! text in the model.

/// Plain text as HTML that shows it so. Line breaks stay: Google shows them.
pub(crate) fn written(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
    html
}

/// What HTML shows, as plain text: breaks and blocks are lines, markup goes, entities are read. What
/// is no markup stays, for many descriptions are plain text.
pub(crate) fn read(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, shown) = match rest.as_bytes()[0] {
            b'<' => tag(rest),
            _ => entity(rest),
        };
        match shown {
            Some(shown) => text.push_str(&shown),
            None => text.push_str(&rest[..taken]),
        }
        rest = &rest[taken..];
    }
    text.push_str(rest);
    text
}

/// How long the tag is that begins here, and what it shows; one sign and nothing known when it is
/// none.
fn tag(rest: &str) -> (usize, Option<String>) {
    let inner = &rest[1..];
    let name = inner.trim_start_matches('/');
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic()) || inner.starts_with('!');
    let Some(end) = rest.find('>').filter(|_| begins) else {
        return (1, None);
    };
    let word: String = name
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let closes = inner.starts_with('/');
    let shown = match word.as_str() {
        "br" => "\n",
        "p" | "div" | "li" | "tr" | "ul" | "ol" | "h1" | "h2" | "h3" if closes => "\n",
        _ => "",
    };
    (end + 1, Some(shown.to_owned()))
}

/// How long the entity is that begins here, and what it shows.
fn entity(rest: &str) -> (usize, Option<String>) {
    let longest = rest.char_indices().take(12).find(|(_, c)| *c == ';');
    let Some((end, _)) = longest else {
        return (1, None);
    };
    let name = &rest[1..end];
    let shown = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => name.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            };
            code.and_then(char::from_u32)
        }),
    };
    match shown {
        Some(shown) => (end + 1, Some(shown.to_string())),
        None => (1, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_is_taken_out_and_what_is_none_stays() {
        for (html, text) in [
            ("plain", "plain"),
            ("a<br>b<br/>c", "a\nb\nc"),
            ("<p>one</p><p>two</p>", "one\ntwo\n"),
            (
                "<a href=\"https://x.example/?a=1&amp;b=2\">here</a>",
                "here",
            ),
            ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
            (
                "&lt;b&gt; &amp;amp; &#8364; &#x20AC; &nbsp;",
                "<b> &amp; € € \u{a0}",
            ),
            ("a <3 b", "a <3 b"),
            ("&unknown; &", "&unknown; &"),
            ("an open <b", "an open <b"),
        ] {
            assert_eq!(read(html), text, "{html}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "(<|>|&|;|/|[a-z#0-9]|\\PC|\n){0,24}") {
            prop_assert_eq!(read(&written(&text)), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(<|>|&|;|br|[a-z#0-9]|\\PC|\n){0,24}") {
            let _ = read(&text);
        }
    }
}
