//! The helpers that are written in Rust: digests, encodings, dates and addresses. `helpers.js` gives them their names.
//!
//! Each takes and gives texts and numbers only, is pure, and throws a JavaScript error for wrong input.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};
use rquickjs::prelude::Func;
use rquickjs::{Ctx, Exception, Object, Result};

type Answer = std::result::Result<String, String>;

/// The object of native helpers that `helpers.js` takes.
pub(super) fn native<'js>(ctx: &Ctx<'js>) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    native.set(
        "digest",
        Func::from(|ctx: Ctx<'js>, name: String, text: String, form: String| throw(&ctx, hash(&name, &text, &form))),
    )?;
    native.set(
        "hmac",
        Func::from(|ctx: Ctx<'js>, name: String, key: String, text: String, form: String| {
            throw(&ctx, sign(&name, &key, &text, &form))
        }),
    )?;
    native.set(
        "encode",
        Func::from(|ctx: Ctx<'js>, text: String, form: String| throw(&ctx, encode(text.as_bytes(), &form))),
    )?;
    native.set("decode", Func::from(|ctx: Ctx<'js>, text: String, form: String| throw(&ctx, decode(&text, &form))))?;
    native.set(
        "parseDate",
        Func::from(|ctx: Ctx<'js>, text: String, format: String| throw(&ctx, parse_date(&text, &format))),
    )?;
    native.set(
        "formatDate",
        Func::from(|ctx: Ctx<'js>, date: String, format: String| throw(&ctx, format_date(&date, &format))),
    )?;
    native.set(
        "addDate",
        Func::from(|ctx: Ctx<'js>, date: String, amount: f64, unit: String| {
            throw(&ctx, add_date(&date, amount, &unit))
        }),
    )?;
    native
        .set("startOf", Func::from(|ctx: Ctx<'js>, date: String, unit: String| throw(&ctx, start_of(&date, &unit))))?;
    native.set("parseUrl", Func::from(|ctx: Ctx<'js>, text: String| throw(&ctx, parse_url(&text))))?;
    Ok(native)
}

fn throw(ctx: &Ctx<'_>, answer: Answer) -> Result<String> {
    answer.map_err(|message| Exception::throw_message(ctx, &message))
}

fn hash(name: &str, text: &str, form: &str) -> Answer {
    let algorithm = match name {
        "sha1" => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => &digest::SHA256,
        "sha512" => &digest::SHA512,
        other => return Err(format!("there is no digest `{other}`; there are `sha1`, `sha256`, `sha512`")),
    };
    encode(digest::digest(algorithm, text.as_bytes()).as_ref(), form)
}

fn sign(name: &str, key: &str, text: &str, form: &str) -> Answer {
    let algorithm = match name {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha512" => hmac::HMAC_SHA512,
        other => return Err(format!("there is no digest `{other}`; there are `sha1`, `sha256`, `sha512`")),
    };
    encode(hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), text.as_bytes()).as_ref(), form)
}

fn encode(bytes: &[u8], form: &str) -> Answer {
    match form {
        "hex" => Ok(hex::encode(bytes)),
        "base64" => Ok(STANDARD.encode(bytes)),
        "base64url" => Ok(URL_SAFE_NO_PAD.encode(bytes)),
        other => Err(format!("there is no encoding `{other}`; there are `hex`, `base64`, `base64url`")),
    }
}

fn decode(text: &str, form: &str) -> Answer {
    let bytes = match form {
        "hex" => hex::decode(text).map_err(|error| error.to_string()),
        "base64" => STANDARD.decode(text).map_err(|error| error.to_string()),
        "base64url" => URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|error| error.to_string()),
        other => return Err(format!("there is no encoding `{other}`; there are `hex`, `base64`, `base64url`")),
    }
    .map_err(|error| format!("this is not {form}: {error}"))?;
    String::from_utf8(bytes).map_err(|_| format!("this {form} holds bytes that are no text"))
}

fn iso(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

/// A moment from ISO text; without an offset it is read as UTC.
fn moment(text: &str) -> std::result::Result<Timestamp, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    text.parse::<civil::DateTime>()
        .and_then(|date| date.to_zoned_datetime(TimeZone::UTC))
        .map(|zoned| zoned.timestamp())
        .map_err(|_| format!("`{text}` is no ISO date such as 2026-03-01 or 2026-03-01T09:30:00Z"))
}

fn parse_date(text: &str, format: &str) -> Answer {
    if format.is_empty() {
        return moment(text).map(iso);
    }
    let wrong = |error: jiff::Error| format!("`{text}` does not have the form `{format}`: {error}");
    let read = jiff::fmt::strtime::parse(format, text).map_err(wrong)?;
    if let Ok(moment) = read.to_timestamp() {
        return Ok(iso(moment));
    }
    let date = read.to_date().map_err(wrong)?;
    let date = date.to_datetime(read.to_time().unwrap_or(civil::Time::midnight()));
    Ok(iso(date.to_zoned_datetime(TimeZone::UTC).map_err(wrong)?.timestamp()))
}

fn format_date(date: &str, format: &str) -> Answer {
    let zoned = moment(date)?.to_zoned_datetime(TimeZone::UTC);
    jiff::fmt::strtime::format(format, &zoned).map_err(|error| format!("the form `{format}` is wrong: {error}"))
}

fn add_date(date: &str, amount: f64, unit: &str) -> Answer {
    if amount.fract() != 0.0 || amount.abs() > 1e12 {
        return Err(format!("{amount} {unit} is no whole number that a date can be moved by"));
    }
    let amount = amount as i64;
    let span = match unit {
        "years" => Span::new().try_years(amount),
        "months" => Span::new().try_months(amount),
        "weeks" => Span::new().try_weeks(amount),
        "days" => Span::new().try_days(amount),
        "hours" => Span::new().try_hours(amount),
        "minutes" => Span::new().try_minutes(amount),
        "seconds" => Span::new().try_seconds(amount),
        "milliseconds" => Span::new().try_milliseconds(amount),
        other => {
            return Err(format!(
                "there is no unit `{other}`; there are years, months, weeks, days, hours, minutes, seconds, milliseconds"
            ));
        }
    };
    let zoned = moment(date)?.to_zoned_datetime(TimeZone::UTC);
    let moved = span.and_then(|span| zoned.checked_add(span)).map_err(|error| error.to_string())?;
    Ok(iso(moved.timestamp()))
}

fn start_of(date: &str, unit: &str) -> Answer {
    let zoned = moment(date)?.to_zoned_datetime(TimeZone::UTC);
    let day = zoned.date();
    let start = match unit {
        "year" => day.first_of_year(),
        "month" => day.first_of_month(),
        "week" => day
            .checked_sub(Span::new().days(i64::from(day.weekday().to_monday_zero_offset())))
            .map_err(|error| error.to_string())?,
        "day" => day,
        "hour" => {
            let hour = day.at(zoned.hour(), 0, 0, 0).to_zoned_datetime(TimeZone::UTC);
            return hour.map(|hour| iso(hour.timestamp())).map_err(|error| error.to_string());
        }
        other => return Err(format!("there is no unit `{other}`; there are year, month, week, day, hour")),
    };
    start
        .at(0, 0, 0, 0)
        .to_zoned_datetime(TimeZone::UTC)
        .map(|zoned| iso(zoned.timestamp()))
        .map_err(|error| error.to_string())
}

/// The parts of an address, as JSON.
fn parse_url(text: &str) -> Answer {
    let url = url::Url::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))?;
    Ok(serde_json::json!({
        "protocol": url.scheme(),
        "host": url.host_str(),
        "port": url.port(),
        "path": url.path(),
        "query": url.query().unwrap_or_default(),
        "hash": url.fragment(),
    })
    .to_string())
}
