//! The cases: times as they are written, and the instants that they are.

/// How the time of an event is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written {
    /// A wall time in a zone by its IANA name.
    Zoned(&'static str, &'static str),
    /// A wall time in a zone by Windows' name.
    Windows(&'static str, &'static str),
    /// An instant.
    Utc(&'static str),
    /// A whole day, read in a zone.
    Day(&'static str, &'static str),
    /// A wall time that floats, read in a zone.
    Floating(&'static str, &'static str),
    /// The event of another program, as iCalendar: what is read is a time on the wall of a zone.
    Text {
        wall: &'static str,
        zone: &'static str,
        tzid: &'static str,
        rules: &'static str,
    },
}

/// A time, and the instant that it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) kind: &'static str,
    pub(super) written: Written,
    /// In UTC.
    pub(super) instant: &'static str,
}

pub(super) const SKIPPED: &str = "a wall time that is skipped";

/// The rules of Central Europe, as programs write them (EU directive 2000/84/EC).
const EUROPE: &str = "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\n\
    TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
    BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
    RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n";

/// An offset that is always the same.
const HALF_PAST: &str = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\n\
    TZOFFSETTO:+0530\r\nEND:STANDARD\r\n";

pub(super) fn cases() -> Vec<Case> {
    use Written::{Day, Floating, Text, Utc, Windows, Zoned};
    let mut all = Vec::new();
    let mut add = |kind, list: &[(Written, &'static str)]| {
        let cases = list.iter().map(|(written, instant)| Case {
            kind,
            written: *written,
            instant,
        });
        all.extend(cases);
    };
    add(
        "offsets",
        &[
            (
                Zoned("2026-06-01T09:00", "Europe/Berlin"),
                "2026-06-01T07:00Z",
            ),
            (
                Zoned("2026-01-15T09:00", "Europe/Berlin"),
                "2026-01-15T08:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "America/New_York"),
                "2026-06-01T13:00Z",
            ),
            (
                Zoned("2026-01-15T18:00", "America/Los_Angeles"),
                "2026-01-16T02:00Z",
            ),
            (Zoned("2026-06-01T09:00", "Asia/Tokyo"), "2026-06-01T00:00Z"),
            (
                Zoned("2026-01-15T09:00", "Australia/Sydney"),
                "2026-01-14T22:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Asia/Kolkata"),
                "2026-06-01T03:30Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Asia/Kathmandu"),
                "2026-06-01T03:15Z",
            ),
            (
                Zoned("2026-01-15T09:00", "Pacific/Chatham"),
                "2026-01-14T19:15Z",
            ),
            (
                Zoned("2026-06-15T09:00", "Pacific/Chatham"),
                "2026-06-14T20:15Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Australia/Eucla"),
                "2026-06-01T00:15Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Pacific/Kiritimati"),
                "2026-05-31T19:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Pacific/Niue"),
                "2026-06-01T20:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "America/St_Johns"),
                "2026-06-01T11:30Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Pacific/Marquesas"),
                "2026-06-01T18:30Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Antarctica/Troll"),
                "2026-06-01T07:00Z",
            ),
            (
                Zoned("2026-01-15T09:00", "Australia/Lord_Howe"),
                "2026-01-14T22:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Australia/Lord_Howe"),
                "2026-05-31T22:30Z",
            ),
        ],
    );
    add(
        SKIPPED,
        &[
            (
                Zoned("2026-03-08T02:30", "America/New_York"),
                "2026-03-08T07:30Z",
            ),
            (
                Zoned("2026-03-29T02:30", "Europe/Berlin"),
                "2026-03-29T01:30Z",
            ),
            (
                Zoned("2026-10-04T02:15", "Australia/Lord_Howe"),
                "2026-10-03T15:45Z",
            ),
            (
                Zoned("2026-09-06T00:30", "America/Santiago"),
                "2026-09-06T04:30Z",
            ),
            (
                Zoned("2026-04-24T00:30", "Africa/Cairo"),
                "2026-04-23T22:30Z",
            ),
            (
                Zoned("2026-03-29T00:30", "Asia/Beirut"),
                "2026-03-28T22:30Z",
            ),
            (
                Zoned("2011-12-30T12:00", "Pacific/Apia"),
                "2011-12-30T22:00Z",
            ),
        ],
    );
    add(
        "a wall time that occurs twice",
        &[
            (
                Zoned("2026-11-01T01:30", "America/New_York"),
                "2026-11-01T05:30Z",
            ),
            (Utc("2026-11-01T06:30Z"), "2026-11-01T06:30Z"),
            (
                Zoned("2026-10-25T02:30", "Europe/Berlin"),
                "2026-10-25T00:30Z",
            ),
            (Utc("2026-10-25T01:30Z"), "2026-10-25T01:30Z"),
            (
                Zoned("2026-04-05T01:45", "Australia/Lord_Howe"),
                "2026-04-04T14:45Z",
            ),
            (
                Zoned("2026-04-05T02:30", "Australia/Sydney"),
                "2026-04-04T15:30Z",
            ),
        ],
    );
    add(
        "at the change",
        &[
            (
                Zoned("2026-03-08T01:59", "America/New_York"),
                "2026-03-08T06:59Z",
            ),
            (
                Zoned("2026-03-08T03:00", "America/New_York"),
                "2026-03-08T07:00Z",
            ),
            (
                Zoned("2026-10-25T01:59", "Europe/Berlin"),
                "2026-10-24T23:59Z",
            ),
            (
                Zoned("2026-10-25T03:00", "Europe/Berlin"),
                "2026-10-25T02:00Z",
            ),
        ],
    );
    add(
        "whole days",
        &[
            (Day("2026-06-01", "Europe/Berlin"), "2026-05-31T22:00Z"),
            (Day("2026-04-05", "Pacific/Auckland"), "2026-04-04T11:00Z"),
            (Day("2026-03-08", "America/New_York"), "2026-03-08T05:00Z"),
            (Day("2026-06-01", "Pacific/Kiritimati"), "2026-05-31T10:00Z"),
            (Day("2026-06-01", "Pacific/Niue"), "2026-06-01T11:00Z"),
            // Its midnight is skipped.
            (Day("2026-09-06", "America/Santiago"), "2026-09-06T04:00Z"),
            (Day("2028-02-29", "Europe/Berlin"), "2028-02-28T23:00Z"),
            (Day("2026-12-31", "Asia/Tokyo"), "2026-12-30T15:00Z"),
        ],
    );
    add(
        "floating",
        &[
            (
                Floating("2026-06-01T09:00", "Europe/Berlin"),
                "2026-06-01T07:00Z",
            ),
            (
                Floating("2026-06-01T09:00", "Asia/Tokyo"),
                "2026-06-01T00:00Z",
            ),
            (
                Floating("2026-03-08T02:30", "America/New_York"),
                "2026-03-08T07:30Z",
            ),
        ],
    );
    add(
        "Windows' names",
        &[
            (
                Windows("2026-06-01T09:00", "W. Europe Standard Time"),
                "2026-06-01T07:00Z",
            ),
            (
                Windows("2026-06-01T09:00", "Eastern Standard Time"),
                "2026-06-01T13:00Z",
            ),
            (
                Windows("2026-06-01T09:00", "Nepal Standard Time"),
                "2026-06-01T03:15Z",
            ),
            (
                Windows("2026-06-01T09:00", "Lord Howe Standard Time"),
                "2026-05-31T22:30Z",
            ),
            (
                Windows("2026-01-15T09:00", "Chatham Islands Standard Time"),
                "2026-01-14T19:15Z",
            ),
            (
                Windows("2026-06-01T09:00", "India Standard Time"),
                "2026-06-01T03:30Z",
            ),
            (
                Windows("2026-06-01T09:00", "Samoa Standard Time"),
                "2026-05-31T20:00Z",
            ),
        ],
    );
    let text = |tzid, rules, wall, zone| Text {
        wall,
        zone,
        tzid,
        rules,
    };
    add(
        "rules of another program",
        &[
            (
                text("Mine", EUROPE, "2026-06-01T09:00", "Europe/Berlin"),
                "2026-06-01T07:00Z",
            ),
            (
                text("Mine", EUROPE, "2026-01-15T09:00", "Europe/Berlin"),
                "2026-01-15T08:00Z",
            ),
            (
                text(
                    "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
                    EUROPE,
                    "2026-06-01T09:00",
                    "Europe/Berlin",
                ),
                "2026-06-01T07:00Z",
            ),
            (
                text(
                    "W. Europe Standard Time",
                    EUROPE,
                    "2026-06-01T09:00",
                    "Europe/Berlin",
                ),
                "2026-06-01T07:00Z",
            ),
            (
                text(
                    "(UTC+01:00) Amsterdam\\, Berlin\\, Bern\\, Rom\\, Stockholm\\, Wien",
                    EUROPE,
                    "2026-10-25T03:00",
                    "Europe/Berlin",
                ),
                "2026-10-25T02:00Z",
            ),
            (
                text(
                    "Customized Time Zone",
                    HALF_PAST,
                    "2026-06-01T09:00",
                    "Asia/Kolkata",
                ),
                "2026-06-01T03:30Z",
            ),
        ],
    );
    add(
        "years beyond 2100",
        &[
            (
                Zoned("2150-07-01T09:00", "Europe/Berlin"),
                "2150-07-01T07:00Z",
            ),
            (
                Zoned("2199-01-15T09:00", "America/New_York"),
                "2199-01-15T14:00Z",
            ),
            (
                Zoned("2150-01-15T09:00", "Australia/Sydney"),
                "2150-01-14T22:00Z",
            ),
        ],
    );
    add(
        "rules that changed",
        &[
            (
                Zoned("2018-12-15T09:00", "America/Sao_Paulo"),
                "2018-12-15T11:00Z",
            ),
            (
                Zoned("2026-12-15T09:00", "America/Sao_Paulo"),
                "2026-12-15T12:00Z",
            ),
            (
                Zoned("2017-06-01T09:00", "Asia/Pyongyang"),
                "2017-06-01T00:30Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Asia/Pyongyang"),
                "2026-06-01T00:00Z",
            ),
            (
                Zoned("2022-07-01T09:00", "America/Mexico_City"),
                "2022-07-01T14:00Z",
            ),
            (
                Zoned("2026-07-01T09:00", "America/Mexico_City"),
                "2026-07-01T15:00Z",
            ),
            (
                Zoned("2021-07-01T09:00", "Asia/Tehran"),
                "2021-07-01T04:30Z",
            ),
            (
                Zoned("2026-07-01T09:00", "Asia/Tehran"),
                "2026-07-01T05:30Z",
            ),
            // Morocco's clocks go back for Ramadan.
            (
                Zoned("2026-03-01T09:00", "Africa/Casablanca"),
                "2026-03-01T09:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Africa/Casablanca"),
                "2026-06-01T08:00Z",
            ),
            (
                Zoned("2019-06-01T09:00", "Europe/Volgograd"),
                "2019-06-01T05:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Europe/Volgograd"),
                "2026-06-01T06:00Z",
            ),
            (
                Zoned("2023-06-01T09:00", "Asia/Almaty"),
                "2023-06-01T03:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Asia/Almaty"),
                "2026-06-01T04:00Z",
            ),
            (
                Zoned("2011-12-29T12:00", "Pacific/Apia"),
                "2011-12-29T22:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "America/Nuuk"),
                "2026-06-01T10:00Z",
            ),
        ],
    );
    add(
        "names that were others",
        &[
            (Zoned("2026-06-01T09:00", "US/Eastern"), "2026-06-01T13:00Z"),
            (
                Zoned("2026-06-01T09:00", "Asia/Calcutta"),
                "2026-06-01T03:30Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Europe/Kiev"),
                "2026-06-01T06:00Z",
            ),
            (
                Zoned("2026-06-01T09:00", "Europe/Kyiv"),
                "2026-06-01T06:00Z",
            ),
        ],
    );
    all
}
