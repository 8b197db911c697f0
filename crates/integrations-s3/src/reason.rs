//! Why a HEAD was refused.
//!
//! Its answer has no body, and so no code: 404 is a missing object or a missing bucket, 403 a
//! missing permission or a wrong secret. A listing of one key is refused for the same reason, and
//! tells it.

use std::sync::atomic::Ordering;

use integrations_core::guard::Operation;
use integrations_core::{Error, ErrorKind};

use crate::S3;
use crate::error::{map, retold};
use crate::operations::REASON;

impl S3 {
    /// The bucket is there and takes these credentials: what it refuses from now on is about one
    /// object, and needs no second question.
    pub(crate) fn answered(&self) {
        self.met.store(true, Ordering::Relaxed);
    }

    /// The error of a HEAD, with its reason where that can be learned.
    pub(crate) async fn reason(&self, error: Error) -> Error {
        let ask = match error.status() {
            Some(403 | 404) => !self.met.load(Ordering::Relaxed),
            // Credentials that expired, or a region that is wrong, long after the first answer.
            Some(400) => true,
            _ => false,
        };
        if !ask {
            return error;
        }
        let operation = Operation::of(&REASON);
        let listed = self
            .guard
            .run(&operation, |_| async {
                let list = self.client.list_objects_v2().bucket(self.bucket());
                list.max_keys(1).send().await.map_err(map)
            })
            .await;
        match listed {
            Ok(_) => {
                self.answered();
                error
            }
            // A key that may read and not list. Its signature was accepted.
            Err(reason) if reason.kind() == ErrorKind::PermissionDenied => error,
            Err(reason) if matches!(reason.status(), Some(400..=499)) => reason,
            Err(_) => error,
        }
    }

    /// What `connect` says when the bucket is not to be had.
    pub(crate) fn refused_bucket(&self, error: Error) -> Error {
        let bucket = self.bucket();
        let (kind, text, advice) = match (error.kind(), error.status()) {
            (ErrorKind::Config | ErrorKind::NotFound, Some(404)) => (
                ErrorKind::Config,
                format!("the bucket {bucket:?} does not exist"),
                "create it, or correct `bucket`",
            ),
            (ErrorKind::PermissionDenied, _) => (
                ErrorKind::PermissionDenied,
                format!("access to the bucket {bucket:?} is denied"),
                // Some stores say no more than 403 to a wrong key, too.
                "check access_key_id and secret_access_key, and that the key has the permission \
                 s3:ListBucket",
            ),
            (ErrorKind::Unauthenticated, _) => (
                ErrorKind::Unauthenticated,
                format!("the bucket {bucket:?} does not take the credentials"),
                "check access_key_id and secret_access_key, and the clock of this machine",
            ),
            _ => return error,
        };
        retold(kind, text, &error).with_advice(advice)
    }
}
