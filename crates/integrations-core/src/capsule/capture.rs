//! Where capsules go, and how many there may be.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use super::draft::{Draft, Unfit};
use super::secrets::LONGEST;
use super::write::{self, Queue};

/// The most that a capsule may have: 64 KiB.
const MAX_BYTES: usize = 64 << 10;

/// The switch of an integration: [`GuardBuilder::capture`](crate::guard::GuardBuilder::capture)
/// takes it. Clones share their queue of writes.
///
/// ```
/// use integrations_core::SecretString;
/// use integrations_core::capsule::Capture;
/// use integrations_core::guard::Guard;
///
/// # fn main() -> integrations_core::Result<()> {
/// # let folder = std::env::temp_dir().join("capsules");
/// let key = SecretString::from("the integration's key");
/// let capture = Capture::into_folder(folder).with_max_capsules(50).guarding(key);
/// let guard = Guard::builder().capture(capture).build()?;
/// # assert!(guard.config().capture.is_some());
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Capture {
    folder: PathBuf,
    max_bytes: usize,
    max_body: usize,
    max_capsules: usize,
    shown: Arc<Vec<String>>,
    guarded: Arc<Vec<SecretString>>,
    queue: Arc<Queue>,
}

impl Capture {
    /// Keeps capsules in this folder: 100 at most, of 64 KiB at most, with 8 KiB of each answer's
    /// body at most. The folder is made when the first one is written.
    pub fn into_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            max_bytes: MAX_BYTES,
            max_body: 8 << 10,
            max_capsules: 100,
            shown: Arc::default(),
            guarded: Arc::default(),
            queue: Arc::default(),
        }
    }

    /// How many capsules the folder may have; the oldest goes. At least 1.
    pub fn with_max_capsules(mut self, most: usize) -> Self {
        self.max_capsules = most.max(1);
        self
    }

    /// How long a capsule may be, up to 64 KiB. One that would be longer has less of the bodies,
    /// then no exchanges, and is then not written.
    pub fn with_max_bytes(mut self, most: usize) -> Self {
        self.max_bytes = most.min(MAX_BYTES);
        self
    }

    /// How much of each answer's body is written; 0 is nothing. At most 32 KiB.
    pub fn with_max_body(mut self, most: usize) -> Self {
        self.max_body = most.min(32 << 10);
        self
    }

    /// The values of this header, or of this parameter of a query, may be written: they are known to
    /// be no secrets. What is not written is searched for, so that an answer that repeats a filter
    /// of the query costs the capsule; this is for such filters. `Authorization`, cookies and values
    /// that are marked as sensitive stay hidden.
    pub fn showing(mut self, name: impl AsRef<str>) -> Self {
        let name = name.as_ref().to_ascii_lowercase();
        Arc::make_mut(&mut self.shown).push(name);
        self
    }

    /// A secret of the integration. A capsule that would contain it, in whatever form, is not
    /// written. One that is shorter than 8 bytes cannot be told from chance and is not searched for.
    pub fn guarding(mut self, secret: impl Into<SecretString>) -> Self {
        Arc::make_mut(&mut self.guarded).push(secret.into());
        self
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until what was captured so far is written or given up: at the end of a program, and in
    /// tests.
    pub async fn written(&self) {
        self.queue.empty().await;
    }

    /// How much of a body is kept while its call runs: what is written of it, and behind that
    /// enough for a secret to be found whole, in the longest of its forms.
    pub(crate) fn kept_of_a_body(&self) -> usize {
        self.max_body + 4 * LONGEST
    }

    pub(crate) fn shown(&self) -> Arc<Vec<String>> {
        self.shown.clone()
    }

    /// Writes a capsule, off the path of the call. What goes wrong is told in one warning.
    pub(crate) fn keep(&self, draft: Draft) {
        // Without a runtime there is nobody to write it, and the call is over.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let Some(place) = Queue::enter(&self.queue) else {
            self.queue.left_out(draft.capsule());
            return;
        };
        let capture = self.clone();
        runtime.spawn_blocking(move || {
            capture.write(draft);
            drop(place);
        });
    }

    fn write(&self, draft: Draft) {
        let (name, integration, operation) = {
            let capsule = draft.capsule();
            let operation = capsule.operation.name.clone();
            (write::name(capsule), capsule.integration.clone(), operation)
        };
        let why = match draft.text(&self.guarded, self.max_bytes, self.max_body) {
            Ok(text) => match write::write(&self.folder, &name, &text, self.max_capsules) {
                Ok(()) => return,
                Err(error) => format!("it cannot be written: {error}"),
            },
            Err(Unfit::Secret) => "it would contain a secret".to_owned(),
            Err(Unfit::TooLong) => format!("it is longer than {} bytes", self.max_bytes),
        };
        tracing::warn!(
            target: "integrations::capsule",
            integration,
            operation,
            why,
            "the capsule of a failed call is not written"
        );
    }
}

/// The same folder and limits, and the same queue.
impl PartialEq for Capture {
    fn eq(&self, other: &Self) -> bool {
        let limits = |one: &Self| (one.max_bytes, one.max_body, one.max_capsules);
        self.folder == other.folder
            && limits(self) == limits(other)
            && Arc::ptr_eq(&self.queue, &other.queue)
            && self.shown == other.shown
            && self.guarded.len() == other.guarded.len()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("folder", &self.folder)
            .field("max_bytes", &self.max_bytes)
            .field("max_capsules", &self.max_capsules)
            .field("guarded", &self.guarded.len())
            .finish_non_exhaustive()
    }
}
