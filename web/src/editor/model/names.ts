/** What a step is called on screen. */
import type { ConnectorAction } from "../../api/connectors.ts";
import type { Step } from "../../api/definition.ts";

/** The titles of the connector's actions, by name. */
export type ActionTitles = ReadonlyMap<string, string>;

export const NO_TITLES: ActionTitles = new Map();

export function actionTitles(actions: readonly ConnectorAction[]): ActionTitles {
  return new Map(actions.map((action) => [action.name, action.title]));
}

/** The name that a person gave; else what its action is called; else its key. */
export function nameOf(step: Step, titles: ActionTitles): string {
  return step.title || titles.get(step.action ?? "") || step.action || step.key;
}
