//! Whether the time of a refusal tells anything: of an identifier at the password form, of another authority's at the desk.
//!
//! `cargo bench --bench probes` makes people of every kind and asks about them in random order, with a wrong password each few
//! enough times that nobody is made to wait, and prints Welch's t for each pair of kinds; below 4.5 they cannot be told apart by
//! that many probes. Then the same for identifiers that are being made to wait, existing and not; and for what a manager and an
//! application may name at each address that takes a key, on SQLite and where `GUICHET_TEST_POSTGRES` points.

mod desk;
#[path = "../inside/mod.rs"]
#[allow(dead_code, reason = "each measure takes what it needs")]
mod inside;
mod passwords;
mod welch;

use guichet::kit::random::Rng;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        passwords::probe().await;
        desk::probe().await;
    });
}

fn shuffle<T>(items: &mut [T]) {
    let rng = Rng::system();
    for last in (1..items.len()).rev() {
        let other = rng.below(u32::try_from(last + 1).expect("few")) as usize;
        items.swap(last, other);
    }
}
