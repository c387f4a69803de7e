//! What a crowd costs: the time of a sign-in beside its hash, with a thousand accounts and with a million.
//!
//! `cargo bench --bench crowd` fills two databases, signs people of both in by turns, takes off the time of one hash measured in the
//! same turns, and prints the ratio.

#[allow(dead_code, reason = "each measure takes what it needs")]
mod inside;

use std::time::Instant;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use guichet::accounts::{InitialPassword, NewAccount, NewIdentifier};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use inside::{House, fill, median};
use serde_json::Map;

const PASSWORD: &str = "Correct-Horse-Battery-7";
const TURNS: u32 = 400;
const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let houses = [(filled("few", FEW).await, FEW), (filled("many", MANY).await, MANY)];
    let rng = Rng::system();
    let mut times = [Vec::new(), Vec::new()];
    let mut hashes = Vec::new();
    for turn in 0..TURNS + 50 {
        for (place, (house, people)) in houses.iter().enumerate() {
            let visitor = house.at_the_form().await;
            let identifier = format!("p{}", 1 + rng.below(*people));
            let (status, time) = house.send(&visitor, &identifier, PASSWORD).await;
            assert!(status.is_redirection(), "{identifier}: {status}");
            // The first turns warm both up.
            if turn >= 50 {
                times[place].push(time.as_secs_f64() * 1e3);
            }
        }
        hashes.push(hash());
    }
    let hash = median(&mut hashes);
    let [few, many] = times.map(|mut times| median(&mut times));
    println!("one hash                        {hash:>8.2} ms");
    println!("sign-in among {FEW:>9} people   {few:>8.2} ms, beside the hash {:>6.2} ms", few - hash);
    println!("sign-in among {MANY:>9} people   {many:>8.2} ms, beside the hash {:>6.2} ms", many - hash);
    println!("ratio of the times beside the hash {:.2}", (many - hash) / (few - hash));
}

/// An installation with so many people, all with one password, each with a letter and some history.
async fn filled(name: &str, people: u32) -> House {
    let house = House::build(name).await;
    let model = NewAccount {
        identifier: NewIdentifier::Given("model".to_owned()),
        given_name: None,
        family_name: None,
        email: None,
        claims: Map::new(),
        authority: None,
        source_key: None,
        password: InitialPassword::Personal(Secret::new(PASSWORD)),
    };
    house.accounts.create(model).await.unwrap_or_else(|error| panic!("{error}"));
    let began = Instant::now();
    let statements = [
        "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email, email_verified, claims, \
         created_at, updated_at, last_seen_at) SELECT 'account-' || i, 'p' || i, 'p' || i, 'Élodie', 'Lefèvre', \
         'p' || i || '@example.org', 1, '{}', 1, 1, 1 FROM n",
        "INSERT INTO taken_identifier (mark) SELECT 'p' || i FROM n",
        "INSERT INTO password (account_id, hash, temporary, set_at) SELECT 'account-' || i, \
         (SELECT hash FROM password LIMIT 1), 0, 1 FROM n",
        "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at) \
         SELECT 'letter-' || i, 'account-' || i, 'lyon', 'dec', 0, 1 FROM n",
        "INSERT INTO audit_event (id, at, account_id, actor, kind, detail) \
         SELECT 'event-' || i, i, 'account-' || i, 'person', 'signed-in', '' FROM n",
    ];
    fill(&house.database, people, &statements).await;
    eprintln!("{people} people made in {:.0} s", began.elapsed().as_secs_f64());
    house
}

/// The time of one hash of the configured cost, in milliseconds, in memory that was used before, as in the pool.
fn hash() -> f64 {
    let params = Params::new(7_168, 1, 1, None).expect("parameters");
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut time = 0.0;
    for _ in 0..2 {
        let mut output = [0; 32];
        let began = Instant::now();
        argon2
            .hash_password_into_with_memory(
                PASSWORD.as_bytes(),
                b"sixteen bytes ok",
                &mut output,
                &mut memory,
            )
            .expect("a hash");
        time = began.elapsed().as_secs_f64() * 1e3;
    }
    time
}
