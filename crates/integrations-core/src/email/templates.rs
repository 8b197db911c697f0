//! Templates that a provider stores.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::MergeData;
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;

crate::id_types! {
    /// The id of a template.
    TemplateId;
    /// The id of one version of a template.
    TemplateVersionId;
}

/// Which template, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateRef {
    /// The template.
    pub id: TemplateId,
    /// The version; `None` takes the active one.
    pub version: Option<TemplateVersionId>,
}

impl TemplateRef {
    /// The active version of a template.
    pub fn new(id: impl Into<TemplateId>) -> Self {
        Self {
            id: id.into(),
            version: None,
        }
    }

    /// A certain version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<TemplateVersionId>) -> Self {
        self.version = Some(version.into());
        self
    }
}

impl From<TemplateId> for TemplateRef {
    fn from(id: TemplateId) -> Self {
        Self::new(id)
    }
}

impl From<&TemplateId> for TemplateRef {
    fn from(id: &TemplateId) -> Self {
        Self::new(id.clone())
    }
}

/// Subject and bodies with `{{name}}` places. `Debug` shows their sizes.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateContent {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML. Values are escaped where they are put in.
    pub html: Option<String>,
}

impl TemplateContent {
    /// A template with a subject.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            text: None,
            html: None,
        }
    }

    /// Sets the plain text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the HTML.
    #[must_use]
    pub fn with_html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }
}

impl fmt::Debug for TemplateContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sizes(f, "TemplateContent", &self.subject, &self.text, &self.html)
    }
}

fn sizes(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    subject: &str,
    text: &Option<String>,
    html: &Option<String>,
) -> fmt::Result {
    f.debug_struct(name)
        .field("subject_bytes", &subject.len())
        .field("text_bytes", &text.as_ref().map(String::len))
        .field("html_bytes", &html.as_ref().map(String::len))
        .finish()
}

/// A stored template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// Its name, for people.
    pub name: String,
    /// The version that is sent when none is named.
    pub active_version: Option<TemplateVersionId>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// The provider's own form.
    pub raw: Raw,
}

impl Template {
    /// A template with an id and a name.
    pub fn new(id: impl Into<TemplateId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            active_version: None,
            created_at: None,
            updated_at: None,
            raw: Raw::None,
        }
    }
}

/// One version of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TemplateVersion {
    /// Its id, unique within the template.
    pub id: TemplateVersionId,
    /// The template.
    pub template: TemplateId,
    /// Subject and bodies.
    pub content: TemplateContent,
    /// Whether it is the one that is sent when none is named.
    pub active: bool,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    pub raw: Raw,
}

impl TemplateVersion {
    /// A version with its content.
    pub fn new(
        template: impl Into<TemplateId>,
        id: impl Into<TemplateVersionId>,
        content: TemplateContent,
    ) -> Self {
        Self {
            id: id.into(),
            template: template.into(),
            content,
            active: false,
            created_at: None,
            raw: Raw::None,
        }
    }
}

/// A template to be made, with its first version, which is active.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewTemplate {
    /// Its name.
    pub name: String,
    /// The first version.
    pub content: TemplateContent,
    /// The key under which it is made once.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl NewTemplate {
    /// A template with a name and content.
    pub fn new(name: impl Into<String>, content: TemplateContent) -> Self {
        Self {
            name: name.into(),
            content,
            idempotency_key: None,
        }
    }

    /// Makes it once under a key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }
}

/// What changes in a template. `None` leaves a thing as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TemplatePatch {
    /// Another name.
    pub name: Option<String>,
    /// Other content of the active version, in place.
    pub content: Option<TemplateContent>,
}

impl TemplatePatch {
    /// Changes the name.
    pub fn name(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            content: None,
        }
    }

    /// Changes the content of the active version.
    #[must_use]
    pub fn with_content(mut self, content: TemplateContent) -> Self {
        self.content = Some(content);
        self
    }
}

/// A version to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewTemplateVersion {
    /// Subject and bodies.
    pub content: TemplateContent,
    /// Whether it becomes the active one at once.
    pub activate: bool,
    /// The key under which it is made once.
    pub idempotency_key: Option<IdempotencyKey>,
}

impl NewTemplateVersion {
    /// A version that is not yet active.
    #[must_use]
    pub fn new(content: TemplateContent) -> Self {
        Self {
            content,
            activate: false,
            idempotency_key: None,
        }
    }

    /// Makes it the active one at once.
    #[must_use]
    pub fn activated(mut self) -> Self {
        self.activate = true;
        self
    }

    /// Makes it once under a key.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }
}

/// A template with its places filled. `Debug` shows their sizes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RenderedTemplate {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
}

impl RenderedTemplate {
    /// What a template became.
    pub fn new(subject: impl Into<String>, text: Option<String>, html: Option<String>) -> Self {
        Self {
            subject: subject.into(),
            text,
            html,
        }
    }
}

impl fmt::Debug for RenderedTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sizes(f, "RenderedTemplate", &self.subject, &self.text, &self.html)
    }
}

/// A provider's stored templates.
#[async_trait]
pub trait TemplateStore: Send + Sync {
    /// One page of the templates.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_templates(&self, page: &PageRequest) -> Result<Page<Template>>;

    /// A template.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_template(&self, id: &TemplateId) -> Result<Template>;

    /// Makes a template with its first, active version.
    ///
    /// # Errors
    /// `AlreadyExists` where names are ids; `InvalidInput` for content that does not parse.
    async fn create_template(&self, new: &NewTemplate) -> Result<Template>;

    /// Changes a template.
    ///
    /// # Errors
    /// `NotFound`.
    async fn update_template(&self, id: &TemplateId, patch: &TemplatePatch) -> Result<Template>;

    /// Removes a template and its versions. Removing what is not there succeeds.
    ///
    /// # Errors
    /// What the provider answers.
    async fn delete_template(&self, id: &TemplateId) -> Result<()>;

    /// The versions of a template, oldest first. A provider without versions has one.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_template_versions(
        &self,
        id: &TemplateId,
        page: &PageRequest,
    ) -> Result<Page<TemplateVersion>>;

    /// Makes a further version.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` without
    /// [`template_versions`](super::EmailCapabilities::template_versions).
    async fn create_template_version(
        &self,
        id: &TemplateId,
        new: &NewTemplateVersion,
    ) -> Result<TemplateVersion>;

    /// Makes a version the one that is sent when none is named.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` without
    /// [`template_versions`](super::EmailCapabilities::template_versions).
    async fn activate_template_version(
        &self,
        id: &TemplateId,
        version: &TemplateVersionId,
    ) -> Result<TemplateVersion>;

    /// Fills a template's places without sending it.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a missing value; `Unsupported` without
    /// [`template_preview`](super::EmailCapabilities::template_preview).
    async fn render_template(
        &self,
        template: &TemplateRef,
        data: &MergeData,
    ) -> Result<RenderedTemplate>;
}
