//! `guichet import …`

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::{ConfigFile, Failure};
use crate::accounts::AccountId;
use crate::accounts::import::{
    List, ListedAddress, Mode, NewLetter, Outcome, Receiver, RowReport, Settled, Summary,
};
use crate::accounts::letters::{IssuedLetter, LetterFormat, Printer, Sender, Stationery};
use crate::audit::Actor;
use crate::config::Settings;
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::Rooms;
use crate::signin;

/// What can be imported.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Read a list of people (CSV): make and update accounts, issue letters
    People(PeopleArguments),
}

#[derive(Debug, Args)]
pub struct PeopleArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The list: CSV in UTF-8 or Windows-1252, with a line of headings
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The authority that looks after these people; the only one by default
    #[arg(long, value_name = "ID")]
    authority: Option<String>,
    /// The desk whose contact the letters bear; the authority's only one by default
    #[arg(long, value_name = "ID")]
    desk: Option<String>,
    /// Tell what would happen, and write nothing at all
    #[arg(long)]
    dry_run: bool,
    /// Write the letters to print into a new file, .html (pages) or .csv (for a mail merge); without it none is issued
    #[arg(long, value_name = "FILE")]
    letters: Option<PathBuf>,
    /// Report in JSON, a line for each row
    #[arg(long)]
    json: bool,
}

/// Does what the command says.
pub async fn run(command: ImportCommand) -> Result<(), Failure> {
    match command {
        ImportCommand::People(arguments) => people(arguments).await,
    }
}

async fn people(arguments: PeopleArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let format = arguments.letters.as_deref().map(format_of).transpose()?;
    let fault = |error: &dyn std::fmt::Display| Failure::Other(error.to_string());
    let named =
        |error: &dyn std::fmt::Display| Failure::Other(format!("{}: {error}", arguments.file.display()));
    let file = File::open(&arguments.file).map_err(|error| named(&error))?;
    let list = List::open(file, &settings.import.columns).map_err(|error| named(&error))?;
    let rooms =
        Rooms::open(&settings, Clock::system(), Rng::system()).await.map_err(|error| fault(&error))?;
    let sender = rooms
        .accounts
        .sender(arguments.authority.as_deref(), arguments.desk.as_deref())
        .map_err(|error| fault(&error))?;
    let mode = match (arguments.dry_run, &arguments.letters) {
        (true, _) => Mode::DryRun,
        (false, None) => Mode::WithoutLetters,
        (false, Some(_)) => Mode::WithLetters,
    };
    let output = match (mode, &arguments.letters, format) {
        (Mode::WithLetters, Some(path), Some(format)) => {
            Some(LettersFile::create(path, &settings, &rooms, &sender, format)?)
        }
        _ => None,
    };
    let mut console = Console {
        output,
        progress: progress(list.line_count()),
        stdout: io::stdout(),
        as_json: arguments.json,
        dry_run: arguments.dry_run,
    };
    let outcome = rooms.accounts.import(list, &sender, mode, &Actor::Import, &mut console).await;
    rooms.database.close().await;
    console.progress.finish_and_clear();
    let ended = console.output.take().map_or(Ok(()), LettersFile::end);
    let summary = outcome.map_err(|error| fault(&error))?;
    ended?;
    console.conclude(&summary).map_err(|error| {
        Failure::Other(format!("the list was imported, but the report could not be written: {error}"))
    })?;
    match summary.refused {
        0 => Ok(()),
        1 => Err(Failure::Other("one row was refused".to_owned())),
        many => Err(Failure::Other(format!("{many} rows were refused"))),
    }
}

/// The form that a file's name asks for.
pub fn format_of(path: &Path) -> Result<LetterFormat, Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    match extension.as_deref() {
        Some("html") => Ok(LetterFormat::Html),
        Some("csv") => Ok(LetterFormat::Csv),
        _ => Err(Failure::Other(format!(
            "{}: letters are written as .html or .csv, give the file such a name",
            path.display()
        ))),
    }
}

/// Shown on a terminal only.
fn progress(lines: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} lines, {eta} left");
    let bar = ProgressBar::new(lines);
    style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
}

/// The file of the letters: for its owner's eyes, and never an older one's end.
pub struct LettersFile {
    path: PathBuf,
    printer: Printer<BufWriter<File>>,
    count: u64,
}

impl LettersFile {
    /// Makes the file, which must not be there.
    pub fn create(
        path: &Path,
        settings: &Settings,
        rooms: &Rooms,
        sender: &Sender,
        format: LetterFormat,
    ) -> Result<Self, Failure> {
        let fault = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => Failure::Other(format!(
                "{} exists already: letters are written once, name another file",
                path.display()
            )),
            _ => Failure::Other(format!("{}: {error}", path.display())),
        };
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
        let door = signin::password_door_path(&settings.situations);
        let stationery =
            Stationery::new(rooms.pages.site(), rooms.pages.texts(), &settings.server.public_url, &door);
        let printer =
            Printer::begin(BufWriter::new(file), stationery, sender.clone(), format).map_err(fault)?;
        // The file's name must survive a power cut too.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(fault)?;
        Ok(Self { path: path.to_owned(), printer, count: 0 })
    }

    /// Writes letters so that they survive a power cut.
    pub fn write(&mut self, letters: &[IssuedLetter]) -> io::Result<()> {
        for issued in letters {
            self.printer.write(issued)?;
            self.count += 1;
        }
        let out = self.printer.inner();
        out.flush()?;
        out.get_ref().sync_data()
    }

    /// Ends the file; one without a letter is taken away.
    pub fn end(self) -> Result<(), Failure> {
        let path = self.path;
        let fault = |error: io::Error| Failure::Other(format!("{}: {error}", path.display()));
        if self.count == 0 {
            return std::fs::remove_file(&path).map_err(fault);
        }
        let out = self.printer.end().map_err(fault)?;
        out.get_ref().sync_all().map_err(fault)
    }
}

/// Where the report goes.
struct Console {
    output: Option<LettersFile>,
    progress: ProgressBar,
    stdout: io::Stdout,
    as_json: bool,
    dry_run: bool,
}

impl Receiver for Console {
    fn letters(&mut self, letters: &[IssuedLetter]) -> io::Result<()> {
        self.output.as_mut().map_or(Ok(()), |output| output.write(letters))
    }

    fn row(&mut self, report: &RowReport) -> io::Result<()> {
        self.progress.set_position(report.line);
        let line = if self.as_json { in_json(report) } else { in_words(report, self.dry_run) };
        if self.stdout.is_terminal() {
            return self.progress.suspend(|| writeln!(&self.stdout, "{line}"));
        }
        writeln!(&self.stdout, "{line}")
    }
}

impl Console {
    fn conclude(&self, summary: &Summary) -> io::Result<()> {
        let Summary { created, updated, unchanged, refused, letters, wanting, replaced } = *summary;
        let mut out = &self.stdout;
        if self.as_json {
            let told = json!({ "summary": {
                "dry_run": self.dry_run, "created": created, "updated": updated, "unchanged": unchanged,
                "refused": refused, "letters": letters, "letters_wanting": wanting, "letters_replaced": replaced,
            } });
            writeln!(out, "{told}")?;
            return out.flush();
        }
        let would = if self.dry_run { "dry run, nothing was written: " } else { "" };
        writeln!(
            out,
            "{would}{created} created, {updated} updated, {unchanged} unchanged, {refused} refused, {letters} letters to print"
        )?;
        if wanting > 0 && self.dry_run {
            writeln!(out, "{wanting} people would get a letter with --letters")?;
        } else if wanting > 0 {
            writeln!(
                out,
                "{wanting} people have no letter yet: import the list again with --letters FILE.html"
            )?;
        }
        if replaced > 0 {
            writeln!(
                out,
                "{replaced} of these letters were replaced by newer ones meanwhile and do not work: guichet account show tells which"
            )?;
        }
        out.flush()
    }
}

fn in_words(report: &RowReport, dry_run: bool) -> String {
    let (verb, settled) = match &report.outcome {
        Outcome::Refused(refusal) => return format!("line {}: refused: {refusal}", report.line),
        Outcome::Created(settled) => (if dry_run { "would be created" } else { "created" }, settled),
        Outcome::Updated(settled) => (if dry_run { "would be updated" } else { "updated" }, settled),
        Outcome::Unchanged(settled) => ("unchanged", settled),
    };
    let identifier = settled.identifier.as_deref().map(|known| format!(" {known}")).unwrap_or_default();
    let letter = match &settled.letter {
        NewLetter::NotNeeded | NewLetter::Wanting | NewLetter::ByHand => String::new(),
        NewLetter::Issued { number, with_password: true } => format!(", letter {number}"),
        NewLetter::Issued { number, with_password: false } => format!(", letter {number} without password"),
    };
    let address = match settled.address {
        ListedAddress::Followed => "",
        ListedAddress::KeptConfirmed => ", address kept: confirmed by the person",
        ListedAddress::Proposed => ", address proposed to the person",
    };
    format!("line {}: {verb}{identifier}{letter}{address}", report.line)
}

fn in_json(report: &RowReport) -> String {
    let whose = |word: &str, settled: &Settled| {
        let (letter, with_password) = match &settled.letter {
            NewLetter::Issued { number, with_password } => (Some(number.as_str()), Some(*with_password)),
            NewLetter::NotNeeded | NewLetter::Wanting | NewLetter::ByHand => (None, None),
        };
        json!({
            "line": report.line,
            "outcome": word,
            "sub": settled.account.as_ref().map(AccountId::as_str),
            "identifier": settled.identifier,
            "letter": letter,
            "with_password": with_password,
            "letter_wanting": settled.letter == NewLetter::Wanting,
            "address_kept": settled.address == ListedAddress::KeptConfirmed,
        })
    };
    let told = match &report.outcome {
        Outcome::Created(settled) => whose("created", settled),
        Outcome::Updated(settled) => whose("updated", settled),
        Outcome::Unchanged(settled) => whose("unchanged", settled),
        Outcome::Refused(refusal) => {
            json!({ "line": report.line, "outcome": "refused", "reason": refusal.to_string() })
        }
    };
    told.to_string()
}
