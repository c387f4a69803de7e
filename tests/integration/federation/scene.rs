//! Guichet and one upstream, with a clock that tests move.

use std::collections::BTreeMap;
use std::sync::MutexGuard;
use std::time::Duration;

use guichet::config::{ClaimMapping, IdentifierHints, UpstreamAuthMethod, UpstreamId, UpstreamSettings};
use guichet::federation::{
    Departure, Federation, FederationError, InFlight, TokenFault, UpstreamIdentity, Wishes,
};
use guichet::kit::clock::{Clock, Timestamp};
use guichet::kit::parameters::Parameters;
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use serde_json::Value;
use url::Url;

use crate::federation::upstream::{CODE, Plan, Upstream};

pub const NOW: i64 = 1_800_000_000;

/// Long enough for any honest exchange on a busy machine, short enough to wait for.
pub const PATIENCE: Duration = Duration::from_secs(2);

pub struct Scene {
    pub upstream: Upstream,
    pub federation: Federation,
    pub clock: Clock,
}

pub fn arena() -> UpstreamId {
    UpstreamId::from("arena")
}

pub fn settings(issuer: &str) -> UpstreamSettings {
    UpstreamSettings {
        id: arena(),
        name: "ARENA".to_owned(),
        issuer: Url::parse(issuer).unwrap(),
        client_id: "guichet".to_owned(),
        client_secret: Secret::new("s3cret / é"),
        token_endpoint_auth_method: UpstreamAuthMethod::ClientSecretBasic,
        scopes: vec!["openid".to_owned(), "profile".to_owned()],
        acr_values: vec!["eidas1".to_owned()],
        authority: None,
        sign_out: false,
        claims: ClaimMapping {
            given_name: "ctfn".to_owned(),
            family_name: "ctln".to_owned(),
            email: "ctemail".to_owned(),
            return_address: None,
            others: BTreeMap::from([("uai".to_owned(), "FrEduRne".to_owned())]),
        },
        help: None,
        identifier_hints: IdentifierHints::default(),
    }
}

pub fn federate(settings: &[UpstreamSettings], clock: &Clock, patience: Duration) -> Federation {
    let public_url = Url::parse("https://guichet.example/").unwrap();
    Federation::with_patience(settings, &public_url, clock.clone(), Rng::system(), patience).unwrap()
}

impl Scene {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut UpstreamSettings)) -> Self {
        Self::with_patience(PATIENCE, change).await
    }

    pub async fn with_patience(patience: Duration, change: impl FnOnce(&mut UpstreamSettings)) -> Self {
        let upstream = Upstream::start(NOW).await;
        let clock = Clock::held(Timestamp::from_seconds(NOW));
        let mut settings = settings(&upstream.base);
        change(&mut settings);
        let federation = federate(&[settings], &clock, patience);
        Self { upstream, federation, clock }
    }

    pub fn plan(&self) -> MutexGuard<'_, Plan> {
        self.upstream.plan.lock().unwrap()
    }

    /// Moves our time and the upstream's.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.plan().now = self.clock.now().seconds();
    }

    pub async fn depart(&self) -> Departure {
        self.depart_with(&Wishes::default()).await
    }

    /// Departs, and the upstream takes note of what was asked.
    pub async fn depart_with(&self, wishes: &Wishes) -> Departure {
        let departure = self.federation.depart(&arena(), wishes).await.unwrap();
        self.plan().asked = departure.url.query_pairs().into_owned().collect();
        departure
    }

    pub async fn arrive(
        &self,
        in_flight: InFlight,
        answer: &str,
    ) -> Result<UpstreamIdentity, FederationError> {
        self.federation.arrive(in_flight, &Parameters::parse(answer.as_bytes())).await
    }

    /// A whole sign-in, honest on our side.
    pub async fn sign_in(&self) -> Result<UpstreamIdentity, FederationError> {
        self.sign_in_with(&Wishes::default()).await
    }

    pub async fn sign_in_with(&self, wishes: &Wishes) -> Result<UpstreamIdentity, FederationError> {
        let in_flight = self.depart_with(wishes).await.in_flight;
        let answer = format!("code={CODE}&state={}", in_flight.state());
        self.arrive(in_flight, &answer).await
    }

    /// Signs in with an ID token whose claims are changed.
    pub async fn sign_in_claiming(&self, changes: Value) -> Result<UpstreamIdentity, FederationError> {
        self.plan().id_token = changes;
        self.sign_in().await
    }

    /// The fault found in an ID token whose claims are changed.
    pub async fn fault_of(&self, changes: Value) -> TokenFault {
        id_token_fault(self.sign_in_claiming(changes).await)
    }
}

pub fn id_token_fault(outcome: Result<UpstreamIdentity, FederationError>) -> TokenFault {
    match outcome {
        Err(FederationError::IdToken(fault)) => fault,
        other => panic!("not a fault of the ID token: {other:?}"),
    }
}
