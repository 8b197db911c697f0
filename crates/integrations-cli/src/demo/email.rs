//! A mail from a template.

use integrations::Error;
use integrations::email::{Mailbox, Mailer, MergeData, NewTemplate, TemplateContent};
use integrations::local::email::LocalMailer;

use super::log::Log;

pub(super) async fn run(
    mailer: &Mailer,
    to: Option<&str>,
    local: Option<&LocalMailer>,
    log: &mut Log<'_>,
) {
    let Some(to) = to else {
        log.skip(
            "send_template",
            "name an address with --email to send to it",
        );
        return;
    };
    let Some(template) = log
        .step("create_template", async {
            let content = TemplateContent::new("Welcome, {{name}}")
                .with_text("Hello {{name}}, your code is {{code}}.")
                .with_html("<p>Hello {{name}}, your code is <b>{{code}}</b>.</p>");
            let template = mailer
                .create_template(&NewTemplate::new("welcome", content))
                .await?;
            Ok((
                template,
                "\"Welcome, {{name}}\" as text and as HTML".to_owned(),
            ))
        })
        .await
    else {
        return;
    };
    log.step("send_template", async {
        let sender: Mailbox = "Shop <shop@example.com>".parse()?;
        let recipient: Mailbox = to.parse()?;
        let mut data = MergeData::default();
        data.insert("name".to_owned(), "Ada".into());
        data.insert("code".to_owned(), "1042".into());
        let mailer = mailer.clone().with_sender(sender);
        let report = mailer
            .send_template(template.id.clone(), recipient, data)
            .await?;
        Ok((
            (),
            format!(
                "to {to}: {} recipient accepted, none lost",
                report.accepted()
            ),
        ))
    })
    .await;
    if let Some(local) = local {
        log.step("mailbox", async {
            let address = to.parse()?;
            let all = local.mailbox(&address).await?;
            let first = all.first().ok_or_else(|| Error::not_found("the mail"))?;
            Ok((
                (),
                format!(
                    "it arrived: \"{}\"",
                    first.subject.as_deref().unwrap_or_default()
                ),
            ))
        })
        .await;
    }
    log.step("delete_template", async {
        mailer.delete_template(&template.id).await?;
        Ok(((), "it is gone again".to_owned()))
    })
    .await;
}
