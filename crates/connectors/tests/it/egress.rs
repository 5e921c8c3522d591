//! Where calls do not go, tried with the real client.

use linchpin_connectors::{Access, Account, Client, EgressPolicy, Endpoint, perform};
use linchpin_domain::connector::ActionError;
use serde_json::json;

use crate::simulated::{Simulated, manifest, object};

async fn attempt(policy: &str, base: &str) -> ActionError {
    let client = Client::new(policy.parse::<EgressPolicy>().expect("valid"));
    let endpoint = Endpoint { base_urls: [("api".to_owned(), base.to_owned())].into(), api_version: None };
    let access = Access::bearer("t");
    let account = Account { access: &access, endpoint: &endpoint };
    perform(&client, &manifest(), account, "contacts.list", &object(json!({})), "k").await.expect_err("refused")
}

#[tokio::test]
async fn inner_addresses_are_not_called() {
    let simulated = Simulated::start().await;
    let port = simulated.url.rsplit(':').next().expect("a port");
    let mut bases = vec![simulated.url.clone(), format!("http://localhost:{port}")];
    for host in [
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "localhost",
    ] {
        bases.push(format!("https://{host}:{port}"));
    }
    for base in bases {
        let error = attempt("", &base).await;
        assert_eq!(error.code(), "egress_refused", "{base}: {error:?}");
        // An exception for another port or host does not serve it either.
        let error = attempt("127.0.0.1:1,192.168.0.1:*", &base).await;
        assert_eq!(error.code(), "egress_refused", "{base}: {error:?}");
    }
    assert_eq!(simulated.read("requests").await["total"], 0);
}

#[tokio::test]
async fn an_exception_opens_just_what_it_names() {
    let simulated = Simulated::start().await;
    let port = simulated.url.rsplit(':').next().expect("a port");
    let error = attempt(&format!("127.0.0.1:{port}"), &simulated.url).await;
    assert_eq!(error.code(), "reconnect_needed", "the simulator was asked and does not know the token");
    let error = attempt("localhost:*", &format!("http://localhost:{port}")).await;
    assert_eq!(error.code(), "reconnect_needed", "names are resolved for exceptions");
    assert_eq!(simulated.read("requests").await["total"], 2);
}
