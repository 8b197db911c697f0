//! The capabilities and hooks that behaviours need.

use super::Harness;
use crate::Need;

macro_rules! needs {
    ($($constant:ident = $capability:ident;)+) => {$(
        pub(super) const $constant: Need<Harness> =
            Need::new(stringify!($capability), |h| h.storage.capabilities().$capability);
    )+};
}

needs! {
    ETAG = etag;
    LAST_MODIFIED = last_modified;
    PUT_STREAM = put_stream;
    PUT_CREATE = put_create;
    PUT_UPDATE = put_update;
    GET_CONDITIONS = get_conditions;
    GET_RANGE = get_range;
    LIST_DELIMITER = list_delimiter;
    LIST_START_AFTER = list_start_after;
    DELETE_CONDITION = delete_condition;
    COPY = copy;
    COPY_CREATE = copy_create;
    COPY_CONDITION = copy_condition;
    ATTRIBUTES = attributes;
    METADATA = metadata;
    TAGS = tags;
    PRESIGN_GET = presign_get;
    PRESIGN_PUT = presign_put;
}

/// Without somebody who sends it, nothing is known of a presigned request but its form.
pub(super) const REDEEM: Need<Harness> = Need::new("the hook `redeem`", |h| h.redeem.is_some());
/// Without a count, nobody knows what was sent.
pub(super) const REQUESTS: Need<Harness> =
    Need::new("the hook `requests`", |h: &Harness| h.requests.is_some()).alone();
