//! What the pages of connect links, and those of the OAuth window, say in each language. A language has every
//! word, or it does not compile.
//!
//! What other parts of the server say of an error is theirs and stays as it is.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use linchpin_connectors::{Misfit, Why};

use crate::http::error::ApiError;

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
    pub(super) close: &'static str,
    pub(super) close_and_again: &'static str,
    pub(super) back: &'static str,
    pub(super) open_again: &'static str,
    pub(super) only_by_provider: &'static str,
    pub(super) used_or_late: &'static str,
    pub(super) other_browser: &'static str,
    pub(super) ways: &'static str,
    pub(super) next: &'static str,
    pub(super) other_way: &'static str,
    pub(super) optional: &'static str,
    pub(super) choose: &'static str,
    pub(super) look_again: &'static str,
    pub(super) connect_it: fn(provider: &str) -> String,
    pub(super) one_more: fn(provider: &str) -> String,
    pub(super) rest: fn(provider: &str) -> String,
    pub(super) finish: &'static str,
    pub(super) not_taken: fn(provider: &str, message: &str) -> String,
    /// The sentence about a value.
    pub(super) misfit: fn(&Misfit) -> String,
    /// The user and the origin as HTML.
    pub(super) asked_by: fn(user: &str, origin: &str) -> String,
    pub(super) go_on_here: &'static str,
    pub(super) cancel: &'static str,
    pub(super) did_not_go_on: &'static str,
    pub(super) no_cookie: &'static str,
    pub(super) opened_by_other: fn(origin: &str) -> String,
    /// What an error's code says, where its own words are of another language.
    by_code: fn(code: &str) -> Option<&'static str>,
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
    close: "You can close this window.",
    close_and_again: "You can close this window and try again.",
    back: "Back to the application",
    open_again: "Open the link again to try once more.",
    only_by_provider: "This address is only opened by the provider after signing in there.",
    used_or_late: "This sign-in was used already, or took longer than a quarter of an hour. Begin again in the application.",
    other_browser: "This sign-in was not begun in this browser. Begin again in the application.",
    ways: "How do you want to connect?",
    next: "Continue",
    other_way: "Connect in another way",
    optional: "optional",
    choose: "Choose…",
    look_again: "Something is not right yet. Look at the marked fields.",
    connect_it: |provider| format!("Connect {provider}"),
    one_more: |provider| format!("{provider} needs one more thing"),
    rest: |provider| format!("Your {provider} account is connected. It is used once this is filled in."),
    finish: "Finish",
    not_taken: |provider, message| format!("{provider} does not accept this: {message}."),
    misfit: |misfit| format!("{misfit}.").replace('`', ""),
    asked_by: |user, origin| {
        format!("It is connected for the user {user}, asked for by {origin}. Continue only if you began this there.")
    },
    go_on_here: "Continue",
    cancel: "Cancel",
    did_not_go_on: "The application did not go on. Close this window and begin again there.",
    no_cookie: "This browser keeps no cookie of this window. Allow cookies for this site, or begin again in the application.",
    opened_by_other: |origin| format!("{origin} opened this window, and is not among the project's allowed origins"),
    by_code: |_| None,
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
    close: "Sie können dieses Fenster schließen.",
    close_and_again: "Sie können dieses Fenster schließen und es noch einmal versuchen.",
    back: "Zurück zur Anwendung",
    open_again: "Öffnen Sie den Link noch einmal, um es erneut zu versuchen.",
    only_by_provider: "Diese Adresse öffnet nur der Anbieter, nachdem man sich dort angemeldet hat.",
    used_or_late: "Diese Anmeldung wurde schon benutzt oder hat länger als eine Viertelstunde gedauert. Beginnen Sie in der Anwendung noch einmal.",
    other_browser: "Diese Anmeldung wurde nicht in diesem Browser begonnen. Beginnen Sie in der Anwendung noch einmal.",
    ways: "Wie möchten Sie verbinden?",
    next: "Weiter",
    other_way: "Auf andere Weise verbinden",
    optional: "freiwillig",
    choose: "Auswählen…",
    look_again: "Etwas stimmt noch nicht. Sehen Sie sich die markierten Felder an.",
    connect_it: |provider| format!("{provider} verbinden"),
    one_more: |provider| format!("{provider}: Es fehlt noch eine Angabe"),
    rest: |provider| format!("Ihr {provider}-Konto ist verbunden. Es wird benutzt, sobald dies ausgefüllt ist."),
    finish: "Fertigstellen",
    not_taken: |provider, message| format!("{provider} nimmt das nicht an: {message}."),
    misfit: german_misfit,
    asked_by: |user, origin| {
        format!(
            "Es wird für den Benutzer {user} verbunden, und {origin} hat darum gebeten. Fahren Sie nur fort, wenn Sie dort damit begonnen haben."
        )
    },
    go_on_here: "Weiter",
    cancel: "Abbrechen",
    did_not_go_on: "Die Anwendung hat nicht weitergemacht. Schließen Sie dieses Fenster und beginnen Sie dort noch einmal.",
    no_cookie: "Dieser Browser behält kein Cookie dieses Fensters. Erlauben Sie Cookies für diese Seite, oder beginnen Sie in der Anwendung noch einmal.",
    opened_by_other: |origin| {
        format!("{origin} hat dieses Fenster geöffnet und gehört nicht zu den erlaubten Seiten des Projekts")
    },
    by_code: |code| {
        Some(match code {
            "oauth_denied" => "Der Zugriff wurde nicht erlaubt.",
            "link_used" => "Mit diesem Link wurde schon ein Konto verbunden. Er gilt nur einmal.",
            "inactive" => "Diese Anbindung ist in der Anwendung ausgeschaltet. Fragen Sie dort nach.",
            "not_set_up" => {
                "Diese Anbindung ist in der Anwendung noch nicht fertig eingerichtet. Fragen Sie dort nach."
            }
            "user_disabled" | "7210" => "Dieser Benutzer ist in der Anwendung gesperrt. Fragen Sie dort nach.",
            "token_missing" | "token_invalid" | "token_expired" => {
                "Die Anmeldung in der Anwendung ist abgelaufen. Laden Sie dort die Seite neu und beginnen Sie noch einmal."
            }
            "other_account" => {
                "Das ist ein anderes Konto als das, das neu verbunden werden sollte. Melden Sie sich mit jenem an, oder verbinden Sie dieses als weiteres Konto."
            }
            "unreachable" | "account_unknown" => {
                "Der Anbieter hat nicht so geantwortet, wie es nötig ist. Versuchen Sie es später noch einmal."
            }
            "code_rejected" => "Der Anbieter hat die Anmeldung nicht angenommen. Versuchen Sie es noch einmal.",
            "too_many_requests" => "Das waren zu viele Versuche. Warten Sie einen Augenblick.",
            "not_found" => "Das gibt es hier nicht mehr. Beginnen Sie in der Anwendung noch einmal.",
            _ => return None,
        })
    },
};

fn german_misfit(misfit: &Misfit) -> String {
    let title = &misfit.title;
    match &misfit.why {
        Why::Needed => format!("{title} wird gebraucht."),
        Why::NotText => format!("{title} ist ein Text."),
        Why::NotOneLine => format!("{title} ist eine einzige Zeile Text."),
        Why::NotEmail => format!("{title} ist eine E-Mail-Adresse, etwa ann@example.com."),
        Why::NotOffered(values) => format!("{title} ist eines von: {}.", values.join(", ")),
        Why::NotSubdomain(None) => {
            format!("{title} ist ein Teil der Adresse: Buchstaben, Ziffern und Bindestriche.")
        }
        Why::NotSubdomain(Some(suffix)) => {
            format!("{title} ist der Teil der Adresse vor {suffix}: Buchstaben, Ziffern und Bindestriche.")
        }
        Why::NotHost(hosts) => {
            format!("{title} ist der Name eines Servers, etwa api.example.com (erlaubt: {}).", hosts.join(", "))
        }
        Why::NotAddress => {
            format!("{title} ist die Basisadresse einer API, https und ein Name, etwa https://api.example.com/v1.")
        }
        Why::NotHeader => format!("{title} ist der Name eines Headers, etwa X-API-Key."),
        Why::NotAsked { connector, .. } => format!("{connector} fragt nicht nach {title}."),
    }
}

impl Words {
    /// What went wrong, as a sentence.
    pub(super) fn told(&self, error: &ApiError) -> String {
        if let Some(text) = (self.by_code)(error.code()) {
            return text.to_owned();
        }
        let text = error.message().trim_end_matches('.');
        let mut chars = text.chars();
        chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
    }
}

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
