//! A mail server of the smallest kind (RFC 5321): it takes every mail and forwards none.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Mailbox;

/// The longest line of a command or of a mail, in bytes.
const LONGEST_LINE: usize = 8 * 1024;
/// The largest mail, in bytes.
const LARGEST_MAIL: usize = 1024 * 1024;
/// How many recipients one mail may have.
const MOST_RECIPIENTS: usize = 20;
/// How many connections there may be at once.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may be silent.
const SILENCE: Duration = Duration::from_mins(1);

pub(super) async fn receive(mailbox: Mailbox, listener: TcpListener, stop: CancellationToken) {
    let places = std::sync::Arc::new(tokio::sync::Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = std::sync::Arc::clone(&places).acquire_owned().await;
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, for instance: others may end meanwhile.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (mailbox, stop) = (mailbox.clone(), stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                ended = converse(&mailbox, stream) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection to the mailbox ended badly");
                    }
                }
            }
            drop(place);
        });
    }
}

/// A mail that a client has begun.
#[derive(Default)]
struct Begun {
    sender: Option<String>,
    recipients: Vec<String>,
}

async fn converse(mailbox: &Mailbox, stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut begun = Begun::default();
    say(&mut stream, "220 mailbox ESMTP").await?;
    while let Some(line) = read_line(&mut stream).await? {
        let line = String::from_utf8_lossy(&line).into_owned();
        let verb = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => {
                begun = Begun::default();
                "250-mailbox\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1048576"
            }
            "HELO" | "RSET" => {
                begun = Begun::default();
                "250 OK"
            }
            "NOOP" => "250 OK",
            "MAIL" => match address_in(&line) {
                Some(sender) => {
                    begun = Begun { sender: Some(sender), recipients: Vec::new() };
                    "250 OK"
                }
                None => "501 MAIL FROM:<address>",
            },
            "RCPT" => match address_in(&line) {
                _ if begun.sender.is_none() => "503 MAIL comes first",
                _ if begun.recipients.len() >= MOST_RECIPIENTS => "452 too many recipients",
                Some(recipient) if !recipient.is_empty() => {
                    begun.recipients.push(recipient);
                    "250 OK"
                }
                _ => "501 RCPT TO:<address>",
            },
            "DATA" if begun.recipients.is_empty() => "503 RCPT comes first",
            "DATA" => {
                say(&mut stream, "354 end with a line that holds a dot alone").await?;
                let begun = std::mem::take(&mut begun);
                match read_mail(&mut stream).await? {
                    Some(source) => {
                        mailbox.put_in(&begun.sender.unwrap_or_default(), &begun.recipients, &source);
                        "250 OK"
                    }
                    None => "552 the mail is too large",
                }
            }
            "QUIT" => {
                say(&mut stream, "221 goodbye").await?;
                return stream.shutdown().await;
            }
            _ => "502 not spoken here",
        };
        say(&mut stream, answer).await?;
    }
    Ok(())
}

/// The address between the angle brackets of a command.
fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(":<").or_else(|| line.split_once(": <"))?;
    Some(rest.split_once('>')?.0.to_owned())
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// The lines up to the dot, each dot that was doubled single again; nothing when they are too many.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut source = Vec::new();
    let mut is_too_large = false;
    loop {
        let line = read_line(stream).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if line == b"." {
            return Ok((!is_too_large).then_some(source));
        }
        let line = line.strip_prefix(b".").unwrap_or(&line);
        is_too_large |= source.len() + line.len() > LARGEST_MAIL;
        if !is_too_large {
            source.extend_from_slice(line);
            source.extend_from_slice(b"\r\n");
        }
    }
}

/// A line without its end; nothing when the client is gone.
async fn read_line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
    let mut limited = stream.take(most);
    timeout(SILENCE, limited.read_until(b'\n', &mut line)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    if line.is_empty() {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(io::ErrorKind::InvalidData.into());
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn an_address_stands_between_angle_brackets() {
        assert_eq!(address_in("MAIL FROM:<a@b.fr> SMTPUTF8"), Some("a@b.fr".into()));
        assert_eq!(address_in("MAIL FROM:<>"), Some(String::new()));
        assert_eq!(address_in("RCPT TO:a@b.fr"), None);
    }
}
