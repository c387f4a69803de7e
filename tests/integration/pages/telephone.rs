//! The pages of help by telephone, on both sides, and of accesses that managers open.

use guichet::accounts::{OpeningTold, Way};
use guichet::config::Disclosure;
use guichet::desk::cases::{CaseRow, CasesPage, Waiting};
use guichet::desk::openings::{OpenedRow, OpeningsPage, WishRow};
use guichet::desk::telephone::{CallPage, CallState, Refused, SpokenCodePage};
use guichet::kit::clock::Timestamp;
use guichet::signin::pages::{CodeFault, DeskBrowserPage, ForgottenAnswer, OpeningNoticePage, TelephonePage};

use super::{Catalogue, render};

const AT: Timestamp = Timestamp::from_seconds(1_800_000_000);

impl Catalogue {
    fn caller(&self, answer: ForgottenAnswer, is_spoken: bool, fault: Option<CodeFault>) -> String {
        let frame = self.frame();
        render(&TelephonePage {
            answer,
            link_life: frame.duration(std::time::Duration::from_hours(1)),
            case: "402\u{a0}917".to_owned(),
            until: frame.moment(AT),
            caller_code: "4172".to_owned(),
            manager_code: "9035".to_owned(),
            code_until: is_spoken.then(|| frame.moment(AT)),
            fault,
            is_of_a_desk: fault.is_some(),
            action: self.link("/forgotten-password/telephone"),
            news_href: self.link("/news"),
            state: (self.value)("1 waiting"),
            back_href: self.link("/sign-in/external"),
            frame,
        })
    }

    fn opening_notice(&self) -> String {
        let told = |way, used_at| OpeningTold { at: AT, way, used_at };
        render(&OpeningNoticePage {
            frame: self.frame(),
            action: self.link("/access-restored"),
            contact: Some((self.value)("Division des examens, 04 72 80 00 01")),
            openings: vec![told(Way::Telephone, Some(AT)), told(Way::Letter, None), told(Way::Address, None)],
        })
    }

    fn case_row(&self, taken: Option<&str>, is_own: bool) -> CaseRow {
        CaseRow {
            number: (self.value)("402917"),
            spoken: (self.value)("402\u{a0}917"),
            person: (self.value)("Odile L’Œillet"),
            identifier: (self.value)("oloeillet"),
            href: self.link("/desk/lyon/people/x?case=402917"),
            telephone_href: self.link("/desk/lyon/people/x/telephone"),
            asked_at: AT,
            taken: taken.map(|name| ((self.value)(name), AT)),
            is_own,
        }
    }

    /// The cases that wait, for the desk's first page: none, or a few.
    pub(super) fn waiting(&self, oldest: usize) -> Waiting {
        Waiting {
            number: oldest as u64,
            oldest: (0..oldest).map(|_| self.case_row(None, false)).collect(),
            all_href: self.link("/desk/lyon/cases"),
        }
    }

    fn cases(&self) -> String {
        render(&CasesPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            done: Some("desk-case-taken".to_owned()),
            action: self.link("/desk/lyon/cases"),
            cases: vec![
                self.case_row(None, false),
                self.case_row(Some("Chantal Garnier"), true),
                self.case_row(Some("Solange Roche"), false),
            ],
            next_href: Some(self.link("/desk/lyon/cases?after=x")),
        })
    }

    fn no_cases(&self) -> String {
        render(&CasesPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            done: None,
            action: self.link("/desk/lyon/cases"),
            cases: Vec::new(),
            next_href: None,
        })
    }

    fn call(&self, call: CallState, refused: Option<Refused>, taken_by: Option<&str>) -> String {
        render(&CallPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            person: (self.value)("Odile L’Œillet"),
            identifier: (self.value)("oloeillet"),
            person_href: self.link("/desk/lyon/people/x"),
            letter: Some(((self.value)("LYO-4F2K"), AT)),
            last_seen_at: Some(AT),
            refused,
            call,
            others: ["118\u{a0}264", "902\u{a0}551"]
                .map(|number| ((self.value)(number), self.link("/desk/lyon/people/x/telephone?case=118264")))
                .into_iter()
                .filter(|_| taken_by.is_some())
                .collect(),
            taken_by: taken_by.map(|name| (self.value)(name)),
            seen: (self.value)("seen"),
            action: self.link("/desk/lyon/people/x/telephone"),
            news_href: self.link("/news"),
            state: (self.value)("1 waiting"),
        })
    }

    fn open_call(&self, spoken_until: Option<Timestamp>) -> CallState {
        CallState::Open {
            number: (self.value)("402917"),
            spoken: (self.value)("402\u{a0}917"),
            caller_code: (self.value)("4172"),
            manager_code: (self.value)("9035"),
            attempt: 1,
            spoken_until,
        }
    }

    fn openings(&self) -> String {
        let wish = |is_own, is_agreed| WishRow {
            id: (self.value)("wish"),
            person: (self.value)("Odile L’Œillet"),
            identifier: (self.value)("oloeillet"),
            href: self.link("/desk/lyon/people/x"),
            way_key: "desk-way-telephone".to_owned(),
            reason: (self.value)("402917"),
            asked_by: (self.value)("Chantal Garnier"),
            asked_at: AT,
            expires_at: AT,
            is_own,
            is_agreed,
            other: is_own
                .then(|| ((self.value)("Odile L’Œillet · oloeillet2"), self.link("/desk/lyon/people/y"))),
        };
        let opened = |is_same_network: bool, second: Option<&str>| OpenedRow {
            person: (self.value)("Odile L’Œillet"),
            href: self.link("/desk/lyon/people/x"),
            way_key: "desk-way-letter".to_owned(),
            manager: (self.value)("Chantal Garnier"),
            agreed_by: second.map(|name| (self.value)(name)),
            at: AT,
            used_at: is_same_network.then_some(AT),
            is_same_network,
        };
        render(&OpeningsPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            done: Some("desk-agreement-given".to_owned()),
            action: self.link("/desk/lyon/openings"),
            wishes: vec![wish(false, false), wish(true, false), wish(false, true)],
            opened: Some(vec![opened(true, None), opened(false, Some("Solange Roche"))]),
        })
    }

    /// Every page of them by a name.
    pub fn of_telephone(&self) -> Vec<(String, String)> {
        let manager = ForgottenAnswer::under(Disclosure::Explicit, ForgottenAnswer::Manager);
        let frame = self.frame();
        let spoken = SpokenCodePage {
            desk: self.desk_frame(),
            code: (self.value)("417 302 985"),
            life: frame.duration(std::time::Duration::from_mins(10)),
            back_href: self.link("/desk/lyon/people/x/telephone"),
            frame,
        };
        let browser = DeskBrowserPage { frame: self.frame(), sign_in_href: self.link("/sign-in") };
        let words = (self.value)("Un second gestionnaire doit confirmer.");
        let mut pages = vec![
            ("telephone", self.caller(manager, false, None)),
            ("telephone-either", self.caller(ForgottenAnswer::Either, false, None)),
            ("telephone-code", self.caller(manager, true, None)),
            ("desk-browser", render(&browser)),
            ("opening-notice", self.opening_notice()),
            ("desk-cases", self.cases()),
            ("desk-no-cases", self.no_cases()),
            ("desk-call", self.call(self.open_call(None), None, None)),
            ("desk-call-spoken", self.call(self.open_call(Some(AT)), Some(Refused::NotOpened(words)), None)),
            ("desk-call-anothers", self.call(self.open_call(None), None, Some("Solange Roche"))),
            ("desk-call-no-case", self.call(CallState::NoCase, None, None)),
            ("desk-call-proven", self.call(CallState::Proven, None, None)),
            ("desk-call-disabled", self.call(CallState::Disabled, Some(Refused::Unchecked), None)),
            ("desk-spoken-code", render(&spoken)),
            ("desk-openings", self.openings()),
        ];
        pages.extend(CodeFault::ALL.map(|fault| {
            let is_spoken = !matches!(fault, CodeFault::Over | CodeFault::Wrong { left: 0 });
            let name = match fault {
                CodeFault::Slip => "spoken-code-slip",
                CodeFault::Wrong { left: 0 } => "spoken-code-last",
                CodeFault::Wrong { .. } => "spoken-code-wrong",
                CodeFault::Over => "spoken-code-over",
            };
            (name, self.caller(manager, is_spoken, Some(fault)))
        }));
        pages.into_iter().map(|(name, page)| (name.to_owned(), page)).collect()
    }
}
