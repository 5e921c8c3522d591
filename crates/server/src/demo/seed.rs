//! The demo's project, signing key and dashboard account. A second start finds them and changes
//! nothing that somebody has changed since.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use linchpin_domain::id::{ProjectId, secret_text};
use linchpin_store::{members, projects};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::data_dir;
use crate::http::auth::setup::{self, Person};
use crate::project_file::{self, Mode, Resolver};
use crate::signing_key;
use crate::state::App;

const PROJECT_FILE: &str = include_str!("../../../../examples/demo/linchpin.yaml");
const PROJECT: &str = "Acme CRM";
const PRIVATE_KEY: &str = "signing-key.pem";
const PUBLIC_KEY: &str = "signing-key.public.pem";
const ACCOUNT: &str = "demo-account.json";

/// Who signs in to the dashboard.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// Signs in with it.
    pub email: String,
    /// And with this. It is written into the data directory, because it is a demo's.
    pub password: String,
}

/// What the demo runs on.
pub struct Seeded {
    pub project_id: ProjectId,
    pub private_key: SecretString,
    pub signing_key_file: PathBuf,
    pub account: Account,
}

/// Makes what is missing.
pub async fn seed(app: &App, simulator_url: &str) -> Result<Seeded> {
    let data = std::fs::canonicalize(&app.config.data)?;
    let signing_key_file = data.join(PRIVATE_KEY);
    if !signing_key_file.exists() {
        let pair = signing_key::generate();
        let _ = std::fs::remove_file(data.join(PUBLIC_KEY));
        data_dir::write_new(&data.join(PUBLIC_KEY), pair.public.pem.trim_end())?;
        data_dir::write_new(&signing_key_file, pair.private_pem.expose_secret().trim_end())?;
    }
    let private_key = SecretString::from(std::fs::read_to_string(&signing_key_file)?);
    let account = account(app, &data).await?;
    let known = projects::find_by_name(&mut app.store.read().await?, PROJECT).await?;
    let file = match known {
        // The port may be another one than last time; all else is the user's.
        Some(_) => json!({
            "project": PROJECT,
            "integrations": {"hubspot": {"baseUrls": {"api": simulator_url, "authorize": simulator_url}}},
        })
        .to_string(),
        None => PROJECT_FILE.to_owned(),
    };
    let simulator_url = simulator_url.to_owned();
    let secret = secret_text(&*app.clock);
    let resolver = Resolver {
        variable: Some(Box::new(move |_, name| match name {
            "DEMO_SIMULATOR_URL" => Some(simulator_url.clone()),
            "DEMO_CLIENT_SECRET" => Some(secret.clone()),
            _ => None,
        })),
        folder: Some(data),
    };
    let plan = project_file::parse("examples/demo/linchpin.yaml", &file, &resolver, &app.registry)?;
    let outcome = project_file::apply(&app.store, &app.registry, &plan, Mode::default(), None).await?;
    Ok(Seeded { project_id: outcome.project_id, private_key, signing_key_file, account })
}

async fn account(app: &App, data: &Path) -> Result<Account> {
    let path = data.join(ACCOUNT);
    if members::any(&mut app.store.read().await?).await? {
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{} is missing; give the demo a directory of its own with --data", path.display())
        })?;
        return Ok(serde_json::from_str(&text)?);
    }
    let _ = std::fs::remove_file(&path);
    let account = Account { email: "demo@example.com".into(), password: secret_text(&*app.clock)[..20].to_owned() };
    data_dir::write_new(&path, &serde_json::to_string(&account)?)?;
    let person = Person {
        name: "Demo".into(),
        email: account.email.clone(),
        password: SecretString::from(account.password.clone()),
    };
    setup::add_member(&app.store, person).await?;
    Ok(account)
}
