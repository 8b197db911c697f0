//! A mirror that looks by itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::super::{Keep, MemoryMirror, Mirror, Notices};
use super::remote::{Remote, TTL};

/// A kept mirror, on tokio's paused clock.
struct Kept {
    remote: Remote,
    mirror: Mirror,
    told: Arc<Mutex<Vec<bool>>>,
    _task: tokio::task::JoinHandle<()>,
}

async fn keep(remote: Remote, keep: Keep) -> Kept {
    let begun = Instant::now();
    let epoch = Timestamp::UNIX_EPOCH;
    let time = remote.clone();
    let clock = move || {
        let now = epoch + begun.elapsed();
        time.set_now(now);
        now
    };
    let mirror = Mirror::new(remote.calendar(), "c".into(), MemoryMirror::new()).unwrap();
    let mirror = mirror.with_clock(clock);
    let told: Arc<Mutex<Vec<bool>>> = Arc::default();
    let (kept, heard) = (mirror.clone(), told.clone());
    let task = tokio::spawn(async move {
        kept.keep(keep, |result| heard.lock().unwrap().push(result.is_ok()))
            .await;
    });
    sleep(Duration::from_millis(1)).await;
    Kept {
        remote,
        mirror,
        told,
        _task: task,
    }
}

impl Kept {
    async fn has(&self, id: &str) -> bool {
        self.mirror.get(&id.into()).await.unwrap().is_some()
    }

    fn pulls(&self) -> usize {
        self.told.lock().unwrap().len()
    }
}

fn notices() -> Notices {
    Notices::new("https://example.com/hook".parse().unwrap(), "secret".into())
}

#[tokio::test(start_paused = true)]
async fn a_nudge_pulls_at_once_and_a_lost_one_only_later() {
    let kept = keep(Remote::new(), Keep::every(Duration::from_secs(300))).await;
    kept.remote.put("a", "One");
    sleep(Duration::from_secs(10)).await;
    assert!(!kept.has("a").await, "it pulls without a reason");
    kept.mirror.nudge();
    kept.mirror.nudge();
    sleep(Duration::from_secs(2)).await;
    assert!(kept.has("a").await);
    assert_eq!(kept.pulls(), 2);
    kept.remote.put("b", "One");
    sleep(Duration::from_secs(290)).await;
    assert!(!kept.has("b").await);
    sleep(Duration::from_secs(12)).await;
    assert!(kept.has("b").await);
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_failed_is_repeated_soon() {
    let kept = keep(Remote::new(), Keep::every(Duration::from_secs(300))).await;
    kept.remote.put("a", "One");
    kept.remote.fail_at(0);
    kept.mirror.nudge();
    sleep(Duration::from_millis(500)).await;
    assert!(!kept.has("a").await);
    sleep(Duration::from_secs(2)).await;
    assert!(kept.has("a").await);
    assert_eq!(*kept.told.lock().unwrap(), [true, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_renewed_at_half_of_its_time_and_made_anew_when_it_ended() {
    let every = Keep::every(Duration::from_secs(3600)).with_notices(notices());
    let kept = keep(Remote::new(), every).await;
    let first = kept.remote.watches();
    assert_eq!(first.len(), 1);
    let expires = async || {
        let place = kept.mirror.state().await.unwrap().place;
        place.watch.unwrap().watch.expires
    };
    let end = expires().await;
    sleep(TTL / 2 + Duration::from_secs(2)).await;
    assert!(expires().await > end, "it was not renewed");
    assert_eq!(kept.remote.watches(), first, "it was made anew");
    kept.remote.end_watches();
    sleep(TTL / 2 + Duration::from_secs(2)).await;
    assert_eq!(kept.remote.watches().len(), 1, "it was not made anew");
    assert!(expires().await > kept.remote.now());
    kept.mirror.end_notices().await.unwrap();
    assert!(kept.remote.watches().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_kept_over_a_start() {
    let every = Keep::every(Duration::from_secs(3600)).with_notices(notices());
    let kept = keep(Remote::new(), every.clone()).await;
    let first = kept.remote.watches();
    kept._task.abort();
    let mirror = kept.mirror.clone();
    let again = tokio::spawn(async move { mirror.keep(every, drop).await });
    sleep(Duration::from_secs(5)).await;
    assert_eq!(kept.remote.watches(), first);
    again.abort();
}
