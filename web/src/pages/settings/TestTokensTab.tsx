import { Button, Group, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, type FormEvent, useState } from "react";
import { appEventsQuery, signingKeysQuery } from "../../api/queries.ts";
import { usePublicUrl } from "../../app/project.ts";
import { CodeBlock, JsonBlock } from "../../ui/CodeBlock.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { curlSample } from "../overview/samples.ts";
import { type SignedToken, signToken } from "./signToken.ts";

const lifetimes = [
  { value: "300", label: "5 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "1 week" },
];

/** One-off user tokens for trying things out. In production your backend signs them. */
export function TestTokensTab({ projectId }: { projectId: string }) {
  const publicUrl = usePublicUrl();
  const keys = useQuery(signingKeysQuery(projectId)).data ?? [];
  const events = useQuery(appEventsQuery(projectId)).data?.items ?? [];
  const [privateKey, setPrivateKey] = useState("");
  const [userId, setUserId] = useState("user-1");
  const [lifetime, setLifetime] = useState("3600");
  const [signed, setSigned] = useState<SignedToken | null>(null);
  const [error, setError] = useState<unknown>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      setSigned(
        await signToken({
          privateKey,
          projectId,
          userId,
          lifetimeSeconds: Number(lifetime),
          now: Date.now(),
        }),
      );
      setError(null);
    } catch (failure) {
      setSigned(null);
      setError(failure);
    }
  }

  async function drop(event: DragEvent) {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) setPrivateKey(await file.text());
  }

  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
      <form onSubmit={submit}>
        <Stack>
          <Text c="dimmed">
            Signs a token for testing, in this page. The private key stays here: it is not sent and not
            stored.
          </Text>
          {keys.length === 0 && (
            <Hint>This project has no signing key yet: generate one under Signing keys first.</Hint>
          )}
          <Textarea
            label="Private key"
            description="Paste it, or drop the file here"
            placeholder={"-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----"}
            required
            rows={7}
            classNames={{ input: "mono" }}
            spellCheck={false}
            autoComplete="off"
            value={privateKey}
            onChange={(event) => setPrivateKey(event.currentTarget.value)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={drop}
          />
          <TextInput
            label="User id"
            description="The user's id in your app: the token's sub"
            required
            value={userId}
            onChange={(event) => setUserId(event.currentTarget.value)}
          />
          <Select
            label="Lifetime"
            data={lifetimes}
            value={lifetime}
            allowDeselect={false}
            onChange={(value) => setLifetime(value ?? "3600")}
          />
          <ErrorNotice error={error} />
          <Group>
            <Button type="submit">Sign token</Button>
          </Group>
        </Stack>
      </form>
      <Stack>
        {signed ? (
          <>
            <CodeBlock title="Token" code={signed.token} label="Copy token" wrap maxHeight={160} />
            <JsonBlock title="Claims" value={signed.claims} label="Copy claims" />
            <CodeBlock
              title="Send an App Event with it"
              code={curlSample({
                publicUrl,
                projectId,
                eventName: events[0]?.name ?? "Contact Created",
                payload: events[0]?.example ?? {},
                token: signed.token,
              })}
              label="Copy curl"
              wrap
            />
          </>
        ) : (
          <Text c="dimmed">The token, its claims and a ready curl appear here.</Text>
        )}
      </Stack>
    </SimpleGrid>
  );
}
