/** "Test these credentials": the provider is asked whether it knows client id and secret, and what was asked is said. */
import { Alert, Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleHelp, PlugZap } from "lucide-react";
import { call, sentence } from "../../api/client.ts";
import type { Integration, TestedCredentials } from "../../api/integrations.ts";
import { at } from "../../api/queries.ts";
import { ErrorNotice } from "../../ui/Notice.tsx";

interface TestCredentialsProps {
  projectId: string;
  integration: Integration;
  /** As typed; what is stored is tried where one is empty. */
  clientId: string;
  clientSecret: string;
}

export function TestCredentials({ projectId, integration, clientId, clientSecret }: TestCredentialsProps) {
  const test = useMutation({
    mutationFn: () =>
      call<TestedCredentials>("POST", `${at(projectId)}/integrations/${integration.id}/test-credentials`, {
        ...(clientId !== "" && { clientId }),
        ...(clientSecret !== "" && { clientSecret }),
      }),
  });
  return (
    <Stack gap="sm">
      <Button
        variant="default"
        w="fit-content"
        leftSection={<PlugZap size={16} />}
        loading={test.isPending}
        onClick={() => test.mutate()}
      >
        Test these credentials
      </Button>
      <ErrorNotice error={test.error} />
      {test.data && <Outcome name={integration.name} tested={test.data} />}
    </Stack>
  );
}

function Outcome({ name, tested }: { name: string; tested: TestedCredentials }) {
  const texts: Record<TestedCredentials["outcome"], { color: string; title: string }> = {
    known: { color: "green", title: `${name} knows this client id and secret` },
    unknown: { color: "red", title: `${name} does not know this client id, or the secret is another` },
    redirectUrl: { color: "red", title: `${name} does not take the redirect URL for this app` },
    unclear: { color: "yellow", title: `${name}'s answer does not say whether it knows them` },
    unreachable: { color: "yellow", title: `${name} gave no answer` },
  };
  const { color, title } = texts[tested.outcome];
  const Icon = color === "green" ? CircleCheck : color === "red" ? CircleAlert : CircleHelp;
  return (
    <Alert color={color} variant="light" icon={<Icon size={18} />} title={title} role="status">
      <Text size="sm">{`Checked: ${sentence(tested.checked)}.`}</Text>
      <Text size="sm">{`It answered: ${tested.answer}`}</Text>
      <Text size="sm">{`Not checked: ${tested.notChecked}.`}</Text>
    </Alert>
  );
}
