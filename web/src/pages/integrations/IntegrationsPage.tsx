import { Badge, Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Blocks, Plus, Search } from "lucide-react";
import { useState } from "react";
import { call } from "../../api/client.ts";
import type { ConnectorCard } from "../../api/connectors.ts";
import type { Integration } from "../../api/integrations.ts";
import { useChange } from "../../api/mutations.ts";
import { at, connectorsQuery } from "../../api/queries.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { useProjectId } from "../../app/project.ts";
import { Page } from "../../app/Shell.tsx";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { PageHeader } from "../../ui/PageHeader.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StateBadge, stateLook } from "../../ui/StateBadge.tsx";
import { ConnectorIcon } from "./ConnectorIcon.tsx";

const { list: text } = integrationsText;

export function IntegrationsPage() {
  const projectId = useProjectId();
  const connectors = useQuery(connectorsQuery(projectId));
  const [typed, setTyped] = useState("");
  const wanted = typed.toLowerCase();
  const found = (connectors.data ?? []).filter((card) =>
    `${card.name} ${card.description}`.toLowerCase().includes(wanted),
  );
  // Those of the project first: they are opened every day, the others are set up once.
  const shown = [
    ...found.filter((card) => card.integrationId),
    ...found.filter((card) => !card.integrationId),
  ];
  return (
    <Page>
      <PageHeader title={commonText.integrations} description={text.about}>
        <ButtonLink
          variant="default"
          leftSection={<Plus size={16} />}
          to="/p/$projectId/integrations/custom"
          params={{ projectId }}
        >
          {text.custom}
        </ButtonLink>
      </PageHeader>
      <TextInput
        aria-label={text.search}
        placeholder={text.search}
        leftSection={<Search size={16} />}
        maw={320}
        mb="md"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <ErrorNotice error={connectors.error} />
      {connectors.isPending && <ListSkeleton rows={2} height={140} />}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
        {shown.map((card) => (
          <ConnectorCardView key={card.type} card={card} />
        ))}
      </SimpleGrid>
      {connectors.data && shown.length === 0 && (
        <EmptyState icon={<Blocks size={22} />} title={text.empty}>
          {text.emptyText(typed)}
        </EmptyState>
      )}
    </Page>
  );
}

function ConnectorCardView({ card }: { card: ConnectorCard }) {
  const projectId = useProjectId();
  const navigate = useNavigate();
  const setUp = useChange(
    projectId,
    () => call<Integration>("POST", `${at(projectId)}/integrations`, { type: card.type }),
    (integration) =>
      void navigate({
        to: "/p/$projectId/integrations/$integrationId",
        params: { projectId, integrationId: integration.id },
        search: { tab: "credentials" },
      }),
  );
  return (
    <Card withBorder padding="lg" component="article" aria-label={card.name}>
      <Stack gap="sm" h="100%" justify="space-between">
        <Stack gap="sm">
          <Group justify="space-between">
            <ConnectorIcon url={card.iconUrl} size={36} />
            {card.state === "not_set_up" ? (
              <Badge variant="default" radius="sm" tt="none" fw={500}>
                {stateLook(card.state).word}
              </Badge>
            ) : (
              <StateBadge state={card.state} />
            )}
          </Group>
          <Title order={2}>{card.name}</Title>
          <Text c="dimmed" size="sm">
            {card.description}
          </Text>
          <ErrorNotice error={setUp.error} />
        </Stack>
        {card.integrationId ? (
          <ButtonLink
            variant="default"
            to="/p/$projectId/integrations/$integrationId"
            params={{ projectId, integrationId: card.integrationId }}
          >
            {commonText.openNamed(card.name)}
          </ButtonLink>
        ) : (
          <Allowed to="design">
            <Button variant="light" loading={setUp.isPending} onClick={() => setUp.mutate(undefined)}>
              {text.setUp(card.name)}
            </Button>
          </Allowed>
        )}
      </Stack>
    </Card>
  );
}
