//! Making connections: to addresses that the egress policy allows and no other, with TLS, in time.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::TokioIo;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tower::timeout::Timeout;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service};

use crate::egress::{EgressPolicy, is_inner};

/// Time to make a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a silent connection is believed to be there, and between the questions after that.
const KEEPALIVE: Duration = Duration::from_secs(15);

pub(super) type Connector = BoxCloneSyncService<Uri, MaybeHttpsStream<TokioIo<TcpStream>>, BoxError>;

pub(super) fn connector(resolver: Resolver) -> Connector {
    let mut http = HttpConnector::new_with_resolver(resolver);
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_keepalive(Some(KEEPALIVE));
    http.set_keepalive_interval(Some(KEEPALIVE));
    http.set_keepalive_retries(Some(3));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let https = match HttpsConnectorBuilder::new().with_provider_and_platform_verifier(Arc::clone(&provider)) {
        Ok(builder) => builder,
        // A machine without certificate authorities can still try everything against a simulator.
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "no certificate authorities were found, so https calls to providers will fail; install ca-certificates"
            );
            HttpsConnectorBuilder::new().with_tls_config(trusting_nobody(provider))
        }
    };
    let https = https.https_or_http().enable_all_versions().wrap_connector(http);
    BoxCloneSyncService::new(Timeout::new(https, CONNECT_TIMEOUT))
}

fn trusting_nobody(provider: Arc<CryptoProvider>) -> ClientConfig {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3")
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

/// A name that leads to an inner address.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to an address of this machine or a private network, which is not called")]
pub(super) struct Refused(String);

/// Gives the addresses of a name that may be called. The connection is made to what is given here, so a name cannot
/// change its mind between check and call.
#[derive(Debug, Clone)]
pub(super) enum Resolver {
    /// Public addresses.
    PublicOnly,
    /// The names that the operator allowed, and no other.
    AllowedOnly(Arc<EgressPolicy>),
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolver = self.clone();
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let refused = |host| Err(Refused(host).into());
            if matches!(&resolver, Self::AllowedOnly(policy) if !policy.names(&host)) {
                return refused(host);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            // One inner address among public ones is a trap as well.
            if matches!(resolver, Self::PublicOnly) && found.iter().any(|address| is_inner(address.ip())) {
                return refused(host);
            }
            Ok(found.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let name = |text: &str| text.parse::<Name>().expect("a name");
        let refused = Resolver::PublicOnly.call(name("localhost")).await.expect_err("refused");
        assert!(refused.is::<Refused>(), "{refused}");
        let mut only = Resolver::AllowedOnly(Arc::new("localhost:1".parse().expect("valid")));
        assert!(only.call(name("localhost")).await.is_ok());
        assert!(only.call(name("example.com")).await.is_err());
    }
}
