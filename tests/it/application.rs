//! An application over all six categories, written against the manager alone, that is interrupted
//! wherever it can be.
//!
//! A guest books an hour. Whenever the application stops in the middle, is started anew and does the
//! same booking again, there is one of everything in the end.

use std::path::Path;

use integrations::auth::UserQuery;
use integrations::calendar::{Attendee, EventQuery, NewEvent};
use integrations::email::{EmailMessage, EventKind, Mailbox, SendOptions};
use integrations::money::{Currency, Money};
use integrations::payment::{CreatePayment, Instrument, PaymentFilter};
use integrations::storage::{ObjectKey, PutOptions};
use integrations::time::EventTime;
use integrations::video::{MeetingQuery, NewMeeting};
use integrations::{Error, ErrorKind, IdempotencyKey, Manager, PageRequest, Result};
use jiff::civil::date;

/// Where things are. `till` and `post` are placed by the environment.
const CONFIGURATION: &str = "
    [staff]
    provider = 'local_auth'
    path = 'FOLDER/staff'

    [diary]
    provider = 'local_calendar'
    path = 'FOLDER/diary'

    [rooms]
    provider = 'local_video'
    path = 'FOLDER/rooms'

    [till]
    provider = 'local_payment'

    [books]
    provider = 'local_storage'
    path = 'FOLDER/books'

    [post]
    provider = 'local_email'
    path = 'this is replaced by the environment'
";

const GUEST: &str = "ada@example.com";

/// How many steps a booking has.
const STEPS: usize = 7;

struct Application {
    manager: Manager,
    /// Stops before the step with this number.
    stops_before: usize,
    done: usize,
}

impl Application {
    /// As it is started: from a file's text and the environment.
    async fn start(folder: &Path, stops_before: usize) -> Self {
        let place = |name: &str| folder.join(name).display().to_string();
        let text = CONFIGURATION.replace("FOLDER", &folder.display().to_string());
        let environment = [
            ("INTEGRATIONS__TILL__PATH", place("till")),
            ("INTEGRATIONS__POST__PATH", place("post")),
            ("PATH", "/bin".to_owned()),
        ];
        let builder = Manager::builder().toml("shop.toml", &text).unwrap();
        let manager = builder.env(environment).build().await.unwrap();
        for (name, outcome) in manager.connect_all().await {
            outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        Self {
            manager,
            stops_before,
            done: 0,
        }
    }

    fn step(&mut self) -> Result<()> {
        if self.done == self.stops_before {
            return Err(Error::new(ErrorKind::Cancelled, "the power went"));
        }
        self.done += 1;
        Ok(())
    }

    /// Books an hour for a guest: a room, a place in the diary, money, a receipt and a mail.
    async fn book(&mut self, booking: &IdempotencyKey, guest: &str) -> Result<()> {
        let start = |hour| EventTime::zoned(date(2035, 6, 4).at(hour, 0, 0, 0), "Europe/Berlin");
        let price = Money::new(12_000, Currency::EUR);

        self.step()?;
        let staff = self.manager.sign_in("staff")?;
        let users = staff.users(UserQuery::email(guest)).all().await?;
        let user = users.first().ok_or_else(|| Error::not_found(guest))?;
        let name = user.name.clone().unwrap_or_else(|| guest.to_owned());

        self.step()?;
        let room = NewMeeting::scheduled("An hour of advice", start(9), 60);
        let room = room.with_key(booking.suffixed("room"));
        let room = self.manager.meetings("rooms")?.create_meeting(room).await?;

        self.step()?;
        let diary = self.manager.calendar("diary")?;
        let calendars = diary.list_calendars().all().await?;
        let home = calendars.into_iter().find(|one| one.writable);
        let home = home.ok_or_else(|| Error::not_found("a calendar"))?.id;
        let event = NewEvent::new(format!("Advice for {name}"), start(9), start(10))
            .with_location(room.link()?.as_str())
            .with_attendee(Attendee::new(guest))
            .with_key(booking.suffixed("event"));
        diary.create_event(&home, event).await?;

        self.step()?;
        let payment = CreatePayment::new(booking.suffixed("payment"), price)
            .with_instrument(Instrument::token("tok_visa"))
            .with_reference(booking.as_str());
        let payment = self
            .manager
            .payments("till")?
            .create_payment(payment)
            .await?;

        self.step()?;
        let receipt = ObjectKey::new(format!("receipts/{booking}.txt"))?;
        let text = format!("{name} paid {price} ({})\n", payment.id);
        let books = self.manager.storage("books")?;
        match books
            .put(&receipt, text.clone(), PutOptions::create())
            .await
        {
            // It was written before the power went, and is the same.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            other => drop(other?),
        }

        self.step()?;
        let sender: Mailbox = "Advice <advice@example.com>".parse()?;
        let mail = EmailMessage::new(sender, "Your hour of advice")
            .with_to(guest.parse::<Mailbox>()?)
            .with_text(format!("{text}We meet at {}\n", room.link()?));
        let options = SendOptions::default().with_key(booking.suffixed("mail"));
        let mailer = self.manager.mailer("post")?;
        mailer.send_with(&mail, options).await?.require_all()?;

        self.step()
    }

    /// What there is, counted by asking each provider.
    async fn count(&self) -> Counted {
        let diary = self.manager.calendar("diary").unwrap();
        let mut events = 0;
        for calendar in diary.list_calendars().all().await.unwrap() {
            let list = diary.list_events(&calendar.id, EventQuery::default());
            events += list.all().await.unwrap().len();
        }
        let rooms = self.manager.meetings("rooms").unwrap();
        let rooms = rooms.list_meetings(MeetingQuery::default());
        let till = self.manager.payments("till").unwrap();
        let payments = till
            .list_payments(PaymentFilter::new())
            .all()
            .await
            .unwrap();
        let books = self.manager.storage("books").unwrap();
        let post = self.manager.mailer("post").unwrap();
        let sent = integrations::email::EventQuery::default().with_kind(EventKind::Sent);
        Counted {
            rooms: rooms.all().await.unwrap().len(),
            events,
            payments: payments.len(),
            taken: payments.iter().map(|one| one.captured.minor()).sum(),
            receipts: books.list("receipts/").all().await.unwrap().len(),
            mails: post
                .events(sent, PageRequest::default())
                .all()
                .await
                .unwrap()
                .len(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Counted {
    rooms: usize,
    events: usize,
    payments: usize,
    taken: i64,
    receipts: usize,
    mails: usize,
}

const ONE_OF_EVERYTHING: Counted = Counted {
    rooms: 1,
    events: 1,
    payments: 1,
    taken: 12_000,
    receipts: 1,
    mails: 1,
};

#[tokio::test]
async fn wherever_it_is_interrupted_a_booking_is_made_once() {
    let booking = IdempotencyKey::new("booking-1042").unwrap();
    for stops_before in 0..STEPS {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Application::start(folder.path(), stops_before).await;
        let stopped = first.book(&booking, GUEST).await.unwrap_err();
        assert_eq!(stopped.kind(), ErrorKind::Cancelled, "{stopped}");
        assert_eq!(first.done, stops_before);
        drop(first);

        let mut second = Application::start(folder.path(), usize::MAX).await;
        second.book(&booking, GUEST).await.unwrap();
        assert_eq!(second.done, STEPS);
        assert_eq!(second.count().await, ONE_OF_EVERYTHING, "{stops_before}");
    }
}

#[tokio::test]
async fn two_bookings_are_two_of_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut application = Application::start(folder.path(), usize::MAX).await;
    for booking in ["booking-1", "booking-2"] {
        let booking = IdempotencyKey::new(booking).unwrap();
        application.book(&booking, GUEST).await.unwrap();
    }
    let two = Counted {
        rooms: 2,
        events: 2,
        payments: 2,
        taken: 24_000,
        receipts: 2,
        mails: 2,
    };
    assert_eq!(application.count().await, two);
}

#[tokio::test]
async fn what_fails_early_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut application = Application::start(folder.path(), usize::MAX).await;
    let booking = IdempotencyKey::random();
    let error = application
        .book(&booking, "nobody@example.com")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let counted = application.count().await;
    assert_eq!((counted.rooms, counted.events, counted.payments), (0, 0, 0));
}
