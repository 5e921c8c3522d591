/**
 * `@linchpin/connect/react`: the client for React 18 and later. Rendering on a server touches nothing; strict mode's
 * second run of effects starts no second session.
 */
import {
  type AccountOptions,
  type ConnectOptions,
  type ConnectResult,
  type Credential,
  type GetToken,
  type IntegrationMetadata,
  type IntegrationState,
  type Linchpin,
  LinchpinError,
  type LinchpinEvent,
  type Listener,
  linchpin,
  type User,
} from "@linchpin/connect";
import {
  type ButtonHTMLAttributes,
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";

/** How far the session is. */
export type SessionStatus = "loading" | "ready" | "error";

/** What `useLinchpin` gives. */
export interface LinchpinSession {
  /** The client, for every other call. */
  linchpin: Linchpin;
  user: User;
  status: SessionStatus;
  /** Why there is no session. */
  error: LinchpinError | undefined;
  /** Authenticates again after an error. */
  retry: () => void;
}

export interface LinchpinProviderProps {
  /** The project's id. */
  projectId: string;
  /** Fetches a user token from your backend; called again before the token ends. */
  getToken?: GetToken;
  /** A user token that you have already. Without `getToken` the session ends with it. */
  token?: string;
  /** Who is signed in to your product. When it changes, the former user's session is over at once. */
  userId?: string;
  /** The address of the server. Not needed where `configure` was called. */
  baseUrl?: string;
  /** Merged into the user's metadata. */
  metadata?: Record<string, unknown>;
  /** A client of your own instead of the shared one. */
  client?: Linchpin;
  children?: ReactNode;
}

const Session = createContext<LinchpinSession | undefined>(undefined);
const NOBODY: User = { authenticated: false };

/** Logging out waits for a moment: strict mode, and a provider that only moves, come back in it. */
const leaving = new WeakMap<Linchpin, ReturnType<typeof setTimeout>>();
const present = new WeakMap<Linchpin, string>();

/**
 * Authenticates the user for all that is inside it. Ends the session when it goes.
 *
 * @example
 * <LinchpinProvider projectId={projectId} baseUrl="https://connect.acme.com" userId={user.id} getToken={fetchToken}>
 *   <Integrations />
 * </LinchpinProvider>
 */
export function LinchpinProvider(props: LinchpinProviderProps): ReactNode {
  const { client = linchpin, projectId, token, userId = "", baseUrl, children } = props;
  const [progress, setProgress] = useState<Pick<LinchpinSession, "status" | "error">>(LOADING);
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  // A function written in the markup is another at each render; this one is the same as long as the user is.
  const fetchToken = useMemo<GetToken>(() => {
    void [client, projectId, userId];
    return () => {
      const { getToken, token: present } = latest.current;
      if (getToken) return getToken();
      throw new Error(present ? "the token has ended, and there is no getToken" : "give getToken or token");
    };
  }, [client, projectId, userId]);
  const renewable = props.getToken !== undefined;

  useEffect(() => {
    void attempt;
    let current = true;
    clearTimeout(leaving.get(client));
    const settle = (next: Pick<LinchpinSession, "status" | "error">): void => {
      if (current) setProgress(next);
    };
    const stop = client.subscribe("onLogout", ({ reason }) => {
      settle({ status: "error", error: new LinchpinError(reason === "logout" ? "logged_out" : "unauthorized", "the session has ended") });
    });
    const fail = (error: unknown): void => settle({ status: "error", error: asError(error) });
    const identity = `${projectId} ${userId}`;
    try {
      if (baseUrl !== undefined) client.configure({ baseUrl });
      // A session that the page itself began is not ours to end.
      const before = present.get(client);
      if (before !== undefined && before !== identity) client.logout();
      present.set(client, identity);
      settle(LOADING);
      const { metadata } = latest.current;
      const source = token === undefined ? fetchToken : renewable ? { token, getToken: fetchToken } : token;
      client
        .authenticate(projectId, source, metadata === undefined ? {} : { metadata })
        .then(() => settle({ status: "ready", error: undefined }), fail);
    } catch (error) {
      fail(error);
    }
    return () => {
      current = false;
      stop();
      leaving.set(client, setTimeout(() => client.logout(), 0));
    };
  }, [client, projectId, userId, token, renewable, baseUrl, fetchToken, attempt]);

  const user = useUser(client);
  const session = useMemo<LinchpinSession>(
    () => ({ linchpin: client, user, ...progress, retry: () => setAttempt((count) => count + 1) }),
    [client, user, progress],
  );
  return <Session.Provider value={session}>{children}</Session.Provider>;
}

const LOADING: Pick<LinchpinSession, "status" | "error"> = { status: "loading", error: undefined };

/**
 * The session: the client, the user, and how far it is.
 *
 * @example
 * const { linchpin, user, status } = useLinchpin();
 */
export function useLinchpin(): LinchpinSession {
  const session = useContext(Session);
  if (!session) throw new Error("useLinchpin, useIntegration and ConnectButton belong inside a LinchpinProvider");
  return session;
}

/**
 * Listens to an event as long as the component is there.
 *
 * @example
 * useLinchpinEvent("onIntegrationInstall", ({ integrationType }) => toast(`${integrationType} is connected`));
 */
export function useLinchpinEvent<E extends LinchpinEvent>(event: E, listener: Listener<E>): void {
  const client = useLinchpin().linchpin;
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    const stop = client.subscribe(event, (payload, user) => latest.current(payload, user));
    return () => void stop();
  }, [client, event]);
}

/** How an integration stands with the user. */
export type IntegrationStatus =
  /** The session is not there yet, or failed. */
  | "loading"
  /** The project has no such integration, or it is not active. */
  | "unavailable"
  | "disconnected"
  /** An account is stored and lacks something that is still to be asked. */
  | "pending"
  | "connected"
  /** The account is no longer valid: the user has to connect it again. */
  | "reconnect";

/** What `useIntegration` gives. */
export interface UseIntegration {
  status: IntegrationStatus;
  /** Name, colour and icon. */
  metadata: IntegrationMetadata | undefined;
  state: IntegrationState | undefined;
  credentials: Credential[];
  /** A portal or a provider's window is open for it. */
  connecting: boolean;
  /** Why the last attempt failed. That the user closed the portal is no failure. */
  error: LinchpinError | undefined;
  /** Opens the portal. */
  connect: (options?: ConnectOptions) => Promise<ConnectResult>;
  /** Opens the provider's window at once. Call it in a click. */
  install: (options?: ConnectOptions) => Promise<ConnectResult>;
  disconnect: (options?: AccountOptions) => Promise<void>;
}

/**
 * One integration and its accounts. What nobody waits for raises no unhandled rejection; `error` tells of it.
 *
 * @example
 * const { status, connect, disconnect } = useIntegration("hubspot");
 */
export function useIntegration(type: string): UseIntegration {
  const { linchpin: client, user, status: session } = useLinchpin();
  const [open, setOpen] = useState(0);
  const [error, setError] = useState<LinchpinError>();
  const track = useCallback(<T,>(call: () => Promise<T>): Promise<T> => {
    setOpen((count) => count + 1);
    setError(undefined);
    const promise = call();
    promise
      .catch((failure: unknown) => {
        const { code } = asError(failure);
        if (!["portal_closed", "superseded", "aborted", "logged_out"].includes(code)) setError(asError(failure));
      })
      .finally(() => setOpen((count) => count - 1));
    return promise;
  }, []);
  const connect = useCallback((options?: ConnectOptions) => track(() => client.connect(type, options)), [client, type, track]);
  const install = useCallback(
    (options?: ConnectOptions) => track(() => client.installIntegration(type, options)),
    [client, type, track],
  );
  const disconnect = useCallback(
    (options?: AccountOptions) => track(() => client.uninstallIntegration(type, options)),
    [client, type, track],
  );
  return useMemo(() => {
    const ready = session === "ready" && user.authenticated;
    const metadata = ready ? client.getIntegrationMetadata().find((each) => each.type === type) : undefined;
    const state = ready ? user.integrations[type] : undefined;
    return {
      status: ready ? statusOf(metadata, state) : "loading",
      metadata,
      state,
      credentials: state?.allCredentials ?? [],
      connecting: open > 0,
      error,
      connect,
      install,
      disconnect,
    };
  }, [client, user, session, type, open, error, connect, install, disconnect]);
}

function statusOf(metadata: IntegrationMetadata | undefined, state: IntegrationState | undefined): IntegrationStatus {
  if (!metadata) return "unavailable";
  if (state?.enabled) return "connected";
  if (state?.credentialStatus === "PENDING") return "pending";
  return state?.credentialStatus === "INVALID" ? "reconnect" : "disconnected";
}

export interface ConnectButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "onError" | "children"> {
  /** The integration's type. */
  integration: string;
  /** Opens the provider's window at once for a user who is not connected, without the portal before it. */
  direct?: boolean;
  options?: ConnectOptions;
  onConnected?: (result: ConnectResult) => void;
  onError?: (error: LinchpinError) => void;
  /** What the button says; a function gets how the integration stands. */
  children?: ReactNode | ((integration: UseIntegration) => ReactNode);
}

/**
 * A button that connects an integration, and manages it once it is connected. Plain: style it by `className`, and by
 * `data-status`, which is one of `IntegrationStatus`.
 *
 * @example
 * <ConnectButton integration="hubspot" className="button" />
 */
export function ConnectButton(props: ConnectButtonProps): ReactNode {
  const { integration: type, direct, options, onConnected, onError, children, onClick, disabled, ...rest } = props;
  const { error: sessionError } = useLinchpin();
  const integration = useIntegration(type);
  const { status, metadata, state, connecting, connect, install } = integration;
  const name = metadata?.name ?? "";
  const start = (): void => {
    const again = status === "reconnect" && state?.credentialId ? { selectedCredentialId: state.credentialId } : {};
    const opens = direct && (status === "disconnected" || status === "reconnect");
    (opens ? install({ ...again, ...options }) : connect(options)).then(onConnected, (error: unknown) => {
      if (asError(error).code !== "portal_closed") onError?.(asError(error));
    });
  };
  // A button that cannot be used says why.
  const why = sessionError
    ? `Integrations are not available: ${sessionError.message}`
    : status === "unavailable"
      ? `"${type}" is not available`
      : undefined;
  return (
    <button
      type="button"
      title={why}
      {...rest}
      data-status={status}
      aria-busy={connecting || undefined}
      disabled={disabled || connecting || status === "loading" || status === "unavailable"}
      onClick={(event) => {
        onClick?.(event);
        if (!event.defaultPrevented) start();
      }}
    >
      {typeof children === "function" ? children(integration) : (children ?? `${LABELS[status]} ${name}`.trim())}
    </button>
  );
}

const LABELS: Record<IntegrationStatus, string> = {
  loading: "Connect",
  unavailable: "Connect",
  disconnected: "Connect",
  pending: "Finish connecting",
  connected: "Manage",
  reconnect: "Reconnect",
};

function useUser(client: Linchpin): User {
  const subscribe = useCallback(
    (changed: () => void) => {
      const stop = client.subscribe("onUserChange", changed);
      return () => void stop();
    },
    [client],
  );
  return useSyncExternalStore(subscribe, () => client.getUser(), () => NOBODY);
}

function asError(error: unknown): LinchpinError {
  if (error instanceof LinchpinError) return error;
  return new LinchpinError("http_error", error instanceof Error ? error.message : String(error), { cause: error });
}
