/** Every address of the dashboard. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
  Outlet,
  parseSearchWith,
  redirect,
  stringifySearchWith,
} from "@tanstack/react-router";
import { ApiError } from "./api/client.ts";
import type { RunFilter } from "./api/history.ts";
import { type EventFilter, sessionQuery } from "./api/queries.ts";
import { queryClient } from "./app/queryClient.ts";
import { Shell } from "./app/Shell.tsx";
import { AppEventsPage } from "./pages/events/AppEventsPage.tsx";
import { IntegrationPage } from "./pages/integrations/IntegrationPage.tsx";
import { IntegrationsPage } from "./pages/integrations/IntegrationsPage.tsx";
import { OverviewPage } from "./pages/overview/OverviewPage.tsx";
import { EventsPage } from "./pages/runs/EventsPage.tsx";
import { RunPage } from "./pages/runs/RunPage.tsx";
import { RunsPage } from "./pages/runs/RunsPage.tsx";
import { WebhooksPage } from "./pages/runs/WebhooksPage.tsx";
import { HomePage } from "./pages/start/HomePage.tsx";
import { InvitationPage } from "./pages/start/InvitationPage.tsx";
import { NotFoundPage } from "./pages/start/NotFoundPage.tsx";
import { SetupPage } from "./pages/start/SetupPage.tsx";
import { SignInPage } from "./pages/start/SignInPage.tsx";
import { UserPage } from "./pages/users/UserPage.tsx";
import { UsersPage } from "./pages/users/UsersPage.tsx";

/** Answers the session, or sends to the sign-in page and back here afterwards. */
async function signedIn({ location }: { location: { pathname: string; searchStr: string } }): Promise<void> {
  try {
    await queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      throw redirect({ to: "/sign-in", search: { next: location.pathname + location.searchStr } });
    }
    throw error;
  }
}

function text(value: unknown): string | undefined {
  // The router reads `7` as a number and `true` as a truth value, whatever they are meant as.
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A moment that someone typed into the address, or nothing. */
function moment(value: unknown): string | undefined {
  const written = text(value);
  return written && !Number.isNaN(Date.parse(written)) ? written : undefined;
}

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: signedIn,
  component: HomePage,
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: SetupPage,
  validateSearch: (search): { token?: string } => ({ token: text(search.token) }),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search): { next?: string } => ({ next: text(search.next) }),
});

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  component: InvitationPage,
  validateSearch: (search): { token?: string } => ({ token: text(search.token) }),
});

const project = createRoute({
  getParentRoute: () => root,
  path: "/p/$projectId",
  beforeLoad: signedIn,
  component: Shell,
});

const overview = createRoute({ getParentRoute: () => project, path: "/", component: OverviewPage });

const integrations = createRoute({
  getParentRoute: () => project,
  path: "/integrations",
  component: IntegrationsPage,
});

const integration = createRoute({
  getParentRoute: () => project,
  path: "/integrations/$integrationId",
  component: IntegrationPage,
  validateSearch: (search): { tab?: string } => ({ tab: text(search.tab) }),
});

const customIntegration = createRoute({
  getParentRoute: () => project,
  path: "/integrations/custom",
  component: lazyRouteComponent(
    () => import("./pages/integrations/CustomIntegrationPage.tsx"),
    "CustomIntegrationPage",
  ),
});

const workflow = createRoute({
  getParentRoute: () => project,
  path: "/workflows/$workflowId",
  // The canvas and the code fields are half of all the script: they come when someone edits.
  component: lazyRouteComponent(() => import("./editor/EditorPage.tsx"), "EditorPage"),
});

const appEvents = createRoute({
  getParentRoute: () => project,
  path: "/app-events",
  component: AppEventsPage,
});

const users = createRoute({
  getParentRoute: () => project,
  path: "/users",
  component: UsersPage,
  validateSearch: (search): { search?: string } => ({ search: text(search.search) }),
});

const user = createRoute({ getParentRoute: () => project, path: "/users/$userId", component: UserPage });

const runs = createRoute({
  getParentRoute: () => project,
  path: "/task-history",
  component: RunsPage,
  validateSearch: (search): RunFilter => ({
    state: text(search.state),
    workflowId: text(search.workflowId),
    integrationId: text(search.integrationId),
    userId: text(search.userId),
    event: text(search.event),
    text: text(search.text),
    period: text(search.period),
    after: moment(search.after),
    before: moment(search.before),
    cursor: text(search.cursor),
  }),
});

const events = createRoute({
  getParentRoute: () => project,
  path: "/task-history/events",
  component: EventsPage,
  validateSearch: (search): EventFilter => ({
    kind: text(search.kind),
    name: text(search.name),
    unused: text(search.unused),
    cursor: text(search.cursor),
  }),
});

const webhooks = createRoute({
  getParentRoute: () => project,
  path: "/task-history/webhooks",
  component: WebhooksPage,
  validateSearch: (search): { cursor?: string | undefined } => ({ cursor: text(search.cursor) }),
});

const run = createRoute({ getParentRoute: () => project, path: "/task-history/$runId", component: RunPage });

const settingsHome = createRoute({
  getParentRoute: () => project,
  path: "/settings",
  component: function ToGeneral() {
    const { projectId } = settingsHome.useParams();
    return <Navigate to="/p/$projectId/settings/$tab" params={{ projectId, tab: "general" }} replace />;
  },
});

const settings = createRoute({
  getParentRoute: () => project,
  path: "/settings/$tab",
  // With the colours of code two fifths of the script, for pages that are seldom visited: they come when someone points
  // at the link.
  component: lazyRouteComponent(() => import("./pages/settings/SettingsPage.tsx"), "SettingsPage"),
  validateSearch: (search): { cursor?: string | undefined } => ({ cursor: text(search.cursor) }),
});

export const router = createRouter({
  basepath: "/app",
  // Plain texts: by default `?token=1e9` would be read as a number.
  parseSearch: parseSearchWith((value) => value),
  stringifySearch: stringifySearchWith(String),
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultNotFoundComponent: NotFoundPage,
  routeTree: root.addChildren([
    home,
    setup,
    signIn,
    invitation,
    project.addChildren([
      overview,
      integrations,
      customIntegration,
      integration,
      workflow,
      appEvents,
      users,
      user,
      runs,
      events,
      webhooks,
      run,
      settingsHome,
      settings,
    ]),
  ]),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
