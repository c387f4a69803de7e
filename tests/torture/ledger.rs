//! What clients were promised, written down at the moment of the answer, and read back to Guichet later.
//!
//! Each step is noted as unsure before it is asked for, and as done once a whole answer says so. What is unsure may have
//! happened or not; everything else must be as it was told.

use crate::installation::{Installation, Operator};
use crate::process::Process;
use crate::support::app::PASSWORD;
use crate::wire::{Reply, Unsure, Visitor, is_active, numbered_password, redeem, refresh, revoke};

/// Whether something came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Lives,
    Unsure,
    Dead,
}

/// A browser session.
#[derive(Debug)]
struct Session {
    visitor: Visitor,
    state: State,
}

/// A code, and what came of it.
#[derive(Debug)]
struct Grant {
    code: String,
    /// Alive as long as the code was not redeemed.
    code_state: State,
    /// Its refresh tokens, the newest last, and its newest access token.
    rotations: Vec<String>,
    access: String,
    state: State,
}

/// A letter's password, by the command line.
#[derive(Debug)]
pub struct Letter {
    pub person: String,
    pub printed: String,
}

/// A person and the application, and what they were promised.
#[derive(Debug)]
pub struct Worker {
    known: u16,
    operator: Operator,
    person: String,
    password: u32,
    /// One that they may have as well: the change was not answered.
    maybe: Option<u32>,
    turns: usize,
    sessions: Vec<Session>,
    grants: Vec<Grant>,
    /// How many promises were read back.
    pub kept: usize,
}

impl Worker {
    /// For a person who exists, at the port that everybody knows.
    pub fn new(installation: &Installation, person: &str) -> Self {
        let (sessions, grants) = (Vec::new(), Vec::new());
        let (known, operator, person) = (installation.port, installation.operator(), person.to_owned());
        Self { known, operator, person, password: 0, maybe: None, turns: 0, sessions, grants, kept: 0 }
    }

    /// A sign-in and what follows, until an answer does not come.
    pub fn take_a_turn(&mut self, mut port: impl FnMut() -> u16) -> Result<(), Unsure> {
        if self.maybe.is_some() {
            self.find_the_password(port())?;
        }
        self.turns += 1;
        let mut visitor = Visitor::new(self.known);
        let code = self.sign_in(&mut visitor, port())?;
        self.sessions.push(Session { visitor, state: State::Lives });
        self.grants.push(Grant {
            code,
            code_state: State::Lives,
            rotations: Vec::new(),
            access: String::new(),
            state: State::Lives,
        });
        let grant = self.grants.last_mut().expect("just pushed");
        // Some codes are kept for later.
        if self.turns.is_multiple_of(5) {
            return Ok(());
        }
        grant.redeem(port())?;
        for _ in 0..self.turns % 4 {
            grant.rotate(port())?;
        }
        match self.turns % 7 {
            0 => grant.take_back(port()),
            1 => self.sign_out(port()),
            2 => self.change_password(port()),
            _ => Ok(()),
        }
    }

    fn sign_out(&mut self, port: u16) -> Result<(), Unsure> {
        let session = self.sessions.last_mut().expect("one");
        let grant = self.grants.last_mut().expect("one");
        // The hint is not needed while the session is there; a page would ask without it.
        let hint = grant.access.clone();
        (session.state, grant.state) = (State::Unsure, State::Unsure);
        session.visitor.sign_out(port, &hint)?;
        (session.state, grant.state) = (State::Dead, State::Dead);
        Ok(())
    }

    /// Changes the password, which ends everything but this session.
    fn change_password(&mut self, port: u16) -> Result<(), Unsure> {
        let (current, chosen) = (self.password, u32::try_from(self.turns).expect("few turns"));
        let state = |state: &mut State, becomes: State| {
            if *state == State::Lives || becomes == State::Dead {
                *state = becomes;
            }
        };
        self.maybe = Some(chosen);
        self.sessions.iter_mut().for_each(|session| state(&mut session.state, State::Unsure));
        self.grants.iter_mut().for_each(|grant| state(&mut grant.state, State::Unsure));
        let mut here = self.sessions.last().expect("one").visitor.clone();
        let goes_on = here.change_password(port, &numbered_password(current), &numbered_password(chosen))?;
        (self.password, self.maybe) = (chosen, None);
        self.sessions.iter_mut().for_each(|session| state(&mut session.state, State::Dead));
        self.grants.iter_mut().for_each(|grant| state(&mut grant.state, State::Dead));
        if goes_on {
            self.sessions.push(Session { visitor: here, state: State::Lives });
        }
        Ok(())
    }

    /// After a change without an answer: exactly one of the two passwords opens the door.
    fn find_the_password(&mut self, port: u16) -> Result<(), Unsure> {
        let Some(maybe) = self.maybe else { return Ok(()) };
        let mut refused = Vec::new();
        for number in [maybe, self.password] {
            let reply = self.try_password(&mut Visitor::new(self.known), port, number)?;
            if reply.code().is_some() {
                (self.password, self.maybe) = (number, None);
                return Ok(());
            }
            refused.push(reply);
        }
        panic!("{} has lost their password: {refused:?}", self.person);
    }

    fn sign_in(&self, visitor: &mut Visitor, port: u16) -> Result<String, Unsure> {
        let reply = self.try_password(visitor, port, self.password)?;
        Ok(reply.code().unwrap_or_else(|| panic!("{} is not let in: {reply:?}", self.person)))
    }

    /// Tries a password, and calls the operator when too many came before: a sign-in that is cut off counts as failed, and a
    /// day allows 25.
    fn try_password(&self, visitor: &mut Visitor, port: u16, number: u32) -> Result<Reply, Unsure> {
        let mut attempt = || visitor.try_password(port, &self.person, &numbered_password(number));
        let mut reply = attempt()?;
        if reply.status == 429 {
            self.operator.unlock(&self.person);
            reply = attempt()?;
        }
        if reply.status == 429 { Err(Unsure) } else { Ok(reply) }
    }

    /// Reads everything back; what was looked at is over then, but for sessions.
    pub fn audit(&mut self, port: u16) -> Result<(), Unsure> {
        self.find_the_password(port)?;
        self.sign_in(&mut Visitor::new(self.known), port)?;
        self.kept += 1;
        for session in &mut self.sessions {
            let is_in = session.visitor.is_signed_in(port)?;
            match session.state {
                State::Lives => assert!(is_in, "{}: a session is lost", self.person),
                State::Dead => assert!(!is_in, "{}: a session that ended counts again", self.person),
                State::Unsure => session.state = if is_in { State::Lives } else { State::Dead },
            }
            self.kept += 1;
        }
        for grant in self.grants.drain(..) {
            grant.audit(port)?;
            self.kept += 1;
        }
        // A few old ones stay, to be asked about again and again.
        if self.sessions.len() > 12 {
            self.sessions.drain(2..self.sessions.len() - 6);
        }
        Ok(())
    }
}

impl Grant {
    fn redeem(&mut self, port: u16) -> Result<(), Unsure> {
        self.code_state = State::Unsure;
        let reply = redeem(port, &self.code)?;
        assert_eq!(reply.status, 200, "a code is lost: {reply:?}");
        self.code_state = State::Dead;
        // The hint of a sign-out later.
        self.access = reply.text("id_token");
        self.rotations.push(reply.text("refresh_token"));
        Ok(())
    }

    fn newest(&self) -> &str {
        self.rotations.last().expect("redeemed")
    }

    fn rotate(&mut self, port: u16) -> Result<(), Unsure> {
        let reply = refresh(port, self.newest())?;
        assert_eq!(reply.status, 200, "a refresh token is lost: {reply:?}");
        self.rotations.push(reply.text("refresh_token"));
        Ok(())
    }

    fn take_back(&mut self, port: u16) -> Result<(), Unsure> {
        self.state = State::Unsure;
        let reply = revoke(port, self.newest())?;
        assert_eq!(reply.status, 200, "{reply:?}");
        self.state = State::Dead;
        Ok(())
    }

    /// Reads back what was told of it, and uses it up.
    fn audit(mut self, port: u16) -> Result<(), Unsure> {
        if self.rotations.is_empty() {
            let first = redeem(port, &self.code)?.status;
            match (self.code_state, self.state) {
                (State::Lives, State::Lives) => assert_eq!(first, 200, "a code is lost"),
                (_, State::Dead) => assert_eq!(first, 400, "a code outlived its session"),
                _ => assert!(matches!(first, 200 | 400), "{first}"),
            }
            assert_eq!(redeem(port, &self.code)?.status, 400, "a code counted twice");
            return Ok(());
        }
        let newest = self.newest().to_owned();
        let is_active = is_active(port, &newest)?;
        let reply = refresh(port, &newest)?;
        match self.state {
            State::Lives => assert!(reply.status == 200, "a refresh token is lost: {reply:?}"),
            State::Dead => {
                assert!(reply.status == 400 && !is_active, "what was taken back counts: {reply:?}");
            }
            State::Unsure => assert!(matches!(reply.status, 200 | 400), "{reply:?}"),
        }
        if reply.status == 200 {
            self.rotations.push(reply.text("refresh_token"));
        }
        // Two turns old, beyond all doubt: nobody but a thief has it, and it takes the whole grant along.
        let stale = self.rotations.len().checked_sub(3).map(|place| self.rotations[place].clone());
        match stale {
            Some(stale) => assert_eq!(refresh(port, &stale)?.status, 400, "a stale refresh token counted"),
            None => assert_eq!(redeem(port, &self.code)?.status, 400, "a code counted twice"),
        }
        assert_eq!(refresh(port, self.newest())?.status, 400, "a replay left the grant alive");
        Ok(())
    }
}

impl Letter {
    /// Sees that the printed password opens the page of the first sign-in.
    pub fn audit(&self, known: u16, port: u16) -> Result<(), Unsure> {
        let page = Visitor::new(known).try_password(port, &self.person, &self.printed)?;
        assert!(page.body.contains("new-password"), "the letter of {} is lost: {page:?}", self.person);
        Ok(())
    }
}

/// Everybody who works at the same time.
pub fn workers(installation: &Installation, count: usize) -> Vec<Worker> {
    let made = (0..count).map(|number| {
        let person = format!("worker{number}");
        installation.create_account(&person);
        Worker::new(installation, &person)
    });
    let made = made.collect();
    debug_assert_eq!(numbered_password(0), PASSWORD);
    made
}

/// Says what a process said, when a test fails while it runs.
pub struct LastWords<'a>(pub &'a Process);

impl Drop for LastWords<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0.said());
        }
    }
}
