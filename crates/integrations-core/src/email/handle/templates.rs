//! Stored templates.

use super::{Mailer, group};
use crate::call;
use crate::email::{
    MergeData, NewTemplate, NewTemplateVersion, RenderedTemplate, Template, TemplateContent,
    TemplateId, TemplatePatch, TemplateRef, TemplateStore, TemplateVersion, TemplateVersionId,
    check,
};
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};

impl Mailer {
    fn store(&self) -> Result<&dyn TemplateStore> {
        let declared = self.capabilities().templates;
        group(declared, || self.provider.templates(), "templates")
    }

    /// Every stored template.
    #[must_use]
    pub fn list_templates(&self, first: PageRequest) -> Paged<Template> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                call::run(&*this.provider, "list_templates", async {
                    this.store()?.list_templates(&page).await
                })
                .await
            }
        })
    }

    /// A stored template.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_template(&self, id: &TemplateId) -> Result<Template> {
        call::run(&*self.provider, "get_template", async {
            let store = self.store()?;
            check::id("template id", id.as_str())?;
            store.get_template(id).await
        })
        .await
    }

    /// Stores a template with its first, active version.
    ///
    /// # Errors
    /// `InvalidInput` for an empty name, or content without a body; what the provider answers.
    pub async fn create_template(&self, new: &NewTemplate) -> Result<Template> {
        call::run(&*self.provider, "create_template", async {
            let store = self.store()?;
            check_name(&new.name)?;
            check_content(&new.content)?;
            self.check_create_key(new.idempotency_key.as_ref())?;
            store.create_template(new).await
        })
        .await
    }

    /// Changes a stored template.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a patch that changes nothing.
    pub async fn update_template(
        &self,
        id: &TemplateId,
        patch: &TemplatePatch,
    ) -> Result<Template> {
        call::run(&*self.provider, "update_template", async {
            let store = self.store()?;
            check::id("template id", id.as_str())?;
            if let Some(name) = &patch.name {
                check_name(name)?;
            }
            if let Some(content) = &patch.content {
                check_content(content)?;
            }
            if patch.name.is_none() && patch.content.is_none() {
                return Err(Error::invalid_input("the patch changes nothing"));
            }
            store.update_template(id, patch).await
        })
        .await
    }

    /// Removes a stored template. Removing what is not there succeeds, so that a removal whose answer
    /// was lost can be repeated.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn delete_template(&self, id: &TemplateId) -> Result<()> {
        call::run(&*self.provider, "delete_template", async {
            let store = self.store()?;
            check::id("template id", id.as_str())?;
            store.delete_template(id).await
        })
        .await
    }

    /// Every version of a stored template, oldest first.
    #[must_use]
    pub fn list_template_versions(
        &self,
        id: &TemplateId,
        first: PageRequest,
    ) -> Paged<TemplateVersion> {
        let (this, id) = (self.clone(), id.clone());
        Paged::new(first, move |page| {
            let (this, id) = (this.clone(), id.clone());
            async move {
                call::run(&*this.provider, "list_template_versions", async {
                    let store = this.store()?;
                    check::id("template id", id.as_str())?;
                    store.list_template_versions(&id, &page).await
                })
                .await
            }
        })
    }

    /// Stores a further version of a template.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` where templates have no versions.
    pub async fn create_template_version(
        &self,
        id: &TemplateId,
        new: &NewTemplateVersion,
    ) -> Result<TemplateVersion> {
        call::run(&*self.provider, "create_template_version", async {
            let store = self.store()?;
            self.need(self.capabilities().template_versions, "template_versions")?;
            check::id("template id", id.as_str())?;
            check_content(&new.content)?;
            self.check_create_key(new.idempotency_key.as_ref())?;
            store.create_template_version(id, new).await
        })
        .await
    }

    /// Makes a version the one that is sent when none is named.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` where templates have no versions.
    pub async fn activate_template_version(
        &self,
        id: &TemplateId,
        version: &TemplateVersionId,
    ) -> Result<TemplateVersion> {
        call::run(&*self.provider, "activate_template_version", async {
            let store = self.store()?;
            self.need(self.capabilities().template_versions, "template_versions")?;
            check::id("template id", id.as_str())?;
            check::id("version id", version.as_str())?;
            store.activate_template_version(id, version).await
        })
        .await
    }

    /// Fills a template's places without sending it: at the provider, or here from the
    /// library when the provider stores no templates.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for a missing value.
    pub async fn render_template(
        &self,
        template: impl Into<TemplateRef>,
        data: &MergeData,
    ) -> Result<RenderedTemplate> {
        let template = template.into();
        call::run(&*self.provider, "render_template", async {
            check::template_ref(&template)?;
            #[cfg(feature = "templates")]
            if !self.capabilities().templates && !self.library.is_empty() {
                return crate::email::render(self.library.resolve(&template)?, data);
            }
            let store = self.store()?;
            self.need(self.capabilities().template_preview, "template_preview")?;
            store.render_template(&template, data).await
        })
        .await
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::invalid_input("the template's name is empty"));
    }
    check::line("the template's name", name, 100)
}

fn check_content(content: &TemplateContent) -> Result<()> {
    if content.text.is_none() && content.html.is_none() {
        return Err(Error::invalid_input("the template has no text and no HTML"));
    }
    check::line("the template's subject", &content.subject, 998)
}
