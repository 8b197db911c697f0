//! Webinars.

use super::group;
use crate::call;
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::page::{PageRequest, Paged};
use crate::video::registrants::NewRegistrant;
use crate::video::request::CancelOptions;
use crate::video::rules::check_id;
use crate::video::webinars::{NewWebinar, Panelist, PanelistId, Webinar, WebinarId, WebinarPatch};

group! {
    /// Webinars: few speak, many listen.
    Webinars, webinars, WebinarProvider, |has| has.webinars
}

impl Webinars {
    /// Makes a webinar. Repeated with the same key it gives the first one; without a key, one is
    /// made for the attempts of this call where the provider can use it.
    ///
    /// # Errors
    /// `InvalidInput`; `Unsupported` for a field that the provider would drop; what the provider answers.
    pub async fn create(&self, new: NewWebinar) -> Result<Webinar> {
        call::run(&*self.0, "create_webinar", async {
            new.check()?;
            self.0.capabilities().check_new_webinar(&new)?;
            let mut new = new;
            if self.0.capabilities().idempotent_create {
                new.key.get_or_insert_with(IdempotencyKey::random);
            }
            self.driver()?.create_webinar(&new).await
        })
        .await
    }

    /// A webinar.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: &WebinarId) -> Result<Webinar> {
        call::run(&*self.0, "get_webinar", async {
            check_id(id.as_str())?;
            self.driver()?.get_webinar(id).await
        })
        .await
    }

    /// All webinars.
    #[must_use]
    pub fn list(&self) -> Paged<Webinar> {
        self.list_from(PageRequest::default())
    }

    /// [`list`](Self::list) from a page on, or with a page size.
    #[must_use]
    pub fn list_from(&self, first: PageRequest) -> Paged<Webinar> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                call::run(&*this.0, "list_webinars", async {
                    this.driver()?.list_webinars(&page).await
                })
                .await
            }
        })
    }

    /// Changes a webinar.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput`; `Unsupported`.
    pub async fn update(&self, id: &WebinarId, patch: WebinarPatch) -> Result<Webinar> {
        call::run(&*self.0, "update_webinar", async {
            check_id(id.as_str())?;
            patch.check()?;
            self.0.capabilities().check_webinar_patch(&patch)?;
            self.driver()?.update_webinar(id, &patch).await
        })
        .await
    }

    /// Cancels a webinar, and tells nobody. What is gone already is no error.
    ///
    /// # Errors
    /// What the provider answers.
    pub async fn cancel(&self, id: &WebinarId) -> Result<()> {
        self.cancel_with(id, CancelOptions::default()).await
    }

    /// Cancels a webinar, and tells those who are registered where the options say so. What is gone
    /// already is no error.
    ///
    /// # Errors
    /// `Unsupported`; what the provider answers.
    pub async fn cancel_with(&self, id: &WebinarId, options: CancelOptions) -> Result<()> {
        call::run(&*self.0, "cancel_webinar", async {
            check_id(id.as_str())?;
            self.0.capabilities().check_cancel(None, &options)?;
            self.driver()?.cancel_webinar(id, &options).await
        })
        .await
    }

    /// Lets somebody speak. The same address twice is one.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` for an address that is none.
    pub async fn add_panelist(&self, id: &WebinarId, name: &str, email: &str) -> Result<Panelist> {
        call::run(&*self.0, "add_panelist", async {
            check_id(id.as_str())?;
            NewRegistrant::new(email, name).check()?;
            self.driver()?.add_panelist(id, name, email).await
        })
        .await
    }

    /// Those who speak.
    #[must_use]
    pub fn panelists(&self, id: &WebinarId) -> Paged<Panelist> {
        self.panelists_from(id, PageRequest::default())
    }

    /// [`panelists`](Self::panelists) from a page on, or with a page size.
    #[must_use]
    pub fn panelists_from(&self, id: &WebinarId, first: PageRequest) -> Paged<Panelist> {
        let (this, id) = (self.clone(), id.clone());
        Paged::new(first, move |page| {
            let (this, id) = (this.clone(), id.clone());
            async move {
                call::run(&*this.0, "list_panelists", async {
                    check_id(id.as_str())?;
                    this.driver()?.list_panelists(&id, &page).await
                })
                .await
            }
        })
    }

    /// Lets somebody speak no longer. One who does not is no error.
    ///
    /// # Errors
    /// `NotFound` for the webinar.
    pub async fn remove_panelist(&self, id: &WebinarId, panelist: &PanelistId) -> Result<()> {
        call::run(&*self.0, "remove_panelist", async {
            check_id(id.as_str())?;
            check_id(panelist.as_str())?;
            self.driver()?.remove_panelist(id, panelist).await
        })
        .await
    }
}
