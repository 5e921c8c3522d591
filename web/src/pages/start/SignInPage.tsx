import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { setCsrfToken } from "../../api/client.ts";
import { sessionQuery, setupQuery } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { queryClient } from "../../app/queryClient.ts";
import { SignInForm } from "../../app/SignInForm.tsx";
import { startText } from "../../texts/start.ts";
import { Hint } from "../../ui/Notice.tsx";
import { StartFrame } from "./StartFrame.tsx";

export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const router = useRouter();
  const setup = useQuery(setupQuery);

  async function goOn(session: Session) {
    setCsrfToken(session.csrfToken);
    queryClient.clear();
    queryClient.setQueryData(sessionQuery.queryKey, session);
    // Only a path of ours: an address with a host would send people elsewhere.
    if (next?.startsWith("/p/")) router.history.push(`/app${next}`);
    else await navigate({ to: "/" });
  }

  return (
    <StartFrame title={startText.signIn.title}>
      {setup.data?.needed && <Hint>{startText.signIn.noAccount}</Hint>}
      <SignInForm onDone={(session) => void goOn(session)} />
    </StartFrame>
  );
}
