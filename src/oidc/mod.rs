//! The `OpenID` Provider.

pub mod pages;
