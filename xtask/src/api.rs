//! The HTTP API against its own description: schemathesis makes requests from `/openapi.json` of a real
//! server, good ones and bad ones, and no answer may be a server error or a status that the description
//! does not name.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{build, sh};

/// Tested with; a newer one may look for more.
const VERSION: &str = "4.32.5";
/// Seconds that it may take.
const BUDGET: &str = "150";

/// Installs schemathesis, starts a demo, and lets it be called.
pub fn run() -> Result<()> {
    let folder = sh::target_directory()?.join("schemathesis");
    let program = install(&folder)?;
    let server = Server::start(&build::development()?, &folder)?;
    let config = folder.join("schemathesis.toml");
    fs::write(&config, server.config()?).with_context(|| format!("cannot write {}", config.display()))?;
    sh::run(
        Command::new(program)
            .arg("--config-file")
            .arg(&config)
            .args(["run", &format!("{}/openapi.json", server.base)])
            .args(["--checks", "not_a_server_error,status_code_conformance"])
            .args(["--phases", "coverage,fuzzing", "--max-examples", "3", "--max-time", BUDGET])
            // One: CPython 3.11 confuses the depth of its parser between threads.
            .args(["--workers", "1", "--generation-deterministic", "--warnings", "off", "--no-color"])
            .current_dir(&folder),
    )
}

/// The program, in a virtual environment of its own.
fn install(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("bin/schemathesis");
    let stamp = folder.join("version");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|have| have == VERSION) {
        return Ok(program);
    }
    if !sh::exists("python3") {
        bail!("Python 3 with venv is needed for the API's test; type:\n\n    apt-get install -y python3-venv\n");
    }
    sh::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    sh::run(
        Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("schemathesis=={VERSION}")),
    )?;
    fs::write(&stamp, VERSION).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(program)
}

/// A demo for this run alone.
struct Server {
    program: PathBuf,
    child: Child,
    /// Held open: a closed pipe would end the demo.
    _stdout: BufReader<std::process::ChildStdout>,
    base: String,
    about: Value,
}

impl Server {
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        let data = folder.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
        }
        let mut child = Command::new(program)
            .args(["demo", "--json", "--port", &free_ports()?.to_string(), "--data"])
            .arg(&data)
            .args(["--log", "error"])
            // What is tested are the answers, not how many a minute there may be.
            .env("LINCHPIN_LIMITS__REQUESTS_PER_USER", "0")
            .env("LINCHPIN_LIMITS__API_REQUESTS_PER_PROJECT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the demo")?;
        let mut stdout = BufReader::new(child.stdout.take().context("it was piped")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let about: Value = serde_json::from_str(&line).context("the demo did not say where it is")?;
        let base = about["url"].as_str().context("the demo has an address")?.to_owned();
        Ok(Self { program: program.to_owned(), child, _stdout: stdout, base, about })
    }

    /// Which project, and who calls which door.
    fn config(&self) -> Result<String> {
        let project = self.about["projectId"].as_str().context("the demo has a project")?;
        let dashboard = &self.about["dashboard"];
        let signed_in = self.post("/api/v1/session", dashboard, &[])?;
        let csrf = signed_in.body["csrfToken"].as_str().context("the demo's password opens it")?;
        let headers = [("Cookie", signed_in.cookie.as_str()), ("X-Linchpin-CSRF", csrf)];
        let made =
            self.post(&format!("/api/v1/projects/{project}/api-keys"), &json!({"name": "schemathesis"}), &headers)?;
        let key = made.body["key"].as_str().context("a key is made")?;
        let signing_key = self.about["signingKeyFile"].as_str().context("the demo has a signing key")?;
        let token = sh::output(Command::new(&self.program).args([
            "token",
            "--key",
            signing_key,
            "--project",
            project,
            "--sub",
            "schemathesis",
        ]))?;
        Ok(format!(
            "[parameters]\nprojectId = \"{project}\"\n\n\
             [[operations]]\ninclude-tag = \"sdk\"\nheaders = {{ Authorization = \"Bearer {}\" }}\n\n\
             [[operations]]\nexclude-tag = \"sdk\"\nheaders = {{ Authorization = \"Bearer {key}\" }}\n",
            token.trim()
        ))
    }

    fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Result<Answer> {
        let address = self.base.strip_prefix("http://").context("the demo speaks plain HTTP")?;
        let body = body.to_string();
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").context("the answer has a body")?;
        let cookie = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("set-cookie")
                .then(|| value.trim().split(';').next().unwrap_or_default().to_owned())
        });
        let body = serde_json::from_str(body).with_context(|| format!("{path} answered {head}"))?;
        Ok(Answer { body, cookie: cookie.unwrap_or_default() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    body: Value,
    cookie: String,
}

/// A port with two free ones after it, as the demo needs them.
fn free_ports() -> Result<u16> {
    for _ in 0..20 {
        let first = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if first < u16::MAX - 2 && free(first + 1) && free(first + 2) {
            return Ok(first);
        }
    }
    bail!("there are no three free ports in a row")
}
