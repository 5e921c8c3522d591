//! What the pages of connect links, and of the window's end, say in each language. A language has every
//! word, or it does not compile.
//!
//! What other parts of the server say of an error is theirs and stays as it is.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use serde::Deserialize;

/// `?lang=de` of a page's address.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    pub(super) lang: Option<String>,
}

/// A language that the pages speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    German,
}

/// The words of a language.
pub(super) struct Words {
    pub(super) connect: fn(provider: &str) -> String,
    pub(super) wants: fn(project: &str, provider: &str) -> String,
    /// The user as HTML.
    pub(super) for_user: fn(user: &str) -> String,
    pub(super) go_on: fn(provider: &str) -> String,
    pub(super) connecting: fn(provider: &str) -> String,
    pub(super) one_moment: &'static str,
    pub(super) cannot: &'static str,
    pub(super) link_unknown: &'static str,
    pub(super) link_used: &'static str,
    pub(super) link_expired: &'static str,
    pub(super) link_stopped: &'static str,
    pub(super) foreign_form: &'static str,
    pub(super) our_side: &'static str,
    pub(super) connected: fn(provider: &str) -> String,
    pub(super) nothing: &'static str,
    pub(super) denied: &'static str,
    pub(super) close: &'static str,
    pub(super) close_and_again: &'static str,
    pub(super) back: &'static str,
    pub(super) open_again: &'static str,
    pub(super) only_by_provider: &'static str,
    pub(super) used_or_late: &'static str,
    pub(super) other_browser: &'static str,
}

static ENGLISH: Words = Words {
    connect: |provider| format!("Connect {provider}?"),
    wants: |project, provider| format!("{project} wants to connect your {provider} account."),
    for_user: |user| format!("It is connected for the user {user}. Continue only if you expected this."),
    go_on: |provider| format!("Continue to {provider}"),
    connecting: |provider| format!("Connecting {provider}"),
    one_moment: "One moment…",
    cannot: "This account cannot be connected",
    link_unknown: "This link is not known, or has expired. Ask for a new one.",
    link_used: "An account was connected with this link already. It works once.",
    link_expired: "This link has expired. Ask for a new one.",
    link_stopped: "This link works no more. Ask for a new one.",
    foreign_form: "this form was not sent by our own page",
    our_side: "something went wrong on our side; try again",
    connected: |provider| format!("{provider} is connected"),
    nothing: "Nothing was connected",
    denied: "Access was not granted.",
    close: "You can close this window.",
    close_and_again: "You can close this window and try again.",
    back: "Back to the application",
    open_again: "Open the link again to try once more.",
    only_by_provider: "This address is only opened by the provider after signing in there.",
    used_or_late: "This sign-in was used already, or took longer than a quarter of an hour. Begin again in the application.",
    other_browser: "This sign-in was not begun in this browser. Begin again in the application.",
};

static GERMAN: Words = Words {
    connect: |provider| format!("{provider} verbinden?"),
    wants: |project, provider| format!("{project} möchte Ihr {provider}-Konto verbinden."),
    for_user: |user| {
        format!("Es wird für den Benutzer {user} verbunden. Fahren Sie nur fort, wenn Sie damit gerechnet haben.")
    },
    go_on: |provider| format!("Weiter zu {provider}"),
    connecting: |provider| format!("{provider} wird verbunden"),
    one_moment: "Einen Augenblick…",
    cannot: "Dieses Konto kann nicht verbunden werden",
    link_unknown: "Dieser Link ist nicht bekannt oder abgelaufen. Bitten Sie um einen neuen.",
    link_used: "Mit diesem Link wurde schon ein Konto verbunden. Er gilt nur einmal.",
    link_expired: "Dieser Link ist abgelaufen. Bitten Sie um einen neuen.",
    link_stopped: "Dieser Link gilt nicht mehr. Bitten Sie um einen neuen.",
    foreign_form: "Dieses Formular kam nicht von unserer eigenen Seite.",
    our_side: "Bei uns ist etwas schiefgegangen. Versuchen Sie es noch einmal.",
    connected: |provider| format!("{provider} ist verbunden"),
    nothing: "Es wurde nichts verbunden",
    denied: "Der Zugriff wurde nicht erlaubt.",
    close: "Sie können dieses Fenster schließen.",
    close_and_again: "Sie können dieses Fenster schließen und es noch einmal versuchen.",
    back: "Zurück zur Anwendung",
    open_again: "Öffnen Sie den Link noch einmal, um es erneut zu versuchen.",
    only_by_provider: "Diese Adresse öffnet nur der Anbieter, nachdem man sich dort angemeldet hat.",
    used_or_late: "Diese Anmeldung wurde schon benutzt oder hat länger als eine Viertelstunde gedauert. Beginnen Sie in der Anwendung noch einmal.",
    other_browser: "Diese Anmeldung wurde nicht in diesem Browser begonnen. Beginnen Sie in der Anwendung noch einmal.",
};

impl Language {
    /// The one that is asked for by name, else the browser's.
    pub(super) fn of(asked: Option<&str>, headers: &HeaderMap) -> Self {
        if let Some(language) = asked.and_then(Self::named) {
            return language;
        }
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut best = (0.0, Self::English);
        for entry in accepted.split(',') {
            let mut parts = entry.split(';');
            let Some(language) = parts.next().and_then(Self::named) else { continue };
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// The language of a tag such as `de` or `de-AT`.
    fn named(tag: &str) -> Option<Self> {
        match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "de" => Some(Self::German),
            _ => None,
        }
    }

    /// As a page names it.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Its words.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_that_is_asked_for_else_the_one_that_is_liked_most() {
        for (asked, accepted, expected) in [
            (None, "", "en"),
            (None, "de", "de"),
            (None, "fr-FR, de-AT;q=0.8, en;q=0.7", "de"),
            (None, "en-GB, de;q=0.9", "en"),
            (None, "de;q=0, en;q=0.1", "en"),
            (None, "fr", "en"),
            (Some("de-CH"), "en", "de"),
            (Some("en"), "de", "en"),
            (Some("xx"), "de", "de"),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, accepted.parse().expect("a value"))]);
            assert_eq!(Language::of(asked, &headers).tag(), expected, "{asked:?} {accepted}");
        }
    }
}
