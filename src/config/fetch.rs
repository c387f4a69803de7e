//! `[fetch]`: how far the addresses that clients name may lead.

use super::reader::Section;
use super::settings::FetchSettings;
use super::values::{file, network};

/// `[fetch]`
pub(super) fn read(section: &mut Section<'_>) -> Option<FetchSettings> {
    let allow_private_networks = section.list("allow_private_networks", network);
    let ca_file = section.optional("ca_file", file(section.base()));
    Some(FetchSettings { allow_private_networks: allow_private_networks?, ca_file })
}
