//! Registrants.

use async_trait::async_trait;
use integrations_core::video::{
    NewRegistrant, Registrant, RegistrantId, RegistrantProvider, RegistrantStatus,
    RegistrationTarget,
};
use integrations_core::{Error, ErrorKind, Page, PageRequest, Result, unsupported};
use url::Url;

use super::LocalMeetings;

#[async_trait]
impl RegistrantProvider for LocalMeetings {
    async fn add_registrant(
        &self,
        target: &RegistrationTarget,
        new: &NewRegistrant,
    ) -> Result<Registrant> {
        self.capabilities.check_registration(target)?;
        self.change(|account| {
            let (asks, registrants) = account.registration(target)?;
            if !asks {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    "it does not ask for registration",
                ));
            }
            let known = registrants
                .iter()
                .find(|one| one.email.eq_ignore_ascii_case(&new.email));
            if let Some(known) = known {
                return Ok(known.clone());
            }
            let id = uuid::Uuid::now_v7().to_string();
            let registrant = Registrant::new(id, new.clone(), RegistrantStatus::Pending);
            registrants.push(registrant.clone());
            Ok(registrant)
        })
        .await
    }

    async fn list_registrants(
        &self,
        target: &RegistrationTarget,
        status: Option<RegistrantStatus>,
        page: &PageRequest,
    ) -> Result<Page<Registrant>> {
        self.capabilities.check_registration(target)?;
        let mut account = self.account().await?;
        let (_, all) = account.registration(target)?;
        let wanted = all
            .iter()
            .filter(|one| status.as_ref().is_none_or(|status| *status == one.status));
        Page::slice_by(wanted.cloned().collect(), page, self.page_size, |one| {
            one.id.as_str()
        })
    }

    async fn set_registrant_status(
        &self,
        target: &RegistrationTarget,
        registrant: &RegistrantId,
        status: &RegistrantStatus,
    ) -> Result<()> {
        self.capabilities.check_registration(target)?;
        let place = match target {
            RegistrationTarget::Webinar(id) => format!("w/{id}"),
            RegistrationTarget::Meeting(id) => id.to_string(),
            _ => return Err(Error::unsupported("registration for this")),
        };
        self.change(|account| {
            let (_, registrants) = account.registration(target)?;
            let found = registrants.iter_mut().find(|one| one.id == *registrant);
            let found = found.ok_or_else(|| {
                Error::not_found(format_args!("the registrant {:?}", registrant.as_str()))
            })?;
            found.status = status.clone();
            found.join_url = None;
            if *status == RegistrantStatus::Approved {
                let link = Url::parse(&format!("https://meet.invalid/{place}?tk={registrant}"));
                found.join_url =
                    Some(link.map_err(|_| Error::internal("the link of a registrant is no URL"))?);
            }
            Ok(())
        })
        .await
    }

    async fn remove_registrant(
        &self,
        target: &RegistrationTarget,
        registrant: &RegistrantId,
    ) -> Result<()> {
        self.capabilities.check_registration(target)?;
        if !self.capabilities.registrant_remove {
            return Err(unsupported(self, "registrant_remove"));
        }
        self.change(|account| {
            let (_, registrants) = account.registration(target)?;
            registrants.retain(|one| one.id != *registrant);
            Ok(())
        })
        .await
    }
}
