//! The forms of a page, as far as pages of sign-in have them.

use ::http::Method;
use url::Url;

/// A form: where it goes and what it says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WebForm {
    /// Where it is sent.
    pub action: Url,
    /// How: `POST` or `GET`.
    pub method: Method,
    /// The fields with their values, the hidden ones too.
    pub fields: Vec<(String, String)>,
}

impl WebForm {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find_map(|(n, value)| (n == name).then_some(value.as_str()))
    }
}

/// Reads elements by their text: enough for the pages of test servers, which are no hostile input.
pub(super) fn read(page: &Url, html: &str) -> Vec<WebForm> {
    let mut forms: Vec<WebForm> = Vec::new();
    let mut inside = false;
    for element in html.split('<').skip(1) {
        let (tag, _) = split_end(element);
        let name = tag
            .split([' ', '\t', '\r', '\n', '/'])
            .next()
            .unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "form" => {
                let action = attribute(tag, "action").unwrap_or_default();
                let Ok(action) = page.join(&action) else {
                    continue;
                };
                let posted = attribute(tag, "method")
                    .is_some_and(|method| method.eq_ignore_ascii_case("post"));
                let method = if posted { Method::POST } else { Method::GET };
                forms.push(WebForm {
                    action,
                    method,
                    fields: Vec::new(),
                });
                inside = true;
            }
            "" if tag.to_ascii_lowercase().starts_with("/form") => inside = false,
            "input" if inside => {
                let kind = attribute(tag, "type").unwrap_or_default();
                let sent = !matches!(kind.as_str(), "submit" | "button" | "reset" | "image");
                if let (Some(name), Some(form), true) =
                    (attribute(tag, "name"), forms.last_mut(), sent)
                {
                    let value = attribute(tag, "value").unwrap_or_default();
                    form.fields.push((name, value));
                }
            }
            _ => {}
        }
    }
    forms
}

/// The tag, up to the `>` that is not within quotes.
fn split_end(element: &str) -> (&str, &str) {
    let mut quote = None;
    for (at, c) in element.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '>') => return element.split_at(at),
            _ => {}
        }
    }
    (element, "")
}

/// An attribute of a tag, in quotes of either kind.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    loop {
        let (before, after) = rest.split_once('=')?;
        let found = before.trim_end().rsplit([' ', '\t', '\r', '\n']).next()?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, next) = match quote {
            Some(quote) => after.get(1..)?.split_once(quote)?,
            None => after
                .split_once([' ', '\t', '\r', '\n'])
                .unwrap_or((after, "")),
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(unescaped(value));
        }
        rest = next;
    }
}

/// Text of an attribute with its character references resolved: those that servers write.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| {
            let c = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((c, after))
        });
        match reference {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_its_fields_and_leads_where_its_page_says() {
        let page = "http://127.0.0.1:1/a/b?c=d".parse().unwrap();
        let html = r#"<html><input name="outside" value="1">
            <form autocomplete="off" action='/next?x=1&amp;y=2' method=post>
              <input type="hidden" name="prompt" value="login"/>
              <input required type="text" name="who" placeholder="a > b" autofocus>
              <button type="submit">Sign-in</button></form>
            <form><input name='q' value='&lt;&#x27;&#39;&quot;&amp;amp; &c'></form>
            <input name="after">"#;
        let forms = read(&page, html);
        let [first, second] = &forms[..] else {
            panic!("{forms:?}")
        };
        assert_eq!(first.action.as_str(), "http://127.0.0.1:1/next?x=1&y=2");
        assert_eq!(first.method, Method::POST);
        let fields = [("prompt", "login"), ("who", "")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(first.fields, fields);
        // A form without an action goes to its own page (HTML, section 4.10.21.3).
        assert_eq!(second.action, page);
        assert_eq!(second.method, Method::GET);
        assert_eq!(second.field("q"), Some("<''\"&amp; &c"));
    }
}
