//! Whether the time of a refusal tells anything of the identifier: 10,000 probes of the password form.
//!
//! `cargo bench --bench probes` makes people of every kind, probes them in random order with a wrong password, each few
//! enough times that nobody is made to wait, and prints Welch's t for each pair of kinds; below 4.5 they cannot be told apart by
//! that many probes. Then the same for identifiers that are being made to wait, existing and not.

#[allow(dead_code, reason = "each measure takes what it needs")]
mod inside;

use guichet::accounts::{InitialPassword, NewAccount, NewIdentifier};
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use http::StatusCode;
use inside::{House, Visitor, desk, fill, median};
use serde_json::Map;

const EACH: u32 = 500;
/// Below the five failures that are free.
const TIMES: u32 = 4;
const KINDS: [&str; 5] = ["known", "unknown", "disabled", "without mail", "letter"];
const WRONG: &str = "Wrong-Horse-Wrong-7";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(probe());
}

async fn probe() {
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
    probe_the_desk().await;
}

/// A manager who tries the ids of people: of another authority, and of nobody.
async fn probe_the_desk() {
    let house = House::build_with("probes-desk", desk::CONFIGURATION, None).await;
    desk::name_manager(&house).await;
    // Ids of one length, every second of which is somebody's.
    let people = "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email_verified, claims, created_at, \
         updated_at, authority) SELECT 'account-' || (100000 + 2 * i), 'p' || i, 'p' || i, 'Zoé', 'Roux', 0, '{}', 1, 1, \
         'dgrh' FROM n";
    fill(&house.database, 20_000, &[people]).await;
    while house.accounts.index_people(5_000).await.expect("indexed") > 0 {}
    let rng = Rng::system();
    let mut probes: Vec<usize> = (0..10_000).map(|number| number % 2).collect();
    shuffle(&mut probes);
    let mut times = vec![Vec::new(); 2];
    for (turn, kind) in probes.into_iter().enumerate() {
        let id = 100_000 + 2 * (1 + rng.below(20_000)) as usize - kind;
        let (status, time, _) = house.get(&format!("/desk/lyon/people/account-{id}"), desk::COOKIE).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        // The first ones warm everything up.
        if turn >= 500 {
            times[kind].push(time.as_secs_f64() * 1e6);
        }
    }
    report(&["another authority's", "nobody's"], &times);
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

fn shuffle<T>(items: &mut [T]) {
    let rng = Rng::system();
    for last in (1..items.len()).rev() {
        let other = rng.below(u32::try_from(last + 1).expect("few")) as usize;
        items.swap(last, other);
    }
}

/// Welch's t of each pair, over the probes below the 95th percentile of all: what the machine did meanwhile is no signal.
fn report(kinds: &[&str], times: &[Vec<f64>]) {
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let limit = all[all.len() * 95 / 100];
    let kept: Vec<Vec<f64>> =
        times.iter().map(|times| times.iter().copied().filter(|time| *time < limit).collect()).collect();
    for (kind, times) in kinds.iter().zip(&kept) {
        println!("  {kind:<18} median {:>8.1} µs   mean {:>8.1} µs", median(&mut times.clone()), mean(times));
    }
    let mut worst: f64 = 0.0;
    for left in 0..kinds.len() {
        for right in left + 1..kinds.len() {
            let t = welch(&kept[left], &kept[right]);
            worst = worst.max(t.abs());
            println!("  t({}, {}) = {t:.2}", kinds[left], kinds[right]);
        }
    }
    let verdict = if worst < 4.5 { "cannot be told apart" } else { "CAN BE TOLD APART" };
    println!("  largest |t| = {worst:.2}: {verdict}");
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count(values) - 1.0)
}

fn welch(left: &[f64], right: &[f64]) -> f64 {
    (mean(left) - mean(right)) / (variance(left) / count(left) + variance(right) / count(right)).sqrt()
}

fn count(values: &[f64]) -> f64 {
    f64::from(u32::try_from(values.len()).expect("few"))
}
