//! What the page of a connect link asks, as HTML that works without a script: the ways to connect, and the
//! inputs of one. What was entered is shown again beside what is wrong with it, secrets never.

use std::collections::HashMap;

use linchpin_connectors::Misfit;
use linchpin_connectors::manifest::{AccountInput, AccountInputKind, Method};
use serde_json::{Map, Value};

use crate::http::portal::page::escape;
use crate::http::portal::words::Words;

/// Which of the ways is meant, in the page's address.
pub(super) const WAY: &str = "way";

/// The ways to choose among. `kept` is what the address says besides.
pub(super) fn choice(words: &Words, ways: &[(&str, &Method)], kept: &[(&str, &str)]) -> String {
    let mut html = format!("<form method=\"get\"><fieldset><legend>{}</legend>", words.ways);
    for (index, (name, method)) in ways.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        let title = escape(method.title.as_deref().unwrap_or(name));
        let description = method
            .description
            .as_deref()
            .map_or_else(String::new, |text| format!("<span class=\"quiet\">{}</span>", escape(text)));
        html.push_str(&format!(
            "<label class=\"way\"><input type=\"radio\" name=\"{WAY}\" value=\"{}\"{checked}><span><strong>{title}</strong>{description}</span></label>",
            escape(name)
        ));
    }
    html.push_str("</fieldset>");
    for (name, value) in kept {
        html.push_str(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)));
    }
    html.push_str(&format!("<button class=\"main\" type=\"submit\">{}</button></form>", words.next));
    html
}

/// What is asked, and the button that sends it.
pub(super) struct Form<'a> {
    pub(super) words: &'a Words,
    pub(super) inputs: &'a [AccountInput],
    /// What was entered before.
    pub(super) values: &'a Map<String, Value>,
    /// What is wrong with it.
    pub(super) misfits: &'a [Misfit],
    /// What is wrong with all of it.
    pub(super) trouble: Option<&'a str>,
    pub(super) button: &'a str,
}

impl Form<'_> {
    pub(super) fn html(&self) -> String {
        let Self { words, inputs, values, misfits, trouble, button } = self;
        let wrong: HashMap<&str, String> =
            misfits.iter().map(|misfit| (misfit.input.as_str(), (words.misfit)(misfit))).collect();
        // What nothing on the page can be wrong about: only a page that is not ours sends it.
        let elsewhere = misfits.iter().find(|misfit| !inputs.iter().any(|input| input.name == misfit.input));
        let elsewhere = elsewhere.map(|misfit| (words.misfit)(misfit));
        let first = inputs.iter().find(|input| wrong.contains_key(input.name.as_str()));
        let mut html = String::from("<form method=\"post\" autocomplete=\"off\">");
        if let Some(text) = elsewhere.as_deref().or(*trouble) {
            html.push_str(&format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(text)));
        } else if first.is_some() {
            html.push_str(&format!("<p class=\"wrong\" role=\"alert\">{}</p>", words.look_again));
        }
        for (index, input) in inputs.iter().enumerate() {
            let error = wrong.get(input.name.as_str());
            let focus = if error.is_some() {
                first.is_some_and(|first| first.name == input.name)
            } else {
                index == 0 && first.is_none()
            };
            let value = values.get(&input.name).and_then(Value::as_str).filter(|_| !input.secret());
            html.push_str(&field(words, input, index, value.unwrap_or_default(), error.map(String::as_str), focus));
        }
        html.push_str(&format!("<button class=\"main\" type=\"submit\">{}</button></form>", escape(button)));
        html
    }
}

fn field(words: &Words, input: &AccountInput, index: usize, value: &str, error: Option<&str>, focus: bool) -> String {
    let optional =
        if input.optional { format!(" <span class=\"quiet\">({})</span>", words.optional) } else { String::new() };
    let mut described = Vec::new();
    let mut notes = String::new();
    if let Some(help) = &input.help {
        described.push(format!("help-{index}"));
        notes.push_str(&format!("<p class=\"quiet\" id=\"help-{index}\">{}</p>", escape(help)));
    }
    if let Some(error) = error {
        described.push(format!("wrong-{index}"));
        notes.push_str(&format!("<p class=\"wrong\" id=\"wrong-{index}\">{}</p>", escape(error)));
    }
    let mut attributes = format!("id=\"input-{index}\" name=\"{}\"", escape(&input.name));
    if !described.is_empty() {
        attributes.push_str(&format!(" aria-describedby=\"{}\"", described.join(" ")));
    }
    if error.is_some() {
        attributes.push_str(" aria-invalid=\"true\"");
    }
    if !input.optional {
        attributes.push_str(" required");
    }
    if focus {
        attributes.push_str(" autofocus");
    }
    let control = match input.kind {
        AccountInputKind::Enum => choices(words, input, value, &attributes),
        kind => {
            let kind = match kind {
                AccountInputKind::Secret => "type=\"password\" autocomplete=\"new-password\"",
                AccountInputKind::Email => "type=\"email\" autocomplete=\"off\"",
                AccountInputKind::Subdomain | AccountInputKind::Host | AccountInputKind::Address => {
                    "type=\"text\" inputmode=\"url\" autocapitalize=\"none\" autocomplete=\"off\""
                }
                AccountInputKind::Text | AccountInputKind::Header | AccountInputKind::Enum => {
                    "type=\"text\" autocomplete=\"off\""
                }
            };
            let example = input
                .placeholder
                .as_deref()
                .map_or_else(String::new, |text| format!(" placeholder=\"{}\"", escape(text)));
            format!("<input {kind} {attributes} spellcheck=\"false\" value=\"{}\"{example}>", escape(value))
        }
    };
    let suffix = input
        .suffix
        .as_deref()
        .map_or_else(String::new, |text| format!("<span class=\"suffix\">{}</span>", escape(text)));
    format!(
        "<div class=\"field\"><label for=\"input-{index}\">{}{optional}</label><span class=\"control\">{control}{suffix}</span>{notes}</div>",
        escape(&input.title)
    )
}

fn choices(words: &Words, input: &AccountInput, value: &str, attributes: &str) -> String {
    let mut html = format!("<select {attributes}><option value=\"\">{}</option>", words.choose);
    for option in &input.options {
        let selected = if option.value == value { " selected" } else { "" };
        html.push_str(&format!(
            "<option value=\"{}\"{selected}>{}</option>",
            escape(&option.value),
            escape(&option.label)
        ));
    }
    html.push_str("</select>");
    html
}
