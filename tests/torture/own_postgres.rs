//! A PostgreSQL of a test's own, which may be stopped, cut off and filled up, and a way to it that may be bad.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::calls::driver;
use crate::support::engines::{PostgresDatabase, empty_postgres_database, new_postgres_database};

/// A new database at the server of all the tests, opened by the drivers of this binary.
pub async fn new_database() -> Option<PostgresDatabase> {
    driver::install();
    new_postgres_database().await
}

/// The same with nothing in it, for a program that begins there.
pub async fn empty_database() -> Option<PostgresDatabase> {
    driver::install();
    empty_postgres_database().await
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");

/// A server; it ends with this value.
pub struct OwnPostgres {
    directory: PathBuf,
    /// Its superuser, at the database «postgres».
    pub url: String,
}

impl OwnPostgres {
    /// Starts one in a new directory, which its own user can reach; `None` where there are no programs for it.
    ///
    /// # Panics
    /// Under `make test`, which installs them.
    pub fn start() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("guichet-torture-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Self::start_in(directory)
    }

    /// The same, in a directory that is there.
    pub fn start_in(directory: PathBuf) -> Option<Self> {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o711)).unwrap();
        let output = Command::new(SCRIPT).arg("start").arg(directory.join("server")).output().unwrap();
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(std::env::var("GUICHET_TEST_ALL").is_err(), "no PostgreSQL of our own: {said}");
            eprintln!("NOT TESTED: PostgreSQL is not troubled: {said}");
            return None;
        }
        let url = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        Some(Self { directory, url })
    }

    /// Kills what it does, and starts it again.
    pub fn restart(&self) {
        let status = Command::new(SCRIPT).arg("restart").arg(self.directory.join("server")).status().unwrap();
        assert!(status.success(), "PostgreSQL does not start again in {}", self.directory.display());
    }

    pub fn port(&self) -> u16 {
        url::Url::parse(&self.url).unwrap().port().unwrap()
    }

    /// The same server by another port.
    pub fn url_by(&self, port: u16) -> String {
        let mut url = url::Url::parse(&self.url).unwrap();
        url.set_port(Some(port)).unwrap();
        url.into()
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for OwnPostgres {
    fn drop(&mut self) {
        let _ = Command::new(SCRIPT).arg("stop").arg(self.directory.join("server")).output();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// How the way to the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Way {
    Good,
    /// Each piece is late.
    Slow,
    /// Nothing passes, and nobody is told.
    Stuck,
    /// Each connection ends in the middle of something, and none is made.
    Cut,
}

/// A way to a server through which everything passes.
pub struct Proxy {
    pub port: u16,
    way: Arc<AtomicU8>,
    held: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// Leads to a port of this machine.
    pub fn to(server: u16) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = door.local_addr().unwrap().port();
        let way = Arc::new(AtomicU8::new(Way::Good as u8));
        let held = Arc::new(Mutex::new(Vec::new()));
        let (asked, holding) = (Arc::clone(&way), Arc::clone(&held));
        thread::spawn(move || {
            for client in door.incoming() {
                let Ok(client) = client else { return };
                if asked.load(Ordering::SeqCst) == Way::Cut as u8 {
                    continue;
                }
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
                holding.lock().unwrap().extend(ends);
                let ways = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
                for (from, to) in ways {
                    let asked = Arc::clone(&asked);
                    thread::spawn(move || pass(from, to, &asked));
                }
            }
        });
        Self { port, way, held }
    }

    /// Makes the way good or bad from now on.
    pub fn becomes(&self, way: Way) {
        self.way.store(way as u8, Ordering::SeqCst);
        let held: Vec<TcpStream> = std::mem::take(&mut *self.held.lock().unwrap());
        if way == Way::Cut {
            for stream in held {
                let _ = stream.shutdown(Shutdown::Both);
            }
        } else {
            self.held.lock().unwrap().extend(held);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, way: &AtomicU8) {
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        let is = |asked: Way| way.load(Ordering::SeqCst) == asked as u8;
        while is(Way::Stuck) {
            thread::sleep(Duration::from_millis(10));
        }
        if is(Way::Slow) {
            thread::sleep(Duration::from_millis(30));
        }
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// A small file system of its own, where this is allowed; it goes with this value.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn mount(megabytes: u32) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let place = std::env::temp_dir().join(format!("guichet-disk-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let size = format!("size={megabytes}m");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "guichet"]).arg(&place).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(place));
        }
        let _ = std::fs::remove_dir(&place);
        None
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Leaves no room for anything.
    pub fn fill(&self) {
        let mut file = std::fs::File::create(self.filler()).unwrap();
        for size in [1024 * 1024, 4096, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    /// Makes room again.
    pub fn clear(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
        let _ = std::fs::remove_dir(&self.0);
    }
}
