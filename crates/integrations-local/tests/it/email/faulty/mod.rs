//! A provider in which one thing is wrong.

mod groups;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use integrations_core::email::*;
use integrations_core::{
    Descriptor, Error, ErrorKind, Health, IdempotencyKey, Integration, Page, PageRequest, Result,
    Status,
};
use integrations_local::email::LocalMailer;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    DropsHeaders,
    KeepsOneHeaderPerName,
    DropsFiles,
    CutsFiles,
    RenamesContentIds,
    SavesImagesAsFiles,
    DropsText,
    DropsReplyTo,
    DropsCc,
    ForgetsBcc,
    ShowsBcc,
    ShufflesResults,
    RepeatsItsId,
    ForgetsTheReturnPath,
    DeclaresAmpAndDropsIt,
    SendsRawToTheFirstOnly,
    SendsAgainForAKey,
    IgnoresAKeysMessage,
    FillsMissingValuesWithNothing,
    DoesNotEscape,
    EscapesEverywhere,
    MixesUpMergeData,
    ShowsTheWholeBatch,
    StopsAtTheFirstRejection,
    SaysThatAllIsWell,
    LosesTheLastOfABatch,
    IgnoresSuppressions,
    ComparesAddressesByCase,
    UnsubscribesFromEverything,
    TakesOffEveryGroup,
    KeepsOnlyTheFirstAction,
    FailsWhenItIsGone,
    SendsScheduledMailAtOnce,
    DoesNotCancel,
    DropsTags,
    DropsMetadata,
    TracksAnyway,
    ListsOnlyTheFirstPage,
    ListsForEver,
    IgnoresTheQueryOfEvents,
    CountsEverythingUnderEveryTag,
    ActivatesNewVersions,
    IgnoresVersions,
    WipesOnUpdate,
    KeepsDeletedTemplates,
    MakesAgainForAKey,
    SwallowsErrors,
    FailsOnBadAddresses,
    TriesRoutesAsTheyWereMade,
    DoesWhatItDoesNotDeclare,
    SendsBeforeItRefuses,
    LooksUpItsName,
    ChangesItsName,
    FailsOnTheSecondConnect,
    HidesAGroup,
    SendsWithoutADate,
    CutsLongLines,
    AddsAFooter,
    DropsNames,
    DropsUnsubscribe,
    SendsOnceForAnyKey,
    LosesLaterParts,
    DropsTemplates,
    IgnoresChanges,
    JudgesEverythingInvalid,
    JudgesInReverse,
    ForgetsWeights,
    CountsNoTest,
    IgnoresTheWinner,
    IgnoresTheQueryOfSuppressions,
    IgnoresTheGroupOfAQuery,
    PreviewsWithoutFilling,
    DropsDescriptions,
    RecordsNoEvents,
    AddsNobody,
    TakesNobodyOff,
    ShoutsNames,
    CountsNothing,
    CountsAllTimes,
    StoresInsteadOfForwarding,
    DropsLast,
}

#[derive(Debug)]
pub(super) struct Faulty {
    local: LocalMailer,
    fault: Fault,
    capabilities: EmailCapabilities,
    sent: AtomicU64,
    answered: Mutex<BTreeMap<IdempotencyKey, SendReport>>,
    other: Descriptor,
    connected: AtomicU64,
}

impl Faulty {
    pub(super) fn new(local: LocalMailer, fault: Fault) -> Self {
        let mut capabilities = local.capabilities().clone();
        if matches!(
            fault,
            Fault::DoesWhatItDoesNotDeclare | Fault::SendsBeforeItRefuses
        ) {
            capabilities.metadata = false;
        }
        let other = local.descriptor().clone().with_name("another");
        Self {
            local,
            fault,
            capabilities,
            sent: AtomicU64::new(0),
            answered: Mutex::default(),
            other,
            connected: AtomicU64::new(0),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// Asks the service for something. In memory there is nothing to wait for.
    fn look(&self) {
        self.local.outbox().now_or_never().unwrap().unwrap();
    }

    /// A request leaves.
    fn leave(&self) -> &LocalMailer {
        self.sent.fetch_add(1, Ordering::Relaxed);
        &self.local
    }

    /// The message as this provider sends it.
    fn altered(&self, message: &EmailMessage) -> EmailMessage {
        let mut m = message.clone();
        match self.fault {
            Fault::DropsHeaders => m.headers.clear(),
            Fault::KeepsOneHeaderPerName => {
                let names: BTreeMap<_, _> = m.headers.drain(..).collect();
                m.headers = names.into_iter().collect();
            }
            Fault::DropsFiles => m.attachments.retain(|a| a.content_id().is_some()),
            Fault::CutsFiles => {
                for file in &mut m.attachments {
                    file.content.truncate(65_536);
                }
            }
            Fault::RenamesContentIds => {
                for (number, file) in m.attachments.iter_mut().enumerate() {
                    if let Disposition::Inline { content_id } = &mut file.disposition {
                        *content_id = format!("image{number}");
                    }
                }
            }
            Fault::SavesImagesAsFiles => {
                for file in &mut m.attachments {
                    file.disposition = Disposition::Attachment;
                }
            }
            Fault::DropsText if m.html.is_some() => m.text = None,
            Fault::DropsReplyTo => m.reply_to.clear(),
            Fault::DropsCc => m.cc.clear(),
            Fault::ForgetsBcc => m.bcc.clear(),
            Fault::ShowsBcc => {
                let bcc: Vec<String> = m.bcc.iter().map(ToString::to_string).collect();
                if !bcc.is_empty() {
                    m.headers.push(("Bcc".into(), bcc.join(", ")));
                }
            }
            Fault::ForgetsTheReturnPath => m.envelope_sender = None,
            Fault::DeclaresAmpAndDropsIt => m.amp = None,
            Fault::DropsTags => m.tags.clear(),
            Fault::DropsMetadata => m.metadata.clear(),
            Fault::TracksAnyway => m.tracking = Tracking::default(),
            Fault::IgnoresVersions => {
                if let Some(template) = &mut m.template {
                    template.version = None;
                }
            }
            Fault::FillsMissingValuesWithNothing => {
                for name in ["name", "surname"] {
                    let blank = || String::new().into();
                    m.merge_data.entry(name).or_insert_with(blank);
                }
            }
            Fault::CutsLongLines => {
                if let Some(text) = &m.text {
                    let lines = text.split('\n').flat_map(|line| {
                        let chars: Vec<char> = line.chars().collect();
                        let cut = chars.chunks(998).map(|cut| cut.iter().collect::<String>());
                        let mut cut: Vec<_> = cut.collect();
                        if cut.is_empty() {
                            cut.push(String::new());
                        }
                        cut
                    });
                    m.text = Some(lines.collect::<Vec<_>>().join("\n"));
                }
            }
            Fault::AddsAFooter => {
                if let Some(text) = &mut m.text {
                    text.push_str("\n-- \nsent for nothing");
                }
            }
            Fault::DropsNames => {
                for to in &mut m.to {
                    *to = to.address().clone().into();
                }
            }
            Fault::DropsUnsubscribe => m.unsubscribe = None,
            Fault::DropsTemplates if m.template.is_some() => {
                m.template = None;
                m.text = Some("Hello".into());
            }
            Fault::DoesNotEscape => {
                let value = |data: &MergeData| data.get("name")?.as_str().map(str::to_owned);
                if let (Some(html), Some(name)) = (&m.html, value(&m.merge_data)) {
                    m.html = Some(html.replace("{{name}}", &name));
                }
            }
            Fault::EscapesEverywhere => {
                for value in m.merge_data.values_mut() {
                    if let Some(text) = value.as_str() {
                        *value = text.replace('&', "&amp;").replace('<', "&lt;").into();
                    }
                }
            }
            _ => {}
        }
        m
    }

    fn options(&self, options: &SendOptions) -> SendOptions {
        let mut options = options.clone();
        if self.has(Fault::SendsAgainForAKey) {
            options.idempotency_key = None;
        }
        if self.has(Fault::SendsScheduledMailAtOnce) {
            options.send_at = None;
        }
        options
    }

    /// The report as this provider gives it.
    fn report(&self, mut report: SendReport, options: &SendOptions) -> SendReport {
        if self.has(Fault::ShufflesResults) {
            report.recipients.reverse();
        }
        if self.has(Fault::RepeatsItsId) {
            report.ids = vec!["message".into()];
        }
        for result in &mut report.recipients {
            if self.has(Fault::SaysThatAllIsWell) {
                result.status = RecipientStatus::Queued;
                result.reject_reason = None;
            }
            if self.has(Fault::SendsScheduledMailAtOnce) && options.send_at.is_some() {
                result.status = RecipientStatus::Scheduled;
            }
        }
        report
    }

    /// Takes everybody off the lists.
    async fn forget(&self, who: &[EmailAddress]) -> Result<()> {
        for address in who {
            for entry in self.local.get_suppressions(address).await? {
                let group_only = self.has(Fault::UnsubscribesFromEverything);
                if !group_only {
                    self.local
                        .remove_suppression(address, &(&entry).into())
                        .await?;
                }
            }
        }
        Ok(())
    }

    fn page<T>(&self, mut page: Page<T>, request: &PageRequest) -> Page<T> {
        if self.has(Fault::ListsOnlyTheFirstPage) {
            page.next = None;
        }
        if self.has(Fault::ListsForEver) {
            page.next = request.cursor.clone().or(page.next);
        }
        page
    }

    fn undeclared(&self, message: &EmailMessage) -> Result<()> {
        if self.has(Fault::DoesWhatItDoesNotDeclare) {
            return Ok(());
        }
        if self.has(Fault::SendsBeforeItRefuses) && !message.metadata.is_empty() {
            self.look();
        }
        self.capabilities.check_message(message)
    }
}

#[async_trait]
impl Integration for Faulty {
    fn descriptor(&self) -> &Descriptor {
        let asked = match self.fault {
            Fault::LooksUpItsName => {
                self.look();
                0
            }
            Fault::ChangesItsName => self.connected.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
        match self.has(Fault::ChangesItsName) && asked % 2 == 1 {
            true => &self.other,
            false => self.local.descriptor(),
        }
    }
    async fn connect(&self) -> Result<()> {
        let before = self.connected.fetch_add(1, Ordering::Relaxed);
        if before > 0 && self.has(Fault::FailsOnTheSecondConnect) {
            let what = "it is connected already";
            return Err(Error::new(ErrorKind::Conflict, what));
        }
        self.local.connect().await
    }
    async fn check_health(&self) -> Health {
        self.local.check_health().await
    }
    fn status(&self) -> Status {
        self.local.status()
    }
}

#[async_trait]
impl EmailProvider for Faulty {
    fn capabilities(&self) -> &EmailCapabilities {
        &self.capabilities
    }

    async fn send(&self, message: &EmailMessage, options: &SendOptions) -> Result<SendReport> {
        self.undeclared(message)?;
        let key = options.idempotency_key.clone();
        if let (true, Some(key)) = (self.has(Fault::IgnoresAKeysMessage), &key)
            && let Some(report) = self.answered.lock().unwrap().get(key)
        {
            return Ok(report.clone());
        }
        if let (Fault::SendsOnceForAnyKey, Some(_)) = (self.fault, &key)
            && let Some(report) = self.answered.lock().unwrap().values().next()
        {
            return Ok(report.clone());
        }
        if self.has(Fault::SendsWithoutADate) && options.send_at.is_none() {
            let to: Vec<_> = message.recipients().map(|m| m.address().clone()).collect();
            let mime = format!(
                "From: {}\r\nSubject: x\r\nMessage-ID: <a@b.example>\r\n\r\nHello\r\n",
                message.from.address()
            );
            let envelope = Envelope::new(message.from.address().clone(), to);
            let now = SendOptions::default();
            return self.leave().send_raw(&envelope, &mime.into(), &now).await;
        }
        if self.has(Fault::IgnoresSuppressions) {
            let who: Vec<_> = message.recipients().map(|m| m.address().clone()).collect();
            self.forget(&who).await?;
        }
        let (altered, how) = (self.altered(message), self.options(options));
        let sent = match self.leave().send(&altered, &how).await {
            Err(_) if self.has(Fault::SwallowsErrors) => {
                let queued = |m: &Mailbox| {
                    RecipientResult::new(m.address().clone(), RecipientStatus::Queued)
                };
                SendReport::new("lost", message.recipients().map(queued).collect())
            }
            other => other?,
        };
        let report = self.report(sent, options);
        if let Some(key) = key {
            self.answered.lock().unwrap().insert(key, report.clone());
        }
        Ok(report)
    }

    async fn send_batch(
        &self,
        message: &EmailMessage,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<SendReport> {
        let first = recipients.first().map(|r| r.personalize(message));
        self.undeclared(first.as_ref().unwrap_or(message))?;
        let (mut altered, how) = (self.altered(message), self.options(options));
        let mut all = recipients.to_vec();
        match self.fault {
            Fault::MixesUpMergeData => {
                let data: Vec<_> = all.iter().map(|r| r.merge_data.clone()).collect();
                for (recipient, data) in all.iter_mut().zip(data.into_iter().cycle().skip(1)) {
                    recipient.merge_data = data;
                }
            }
            Fault::ShowsTheWholeBatch => {
                altered.to = all.iter().map(|r| r.mailbox.clone()).collect();
                return self.leave().send(&altered, &how).await;
            }
            Fault::StopsAtTheFirstRejection => {
                for (number, recipient) in recipients.iter().enumerate() {
                    let address = recipient.mailbox.address();
                    if !self.local.get_suppressions(address).await?.is_empty() {
                        all.truncate(number);
                    }
                }
            }
            Fault::LosesLaterParts if self.sent.load(Ordering::Relaxed) > 0 => {
                let queued = |r: &Recipient| {
                    let address = r.mailbox.address().clone();
                    RecipientResult::new(address, RecipientStatus::Queued)
                };
                return Ok(SendReport::new("lost", all.iter().map(queued).collect()));
            }
            Fault::LosesTheLastOfABatch if all.len() > 1 => drop(all.pop()),
            Fault::DropsHeaders => all.iter_mut().for_each(|r| r.headers.clear()),
            Fault::DropsMetadata => all.iter_mut().for_each(|r| r.metadata.clear()),
            _ => {}
        }
        let sent = self.leave().send_batch(&altered, &all, &how).await?;
        let mut report = self.report(sent, options);
        // Nobody notices by the number of results.
        for missing in recipients.iter().skip(report.recipients.len()) {
            let address = missing.mailbox.address().clone();
            let result = RecipientResult::new(address, RecipientStatus::Queued);
            report.recipients.push(result);
        }
        Ok(report)
    }

    async fn send_raw(
        &self,
        envelope: &Envelope,
        mime: &Bytes,
        options: &SendOptions,
    ) -> Result<SendReport> {
        let mut shorter = envelope.clone();
        if self.has(Fault::SendsRawToTheFirstOnly) {
            shorter.to.truncate(1);
        }
        let mut report = self.leave().send_raw(&shorter, mime, options).await?;
        for missing in envelope.to.iter().skip(report.recipients.len()) {
            let result = RecipientResult::new(missing.clone(), RecipientStatus::Queued);
            report.recipients.push(result);
        }
        Ok(report)
    }

    async fn cancel_scheduled(&self, id: &MessageId) -> Result<()> {
        if self.has(Fault::DoesNotCancel) {
            return Ok(());
        }
        self.leave().cancel_scheduled(id).await
    }

    fn templates(&self) -> Option<&dyn TemplateStore> {
        Some(self)
    }
    fn suppressions(&self) -> Option<&dyn SuppressionStore> {
        Some(self)
    }
    fn analytics(&self) -> Option<&dyn EmailAnalytics> {
        Some(self)
    }
    fn validation(&self) -> Option<&dyn AddressValidator> {
        (!self.has(Fault::HidesAGroup)).then_some(self as &dyn AddressValidator)
    }
    fn inbound(&self) -> Option<&dyn InboundRoutes> {
        Some(self)
    }
    fn ab_tests(&self) -> Option<&dyn AbTestProvider> {
        Some(self)
    }
}
