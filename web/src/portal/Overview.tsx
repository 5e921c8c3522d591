import type { ReactNode } from "react";
import type { UiUpdate } from "../../../sdk/js/src/protocol";
import { CredentialForm } from "./CredentialForm";
import { Notice } from "./elements";
import { useText } from "./language";
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
  const text = useText();
  const { name, description, overview, account, form } = view;
  return (
    <>
      {description && <p className="lead">{description}</p>}
      {overview ? (
        <Markdown source={overview} />
      ) : (
        !description && <p className="lead">{text.connectLead(name)}</p>
      )}
      {!account && !connecting.waiting && connecting.trouble && (
        <Trouble connecting={connecting} name={name} />
      )}
      {(!account || account.status === "INVALID") && !connecting.waiting && form && (
        <CredentialForm
          view={view}
          fields={form}
          submit={async (values) => {
            if (consents(view, snapshot)) connecting.start(values);
            else {
              const payload = { integrationId: view.integrationId, payload: values };
              // Connecting again keeps the account's id, settings and workflows.
              const installOptions = account
                ? { ...view.install, selectedCredentialId: account.credentialId }
                : view.install;
              await page.call("_oauthCallback", payload, undefined, { installOptions });
            }
          }}
        />
      )}
      {!account && !connecting.waiting && !form && (
        <button type="button" className="button primary wide" onClick={() => connecting.start()}>
          {text.connect(name)}
        </button>
      )}
      {!account && connecting.waiting && <Waiting view={view} connecting={connecting} />}
    </>
  );
}

/** What went wrong, and the way around a window that was refused. */
export function Trouble({ connecting, name }: { connecting: Connecting; name: string }): ReactNode {
  const text = useText();
  if (!connecting.trouble) return null;
  return (
    <Notice
      text={connecting.trouble}
      link={connecting.redirect ? { label: text.continueHere(name), href: connecting.redirect } : undefined}
    />
  );
}

/** The provider's window is open; it may be behind this one. */
export function Waiting({ view, connecting }: { view: View; connecting: Connecting }): ReactNode {
  const text = useText();
  const { name } = view;
  return (
    <div className="waiting" role="status">
      <span className="pulse" aria-hidden="true" />
      <div>
        <p className="strong">{text.waiting(name)}</p>
        <p className="muted">
          {view.window === "closed" ? text.windowClosed(name) : text.windowBehind}
          <button type="button" className="link" onClick={() => connecting.start()}>
            {text.openAgain}
          </button>
          {" · "}
          <button type="button" className="link" onClick={connecting.cancel}>
            {text.cancel}
          </button>
        </p>
      </div>
    </div>
  );
}
