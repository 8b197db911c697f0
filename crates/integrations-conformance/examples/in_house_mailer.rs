//! A mail provider of one's own, whole, and its conformance: `cargo run -p integrations-conformance
//! --example in_house_mailer`.
#![allow(clippy::print_stdout)]
use std::sync::{Arc, Mutex, PoisonError};

use integrations_conformance::{Options, email, run};
use integrations_core::email::*;
use integrations_core::*;

/// Puts mail into pigeonholes: text and HTML for to, cc and bcc. Nothing more is declared.
#[derive(Debug, Clone)]
struct Pigeonholes {
    descriptor: Descriptor,
    capabilities: EmailCapabilities,
    mails: Arc<Mutex<Vec<(EmailAddress, ReceivedMessage)>>>,
}

#[async_trait]
impl Integration for Pigeonholes {
    fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
    async fn connect(&self) -> Result<()> {
        Ok(())
    }
    async fn check_health(&self) -> Health {
        Health::healthy(std::time::Duration::ZERO)
    }
    fn status(&self) -> Status {
        Status::new(ConnectionState::Connected, None)
    }
}

#[async_trait]
impl EmailProvider for Pigeonholes {
    fn capabilities(&self) -> &EmailCapabilities {
        &self.capabilities
    }
    async fn send(&self, message: &EmailMessage, options: &SendOptions) -> Result<SendReport> {
        self.capabilities.check_message(message)?; // Refused, not dropped.
        self.capabilities.check_options(options)?;
        let mut mail = ReceivedMessage::new(format!("{:?} {:?}", message.to, message.cc));
        (mail.to, mail.cc) = (message.to.clone(), message.cc.clone());
        (mail.text, mail.html) = (message.text.clone(), message.html.clone());
        (mail.from, mail.reply_to) = (Some(message.from.clone()), message.reply_to.clone());
        mail.subject = Some(message.subject.clone());
        let mut mails = self.mails.lock().unwrap_or_else(PoisonError::into_inner);
        let mut report = SendReport::new(format!("mail-{}", mails.len()), vec![]);
        for to in message.recipients().map(Mailbox::address).cloned() {
            mails.push((to.clone(), mail.clone()));
            let result = RecipientResult::new(to, RecipientStatus::Sent);
            report.recipients.push(result);
        }
        Ok(report)
    }
}

#[tokio::main]
async fn main() {
    let harness = || async {
        let holes = Pigeonholes {
            descriptor: Descriptor::new("pigeonholes", Category::EMAIL, "in-house"),
            capabilities: EmailCapabilities::new(),
            mails: Arc::default(),
        };
        email::Harness::new(holes.clone().into()).with_mailbox(Arc::new(move |address| {
            let mails = holes.mails.lock().unwrap_or_else(PoisonError::into_inner);
            let mails = mails.clone().into_iter();
            let mails = mails.filter(|(to, _)| *to == address).map(|(_, mail)| mail);
            Box::pin(std::future::ready(Ok(mails.collect())))
        }))
    };
    let options =
        Options::default().except("a_message_is_there_soon_with_its_date", "no headers here");
    let report = run(&email::suite(), "pigeonholes", harness, &options).await;
    println!("{report}");
    assert!(report.is_green());
}
