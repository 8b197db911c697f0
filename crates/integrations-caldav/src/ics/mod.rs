//! iCalendar objects (RFC 5545), changed in place.
//!
//! A resource of a calendar is read into a tree of components and lines. An edit touches the lines
//! that it is about; every other line is written again as it came: properties and parameters that
//! nobody here knows, alarms, zones, what other programs keep for themselves.

mod custom;
mod edit;
mod line;
mod read;
mod tree;
mod value;
mod zone;

pub(crate) use edit::{
    apply, free_busy_request, override_of, plan, put_recurrence, set_times, touch, write_new,
};
pub(crate) use line::Line;
pub(crate) use read::{Reader, address, read_zone_name};
pub(crate) use tree::Component;
pub(crate) use value::{busy_periods, time_line};
pub(crate) use zone::{add_zones, zone_object};
