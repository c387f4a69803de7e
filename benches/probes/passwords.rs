//! The password form: who is known, unknown, disabled, without a mail address, with a letter's password; and who waits.

use guichet::accounts::{InitialPassword, NewAccount, NewIdentifier};
use guichet::kit::secrets::Secret;
use serde_json::Map;

use crate::inside::{House, Visitor};
use crate::shuffle;
use crate::welch::report;

const EACH: u32 = 500;
/// Below the five failures that are free.
const TIMES: u32 = 4;
const KINDS: [&str; 5] = ["known", "unknown", "disabled", "without mail", "letter"];
const WRONG: &str = "Wrong-Horse-Wrong-7";

/// Probes it, and prints what can be told.
pub async fn probe() {
    let house = House::build("probes").await;
    for number in 0..EACH {
        for kind in [0, 2, 3, 4] {
            make(&house, kind, number).await;
        }
    }
    disable(&house).await;
    let visitor = house.at_the_form().await;
    // The first probes warm everything up and are not counted.
    for number in 0..200 {
        house.send(&visitor, &format!("warm{number}"), WRONG).await;
    }
    let mut probes: Vec<(usize, u32)> = (0..KINDS.len())
        .flat_map(|kind| (0..EACH * TIMES).map(move |number| (kind, number % EACH)))
        .collect();
    shuffle(&mut probes);
    let times = timed(&house, &visitor, &probes, KINDS.len(), identifier).await;
    println!("{} probes, {} of each kind", probes.len(), EACH * TIMES);
    report(&KINDS, &times);

    // Made to wait: the same identifiers again and again, existing and not.
    let waiting = ["waiting, known", "waiting, unknown"];
    for kind in [0, 1] {
        for _ in 0..3 {
            house.send(&visitor, &identifier(kind, 0), WRONG).await;
        }
    }
    let mut probes: Vec<(usize, u32)> = (0..4_000).map(|number| (number % 2, 0)).collect();
    shuffle(&mut probes);
    let times = timed(&house, &visitor, &probes, 2, identifier).await;
    report(&waiting, &times);
}

async fn timed(
    house: &House,
    visitor: &Visitor,
    probes: &[(usize, u32)],
    kinds: usize,
    name: impl Fn(usize, u32) -> String,
) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::new(); kinds];
    for (kind, number) in probes {
        let (status, time) = house.send(visitor, &name(*kind, *number), WRONG).await;
        assert!(status.is_client_error(), "{status}");
        times[*kind].push(time.as_secs_f64() * 1e6);
    }
    times
}

/// All of a kind have names of one length, and so do the kinds.
fn identifier(kind: usize, number: u32) -> String {
    format!("{}person{number:04}", ["k", "u", "d", "n", "l"][kind])
}

async fn make(house: &House, kind: usize, number: u32) {
    let new = NewAccount {
        identifier: NewIdentifier::Given(identifier(kind, number)),
        given_name: Some("Élodie".to_owned()),
        family_name: Some("Lefèvre".to_owned()),
        email: (kind != 3).then(|| format!("{}@example.org", identifier(kind, number))),
        claims: Map::new(),
        authority: None,
        source_key: None,
        password: if kind == 4 {
            InitialPassword::Temporary
        } else {
            InitialPassword::Personal(Secret::new("Correct-Horse-Battery-7"))
        },
    };
    house.accounts.create(new).await.unwrap_or_else(|error| panic!("{error}"));
}

async fn disable(house: &House) {
    let mut transaction = house.database.write().await.expect("a transaction");
    sqlx::query("UPDATE account SET disabled_at = 1 WHERE lookup_key LIKE 'dperson%'")
        .execute(&mut *transaction)
        .await
        .expect("disabled");
    transaction.commit().await.expect("committed");
}
