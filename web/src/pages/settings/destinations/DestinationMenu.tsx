/** What else can be done with a destination: change it, give it another secret, switch it, delete it. */
import { ActionIcon, Button, Group, Menu, Modal, Stack } from "@mantine/core";
import { Ellipsis, KeyRound, Pencil, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/client.ts";
import type { EventDestination } from "../../../api/destinations.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsDestinationsText } from "../../../texts/settingsDestinations.tsx";
import { CodeBlock } from "../../../ui/CodeBlock.tsx";
import { Confirm } from "../../../ui/Confirm.tsx";
import { ErrorNotice, Hint } from "../../../ui/Notice.tsx";

const { menu: text, deletion, secret } = settingsDestinationsText;

interface Props {
  projectId: string;
  destination: EventDestination;
  onEdit: () => void;
}

export function DestinationMenu({ projectId, destination, onEdit }: Props) {
  const [asking, setAsking] = useState<"secret" | "delete" | null>(null);
  const address = `${at(projectId)}/event-destinations/${destination.id}`;
  const close = () => setAsking(null);
  const toggle = useChange(projectId, () => call("PATCH", address, { enabled: !destination.enabled }));
  const remove = useChange(projectId, () => call("DELETE", address), close);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={text.more(destination.name)}>
            <Ellipsis size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Pencil size={16} />} onClick={onEdit}>
            {commonText.edit}
          </Menu.Item>
          {destination.kind === "webhook" && (
            <Menu.Item leftSection={<KeyRound size={16} />} onClick={() => setAsking("secret")}>
              {text.newSecret}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Power size={16} />} onClick={() => toggle.mutate(undefined)}>
            {destination.enabled ? text.disable : text.enable}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<Trash2 size={16} />}
            onClick={() => {
              remove.reset();
              setAsking("delete");
            }}
          >
            {commonText.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ErrorNotice error={toggle.error} />
      {asking === "secret" && <SecretDialog projectId={projectId} address={address} onClose={close} />}
      {asking === "delete" && (
        <Confirm
          opened
          title={commonText.deleteAsked(destination.name)}
          action={deletion.action}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(undefined)}
          onClose={close}
        >
          {deletion.text(destination.pending)}
        </Confirm>
      )}
    </>
  );
}

function SecretDialog(props: { projectId: string; address: string; onClose: () => void }) {
  const renew = useChange(props.projectId, () => call<{ secret: string }>("POST", `${props.address}/secret`));
  return (
    <Modal opened onClose={props.onClose} title={secret.another} centered>
      {renew.data ? (
        <Stack>
          <Hint>{secret.after}</Hint>
          <CodeBlock code={renew.data.secret} label={secret.copy} wrap />
          <Group justify="flex-end">
            <Button onClick={props.onClose}>{commonText.done}</Button>
          </Group>
        </Stack>
      ) : (
        <Stack>
          <div>{secret.before}</div>
          <ErrorNotice error={renew.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={props.onClose}>
              {commonText.cancel}
            </Button>
            <Button loading={renew.isPending} onClick={() => renew.mutate(undefined)}>
              {secret.make}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
