//! A mock of the driver trait, for tests of applications.

use super::*;
use crate::integration::{Descriptor, Health, Status};

mockall::mock! {
    /// An email provider whose answers a test sets. Wrap it in [`Mailer::new`]. It has none of the
    /// optional groups; to test those, run on the embedded provider.
    #[derive(Debug)]
    pub EmailProvider {}

    #[async_trait]
    impl Integration for EmailProvider {
        fn descriptor(&self) -> &Descriptor;
        async fn connect(&self) -> Result<()>;
        async fn disconnect(&self) -> Result<()>;
        async fn check_health(&self) -> Health;
        fn status(&self) -> Status;
    }

    #[async_trait]
    impl EmailProvider for EmailProvider {
        fn capabilities(&self) -> &EmailCapabilities;
        async fn send(&self, message: &EmailMessage, options: &SendOptions) -> Result<SendReport>;
        async fn send_batch(
            &self,
            message: &EmailMessage,
            recipients: &[Recipient],
            options: &SendOptions,
        ) -> Result<SendReport>;
        async fn send_raw(
            &self,
            envelope: &Envelope,
            mime: &Bytes,
            options: &SendOptions,
        ) -> Result<SendReport>;
        async fn cancel_scheduled(&self, id: &MessageId) -> Result<()>;
    }
}
