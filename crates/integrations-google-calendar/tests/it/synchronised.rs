//! synchronised
