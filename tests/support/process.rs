//! Processes that a test starts and that end with it, by their id.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

/// How often something that is awaited is looked at again.
pub const PATIENCE: Duration = Duration::from_millis(50);

/// A directory of one test, removed with this value.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new, empty directory.
    pub fn new(name: &str) -> Self {
        static NUMBER: AtomicU16 = AtomicU16::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running process, killed with this value.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    said: PathBuf,
}

impl Process {
    /// Starts a command; what it says goes to a file of this directory.
    pub fn start(name: &str, command: &mut Command, directory: &Path) -> Self {
        let said = directory.join(format!("{name}.log"));
        let log = File::create(&said).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start ({error}): {command:?}"));
        Self { child, name: name.to_string(), said }
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap_or_default()
    }

    /// Its number in the system.
    #[allow(dead_code, reason = "not every binary of tests looks at what the system says of it")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a claim about it holds.
    ///
    /// # Panics
    ///
    /// When it ends before, or when the time is over.
    pub fn wait_until(&mut self, what: &str, limit: Duration, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            if let Some(status) = self.end() {
                panic!("{} ended ({status}) before {what}:\n{}", self.name, self.said());
            }
            assert!(began.elapsed() < limit, "{}: not {what} after {limit:?}:\n{}", self.name, self.said());
            std::thread::sleep(PATIENCE);
        }
    }

    /// Asks it to end in good order (SIGTERM).
    #[allow(dead_code, reason = "not every binary of tests asks: most let it be killed")]
    pub fn ask_to_end(&self) {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().unwrap();
        assert!(asked.success(), "{} cannot be told to end", self.name);
    }

    /// How it ended, if it has.
    pub fn end(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first of so many consecutive ports of 127.0.0.1 that are free, none of them given out before by this process.
pub fn free_ports(count: u16) -> u16 {
    /// Below what the system gives to outgoing connections, so that nobody takes one meanwhile.
    const LOWEST: u16 = 12_000;
    const SPAN: u16 = 8_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % u32::from(SPAN)).unwrap();
    for _ in 0..SPAN {
        let offset = NEXT.fetch_add(count, Ordering::Relaxed);
        let first = LOWEST + (start.wrapping_add(offset)) % SPAN;
        if (first..first + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return first;
        }
    }
    panic!("no {count} consecutive free ports on 127.0.0.1");
}

/// Sends a request without a body to 127.0.0.1; the status of the answer.
pub fn request(port: u16, method: &str, path: &str) -> std::io::Result<u16> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut connection = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(connection, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")?;
    // HTTP/1.1 200 OK
    let mut line = [0; 12];
    connection.read_exact(&mut line)?;
    let status = line.rsplit(|byte| *byte == b' ').next().and_then(|digits| std::str::from_utf8(digits).ok());
    status.and_then(|digits| digits.parse().ok()).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

/// Whether a GET of this path on 127.0.0.1 is answered with 200.
pub fn is_ok(port: u16, path: &str) -> bool {
    request(port, "GET", path).is_ok_and(|status| status == 200)
}
