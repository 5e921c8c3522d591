import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, Upload } from "lucide-react";
import { useState } from "react";
import { signingKeysQuery } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { AddPublicKeyDialog } from "./AddPublicKeyDialog.tsx";
import { GenerateKeyDialog } from "./GenerateKeyDialog.tsx";
import { KeyList } from "./KeyList.tsx";

export function SigningKeysTab({ projectId }: { projectId: string }) {
  const keys = useQuery(signingKeysQuery(projectId));
  const [open, setOpen] = useState<"generate" | "add" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <KeyList
        projectId={projectId}
        noun="signing-keys"
        right="build"
        keys={keys}
        about="Your backend signs each user's token with the private half of a signing key. Linchpin keeps the public half only, to check tokens."
        empty={{
          icon: <KeyRound size={22} />,
          title: "No signing keys yet",
          text: "Generate one, or add the public half of a key that you have.",
        }}
        make={
          <Group gap="xs">
            <Allowed to="build">
              <Button variant="default" leftSection={<Upload size={16} />} onClick={() => setOpen("add")}>
                Add public key
              </Button>
            </Allowed>
            <Allowed to="build">
              <Button leftSection={<Plus size={16} />} onClick={() => setOpen("generate")}>
                Generate key
              </Button>
            </Allowed>
          </Group>
        }
        columns={[
          {
            title: "Key id",
            cell: (key) => <Shortened value={key.kid} label={`Copy key id of ${key.name}`} />,
          },
          {
            title: "Fingerprint",
            cell: (key) => <Shortened value={key.fingerprint} label={`Copy fingerprint of ${key.name}`} />,
          },
        ]}
        tools={(key) => <CopyButton value={key.publicKey} label={`Copy public key of ${key.name}`} />}
        end={{
          verb: "Delete",
          text: "Tokens that were signed with this key are refused at once. Users come back with a token that another key signed.",
        }}
      />
      {open === "generate" && <GenerateKeyDialog projectId={projectId} onClose={close} />}
      {open === "add" && <AddPublicKeyDialog projectId={projectId} onClose={close} />}
    </>
  );
}

function Shortened({ value, label }: { value: string; label: string }) {
  return (
    <Group gap={2} wrap="nowrap">
      <Text className="mono" title={value}>
        {value.length > 18 ? `${value.slice(0, 17)}…` : value}
      </Text>
      <CopyButton value={value} label={label} />
    </Group>
  );
}
