//! Sequences of what one manager can do, drawn at random: none of them opens an access that is in use.
//!
//! Each begins with the same people: somebody in use, and an older record that nobody uses. What the manager is refused is
//! refused, what they are granted is granted; whatever they did, nothing that opens the access is in their hands afterwards.

use guichet::accounts::{Account, PasswordCheck};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::imports::imported;
use super::letters::{check, printed};
use super::merge::{compare, confirm};
use super::people::{ACTS, now, of_lyon, screen, send};
use super::telephone::{alone, confirm as confirm_call, desk_page};
use super::{MANAGER, person_of, signed_in, with_arena};
use crate::federation::upstream::Upstream;
use crate::on_both_engines;
use crate::recovery::ask;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// How many sequences are tried.
const SEQUENCES: usize = 24;
/// The seed of the draw: the same sequences each time.
const SEED: [u8; 32] = *b"one manager alone opens nothing.";
/// The manager's own mailbox.
const MAILBOX: &str = "rogue@example.org";

/// Something that a manager does about a person.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// An act of the person's screen.
    Act(&'static str),
    /// Making them one with the older record.
    Merge,
    /// And two again.
    Separate,
    /// A letter by hand, which leaves a password or replaces it.
    Letter { replacing: bool },
    /// Printing the letter asked for last.
    Print,
    /// A list of one row, with letters and the manager's mailbox.
    List,
    /// The letters of the last list, issued anew.
    Anew,
    /// A code by telephone, the caller being the manager in another browser.
    Call,
    /// « Mot de passe oublié ? »
    Forgotten,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let acts = prop::sample::select(&ACTS[..]);
    let deed = prop_oneof![
        4 => acts.prop_map(Deed::Act),
        2 => Just(Deed::Merge),
        2 => Just(Deed::Separate),
        2 => any::<bool>().prop_map(|replacing| Deed::Letter { replacing }),
        1 => Just(Deed::Print),
        2 => Just(Deed::List),
        1 => Just(Deed::Anew),
        1 => Just(Deed::Call),
        1 => Just(Deed::Forgotten),
    ];
    prop::collection::vec(deed, 2..=6)
}

/// A manager at work on somebody's access.
struct Attack {
    app: App,
    rogue: Browser,
    victim: Account,
    older: Account,
    sheet: Option<String>,
    batch: Option<String>,
    /// Every document that they were shown.
    papers: Vec<Page>,
}

impl Attack {
    async fn makes(&mut self, deed: Deed) {
        let (victim, older) = (self.victim.clone(), self.older.clone());
        let identifier = victim.identifier().unwrap().to_owned();
        match deed {
            Deed::Act(word) => {
                let shown = self.rogue.get(&screen(&victim)).await;
                if shown.status == 200 {
                    let typed = [("reason", "appel du jour"), ("email", MAILBOX)];
                    send(&mut self.rogue, &shown, &victim, word, &typed).await;
                }
            }
            Deed::Merge => {
                let page = self.rogue.get(&format!("{}/merge?other={identifier}", screen(&older))).await;
                if page.body.contains("name=\"seen-other\"") {
                    let compared = compare(&mut self.rogue, &older, &identifier).await;
                    confirm(&mut self.rogue, &compared, &older).await;
                }
            }
            Deed::Separate => {
                let shown = self.rogue.get(&screen(&older)).await;
                let typed = [("reason", "erreur"), ("other", victim.id.as_str())];
                send(&mut self.rogue, &shown, &older, "separate", &typed).await;
            }
            Deed::Letter { replacing } => {
                let form = self.rogue.get(&format!("{}/letter", screen(&victim))).await;
                if form.status != 200 || !form.body.contains("name=\"seen\"") {
                    return;
                }
                let (session, seen) = (form.hidden("session"), form.hidden("seen"));
                let mut fields = vec![("session", session.as_str()), ("seen", &seen), ("reason", "perdue")];
                fields.extend(replacing.then_some(("replace", "personal")));
                let asked = self.rogue.post(&format!("{}/letter", screen(&victim)), &fields).await;
                self.sheet = asked.location().or(self.sheet.take());
            }
            Deed::Print => {
                if let Some(sheet) = self.sheet.take() {
                    self.papers.push(self.rogue.get(&sheet).await);
                }
                if let Some(batch) = self.batch.clone() {
                    let page = self.rogue.get(&batch).await;
                    let session = page.hidden("session");
                    self.papers
                        .push(self.rogue.post(&format!("{batch}/print"), &[("session", &session)]).await);
                }
            }
            Deed::List => {
                let list = format!("IDENTIFIANT;NOM;PRENOM;MEL\n{identifier};Leroux;Pierre;{MAILBOX}\n");
                let page = imported(&self.app, &mut self.rogue, &list).await;
                let batches = "/desk/lyon/letters/batches/";
                if page.body.contains(batches) {
                    self.batch = Some(page.link_to(batches));
                }
            }
            Deed::Anew => {
                let Some(batch) = self.batch.clone() else { return };
                let page = self.rogue.get(&batch).await;
                if !page.body.contains("name=\"form\"") {
                    return;
                }
                let (session, form) = (page.hidden("session"), page.hidden("form"));
                let fields = [("session", session.as_str()), ("form", &form), ("reason", "bourrage")];
                let asked = self.rogue.post(&format!("{batch}/anew"), &fields).await;
                self.app.work_at_papers().await;
                if let Some(next) = asked.location().filter(|next| next.contains("/batches/"))
                    && self.rogue.get(&next).await.status == 200
                {
                    self.batch = Some(next);
                }
            }
            Deed::Call => {
                ask(&mut self.app.browser(), &identifier).await;
                let shown = self.rogue.get(&desk_page(&victim)).await;
                if shown.status == 200 && shown.body.contains("name=\"attempt\"") {
                    self.papers.push(confirm_call(&mut self.rogue, &shown).await);
                }
            }
            Deed::Forgotten => {
                ask(&mut self.app.browser(), &identifier).await;
                self.app.accounts.answer_recovery_cases().await.unwrap();
            }
        }
    }

    /// What the manager has in their hands that opens the person's access, or changed of it beyond what they may end.
    async fn gain(&self) -> Option<String> {
        let app = &self.app;
        let identifier = self.victim.identifier().unwrap();
        for paper in &self.papers {
            if paper.body.contains("id=\"spoken-code\"") {
                return Some("a code".to_owned());
            }
            for (known, password) in printed(&paper.body) {
                let Some(password) = password.filter(|_| known == identifier) else { continue };
                if !matches!(check(app, identifier, &password).await, PasswordCheck::Refused(_)) {
                    return Some("a password on paper".to_owned());
                }
            }
        }
        let posted = app.posted(MAILBOX).await;
        if posted.iter().any(|mail| mail.kind == "reset-password") {
            return Some("a link".to_owned());
        }
        let account = now(app, &self.victim).await;
        if account.email.as_deref() == Some(MAILBOX) {
            return Some("an address".to_owned());
        }
        let is_open = matches!(check(app, identifier, PASSWORD).await, PasswordCheck::Personal(_));
        let is_as_it_was = (is_open || account.disabled_at.is_some()) && account.merged_into.is_none();
        (!is_as_it_was).then(|| "the access itself".to_owned())
    }
}

/// A manager who goes about what they want in this way, about people of this number; what they gain by it.
async fn attack(app: &App, upstream: &Upstream, number: usize, sequence: &[Deed]) -> Option<String> {
    let older = person_of(app, &format!("ancien{number}x"), "lyon").await;
    app.wait(60);
    let victim = of_lyon(app, &format!("pleroux{number}x")).await;
    let rogue = signed_in(app, upstream, "rogue", MANAGER).await;
    let (sheet, batch, papers) = (None, None, Vec::new());
    let mut attack = Attack { app: app.clone(), rogue, victim, older, sheet, batch, papers };
    // Whatever waits is fetched in the end.
    for deed in sequence.iter().chain(&[Deed::Forgotten, Deed::Print]) {
        attack.makes(*deed).await;
    }
    attack.gain().await
}

on_both_engines! {
    async fn no_sequence_of_one_manager_opens_an_access_in_use(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let mut runner =
            TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &SEED));
        for number in 0..SEQUENCES {
            let sequence = deeds().new_tree(&mut runner).expect("a sequence").current();
            let gained = attack(&app, &upstream, number, &sequence).await;
            assert_eq!(gained, None, "{sequence:?}");
        }
    }

    async fn where_one_manager_may_open_accesses_the_same_deeds_do(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = alone(&app).await;
        for (number, (sequence, gain)) in [
            (vec![Deed::Letter { replacing: true }, Deed::Print], "a password on paper"),
            (vec![Deed::Call], "a code"),
            (vec![Deed::Merge], "the access itself"),
            (vec![Deed::Merge, Deed::Separate], "the access itself"),
        ]
        .into_iter()
        .enumerate()
        {
            let gained = attack(&app, &upstream, number, &sequence).await;
            assert_eq!(gained.as_deref(), Some(gain), "{sequence:?}");
        }
    }
}
