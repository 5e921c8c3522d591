//! The engine with a real SQLite store and a scripted connector.

mod crash;
mod fairness;
mod function;
mod runs;
mod scripted;
