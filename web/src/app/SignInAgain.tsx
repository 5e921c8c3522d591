/** The session ended while someone worked: sign in over the page, so that nothing that was typed is lost. */
import { Modal, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { setCsrfToken } from "../api/client.ts";
import { sessionQuery } from "../api/queries.ts";
import type { Session } from "../api/session.ts";
import { appText } from "../texts/app.ts";
import { useSession } from "./project.ts";
import { queryClient, SIGNED_OUT } from "./queryClient.ts";
import { SignInForm } from "./SignInForm.tsx";

export function SignInAgain() {
  const [opened, setOpened] = useState(false);
  const before = useSession();
  useEffect(() => {
    const open = () => setOpened(true);
    window.addEventListener(SIGNED_OUT, open);
    return () => window.removeEventListener(SIGNED_OUT, open);
  }, []);

  function goOn(session: Session) {
    // What somebody else began is not theirs to finish.
    if (before && before.member.id !== session.member.id) {
      window.location.assign("/app/");
      return;
    }
    setCsrfToken(session.csrfToken);
    queryClient.setQueryData(sessionQuery.queryKey, session);
    setOpened(false);
    void queryClient.invalidateQueries();
  }

  return (
    <Modal
      opened={opened}
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={appText.signIn.ended}
      centered
      zIndex={400}
    >
      <Stack>
        <Text size="sm">{appText.signIn.again}</Text>
        <SignInForm email={before?.member.email ?? ""} onDone={goOn} />
      </Stack>
    </Modal>
  );
}
