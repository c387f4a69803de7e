//! `guichet managers`

use serde_json::Value;

use super::Installation;

const DESK: [(&str, &str); 1] =
    [("AUTHORITIES", r#"[{ id = "lyon", name = "Lyon", desks = [{ id = "dec", name = "DEC" }] }]"#)];

fn with_staff() -> Installation {
    let installation = DESK.iter().fold(Installation::new(), |it, (key, value)| it.with(key, value));
    installation.create_account("elefevre", "Correct-Horse-7");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let database = guichet::database::Database::open(&installation.settings().database).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        for (id, email) in [("a", "jean@ac.example"), ("b", "twins@ac.example"), ("c", "twins@ac.example")] {
            sqlx::query(
                "INSERT INTO account (id, upstream, upstream_subject, given_name, family_name, email, \
                 email_verified, claims, created_at, updated_at) \
                 VALUES ($1, 'arena', $1, 'Jean', 'Dupont', $2, 1, '{}', 1, 1)",
            )
            .bind(id)
            .bind(email)
            .execute(&mut *transaction)
            .await
            .unwrap();
        }
        transaction.commit().await.unwrap();
        database.close().await;
    });
    installation
}

#[test]
fn staff_are_named_changed_listed_and_dismissed() {
    let installation = with_staff();
    let grant = ["managers", "grant", "--role", "supervisor", "--mail", "Jean@ac.example"];
    let granted = installation.run(&grant);
    assert_eq!(granted.code, Some(0), "{granted:?}");
    assert!(granted.out.contains("now a supervisor of lyon"), "{granted:?}");
    assert!(installation.run(&grant).out.contains("already a supervisor"));
    let by_subject = [
        "managers",
        "grant",
        "--role",
        "manager",
        "--upstream",
        "arena",
        "--subject",
        "b",
        "--authority",
        "lyon",
    ];
    assert_eq!(installation.run(&by_subject).code, Some(0));
    let listed = installation.run(&["managers", "list", "--json"]);
    let lines: Vec<Value> = listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ranks: Vec<_> = lines.iter().map(|line| (line["sub"].as_str(), line["rank"].as_str())).collect();
    assert_eq!(ranks, [(Some("a"), Some("supervisor")), (Some("b"), Some("manager"))]);
    let revoked = installation.run(&["managers", "revoke", "--sub", "a"]);
    assert!(revoked.out.contains("named in lyon no more"), "{revoked:?}");
    assert_eq!(installation.run(&["managers", "list"]).out.lines().count(), 1);
}

#[test]
fn nobody_is_named_by_guessing() {
    let installation = with_staff();
    let grant = ["managers", "grant", "--role", "manager"];
    let run = |more: &[&str]| installation.run(&[&grant[..], more].concat());
    run(&["--mail", "twins@ac.example"]).is_one_line_with(&["several people", "--sub"]);
    run(&["--mail", "nobody@ac.example"]).is_one_line_with(&["sign in here once"]);
    run(&["--sub", "a", "--authority", "dgrh"]).is_one_line_with(&["--authority", "lyon"]);
    // An external person is nobody's manager, whatever they are called.
    run(&["--mail", "elefevre@example.org"]).is_one_line_with(&["sign in here once"]);
    assert_eq!(run(&["--sub", "a", "--mail", "jean@ac.example"]).code, Some(2));
    assert_eq!(run(&[]).code, Some(2));
}
