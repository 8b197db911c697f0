//! What is done with a meeting: answering, calling off, passing on.

use serde_json::{Value, json};

use super::Message;
use super::ids;
use super::people::{guests, mark, organizer};
use super::refusal::Refusal;
use super::reply::Reply;
use super::route::{Call, Place};
use super::series::Kind;
use super::state::{Answer, Fields, State};
use super::times;

/// A parameter of an action: names are read in any case, as the examples of Microsoft's pages have
/// them in two.
pub(super) fn parameter<'f>(body: &'f Fields, name: &str) -> Option<&'f Value> {
    let mut all = body.iter();
    let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// Refuses parameters that an action does not have.
pub(super) fn only(body: &Fields, names: &[&str]) -> Answer<()> {
    let known = |name: &String| {
        name.contains('@') || names.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    match body.keys().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(Refusal::body(format!(
            "The parameter '{name}' in the request payload is not a valid parameter for the \
             operation."
        ))),
    }
}

impl State {
    /// `accept`, `tentativelyAccept`, `decline`.
    pub(super) fn respond(
        &mut self,
        at: &Place,
        id: &str,
        call: &Call<'_>,
        response: &'static str,
    ) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.optional_body()?;
        // The page of `accept` has no other time.
        match response {
            "accepted" => only(&body, &["comment", "sendResponse"])?,
            _ => only(&body, &["comment", "sendResponse", "proposedNewTime"])?,
        }
        let key = ids::key(id)?;
        let (calendar, event) = self.found(at, &key)?;
        if event.item.fields.get("isOrganizer") == Some(&Value::Bool(true)) {
            return Err(Refusal::invalid(
                "Your request can't be completed. You can't respond to this meeting because \
                 you're the meeting organizer.",
            ));
        }
        let send = parameter(&body, "sendResponse").is_none_or(|it| it != false);
        let mut answer = json!({"response": response, "time": times::stamp(self.now)});
        if let Some(proposed) = parameter(&body, "proposedNewTime") {
            // "This action returns HTTP 400 if ... the proposedNewTime parameter is included but the
            // allowNewTimeProposals property of the event is false", or sendResponse is.
            if !send || event.item.fields.get("allowNewTimeProposals") == Some(&Value::Bool(false))
            {
                return Err(Refusal::invalid("Another time cannot be proposed."));
            }
            times::read(proposed.get("start"), "proposed start")?;
            times::read(proposed.get("end"), "proposed end")?;
            answer["proposedNewTime"] = proposed.clone();
        }
        let comment = parameter(&body, "comment")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if send {
            self.messages.push(Message {
                to: organizer(&event.item),
                method: "REPLY",
                event: ids::id(&key, true),
                comment,
            });
            self.answered(&at.mailbox, &event, &answer)?;
        }
        // Outlook takes a meeting that was declined out of the calendar.
        if response == "declined" {
            self.remove(&at.mailbox, &calendar, &key)?;
            self.changed(&at.mailbox, &calendar, &[(key, "deleted")])?;
            return Ok(Reply::nothing(202));
        }
        let mut item = event.item;
        mark(&mut item, &at.mailbox, &answer);
        let shows = if response == "accepted" {
            "busy"
        } else {
            "tentative"
        };
        item.fields.insert("showAs".into(), shows.into());
        let status = json!({"response": response, "time": answer["time"]});
        item.fields.insert("responseStatus".into(), status);
        if event.kind != Kind::Master {
            item.rule = None;
        }
        self.keep(&at.mailbox, &calendar, &key, item)?;
        self.changed(&at.mailbox, &calendar, &[(key, "updated")])?;
        Ok(Reply::nothing(202))
    }

    /// `cancel`, which "is available to only the organizer"
    /// (<https://learn.microsoft.com/graph/api/event-cancel>).
    pub(super) fn cancel(&mut self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.optional_body()?;
        only(&body, &["comment"])?;
        let key = ids::key(id)?;
        let (_, event) = self.found(at, &key)?;
        if event.item.fields.get("isOrganizer") != Some(&Value::Bool(true)) {
            return Err(Refusal::invalid(
                "Your request can't be completed. You need to be an organizer to cancel a meeting.",
            ));
        }
        // What is no meeting cannot be called off: as Exchange has it, `ErrorCalendarIsNotOrganizer`
        // and the like; which error Graph has is not described.
        if guests(Some(&event)).is_empty() {
            return Err(Refusal::invalid(
                "Your request can't be completed. The event is not a meeting.",
            ));
        }
        let comment = parameter(&body, "comment").and_then(Value::as_str);
        self.take(at, &key, comment)?;
        Ok(Reply::nothing(202))
    }

    /// `forward`: those named get the meeting (<https://learn.microsoft.com/graph/api/event-forward>).
    pub(super) fn forward(&mut self, at: &Place, id: &str, call: &Call<'_>) -> Answer<Reply> {
        call.query.only(&[])?;
        let body = call.body()?;
        only(&body, &["comment", "toRecipients"])?;
        let key = ids::key(id)?;
        self.found(at, &key)?;
        let list = parameter(&body, "toRecipients").and_then(Value::as_array);
        let list = list.filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| Refusal::invalid("There is nobody to forward it to."))?;
        let comment = parameter(&body, "comment").and_then(Value::as_str);
        for one in list {
            let address = one["emailAddress"]["address"].as_str().unwrap_or_default();
            self.messages.push(Message {
                to: address.to_lowercase(),
                method: "REQUEST",
                event: ids::id(&key, true),
                comment: comment.map(str::to_owned),
            });
        }
        self.effects += 1;
        Ok(Reply::nothing(202))
    }
}
