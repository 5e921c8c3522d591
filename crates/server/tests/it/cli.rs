//! The command line, as the real program: exit codes, messages, what reaches standard output.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const PROJECT: &str = "project: Acme\nappEvents: { Contact Created: { email: a@b.c } }\nsigningKeys: [ { name: backend, publicKey: public.pem } ]\nintegrations:\n  hubspot:\n    active: true\n    app: { clientId: abc, clientSecret: marker-secret }\n    workflows:\n      Sync contacts:\n        trigger: { appEvent: Contact Created }\n        steps: [ { create: { action: contacts.create, inputs: { email: \"{{ trigger.email }}\" } } } ]\n";

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linchpin"));
    command.args(arguments).current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LINCHPIN_")) {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder, arguments).output().expect("the program starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs what must go well, and gives its standard output.
fn must(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}{}", out(&output), err(&output));
    out(&output)
}

/// Holds the pipe as well: a closed one is not what is tested.
struct Serving(Child, #[expect(dead_code, reason = "held, not read")] BufReader<std::process::ChildStdout>);

impl Serving {
    /// A server that has said that it is ready, and its address.
    fn start(folder: &Path, data: &str) -> (Self, String) {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
        let address = format!("127.0.0.1:{port}");
        let mut child = program(folder, &["serve", "--data", data, "--listen", &address, "--log", "error"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut line).expect("a line");
        let serving = Self(child, stdout);
        assert_eq!(line.trim(), format!("Linchpin is ready at http://{address}"));
        (serving, format!("http://{address}"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    must(folder.path(), &["keys", "generate"]);
    std::fs::write(folder.path().join("project.yaml"), PROJECT).expect("written");
    folder
}

#[test]
fn wrong_commands_say_what_would_be_right() {
    let folder = folder();
    let at = folder.path();
    std::fs::write(at.join("bad.yaml"), "projct: Acme\n").expect("written");
    let id = "019ab000-0000-7000-8000-000000000000";
    for (arguments, code, message) in [
        (vec!["aply"], 2, "unrecognized subcommand 'aply'"),
        (vec!["apply"], 2, "<FILE>"),
        (vec!["apply", "none.yaml"], 1, "cannot read the project file none.yaml"),
        (vec!["apply", "bad.yaml"], 1, "bad.yaml:1:1: `projct`: unknown key `projct`; did you mean `project`?"),
        (
            vec!["apply", "project.yaml", "--server", "http://127.0.0.1:1"],
            2,
            "--server needs an API key of the project",
        ),
        (
            vec!["apply", "project.yaml", "--server", "http://127.0.0.1:1", "--api-key", "lp_x"],
            1,
            "cannot reach the server http://127.0.0.1:1/",
        ),
        (
            vec!["apply", "project.yaml", "--server", "http://127.0.0.1:1", "--data", "d"],
            2,
            "--server and --data exclude each other",
        ),
        (vec!["export", "--data", "nowhere"], 1, "there is no Linchpin data in nowhere"),
        (
            vec!["token", "--key", "public.pem", "--project", id, "--sub", "u"],
            1,
            "this is a public key; tokens are signed with the private one",
        ),
        (vec!["token", "--key", "private.pem", "--project", "acme", "--sub", "u"], 2, "--project"),
        (vec!["token", "--key", "private.pem", "--project", id, "--sub", ""], 2, "--sub is empty"),
        (
            vec!["token", "--key", "private.pem", "--project", id, "--sub", "u", "--ttl", "long"],
            2,
            "write a duration such as 15m, 1h or 7d",
        ),
        (vec!["keys", "generate"], 1, "private.pem exists already"),
        (vec!["serve", "--listen", "everywhere"], 1, "listen: `everywhere` is no address and port to listen on"),
        (vec!["serve", "--public-url", "acme"], 1, "`acme` is no web address"),
        (vec!["serve", "--config", "none.toml"], 1, "the configuration file none.toml cannot be read"),
        (vec!["simulate", "hubspt"], 1, "there is no connector `hubspt`; did you mean `hubspot`?"),
        (vec!["connector", "check", "project.yaml"], 1, "project.yaml:1:1"),
        (vec!["backup", "b.db", "--data", "nowhere"], 1, "there is no Linchpin data in nowhere"),
        (vec!["restore", "none.db", "--data", "r"], 1, "there is no backup none.db"),
        (vec!["demo", "--port", "65535"], 1, "--port must leave room for two more ports"),
    ] {
        let output = run(at, &arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(message), "{arguments:?}\nexpected: {message}\ngot: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}: errors go to standard error");
    }
    assert!(!at.join("nowhere").exists(), "nothing was made for a wrong directory");
}

#[test]
fn a_token_is_printed_alone_and_is_what_a_server_checks() {
    let folder = folder();
    let text = must(
        folder.path(),
        &[
            "token",
            "--key",
            "private.pem",
            "--project",
            "019ab000-0000-7000-8000-000000000000",
            "--sub",
            "user-1",
            "--ttl",
            "15m",
        ],
    );
    let token = text.strip_suffix('\n').expect("one line");
    assert!(!token.contains('\n'));
    let public = std::fs::read(folder.path().join("public.pem")).expect("read");
    let key = jsonwebtoken::DecodingKey::from_rsa_pem(&public).expect("a key");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_audience(&["linchpin/019ab000-0000-7000-8000-000000000000"]);
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).expect("valid").claims;
    assert_eq!(claims["sub"], "user-1");
    assert_eq!(claims["exp"].as_i64().expect("a number") - claims["iat"].as_i64().expect("a number"), 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_acts_on_a_file_that_is_applied_beside_it() {
    let folder = folder();
    let at = folder.path();
    let (_serving, url) = Serving::start(at, "data");
    let second = run(at, &["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(err(&second).contains("another `linchpin serve` is using the data directory data"), "{}", err(&second));

    let ids: Value =
        serde_json::from_str(&must(at, &["apply", "project.yaml", "--data", "data", "--json"])).expect("JSON");
    let project = ids["projectId"].as_str().expect("an id");
    assert!(
        ids["integrations"]["hubspot"].is_string()
            && ids["workflows"]["Sync contacts"].is_string()
            && ids["signingKeys"]["backend"].is_string(),
        "{ids}"
    );
    let token = must(at, &["token", "--key", "private.pem", "--project", project, "--sub", "user-1"]);

    let client = reqwest::Client::builder().build().expect("a client");
    let since = Instant::now();
    loop {
        let answer = client
            .get(format!("{url}/projects/{project}/sdk/me"))
            .bearer_auth(token.trim())
            .send()
            .await
            .expect("answers");
        if answer.status() == 200 {
            break;
        }
        assert!(since.elapsed() < Duration::from_secs(5), "the server still answers {}", answer.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(must(at, &["apply", "project.yaml", "--data", "data"]), "Acme: nothing to change\n");
    let exported = must(at, &["export", "--data", "data"]);
    assert!(exported.starts_with("project: Acme\n") && !exported.contains("marker-secret"), "{exported}");
}

#[test]
fn a_backup_is_restored_and_the_master_key_rotated() {
    let folder = folder();
    let at = folder.path();
    must(at, &["apply", "project.yaml", "--data", "data"]);
    must(at, &["backup", "b.db", "--data", "data", "--with-master-key"]);
    let again = run(at, &["backup", "b.db", "--data", "data"]);
    assert!(err(&again).contains("b.db exists already"), "{}", err(&again));
    must(at, &["keys", "rotate", "--data", "data"]);
    assert_eq!(must(at, &["apply", "project.yaml", "--data", "data"]), "Acme: nothing to change\n");
    must(at, &["restore", "b.db", "--data", "copy"]);
    assert_eq!(must(at, &["apply", "project.yaml", "--data", "copy"]), "Acme: nothing to change\n");
    let over = run(at, &["restore", "b.db", "--data", "copy"]);
    assert!(err(&over).contains("holds a database already"), "{}", err(&over));
    // The rotated key and the old backup do not fit together.
    std::fs::copy(at.join("data/master.key"), at.join("copy/master.key")).expect("copied");
    let wrong = run(at, &["apply", "project.yaml", "--data", "copy"]);
    assert!(err(&wrong).contains("the master key is another one"), "{}", err(&wrong));
}

#[cfg(unix)]
#[test]
fn doctor_finds_three_planted_faults_and_nothing_else() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let at = folder.path();
    must(at, &["apply", "project.yaml", "--data", "data"]);
    let faults = || {
        let output = run(at, &["doctor", "--data", "data", "--json"]);
        let report: Value = serde_json::from_str(&out(&output)).expect("JSON");
        assert!(!out(&output).contains("marker-secret"));
        let faults: Vec<String> = report["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|finding| finding["level"] == "fault")
            .map(|finding| {
                assert!(finding["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{finding}");
                finding["message"].as_str().expect("a text").to_owned()
            })
            .collect();
        assert_eq!(output.status.code(), Some(i32::from(!faults.is_empty())));
        faults
    };
    assert_eq!(faults(), Vec::<String>::new());

    std::fs::set_permissions(at.join("data/master.key"), std::fs::Permissions::from_mode(0o644)).expect("set");
    let without = "project: Bravo\nappEvents: { E: {} }\nintegrations:\n  hubspot: { active: true }\n";
    std::fs::write(at.join("bravo.yaml"), without).expect("written");
    must(at, &["apply", "bravo.yaml", "--data", "data"]);
    std::fs::write(at.join("off.yaml"), "project: Acme\nintegrations: { hubspot: { active: false } }\n")
        .expect("written");
    must(at, &["apply", "off.yaml", "--data", "data"]);
    let found = faults();
    for expected in [
        "the master key data/master.key can be read by others (mode 644)",
        "project Acme: the workflow `Sync contacts` is deployed, but hubspot is not active, so it never runs",
        "project Bravo: hubspot is active but has no client id or no client secret, so nobody can connect",
        "project Bravo has no signing key, so every user token is refused",
    ] {
        assert!(found.iter().any(|message| message == expected), "{expected} is missing in {found:#?}");
    }
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn the_program_describes_itself() {
    let folder = folder();
    let at = folder.path();
    let openapi: Value = serde_json::from_str(&must(at, &["openapi"])).expect("JSON");
    assert!(openapi["paths"]["/api/v1/apply"]["post"].is_object());
    let schema: Value = serde_json::from_str(&must(at, &["schema", "project"])).expect("JSON");
    assert_eq!(schema["required"], serde_json::json!(["project"]));
    let schema: Value = serde_json::from_str(&must(at, &["schema", "connector"])).expect("JSON");
    assert_eq!(schema["$ref"], "#/$defs/Manifest");
    assert!(must(at, &["connector", "list"]).contains("\nhubspot\tHubSpot\t"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let folder = folder();
    let mut command = program(folder.path(), &["openapi"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(err(&output), "");
}
