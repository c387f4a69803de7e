//! The provider.

mod code_flow;
