//! Triggers in the project file.

use linchpin::project_file::{self, Mode};

use crate::app::TestApp;
use crate::project_file::{apply, changes};

#[tokio::test]
async fn triggers_of_providers_and_webhooks_are_exported_as_they_are_read() {
    let app = TestApp::start().await;
    let text = r#"project: Acme
secrets: { SLACK_URL: { env: SLACK_URL } }
integrations:
  hubspot:
    workflows:
      Changed:
        trigger: { provider: { event: contacts.updated, inputs: { propertyName: "email, phone" } } }
        steps: [ { read: { action: contacts.get, inputs: { id: "{{ trigger.id }}" } } } ]
      Open:
        trigger: { webhook: { name: Open, verify: none } }
        steps: [ { read: { action: contacts.get, inputs: { id: "{{ trigger.body.id }}" } } } ]
      Signed:
        trigger: { webhook: { name: Signed, verify: { hmac: { header: X-Sig, algorithm: sha512, encoding: base64, secret: "{{ secrets.SLACK_URL }}" } } } }
        steps: [ { read: { action: contacts.get, inputs: { id: "{{ trigger.body.id }}" } } } ]
      Made:
        trigger:
          webhook:
            name: Made
            once: { header: X-Event }
            verify: { header: { name: X-Token, equals: "{{ webhook.secret }}" } }
            handshake: { echo: { header: X-Hook-Secret } }
            register:
              request: { method: POST, url: /hooks, body: { target: "{{ webhook.url }}" } }
              id: "{{ response.body.id }}"
              secret: "{{ handshake.headers['x-hook-secret'] }}"
              find: { request: { url: /hooks }, items: "{{ response.body }}", url: "{{ item.target }}", id: "{{ item.id }}" }
              remove: { method: DELETE, url: "/hooks/{{ webhook.id }}" }
        steps: [ { read: { action: contacts.get, inputs: { id: "{{ trigger.body.id }}" } } } ]
      App:
        trigger:
          webhook:
            name: team events
            scope: app
            account: { body: team_id }
            when: [ { body: event.type, equals: message } ]
            handshake: { echo: { body: challenge }, as: json, when: [ { body: type, equals: url_verification } ] }
        steps: [ { read: { action: contacts.get, inputs: { id: "{{ trigger.body.id }}" } } } ]
"#;
    let outcome = apply(&app, text, Mode::default()).await;
    let again = apply(&app, text, Mode::default()).await;
    assert!(changes(&again).is_empty(), "{:?}", changes(&again));
    let mut conn = app.app.store.read().await.expect("a connection");
    let exported = project_file::export(&mut conn, outcome.project_id).await.expect("read").expect("there");
    drop(conn);
    let same = apply(&app, &exported, Mode::default()).await;
    assert!(changes(&same).is_empty(), "{:?}\n{exported}", changes(&same));
    for part in
        ["contacts.updated", "email, phone", "hmac-sha512", "{{ secrets.SLACK_URL }}", "url_verification", "scope: app"]
    {
        assert!(exported.contains(part), "{exported}");
    }
}
