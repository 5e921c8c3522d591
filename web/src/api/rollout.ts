/** Staged rollouts of a workflow's version. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";
import { at } from "./queries.ts";

/** Who has the version: a share of all users, and users by their ids. */
export interface Rollout {
  percent: number;
  userIds: string[];
}

export interface RunningRollout extends Rollout {
  versionId: string;
  versionNumber: number;
  deployedNumber: number;
  usersOnIt: number;
  usersEnabled: number;
}

export interface WorkflowRollout {
  rollout?: RunningRollout | null;
}

export const rolloutQuery = (p: string, workflowId: string) =>
  queryOptions({
    queryKey: [p, "workflows", workflowId, "rollout"],
    queryFn: async () =>
      (await call<WorkflowRollout>("GET", `${at(p)}/workflows/${workflowId}/rollout`)).rollout ?? null,
  });
