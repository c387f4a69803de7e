//! How a request came: in the open, as a signed object, or pushed before; and what of it counts then.

use serde::{Deserialize, Serialize};

use super::Unbound;
use crate::kit::parameters::Parameters;
use crate::oidc::clients::Client;
use crate::oidc::error::{ErrorCode, OAuthError};
use crate::oidc::{Provider, par, request_object};

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
    /// Finds what a request asks: in its own parameters, in a request object (RFC 9101), or in what was pushed
    /// (RFC 9126), of which nothing outside but `client_id` counts.
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
        let client = client.ok_or(Ungathered::Unbound(Unbound::UnknownClient))?;
        match (object, reference) {
            (Some(_), Some(_)) => {
                let error = OAuthError::invalid_request("request and request_uri exclude each other");
                Err(Ungathered::Refused(outer, error))
            }
            (_, Some(reference)) if reference.starts_with(par::PREFIX) => {
                let pushed = self.pushed(&client, &reference).await.map_err(Ungathered::Database)?;
                pushed.ok_or(Ungathered::Unbound(Unbound::UsedUp))
            }
            (_, Some(_)) => {
                let error = OAuthError::new(
                    ErrorCode::RequestUriNotSupported,
                    "request_uri is for pushed requests here",
                );
                Err(Ungathered::Refused(outer, error))
            }
            (object, None) => {
                let object = object.unwrap_or_default();
                match self.read_request_object(&client, &outer, &object) {
                    Ok(parameters) => {
                        let arrival = Arrival { way, signature: Signature::Verified };
                        Ok(Raw { parameters, arrival })
                    }
                    Err(error) => Err(Ungathered::Refused(outer, error)),
                }
            }
        }
    }

    /// The parameters of a request of which a signed object holds some or all.
    fn read_request_object(
        &self,
        client: &Client,
        outer: &Parameters,
        object: &str,
    ) -> Result<Parameters, OAuthError> {
        let claims = request_object::verify(client, object, &self.0.issuer, self.0.clock.now())?;
        request_object::assemble(client, outer, &claims)
    }
}
