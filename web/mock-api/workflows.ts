/** Workflows: drafts with revisions, deploys, the checks that the pages show. */
import { randomUUID } from "node:crypto";
import type { Definition, Problem } from "../src/api/definition.ts";
import type { Version, Workflow, WorkflowSummary } from "../src/api/workflows.ts";
import { type Answer, type Body, created, done, items, notFound, ok, refuse } from "./reply.ts";
import { connector } from "./seed.ts";
import type { MockState } from "./state.ts";

/** The checks that the pages show; the server has all of them. */
export function problemsOf(definition: Definition): Problem[] {
  const problems: Problem[] = [];
  if (!definition.trigger)
    problems.push({ pointer: "/trigger", message: "choose what starts this workflow" });
  if (definition.steps.length === 0) problems.push({ pointer: "/steps", message: "add at least one step" });
  definition.steps.forEach((step, index) => {
    const action = connector.actions.find((candidate) => candidate.name === step.action);
    if (!action) {
      problems.push({ pointer: `/steps/${index}/action`, step: step.key, message: "choose an action" });
    }
    for (const field of action?.fields ?? []) {
      if (field.required && step.inputs[field.name] === undefined) {
        problems.push({
          pointer: `/steps/${index}/inputs/${field.name}`,
          step: step.key,
          message: `“${field.title}” is required`,
        });
      }
    }
  });
  return problems;
}

function summary({
  draft: _,
  draftRevision: __,
  settings: _____,
  deployed: ___,
  problems: ____,
  ...rest
}: Workflow): WorkflowSummary {
  return rest;
}

export function workflows(
  state: MockState,
  method: string,
  id: string | undefined,
  verb: string | undefined,
  body: Body,
): Answer {
  if (id === undefined) {
    if (method === "GET") return items(state.workflows.map(summary));
    const name = String(body.name ?? "");
    if (state.workflows.some((workflow) => workflow.name === name)) {
      const message = "A workflow of this project has this name.";
      return refuse(409, "name_taken", message, { fields: { name: message } });
    }
    const draft: Definition = { trigger: null, steps: [] };
    const workflow: Workflow = {
      id: randomUUID(),
      integrationId: String(body.integrationId),
      integrationType: "hubspot",
      name,
      description: null,
      state: "draft",
      trigger: null,
      stepCount: 0,
      usersEnabled: 0,
      updatedAt: new Date().toISOString(),
      order: state.workflows.length,
      hidden: false,
      defaultEnabled: false,
      draft,
      draftRevision: 1,
      settings: [],
      deployed: null,
      problems: problemsOf(draft),
    };
    state.workflows.push(workflow);
    return created(workflow);
  }
  const workflow = state.workflows.find((candidate) => candidate.id === id);
  if (!workflow) return notFound;
  if (verb === "versions" && method === "GET") return items(versionsOf(workflow));
  if (verb === "copy") {
    const name = `${workflow.name} (copy)`;
    const copy: Workflow = {
      ...workflow,
      id: randomUUID(),
      name,
      state: "draft",
      deployed: null,
      usersEnabled: 0,
    };
    state.workflows.push(copy);
    return created(copy);
  }
  if (verb === "draft") return saveDraft(workflow, body);
  if (verb === "deploy") return deploy(workflow);
  if (verb === "undeploy") Object.assign(workflow, { deployed: null, deployedAt: null, state: "draft" });
  else if (method === "PATCH") Object.assign(workflow, body);
  else if (method === "DELETE") {
    state.workflows = state.workflows.filter((candidate) => candidate !== workflow);
    return done;
  }
  return ok(workflow);
}

function versionsOf({ deployed }: Workflow): Version[] {
  if (!deployed) return [];
  const { versionId, number, deployedAt, deployedBy } = deployed;
  return [
    { id: versionId, number, kind: "deployed", createdAt: deployedAt, createdBy: deployedBy, current: true },
  ];
}

function saveDraft(workflow: Workflow, body: Body): Answer {
  if (body.revision !== workflow.draftRevision) {
    return refuse(409, "draft_changed", "somebody else changed this workflow", {
      draftRevision: workflow.draftRevision,
      definition: workflow.draft,
    });
  }
  workflow.draft = body.definition as Definition;
  workflow.draftRevision += 1;
  workflow.trigger = workflow.draft.trigger;
  workflow.stepCount = workflow.draft.steps.length;
  workflow.problems = problemsOf(workflow.draft);
  if (workflow.deployed) workflow.state = "changed";
  return ok({ draftRevision: workflow.draftRevision, problems: workflow.problems });
}

function deploy(workflow: Workflow): Answer {
  if (workflow.problems.length > 0) {
    return refuse(422, "workflow_has_problems", "the workflow has problems", { problems: workflow.problems });
  }
  const number = (workflow.deployed?.number ?? 0) + 1;
  const deployedAt = new Date().toISOString();
  workflow.deployed = { versionId: randomUUID(), number, definition: workflow.draft, deployedAt };
  workflow.deployedAt = deployedAt;
  workflow.state = "deployed";
  return ok(workflow);
}
