//! Registrants.

use super::group;
use crate::call;
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};
use crate::video::registrants::{
    NewRegistrant, Registrant, RegistrantId, RegistrantStatus, RegistrationTarget,
};
use crate::video::rules::check_id;

group! {
    /// Registration for meetings and webinars that ask for it.
    Registrants, registrants, RegistrantProvider, |has| has.registrants || has.webinar_registrants
}

impl Registrants {
    /// Registers somebody. The same address twice is one registration.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for a meeting or webinar that does not ask for registration;
    /// `Unsupported`.
    pub async fn add(
        &self,
        target: impl Into<RegistrationTarget>,
        new: NewRegistrant,
    ) -> Result<Registrant> {
        let target = target.into();
        call::run(&*self.0, "add_registrant", async {
            new.check()?;
            self.check(&target)?;
            self.driver()?.add_registrant(&target, &new).await
        })
        .await
    }

    /// Those who registered, all or those of one status.
    #[must_use]
    pub fn list(
        &self,
        target: impl Into<RegistrationTarget>,
        status: Option<RegistrantStatus>,
    ) -> Paged<Registrant> {
        self.list_from(target, status, PageRequest::default())
    }

    /// [`list`](Self::list) from a page on, or with a page size.
    #[must_use]
    pub fn list_from(
        &self,
        target: impl Into<RegistrationTarget>,
        status: Option<RegistrantStatus>,
        first: PageRequest,
    ) -> Paged<Registrant> {
        let (this, target) = (self.clone(), target.into());
        Paged::new(first, move |page| {
            let (this, target, status) = (this.clone(), target.clone(), status.clone());
            async move {
                call::run(&*this.0, "list_registrants", async {
                    this.check(&target)?;
                    this.driver()?
                        .list_registrants(&target, status, &page)
                        .await
                })
                .await
            }
        })
    }

    /// Decides on somebody: `Approved`, `Denied` or `Cancelled`.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for another status; `Unsupported`.
    pub async fn set_status(
        &self,
        target: impl Into<RegistrationTarget>,
        registrant: &RegistrantId,
        status: RegistrantStatus,
    ) -> Result<()> {
        let target = target.into();
        call::run(&*self.0, "set_registrant_status", async {
            check_id(registrant.as_str())?;
            if matches!(
                status,
                RegistrantStatus::Pending | RegistrantStatus::Other(_)
            ) {
                return Err(Error::invalid_input(
                    "decide: approved, denied or cancelled",
                ));
            }
            self.check(&target)?;
            self.driver()?
                .set_registrant_status(&target, registrant, &status)
                .await
        })
        .await
    }

    /// Takes a registration away, as if it had not been made. One that is not there is no error.
    ///
    /// # Errors
    /// `NotFound` for the meeting or webinar; `Unsupported`.
    pub async fn remove(
        &self,
        target: impl Into<RegistrationTarget>,
        registrant: &RegistrantId,
    ) -> Result<()> {
        let target = target.into();
        call::run(&*self.0, "remove_registrant", async {
            check_id(registrant.as_str())?;
            self.check(&target)?;
            if !self.0.capabilities().registrant_remove {
                return Err(Error::unsupported("registrant_remove"));
            }
            self.driver()?.remove_registrant(&target, registrant).await
        })
        .await
    }

    fn check(&self, target: &RegistrationTarget) -> Result<()> {
        target.check()?;
        self.0.capabilities().check_registration(target)
    }
}
