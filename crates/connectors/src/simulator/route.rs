//! Which action a request is: the manifest's paths, read the other way round.

use serde_json::{Map, Value};

use crate::call::decode;
use crate::manifest::Manifest;
use crate::shape::{Part, Pattern};

/// One action in one API version.
#[derive(Debug)]
pub(super) struct Route {
    pub action: String,
    pub method: String,
    /// Method and path with placeholders, for counting.
    pub class: String,
    segments: Vec<Segment>,
}

#[derive(Debug, PartialEq)]
enum Segment {
    Literal(String),
    Name(String),
}

/// All routes, and the account's own page.
#[derive(Debug)]
pub(super) struct Routes {
    routes: Vec<Route>,
}

/// The name of the pseudo-action that tells who is connected.
pub(super) const ACCOUNT: &str = "account";

/// What the pseudo-actions of data sources begin with.
pub(super) const SOURCE: &str = "dataSource:";

impl Routes {
    pub(super) fn new(manifest: &Manifest) -> Self {
        let mut routes = Vec::new();
        let account = manifest.account.request.iter().map(|request| (ACCOUNT, request));
        let actions = manifest.actions.iter().map(|(name, action)| (name.as_str(), &action.request));
        let sources = manifest.data_sources.iter();
        let sources: Vec<_> =
            sources.filter_map(|(name, source)| Some((format!("{SOURCE}{name}"), source.request.as_ref()?))).collect();
        let sources = sources.iter().map(|(name, request)| (name.as_str(), *request));
        for version in manifest.versions.offered.keys() {
            for (name, request) in actions.clone().chain(account.clone()).chain(sources.clone()) {
                let segments = segments(manifest, version, &request.path);
                let path: Vec<_> = segments
                    .iter()
                    .map(|segment| match segment {
                        Segment::Literal(text) => text.clone(),
                        Segment::Name(name) => format!("{{{name}}}"),
                    })
                    .collect();
                let class = format!("{} /{}", request.method, path.join("/"));
                routes.push(Route { action: name.to_owned(), method: request.method.clone(), class, segments });
            }
        }
        // `…/search` before `…/{id}`.
        routes.sort_by_key(|route| route.segments.iter().filter(|one| matches!(one, Segment::Name(_))).count());
        Self { routes }
    }

    /// The route of a request, and what its path holds.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<(&Route, Map<String, Value>)> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let route = self.routes.iter().find(|route| {
            route.method == method
                && route.segments.len() == parts.len()
                && route.segments.iter().zip(&parts).all(|(segment, part)| match segment {
                    Segment::Literal(text) => text == part,
                    Segment::Name(_) => !part.is_empty(),
                })
        })?;
        let mut values = Map::new();
        for (segment, part) in route.segments.iter().zip(parts) {
            if let Segment::Name(name) = segment {
                values.insert(name.clone(), Value::String(decode(part)));
            }
        }
        Some((route, values))
    }
}

fn segments(manifest: &Manifest, version: &str, pattern: &Pattern) -> Vec<Segment> {
    let mut segments = Vec::new();
    for part in pattern.parts() {
        match part {
            Part::Text(text) => literals(&mut segments, text),
            Part::Name(name) => match name.strip_prefix("paths.") {
                Some(prefix) => literals(&mut segments, manifest.path(version, prefix).unwrap_or_default()),
                None => segments.push(Segment::Name(name.clone())),
            },
        }
    }
    segments
}

fn literals(segments: &mut Vec<Segment>, text: &str) {
    segments.extend(text.split('/').filter(|part| !part.is_empty()).map(|part| Segment::Literal(part.to_owned())));
}
