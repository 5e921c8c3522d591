import {
  Button,
  ColorInput,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { Integration, PortalSettings, SettingInput } from "../../api/integrations.ts";
import { useChange } from "../../api/mutations.ts";
import { at, connectorQuery, workflowsQuery } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { useFaultShown } from "../../ui/useFaultShown.ts";
import { PortalPreview } from "./PortalPreview.tsx";
import { SettingsEditor } from "./SettingsEditor.tsx";

const { portal: text } = integrationsText;

/** What is empty is left out, so that the connector's own text or colour shows. */
function filled(portal: PortalSettings): PortalSettings {
  return {
    description: portal.description?.trim() || undefined,
    overview: portal.overview?.trim() || undefined,
    accentColor: portal.accentColor?.trim() || undefined,
    theme: portal.theme ?? "system",
    branding: portal.branding ?? false,
  };
}

/** What your customers see in the Connect Portal of this integration. */
export function PortalTab({ projectId, integration }: { projectId: string; integration: Integration }) {
  const [portal, setPortal] = useState<PortalSettings>(integration.portal);
  const [settings, setSettings] = useState<SettingInput[]>(integration.settings);
  const connector = useQuery(connectorQuery(projectId, integration.type)).data;
  const workflows = useQuery(workflowsQuery(projectId, integration.id)).data ?? [];
  const save = useChange(
    projectId,
    () =>
      call<Integration>("PATCH", `${at(projectId)}/integrations/${integration.id}`, {
        portal: filled(portal),
        settings,
      }),
    () => notifications.show({ color: "green", title: commonText.saved, message: text.saved }),
  );
  const fields = fieldsOf(save.error);
  const form = useFaultShown(save.error);
  const set = (change: Partial<PortalSettings>) => setPortal((before) => ({ ...before, ...change }));

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(undefined);
  }

  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
      <form ref={form} onSubmit={submit}>
        <Stack maw={620}>
          <Title order={2} size="h4">
            {text.overview}
          </Title>
          <TextInput
            label={commonText.description}
            description={text.descriptionAbout}
            placeholder={text.descriptionExample(integration.name)}
            value={portal.description ?? ""}
            error={fields["portal.description"]}
            onChange={(event) => set({ description: event.currentTarget.value })}
          />
          <Textarea
            label={text.overview}
            description={text.overviewAbout}
            autosize
            minRows={6}
            value={portal.overview ?? ""}
            error={fields["portal.overview"]}
            onChange={(event) => set({ overview: event.currentTarget.value })}
          />
          <Title order={2} size="h4" mt="sm">
            {commonText.settings}
          </Title>
          <SettingsEditor settings={settings} connector={connector} errors={fields} onChange={setSettings} />
          <Title order={2} size="h4" mt="sm">
            {text.appearance}
          </Title>
          <ColorInput
            label={text.accent}
            description={text.accentAbout}
            maw={260}
            format="hex"
            popoverProps={{ position: "right-start" }}
            eyeDropperButtonProps={{ "aria-label": text.pickColor }}
            value={portal.accentColor ?? ""}
            error={fields["portal.accentColor"]}
            onChange={(accentColor) => set({ accentColor })}
          />
          <Stack gap={4}>
            <Text fw={500} size="sm" id="portal-theme">
              {text.theme}
            </Text>
            <SegmentedControl
              aria-labelledby="portal-theme"
              w="fit-content"
              data={[
                { value: "system", label: text.themes.system },
                { value: "light", label: text.themes.light },
                { value: "dark", label: text.themes.dark },
              ]}
              value={portal.theme ?? "system"}
              onChange={(theme) => set({ theme: theme === "light" || theme === "dark" ? theme : "system" })}
            />
          </Stack>
          <Switch
            label={text.branding}
            checked={portal.branding ?? false}
            onChange={(event) => set({ branding: event.currentTarget.checked })}
          />
          <ErrorNotice error={save.error} />
          <Group>
            <Button type="submit" loading={save.isPending}>
              {commonText.save}
            </Button>
          </Group>
        </Stack>
      </form>
      <PortalPreview
        integration={integration}
        connector={connector}
        workflows={workflows}
        portal={portal}
        settings={settings}
      />
    </SimpleGrid>
  );
}
