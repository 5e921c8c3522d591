//! Bodies as forms: objects and lists within them as `a[b]=c` and `a[0]=c`, and the way back.

use serde_json::{Map, Value};
use url::form_urlencoded::{Serializer, parse};

use crate::shape::text_of;

/// An object as a form.
pub(crate) fn write(body: &Value) -> String {
    let mut form = Serializer::new(String::new());
    let mut pairs = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        flatten(name.clone(), value, &mut pairs);
    }
    form.extend_pairs(pairs);
    form.finish()
}

fn flatten(name: String, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(object) => {
            for (key, inner) in object {
                flatten(format!("{name}[{key}]"), inner, into);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                flatten(format!("{name}[{index}]"), inner, into);
            }
        }
        value => into.push((name, text_of(value).into_owned())),
    }
}

/// A form as an object of texts.
pub(crate) fn read(body: &[u8]) -> Value {
    let mut object = Map::new();
    for (name, value) in parse(body) {
        let mut keys = name.split('[').map(|key| key.trim_end_matches(']'));
        let first = keys.next().unwrap_or_default().to_owned();
        put(object.entry(first).or_insert(Value::Null), &keys.collect::<Vec<_>>(), &value);
    }
    Value::Object(object)
}

fn put(place: &mut Value, keys: &[&str], value: &str) {
    match keys {
        [] => *place = Value::String(value.to_owned()),
        [key, rest @ ..] => {
            if let (Ok(index), false) = (key.parse::<usize>(), place.is_object()) {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                if let Some(list) = place.as_array_mut().filter(|list| index <= list.len()) {
                    if index == list.len() {
                        list.push(Value::Null);
                    }
                    put(&mut list[index], rest, value);
                }
                return;
            }
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            if let Some(object) = place.as_object_mut() {
                put(object.entry((*key).to_owned()).or_insert(Value::Null), rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_comes_back_as_it_went() {
        let body =
            json!({"email": "a+b@c.d", "metadata": {"a": "1", "b=": "x&y"}, "items": [{"price": "p"}, {"price": "q"}]});
        let text = write(&body);
        assert!(text.contains("metadata%5Ba%5D=1") && text.contains("items%5B1%5D%5Bprice%5D=q"), "{text}");
        assert_eq!(read(text.as_bytes()), body);
        assert_eq!(write(&json!({"n": 7, "yes": true, "none": null})), "n=7&yes=true");
    }
}
