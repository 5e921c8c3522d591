import * as accounts from "./accounts.js";
import { Client } from "./client.js";
import { asLinchpinError, LinchpinError, textOf } from "./errors.js";
import { type FieldOptions, type FieldOptionsQuestion, readFieldOptions } from "./field-options.js";
import { type CallOptions, parseJson, throwIfAborted } from "./http.js";
import type { AuthenticatedUser, SettingValues, User } from "./model.js";
import { randomKey } from "./oauth.js";
import type {
  EventOptions,
  ProxyRequestOptions,
  SelectionOptions,
  WorkflowOptions,
} from "./options.js";
import { isRecord } from "./protocol.js";

/** Pauses before an event is sent again, in milliseconds. */
const EVENT_RETRIES_MS = [400, 1_500, 4_000];
/** A workflow that answers, and a provider, may take longer than the server itself. */
const SLOW_MS = 60_000;

/** The calls that a page makes in the name of its user. */
export class Calls extends Client {
  /**
   * Sends an App Event. Resolves when the server has stored it durably. A failed attempt is repeated a few times
   * under the same idempotency key.
   *
   * @example
   * await linchpin.event("Contact Created", { first_name: "Buddha", email: "buddha@example.com" });
   */
  async event(name: string, payload: Record<string, unknown>, options: EventOptions = {}): Promise<{ id: string }> {
    const { signal, timeoutMs } = options;
    await this.session.ready();
    const request = {
      method: "POST",
      body: { name, payload },
      headers: { "Idempotency-Key": options.idempotencyKey ?? randomKey(), ...selected(options) },
      signal,
      timeoutMs,
    };
    const path = `/v2${this.session.path("/sdk/events/trigger")}`;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return (await this.session.http.json<{ id: string }>(path, request)) ?? { id: "" };
      } catch (error) {
        const pause = EVENT_RETRIES_MS[attempt];
        if (pause === undefined || !isPassing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
        throwIfAborted(signal);
      }
    }
  }

  /**
   * Calls the provider's API in the name of the user. The access token stays on the server.
   *
   * @example
   * const contacts = await linchpin.request<{ results: unknown[] }>("hubspot", "/crm/v3/objects/contacts?limit=10");
   */
  async request<T = unknown>(type: string, path: string, options: ProxyRequestOptions = {}): Promise<T | undefined> {
    await this.session.ready();
    const { method, body, headers, signal, timeoutMs = SLOW_MS, selectedCredentialId } = options;
    const target = this.session.path(`/sdk/proxy/${type}${path.startsWith("/") ? path : `/${path}`}`);
    try {
      const { text, isJson } = await this.session.http.send(target, {
        method: method ?? "GET",
        ...(body === undefined ? {} : { body }),
        signal,
        timeoutMs,
        headers: {
          ...(typeof body === "string" ? { "Content-Type": "auto" } : {}),
          ...plain(headers),
          "X-Paragon-Credential": selectedCredentialId,
        },
        proxied: true,
      });
      if (text === "") return undefined;
      const json = isJson ? parseJson(text) : undefined;
      if (json === undefined) return text as T;
      // The server wraps an answer in `output` so that one with a field of that name stays whole.
      return (isRecord(json) && "output" in json ? json.output : json) as T;
    } catch (error) {
      const { status } = asLinchpinError(error);
      // The account may have become invalid: the page should see it at once.
      if (status === 401 || status === 403) await this.session.refresh().catch(() => {});
      throw error;
    }
  }

  /**
   * Runs a workflow that has a Request trigger, and returns what it answers.
   *
   * @example
   * const answer = await linchpin.workflow(workflowId, { body: { email: "buddha@example.com" } });
   */
  async workflow<T = unknown>(workflowId: string, options: WorkflowOptions = {}): Promise<T | undefined> {
    await this.session.ready();
    const { body, headers, signal, timeoutMs = SLOW_MS } = options;
    const query = new URLSearchParams(options.query).toString();
    const path = this.session.path(`/sdk/triggers/${encodeURIComponent(workflowId)}${query && `?${query}`}`);
    return this.session.http.json<T>(path, {
      method: "POST",
      // A text is JSON, too, and not a body of its own.
      body: JSON.stringify(body ?? {}),
      headers: { "Content-Type": "application/json", ...plain(headers), ...selected(options) },
      signal,
      timeoutMs,
    });
  }

  /** Switches a workflow on for the user. */
  async enableWorkflow(workflowId: string, selection: SelectionOptions = {}): Promise<void> {
    await this.session.ready();
    await accounts.switchWorkflow(this.session, workflowId, true, selection);
  }

  /** Switches a workflow off for the user. */
  async disableWorkflow(workflowId: string, selection: SelectionOptions = {}): Promise<void> {
    await this.session.ready();
    await accounts.switchWorkflow(this.session, workflowId, false, selection);
  }

  /**
   * Switches several workflows. Tries each, and reports those that failed instead of throwing.
   *
   * @example
   * const { errors } = await linchpin.updateWorkflowState({ [contacts]: true, [deals]: false });
   */
  async updateWorkflowState(
    update: Record<string, boolean>,
    selection: SelectionOptions = {},
  ): Promise<{ user: User; errors: { workflowId: string; message: string }[] }> {
    await this.session.ready();
    const errors: { workflowId: string; message: string }[] = [];
    for (const [workflowId, enabled] of Object.entries(update)) {
      try {
        await accounts.switchWorkflow(this.session, workflowId, enabled, selection);
      } catch (error) {
        errors.push({ workflowId, message: textOf(error) });
      }
    }
    return { user: this.getUser(), errors };
  }

  /**
   * Changes settings that belong to the whole integration. Resolves with what did not validate; the rest is saved.
   *
   * @example
   * const { errors } = await linchpin.updateIntegrationUserSettings("hubspot", { region: "EU" });
   */
  async updateIntegrationUserSettings(
    type: string,
    update: SettingValues,
    selection: SelectionOptions = {},
  ): Promise<{ userState: AuthenticatedUser; errors: string[] }> {
    await this.session.ready();
    const errors = await accounts.updateSettings(this.session, type, undefined, update, selection);
    return { userState: this.session.requireUser(), errors };
  }

  /** Changes settings of one workflow. Resolves with what did not validate; the rest is saved. */
  async updateWorkflowUserSettings(
    type: string,
    workflowId: string,
    update: SettingValues,
    selection: SelectionOptions = {},
  ): Promise<{ userState: AuthenticatedUser; errors: string[] }> {
    await this.session.ready();
    const errors = await accounts.updateSettings(this.session, type, workflowId, update, selection);
    return { userState: this.session.requireUser(), errors };
  }

  /**
   * Lists what a setting offers to choose from in the user's own account, page by page: for settings that you show
   * yourself.
   *
   * @example
   * const { data, nextPageCursor } = await linchpin.getFieldOptions({ integration: "hubspot", action: "owners", search: "ann" });
   */
  async getFieldOptions(question: FieldOptionsQuestion): Promise<FieldOptions> {
    await this.session.ready();
    return readFieldOptions(this.session, this.connector.sources, question);
  }

  /** Merges into what is known of the user; workflows read it as `user.metadata`. */
  async setUserMetadata(meta: Record<string, unknown>, call: CallOptions = {}): Promise<AuthenticatedUser> {
    await this.session.ready();
    await this.session.patchMetadata(meta, call);
    return this.session.requireUser();
  }
}

function selected({ selectedCredentialId, selectedConfigurationId }: SelectionOptions): Record<string, string | undefined> {
  return { "X-Paragon-Credential": selectedCredentialId, "X-Paragon-Configuration-Id": selectedConfigurationId };
}

/** Headers of whatever form as a plain object. */
function plain(headers: HeadersInit | undefined): Record<string, string> {
  return Object.fromEntries([...new Headers(headers)]);
}

/** Failures that may be gone the next time. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof LinchpinError)) return false;
  const { code, status } = error;
  return code === "network" || code === "timeout" || (status !== undefined && [429, 502, 503, 504].includes(status));
}
