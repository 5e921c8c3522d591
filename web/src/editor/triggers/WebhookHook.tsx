/** How the hook at the provider is made and removed, and where the hooks that there are stand. */
import { Button, Divider, Group, Stack, Switch, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, sentence } from "../../api/client.ts";
import type { RequestSpec } from "../../api/definition.ts";
import { at, hookRegistrationsQuery } from "../../api/queries.ts";
import type { HookRegister, HookRegistration } from "../../api/triggers.ts";
import { triggerFormsText } from "../../texts/triggerForms.tsx";
import { variablesText } from "../../texts/variables.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { StateBadge } from "../../ui/StateBadge.tsx";
import { RequestForm } from "../forms/RequestForm.tsx";
import { type VariableSource, valueSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";

const texts = triggerFormsText.hook;
const samples = variablesText.sources.hook;

interface WebhookHookProps {
  projectId: string;
  workflowId: string;
  provider: string;
  register: HookRegister | undefined;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  set: (register: HookRegister | undefined) => void;
}

const URL = valueSource(["webhook", "url"], samples.url);
const ID = valueSource(["webhook", "id"], samples.id);
/** What a call of a hook can be proven with. */
export const HOOK = [valueSource(["webhook", "secret"], samples.secret)];
const RESPONSE = [valueSource(["response"], samples.response)];
const HANDSHAKE = [...RESPONSE, valueSource(["handshake"], samples.handshake)];
const ITEM = [valueSource(["item"], samples.item)];

const START: HookRegister = {
  request: { method: "POST", url: "", body: { url: "{{ webhook.url }}" } },
  id: "{{ response.body.id }}",
  remove: { method: "DELETE", url: "" },
};

export function WebhookHook(props: WebhookHookProps) {
  const { projectId, workflowId, provider, register, sources, problemAt, set } = props;
  const request = (name: string, label: string, value: RequestSpec, known: VariableSource[]) => (
    <Stack gap="md" role="group" aria-label={label}>
      <Divider label={label} labelPosition="left" />
      <RequestForm
        paged={false}
        provider={provider}
        step={{ key: "hook", request: value } as never}
        sources={known}
        problemAt={(place) => problemAt(place.replace(/^request/, name))}
        set={(fields) => fields.request && change(name, fields.request)}
      />
    </Stack>
  );
  const change = (name: string, value: RequestSpec) => {
    if (!register) return;
    if (name === "request") set({ ...register, request: value });
    else if (name === "remove") set({ ...register, remove: value });
    else if (register.find) set({ ...register, find: { ...register.find, request: value } });
  };
  const text = (name: "id" | "secret", label: string, about: string, known: VariableSource[]) =>
    register && (
      <VariableInput
        label={label}
        description={about}
        value={register[name] ?? ""}
        sources={known}
        error={problemAt(name) ?? null}
        onChange={(value) => {
          const { [name]: _, ...rest } = register;
          set(value === "" ? rest : { ...rest, [name]: value });
        }}
      />
    );
  const found = (name: "items" | "url" | "id", label: string, known: VariableSource[]) =>
    register?.find && (
      <VariableInput
        label={label}
        value={register.find[name] ?? ""}
        sources={known}
        error={problemAt(`find/${name}`) ?? null}
        onChange={(value) => {
          if (!register.find) return;
          const { id, ...find } = { ...register.find, [name]: value };
          set({ ...register, find: id ? { ...find, id } : find });
        }}
      />
    );
  return (
    <Stack gap="md">
      <Switch
        label={texts.make}
        description={texts.makeAbout}
        checked={register !== undefined}
        onChange={(event) => set(event.currentTarget.checked ? START : undefined)}
      />
      {register && (
        <>
          {request("request", texts.makes, register.request, [URL, ...sources])}
          {text("id", texts.id, texts.idAbout, RESPONSE)}
          {text("secret", texts.secret, texts.secretAbout, HANDSHAKE)}
          {request("remove", texts.removes, register.remove, [ID, URL, ...sources])}
          <Switch
            label={texts.find}
            description={texts.findAbout}
            checked={register.find !== undefined}
            onChange={(event) => {
              const { find: _, ...rest } = register;
              const find = {
                request: { method: "GET", url: "" },
                items: "{{ response.body }}",
                url: "{{ item.url }}",
                id: "{{ item.id }}",
              };
              set(event.currentTarget.checked ? { ...rest, find } : rest);
            }}
          />
          {register.find && (
            <>
              {request("find/request", texts.lists, register.find.request, [ID, URL, ...sources])}
              {found("items", texts.list, RESPONSE)}
              {found("url", texts.listUrl, ITEM)}
              {found("id", texts.listId, ITEM)}
            </>
          )}
        </>
      )}
      <Registrations projectId={projectId} workflowId={workflowId} />
    </Stack>
  );
}

/** The hooks of the deployed workflow. Nothing while there are none. */
function Registrations({ projectId, workflowId }: { projectId: string; workflowId: string }) {
  const hooks = useQuery(hookRegistrationsQuery(projectId, workflowId));
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: ({ hook, forget }: { hook: HookRegistration; forget: boolean }) => {
      const path = `${at(projectId)}/hook-registrations/${hook.id}`;
      return forget ? call("DELETE", path) : call("POST", `${path}/retry`);
    },
    onSettled: () => queries.invalidateQueries(hookRegistrationsQuery(projectId, workflowId)),
  });
  if (!hooks.data || hooks.data.length === 0) return null;
  return (
    <Stack gap="xs" role="group" aria-label={texts.registrations}>
      <Divider label={texts.registrations} labelPosition="left" />
      {hooks.data.map((hook) => (
        <Stack key={hook.id} gap={4}>
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap" style={{ minWidth: 0 }}>
              <StateBadge state={hook.state} />
              <Text size="sm" truncate title={hook.providerId ?? undefined}>
                {hook.providerId ?? (hook.userId ? texts.notMade : texts.appNotMade)}
              </Text>
            </Group>
            <Group gap={4} wrap="nowrap">
              {hook.state !== "registered" && (
                <Button
                  variant="subtle"
                  size="compact-xs"
                  onClick={() => work.mutate({ hook, forget: false })}
                >
                  {texts.tryNow}
                </Button>
              )}
              {hook.state === "left" && (
                <Button
                  variant="subtle"
                  size="compact-xs"
                  onClick={() => work.mutate({ hook, forget: true })}
                >
                  {texts.forget}
                </Button>
              )}
            </Group>
          </Group>
          {hook.fault && (
            <Text size="xs" c="dimmed">
              {texts.fault(
                sentence(hook.fault.message),
                hook.state !== "registered" && hook.nextAttemptAt && <RelativeTime at={hook.nextAttemptAt} />,
              )}
            </Text>
          )}
        </Stack>
      ))}
      <ErrorNotice error={work.error} />
    </Stack>
  );
}
