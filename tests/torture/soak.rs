//! A node that works for a long time holds no more than after a short one: memory, files, rows that are over.

use std::thread::sleep;
use std::time::Instant;

use sqlx::{AnyConnection, Connection};

use crate::installation::{Installation, descriptors, megabytes};
use crate::length;
use crate::support::app::PASSWORD;
use crate::wire::{Unsure, Visitor, client_credentials, redeem, refresh, revoke};

fn take_a_turn(port: u16) -> Result<(), Unsure> {
    let mut visitor = Visitor::new(port);
    let code = visitor.sign_in(port, "elefevre", PASSWORD)?;
    let tokens = redeem(port, &code)?;
    let rotated = refresh(port, &tokens.text("refresh_token"))?;
    revoke(port, &rotated.text("refresh_token"))?;
    client_credentials(port)?;
    // A stranger in another language, who never comes back.
    Visitor::new(port).open(port, &format!("{}&ui_locales=en", Visitor::authorization()))?;
    Ok(())
}

#[tokio::test]
async fn a_long_time_costs_no_more_than_a_short_one() {
    let installation = Installation::new().with("SESSIONS__ABSOLUTE", "2 s").with("SESSIONS__IDLE", "2 s");
    let port = installation.port;
    installation.create_account("elefevre");
    let (node, _) = installation.serve(port);
    let mut samples = Vec::new();
    let mut turns = 0_u32;
    let (began, time) = (Instant::now(), length::time(6, 0.1));
    while began.elapsed() < time {
        take_a_turn(port).expect("an answer");
        turns += 1;
        samples.push((megabytes(node.id(), "VmRSS:"), descriptors(node.id())));
    }
    // The first third is for warming up.
    let mean = |part: &[(f64, usize)]| {
        part.iter().map(|(memory, _)| memory).sum::<f64>() / f64::from(u32::try_from(part.len()).unwrap())
    };
    let third = samples.len() / 3;
    assert!(third > 0, "{turns} turns are too few to compare");
    let (second, last) = (mean(&samples[third..2 * third]), mean(&samples[2 * third..]));
    let files = |part: &[(f64, usize)]| part.iter().map(|(_, files)| *files).max().unwrap_or_default();
    let (files_before, files_after) = (files(&samples[..2 * third]), files(&samples[2 * third..]));

    sleep(std::time::Duration::from_secs(4));
    let swept = installation.run(&["retention", "sweep"], "");
    assert!(swept.status.success(), "{swept:?}");
    crate::calls::driver::install();
    let database = installation.folder().join("data/guichet.db");
    let mut connection = AnyConnection::connect(&format!("sqlite://{}", database.display())).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM browser_session").fetch_one(&mut connection).await.unwrap();
    println!(
        "torture: {turns} turns in {time:.0?}: {second:.1} MB in the second third, {last:.1} MB in the last; {files_before} files, \
         then {files_after}; {left} sessions that are over left after a sweep"
    );
    assert_eq!(left, 0, "sessions that are over are left");
    assert!(last - second < 8.0, "memory grows: {second:.1} MB, then {last:.1} MB");
    assert!(files_after <= files_before + 2, "files are left open: {files_before}, then {files_after}");
}
