//! Letters on paper: A4 pages that any browser prints, or rows for a mail merge.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use jiff::tz::TimeZone;
use qrcode::QrCode;
use qrcode::render::svg;
use url::Url;

use super::{IssuedLetter, Sender};
use crate::config::DeskSettings;
use crate::kit::assets;
use crate::kit::locale::Locale;
use crate::kit::page::Site;
use crate::kit::parameters::with_query;
use crate::kit::spreadsheet;
use crate::kit::texts::Texts;

/// The letters of the people served are in French, with a line in English.
const LOCALE: Locale = Locale::Fr;

/// What all letters of an installation share.
pub struct Stationery {
    site: Arc<Site>,
    texts: Arc<Texts>,
    time_zone: TimeZone,
    /// Where people sign in.
    address: String,
    /// The page of their door, which takes the identifier as `login_hint`.
    door: String,
}

impl Stationery {
    /// The stationery of an installation that is reached at `public_url`, and whose page for people with
    /// letters is at the path `door`.
    #[must_use]
    pub fn new(site: &Arc<Site>, texts: &Arc<Texts>, public_url: &Url, door: &str) -> Self {
        let address = public_url.as_str().trim_end_matches('/').to_owned();
        Self {
            site: Arc::clone(site),
            texts: Arc::clone(texts),
            time_zone: site.time_zone.clone(),
            door: format!("{address}{door}"),
            address,
        }
    }

    /// The QR code that opens the sign-in with an identifier filled in, in SVG; nothing where the address is too
    /// long for one.
    fn code(&self, identifier: &str) -> String {
        let address = with_query(&self.door, &[("login_hint", identifier)]);
        let Ok(code) = QrCode::new(address.as_bytes()) else { return String::new() };
        // One unit a module: the page gives it its size.
        let image = code.render::<svg::Color<'_>>().quiet_zone(false).module_dimensions(1, 1).build();
        // Within a page, the declaration of an XML file has no place.
        image.split_once("?>").map_or(image.clone(), |(_, svg)| svg.to_owned())
    }

    fn text(&self, key: &str, arguments: &[(&str, &str)]) -> String {
        self.texts.get(LOCALE, key, arguments)
    }
}

/// The forms that letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterFormat {
    /// Pages, one a person.
    Html,
    /// Rows, one a person, for a mail merge.
    Csv,
}

/// What is printed for one person.
struct Sheet<'a> {
    desk: &'a DeskSettings,
    authority: &'a str,
    name: String,
    identifier: &'a str,
    password: Option<&'a str>,
    /// The last day on which the temporary password works.
    until: Option<String>,
    number: &'a str,
    /// Its place among those printed with it, where that is known.
    place: Option<(u64, u64)>,
    /// The QR code, in SVG.
    code: String,
}

/// What stands above letters that are shown at a desk, and on no paper.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The tag of its language.
    pub language: &'static str,
    /// What to do now.
    pub text: String,
    /// What the button that prints says.
    pub print: String,
    /// What the way back says.
    pub back: String,
    /// Where it leads.
    pub back_href: String,
}

/// Where the look of letters is.
enum Style {
    /// Within the file, which stands alone.
    Within(&'static str),
    /// Beside it: a page of ours has nothing inline.
    Linked { stylesheet: String, script: String, bar: Bar },
}

#[derive(Template)]
#[template(path = "letters/head.html", whitespace = "minimize")]
struct Head<'a> {
    title: &'a str,
    style: Style,
}

#[derive(Template)]
#[template(path = "letters/page.html", whitespace = "minimize")]
struct Page<'a> {
    stationery: &'a Stationery,
    service: &'a str,
    english: &'a str,
    sheet: &'a Sheet<'a>,
}

impl Page<'_> {
    fn t(&self, key: &str) -> String {
        self.stationery.text(key, &[])
    }

    fn t1(&self, key: &str, name: &str, value: &str) -> String {
        self.stationery.text(key, &[(name, value)])
    }

    /// Its place, if it is known: « 12/340 ».
    fn place(&self) -> String {
        self.sheet.place.map(|(place, all)| format!("{place}/{all}")).unwrap_or_default()
    }
}

/// Writes letters one after the other, however many there are.
pub struct Printer<W> {
    out: W,
    stationery: Stationery,
    sender: Sender,
    format: LetterFormat,
}

impl<W: Write> Printer<W> {
    /// Begins a file of letters of one sender.
    pub fn begin(
        mut out: W,
        stationery: Stationery,
        sender: Sender,
        format: LetterFormat,
    ) -> io::Result<Self> {
        match format {
            LetterFormat::Html => {
                let style = Style::Within(include_str!("../../../templates/assets/letters.css"));
                write_head(&mut out, &stationery, &sender, style)?;
            }
            LetterFormat::Csv => {
                // With the mark, spreadsheets read the accents.
                out.write_all("\u{feff}".as_bytes())?;
                let headings = stationery.text("sheet-csv-headings", &[]);
                write_row(&mut out, headings.split(';').map(str::trim))?;
            }
        }
        Ok(Self { out, stationery, sender, format })
    }

    /// Begins a page of this site, which is shown and printed by a browser.
    pub fn begin_page(mut out: W, stationery: Stationery, sender: Sender, bar: Bar) -> io::Result<Self> {
        let (stylesheet, script) = (assets::href("letters.css"), assets::href("desk.js"));
        write_head(&mut out, &stationery, &sender, Style::Linked { stylesheet, script, bar })?;
        Ok(Self { out, stationery, sender, format: LetterFormat::Html })
    }

    /// Writes a letter.
    pub fn write(&mut self, issued: &IssuedLetter) -> io::Result<()> {
        self.write_at(issued, None)
    }

    /// Writes a letter with its place among those of its batch, which helps when the printer jams.
    pub fn write_at(&mut self, issued: &IssuedLetter, place: Option<(u64, u64)>) -> io::Result<()> {
        let sheet = Sheet { place, ..sheet(&self.stationery, &self.sender, issued) };
        match self.format {
            LetterFormat::Html => {
                let service = self.stationery.site.name.get(LOCALE);
                let line = if sheet.password.is_some() { "sheet-in-english" } else { "sheet-own-in-english" };
                let english = self.stationery.texts.get(Locale::En, line, &[]);
                let page = Page { stationery: &self.stationery, service, english: &english, sheet: &sheet };
                self.out.write_all(page.render().map_err(io::Error::other)?.as_bytes())
            }
            LetterFormat::Csv => {
                let account = &issued.account;
                write_row(
                    &mut self.out,
                    [
                        sheet.number,
                        sheet.authority,
                        &sheet.desk.name,
                        sheet.desk.telephone.as_deref().unwrap_or_default(),
                        sheet.desk.email.as_deref().unwrap_or_default(),
                        account.given_name.as_deref().unwrap_or_default(),
                        account.family_name.as_deref().unwrap_or_default(),
                        sheet.identifier,
                        sheet.password.unwrap_or_default(),
                        sheet.until.as_deref().unwrap_or_default(),
                        &self.stationery.address,
                    ],
                )
            }
        }
    }

    /// What was written so far.
    pub const fn inner(&mut self) -> &mut W {
        &mut self.out
    }

    /// Ends the file.
    pub fn end(mut self) -> io::Result<W> {
        if self.format == LetterFormat::Html {
            self.out.write_all(b"</main>\n</body>\n</html>\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

fn write_head(
    out: &mut impl Write,
    stationery: &Stationery,
    sender: &Sender,
    style: Style,
) -> io::Result<()> {
    let title = stationery.text("sheet-file-title", &[("authority", sender.authority_name())]);
    let head = Head { title: &title, style }.render().map_err(io::Error::other)?;
    out.write_all(head.as_bytes())
}

fn sheet<'a>(stationery: &Stationery, sender: &'a Sender, issued: &'a IssuedLetter) -> Sheet<'a> {
    let password = issued.password.as_ref().map(super::super::TemporaryPassword::printed);
    let last_day = issued.letter.expires_at.filter(|_| password.is_some());
    // It ends at midnight: the day before is the last.
    let until = last_day.map(|end| end - Duration::from_secs(1));
    Sheet {
        desk: sender.desk(),
        authority: sender.authority_name(),
        name: issued.account.display_name(),
        identifier: issued.account.identifier().unwrap_or_default(),
        password,
        until: until.map(|at| stationery.texts.day(LOCALE, at, &stationery.time_zone)),
        number: issued.letter.number.as_str(),
        place: None,
        code: stationery.code(issued.account.identifier().unwrap_or_default()),
    }
}

/// Writes a row.
fn write_row<'a>(out: &mut impl Write, fields: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    out.write_all(&spreadsheet::row(fields)?)
}
