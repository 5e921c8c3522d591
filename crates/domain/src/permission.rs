//! Who may have a workflow: conditions over the connected user, `{{ user.id }}` and
//! `{{ user.metadata.… }}`. A workflow without any is for everybody.

use serde_json::{Map, Value, json};

use crate::condition::{Compiled, Conditions};
use crate::template::{self, Context};

/// The roots that expressions of permissions may name.
const ROOTS: [&str; 1] = ["user"];

/// The permissions of one workflow, parsed once.
#[derive(Debug, Clone)]
pub struct Permissions {
    /// `None`: an expression cannot be read.
    compiled: Option<Compiled>,
}

impl Permissions {
    /// Parses conditions.
    pub fn new(conditions: &Conditions) -> Self {
        Self { compiled: conditions.clone().compile().ok() }
    }

    /// Whether a user may have the workflow. What cannot be evaluated permits nobody.
    pub fn permit(&self, user_id: &str, metadata: &Value) -> bool {
        let mut context = Context::default();
        context.set("user", &json!({"id": user_id, "metadata": metadata}));
        self.compiled.as_ref().is_some_and(|compiled| compiled.holds(&context).unwrap_or(false))
    }
}

/// Whether a user may have a workflow with these permissions.
pub fn permit(permissions: Option<&Conditions>, user_id: &str, metadata: &Map<String, Value>) -> bool {
    permissions.is_none_or(|conditions| Permissions::new(conditions).permit(user_id, &json!(metadata)))
}

/// What keeps conditions from being permissions: `(JSON pointer, message)`.
pub fn problems(conditions: &Conditions) -> Vec<(String, String)> {
    let mut found = conditions.problems();
    found.extend(template::problems_over(&conditions.templates(), &ROOTS));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(left: &str) -> Conditions {
        let given = json!({"any": [{"all": [{"left": left, "operator": "$stringExactlyMatches", "right": "pro"}]}]});
        serde_json::from_value(given).expect("readable")
    }

    fn metadata(plan: &str) -> Map<String, Value> {
        Map::from_iter([("plan".to_owned(), plan.into())])
    }

    #[test]
    fn a_user_is_permitted_whose_metadata_match() {
        let pro = conditions("{{ user.metadata.plan }}");
        assert!(permit(Some(&pro), "ann", &metadata("pro")));
        assert!(!permit(Some(&pro), "ann", &metadata("free")));
        assert!(!permit(Some(&pro), "ann", &Map::new()));
        assert!(permit(Some(&conditions("{{ user.id }}")), "pro", &Map::new()));
        assert!(permit(None, "ann", &Map::new()));
    }

    #[test]
    fn what_cannot_be_evaluated_permits_nobody() {
        assert!(!permit(Some(&conditions("{{ user. }}")), "ann", &metadata("pro")));
        assert!(!permit(Some(&conditions("{{ 1 / 0 }}")), "ann", &metadata("pro")));
    }

    #[test]
    fn they_may_name_the_user_alone() {
        assert_eq!(problems(&conditions("{{ user.metadata.plan }}")), []);
        assert_eq!(
            problems(&conditions("{{ trigger.plan }}")),
            [(
                "/any/0/all/0/left".into(),
                "in `{{ trigger.plan }}`: there is no `trigger` here; expressions begin with `user`".into()
            )]
        );
        assert_eq!(problems(&conditions("{{ user. }}"))[0].0, "/any/0/all/0/left");
        assert_eq!(problems(&Conditions::default())[0].0, "/any");
    }
}
