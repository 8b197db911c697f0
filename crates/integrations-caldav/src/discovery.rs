//! From an address to the account's calendars (RFC 6764, section 6).

use async_trait::async_trait;
use integrations_core::guard::Operation;
use integrations_core::{Error, ErrorKind, Result};
use url::Url;

use crate::client::{Call, Dav};
use crate::dav::multistatus::Answer;
use crate::dav::request::{Prop, propfind};
use crate::dav::xml::{CALDAV, DAV};
use crate::operations::{DISCOVER, OPTIONS};

/// A service as the domain name system tells it (RFC 2782).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRecord {
    /// The lowest is tried first.
    pub priority: u16,
    /// Among equals the higher is tried first.
    pub weight: u16,
    /// The host; a single dot says that there is no such service.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Asks the domain name system, for those who know nothing of their server but a domain (RFC 6764,
/// section 3). Which resolver is used is for the application to say; answers that are not signed
/// can be forged, so that the host that they name is not to be trusted with a password unless it
/// proves by its certificate to be of the domain, or is named in `hosts`.
#[async_trait]
pub trait ServiceResolver: Send + Sync + std::fmt::Debug {
    /// The records of type `SRV` of a name such as `_caldavs._tcp.example.com`; none is no error.
    ///
    /// # Errors
    /// What the resolver answers.
    async fn services(&self, name: &str) -> Result<Vec<ServiceRecord>>;

    /// The texts of type `TXT` of a name; none is no error.
    ///
    /// # Errors
    /// What the resolver answers.
    async fn texts(&self, name: &str) -> Result<Vec<String>>;
}

/// Where the CalDAV service of a domain is (RFC 6764, section 6): what its records say, over TLS
/// alone; without records, the domain itself.
///
/// ```
/// use integrations_caldav::{ServiceRecord, ServiceResolver, find_service};
/// # use integrations_core::Result;
/// # #[derive(Debug)] struct Resolver;
/// # #[async_trait::async_trait] impl ServiceResolver for Resolver {
/// #     async fn services(&self, _: &str) -> Result<Vec<ServiceRecord>> { Ok(vec![]) }
/// #     async fn texts(&self, _: &str) -> Result<Vec<String>> { Ok(vec![]) }
/// # }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
/// let url = find_service("example.com", &Resolver).await?;
/// assert_eq!(url.as_str(), "https://example.com/");
/// # Ok(()) }
/// ```
///
/// # Errors
/// `InvalidInput` for what is no domain; `NotFound` when the domain says that it has no such
/// service; what the resolver answers.
pub async fn find_service(domain: &str, resolver: &dyn ServiceResolver) -> Result<Url> {
    let no_domain = |_| Error::invalid_input(format!("{domain:?} is no domain"));
    let plain = Url::parse(&format!("https://{domain}/")).map_err(no_domain)?;
    if plain.host_str() != Some(&*domain.to_ascii_lowercase()) {
        return Err(Error::invalid_input(format!("{domain:?} is no domain")));
    }
    let name = format!("_caldavs._tcp.{domain}");
    let mut services = resolver.services(&name).await?;
    services.sort_by_key(|one| (one.priority, std::cmp::Reverse(one.weight)));
    let Some(first) = services.first() else {
        return Ok(plain);
    };
    let host = first.host.trim_end_matches('.');
    if host.is_empty() {
        return Err(Error::not_found(format_args!(
            "a CalDAV service of {domain}"
        )));
    }
    let url = Url::parse(&format!("https://{host}:{}/", first.port));
    let mut url = url.map_err(no_domain)?;
    for text in resolver.texts(&name).await? {
        // Section 4: `path=/calendar`.
        if let Some(path) = text
            .strip_prefix("path=")
            .filter(|path| path.starts_with('/'))
        {
            url.set_path(path);
        }
    }
    Ok(url)
}

const WELL_KNOWN: &str = "/.well-known/caldav";

const PROPS: &[Prop] = &[
    (DAV, "resourcetype"),
    (DAV, "current-user-principal"),
    (CALDAV, "calendar-home-set"),
    (CALDAV, "calendar-user-address-set"),
    (CALDAV, "schedule-outbox-URL"),
    (CALDAV, "schedule-inbox-URL"),
];

/// What is known of the account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// The collection that its calendars are in.
    pub(crate) home: Url,
    /// Its addresses, without `mailto:`.
    pub(crate) addresses: Vec<String>,
    /// Where requests for others' free/busy go.
    pub(crate) outbox: Option<Url>,
    /// The calendar for new events, where the server says which one it is.
    pub(crate) default_calendar: Option<Url>,
    /// The words of the header `DAV` (RFC 4918, section 10.1).
    pub(crate) classes: Vec<String>,
    /// The methods that the home answers to; empty when it does not say.
    pub(crate) methods: Vec<String>,
}

impl Account {
    /// Whether the server says that it has a feature.
    pub(crate) fn has(&self, class: &str) -> bool {
        self.classes
            .iter()
            .any(|one| one.eq_ignore_ascii_case(class))
    }

    /// Whether a method is answered, as far as that is said.
    pub(crate) fn allows(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|one| one == method)
    }

    /// Whether the server invites people by itself (RFC 6638, section 2). One that says so and
    /// knows no address of the account cannot.
    pub(crate) fn schedules(&self) -> bool {
        self.has("calendar-auto-schedule") && !self.addresses.is_empty()
    }
}

/// Finds the account that the credentials are for.
///
/// # Errors
/// `Unauthenticated`; `Untrusted` when the server leads to a host that may not see the credentials;
/// `Config` when there is no CalDAV at the address.
pub(crate) async fn discover(dav: &Dav, start: &Url) -> Result<Account> {
    let mut candidates = vec![start.clone()];
    let join = |path: &str| {
        let joined = start.join(path);
        joined.map_err(|_| Error::new(ErrorKind::Config, "url is no base of another"))
    };
    let (well_known, root) = (join(WELL_KNOWN)?, join("/")?);
    match start.path() {
        // The host alone: section 6, step 3 asks the well-known address first.
        "/" => candidates.insert(0, well_known),
        _ => candidates.extend([well_known, root]),
    }
    // Once more for a server that answers strangers with their nobody: it is shown who asks then.
    let again = candidates.clone();
    let mut strangers = false;
    for (count, candidate) in candidates.iter().chain(&again).enumerate() {
        if count == again.len() && !(strangers && dav.come_forward()) {
            break;
        }
        let found = match look(dav, candidate).await {
            Ok(found) => found,
            // It is not here; a server may refuse the method where there is nothing.
            Err(error) if not_here(&error) => continue,
            Err(error) => return Err(error),
        };
        let Some((url, answer)) = found else { continue };
        strangers |= is_stranger(&answer);
        if let Some(principal) = principal_of(&url, answer)? {
            return account(dav, principal).await;
        }
    }
    Err(Error::new(
        ErrorKind::Config,
        "there is no CalDAV account at the address",
    )
    .with_advice("set `url` to the page that the service names for CalDAV"))
}

fn not_here(error: &Error) -> bool {
    matches!(
        error.status(),
        Some(400 | 403 | 404 | 405 | 410 | 415 | 501)
    ) || (error.kind() == ErrorKind::Decode && error.status().is_some())
}

/// What a resource says of itself, and where that was after redirects.
async fn look(dav: &Dav, url: &Url) -> Result<Option<(Url, Answer)>> {
    let call = Call::new("PROPFIND", url).depth("0").xml(propfind(PROPS));
    let reply = dav.run(&Operation::of(&DISCOVER), &call).await?;
    let answer = reply.multistatus()?.responses.into_iter().next();
    Ok(answer.map(|answer| (reply.url, answer)))
}

/// Where to read of the account: itself, the principal it names, or, without principals, the place
/// itself.
enum Place {
    Principal(Url, Box<Answer>),
    Named(Url),
    Home(Url),
}

fn principal_of(url: &Url, answer: Answer) -> Result<Option<Place>> {
    if !answer.hrefs(CALDAV, "calendar-home-set", url).is_empty() {
        return Ok(Some(Place::Principal(url.clone(), Box::new(answer))));
    }
    if let Some(named) = answer
        .hrefs(DAV, "current-user-principal", url)
        .into_iter()
        .next()
    {
        return Ok(Some(Place::Named(named)));
    }
    let kind = answer.props.child(DAV, "resourcetype");
    if answer.is_calendar() {
        let parent = url.join("../");
        let parent = parent.map_err(|_| Error::new(ErrorKind::Config, "url is no collection"))?;
        return Ok(Some(Place::Home(parent)));
    }
    let open = is_stranger(&answer);
    let collection = kind.is_some_and(|kind| kind.child(DAV, "collection").is_some());
    Ok((collection && !open && url.path() != "/").then(|| Place::Home(url.clone())))
}

/// Whether the server answers without knowing who asks (RFC 5397, section 3).
fn is_stranger(answer: &Answer) -> bool {
    let principal = answer.props.child(DAV, "current-user-principal");
    principal.is_some_and(|one| one.child(DAV, "unauthenticated").is_some())
}

async fn account(dav: &Dav, place: Place) -> Result<Account> {
    let (url, answer) = match place {
        Place::Principal(url, answer) => (url, *answer),
        Place::Named(url) => look(dav, &url).await?.ok_or_else(nobody)?,
        Place::Home(home) => {
            return with_features(
                dav,
                Account {
                    home,
                    addresses: Vec::new(),
                    outbox: None,
                    default_calendar: None,
                    classes: Vec::new(),
                    methods: Vec::new(),
                },
            )
            .await;
        }
    };
    let mut homes = answer.hrefs(CALDAV, "calendar-home-set", &url).into_iter();
    let home = with_slash(homes.next().ok_or_else(nobody)?);
    let addresses = answer.hrefs(CALDAV, "calendar-user-address-set", &url);
    let addresses = addresses
        .iter()
        .filter(|url| url.scheme() == "mailto")
        .map(|url| url.path().to_owned())
        .filter(|address| !address.is_empty());
    let first = |name: &str| answer.hrefs(CALDAV, name, &url).into_iter().next();
    let mut found = Account {
        home,
        addresses: addresses.collect(),
        outbox: first("schedule-outbox-URL"),
        default_calendar: None,
        classes: Vec::new(),
        methods: Vec::new(),
    };
    if let Some(inbox) = first("schedule-inbox-URL") {
        found.default_calendar = default_calendar(dav, &inbox).await?;
    }
    with_features(dav, found).await
}

fn nobody() -> Error {
    Error::new(
        ErrorKind::PermissionDenied,
        "the server does not say where the account's calendars are",
    )
    .with_advice("the account may have no calendars at this server; check `url` and `username`")
}

fn with_slash(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// RFC 6638, section 9.2.
async fn default_calendar(dav: &Dav, inbox: &Url) -> Result<Option<Url>> {
    const DEFAULT: &str = "schedule-default-calendar-URL";
    let call = Call::new("PROPFIND", inbox)
        .depth("0")
        .xml(propfind(&[(CALDAV, DEFAULT)]));
    let reply = match dav.run(&Operation::of(&DISCOVER), &call).await {
        Ok(reply) => reply,
        Err(error) if not_here(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let answer = reply.multistatus()?.responses.into_iter().next();
    Ok(answer.and_then(|one| one.hrefs(CALDAV, DEFAULT, &reply.url).into_iter().next()))
}

/// What the server says of itself at the account's home.
async fn with_features(dav: &Dav, mut account: Account) -> Result<Account> {
    let call = Call::new("OPTIONS", &account.home);
    let reply = dav.run(&Operation::of(&OPTIONS), &call).await?;
    let words = |name: &str| -> Vec<String> {
        let all = reply.headers.get_all(name).iter();
        let all = all.filter_map(|value| value.to_str().ok());
        all.flat_map(|text| text.split(','))
            .map(|word| word.trim().to_owned())
            .collect()
    };
    account.classes = words("dav");
    account.methods = words("allow");
    if !account.has("calendar-access") {
        return Err(Error::new(
            ErrorKind::Config,
            "the server speaks WebDAV, and not CalDAV (RFC 4791, section 5.1)",
        ));
    }
    Ok(account)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    #[derive(Debug)]
    struct Zone(Vec<ServiceRecord>, Vec<&'static str>);

    #[async_trait]
    impl ServiceResolver for Zone {
        async fn services(&self, name: &str) -> Result<Vec<ServiceRecord>> {
            assert_eq!(name, "_caldavs._tcp.example.com");
            Ok(self.0.clone())
        }

        async fn texts(&self, name: &str) -> Result<Vec<String>> {
            assert_eq!(name, "_caldavs._tcp.example.com");
            Ok(self.1.iter().map(|text| (*text).to_owned()).collect())
        }
    }

    fn record(priority: u16, weight: u16, host: &str, port: u16) -> ServiceRecord {
        ServiceRecord {
            priority,
            weight,
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn a_domain_names_its_service() {
        // RFC 6764, sections 3 and 4.
        let zone = Zone(
            vec![
                record(1, 1, "backup.example.com.", 443),
                record(0, 1, "small.example.com.", 443),
                record(0, 9, "calendar.example.com.", 8443),
            ],
            vec!["v=1", "path=/caldav"],
        );
        let found = block_on(find_service("example.com", &zone)).unwrap();
        assert_eq!(found.as_str(), "https://calendar.example.com:8443/caldav");
        let none = Zone(vec![record(0, 0, ".", 0)], vec![]);
        let error = block_on(find_service("example.com", &none)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        for wrong in [
            "",
            "a b",
            "example.com/x",
            "user@example.com",
            "example.com:1",
        ] {
            let error = block_on(find_service(wrong, &none)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong}");
        }
    }
}
