/**
 * Connecting without the portal: the page draws the forms, this says which one is next.
 *
 * ```text
 * start ─▶ accountType ─▶ instruction ─▶ preOptions ─▶ oauth ─▶ postOptions ─▶ done
 * ```
 *
 * A stage that an integration does not need is left out. Without OAuth the account is stored when `preOptions` is
 * answered. An account that waits for its `postOptions` is PENDING; the next `start` goes on there. A failure leaves
 * the flow where it is: the form can be answered again, the window opened again with `retry`.
 */
import { checkLabels, checkNotInstalled } from "./checks.js";
import type { Connector } from "./connector.js";
import { postOptions, preOptions } from "./describe.js";
import { asLinchpinError, LinchpinError, quiet } from "./errors.js";
import { guarded } from "./events.js";
import { aborted, throwIfAborted } from "./http.js";
import { accountType, accountTypes, given, schemeOf } from "./integration.js";
import type { AccountType, Credential, Input, Integration, SettingValues } from "./model.js";
import type { ConnectResult } from "./options.js";
import type { InstallOptions } from "./protocol.js";
import type { Session } from "./session.js";

/** What the page shows next. */
export type InstallFlowStage =
  | AccountTypeStage
  | InstructionStage
  | PreOptionsStage
  | OAuthStage
  | PostOptionsStage
  | DoneStage;

/** The user chooses how to connect; answer with `setAccountType`. */
export interface AccountTypeStage {
  stage: "accountType";
  options: AccountType[];
  done: false;
}

/** The user has something to install at the provider; call `finish.onClick` when it is done. */
export interface InstructionStage {
  stage: "instruction";
  /** Markdown. */
  content: string;
  ctas: ({ type: "link"; label: string; href: string } | { type: "copyButton"; label: string; copyText: string })[];
  finish: { type: "finishButton"; label: string; onClick: () => void };
  packageInstallUrl: string;
  done: false;
}

/** A form before the provider's window, or instead of it; answer with `setPreOptions`. */
export interface PreOptionsStage {
  stage: "preOptions";
  options: Input[];
  done: false;
}

/** The provider's window is open. If it failed, `retry` opens it again. */
export interface OAuthStage {
  stage: "oauth";
  done: false;
}

/** A form after the provider's window; answer with `setPostOptions`. */
export interface PostOptionsStage {
  stage: "postOptions";
  options: Input[];
  done: false;
}

/** The account is connected. */
export interface DoneStage {
  stage: "done";
  done: true;
  result: ConnectResult;
}

/** Options of `installFlow.start`. */
export interface InstallFlowOptions
  extends Pick<InstallOptions, "allowMultipleCredentials" | "overrideRedirectUrl" | "selectedCredentialId" | "externalId"> {
  /** Leaves the stage `accountType` out. */
  accountType?: string;
  /** The flow reached a stage. */
  onNext?: (stage: InstallFlowStage) => void;
  /** The account is connected. */
  onComplete?: (result: ConnectResult) => void;
  /** A stage failed. The flow stays there; `context` is `null` where it could not begin. */
  onError?: (error: LinchpinError, context: { stage: Exclude<InstallFlowStage["stage"], "done"> } | null) => void;
  /** Gives up on the provider's window after this many milliseconds (15 minutes by default). */
  oauthTimeout?: number;
  /** Ends the flow. */
  signal?: AbortSignal;
}

/** A flow that has begun. */
interface Run {
  integration: Integration;
  options: InstallFlowOptions;
  stage: InstallFlowStage | undefined;
  accountType: string | undefined;
  instructed: boolean;
  pre: SettingValues | undefined;
  post: SettingValues | undefined;
  /** Absent until the account is stored. */
  credential: Credential | undefined;
  /** The server has the answer to `postOptions`. */
  completed: boolean;
}

/** What is to be done next: show a stage, or a step of ours between two. */
type Next = InstallFlowStage["stage"] | "store" | "complete";

/**
 * Connects an account by screens of your own. Each call resolves with the stage that waits for the user, or with
 * `done`, and rejects if it failed. What nobody waits for raises no unhandled rejection.
 *
 * @example
 * let stage = await linchpin.installFlow.start("hubspot"); // in a click
 * while (!stage.done) stage = await showFormFor(stage); // calls setPreOptions, setPostOptions, …
 */
export class InstallFlow {
  private run: Run | undefined;

  /** Made by `Linchpin`. */
  constructor(
    private readonly session: Session,
    private readonly connector: Connector,
  ) {}

  /**
   * Begins to connect an account, or goes on with one that is PENDING. Call it in a click: it may open the provider's
   * window at once. A flow that was under way is left.
   */
  start(type: string, options: InstallFlowOptions = {}): Promise<InstallFlowStage> {
    return quiet(this.begin(type, options));
  }

  private async begin(type: string, options: InstallFlowOptions): Promise<InstallFlowStage> {
    this.end(new LinchpinError("superseded", "another install flow was started"));
    const { signal } = options;
    let run: Run;
    try {
      if (!this.session.isReady) await this.session.ready();
      throwIfAborted(signal);
      const integration = this.session.integration(type);
      checkLabels(this.session, type, options);
      const pending = this.pendingCredential(type, options);
      if (!pending) checkNotInstalled(this.session, type, options);
      run = {
        integration,
        options,
        stage: undefined,
        accountType: options.accountType ?? pending?.accountType,
        instructed: false,
        pre: undefined,
        post: undefined,
        credential: pending,
        completed: false,
      };
    } catch (error) {
      const failure = asLinchpinError(error);
      guarded(() => options.onError?.(failure, null));
      throw failure;
    }
    this.run = run;
    signal?.addEventListener("abort", () => {
      if (this.run === run) this.end(aborted(signal));
    });
    return this.advance(run);
  }

  /** Answers the stage `accountType`. Until the account is stored, earlier stages can be answered again. */
  setAccountType(accountTypeId: string): Promise<InstallFlowStage> {
    return this.answer("accountType", (run) => {
      if (!accountTypes(run.integration).some(({ id }) => id === accountTypeId)) {
        const known = accountTypes(run.integration).map(({ id }) => id).join(", ");
        throw new LinchpinError("invalid_options", `there is no account type "${accountTypeId}"; there are ${known}`);
      }
      if (run.accountType !== accountTypeId) run.pre = undefined;
      run.accountType = accountTypeId;
    });
  }

  /** Answers the stage `preOptions`. */
  setPreOptions(values: SettingValues): Promise<InstallFlowStage> {
    return this.answer("preOptions", (run) => {
      run.pre = values;
    });
  }

  /** Answers the stage `postOptions`. */
  setPostOptions(values: SettingValues): Promise<InstallFlowStage> {
    return this.answer("postOptions", (run) => {
      run.post = values;
    });
  }

  /** Answers the stage `instruction`, as its finish button does. */
  setHasFinishedInstruction(): Promise<InstallFlowStage> {
    return this.answer("instruction", (run) => {
      run.instructed = true;
    });
  }

  /** Does again what failed: opens the provider's window, or sends the form. Call it in a click. */
  retry(): Promise<InstallFlowStage> {
    return this.answer(undefined, () => {});
  }

  /** Leaves the flow. An account that it left PENDING is disconnected. */
  cancel(): Promise<void> {
    const run = this.require();
    const { credential, integration } = run;
    this.end(new LinchpinError("cancelled", "the install flow was cancelled"));
    return credential?.status === "PENDING"
      ? quiet(this.connector.uninstall(integration.type, { selectedCredentialId: credential.id }))
      : Promise.resolve();
  }

  /** The stage that the flow is at. */
  next(): InstallFlowStage {
    const { stage } = this.require();
    if (!stage) throw noFlow();
    return stage;
  }

  /** What was chosen at `accountType`. */
  getAccountTypeValue(): string | null {
    return this.run?.accountType ?? null;
  }

  /** What was answered at `preOptions`. */
  getPreOptionsValue(): SettingValues | null {
    return this.run?.pre ?? null;
  }

  /** What was answered at `postOptions`. */
  getPostOptionsValue(): SettingValues | null {
    return this.run?.post ?? null;
  }

  /** @internal Ends the flow, and with it the calls that wait for it. */
  end(error: LinchpinError): void {
    const { run } = this;
    if (!run) return;
    this.run = undefined;
    this.connector.drop(run.integration.type, error);
  }

  private answer(stage: keyof typeof ORDER | undefined, take: (run: Run) => void): Promise<InstallFlowStage> {
    const advance = async (): Promise<InstallFlowStage> => {
      const run = this.require();
      const at = run.stage?.stage ?? "accountType";
      const stored = run.credential !== undefined;
      if (stage !== undefined && (ORDER[stage] > ORDER[at] || (stored && stage !== "postOptions"))) {
        throw new LinchpinError("wrong_stage", `the flow is at "${at}", not at "${stage}"; show what onNext says`);
      }
      take(run);
      return this.advance(run);
    };
    return quiet(advance());
  }

  /** Goes on until the user has something to do. Up to the first wait this is one task, so that the window opens. */
  private async advance(run: Run): Promise<InstallFlowStage> {
    try {
      for (;;) {
        const next = decide(run);
        switch (next) {
          case "oauth":
            this.show(run, { stage: "oauth", done: false });
            run.credential = await this.connector.authorize(
              run.integration,
              installOptions(run),
              run.options.oauthTimeout,
              run.pre,
            );
            break;
          case "store":
            run.credential = await this.connector.store(run.integration, payload(run, run.pre), undefined, installOptions(run));
            break;
          case "complete":
            run.credential = await this.connector.store(
              run.integration,
              payload(run, run.post),
              run.credential?.id,
              installOptions(run),
            );
            run.completed = run.credential.status === "VALID";
            if (!run.completed) throw incomplete(run);
            break;
          default:
            return this.show(run, this.stageOf(run, next));
        }
        if (this.run !== run) throw new LinchpinError("superseded", "the install flow has ended meanwhile");
      }
    } catch (error) {
      throw this.failed(run, asLinchpinError(error));
    }
  }

  private failed(run: Run, error: LinchpinError): LinchpinError {
    // A window that was opened again is no failure.
    if (this.run !== run || error.code === "superseded") return error;
    const stage = run.stage?.stage;
    guarded(() => run.options.onError?.(error, stage === undefined || stage === "done" ? null : { stage }));
    return error;
  }

  private show(run: Run, stage: InstallFlowStage): InstallFlowStage {
    run.stage = stage;
    const { onNext, onComplete } = run.options;
    if (stage.done) this.run = undefined;
    guarded(() => onNext?.(stage));
    if (stage.done) guarded(() => onComplete?.(stage.result));
    return stage;
  }

  private stageOf(run: Run, stage: Exclude<Next, "oauth" | "store" | "complete">): InstallFlowStage {
    const { integration } = run;
    switch (stage) {
      case "accountType":
        return { stage, options: accountTypes(integration), done: false };
      case "preOptions":
        return { stage, options: preOptions(integration, run.accountType), done: false };
      case "postOptions":
        return { stage, options: postOptions(integration, run.accountType), done: false };
      case "instruction":
        return instruction(integration, () => void this.setHasFinishedInstruction());
      case "done":
        if (run.credential?.status !== "VALID") throw incomplete(run);
        return { stage, done: true, result: this.connector.announce(integration, run.credential) };
    }
  }

  /** An account that waits for its last values: the flow goes on with it. */
  private pendingCredential(type: string, { selectedCredentialId }: InstallFlowOptions): Credential | undefined {
    const { allCredentials = [] } = this.session.state(type) ?? {};
    if (selectedCredentialId === undefined) return allCredentials.find(({ status }) => status === "PENDING");
    const credential = this.session.credential(type, selectedCredentialId);
    return credential.status === "PENDING" ? credential : undefined;
  }

  private require(): Run {
    if (!this.run) throw noFlow();
    return this.run;
  }
}

/** The stages in their order. */
const ORDER = { accountType: 0, instruction: 1, preOptions: 2, oauth: 3, postOptions: 4, done: 5 };

/** What is next: a function of what is known, so that the same answers lead to the same place. */
function decide(run: Run): Next {
  const { integration, credential } = run;
  if (!credential) {
    if (run.accountType === undefined && accountTypes(integration).length > 0) return "accountType";
    if (!run.instructed && packageUrl(run) !== undefined) return "instruction";
    if (!run.pre && preOptions(integration, run.accountType).length > 0) return "preOptions";
    return schemeOf(integration, run.accountType) === "oauth" ? "oauth" : "store";
  }
  if (run.completed) return "done";
  if (!run.post && postOptions(integration, run.accountType).length > 0) return "postOptions";
  return run.post || credential.status === "PENDING" ? "complete" : "done";
}

function packageUrl({ integration, accountType: chosen }: Run): string | undefined {
  const url = integration.sdkIntegrationConfig?.authSchemeOptions?.packageInstallUrl;
  // Whatever else it may be, it is not a script. Who brings an app of their own needs no package.
  return url && /^https?:\/\//i.test(url) && chosen !== "user-configured-oauth" ? url : undefined;
}

function instruction({ name, sdkIntegrationConfig }: Integration, onClick: () => void): InstructionStage {
  const url = sdkIntegrationConfig?.authSchemeOptions?.packageInstallUrl ?? "";
  return {
    stage: "instruction",
    content: `## Install the ${name} package\n\nAn administrator of your ${name} account installs it once. Then come back here and go on.`,
    ctas: [
      { type: "link", label: "Install", href: url },
      { type: "copyButton", label: "Copy link", copyText: url },
    ],
    finish: { type: "finishButton", label: "I have installed the package", onClick },
    packageInstallUrl: url,
    done: false,
  };
}

function installOptions({ options, accountType: chosen }: Run): InstallOptions {
  const { allowMultipleCredentials = false, overrideRedirectUrl, selectedCredentialId, externalId } = options;
  return {
    allowMultipleCredentials,
    ...given({ overrideRedirectUrl, selectedCredentialId, externalId, accountType: chosen }),
  };
}

function payload({ integration, accountType: chosen }: Run, values: SettingValues | undefined): SettingValues {
  return { ...values, skipPostOAuthInputs: accountType(integration, chosen)?.skipPostOAuthInputs ?? false };
}

function incomplete({ integration, credential }: Run): LinchpinError {
  return new LinchpinError(
    "setup_incomplete",
    `the ${integration.name} account is stored and still ${credential?.status}; check the values, or connect it again`,
  );
}

function noFlow(): LinchpinError {
  return new LinchpinError("no_install_flow", "no install flow is under way; call installFlow.start first");
}
