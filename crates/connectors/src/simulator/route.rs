//! Which action a request is: the manifest's paths, read the other way round.

use serde_json::{Map, Value};

use super::hooks;
use crate::call::decode;
use crate::manifest::Manifest;
use crate::shape::{Part, Pattern, capture};

/// One action in one API version.
#[derive(Debug)]
pub(super) struct Route {
    pub action: String,
    /// Whether it takes several calls of the action at once.
    pub batch: bool,
    pub method: String,
    /// Method and path with placeholders, for counting.
    pub class: String,
    segments: Vec<Segment>,
    /// The input that any further segments are.
    rest: Option<String>,
}

/// What stands between two `/`.
#[derive(Debug, Default)]
struct Segment(Vec<Part>);

impl Segment {
    fn is_literal(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// What its placeholders must have been; `None` when it does not fit.
    fn read(&self, part: &str) -> Option<Map<String, Value>> {
        let mut values = Map::new();
        let fits = !part.is_empty() && capture(&self.0, &decode(part), &mut values);
        (fits && values.values().all(|value| value != "")).then_some(values)
    }
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
        let account = manifest.account.request.iter().map(|request| (ACCOUNT, request, false));
        // What several records put into a request as joined writes do is answered as those are.
        let own =
            manifest.actions.iter().filter(|(_, action)| action.each.as_ref().is_none_or(|each| each.item.is_some()));
        let actions = own.map(|(name, action)| (name.as_str(), &action.request, action.each.is_some()));
        let batched = manifest.actions.iter();
        let batched = batched.filter_map(|(name, action)| Some((name.as_str(), &action.batch.as_ref()?.request, true)));
        let sources = manifest.data_sources.iter();
        let sources: Vec<_> =
            sources.filter_map(|(name, source)| Some((format!("{SOURCE}{name}"), source.request.as_ref()?))).collect();
        let sources = sources.iter().map(|(name, request)| (name.as_str(), *request, false));
        for version in manifest.versions.offered.keys() {
            for (name, method, path) in hooks::routes(manifest) {
                let segments = segments(manifest, version, &path);
                let class = format!("{method} {name}");
                routes.push(Route { action: name, batch: false, method, class, segments, rest: None });
            }
            let all = actions.clone().chain(account.clone()).chain(sources.clone()).chain(batched.clone());
            for (name, request, batch) in all {
                let segments = segments(manifest, version, &request.path);
                let path: Vec<_> = segments
                    .iter()
                    .map(|segment| {
                        let parts = segment.0.iter().map(|part| match part {
                            Part::Text(text) => text.clone(),
                            Part::Name(name) => format!("{{{name}}}"),
                        });
                        parts.collect::<String>()
                    })
                    .collect();
                let rest = request.path_from.clone();
                let mut class = format!("{} /{}", request.method, path.join("/"));
                class.extend(rest.iter().map(|name| format!("{{{name}}}")));
                routes.push(Route {
                    action: name.to_owned(),
                    batch,
                    method: request.method.clone(),
                    class,
                    segments,
                    rest,
                });
            }
        }
        // `…/search` before `…/{id}`.
        routes.sort_by_key(Route::names);
        Self { routes }
    }

    /// The routes that a request may mean, and what its path holds in each. Actions can share a path.
    pub(super) fn find(&self, method: &str, path: &str) -> Vec<(&Route, Map<String, Value>)> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').filter(|_| path != "/").collect();
        let routes = self.routes.iter().filter(|route| route.method == method).filter_map(|route| {
            let (fixed, most) =
                (route.segments.len(), if route.rest.is_some() { usize::MAX } else { route.segments.len() });
            if !(fixed..=most).contains(&parts.len()) {
                return None;
            }
            let mut values = Map::new();
            if let Some(name) = &route.rest {
                let rest: Vec<_> = parts[fixed..].iter().map(|part| decode(part)).collect();
                values.insert(name.clone(), format!("/{}", rest.join("/")).into());
            }
            for (segment, part) in route.segments.iter().zip(&parts) {
                values.extend(segment.read(part)?);
            }
            Some((route, values))
        });
        // `…/search` is never `…/{id}`.
        let mut found: Vec<_> = routes.collect();
        if let Some(fewest) = found.first().map(|(route, _)| route.names()) {
            found.retain(|(route, _)| route.names() == fewest);
        }
        found
    }
}

impl Route {
    /// How many parts of its path are no placeholders.
    pub(super) fn literals(&self) -> usize {
        let parts = self.segments.iter().flat_map(|segment| &segment.0);
        parts.filter(|part| matches!(part, Part::Text(_))).count()
    }

    /// How many of its segments hold placeholders. One that takes any path comes last.
    fn names(&self) -> usize {
        let any = if self.rest.is_some() { 1_000 } else { 0 };
        any + self.segments.iter().filter(|one| !one.is_literal()).count()
    }
}

fn segments(manifest: &Manifest, version: &str, pattern: &Pattern) -> Vec<Segment> {
    let mut segments = vec![Segment::default()];
    let text = |segments: &mut Vec<Segment>, text: &str| {
        for (index, piece) in text.split('/').enumerate() {
            if index > 0 {
                segments.push(Segment::default());
            }
            if let Some(last) = segments.last_mut().filter(|_| !piece.is_empty()) {
                last.0.push(Part::Text(piece.to_owned()));
            }
        }
    };
    for part in pattern.parts() {
        match part {
            Part::Text(literal) => text(&mut segments, literal),
            Part::Name(name) => match name.strip_prefix("paths.") {
                Some(prefix) => text(&mut segments, manifest.path(version, prefix).unwrap_or_default()),
                None => segments.last_mut().expect("there is one").0.push(Part::Name(name.clone())),
            },
        }
    }
    segments.retain(|segment| !segment.0.is_empty());
    segments
}
