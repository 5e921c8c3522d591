/** Four steps from nothing to credentials that work. The secret goes in and never comes out. */
import {
  Accordion,
  Anchor,
  Button,
  Group,
  PasswordInput,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { Integration, IntegrationPatch } from "../../api/integrations.ts";
import { useChange } from "../../api/mutations.ts";
import { at, connectorQuery } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { NumberedStep } from "../../ui/NumberedStep.tsx";
import { useFaultShown } from "../../ui/useFaultShown.ts";
import { ScopesInput } from "./ScopesInput.tsx";
import { TestCredentials } from "./TestCredentials.tsx";

const text = integrationsText.credentials;

interface CredentialsTabProps {
  projectId: string;
  integration: Integration;
}

export function CredentialsTab({ projectId, integration }: CredentialsTabProps) {
  const connector = useQuery(connectorQuery(projectId, integration.type)).data;
  const [clientId, setClientId] = useState(integration.clientId ?? "");
  const [secret, setSecret] = useState("");
  const [replacing, setReplacing] = useState(!integration.hasClientSecret);
  const [scopes, setScopes] = useState<string[] | null>(
    integration.scopes.length > 0 ? integration.scopes : null,
  );
  const [optional, setOptional] = useState(integration.optionalScopes);
  const [apiVersion, setApiVersion] = useState(integration.apiVersion);
  const [baseUrls, setBaseUrls] = useState(integration.baseUrls);
  // Where every user brings a key there is no app to set up.
  const usesApp = connector?.auth.some((way) => way.needsApp) ?? integration.needsApp;
  // Until someone chooses, the connector's own set is proposed.
  const required = scopes ?? connector?.defaultScopes ?? [];

  const save = useChange(
    projectId,
    (patch: IntegrationPatch) =>
      call<Integration>("PATCH", `${at(projectId)}/integrations/${integration.id}`, patch),
    (saved) => {
      setSecret("");
      setReplacing(!saved.hasClientSecret);
      notifications.show({
        color: "green",
        title: commonText.saved,
        message: saved.active ? text.saved.active(saved.name) : text.saved.inactive(saved.name),
      });
    },
  );
  const fields = fieldsOf(save.error);
  const form = useFaultShown(save.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    const patch: IntegrationPatch = {
      clientId,
      scopes: required,
      optionalScopes: optional,
      // The default is not pinned: it moves with the connector.
      apiVersion: apiVersion === connector?.defaultApiVersion ? null : apiVersion,
      baseUrls: Object.fromEntries(Object.entries(baseUrls).filter(([, url]) => url.trim() !== "")),
    };
    if (secret !== "") patch.clientSecret = secret;
    // The first complete set of credentials is meant to be used.
    const complete = !usesApp || (clientId !== "" && (secret !== "" || integration.hasClientSecret));
    const first = !integration.hasClientSecret && !integration.active;
    save.mutate(complete && first ? { ...patch, active: true } : patch);
  }

  return (
    <form ref={form} onSubmit={submit}>
      <Stack gap="xl" maw={680}>
        {!usesApp && (
          <NumberedStep number={1} title={text.noApp.title}>
            <Text c="dimmed">
              {text.noApp.text(
                [...new Set(connector?.auth.flatMap((way) => way.asks) ?? [])].join(", "),
                integration.name,
              )}
            </Text>
          </NumberedStep>
        )}
        {usesApp && (
          <>
            <NumberedStep number={1} title={text.app.title(integration.name)}>
              <Text c="dimmed">
                {integration.type === "hubspot"
                  ? text.app.hubspot((words) => (
                      <Anchor
                        href="https://developers.hubspot.com"
                        target="_blank"
                        rel="noreferrer"
                        underline="always"
                      >
                        {words}
                      </Anchor>
                    ))
                  : text.app.text}
              </Text>
            </NumberedStep>

            <NumberedStep number={2} title={text.redirectUrl.title}>
              <TextInput
                label={text.redirectUrl.label}
                description={text.redirectUrl.about}
                value={integration.redirectUrl}
                readOnly
                classNames={{ input: "mono" }}
                rightSection={<CopyButton value={integration.redirectUrl} label={text.redirectUrl.copy} />}
              />
              {integration.webhookUrl && (
                <TextInput
                  mt="md"
                  label={text.webhookUrl.label}
                  description={text.webhookUrl.about}
                  value={integration.webhookUrl}
                  readOnly
                  classNames={{ input: "mono" }}
                  rightSection={<CopyButton value={integration.webhookUrl} label={text.webhookUrl.copy} />}
                />
              )}
            </NumberedStep>

            <NumberedStep number={3} title={text.scopes.title}>
              <Stack gap="sm">
                <Text c="dimmed">{text.scopes.about}</Text>
                <ScopesInput
                  label={text.scopes.required}
                  known={connector?.scopes ?? []}
                  value={required}
                  error={fields.scopes}
                  onChange={setScopes}
                />
                <ScopesInput
                  label={text.scopes.optional}
                  known={connector?.scopes ?? []}
                  value={optional}
                  error={fields.optionalScopes}
                  onChange={setOptional}
                />
              </Stack>
            </NumberedStep>

            <NumberedStep number={4} title={text.keys.title}>
              <Stack gap="sm">
                <TextInput
                  label={text.keys.clientId}
                  value={clientId}
                  error={fields.clientId}
                  autoComplete="off"
                  onChange={(event) => setClientId(event.currentTarget.value)}
                />
                {replacing ? (
                  <PasswordInput
                    label={commonText.clientSecret}
                    description={text.keys.secretAbout}
                    value={secret}
                    error={fields.clientSecret}
                    autoComplete="off"
                    onChange={(event) => setSecret(event.currentTarget.value)}
                  />
                ) : (
                  <Group gap="xs" align="flex-end">
                    <TextInput
                      label={commonText.clientSecret}
                      value={text.keys.stored}
                      readOnly
                      disabled
                      style={{ flex: 1 }}
                    />
                    <Button variant="default" onClick={() => setReplacing(true)}>
                      {text.keys.replace}
                    </Button>
                  </Group>
                )}
                <TestCredentials
                  // What was said of other values says nothing of these.
                  key={`${clientId} ${secret}`}
                  projectId={projectId}
                  integration={integration}
                  clientId={clientId}
                  clientSecret={secret}
                />
              </Stack>
            </NumberedStep>
          </>
        )}

        <Accordion variant="contained" chevronPosition="left">
          <Accordion.Item value="advanced">
            <Accordion.Control>{text.advanced.title}</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm">
                <Select
                  label={text.advanced.apiVersion}
                  description={text.advanced.apiVersionAbout}
                  data={connector?.apiVersions ?? []}
                  value={apiVersion}
                  placeholder={connector?.defaultApiVersion ?? ""}
                  error={fields.apiVersion}
                  clearable
                  onChange={setApiVersion}
                />
                {Object.entries(connector?.baseUrls ?? {}).map(([name, url]) => (
                  <TextInput
                    key={name}
                    label={text.advanced.baseUrl(name)}
                    description={text.advanced.baseUrlAbout}
                    placeholder={url}
                    value={baseUrls[name] ?? ""}
                    error={fields[`baseUrls.${name}`] ?? fields.baseUrls}
                    onChange={(event) => {
                      const { value } = event.currentTarget;
                      setBaseUrls((urls) => ({ ...urls, [name]: value }));
                    }}
                  />
                ))}
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>

        <ErrorNotice error={save.error} />
        <Group>
          <Button type="submit" loading={save.isPending}>
            {usesApp || integration.active ? commonText.save : text.saveAndActivate}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
