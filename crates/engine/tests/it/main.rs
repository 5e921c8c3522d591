//! The engine with a real SQLite store and a scripted connector.

mod crash;
mod delay;
mod fairness;
mod flow;
mod function;
mod join;
mod outage;
#[path = "../../../store/tests/it/postgres.rs"]
mod postgres;
mod property;
mod random_workflow;
mod runs;
mod scripted;
mod simulation;
mod tools;
mod triggers;
