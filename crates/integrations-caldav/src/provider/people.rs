//! Who invites, and whether the server tells those who are invited (RFC 6638).

use integrations_core::calendar::{CalendarId, EventId, Notify};
use integrations_core::{Error, ErrorKind, Result};
use integrations_icalendar::{Component, Line, Method, address, message};

use super::CalDav;
use crate::discovery::Account;
use crate::ids::split;
use crate::series::Series;

/// Who sends invitations (RFC 6638, section 7.1); without it, the server.
const AGENT: &str = "SCHEDULE-AGENT";

fn by_server(line: &Line) -> bool {
    line.get(AGENT)
        .is_none_or(|agent| agent.eq_ignore_ascii_case("SERVER"))
}

fn events(object: &Component) -> impl Iterator<Item = &Component> {
    object.parts().filter(|part| part.name() == "VEVENT")
}

fn not_silent() -> Error {
    Error::unsupported("a silent change of an event to which the server invites")
        .with_advice("set `notify` to Everybody: the server tells of every change of it")
}

impl CalDav {
    /// An event as the body of a message to those who are invited, or to the organizer: for servers
    /// that tell nobody by themselves. It goes into a part of the type `text/calendar` with the same
    /// method (iMIP, RFC 6047, section 2.4). An occurrence's id gives its whole series.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` for an event without an organizer, or an answer of an account that is
    /// not invited.
    pub async fn message(
        &self,
        calendar: &CalendarId,
        id: &EventId,
        method: Method,
    ) -> Result<String> {
        let account = self.account().await?;
        let (name, _) = split(id);
        let series = self.load(calendar, name).await?;
        let conflict = |text: &'static str| Error::new(ErrorKind::Conflict, text);
        let mut object = series.object;
        for part in object.parts_mut().filter(|part| part.name() == "VEVENT") {
            if part.line("ORGANIZER").is_none() {
                return Err(conflict("nobody organizes the event").with_advice(
                    "set `address` to the account's email address before people are invited",
                ));
            }
            if method == Method::Reply {
                // RFC 5546, section 3.2.3: who answers, and nobody else.
                let is_own =
                    |line: &Line| address(line).is_some_and(|email| self.is_own(&account, &email));
                part.retain_lines(|line| !line.is("ATTENDEE") || is_own(line));
                if part.line("ATTENDEE").is_none() {
                    return Err(conflict("the account is not invited to the event"));
                }
            }
        }
        Ok(message(object, method).text())
    }

    /// The account's own address: the configured one, or the first that the server knows.
    pub(super) fn own_address<'a>(&'a self, account: &'a Account) -> Option<&'a str> {
        let first = || account.addresses.first();
        self.address.as_ref().or_else(first).map(String::as_str)
    }

    /// Whether the account organizes an event.
    fn organizes(&self, part: &Component, account: &Account) -> bool {
        let organizer = part.line("ORGANIZER").and_then(address);
        organizer.is_some_and(|email| self.is_own(account, &email))
    }

    /// Names the organizer of a new event, and who tells those who are invited.
    pub(super) fn invite(
        &self,
        object: &mut Component,
        account: &Account,
        notify: Notify,
    ) -> Result<()> {
        self.invite_as(object, account, notify, true)
    }

    /// `organize` says whether the account becomes the organizer of what has none.
    fn invite_as(
        &self,
        object: &mut Component,
        account: &Account,
        notify: Notify,
        organize: bool,
    ) -> Result<()> {
        if notify == Notify::External {
            return Err(Error::unsupported(
                "telling those alone who do not see the calendar",
            ));
        }
        let own = self.own_address(account).map(str::to_owned);
        let agent = (account.schedules() && notify == Notify::Nobody).then_some("CLIENT");
        for part in object.parts_mut().filter(|part| part.name() == "VEVENT") {
            let lines: Vec<Line> = part.all("ATTENDEE").cloned().collect();
            if lines.is_empty() {
                continue;
            }
            if let (Some(own), None, true) = (&own, part.line("ORGANIZER"), organize) {
                part.push(Line::new("ORGANIZER").value(&format!("mailto:{own}")));
            }
            if account.schedules() && self.organizes(part, account) {
                let lines = lines.iter().map(|line| line.with_param(AGENT, agent));
                let lines: Vec<Line> = lines.collect();
                part.replace("ATTENDEE", lines);
            }
        }
        Ok(())
    }

    /// The same for a change of what was there before. Where the server invites, it tells of every
    /// change (RFC 6638, section 3.2.1): one that is to be silent is refused.
    pub(super) fn invite_again(
        &self,
        series: &mut Series,
        before: &Series,
        account: &Account,
        notify: Notify,
    ) -> Result<()> {
        self.check_silence(before, account, notify)?;
        let mut object = series.object.clone();
        // People without an organizer are as another program wants them.
        let alone = !events(&before.object).any(|part| part.line("ATTENDEE").is_some());
        self.invite_as(&mut object, account, notify, alone)?;
        if object != series.object {
            series.set_object(object)?;
        }
        Ok(())
    }

    /// Fails where a change would be told of that is to be silent.
    pub(super) fn check_silence(
        &self,
        before: &Series,
        account: &Account,
        notify: Notify,
    ) -> Result<()> {
        let invites =
            |part: &Component| self.organizes(part, account) && part.all("ATTENDEE").any(by_server);
        let told = account.schedules() && events(&before.object).any(invites);
        if told && notify == Notify::Nobody {
            return Err(not_silent());
        }
        Ok(())
    }
}
