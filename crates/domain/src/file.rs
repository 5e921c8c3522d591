//! Files among the values of a run: bytes with a name and a type, as an object.
//!
//! `{"dataType": "FILE", "name": …, "mimeType": …, "encoding": "base64", "size": …, "data": …}`: that is what
//! steps give. Read is any object with `data` and `mimeType`, or `dataType: FILE`; `encoding` is `hex` where
//! it is not said.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::mac::Encoding;

/// Bytes that a file has at most.
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// The type of a file that has none.
const UNKNOWN: &str = "application/octet-stream";

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, for whoever receives it.
    pub name: Option<String>,
    /// Its type, for example `application/pdf`.
    pub mime_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl File {
    /// Reads one; `None` where the value is no file at all, `Err` where it is one that cannot be read.
    pub fn read(value: &Value) -> Option<Result<Self, String>> {
        let object = value.as_object()?;
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::trim);
        let data = text("data")?;
        let is_file = text("dataType") == Some("FILE") || text("mimeType").is_some();
        is_file.then(|| {
            let name = text("name").filter(|name| !name.is_empty()).map(str::to_owned);
            let shown = name.as_deref().unwrap_or("without a name").to_owned();
            let mime_type = text("mimeType").filter(|kind| !kind.is_empty()).unwrap_or(UNKNOWN).to_owned();
            if !mime_type.contains('/') || mime_type.chars().any(|c| c.is_control() || !c.is_ascii()) {
                return Err(format!("the file {shown} has the type `{mime_type}`, which is no MIME type"));
            }
            let too_large = || format!("the file {shown} is larger than {} MiB", MOST_BYTES / 1024 / 1024);
            // A character of hex is half a byte, one of base64 three quarters.
            if data.len() > 2 * MOST_BYTES {
                return Err(too_large());
            }
            let bytes = match text("encoding").unwrap_or("hex") {
                "hex" => hex::decode(data).map_err(|_| "hex"),
                "base64" => STANDARD.decode(data).map_err(|_| "base64"),
                other => {
                    return Err(format!("the file {shown} has the encoding `{other}`; there are hex and base64"));
                }
            };
            let bytes = bytes.map_err(|encoding| {
                format!("the data of the file {shown} is not valid {encoding}; `encoding` is hex unless it says base64")
            })?;
            if bytes.len() > MOST_BYTES {
                return Err(too_large());
            }
            Ok(Self { name, mime_type, bytes })
        })
    }

    /// As a value.
    pub fn to_value(&self, encoding: Encoding) -> Value {
        let (encoding, data) = match encoding {
            Encoding::Hex => ("hex", hex::encode(&self.bytes)),
            Encoding::Base64 => ("base64", STANDARD.encode(&self.bytes)),
        };
        json!({
            "dataType": "FILE",
            "name": self.name,
            "mimeType": self.mime_type,
            "encoding": encoding,
            "size": self.bytes.len(),
            "data": data,
        })
    }

    /// As history shows it.
    pub fn shown(&self) -> Value {
        json!({"name": self.name, "mimeType": self.mime_type, "bytes": self.bytes.len()})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_what_it_writes_and_what_others_write() {
        let file = File { name: Some("a.pdf".into()), mime_type: "application/pdf".into(), bytes: vec![0, 159, 255] };
        for encoding in [Encoding::Hex, Encoding::Base64] {
            assert_eq!(File::read(&file.to_value(encoding)), Some(Ok(file.clone())));
        }
        let bare = json!({"data": "009FFF", "mimeType": "application/pdf", "name": "a.pdf"});
        assert_eq!(File::read(&bare), Some(Ok(file)));
        for none in
            [json!({"data": "00"}), json!({"mimeType": "a/b"}), json!("00"), json!({"filename": "a", "data": "x"})]
        {
            assert_eq!(File::read(&none), None, "{none}");
        }
        for (wrong, expected) in [
            (
                json!({"data": "0g", "mimeType": "a/b"}),
                "the data of the file without a name is not valid hex; `encoding` is hex unless it says base64",
            ),
            (
                json!({"data": "00", "mimeType": "a/b", "encoding": "utf8", "name": "x"}),
                "the file x has the encoding `utf8`; there are hex and base64",
            ),
            (
                json!({"data": "00", "mimeType": "a/b\r\nX: y"}),
                "the file without a name has the type `a/b\r\nX: y`, which is no MIME type",
            ),
            (
                json!({"data": "00".repeat(MOST_BYTES + 1), "dataType": "FILE"}),
                "the file without a name is larger than 5 MiB",
            ),
        ] {
            assert_eq!(File::read(&wrong), Some(Err(expected.to_owned())));
        }
    }
}
