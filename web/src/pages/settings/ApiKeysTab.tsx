import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeySquare, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { NewApiKey } from "../../api/keys.ts";
import { useChange } from "../../api/mutations.ts";
import { apiKeysQuery, at } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { KeyList } from "./KeyList.tsx";

const { api: text } = settingsKeysText;

export function ApiKeysTab({ projectId }: { projectId: string }) {
  const keys = useQuery(apiKeysQuery(projectId));
  const [creating, setCreating] = useState(false);
  return (
    <>
      <KeyList
        projectId={projectId}
        noun="api-keys"
        right="administer"
        keys={keys}
        about={text.about}
        empty={{
          icon: <KeySquare size={22} />,
          title: text.empty,
          text: text.emptyText,
        }}
        make={
          <Allowed to="administer">
            <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
              {text.create}
            </Button>
          </Allowed>
        }
        columns={[{ title: text.prefix, cell: (key) => <Text className="mono">{key.prefix}…</Text> }]}
        end={text.end}
      />
      {creating && <CreateApiKeyDialog projectId={projectId} onClose={() => setCreating(false)} />}
    </>
  );
}

function CreateApiKeyDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const create = useChange(projectId, () => call<NewApiKey>("POST", `${at(projectId)}/api-keys`, { name }));
  const error = fieldsOf(create.error).name;

  function submit(event: FormEvent) {
    event.preventDefault();
    create.mutate(undefined);
  }

  return (
    <Modal opened onClose={onClose} title={create.data ? text.made : text.dialog} centered>
      {create.data ? (
        <Stack>
          <Hint>{text.copyNow}</Hint>
          <CodeBlock code={create.data.key} label={text.copy} wrap />
          <Group justify="flex-end">
            <Button onClick={onClose}>{commonText.done}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label={settingsKeysText.keyName}
              placeholder={text.nameExample}
              required
              data-autofocus
              value={name}
              error={error}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {!error && <ErrorNotice error={create.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                {commonText.cancel}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {text.submit}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
