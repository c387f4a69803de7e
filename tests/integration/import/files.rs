//! Files as spreadsheets write them: encodings, delimiters, headings, line ends.

use guichet::accounts::import::{FileFault, Mode};

use super::{by_identifier, fault, has_letter, import, import_as};
use crate::on_both_engines;
use crate::support::App;

async fn names(app: &App, identifier: &str) -> (String, String) {
    let account = app.accounts.by_id(&by_identifier(app, identifier).await).await;
    let account = account.unwrap().expect("an account");
    (account.given_name.unwrap_or_default(), account.family_name.unwrap_or_default())
}

on_both_engines! {
    async fn a_list_is_read_however_a_spreadsheet_wrote_it(app: App) {
        let utf8 = "NUMERO;NOM;PRENOM;MEL\n{};Lefèvre;Élodie;\n";
        let latin = |key: &str| {
            let text = utf8.replace("{}", key);
            text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect::<Vec<u8>>()
        };
        let files: [Vec<u8>; 8] = [
            utf8.replace("{}", "1").into_bytes(),
            format!("\u{feff}{}", utf8.replace("{}", "2")).into_bytes(),
            latin("3"),
            utf8.replace("{}", "4").replace('\n', "\r\n").into_bytes(),
            utf8.replace("{}", "5").replace('\n', "\r").into_bytes(),
            utf8.replace("{}", "6").replace(';', ",").into_bytes(),
            utf8.replace("{}", "7").replace(';', "\t").into_bytes(),
            utf8.replace("{}", "8").replace("NUMERO;NOM;PRENOM;MEL", "\n numéro ;\"Nom\";Prénom;m e l").into_bytes(),
        ];
        for (number, file) in files.iter().enumerate() {
            let run = import(&app, file).await;
            let line = if number == 7 { 3 } else { 2 };
            assert_eq!(run.counts(), (1, 0, 0, 0), "file {number}: {:?}", run.rows);
            let (given_name, family_name) = names(&app, run.identifier(line)).await;
            assert_eq!((given_name.as_str(), family_name.as_str()), ("Élodie", "Lefèvre"), "file {number}");
        }
    }

    async fn windows_1252_gives_its_own_letters(app: App) {
        let run = import(&app, b"NUMERO;NOM;PRENOM\n1;L\x92\x8cillet;Odile\n2;Bad\x81;X\n").await;
        assert_eq!(run.identifier(2), "oloeillet");
        assert_eq!(names(&app, "oloeillet").await.1, "L’Œillet");
        assert!(run.outcome(3).contains("not Windows-1252"), "{}", run.outcome(3));
    }

    async fn a_file_that_is_no_list_is_refused_as_a_whole_with_what_helps(app: App) {
        assert!(matches!(fault(&app, "").await, FileFault::Empty));
        assert!(matches!(fault(&app, "\n\n \n").await, FileFault::Empty));
        let utf16: Vec<u8> = "\u{feff}NUMERO;NOM\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let told = fault(&app, utf16).await.to_string();
        assert!(told.contains("CSV UTF-8"), "{told}");
        let told = fault(&app, "NUMERO;PRENOM;NAME\n1;A;B\n").await.to_string();
        assert!(told.contains("NOM is missing") && told.contains("NUMERO, PRENOM, NAME"), "{told}");
        let told = fault(&app, "NOM;PRENOM\nA;B\n").await.to_string();
        assert!(told.contains("NUMERO or IDENTIFIANT"), "{told}");
        let told = fault(&app, "NUMERO;NOM;\"PRENOM\n1;A;B\n").await.to_string();
        assert!(told.contains("quotation"), "{told}");
        let told = fault(&app, [b"NUMERO;NOM;".as_slice(), &vec![b'x'; 70_000], b"\n1;A;B\n"].concat()).await;
        assert!(told.to_string().contains("64 KiB"), "{told}");
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
        let run = import(&app, "NUMERO;NOM;PRENOM\n").await;
        assert_eq!(run.counts(), (0, 0, 0, 0));
    }

    async fn a_dry_run_writes_nothing_and_tells_the_same(app: App) {
        let known = "NUMERO;NOM;PRENOM;MEL\n1;Dupont;Jean;\n2;Martin;Anne;anne@example.org\n";
        import(&app, known).await;
        let statement = "SELECT (SELECT COUNT(*) FROM audit_event) + (SELECT COUNT(*) FROM letter) \
             + (SELECT COUNT(*) FROM homonym_series) + (SELECT COUNT(*) FROM taken_identifier)";
        let before = (app.count(statement).await, app.accounts.passwords_hashed());
        app.wait(60);
        let list = "NUMERO;NOM;PRENOM;MEL\n1;Dupont;Jean;\n2;Martin;Anne;other@example.org\n3;Durand;Zoé;\n3;Durand;Zoé;\n4;;X;\n";
        let run = import_as(&app, list.as_bytes(), Mode::DryRun).await.unwrap();
        let expected = ["unchanged", "updated", "created", "refused: line 4", "refused: the family name"];
        for (line, expected) in (2..).zip(expected) {
            assert!(run.outcome(line).starts_with(expected), "{line}: {}", run.outcome(line));
        }
        assert!(run.letters.is_empty() && run.summary.wanting == 1);
        assert_eq!((app.count(statement).await, app.accounts.passwords_hashed()), before);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE last_seen_at <> created_at").await, 0);
    }

    async fn without_letters_people_are_made_and_get_theirs_at_the_next_run(app: App) {
        let list = "NUMERO;NOM;PRENOM\n1;Dupont;Jean\n";
        let run = import_as(&app, list.as_bytes(), Mode::WithoutLetters).await.unwrap();
        assert_eq!((run.counts(), run.summary.wanting), ((1, 0, 0, 0), 1));
        assert_eq!(app.accounts.passwords_hashed(), 0, "no password that nobody would see");
        let run = import(&app, list).await;
        assert_eq!(run.counts(), (0, 1, 0, 0));
        assert!(has_letter(run.settled(2)));
        assert!(run.passwords().contains_key("jdupont"));
    }
}
