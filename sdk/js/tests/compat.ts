// Checked by `tsc` alone: every public call of the SDK that this one replaces is here, and takes what it takes there.
// The types are those of the published package, unmodified.
import type { paragon } from "@useparagon/connect";
import type { FullLinchpin } from "../src/full.js";

type Theirs = typeof paragon;
type Ours = FullLinchpin;

/** What is not here, and why. The list may only shrink. */
type Missing =
  // Called by their own popup and portal, and marked as not to be called by pages.
  | "_oauthCallback"
  | "_oauthErrorCallback"
  | "_loadCustomDropdownOptions"
  // Loads scripts of Google, Box and Microsoft: a page uses their pickers directly.
  | "ExternalFilePicker";

type Never<T extends never> = T;
/** Each name of theirs is a name of ours; what is missing here is missing there no longer. */
export type EveryName = Never<Exclude<keyof Theirs, keyof Ours | Missing>>;
export type NoNameTooMany = Never<Extract<Missing, keyof Ours>>;

/** Their enums are plain texts at run time, and ours in types, too. */
type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T;
type PlainEach<T extends unknown[]> = { [K in keyof T]: Plain<T[K]> };
type Parameters_<F> = F extends (...parameters: infer P) => unknown ? PlainEach<P> : never;

/** The calls whose parameters are not taken as they are there, and why. */
type Different =
  // Listeners get typed events here: compared below.
  | "subscribe"
  | "unsubscribe"
  // No call, but an object of calls: compared below.
  | "installFlow"
  // Their callbacks get our events: the other options are compared below.
  | "connect"
  | "installIntegration"
  | "startOAuthFlow";

type Calls = Exclude<keyof Theirs & keyof Ours, Different>;
type Refusing = { [K in Calls]: Parameters_<Theirs[K]> extends Parameters_<Ours[K]> ? never : K }[Calls];
export type TakesWhatTheyTake = Never<Refusing>;

/** The options of calls with callbacks: every one is here, and those that are no callbacks are taken as there. */
type OptionsOf<F, N extends number> = F extends (...parameters: infer P) => unknown ? NonNullable<P[N]> : never;
type Withs = [["connect", 1], ["installIntegration", 1], ["startOAuthFlow", 1], ["startOAuthFlow", 2]][number];
type NoFunctions<T> = { [K in keyof T as NonNullable<T[K]> extends (...all: never[]) => unknown ? never : K]: T[K] };
type OptionsRefusing<W extends Withs> = W extends [infer K extends keyof Theirs & keyof Ours, infer N extends number]
  ? Exclude<keyof OptionsOf<Theirs[K], N>, keyof OptionsOf<Ours[K], N>> extends never
    ? NoFunctions<OptionsOf<Theirs[K], N>> extends NoFunctions<OptionsOf<Ours[K], N>>
      ? never
      : W
    : W
  : never;
export type OptionsTakeWhatTheyTake = Never<OptionsRefusing<Withs>>;

type TheirFlow = Theirs["installFlow"];
type OurFlow = Ours["installFlow"];
export type EveryFlowName = Never<Exclude<keyof TheirFlow, keyof OurFlow>>;
type FlowRefusing = {
  [K in Exclude<keyof TheirFlow & keyof OurFlow, "start">]: Parameters_<TheirFlow[K]> extends Parameters_<OurFlow[K]>
    ? never
    : K;
}[Exclude<keyof TheirFlow & keyof OurFlow, "start">];
export type FlowTakesWhatTheirsTakes = Never<FlowRefusing>;

/** The callbacks get our stages and our errors; every option is here, and the others are as there. */
type TheirStart = NonNullable<Parameters<TheirFlow["start"]>[1]>;
type OurStart = NonNullable<Parameters<OurFlow["start"]>[1]>;
export type EveryStartOption = Never<Exclude<keyof TheirStart, keyof OurStart>>;
type Callbacks = "onNext" | "onComplete" | "onError";
export type StartTakesWhatTheirsTakes = Never<Omit<TheirStart, Callbacks> extends Omit<OurStart, Callbacks> ? never : "start">;
/** And every stage of theirs, with every field. */
type Stage = Parameters<NonNullable<OurStart["onNext"]>>[0];
type TheirStage = Parameters<NonNullable<TheirStart["onNext"]>>[0];
export type EveryStage = Never<Exclude<TheirStage["stage"], Stage["stage"]>>;
type FieldsMissing = {
  [S in TheirStage["stage"]]: Exclude<keyof Extract<TheirStage, { stage: S }>, keyof Extract<Stage, { stage: S }>>;
}[TheirStage["stage"]];
export type EveryStageField = Never<FieldsMissing>;

/** Every event of theirs is one of ours, with every field of its payload. */
type TheirEvent = `${Parameters<Theirs["subscribe"]>[0]}`;
type OurEvent = Parameters<Ours["subscribe"]>[0];
export type EveryEvent = Never<Exclude<TheirEvent, OurEvent>>;

/** What the calls answer has every field of what theirs answer. */
type Answer<F> = F extends (...parameters: never[]) => infer R ? NonNullable<Awaited<R>> : never;
type Fields<T> = T extends readonly (infer E)[] ? keyof E : keyof T;
type AnswersMissing = {
  [K in Exclude<Calls, AnswersDiffer>]: Exclude<Fields<Answer<Theirs[K]>>, Fields<Answer<Ours[K]>> | Unread> extends infer M
    ? [M] extends [never]
      ? never
      : [K, M]
    : never;
}[Exclude<Calls, AnswersDiffer>];
export type AnswersEveryField = Never<AnswersMissing>;

/** The calls whose answers differ, and why. */
type AnswersDiffer =
  // Theirs has the user's token in it.
  | "getUser"
  | "setUserMetadata"
  // What the caller says it is.
  | "request"
  | "workflow"
  // `any` there.
  | "getAccountTypeOptions"
  | "getPreOptions"
  | "getPostOptions"
  // Functions that cannot travel, and are not called by pages.
  | "getDataSourceOptions"
  | "getSourcesForInput"
  | "getSourcesForActionInput"
  // A text has the same fields everywhere.
  | "getVersion"
  | "getIntegrationId"
  | "getAssetUrl"
  | "getCustomWebhookUserManualUrl";

/** Fields of their database that no page reads. */
type Unread =
  | "dateCreated"
  | "dateUpdated"
  | "dateValidUntil"
  | "dateRefreshed"
  | "projectId"
  | "personaId"
  | "isPreviewCredential"
  | "refreshFailureCount"
  | "config"
  | "accountAuth"
  | "connectedUserLimitOnDevCred"
  | "connectedUserLimitReached"
  | "customIntegrationId";
