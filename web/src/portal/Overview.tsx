import { type ReactNode, useId, useState } from "react";
import type { SettingValues } from "../../../sdk/js/src/model";
import { CredentialForm } from "./CredentialForm";
import { Notice } from "./elements";
import { useText } from "./language";
import { Markdown } from "./markdown";
import type { Page } from "./page";
import { addition, type Connecting } from "./useConnecting";
import { asks, type View, type Way } from "./view";

interface Props {
  page: Page;
  view: View;
  connecting: Connecting;
  /** A further account is asked for. */
  adding: boolean;
  /** The account was connected by a form. */
  onDone: () => void;
}

/** What the integration does, and the way to connect it. */
export function Overview({ page, view, connecting, adding, onDone }: Props): ReactNode {
  const text = useText();
  const { name, description, overview, account } = view;
  const asking = !account || account.status === "INVALID" || adding || view.missingScopes !== undefined;
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
      {/* With an account and nothing to ask, the button stands in the notice on top. */}
      {asking && !connecting.waiting && (!account || asks(view.ways)) && (
        <Connect page={page} view={view} connecting={connecting} adding={adding} onDone={onDone} />
      )}
      {(!account || asks(view.ways)) && connecting.waiting && <Waiting view={view} connecting={connecting} />}
    </>
  );
}

/** The ways to connect, where there are several, and what the chosen one asks. */
function Connect({ page, view, connecting, adding, onDone }: Props): ReactNode {
  const text = useText();
  const { name, account, ways } = view;
  const [chosen, setChosen] = useState(account?.way);
  const way = ways.find(({ id }) => id === chosen) ?? ways[0];
  if (!way) return null;
  const again = account && !adding ? account.credentialId : undefined;
  const begin = adding ? connecting.add : connecting.start;
  const store = async (values: SettingValues): Promise<void> => {
    const { allowMultipleCredentials: _, ...rest } = view.install;
    const options = adding
      ? addition(view)
      : // Connecting again keeps the account's id, settings and workflows.
        again === undefined
        ? view.install
        : { ...rest, selectedCredentialId: again };
    if (adding) connecting.expect();
    const payload = { integrationId: view.integrationId, payload: values };
    const installOptions = way.id === undefined ? options : { ...options, accountType: way.id };
    await page.call("_oauthCallback", payload, undefined, { installOptions });
    onDone();
  };
  return (
    <>
      {ways.length > 1 && <Ways ways={ways} chosen={way} onChoose={setChosen} />}
      {way.fields.length > 0 || !way.consents ? (
        <CredentialForm
          key={way.id ?? ""}
          view={view}
          fields={way.fields}
          submit={async (values) => (way.consents ? begin(values, way.id) : store(values))}
        />
      ) : (
        <button type="button" className="button primary wide" onClick={() => begin(undefined, way.id)}>
          {text.connect(name)}
        </button>
      )}
    </>
  );
}

interface WaysProps {
  ways: Way[];
  chosen: Way;
  onChoose: (id: string | undefined) => void;
}

function Ways({ ways, chosen, onChoose }: WaysProps): ReactNode {
  const text = useText();
  const name = useId();
  return (
    <fieldset className="account-list">
      <legend className="strong">{text.ways}</legend>
      {ways.map((way) => (
        <label className="account" key={way.id}>
          <input type="radio" name={name} checked={way === chosen} onChange={() => onChoose(way.id)} />
          <span>
            <span className="strong block">{way.title}</span>
            {way.description && <span className="muted block">{way.description}</span>}
          </span>
        </label>
      ))}
    </fieldset>
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
          <button type="button" className="link" onClick={connecting.again}>
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
