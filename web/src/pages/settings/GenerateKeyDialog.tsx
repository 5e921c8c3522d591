/** Makes a key pair. The private half is shown here, once, and never again. */
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { Download, TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { NewSigningKey } from "../../api/keys.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { CopyTextButton } from "../../ui/CopyButton.tsx";
import { downloadText } from "../../ui/download.ts";
import { ErrorNotice } from "../../ui/Notice.tsx";

export function GenerateKeyDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [name, setName] = useState(settingsKeysText.generating.name);
  const generate = useChange(projectId, () =>
    call<NewSigningKey>("POST", `${at(projectId)}/signing-keys`, { name }),
  );
  const error = fieldsOf(generate.error).name;
  if (generate.data?.privateKey) {
    return <PrivateKey name={generate.data.name} privateKey={generate.data.privateKey} onClose={onClose} />;
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    generate.mutate(undefined);
  }

  return (
    <Modal opened onClose={onClose} title={commonText.generateSigningKey} centered>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={settingsKeysText.keyName}
            description={settingsKeysText.generating.nameAbout}
            required
            data-autofocus
            value={name}
            error={error}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {!error && <ErrorNotice error={generate.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={generate.isPending}>
              {settingsKeysText.generating.submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface PrivateKeyProps {
  name: string;
  privateKey: string;
  onClose: () => void;
}

const { privateKey: text } = settingsKeysText;

export function PrivateKey({ name, privateKey, onClose }: PrivateKeyProps) {
  const [kept, setKept] = useState(false);
  const [asking, setAsking] = useState(false);

  // Closing without having kept the key asks once: it would be lost.
  function close() {
    if (kept || asking) onClose();
    else setAsking(true);
  }

  return (
    <Modal opened onClose={close} title={text.title} size="lg" centered closeOnClickOutside={false}>
      <Stack>
        <Alert color="yellow" icon={<TriangleAlert size={18} />} title={text.once}>
          {text.onceText}
        </Alert>
        <Text
          component="pre"
          className="mono"
          m={0}
          p="sm"
          mah={180}
          bg="var(--mantine-color-default-hover)"
          bdrs="md"
          style={{ overflow: "auto" }}
          aria-label={text.label}
          tabIndex={0}
        >
          {privateKey}
        </Text>
        {asking && (
          <Alert color="red" role="alert" title={text.closing}>
            {text.closingText}
          </Alert>
        )}
        <Group justify="space-between">
          <Group gap="xs">
            <Button
              leftSection={<Download size={16} />}
              onClick={() => {
                downloadText(`${fileName(name)}.pem`, privateKey);
                setKept(true);
              }}
            >
              {text.download}
            </Button>
            <CopyTextButton value={privateKey} onCopied={() => setKept(true)}>
              {text.copy}
            </CopyTextButton>
          </Group>
          <Button
            variant={kept ? "filled" : "default"}
            color={asking && !kept ? "red" : undefined}
            onClick={close}
          >
            {asking && !kept ? text.closeAnyway : commonText.done}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function fileName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `linchpin-${plain === "" ? "signing" : plain}-private-key`;
}
