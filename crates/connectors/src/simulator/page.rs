//! The page for people: the newest records, as they come.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use url::form_urlencoded::parse;

use super::reply::{escape, html};
use super::state::Shared;
use crate::shape::text_of;

/// Records on the page.
const SHOWN: usize = 200;

const STYLE: &str = "
:root{--brand:#888;--ink:#33475b;--dim:#7c98b6;--line:#dfe3eb;--back:#f5f8fa;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#8ba3bd;--line:#2c3a4a;--back:#121a23;--paper:#1a2430}}
*{box-sizing:border-box}body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back)}
header{display:flex;align-items:center;gap:12px;padding:12px 24px;background:var(--paper);border-bottom:3px solid var(--brand)}
header b{font-size:17px}header span{padding:2px 10px;border-radius:99px;background:var(--brand);color:#fff;font-size:12px;font-weight:600}
main{padding:24px;max-width:1200px;margin:auto}nav{display:flex;gap:18px;margin-bottom:14px}nav a{color:var(--dim);text-decoration:none;padding-bottom:4px}
nav a[aria-current]{color:var(--ink);border-bottom:2px solid var(--brand)}h1{font-size:22px;margin:0 0 12px}
.scroll{overflow:auto;background:var(--paper);border:1px solid var(--line);border-radius:6px}
table{width:100%;border-collapse:collapse}th,td{text-align:left;padding:9px 14px;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-size:12px;color:var(--dim);font-weight:600}tr:last-child td{border-bottom:0}.none{padding:48px;text-align:center;color:var(--dim)}
p.total{color:var(--dim)}.card{max-width:480px;margin:40px auto;background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:28px 32px}
.card ul{padding-left:18px}.card small{display:block;color:var(--dim)}.card select{font:inherit;padding:6px;margin-left:6px;max-width:100%}
.row{display:flex;align-items:center;gap:20px;margin-top:22px}button{font:inherit;font-weight:600;color:#fff;background:var(--brand);border:0;border-radius:4px;padding:10px 22px;cursor:pointer}
.row a{color:var(--dim)}";

/// Replaces the list when it changed, so that nothing flickers and a selection survives.
const REFRESH: &str = "
let shown=null;setInterval(async()=>{if(document.hidden)return;try{
const text=await(await fetch(location.search?location.search+'&part=1':'?part=1')).text();
if(text!==shown){shown=text;document.getElementById('list').innerHTML=text}}catch{}},1000)";

/// The list of records.
pub(super) fn show(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let value =
        |wanted: &str| parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    let resources = &shared.manifest.resources;
    let chosen = value("collection").filter(|name| resources.contains_key(name));
    let Some(name) = chosen.or_else(|| resources.keys().next().cloned()) else {
        return html(StatusCode::OK, frame(&shared, "Records", "<main><p>There are no kinds of records.</p></main>"));
    };
    let list = list(&shared, &name);
    if value("part").is_some() {
        return html(StatusCode::OK, list);
    }
    let mut tabs = String::new();
    for other in resources.keys() {
        let current = if *other == name { " aria-current=page" } else { "" };
        let label = escape(&capital(other));
        // Writing to a String cannot fail.
        let _ = write!(tabs, "<a href=\"?collection={}\"{current}>{label}</a>", escape(other));
    }
    let keys = keys(&shared);
    let body = format!(
        "<main><nav aria-label=Records>{tabs}</nav><div id=list aria-live=polite>{list}</div>{keys}</main>\
         <script>{REFRESH}</script>"
    );
    html(StatusCode::OK, frame(&shared, &capital(&name), &body))
}

fn list(shared: &Shared, name: &str) -> String {
    let resource = &shared.manifest.resources[name];
    let state = shared.state.lock();
    let total = state.records.count(name);
    let title = escape(&capital(name));
    if total == 0 {
        return format!(
            "<h1>{title}</h1><div class=scroll><p class=none>No {} yet. They appear here as soon as they are created.</p></div>",
            escape(name)
        );
    }
    let mut head = String::new();
    for column in &resource.columns {
        let label = resource.fields.iter().find(|field| &field.name == column).map_or(column, |field| &field.title);
        let _ = write!(head, "<th scope=col>{}</th>", escape(label));
    }
    let mut rows = String::new();
    for (account, record) in state.records.newest(name, SHOWN) {
        rows.push_str("<tr>");
        for column in &resource.columns {
            let text = record.properties.get(column).map(text_of).unwrap_or_default();
            let _ = write!(rows, "<td>{}</td>", escape(&text));
        }
        let account = shared.simulator.accounts.get(account).map_or("", |account| account.name.as_str());
        let created = record.created_at.to_string();
        let created = created.get(..19).unwrap_or(&created).replace('T', " ");
        let _ = write!(rows, "<td>{}</td><td>{created}</td></tr>", escape(account));
    }
    let note = if total > SHOWN { format!("the newest {SHOWN} of {total}") } else { format!("{total}") };
    format!(
        "<h1>{title}</h1><p class=total>{note} {}</p><div class=scroll><table><thead><tr>{head}\
         <th scope=col>Account</th><th scope=col>Created</th></tr></thead><tbody>{rows}</tbody></table></div>",
        escape(name)
    )
}

/// What is entered to connect an account, where no consent page is.
fn keys(shared: &Shared) -> String {
    let mut rows = String::new();
    for account in shared.simulator.accounts.iter().filter(|account| !account.inputs.is_empty()) {
        let mut inputs = String::new();
        for (name, value) in &account.inputs {
            // Writing to a String cannot fail.
            let _ = write!(inputs, "{} <code>{}</code> ", escape(name), escape(value));
        }
        let _ = write!(rows, "<tr><td>{}</td><td>{inputs}</td></tr>", escape(&account.name));
    }
    if rows.is_empty() {
        return rows;
    }
    format!(
        "<h1 style=\"margin-top:28px\">To connect</h1><p class=total>What these accounts take instead of real keys.</p>\
         <div class=scroll><table><thead><tr><th scope=col>Account</th><th scope=col>Enter</th></tr></thead>\
         <tbody>{rows}</tbody></table></div>"
    )
}

fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// A whole page, marked as simulated.
pub(super) fn frame(shared: &Shared, title: &str, body: &str) -> String {
    let name = escape(&shared.manifest.name);
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <link rel=icon href=\"data:,\"><title>{} · Simulated {name}</title><style>{STYLE}\n:root{{--brand:{}}}</style></head><body>\
         <header><b>{name}</b><span>Simulated {name}</span></header>{body}</body></html>",
        escape(title),
        shared.manifest.brand_color,
    )
}
