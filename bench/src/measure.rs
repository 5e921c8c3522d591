//! Quantiles of measured times.

use serde::{Deserialize, Serialize};

/// Times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quantiles {
    pub p50: u64,
    pub p99: u64,
    pub p999: u64,
    pub max: u64,
}

impl Quantiles {
    /// Of a list that may be in any order.
    pub fn of(mut micros: Vec<u64>) -> Self {
        micros.sort_unstable();
        let at = |share: f64| {
            let last = micros.len().saturating_sub(1);
            let index = ((micros.len() as f64 * share).ceil() as usize).saturating_sub(1);
            micros.get(index.min(last)).copied().unwrap_or(0)
        };
        Self { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let of = Quantiles::of((1..=1000).rev().collect());
        assert_eq!(of, Quantiles { p50: 500, p99: 990, p999: 999, max: 1000 });
        assert_eq!(Quantiles::of(vec![7]), Quantiles { p50: 7, p99: 7, p999: 7, max: 7 });
        assert_eq!(Quantiles::of(Vec::new()), Quantiles::default());
    }
}
