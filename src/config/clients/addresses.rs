//! Where a client is reached: by codes, by people who signed out, by word of a session's end.

use std::collections::BTreeSet;

use url::Url;

use super::super::document::{Value, quoted};
use super::super::reader::Section;
use super::super::redirects::redirect_uri;
use super::super::settings::{GrantType, LogoutChannel, SubjectType};
use super::super::values::{Parsed, Problem, flag, page_address, word};

/// `redirect_uris`, of which a client that uses codes needs one.
pub(super) fn read_redirect_uris(
    section: &mut Section<'_>,
    grant_types: Option<&[GrantType]>,
) -> Option<Vec<String>> {
    let expected = "at least one address to which codes are sent";
    let needs_one = grant_types.is_none_or(|types| types.contains(&GrantType::AuthorizationCode));
    match section.node("redirect_uris") {
        None if needs_one => section.missing("redirect_uris", expected),
        Some(node) if needs_one && node.value.as_list().is_some_and(<[_]>::is_empty) => {
            section.wrong("redirect_uris", "an empty list", expected);
        }
        _ => {}
    }
    distinct(section, "redirect_uris", redirect_uri)
}

/// A list in which nothing stands twice.
pub(super) fn distinct(
    section: &mut Section<'_>,
    key: &str,
    check: impl Fn(&Value) -> Parsed<String>,
) -> Option<Vec<String>> {
    let items = section.list(key, check)?;
    let mut seen = BTreeSet::new();
    for item in &items {
        if !seen.insert(item) {
            section.wrong(key, format!("{} twice", quoted(item)), "each once");
        }
    }
    Some(items)
}

/// Where a request object stands; a fragment may say which version (Core §6.2), and does not count.
pub(super) fn request_uri(value: &Value) -> Parsed<String> {
    let url = page_address(value)?;
    let text = value.as_text().unwrap_or(url.as_str());
    Ok(text.split('#').next().unwrap_or_default().to_owned())
}

/// `…_logout_uri` and `…_logout_session_required` of one channel.
pub(super) fn logout_channel(section: &mut Section<'_>, channel: &str) -> Option<LogoutChannel> {
    let uri_key = format!("{channel}_uri");
    let uri = section.optional(&uri_key, without_fragment);
    let session_required = section.or(&format!("{channel}_session_required"), false, flag);
    Some(LogoutChannel { uri: uri?, session_required: session_required? })
}

/// A frame's address must be of an origin to which the client's codes go: the page that says goodbye shows
/// nothing of strangers (Front-Channel Logout §2).
pub(super) fn check_frame(section: &Section<'_>, frame: &LogoutChannel, redirect_uris: &[String]) {
    let origin = frame.uri.origin();
    let is_its_own = |text: &String| Url::parse(text).is_ok_and(|own| own.origin() == origin);
    if !redirect_uris.iter().any(is_its_own) {
        let expected = "an address with the scheme, host and port of a redirect URI";
        section.wrong("frontchannel_logout_uri", quoted(frame.uri.as_str()), expected);
    }
}

fn without_fragment(value: &Value) -> Parsed<Url> {
    match page_address(value)? {
        url if url.fragment().is_some() => Err(Problem::expected("an address without fragment")),
        url => Ok(url),
    }
}

/// `subject_type`, and the sector of a pairwise one (Core §8.1).
///
/// Only a site to which codes go shows by that whose it is: anybody can write a host into the address of a native
/// application, or register a site's addresses and let devices in.
pub(super) fn read_subject_type(
    section: &mut Section<'_>,
    redirect_uris: Option<&[String]>,
    grant_types: Option<&[GrantType]>,
) -> Option<SubjectType> {
    let is_pairwise = section.or("subject_type", false, word(&[("public", false), ("pairwise", true)]))?;
    let sector_uri = section.optional("sector_identifier_uri", page_address);
    if !is_pairwise {
        return Some(SubjectType::Public);
    }
    if let Some(host) = sector_uri.as_ref().and_then(Url::host_str) {
        return Some(SubjectType::Pairwise { sector: host.to_owned() });
    }
    let of_site = |uri: &String| {
        Url::parse(uri).ok().filter(|url| url.scheme() == "https")?.host_str().map(str::to_owned)
    };
    let hosts: BTreeSet<Option<String>> = redirect_uris?.iter().map(of_site).collect();
    let lets_devices_in = grant_types?.contains(&GrantType::DeviceCode);
    let mut hosts = hosts.into_iter();
    if let (Some(Some(sector)), None, false) = (hosts.next(), hosts.next(), lets_devices_in) {
        return Some(SubjectType::Pairwise { sector });
    }
    section.wrong(
        "subject_type",
        "\"pairwise\" with redirect_uris of several hosts, of none, of native applications, or beside the grant of devices",
        "a sector_identifier_uri, whose host names the sector",
    );
    None
}
