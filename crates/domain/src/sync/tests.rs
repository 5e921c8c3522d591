use serde_json::json;
use uuid::Uuid;

use super::*;

fn fields(value: Value) -> Fields {
    value.as_object().expect("an object").clone()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

/// A record that both sides have agreed on.
fn agreed() -> Record {
    let mut record = Record::new(SyncRecordId(Uuid::from_u128(1)), Origin::Provider);
    record.provider_id = Some("101".into());
    assert!(
        record.take(&fields(json!({"email": "a@b.c", "city": "Ulm", "phone": null})), at(10), Rule::Newest).changed
    );
    record
}

/// Does what is pending.
fn send(record: &mut Record, answered: Value, now: i64) -> Sending {
    let sending = record.begin(at(now), || now.to_string()).expect("something is to be sent");
    record.sent(&sending, &fields(answered), Some("101".into()), Some(at(now)), at(now));
    sending
}

#[test]
fn what_says_nothing_new_is_an_echo() {
    let mut record = agreed();
    let same = fields(json!({"email": "a@b.c ", "city": "Ulm", "phone": ""}));
    assert_eq!(record.take(&same, at(11), Rule::Newest), Change::default());
    assert!(!record.write(&same, at(12)), "the application repeats what it was told");
    assert_eq!(record.pending, None);
}

#[test]
fn our_own_write_comes_back_as_an_echo_and_an_older_state_is_not_believed() {
    let mut record = agreed();
    assert!(record.write(&fields(json!({"city": "Bonn"})), at(20)));
    assert_eq!(record.seen()["city"], "Bonn");
    assert_eq!(send(&mut record, json!({"city": "Bonn"}), 21).what, What::Update);
    assert_eq!(record.pending, None);
    // The search has not heard of it yet.
    let lagging = fields(json!({"email": "a@b.c", "city": "Ulm"}));
    assert_eq!(record.take(&lagging, at(10), Rule::Newest), Change::default());
    assert_eq!(record.fields["city"], "Bonn");
    let echo = fields(json!({"email": "a@b.c", "city": "Bonn"}));
    assert_eq!(record.take(&echo, at(21), Rule::Newest), Change::default());
}

#[test]
fn a_value_that_the_provider_keeps_in_its_own_form_goes_back_and_forth_once() {
    let mut record = agreed();
    assert!(record.write(&fields(json!({"phone": "+49 (0) 89 1"})), at(20)));
    send(&mut record, json!({"phone": "+49891"}), 21);
    assert_eq!(record.fields["phone"], "+49891");
    assert!(!record.write(&fields(json!({"phone": "+49 (0) 89 1"})), at(22)), "the application still has its own form");
    assert!(!record.write(&fields(json!({"phone": "+49891"})), at(23)));
    assert!(record.write(&fields(json!({"phone": "+49892"})), at(24)));
}

#[test]
fn different_fields_are_merged_and_the_same_one_follows_the_rule() {
    for (rule, wrote_at, winner) in [
        (Rule::Newest, 30, Origin::App),
        (Rule::Newest, 20, Origin::Provider),
        (Rule::Provider, 30, Origin::Provider),
        (Rule::App, 20, Origin::App),
    ] {
        let mut record = agreed();
        record.write(&fields(json!({"city": "Bonn", "phone": "1"})), at(wrote_at));
        let change = record.take(&fields(json!({"email": "new@b.c", "city": "Rome"})), at(25), rule);
        assert!(change.changed);
        let conflict = change.conflict.expect("both changed the city");
        assert_eq!((conflict.winner, conflict.fields.as_slice()), (winner, ["city".to_owned()].as_slice()), "{rule:?}");
        let pending = record.pending.as_ref().expect("the phone is nobody's conflict");
        assert_eq!(pending.fields.contains_key("city"), winner == Origin::App, "{rule:?}");
        assert_eq!(pending.fields["phone"], "1");
        assert_eq!(record.fields["email"], "new@b.c");
        assert_eq!(record.seen()["city"], if winner == Origin::App { "Bonn" } else { "Rome" });
    }
}

#[test]
fn both_sides_changing_to_the_same_is_no_conflict() {
    let mut record = agreed();
    record.write(&fields(json!({"city": "Rome"})), at(20));
    let change = record.take(&fields(json!({"city": "Rome"})), at(25), Rule::App);
    assert_eq!(change, Change { changed: true, conflict: None });
    assert_eq!(record.pending, None);
}

#[test]
fn what_is_deleted_stays_deleted_unless_the_application_wins() {
    let mut record = agreed();
    assert!(record.gone(at(20), Rule::Newest).changed);
    assert!(!record.gone(at(21), Rule::Newest).changed, "once");
    let mut record = agreed();
    record.write(&fields(json!({"city": "Bonn"})), at(19));
    let change = record.gone(at(20), Rule::Newest);
    assert_eq!((record.deleted_at, &record.pending), (Some(at(20)), &None));
    assert_eq!(change.conflict.expect("it was changed here").winner, Origin::Provider);
    let mut record = agreed();
    record.write(&fields(json!({"city": "Bonn"})), at(19));
    assert!(!record.gone(at(20), Rule::App).changed);
    let sending = record.begin(at(21), || "21".into()).expect("it is made anew");
    assert_eq!(sending.what, What::Create);
    assert_eq!(sending.fields, fields(json!({"email": "a@b.c", "city": "Bonn"})));
}

#[test]
fn a_lagging_search_revives_nobody_and_a_list_does() {
    let fields = fields(json!({"email": "a@b.c", "city": "Ulm"}));
    let mut record = agreed();
    record.gone(at(20), Rule::Newest);
    assert_eq!(record.take(&fields, at(10), Rule::Newest), Change::default());
    assert_eq!(record.deleted_at, Some(at(20)));
    let mut listed = record.clone();
    listed.is_there();
    assert!(listed.take(&fields, at(10), Rule::Newest).changed);
    assert_eq!(listed.deleted_at, None);
    assert!(record.take(&fields, at(30), Rule::Newest).changed, "it was changed after it was deleted");
    assert_eq!(record.deleted_at, None);
}

#[test]
fn deleting_and_writing_again_are_told_to_the_provider_once() {
    let mut record = agreed();
    assert!(record.delete(at(20)));
    assert!(!record.delete(at(21)));
    assert_eq!(send(&mut record, json!({}), 22).what, What::Delete);
    assert_eq!(record.deleted_at, Some(at(22)));
    assert!(!record.gone(at(23), Rule::Newest).changed, "the archive tells what we did ourselves");
    assert!(record.write(&fields(json!({"email": "a@b.c"})), at(30)), "the application wants it back");
    assert_eq!(record.begin(at(31), || "31".into()).expect("to be sent").what, What::Create);
    let mut never = Record::new(SyncRecordId(Uuid::from_u128(2)), Origin::App);
    assert!(never.write(&fields(json!({"email": "n@b.c"})), at(1)));
    assert!(never.delete(at(2)));
    assert_eq!((never.begin(at(3), || "3".into()), never.deleted_at), (None, Some(at(2))), "the provider never had it");
}

#[test]
fn a_call_that_was_begun_is_repeated_as_it_was_and_later_writes_follow() {
    let mut record = agreed();
    record.write(&fields(json!({"city": "Bonn"})), at(20));
    let first = record.begin(at(21), || "21".into()).expect("to be sent");
    record.write(&fields(json!({"city": "Kiel", "phone": "2"})), at(22));
    assert_eq!(record.begin(at(23), || "23".into()), Some(first.clone()), "after a crash it is the same call");
    record.sent(&first, &Fields::new(), None, Some(at(24)), at(24));
    let second = record.begin(at(25), || "25".into()).expect("what was written meanwhile");
    assert_ne!(second.key, first.key);
    assert_eq!((second.attempt, second.fields), (first.attempt + 1, fields(json!({"city": "Kiel", "phone": "2"}))));
}

#[test]
fn a_refusal_stays_until_a_side_changes_the_record_and_a_wait_is_waited() {
    let fault = || Fault { code: "validation".into(), message: "no".into(), step: None };
    let mut record = agreed();
    record.write(&fields(json!({"city": "Bonn"})), at(20));
    record.begin(at(21), || "21".into());
    record.refused(fault(), Some(at(40)));
    assert_eq!(record.begin(at(39), || "39".into()), None);
    assert_eq!(record.begin(at(40), || "40".into()).expect("its time has come").attempt, 2);
    record.refused(fault(), None);
    assert_eq!(record.begin(at(50), || "50".into()), None);
    assert_eq!(record.seen()["city"], "Ulm", "what was refused is not shown as if it were so");
    assert!(record.write(&fields(json!({"city": "Kiel"})), at(60)));
    assert_eq!(record.begin(at(61), || "61".into()).expect("tried anew").fields["city"], "Kiel");
}
