/** For the portal's tests: a page that frames the portal, and what it would send. */
import type { Credential, Integration, WorkflowState } from "../../../sdk/js/src/model";
import type { ModalState, UiUpdate } from "../../../sdk/js/src/protocol";
import { Page, type Surroundings } from "./page";

export const ORIGIN = "https://app.acme.example";

interface Call {
  type: string;
  parameters: unknown[];
  id: string;
}

/** The parent window. It records the portal's calls, and answers them as told. */
export class HostPage {
  readonly calls: Call[] = [];
  readonly page: Page;
  /** What a method answers; a thrown error becomes an error reply. */
  readonly answers: Record<string, (...parameters: never[]) => unknown> = {};
  private listener: (event: MessageEvent<unknown>) => void = () => {};
  private readonly parent = {
    postMessage: (message: unknown, target: string): void => {
      if (target !== ORIGIN) throw new Error(`a message for ${target}`);
      // What cannot be cloned cannot be posted.
      const call = structuredClone(message) as Call;
      this.calls.push(call);
      queueMicrotask(() => this.answer(call));
    },
  };

  constructor() {
    const surroundings: Surroundings = {
      parent: this.parent,
      addEventListener: (_type, listener) => {
        this.listener = listener;
      },
    };
    this.page = new Page(surroundings);
  }

  send(data: unknown, from: { source?: unknown; origin?: string } = {}): void {
    const source = "source" in from ? from.source : this.parent;
    this.listener({ data, origin: from.origin ?? ORIGIN, source } as MessageEvent<unknown>);
  }

  called(type: string): unknown[][] {
    return this.calls.filter((call) => call.type === type).map(({ parameters }) => parameters);
  }

  private answer({ type, parameters, id }: Call): void {
    try {
      const result = this.answers[type]?.(...(parameters as never[]));
      this.send({ messageType: "SDK_FUNCTION_RESPONSE", id, type, result });
    } catch (error) {
      this.send({ messageType: "SDK_FUNCTION_ERROR", error: true, id, message: (error as Error).message });
    }
  }
}

export function hubspot(change: Partial<Integration> = {}): Integration {
  return {
    id: "int-1",
    type: "hubspot",
    name: "HubSpot",
    isActive: true,
    authenticationType: "oauth",
    needPreOauthInputs: false,
    configs: [],
    workflows: [
      { id: "wf-1", description: "Sync contacts" },
      { id: "wf-2", description: "Add to list" },
    ],
    ...change,
  };
}

export function credential(
  status: Credential["status"] = "VALID",
  settings: Record<string, WorkflowState> = {},
  sharedSettings = {},
): Credential {
  return {
    id: "cred-1",
    integrationId: "int-1",
    status,
    providerId: "1234567",
    providerData: { accountName: "Acme GmbH" },
    configurations: [
      {
        id: "conf-1",
        connectCredentialId: "cred-1",
        isDefault: true,
        sharedSettings,
        workflowSettings: settings,
        dateCreated: "2026-01-01T00:00:00Z",
      },
    ],
  };
}

export const config = {
  description: "Keeps your contacts up to date.",
  overview: "## What it does\nIt **syncs**.",
  workflowMeta: {
    "wf-1": { id: "wf-1", inputs: [], infoText: "Adds each new lead as a contact.", order: 1 },
    "wf-2": {
      id: "wf-2",
      inputs: [{ id: "list", title: "List id", type: "TEXT_NO_VARS" }],
      infoText: "Adds each new lead to a list.",
      order: 2,
    },
  },
  sharedMeta: { inputs: [] },
};

/** A snapshot: not connected, unless there is a credential. */
export function snapshot(account?: Credential, modal: Partial<ModalState> = {}, type = "hubspot"): UiUpdate {
  return {
    messageType: "UI_UPDATE",
    nextContext: {
      projectId: "p1",
      user: {
        authenticated: true,
        userId: "ann",
        meta: {},
        resources: [],
        integrations: {
          [type]: {
            enabled: account?.status === "VALID",
            allCredentials: account ? [account] : [],
            ...(account ? { credentialId: account.id, credentialConfigId: "conf-1" } : {}),
          },
        },
      },
    },
    nextModalState: { integration: hubspot(), config, apiInstallationOptions: {}, ...modal },
  };
}
