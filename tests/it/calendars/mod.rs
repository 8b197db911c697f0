//! What must hold at every calendar provider, at real servers and at stand-ins.

mod accounts;
mod faults;
mod mirror;
mod zones;
