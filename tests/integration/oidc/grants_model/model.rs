//! What must hold of grants, said in a few plain rules that share nothing with the product.
//!
//! One person, one browser, two clients. Times are seconds. Everything that a rule needs stands in the model: what it
//! says of a request depends on nothing that the product said, but for the texts of tokens.

use std::collections::BTreeMap;

use super::steps::{Consent, Prompt, Proof};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long each thing lives: what `app.toml` leaves as it is.
const CODE: i64 = MINUTE;
const ACCESS_TOKEN: i64 = 10 * MINUTE;
const REFRESH_IDLE: i64 = 14 * DAY;
const REFRESH_ABSOLUTE: i64 = 90 * DAY;
const REFRESH_GRACE: i64 = 30;
const SESSION_IDLE: i64 = 2 * HOUR;
const SESSION_ABSOLUTE: i64 = 12 * HOUR;
/// A use of a session is noted at most this often.
const USE_NOTED_EVERY: i64 = MINUTE;

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scopes(u8);

const SCOPE_NAMES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

impl Scopes {
    pub const ALL: Self = Self(0b1111);
    const NONE: Self = Self(0);
    const OPENID: Self = Self(0b0001);
    const OFFLINE: Self = Self(0b1000);

    pub const fn of_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    pub const fn with_openid(self) -> Self {
        Self(self.0 | Self::OPENID.0)
    }

    /// Reads a list of an answer; nothing else than these may stand in one.
    pub fn read(list: &str) -> Self {
        let bit = |name| SCOPE_NAMES.iter().position(|known| *known == name).map(|place| 1 << place);
        let bits = list.split(' ').map(|name| bit(name).unwrap_or_else(|| panic!("the scope {name:?}")));
        Self(bits.sum())
    }

    pub fn list(self) -> String {
        let names = SCOPE_NAMES.iter().enumerate().filter(|(place, _)| self.0 & (1 << place) != 0);
        names.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
    }

    const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::fmt::Debug for Scopes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.list())
    }
}

/// The two clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientName {
    /// It asks nobody for consent.
    FirstParty,
    /// It asks, and may change what it has registered.
    ThirdParty,
}

impl ClientName {
    pub const fn other(self) -> Self {
        match self {
            Self::FirstParty => Self::ThirdParty,
            Self::ThirdParty => Self::FirstParty,
        }
    }
}

#[derive(Clone, Copy)]
struct ClientState {
    scopes: Scopes,
    is_on: bool,
}

/// The session of the browser, dead or alive, as long as it has not been removed.
#[derive(Clone, Copy)]
struct Session {
    number: usize,
    used_at: i64,
    ends_at: i64,
    epoch: u32,
}

/// What a client was given, from its code on.
pub struct Grant {
    pub client: ClientName,
    pub code: String,
    pub access: Vec<AccessToken>,
    /// The refresh tokens, from the first generation on.
    pub refresh: Vec<String>,
    scopes: Scopes,
    session: usize,
    epoch: u32,
    code_ends_at: i64,
    ends_at: i64,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Code,
    /// The generation in use, from 0, and since when.
    Active {
        generation: usize,
        since: i64,
    },
    Revoked,
}

pub struct AccessToken {
    pub text: String,
    scopes: Scopes,
    ends_at: i64,
    is_revoked: bool,
}

/// What the authorization endpoint must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorized {
    /// A page that leads nowhere: the client is switched off.
    Closed,
    /// An error that is told to the client.
    Error(&'static str),
    /// The person tried to sign in, and could not.
    NotLetIn,
    /// A code.
    Code,
}

/// What the authorization endpoint must do on the way there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Whether the person is asked to sign in.
    pub signs_in: bool,
    /// Whether the person is asked for consent.
    pub is_asked: bool,
    pub end: Authorized,
}

/// What the token endpoint must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Tokens for these scopes, the refresh token of this generation among them.
    Tokens {
        scopes: Scopes,
        generation: usize,
    },
    Refused(u16, &'static str),
}

/// What introspection must answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    Active(Scopes),
    Inactive,
    Refused(u16, &'static str),
}

const INVALID_GRANT: Given = Given::Refused(400, "invalid_grant");
const INVALID_SCOPE: Given = Given::Refused(400, "invalid_scope");
const INVALID_CLIENT: (u16, &str) = (401, "invalid_client");

pub struct Model {
    pub now: i64,
    pub grants: Vec<Grant>,
    session: Option<Session>,
    sessions_so_far: usize,
    account_is_on: bool,
    /// What was granted in an earlier one is dead.
    epoch: u32,
    clients: BTreeMap<ClientName, ClientState>,
    /// What the person allows the third party.
    consent: Scopes,
}

impl Model {
    pub fn new(now: i64) -> Self {
        let client = ClientState { scopes: Scopes::ALL, is_on: true };
        Self {
            now,
            grants: Vec::new(),
            session: None,
            sessions_so_far: 0,
            account_is_on: true,
            epoch: 0,
            clients: [(ClientName::FirstParty, client), (ClientName::ThirdParty, client)].into(),
            consent: Scopes::NONE,
        }
    }

    pub fn is_signed_in(&self) -> bool {
        let counts = |session: &Session| self.goes_on(session) && session.epoch == self.epoch;
        self.account_is_on && self.session.as_ref().is_some_and(counts)
    }

    /// The person's browser asks something in their session.
    pub fn visit(&mut self) {
        if self.is_signed_in() {
            self.note_use();
        }
    }

    /// A request for a code. What comes of one that gives a code is noted by [`Model::note_code`].
    pub fn authorize(&mut self, client: ClientName, scopes: Scopes, prompt: Prompt, answer: Consent) -> Way {
        let way = |signs_in, is_asked, end| Way { signs_in, is_asked, end };
        if !self.clients[&client].is_on {
            return way(false, false, Authorized::Closed);
        }
        self.visit();
        let signs_in = !self.is_signed_in() || prompt == Prompt::Anew;
        if signs_in && prompt == Prompt::Silent {
            return way(false, false, Authorized::Error("login_required"));
        }
        if signs_in && !self.account_is_on {
            return way(true, false, Authorized::NotLetIn);
        }
        if signs_in {
            self.sign_in();
        }
        let asked = scopes.and(self.clients[&client].scopes);
        let is_asked = client == ClientName::ThirdParty && !self.consent.has(asked);
        if is_asked && prompt == Prompt::Silent {
            return way(signs_in, false, Authorized::Error("consent_required"));
        }
        if is_asked && answer == Consent::Deny {
            return way(signs_in, true, Authorized::Error("access_denied"));
        }
        if is_asked {
            self.consent = self.consent.or(asked);
        }
        way(signs_in, is_asked, Authorized::Code)
    }

    /// The code that came of a request.
    pub fn note_code(&mut self, client: ClientName, scopes: Scopes, code: String) {
        let session = self.session.expect("who is given a code is signed in");
        let scopes = scopes.and(self.clients[&client].scopes);
        let is_offline = scopes.has(Scopes::OFFLINE);
        self.grants.push(Grant {
            client,
            code,
            access: Vec::new(),
            refresh: Vec::new(),
            scopes,
            session: session.number,
            epoch: self.epoch,
            code_ends_at: self.now + CODE,
            ends_at: if is_offline { self.now + REFRESH_ABSOLUTE } else { session.ends_at },
            stage: Stage::Code,
        });
    }

    pub fn redeem(&mut self, grant: usize, by: ClientName, proof: Proof) -> Given {
        if let Some(refused) = self.unproved(by) {
            return refused;
        }
        let found = &self.grants[grant];
        if found.client != by {
            return INVALID_GRANT;
        }
        if matches!(found.stage, Stage::Active { .. }) {
            // It comes back: two have it.
            self.grants[grant].stage = Stage::Revoked;
            return INVALID_GRANT;
        }
        let is_good = proof == Proof::Right
            && found.stage == Stage::Code
            && self.now < found.code_ends_at
            && self.is_backed(found)
            && !self.has_lost_offline(found);
        if !is_good {
            return INVALID_GRANT;
        }
        self.grants[grant].stage = Stage::Active { generation: 0, since: self.now };
        self.give(grant, self.grants[grant].scopes)
    }

    pub fn refresh(&mut self, grant: usize, token: usize, by: ClientName, asked: Option<Scopes>) -> Given {
        if let Some(refused) = self.unproved(by) {
            return refused;
        }
        let found = &self.grants[grant];
        let Stage::Active { generation, since } = found.stage else { return INVALID_GRANT };
        if found.client != by {
            return INVALID_GRANT;
        }
        let is_repeated = token + 1 == generation && self.now - since <= REFRESH_GRACE;
        if token != generation && !is_repeated {
            // It was replaced, and comes back: two have it.
            self.grants[grant].stage = Stage::Revoked;
            return INVALID_GRANT;
        }
        if !self.is_backed(found) || self.now - since > REFRESH_IDLE {
            return INVALID_GRANT;
        }
        if asked.is_some_and(|asked| !found.scopes.has(asked)) {
            return INVALID_SCOPE;
        }
        if self.has_lost_offline(found) {
            return INVALID_GRANT;
        }
        let scopes = asked.unwrap_or(found.scopes);
        if scopes.and(self.clients[&by].scopes) == Scopes::NONE {
            return INVALID_SCOPE;
        }
        if !is_repeated {
            self.grants[grant].stage = Stage::Active { generation: generation + 1, since: self.now };
        }
        self.give(grant, scopes)
    }

    /// The tokens that the client now has.
    pub fn note_tokens(&mut self, grant: usize, scopes: Scopes, access: String, refresh: String) {
        let ends_at = self.now + ACCESS_TOKEN;
        let grant = &mut self.grants[grant];
        grant.access.push(AccessToken { text: access, scopes, ends_at, is_revoked: false });
        let Stage::Active { generation, .. } = grant.stage else { panic!("tokens of a grant that is dead") };
        if generation == grant.refresh.len() {
            grant.refresh.push(refresh);
        }
    }

    pub fn worth_of_access(&self, grant: usize, token: usize, asker: ClientName) -> Worth {
        let scopes = self.scopes_left(grant, token);
        let counts = self.counts(grant, token) && scopes != Scopes::NONE;
        self.told(self.grants[grant].client, asker, counts, scopes)
    }

    /// What userinfo answers to an access token: to one that counts and has lost `openid`, that this does not suffice.
    pub fn userinfo(&self, grant: usize, token: usize) -> u16 {
        let client_is_on = self.clients[&self.grants[grant].client].is_on;
        match client_is_on && self.counts(grant, token) {
            true if self.scopes_left(grant, token).has(Scopes::OPENID) => 200,
            true => 403,
            false => 401,
        }
    }

    /// Whether all is there that stands behind an access token.
    fn counts(&self, grant: usize, token: usize) -> bool {
        let found = &self.grants[grant];
        let token = &found.access[token];
        !token.is_revoked
            && self.now < token.ends_at
            && matches!(found.stage, Stage::Active { .. })
            && self.is_backed(found)
    }

    /// What an access token is still good for.
    fn scopes_left(&self, grant: usize, token: usize) -> Scopes {
        let found = &self.grants[grant];
        found.access[token].scopes.and(self.clients[&found.client].scopes)
    }

    pub fn worth_of_refresh(&self, grant: usize, token: usize, asker: ClientName) -> Worth {
        let found = &self.grants[grant];
        let counts = match found.stage {
            Stage::Active { generation, since } => {
                let is_repeated = token + 1 == generation && self.now - since <= REFRESH_GRACE;
                (token == generation || is_repeated)
                    && self.now - since <= REFRESH_IDLE
                    && self.is_backed(found)
                    && !self.has_lost_offline(found)
            }
            _ => false,
        };
        self.told(found.client, asker, counts, found.scopes.and(self.clients[&found.client].scopes))
    }

    /// Gives the refusal, if there is one.
    pub fn revoke_access(
        &mut self,
        grant: usize,
        token: usize,
        by: ClientName,
    ) -> Option<(u16, &'static str)> {
        if !self.clients[&by].is_on {
            return Some(INVALID_CLIENT);
        }
        if self.grants[grant].client == by {
            self.grants[grant].access[token].is_revoked = true;
        }
        None
    }

    /// Gives the refusal, if there is one.
    pub fn revoke_refresh(&mut self, grant: usize, by: ClientName) -> Option<(u16, &'static str)> {
        if !self.clients[&by].is_on {
            return Some(INVALID_CLIENT);
        }
        if self.grants[grant].client == by {
            self.grants[grant].stage = Stage::Revoked;
        }
        None
    }

    /// The person, signed in, withdraws what they allowed; tells whether there was anything.
    pub fn withdraw(&mut self) -> bool {
        let given =
            |grant: &&mut Grant| grant.client == ClientName::ThirdParty && grant.stage != Stage::Revoked;
        let mut withdrew = self.consent != Scopes::NONE;
        self.consent = Scopes::NONE;
        for grant in self.grants.iter_mut().filter(given) {
            grant.stage = Stage::Revoked;
            withdrew = true;
        }
        withdrew
    }

    /// The person, signed in, signs out.
    pub fn sign_out(&mut self) {
        self.session = None;
    }

    /// The person, signed in, ends every access.
    pub fn end_everything(&mut self) {
        self.session = None;
        self.epoch += 1;
    }

    /// The person, signed in, chooses a new password: their session alone goes on.
    pub fn choose_password(&mut self) {
        self.epoch += 1;
        let (epoch, used_at) = (self.epoch, self.now);
        self.session = self.session.map(|session| Session { used_at, epoch, ..session });
    }

    pub fn set_account(&mut self, is_on: bool) {
        if self.account_is_on && !is_on {
            self.epoch += 1;
        }
        self.account_is_on = is_on;
    }

    pub fn set_client(&mut self, name: ClientName, is_on: bool) {
        self.clients.get_mut(&name).expect("both are there").is_on = is_on;
    }

    /// Tells whether the third party may change its registration.
    pub fn reregister(&mut self, scopes: Scopes) -> bool {
        let client = self.clients.get_mut(&ClientName::ThirdParty).expect("both are there");
        if client.is_on {
            client.scopes = scopes;
        }
        client.is_on
    }

    /// A sweep changes nothing that anybody can see: what it removes was dead.
    pub fn sweep(&mut self) {
        let kept = self.session.filter(|session| self.goes_on(session));
        self.session = kept;
    }

    fn sign_in(&mut self) {
        let goes_on = |session: &Session| self.goes_on(session) && session.epoch == self.epoch;
        // The same person again: what was granted in the session still goes with it.
        let number = if let Some(session) = self.session.filter(goes_on) {
            session.number
        } else {
            self.sessions_so_far += 1;
            self.sessions_so_far
        };
        let (used_at, ends_at) = (self.now, self.now + SESSION_ABSOLUTE);
        self.session = Some(Session { number, used_at, ends_at, epoch: self.epoch });
    }

    fn goes_on(&self, session: &Session) -> bool {
        self.now < session.ends_at && self.now - session.used_at < SESSION_IDLE
    }

    fn note_use(&mut self) {
        let now = self.now;
        if let Some(session) = &mut self.session
            && now - session.used_at >= USE_NOTED_EVERY
        {
            session.used_at = now;
        }
    }

    /// Whether all that a grant needs is there: its time, its person, and its session unless it outlives that.
    fn is_backed(&self, grant: &Grant) -> bool {
        let is_its_own = |session: &Session| session.number == grant.session && self.goes_on(session);
        self.now < grant.ends_at
            && self.account_is_on
            && grant.epoch == self.epoch
            && (grant.scopes.has(Scopes::OFFLINE) || self.session.as_ref().is_some_and(is_its_own))
    }

    /// Whether a grant was to outlive sessions, which its client may not have any more.
    fn has_lost_offline(&self, grant: &Grant) -> bool {
        grant.scopes.has(Scopes::OFFLINE) && !self.clients[&grant.client].scopes.has(Scopes::OFFLINE)
    }

    fn unproved(&self, client: ClientName) -> Option<Given> {
        let (status, error) = INVALID_CLIENT;
        (!self.clients[&client].is_on).then_some(Given::Refused(status, error))
    }

    /// Gives tokens for these scopes, as far as the client still has them; a session that was needed was used.
    fn give(&mut self, grant: usize, scopes: Scopes) -> Given {
        let found = &self.grants[grant];
        let Stage::Active { generation, .. } = found.stage else { panic!("it was just found good") };
        let scopes = scopes.and(self.clients[&found.client].scopes);
        if !found.scopes.has(Scopes::OFFLINE) {
            self.note_use();
        }
        Given::Tokens { scopes, generation }
    }

    fn told(&self, owner: ClientName, asker: ClientName, counts: bool, scopes: Scopes) -> Worth {
        let asker_is_on = self.clients[&asker].is_on;
        let owner_is_on = self.clients[&owner].is_on;
        match (asker_is_on, counts && owner_is_on && owner == asker) {
            (false, _) => Worth::Refused(INVALID_CLIENT.0, INVALID_CLIENT.1),
            (true, true) => Worth::Active(scopes),
            (true, false) => Worth::Inactive,
        }
    }
}
