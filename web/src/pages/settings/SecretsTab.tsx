/** Environment secrets: written here, read by workflows alone. */
import {
  ActionIcon,
  Button,
  Group,
  Modal,
  PasswordInput,
  Stack,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { LockKeyhole, Plus, RefreshCw, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at, secretsQuery } from "../../api/queries.ts";
import type { Secret } from "../../api/team.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { DeleteDialog } from "../../app/DeleteDialog.tsx";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { ActionsHeader } from "../../ui/ActionsHeader.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { TextLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";

const { secrets: text } = settingsKeysText;

type Open = { kind: "add" } | { kind: "replace" | "delete"; secret: Secret } | null;

export function SecretsTab({ projectId }: { projectId: string }) {
  const secrets = useQuery(secretsQuery(projectId));
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const add = (
    <Allowed to="administer">
      <Button leftSection={<Plus size={16} />} onClick={() => setOpen({ kind: "add" })}>
        {text.add}
      </Button>
    </Allowed>
  );
  const list = secrets.data ?? [];
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={560}>
          {text.about}
        </Text>
        {list.length > 0 && add}
      </Group>
      <ErrorNotice error={secrets.error} />
      {secrets.isPending && <ListSkeleton />}
      {secrets.data?.length === 0 && (
        <EmptyState icon={<LockKeyhole size={22} />} title={text.empty} action={add}>
          {text.emptyText}
        </EmptyState>
      )}
      {list.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="sm" aria-label={commonText.secrets}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{commonText.name}</Table.Th>
                <Table.Th>{commonText.usedBy}</Table.Th>
                <Table.Th>{text.written}</Table.Th>
                <ActionsHeader width={90} />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.map((secret) => (
                <Table.Tr key={secret.name}>
                  <Table.Td>
                    <Group gap={4} wrap="nowrap">
                      <Text className="mono">{secret.name}</Text>
                      <CopyButton value={`{{ secrets.${secret.name} }}`} label={text.copy(secret.name)} />
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    <UsedBy projectId={projectId} secret={secret} />
                  </Table.Td>
                  <Table.Td>
                    <RelativeTime at={secret.updatedAt} />
                  </Table.Td>
                  <Table.Td>
                    <Group gap={4} wrap="nowrap" justify="flex-end">
                      <Allowed to="administer">
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={text.replace(secret.name)}
                          onClick={() => setOpen({ kind: "replace", secret })}
                        >
                          <RefreshCw size={16} />
                        </ActionIcon>
                      </Allowed>
                      <Allowed to="administer">
                        <ActionIcon
                          variant="subtle"
                          color="gray"
                          aria-label={commonText.deleteNamed(secret.name)}
                          onClick={() => setOpen({ kind: "delete", secret })}
                        >
                          <Trash2 size={16} />
                        </ActionIcon>
                      </Allowed>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {(open?.kind === "add" || open?.kind === "replace") && (
        <SecretDialog
          projectId={projectId}
          name={open.kind === "replace" ? open.secret.name : undefined}
          onClose={close}
        />
      )}
      {open?.kind === "delete" && (
        <DeleteDialog
          projectId={projectId}
          what={text.deletion.what}
          name={open.secret.name}
          path={`secrets/${open.secret.name}`}
          usedBy={open.secret.usedBy}
          loses={text.deletion.loses}
          onClose={close}
        >
          {text.deletion.text}
        </DeleteDialog>
      )}
    </Stack>
  );
}

function UsedBy({ projectId, secret }: { projectId: string; secret: Secret }) {
  if (secret.usedBy.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {commonText.noWorkflow}
      </Text>
    );
  }
  return (
    <Group gap="xs">
      {secret.usedBy.map((use) => (
        <Text key={use.workflowId} size="sm" span>
          <TextLink
            size="sm"
            to="/p/$projectId/workflows/$workflowId"
            params={{ projectId, workflowId: use.workflowId }}
          >
            {use.name}
          </TextLink>
          {use.deployed ? "" : text.draft}
        </Text>
      ))}
    </Group>
  );
}

function SecretDialog(props: { projectId: string; name: string | undefined; onClose: () => void }) {
  const { projectId, name: known, onClose } = props;
  const [name, setName] = useState(known ?? "");
  const [value, setValue] = useState("");
  const save = useChange(
    projectId,
    () => call("PUT", `${at(projectId)}/secrets/${encodeURIComponent(name.trim())}`, { value }),
    onClose,
  );
  const fields = fieldsOf(save.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate(undefined);
  }

  return (
    <Modal opened onClose={onClose} title={known ? text.replace(known) : text.dialog} centered>
      <form onSubmit={submit}>
        <Stack>
          {!known && (
            <TextInput
              label={commonText.name}
              description={text.nameAbout}
              placeholder={text.nameExample}
              required
              data-autofocus
              classNames={{ input: "mono" }}
              value={name}
              error={fields.name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <PasswordInput
            label={commonText.value}
            description={text.valueAbout}
            required
            autoComplete="off"
            data-autofocus={known ? true : undefined}
            value={value}
            error={fields.value}
            onChange={(event) => setValue(event.currentTarget.value)}
          />
          {Object.keys(fields).length === 0 && <ErrorNotice error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {known ? text.replaceValue : text.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
