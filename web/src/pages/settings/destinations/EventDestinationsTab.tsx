/** Where this project's events go: webhooks and e-mail. */
import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { BellRing, Mail, Plus, Webhook } from "lucide-react";
import { useState } from "react";
import { type EventDestination, eventDestinationsQuery } from "../../../api/destinations.ts";
import { workflowsQuery } from "../../../api/queries.ts";
import { useMay } from "../../../app/rights.ts";
import { commonText } from "../../../texts/common.ts";
import { settingsDestinationsText } from "../../../texts/settingsDestinations.tsx";
import { EmptyState } from "../../../ui/EmptyState.tsx";
import { ErrorNotice } from "../../../ui/Notice.tsx";
import { RelativeTime } from "../../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../../ui/Skeletons.tsx";
import { StateBadge } from "../../../ui/StateBadge.tsx";
import { DeliveriesDialog } from "./DeliveriesDialog.tsx";
import { DestinationDialog } from "./DestinationDialog.tsx";
import { DestinationMenu } from "./DestinationMenu.tsx";
import { TestDialog } from "./TestDialog.tsx";

const { list: text } = settingsDestinationsText;

type Open = { kind: "add" } | { kind: "edit" | "test" | "deliveries"; destination: EventDestination };

export function EventDestinationsTab({ projectId }: { projectId: string }) {
  const may = useMay("administer").ok;
  const destinations = useQuery(eventDestinationsQuery(projectId));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const add = may ? (
    <Button leftSection={<Plus size={16} />} onClick={() => setOpen({ kind: "add" })}>
      {text.add}
    </Button>
  ) : (
    <Text size="sm" c="dimmed">
      {text.onlyAdmins}
    </Text>
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={600}>
          {text.about}
        </Text>
        {destinations.data && destinations.data.length > 0 && add}
      </Group>
      <ErrorNotice error={destinations.error} />
      {destinations.isPending && <ListSkeleton rows={2} height={90} />}
      {destinations.data?.length === 0 && (
        <EmptyState icon={<BellRing size={22} />} title={text.empty} action={add}>
          {text.emptyText}
        </EmptyState>
      )}
      {destinations.data?.map((destination) => (
        <DestinationCard
          key={destination.id}
          projectId={projectId}
          destination={destination}
          may={may}
          onOpen={(kind) => setOpen({ kind, destination })}
        />
      ))}
      {(open?.kind === "add" || open?.kind === "edit") && (
        <DestinationDialog
          projectId={projectId}
          destination={open.kind === "edit" ? open.destination : undefined}
          onClose={close}
        />
      )}
      {open?.kind === "test" && (
        <TestDialog projectId={projectId} destination={open.destination} onClose={close} />
      )}
      {open?.kind === "deliveries" && (
        <DeliveriesDialog projectId={projectId} destination={open.destination} may={may} onClose={close} />
      )}
    </Stack>
  );
}

interface CardProps {
  projectId: string;
  destination: EventDestination;
  may: boolean;
  onOpen: (kind: "edit" | "test" | "deliveries") => void;
}

function DestinationCard({ projectId, destination, may, onOpen }: CardProps) {
  const { name, kind } = destination;
  const Icon = kind === "webhook" ? Webhook : Mail;
  return (
    <Paper withBorder p="md" radius="md" component="section" aria-label={name}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={6} style={{ minWidth: 0, flex: "1 1 320px" }}>
          <Group gap="xs">
            <Icon size={18} aria-hidden />
            <Title order={2} size="h4">
              {name}
            </Title>
            <StateBadge state={destination.enabled ? "on" : "off"} />
            {destination.pending > 0 && (
              <Badge variant="default" tt="none" radius="sm" fw={500}>
                {text.waiting(destination.pending)}
              </Badge>
            )}
          </Group>
          <Text
            size="sm"
            className={kind === "webhook" ? "mono" : undefined}
            style={{ wordBreak: "break-all" }}
          >
            {kind === "webhook" ? destination.url : destination.to?.join(", ")}
          </Text>
          <Sent projectId={projectId} destination={destination} />
          <Health destination={destination} />
        </Stack>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            aria-label={settingsDestinationsText.deliveries.title(name)}
            onClick={() => onOpen("deliveries")}
          >
            {settingsDestinationsText.deliveries.label}
          </Button>
          {may && (
            <>
              <Button
                size="xs"
                variant="default"
                aria-label={text.testOf(name)}
                onClick={() => onOpen("test")}
              >
                {settingsDestinationsText.test.send}
              </Button>
              <DestinationMenu
                projectId={projectId}
                destination={destination}
                onEdit={() => onOpen("edit")}
              />
            </>
          )}
        </Group>
      </Group>
    </Paper>
  );
}

function Sent({ projectId, destination }: { projectId: string; destination: EventDestination }) {
  const workflows = useQuery({ ...workflowsQuery(projectId), enabled: destination.workflowIds.length > 0 });
  const names = destination.workflowIds.map(
    (id) => workflows.data?.find((workflow) => workflow.id === id)?.name ?? text.deletedWorkflow,
  );
  return (
    <Text size="sm" c="dimmed">
      {destination.events.length === 0 ? commonText.allEvents : destination.events.join(", ")}
      {names.length > 0 && text.onlyOf(names.join(", "))}
      {destination.headers.length > 0 && text.withHeaders(destination.headers.join(", "))}
      {destination.payload != null && text.withTemplate}
    </Text>
  );
}

function Health({ destination }: { destination: EventDestination }) {
  if (!destination.enabled && destination.disabledReason) {
    return (
      <Text size="sm" c="var(--mantine-color-error)" role="status">
        {text.disabled(destination.disabledReason)}
      </Text>
    );
  }
  if (!destination.enabled || destination.failures === 0) return null;
  return (
    <Text size="sm" c="var(--mantine-color-error)" role="status">
      {text.failures(destination.failures, destination.disabledAfter)}{" "}
      {destination.pausedUntil && text.nextTry(<RelativeTime at={destination.pausedUntil} />)}
    </Text>
  );
}
