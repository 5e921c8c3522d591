//! A private PostgreSQL on a loopback port, started once a test process. It is part of the contract: where
//! it is missing a test fails and says what to type. The engine's tests use this file as well.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A private PostgreSQL. It ends with its parent, and with its folder.
pub struct Postgres {
    port: u16,
    bin: PathBuf,
    databases: AtomicU32,
    _server: Child,
    _folder: tempfile::TempDir,
}

impl Postgres {
    /// The one of this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    fn start() -> Self {
        let bin = find_binaries().expect(
            "PostgreSQL is missing, and the store's contract runs on it too; type: apt-get install -y postgresql",
        );
        let folder = tempfile::Builder::new().prefix("linchpin-postgres-").tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        if is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("-R").arg(user()).arg(folder.path()));
            run(Command::new("chmod").arg("755").arg(folder.path()));
        }
        run(as_other(&bin.join("initdb"), folder.path())
            .args(["--username=linchpin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data));
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let server = as_other(&bin.join("postgres"), folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"])
            .args(["-c", "max_connections=400", "-c", "unix_socket_directories="])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres starts");
        stop_at_exit(server.id(), folder.path());
        let postgres = Self { port, bin, databases: AtomicU32::new(0), _server: server, _folder: folder };
        let deadline = Instant::now() + Duration::from_mins(1);
        while !postgres.psql("SELECT 1") {
            assert!(Instant::now() < deadline, "PostgreSQL did not start within a minute");
            std::thread::sleep(Duration::from_millis(100));
        }
        postgres
    }

    /// The URL of a database that nobody has used.
    pub fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        assert!(self.psql(&format!("CREATE DATABASE {name}")), "the database {name} could not be created");
        format!("postgres://linchpin@127.0.0.1:{}/{name}", self.port)
    }

    fn psql(&self, statement: &str) -> bool {
        Command::new(self.bin.join("psql"))
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.port.to_string(),
                "-U",
                "linchpin",
                "-d",
                "postgres",
                "-qAtc",
                statement,
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

/// A static is never dropped: a small watcher ends the server, and its folder, when this process is gone.
#[expect(clippy::zombie_processes, reason = "it outlives this process, which is what it waits for")]
fn stop_at_exit(server: u32, folder: &Path) {
    let parent = std::process::id();
    let folder = folder.display();
    let script = format!(
        "while kill -0 {parent} 2>/dev/null; do sleep 1; done; \
         kill -INT {server} 2>/dev/null; sleep 3; rm -rf '{folder}'"
    );
    Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts");
}

fn find_binaries() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists() && bin.join("psql").exists())
        .collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn user() -> &'static str {
    let exists = Command::new("id").arg("postgres").output().is_ok_and(|output| output.status.success());
    if exists { "postgres" } else { "nobody" }
}

/// A command as another user when this one is root.
fn as_other(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={}", user())).arg("--clear-groups").arg("--").arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn run(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
