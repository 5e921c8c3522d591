/** Acting as a connected user: the editor's tests, and the portal as this user sees it. */
import { Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, UserRoundCheck } from "lucide-react";
import { useState } from "react";
import { integrationsQuery } from "../../api/queries.ts";
import type { UserDetail } from "../../api/users.ts";
import { usePreviewUser } from "../../app/previewUser.ts";
import { usersText } from "../../texts/users.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ConnectorIcon } from "../integrations/ConnectorIcon.tsx";
import { openPortalAs } from "./actAs.ts";

export function ActAsUser({ projectId, user }: { projectId: string; user: UserDetail }) {
  const [opened, dialog] = useDisclosure(false);
  const [previewUser, setPreviewUser] = usePreviewUser(projectId);
  return (
    <>
      <Button
        variant="default"
        leftSection={<UserRoundCheck size={16} />}
        disabled={user.disabled}
        title={user.disabled ? usersText.actAs.disabled : undefined}
        onClick={() => {
          setPreviewUser(user.id);
          dialog.open();
        }}
      >
        {previewUser === user.id ? usersText.actAs.already : usersText.actAs.begin}
      </Button>
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={usersText.actAs.title(user.name ?? user.userId)}
        size="lg"
        centered
      >
        <Portals projectId={projectId} user={user} onOpen={dialog.close} />
      </Modal>
    </>
  );
}

function Portals(props: { projectId: string; user: UserDetail; onOpen: () => void }) {
  const { projectId, user, onOpen } = props;
  const client = useQueryClient();
  const integrations = useQuery(integrationsQuery(projectId));
  const [opening, setOpening] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const active = (integrations.data ?? []).filter((integration) => integration.active);

  async function open(type: string) {
    setOpening(type);
    setError(null);
    try {
      const done = openPortalAs(projectId, user.id, type);
      // The portal lies over the page; a dialog behind it would keep the focus.
      done.catch(() => {});
      onOpen();
      await done;
    } catch (thrown) {
      setError(thrown);
    } finally {
      setOpening(null);
      void client.invalidateQueries({ queryKey: [projectId] });
    }
  }

  return (
    <Stack>
      <Text>{usersText.actAs.about}</Text>
      <ErrorNotice error={error ?? integrations.error} />
      <Title order={3}>{usersText.actAs.portal}</Title>
      {integrations.data && active.length === 0 && (
        <Text c="dimmed">
          {usersText.actAs.noIntegration((words) => (
            <TextLink to="/p/$projectId/integrations" params={{ projectId }} underline="always">
              {words}
            </TextLink>
          ))}
        </Text>
      )}
      {active.map((integration) => (
        <Group key={integration.id} justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <ConnectorIcon url={integration.iconUrl} />
            <Text>{integration.name}</Text>
          </Group>
          <Button
            variant="default"
            rightSection={<ExternalLink size={14} />}
            loading={opening === integration.type}
            onClick={() => void open(integration.type)}
          >
            {usersText.actAs.openPortal(integration.name)}
          </Button>
        </Group>
      ))}
    </Stack>
  );
}
