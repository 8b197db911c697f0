//! Tests of variants: which recipient gets which, and how each did.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AbReport, EmailAddress, EmailMessage, Recipient, SendOptions, SendReport, check};
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::page::{Page, PageRequest};
use crate::raw::Raw;

crate::id_types! {
    /// The id of a test that a provider runs.
    AbTestId;
}

/// A test of two or more variants of a message.
///
/// Each recipient is assigned to an arm by a hash of the test's name and their address: the same
/// person gets the same variant at every send, on every machine, without anything being stored.
///
/// ```
/// use integrations_core::email::{AbTest, EmailMessage, Mailbox};
/// let from: Mailbox = "shop@example.org".parse()?;
/// let test = AbTest::new("spring-subject")?
///     .with_arm("plain", 1, EmailMessage::new(from.clone(), "Our spring offer").with_text("…"))?
///     .with_arm("question", 1, EmailMessage::new(from, "Ready for spring?").with_text("…"))?;
/// let ana = "ana@example.org".parse()?;
/// assert_eq!(test.assign(&ana)?.name, test.assign(&ana)?.name);
/// # Ok::<_, integrations_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbTest {
    /// Its name: 1 to 40 of `A-Z a-z 0-9 _ -`. Another name assigns recipients anew.
    pub name: String,
    /// The variants.
    pub arms: Vec<AbArm>,
    /// The key under which the provider makes it once.
    #[serde(default)]
    pub idempotency_key: Option<IdempotencyKey>,
}

/// One variant of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbArm {
    /// Its name: 1 to 40 of `A-Z a-z 0-9 _ -`.
    pub name: String,
    /// Its share of the recipients, against the sum of all weights.
    pub weight: u32,
    /// What its recipients get, without recipients of its own.
    pub message: EmailMessage,
}

impl AbTest {
    /// A test without arms.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is not 1 to 40 of `A-Z a-z 0-9 _ -`.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        check_name(&name)?;
        Ok(Self {
            name,
            arms: Vec::new(),
            idempotency_key: None,
        })
    }

    /// Adds a variant.
    ///
    /// # Errors
    /// `InvalidInput` for a name that is taken or not 1 to 40 of `A-Z a-z 0-9 _ -`, a weight of 0,
    /// or a message that has recipients.
    pub fn with_arm(
        mut self,
        name: impl Into<String>,
        weight: u32,
        message: EmailMessage,
    ) -> Result<Self> {
        let name = name.into();
        check_name(&name)?;
        if self.arms.iter().any(|arm| arm.name == name) {
            return Err(Error::invalid_input(format!(
                "the test {} has an arm {name} already",
                self.name
            )));
        }
        if weight == 0 {
            return Err(Error::invalid_input("the weight of an arm must not be 0"));
        }
        if message.recipients().next().is_some() {
            return Err(Error::invalid_input(
                "the message of an arm has no recipients: the test's recipients are given when it \
                 is sent",
            ));
        }
        self.arms.push(AbArm {
            name,
            weight,
            message,
        });
        Ok(self)
    }

    /// Makes it once under a key, where the provider runs it.
    #[must_use]
    pub fn with_key(mut self, key: IdempotencyKey) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// Whether it can be run.
    ///
    /// # Errors
    /// `InvalidInput` with fewer than two arms.
    pub fn check(&self) -> Result<()> {
        if self.arms.len() < 2 {
            return Err(Error::invalid_input(format!(
                "the test {} needs two arms or more",
                self.name
            )));
        }
        Ok(())
    }

    /// The arm of a recipient. The case of the address does not matter.
    ///
    /// The hash is 64-bit FNV-1a over the name, a zero byte and the address in lower case, mixed
    /// with the finaliser of `SplitMix64`, modulo the sum of the weights. It will not change.
    ///
    /// # Errors
    /// `InvalidInput` for a test that cannot be run.
    pub fn assign(&self, address: &EmailAddress) -> Result<&AbArm> {
        self.check()?;
        let total: u64 = self.arms.iter().map(|arm| u64::from(arm.weight)).sum();
        let mut key = self.name.clone().into_bytes();
        key.push(0);
        key.extend_from_slice(address.normalized().as_bytes());
        let mut place = mix(fnv1a(&key)) % total.max(1);
        for arm in &self.arms {
            match place.checked_sub(u64::from(arm.weight)) {
                None => return Ok(arm),
                Some(rest) => place = rest,
            }
        }
        Err(Error::internal("the weights of a test do not add up"))
    }

    /// The tag that messages of an arm carry, by which they are counted. A colon, which is in no
    /// name, keeps the tags of all tests and arms apart.
    #[must_use]
    pub fn tag(&self, arm: &str) -> String {
        format!("ab:{}:{arm}", self.name)
    }
}

fn check_name(name: &str) -> Result<()> {
    check::metadata(name, "")
        .ok()
        .filter(|()| name.len() <= 40)
        .ok_or_else(|| {
            Error::invalid_input(format!(
                "the name {name:?} of a test or arm must be 1 to 40 of A-Z a-z 0-9 _ -"
            ))
        })
}

/// 64-bit FNV-1a.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The finaliser of `SplitMix64`: FNV's low bits alone are not even enough for a modulus.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What became of the send of a test.
#[must_use = "recipients may have been rejected: look at their status"]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbSend {
    /// The reports by arm. Arms without a recipient are not in it.
    pub arms: BTreeMap<String, SendReport>,
}

impl AbSend {
    /// The reports by arm.
    pub fn new(arms: BTreeMap<String, SendReport>) -> Self {
        Self { arms }
    }

    /// The arm that a recipient was sent.
    #[must_use]
    pub fn arm_of(&self, address: &EmailAddress) -> Option<&str> {
        self.arms
            .iter()
            .find(|(_, report)| report.of(address).is_some())
            .map(|(name, _)| name.as_str())
    }
}

/// A test that a provider keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AbTestInfo {
    /// Its id.
    pub id: AbTestId,
    /// Its name.
    pub name: String,
    /// Its arms with their weights.
    pub arms: Vec<(String, u32)>,
    /// The arm that was chosen; from then on everybody gets it.
    pub winner: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The provider's own form.
    pub raw: Raw,
}

impl AbTestInfo {
    /// A kept test.
    pub fn new(id: impl Into<AbTestId>, name: impl Into<String>, arms: Vec<(String, u32)>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            arms,
            winner: None,
            created_at: None,
            raw: Raw::None,
        }
    }
}

/// Tests that a provider keeps. Reading them is required; a provider that only reads
/// ([`AbTestSupport::Read`](super::AbTestSupport::Read)) leaves the rest as it is.
#[async_trait]
pub trait AbTestProvider: Send + Sync {
    /// Keeps a test.
    ///
    /// # Errors
    /// `AlreadyExists` for a name that is taken, where names are unique; `Unsupported` where tests
    /// are only read.
    async fn create_ab_test(&self, test: &AbTest) -> Result<AbTestInfo> {
        let _ = test;
        Err(Error::unsupported("create_ab_test"))
    }

    /// A kept test.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_ab_test(&self, id: &AbTestId) -> Result<AbTestInfo>;

    /// One page of the kept tests.
    ///
    /// # Errors
    /// What the provider answers.
    async fn list_ab_tests(&self, page: &PageRequest) -> Result<Page<AbTestInfo>>;

    /// Sends the test: each recipient gets one arm, or the winner once there is one.
    ///
    /// # Errors
    /// `NotFound`.
    async fn send_ab_test(
        &self,
        id: &AbTestId,
        recipients: &[Recipient],
        options: &SendOptions,
    ) -> Result<AbSend> {
        let _ = (id, recipients, options);
        Err(Error::unsupported("send_ab_test"))
    }

    /// How the arms did so far.
    ///
    /// # Errors
    /// `NotFound`.
    async fn ab_test_results(&self, id: &AbTestId) -> Result<AbReport>;

    /// Ends the test: from now on everybody gets this arm.
    ///
    /// # Errors
    /// `NotFound` for the test or the arm; `Conflict` when another arm was chosen before.
    async fn choose_ab_winner(&self, id: &AbTestId, arm: &str) -> Result<AbTestInfo> {
        let _ = (id, arm);
        Err(Error::unsupported("choose_ab_winner"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::Mailbox;

    fn message() -> EmailMessage {
        let from: Mailbox = "shop@example.org".parse().unwrap();
        EmailMessage::new(from, "s").with_text("t")
    }

    fn test(weights: &[u32]) -> AbTest {
        weights
            .iter()
            .enumerate()
            .fold(AbTest::new("t").unwrap(), |test, (i, weight)| {
                test.with_arm(format!("arm-{i}"), *weight, message())
                    .unwrap()
            })
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // Vectors published with the algorithm (draft-eastlake-fnv, appendix C).
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_recipient_stays_in_their_arm_whatever_the_case_of_the_address() {
        let test = test(&[1, 1, 1]);
        for i in 0..50 {
            let lower: EmailAddress = format!("user{i}@example.org").parse().unwrap();
            let upper: EmailAddress = format!("USER{i}@Example.org").parse().unwrap();
            assert_eq!(
                test.assign(&lower).unwrap().name,
                test.assign(&upper).unwrap().name
            );
        }
    }

    #[test]
    fn arms_get_recipients_by_their_weight() {
        let test = test(&[1, 3]);
        let total = 10_000;
        let first = (0..total)
            .filter(|i| {
                let address = format!("user{i}@example.org").parse().unwrap();
                test.assign(&address).unwrap().name == "arm-0"
            })
            .count();
        // A quarter; five standard deviations of a fair draw are about 216.
        assert!((2_284..=2_716).contains(&first), "{first}");
    }

    #[test]
    fn another_test_assigns_anew() {
        let (one, mut other) = (test(&[1, 1]), test(&[1, 1]));
        other.name = "another".into();
        let moved = (0..1_000)
            .filter(|i| {
                let address = format!("user{i}@example.org").parse().unwrap();
                one.assign(&address).unwrap().name != other.assign(&address).unwrap().name
            })
            .count();
        assert!((400..=600).contains(&moved), "{moved}");
    }

    #[test]
    fn a_test_that_cannot_be_run_is_refused() {
        assert!(test(&[1]).check().is_err());
        assert!(AbTest::new("a b").is_err());
        assert!(AbTest::new("a".repeat(41)).is_err());
        assert!(test(&[1]).with_arm("arm-0", 1, message()).is_err());
        assert!(test(&[1]).with_arm("x", 0, message()).is_err());
        let to: Mailbox = "a@example.org".parse().unwrap();
        assert!(test(&[1]).with_arm("x", 1, message().with_to(to)).is_err());
    }
}
