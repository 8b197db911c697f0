//! Webinars.

use async_trait::async_trait;
use integrations_core::video::{
    CancelOptions, NewWebinar, Panelist, PanelistId, Webinar, WebinarId, WebinarPatch,
    WebinarProvider,
};
use integrations_core::{Error, ExposeSecret, Page, PageRequest, Result, SecretString};
use url::Url;

use super::LocalMeetings;
use super::account::{Held, no_webinar};

fn show(id: &WebinarId, held: &Held) -> Result<Webinar> {
    let url = Url::parse(&format!("https://meet.invalid/w/{id}"));
    let url = url.map_err(|_| Error::internal("the link of a webinar is no URL"))?;
    let start_url = format!("{url}?host={}", held.host_code);
    let mut webinar = Webinar::new(id.clone(), &held.topic);
    webinar.agenda.clone_from(&held.agenda);
    webinar.host.clone_from(&held.host);
    webinar.start = Some(held.start.clone());
    webinar.duration_minutes = Some(held.duration_minutes);
    webinar.join_url = Some(url);
    webinar.start_url = Some(SecretString::from(start_url));
    webinar.passcode = held.passcode.clone().map(SecretString::from);
    webinar.settings = held.settings.clone();
    webinar.created = held.created;
    Ok(webinar)
}

#[async_trait]
impl WebinarProvider for LocalMeetings {
    async fn create_webinar(&self, new: &NewWebinar) -> Result<Webinar> {
        self.capabilities.check_new_webinar(new)?;
        let now = self.now();
        self.change(|account| {
            let id = match &new.key {
                Some(key) => format!("k-{key}"),
                None => uuid::Uuid::now_v7().to_string(),
            };
            let id = WebinarId::new(id);
            let held = account.webinars.entry(id.clone()).or_insert_with(|| Held {
                topic: new.topic.clone(),
                agenda: new.agenda.clone(),
                start: new.start.clone(),
                duration_minutes: new.duration_minutes,
                host: new.host.clone(),
                passcode: new
                    .passcode
                    .as_ref()
                    .map(|code| code.expose_secret().to_owned()),
                host_code: uuid::Uuid::new_v4().simple().to_string(),
                settings: new.settings.clone(),
                created: Some(now),
                panelists: Vec::new(),
                registrants: Vec::new(),
            });
            show(&id, held)
        })
        .await
    }

    async fn get_webinar(&self, id: &WebinarId) -> Result<Webinar> {
        let account = self.account().await?;
        show(id, account.webinars.get(id).ok_or_else(|| no_webinar(id))?)
    }

    async fn list_webinars(&self, page: &PageRequest) -> Result<Page<Webinar>> {
        let account = self.account().await?;
        let all: Result<Vec<Webinar>> = account
            .webinars
            .iter()
            .map(|(id, held)| show(id, held))
            .collect();
        Page::slice_by(all?, page, self.page_size, |one| one.id.as_str())
    }

    async fn update_webinar(&self, id: &WebinarId, patch: &WebinarPatch) -> Result<Webinar> {
        self.capabilities.check_webinar_patch(patch)?;
        self.change(|account| {
            let held = account.webinars.get_mut(id).ok_or_else(|| no_webinar(id))?;
            if let Some(topic) = &patch.topic {
                held.topic.clone_from(topic);
            }
            patch.agenda.apply(&mut held.agenda);
            if let Some(start) = &patch.start {
                held.start = start.clone();
            }
            if let Some(minutes) = patch.duration_minutes {
                held.duration_minutes = minutes;
            }
            if let Some(passcode) = &patch.passcode {
                held.passcode = Some(passcode.expose_secret().to_owned());
            }
            let (own, new) = (&mut held.settings, &patch.settings);
            own.registration = new.registration.or(own.registration);
            own.practice_session = new.practice_session.or(own.practice_session);
            if let Some(recording) = &new.auto_recording {
                own.auto_recording = Some(recording.clone());
            }
            show(id, held)
        })
        .await
    }

    async fn cancel_webinar(&self, id: &WebinarId, options: &CancelOptions) -> Result<()> {
        self.capabilities.check_cancel(None, options)?;
        self.change(|account| {
            if let Some(held) = account.webinars.remove(id)
                && options.notify
            {
                let panelists = held.panelists.into_iter().map(|one| one.email);
                let registered = held.registrants.into_iter().map(|one| one.email);
                account.tell(&held.topic, panelists.chain(registered));
            }
            Ok(())
        })
        .await
    }

    async fn add_panelist(&self, id: &WebinarId, name: &str, email: &str) -> Result<Panelist> {
        self.change(|account| {
            let held = account.webinars.get_mut(id).ok_or_else(|| no_webinar(id))?;
            let known = held
                .panelists
                .iter()
                .find(|one| one.email.eq_ignore_ascii_case(email));
            if let Some(known) = known {
                return Ok(known.clone());
            }
            let panelist = Panelist::new(uuid::Uuid::now_v7().to_string(), name, email);
            held.panelists.push(panelist.clone());
            Ok(panelist)
        })
        .await
    }

    async fn list_panelists(&self, id: &WebinarId, page: &PageRequest) -> Result<Page<Panelist>> {
        let account = self.account().await?;
        let held = account.webinars.get(id).ok_or_else(|| no_webinar(id))?;
        Page::slice(held.panelists.clone(), page, self.page_size)
    }

    async fn remove_panelist(&self, id: &WebinarId, panelist: &PanelistId) -> Result<()> {
        self.change(|account| {
            let held = account.webinars.get_mut(id).ok_or_else(|| no_webinar(id))?;
            held.panelists.retain(|one| one.id != *panelist);
            Ok(())
        })
        .await
    }
}
