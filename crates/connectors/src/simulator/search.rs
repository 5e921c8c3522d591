//! Search by groups of filters: groups are alternatives, filters within one must all hold.

use std::cmp::Ordering;

use linchpin_domain::Timestamp;
use serde_json::{Map, Value};

use super::records::Record;
use crate::manifest::Stamps;
use crate::shape::text_of;

/// A search as it was asked for.
#[derive(Debug)]
pub(super) struct Search<'a> {
    groups: Vec<Vec<Filter<'a>>>,
    query: Option<String>,
    sort: Option<(String, bool)>,
    stamps: Option<&'a Stamps>,
}

#[derive(Debug)]
struct Filter<'a> {
    field: &'a str,
    operator: &'a str,
    value: String,
    high: String,
    values: Vec<String>,
}

const OPERATORS: [&str; 13] = [
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
];

impl<'a> Search<'a> {
    /// Reads the inputs of a search.
    pub(super) fn read(values: &'a Map<String, Value>, stamps: Option<&'a Stamps>) -> Result<Self, String> {
        let mut groups = Vec::new();
        for group in list(values.get("filterGroups"), "filterGroups")? {
            let filters = list(group.get("filters"), "filters")?;
            groups.push(filters.iter().map(Filter::read).collect::<Result<Vec<_>, _>>()?);
        }
        if groups.len() > 5 || groups.iter().any(|group| group.len() > 6) {
            return Err("at most 5 filter groups of 6 filters each are allowed".into());
        }
        let query = values.get("query").and_then(Value::as_str).map(str::to_lowercase).filter(|text| !text.is_empty());
        let sort = match list(values.get("sorts"), "sorts")?.first() {
            None => None,
            Some(Value::String(name)) => match name.strip_prefix('-') {
                Some(name) => Some((name.to_owned(), true)),
                None => Some((name.clone(), false)),
            },
            Some(sort) => {
                let name = sort.get("propertyName").and_then(Value::as_str).ok_or("a sort needs a propertyName")?;
                Some((name.to_owned(), sort.get("direction").is_some_and(|value| value == "DESCENDING")))
            }
        };
        Ok(Self { groups, query, sort, stamps })
    }

    /// A value that must be equal in a field, when the search is nothing but that.
    pub(super) fn single_equal(&self) -> Option<(&str, &str)> {
        match self.groups.as_slice() {
            [group] if self.query.is_none() => match group.as_slice() {
                [filter] if filter.operator == "EQ" => Some((filter.field, &filter.value)),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn matches(&self, record: &Record) -> bool {
        let groups = self.groups.is_empty()
            || self.groups.iter().any(|group| group.iter().all(|filter| filter.matches(record, self.stamps)));
        let query = self.query.as_ref().is_none_or(|query| {
            record.properties.values().any(|value| text_of(value).to_lowercase().contains(query.as_str()))
        });
        groups && query
    }

    pub(super) fn order(&self, found: &mut [&Record]) {
        if let Some((field, descending)) = &self.sort {
            found.sort_by(|a, b| {
                let order = compare(&text(a, field, self.stamps), &text(b, field, self.stamps));
                if *descending { order.reverse() } else { order }
            });
        }
    }
}

impl<'a> Filter<'a> {
    fn read(value: &'a Value) -> Result<Self, String> {
        let part = |name: &str| value.get(name).and_then(Value::as_str);
        let field = part("propertyName").ok_or("a filter needs a propertyName")?;
        let operator = part("operator").ok_or("a filter needs an operator")?;
        if !OPERATORS.contains(&operator) {
            return Err(format!("there is no operator {operator}"));
        }
        let folded = |name: &str| value.get(name).map(|value| text_of(value).to_lowercase());
        let needs = match operator {
            "HAS_PROPERTY" | "NOT_HAS_PROPERTY" => None,
            "IN" | "NOT_IN" => Some("values"),
            _ => Some("value"),
        };
        if let Some(name) = needs.filter(|name| value.get(name).is_none()) {
            return Err(format!("the operator {operator} needs `{name}`"));
        }
        let values = list(value.get("values"), "values")?;
        Ok(Self {
            field,
            operator,
            value: folded("value").unwrap_or_default(),
            high: folded("highValue").unwrap_or_default(),
            values: values.iter().map(|value| text_of(value).to_lowercase()).collect(),
        })
    }

    fn matches(&self, record: &Record, stamps: Option<&Stamps>) -> bool {
        let held = text(record, self.field, stamps);
        let has = !held.is_empty();
        let order = || compare(&held, &self.value);
        let token = || {
            let wanted = self.value.trim_matches('*');
            held.split(|c: char| !c.is_alphanumeric()).any(|word| word == wanted)
                || (self.value.contains('*') && held.contains(wanted))
                || held == wanted
        };
        match self.operator {
            "EQ" => has && held == self.value,
            "NEQ" => held != self.value,
            "LT" => has && order() == Ordering::Less,
            "LTE" => has && order() != Ordering::Greater,
            "GT" => has && order() == Ordering::Greater,
            "GTE" => has && order() != Ordering::Less,
            "BETWEEN" => has && order() != Ordering::Less && compare(&held, &self.high) != Ordering::Greater,
            "IN" => has && self.values.contains(&held),
            "NOT_IN" => !self.values.contains(&held),
            "HAS_PROPERTY" => has,
            "NOT_HAS_PROPERTY" => !has,
            "CONTAINS_TOKEN" => has && token(),
            _ => !token(),
        }
    }
}

fn list<'a>(value: Option<&'a Value>, name: &str) -> Result<&'a [Value], String> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(format!("`{name}` must be a list")),
    }
}

/// What a record holds in a field; times that the provider sets itself in milliseconds, as filters
/// compare them.
fn text(record: &Record, field: &str, stamps: Option<&Stamps>) -> String {
    if let Some(at) = stamp(record, field, stamps) {
        return at.as_millis().to_string();
    }
    record.properties.get(field).map(|value| text_of(value).to_lowercase()).unwrap_or_default()
}

fn stamp(record: &Record, field: &str, stamps: Option<&Stamps>) -> Option<Timestamp> {
    let stamps = stamps?;
    if field == stamps.created {
        Some(record.created_at)
    } else if field == stamps.modified || stamps.also_modified.iter().any(|name| name == field) {
        Some(record.updated_at)
    } else {
        None
    }
}

/// Numbers as numbers, times as times, all else as text.
fn compare(a: &str, b: &str) -> Ordering {
    let number = |text: &str| {
        let time = || Timestamp::parse(&text.to_uppercase()).map(|at| at.as_millis() as f64);
        text.parse::<f64>().ok().or_else(time)
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}
