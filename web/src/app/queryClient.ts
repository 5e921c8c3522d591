import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api/client.ts";

/** Sent when an answer says that nobody is signed in any more, here or elsewhere. */
export const SIGNED_OUT = "linchpin:signed-out";

function onError(error: Error): void {
  const signedOut = error instanceof ApiError && error.status === 401 && error.code !== "wrong_credentials";
  if (signedOut && window.location.pathname.startsWith("/app/p/")) {
    window.dispatchEvent(new Event(SIGNED_OUT));
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
