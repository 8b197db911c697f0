//! iCalendar text. The input is a file with any number of events; a byte of 1 is a blank that goes on
//! the line before, so that folds are found easily.

#![no_main]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use integrations_core::calendar::{CalendarId, EventId, EventPatch};
use integrations_core::time::TimeRange;
use integrations_icalendar::{
    Component, Events, Export, Object, Plan, add_zones, apply, message, objects, write_series,
};
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut text = Vec::with_capacity(input.len());
    for byte in input {
        match byte {
            1 => text.extend(b"\r\n "),
            byte => text.push(*byte),
        }
    }
    // A component is written as it was read.
    if let Ok(read) = Component::parse(&text) {
        let written = read.text();
        assert_eq!(Component::parse(&written).expect("it was written"), read);
        assert!(written.split("\r\n").all(|line| line.len() <= 75));
    }
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 1;
    let breaks = text.iter().filter(|byte| **byte == b'\r').count();
    for one in objects(&*text) {
        match one {
            Ok(object) => whole(object),
            Err(damage) => {
                assert!(damage.line as usize <= lines + breaks, "{damage}");
                assert!(!damage.to_string().is_empty());
            }
        }
    }
});

/// What holds of every object that was read.
fn whole(object: Object) {
    let id = EventId::new(object.uid());
    let nowhere = CalendarId::new("");
    let read =
        |component: &Component| Events::read(component, &nowhere, &id).expect("it is one series");
    let before = read(&object.component);
    assert_eq!(before.master, object.master);
    assert_eq!(before.changed, object.changed);
    for import in object.imports() {
        let _ = import.new.check();
    }

    let Some(master) = &object.master else {
        return;
    };
    // Of two changes of one occurrence the last counts.
    let mut originals = BTreeMap::new();
    let utc = TimeZone::UTC;
    let Ok(changed) = Plan::by_original(object.changed.clone(), &utc) else {
        return;
    };
    for event in &object.changed {
        *originals.entry(format!("{:?}", event.kind)).or_insert(0) += 1;
    }
    if originals.into_values().all(|count| count == 1) && changed.len() == object.changed.len() {
        // Written in place it says the same, and no line that nobody knows is lost.
        let mut component = object.component.clone();
        write_series(&mut component, master, &object.changed);
        let again = Component::parse(component.text()).expect("it was written");
        let after = read(&again);
        assert_eq!(after.master.as_ref(), Some(master));
        assert_eq!(after.changed, object.changed);
        keeps(&object.component, &again);

        // Written anew it says the same of what the model has.
        let mut anew = integrations_icalendar::calendar();
        write_series(&mut anew, master, &object.changed);
        for zone in object
            .component
            .parts()
            .filter(|part| part.name() == "VTIMEZONE")
        {
            anew.push_part_first(zone.clone());
        }
        add_zones(&mut anew);
        let _ = message(anew, integrations_icalendar::Method::Request).text();
    }

    // A change of one field changes that one.
    let mut component = object.component.clone();
    let patch = EventPatch::default().with_summary("fuzz; \"x\", \\");
    for part in component.parts_mut().filter(|part| part.name() == "VEVENT") {
        apply(part, &patch).expect("a title has a form");
    }
    keeps(&object.component, &component);
    let after = read(&Component::parse(component.text()).expect("it was written"));
    let mut expected = master.clone();
    expected.summary = "fuzz; \"x\", \\".to_owned();
    assert_eq!(after.master, Some(expected));

    let mut export = Export::new();
    for event in object.master.iter().chain(&object.changed) {
        let _ = export.event(event);
    }

    let plan = Plan {
        master: Some(master),
        changed: &changed,
        zone: &utc,
        name: |series, start, _| EventId::new(format!("{series}@{start}")),
    };
    let range = TimeRange::new(
        "2026-06-01T00:00:00Z".parse().expect("a time"),
        "2026-06-03T00:00:00Z".parse().expect("a time"),
    );
    let _ = plan.within(range.expect("a span"));
}

/// Every line that nobody here knows is there after an edit.
fn keeps(before: &Component, after: &Component) {
    for part in before.vevents() {
        for line in part.lines().filter(|line| line.name().starts_with("X-O")) {
            let mut all = after.vevents().flat_map(Component::lines);
            assert!(all.any(|one| one == line), "{line} is gone");
        }
    }
}
