//! The calendar suite on the three servers.

use integrations_conformance::calendar::Harness;
use integrations_core::calendar::{Calendar, NewCalendar};
use integrations_core::{IdempotencyKey, Integration};

use crate::counterpart::{Server, counted};

async fn harness(server: Server) -> Option<Harness> {
    let (provider, transport) = counted(server.config()?);
    provider.connect().await.unwrap();
    let calendar = Calendar::new(provider);
    let new = NewCalendar::new("Home").with_key(IdempotencyKey::random());
    let home = calendar.create_calendar(new).await.unwrap();
    let harness = Harness::new(calendar, home.id).with_requests(move || transport.sent());
    Some(harness)
}

/// evidence: caldav: suite: independent server: Radicale 3.9.0
mod radicale {
    integrations_conformance::calendar_tests!(
        async { super::harness(crate::counterpart::Server::Radicale).await },
        except & []
    );
}

/// evidence: caldav: suite: independent server: Xandikos 0.4.10
mod xandikos {
    integrations_conformance::calendar_tests!(
        async { super::harness(crate::counterpart::Server::Xandikos).await },
        except & []
    );
}

/// evidence: caldav: suite: independent server: Cyrus 3.6.1
mod cyrus {
    integrations_conformance::calendar_tests!(
        async { super::harness(crate::counterpart::Server::Cyrus).await },
        except & []
    );
}
