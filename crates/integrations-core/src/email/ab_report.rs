//! How the variants of a test did, and whether the difference is more than chance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::EventKind;
use crate::raw::Raw;

/// How the arms of a test did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbReport {
    /// The test's name.
    pub name: String,
    /// One result per arm, in the test's order.
    pub arms: Vec<AbArmReport>,
    /// The arm that was chosen.
    pub winner: Option<String>,
    /// The provider's own form.
    #[serde(default)]
    pub raw: Raw,
}

impl AbReport {
    /// The results of a test.
    pub fn new(name: impl Into<String>, arms: Vec<AbArmReport>) -> Self {
        Self {
            name: name.into(),
            arms,
            winner: None,
            raw: Raw::None,
        }
    }

    /// The result of an arm.
    #[must_use]
    pub fn arm(&self, name: &str) -> Option<&AbArmReport> {
        self.arms.iter().find(|arm| arm.name == name)
    }

    /// Compares two arms by the share of `of` that became `kind`, for example the delivered
    /// messages that were clicked, with the two-sided z-test of two proportions (pooled). Look once,
    /// when the test is over: whoever looks again and again until the difference is significant
    /// finds one where there is none.
    ///
    /// `None` when there is nothing to compare: an arm is unknown or has no `of`, all or none of
    /// both became `kind`, or `kind` was counted more often than `of`, as repeated opens may be.
    #[must_use]
    pub fn compare(
        &self,
        first: &str,
        second: &str,
        kind: &EventKind,
        of: &EventKind,
    ) -> Option<AbComparison> {
        let counts = |arm: &str| {
            let arm = self.arm(arm)?;
            let (count, base) = (arm.count(kind), arm.count(of));
            let number = |count: u64| u32::try_from(count).ok().map(f64::from);
            (base > 0 && count <= base)
                .then(|| Some((number(count)?, number(base)?)))
                .flatten()
        };
        let ((count_1, base_1), (count_2, base_2)) = (counts(first)?, counts(second)?);
        let (first_rate, second_rate) = (count_1 / base_1, count_2 / base_2);
        let pooled = (count_1 + count_2) / (base_1 + base_2);
        let variance = pooled * (1.0 - pooled) * (1.0 / base_1 + 1.0 / base_2);
        (variance > 0.0).then(|| AbComparison {
            first_rate,
            second_rate,
            p_value: both_tails((first_rate - second_rate).abs() / variance.sqrt()),
        })
    }
}

/// How two arms differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbComparison {
    /// The share of the first arm, 0 to 1.
    pub first_rate: f64,
    /// The share of the second arm, 0 to 1.
    pub second_rate: f64,
    /// How often chance alone would give a difference as large as this, 0 to 1. Below 0.05 is
    /// commonly called significant. Counts below about ten in an arm make it rough.
    pub p_value: f64,
}

/// The probability beyond `z` in both tails of the normal distribution: `erfc(z / sqrt 2)`, by the
/// Chebyshev fit of Numerical Recipes (section 6.2), whose relative error is below 1.2e-7.
fn both_tails(z: f64) -> f64 {
    const FIT: [f64; 10] = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let sum = FIT.iter().fold(0.0, |sum, c| c + t * sum);
    t * (sum - x * x).exp()
}

/// How one arm did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbArmReport {
    /// The arm.
    pub name: String,
    /// How often each thing happened to its messages.
    pub counts: BTreeMap<EventKind, u64>,
}

impl AbArmReport {
    /// The counts of an arm.
    pub fn new(name: impl Into<String>, counts: BTreeMap<EventKind, u64>) -> Self {
        Self {
            name: name.into(),
            counts,
        }
    }

    /// How often something happened.
    #[must_use]
    pub fn count(&self, kind: &EventKind) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(first: (u64, u64), second: (u64, u64)) -> Option<AbComparison> {
        let arm = |name: &str, (clicked, delivered)| {
            let counts = [
                (EventKind::Clicked, clicked),
                (EventKind::Delivered, delivered),
            ];
            AbArmReport::new(name, counts.into())
        };
        let report = AbReport::new("t", vec![arm("a", first), arm("b", second)]);
        report.compare("a", "b", &EventKind::Clicked, &EventKind::Delivered)
    }

    #[test]
    fn the_test_of_two_shares_gives_what_another_implementation_gives() {
        // By Python's math.erfc.
        for (first, second, wanted) in [
            ((200, 1000), (250, 1000), 0.007_419_649_261_025_693),
            ((10, 100), (12, 100), 0.651_280_066_104_175_4),
            ((500, 1000), (500, 1000), 1.0),
            ((1, 10_000), (40, 10_000), 1.080_576_689_532_491_5e-9),
        ] {
            let seen = compare(first, second).unwrap().p_value;
            assert!((seen / wanted - 1.0).abs() < 1e-6, "{seen} {wanted}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_no_result() {
        assert_eq!(compare((0, 0), (1, 2)), None);
        assert_eq!(compare((0, 5), (0, 5)), None);
        assert_eq!(compare((5, 5), (5, 5)), None);
        assert_eq!(compare((6, 5), (1, 5)), None);
    }
}
