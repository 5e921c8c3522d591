//! The engine with a real SQLite store and a scripted connector.

mod crash;
mod delay;
mod fairness;
mod flow;
mod function;
mod property;
mod runs;
mod scripted;
mod triggers;
