//! What a run feeds the server with: a signing key, a project file with connected users, and their tokens.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::clock;

/// A key pair made for one run.
pub struct Key {
    private_pem: String,
    public_pem: String,
}

impl Key {
    pub fn generate() -> Result<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).context("cannot make a signing key")?;
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).context("cannot encode the private key")?;
        let public =
            AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).context("cannot encode the public key")?;
        Ok(Self { private_pem: pem("PRIVATE KEY", private.as_ref()), public_pem: pem("PUBLIC KEY", public.as_ref()) })
    }
}

/// How large a project is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub users: usize,
    /// Steps of the workflow that is measured: the last creates a contact, those before it companies.
    pub steps: usize,
    /// All workflows; those beside the measured one wait for an event that does not come.
    pub workflows: usize,
}

impl Size {
    /// One workflow of one step.
    pub fn of(users: usize) -> Self {
        Self { users, steps: 1, workflows: 1 }
    }
}

/// Writes the project file: App Events, workflows and connected users, who have all workflows switched on.
pub fn write_file(path: &Path, key: &Key, target: &str, size: Size) -> Result<()> {
    let mut earlier = String::new();
    for step in 1..size.steps {
        writeln!(
            earlier,
            r#"          - create_company_{step}:
              title: Create company {step}
              action: companies.create
              inputs: {{ name: "{{{{ trigger.company }}}} {step}" }}"#
        )?;
    }
    let mut others = String::new();
    for other in 1..size.workflows {
        writeln!(
            others,
            r#"      Other {other}:
        defaultEnabled: true
        trigger: {{ appEvent: Something Else }}
        steps:
          - create_contact: {{ title: Create contact, action: contacts.create, inputs: {{ email: "{{{{ trigger.email }}}}" }} }}"#
        )?;
    }
    let mut text = format!(
        r#"project: Bench
signingKeys:
  - {{ name: bench, publicKey: {} }}
appEvents:
  Contact Created: {{ first_name: Buddha, last_name: Samuel, email: buddha@example.com, company: Acme, title: Dog }}
  Something Else: {{ email: buddha@example.com }}
integrations:
  hubspot:
    active: true
    app: {{ clientId: bench, clientSecret: bench-secret, scopes: [oauth, crm.objects.contacts.read, crm.objects.contacts.write, crm.objects.companies.write] }}
    baseUrls: {{ api: "{target}", authorize: "{target}" }}
    workflows:
      Sync contacts:
        defaultEnabled: true
        trigger: {{ appEvent: Contact Created }}
        steps:
{earlier}          - create_contact:
              title: Create contact
              action: contacts.create
              inputs:
                email: "{{{{ trigger.email }}}}"
                firstname: "{{{{ trigger.first_name }}}}"
                lastname: "{{{{ trigger.last_name }}}}"
                company: "{{{{ trigger.company }}}}"
                jobtitle: "{{{{ trigger.title }}}}"
{others}connectedUsers:
"#,
        serde_json::to_string(&key.public_pem)?
    );
    for user in 0..size.users {
        writeln!(
            text,
            r#"  user-{user}: {{ credentials: {{ hubspot: {{ externalId: main, accessToken: token-{user}, refreshToken: refresh-{user}, expiresAt: "2035-01-01T00:00:00Z", providerId: "{}" }} }} }}"#,
            1_000_000 + user
        )?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// Makes the project of a file in a data directory, with `linchpin apply`; its id.
pub fn apply(mut linchpin: Command, file: &Path, data: &Path) -> Result<String> {
    let applied = linchpin
        .arg("apply")
        .arg(file)
        .arg("--data")
        .arg(data)
        .arg("--json")
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `linchpin apply`")?;
    if !applied.status.success() {
        bail!("`linchpin apply` failed ({})", applied.status);
    }
    let ids: Value = serde_json::from_slice(&applied.stdout).context("`linchpin apply --json` printed no JSON")?;
    Ok(ids["projectId"].as_str().context("`linchpin apply --json` names no project")?.to_owned())
}

/// One token for each user.
pub fn tokens(key: &Key, users: usize) -> Result<Vec<String>> {
    let signing = EncodingKey::from_rsa_pem(key.private_pem.as_bytes())?;
    let now = clock::micros() / 1_000_000;
    (0..users)
        .map(|user| {
            let claims = json!({"sub": format!("user-{user}"), "iat": now, "exp": now + 86_400});
            Ok(jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &signing)?)
        })
        .collect()
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<&str> =
        encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64 is ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
