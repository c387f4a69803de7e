//! **Guichet**: an `OpenID` Provider with a hosted sign-in, for the people who serve in an academy's exams.
//!
//! The rooms, from the ground up; each may use those above it in this list and none below:
//!
//! | room | what it owns |
//! | --- | --- |
//! | [`kit`] | time, randomness, ids, secrets, cookies, languages, pages |
//! | [`config`], [`database`] | settings read, checked, then immutable · two engines behind one handle |
//! | [`keys`] | the master key, what it seals, the keys that sign |
//! | [`mail`], [`audit`] | the outbox and the way to a mail server · what happened to whom |
//! | [`accounts`] | people: identifiers, passwords, what is known of them |
//! | [`federation`] | upstream providers, of which we are a client |
//! | [`signin`] | the hosted sign-in: situations, doors, browser sessions |
//! | [`oidc`] | the provider of tokens: clients, grants, endpoints of the protocol |
//! | [`scim`] | how applications manage the people of their authority |
//! | [`my_account`] | a person's own page: what is known of them, their sessions, what they allow |
//! | [`desk`] | the managers' desk: people found, seen and helped, under one authority |
//! | [`server`] | the rooms assembled into one HTTP service, and its listener |
//! | [`cli`], [`demo`] | operators' commands · the whole story on one machine |
//!
//! `docs/architecture.md` is the map with its invariants; `tests/house.rs` keeps the imports honest.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod audit;
pub mod cli;
pub mod config;
pub mod database;
pub mod demo;
pub mod desk;
pub mod federation;
pub mod keys;
pub mod kit;
pub mod mail;
pub mod my_account;
pub mod oidc;
pub mod scim;
pub mod server;
pub mod signin;
