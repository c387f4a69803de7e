//! The hosted sign-in.

pub mod pages;
