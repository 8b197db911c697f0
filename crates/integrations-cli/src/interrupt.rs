//! Ctrl-C: the first ends the work in order, the second ends it at once.

use std::process::exit;
use std::sync::LazyLock;
use std::time::Duration;

use integrations::{Effect, Error, ErrorKind};
use tokio::sync::watch;

/// 128 and the number of SIGINT, as shells report it.
pub(crate) const EXIT_CODE: u8 = 130;

/// How long work that was interrupted may take to end in order.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long what dropped work has begun may take to be taken back.
const MOMENT: Duration = Duration::from_secs(1);

static INTERRUPTED: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Starts listening for Ctrl-C: from here on it does not end the program by itself. Where nobody
/// can listen it goes on doing that. `quiet` says nothing to people.
pub(crate) fn listen(quiet: bool) {
    // Heard from the call on, and not only once the task below runs.
    #[cfg(unix)]
    let heard = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt());
    #[cfg(windows)]
    let heard = tokio::signal::windows::ctrl_c();
    let Ok(mut heard) = heard else {
        return;
    };
    tokio::spawn(async move {
        while heard.recv().await.is_some() {
            if INTERRUPTED.send_replace(true) {
                exit(i32::from(EXIT_CODE));
            }
            if !quiet {
                eprintln!("interrupted; ending in order (again to end at once)");
            }
        }
    });
}

/// Whether Ctrl-C was pressed.
pub(crate) fn is_set() -> bool {
    *INTERRUPTED.borrow()
}

/// Comes to an end when Ctrl-C was pressed and the work has not ended by itself: it waits for
/// somebody who is silent, and is to be dropped.
pub(crate) async fn overdue() {
    pressed().await;
    tokio::time::sleep(PATIENCE).await;
}

/// Waits for Ctrl-C.
pub(crate) async fn pressed() {
    let mut pressed = INTERRUPTED.subscribe();
    if pressed.wait_for(|pressed| *pressed).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Gives a moment to the tasks that take back what dropped work has begun, such as an upload in
/// parts. How many there are cannot be told from here, nor whether they are answered.
pub(crate) async fn take_back() {
    tokio::time::sleep(MOMENT).await;
}

/// What the work under way fails with.
pub(crate) fn error() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted")
        .with_effect(Effect::NotApplied)
        .with_advice("nothing is half-written; run it again to go on")
}

/// What work fails with that had to be dropped: it waited for somebody who was silent, who may or
/// may not have done what was asked.
pub(crate) fn cut_off() -> Error {
    Error::new(
        ErrorKind::Cancelled,
        "interrupted while waiting for an answer",
    )
    .with_effect(Effect::Unknown)
    .with_advice("nothing is half-written; run it again to make sure and to go on")
}

/// Fails once Ctrl-C was pressed.
pub(crate) fn check() -> Result<(), Error> {
    if is_set() { Err(error()) } else { Ok(()) }
}
