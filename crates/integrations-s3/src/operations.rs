//! The requests of this provider, and why each may be sent twice.

integrations_core::operations! {
    pub(crate) const OPERATIONS;
    CONNECT = read("connect", "HeadBucket");
    PUT = idempotent("put", "PutObject",
        "a second put stores the same object; a conditional one carries a mark in the object's \
         metadata, by which a refusal of the second is told from another writer's success");
    PUT_BEGIN = idempotent("put", "CreateMultipartUpload",
        "an upload that was begun twice is no object; the one whose id was lost is removed by a \
         lifecycle rule");
    PUT_PART = idempotent("put_part", "UploadPart",
        "a part of the same number replaces the one before");
    PUT_COMPLETE = idempotent("put", "CompleteMultipartUpload",
        "the second finds no upload; the mark in the object's metadata tells whether the first made \
         the object");
    PUT_ABORT = idempotent("abort_upload", "AbortMultipartUpload", "404 counts as aborted");
    PUT_READ_BACK = read("put_read_back", "HeadObject");
    GET = read("get", "GetObject");
    HEAD = read("head", "HeadObject");
    REASON = read("reason", "ListObjectsV2");
    LIST = read("list", "ListObjectsV2");
    DELETE = idempotent("delete", "DeleteObject", "what is gone is deleted");
    DELETE_MANY = idempotent("delete_many", "DeleteObjects", "what is gone is deleted");
    COPY_SOURCE = read("copy", "HeadObject");
    COPY = idempotent("copy", "CopyObject", "a second copy stores the same object");
    COPY_BEGIN = idempotent("copy", "CreateMultipartUpload", "as for a put");
    COPY_PART = idempotent("copy_part", "UploadPartCopy",
        "a part of the same number replaces the one before; all are copied of one version");
    COPY_COMPLETE = idempotent("copy", "CompleteMultipartUpload", "as for a put");
    GET_TAGS = read("get_tags", "GetObjectTagging");
    SET_TAGS = idempotent("set_tags", "PutObjectTagging", "the whole set is replaced");
}
