import { Accordion, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery, workflowQuery } from "../../api/queries.ts";
import type { Handshake as HandshakeShape, Webhook } from "../../api/triggers.ts";
import { commonText } from "../../texts/common.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
import { JsonBlock } from "../../ui/CodeBlock.tsx";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";
import { MatchesInput, PlaceInput } from "./CallPlaces.tsx";
import { HOOK, WebhookHook } from "./WebhookHook.tsx";

interface WebhookTriggerProps {
  projectId: string;
  workflowId: string;
  /** The provider that a path without a host goes to. */
  provider: string;
  webhook: Webhook;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  set: (webhook: Webhook) => void;
}

const { webhook: texts, handshake: handshakeTexts } = triggerFormsText;

const PROOFS = Object.entries(texts.proofs).map(([value, label]) => ({ value, label }));
const SCOPES = Object.entries(texts.scopes).map(([value, label]) => ({ value, label }));

/** A call from anywhere, to an address of its own for each connected account, or to one for all. */
export function WebhookTrigger(props: WebhookTriggerProps) {
  const { projectId, workflowId, provider, webhook, sources, problemAt, set } = props;
  const { header, hmac } = webhook.verify ?? {};
  const secrets = sources.filter((source) => source.kind === "secrets");
  const isApp = webhook.scope === "app";
  const secretOf = webhook.register ? texts.secretOfProjectOrProvider : texts.secretOfProject;
  const server = useQuery(sessionQuery).data?.server.publicUrl ?? window.location.origin;
  const integrationId = useQuery(workflowQuery(projectId, workflowId)).data?.integrationId ?? "…";
  const base = `${server}/triggers/connect/${projectId}/${integrationId}`;
  const change = (part: { [K in keyof Webhook]?: Webhook[K] | undefined }) =>
    set(without({ ...webhook, ...part }));
  return (
    <>
      <TextInput
        label={commonText.name}
        required
        value={webhook.name}
        error={problemAt("name")}
        onChange={(event) => set({ ...webhook, name: event.currentTarget.value })}
      />
      <Select
        label={commonText.addresses}
        allowDeselect={false}
        data={SCOPES}
        value={webhook.scope ?? "account"}
        onChange={(scope) =>
          change(
            scope === "app"
              ? { scope, account: webhook.account ?? { body: "" } }
              : { scope: undefined, account: undefined },
          )
        }
      />
      {isApp && (
        <PlaceInput
          label={texts.account}
          about={texts.accountAbout}
          place={webhook.account ?? { body: "" }}
          problem={problemAt("account")}
          onChange={(account) => change({ account })}
        />
      )}
      {!webhook.register && (
        <>
          <JsonBlock
            title={texts.address}
            value={
              isApp
                ? `${base}/app-triggers/${encodeURIComponent(webhook.name)}`
                : `${base}/custom-triggers/${workflowId}?id=CREDENTIAL_ID`
            }
            label={commonText.copyAddress}
            wrap
          />
          {!isApp && (
            <Text size="xs" c="dimmed">
              {texts.addressAbout}
            </Text>
          )}
        </>
      )}
      <Select
        label={texts.proof}
        allowDeselect={false}
        data={PROOFS}
        value={header ? "header" : hmac ? "hmac" : "none"}
        onChange={(kind) => change({ verify: startOf(kind) })}
      />
      {header && (
        <>
          <TextInput
            label={texts.header}
            required
            placeholder={texts.headerExample}
            value={header.name}
            error={problemAt("verify/header/name")}
            onChange={(event) =>
              set({ ...webhook, verify: { header: { ...header, name: event.currentTarget.value } } })
            }
          />
          <VariableInput
            label={texts.secret}
            required
            description={secretOf}
            value={header.equals}
            sources={webhook.register ? [...HOOK, ...secrets] : secrets}
            error={problemAt("verify/header/equals") ?? null}
            onChange={(equals) => set({ ...webhook, verify: { header: { ...header, equals } } })}
          />
        </>
      )}
      {hmac && (
        <>
          <TextInput
            label={texts.header}
            required
            placeholder={texts.signatureExample}
            value={hmac.header}
            error={problemAt("verify/hmac/header")}
            onChange={(event) =>
              set({ ...webhook, verify: { hmac: { ...hmac, header: event.currentTarget.value } } })
            }
          />
          <Select
            label={texts.algorithm}
            allowDeselect={false}
            data={["hmac-sha256", "hmac-sha512", "hmac-sha1"]}
            value={hmac.algorithm ?? "hmac-sha256"}
            onChange={(algorithm) =>
              algorithm && set({ ...webhook, verify: { hmac: { ...hmac, algorithm } } })
            }
          />
          <Select
            label={texts.encoding}
            allowDeselect={false}
            data={["hex", "base64"]}
            value={hmac.encoding ?? "hex"}
            onChange={(encoding) => encoding && set({ ...webhook, verify: { hmac: { ...hmac, encoding } } })}
          />
          <TextInput
            label={texts.prefix}
            placeholder={texts.prefixExample}
            value={hmac.prefix ?? ""}
            onChange={(event) =>
              set({ ...webhook, verify: { hmac: { ...hmac, prefix: event.currentTarget.value } } })
            }
          />
          <VariableInput
            label={texts.secret}
            required
            description={secretOf}
            value={hmac.secret}
            sources={webhook.register ? [...HOOK, ...secrets] : secrets}
            error={problemAt("verify/hmac/secret") ?? null}
            onChange={(secret) => set({ ...webhook, verify: { hmac: { ...hmac, secret } } })}
          />
        </>
      )}
      <Accordion variant="contained" chevronPosition="left" multiple defaultValue={opened(webhook)}>
        <Accordion.Item value="which">
          <Accordion.Control>{texts.which}</Accordion.Control>
          <Accordion.Panel>
            <Stack gap="md">
              <MatchesInput
                label={texts.when}
                matches={webhook.when ?? []}
                sources={secrets}
                problemAt={(place) => problemAt(`when/${place}`)}
                onChange={(when) => change({ when: when.length > 0 ? when : undefined })}
              />
              <Switch
                label={texts.once}
                description={texts.onceAbout}
                checked={webhook.once !== undefined}
                onChange={(event) => change({ once: event.currentTarget.checked ? { body: "" } : undefined })}
              />
              {webhook.once && (
                <PlaceInput
                  label={texts.event}
                  place={webhook.once}
                  problem={problemAt("once")}
                  onChange={(once) => change({ once })}
                />
              )}
            </Stack>
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="handshake">
          <Accordion.Control>{handshakeTexts.title}</Accordion.Control>
          <Accordion.Panel>
            <Switch
              label={handshakeTexts.asks}
              description={handshakeTexts.asksAbout}
              checked={webhook.handshake !== undefined}
              onChange={(event) =>
                change({
                  handshake: event.currentTarget.checked ? { echo: { body: "challenge" } } : undefined,
                })
              }
            />
            {webhook.handshake && (
              <Handshake
                handshake={webhook.handshake}
                sources={secrets}
                problemAt={(place) => problemAt(`handshake/${place}`)}
                set={(handshake) => change({ handshake })}
              />
            )}
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="register">
          <Accordion.Control>{texts.hook}</Accordion.Control>
          <Accordion.Panel>
            <WebhookHook
              projectId={projectId}
              workflowId={workflowId}
              provider={provider}
              register={webhook.register}
              sources={isApp ? secrets : sources}
              problemAt={(place) => problemAt(place === "" ? "register" : `register/${place}`)}
              set={(register) => change({ register })}
            />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </>
  );
}

interface HandshakeProps {
  handshake: HandshakeShape;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  set: (handshake: HandshakeShape) => void;
}

function Handshake({ handshake, sources, problemAt, set }: HandshakeProps) {
  return (
    <Stack gap="md" mt="md">
      <PlaceInput
        label={handshakeTexts.echo}
        place={handshake.echo}
        problem={problemAt("echo")}
        onChange={(echo) => set({ ...handshake, echo })}
      />
      {handshake.echo.header === undefined && (
        <Select
          label={handshakeTexts.as}
          allowDeselect={false}
          data={[
            { value: "text", label: handshakeTexts.asText },
            { value: "json", label: handshakeTexts.asJson },
          ]}
          value={handshake.as ?? "text"}
          onChange={(as) => {
            const { as: _, ...rest } = handshake;
            set(as === "json" ? { ...rest, as } : rest);
          }}
        />
      )}
      <MatchesInput
        label={handshakeTexts.when}
        matches={handshake.when ?? []}
        sources={sources}
        problemAt={(place) => problemAt(`when/${place}`)}
        onChange={(when) => {
          const { when: _, ...rest } = handshake;
          set(when.length > 0 ? { ...rest, when } : rest);
        }}
      />
    </Stack>
  );
}

/** What is filled in is shown without a click. */
function opened({ when, once, handshake, register }: Webhook): string[] {
  const parts = [];
  if (when || once) parts.push("which");
  if (handshake) parts.push("handshake");
  if (register) parts.push("register");
  return parts;
}

/** A part that is not there has no key either. */
function without(webhook: { [K in keyof Webhook]: Webhook[K] | undefined }): Webhook {
  const kept = Object.entries(webhook).filter(([, value]) => value !== undefined);
  // Only keys whose value is undefined are gone, and `name` has one.
  return Object.fromEntries(kept) as unknown as Webhook;
}

function startOf(kind: string | null): Webhook["verify"] {
  if (kind === "header") return { header: { name: "", equals: "" } };
  if (kind === "hmac") return { hmac: { header: "", secret: "" } };
  return undefined;
}
