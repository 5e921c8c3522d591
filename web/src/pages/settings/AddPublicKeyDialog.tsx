import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { NewSigningKey } from "../../api/keys.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";

const { adding: text } = settingsKeysText;

/** For a key that exists already: its public half is all that is needed. */
export function AddPublicKeyDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const [publicKey, setPublicKey] = useState("");
  const add = useChange(
    projectId,
    () => call<NewSigningKey>("POST", `${at(projectId)}/signing-keys`, { name, publicKey }),
    onClose,
  );
  const fields = fieldsOf(add.error);
  // Said before anything is sent: a private key must not leave the page it was pasted into.
  const isPrivate = /PRIVATE KEY/.test(publicKey);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!isPrivate) add.mutate(undefined);
  }

  return (
    <Modal opened onClose={onClose} title={text.title} size="lg" centered>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={settingsKeysText.keyName}
            required
            data-autofocus
            value={name}
            error={fields.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label={text.key}
            description={text.keyAbout}
            placeholder={text.keyExample}
            required
            autosize
            minRows={7}
            maxRows={14}
            classNames={{ input: "mono" }}
            spellCheck={false}
            value={publicKey}
            error={isPrivate ? text.isPrivate : fields.publicKey}
            onChange={(event) => setPublicKey(event.currentTarget.value)}
          />
          {Object.keys(fields).length === 0 && <ErrorNotice error={add.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={add.isPending}>
              {settingsKeysText.signing.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
