//! Makes the folders of the web assets, so that the server compiles before they are built: it then
//! serves a page that says how to build them.

use std::fs;
use std::path::Path;

/// Folders that are embedded, from the root of the repository.
const FOLDERS: [&str; 3] = ["web/dist/portal", "web/dist/app", "sdk/js/dist"];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in FOLDERS {
        let folder = root.join(folder);
        fs::create_dir_all(&folder).expect("the folders of the web assets can be made");
        println!("cargo::rerun-if-changed={}", folder.display());
    }
}
