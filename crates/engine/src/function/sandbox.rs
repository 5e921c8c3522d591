//! One QuickJS runtime: set up, compile, call, await, write the result as JSON.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, Error, Exception, Function, Runtime, Value as JsValue};
use serde_json::Value;

use super::{FunctionError, Limits, libraries};

/// The name of the code in stack traces, from which lines are read.
const FILE: &str = "function.js";

/// Names that people try, and that do not exist here.
const HOST_NAMES: [&str; 11] = [
    "require",
    "module",
    "exports",
    "process",
    "fetch",
    "XMLHttpRequest",
    "Buffer",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "URL",
];

/// What exists instead.
const HINT: &str = "a Function reaches no modules, network, files or timers; it has `parameters` and `libraries` \
                    (dates, crypto, csv, text, data, url)";

/// Everything but `Proxy`: with it the bounds on lengths in `helpers.js` could be lied to.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
    intrinsic::WeakRef,
);

struct Sandbox {
    limits: Limits,
    deadline: Instant,
    timed_out: Arc<AtomicBool>,
    context: Context,
}

/// Runs the code with parameters given as JSON.
pub(super) fn run(
    code: &str,
    parameters: Vec<u8>,
    limits: Limits,
    stopped: Arc<AtomicBool>,
) -> Result<Value, FunctionError> {
    let sandbox = Sandbox::new(limits, stopped)?;
    sandbox.context.with(|ctx| {
        let (libraries, to_json) = sandbox.prelude(&ctx)?;
        let parameters = ctx.json_parse(parameters).map_err(|error| sandbox.error(&ctx, error))?;
        let function = sandbox.compile(&ctx, code)?;
        let returned: JsValue = function.call((parameters, libraries)).map_err(|error| sandbox.error(&ctx, error))?;
        let settled = sandbox.settle(&ctx, returned)?;
        let json: String = match to_json.call((settled,)) {
            Ok(json) => json,
            Err(error) => {
                return Err(match sandbox.error(&ctx, error) {
                    FunctionError::Thrown { message, .. } => FunctionError::NotJson { message: bare(&message) },
                    other => other,
                });
            }
        };
        if json.len() > limits.output {
            return Err(FunctionError::OutputTooLarge { size: json.len(), limit: limits.output });
        }
        serde_json::from_str(&json).map_err(|error| FunctionError::NotJson { message: error.to_string() })
    })
}

/// Compiles the code and runs nothing of it.
pub(super) fn check(code: &str, limits: Limits) -> Result<(), FunctionError> {
    let sandbox = Sandbox::new(limits, Arc::default())?;
    sandbox.context.with(|ctx| sandbox.compile(&ctx, code).map(|_| ()))
}

impl Sandbox {
    fn new(limits: Limits, stopped: Arc<AtomicBool>) -> Result<Self, FunctionError> {
        let failed = |error: Error| FunctionError::Unavailable { message: error.to_string() };
        let runtime = Runtime::new().map_err(failed)?;
        runtime.set_memory_limit(limits.memory);
        runtime.set_max_stack_size(limits.stack);
        let deadline = Instant::now() + limits.time;
        let timed_out = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&timed_out);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let over = Instant::now() >= deadline || stopped.load(Ordering::Relaxed);
            if over {
                seen.store(true, Ordering::Relaxed);
            }
            over
        })));
        let context = Context::custom::<Intrinsics>(&runtime).map_err(failed)?;
        Ok(Self { limits, deadline, timed_out, context })
    }

    /// The libraries, and the function that writes a result as JSON.
    fn prelude<'js>(&self, ctx: &Ctx<'js>) -> Result<(JsValue<'js>, Function<'js>), FunctionError> {
        let set_up = || -> rquickjs::Result<_> {
            let native = libraries::native(ctx)?;
            let prelude: Function = ctx.eval(include_str!("helpers.js"))?;
            let made: rquickjs::Array = prelude.call((native,))?;
            Ok((made.get(0)?, made.get(1)?))
        };
        set_up().map_err(|error| self.error(ctx, error))
    }

    /// The code as one function of `(parameters, libraries)`, whichever form it has.
    fn compile<'js>(&self, ctx: &Ctx<'js>, code: &str) -> Result<Function<'js>, FunctionError> {
        let trimmed = code.trim_start();
        if trimmed.starts_with("import ") || trimmed.starts_with("import{") || code.contains("\nimport ") {
            let line = code.lines().position(|line| line.trim_start().starts_with("import")).unwrap_or(0) as u32 + 1;
            return Err(FunctionError::Syntax {
                message: format!("`import` is not possible: {HINT}"),
                line: Some(line),
            });
        }
        // Wrappers stand on the first line, so that the lines of the code stay what they are.
        let plain = without_export(code, "");
        let alone = plain.trim_end().trim_end_matches(';');
        let expression = format!(
            "(function (parameters, libraries) {{ const made = ({alone}\n); \
             return typeof made === 'function' ? made(parameters, libraries) : made; }})"
        );
        let first = match self.eval(ctx, expression) {
            Ok(function) => return Ok(function),
            Err(error) => error,
        };
        let body = format!(
            "(async function (parameters, libraries) {{{}\n;if (typeof yourFunction === 'function') \
             return yourFunction(parameters, libraries); }})",
            without_export(code, "const yourFunction = ")
        );
        // Of two readings the one that came further tells more.
        self.eval(ctx, body).map_err(|second| match (&first, &second) {
            (FunctionError::Syntax { line: one, .. }, FunctionError::Syntax { line: two, .. }) if one > two => first,
            _ => second,
        })
    }

    fn eval<'js>(&self, ctx: &Ctx<'js>, source: String) -> Result<Function<'js>, FunctionError> {
        let mut options = EvalOptions::default();
        options.global = true;
        options.strict = false;
        options.filename = Some(FILE.into());
        ctx.eval_with_options(source, options).map_err(|error| match self.error(ctx, error) {
            FunctionError::Thrown { message, line } => FunctionError::Syntax { message: bare(&message), line },
            other => other,
        })
    }

    /// Drives the job queue until a returned Promise has settled.
    fn settle<'js>(&self, ctx: &Ctx<'js>, returned: JsValue<'js>) -> Result<JsValue<'js>, FunctionError> {
        let Some(promise) = returned.as_promise().cloned() else {
            return Ok(returned);
        };
        while promise.state() == PromiseState::Pending {
            let more = ctx.execute_pending_job();
            if Instant::now() >= self.deadline || self.timed_out.load(Ordering::Relaxed) {
                return Err(self.timed_out());
            }
            if !more {
                return Err(FunctionError::NeverSettles);
            }
        }
        promise.result::<JsValue>().expect("it has settled").map_err(|error| self.error(ctx, error))
    }

    fn timed_out(&self) -> FunctionError {
        FunctionError::TimedOut { limit: self.limits.time }
    }

    /// What went wrong, read from the pending exception.
    fn error(&self, ctx: &Ctx<'_>, error: Error) -> FunctionError {
        let caught = if matches!(error, Error::Exception) { Some(ctx.catch()) } else { None };
        if self.timed_out.load(Ordering::Relaxed) {
            return self.timed_out();
        }
        let out_of_memory = FunctionError::OutOfMemory { limit: self.limits.memory };
        let Some(caught) = caught else {
            return FunctionError::Thrown { message: error.to_string(), line: None };
        };
        let Some(exception) = caught.clone().into_object().and_then(Exception::from_object) else {
            // Without memory even for an error the interpreter throws null. Code that throws null itself is told
            // the same.
            if caught.is_null() {
                return out_of_memory;
            }
            let message = match caught.as_string().map(rquickjs::String::to_string) {
                Some(Ok(text)) => text,
                _ => match ctx.json_stringify(caught) {
                    Ok(Some(text)) => text.to_string().unwrap_or_default(),
                    _ => "a value that is no Error".into(),
                },
            };
            return FunctionError::Thrown { message, line: None };
        };
        let message = exception.message().unwrap_or_default();
        // The interpreter refuses texts of 2^30 characters before it asks for their memory.
        if ["out of memory", "string too long", "invalid string length"].contains(&message.as_str()) {
            return out_of_memory;
        }
        let name = exception.as_object().get::<_, String>("name").unwrap_or_else(|_| "Error".into());
        let line = exception.stack().as_deref().and_then(line_of);
        let host_name = HOST_NAMES.iter().any(|name| message == format!("{name} is not defined"));
        let hint =
            if host_name || message.contains("could not load module") { format!("; {HINT}") } else { String::new() };
        FunctionError::Thrown { message: format!("{name}: {message}{hint}"), line }
    }
}

/// The code with `export default` replaced.
fn without_export(code: &str, replacement: &str) -> String {
    for (index, _) in code.match_indices("export default") {
        let line = &code[code[..index].rfind('\n').map_or(0, |at| at + 1)..index];
        if line.trim().is_empty() {
            return format!("{}{replacement}{}", &code[..index], &code[index + "export default".len()..]);
        }
    }
    code.to_owned()
}

/// The message without the name of the error's class.
fn bare(message: &str) -> String {
    message.split_once(": ").filter(|(name, _)| name.ends_with("Error")).map_or(message, |(_, rest)| rest).to_owned()
}

/// The first line of the code in a stack trace.
fn line_of(stack: &str) -> Option<u32> {
    let after = stack.split_once(&format!("{FILE}:"))?.1;
    after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
