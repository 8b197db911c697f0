//! Which calendar: of which integration, and which of the account's.

use std::path::Path;

use integrations::calendar::{Calendar, CalendarId, CalendarInfo};
use integrations::{Category, ErrorKind};

use crate::{Failure, open, text};

/// Whose calendars.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Account {
    /// The configured integration. Not needed where only one has calendars.
    #[arg(short, long, value_name = "NAME")]
    integration: Option<String>,
}

/// Which calendar.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    #[command(flatten)]
    account: Account,
    /// The calendar, by its id or its name. Without it: the account's primary one.
    #[arg(short, long, value_name = "CALENDAR")]
    calendar: Option<String>,
}

/// A calendar that was found.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) calendars: Calendar,
    pub(super) info: CalendarInfo,
    /// Everything that the account has.
    pub(super) all: Vec<CalendarInfo>,
}

impl Account {
    /// The calendars of the integration that is named, or of the only one.
    pub(super) async fn open(&self, file: Option<&Path>) -> Result<Calendar, Failure> {
        let name = match &self.integration {
            Some(name) => name.clone(),
            None => only(file).await?,
        };
        let manager = open(file, [name.as_str()]).await?;
        manager.calendar(&name).map_err(|error| match error.kind() {
            ErrorKind::Config => Failure::usage(format!("{}, and no calendar", error.message())),
            _ => Failure::about_a_name(error),
        })
    }
}

/// The name of the only integration that has calendars. Nothing is made.
async fn only(file: Option<&Path>) -> Result<String, Failure> {
    let known = open(file, [""; 0]).await?;
    let mut names: Vec<String> = known
        .entries()
        .into_iter()
        .filter(|entry| entry.enabled)
        .filter(|entry| {
            let factory = known.registry().factory(&entry.provider);
            factory.is_ok_and(|factory| *factory.category() == Category::CALENDAR)
        })
        .map(|entry| entry.name)
        .collect();
    match names.len() {
        0 => Err(Failure::config(
            "no calendar is configured and switched on; name one in integrations.toml, see \
             `integrations providers --category calendar`",
        )),
        1 => Ok(names.remove(0)),
        _ => Err(Failure::usage(format!(
            "several integrations have calendars; say which with --integration: {}",
            names.join(", ")
        ))),
    }
}

impl Place {
    pub(super) async fn open(&self, file: Option<&Path>) -> Result<Target, Failure> {
        let calendars = self.account.open(file).await?;
        let all = calendars.list_calendars().all().await?;
        let info = choose(&all, self.calendar.as_deref())?.clone();
        Ok(Target {
            calendars,
            info,
            all,
        })
    }
}

impl Target {
    pub(super) fn id(&self) -> &CalendarId {
        &self.info.id
    }
}

/// A calendar by id or name, or the primary one, or the only one.
pub(super) fn choose<'a>(
    all: &'a [CalendarInfo],
    wanted: Option<&str>,
) -> Result<&'a CalendarInfo, Failure> {
    let names = || {
        let names = all.iter().map(|one| format!("{:?}", text::line(&one.name)));
        names.collect::<Vec<_>>().join(", ")
    };
    let Some(wanted) = wanted else {
        let chosen = all.iter().find(|one| one.primary).or(match all {
            [one] => Some(one),
            _ => None,
        });
        return chosen.ok_or_else(|| match all {
            [] => Failure::failed("the account has no calendar"),
            _ => Failure::usage(format!(
                "the account has no primary calendar; say which with --calendar: {}",
                names()
            )),
        });
    };
    if let Some(found) = all.iter().find(|one| one.id.as_str() == wanted) {
        return Ok(found);
    }
    let named: Vec<&CalendarInfo> = all.iter().filter(|one| one.name == wanted).collect();
    match named.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::usage(format!(
            "the account has no calendar {wanted:?}; it has: {}",
            names()
        ))),
        several => {
            let ids = several.iter().map(|one| one.id.as_str());
            Err(Failure::usage(format!(
                "several calendars are called {wanted:?}; say which by its id: {}",
                ids.collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_found_by_id_then_by_name_and_never_guessed() {
        let mut work = CalendarInfo::new("1", "Work");
        let all = vec![
            work.clone(),
            CalendarInfo::new("2", "Home"),
            CalendarInfo::new("3", "Home"),
            CalendarInfo::new("4", "1"),
        ];
        assert_eq!(choose(&all, Some("1")).unwrap().name, "Work");
        assert_eq!(choose(&all, Some("Work")).unwrap().id.as_str(), "1");
        for (wanted, said) in [
            (Some("Home"), "2, 3"),
            (Some("Garden"), "\"Work\""),
            (None, "--calendar"),
        ] {
            let failure = choose(&all, wanted).unwrap_err();
            assert_eq!(failure.code, 2);
            assert!(failure.line.contains(said), "{}", failure.line);
        }
        assert_eq!(choose(&all[1..2], None).unwrap().name, "Home");
        work.primary = true;
        let all = [all[1].clone(), work];
        assert_eq!(choose(&all, None).unwrap().name, "Work");
    }
}
