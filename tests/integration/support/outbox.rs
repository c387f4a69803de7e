//! What waits in the outbox, opened with the installation's own key.

use guichet::config::{MailSecurity, MailSettings};
use guichet::keys::{MasterKey, Purpose};
use guichet::kit::random::Rng;

use super::App;
use super::app::ISSUER;

/// A mail as it was posted.
#[derive(Debug)]
pub struct Posted {
    pub kind: String,
    pub text: String,
    pub html: String,
}

impl Posted {
    /// The path and query of the link in it, the same in both forms.
    pub fn link(&self) -> String {
        let start = self.text.find(ISSUER).unwrap_or_else(|| panic!("no link in {}", self.text));
        let link = self.text[start..].split_whitespace().next().unwrap();
        assert!(self.html.contains(&link.replace('&', "&#38;")), "{}", self.html);
        link.strip_prefix(ISSUER).unwrap().to_owned()
    }
}

impl App {
    /// The same installation with a way to send mails; nothing is sent by itself.
    pub async fn with_mail(&self) -> Self {
        self.restarted_with(|settings| {
            settings.mail = Some(MailSettings {
                from: "guichet@id.test".to_owned(),
                reply_to: None,
                host: "127.0.0.1".to_owned(),
                port: 1,
                security: MailSecurity::None,
                credentials: None,
                ca_file: None,
                give_up_after: std::time::Duration::from_hours(48),
            });
        })
        .await
    }

    /// The mails posted to an address, in their order.
    pub async fn posted(&self, address: &str) -> Vec<Posted> {
        let key = MasterKey::load(&self.settings.keys, &Rng::system()).expect("the master key");
        let sealer = key.sealer(Purpose::Mail);
        let mut connection = self.database.read().await.expect("a connection");
        let rows: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT id, kind, content FROM outbox_mail WHERE recipient = $1 ORDER BY created_at, kind DESC",
        )
        .bind(address)
        .fetch_all(&mut *connection)
        .await
        .expect("the mails");
        let posted = |(id, kind, sealed): (String, String, String)| {
            let content = sealer.open(id.as_bytes(), &sealed).expect("sealed by this installation");
            let content: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
            let part = |name: &str| content[name].as_str().expect("a text").to_owned();
            Posted { kind, text: part("text"), html: part("html") }
        };
        rows.into_iter().map(posted).collect()
    }

    /// The newest mail of a kind to an address.
    pub async fn mail(&self, kind: &str, address: &str) -> Posted {
        let mails = self.posted(address).await;
        let known: Vec<String> = mails.iter().map(|mail| mail.kind.clone()).collect();
        let newest = mails.into_iter().rfind(|mail| mail.kind == kind);
        newest.unwrap_or_else(|| panic!("no {kind} to {address} among {known:?}"))
    }

    /// The kinds of the mails posted to an address.
    pub async fn kinds_of_mails(&self, address: &str) -> Vec<String> {
        self.posted(address).await.into_iter().map(|mail| mail.kind).collect()
    }

    /// The words of what happened to an account since it was made, oldest first; sign-ins apart.
    pub async fn history(&self, account: &guichet::accounts::AccountId) -> Vec<String> {
        let mut connection = self.database.read().await.expect("a connection");
        sqlx::query_scalar(
            "SELECT kind FROM audit_event WHERE account_id = $1 \
             AND kind NOT IN ('created', 'letter-issued', 'signed-in') ORDER BY at, kind",
        )
        .bind(account.as_str())
        .fetch_all(&mut *connection)
        .await
        .expect("the events")
    }
}
