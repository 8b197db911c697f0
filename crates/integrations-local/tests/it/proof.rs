//! What proves the suites: each of their behaviours is about a planted fault.

use std::collections::BTreeSet;

/// Fails unless each behaviour of a suite is named by a planted fault, which has a test of its own,
/// or with the reason why none can be planted.
pub(crate) fn every_behaviour_is_proved(
    all: impl IntoIterator<Item = &'static str>,
    caught_by: &[&[&'static str]],
    unproved: &[(&'static str, &str)],
) {
    let caught: BTreeSet<_> = caught_by.iter().copied().flatten().copied().collect();
    let unproved: BTreeSet<_> = unproved.iter().map(|(name, _)| *name).collect();
    let all: BTreeSet<_> = all.into_iter().collect();
    let never: BTreeSet<_> = all.difference(&caught).copied().collect();
    assert_eq!(never, unproved, "the behaviours that no fault proves");
}
