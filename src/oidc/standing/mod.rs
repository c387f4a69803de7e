//! Whether an access token still counts: what stands behind it is looked at, not only its signature.

mod store;

use std::sync::Arc;

use super::ClientId;
use super::access_token::AccessTokenClaims;
use super::clients::Client;
use super::scopes::Scopes;
use super::{Grant, GrantId, Provider, revocation};
use crate::accounts::Account;
use crate::database::{Database, Together};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;

pub(super) use store::Backed;
use store::{AskedOfCode, AskedOfToken};

/// Who asks what stands behind tokens and codes: in a crowd, one statement tells it of many.
pub(super) struct Behind {
    tokens: Together<AskedOfToken, Option<Backed>>,
    codes: Together<AskedOfCode, Option<Backed>>,
}

impl Behind {
    /// Asks this database.
    pub fn new(database: &Database) -> Self {
        Self {
            tokens: Together::reading(database.clone(), store::behind_tokens),
            codes: Together::reading(database.clone(), store::behind_codes),
        }
    }

    /// What stands behind an access token, by its `jti`.
    pub async fn access_token(&self, grant: GrantId, id: &str) -> sqlx::Result<Option<Backed>> {
        self.tokens.ask(AskedOfToken { grant, access_token: id.to_owned() }).await
    }

    /// What stands behind a refresh token.
    pub async fn refresh_token(&self, grant: GrantId) -> sqlx::Result<Option<Backed>> {
        self.tokens.ask(AskedOfToken { grant, access_token: String::new() }).await
    }

    /// What stands behind a code, if a client may redeem it with this address at this moment.
    pub async fn code(
        &self,
        code: &str,
        client: &ClientId,
        redirect_uri: &str,
        now: Timestamp,
    ) -> sqlx::Result<Option<Backed>> {
        let (client, redirect_uri) = (client.clone(), redirect_uri.to_owned());
        self.codes.ask(AskedOfCode { hash: TokenHash::of(code), client, redirect_uri, now }).await
    }
}

/// What stands behind an access token that counts.
pub(super) enum Standing {
    /// A person, who granted it.
    Person(Box<Person>),
    /// The client itself.
    Client(Arc<Client>),
}

impl Standing {
    /// What a token is still good for: not for what was taken away from its client since it was minted.
    pub fn scopes_of(&self, claims: &AccessTokenClaims) -> Scopes {
        match self {
            Self::Person(person) => {
                claims.scopes().shared_with(&person.grant.scopes).shared_with(&person.client.scopes)
            }
            Self::Client(client) => claims.scopes().shared_with(&client.scopes),
        }
    }
}

/// A person who stands behind an access token.
pub(super) struct Person {
    /// What they granted.
    pub grant: Grant,
    /// Who they are.
    pub account: Account,
    /// To whom they granted it.
    pub client: Arc<Client>,
}

impl Provider {
    /// What stands behind an access token whose signature and times hold: it was not taken back, its
    /// grant lives, its person has access, its session goes on, its client is there and every other one
    /// through which it came.
    ///
    /// The outer error is the database's; the inner one says for the log why the token does not count.
    pub(super) async fn standing_of(
        &self,
        claims: &AccessTokenClaims,
    ) -> sqlx::Result<Result<Standing, &'static str>> {
        let Some(client) = self.0.clients.find(claims.client_id()).await? else {
            return Ok(Err("its client is gone"));
        };
        let Some(grant) = claims.grant() else {
            let mut connection = self.0.database.read().await?;
            let is_revoked = revocation::is_revoked(&mut connection, claims.id()).await?;
            return Ok(if is_revoked { Err("it was revoked") } else { Ok(Standing::Client(client)) });
        };
        let Some(backed) = self.0.behind.access_token(grant, claims.id()).await? else {
            return Ok(Err("its grant is gone"));
        };
        if let Some(cause) = self.fault_of(&backed) {
            return Ok(Err(cause));
        }
        let Backed { grant, account, .. } = backed;
        // It may have been passed on: whoever the person granted it to, and whoever passed it on, must be there.
        let others = std::iter::once(grant.client_id.as_str()).chain(claims.acting_clients());
        for id in others.filter(|id| *id != claims.client_id()) {
            if self.0.clients.find(id).await?.is_none() {
                return Ok(Err("a client through which it came is gone"));
            }
        }
        Ok(Ok(Standing::Person(Box::new(Person { grant, account, client }))))
    }

    /// Why what a person granted does not count at this moment; none when it does.
    pub(super) fn fault_of(&self, backed: &Backed) -> Option<&'static str> {
        let Backed { grant, account, session, is_token_revoked } = backed;
        if *is_token_revoked {
            return Some("it was revoked");
        }
        if !grant.is_live(self.0.clock.now()) {
            return Some("its grant is revoked or over");
        }
        // A session that ended by itself may not have been swept away yet.
        if !grant.is_offline() && !session.is_some_and(|times| self.0.sign_in.goes_on(times)) {
            return Some("its session ended");
        }
        (!account.honours(grant.epoch)).then_some("its account is disabled, or ended its accesses")
    }
}
