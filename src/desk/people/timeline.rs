//! What happened to a person, in words: what was done and by whom, which mails went, and why one did not.

use std::collections::BTreeMap;

use super::super::{Desk, Manager};
use super::act::Submitted;
use super::known::Known;
use super::pages::{Row, TimelinePart, Told};
use crate::accounts::{AccountId, Mark, Moment};
use crate::audit::{Entry, Event, Refusal, door_and_proof};
use crate::config::SituationSettings;
use crate::desk::audit::pages::{door_called, refusal_key};
use crate::kit::devices::Device;
use crate::kit::page::Frame;
use crate::kit::visitor::Visitor;
use crate::mail::{Listed, State};

/// How much is shown at a time.
const PAGE: usize = 12;
/// How much is told of what happened meanwhile.
const MOST_MEANWHILE: i64 = 10;

/// What is known beside the events themselves.
struct Context<'a> {
    frame: &'a Frame,
    /// The doors of the sign-in.
    doors: &'a [SituationSettings],
    /// What managers are called, by their accounts.
    names: BTreeMap<String, String>,
    /// What the browsers of sessions that go on call themselves, by when they began.
    browsers: BTreeMap<i64, &'a str>,
    /// The identifiers of the person's other records, by their accounts.
    identifiers: BTreeMap<String, String>,
}

impl Desk {
    /// A page of a person's timeline.
    pub(super) async fn timeline(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        known: &Known,
        before: Option<&Mark>,
    ) -> sqlx::Result<TimelinePart> {
        let found = manager.people().timeline(&known.account().id, &known.aliases, before, PAGE).await?;
        let Some(found) = found else {
            return Ok(TimelinePart { rows: Vec::new(), older: None, is_first: true });
        };
        let frame = self.pages().frame(visitor);
        let entries = found.moments.iter().filter_map(|moment| match moment {
            Moment::Event(entry) => Some(entry),
            Moment::Mail(_) => None,
        });
        let sessions = &known.sessions;
        let context = Context {
            frame: &frame,
            doors: &self.0.situations,
            names: self.names_of(manager, entries).await?,
            browsers: sessions.iter().map(|one| (one.began_at.seconds(), one.user_agent.as_str())).collect(),
            identifiers: known
                .aliases
                .iter()
                .map(|alias| (alias.id.to_string(), alias.identifier().unwrap_or_default().to_owned()))
                .collect(),
        };
        let row = |moment: &Moment| match moment {
            Moment::Event(entry) => context.event(entry),
            Moment::Mail(mail) => context.mail(mail),
        };
        Ok(TimelinePart {
            rows: found.moments.iter().map(row).collect(),
            older: found.older.map(|mark| mark.word()),
            is_first: before.is_none(),
        })
    }

    /// What happened since the manager saw the state upon which they wanted to act.
    pub(super) async fn meanwhile(&self, visitor: &Visitor, submitted: &Submitted) -> sqlx::Result<Told> {
        let manager = &submitted.manager;
        // Without a time in the form, all that is told is that something happened.
        let entries = match submitted.shown_at() {
            Some(from) => manager.people().since(&submitted.id, from, MOST_MEANWHILE).await?,
            None => Vec::new(),
        };
        let frame = self.pages().frame(visitor);
        let names = self.names_of(manager, entries.iter()).await?;
        let context = Context {
            frame: &frame,
            doors: &self.0.situations,
            names,
            browsers: BTreeMap::new(),
            identifiers: BTreeMap::new(),
        };
        Ok(Told::Meanwhile(entries.iter().map(|entry| context.event(entry)).collect()))
    }

    /// What managers of this authority are called; of others who acted, it is not told.
    async fn names_of(
        &self,
        manager: &Manager,
        entries: impl Iterator<Item = &Entry>,
    ) -> sqlx::Result<BTreeMap<String, String>> {
        let mut names = BTreeMap::new();
        for entry in entries {
            let ours = entry.authority.as_ref() == Some(&manager.authority().id);
            let Some(id) = entry.actor_id.as_ref().filter(|_| ours) else { continue };
            if names.contains_key(id) {
                continue;
            }
            let name = match entry.actor.as_str() {
                "manager" => self.0.accounts.by_id(&AccountId::from(id.as_str())).await?,
                _ => None,
            };
            names.insert(id.clone(), name.map_or_else(|| id.clone(), |account| account.display_name()));
        }
        Ok(names)
    }
}

impl Context<'_> {
    fn event(&self, entry: &Entry) -> Row {
        let others = if entry.detail == "others" { "-others" } else { "" };
        Row {
            at: entry.at,
            text: self.frame.t(&format!("desk-event-{}{others}", entry.event.word())),
            detail: self.detail(entry),
            by: self.by(entry),
            reason: entry.reason.clone(),
            trouble: None,
            retry: None,
        }
    }

    /// What an event says beside its kind, where that tells a manager something.
    fn detail(&self, entry: &Entry) -> Option<String> {
        match entry.event {
            Event::SignedIn => {
                let browser = self.browsers.get(&entry.at.seconds());
                let device = browser.map(|browser| Device::of(browser).in_words(self.frame));
                let door = door_and_proof(&entry.detail);
                let door = door.map(|(door, _)| door_called(self.frame, self.doors, door));
                let parts: Vec<String> = [door, device].into_iter().flatten().collect();
                Some(parts.join(", ")).filter(|parts| !parts.is_empty())
            }
            Event::SignInFailed => {
                Refusal::of_word(&entry.detail).map(|refusal| self.frame.t(&refusal_key(refusal)))
            }
            Event::MailRetried => Some(self.frame.t(&format!("desk-mail-{}", entry.detail))),
            Event::Absorbed | Event::Merged | Event::Separated => {
                self.identifiers.get(&entry.detail).cloned()
            }
            _ if entry.detail == "others" => None,
            _ => Some(entry.detail.clone()).filter(|detail| !detail.is_empty()),
        }
    }

    fn by(&self, entry: &Entry) -> Option<String> {
        match (entry.actor.as_str(), &entry.actor_id) {
            ("manager" | "application", Some(id)) => {
                Some(self.names.get(id).cloned().unwrap_or_else(|| self.frame.t("desk-by-other")))
            }
            ("operator", _) => Some(self.frame.t("desk-by-operator")),
            ("import", _) => Some(self.frame.t("desk-by-import")),
            ("retention", _) => Some(self.frame.t("desk-by-retention")),
            _ => None,
        }
    }

    fn mail(&self, mail: &Listed) -> Row {
        let kind = self.frame.t(&format!("desk-mail-{}", mail.kind));
        let state = self.frame.t(state_key(mail.state));
        Row {
            at: mail.created_at,
            text: self.frame.t2("desk-mail-row", "kind", &kind, "state", &state),
            detail: Some(mail.recipient.clone()),
            by: None,
            reason: None,
            trouble: mail
                .last_error
                .as_deref()
                .filter(|_| mail.state != State::Sent)
                .map(|error| self.frame.t1(trouble_key(error), "error", error)),
            retry: (mail.state == State::Failed).then(|| mail.id.to_string()),
        }
    }
}

const fn state_key(state: State) -> &'static str {
    match state {
        State::Waiting => "desk-mail-waiting",
        State::Sending => "desk-mail-sending",
        State::Sent => "desk-mail-sent",
        State::Failed => "desk-mail-failed",
    }
}

/// Why a mail did not leave, as far as it helps the person: the address, the way to the server, or something else.
fn trouble_key(error: &str) -> &'static str {
    if error.starts_with("at RCPT TO") {
        return "desk-trouble-recipient";
    }
    if error.starts_with("when ") {
        return "desk-trouble-server";
    }
    "desk-trouble-other"
}

/// The keys of the texts that are chosen by what happened.
#[must_use]
pub fn text_keys() -> Vec<String> {
    let events = Event::all().map(|event| format!("desk-event-{}", event.word()));
    let states = State::ALL.map(|state| state_key(state).to_owned());
    let others =
        ["desk-event-session-ended-others", "desk-by-operator", "desk-by-import", "desk-by-retention"];
    let more = ["desk-by-other", "desk-mail-row"];
    let troubles = ["desk-trouble-recipient", "desk-trouble-server", "desk-trouble-other"];
    let fixed = others.into_iter().chain(more).chain(troubles).map(str::to_owned);
    events.chain(states).chain(fixed).collect()
}
