//! Stored templates.

use std::num::NonZeroU32;

use integrations_core::email::{
    EmailMessage, MergeData, NewTemplate, NewTemplateVersion, Template, TemplateContent,
    TemplatePatch, TemplateRef,
};
use integrations_core::{PageRequest, Result};

use super::Harness;
use super::harness::{plain, whole};
use crate::{Failure, Verdict, ensure, ensure_eq, ensure_kind};

fn content(word: &str) -> TemplateContent {
    TemplateContent::new(format!("{word} {{{{name}}}}"))
        .with_text(format!("{word}: {{{{name}}}}"))
        .with_html(format!("<p>{word}: {{{{name}}}}</p>"))
}

fn data(name: &str) -> MergeData {
    let mut data = MergeData::new();
    data.insert("name".into(), name.into());
    data
}

async fn create(h: &Harness, name: &str, word: &str) -> Result<Template> {
    let new = NewTemplate::new(h.name(name), content(word));
    h.mailer.create_template(&new).await
}

fn message(h: &Harness, to: &str, template: impl Into<TemplateRef>) -> EmailMessage {
    EmailMessage::new(h.from.clone(), "")
        .with_to(h.address(to))
        .with_template(template)
        .with_merge("name", "Ana")
}

/// What a mail with this template says.
async fn says(
    h: &Harness,
    to: &str,
    template: impl Into<TemplateRef>,
    subject: &str,
    text: &str,
) -> Verdict {
    h.send(&message(h, to, template)).await?;
    let mail = h.only(&h.address(to)).await?;
    ensure_eq!(mail.subject.as_deref(), Some(subject), "the subject");
    ensure_eq!(plain(mail.text.as_deref()), text, "the text");
    Ok(())
}

pub(super) async fn a_template_reads_back(h: Harness) -> Verdict {
    let made = create(&h, "welcome", "Welcome").await?;
    let read = h.mailer.get_template(&made.id).await?;
    ensure_eq!(read.id, made.id, "the id");
    ensure_eq!(read.name, h.name("welcome"), "the name");
    let list = h
        .mailer
        .list_template_versions(&made.id, PageRequest::default());
    let versions = whole(list).await?;
    let active: Vec<_> = versions.iter().filter(|version| version.active).collect();
    let [active] = active.as_slice() else {
        return Err(Failure::new(format!(
            "{} of {} versions are active",
            active.len(),
            versions.len()
        )));
    };
    ensure_eq!(active.content, content("Welcome"), "the content");
    Ok(())
}

pub(super) async fn every_template_is_listed_once(h: Harness) -> Verdict {
    let mut made = Vec::new();
    for number in 0..5 {
        made.push(create(&h, &format!("t{number}"), "Hello").await?.id);
    }
    let small = PageRequest::with_limit(NonZeroU32::MIN);
    let all = whole(h.mailer.list_templates(small)).await?;
    for id in &made {
        let times = all.iter().filter(|template| template.id == *id).count();
        ensure_eq!(times, 1, "how often {id} is listed");
    }
    Ok(())
}

pub(super) async fn a_template_is_sent(h: Harness) -> Verdict {
    let template = create(&h, "sent", "Hello").await?;
    says(&h, "template", &template.id, "Hello Ana", "Hello: Ana").await?;
    let mail = h.only(&h.address("template")).await?;
    let html = plain(mail.html.as_deref());
    ensure!(html.contains("<p>Hello: Ana</p>"), "the HTML is {html:?}");
    Ok(())
}

pub(super) async fn a_templates_values_are_escaped_in_html(h: Harness) -> Verdict {
    let template = create(&h, "escaped", "Hello").await?;
    let mut message = message(&h, "escaped", &template.id);
    message.merge_data = data("<b>Ana</b>");
    h.send(&message).await?;
    let mail = h.only(&h.address("escaped")).await?;
    let html = plain(mail.html.as_deref());
    ensure!(
        html.contains("&lt;b&gt;Ana&lt;") && !html.contains("<b>Ana"),
        "the HTML is {html:?}"
    );
    Ok(())
}

pub(super) async fn a_template_without_a_value_sends_nothing(h: Harness) -> Verdict {
    let template = create(&h, "missing", "Hello").await?;
    let mut message = message(&h, "missing", &template.id);
    message.merge_data = MergeData::new();
    let sent = h.mailer.send(&message).await;
    ensure_kind!(sent, InvalidInput, "a template without its value");
    let arrived = h.arrived(&h.address("missing")).await?;
    ensure_eq!(arrived, 0, "the mails that arrived");
    Ok(())
}

pub(super) async fn a_changed_template_is_sent_as_changed(h: Harness) -> Verdict {
    let template = create(&h, "before", "Before").await?;
    let patch = TemplatePatch::name(h.name("after")).with_content(content("After"));
    h.mailer.update_template(&template.id, &patch).await?;
    let read = h.mailer.get_template(&template.id).await?;
    ensure_eq!(read.name, h.name("after"), "the name");
    says(&h, "changed", &template.id, "After Ana", "After: Ana").await
}

pub(super) async fn a_new_name_leaves_the_content(h: Harness) -> Verdict {
    let template = create(&h, "old", "Kept").await?;
    let patch = TemplatePatch::name(h.name("new"));
    h.mailer.update_template(&template.id, &patch).await?;
    says(&h, "renamed", &template.id, "Kept Ana", "Kept: Ana").await
}

pub(super) async fn a_deleted_template_is_gone(h: Harness) -> Verdict {
    let template = create(&h, "gone", "Gone").await?;
    h.mailer.delete_template(&template.id).await?;
    let read = h.mailer.get_template(&template.id).await;
    ensure_kind!(read, NotFound, "reading a deleted template");
    let sent = h.mailer.send(&message(&h, "gone", &template.id)).await;
    ensure_kind!(sent, NotFound, "sending a deleted template");
    h.mailer.delete_template(&template.id).await?;
    Ok(())
}

pub(super) async fn the_same_key_twice_is_one_template(h: Harness) -> Verdict {
    let new = NewTemplate::new(h.name("once"), content("Once")).with_key(h.key("template")?);
    let first = h.mailer.create_template(&new).await?;
    let second = h.mailer.create_template(&new).await?;
    ensure_eq!(second.id, first.id, "the id of the second answer");
    Ok(())
}

pub(super) async fn a_new_version_waits_to_be_activated(h: Harness) -> Verdict {
    let template = create(&h, "versions", "One").await?;
    let new = NewTemplateVersion::new(content("Two"));
    let two = h.mailer.create_template_version(&template.id, &new).await?;
    ensure!(!two.active, "a version is active that was not activated");
    says(&h, "before", &template.id, "One Ana", "One: Ana").await?;
    let active = h
        .mailer
        .activate_template_version(&template.id, &two.id)
        .await?;
    ensure!(active.active, "an activated version is not active");
    says(&h, "after", &template.id, "Two Ana", "Two: Ana").await?;
    let read = h.mailer.get_template(&template.id).await?;
    ensure_eq!(read.active_version, Some(two.id), "the active version");
    Ok(())
}

pub(super) async fn a_certain_version_can_be_sent(h: Harness) -> Verdict {
    let template = create(&h, "certain", "One").await?;
    let new = NewTemplateVersion::new(content("Two")).activated();
    let two = h.mailer.create_template_version(&template.id, &new).await?;
    ensure!(two.active, "a version that was activated at once is not");
    let list = h
        .mailer
        .list_template_versions(&template.id, PageRequest::default());
    let versions = whole(list).await?;
    let Some(one) = versions.iter().find(|version| version.id != two.id) else {
        return Err(Failure::new("the first version is gone"));
    };
    let wanted = TemplateRef::new(template.id.clone()).with_version(one.id.clone());
    says(&h, "one", wanted, "One Ana", "One: Ana").await?;
    says(&h, "two", &template.id, "Two Ana", "Two: Ana").await?;
    let none = TemplateRef::new(template.id).with_version("no-such-version");
    let sent = h.mailer.send(&message(&h, "none", none)).await;
    ensure_kind!(sent, NotFound, "sending an unknown version");
    Ok(())
}

pub(super) async fn a_preview_is_filled_and_sends_nothing(h: Harness) -> Verdict {
    let template = create(&h, "preview", "Hello").await?;
    let seen = h
        .mailer
        .render_template(&template.id, &data("A & B"))
        .await?;
    ensure_eq!(seen.subject, "Hello A & B", "the subject");
    let text = plain(seen.text.as_deref());
    ensure_eq!(text, "Hello: A & B", "the text");
    let html = plain(seen.html.as_deref());
    ensure_eq!(html, "<p>Hello: A &amp; B</p>", "the HTML");
    let missing = h
        .mailer
        .render_template(&template.id, &MergeData::new())
        .await;
    ensure_kind!(missing, InvalidInput, "a preview without its value");
    Ok(())
}
