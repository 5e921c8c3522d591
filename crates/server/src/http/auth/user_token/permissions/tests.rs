use linchpin_domain::Timestamp;
use linchpin_domain::id::{ConfigurationId, CredentialId};
use linchpin_store::credentials::Status;
use serde_json::json;
use uuid::Uuid;

use super::*;

const CLAIM: &str = "urn:useparagon:connect:permissions";

fn credential(id: u128, label: Option<&str>) -> Credential {
    Credential {
        id: CredentialId(Uuid::from_u128(id)),
        project_id: Uuid::nil().into(),
        user_id: Uuid::nil().into(),
        integration_id: Uuid::nil().into(),
        external_id: label.map(str::to_owned),
        status: Status::Valid,
        status_reason: None,
        provider_id: None,
        provider_data: Map::new(),
        scopes: Vec::new(),
        expires_at: None,
        token_version: 1,
        refresh_failures: 0,
        refreshed_at: None,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

fn configuration(id: u128, label: Option<&str>) -> Configuration {
    Configuration {
        id: ConfigurationId(Uuid::from_u128(id)),
        project_id: Uuid::nil().into(),
        credential_id: Uuid::nil().into(),
        is_default: true,
        external_id: label.map(str::to_owned),
        settings: Map::new(),
        meta: Map::new(),
        created_at: Timestamp::from_millis(0),
    }
}

fn read(claim: &Value) -> Result<Option<Permissions>, ApiError> {
    Permissions::read(&Map::from_iter([(CLAIM.to_owned(), claim.clone())]))
}

/// What a claim allows: for each thing, the names of its permissions.
fn check(claim: &Value, expected: [&str; 4]) {
    let permissions = read(claim).expect("it is good").expect("it is there");
    let (mine, other, team) = (credential(1, Some("mine")), credential(2, None), configuration(7, Some("team")));
    let subject = |integration, credential, configuration| Subject { integration, credential, configuration };
    let asked = [
        subject("hubspot", None, None),
        subject("hubspot", Some(&mine), None),
        subject("slack", Some(&other), None),
        subject("hubspot", Some(&mine), Some(&team)),
    ];
    let found = asked.map(|what| match permissions.granted(&what) {
        u8::MAX => "all".to_owned(),
        _ => Permission::ALL
            .iter()
            .filter(|(one, _)| permissions.allows(*one, &what))
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
            .join(" "),
    });
    assert_eq!(found.each_ref().map(String::as_str), expected, "{claim}");
}

#[test]
fn the_narrowest_rule_decides_alone() {
    check(&json!({}), ["", "", "", ""]);
    check(&json!({"integration:*": true}), ["all"; 4]);
    check(&json!({"integration:*": true, "integration:slack": false}), ["all", "all", "", "all"]);
    check(&json!({"integration:hubspot": ["proxy:call"]}), ["proxy:call", "proxy:call", "", "proxy:call"]);
    let first = "00000000-0000-0000-0000-000000000001";
    let named = json!({"integration:hubspot": {format!("credential:{first}"): true}});
    check(&named, ["", "all", "", "all"]);
    check(&json!({"credential:ext:mine": true}), ["", "all", "", "all"]);
    check(
        &json!({"integration:*": ["credential:read"], "credential:ext:mine": ["event:send", "proxy:call"]}),
        ["credential:read", "event:send proxy:call", "credential:read", "event:send proxy:call"],
    );
    check(&json!({"integration:*": {"configuration:ext:team": ["event:send"]}}), ["", "", "", "event:send"]);
    // Of two rules with the same narrowest scope, the one whose outer scope is narrower.
    check(
        &json!({"credential:*": false, "integration:hubspot": {"credential:*": ["credential:write"]}}),
        ["credential:write", "credential:write", "", "credential:write"],
    );
    // One account under two names.
    check(
        &json!({format!("credential:{first}"): ["event:send", "proxy:call"], "credential:ext:mine": ["proxy:call"]}),
        ["", "proxy:call", "", "proxy:call"],
    );
    // As libraries write it that know only texts.
    check(&Value::String(r#"{"integration:*":true}"#.into()), ["all"; 4]);
}

#[test]
fn an_integration_is_offered_where_a_rule_names_it() {
    let offers = |claim: Value, kind: &str| read(&claim).expect("good").expect("there").offers(kind);
    assert!(offers(json!({"integration:hubspot": {"credential:x": true}}), "hubspot"));
    assert!(!offers(json!({"integration:hubspot": {"credential:x": true}}), "slack"));
    assert!(!offers(json!({"integration:hubspot": {"credential:x": false}}), "hubspot"));
    assert!(!offers(json!({"integration:*": true, "integration:hubspot": []}), "hubspot"));
    assert!(offers(json!({"integration:*": true}), "slack"));
}

#[test]
fn a_claim_of_another_shape_is_refused_by_name() {
    for (claim, said) in [
        (json!(true), "must be an object of scopes"),
        (json!(["integration:*"]), "must be an object of scopes"),
        (json!("all"), "must be an object of scopes"),
        (json!({"hubspot": true}), "has the scope `hubspot`; a scope is"),
        (json!({"integration:": true}), "has the scope `integration:`"),
        (json!({"workflow:*": true}), "has the scope `workflow:*`"),
        (json!({"integration:*": 1}), "› integration:*` must be true, false, a list"),
        (
            json!({"integration:*": ["proxy"]}),
            "the permission \"proxy\", which is not known; there are `credential:read`",
        ),
        (json!({"integration:*": [true]}), "the permission true, which is not known"),
        (json!({"credential:*": {"integration:*": true}}), "within one that is not wider"),
        (json!({"integration:*": {"integration:*": true}}), "within one that is not wider"),
    ] {
        let error = read(&claim).err().unwrap_or_else(|| panic!("{claim} was taken"));
        assert!(error.message().contains(said), "{claim}: {}", error.message());
    }
    let both = Map::from_iter(CLAIMS.map(|name| (name.to_owned(), json!({}))));
    assert!(Permissions::read(&both).expect_err("refused").message().contains("say it once"));
    assert!(Permissions::read(&Map::new()).expect("good").is_none());
}
