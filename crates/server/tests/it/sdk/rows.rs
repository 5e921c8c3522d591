//! Rows of a sheet, which have no time: a new one is told by its place.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::provider::Provider;

impl Provider {
    async fn append(&self, row: Value) {
        let path =
            "/v4/spreadsheets/s-1/values/Sheet1:append?valueInputOption=USER_ENTERED&insertDataOption=INSERT_ROWS";
        self.elsewhere(Method::POST, path, json!({"values": [row]})).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_below_the_others_starts_a_run_once_and_none_that_was_there() {
    let sheets = Provider::start("google-sheets").await;
    sheets.append(json!(["Name", "Orders"])).await;
    sheets.append(json!(["Old", 1])).await;
    sheets.import("ann").await;
    let inputs = json!({"spreadsheetId": "s-1", "range": "Sheet1"});
    let trigger = json!({"provider": {"event": "rows.added", "inputs": inputs}});
    let workflow = sheets.world.waits("Rows", trigger.clone()).await;
    sheets.world.switch("ann", &workflow, true).await;
    // The second question is asked once the first was counted.
    sheets.called("A2:ZZZ", 1).await;
    sheets.append(json!(["Ann", 7])).await;
    sheets.append(json!(["Bob"])).await;
    let payloads = sheets.payloads(&workflow, 2).await;
    assert_eq!(
        payloads,
        [
            json!({"row": 3, "cells": ["Ann", 7], "values": {"Name": "Ann", "Orders": 7}}),
            json!({"row": 4, "cells": ["Bob"], "values": {"Name": "Bob"}}),
        ]
    );
    sheets.world.deploy(&workflow, trigger).await;
    sheets.append(json!(["Cem", 9])).await;
    assert_eq!(sheets.payloads(&workflow, 3).await[2]["row"], 5, "redeploying changes nothing");

    // Rows are removed: what is left starts nothing, and what comes after it does, at a place that was taken.
    sheets.elsewhere(Method::DELETE, "/_simulator/records", Value::Null).await;
    let asked = sheets.calls("A1:ZZZ").await;
    sheets.called("A1:ZZZ", asked + 2).await;
    sheets.append(json!(["Name", "Orders"])).await;
    let fourth = sheets.payloads(&workflow, 4).await[3].clone();
    assert_eq!(fourth["row"], 1);
    sheets.append(json!(["Ann", 7])).await;
    assert_eq!(sheets.payloads(&workflow, 5).await[4]["values"], json!({"Name": "Ann", "Orders": 7}));
    let asked = sheets.calls("A2:ZZZ").await;
    sheets.called("A2:ZZZ", asked + 2).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    sheets.payloads(&workflow, 5).await;
}
