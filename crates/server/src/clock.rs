//! The one place that asks the system for time and random bits.

use std::cell::RefCell;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use linchpin_domain::{Clock, Timestamp};

/// The system's clock and random source.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "everything else asks this clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn random(&self) -> u128 {
        STOCK.with_borrow_mut(Stock::take)
    }
}

/// How many numbers are fetched at once: every request and every run needs some, and each fetch has a price.
const FETCHED: usize = 64;

thread_local! {
    static STOCK: RefCell<Stock> = const { RefCell::new(Stock { numbers: [0; FETCHED], left: 0 }) };
}

/// Random numbers of one thread that nobody has had yet.
struct Stock {
    numbers: [u128; FETCHED],
    left: usize,
}

impl Stock {
    fn take(&mut self) -> u128 {
        if self.left == 0 {
            let mut bytes = [0; FETCHED * 16];
            SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
            for (number, bytes) in self.numbers.iter_mut().zip(bytes.chunks_exact(16)) {
                *number = u128::from_be_bytes(bytes.try_into().expect("16 bytes"));
            }
            self.left = FETCHED;
        }
        self.left -= 1;
        // What was given away may be a secret: it is not kept.
        std::mem::take(&mut self.numbers[self.left])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_number_comes_twice() {
        let threads: Vec<_> =
            (0..4).map(|_| std::thread::spawn(|| (0..500).map(|_| SystemClock.random()).collect::<Vec<_>>())).collect();
        let numbers: Vec<u128> = threads.into_iter().flat_map(|thread| thread.join().expect("ends")).collect();
        let different: HashSet<&u128> = numbers.iter().collect();
        assert_eq!(different.len(), 2_000);
        assert!(!numbers.contains(&0));
    }
}
