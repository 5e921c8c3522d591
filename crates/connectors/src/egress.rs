//! Where calls may go: never to the machine itself or its private network, unless the operator
//! allowed that host and port, and then only for base URLs that an administrator set.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

/// The operator's exceptions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    allow: Vec<HostPort>,
    allow_steps: Vec<HostPort>,
}

/// A host and a port, or any port of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    host: String,
    port: Option<u16>,
}

/// Why an exception could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no egress exception; write host and port, such as `127.0.0.1:4801` or `localhost:*`")]
pub struct WrongException(String);

impl EgressPolicy {
    /// No exceptions.
    pub fn strict() -> Self {
        Self::default()
    }

    /// These exceptions.
    pub fn new(allow: Vec<HostPort>) -> Self {
        Self { allow, allow_steps: Vec::new() }
    }

    /// The same with exceptions for addresses that steps of workflows name.
    #[must_use]
    pub fn with_steps(mut self, allow_steps: Vec<HostPort>) -> Self {
        self.allow_steps = allow_steps;
        self
    }

    /// Whether an exception names this host and port.
    pub(crate) fn allows(&self, host: &str, port: u16) -> bool {
        self.allow.iter().any(|one| one.is(host, port))
    }

    /// Whether an exception names this host with any port.
    pub(crate) fn names(&self, host: &str) -> bool {
        self.allow.iter().chain(&self.allow_steps).any(|one| one.host.eq_ignore_ascii_case(host))
    }

    /// Decides about one address. `set_by_administrator` says whether its origin is a base URL from
    /// an integration's settings.
    pub(crate) fn route(&self, url: &Url, set_by_administrator: bool) -> Result<Route, String> {
        let (host, name, port) = parts(url)?;
        if set_by_administrator && self.allows(name, port) {
            return Ok(Route::Excepted);
        }
        if url.scheme() != "https" {
            return Err(format!(
                "{name}:{port} is not called without https; the operator can allow it as `{name}:{port}`"
            ));
        }
        if is_private(&host) {
            return Err(format!(
                "{name} is an address of this machine or a private network; the operator can allow it as `{name}:{port}`"
            ));
        }
        Ok(Route::Open)
    }

    /// Decides about an address that a step names. Exceptions for base URLs do not serve it, and no
    /// account's token goes there, so plain http is its author's own decision.
    pub(crate) fn route_step(&self, url: &Url) -> Result<Route, String> {
        let (host, name, port) = parts(url)?;
        if self.allow_steps.iter().any(|one| one.is(name, port)) {
            return Ok(Route::Excepted);
        }
        if is_private(&host) {
            return Err(format!(
                "{name} is an address of this machine or a private network, which a step does not call; the operator can allow it as `{name}:{port}` in egress_allow_steps"
            ));
        }
        Ok(Route::Open)
    }
}

/// Host, its name without brackets, and port of an address that may be called at all.
fn parts(url: &Url) -> Result<(Host<&str>, &str, u16), String> {
    let (true, Some(host), Some(port)) =
        (matches!(url.scheme(), "http" | "https"), url.host(), url.port_or_known_default())
    else {
        return Err("only http and https addresses with a host can be called".into());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address with a user name in it is not called".into());
    }
    Ok((host, url.host_str().unwrap_or_default().trim_matches(['[', ']']), port))
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(ip) => is_inner(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => is_inner(IpAddr::V6(*ip)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

impl HostPort {
    fn is(&self, host: &str, port: u16) -> bool {
        self.host.eq_ignore_ascii_case(host) && self.port.is_none_or(|known| known == port)
    }
}

/// Which of the client's two halves makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// Names that resolve to inner addresses are refused.
    Open,
    /// The operator allowed this host.
    Excepted,
}

impl FromStr for EgressPolicy {
    type Err = WrongException;

    /// Reads `127.0.0.1:4801,localhost:*`; an empty text allows nothing.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        Ok(Self::new(parts.map(str::parse).collect::<Result<_, _>>()?))
    }
}

impl FromStr for HostPort {
    type Err = WrongException;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || WrongException(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = match port {
            "*" => None,
            number => Some(number.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(wrong)?),
        };
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = match inner {
            Some(address) => address.parse::<Ipv6Addr>().map_err(|_| wrong())?.to_string(),
            None => match Host::parse(host).map_err(|_| wrong())? {
                Host::Domain(name) => name,
                Host::Ipv4(address) => address.to_string(),
                Host::Ipv6(address) => address.to_string(),
            },
        };
        if host.contains('*') {
            return Err(wrong());
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => write!(f, "{}:*", self.host),
        }
    }
}

/// Whether an address is anything but a public one.
pub(crate) fn is_inner(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_inner_v4(ip),
        IpAddr::V6(ip) => {
            let [a, b, .., g, h] = ip.segments();
            // Addresses that carry an IPv4 one lead where it leads: mapped, compatible, NAT64, 6to4.
            let carried = match ip.segments() {
                [0, 0, 0, 0, 0, 0xffff | 0, ..] | [0x64, 0xff9b, ..] => Some((g, h)),
                [0x2002, high, low, ..] => Some((high, low)),
                _ => None,
            };
            let carried = carried.map(|(high, low)| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || (a & 0xfe00) == 0xfc00
                || (a & 0xff80) == 0xfe80
                || (a == 0x2001 && b == 0xdb8)
                || carried.is_some_and(is_inner_v4)
        }
    }
}

fn is_inner_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(url: &str, by_administrator: bool) -> Result<Route, String> {
        let policy: EgressPolicy = "127.0.0.1:4801, localhost:*".parse().expect("valid");
        policy.route(&Url::parse(url).expect("a URL"), by_administrator)
    }

    #[test]
    fn inner_addresses_are_refused_in_every_spelling() {
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://localhost/",
            "https://a.localhost./",
            "http://example.com/",
            "https://user@example.com/",
            "ftp://example.com/",
        ] {
            assert!(route(url, false).is_err(), "{url} was let through");
        }
        assert_eq!(route("https://example.com/", false), Ok(Route::Open));
        assert_eq!(route("https://1.1.1.1/", false), Ok(Route::Open));
    }

    #[test]
    fn no_form_of_an_inner_address_is_called() {
        let v4: [[u8; 4]; 8] = [
            [127, 0, 0, 1],
            [10, 1, 2, 3],
            [192, 168, 0, 1],
            [172, 16, 5, 5],
            [169, 254, 169, 254],
            [100, 64, 0, 1],
            [0, 0, 0, 0],
            [127, 255, 255, 254],
        ];
        let mut all: Vec<String> =
            ["[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]"].map(str::to_owned).to_vec();
        for [a, b, c, d] in v4 {
            let number = u32::from_be_bytes([a, b, c, d]);
            all.extend([
                format!("{a}.{b}.{c}.{d}"),
                format!("{number}"),
                format!("0x{number:x}"),
                format!("0{number:o}"),
                format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
                format!("0{a:o}.{b}.{c}.0{d:o}"),
                format!("{a}.{}", number & 0x00ff_ffff),
                format!("{a}.{b}.{c}.{d}."),
                format!("user:pass@{a}.{b}.{c}.{d}"),
                format!("[::ffff:{a}.{b}.{c}.{d}]"),
                format!("[::{a}.{b}.{c}.{d}]"),
                format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
                format!("[2002:{a:02x}{b:02x}:{c:02x}{d:02x}::]"),
            ]);
        }
        let mut read = 0;
        for address in all {
            // What is no address for us is none for the resolver either: it never gets there.
            let Ok(url) = Url::parse(&format!("https://{address}/x")) else { continue };
            read += 1;
            assert!(route(url.as_str(), false).is_err(), "{address} was let through");
        }
        assert!(read > 90, "{read}");
    }

    #[test]
    fn exceptions_serve_only_what_an_administrator_set() {
        assert_eq!(route("http://127.0.0.1:4801/x", true), Ok(Route::Excepted));
        assert_eq!(route("http://localhost:9/x", true), Ok(Route::Excepted));
        assert!(route("http://127.0.0.1:4801/x", false).is_err());
        assert!(route("http://127.0.0.1:4802/x", true).is_err());
        assert!(route("http://10.0.0.1:4801/x", true).is_err());
    }

    #[test]
    fn steps_have_exceptions_of_their_own() {
        let url = |text: &str| Url::parse(text).expect("a URL");
        let policy: EgressPolicy = "127.0.0.1:*, localhost:*".parse().expect("valid");
        for inner in ["http://127.0.0.1:4801/", "https://localhost/", "http://169.254.169.254/", "http://[::1]/"] {
            assert!(policy.route_step(&url(inner)).is_err(), "{inner} was let through");
        }
        assert_eq!(policy.route_step(&url("http://example.com/")), Ok(Route::Open));
        let policy = policy.with_steps(vec!["127.0.0.1:4801".parse().expect("valid")]);
        assert_eq!(policy.route_step(&url("http://127.0.0.1:4801/")), Ok(Route::Excepted));
        assert!(policy.route_step(&url("http://127.0.0.1:4802/")).is_err());
    }

    #[test]
    fn wrong_exceptions_are_refused() {
        for text in ["127.0.0.1", "*:80", "localhost:0", "localhost:99999", "http://localhost:1", ":80"] {
            assert!(text.parse::<EgressPolicy>().is_err(), "{text}");
        }
        assert_eq!("".parse(), Ok(EgressPolicy::strict()));
        assert_eq!("[::1]:80".parse::<HostPort>().expect("valid").to_string(), "::1:80");
    }
}
