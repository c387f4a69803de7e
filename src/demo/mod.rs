//! The whole story on one machine: what a visitor runs to see the product at work.
//!
//! Its parts are ordinary programs that happen to share a process; they meet over HTTP only.

pub mod expense_app;
