//! Stored templates and their versions.

use async_trait::async_trait;
use integrations_core::email::{
    MergeData, NewTemplate, NewTemplateVersion, RenderedTemplate, Template, TemplateContent,
    TemplateId, TemplatePatch, TemplateRef, TemplateStore, TemplateVersion, TemplateVersionId,
    check_template, render,
};
use integrations_core::{Error, Page, PageRequest, Result, unsupported};
use serde_json::json;

use super::book::{Change, TemplateRow, Tx};
use super::{LocalMailer, PAGE};

fn find<'a>(tx: &'a Tx<'_>, id: &TemplateId) -> Result<&'a TemplateRow> {
    tx.state
        .templates
        .get(id)
        .map(|row| &**row)
        .ok_or_else(|| Error::not_found(format_args!("the template {id}")))
}

/// The version that a message names, or the active one.
pub(super) fn version<'a>(tx: &'a Tx<'_>, wanted: &TemplateRef) -> Result<&'a TemplateVersion> {
    let row = find(tx, &wanted.id)?;
    let id = wanted
        .version
        .as_ref()
        .or(row.template.active_version.as_ref());
    row.versions
        .iter()
        .find(|version| Some(&version.id) == id)
        .ok_or_else(|| {
            let id = id.map_or("", TemplateVersionId::as_str);
            Error::not_found(format_args!("the version {id} of template {}", wanted.id))
        })
}

fn keep(tx: &mut Tx<'_>, mut row: TemplateRow) -> TemplateRow {
    row.template.updated_at = Some(tx.now);
    let id = row.template.id.clone();
    tx.put(Change::Template(id, Some(Box::new(row.clone()))));
    row
}

fn activate(row: &mut TemplateRow, id: &TemplateVersionId) {
    for version in &mut row.versions {
        version.active = version.id == *id;
    }
    row.template.active_version = Some(id.clone());
}

fn new_version(
    tx: &mut Tx<'_>,
    template: &TemplateId,
    content: TemplateContent,
) -> TemplateVersion {
    let mut version = TemplateVersion::new(template.clone(), tx.id("ver"), content);
    version.created_at = Some(tx.now);
    version
}

impl LocalMailer {
    fn keyed<K>(&self, key: Option<&K>) -> Result<()> {
        if key.is_some() && !self.capabilities.create_idempotency {
            return Err(unsupported(self, "create_idempotency"));
        }
        Ok(())
    }

    fn versioned(&self) -> Result<()> {
        if self.capabilities.template_versions {
            Ok(())
        } else {
            Err(unsupported(self, "template_versions"))
        }
    }
}

#[async_trait]
impl TemplateStore for LocalMailer {
    async fn list_templates(&self, page: &PageRequest) -> Result<Page<Template>> {
        let page = page.clone();
        self.run(move |tx| {
            let rows = tx.state.templates.values();
            let rows = rows.map(|row| row.template.clone()).collect();
            Page::slice_by(rows, &page, PAGE, |one| one.id.as_str())
        })
        .await
    }

    async fn get_template(&self, id: &TemplateId) -> Result<Template> {
        let id = id.clone();
        self.run(move |tx| Ok(find(tx, &id)?.template.clone()))
            .await
    }

    async fn create_template(&self, new: &NewTemplate) -> Result<Template> {
        self.keyed(new.idempotency_key.as_ref())?;
        check_template(&new.content)?;
        let new = new.clone();
        self.run(move |tx| {
            let request = json!([new.name, new.content]);
            tx.once("template", new.idempotency_key.as_ref(), &request, |tx| {
                let id = TemplateId::new(tx.id("tpl"));
                let mut template = Template::new(id.clone(), new.name);
                template.created_at = Some(tx.now);
                let first = new_version(tx, &id, new.content);
                let mut row = TemplateRow {
                    template,
                    versions: vec![first.clone()],
                };
                activate(&mut row, &first.id);
                Ok(keep(tx, row).template)
            })
        })
        .await
    }

    async fn update_template(&self, id: &TemplateId, patch: &TemplatePatch) -> Result<Template> {
        patch.content.as_ref().map_or(Ok(()), check_template)?;
        let (id, patch) = (id.clone(), patch.clone());
        self.run(move |tx| {
            let mut row = find(tx, &id)?.clone();
            if let Some(name) = patch.name {
                row.template.name = name;
            }
            if let Some(content) = patch.content
                && let Some(active) = row.versions.iter_mut().find(|version| version.active)
            {
                active.content = content;
            }
            Ok(keep(tx, row).template)
        })
        .await
    }

    async fn delete_template(&self, id: &TemplateId) -> Result<()> {
        let id = id.clone();
        self.run(move |tx| {
            if tx.state.templates.contains_key(&id) {
                tx.put(Change::Template(id, None));
            }
            Ok(())
        })
        .await
    }

    async fn list_template_versions(
        &self,
        id: &TemplateId,
        page: &PageRequest,
    ) -> Result<Page<TemplateVersion>> {
        let (id, page) = (id.clone(), page.clone());
        self.run(move |tx| Page::slice(find(tx, &id)?.versions.clone(), &page, PAGE))
            .await
    }

    async fn create_template_version(
        &self,
        id: &TemplateId,
        new: &NewTemplateVersion,
    ) -> Result<TemplateVersion> {
        self.versioned()?;
        self.keyed(new.idempotency_key.as_ref())?;
        check_template(&new.content)?;
        let (id, new) = (id.clone(), new.clone());
        self.run(move |tx| {
            let request = json!([id, new.content, new.activate]);
            tx.once("version", new.idempotency_key.as_ref(), &request, |tx| {
                let mut row = find(tx, &id)?.clone();
                let mut version = new_version(tx, &id, new.content);
                row.versions.push(version.clone());
                if new.activate {
                    activate(&mut row, &version.id);
                    version.active = true;
                }
                keep(tx, row);
                Ok(version)
            })
        })
        .await
    }

    async fn activate_template_version(
        &self,
        id: &TemplateId,
        wanted: &TemplateVersionId,
    ) -> Result<TemplateVersion> {
        self.versioned()?;
        let wanted = TemplateRef::new(id.clone()).with_version(wanted.clone());
        self.run(move |tx| {
            let mut chosen = version(tx, &wanted)?.clone();
            let mut row = find(tx, &wanted.id)?.clone();
            activate(&mut row, &chosen.id);
            keep(tx, row);
            chosen.active = true;
            Ok(chosen)
        })
        .await
    }

    async fn render_template(
        &self,
        template: &TemplateRef,
        data: &MergeData,
    ) -> Result<RenderedTemplate> {
        if !self.capabilities.template_preview {
            return Err(unsupported(self, "template_preview"));
        }
        if template.version.is_some() {
            self.versioned()?;
        }
        let (template, data) = (template.clone(), data.clone());
        self.run(move |tx| render(&version(tx, &template)?.content, &data))
            .await
    }
}
