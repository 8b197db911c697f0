//! Tests of variants that are assigned here.

use std::collections::BTreeMap;

use super::Mailer;
use super::batch::failed;
use crate::call;
use crate::email::{
    AbArmReport, AbReport, AbSend, AbTest, Recipient, SendOptions, SendReport, StatPoint,
    StatsQuery,
};
use crate::error::{Error, Result};
use crate::time::TimeRange;

impl Mailer {
    /// Sends each recipient the variant of the arm that the test assigns them to, tagged so that
    /// [`ab_report`](Self::ab_report) can count it. Nothing is stored: a later send with the same
    /// test reaches each recipient with the same variant.
    ///
    /// # Errors
    /// `InvalidInput` for a test that cannot be run; `Unsupported` without tags; and as
    /// [`send_batch`](Self::send_batch). When an arm fails after another was sent, that is no
    /// error: its recipients are in the answer, `Failed`, or `Unknown` when contact was lost, and
    /// the ids of the arms that were sent are beside them.
    pub async fn send_ab(
        &self,
        test: &AbTest,
        recipients: &[Recipient],
        options: SendOptions,
    ) -> Result<AbSend> {
        let shares = call::run(&*self.provider, "send_ab", async {
            test.check()?;
            self.need(self.capabilities().tags, "tags")?;
            if recipients.is_empty() {
                return Err(Error::invalid_input("the test has no recipient"));
            }
            let mut shares: BTreeMap<&str, Vec<Recipient>> = BTreeMap::new();
            for recipient in recipients {
                self.check_recipient(recipient)?;
                let arm = test.assign(recipient.mailbox.address())?;
                shares.entry(&arm.name).or_default().push(recipient.clone());
            }
            // Every arm is checked before the first is sent.
            for arm in &test.arms {
                if let Some(share) = shares.get(arm.name.as_str()) {
                    let message = arm.message.clone().with_tag(test.tag(&arm.name));
                    self.check_batch(&message, share)?;
                }
            }
            Ok(shares)
        })
        .await?;
        let mut arms = BTreeMap::new();
        for arm in &test.arms {
            let Some(share) = shares.get(arm.name.as_str()) else {
                continue;
            };
            let message = arm.message.clone().with_tag(test.tag(&arm.name));
            let mut options = options.clone();
            options.idempotency_key = options.idempotency_key.map(|key| key.suffixed(&arm.name));
            match self.send_batch(&message, share, options).await {
                Ok(report) => arms.insert(arm.name.clone(), report),
                Err(error) if arms.is_empty() => return Err(error),
                // Earlier arms are sent: their reports must not be lost with this error.
                Err(error) => {
                    let mut report = SendReport::empty();
                    report.recipients = share.iter().map(|r| failed(r, &error)).collect();
                    arms.insert(arm.name.clone(), report)
                }
            };
        }
        Ok(AbSend::new(arms))
    }

    /// How the arms of a test did, from the provider's statistics by tag.
    ///
    /// # Errors
    /// `Unsupported` without statistics by tag.
    pub async fn ab_report(&self, test: &AbTest, range: TimeRange) -> Result<AbReport> {
        let mut arms = Vec::with_capacity(test.arms.len());
        for arm in &test.arms {
            let query = StatsQuery::total(range).with_tag(test.tag(&arm.name));
            let mut sum = StatPoint::new(range.start);
            for point in self.stats(&query).await? {
                for (kind, count) in point.counts {
                    sum.add(kind, count);
                }
            }
            arms.push(AbArmReport::new(arm.name.clone(), sum.counts));
        }
        Ok(AbReport::new(test.name.clone(), arms))
    }
}
