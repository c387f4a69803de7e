//! What applications make of people: somebody new, and how somebody known should be.
//!
//! An application says how a person should be as a whole; what differs is changed at once or not at all, each part
//! with what it brings along: mails about an address, the end of every access.

mod enrol;
mod revise;
mod store;

pub use enrol::Enrolment;
pub use revise::{ReviseError, Revision};
