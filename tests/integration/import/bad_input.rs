//! Rows that are wrong: each gets its line and its reason, and harms no other.

use guichet::accounts::import::Outcome;

use super::import;
use crate::on_both_engines;

on_both_engines! {
    async fn each_bad_row_is_refused_with_its_line_and_its_reason(app: App) {
        let long = "x".repeat(1_000_000);
        let wide = "é".repeat(201);
        let rows = [
            ("1;Avant;Anne;;", "created"),
            (";Sans;Clef;;", "refused: it has neither an identifier"),
            ("2;;Anne;;", "refused: the family name is missing"),
            ("3;Peu;Anne", "refused: it has 3 fields where the headings are 5"),
            ("4;Trop;Anne;;;encore", "refused: it has 6 fields"),
            ("5;\"Ouvert;Anne;;", "refused: a quotation mark"),
            ("6;Ou\"vert;Anne;;", "refused: a quotation mark"),
            ("7;\"Ouvert\"x;Anne;;", "refused: a quotation mark"),
            ("8;Nul\0;Anne;;", "refused: NOM holds a control character"),
            ("9;Cloche;An\u{7}ne;;", "refused: PRENOM holds a control character"),
            (&format!("10;{long};Anne;;"), "refused: the line is longer than 64 KiB"),
            (&format!("11;{wide};Anne;;"), "refused: NOM has more than 200 characters"),
            ("12;Adresse;Anne;pas une adresse;", "refused: the mail address"),
            ("13;Adresse;Anne;a@b.fr\u{b}Bcc: c@d.fr;", "refused: MEL holds a control character"),
            ("1;Encore;Anne;;", "refused: line 2 is of the same person"),
            ("", ""),
            ("   ", ""),
            ("14;\"De;La \"\"Tour\"\"\";Anne;anne@example.org;", "created"),
            ("15;=cmd|'/C calc'!A0;Anne;;", "created"),
            ("16;Après;Anne;;;", "created"),
            (&format!(";Long;Anne;;{}", "9".repeat(101)), "refused: IDENTIFIANT has more than 100"),
            (";Donné;Anne;;000 123", "created"),
            (";Donné;Anne;;000 123 ", "refused: line 23 is of the same person"),
        ];
        let mut list = String::from("NUMERO;NOM;PRENOM;MEL;IDENTIFIANT\r\n");
        for (row, _) in rows {
            list.push_str(row);
            list.push_str("\r\n");
        }
        let mut list = list.into_bytes();
        list.extend_from_slice(b"17;Lef\xe8vre;Anne;;\r\n18;Fin;Anne;;");
        let run = import(&app, &list).await;
        for (line, (row, expected)) in (2..).zip(rows) {
            if !expected.is_empty() {
                let shown: String = row.chars().take(40).collect();
                assert!(run.outcome(line).starts_with(expected), "{shown:?}: {}", run.outcome(line));
            }
        }
        assert_eq!(run.outcome(25), "refused: the line is not UTF-8: write the whole file in one encoding");
        assert_eq!(run.outcome(26), "created");
        assert_eq!(run.counts(), (6, 0, 0, 17));
        assert_eq!(run.rows.len() as u64, run.summary.created + run.summary.refused, "blank lines are no rows");
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 6);
        assert_eq!(run.identifier(23), "000 123");
        let lines: Vec<u64> = run.rows.iter().map(|row| row.line).collect();
        assert!(lines.is_sorted(), "{lines:?}");

        let again = import(&app, &list).await;
        assert_eq!(again.counts(), (0, 0, 6, 17), "and so it is the second time");
        assert!(again.letters.is_empty());
    }

    async fn rows_about_people_who_may_not_be_touched_are_refused(app: App) {
        let setup = "NUMERO;NOM;PRENOM;MEL;IDENTIFIANT\n1;Un;Anne;;\n2;Deux;Anne;;\n3;Trois;Anne;;\n4;Quatre;Anne;;\n";
        let first = import(&app, setup).await;
        app.sql("UPDATE account SET disabled_at = 1 WHERE identifier = $1", "aun").await;
        app.sql("UPDATE account SET authority = 'dgrh' WHERE identifier = $1", "adeux").await;
        app.sql("UPDATE account SET lookup_key = NULL, identifier = NULL, source_key = NULL WHERE identifier = $1", "atrois").await;
        let list = "NUMERO;NOM;PRENOM;MEL;IDENTIFIANT\n\
            1;Changé;Anne;;\n;Changé;Anne;;adeux\n;Changé;Anne;;ATROIS\n9;Changé;Anne;;aquatre\n4;Changé;Anne;;aun\n4;Changé;Anne;;nouveau\n";
        let run = import(&app, list).await;
        for (line, expected) in [
            (2, "refused: the account aun is disabled"),
            (3, "refused: the account belongs to the authority dgrh"),
            (4, "refused: the identifier ATROIS was that of an account that is deleted"),
            (5, "refused: the identifier belongs to one person and the key"),
            (6, "refused: the identifier belongs to one person and the key"),
            (7, "refused: line 6 is of the same person"),
        ] {
            assert!(run.outcome(line).starts_with(expected), "{line}: {}", run.outcome(line));
        }
        assert!(run.rows.iter().all(|row| matches!(row.outcome, Outcome::Refused(_))));
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE family_name = 'Changé'").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, i64::try_from(first.letters.len()).unwrap());
    }
}
