import { Button, Group, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type DragEvent, type FormEvent, useState } from "react";
import { appEventsQuery, signingKeysQuery } from "../../api/queries.ts";
import { usePublicUrl } from "../../app/project.ts";
import { commonText } from "../../texts/common.ts";
import { settingsKeysText } from "../../texts/settingsKeys.tsx";
import { CodeBlock, JsonBlock } from "../../ui/CodeBlock.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { curlSample } from "../overview/samples.ts";
import { type SignedToken, signToken } from "./signToken.ts";

const { testTokens: text } = settingsKeysText;
/** By their seconds. */
const lifetimes = Object.entries(text.lifetimes).map(([value, label]) => ({ value, label }));

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
          <Text c="dimmed">{text.about}</Text>
          {keys.length === 0 && <Hint>{text.noKeys}</Hint>}
          <Textarea
            label={settingsKeysText.privateKey.label}
            description={text.keyAbout}
            placeholder={text.keyExample}
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
            label={commonText.userId}
            description={text.userIdAbout}
            required
            value={userId}
            onChange={(event) => setUserId(event.currentTarget.value)}
          />
          <Select
            label={text.lifetime}
            data={lifetimes}
            value={lifetime}
            allowDeselect={false}
            onChange={(value) => setLifetime(value ?? "3600")}
          />
          <ErrorNotice error={error} />
          <Group>
            <Button type="submit">{text.sign}</Button>
          </Group>
        </Stack>
      </form>
      <Stack>
        {signed ? (
          <>
            <CodeBlock
              title={commonText.token}
              code={signed.token}
              label={text.copyToken}
              wrap
              maxHeight={160}
            />
            <JsonBlock title={text.claims} value={signed.claims} label={text.copyClaims} />
            <CodeBlock
              title={text.sendEvent}
              code={curlSample({
                publicUrl,
                projectId,
                eventName: events[0]?.name ?? commonText.contactCreated,
                payload: events[0]?.example ?? {},
                token: signed.token,
              })}
              label={text.copyCurl}
              wrap
            />
          </>
        ) : (
          <Text c="dimmed">{text.nothing}</Text>
        )}
      </Stack>
    </SimpleGrid>
  );
}
