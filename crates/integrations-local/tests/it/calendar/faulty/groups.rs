//! The groups of the provider in which one thing is wrong.

use async_trait::async_trait;
use bytes::Bytes;
use integrations_core::calendar::*;
use integrations_core::{Page, PageRequest, Result};

use super::{Fault, Faulty};

#[async_trait]
impl SharingProvider for Faulty {
    async fn list_acl(&self, calendar: &CalendarId, page: &PageRequest) -> Result<Page<AclRule>> {
        self.inner.sharing().unwrap().list_acl(calendar, page).await
    }
    async fn put_acl(
        &self,
        calendar: &CalendarId,
        scope: &AclScope,
        role: &AclRole,
    ) -> Result<AclRule> {
        let sharing = self.inner.sharing().unwrap();
        if self.has(Fault::KeepsTheOldRole) {
            let rules = sharing
                .list_acl(calendar, &PageRequest::default())
                .await?
                .items;
            if let Some(rule) = rules.into_iter().find(|rule| rule.scope == *scope) {
                return Ok(rule);
            }
        }
        sharing.put_acl(calendar, scope, role).await
    }
    async fn remove_acl(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()> {
        self.inner
            .sharing()
            .unwrap()
            .remove_acl(calendar, rule)
            .await
    }
}

#[async_trait]
impl SyncProvider for Faulty {
    async fn sync_page(&self, calendar: &CalendarId, from: &SyncFrom) -> Result<SyncPage> {
        let sync = self.inner.sync().unwrap();
        let mut page = match (self.fault, from) {
            (Fault::SendsEverythingEachTime, SyncFrom::Token(_)) => {
                sync.sync_page(calendar, &SyncFrom::Start).await?
            }
            _ => sync.sync_page(calendar, from).await?,
        };
        if page == SyncPage::Expired && self.has(Fault::HidesTheReset) {
            page = sync.sync_page(calendar, &SyncFrom::Start).await?;
        }
        if let (SyncPage::Changes { changes, .. }, Fault::MissesDeletions) = (&mut page, self.fault)
        {
            changes.retain(|change| matches!(change, Change::Upserted(_)));
        }
        if let (SyncPage::Changes { changes, .. }, Fault::LosesTheFirstOfASync, SyncFrom::Start) =
            (&mut page, self.fault, from)
        {
            changes.drain(..changes.len().min(1));
        }
        Ok(page)
    }
}

#[async_trait]
impl WatchProvider for Faulty {
    async fn watch(&self, request: &WatchRequest) -> Result<Watch> {
        let watch = self.inner.watching().unwrap().watch(request).await?;
        if self.has(Fault::ForgetsToNotify) {
            self.inner.watching().unwrap().stop_watch(&watch).await?;
        }
        Ok(watch)
    }
    async fn renew_watch(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch> {
        self.inner
            .watching()
            .unwrap()
            .renew_watch(watch, request)
            .await
    }
    async fn stop_watch(&self, watch: &Watch) -> Result<()> {
        if self.has(Fault::KeepsOnNotifying) {
            return Ok(());
        }
        self.inner.watching().unwrap().stop_watch(watch).await
    }
}

#[async_trait]
impl AttachmentProvider for Faulty {
    async fn add_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &NewAttachment,
    ) -> Result<Attachment> {
        let inner = self.inner.attachments().unwrap();
        inner.add_attachment(calendar, event, attachment).await
    }
    async fn read_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<Bytes> {
        let inner = self.inner.attachments().unwrap();
        inner.read_attachment(calendar, event, attachment).await
    }
    async fn remove_attachment(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<()> {
        if self.has(Fault::KeepsRemovedContent) {
            return Ok(());
        }
        let inner = self.inner.attachments().unwrap();
        inner.remove_attachment(calendar, event, attachment).await
    }
}
