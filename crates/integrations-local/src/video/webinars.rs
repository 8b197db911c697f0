//! Webinars.

use async_trait::async_trait;
use integrations_core::video::{
    NewWebinar, Panelist, PanelistId, Webinar, WebinarId, WebinarPatch, WebinarProvider,
};
use integrations_core::{Error, Page, PageRequest, Result};
use url::Url;

use super::LocalMeetings;
use super::account::Held;

fn no_webinar(id: &WebinarId) -> Error {
    Error::not_found(format_args!("the webinar {:?}", id.as_str()))
}

fn show(id: &WebinarId, held: &Held) -> Result<Webinar> {
    let url = Url::parse(&format!("https://meet.invalid/w/{id}"));
    let url = url.map_err(|_| Error::internal("the link of a webinar is no URL"))?;
    let mut new = NewWebinar::new(&held.topic, held.start.clone(), held.duration_minutes);
    new.agenda.clone_from(&held.agenda);
    Ok(Webinar::new(id.clone(), &new, url))
}

#[async_trait]
impl WebinarProvider for LocalMeetings {
    async fn create_webinar(&self, new: &NewWebinar) -> Result<Webinar> {
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
                panelists: Vec::new(),
            });
            show(&id, held)
        })
        .await
    }

    async fn get_webinar(&self, id: &WebinarId) -> Result<Webinar> {
        let account = self.account();
        show(id, account.webinars.get(id).ok_or_else(|| no_webinar(id))?)
    }

    async fn list_webinars(&self, page: &PageRequest) -> Result<Page<Webinar>> {
        let account = self.account();
        let all: Result<Vec<Webinar>> = account
            .webinars
            .iter()
            .map(|(id, held)| show(id, held))
            .collect();
        Page::slice(all?, page, self.page_size)
    }

    async fn update_webinar(&self, id: &WebinarId, patch: &WebinarPatch) -> Result<Webinar> {
        self.change(|account| {
            let held = account.webinars.get_mut(id).ok_or_else(|| no_webinar(id))?;
            if let Some(topic) = &patch.topic {
                held.topic.clone_from(topic);
            }
            if let Some(agenda) = &patch.agenda {
                held.agenda = Some(agenda.clone());
            }
            if let Some(start) = &patch.start {
                held.start = start.clone();
            }
            if let Some(minutes) = patch.duration_minutes {
                held.duration_minutes = minutes;
            }
            show(id, held)
        })
        .await
    }

    async fn cancel_webinar(&self, id: &WebinarId) -> Result<()> {
        self.change(|account| {
            account.webinars.remove(id);
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
        let account = self.account();
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
