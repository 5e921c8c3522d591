/** Who works in this project, with which role, and who is invited. */
import {
  ActionIcon,
  Button,
  Group,
  Modal,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Trash2, UserPlus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import { useChange } from "../../api/mutations.ts";
import { at, invitationsQuery, teamQuery } from "../../api/queries.ts";
import type { Role } from "../../api/session.ts";
import type { Invitation, NewInvitation, TeamMember } from "../../api/team.ts";
import { Allowed } from "../../app/Allowed.tsx";
import { useSession } from "../../app/project.ts";
import { useMay } from "../../app/rights.ts";
import { commonText } from "../../texts/common.ts";
import { settingsText } from "../../texts/settings.tsx";
import { ActionsHeader } from "../../ui/ActionsHeader.tsx";
import { CodeBlock } from "../../ui/CodeBlock.tsx";
import { Confirm } from "../../ui/Confirm.tsx";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { RelativeTime } from "../../ui/RelativeTime.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { isRole } from "./roles.ts";

const { team: text, invitations: invited } = settingsText;
const options = Object.entries(commonText.roles).map(([value, { title }]) => ({ value, label: title }));

export function TeamTab({ projectId }: { projectId: string }) {
  const may = useMay("administer").ok;
  const team = useQuery(teamQuery(projectId));
  const invitations = useQuery(invitationsQuery(projectId)).data ?? [];
  const [inviting, setInviting] = useState(false);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <Stack gap={2} maw={600}>
          {Object.values(commonText.roles).map(({ title, may: does }) => (
            <Text key={title} c="dimmed">
              <b>{title}</b> {does}
            </Text>
          ))}
        </Stack>
        <Allowed to="administer">
          <Button leftSection={<UserPlus size={16} />} onClick={() => setInviting(true)}>
            {text.invite}
          </Button>
        </Allowed>
      </Group>
      <ErrorNotice error={team.error} />
      {team.isPending && <ListSkeleton rows={2} />}
      {team.data && <Members projectId={projectId} team={team.data} may={may} />}
      {invitations.length > 0 && (
        <Stack gap="xs">
          <Title order={2}>{text.invited}</Title>
          <Invitations projectId={projectId} invitations={invitations} may={may} />
        </Stack>
      )}
      {inviting && <InviteDialog projectId={projectId} onClose={() => setInviting(false)} />}
    </Stack>
  );
}

function Members({ projectId, team, may }: { projectId: string; team: TeamMember[]; may: boolean }) {
  const me = useSession()?.member.id;
  const [removing, setRemoving] = useState<TeamMember | null>(null);
  const change = useChange(projectId, ({ id, role }: { id: string; role: Role }) =>
    call("PATCH", `${at(projectId)}/members/${id}`, { role }),
  );
  const remove = useChange(
    projectId,
    (member: TeamMember) => call("DELETE", `${at(projectId)}/members/${member.id}`),
    () => setRemoving(null),
  );
  return (
    <>
      <ErrorNotice error={change.error} />
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing="sm" aria-label={settingsText.tabs.team}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{commonText.name}</Table.Th>
              <Table.Th>{commonText.email}</Table.Th>
              <Table.Th w={160}>{commonText.role}</Table.Th>
              <ActionsHeader width={48} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {team.map((member) => (
              <Table.Tr key={member.id}>
                <Table.Td>
                  {member.name}
                  {member.id === me && (
                    <Text span c="dimmed">
                      {text.you}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{member.email}</Table.Td>
                <Table.Td>
                  {may ? (
                    <Select
                      aria-label={text.roleOf(member.name)}
                      data={options}
                      allowDeselect={false}
                      value={member.role}
                      onChange={(role) => isRole(role) && change.mutate({ id: member.id, role })}
                    />
                  ) : (
                    commonText.roles[member.role].title
                  )}
                </Table.Td>
                <Table.Td>
                  {may && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={commonText.removeNamed(member.name)}
                      onClick={() => {
                        remove.reset();
                        setRemoving(member);
                      }}
                    >
                      <Trash2 size={16} />
                    </ActionIcon>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {removing && (
        <Confirm
          opened
          title={text.removeTitle(removing.name)}
          action={text.removeAction}
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(null)}
        >
          {text.removeText(removing.name)}
        </Confirm>
      )}
    </>
  );
}

function Invitations(props: { projectId: string; invitations: Invitation[]; may: boolean }) {
  const { projectId, invitations, may } = props;
  const withdraw = useChange(projectId, (id: string) => call("DELETE", `${at(projectId)}/invitations/${id}`));
  return (
    <>
      <ErrorNotice error={withdraw.error} />
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing="sm" aria-label={invited.label}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{commonText.email}</Table.Th>
              <Table.Th>{commonText.role}</Table.Th>
              <Table.Th>{invited.invitedBy}</Table.Th>
              <Table.Th>{invited.ends}</Table.Th>
              <ActionsHeader width={110} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {invitations.map((invitation) => (
              <Table.Tr key={invitation.id}>
                <Table.Td>{invitation.email}</Table.Td>
                <Table.Td>{commonText.roles[invitation.role].title}</Table.Td>
                <Table.Td>{invitation.invitedBy}</Table.Td>
                <Table.Td>
                  <RelativeTime at={invitation.expiresAt} />
                </Table.Td>
                <Table.Td>
                  {may && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={invited.withdrawOf(invitation.email)}
                      onClick={() => withdraw.mutate(invitation.id)}
                    >
                      {invited.withdraw}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

function InviteDialog({ projectId, onClose }: { projectId: string; onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const invite = useChange(projectId, () =>
    call<NewInvitation>("POST", `${at(projectId)}/invitations`, { email, role }),
  );
  const fields = fieldsOf(invite.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    invite.mutate(undefined);
  }

  if (invite.data) {
    return (
      <Modal opened onClose={onClose} title={invited.made(invite.data.email)} centered>
        <Stack>
          <Hint>{invited.madeText(invite.data.email)}</Hint>
          <CodeBlock code={invite.data.link} label={invited.copy} wrap />
          <Group justify="flex-end">
            <Button onClick={onClose}>{commonText.done}</Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={onClose} title={invited.dialog} centered>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput
            label={commonText.email}
            type="email"
            required
            data-autofocus
            value={email}
            error={fields.email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select
            label={commonText.role}
            description={commonText.roles[role].may}
            data={options}
            allowDeselect={false}
            value={role}
            onChange={(value) => isRole(value) && setRole(value)}
          />
          {Object.keys(fields).length === 0 && <ErrorNotice error={invite.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {commonText.cancel}
            </Button>
            <Button type="submit" loading={invite.isPending}>
              {invited.make}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
