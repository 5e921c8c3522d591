import { Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, fieldsOf, setCsrfToken } from "../../api/client.ts";
import { sessionQuery, setupQuery } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { queryClient } from "../../app/queryClient.ts";
import { ButtonLink } from "../../ui/links.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { StartFrame } from "./StartFrame.tsx";

export function SetupPage() {
  const { token } = useSearch({ from: "/setup" });
  const setup = useQuery(setupQuery);
  if (setup.data && !setup.data.needed) {
    return (
      <StartFrame title="Linchpin is set up" text="The set-up link works once. Sign in with your account.">
        <ButtonLink to="/sign-in">Sign in</ButtonLink>
      </StartFrame>
    );
  }
  if (!token) {
    return (
      <StartFrame
        title="Open the set-up link"
        text="The server printed a one-time link when it first started. Open that link to create the first account."
      >
        <Text c="dimmed" size="sm">
          It looks like {window.location.origin}/app/setup?token=…
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
  const short = password !== "" && password.length < 12 ? "At least 12 characters" : null;
  const fields = fieldsOf(create.error);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!short) create.mutate();
  }

  return (
    <StartFrame title="Set up Linchpin" text="Create the first account. It can do everything.">
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Name"
            autoComplete="name"
            required
            value={name}
            error={fields.name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Email"
            type="email"
            autoComplete="username"
            required
            value={email}
            error={fields.email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            description="At least 12 characters"
            autoComplete="new-password"
            required
            value={password}
            error={short ?? fields.password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {Object.keys(fields).length === 0 && <ErrorNotice error={create.error} />}
          <Button type="submit" loading={create.isPending}>
            Create account
          </Button>
        </Stack>
      </form>
    </StartFrame>
  );
}
