//! What the end of a session sets off: the clients that took part in it are told, through the browser and from
//! server to server, and the browser is led on, through the upstream provider where people sign out there too.
//!
//! Whoever ends a session need not know of this: the database leaves its mark on the grants (`store.rs`).

mod backchannel;
mod frontchannel;
mod onward;
mod store;
mod token;

pub use backchannel::{Audience, Told};
pub(super) use frontchannel::Frame;
pub(super) use onward::{Came, Destination};
pub use onward::{RETURNED_PATH, returned};
pub use store::purge_notices;
