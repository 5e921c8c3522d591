/**
 * Holds `types.ts` to the server's own description: a field that the dashboard reads and the server does
 * not send is a type error here. The values stay ours, which are narrower than OpenAPI can say.
 */
import type { components } from "./generated.ts";
import type * as history from "./history.ts";
import type * as overview from "./overview.ts";
import type * as team from "./team.ts";
import type * as ours from "./types.ts";

type Schemas = components["schemas"];

/** The names of ours that the server does not have. */
type Unknown<Ours, Theirs> = Exclude<keyof Ours, KeysOf<Theirs>>;
type KeysOf<Theirs> = Theirs extends unknown ? keyof Theirs : never;

/** Compiles only when nothing is unknown. */
type Agreed<Missing extends never> = Missing;

export type Agreement = [
  Agreed<Unknown<ours.Session, Schemas["SessionView"]>>,
  Agreed<Unknown<ours.Project, Schemas["Project"]>>,
  Agreed<Unknown<ours.Checklist, Schemas["Checklist"]>>,
  Agreed<Unknown<ours.ConnectorCard, Schemas["Card"]>>,
  Agreed<Unknown<ours.Connector, Schemas["ConnectorView"]>>,
  Agreed<Unknown<ours.ConnectorAction, Schemas["ActionView"]>>,
  Agreed<Unknown<ours.ConnectorTrigger, Schemas["ConnectorTrigger"]>>,
  Agreed<Unknown<ours.ActionField, Schemas["FieldView"]>>,
  Agreed<Unknown<ours.Integration, Schemas["Integration"]>>,
  Agreed<Unknown<ours.IntegrationPatch, Schemas["UpdateIntegration"]>>,
  Agreed<Unknown<ours.WorkflowSummary, Schemas["WorkflowSummary"]>>,
  Agreed<Unknown<ours.Workflow, Schemas["Workflow"]>>,
  Agreed<Unknown<ours.Version, Schemas["VersionView"]>>,
  Agreed<Unknown<ours.Problem, Schemas["ProblemView"]>>,
  Agreed<Unknown<ours.AppEvent, Schemas["AppEvent"]>>,
  Agreed<Unknown<ours.AppEvents, Schemas["AppEvents"]>>,
  Agreed<Unknown<ours.ReceivedEvent, Schemas["ReceivedEventView"]>>,
  Agreed<Unknown<ours.SigningKey, Schemas["SigningKey"]>>,
  Agreed<Unknown<ours.ApiKey, Schemas["ApiKey"]>>,
  Agreed<Unknown<team.Secret, Schemas["Secret"]>>,
  Agreed<Unknown<team.TeamMember, Schemas["TeamMember"]>>,
  Agreed<Unknown<team.NewInvitation, Schemas["NewInvitation"]>>,
  Agreed<Unknown<team.InvitationPreview, Schemas["InvitationPreview"]>>,
  Agreed<Unknown<team.AuditEntry, Schemas["AuditEntry"]>>,
  Agreed<Unknown<overview.Overview, Schemas["Overview"]>>,
  Agreed<Unknown<overview.FailureCause, Schemas["FailureCause"]>>,
  Agreed<Unknown<ours.User, Schemas["User"]>>,
  Agreed<Unknown<ours.UserDetail, Schemas["UserDetail"]>>,
  Agreed<Unknown<ours.Run, Schemas["Run"]>>,
  Agreed<Unknown<history.RunPage, Schemas["RunPage"]>>,
  Agreed<Unknown<history.ReplayedAll, Schemas["ReplayedAll"]>>,
  Agreed<Unknown<history.HookDelivery, Schemas["HookDelivery"]>>,
  Agreed<Unknown<ours.RunDetail, Schemas["RunDetail"]>>,
  Agreed<Unknown<ours.RunStep, Schemas["RunStep"]>>,
  Agreed<Unknown<ours.RunItems, Schemas["RunItems"]>>,
  Agreed<Unknown<ours.RunInside, Schemas["RunInside"]>>,
  Agreed<Unknown<ours.Attempt, Schemas["Attempt"]>>,
];
