/** Makes a key pair. The private half is shown here, once, and never again. */
import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { Download, TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { NewSigningKey } from "../../api/keys.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import { CopyTextButton } from "../../ui/CopyButton.tsx";
import { downloadText } from "../../ui/download.ts";
import { ErrorNotice } from "../../ui/Notice.tsx";

export function GenerateKeyDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [name, setName] = useState("Backend");
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
    <Modal opened onClose={onClose} title="Generate a signing key" centered>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Key name"
            description="Where you will use it"
            required
            data-autofocus
            value={name}
            error={error}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {!error && <ErrorNotice error={generate.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={generate.isPending}>
              Generate
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

export function PrivateKey({ name, privateKey, onClose }: PrivateKeyProps) {
  const [kept, setKept] = useState(false);
  const [asking, setAsking] = useState(false);

  // Closing without having kept the key asks once: it would be lost.
  function close() {
    if (kept || asking) onClose();
    else setAsking(true);
  }

  return (
    <Modal opened onClose={close} title="Your private key" size="lg" centered closeOnClickOutside={false}>
      <Stack>
        <Alert color="yellow" icon={<TriangleAlert size={18} />} title="It cannot be shown again">
          Linchpin does not store this private key. Download or copy it now, and keep it where your backend
          keeps its secrets.
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
          aria-label="Private key"
          tabIndex={0}
        >
          {privateKey}
        </Text>
        {asking && (
          <Alert color="red" role="alert" title="Close without keeping the key?">
            You have neither downloaded nor copied it. You would have to generate another.
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
              Download private key
            </Button>
            <CopyTextButton value={privateKey} onCopied={() => setKept(true)}>
              Copy private key
            </CopyTextButton>
          </Group>
          <Button
            variant={kept ? "filled" : "default"}
            color={asking && !kept ? "red" : undefined}
            onClick={close}
          >
            {asking && !kept ? "Close anyway" : "Done"}
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
