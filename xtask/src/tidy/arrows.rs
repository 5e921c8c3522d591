//! Which package may use which: the table of `docs/architecture.md`. Adding an edge means changing both.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Findings;

/// Our packages and what of ours each may use.
const OURS: &[(&str, &[&str])] = &[
    ("linchpin-domain", &[]),
    ("linchpin-store", &["linchpin-domain"]),
    ("linchpin-connectors", &["linchpin-domain"]),
    ("linchpin-engine", &["linchpin-domain", "linchpin-store"]),
    ("linchpin", &["linchpin-domain", "linchpin-store", "linchpin-connectors", "linchpin-engine"]),
    // The benchmark stands outside: it drives the real binary from other processes and holds the hand-made ceiling.
    ("linchpin-bench", &[]),
    ("xtask", &[]),
];

/// What is brought in by its owners alone. Development dependencies are free.
const OWNED: &[(&str, &[&str])] = &[
    ("sqlx", &["linchpin-store", "linchpin-bench"]),
    // `connectors` has the simulators, which are servers.
    ("axum", &["linchpin", "linchpin-connectors", "linchpin-bench"]),
    // Every call to a third party is the connectors'. The command line has one of its own for `--server`: it speaks to
    // a Linchpin, on loopback as a rule, where the connectors' egress rules would refuse it.
    ("reqwest", &["linchpin-connectors", "linchpin", "linchpin-bench"]),
    // E-mail leaves by the same crate as every other call.
    ("lettre", &["linchpin-connectors"]),
    ("tower-http", &["linchpin"]),
    ("clap", &["linchpin", "linchpin-bench", "xtask"]),
    ("anyhow", &["linchpin", "linchpin-bench", "xtask"]),
];

pub fn check(metadata: &Value, findings: &mut Findings) {
    let members: BTreeSet<&str> = strings(&metadata["workspace_members"]).collect();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if !package["id"].as_str().is_some_and(|id| members.contains(id)) {
            continue;
        }
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = OURS.iter().find(|(ours, _)| *ours == name) else {
            findings.fault(format!(
                "the package {name} is not in the table of xtask/src/tidy/arrows.rs and docs/architecture.md"
            ));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // A development dependency does not end up in what is built.
            if dependency["kind"] == "dev" {
                continue;
            }
            let uses = dependency["name"].as_str().unwrap_or_default();
            let is_ours = OURS.iter().any(|(ours, _)| *ours == uses);
            if is_ours && !allowed.contains(&uses) {
                findings.fault(format!("{name} may not use {uses} (docs/architecture.md, the arrows)"));
            }
            if let Some((_, owners)) = OWNED.iter().find(|(owned, _)| *owned == uses)
                && !owners.contains(&name)
            {
                findings.fault(format!("{name} may not use {uses}: it belongs to {}", owners.join(", ")));
            }
        }
    }
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(name: &str, dependencies: &Value) -> Vec<String> {
        let metadata = json!({
            "workspace_members": ["it"],
            "packages": [
                {"id": "it", "name": name, "dependencies": dependencies},
                {"id": "other", "name": "foreign", "dependencies": [{"name": "sqlx", "kind": null}]},
            ],
        });
        let mut findings = Findings::default();
        check(&metadata, &mut findings);
        findings.faults
    }

    #[test]
    fn an_edge_of_the_table_is_allowed() {
        let edges = json!([{"name": "linchpin-store", "kind": null}, {"name": "tokio", "kind": null}]);
        assert_eq!(faults("linchpin-engine", &edges), Vec::<String>::new());
    }

    #[test]
    fn an_edge_outside_the_table_is_a_fault() {
        let found = faults("linchpin-engine", &json!([{"name": "linchpin-connectors", "kind": null}]));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("linchpin-engine may not use linchpin-connectors"), "{found:?}");
    }

    #[test]
    fn a_package_has_one_owner_outside_tests() {
        assert_eq!(faults("linchpin-engine", &json!([{"name": "sqlx", "kind": null}])).len(), 1);
        assert_eq!(faults("linchpin-engine", &json!([{"name": "reqwest", "kind": null}])).len(), 1);
        assert_eq!(faults("linchpin-engine", &json!([{"name": "reqwest", "kind": "dev"}])).len(), 0);
    }

    #[test]
    fn a_new_package_must_be_put_into_the_table() {
        assert!(faults("linchpin-common", &json!([]))[0].contains("not in the table"));
    }
}
