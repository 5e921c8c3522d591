/** What an invitation's link opens: join the project, as a new member or as one who has an account. */
import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, fieldsOf, messageOf, setCsrfToken } from "../../api/client.ts";
import { sessionQuery } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import type { InvitationPreview } from "../../api/team.ts";
import { queryClient } from "../../app/queryClient.ts";
import { commonText } from "../../texts/common.ts";
import { startText } from "../../texts/start.ts";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { ListSkeleton } from "../../ui/Skeletons.tsx";
import { StartFrame } from "./StartFrame.tsx";

export function InvitationPage() {
  const { token = "" } = useSearch({ from: "/invitation" });
  const preview = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => call<InvitationPreview>("POST", "/invitation/preview", { token }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (preview.error) {
    return (
      <StartFrame title={startText.invitation.broken} text={messageOf(preview.error)}>
        <ButtonLink to="/sign-in">{commonText.signIn}</ButtonLink>
      </StartFrame>
    );
  }
  if (!preview.data) {
    return (
      <StartFrame title={startText.invitation.title} text={startText.invitation.oneMoment}>
        <ListSkeleton rows={3} />
      </StartFrame>
    );
  }
  return <JoinForm token={token} invitation={preview.data} />;
}

function JoinForm({ token, invitation }: { token: string; invitation: InvitationPreview }) {
  const { project, email, role, invitedBy, hasAccount } = invitation;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const join = useMutation({
    mutationFn: () => call<Session>("POST", "/invitation/accept", { token, name, password }),
    onSuccess: async (session) => {
      setCsrfToken(session.csrfToken);
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: "/" });
    },
  });
  const fields = fieldsOf(join.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    join.mutate();
  }

  return (
    <StartFrame
      title={startText.invitation.join(project)}
      text={startText.invitation.about(invitedBy, commonText.roles[role].title, commonText.roles[role].may)}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput label={commonText.email} type="email" autoComplete="username" readOnly value={email} />
          {!hasAccount && (
            <TextInput
              label={commonText.name}
              autoComplete="name"
              required
              value={name}
              error={fields.name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <PasswordInput
            label={commonText.password}
            description={hasAccount ? startText.invitation.ownPassword : startText.passwordLength}
            autoComplete={hasAccount ? "current-password" : "new-password"}
            required
            minLength={hasAccount ? undefined : 12}
            value={password}
            error={fields.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {Object.keys(fields).length === 0 && <ErrorNotice error={join.error} />}
          <Button type="submit" loading={join.isPending}>
            {hasAccount ? startText.invitation.joinProject : startText.invitation.createAndJoin}
          </Button>
        </Stack>
      </form>
    </StartFrame>
  );
}
