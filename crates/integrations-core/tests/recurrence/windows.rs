//! Windows' names for zones beside the table of `tzlocal`.

use std::collections::BTreeMap;

use integrations_core::time::TzId;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::oracle::Oracle;

#[derive(serde::Deserialize)]
struct Table {
    to_windows: BTreeMap<String, String>,
    from_windows: BTreeMap<String, String>,
}

/// Names that Windows has had since 2026: tzlocal has them from the development of the CLDR, and the
/// release of which our table is has the older ones, which Windows still has.
const NEWER: [&str; 3] = [
    "Alberta Standard Time",
    "British Columbia Standard Time",
    "Manitoba Standard Time",
];

#[test]
fn windows_names_are_those_of_tzlocal_both_ways() {
    let Some(mut oracle) = Oracle::start() else {
        return;
    };
    let table: Table = serde_json::from_value(oracle.ask(&json!({"kind": "windows"}))).unwrap();
    let mut compared = 0;
    for (iana, windows) in &table.to_windows {
        // It has an empty name for an old one of Windows that is none of today's.
        if iana.is_empty() || NEWER.contains(&windows.as_str()) {
            continue;
        }
        let ours = TzId::iana(iana.as_str()).to_windows();
        assert_eq!(ours.ok(), Some(windows.as_str()), "{iana}");
        compared += 1;
    }
    assert!(compared > 500, "{compared}");
    for (windows, iana) in &table.from_windows {
        let ours = TzId::from_windows(windows, None).unwrap().iana.unwrap();
        // The CLDR keeps names that the IANA database has replaced: the same zone, by its rules.
        let rules = |name: &str| {
            let zone = TimeZone::get(name).unwrap();
            let from = jiff::Timestamp::UNIX_EPOCH;
            let changes = zone.following(from).take(200);
            let changes = changes.map(|change| (change.timestamp(), change.offset()));
            (zone.to_offset(from), changes.collect::<Vec<_>>())
        };
        assert!(
            *ours == **iana || rules(&ours) == rules(iana),
            "{windows}: {ours} {iana}"
        );
        compared += 1;
    }
    eprintln!("{compared} names");
}
