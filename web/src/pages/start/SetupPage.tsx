import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, fieldsOf, setCsrfToken } from "../../api/client.ts";
import { sessionQuery, setupQuery } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { queryClient } from "../../app/queryClient.ts";
import { commonText } from "../../texts/common.ts";
import { startText } from "../../texts/start.ts";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { StartFrame } from "./StartFrame.tsx";

export function SetupPage() {
  const { token } = useSearch({ from: "/setup" });
  const setup = useQuery(setupQuery);
  if (setup.data && !setup.data.needed) {
    return (
      <StartFrame title={startText.setUp.isDone} text={startText.setUp.isDoneText}>
        <ButtonLink to="/sign-in">{commonText.signIn}</ButtonLink>
      </StartFrame>
    );
  }
  if (!token) {
    return (
      <StartFrame title={startText.setUp.openLink} text={startText.setUp.openLinkText}>
        <Text c="dimmed" size="sm">
          {startText.setUp.linkLooksLike(window.location.origin)}
        </Text>
      </StartFrame>
    );
  }
  return <SetupForm token={token} />;
}

function SetupForm({ token }: { token: string }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const create = useMutation({
    mutationFn: () => call<Session>("POST", "/setup", { token, name, email, password }),
    onSuccess: async (session) => {
      setCsrfToken(session.csrfToken);
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: "/" });
    },
  });
  const short = password !== "" && password.length < 12 ? startText.passwordLength : null;
  const fields = fieldsOf(create.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!short) create.mutate();
  }

  return (
    <StartFrame title={startText.setUp.title} text={startText.setUp.about}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={commonText.name}
            autoComplete="name"
            required
            value={name}
            error={fields.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={commonText.email}
            type="email"
            autoComplete="username"
            required
            value={email}
            error={fields.email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={commonText.password}
            description={startText.passwordLength}
            autoComplete="new-password"
            required
            value={password}
            error={short ?? fields.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {Object.keys(fields).length === 0 && <ErrorNotice error={create.error} />}
          <Button type="submit" loading={create.isPending}>
            {startText.setUp.create}
          </Button>
        </Stack>
      </form>
    </StartFrame>
  );
}
