//! When a scheduled workflow runs: a cron pattern in a time zone.
//!
//! Daylight saving time, in one rule for each kind of pattern. A pattern that names its hours (no `*`
//! and no step in the hour field) means times of day: one that the clock skips is due at the first
//! moment after the gap, one that happens twice is due the first time. Any other pattern means
//! intervals: it is due at every real moment that matches, also twice in the hour that happens twice.
//!
//! The rules of the time zones belong to the binary; nothing is read from the system.

use croner::parser::{CronParser, Seconds, Year};
use croner::{CivilDate, CivilDateTime, CivilTime, Cron, CronDateTime, Resolution, Weekday};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, ZonedDateTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::template::{Context, Template};

/// A cron pattern and its time zone, as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// Six fields with the seconds first, or five without them.
    pub cron: String,
    /// An IANA name such as `Europe/Berlin`, or one `{{ expression }}` over `user`.
    #[serde(default = "utc")]
    pub time_zone: String,
}

fn utc() -> String {
    UTC.to_owned()
}

/// The zone where none is given, and where a user's is missing or wrong.
pub const UTC: &str = "UTC";

/// A zone as it is written: one, or one for each user.
#[derive(Debug, Clone)]
pub enum Zone {
    /// The same for all users: the name as the zone database spells it.
    Named(String),
    /// From a user's id and metadata.
    OfUser(Template),
}

impl Schedule {
    /// The pattern, read.
    pub fn pattern(&self) -> Result<Pattern, String> {
        Pattern::parse(&self.cron)
    }

    /// The zone, read.
    pub fn zone(&self) -> Result<Zone, String> {
        let text = self.time_zone.trim();
        if !text.contains("{{") {
            return zone_name(text).map(Zone::Named).ok_or_else(|| unknown_zone(text));
        }
        let template = Template::parse(&Value::String(text.to_owned())).map_err(|error| error.to_string())?;
        let Template::Expression(expression) = &template else {
            return Err("a time zone is a name such as Europe/Berlin, or one `{{ expression }}` alone".into());
        };
        match expression.roots().into_iter().find(|root| root != "user") {
            Some(root) => Err(format!(
                "there is no `{root}` before a run begins; a time zone is made from `user`, for example {{{{ user.metadata.zone }}}}"
            )),
            None => Ok(Zone::OfUser(template)),
        }
    }

    /// What keeps a workflow with this schedule from being deployed: `(JSON pointer, message)`.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        match self.pattern() {
            Err(message) => found.push(("/cron".to_owned(), message)),
            Ok(pattern) if pattern.next_after(Timestamp::default(), &TimeZone::UTC).is_none() => {
                found.push(("/cron".to_owned(), format!("`{}` never comes: there is no such day", self.cron)));
            }
            Ok(_) => {}
        }
        if let Err(message) = self.zone() {
            found.push(("/timeZone".to_owned(), message));
        }
        found
    }
}

impl Zone {
    /// The name of the zone for a user. When there is none, or no such one, it is UTC and the second
    /// part says so.
    pub fn of(&self, user: &Context) -> (String, Option<String>) {
        let template = match self {
            Self::Named(name) => return (name.clone(), None),
            Self::OfUser(template) => template,
        };
        let found = match template.fill(user) {
            Ok(Value::String(name)) if !name.trim().is_empty() => name.trim().to_owned(),
            Ok(Value::Null | Value::String(_)) => {
                return (utc(), Some("the user has no time zone: UTC was used".into()));
            }
            Ok(other) => other.to_string(),
            Err(error) => return (utc(), Some(format!("the user's time zone is unknown ({error}): UTC was used"))),
        };
        match zone_name(&found) {
            Some(name) => (name, None),
            None => {
                let shown: String = found.chars().take(64).collect();
                (utc(), Some(format!("the user's time zone `{shown}` is unknown: UTC was used")))
            }
        }
    }
}

fn unknown_zone(name: &str) -> String {
    let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    crate::source::nearest(name, names.iter().map(String::as_str)).map_or_else(
        || format!("there is no time zone `{name}`; zones are named like Europe/Berlin or America/New_York"),
        |near| format!("there is no time zone `{name}`; did you mean `{near}`?"),
    )
}

/// The name of a zone as the zone database spells it.
fn zone_name(name: &str) -> Option<String> {
    if name.eq_ignore_ascii_case(UTC) {
        return Some(utc());
    }
    TimeZone::get(name).ok()?.iana_name().map(str::to_owned)
}

/// A zone by its name.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case(UTC) { Some(TimeZone::UTC) } else { TimeZone::get(name).ok() }
}

/// A cron pattern, read.
#[derive(Debug, Clone)]
pub struct Pattern {
    cron: Cron,
    /// It names its hours: it means times of day, not intervals.
    times_of_day: bool,
}

impl Pattern {
    /// Reads a pattern of six fields with the seconds first, or of five.
    pub fn parse(text: &str) -> Result<Self, String> {
        let example = "for example `0 0 9 * * *` (every day at nine) or `0 */15 * * * *` (every quarter of an hour)";
        let fields: Vec<&str> = text.split_whitespace().collect();
        let named = fields.len() == 1 && text.trim().starts_with('@');
        if !named && !(5..=6).contains(&fields.len()) {
            return Err(format!(
                "a cron has six fields (second, minute, hour, day, month, weekday) or five without the seconds, {example}; this has {}",
                fields.len()
            ));
        }
        let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Optional).sloppy_ranges(true).build();
        let cron = parser.parse(text).map_err(|error| format!("`{text}` is no cron ({error}), {example}"))?;
        // A shortcut is five fields; only `@hourly` means an interval.
        let hour = if named { text } else { fields[fields.len() - 4] };
        let times_of_day =
            if named { !text.trim().eq_ignore_ascii_case("@hourly") } else { !hour.contains(['*', '/']) };
        Ok(Self { cron, times_of_day })
    }

    /// The first moment after another at which it is due; `None` when it never is again.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = zoned(after, zone)?;
        if !self.times_of_day {
            return Some(timestamp(&self.cron.find_next_occurrence(&Moment(start), false).ok()?.0));
        }
        let mut at = start.datetime();
        loop {
            at = self.cron.find_next_occurrence(&Local(at), false).ok()?.0;
            let due = first_moment(at, zone)?;
            if due > after {
                return Some(due);
            }
        }
    }

    /// The last moment not after another at which it was due.
    pub fn last_until(&self, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let end = zoned(until, zone)?;
        if !self.times_of_day {
            return Some(timestamp(&self.cron.find_previous_occurrence(&Moment(end), true).ok()?.0));
        }
        // Later times of day than now may have been due already: the clock may just have gone back.
        let mut at = end.datetime().checked_add(SignedDuration::from_hours(3)).ok()?;
        loop {
            at = self.cron.find_previous_occurrence(&Local(at), false).ok()?.0;
            let due = first_moment(at, zone)?;
            if due <= until {
                return Some(due);
            }
        }
    }
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Option<ZonedDateTime> {
    // A pattern knows whole seconds.
    let seconds = at.as_millis().div_euclid(1_000);
    jiff::Timestamp::from_second(seconds).ok().map(|at| at.to_zoned_datetime(zone.clone()))
}

fn timestamp(at: &ZonedDateTime) -> Timestamp {
    Timestamp::from_millis(at.timestamp().as_millisecond())
}

/// When a time of day comes: the first time where it comes twice, the end of the gap where it does not.
fn first_moment(at: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_zoned_datetime(at);
    let moment = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => ambiguous.earlier().ok()?.timestamp(),
        // Read by the offset after the gap it lies before the gap: the next transition is the gap's end.
        AmbiguousOffset::Gap { .. } => zone.following(ambiguous.earlier().ok()?.timestamp()).next()?.timestamp(),
    };
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// A moment in a zone, for the pattern's search by intervals.
#[derive(Debug, Clone)]
struct Moment(ZonedDateTime);

/// A time of day without a zone, for the pattern's search by times of day.
#[derive(Debug, Clone)]
struct Local(DateTime);

fn civil(at: DateTime) -> CivilDateTime {
    let invariant = "jiff keeps the parts of a time in their ranges";
    CivilDateTime::new(
        CivilDate::from_ymd(i32::from(at.year()), at.month().unsigned_abs().into(), at.day().unsigned_abs().into())
            .expect(invariant),
        CivilTime::from_hms_opt(
            at.hour().unsigned_abs().into(),
            at.minute().unsigned_abs().into(),
            at.second().unsigned_abs().into(),
        )
        .expect(invariant),
    )
}

fn datetime(at: CivilDateTime) -> Result<DateTime, croner::errors::CronError> {
    let part = |value: u32| i8::try_from(value).map_err(|_| croner::errors::CronError::InvalidDate);
    let year = i16::try_from(at.year()).map_err(|_| croner::errors::CronError::InvalidDate)?;
    DateTime::new(year, part(at.month())?, part(at.day())?, part(at.hour())?, part(at.minute())?, part(at.second())?, 0)
        .map_err(|_| croner::errors::CronError::InvalidDate)
}

fn weekday(day: jiff::civil::Weekday) -> Weekday {
    Weekday::from_days_from_sunday(day.to_sunday_zero_offset().unsigned_abs().into())
}

impl CronDateTime for Moment {
    fn to_civil(&self) -> CivilDateTime {
        civil(self.0.datetime())
    }

    fn civil_weekday(&self) -> Weekday {
        weekday(self.0.weekday())
    }

    fn resolve_civil(&self, at: CivilDateTime) -> Result<Resolution<Self>, croner::errors::CronError> {
        let invalid = |_| croner::errors::CronError::InvalidTime;
        let ambiguous = self.0.time_zone().to_ambiguous_zoned_datetime(datetime(at)?);
        Ok(match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => Resolution::Single(Self(ambiguous.unambiguous().map_err(invalid)?)),
            AmbiguousOffset::Fold { .. } => Resolution::Ambiguous(
                Self(ambiguous.clone().earlier().map_err(invalid)?),
                Self(ambiguous.later().map_err(invalid)?),
            ),
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> std::cmp::Ordering {
        self.0.timestamp().cmp(&other.0.timestamp())
    }
}

impl CronDateTime for Local {
    fn to_civil(&self) -> CivilDateTime {
        civil(self.0)
    }

    fn civil_weekday(&self) -> Weekday {
        weekday(self.0.weekday())
    }

    fn resolve_civil(&self, at: CivilDateTime) -> Result<Resolution<Self>, croner::errors::CronError> {
        Ok(Resolution::Single(Self(datetime(at)?)))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        self.0.checked_add(SignedDuration::from_secs(seconds)).ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time")
    }

    /// The moments of a pattern after one, each of which is also the last one until the next.
    fn next(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let pattern = Pattern::parse(cron).expect("a pattern");
        let zone = time_zone(zone).expect("a zone");
        let mut found = Vec::new();
        let mut now = at(after);
        for _ in 0..count {
            now = pattern.next_after(now, &zone).expect("it comes again");
            assert_eq!(pattern.last_until(now, &zone), Some(now));
            let later = pattern.next_after(now, &zone).expect("it comes again");
            assert_eq!(pattern.last_until(Timestamp::from_millis(later.as_millis() - 1), &zone), Some(now));
            found.push(now.to_string().replace(".000Z", "Z"));
        }
        found
    }

    #[test]
    fn a_time_of_day_follows_the_clock_of_its_zone() {
        assert_eq!(
            next("0 0 9 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", 3),
            ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z", "2026-03-30T07:00:00Z"]
        );
        assert_eq!(
            next("0 9 * * MON-FRI", "America/New_York", "2026-10-30T20:00:00Z", 2),
            ["2026-11-02T14:00:00Z", "2026-11-03T14:00:00Z"]
        );
    }

    /// The editor foretells a schedule's next times with a library of its own; its tests read the same cases.
    #[test]
    fn the_next_times_are_those_that_the_editor_shows() {
        let cases: Vec<Value> =
            serde_json::from_str(include_str!("../../../web/src/editor/model/schedule-cases.json")).expect("cases");
        assert!(cases.len() > 10);
        for case in cases {
            let text = |name: &str| case[name].as_str().expect("a text");
            let shown: Vec<&str> =
                case["next"].as_array().expect("times").iter().map(|time| time.as_str().expect("a time")).collect();
            assert_eq!(next(text("cron"), text("zone"), text("after"), shown.len()), shown, "{case}");
        }
    }

    #[test]
    fn a_time_that_the_clock_skips_comes_once_at_the_end_of_the_gap() {
        // 02:00 to 03:00 does not exist in Berlin on 29 March 2026; the gap ends at 01:00 UTC.
        assert_eq!(
            next("0 30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            next("0 15,45 2,14 * * *", "Europe/Berlin", "2026-03-28T22:00:00Z", 3),
            ["2026-03-29T01:00:00Z", "2026-03-29T12:15:00Z", "2026-03-29T12:45:00Z"]
        );
    }

    #[test]
    fn a_time_that_happens_twice_comes_the_first_time_only() {
        // 02:00 to 03:00 happens twice in Berlin on 25 October 2026: from 00:00 and from 01:00 UTC.
        assert_eq!(
            next("0 30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        assert_eq!(
            next("0 10,50 2,3 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", 4),
            ["2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z", "2026-10-25T02:10:00Z", "2026-10-25T02:50:00Z"]
        );
    }

    #[test]
    fn an_interval_goes_by_real_time() {
        assert_eq!(
            next("0 0 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 2),
            ["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"]
        );
        assert_eq!(
            next("0 */30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 4),
            ["2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"]
        );
        assert_eq!(
            next("*/5 * * * * *", "UTC", "2026-01-01T00:00:02.500Z", 2),
            ["2026-01-01T00:00:05Z", "2026-01-01T00:00:10Z"]
        );
    }

    #[test]
    fn what_cannot_come_and_what_cannot_be_read_is_said() {
        let problems = |cron: &str, zone: &str| Schedule { cron: cron.into(), time_zone: zone.into() }.problems();
        assert_eq!(problems("0 0 9 * * *", "Europe/Berlin"), []);
        assert_eq!(problems("0 0 9 * * *", "{{ user.metadata.zone }}"), []);
        assert_eq!(
            problems("0 0 0 30 2 *", "UTC"),
            [("/cron".into(), "`0 0 0 30 2 *` never comes: there is no such day".into())]
        );
        assert!(problems("* * *", "UTC")[0].1.ends_with("this has 3"));
        assert!(problems("0 0 25 * * *", "UTC")[0].1.starts_with("`0 0 25 * * *` is no cron ("));
        assert_eq!(
            problems("0 0 9 * * *", "Europe/Berlim"),
            [("/timeZone".into(), "there is no time zone `Europe/Berlim`; did you mean `Europe/Berlin`?".into())]
        );
        assert!(problems("0 0 9 * * *", "{{ trigger.zone }}")[0].1.starts_with("there is no `trigger` before a run"));
        assert!(problems("0 0 9 * * *", "Europe/{{ user.metadata.city }}")[0].1.starts_with("a time zone is a name"));
    }

    #[test]
    fn a_users_zone_that_is_missing_or_wrong_is_utc_and_says_so() {
        let zone = Schedule { cron: String::new(), time_zone: "{{ user.metadata.zone }}".into() }.zone().expect("read");
        let of = |metadata: Value| {
            let mut context = Context::default();
            context.set("user", &json!({"id": "ann", "metadata": metadata}));
            zone.of(&context)
        };
        assert_eq!(of(json!({"zone": "asia/tokyo"})), ("Asia/Tokyo".into(), None));
        assert_eq!(of(json!({})), ("UTC".into(), Some("the user has no time zone: UTC was used".into())));
        assert_eq!(
            of(json!({"zone": "Mars/Base"})),
            ("UTC".into(), Some("the user's time zone `Mars/Base` is unknown: UTC was used".into()))
        );
    }
}
