import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "../api/client.ts";
import type { Session } from "../api/session.ts";
import { commonText } from "../texts/common.ts";
import { ErrorNotice } from "../ui/Notice.tsx";

/** Email and password, and what the server says to them. */
export function SignInForm(props: { email?: string; onDone: (session: Session) => void }) {
  const [email, setEmail] = useState(props.email ?? "");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => call<Session>("POST", "/session", { email, password }),
    onSuccess: props.onDone,
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={commonText.email}
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={commonText.password}
          autoComplete="current-password"
          required
          value={password}
          data-autofocus={props.email ? true : undefined}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <ErrorNotice error={signIn.error} />
        <Button type="submit" loading={signIn.isPending}>
          {commonText.signIn}
        </Button>
      </Stack>
    </form>
  );
}
