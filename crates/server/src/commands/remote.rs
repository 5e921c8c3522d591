//! A server that the command line talks to. The operator names it, so the egress rules for providers
//! do not apply; the environment's proxy settings do.

use anyhow::{Context, Result, bail};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::apply::bearer;
use crate::project_file::import::Format;
use crate::project_file::{Mode, Plan};

/// Sends a file, with everything in it filled in.
pub async fn apply(server: &Url, key: &SecretString, plan: &Plan, mode: Mode) -> Result<Value> {
    let mut url = address(server, "api/v1/apply")?;
    url.query_pairs_mut()
        .append_pair("dryRun", if mode.dry_run { "true" } else { "false" })
        .append_pair("prune", if mode.prune { "true" } else { "false" });
    let request = client()?.post(url).header("authorization", bearer(key)).json(&plan.resolved());
    let text = send(server, request).await?;
    serde_json::from_str(&text).with_context(|| format!("{server} did not answer as a Linchpin server does"))
}

/// Sends accounts that move in, as they stand in the file.
pub async fn import(server: &Url, key: &SecretString, text: String, format: Format, dry_run: bool) -> Result<Value> {
    let project = client()?.get(address(server, "api/v1/projects")?).header("authorization", bearer(key));
    let projects: Value = serde_json::from_str(&send(server, project).await?)
        .with_context(|| format!("{server} did not answer as a Linchpin server does"))?;
    let project = projects["items"][0]["id"].as_str().context("the API key opens no project")?;
    let mut url = address(server, &format!("api/v1/projects/{project}/credentials/import"))?;
    url.query_pairs_mut().append_pair("dryRun", if dry_run { "true" } else { "false" });
    let kind = match format {
        Format::Csv => "text/csv",
        Format::Json => "application/json",
    };
    let request = client()?.post(url).header("authorization", bearer(key)).header("content-type", kind).body(text);
    let text = send(server, request).await?;
    serde_json::from_str(&text).with_context(|| format!("{server} did not answer as a Linchpin server does"))
}

/// Asks for the file of the key's project.
pub async fn export(server: &Url, key: &SecretString) -> Result<String> {
    let request = client()?.get(address(server, "api/v1/export")?).header("authorization", bearer(key));
    send(server, request).await
}

async fn send(server: &Url, request: reqwest::RequestBuilder) -> Result<String> {
    let response = request.send().await.with_context(|| format!("cannot reach the server {server}"))?;
    let status = response.status();
    let text = response.text().await.with_context(|| format!("the answer of {server} broke off"))?;
    if !status.is_success() {
        let message = serde_json::from_str::<Value>(&text)
            .ok()
            .and_then(|body| body["message"].as_str().map(str::to_owned))
            .unwrap_or_else(|| format!("it answered {status}"));
        bail!("{server} refused: {message}");
    }
    Ok(text)
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .user_agent(concat!("linchpin/", env!("CARGO_PKG_VERSION")))
        .timeout(std::time::Duration::from_mins(1))
        // A key must not follow a redirect to another host.
        .redirect(reqwest::redirect::Policy::none())
        .build()?)
}

fn address(server: &Url, path: &str) -> Result<Url> {
    let base = format!("{}/", server.as_str().trim_end_matches('/'));
    Ok(Url::parse(&base)?.join(path)?)
}
