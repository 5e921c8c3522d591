import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client.ts";

/** Someone signed out, here or elsewhere: the sign-in page brings them back to where they were. */
function onError(error: Error): void {
  const signedOut = error instanceof ApiError && error.status === 401 && error.code !== "wrong_credentials";
  const path = window.location.pathname;
  if (signedOut && path.startsWith("/app/p/")) {
    const back = encodeURIComponent(path.slice("/app".length) + window.location.search);
    window.location.assign(`/app/sign-in?next=${back}`);
  }
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});
