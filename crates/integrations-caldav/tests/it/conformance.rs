//! The calendar suite on the three servers.

use std::sync::Arc;

use integrations_caldav::CalDav;
use integrations_conformance::calendar::Harness;
use integrations_core::calendar::{Calendar, CalendarId, NewCalendar};
use integrations_core::http::{HttpTransport, TransportConfig};
use integrations_core::testing::CountingTransport;
use integrations_core::{IdempotencyKey, Integration};

use crate::counterpart::Server;
use crate::expiring::Expiring;

async fn harness(server: Server) -> Option<Harness> {
    let http = HttpTransport::new(TransportConfig::new()).unwrap();
    let expiring = Expiring::over(CountingTransport::new(http));
    let (counted, old) = (expiring.inner().clone(), expiring.clone());
    let config = server.config()?.with_address("alice@example.com");
    let provider = CalDav::with_transport(config, expiring).unwrap();
    provider.connect().await.unwrap();
    let calendar = Calendar::new(provider);
    let new = NewCalendar::new("Home").with_key(IdempotencyKey::random());
    let home = calendar.create_calendar(new).await.unwrap();
    let harness = Harness::new(calendar, home.id)
        .with_me("alice@example.com")
        .with_expire_tokens(Arc::new(move |calendar: CalendarId| {
            old.expire(calendar);
            Box::pin(async { Ok(()) })
        }))
        .with_requests(move || counted.sent());
    Some(harness)
}

/// evidence: caldav: suite: independent server: Radicale 3.9.0
mod radicale {
    integrations_conformance::calendar_tests!(
        async { super::harness(crate::counterpart::Server::Radicale).await },
        except &[],
        without crate::exceptions::WITHOUT_SCHEDULING
    );
}

/// evidence: caldav: suite: independent server: Xandikos 0.4.10
mod xandikos {
    integrations_conformance::calendar_tests!(
        async { super::harness(crate::counterpart::Server::Xandikos).await },
        except &[],
        without crate::exceptions::WITHOUT_SCHEDULING
    );
}

/// evidence: caldav: suite: independent server: Cyrus 3.6.1
mod cyrus {
    integrations_conformance::calendar_tests!(
        async { super::harness(crate::counterpart::Server::Cyrus).await },
        except &[],
        without crate::exceptions::WITH_SCHEDULING
    );
}
