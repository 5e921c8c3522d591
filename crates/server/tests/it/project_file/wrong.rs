//! Files that are wrong: what is said, and where.

use super::{FILE, project, refused, with_steps};
use crate::app::TestApp;

#[tokio::test]
async fn wrong_files_are_refused_with_place_and_remedy() {
    let app = TestApp::start().await;
    let contact_created = "{ appEvent: Contact Created }";
    let good_step = "          - a: { action: contacts.create, inputs: { email: x } }\n";
    let wrong: Vec<(String, &str)> = vec![
        ("project: [".into(), "a.yaml:2:1: this is not valid YAML: "),
        ("appEvents: {}\n".into(), "a.yaml:1:1: `project: NAME` is missing; the name is the project's identity"),
        ("project: ''\n".into(), "a.yaml:1:10: `project`: this must not be empty"),
        (
            "project: 7\n".into(),
            "a.yaml:1:10: `project`: the number `7` stands here; a text is expected (put it in quotes)",
        ),
        (
            "project: A\nappEvent: {}\n".into(),
            "a.yaml:2:1: `appEvent`: unknown key `appEvent`; did you mean `appEvents`?",
        ),
        ("project: A\nproject: B\n".into(), "a.yaml:2:1: "),
        (
            "project: A\nallowedOrigins: [app.acme.com]\n".into(),
            "a.yaml:2:18: `allowedOrigins.0`: `app.acme.com` is no origin; write for example `https://app.example.com`, `https://*.example.com` or `http://localhost:*`",
        ),
        (
            "project: A\nsigningKeys: [ { name: backend, publicKey: public.pem } ]\n".into(),
            "a.yaml:2:44: `signingKeys.0.publicKey`: the key file /nonexistent/public.pem cannot be read: No such file or directory (os error 2)",
        ),
        (
            "project: A\nsigningKeys: [ { name: backend } ]\n".into(),
            "a.yaml:2:16: `signingKeys.0`: `publicKey` is missing; a signing key is { name: backend, publicKey: public.pem }",
        ),
        (
            "project: A\ntokenIssuers: [ { auth0Domain: acme.eu.auth0.com } ]\n".into(),
            "a.yaml:2:17: `tokenIssuers.0`: `audience`: say what `aud` of the tokens must hold: without it, tokens of any other application would be taken",
        ),
        (
            "project: A\ntokenIssuers: [ { issuer: https://a.example, firebaseProjectId: a } ]\n".into(),
            "a.yaml:2:27: `tokenIssuers.0.issuer`: name one of `firebaseProjectId`, `auth0Domain` and `issuer`",
        ),
        (
            "project: A\ntokenIssuers: [ { firebase: a } ]\n".into(),
            "a.yaml:2:19: `tokenIssuers.0.firebase`: unknown key `firebase`; known keys are `firebaseProjectId`, `auth0Domain`, `issuer`, `audience`, `jwksUrl`",
        ),
        (
            "project: A\ntokenIssuers: [ { firebaseProjectId: a }, { firebaseProjectId: a } ]\n".into(),
            "a.yaml:2:43: `tokenIssuers.1`: the issuer `https://securetoken.google.com/a` stands in the list twice",
        ),
        (
            "project: A\nsecrets: { KEY: { env: NOT_SET } }\n".into(),
            "a.yaml:2:24: `secrets.KEY.env`: the environment variable NOT_SET is not set",
        ),
        (
            "project: A\nsecrets: { my-key: x }\n".into(),
            "a.yaml:2:12: `secrets.my-key`: `my-key` cannot be a secret's name: use letters, digits and `_`, and begin with a letter",
        ),
        (
            "project: A\nappEvents: { Contact Created: [1] }\n".into(),
            "a.yaml:2:31: `appEvents.Contact Created`: a list stands here; an object (`name: value` lines) is expected",
        ),
        (
            "project: A\nintegrations: { hubspt: {} }\n".into(),
            "a.yaml:2:17: `integrations.hubspt`: there is no connector `hubspt`; did you mean `hubspot`?",
        ),
        (
            "project: A\nintegrations: { custom.tasklab: { connector: x.yaml } }\n".into(),
            "a.yaml:2:46: `integrations.custom.tasklab.connector`: /nonexistent/x.yaml cannot be read: No such file or directory (os error 2)",
        ),
        (
            "project: A\nintegrations: { custom.tasklab: {} }\n".into(),
            "a.yaml:2:33: `integrations.custom.tasklab`: say by `connector` what it is: the path of a manifest, or the manifest itself",
        ),
        (
            "project: A\nintegrations: { hubspot: { connector: x.yaml } }\n".into(),
            "a.yaml:2:28: `integrations.hubspot.connector`: `hubspot` comes with the binary; a connector of your own is called `custom.` and a name",
        ),
        (
            "project: A\nintegrations: { hubspot: { active: yes please } }\n".into(),
            "a.yaml:2:36: `integrations.hubspot.active`: the text \"yes please\" stands here; true or false is expected",
        ),
        (
            "project: A\nintegrations: { hubspot: { apiVersion: \"2020-01\" } }\n".into(),
            "a.yaml:2:40: `integrations.hubspot.apiVersion`: HubSpot has no API version \"2020-01\"; it has ",
        ),
        (
            "project: A\nintegrations: { hubspot: { baseUrls: { api: nonsense } } }\n".into(),
            "a.yaml:2:45: `integrations.hubspot.baseUrls.api`: `nonsense` is no base address; write for example \"http://127.0.0.1:4801\"",
        ),
        (
            "project: A\nintegrations: { hubspot: { portal: { accentColor: red } } }\n".into(),
            "a.yaml:2:51: `integrations.hubspot.portal.accentColor`: `red` is no colour; write for example \"#ff7a59\", in quotes",
        ),
        (
            "project: A\nintegrations: { hubspot: { settings: [ { id: a, title: A, type: TEXT } ] } }\n".into(),
            "a.yaml:2:65: `integrations.hubspot.settings.0.type`: `TEXT` is no type of a setting; there are TEXT_NO_VARS",
        ),
        (
            "project: A\nintegrations: { hubspot: { settings: [ { id: a, title: A, type: DYNAMIC_ENUM, sourceType: owner } ] } }\n".into(),
            "a.yaml:2:91: `integrations.hubspot.settings.0.sourceType`: HubSpot has no list \"owner\"; it has owners, dealPipelines",
        ),
        (
            with_steps("{ provider: { event: contact.created } }", good_step),
            "a.yaml:7:39: `integrations.hubspot.workflows.W.trigger.provider.event`: there is no event `contact.created`; did you mean `contacts.created`?",
        ),
        (
            with_steps("{ provider: { event: contacts.updated, inputs: { property: x } } }", good_step),
            "a.yaml:7:77: `integrations.hubspot.workflows.W.trigger.provider.inputs.property`: there is no input `property`; did you mean `propertyName`?",
        ),
        (
            with_steps("{ webhook: { name: A, verify: { header: { name: X, equals: abc } } } }", good_step),
            "a.yaml:7:77: `integrations.hubspot.workflows.W.trigger.webhook.verify.header.equals`: a secret does not stand in a workflow: write `{{ secrets.NAME }}` and keep it in the project",
        ),
        (
            with_steps("{ webhook: { name: A, handshake: { echo: { bdy: c } } } }", good_step),
            "a.yaml:7:61: `integrations.hubspot.workflows.W.trigger.webhook.handshake.echo.bdy`: unknown key `bdy`; did you mean `body`?",
        ),
        (
            with_steps("{ webhook: { name: A, register: { request: { url: /hooks } } } }", good_step),
            "a.yaml:7:50: `integrations.hubspot.workflows.W.trigger.webhook.register`: `remove` is missing, for example remove: { method: DELETE, url: \"/hooks/{{ webhook.id }}\" }",
        ),
        (
            with_steps("{ webhook: { name: A, verify: { token: x } } }", good_step),
            "a.yaml:7:50: `integrations.hubspot.workflows.W.trigger.webhook.verify.token`: unknown key `token`; known keys are `header`, `hmac`",
        ),
        (
            with_steps("{ schedule: { cron: \"0 0 0 30 2 *\" } }", good_step),
            "a.yaml:7:38: `integrations.hubspot.workflows.W.trigger.schedule.cron`: `0 0 0 30 2 *` never comes: there is no such day",
        ),
        (
            with_steps("{ schedule: { cron: \"0 9 * * *\", timeZone: Europe/Berlim } }", good_step),
            "a.yaml:7:61: `integrations.hubspot.workflows.W.trigger.schedule.timeZone`: there is no time zone `Europe/Berlim`; did you mean `Europe/Berlin`?",
        ),
        (
            with_steps("{ schedule: { timeZone: Europe/Berlin } }", good_step),
            "a.yaml:7:30: `integrations.hubspot.workflows.W.trigger.schedule`: `cron` is missing, for example",
        ),
        (
            with_steps("{ request: { validate: { headers: { X-Source: { vlaue: crm } } } } }", good_step),
            "a.yaml:7:66: `integrations.hubspot.workflows.W.trigger.request.validate.headers.X-Source.vlaue`: unknown key `vlaue`; did you mean `value`?",
        ),
        (
            with_steps("{ request: { validate: { body: { email: { value: x } } } } }", good_step),
            "a.yaml:7:67: `integrations.hubspot.workflows.W.trigger.request.validate.body.email.value`: only a header can be asked to have one value",
        ),
        (
            with_steps(contact_created, "          - a: { request: { method: GET } }\n"),
            "a.yaml:9:27: `integrations.hubspot.workflows.W.steps.0.a.request`: `url` is missing, for example",
        ),
        (
            with_steps(contact_created, "          - a: { request: { url: x, body: {}, form: {} } }\n"),
            "a.yaml:9:53: `integrations.hubspot.workflows.W.steps.0.a.request.form`: a request has one body: this has `body` and `form`",
        ),
        (
            with_steps(contact_created, "          - a: { request: { url: x, bodi: {} } }\n"),
            "a.yaml:9:37: `integrations.hubspot.workflows.W.steps.0.a.request.bodi`: unknown key `bodi`; did you mean `body`?",
        ),
        (
            with_steps(
                contact_created,
                "          - a:\n              if: { any: [ { all: [ { left: x, operator: $exists } ] } ] }\n              else:\n                - b: { forEach: \"{{ trigger.list }}\", steps: [ { c: { action: contact.create } } ] }\n",
            ),
            "a.yaml:12:79: `integrations.hubspot.workflows.W.steps.0.a.else.0.b.steps.0.c.action`: there is no action `contact.create`; did you mean `contacts.create`?",
        ),
        (
            with_steps(
                contact_created,
                "          - a: { if: { any: [ { all: [ { left: x, operator: $exist } ] } ] }, then: [] }\n",
            ),
            "a.yaml:9:61: `integrations.hubspot.workflows.W.steps.0.a.if.any.0.all.0.operator`: there is no operator `$exist`; did you mean `$exists`?",
        ),
        (
            with_steps(contact_created, "          - a: { action: contacts.create, then: [] }\n"),
            "a.yaml:9:49: `integrations.hubspot.workflows.W.steps.0.a.then`: `then` belongs to a step with `if`, and this has `action`",
        ),
        (
            with_steps(
                contact_created,
                "          - a: { action: contacts.create, inputs: { email: \"{{ item.email }}\" } }\n",
            ),
            "a.yaml:9:60: `integrations.hubspot.workflows.W.steps.0.a.inputs.email`: in `{{ item.email }}`: there is no `item`; expressions begin with `trigger`, `steps`, `settings`, `user`, `secrets`",
        ),
        (
            with_steps(contact_created, "          - a: { response: { body: {} } }\n"),
            "a.yaml:9:28: `integrations.hubspot.workflows.W.steps.0.a.response`: only a workflow with a Request trigger has a caller to answer",
        ),
        (
            with_steps("{ request: {} }", "          - a: { response: { body: {}, file: \"{{ trigger.body }}\" } }\n"),
            "a.yaml:9:46: `integrations.hubspot.workflows.W.steps.0.a.response.file`: a response is a body or a file: remove one of them",
        ),
        (
            with_steps(contact_created, "          - a: { delay: { unit: hours } }\n"),
            "a.yaml:9:25: `integrations.hubspot.workflows.W.steps.0.a.delay`: `amount` is missing, for example { amount: 5, unit: minutes }",
        ),
        (
            with_steps(contact_created, "          - a: { delay: { amount: 1 }, function: { code: x } }\n"),
            "a.yaml:9:16: `integrations.hubspot.workflows.W.steps.0.a`: a step is one thing: this has `function` and `delay`; make two steps of it",
        ),
        (
            with_steps(contact_created, "          - action: contacts.create\n"),
            "a.yaml:9:13: `integrations.hubspot.workflows.W.steps.0`: this step has no key; a step is one key with its parts below it, for example `- create_contact: { action: contacts.create }`",
        ),
        (
            with_steps("{ appEvent: Contact Updated }", good_step),
            "a.yaml:7:18: `integrations.hubspot.workflows.W.trigger`: there is no App Event `Contact Updated`; there are `Contact Created`",
        ),
        (
            with_steps(contact_created, "          - a: { action: contact.create, inputs: {} }\n"),
            "a.yaml:9:26: `integrations.hubspot.workflows.W.steps.0.a.action`: there is no action `contact.create`; did you mean `contacts.create`?",
        ),
        (
            with_steps(
                contact_created,
                "          - a: { action: contacts.create, inputs: { email: \"{{ secrets.NOPE }}\" } }\n",
            ),
            "a.yaml:9:60: `integrations.hubspot.workflows.W.steps.0.a.inputs.email`: in `{{ secrets.NOPE }}`: ",
        ),
        (
            with_steps(contact_created, "          - A B: { action: contacts.create, inputs: { email: x } }\n"),
            "a.yaml:9:18: `integrations.hubspot.workflows.W.steps.0.A B`: `A B` cannot be a step's key: use lower-case letters, digits and `_`, and begin with a letter",
        ),
        (
            "project: Acme\nintegrations: { hubspot: { workflows: { W: {} } } }\n".into(),
            "a.yaml:2:44: `integrations.hubspot.workflows.W.trigger`: `trigger` is missing, for example `trigger: { appEvent: Contact Created }`",
        ),
        (
            FILE.replace("title: List, type: TEXT_NO_VARS, required: false", "title: List, type: TEXT_NO_VARS"),
            "a.yaml:19:25: `integrations.hubspot.workflows.Sync contacts.defaultEnabled`: a workflow with required settings cannot be on by default: nobody has filled in `list` yet; give it `required: false` or a `defaultValue`",
        ),
        (
            "project: Acme\nconnectedUsers: { u: { credentials: { hubspot: { accessToken: x } } } }\n".into(),
            "a.yaml:2:48: `connectedUsers.u.credentials.hubspot`: the project has no integration `hubspot`; add it under `integrations`",
        ),
        (
            FILE.replace("workflows: { Sync contacts: { enabled: false", "workflows: { Sync contact: { enabled: false"),
            "hubspot has no workflow `Sync contact`; there are `Sync contacts`",
        ),
        (
            FILE.replace("2035-01-01T00:00:00Z", "tomorrow"),
            "`tomorrow` is not an RFC 3339 time such as 2030-01-01T00:00:00Z",
        ),
    ];
    assert!(wrong.len() >= 20);
    let mut others = Vec::new();
    for (text, expected) in wrong {
        let message = refused(&app, &text).await;
        if !message.contains(expected) {
            others.push(format!("expected: {expected}\ngot:      {message}\nfor:\n{text}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n\n"));
    assert_eq!(project(&app).await, None, "nothing of a wrong file was applied");
}

#[tokio::test]
async fn every_problem_of_a_file_is_named_in_the_order_of_the_file() {
    let app = TestApp::start().await;
    let text = "project: A\nappEvents: { B: 1 }\nsecrets: { C: 2 }\nintegrations: { hubspt: {} }\n";
    let message = refused(&app, text).await;
    let places: Vec<&str> = message.lines().map(|line| line.split(": ").next().expect("a place")).collect();
    assert_eq!(places, ["a.yaml:2:17", "a.yaml:3:15", "a.yaml:4:17"]);
}
