/** The portal in this page, as a connected user: our own SDK, with a token that the server made for it. */
import { call } from "../../api/client.ts";
import { at } from "../../api/queries.ts";
import type { PreviewToken } from "../../api/users.ts";

/** Opens it, and waits until it is closed. */
export async function openPortalAs(projectId: string, userId: string, type: string): Promise<void> {
  // Loaded when somebody acts as a user: no other page needs it.
  const { Linchpin } = await import("../../../../sdk/js/src/linchpin.ts");
  const linchpin = new Linchpin({ baseUrl: window.location.origin });
  const token = async () =>
    (await call<PreviewToken>("POST", `${at(projectId)}/users/${userId}/preview-tokens`, {})).token;
  await linchpin.authenticate(projectId, token);
  await new Promise<void>((closed, failed) => {
    // A connected account leaves the portal open; it is over when somebody closes it.
    linchpin.connect(type, { onClose: () => closed() }).catch((error: unknown) => {
      if (typeof error === "object" && error !== null && "code" in error && error.code === "portal_closed")
        closed();
      else failed(error);
    });
  });
}
