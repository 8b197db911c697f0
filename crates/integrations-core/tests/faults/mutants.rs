//! The matrix is worth what it catches: guards and providers that are wrong on purpose.

use std::collections::BTreeSet;

use integrations_core::testing::Idempotency;

use crate::judge::Wrong;
use crate::matrix::{Cell, Settings, run};
use crate::provider::{Kind, Mistake};

const KINDS: [Kind; 4] = [Kind::Read, Kind::Idempotent, Kind::Keyed, Kind::Once];

fn settings() -> Settings {
    let mut settings = Settings::from_env();
    settings.calls = 10;
    settings
}

/// What the matrix says of cells under a mistake.
async fn caught(cells: Vec<Cell>, mistake: Mistake) -> BTreeSet<Wrong> {
    let mut wrong = BTreeSet::new();
    for cell in cells {
        wrong.extend(run(&cell, &settings(), mistake).await.wrong.into_keys());
    }
    wrong
}

#[tokio::test(start_paused = true)]
async fn every_mistake_is_caught_and_for_what_it_is() {
    for mistake in Mistake::ALL {
        let expected = match mistake {
            Mistake::None => unreachable!(),
            Mistake::RepeatsOnce
            | Mistake::RepeatsEverything
            | Mistake::KeyForEachAttempt
            | Mistake::LostIsNotSent
            | Mistake::BrokenIsRefused => Wrong::Duplicated,
            Mistake::ForgetsEarlierAttempts => Wrong::Denied,
            Mistake::TrustsEveryPage | Mistake::SwallowsBadAnswers => Wrong::Missing,
            Mistake::KnowsNothing => Wrong::NotUnknown,
            Mistake::LeavesTheCallerAlone => Wrong::NoReadBack,
        };
        let caught = caught(Cell::all(&KINDS), mistake).await;
        assert!(caught.contains(&expected), "{mistake:?}: {caught:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_mistake_nothing_is_caught() {
    let caught = caught(Cell::all(&KINDS), Mistake::None).await;
    assert!(caught.is_empty(), "{caught:?}");
}

/// `Keyed` is a promise about the server. Who makes it for one that ignores keys is found out.
#[tokio::test(start_paused = true)]
async fn a_key_that_the_server_ignores_is_caught() {
    let cells = Cell::all(&[Kind::Keyed]).into_iter();
    let cells = cells.map(|cell| cell.against(Idempotency::Ignored));
    let caught = caught(cells.collect(), Mistake::None).await;
    assert!(caught.contains(&Wrong::Duplicated), "{caught:?}");
}
