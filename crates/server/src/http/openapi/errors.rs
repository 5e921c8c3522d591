//! What every operation may be refused with, by what it takes: said once here instead of at each handler.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// Adds the refusals that operations have in common.
pub fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        // Webhooks of providers are answered in the provider's own terms.
        if path.starts_with("/hooks/") || path.starts_with("/triggers/") {
            continue;
        }
        for (reads, operation) in operations(item) {
            let takes_body = operation.request_body.is_some();
            let asks = takes_body || operation.parameters.as_ref().is_some_and(|list| !list.is_empty());
            let mut add = |when: bool, status: &str, what: &str| {
                if when && !operation.responses.responses.contains_key(status) {
                    operation.responses.responses.insert(status.to_owned(), RefOr::T(refusal(what)));
                }
            };
            add(asks, "400", "The request cannot be read; the message says where");
            add(true, "401", "Who calls is not proven, or may not call this");
            add(true, "403", "Not allowed, or the CSRF token is missing");
            add(path.contains('{'), "404", "There is no such thing, or it belongs to somebody else");
            add(!reads, "409", "The present state does not allow it");
            add(takes_body, "408", "The body stopped coming");
            add(takes_body, "413", "The body is larger than the limit");
            add(takes_body, "415", "The body is of another kind");
            add(takes_body, "422", "Values do not validate; each is named in `meta.fields`");
            add(true, "429", "Too often; `Retry-After` says when to try again");
            add(true, "503", "The database does not answer just now; `Retry-After` says when to try again");
        }
    }
}

/// The operations of an address, and whether each only reads.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    [
        (true, item.get.as_mut()),
        (false, item.post.as_mut()),
        (false, item.put.as_mut()),
        (false, item.patch.as_mut()),
        (false, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(reads, operation)| operation.map(|operation| (reads, operation)))
}

fn refusal(what: &str) -> Response {
    let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
    ResponseBuilder::new().description(what).content("application/json", body).build()
}
