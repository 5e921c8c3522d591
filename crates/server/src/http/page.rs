//! Lists as they are sent.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::error::ApiError;
use super::extract::Json;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Items<T: ToSchema> {
    /// The items.
    pub items: Vec<T>,
    /// Give it as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

impl<T: ToSchema> Items<T> {
    /// A list that is always sent whole.
    pub fn whole(items: Vec<T>) -> Json<Self> {
        Json(Self { items, next_cursor: None })
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// `nextCursor` of the page before.
    pub cursor: Option<String>,
    /// How many items, 1 to 200; 50 when absent.
    pub limit: Option<i64>,
}

impl Page {
    /// The number of items to read.
    pub fn limit(&self) -> Result<i64, ApiError> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(limit),
            _ => Err(ApiError::bad_request("wrong_query", "limit: a number from 1 to 200 is expected")),
        }
    }

    /// Cuts a list that was read with one item too many; returns the last that stays when there are more.
    pub fn cut<T>(found: &mut Vec<T>, limit: i64) -> Option<&T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if found.len() <= limit {
            return None;
        }
        found.truncate(limit);
        found.last()
    }

    /// A cursor that is a sequence number.
    pub fn seq(&self) -> Result<Option<i64>, ApiError> {
        self.cursor
            .as_deref()
            .map(|cursor| cursor.parse().map_err(|_| ApiError::bad_request("wrong_query", "cursor: unknown cursor")))
            .transpose()
    }
}

/// The project in an address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProjectPath {
    /// The project.
    #[param(rename = "projectId")]
    pub project_id: Uuid,
}

/// The project and the thing in an address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ItemPath {
    /// The project.
    #[param(rename = "projectId")]
    pub project_id: Uuid,
    /// The thing.
    pub id: Uuid,
}

/// The project and the name of a thing in an address.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct NamePath {
    /// The project.
    #[param(rename = "projectId")]
    pub project_id: Uuid,
    /// The name.
    pub name: String,
}
