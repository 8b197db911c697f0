//! Every public trait is object-safe, and every handle can be shared and sent.

use std::collections::BTreeSet;
use std::path::Path;

use integrations_core::calendar::mirror;
use integrations_core::credential::contract;
use integrations_core::*;

/// Takes a trait's object, which only an object-safe trait has.
fn object<T: ?Sized + Send + Sync + 'static>() {}

fn handle<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}

macro_rules! objects {
    ($($module:ident: $($name:ident),+;)+) => {
        const OBJECTS: &[&str] = &[$($(stringify!($name)),+),+];

        #[test]
        fn every_public_trait_is_object_safe() {
            $($(object::<dyn $module::$name>();)+)+
        }
    };
}

objects! {
    integrations_core: Integration;
    auth: AuthProvider, UserDirectory, PendingStore;
    calendar: CalendarProvider, SharingProvider, AttachmentProvider, SyncProvider, WatchProvider;
    contract: Tamper;
    credential: CredentialStore;
    mirror: MirrorStore;
    email: EmailProvider, TemplateStore, SuppressionStore, EmailAnalytics, AddressValidator,
        InboundRoutes, AbTestProvider;
    http: Transport;
    oauth: AccessTokens;
    payment: PaymentProvider, CustomerProvider, VaultProvider, SubscriptionProvider, DisputeProvider;
    storage: StorageProvider;
    video: VideoProvider, ParticipantProvider, LiveProvider, RecordingProvider, RegistrantProvider,
        WebinarProvider;
}

#[test]
fn every_handle_can_be_cloned_shared_and_sent() {
    handle::<auth::SignIn>();
    handle::<oauth::OAuthClient>();
    handle::<credential::TokenSource>();
    handle::<calendar::Calendar>();
    handle::<calendar::mirror::Mirror>();
    handle::<calendar::Sharing>();
    handle::<calendar::Attachments>();
    handle::<calendar::Watching>();
    handle::<email::Mailer>();
    handle::<payment::Payments>();
    handle::<payment::Customers>();
    handle::<payment::Vault>();
    handle::<payment::Subscriptions>();
    handle::<payment::Disputes>();
    handle::<storage::Storage>();
    handle::<video::Meetings>();
    handle::<video::Participants>();
    handle::<video::Recordings>();
    handle::<video::Registrants>();
    handle::<video::Webinars>();
    handle::<registry::Instance>();
    handle::<registry::Factory>();
    object::<integrations::Manager>();
    object::<registry::Registry>();
}

/// The list above has every trait of the core, so that a new one cannot be forgotten.
#[test]
fn no_public_trait_is_forgotten() {
    let mut found = BTreeSet::new();
    let core = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/integrations-core/src"
    );
    traits(Path::new(core), &mut found);
    let listed: BTreeSet<String> = OBJECTS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(found, listed);
}

fn traits(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            traits(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let after = text
            .lines()
            .filter_map(|line| line.strip_prefix("pub trait "));
        found.extend(after.map(|rest| {
            let end = rest.find(|c: char| !c.is_alphanumeric());
            rest[..end.unwrap_or(rest.len())].to_owned()
        }));
    }
}
