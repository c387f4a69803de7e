//! Small things every room needs: time, randomness, ids, secrets, cookies, languages, pages.
//!
//! The kit knows nothing of the product: no settings, no storage, no protocol. Whatever a room
//! wants to vary (the site's name, the texts' language) comes in as an argument.

pub mod assets;
pub mod clock;
pub mod cookies;
pub mod dates;
pub mod devices;
pub mod encoding;
pub mod ids;
pub mod locale;
pub mod networks;
pub mod page;
pub mod parameters;
pub mod problem;
pub mod random;
pub mod retries;
pub mod secrets;
pub mod spreadsheet;
pub mod tally;
pub mod texts;
pub mod typed_code;
pub mod visitor;
