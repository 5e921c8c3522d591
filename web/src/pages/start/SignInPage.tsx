import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, setCsrfToken } from "../../api/client.ts";
import { sessionQuery, setupQuery } from "../../api/queries.ts";
import type { Session } from "../../api/types.ts";
import { queryClient } from "../../app/queryClient.ts";
import { ErrorNotice, Hint } from "../../ui/Notice.tsx";
import { StartFrame } from "./StartFrame.tsx";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const navigate = useNavigate();
  const router = useRouter();
  const setup = useQuery(setupQuery);
  const signIn = useMutation({
    mutationFn: () => call<Session>("POST", "/session", { email, password }),
    onSuccess: async (session) => {
      setCsrfToken(session.csrfToken);
      queryClient.clear();
      queryClient.setQueryData(sessionQuery.queryKey, session);
      // Only a path of ours: an address with a host would send people elsewhere.
      if (next?.startsWith("/p/")) router.history.push(`/app${next}`);
      else await navigate({ to: "/" });
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate();
  }

  return (
    <StartFrame title="Sign in to Linchpin">
      {setup.data?.needed && (
        <Hint>No account exists yet. Open the one-time set-up link that the server printed.</Hint>
      )}
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label="Email"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <ErrorNotice error={signIn.error} />
          <Button type="submit" loading={signIn.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
    </StartFrame>
  );
}
