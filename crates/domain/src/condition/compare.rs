//! What each operator means, over values.
//!
//! A comparison never fails. Where the two cannot be compared (`"abc"` with `$numberGreaterThan`, or
//! null on one side), the operator does not hold. The operators that say *not* are the exact opposite
//! of their positive twins, so that they hold exactly there: null does not contain `x`.
//!
//! | operator | holds when |
//! |---|---|
//! | `$stringContains`, `$stringStartsWith`, `$stringEndsWith`, `$stringExactlyMatches` | both have a text, and the left one contains, begins with, ends with or is the right one; upper and lower case differ |
//! | `$stringDoesNotContain`, `$stringDoesNotStartWith`, `$stringDoesNotEndWith`, `$stringDoesNotExactlyMatch` | the one above does not |
//! | `$stringIsIn`, `$stringIsNotIn` | the left text is one of the right one's items; is none of them |
//! | `$stringGreaterThan`, `$stringLessThan` | both have a text, and the left one sorts after, before the right one, letter by letter |
//! | `$numberGreaterThan`, `$numberLessThan`, `$numberGreaterThanOrEqualTo`, `$numberLessThanOrEqualTo`, `$numberEquals` | both are numbers that compare so |
//! | `$numberDoesNotEqual` | `$numberEquals` does not |
//! | `$dateTimeAfter`, `$dateTimeBefore`, `$dateTimeEquals` | both are moments that compare so |
//! | `$booleanTrue`, `$booleanFalse` | it is `true`, `false`, or that as text; null is neither |
//! | `$exists`, `$isNotUndefinedOrNull` | it is not null; an empty text exists |
//! | `$doesNotExist`, `$isUndefinedOrNull` | it is null |
//! | `$arrayIsIn`, `$arrayIsNotIn` | an item of the left one is one of the right one's items; none is |
//! | `$arrayIsEmpty`, `$arrayIsNotEmpty` | it has no items; it has some |
//! | `$none` | never: the operator was not chosen yet |
//!
//! How a value is read:
//! - **text**: a text as it is; a number, `true` and `false` as JSON writes them. Null, lists and objects have none.
//! - **number**: a number, or a text that holds one (`" 12.5 "`).
//! - **moment**: an RFC 3339 text (`2026-01-31T09:00:00+01:00`); one without an offset is in UTC, and a date
//!   (`2026-01-31`) begins at midnight UTC; a number, or a text of digits, is milliseconds since 1970.
//! - **items**: those of a list; a text's, between commas, without the blanks around them; null and the
//!   empty text have none; anything else is one item. Two items are the same when they have the same text, or
//!   are the same list or object.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Operator;

/// Whether an operator holds. Operators that look at one value ignore `right`.
pub fn holds(operator: Operator, left: &Value, right: &Value) -> bool {
    use Operator as O;
    let texts = |compare: fn(&str, &str) -> bool| match (text(left), text(right)) {
        (Some(left), Some(right)) => compare(&left, &right),
        _ => false,
    };
    let is_in = || text(left).is_some_and(|left| items(right).iter().any(|item| same(&Value::from(&*left), item)));
    let shares = || {
        let right = items(right);
        items(left).iter().any(|item| right.iter().any(|other| same(item, other)))
    };
    let numbers = |wanted: fn(Ordering) -> bool| match (number(left), number(right)) {
        (Some(left), Some(right)) => left.compare(&right).is_some_and(wanted),
        _ => false,
    };
    let moments = |wanted: fn(Ordering) -> bool| match (moment(left), moment(right)) {
        (Some(left), Some(right)) => wanted(left.cmp(&right)),
        _ => false,
    };
    match operator {
        O::None => false,
        O::StringContains => texts(|left, right| left.contains(right)),
        O::StringDoesNotContain => !texts(|left, right| left.contains(right)),
        O::StringExactlyMatches => texts(|left, right| left == right),
        O::StringDoesNotExactlyMatch => !texts(|left, right| left == right),
        O::StringIsIn => is_in(),
        O::StringIsNotIn => !is_in(),
        O::StringStartsWith => texts(|left, right| left.starts_with(right)),
        O::StringDoesNotStartWith => !texts(|left, right| left.starts_with(right)),
        O::StringEndsWith => texts(|left, right| left.ends_with(right)),
        O::StringDoesNotEndWith => !texts(|left, right| left.ends_with(right)),
        O::StringGreaterThan => texts(|left, right| left > right),
        O::StringLessThan => texts(|left, right| left < right),
        O::NumberGreaterThan => numbers(Ordering::is_gt),
        O::NumberLessThan => numbers(Ordering::is_lt),
        O::NumberEquals => numbers(Ordering::is_eq),
        O::NumberDoesNotEqual => !numbers(Ordering::is_eq),
        O::NumberLessThanOrEqualTo => numbers(Ordering::is_le),
        O::NumberGreaterThanOrEqualTo => numbers(Ordering::is_ge),
        O::DateTimeAfter => moments(Ordering::is_gt),
        O::DateTimeBefore => moments(Ordering::is_lt),
        O::DateTimeEquals => moments(Ordering::is_eq),
        O::BooleanTrue => boolean(left) == Some(true),
        O::BooleanFalse => boolean(left) == Some(false),
        O::Exists | O::IsNotUndefinedOrNull => !left.is_null(),
        O::DoesNotExist | O::IsUndefinedOrNull => left.is_null(),
        O::ArrayIsIn => shares(),
        O::ArrayIsNotIn => !shares(),
        O::ArrayIsEmpty => items(left).is_empty(),
        O::ArrayIsNotEmpty => !items(left).is_empty(),
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number: whole ones are compared exactly, beyond what a float holds.
enum Number {
    Whole(i128),
    Float(f64),
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "a whole number next to a float is compared as a float")]
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => Some(left.cmp(right)),
            (Self::Whole(left), Self::Float(right)) => (*left as f64).partial_cmp(right),
            (Self::Float(left), Self::Whole(right)) => left.partial_cmp(&(*right as f64)),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(right),
        }
    }
}

fn number(value: &Value) -> Option<Number> {
    let text = match value {
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::String(text) => Cow::Borrowed(text.trim()),
        _ => return None,
    };
    if let Ok(whole) = text.parse() {
        return Some(Number::Whole(whole));
    }
    // `inf` and `nan` are words, not numbers, where people write texts.
    text.parse().ok().filter(|float: &f64| float.is_finite()).map(Number::Float)
}

/// Nanoseconds since 1970.
fn moment(value: &Value) -> Option<i128> {
    match number(value) {
        Some(Number::Whole(millis)) => return millis.checked_mul(1_000_000),
        #[expect(clippy::cast_possible_truncation, reason = "parts of a nanosecond do not matter")]
        Some(Number::Float(millis)) => return Some((millis * 1e6) as i128),
        None => {}
    }
    let text = value.as_str()?.trim();
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(moment.as_nanosecond());
    }
    let local: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(local).ok().map(jiff::Timestamp::as_nanosecond)
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn items(value: &Value) -> Cow<'_, [Value]> {
    match value {
        Value::Null => Cow::Borrowed(&[]),
        Value::Array(items) => Cow::Borrowed(items),
        Value::String(text) if text.trim().is_empty() => Cow::Borrowed(&[]),
        Value::String(text) => Cow::Owned(text.split(',').map(|item| Value::from(item.trim())).collect()),
        one => Cow::Owned(vec![one.clone()]),
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (text(left), text(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use serde_json::json;

    /// operator, left, right, whether it holds.
    fn table() -> Vec<(&'static str, Value, Value, bool)> {
        let null = Value::Null;
        let mut rows = Vec::new();
        // The ones that say *not* are the opposite over the very same rows.
        let twins = [
            ("$stringContains", "$stringDoesNotContain"),
            ("$stringExactlyMatches", "$stringDoesNotExactlyMatch"),
            ("$stringStartsWith", "$stringDoesNotStartWith"),
            ("$stringEndsWith", "$stringDoesNotEndWith"),
            ("$stringIsIn", "$stringIsNotIn"),
            ("$numberEquals", "$numberDoesNotEqual"),
            ("$arrayIsIn", "$arrayIsNotIn"),
            ("$arrayIsEmpty", "$arrayIsNotEmpty"),
            ("$exists", "$doesNotExist"),
            ("$isNotUndefinedOrNull", "$isUndefinedOrNull"),
        ];
        let positive = [
            ("$stringContains", json!("ann@acme.com"), json!("@acme"), true),
            ("$stringContains", json!("ann@acme.com"), json!("@ACME"), false),
            ("$stringContains", json!(12_345), json!(234), true),
            ("$stringContains", json!("abc"), json!(""), true),
            ("$stringContains", json!(["abc"]), json!("abc"), false),
            ("$stringContains", null.clone(), json!("x"), false),
            ("$stringContains", json!("x"), null.clone(), false),
            ("$stringExactlyMatches", json!("pro"), json!("pro"), true),
            ("$stringExactlyMatches", json!("pro"), json!("Pro"), false),
            ("$stringExactlyMatches", json!(1), json!("1"), true),
            ("$stringExactlyMatches", json!(true), json!("true"), true),
            ("$stringExactlyMatches", null.clone(), json!(""), false),
            ("$stringExactlyMatches", null.clone(), null.clone(), false),
            ("$stringStartsWith", json!("+49 30"), json!("+49"), true),
            ("$stringStartsWith", json!("030"), json!("+49"), false),
            ("$stringStartsWith", null.clone(), json!("a"), false),
            ("$stringEndsWith", json!("a.pdf"), json!(".pdf"), true),
            ("$stringEndsWith", json!("a.pdf.exe"), json!(".pdf"), false),
            ("$stringEndsWith", null.clone(), json!("a"), false),
            ("$stringIsIn", json!("b"), json!("a, b ,c"), true),
            ("$stringIsIn", json!("b"), json!(["a", "b"]), true),
            ("$stringIsIn", json!(2), json!([1, 2]), true),
            ("$stringIsIn", json!("2"), json!([1, 2]), true),
            ("$stringIsIn", json!("d"), json!("a,b,c"), false),
            ("$stringIsIn", json!("a"), json!("abc"), false),
            ("$stringIsIn", json!("a"), null.clone(), false),
            ("$stringIsIn", null.clone(), json!("a"), false),
            ("$stringIsIn", null.clone(), json!([null]), false),
            ("$numberEquals", json!(5), json!(5.0), true),
            ("$numberEquals", json!(" 5 "), json!(5), true),
            ("$numberEquals", json!(9_007_199_254_740_993_i64), json!("9007199254740992"), false),
            ("$numberEquals", json!("abc"), json!("abc"), false),
            ("$numberEquals", json!("NaN"), json!("NaN"), false),
            ("$numberEquals", json!(true), json!(1), false),
            ("$numberEquals", null.clone(), json!(0), false),
            ("$numberEquals", json!(""), json!(0), false),
            ("$arrayIsIn", json!(["a", "b"]), json!(["b", "c"]), true),
            ("$arrayIsIn", json!("b"), json!(["b", "c"]), true),
            ("$arrayIsIn", json!(["a", "b"]), json!("b"), true),
            ("$arrayIsIn", json!([{"id": 1}]), json!([{"id": 1}]), true),
            ("$arrayIsIn", json!([1]), json!(["1"]), true),
            ("$arrayIsIn", json!(["a"]), json!(["b"]), false),
            ("$arrayIsIn", json!([]), json!(["b"]), false),
            ("$arrayIsIn", null.clone(), json!(["b"]), false),
            ("$arrayIsEmpty", json!([]), null.clone(), true),
            ("$arrayIsEmpty", json!(""), null.clone(), true),
            ("$arrayIsEmpty", null.clone(), null.clone(), true),
            ("$arrayIsEmpty", json!([null]), null.clone(), false),
            ("$arrayIsEmpty", json!("a"), null.clone(), false),
            ("$arrayIsEmpty", json!(0), null.clone(), false),
            ("$exists", json!(""), null.clone(), true),
            ("$exists", json!(false), null.clone(), true),
            ("$exists", null.clone(), null.clone(), false),
            ("$isNotUndefinedOrNull", json!(0), null.clone(), true),
            ("$isNotUndefinedOrNull", null.clone(), null.clone(), false),
        ];
        for (operator, left, right, holds) in positive {
            let (_, not) = twins.iter().find(|(is, _)| *is == operator).expect("has a twin");
            rows.push((*not, left.clone(), right.clone(), !holds));
            rows.push((operator, left, right, holds));
        }
        let noon = "2026-01-31T12:00:00Z";
        rows.extend([
            ("$none", json!(1), json!(1), false),
            ("$stringGreaterThan", json!("b"), json!("a"), true),
            ("$stringGreaterThan", json!("10"), json!("9"), false),
            ("$stringGreaterThan", json!("a"), json!("a"), false),
            ("$stringGreaterThan", json!("b"), null.clone(), false),
            ("$stringLessThan", json!("10"), json!("9"), true),
            ("$stringLessThan", json!("b"), json!("a"), false),
            ("$stringLessThan", null.clone(), json!("a"), false),
            ("$numberGreaterThan", json!(10), json!("9"), true),
            ("$numberGreaterThan", json!(9), json!(9), false),
            ("$numberGreaterThan", json!("abc"), json!(1), false),
            ("$numberGreaterThan", json!(1), null.clone(), false),
            ("$numberLessThan", json!(-1.5), json!(-1), true),
            ("$numberLessThan", json!(0), json!(-1), false),
            ("$numberLessThan", null.clone(), json!(1), false),
            ("$numberLessThan", json!([0]), json!(1), false),
            ("$numberLessThanOrEqualTo", json!(1), json!(1.0), true),
            ("$numberLessThanOrEqualTo", json!(1.1), json!(1), false),
            ("$numberLessThanOrEqualTo", null.clone(), null.clone(), false),
            ("$numberGreaterThanOrEqualTo", json!("1e3"), json!(1_000), true),
            ("$numberGreaterThanOrEqualTo", json!(999), json!(1_000), false),
            ("$numberGreaterThanOrEqualTo", null.clone(), json!(0), false),
            ("$dateTimeAfter", json!("2026-01-31T13:00:00+00:30"), json!(noon), true),
            ("$dateTimeAfter", json!("2026-01-31T13:00:00+01:00"), json!(noon), false),
            ("$dateTimeAfter", json!("2026-02-01"), json!(noon), true),
            ("$dateTimeAfter", json!("soon"), json!(noon), false),
            ("$dateTimeAfter", null.clone(), json!(noon), false),
            ("$dateTimeBefore", json!("2026-01-31"), json!(noon), true),
            ("$dateTimeBefore", json!("2026-02-01"), json!(noon), false),
            ("$dateTimeBefore", json!(0), json!(noon), true),
            ("$dateTimeBefore", json!("1769860800001"), json!(noon), false),
            ("$dateTimeBefore", json!("2026-01-31"), null.clone(), false),
            ("$dateTimeEquals", json!(1_769_860_800_000_i64), json!(noon), true),
            ("$dateTimeEquals", json!("1769860800000"), json!("2026-01-31T12:00:00.000"), true),
            ("$dateTimeEquals", json!("2026-01-31 12:00:00"), json!("2026-01-31T13:00:00+01:00"), true),
            ("$dateTimeEquals", json!("2026-01-31T12:00:00.001Z"), json!(noon), false),
            ("$dateTimeEquals", null.clone(), null.clone(), false),
            ("$booleanTrue", json!(true), null.clone(), true),
            ("$booleanTrue", json!("True"), null.clone(), true),
            ("$booleanTrue", json!(false), null.clone(), false),
            ("$booleanTrue", json!(1), null.clone(), false),
            ("$booleanTrue", null.clone(), null.clone(), false),
            ("$booleanFalse", json!(false), null.clone(), true),
            ("$booleanFalse", json!("false"), null.clone(), true),
            ("$booleanFalse", json!(true), null.clone(), false),
            ("$booleanFalse", json!(0), null.clone(), false),
            ("$booleanFalse", null.clone(), null.clone(), false),
        ]);
        rows
    }

    #[test]
    fn each_operator_holds_where_the_table_says() {
        for (name, left, right, expected) in table() {
            let operator: Operator = name.parse().expect("known");
            assert_eq!(holds(operator, &left, &right), expected, "{left} {name} {right}");
        }
    }

    #[test]
    fn the_table_has_a_row_that_holds_and_one_that_does_not_for_each_operator() {
        let mut seen: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
        for (name, _, _, holds) in table() {
            let (yes, no) = seen.entry(name).or_default();
            *yes |= holds;
            *no |= !holds;
        }
        for operator in Operator::ALL {
            let rows = seen.get(operator.as_str()).copied().unwrap_or_default();
            assert_eq!(rows, (*operator != Operator::None, true), "{operator}");
        }
    }
}
