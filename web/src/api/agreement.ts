/**
 * Holds the shapes of this folder to the server's own description: a field that the dashboard reads and the server does
 * not send is a type error here. The values stay ours, which are narrower than OpenAPI can say.
 */
import type * as connectors from "./connectors.ts";
import type * as definition from "./definition.ts";
import type * as destinations from "./destinations.ts";
import type * as events from "./events.ts";
import type { components } from "./generated.ts";
import type * as history from "./history.ts";
import type * as integrations from "./integrations.ts";
import type * as keys from "./keys.ts";
import type * as overview from "./overview.ts";
import type * as releases from "./releases.ts";
import type * as rollout from "./rollout.ts";
import type * as runs from "./runs.ts";
import type * as session from "./session.ts";
import type * as syncs from "./syncs.ts";
import type * as team from "./team.ts";
import type * as users from "./users.ts";
import type * as workflows from "./workflows.ts";

type Schemas = components["schemas"];

/** The names of ours that the server does not have. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, KeysOf<Theirs>>;
type KeysOf<Theirs> = Theirs extends unknown ? keyof Theirs : never;

/** Compiles only when nothing is unknown. */
type Agreed<Missing extends never> = Missing;

export type Agreement = [
  Agreed<Unknown<session.Session, Schemas["SessionView"]>>,
  Agreed<Unknown<session.Project, Schemas["Project"]>>,
  Agreed<Unknown<session.Checklist, Schemas["Checklist"]>>,
  Agreed<Unknown<connectors.ConnectorCard, Schemas["Card"]>>,
  Agreed<Unknown<connectors.Connector, Schemas["ConnectorView"]>>,
  Agreed<Unknown<connectors.ConnectorAction, Schemas["ActionView"]>>,
  Agreed<Unknown<connectors.ConnectorTrigger, Schemas["ConnectorTrigger"]>>,
  Agreed<Unknown<connectors.ActionField, Schemas["FieldView"]>>,
  Agreed<Unknown<integrations.Integration, Schemas["Integration"]>>,
  Agreed<Unknown<integrations.IntegrationPatch, Schemas["UpdateIntegration"]>>,
  Agreed<Unknown<workflows.WorkflowSummary, Schemas["WorkflowSummary"]>>,
  Agreed<Unknown<workflows.Workflow, Schemas["Workflow"]>>,
  Agreed<Unknown<workflows.Version, Schemas["VersionView"]>>,
  Agreed<Unknown<definition.Problem, Schemas["ProblemView"]>>,
  Agreed<Unknown<events.AppEvent, Schemas["AppEvent"]>>,
  Agreed<Unknown<events.AppEvents, Schemas["AppEvents"]>>,
  Agreed<Unknown<events.ReceivedEvent, Schemas["ReceivedEventView"]>>,
  Agreed<Unknown<keys.SigningKey, Schemas["SigningKey"]>>,
  Agreed<Unknown<keys.ApiKey, Schemas["ApiKey"]>>,
  Agreed<Unknown<team.Secret, Schemas["Secret"]>>,
  Agreed<Unknown<team.TeamMember, Schemas["TeamMember"]>>,
  Agreed<Unknown<team.NewInvitation, Schemas["NewInvitation"]>>,
  Agreed<Unknown<team.InvitationPreview, Schemas["InvitationPreview"]>>,
  Agreed<Unknown<team.AuditEntry, Schemas["AuditEntry"]>>,
  Agreed<Unknown<destinations.NewEventDestination, Schemas["NewEventDestination"]>>,
  Agreed<Unknown<destinations.EventDestinationTest, Schemas["EventDestinationTest"]>>,
  Agreed<Unknown<destinations.EventDelivery, Schemas["EventDeliveryView"]>>,
  Agreed<Unknown<destinations.EventAttempt, Schemas["EventAttempt"]>>,
  Agreed<Unknown<releases.ReleaseSettings, Schemas["ReleaseSettings"]>>,
  Agreed<Unknown<releases.ReleasePreview, Schemas["ReleasePreview"]>>,
  Agreed<Unknown<releases.ReleaseChange, Schemas["ReleaseChange"]>>,
  Agreed<Unknown<releases.Release, Schemas["Release"]>>,
  Agreed<Unknown<rollout.RunningRollout, Schemas["RunningRollout"]>>,
  Agreed<Unknown<overview.Overview, Schemas["Overview"]>>,
  Agreed<Unknown<overview.FailureCause, Schemas["FailureCause"]>>,
  Agreed<Unknown<users.User, Schemas["User"]>>,
  Agreed<Unknown<users.UserDetail, Schemas["UserDetail"]>>,
  Agreed<Unknown<runs.Run, Schemas["Run"]>>,
  Agreed<Unknown<history.RunPage, Schemas["RunPage"]>>,
  Agreed<Unknown<history.ReplayedAll, Schemas["ReplayedAll"]>>,
  Agreed<Unknown<history.HookDelivery, Schemas["HookDelivery"]>>,
  Agreed<Unknown<runs.RunDetail, Schemas["RunDetail"]>>,
  Agreed<Unknown<runs.RunStep, Schemas["RunStep"]>>,
  Agreed<Unknown<runs.RunItems, Schemas["RunItems"]>>,
  Agreed<Unknown<runs.RunInside, Schemas["RunInside"]>>,
  Agreed<Unknown<runs.Attempt, Schemas["Attempt"]>>,
  Agreed<Unknown<users.RemovedUser, Schemas["RemovedUser"]>>,
  Agreed<Unknown<users.RemovedUser["removed"], Schemas["RemovedRows"]>>,
  Agreed<Unknown<users.PreviewToken, Schemas["PreviewToken"]>>,
  Agreed<Unknown<integrations.TestedCredentials, Schemas["TestedCredentials"]>>,
  Agreed<Unknown<integrations.CustomManifest, Schemas["CustomManifest"]>>,
  Agreed<Unknown<integrations.CheckedManifest, Schemas["CheckedManifest"]>>,
  Agreed<Unknown<session.AppliedFile, Schemas["Applied"]>>,
  Agreed<Unknown<overview.AccountQuota, Schemas["AccountQuota"]>>,
  Agreed<Unknown<workflows.Pin, Schemas["Pin"]>>,
  Agreed<Unknown<syncs.Sync, Schemas["Sync"]>>,
  Agreed<Unknown<syncs.SyncStatus, Schemas["SyncStatus"]>>,
  Agreed<Unknown<syncs.SyncCheck, Schemas["SyncCheck"]>>,
];
