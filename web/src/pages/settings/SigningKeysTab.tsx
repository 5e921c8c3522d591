import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus, Upload } from "lucide-react";
import { useState } from "react";
import { signingKeysQuery } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { AddPublicKeyDialog } from "./AddPublicKeyDialog.tsx";
import { GenerateKeyDialog } from "./GenerateKeyDialog.tsx";
import { KeyList } from "./KeyList.tsx";

const { signing: text } = settingsKeysText;

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
        about={text.about}
        empty={{
          icon: <KeyRound size={22} />,
          title: text.empty,
          text: text.emptyText,
        }}
        make={
          <Group gap="xs">
            <Allowed to="build">
              <Button variant="default" leftSection={<Upload size={16} />} onClick={() => setOpen("add")}>
                {text.add}
              </Button>
            </Allowed>
            <Allowed to="build">
              <Button leftSection={<Plus size={16} />} onClick={() => setOpen("generate")}>
                {commonText.generateKey}
              </Button>
            </Allowed>
          </Group>
        }
        columns={[
          {
            title: text.columns.id,
            cell: (key) => <Shortened value={key.kid} label={text.copyId(key.name)} />,
          },
          {
            title: text.columns.fingerprint,
            cell: (key) => <Shortened value={key.fingerprint} label={text.copyFingerprint(key.name)} />,
          },
        ]}
        tools={(key) => <CopyButton value={key.publicKey} label={text.copyPublic(key.name)} />}
        end={text.end}
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
