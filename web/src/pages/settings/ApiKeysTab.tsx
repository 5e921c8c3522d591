import { Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeySquare, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { NewApiKey } from "../../api/keys.ts";
import { useChange } from "../../api/mutations.ts";
import { apiKeysQuery, at } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { KeyList } from "./KeyList.tsx";

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
        about={
          <>
            For your backend and the command line: <Code>linchpin apply --server</Code> and the management
            API. Only a hash of each key is stored.
          </>
        }
        empty={{
          icon: <KeySquare size={22} />,
          title: "No API keys yet",
          text: "Create one to apply a project file to this server, or to read runs from your own tools.",
        }}
        make={
          <Allowed to="administer">
            <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
              Create API key
            </Button>
          </Allowed>
        }
        columns={[{ title: "Begins with", cell: (key) => <Text className="mono">{key.prefix}…</Text> }]}
        end={{ verb: "Revoke", text: "What uses this key is refused at once." }}
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
    <Modal opened onClose={onClose} title={create.data ? "Your API key" : "Create an API key"} centered>
      {create.data ? (
        <Stack>
          <Hint>Copy it now: it cannot be shown again.</Hint>
          <CodeBlock code={create.data.key} label="Copy API key" wrap />
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label="Key name"
              placeholder="Continuous integration"
              required
              data-autofocus
              value={name}
              error={error}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            {!error && <ErrorNotice error={create.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending}>
                Create key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
