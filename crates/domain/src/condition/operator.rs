//! The operators, under the names that the client SDK knows (contract 7.10).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::source::nearest;

macro_rules! operators {
    ($($variant:ident $wire:literal $title:literal,)*) => {
        /// How two values are compared, or what one value is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operator {
            $(#[doc = concat!("`", $wire, "`: ", $title)] $variant,)*
        }

        impl Operator {
            /// Every operator.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in files and answers.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                }
            }

            /// What people call it.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)*
                }
            }
        }
    };
}

operators! {
    None "$none" "not chosen yet",
    StringContains "$stringContains" "text contains",
    StringDoesNotContain "$stringDoesNotContain" "text does not contain",
    StringExactlyMatches "$stringExactlyMatches" "text exactly matches",
    StringDoesNotExactlyMatch "$stringDoesNotExactlyMatch" "text does not exactly match",
    StringIsIn "$stringIsIn" "text is in",
    StringIsNotIn "$stringIsNotIn" "text is not in",
    StringStartsWith "$stringStartsWith" "text starts with",
    StringDoesNotStartWith "$stringDoesNotStartWith" "text does not start with",
    StringEndsWith "$stringEndsWith" "text ends with",
    StringDoesNotEndWith "$stringDoesNotEndWith" "text does not end with",
    StringGreaterThan "$stringGreaterThan" "text sorts after",
    StringLessThan "$stringLessThan" "text sorts before",
    NumberGreaterThan "$numberGreaterThan" "number is greater than",
    NumberLessThan "$numberLessThan" "number is less than",
    NumberEquals "$numberEquals" "number equals",
    NumberDoesNotEqual "$numberDoesNotEqual" "number does not equal",
    NumberLessThanOrEqualTo "$numberLessThanOrEqualTo" "number is less than or equal to",
    NumberGreaterThanOrEqualTo "$numberGreaterThanOrEqualTo" "number is greater than or equal to",
    DateTimeAfter "$dateTimeAfter" "date and time are after",
    DateTimeBefore "$dateTimeBefore" "date and time are before",
    DateTimeEquals "$dateTimeEquals" "date and time equal",
    BooleanTrue "$booleanTrue" "is true",
    BooleanFalse "$booleanFalse" "is false",
    Exists "$exists" "exists",
    DoesNotExist "$doesNotExist" "does not exist",
    IsNotUndefinedOrNull "$isNotUndefinedOrNull" "is not null",
    IsUndefinedOrNull "$isUndefinedOrNull" "is null",
    ArrayIsIn "$arrayIsIn" "list has one of",
    ArrayIsNotIn "$arrayIsNotIn" "list has none of",
    ArrayIsEmpty "$arrayIsEmpty" "list is empty",
    ArrayIsNotEmpty "$arrayIsNotEmpty" "list is not empty",
}

impl Operator {
    /// Whether it looks at `left` alone.
    pub fn is_unary(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::BooleanTrue
                | Self::BooleanFalse
                | Self::Exists
                | Self::DoesNotExist
                | Self::IsNotUndefinedOrNull
                | Self::IsUndefinedOrNull
                | Self::ArrayIsEmpty
                | Self::ArrayIsNotEmpty
        )
    }
}

/// A name that is no operator's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no operator `{name}`; {hint}")]
pub struct UnknownOperator {
    name: String,
    hint: String,
}

impl FromStr for Operator {
    type Err = UnknownOperator;

    fn from_str(name: &str) -> Result<Self, UnknownOperator> {
        Self::ALL.iter().copied().find(|operator| operator.as_str() == name).ok_or_else(|| {
            let names = || Self::ALL.iter().skip(1).map(|operator| operator.as_str());
            let hint = nearest(name, names()).map_or_else(
                || format!("there are {}", names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            UnknownOperator { name: name.to_owned(), hint }
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Operator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Operator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_reads_as_it_is_written_and_no_name_is_used_twice() {
        let mut names = std::collections::BTreeSet::new();
        for operator in Operator::ALL {
            assert_eq!(operator.as_str().parse(), Ok(*operator));
            assert!(names.insert(operator.as_str()), "{operator}");
        }
        assert_eq!(names.len(), 32);
    }
}
