/** What else can be done with a destination: change it, give it another secret, switch it, delete it. */
import { ActionIcon, Button, Group, Menu, Modal, Stack } from "@mantine/core";
import { Ellipsis, KeyRound, Pencil, Power, Trash2 } from "lucide-react";
import { useState } from "react";
import { call } from "../../../api/client.ts";
import type { EventDestination } from "../../../api/destinations.ts";
import { useChange } from "../../../api/mutations.ts";
import { at } from "../../../api/queries.ts";
import { CodeBlock } from "../../../ui/CodeBlock.tsx";
import { Confirm } from "../../../ui/Confirm.tsx";
import { ErrorNotice, Hint } from "../../../ui/Notice.tsx";

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
          <ActionIcon variant="default" size={30} aria-label={`More about ${destination.name}`}>
            <Ellipsis size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Pencil size={16} />} onClick={onEdit}>
            Edit
          </Menu.Item>
          {destination.kind === "webhook" && (
            <Menu.Item leftSection={<KeyRound size={16} />} onClick={() => setAsking("secret")}>
              New secret
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Power size={16} />} onClick={() => toggle.mutate(undefined)}>
            {destination.enabled ? "Disable" : "Enable"}
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
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ErrorNotice error={toggle.error} />
      {asking === "secret" && <SecretDialog projectId={projectId} address={address} onClose={close} />}
      {asking === "delete" && (
        <Confirm
          opened
          title={`Delete ${destination.name}?`}
          action="Delete destination"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(undefined)}
          onClose={close}
        >
          Nothing is sent there any more. Its log goes with it
          {destination.pending > 0 && `, and so do ${destination.pending} events that wait`}.
        </Confirm>
      )}
    </>
  );
}

function SecretDialog(props: { projectId: string; address: string; onClose: () => void }) {
  const renew = useChange(props.projectId, () => call<{ secret: string }>("POST", `${props.address}/secret`));
  return (
    <Modal opened onClose={props.onClose} title="New signing secret" centered>
      {renew.data ? (
        <Stack>
          <Hint>
            Copy it now: it cannot be shown again. For a day webhooks are signed with the old one, too.
          </Hint>
          <CodeBlock code={renew.data.secret} label="Copy signing secret" wrap />
          <Group justify="flex-end">
            <Button onClick={props.onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <Stack>
          <div>
            Webhooks are signed with a new secret at once. The old one still counts for a day, so that you can
            change your receiver without losing an event.
          </div>
          <ErrorNotice error={renew.error} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={props.onClose}>
              Cancel
            </Button>
            <Button loading={renew.isPending} onClick={() => renew.mutate(undefined)}>
              Make new secret
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
