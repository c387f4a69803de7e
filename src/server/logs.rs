//! What the process says of itself, line by line, to standard error.
//!
//! No secret is ever in a line. Our own lines cannot hold one: secrets are of types that print a
//! placeholder. Other crates' lines are not ours to promise for, and at their finest levels some
//! print requests whole, so nothing finer than `info` is taken from them, whatever the filter says.
//! Nor does what others sent begin a line or move a terminal's cursor: it is escaped in both formats, however it is written.

use std::fmt::{self, Write};
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{EnvFilter, FilterFn, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{FormatFields, Writer};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogSettings};

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter cannot be read.
    #[error(
        "`logs.filter` is {found:?}, which is no filter ({reason}); `info` or `guichet=debug,info` would be"
    )]
    BadFilter {
        /// What the settings say.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The process logs already.
    #[error("logging was started twice")]
    AlreadyStarted,
}

/// Starts logging for the whole process, panics included.
pub fn start(settings: &LogSettings) -> Result<(), LogError> {
    let terminal = io::stderr().is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let style = match settings.format {
        LogFormat::Human => Style::Human { colour },
        LogFormat::Auto if terminal => Style::Human { colour },
        LogFormat::Auto | LogFormat::Json => Style::Json,
    };
    subscriber(&settings.filter, style, io::stderr)?.try_init().map_err(|_| LogError::AlreadyStarted)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// How lines look.
#[derive(Clone, Copy, Debug)]
pub enum Style {
    /// For people at a terminal.
    Human {
        /// Whether it shows colours.
        colour: bool,
    },
    /// One JSON object in a line.
    Json,
}

/// What writes lines of a style, those that a filter lets through.
pub fn subscriber<W>(
    filter: &str,
    style: Style,
    writer: W,
) -> Result<impl tracing::Subscriber + Send + Sync + 'static, LogError>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| LogError::BadFilter { found: filter.to_owned(), reason: error.to_string() })?;
    let lines = match style {
        Style::Human { colour } => tracing_subscriber::fmt::layer()
            .with_writer(writer)
            .with_ansi(colour)
            .fmt_fields(Fields)
            .with_filter(others_kept_coarse())
            .boxed(),
        Style::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(writer)
            .with_filter(others_kept_coarse())
            .boxed(),
    };
    Ok(tracing_subscriber::registry().with(filter).with(lines))
}

/// The fields of a line for people: the message bare, everything else behind its name.
struct Fields;

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut line = Line { writer, gap: "", written: Ok(()) };
        fields.record(&mut line);
        line.written
    }
}

/// The fields of a line as they are written.
struct Line<'writer> {
    writer: Writer<'writer>,
    /// What stands before the next one.
    gap: &'static str,
    written: fmt::Result,
}

impl Line<'_> {
    fn write(&mut self, name: &str, value: &dyn fmt::Debug) -> fmt::Result {
        self.writer.write_str(std::mem::replace(&mut self.gap, " "))?;
        match name {
            "message" => {}
            name if self.writer.has_ansi_escapes() => {
                write!(self.writer, "\u{1b}[3m{name}\u{1b}[0m\u{1b}[2m=\u{1b}[0m")?;
            }
            name => write!(self.writer, "{name}=")?,
        }
        write!(Disobeyed(&mut self.writer), "{value:?}")
    }
}

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.record_debug(field, &format_args!("{value}")),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Those of another way to log stand before the fields already.
        if self.written.is_ok() && !field.name().starts_with("log.") {
            self.written = self.write(field.name(), value);
        }
    }
}

/// Writes what others may have sent, with all that a terminal or a reader of lines would obey escaped.
struct Disobeyed<'a, 'writer>(&'a mut Writer<'writer>);

impl fmt::Write for Disobeyed<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(is_obeyed) {
            match part.char_indices().next_back() {
                Some((end, last)) if is_obeyed(last) => {
                    write!(self.0, "{}{}", &part[..end], last.escape_default())?;
                }
                _ => self.0.write_str(part)?,
            }
        }
        Ok(())
    }
}

/// Controls of terminals, ends of lines, and what turns the direction of letters.
fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn others_kept_coarse() -> FilterFn {
    let filter: FilterFn = filter_fn(is_ours_or_coarse);
    filter.with_max_level_hint(LevelFilter::TRACE)
}

fn is_ours_or_coarse(metadata: &Metadata<'_>) -> bool {
    let rest = metadata.target().strip_prefix(OURS);
    *metadata.level() <= Level::INFO || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

const OURS: &str = env!("CARGO_CRATE_NAME");

/// Where and why a thread panicked, as a line like any other.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("no message");
    tracing::error!(location, message, "a panic");
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::body::Body;
    use axum::response::IntoResponse;
    use axum::routing::post;
    use http::Request;
    use tower::ServiceExt;

    use super::*;
    use crate::kit::locale::Locale;
    use crate::kit::random::Rng;
    use crate::kit::secrets::Secret;
    use crate::kit::visitor::Languages;
    use crate::server::guard::{BODY_PATIENCE, Protection, protect};

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(filter: &str, style: Style, speak: impl FnOnce()) -> String {
        let paper = Paper::default();
        let copy = paper.clone();
        let subscriber = subscriber(filter, style, move || copy.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, speak);
        String::from_utf8(paper.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_lines_bear_the_reference_of_their_request() {
        let text = written("info", Style::Json, || {
            let _entered = tracing::info_span!("request", id = "7K3QM-9FX2T").entered();
            tracing::info!(answer = 42, "said");
        });
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["message"], &line["answer"]), (&"said".into(), &42.into()));
        assert_eq!(line["span"]["id"], "7K3QM-9FX2T");
    }

    #[test]
    fn human_lines_hold_no_control_characters() {
        let text = written("info", Style::Human { colour: false }, || {
            tracing::info!(name = "a\u{1b}[31mb\nc", "said");
        });
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert_eq!(text.lines().count(), 1, "{text:?}");
    }

    #[test]
    fn what_others_said_obeys_nobody_in_a_human_line_however_it_is_written() {
        let said = "a\u{1b}[31mb\nc\r\u{85}\u{2028}\u{202e}d";
        for colour in [false, true] {
            let text = written("info", Style::Human { colour }, || {
                let _entered = tracing::info_span!("request", of = %said).entered();
                tracing::info!(path = %said, name = said, odd = ?said, error = said, "said {said}");
            });
            assert_eq!(text.lines().count(), 1, "{text:?}");
            assert!(!text.contains("\u{1b}[31m"), "{text:?}");
            assert!(!text.trim_end().contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{202e}']), "{text:?}");
            assert!(colour || !text.contains('\u{1b}'), "{text:?}");
            assert_eq!(text.matches(r"b\nc").count(), 6, "{text:?}");
        }
    }

    #[test]
    fn other_crates_are_not_heard_below_info() {
        let text = written("trace", Style::Json, || {
            tracing::debug!(target: "hyper::proto", "headers");
            tracing::debug!(target: "guichetto", "headers");
            tracing::debug!(target: "guichet::access", "ours");
            tracing::warn!(target: "hyper::proto", "trouble");
        });
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn a_secret_in_a_line_is_a_placeholder() {
        let text = written("info", Style::Json, || {
            tracing::info!(secret = ?Secret::from("hunter2".to_owned()), "said");
        });
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[tokio::test]
    async fn a_request_is_one_line_without_its_query_headers_or_body() {
        let paper = Paper::default();
        let copy = paper.clone();
        let subscriber = subscriber("trace", Style::Json, move || copy.clone()).unwrap();
        let _speaking = tracing::subscriber::set_default(subscriber);
        let router = protect(
            Router::new().route("/hello", post(|body: String| async { body })),
            Protection {
                public_url: "https://id.example".parse().unwrap(),
                trusted_proxies: Vec::new(),
                languages: Languages { cookie: Arc::from("language"), default: Locale::Fr },
                cross_site_routes: &[],
                quiet_routes: &[],
                render_refusal: Arc::new(|_, refusal| refusal.into_response()),
                rng: Rng::system(),
                file_routes: &[],
                body_patience: BODY_PATIENCE,
            },
        );
        let request = Request::post("/hello?code=s3cret-query")
            .header("cookie", "session=s3cret-cookie")
            .header("authorization", "Basic s3cret-header")
            .body(Body::from("password=s3cret-body"))
            .unwrap();
        let response = router.oneshot(request).await.unwrap();
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("s3cret"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({
            "method": "POST", "path": "/hello", "status": 200, "bytes": 20, "protocol": "HTTP/1.1",
            "client": "0.0.0.0", "id": response.headers()["x-request-id"].to_str().unwrap(),
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&line[name], value, "{text}");
        }
        assert!(line["microseconds"].is_u64(), "{text}");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let Err(error) = subscriber("guichet=loud", Style::Json, io::stderr) else {
            panic!("it was accepted")
        };
        assert!(error.to_string().contains("guichet=loud"), "{error}");
    }
}
