//! `[mail]`: the server that takes our mails.

use super::access::mail_address;
use super::reader::Section;
use super::settings::{MailSecurity, MailSettings};
use super::values::{days, duration, file, hours, text, text_that, whole, word};

/// `[mail]`
pub(super) fn read(section: &mut Section<'_>) -> Option<MailSettings> {
    let mailbox = "a mail address, or \"Name <address>\"";
    let from = section.required("from", text_that(mailbox, mailbox_of));
    let reply_to = section.optional("reply_to", text_that(mailbox, mailbox_of));
    let host = section.required("host", text);
    let kinds =
        [("starttls", MailSecurity::StartTls), ("tls", MailSecurity::Tls), ("none", MailSecurity::None)];
    let security = section.or("security", MailSecurity::StartTls, word(&kinds));
    let default_port = match security {
        Some(MailSecurity::Tls) => 465,
        Some(MailSecurity::None) => 25,
        _ => 587,
    };
    let port = section.or("port", default_port, whole(1..=65_535));
    let username = section.optional("username", text);
    let password = section.secret("password", |text| match text {
        "" => Err("the password of username".to_owned()),
        text => Ok(crate::kit::secrets::Secret::new(text)),
    });
    let credentials = match (username, password) {
        (Some(username), Some(password)) => Some((username, password)),
        (Some(_), None) => {
            if section.node("password").is_none() && section.node("password_file").is_none() {
                section.missing("password", "the password of username, or password_file");
            }
            None
        }
        (None, Some(_)) => {
            section.missing("username", "the name that goes with the password");
            None
        }
        (None, None) => None,
    };
    if credentials.is_some() && security == Some(MailSecurity::None) {
        section.wrong("security", "\"none\"", "\"starttls\" or \"tls\" where a password is sent");
    }
    let ca_file = section.optional("ca_file", file(section.base()));
    let give_up_after = section.or("give_up_after", days(3), duration(hours(1)..=days(30)));
    Some(MailSettings {
        from: from?,
        reply_to,
        host: host?,
        port: port?,
        security: security?,
        credentials,
        ca_file,
        give_up_after: give_up_after?,
    })
}

fn mailbox_of(text: &str) -> Option<String> {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>')?,
        None => text,
    };
    mail_address(address.trim()).map(|_| text.to_owned())
}
