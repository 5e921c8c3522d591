/** The management API of one project, answered from memory. */
import { createHash, generateKeyPairSync, randomUUID } from "node:crypto";
import type { Integration } from "../src/api/integrations.ts";
import { type Answer, type Body, created, done, invalid, items, notFound, ok, refuse } from "./reply.ts";
import { connector } from "./seed.ts";
import type { MockState } from "./state.ts";
import { workflows } from "./workflows.ts";

export function answer(state: MockState, method: string, url: URL, body: Body): Answer {
  const parts = url.pathname.replace("/api/v1/", "").split("/");
  const [first, projectId, resource, id, verb] = parts;
  if (first === "setup" && method === "GET") return ok({ needed: state.setupNeeded });
  if (first === "setup") {
    state.setupNeeded = false;
    state.signedIn = true;
    return created(session(state));
  }
  if (first === "session") return sessions(state, method, body);
  if (!state.signedIn) return refuse(401, "signed_out", "sign in first");
  if (first === "connectors") return projectId === "hubspot" ? ok(connector) : notFound;
  if (first !== "projects") return notFound;
  if (projectId === undefined) return projects(state, method, body);
  const project = state.projects.find((candidate) => candidate.id === projectId);
  if (!project) return notFound;
  switch (resource) {
    case undefined:
      if (method === "PATCH") Object.assign(project, body);
      return ok(project);
    case "checklist":
      return ok(checklist(state));
    case "connectors":
      return items(connectors(state));
    case "integrations":
      return integrations(state, method, id, body);
    case "workflows":
      return workflows(state, method, id, verb, body);
    case "app-events":
      return appEvents(state, method, id, body);
    case "received-events":
      return items(
        state.runs.map((run, index) => ({
          id: run.id,
          name: index === 2 ? "contact created" : "Contact Created",
          userId: "ann",
          receivedAt: run.createdAt,
          runs: index === 2 ? 0 : 1,
          note: index === 2 ? "unknown name" : null,
        })),
      );
    case "signing-keys":
      return signingKeys(state, method, id, body);
    case "api-keys":
      return apiKeys(state, method, id, body);
    case "users":
      return users(state, method, id, url, body);
    case "runs":
      return runs(state, id, verb, url);
    default:
      return notFound;
  }
}

function session(state: MockState) {
  return {
    member: { id: "m1", name: "Ann Example", email: "ann@example.com" },
    csrfToken: "mock",
    projects: state.projects.map(({ id, name }) => ({ id, name })),
    server: {
      version: "0.1.0",
      publicUrl: "http://127.0.0.1:4800",
      redirectUrl: "http://127.0.0.1:4800/oauth",
      demo: false,
    },
  };
}

function sessions(state: MockState, method: string, body: Body): Answer {
  if (method === "DELETE") {
    state.signedIn = false;
    return done;
  }
  if (method === "POST") {
    if (body.password === "wrong") return refuse(401, "wrong_credentials", "Email or password is wrong.");
    state.signedIn = true;
    return created(session(state));
  }
  return state.signedIn ? ok(session(state)) : refuse(401, "signed_out", "sign in first");
}

function projects(state: MockState, method: string, body: Body): Answer {
  if (method === "GET") return items(state.projects);
  const name = String(body.name ?? "");
  if (state.projects.some((project) => project.name === name)) {
    return refuse(409, "name_taken", "A project has this name.", {
      fields: { name: "A project has this name." },
    });
  }
  const project = {
    id: randomUUID(),
    name,
    allowedOrigins: [],
    userMetadata: {},
    retentionSeconds: 90 * 86_400,
    createdAt: new Date().toISOString(),
  };
  state.projects.push(project);
  return created(project);
}

function checklist(state: MockState) {
  return {
    credentials: state.integrations.some((integration) => integration.hasClientSecret),
    appEvent: state.events.length > 0,
    workflow: state.workflows.some((workflow) => workflow.draft.steps.length > 0),
    deployed: state.workflows.some((workflow) => workflow.deployed),
    signingKey: state.signingKeys.length > 0,
    tokenSeen: state.seenToken,
    userConnected: state.users.some((user) => user.accounts.length > 0),
    eventReceived: state.runs.length > 0,
    counts: {
      runs: state.runs.length,
      succeeded: state.runs.filter((run) => run.state === "succeeded").length,
      failed: state.runs.filter((run) => run.state === "failed").length,
      users: state.users.length,
    },
  };
}

function connectors(state: MockState) {
  const mine = state.integrations.find((integration) => integration.type === "hubspot");
  const { type, name, description, brandColor } = connector;
  return [
    {
      type,
      name,
      description,
      brandColor,
      iconUrl: "/integrations/hubspot.svg",
      integrationId: mine?.id ?? null,
      state: mine ? (mine.active ? "active" : "inactive") : "not_set_up",
    },
  ];
}

function integrations(state: MockState, method: string, id: string | undefined, body: Body): Answer {
  if (id === undefined) {
    if (method === "GET") return items(state.integrations);
    const now = new Date().toISOString();
    const integration: Integration = {
      id: randomUUID(),
      type: "hubspot",
      name: "HubSpot",
      iconUrl: "/integrations/hubspot.svg",
      active: false,
      clientId: null,
      hasClientSecret: false,
      custom: false,
      needsApp: true,
      scopes: [],
      optionalScopes: [],
      apiVersion: null,
      baseUrls: {},
      redirectUrl: "http://127.0.0.1:4800/oauth",
      portal: {},
      settings: [],
      connectedUsers: 0,
      createdAt: now,
      updatedAt: now,
    };
    state.integrations.push(integration);
    return created(integration);
  }
  const integration = state.integrations.find((candidate) => candidate.id === id);
  if (!integration) return notFound;
  if (method === "PATCH") {
    const { clientSecret, ...rest } = body;
    const next = { ...integration, ...rest };
    if (clientSecret !== undefined) next.hasClientSecret = clientSecret !== null;
    if (next.active && !(next.clientId && next.hasClientSecret)) {
      return invalid({ active: "Enter the client id and secret first." });
    }
    Object.assign(integration, next);
  }
  return ok(integration);
}

function appEvents(state: MockState, method: string, id: string | undefined, body: Body): Answer {
  const uses = (name: string) =>
    state.workflows
      .filter((workflow) => workflow.draft.trigger?.appEvent === name)
      .map((workflow) => ({ workflowId: workflow.id, name: workflow.name }));
  if (id === undefined && method === "GET") {
    const list = state.events.map((event) => ({ ...event, usedBy: uses(event.name) }));
    const seen = { name: "contact created", count: 3, lastReceivedAt: new Date().toISOString() };
    return ok({ items: list, nextCursor: null, unknown: state.runs.length > 0 ? [seen] : [] });
  }
  const name = String(body.name ?? "");
  if (method === "POST") {
    if (state.events.some((event) => event.name === name)) {
      return refuse(409, "name_taken", "taken", { fields: { name: "An App Event has this name." } });
    }
    const event = {
      id: randomUUID(),
      name,
      example: body.example as Record<string, never>,
      usedBy: [],
      lastReceivedAt: null,
      createdAt: new Date().toISOString(),
    };
    state.events.push(event);
    return created(event);
  }
  const event = state.events.find((candidate) => candidate.id === id);
  if (!event) return notFound;
  if (method === "PATCH") Object.assign(event, body);
  if (method === "DELETE") {
    if (uses(event.name).length > 0) {
      return refuse(409, "in_use", `Deployed workflows use it: ${uses(event.name).map((use) => use.name)}.`);
    }
    state.events = state.events.filter((candidate) => candidate !== event);
    return done;
  }
  return ok(event);
}

function signingKeys(state: MockState, method: string, id: string | undefined, body: Body): Answer {
  if (method === "GET") return items(state.signingKeys);
  if (method === "DELETE") {
    state.signingKeys = state.signingKeys.filter((key) => key.id !== id);
    return done;
  }
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const own = typeof body.publicKey === "string" ? body.publicKey : null;
  const publicKey = own ?? pair.publicKey;
  const kid = createHash("sha256").update(publicKey).digest("base64url");
  const key = {
    id: randomUUID(),
    name: String(body.name),
    kid,
    fingerprint: `SHA256:${kid}`,
    publicKey,
    createdAt: new Date().toISOString(),
    lastUsedAt: null,
  };
  state.signingKeys.push(key);
  return created(own ? key : { ...key, privateKey: pair.privateKey });
}

function apiKeys(state: MockState, method: string, id: string | undefined, body: Body): Answer {
  if (method === "GET") return items(state.apiKeys);
  if (method === "DELETE") {
    state.apiKeys = state.apiKeys.filter((key) => key.id !== id);
    return done;
  }
  const secret = `lp_${randomUUID().replaceAll("-", "")}`;
  const key = {
    id: randomUUID(),
    name: String(body.name),
    prefix: secret.slice(0, 10),
    createdAt: new Date().toISOString(),
    lastUsedAt: null,
  };
  state.apiKeys.push(key);
  return created({ ...key, key: secret });
}

function users(state: MockState, method: string, id: string | undefined, url: URL, body: Body): Answer {
  if (id === undefined) {
    const search = (url.searchParams.get("search") ?? "").toLowerCase();
    return items(
      state.users.filter((user) =>
        `${user.userId} ${user.name} ${user.email}`.toLowerCase().includes(search),
      ),
    );
  }
  const user = state.users.find((candidate) => candidate.id === id);
  if (!user) return notFound;
  if (method === "PATCH") Object.assign(user, body);
  return ok(user);
}

function runs(state: MockState, id: string | undefined, verb: string | undefined, url: URL): Answer {
  if (id === undefined) {
    const wanted = url.searchParams;
    const list = state.runs.filter(
      (run) =>
        (!wanted.get("state") || run.state === wanted.get("state")) &&
        (!wanted.get("workflowId") || run.workflowId === wanted.get("workflowId")) &&
        (!wanted.get("userId") || run.user.id === wanted.get("userId")),
    );
    return items(
      list.map((run) => ({
        ...run,
        steps: { done: run.state === "succeeded" ? run.steps.length : 0, total: run.steps.length },
      })),
    );
  }
  const run = state.runs.find((candidate) => candidate.id === id);
  if (!run) return notFound;
  if (verb === "replay") {
    const copy = { ...structuredClone(run), id: randomUUID(), seq: state.runs.length + 10 };
    state.runs.unshift(copy);
    return created({ id: copy.id });
  }
  if (verb === "cancel") run.state = "cancelled";
  return ok(run);
}
