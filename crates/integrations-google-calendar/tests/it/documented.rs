//! documented
