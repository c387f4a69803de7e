//! What the desk costs among a million people: searches of every kind, the person's screen, lists.
//!
//! `cargo bench --bench desk` fills a SQLite database, and one of the PostgreSQL where `GUICHET_TEST_POSTGRES` points, with
//! people whose names are as common as names are, and asks through the router as a manager's browser does: what is
//! measured is the whole answer, its line in the audit included: let the server be one that waits for the disk (`scripts/postgres.sh start
//! DIRECTORY durable`). `DESK_PEOPLE` makes it fewer people, `DESK_ENGINE=postgres` leaves
//! SQLite out.

#[allow(dead_code, reason = "each measure takes what it needs")]
mod inside;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use guichet::accounts::Listing;
use guichet::config::AuthorityId;
use guichet::kit::random::Rng;
use inside::{House, OwnDatabase, desk, fill};
use sqlx::AssertSqlSafe;

/// How often each question is asked.
const TURNS: u32 = 300;
/// What an answer may take.
const LIMIT: Duration = Duration::from_millis(50);

/// The most common names first.
const FAMILIES: &str = "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre \
    Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Müller Faure André \
    Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin";
const GIVEN: &str = "Jean Marie Michel Pierre Philippe Nathalie Isabelle Alain Catherine Nicolas Christophe Patrick \
    Christian Sylvie Daniel Bernard Laurent Frédéric Julien Éric Véronique Sandrine Stéphane Céline Thomas Sébastien \
    David Valérie Anne Élodie Camille Zoé";
const SYLLABLES: [&str; 24] = [
    "bar", "bel", "bou", "cha", "cor", "dau", "del", "fau", "gar", "gi", "lam", "lau", "mar", "mon", "nau",
    "pel", "ra", "ri", "sau", "sol", "ta", "ver", "vi", "zan",
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let people = std::env::var("DESK_PEOPLE").map_or(1_000_000, |text| text.parse().expect("a number"));
    let crowd = Crowd::drawn(people, &Rng::system());
    if std::env::var("DESK_ENGINE").is_err() {
        println!("SQLite");
        let house = House::build_with("desk", desk::CONFIGURATION, None).await;
        crowd.populate(&house).await;
        crowd.ask_everything(&house).await;
    }
    let Some(mut own) = OwnDatabase::make("desk").await else {
        println!("PostgreSQL is not measured: GUICHET_TEST_POSTGRES is not set");
        return;
    };
    println!("PostgreSQL");
    // People are brought into the index one by one there: that each is safe on disk is not what is measured.
    own.order("ALTER DATABASE", "SET synchronous_commit = off").await;
    let house = House::build_with("desk-postgres", desk::CONFIGURATION, Some(&own.url)).await;
    crowd.populate(&house).await;
    house.database.close().await;
    own.order("ALTER DATABASE", "RESET synchronous_commit").await;
    let house = House::build_with("desk-postgres", desk::CONFIGURATION, Some(&own.url)).await;
    crowd.ask_everything(&house).await;
    house.database.close().await;
    own.remove().await;
}

/// Names, each with its place: the one at place r is drawn in proportion to 1 / (r + ease).
struct Names {
    all: Vec<String>,
    ease: usize,
}

impl Names {
    fn families() -> Self {
        let common = FAMILIES.split_whitespace().map(str::to_owned);
        let rare = (0..20_000).map(|number| {
            let syllable = |place: u32| SYLLABLES[number / 24_usize.pow(place) % 24];
            let name = format!("{}{}{}", syllable(0), syllable(1), syllable(2));
            name[..1].to_uppercase() + &name[1..]
        });
        Self { all: common.chain(rare).collect(), ease: 10 }
    }

    fn given() -> Self {
        let simple: Vec<_> = GIVEN.split_whitespace().map(str::to_owned).collect();
        let double = simple.iter().rev().map(|name| format!("Jean-{name}"));
        let rare = SYLLABLES.map(|syllable| syllable[..1].to_uppercase() + &syllable[1..] + "ane");
        Self { all: simple.iter().cloned().chain(double).chain(rare).collect(), ease: 5 }
    }

    /// So many draws.
    fn drawn(&self, many: usize, rng: &Rng) -> Vec<String> {
        let weights =
            (0..self.all.len()).map(|place| 1_000_000 / u32::try_from(place + self.ease).expect("small"));
        let mut reaches = Vec::new();
        let mut sum = 0;
        for weight in weights {
            sum += weight;
            reaches.push(sum);
        }
        let draw = |_| {
            let drawn = rng.below(sum);
            self.all[reaches.partition_point(|reach| *reach <= drawn)].clone()
        };
        (0..many).map(draw).collect()
    }
}

/// People, as many as are wanted, with the names that they share.
struct Crowd {
    people: u32,
    families: Vec<String>,
    givens: Vec<String>,
}

impl Crowd {
    fn drawn(people: u32, rng: &Rng) -> Self {
        let families = Names::families().drawn(50_000, rng);
        let givens = Names::given().drawn(9_973, rng);
        Self { people, families, givens }
    }

    /// The names of person `i`.
    fn names(&self, i: u32) -> (String, String) {
        let at = |of: &[String], place: u64| of[usize::try_from(place).expect("small") % of.len()].clone();
        (at(&self.givens, u64::from(i) * 31), at(&self.families, u64::from(i) * 7_919))
    }

    /// Asks an installation everything.
    async fn ask_everything(&self, house: &House) {
        let (rng, people) = (Rng::system(), self.people);
        let person = |i: u32| self.names(i);
        let any = || person(1 + rng.below(people));
        let number = || 1 + rng.below(people);
        let begins = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        println!("{:<34} {:>8} {:>8} {:>8}", "", "p50", "p95", "most");
        ask(house, "whole identifier", || format!("p{}", number())).await;
        ask(house, "beginning of an identifier", || begins(&format!("p{}", number()), 4)).await;
        ask(house, "letter", || desk::letter(number())).await;
        ask(house, "case", || (100_000 + 1 + rng.below(1_000)).to_string()).await;
        ask(house, "beginning of an address", || format!("p{}@", number())).await;
        ask(house, "family name", || any().1).await;
        ask(house, "given and family name", || {
            let (given, family) = any();
            format!("{given} {family}")
        })
        .await;
        ask(house, "family name, initial", || {
            let (given, family) = any();
            format!("{family} {}", begins(&given, 1))
        })
        .await;
        ask(house, "both begun", || {
            let (given, family) = any();
            format!("{} {}", begins(&given, 3), begins(&family, 4))
        })
        .await;
        ask(house, "one letter", || begins(&any().1, 1)).await;
        for typed in
            ["martin", "jean m", "jean martin", "j m", "marie pierre", "zoe zanzanzan", "wxyz", "jean wxyz"]
        {
            ask(house, &format!("“{typed}”"), || typed.to_owned()).await;
        }
        pages(house, "first page", || "/desk/lyon".to_owned()).await;
        pages(house, "person's screen", || format!("/desk/lyon/people/account-{}", number())).await;
        lists(house, &rng, people).await;
    }
}

/// Asks the box as a script does while somebody types.
async fn ask(house: &House, what: &str, typed: impl Fn() -> String) {
    pages(house, what, || {
        let query = url::form_urlencoded::byte_serialize(typed().as_bytes()).collect::<String>();
        format!("/desk/lyon/search?q={query}")
    })
    .await;
}

async fn pages(house: &House, what: &str, address: impl Fn() -> String) {
    let mut times = Vec::new();
    for _ in 0..TURNS {
        let address = address();
        let (status, time, body) = house.get(&address, desk::COOKIE).await;
        if !status.is_success() {
            println!("{what:<34} {address}: {status}");
            return;
        }
        assert!(!body.is_empty(), "{address}");
        times.push(time);
    }
    tell(what, times);
}

/// Lists, at their beginning and in their middle.
async fn lists(house: &House, rng: &Rng, people: u32) {
    let lyon = house.accounts.jurisdiction(&AuthorityId::from("lyon"));
    for (what, listing) in [
        ("list of 100, everybody", Listing::Everybody),
        ("list of 100, enabled", Listing::Enabled),
        ("list of 100, disabled", Listing::Disabled),
    ] {
        let mut times = Vec::new();
        for _ in 0..TURNS {
            let after = format!("account-{}", 1 + rng.below(people));
            let began = Instant::now();
            let listed = lyon.list(&listing, Some(&after.as_str().into()), 100).await.expect("a list");
            times.push(began.elapsed());
            assert!(listed.len() <= 100);
        }
        tell(what, times);
    }
}

fn tell(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    let over = if times[times.len() - 1] > LIMIT { "  over the limit" } else { "" };
    println!("{what:<34} {:>8.2} {:>8.2} {:>8.2} ms{over}", at(50), at(95), at(100));
}

impl Crowd {
    /// People of Lyon, each with a password, a letter and some history; a thousand cases; one manager, signed in.
    async fn populate(&self, house: &House) {
        let Self { people, families, givens } = self;
        let began = Instant::now();
        let mut transaction = house.database.write().await.expect("a transaction");
        for (table, names) in [("drawn_family", families), ("drawn_given", givens)] {
            let make =
                format!("CREATE TABLE {table} (place BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)");
            sqlx::query(AssertSqlSafe(make)).execute(&mut *transaction).await.expect("a table");
            for (part, some) in names.chunks(1_000).enumerate() {
                let mut values = String::new();
                for (place, name) in some.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "," };
                    write!(values, "{comma}({},'{name}')", part * 1_000 + place).expect("written");
                }
                let insert = format!("INSERT INTO {table} (place, name) VALUES {values}");
                sqlx::query(AssertSqlSafe(insert)).execute(&mut *transaction).await.expect("names");
            }
        }
        transaction.commit().await.expect("committed");
        let account = format!(
            "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email, email_verified, claims, \
         created_at, updated_at, last_seen_at, authority, disabled_at) SELECT 'account-' || i, 'p' || i, 'p' || i, \
         (SELECT name FROM drawn_given WHERE place = (CAST(i AS BIGINT) * 31) % {}), \
         (SELECT name FROM drawn_family WHERE place = (CAST(i AS BIGINT) * 7919) % {}), \
         'p' || i || '@example.org', 1, '{{}}', 1, 1, 1, 'lyon', CASE WHEN i % 500 = 0 THEN 1 END FROM n",
            givens.len(),
            families.len()
        );
        let letter = format!(
            "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at) \
         SELECT {}, 'account-' || i, 'lyon', 'dec', 0, 1 FROM n",
            desk::letter_in_sql("i")
        );
        let statements = [
            &account,
            "INSERT INTO password (account_id, hash, temporary, set_at) SELECT 'account-' || i, 'x', 0, 1 FROM n",
            &letter,
            "INSERT INTO audit_event (id, at, account_id, actor, kind, detail, authority) \
         SELECT 'event-' || i, i, 'account-' || i, 'person', 'signed-in', '', 'lyon' FROM n",
        ];
        fill(&house.database, *people, &statements).await;
        let case = "INSERT INTO recovery_case (number, subject, account_id, locale, mail_wanted, created_at, expires_at, authority) \
         SELECT 100000 + i, 's' || i, 'account-' || i, 'fr', 0, 1, 9999999999, 'lyon' FROM n";
        fill(
            &house.database,
            1_000,
            &[&case.replace("SELECT 100000 + i", "SELECT CAST(100000 + i AS TEXT)")],
        )
        .await;
        desk::name_supervisor(house).await;
        println!("{people} people made in {:.0} s", began.elapsed().as_secs_f64());
        let began = Instant::now();
        while house.accounts.index_people(5_000).await.expect("indexed") > 0 {}
        println!("… and brought into the index in {:.0} s", began.elapsed().as_secs_f64());
        if house.database.engine() == guichet::database::Engine::Postgres {
            // What its own janitor would do within minutes.
            let mut connection = house.database.read().await.expect("a connection");
            sqlx::query("VACUUM ANALYZE").execute(&mut *connection).await.expect("analysed");
        }
    }
}
