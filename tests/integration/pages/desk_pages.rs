//! One of each page about a person at the managers' desk.

use guichet::accounts::NotOne;
use guichet::desk::people::pages::{
    Act, AddressFact, AddressState, AliasFact, CaseFact, Facts, Found, LetterFact, MergePage, Missing, Paper,
    PersonPage, Row, Side, Standing, State, TimelinePart, Told, Undo,
};
use guichet::desk::people::{Action, Done, WhyNot};
use guichet::kit::clock::Timestamp;

use super::{Catalogue, render};

const fn at(day: i64) -> Timestamp {
    Timestamp::from_seconds(1_803_942_300 + day * 86_400)
}

const TEMPORARY: State =
    State::Temporary { on: Paper::Printed, since: at(0), until: Some(at(90)), expired: false };

impl Catalogue {
    fn standing(state: State) -> Standing {
        Standing { state, address: AddressState::Confirmed, wait_until: None }
    }

    fn groups(&self) -> Vec<String> {
        ["msai", "nthi", "lair", "eder", "oche", "1"].map(|group| (self.value)(group)).into()
    }

    fn facts(&self) -> Facts {
        let letter = |number: &str, state| LetterFact {
            number: (self.value)(number),
            desk: (self.value)("Division des examens et concours"),
            state: (state, at(-1)),
        };
        Facts {
            name: (self.value)("Marie-Antoinette Saint-Hilaire de Rochechouart-Montmorency"),
            identifier: (self.value)("msainthilairederoche1"),
            groups: self.groups(),
            address: AddressFact {
                known: Some((self.value)("marie-antoinette.saint-hilaire@example.org")),
                is_confirmed: true,
                waiting: None,
                proposed: Some((self.value)("masaint@example.org")),
            },
            letters: vec![
                letter("ABCD-EFGH", "desk-letter-printed"),
                letter("JKMN-PQRS", "desk-letter-voided"),
            ],
            earlier_letters: 2,
            last_sign_in: Some(at(0)),
            sessions: vec!["Mozilla/5.0 (Windows NT 10.0) Firefox/139.0".to_owned()],
            case: Some(CaseFact { number: (self.value)("123456"), since: at(0) }),
            aliases: vec![AliasFact {
                id: (self.value)("another-record").replace(' ', ""),
                identifier: (self.value)("masainthilaire"),
            }],
            can_call: true,
        }
    }

    fn rows(&self) -> Vec<Row> {
        let row = |day, text: String| Row {
            at: at(day),
            text,
            detail: None,
            by: None,
            reason: None,
            trouble: None,
            retry: None,
        };
        let frame = self.frame();
        vec![
            Row {
                by: Some((self.value)("Chantal Garnier")),
                reason: Some((self.value)("Appel du 3 mars, identité vérifiée")),
                ..row(0, frame.t("desk-event-disabled"))
            },
            Row {
                detail: Some((self.value)("marie-antoinette.saint-hilaire@example.org")),
                trouble: Some(frame.t1("desk-trouble-recipient", "error", &(self.value)("550 unknown"))),
                retry: Some((self.value)("a-mail")),
                ..row(
                    -1,
                    frame.t2(
                        "desk-mail-row",
                        "kind",
                        &frame.t("desk-mail-reset-password"),
                        "state",
                        &frame.t("desk-mail-failed"),
                    ),
                )
            },
            Row { detail: Some((self.value)("ABCD-EFGH")), ..row(-2, frame.t("desk-event-letter-issued")) },
            row(-3, frame.t("desk-event-created")),
        ]
    }

    fn person(&self, told: Option<Told>, undo: Option<Undo>, state: State, acts: Vec<Act>) -> String {
        render(&PersonPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            path: self.link("/desk/lyon/people/somebody"),
            shown_at: at(0).seconds(),
            seen: (self.value)("a-state"),
            told,
            undo,
            standing: Self::standing(state),
            facts: self.facts(),
            case: None,
            acts,
            missing: vec![Missing { word: Action::ResetLink.word(), why: WhyNot::Disabled }],
            timeline: TimelinePart { rows: self.rows(), older: Some((self.value)("1.a")), is_first: false },
        })
    }

    fn acts(&self, open: Option<Action>) -> Vec<Act> {
        let act = |action: Action| Act {
            word: action.word(),
            takes_address: action == Action::ProposeAddress,
            is_open: open == Some(action),
            reason: (self.value)("il a"),
            address: (self.value)("marie@example"),
        };
        Action::ALL.map(act).into()
    }

    fn merging(&self, found: Found, told: Option<Told>) -> String {
        render(&MergePage {
            frame: self.frame(),
            desk: self.desk_frame(),
            path: self.link("/desk/lyon/people/somebody"),
            name: (self.value)("Marie-Antoinette Saint-Hilaire"),
            typed: (self.value)("masainthilaire"),
            found,
            told,
            not_alone: None,
            reason: (self.value)("la même"),
            shown_at: at(0).seconds(),
        })
    }

    fn two(&self) -> Found {
        let side = |state| Side {
            name: (self.value)("Marie-Antoinette Saint-Hilaire"),
            groups: self.groups(),
            address: Some((self.value)("masaint@example.org")),
            made_at: at(-400),
            last_sign_in: None,
            standing: Self::standing(state),
        };
        Found::Two {
            kept: Box::new(side(State::Personal { since: at(-300) })),
            absorbed: Box::new(side(TEMPORARY)),
            other: (self.value)("another-record"),
            seen: ((self.value)("a-state"), (self.value)("another-state")),
        }
    }

    /// Every page about a person, under its name.
    pub fn people_at_the_desk(&self) -> Vec<(String, String)> {
        let personal = State::Personal { since: at(-300) };
        let disabled = State::Disabled { at: at(0) };
        let acts = || self.acts(None);
        let undo = |other: Option<String>| Some(Undo { word: "enable", other });
        let mut pages = vec![
            ("desk-person".to_owned(), self.person(None, None, TEMPORARY, acts())),
            (
                "desk-person-no-reason".to_owned(),
                self.person(Some(Told::NoReason), None, personal.clone(), self.acts(Some(Action::Disable))),
            ),
            (
                "desk-person-no-address".to_owned(),
                self.person(Some(Told::NoAddress), None, personal, self.acts(Some(Action::ProposeAddress))),
            ),
            (
                "desk-person-meanwhile".to_owned(),
                self.person(Some(Told::Meanwhile(self.rows())), None, disabled.clone(), acts()),
            ),
            ("desk-merge".to_owned(), self.merging(Found::NotAsked, None)),
            ("desk-merge-nobody".to_owned(), self.merging(Found::Nobody, None)),
            ("desk-merge-two".to_owned(), self.merging(self.two(), None)),
            ("desk-merge-no-reason".to_owned(), self.merging(self.two(), Some(Told::NoReason))),
            ("desk-merge-meanwhile".to_owned(), self.merging(self.two(), Some(Told::Meanwhile(self.rows())))),
        ];
        for done in [Done::Disabled, Done::Merged] {
            let other = (done == Done::Merged).then(|| (self.value)("another-record"));
            let page = self.person(Some(Told::Done(done)), undo(other), disabled.clone(), acts());
            pages.push((done.text_key(), page));
        }
        for reason in NotOne::ALL {
            pages.push((format!("desk-merge-{reason:?}"), self.merging(Found::Refused(reason), None)));
        }
        pages
    }
}
