//! What not every provider has.

use std::sync::Arc;

use bytes::Bytes;

use super::{Calendar, check_id};
use crate::calendar::groups::{
    AclRole, AclRule, AclRuleId, AclScope, NewAttachment, Watch, WatchRequest,
};
use crate::calendar::model::{Attachment, AttachmentId, CalendarId, EventId};
use crate::calendar::{AttachmentProvider, CalendarProvider, SharingProvider, WatchProvider};
use crate::call;
use crate::error::{Error, Result};
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
        self.list_from(calendar, PageRequest::default())
    }

    /// [`list`](Self::list) from a page on, or with a page size.
    #[must_use]
    pub fn list_from(&self, calendar: &CalendarId, first: PageRequest) -> Paged<AclRule> {
        let (this, calendar) = (self.clone(), calendar.clone());
        Paged::new(first, move |page| {
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
