//! `[[resources]]`: the APIs for which access tokens are made.

use super::clients::SCOPES;
use super::document::{Value, quoted};
use super::reader::{Names, Section};
use super::settings::{ResourceScope, ResourceSettings, SCIM_SCOPE};
use super::values::{Parsed, text_that};

/// Every resource, each with its `[[resources.scopes]]`, and the one of this house (`ours`) behind them.
pub(super) fn read(root: &mut Section<'_>, ours: ResourceSettings) -> Vec<ResourceSettings> {
    let (mut uris, mut scopes) = (Names::default(), Names::default());
    let mut resources = root.sections("resources", |section| {
        let read = read_resource(section, &mut uris, &mut scopes)?;
        if read.uri == ours.uri {
            section.wrong("uri", quoted(&read.uri), "an address other than that of Guichet's own API");
        }
        Some(read)
    });
    resources.push(ours);
    resources
}

fn read_resource(
    section: &mut Section<'_>,
    uris: &mut Names,
    scope_names: &mut Names,
) -> Option<ResourceSettings> {
    let uri = section.required("uri", resource_uri);
    if let Some(uri) = &uri {
        uris.take(section, "uri", uri);
    }
    let name = section.localized("name");
    let servers = section.list("servers", text_that("the id of a client", |id| Some(id.to_owned())));
    let scopes = section.sections("scopes", |scope| {
        let name = scope.required("name", scope_name);
        if let Some(name) = &name {
            scope_names.take(scope, "name", name);
            if SCOPES.contains(&name.as_str()) || name == SCIM_SCOPE {
                scope.wrong("name", quoted(name), "a name that no standard scope has, nor Guichet's own");
            }
        }
        let description = scope.localized("description");
        Some(ResourceScope { name: name?, description: description? })
    });
    Some(ResourceSettings { uri: uri?, name: name?, scopes, servers: servers? })
}

/// What an access token may be for: an absolute address without fragment (RFC 8707 §2).
pub(super) fn resource_uri(value: &Value) -> Parsed<String> {
    text_that("an absolute address without fragment or spaces", |text| {
        let url = url::Url::parse(text).ok().filter(|url| url.fragment().is_none());
        url.filter(|_| text.bytes().all(|byte| byte.is_ascii_graphic())).map(|_| text.to_owned())
    })(value)
}

/// The name of a scope (RFC 6749 §3.3).
fn scope_name(value: &Value) -> Parsed<String> {
    text_that("a scope: visible ASCII characters without spaces, quotation marks and backslashes", |text| {
        let is_fine = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        text.bytes().all(is_fine).then(|| text.to_owned())
    })(value)
}
