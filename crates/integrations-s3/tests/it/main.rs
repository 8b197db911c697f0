//! Tests against S3 servers.
