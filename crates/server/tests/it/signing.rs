//! The examples of `examples/signing`: each whose language is on this machine signs a token that the
//! server takes.

use std::path::Path;
use std::process::Command;

use reqwest::Method;

use crate::sdk::world::{World, answer};

/// The examples with the commands that run them; a command that cannot be started is not there.
fn commands() -> Vec<(&'static str, Command)> {
    let built = Path::new(env!("CARGO_BIN_EXE_linchpin")).parent().expect("a folder").join("examples/sign");
    let command = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments);
        command
    };
    vec![
        ("Node.js", command("node", &["sign.mjs"])),
        ("Python", command("python3", &["sign.py"])),
        ("Go", command("go", &["run", "sign.go"])),
        ("Ruby", command("ruby", &["sign.rb"])),
        ("PHP", command("php", &["sign.php"])),
        ("Java", command("java", &["Sign.java"])),
        ("Rust", Command::new(built)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_that_can_run_here_signs_a_token_that_is_taken() {
    let world = World::start().await;
    let made = world.admin.post(&format!("{}/signing-keys", world.api), serde_json::json!({"name": "examples"})).await;
    let pem = made.body["privateKey"].as_str().expect("the private half").to_owned();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/signing");
    let mut ran = Vec::new();
    for (name, mut command) in commands() {
        // PyJWT is a package of its own.
        if name == "Python"
            && !Command::new("python3").args(["-c", "import jwt, cryptography"]).status().is_ok_and(|it| it.success())
        {
            continue;
        }
        let user = format!("{}-user", name.to_lowercase());
        command
            .arg(&user)
            .current_dir(&folder)
            .env("LINCHPIN_PROJECT_ID", &world.project)
            // As it stands in a file of variables.
            .env("LINCHPIN_SIGNING_KEY", pem.replace('\n', "\\n"));
        let Ok(output) = command.output() else { continue };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name}: {said}");
        let token = String::from_utf8(output.stdout).expect("a text");
        let me = answer(world.call(Method::GET, "/sdk/me", token.trim())).await;
        assert_eq!(me.status, 200, "{name}: {}", me.text);
        assert_eq!(me.body["userId"], user, "{name}");
        ran.push(name);
    }
    eprintln!("examples that ran: {}", ran.join(", "));
    // Node.js builds this repository; Rust's example is built with all tests of this package.
    assert!(ran.contains(&"Node.js"), "{ran:?}");
}
