use secrecy::ExposeSecret;

use super::*;

fn problems(text: &str, format: Format) -> String {
    read("accounts", text, format).expect_err("must fail").to_string()
}

#[test]
fn csv_and_json_say_the_same() {
    let csv = "userId,integration,accessToken,refreshToken,expiresAt,externalId,providerId,scopes,metadata,workflows\r\n\
               ann,hubspot,a1,r1,2030-01-01T00:00:00Z,main,123,\"oauth crm.read\",\"{\"\"Name\"\":\"\"Ann\"\"}\",\"{\"\"Sync\"\":true}\"\r\n\
               \r\n\
               ann,hubspot,a2,,1893456000,second,,,,\r\n\
               7,hubspot,a3\r\n";
    let json = r#"[
        {"userId": "ann", "integration": "hubspot", "accessToken": "a1", "refreshToken": "r1",
         "expiresAt": "2030-01-01T00:00:00Z", "externalId": "main", "providerId": 123, "scopes": ["oauth", "crm.read"],
         "metadata": {"Name": "Ann"}, "workflows": {"Sync": {"enabled": true}}},
        {"userId": "ann", "integration": "hubspot", "accessToken": "a2", "expiresAt": 1893456000000,
         "externalId": "second", "refreshToken": null},
        {"userId": 7, "integration": "hubspot", "accessToken": "a3"}
    ]"#;
    for (text, format) in [(csv, Format::Csv), (json, Format::Json), (&csv.replace("\r\n", "\n"), Format::Csv)] {
        let plan = read("accounts", text, format).expect("good");
        let users: Vec<_> = plan.users.iter().map(|user| (user.external_id.as_str(), user.credentials.len())).collect();
        assert_eq!(users, [("ann", 2), ("7", 1)], "{format:?}");
        let (first, second) = (&plan.users[0].credentials[0], &plan.users[0].credentials[1]);
        assert_eq!(first.access_token.as_ref().map(ExposeSecret::expose_secret), Some("a1"));
        assert_eq!(first.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("r1"));
        assert_eq!(first.scopes.as_deref(), Some(&["oauth".to_owned(), "crm.read".to_owned()][..]));
        assert_eq!(first.provider_id.as_deref(), Some("123"));
        assert_eq!(first.expires_at, second.expires_at, "seconds, milliseconds and texts are one moment");
        assert!(second.refresh_token.is_none());
        assert_eq!(plan.users[0].metadata, Some(Map::from_iter([("Name".to_owned(), "Ann".into())])));
        let workflows = first.workflows.as_ref().expect("named");
        assert_eq!((workflows[0].workflow.as_str(), workflows[0].enabled), ("Sync", true));
    }
    assert_eq!(
        read("accounts", "userId;integration;accessToken\nann;hubspot;a\n", Format::Csv).expect("good").users.len(),
        1
    );
    assert_eq!(read("accounts", "\u{feff}{\"credentials\": []}", Format::Json).expect("good").users.len(), 0);
}

#[test]
fn every_problem_has_its_line_and_none_repeats_a_value() {
    let csv = "userId,integration,accessToken,expiresAt,metadata,scopes\n\
               ann,hubspot,secret-1,secret-2,,\n\
               ,hubspot,secret-3,,,\n\
               bob,hubspot,secret-4,,secret-5,\n\
               bob,hubspot,,,,\n\
               cem,hubspot,\"secret-6\nstill\",,,\n\
               cem,hubspot,secret-7,,,\n";
    let found = problems(csv, Format::Csv);
    assert_eq!(
        found,
        "accounts:2:1: `expiresAt`: a time such as 2030-01-01T00:00:00Z is expected, or seconds or milliseconds since 1970\n\
         accounts:3:1: `userId`: `userId` is missing\n\
         accounts:4:1: `metadata`: a JSON object is expected\n\
         accounts:5:1: `accessToken`: `accessToken` is missing\n\
         accounts:8:1: this user has an account of this integration in line 6 already; several need an `externalId` each"
    );
    let json = "[\n  {\"userId\": \"ann\", \"integration\": \"hubspot\",\n   \"accessToken\": 17},\n  \"secret\",\n  {\"userId\": \"bob\", \"integration\": \"hubspot\", \"accesToken\": \"secret\"}\n]";
    assert_eq!(
        problems(json, Format::Json),
        "accounts:3:19: `accessToken`: a text is expected\n\
         accounts:4:3: an object with the fields of one account is expected\n\
         accounts:5:3: a field has an unknown name; did you mean `accessToken`?\n\
         accounts:5:3: `accessToken`: `accessToken` is missing"
    );
}

#[test]
fn a_file_of_another_kind_is_refused_as_a_whole() {
    let check = |text: &str, format, expected: &str| {
        let found = problems(text, format);
        assert!(found.starts_with(expected), "{found}");
        assert!(!found.contains("secret"), "{found}");
    };
    check(
        "",
        Format::Csv,
        "accounts:1:1: the file is empty; its first line names the columns: userId,integration,accessToken",
    );
    check(
        "ann,hubspot,secret\n",
        Format::Csv,
        "accounts:1:1: the first line must name the columns, `userId` among them",
    );
    check("userId,integration,accessToken,secretToken\n", Format::Csv, "accounts:1:1: column 4 has an unknown name");
    check(
        "userId,integration,accessToken,userId\n",
        Format::Csv,
        "accounts:1:1: column 4 has the name of an earlier one",
    );
    check("userId,integration,accessToken\na,hubspot,x,secret\n", Format::Csv, "accounts:2:1: this line has 4 fields");
    check("[{\"userId\": \"secret\"", Format::Json, "accounts:1:20: here the file ceases to be JSON");
    check("{\"secret\": 1}", Format::Json, "accounts:1:1: a list of accounts is expected");
    check("\"secret\"", Format::Json, "accounts:1:1: a list of accounts is expected");
}
