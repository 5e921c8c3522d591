//! The Function step: a project's JavaScript, run where it can reach nothing.
//!
//! Each run has a fresh QuickJS runtime on a thread of its own, so nothing survives it. The code sees its
//! parameters and `libraries` (docs/functions.md), and no host: no modules, files, network or timers.
//! Time, memory, stack and the size of the result are bounded.

mod libraries;
mod sandbox;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, oneshot};

/// How long past its time a Function may take to notice that it is over.
const GRACE: Duration = Duration::from_secs(2);

/// Stack beside the one of JavaScript, for the interpreter's own frames.
const HOST_STACK: usize = 1024 * 1024;

/// As many Functions run at once as there are cores; the others wait their turn.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    Arc::new(Semaphore::new(cores))
});

/// What one Function may use up.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From its start to its result.
    pub time: Duration,
    /// Bytes of JavaScript values.
    pub memory: usize,
    /// Bytes of call stack.
    pub stack: usize,
    /// Bytes of the result as JSON.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(10), memory: 64 * 1024 * 1024, stack: 512 * 1024, output: 4 * 1024 * 1024 }
    }
}

/// Why a Function gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The code is no JavaScript.
    #[error("the code does not parse{}: {message}", at(*.line))]
    Syntax {
        /// As the interpreter says it.
        message: String,
        /// Line of the code, from 1.
        line: Option<u32>,
    },
    /// The code threw, or its Promise was rejected.
    #[error("the code threw{}: {message}", at(*.line))]
    Thrown {
        /// What was thrown.
        message: String,
        /// Line of the code, from 1.
        line: Option<u32>,
    },
    /// The Promise can never settle: nothing is left that could settle it.
    #[error("the returned Promise never settles: nothing is left that could resolve it")]
    NeverSettles,
    /// Over the time.
    #[error("the code ran longer than {} ms", .limit.as_millis())]
    TimedOut {
        /// What was allowed.
        limit: Duration,
    },
    /// Over the memory.
    #[error("the code needs more than {limit} bytes of memory")]
    OutOfMemory {
        /// What was allowed.
        limit: usize,
    },
    /// Over the size of a result.
    #[error("the result has {size} bytes of JSON; {limit} are allowed")]
    OutputTooLarge {
        /// What it has.
        size: usize,
        /// What was allowed.
        limit: usize,
    },
    /// The result has no JSON form.
    #[error("the result cannot be written as JSON: {message}")]
    NotJson {
        /// Where and why.
        message: String,
    },
    /// The interpreter or its thread could not start.
    #[error("the Function could not be started: {message}")]
    Unavailable {
        /// Why.
        message: String,
    },
}

fn at(line: Option<u32>) -> String {
    line.map(|line| format!(" in line {line}")).unwrap_or_default()
}

impl FunctionError {
    /// The stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "function_syntax",
            Self::Thrown { .. } => "function_threw",
            Self::NeverSettles => "function_never_settles",
            Self::TimedOut { .. } => "function_timed_out",
            Self::OutOfMemory { .. } => "function_out_of_memory",
            Self::OutputTooLarge { .. } => "function_output_too_large",
            Self::NotJson { .. } => "function_result_not_json",
            Self::Unavailable { .. } => "function_unavailable",
        }
    }
}

/// Tells the interpreter to stop when the waiting future is dropped.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a Function's code on a thread and in a QuickJS runtime of its own. Dropping the future stops the code.
pub async fn run(code: &str, parameters: &Map<String, Value>, limits: Limits) -> Result<Value, FunctionError> {
    let unavailable = |message: String| FunctionError::Unavailable { message };
    let turn = Arc::clone(&TURNS).acquire_owned().await.map_err(|error| unavailable(error.to_string()))?;
    let parameters = serde_json::to_vec(parameters).map_err(|error| unavailable(error.to_string()))?;
    let code = code.to_owned();
    let stop = StopOnDrop(Arc::default());
    let stopped = Arc::clone(&stop.0);
    // The thread gives its turn back at its end; should it not notice that its time is over, the waiter does.
    let turn = Arc::new(Mutex::new(Some(turn)));
    let held = Arc::clone(&turn);
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name("function".into())
        .stack_size(limits.stack + HOST_STACK)
        .spawn(move || {
            let result = sandbox::run(&code, parameters, limits, stopped);
            held.lock().take();
            // The waiter may be gone: then nobody wants the result.
            let _ = sender.send(result);
        })
        .map_err(|error| unavailable(error.to_string()))?;
    match tokio::time::timeout(limits.time + GRACE, receiver).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(unavailable("its thread ended early".into())),
        Err(_) => {
            turn.lock().take();
            Err(FunctionError::TimedOut { limit: limits.time })
        }
    }
}

/// The syntax problem of a code, for checking before it is deployed: line and message. Runs nothing of it.
pub fn problem(code: &str) -> Option<(u32, String)> {
    let code = code.to_owned();
    let limits = Limits::default();
    // On a thread of its own because the stack of the caller's may be too small for the parser.
    let checked = std::thread::Builder::new()
        .stack_size(limits.stack + HOST_STACK)
        .spawn(move || sandbox::check(&code, limits))
        .ok()?
        .join();
    match checked {
        Ok(Err(FunctionError::Syntax { message, line })) => Some((line.unwrap_or(1), message)),
        Ok(Err(other)) => Some((1, other.to_string())),
        Ok(Ok(())) => None,
        Err(_) => Some((1, "the code could not be read".into())),
    }
}
