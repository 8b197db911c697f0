//! WebDAV: requests and answers.

pub(crate) mod multistatus;
pub(crate) mod request;
pub(crate) mod xml;
