//! What mails say, in every language and in both forms.

use guichet::kit::locale::Locale;
use guichet::mail::{Address, Message, Outgoing};

use super::{LINK, every_message, outgoing};
use crate::support::App;

async fn each_mail(check: impl Fn(Locale, &Message, &str, &str, &str)) {
    let app = App::start_with_mail(None).await;
    let to = Address::parse("elodie@example.org").unwrap();
    for locale in Locale::ALL {
        for message in every_message() {
            let (subject, text, html) = app.mailer.preview(&outgoing(&to, locale, message.clone()));
            check(locale, &message, &subject, &text, &html);
        }
    }
}

#[tokio::test]
async fn both_forms_say_the_same_in_the_language_of_the_person() {
    each_mail(|locale, message, subject, text, html| {
        let kind = message.kind();
        assert!(html.contains(&format!("<html lang=\"{}\"", locale.tag())), "{kind}");
        let service = if locale == Locale::Fr { "Guichet de test" } else { "Test desk" };
        assert!(subject.contains(service), "{subject}");
        for words in ["Élodie Lefèvre", service, "04.72.80.64.88"] {
            assert!(text.contains(words) && html.contains(words), "{words} in {kind}: {text}\n{html}");
        }
        // A key that has no text is shown as itself.
        assert!(![subject, text, html].iter().any(|form| form.contains("mail-")), "{kind}: {text}");
        assert_eq!(text.contains(LINK), html.contains(&format!("href=\"{LINK}\"")), "{kind}");
        let holds_link = matches!(message, Message::ResetPassword { .. } | Message::ConfirmAddress { .. });
        assert_eq!(text.contains(LINK), holds_link, "{kind}");
    })
    .await;
}

#[tokio::test]
async fn the_link_stands_alone_on_its_line_so_that_no_mail_program_cuts_it() {
    each_mail(|_, message, _, text, _| {
        if text.contains(LINK) {
            assert!(text.lines().any(|line| line == LINK), "{}: {text}", message.kind());
        }
    })
    .await;
}

#[tokio::test]
async fn french_mails_keep_the_rules_of_french_typography() {
    each_mail(|locale, message, subject, text, _| {
        for fault in [" ?", " !", " ;", " :", " »", "« ", "'"] {
            let is_faulty = locale == Locale::Fr && (subject.contains(fault) || text.contains(fault));
            assert!(!is_faulty, "{fault:?} in {}: {subject}\n{text}", message.kind());
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_lives_as_long_as_the_mail_says() {
    each_mail(|locale, message, _, text, _| {
        let words = match (message, locale) {
            (Message::ResetPassword { .. }, Locale::Fr) => "une heure",
            (Message::ResetPassword { .. }, Locale::En) => "one hour",
            (Message::ConfirmAddress { .. }, Locale::Fr) => "7 jours",
            (Message::ConfirmAddress { .. }, Locale::En) => "7 days",
            _ => return,
        };
        assert!(text.contains(words), "{words}: {text}");
    })
    .await;
}

#[tokio::test]
async fn nothing_in_a_mail_fetches_anything_or_runs() {
    each_mail(|_, message, _, _, html| {
        for fetched in ["<img", "<script", "<link", "@import", "url(", "<form", "<iframe"] {
            assert!(!html.contains(fetched), "{fetched} in {}", message.kind());
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_is_a_name_and_no_markup_and_no_header() {
    let app = App::start_with_mail(None).await;
    let to = Address::parse("elodie@example.org").unwrap();
    let name = "<img src=x>\r\nBcc: somebody@example.org";
    let mail =
        Outgoing { to: &to, locale: Locale::Fr, account: "a", name, message: Message::PasswordChanged };
    let mut transaction = app.database.write().await.unwrap();
    app.mailer.post(&mut transaction, &mail).await.unwrap();
    transaction.commit().await.unwrap();
    let mails = app.mails().await;
    assert_eq!(mails[0].to, ["elodie@example.org"]);
    assert!(!mails[0].html.contains("<img"), "{}", mails[0].html);
    let headers = mails[0].source.split("\r\n\r\n").next().unwrap();
    assert!(!headers.contains("Bcc"), "{headers}");
}
