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
import { CopyButton } from "../../ui/CopyButton.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { NumberedStep } from "../../ui/NumberedStep.tsx";
import { useFaultShown } from "../../ui/useFaultShown.ts";
import { ScopesInput } from "./ScopesInput.tsx";
import { TestCredentials } from "./TestCredentials.tsx";

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
        title: "Saved",
        message: saved.active
          ? `${saved.name} is active.`
          : `Switch ${saved.name} to active when you are ready.`,
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
          <NumberedStep number={1} title="Nothing to set up here">
            <Text c="dimmed">
              {`Each user enters their own in the Connect Portal: ${[...new Set(connector?.auth.flatMap((way) => way.asks) ?? [])].join(", ")}. ${integration.name} is asked whether it takes them; they are stored sealed.`}
            </Text>
          </NumberedStep>
        )}
        {usesApp && (
          <>
            <NumberedStep number={1} title={`Create an app at ${integration.name}`}>
              <Text c="dimmed">
                {integration.type === "hubspot" ? (
                  <>
                    Sign in to{" "}
                    <Anchor
                      href="https://developers.hubspot.com"
                      target="_blank"
                      rel="noreferrer"
                      underline="always"
                    >
                      developers.hubspot.com
                    </Anchor>
                    , open your developer account and create a public app. Your customers see its name when
                    they connect.
                  </>
                ) : (
                  "Create an OAuth app in the provider's developer pages."
                )}
              </Text>
            </NumberedStep>

            <NumberedStep number={2} title="Give it this redirect URL">
              <TextInput
                label="Redirect URL"
                description="In the app's Auth settings. It must match to the letter."
                value={integration.redirectUrl}
                readOnly
                classNames={{ input: "mono" }}
                rightSection={<CopyButton value={integration.redirectUrl} label="Copy redirect URL" />}
              />
              {integration.webhookUrl && (
                <TextInput
                  mt="md"
                  label="Webhook URL"
                  description="Only for workflows that begin with an event of the provider: the target URL of the app's webhooks."
                  value={integration.webhookUrl}
                  readOnly
                  classNames={{ input: "mono" }}
                  rightSection={<CopyButton value={integration.webhookUrl} label="Copy webhook URL" />}
                />
              )}
            </NumberedStep>

            <NumberedStep number={3} title="Choose the scopes">
              <Stack gap="sm">
                <Text c="dimmed">
                  They must equal the scopes of the app: required ones are always asked for, optional ones are
                  asked for and may be missing.
                </Text>
                <ScopesInput
                  label="Required scopes"
                  known={connector?.scopes ?? []}
                  value={required}
                  error={fields.scopes}
                  onChange={setScopes}
                />
                <ScopesInput
                  label="Optional scopes"
                  known={connector?.scopes ?? []}
                  value={optional}
                  error={fields.optionalScopes}
                  onChange={setOptional}
                />
              </Stack>
            </NumberedStep>

            <NumberedStep number={4} title="Enter the app's client id and secret">
              <Stack gap="sm">
                <TextInput
                  label="Client ID"
                  value={clientId}
                  error={fields.clientId}
                  autoComplete="off"
                  onChange={(event) => setClientId(event.currentTarget.value)}
                />
                {replacing ? (
                  <PasswordInput
                    label="Client secret"
                    description="Stored sealed. It cannot be read back."
                    value={secret}
                    error={fields.clientSecret}
                    autoComplete="off"
                    onChange={(event) => setSecret(event.currentTarget.value)}
                  />
                ) : (
                  <Group gap="xs" align="flex-end">
                    <TextInput label="Client secret" value="Stored" readOnly disabled style={{ flex: 1 }} />
                    <Button variant="default" onClick={() => setReplacing(true)}>
                      Replace secret
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
            <Accordion.Control>Advanced</Accordion.Control>
            <Accordion.Panel>
              <Stack gap="sm">
                <Select
                  label="API version"
                  description="Which of the provider's API versions is called"
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
                    label={`Base URL: ${name}`}
                    description="Change it only to use a mock or simulator"
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
            {usesApp || integration.active ? "Save" : "Save and switch on"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
