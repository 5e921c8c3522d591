import type { ReactNode } from "react";
import type { UiUpdate } from "../../../sdk/js/src/protocol";
import { CredentialForm } from "./CredentialForm";
import { Notice } from "./elements";
import { Markdown } from "./markdown";
import type { Page } from "./page";
import type { Connecting } from "./useConnecting";
import { consents, type View } from "./view";

interface Props {
  page: Page;
  view: View;
  snapshot: UiUpdate | undefined;
  connecting: Connecting;
}

/** What the integration does, and the way to connect it. */
export function Overview({ page, view, snapshot, connecting }: Props): ReactNode {
  const { name, description, overview, account, form } = view;
  return (
    <>
      {description && <p className="lead">{description}</p>}
      {overview ? (
        <Markdown source={overview} />
      ) : (
        !description && <p className="lead">Connect your {name} account to use it here.</p>
      )}
      {!account && !connecting.waiting && connecting.trouble && <Notice text={connecting.trouble} />}
      {!account && !connecting.waiting && form && (
        <CredentialForm
          view={view}
          fields={form}
          submit={async (values) => {
            if (consents(view, snapshot)) connecting.start(values);
            else {
              const payload = { integrationId: view.integrationId, payload: values };
              await page.call("_oauthCallback", payload, undefined, { installOptions: view.install });
            }
          }}
        />
      )}
      {!account && !connecting.waiting && !form && (
        <button type="button" className="button primary wide" onClick={() => connecting.start()}>
          Connect {name}
        </button>
      )}
      {connecting.waiting && <Waiting view={view} connecting={connecting} />}
    </>
  );
}

/** The provider's window is open; it may be behind this one. */
export function Waiting({ view, connecting }: { view: View; connecting: Connecting }): ReactNode {
  const { name } = view;
  const closed = view.window === "closed";
  return (
    <div className="waiting" role="status">
      <span className="pulse" aria-hidden="true" />
      <div>
        <p className="strong">Waiting for {name}…</p>
        <p className="muted">
          {closed ? `The ${name} window was closed. ` : "The window is behind? "}
          <button type="button" className="link" onClick={() => connecting.start()}>
            Open it again
          </button>
          {" · "}
          <button type="button" className="link" onClick={connecting.cancel}>
            Cancel
          </button>
        </p>
      </div>
    </div>
  );
}
