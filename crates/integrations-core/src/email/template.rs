//! Filling `{{name}}` places here, where a provider cannot.

use std::collections::BTreeMap;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::{
    EmailMessage, MergeData, RenderedTemplate, TemplateContent, TemplateId, TemplateRef, check,
};
use crate::error::{Error, Result};

/// Fills the places of a template.
///
/// Values are escaped in the HTML and put in as they are in subject and text. A place without a
/// value is an error, and so is a subject that comes out with a line break. Beyond `{{name}}` and
/// `{{user.name}}` there are conditions and loops in Jinja's syntax: `{% if paid %}…{% endif %}`,
/// `{% for item in items %}…{% endfor %}`. A value that may be missing is asked for with
/// `{% if name is defined %}`.
///
/// ```
/// use integrations_core::email::{render, MergeData, TemplateContent};
/// let template = TemplateContent::new("Welcome, {{name}}")
///     .with_text("Hello {{name}}")
///     .with_html("<p>Hello {{name}}</p>");
/// let mut data = MergeData::new();
/// assert!(render(&template, &data).is_err());
///
/// data.insert("name".into(), "<Ana>".into());
/// let mail = render(&template, &data)?;
/// assert_eq!(mail.subject, "Welcome, <Ana>");
/// assert_eq!(mail.text.as_deref(), Some("Hello <Ana>"));
/// assert_eq!(mail.html.as_deref(), Some("<p>Hello &lt;Ana&gt;</p>"));
/// # Ok::<_, integrations_core::Error>(())
/// ```
///
/// # Errors
/// `InvalidInput` for a template that does not parse or lacks a value; it names part and line.
pub fn render(content: &TemplateContent, data: &MergeData) -> Result<RenderedTemplate> {
    let environment = environment();
    let part = |name: &str, source: &str| render_part(&environment, name, source, data);
    let subject = part("subject", &content.subject)?;
    check::line("the rendered subject", &subject, 998)?;
    let text = content.text.as_deref().map(|t| part("text", t));
    let html = content.html.as_deref().map(|h| part("html", h));
    Ok(RenderedTemplate {
        subject,
        text: text.transpose()?,
        html: html.transpose()?,
    })
}

/// Checks that a template parses, without filling it.
///
/// # Errors
/// `InvalidInput`, which names part and line.
pub fn check_template(content: &TemplateContent) -> Result<()> {
    let environment = environment();
    let parts = [
        ("subject", Some(&content.subject)),
        ("text", content.text.as_ref()),
        ("html", content.html.as_ref()),
    ];
    for (name, source) in parts {
        if let Some(source) = source {
            environment
                .template_from_named_str(name, source)
                .map_err(|error| template_error(name, &error))?;
        }
    }
    Ok(())
}

/// A message with its template and places filled: what is left is plain. The message's own subject
/// wins over the template's.
///
/// # Errors
/// As [`render`].
pub fn render_message(
    message: &EmailMessage,
    template: Option<&TemplateContent>,
) -> Result<EmailMessage> {
    let own = TemplateContent {
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
    };
    let rendered = match template {
        None => render(&own, &message.merge_data)?,
        Some(template) => {
            let mut content = template.clone();
            if !message.subject.is_empty() {
                content.subject.clone_from(&message.subject);
            }
            render(&content, &message.merge_data)?
        }
    };
    let mut plain = message.clone();
    plain.subject = rendered.subject;
    plain.text = rendered.text;
    plain.html = rendered.html;
    plain.template = None;
    plain.merge_data.clear();
    Ok(plain)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.set_auto_escape_callback(|name| match name {
        "html" => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    environment
}

fn render_part(
    environment: &Environment<'_>,
    name: &str,
    source: &str,
    data: &MergeData,
) -> Result<String> {
    environment
        .render_named_str(name, source, data)
        .map_err(|error| template_error(name, &error))
}

fn template_error(name: &str, error: &minijinja::Error) -> Error {
    use minijinja::ErrorKind as Kind;
    let line = error.line().map(|l| format!(", line {l}"));
    // Other details may repeat a value, and values are private.
    let detail = error
        .detail()
        .filter(|_| {
            matches!(
                error.kind(),
                Kind::SyntaxError | Kind::UnknownFilter | Kind::UnknownTest | Kind::UnknownFunction
            )
        })
        .map(|detail| format!(": {detail}"));
    Error::invalid_input(format!(
        "the template's {name}{} does not render: {}{}",
        line.unwrap_or_default(),
        error.kind(),
        detail.unwrap_or_default(),
    ))
}

/// Templates that the application holds itself, for providers that store none.
///
/// ```
/// use integrations_core::email::{TemplateContent, TemplateLibrary};
/// let library = TemplateLibrary::new()
///     .with("welcome", TemplateContent::new("Welcome, {{name}}").with_text("Hello {{name}}"))?;
/// assert!(library.get(&"welcome".into()).is_some());
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct TemplateLibrary(BTreeMap<TemplateId, TemplateContent>);

impl TemplateLibrary {
    /// An empty library.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a template; one of the same id is replaced.
    ///
    /// # Errors
    /// `InvalidInput` for a template that does not parse.
    pub fn with(mut self, id: impl Into<TemplateId>, content: TemplateContent) -> Result<Self> {
        check_template(&content)?;
        self.0.insert(id.into(), content);
        Ok(self)
    }

    /// A template.
    #[must_use]
    pub fn get(&self, id: &TemplateId) -> Option<&TemplateContent> {
        self.0.get(id)
    }

    /// Whether it holds no template.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The template that a message names.
    pub(super) fn resolve(&self, wanted: &TemplateRef) -> Result<&TemplateContent> {
        if wanted.version.is_some() {
            return Err(Error::unsupported("template_versions"));
        }
        self.get(&wanted.id)
            .ok_or_else(|| Error::not_found(format_args!("the template {}", wanted.id)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;

    fn data(value: serde_json::Value) -> MergeData {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let content = TemplateContent::new("{{a}}")
            .with_text("{{a}}")
            .with_html("<b title=\"{{a}}\">{{a}}</b>");
        let mail = render(&content, &data(json!({ "a": "<i>\"'&" }))).unwrap();
        assert_eq!(mail.text.unwrap(), "<i>\"'&");
        let html = mail.html.unwrap();
        assert!(html.contains("&lt;i&gt;&quot;&#x27;&amp;"), "{html}");
        assert!(!html.contains("<i>"), "{html}");
    }

    #[test]
    fn a_missing_value_is_an_error_that_names_the_part_and_no_value() {
        for content in [
            TemplateContent::new("{{missing}}"),
            TemplateContent::new("s").with_text("a\n{{user.missing}}"),
            TemplateContent::new("s").with_html("{% if missing %}x{% endif %}"),
        ] {
            let error = render(&content, &data(json!({ "user": { "secret": "s3cret" } })));
            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(!error.to_string().contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn a_value_cannot_break_out_of_the_subject() {
        let content = TemplateContent::new("Hello {{name}}").with_text("x");
        let hostile = data(json!({ "name": "Ana\r\nBcc: eve@example.org" }));
        let error = render(&content, &hostile).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn places_conditions_and_loops_are_filled() {
        let content = TemplateContent::new("{{ user.name }}").with_text(
            "{% for i in items %}{{ i }};{% endfor %}{% if x is defined %}x{% endif %}\n",
        );
        let mail = render(
            &content,
            &data(json!({ "user": { "name": "Ana" }, "items": [1, 2] })),
        )
        .unwrap();
        assert_eq!(mail.subject, "Ana");
        assert_eq!(mail.text.unwrap(), "1;2;\n");
    }

    #[test]
    fn a_template_that_does_not_parse_is_refused_when_it_is_stored() {
        let broken = TemplateContent::new("s").with_html("{% if x %}");
        assert_eq!(
            check_template(&broken).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
}
