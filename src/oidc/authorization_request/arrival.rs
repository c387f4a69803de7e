//! How a request came: in the open, as a signed object, or pushed before; and what of it counts then.

use serde::{Deserialize, Serialize};

use super::Unbound;
use crate::kit::parameters::Parameters;
use crate::oidc::error::OAuthError;
use crate::oidc::{Provider, par};

/// What a request asks, wherever that stood, not yet looked at.
#[derive(Debug)]
pub struct Raw {
    /// Its parameters.
    pub parameters: Parameters,
    /// How it came.
    pub arrival: Arrival,
}

/// How a request came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// By which way.
    pub way: Way,
    /// Whether its client signed it.
    pub signature: Signature,
}

/// The way by which a request came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// With the browser.
    Direct,
    /// It is being pushed now.
    Pushing,
    /// It was pushed before; the hash of the name under which it is kept.
    Pushed(String),
}

/// Whether a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signature {
    /// By its client, with a key of its own.
    Verified,
    /// By nobody.
    Absent,
}

/// Why nobody knows what a request asks.
pub enum Ungathered {
    /// The database failed.
    Database(sqlx::Error),
    /// There is nobody to tell.
    Unbound(Unbound),
    /// The client is told, if these parameters say where.
    Refused(Parameters, OAuthError),
}

/// A request as a journey carries it: what was verified once need not be again.
#[derive(Serialize, Deserialize)]
struct Carried {
    parameters: String,
    arrival: Arrival,
}

impl Raw {
    /// A request whose own parameters are all that there is.
    #[must_use]
    pub fn plain(parameters: Parameters, way: Way) -> Self {
        Self { parameters, arrival: Arrival { way, signature: Signature::Absent } }
    }

    /// The text that a journey carries.
    #[must_use]
    pub(super) fn carried(parameters: &Parameters, arrival: &Arrival) -> String {
        let carried = Carried { parameters: parameters.encode(), arrival: arrival.clone() };
        serde_json::to_string(&carried).unwrap_or_default()
    }

    /// Takes up what a journey carried.
    #[must_use]
    pub fn resumed(payload: &str) -> Option<Self> {
        let carried: Carried = serde_json::from_str(payload).ok()?;
        Some(Self { parameters: Parameters::parse(carried.parameters.as_bytes()), arrival: carried.arrival })
    }
}

impl Provider {
    /// Finds what a request asks: in its own parameters, in a request object that comes along or stands at an
    /// address (RFC 9101), or in what was pushed (RFC 9126), of which nothing outside but `client_id` counts.
    pub(in crate::oidc) async fn gather(&self, outer: Parameters, way: Way) -> Result<Raw, Ungathered> {
        let object = outer.non_empty("request").map(str::to_owned);
        let reference = outer.non_empty("request_uri").map(str::to_owned);
        // What is malformed is refused by the table of checks, whatever else it holds.
        let is_faulty = outer.repeated().is_some() || outer.is_garbled();
        if is_faulty || object.is_none() && reference.is_none() {
            return Ok(Raw::plain(outer, way));
        }
        let client = match outer.get("client_id") {
            Some(id) => self.0.clients.find(id).await.map_err(Ungathered::Database)?,
            None => None,
        };
        // Nor are the keys known of a client that is not.
        let Some(client) = client else { return Ok(Raw::plain(outer, way)) };
        let object = match (object, reference) {
            (Some(_), Some(_)) => {
                Err(OAuthError::invalid_request("request and request_uri exclude each other"))
            }
            (_, Some(reference)) if reference.starts_with(par::PREFIX) => {
                let pushed = self.pushed(&client, &reference).await.map_err(Ungathered::Database)?;
                return pushed.ok_or(Ungathered::Unbound(Unbound::UsedUp));
            }
            (_, Some(reference)) => self.fetch_request_object(&client, &reference).await,
            (object, None) => Ok(object.unwrap_or_default()),
        };
        let read = match object {
            Ok(object) => self.read_request_object(&client, &outer, &object).await,
            Err(error) => Err(error),
        };
        match read {
            Ok(parameters) => {
                Ok(Raw { parameters, arrival: Arrival { way, signature: Signature::Verified } })
            }
            Err(error) => Err(Ungathered::Refused(outer, error)),
        }
    }
}
