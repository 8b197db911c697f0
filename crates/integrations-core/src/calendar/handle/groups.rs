//! What not every provider has.

use std::sync::Arc;

use bytes::Bytes;

use super::{Calendar, check_id};
use crate::calendar::groups::{
    AclRole, AclRule, AclRuleId, AclScope, NewAttachment, SyncFrom, SyncNext, SyncPage, SyncResult,
    SyncToken, Watch, WatchRequest,
};
use crate::calendar::model::{Attachment, AttachmentId, CalendarId, EventId};
use crate::calendar::{
    AttachmentProvider, CalendarProvider, SharingProvider, SyncProvider, WatchProvider,
};
use crate::call;
use crate::error::{Error, ErrorKind, Result};
use crate::page::{PageRequest, Paged};

macro_rules! group {
    ($(#[$doc:meta])* $name:ident, $method:ident, $provider:ident, $feature:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Arc<dyn CalendarProvider>);

        impl Calendar {
            $(#[$doc])*
            ///
            /// # Errors
            /// `Unsupported` where the provider has none.
            pub fn $method(&self) -> Result<$name> {
                let group = $name(self.0.clone());
                group.driver().map(|_| ())
                    .map_err(|error| error.in_call(&self.0.descriptor().name, $feature))?;
                Ok(group)
            }
        }

        impl $name {
            fn driver(&self) -> Result<&dyn $provider> {
                let declared = self.0.capabilities().$method;
                let driver = self.0.$method().filter(|_| declared);
                driver.ok_or_else(|| Error::unsupported($feature))
            }
        }
    };
}

group! {
    /// Sharing of calendars.
    Sharing, sharing, SharingProvider, "sharing"
}

impl Sharing {
    /// A calendar's rules.
    #[must_use]
    pub fn list(&self, calendar: &CalendarId) -> Paged<AclRule> {
        let (this, calendar) = (self.clone(), calendar.clone());
        Paged::new(PageRequest::default(), move |page| {
            let (this, calendar) = (this.clone(), calendar.clone());
            async move {
                call::run(&*this.0, "list_acl", async {
                    check_id(calendar.as_str())?;
                    this.driver()?.list_acl(&calendar, &page).await
                })
                .await
            }
        })
    }

    /// Gives somebody a role, in place of the one that they had.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `InvalidInput` for an empty address.
    pub async fn put(
        &self,
        calendar: &CalendarId,
        scope: AclScope,
        role: AclRole,
    ) -> Result<AclRule> {
        call::run(&*self.0, "put_acl", async {
            check_id(calendar.as_str())?;
            if let AclScope::User(who) | AclScope::Group(who) | AclScope::Domain(who) = &scope {
                check_id(who)?;
            }
            self.driver()?.put_acl(calendar, &scope, &role).await
        })
        .await
    }

    /// Takes a rule away. One that is not there is no error.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `Conflict` for the last owner.
    pub async fn remove(&self, calendar: &CalendarId, rule: &AclRuleId) -> Result<()> {
        call::run(&*self.0, "remove_acl", async {
            check_id(calendar.as_str())?;
            check_id(rule.as_str())?;
            self.driver()?.remove_acl(calendar, rule).await
        })
        .await
    }
}

group! {
    /// Content attached to events.
    Attachments, attachments, AttachmentProvider, "attachments"
}

impl Attachments {
    /// Attaches content to an event or a series.
    ///
    /// # Errors
    /// `NotFound` for the event; `InvalidInput` for a name that is not one line.
    pub async fn add(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        new: NewAttachment,
    ) -> Result<Attachment> {
        call::run(&*self.0, "add_attachment", async {
            check_id(calendar.as_str())?;
            check_id(event.as_str())?;
            check_id(&new.name)?;
            self.driver()?.add_attachment(calendar, event, &new).await
        })
        .await
    }

    /// The bytes of an attachment.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn read(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<Bytes> {
        call::run(&*self.0, "read_attachment", async {
            check_id(calendar.as_str())?;
            check_id(event.as_str())?;
            check_id(attachment.as_str())?;
            self.driver()?
                .read_attachment(calendar, event, attachment)
                .await
        })
        .await
    }

    /// Takes an attachment away. One that is not there is no error.
    ///
    /// # Errors
    /// `NotFound` for the event.
    pub async fn remove(
        &self,
        calendar: &CalendarId,
        event: &EventId,
        attachment: &AttachmentId,
    ) -> Result<()> {
        call::run(&*self.0, "remove_attachment", async {
            check_id(calendar.as_str())?;
            check_id(event.as_str())?;
            check_id(attachment.as_str())?;
            self.driver()?
                .remove_attachment(calendar, event, attachment)
                .await
        })
        .await
    }
}

group! {
    /// Notices of changes by webhook.
    Watching, watching, WatchProvider, "watch"
}

impl Watching {
    /// Subscribes to a calendar's changes.
    ///
    /// # Errors
    /// `NotFound` for the calendar; `InvalidInput` for a callback that is not https.
    pub async fn start(&self, request: &WatchRequest) -> Result<Watch> {
        call::run(&*self.0, "watch", async {
            check_watch(request)?;
            self.driver()?.watch(request).await
        })
        .await
    }

    /// Makes a subscription hold longer. Use the one that is answered from now on.
    ///
    /// # Errors
    /// `NotFound` when it ended already: subscribe again and synchronise.
    pub async fn renew(&self, watch: &Watch, request: &WatchRequest) -> Result<Watch> {
        call::run(&*self.0, "renew_watch", async {
            check_watch(request)?;
            self.driver()?.renew_watch(watch, request).await
        })
        .await
    }

    /// Ends a subscription. One that ended already is no error.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn stop(&self, watch: &Watch) -> Result<()> {
        call::run(&*self.0, "stop_watch", async {
            self.driver()?.stop_watch(watch).await
        })
        .await
    }
}

fn check_watch(request: &WatchRequest) -> Result<()> {
    check_id(request.calendar.as_str())?;
    if request.callback.scheme() != "https" {
        return Err(Error::invalid_input("notices go to an https URL only"));
    }
    Ok(())
}

impl Calendar {
    /// What changed in a calendar since a token, complete; without a token, everything. When the
    /// token is too old for the provider it starts over by itself and says so in
    /// [`SyncResult::reset`].
    ///
    /// Store the new token together with the changes: a run that was cut off is repeated from the
    /// old one.
    ///
    /// # Errors
    /// `Unsupported`; `NotFound` for the calendar; what the provider answers. Nothing is given in
    /// part.
    pub async fn sync(
        &self,
        calendar: &CalendarId,
        token: Option<&SyncToken>,
    ) -> Result<SyncResult> {
        call::run(&*self.0, "sync", async {
            check_id(calendar.as_str())?;
            let declared = self.capabilities().sync;
            let driver = self.0.sync().filter(|_| declared);
            let driver = driver.ok_or_else(|| Error::unsupported("sync"))?;
            if let Some(token) = token {
                let from = SyncFrom::Token(token.clone());
                if let Some(result) = read_all(driver, calendar, from, false).await? {
                    return Ok(result);
                }
            }
            let everything = read_all(driver, calendar, SyncFrom::Start, true).await?;
            everything.ok_or_else(|| {
                Error::new(
                    ErrorKind::Decode,
                    "the provider says that the very start is too old",
                )
            })
        })
        .await
    }
}

/// Every page of a run; `None` when the token is too old.
async fn read_all(
    driver: &dyn SyncProvider,
    calendar: &CalendarId,
    first: SyncFrom,
    reset: bool,
) -> Result<Option<SyncResult>> {
    let mut changes = Vec::new();
    let mut from = first;
    loop {
        let SyncPage::Changes {
            changes: page,
            next,
        } = driver.sync_page(calendar, &from).await?
        else {
            return Ok(None);
        };
        changes.extend(page);
        let next = match next {
            SyncNext::Done(token) => {
                return Ok(Some(SyncResult {
                    changes,
                    token,
                    reset,
                }));
            }
            SyncNext::More(cursor) => SyncFrom::Cursor(cursor),
        };
        if next == from {
            return Err(Error::new(
                ErrorKind::Decode,
                "the provider answered the same page cursor twice",
            ));
        }
        from = next;
    }
}
