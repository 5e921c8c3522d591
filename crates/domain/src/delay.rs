//! A delay: a step that waits. The run is a row with a wake time meanwhile; no task holds it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The longest delay.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// How long a run waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Delay {
    /// A number from 0 up, or a text that is one `{{ expression }}`.
    pub amount: Value,
    /// What the amount counts.
    #[serde(default)]
    pub unit: Unit,
}

/// What a delay's amount counts. A day is 24 hours, whatever the clocks of a zone do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// 60 seconds.
    #[default]
    Minutes,
    /// 3,600 seconds.
    Hours,
    /// 86,400 seconds.
    Days,
}

impl Unit {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    fn seconds(self) -> f64 {
        match self {
            Self::Seconds => 1.0,
            Self::Minutes => 60.0,
            Self::Hours => 3_600.0,
            Self::Days => 86_400.0,
        }
    }
}

impl Delay {
    /// What is filled in before the run waits.
    pub fn templates(&self) -> Value {
        json!({"amount": self.amount, "unit": self.unit})
    }

    /// What is wrong with it as it is written: `(field, message)`.
    pub fn problems(&self) -> Option<(&'static str, String)> {
        if self.amount.as_str().is_some_and(|text| text.trim_start().starts_with("{{")) {
            return None;
        }
        self.duration(&self.amount).err().map(|message| ("amount", message))
    }

    /// How long a filled-in amount is.
    pub fn duration(&self, amount: &Value) -> Result<Duration, String> {
        // A form or an event may hold the number as text.
        let number = match amount {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let Some(number) = number.filter(|number| *number >= 0.0) else {
            return Err("a delay is a number from 0 up, or one `{{ expression }}` that gives one".into());
        };
        Duration::try_from_secs_f64(number * self.unit.seconds())
            .ok()
            .filter(|duration| *duration <= LONGEST)
            .ok_or_else(|| format!("{number} {} are too long: a delay is at most 365 days", self.unit.as_str()))
    }

    /// What people call it, for example `Wait 5 minutes`.
    pub fn title(&self) -> String {
        let amount = self.amount.as_str().map_or_else(|| self.amount.to_string(), str::to_owned);
        format!("Wait {amount} {}", self.unit.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_or_a_text_that_holds_one() {
        let delay = |unit: Unit| Delay { amount: json!(1), unit };
        let seconds = |unit: Unit, amount: Value| delay(unit).duration(&amount).map(|found| found.as_secs_f64());
        assert_eq!(seconds(Unit::Seconds, json!(1.5)), Ok(1.5));
        assert_eq!(seconds(Unit::Minutes, json!("2")), Ok(120.0));
        assert_eq!(seconds(Unit::Hours, json!(1)), Ok(3_600.0));
        assert_eq!(seconds(Unit::Days, json!(365)), Ok(31_536_000.0));
        for wrong in [json!(null), json!("soon"), json!(-1), json!("NaN"), json!("inf"), json!([1]), json!(366)] {
            assert!(seconds(Unit::Days, wrong.clone()).is_err(), "{wrong}");
        }
    }
}
