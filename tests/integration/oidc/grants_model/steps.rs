//! What may happen to grants, and how it is drawn.

use proptest::prelude::*;

use super::model::{ClientName, Scopes};

/// How many steps a sequence has: thirty on the average.
const STEPS: std::ops::RangeInclusive<usize> = 1..=60;

/// One thing that happens. A grant or a token is counted from the newest, around: whatever of a sequence shrinking
/// leaves out, the rest still means something.
#[derive(Clone, Debug)]
pub enum Step {
    /// A client asks for a code, in the person's browser, and may redeem what it gets at once.
    Authorize { client: ClientName, scopes: Scopes, prompt: Prompt, answer: Consent, then: Then },
    /// A client redeems a code.
    Redeem { grant: usize, by: By, proof: Proof },
    /// A client uses a refresh token of a grant, perhaps for certain scopes alone.
    Refresh { grant: usize, token: usize, by: By, scopes: Option<Scopes> },
    /// A client asks what an access token is worth.
    IntrospectAccess { grant: usize, token: usize, by: By },
    /// A client asks what a refresh token is worth.
    IntrospectRefresh { grant: usize, token: usize, by: By },
    /// A client takes an access token back.
    RevokeAccess { grant: usize, token: usize, by: By },
    /// A client takes a refresh token back.
    RevokeRefresh { grant: usize, token: usize, by: By },
    /// The person takes back what they allowed the third party.
    Withdraw,
    /// The person signs out.
    SignOut,
    /// The person ends every access.
    EndEverything,
    /// The person chooses a new password.
    NewPassword,
    /// An operator disables or enables the account.
    SetAccount(Switch),
    /// An operator disables or enables a client.
    SetClient(ClientName, Switch),
    /// The third party registers these scopes in the place of those that it has.
    Reregister(Scopes),
    /// The janitor sweeps.
    Sweep,
    /// Time passes, in seconds.
    Wait(u64),
}

/// What a request says of how the person may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// Nothing.
    AsNeeded,
    /// `none`
    Silent,
    /// `login`
    Anew,
}

/// What the person answers, where they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    Allow,
    Deny,
}

/// What a client does with a code that it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Redeem,
    Keep,
}

/// Who comes with a code or a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The client to which it was given.
    Owner,
    /// The other one.
    Stranger,
}

/// What comes with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Right,
    WrongVerifier,
    NoVerifier,
    WrongRedirectUri,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    On,
    Off,
}

pub fn sequences() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), STEPS)
}

fn step() -> impl Strategy<Value = Step> {
    // Most of the time something is given and used; now and then it is ended.
    prop_oneof![
        16 => (client(), scopes(), prompt(), consent(), then()).prop_map(
            |(client, scopes, prompt, answer, then)| Step::Authorize { client, scopes, prompt, answer, then }
        ),
        10 => (recent(), by(), proof()).prop_map(|(grant, by, proof)| Step::Redeem { grant, by, proof }),
        36 => (recent(), recent(), by(), prop::option::weighted(0.3, any_scopes()))
            .prop_map(|(grant, token, by, scopes)| Step::Refresh { grant, token, by, scopes }),
        2 => (recent(), recent(), by())
            .prop_map(|(grant, token, by)| Step::IntrospectAccess { grant, token, by }),
        2 => (recent(), recent(), by())
            .prop_map(|(grant, token, by)| Step::IntrospectRefresh { grant, token, by }),
        2 => (recent(), recent(), by()).prop_map(|(grant, token, by)| Step::RevokeAccess { grant, token, by }),
        1 => (recent(), recent(), by()).prop_map(|(grant, token, by)| Step::RevokeRefresh { grant, token, by }),
        1 => Just(Step::Withdraw),
        2 => Just(Step::SignOut),
        1 => prop_oneof![Just(Step::EndEverything), Just(Step::NewPassword)],
        // Off is seldom, and seldom for long.
        2 => prop_oneof![3 => Just(Switch::On), 1 => Just(Switch::Off)].prop_map(Step::SetAccount),
        4 => (client(), prop_oneof![3 => Just(Switch::On), 1 => Just(Switch::Off)])
            .prop_map(|(client, switch)| Step::SetClient(client, switch)),
        3 => scopes().prop_map(Step::Reregister),
        1 => Just(Step::Sweep),
        24 => waits().prop_map(Step::Wait),
    ]
}

fn client() -> impl Strategy<Value = ClientName> {
    prop_oneof![Just(ClientName::FirstParty), Just(ClientName::ThirdParty)]
}

/// Scopes with `openid`, without which nothing is granted.
fn scopes() -> impl Strategy<Value = Scopes> {
    any_scopes().prop_map(Scopes::with_openid)
}

fn any_scopes() -> impl Strategy<Value = Scopes> {
    (1_u8..16).prop_map(Scopes::of_bits)
}

fn prompt() -> impl Strategy<Value = Prompt> {
    prop_oneof![6 => Just(Prompt::AsNeeded), 2 => Just(Prompt::Silent), 1 => Just(Prompt::Anew)]
}

fn consent() -> impl Strategy<Value = Consent> {
    prop_oneof![5 => Just(Consent::Allow), 1 => Just(Consent::Deny)]
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![3 => Just(Then::Redeem), 1 => Just(Then::Keep)]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![7 => Just(By::Owner), 1 => Just(By::Stranger)]
}

fn proof() -> impl Strategy<Value = Proof> {
    prop_oneof![
        8 => Just(Proof::Right),
        1 => Just(Proof::WrongVerifier),
        1 => Just(Proof::NoVerifier),
        1 => Just(Proof::WrongRedirectUri),
    ]
}

fn recent() -> impl Strategy<Value = usize> {
    prop_oneof![6 => Just(0_usize), 3 => Just(1_usize), 1 => 2..8_usize]
}

/// The moments at which something ends, and those just before.
fn waits() -> impl Strategy<Value = u64> {
    const HOUR: u64 = 3_600;
    const DAY: u64 = 24 * HOUR;
    prop_oneof![
        12 => prop_oneof![1..=5_u64, Just(29), Just(30), Just(31), Just(59), Just(60), Just(61)],
        2 => prop_oneof![Just(599_u64), Just(600), Just(601), Just(HOUR)],
        1 => prop_oneof![Just(2 * HOUR - 1), Just(2 * HOUR), Just(12 * HOUR - 1), Just(12 * HOUR)],
        1 => prop_oneof![Just(7 * DAY), Just(14 * DAY), Just(14 * DAY + 1), Just(76 * DAY), Just(90 * DAY)],
    ]
}
