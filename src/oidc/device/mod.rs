//! The device authorization grant (RFC 8628): what has no keyboard shows a code, and a person types it elsewhere.
//!
//! `begin.rs` is where the device asks, `approve.rs` where the person decides; the device then redeems its
//! code at the token endpoint (`grants/device_code.rs`). The folder owns the table `device_request`. Both
//! codes are stored as hashes only, and the row goes when the tokens are made.

mod approve;
mod begin;
mod store;

use axum::Router;
use axum::routing::get;

use super::claims_request::NamedClaims;
use super::resources::ResourceUri;
use super::scopes::Scopes;
use super::{ClientId, Grant, GrantId, Provider, Stage};
use crate::accounts::{AccessEpoch, AccountId};
use crate::id_type;
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;
use crate::signin::Sid;

pub(super) use begin::answer;
pub use store::purge_device_requests;
pub(super) use store::{
    AskedOfDevice, by_device_codes, deny_allowed, forget_devices, insert_grant, poll, session_behind,
    take_allowed,
};

/// Where devices ask.
pub const AUTHORIZATION_PATH: &str = "/device_authorization";
/// Where people type the code.
const PATH: &str = "/device";
/// Where they decide.
const CONFIRM_PATH: &str = "/device/confirm";

id_type! {
    /// The id of a device's request.
    DeviceRequestId
}

/// A device that asked for access.
#[derive(Clone, Debug)]
pub(super) struct DeviceRequest {
    /// Its id.
    pub id: DeviceRequestId,
    /// The client that runs on it.
    pub client_id: ClientId,
    /// What it asks for, and may.
    pub scopes: Scopes,
    /// For which resources.
    pub resources: Vec<ResourceUri>,
    /// Until when its codes count.
    pub expires_at: Timestamp,
    /// When it last asked whether it may come in.
    pub polled_at: Option<Timestamp>,
    /// Whether that was before its time.
    pub polled_early: bool,
    /// What was decided.
    pub decision: Decision,
}

impl DeviceRequest {
    /// Whether its next poll would change nothing: it is over, or it waits and a poll before its time is noted for this very second.
    pub(super) fn is_told_without_note(&self, now: Timestamp) -> bool {
        match self.decision {
            _ if self.expires_at <= now => true,
            Decision::Denied => true,
            Decision::Waiting => self.polled_early && self.polled_at == Some(now),
            Decision::Allowed(_) => false,
        }
    }
}

/// What a person decided about a device.
#[derive(Clone, Debug)]
pub(super) enum Decision {
    /// Nothing yet.
    Waiting,
    /// It stays outside.
    Denied,
    /// It may come in.
    Allowed(Box<Approval>),
}

/// Who let a device in, and how they had proved who they are.
#[derive(Clone, Debug)]
pub(super) struct Approval {
    /// The person.
    pub account: AccountId,
    /// Their session; none once that has ended.
    pub sid: Option<Sid>,
    /// When that session ends at the latest.
    pub session_ends_at: Timestamp,
    /// When they proved who they are.
    pub auth_time: Timestamp,
    /// How strongly.
    pub acr: String,
    /// By what means.
    pub amr: Vec<String>,
    /// In which epoch of their accesses.
    pub epoch: AccessEpoch,
}

impl Approval {
    /// The grant that it makes of a request. With `offline_access` it outlives the session in which the
    /// person said yes, otherwise it ends with that.
    pub(super) fn into_grant(self, request: DeviceRequest, provider: &Provider, now: Timestamp) -> Grant {
        let mut grant = Grant {
            id: GrantId::from(provider.0.rng.id()),
            client_id: request.client_id,
            account: self.account,
            sid: self.sid,
            scopes: request.scopes,
            claims: NamedClaims::default(),
            resources: request.resources,
            nonce: None,
            code_challenge: None,
            auth_time: self.auth_time,
            acr: self.acr,
            amr: self.amr,
            expires_at: self.session_ends_at,
            epoch: self.epoch,
            stage: Stage::Active { generation: 1, rotated_at: now },
        };
        if grant.is_offline() {
            grant.expires_at = now + provider.0.tokens.refresh_absolute;
        }
        grant
    }
}

/// What is stored of a device code; it is never the hash of an authorization code.
pub(super) fn hash_of(device_code: &str) -> TokenHash {
    TokenHash::of(&format!("device {device_code}"))
}

/// The pages on which people decide.
pub(super) fn pages() -> Router<Provider> {
    Router::new()
        .route(PATH, get(approve::show).post(approve::submit))
        .route(CONFIRM_PATH, get(approve::ask).post(approve::decide))
}
