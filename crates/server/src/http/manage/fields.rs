//! Checks that several nouns share. Every finding names its field.

use linchpin_domain::input::{Input, WIDGETS};

use super::super::error::ApiError;

/// Findings by field, in the order of the form.
#[derive(Debug, Default)]
pub struct Findings(Vec<(String, String)>);

impl Findings {
    /// Notes what is wrong with a field.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push((field.into(), message.into()));
    }

    /// A name: not empty, not too long, on one line. Returned without white space around it.
    pub fn name(&mut self, field: &str, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            self.add(field, "give it a name");
        } else if text.chars().count() > 120 {
            self.add(field, "use at most 120 characters");
        } else if text.chars().any(char::is_control) {
            self.add(field, "use one line without control characters");
        }
        text.to_owned()
    }

    /// User settings: templates and stored values know each by its id.
    pub fn settings(&mut self, field: &str, settings: &[Input]) {
        for (index, setting) in settings.iter().enumerate() {
            if setting.id.trim().is_empty() || settings[..index].iter().any(|earlier| earlier.id == setting.id) {
                self.add(format!("{field}[{index}].id"), "every setting needs an id of its own");
            }
            if setting.title.trim().is_empty() {
                self.add(format!("{field}[{index}].title"), "every setting needs a title");
            }
            if !WIDGETS.contains(&setting.kind.as_str()) {
                let message = format!("`{}` is no type of a setting; there are {}", setting.kind, WIDGETS.join(", "));
                self.add(format!("{field}[{index}].type"), message);
            }
        }
    }

    /// 422 when anything was found.
    pub fn done(self) -> Result<(), ApiError> {
        if self.0.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.0)) }
    }
}
