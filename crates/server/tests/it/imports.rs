//! Accounts that move in from another system: a dry run, all or nothing, twice, and never a token in an answer.

use std::path::Path;
use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};

use crate::sdk::world::{World, answer};

fn accounts(token: &str) -> String {
    format!(
        "userId,integration,accessToken,refreshToken,externalId,providerId,metadata\n\
         ann,hubspot,{token}-ann,{token}-refresh,,1234567,\"{{\"\"Name\"\":\"\"Ann\"\"}}\"\n\
         bob,hubspot,{token}-bob,,main,,\n\
         bob,hubspot,{token}-bob-2,,second,,\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_imported_once_sealed_and_work_at_the_provider() {
    let world = World::start().await;
    let backend = world.backend().await;
    let at = format!("{}/credentials/import", world.api);
    let send = async |query: &str, kind: &str, body: String| {
        let key = backend.key.clone().expect("a key");
        let request = world.http.post(format!("{}{at}{query}", world.test.base)).bearer_auth(key);
        let sent = answer(request.header("content-type", kind).body(body)).await;
        assert!(!sent.text.contains("marker-token"), "an answer repeats a token: {}", sent.text);
        sent
    };
    let file = accounts("marker-token");

    let dry = send("?dryRun=true", "text/csv", file.clone()).await;
    assert_eq!(dry.status, 200, "{}", dry.text);
    let counts = |body: &Value| ["added", "changed", "unchanged", "usersAdded"].map(|name| body[name].as_i64());
    assert_eq!((counts(&dry.body), &dry.body["dryRun"]), ([Some(3), Some(0), Some(0), Some(2)], &json!(true)));
    assert_eq!(
        backend.get(&format!("{}/users", world.api)).await.body["items"],
        json!([]),
        "a dry run changes nothing"
    );

    let done = send("", "text/csv; charset=utf-8", file.clone()).await;
    assert_eq!(counts(&done.body), [Some(3), Some(0), Some(0), Some(2)], "{}", done.text);
    assert_eq!(done.body["changes"][0], json!({"action": "add", "what": "connected user", "name": "ann"}));
    let again = send("", "text/csv", file.clone()).await;
    assert_eq!(counts(&again.body), [Some(0), Some(0), Some(3), Some(0)], "{}", again.text);
    assert_eq!(again.body["changes"], json!([]));
    let bytes = world.test.database();
    assert!(!bytes.windows(12).any(|window| window == b"marker-token"), "the tokens are sealed");

    let users = backend.get(&format!("{}/users", world.api)).await.body;
    assert_eq!(users["items"][1]["accounts"].as_array().map(Vec::len), Some(2), "{users}");
    assert_eq!(world.get("ann", "/sdk/me").await.body["meta"], json!({"Name": "Ann"}));
    // The provider takes the imported token.
    let token = json!({"accessToken": "marker-token-ann", "scopes": ["crm.objects.contacts.read"]});
    let granted = world.http.post(format!("{}/_simulator/tokens", world.hubspot)).body(token.to_string());
    assert_eq!(answer(granted).await.status, 200);
    let listed = world.get("ann", "/sdk/proxy/hubspot/crm/objects/2026-03/contacts").await;
    assert_eq!(listed.status, 200, "{}", listed.text);

    let newer = json!([{"userId": "ann", "integration": "hubspot", "accessToken": "marker-token-new"}]);
    let changed = send("", "application/json", newer.to_string()).await;
    assert_eq!(counts(&changed.body), [Some(0), Some(1), Some(0), Some(0)], "{}", changed.text);
    // What the user has signed in to since is newer than any file.
    world.connect("ann").await;
    let kept = send("", "application/json", newer.to_string()).await;
    assert_eq!(counts(&kept.body), [Some(0), Some(0), Some(1), Some(0)], "{}", kept.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_mistake_changes_nothing_and_says_the_line() {
    let world = World::start().await;
    let backend = world.backend().await;
    let at = format!("{}/credentials/import", world.api);
    let send = async |kind: &str, body: &str| {
        let request = world.http.request(Method::POST, format!("{}{at}", world.test.base));
        let request = request.bearer_auth(backend.key.as_deref().expect("a key")).header("content-type", kind);
        answer(request.body(body.to_owned())).await
    };
    let file = "userId,integration,accessToken,workflows\n\
                ann,hubspot,secret-1,\n\
                bob,slack,secret-2,\n\
                cem,hubspot,secret-3,\"{\"\"Nothing\"\": true}\"\n";
    let wrong = send("text/csv", file).await;
    let (status, code, _) = wrong.error();
    assert_eq!((status, code.as_str()), (422, "import_wrong"));
    let problems = wrong.body["meta"]["problems"].as_array().expect("a list");
    assert_eq!(problems.iter().map(|problem| problem["line"].as_i64()).collect::<Vec<_>>(), [Some(3), Some(4)]);
    assert!(!wrong.text.contains("secret"), "{}", wrong.text);
    assert_eq!(backend.get(&format!("{}/users", world.api)).await.body["items"], json!([]), "nothing is half-written");
    assert_eq!(send("application/xml", "<a/>").await.error().0, 415);
    assert_eq!(send("application/json", "[").await.error().1, "import_wrong");
    assert_eq!(send("application/json", "").await.error().1, "import_wrong");
    assert_eq!(send("text/csv", "").await.error().1, "import_wrong");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linchpin"));
    command.args(arguments).current_dir(folder).env_remove("LINCHPIN_API_KEY");
    command.output().expect("the program starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_imports_into_a_directory_and_into_a_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let project = "project: Acme\nintegrations:\n  hubspot: { active: true, app: { clientId: a, clientSecret: b } }\n";
    std::fs::write(at.join("linchpin.yaml"), project).expect("written");
    std::fs::write(at.join("accounts.csv"), accounts("marker-token")).expect("written");
    std::fs::write(at.join("wrong.json"), "[{\"userId\": \"ann\",\n\"integration\": \"hubspot\", \"accessToken\": 7}]")
        .expect("written");
    let must = |arguments: &[&str]| {
        let output = run(at, arguments);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        assert!(!out.contains("marker-token") && !err.contains("marker-token"), "{out}{err}");
        out.into_owned()
    };
    must(&["apply", "linchpin.yaml", "--data", "data"]);
    let dry = must(&["credentials", "import", "accounts.csv", "--data", "data", "--dry-run"]);
    assert!(
        dry.ends_with("3 accounts added, 0 changed, 0 as they were; 2 users added (dry run: nothing was changed)\n"),
        "{dry}"
    );
    assert!(dry.contains("+ account hubspot of bob (second)\n"), "{dry}");
    let done = must(&["credentials", "import", "accounts.csv", "--data", "data", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&done).expect("JSON")["added"], 3);
    let again = must(&["credentials", "import", "accounts.csv", "--data", "data"]);
    assert_eq!(again, "0 accounts added, 0 changed, 3 as they were; 0 users added\n");

    let wrong = run(at, &["credentials", "import", "wrong.json", "--data", "data"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&wrong.stderr), "error: wrong.json:2:42: `accessToken`: a text is expected\n");
    std::fs::copy(at.join("accounts.csv"), at.join("accounts.txt")).expect("copied");
    assert_eq!(run(at, &["credentials", "import", "accounts.txt", "--data", "data"]).status.code(), Some(2));

    let world = World::start().await;
    let backend = world.backend().await;
    let key = backend.key.expect("a key");
    let server =
        ["credentials", "import", "accounts.csv", "--server", world.test.base.as_str(), "--api-key", key.as_str()];
    let (folder, arguments) = (at.to_owned(), server.map(str::to_owned));
    let output = tokio::task::spawn_blocking(move || run(&folder, &arguments.each_ref().map(String::as_str))).await;
    let output = output.expect("it ran");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .ends_with("3 accounts added, 0 changed, 0 as they were; 2 users added\n")
    );
    assert_eq!(
        world.get("bob", "/sdk/me").await.body["integrations"]["hubspot"]["allCredentials"].as_array().map(Vec::len),
        Some(2)
    );
}
