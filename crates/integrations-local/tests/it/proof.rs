//! What proves the suites: which of their behaviours the planted faults make fail.

use std::collections::BTreeSet;

/// Fails unless each behaviour of a suite is made to fail by a planted fault, but for those named
/// with the reason why none can be planted; and those are not made to fail.
pub(crate) fn every_behaviour_is_proved(
    all: impl IntoIterator<Item = &'static str>,
    failed: &BTreeSet<&'static str>,
    unproved: &[(&'static str, &str)],
) {
    let unproved: BTreeSet<_> = unproved.iter().map(|(name, _)| *name).collect();
    let never: BTreeSet<_> = all
        .into_iter()
        .filter(|name| !failed.contains(name))
        .collect();
    let missing: Vec<_> = never.difference(&unproved).collect();
    let known: Vec<_> = unproved.difference(&never).collect();
    assert!(
        missing.is_empty(),
        "no planted fault makes these fail: {missing:#?}"
    );
    assert!(
        known.is_empty(),
        "these are not there, or a fault makes them fail: {known:#?}"
    );
}
