//! Tests of variants that the provider runs.

use super::{Mailer, group};
use crate::call;
use crate::email::{
    AbReport, AbSend, AbTest, AbTestId, AbTestInfo, AbTestProvider, AbTestSupport, Recipient,
    SendOptions, check,
};
use crate::error::{Error, Result};
use crate::page::{PageRequest, Paged};

impl Mailer {
    fn tests(&self) -> Result<&dyn AbTestProvider> {
        let declared = self.capabilities().ab_tests != AbTestSupport::None;
        group(declared, || self.provider.ab_tests(), "ab_tests")
    }

    /// The tests of a provider where they can be made and sent, not only read.
    fn runs(&self, operation: &'static str) -> Result<&dyn AbTestProvider> {
        let tests = self.tests()?;
        self.need(
            self.capabilities().ab_tests == AbTestSupport::Run,
            operation,
        )?;
        Ok(tests)
    }

    /// Has the provider keep a test.
    ///
    /// # Errors
    /// `InvalidInput` for a test that cannot be run; `Unsupported` where tests are only read.
    pub async fn create_ab_test(&self, test: &AbTest) -> Result<AbTestInfo> {
        call::run(&*self.provider, "create_ab_test", async {
            let tests = self.runs("create_ab_test")?;
            test.check()?;
            for arm in &test.arms {
                self.check_message(&arm.message)?;
            }
            self.check_create_key(test.idempotency_key.as_ref())?;
            tests.create_ab_test(test).await
        })
        .await
    }

    /// A kept test.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get_ab_test(&self, id: &AbTestId) -> Result<AbTestInfo> {
        call::run(&*self.provider, "get_ab_test", async {
            let tests = self.tests()?;
            check::id("test id", id.as_str())?;
            tests.get_ab_test(id).await
        })
        .await
    }

    /// Every kept test.
    #[must_use]
    pub fn list_ab_tests(&self, first: PageRequest) -> Paged<AbTestInfo> {
        let this = self.clone();
        Paged::new(first, move |page| {
            let this = this.clone();
            async move {
                call::run(&*this.provider, "list_ab_tests", async {
                    this.tests()?.list_ab_tests(&page).await
                })
                .await
            }
        })
    }

    /// Sends a kept test: each recipient gets one arm, or the winner once there is one.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` without recipients; `Unsupported` where tests are only read.
    pub async fn send_ab_test(
        &self,
        id: &AbTestId,
        recipients: &[Recipient],
        options: SendOptions,
    ) -> Result<AbSend> {
        call::run(&*self.provider, "send_ab_test", async {
            let tests = self.runs("send_ab_test")?;
            check::id("test id", id.as_str())?;
            if recipients.is_empty() {
                return Err(Error::invalid_input("the test has no recipient"));
            }
            recipients
                .iter()
                .try_for_each(|r| self.check_recipient(r))?;
            let options = self.keyed(options);
            self.capabilities().check_options(&options)?;
            tests.send_ab_test(id, recipients, &options).await
        })
        .await
    }

    /// How the arms of a kept test did so far.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn ab_test_results(&self, id: &AbTestId) -> Result<AbReport> {
        call::run(&*self.provider, "ab_test_results", async {
            let tests = self.tests()?;
            check::id("test id", id.as_str())?;
            tests.ab_test_results(id).await
        })
        .await
    }

    /// Ends a kept test: from now on everybody gets this arm.
    ///
    /// # Errors
    /// `NotFound` for the test or the arm; `Conflict` when another arm was chosen before;
    /// `Unsupported` where tests are only read.
    pub async fn choose_ab_winner(&self, id: &AbTestId, arm: &str) -> Result<AbTestInfo> {
        call::run(&*self.provider, "choose_ab_winner", async {
            let tests = self.runs("choose_ab_winner")?;
            check::id("test id", id.as_str())?;
            check::id("arm", arm)?;
            tests.choose_ab_winner(id, arm).await
        })
        .await
    }
}
