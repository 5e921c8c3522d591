import { type ReactNode, useId } from "react";
import { Notice } from "./elements";
import { useText } from "./language";
import type { Messages } from "./messages";
import { Trouble } from "./Overview";
import type { Connecting } from "./useConnecting";
import { type Account, asks, type Choice, type View } from "./view";

interface Props {
  view: View;
  account: Account;
  connecting: Connecting;
  onChoose: (choice: Choice) => void;
  /** Asks for a further account. */
  onAdd: () => void;
}

/** Whose account it is; where there are several, which one is shown. */
export function Accounts({ view, account, connecting, onChoose, onAdd }: Props): ReactNode {
  const text = useText();
  const id = useId();
  const { name, accounts } = view;
  const several = accounts.length > 1 && !view.pinned;
  return (
    <div className="accounts">
      {several ? (
        <fieldset className="account-list">
          <legend className="strong">{text.accounts}</legend>
          {accounts.map((each) => (
            <label className="account" key={each.credentialId}>
              <input
                type="radio"
                name={`${id}-account`}
                checked={each.credentialId === account.credentialId}
                onChange={() => onChoose({ credentialId: each.credentialId })}
              />
              <AccountText account={each} name={name} />
            </label>
          ))}
        </fieldset>
      ) : (
        <div className="account">
          <AccountText account={account} name={name} />
        </div>
      )}
      {(view.canAdd || several) && !connecting.waiting && (
        <button type="button" className="link add" onClick={onAdd}>
          {text.addAccount(name)}
        </button>
      )}
    </div>
  );
}

function AccountText({ account, name }: { account: Account; name: string }): ReactNode {
  const text = useText();
  return (
    <>
      <span className={account.status === "VALID" ? "dot good" : "dot warn"} aria-hidden="true" />
      <span>
        <span className="strong block">{account.label || text.yourAccount(name)}</span>
        <span className="muted block">{stateOf(account, text)}</span>
      </span>
    </>
  );
}

function stateOf({ status }: Account, text: Messages): string {
  if (status === "VALID") return text.connected;
  return status === "PENDING" ? text.notFinished : text.needsReconnect;
}

/** Where one account is used in several ways, which one is shown. */
export function ConfigurationChoice({
  view,
  account,
  onChoose,
}: Omit<Props, "connecting" | "onAdd">): ReactNode {
  const text = useText();
  const id = useId();
  if (view.configurations.length === 0) return null;
  return (
    <div className="field">
      <label htmlFor={id}>{text.configurations}</label>
      <select
        id={id}
        className="input"
        value={account.configurationId ?? ""}
        onChange={(event) =>
          onChoose({ credentialId: account.credentialId, configurationId: event.target.value })
        }
      >
        {view.configurations.map((each, index) => (
          <option key={each.id} value={each.id}>
            {each.label || (each.isDefault ? text.defaultConfiguration : text.configurationNumber(index + 1))}
          </option>
        ))}
      </select>
    </div>
  );
}

interface TroubleProps extends Omit<Props, "onChoose" | "onAdd"> {
  /** Shows the form, where a form connects it. */
  onForm: () => void;
}

/** Trouble with the account, on top, with the button that mends it. */
export function AccountTrouble({ view, account, connecting, onForm }: TroubleProps): ReactNode {
  const text = useText();
  const { name, missingScopes } = view;
  // Where something is asked first, that is on the overview.
  const mend = (): void => (asks(view.ways) ? onForm() : connecting.start());
  if (connecting.waiting) return null;
  if (account.status === "INVALID") {
    return (
      <Notice
        text={connecting.trouble ?? text.dead(name)}
        action={{
          label: text.reconnect(name),
          onClick: mend,
        }}
        link={connecting.redirect ? { label: text.continueHere(name), href: connecting.redirect } : undefined}
      />
    );
  }
  return (
    <>
      <Trouble connecting={connecting} name={name} />
      {missingScopes && (
        <Notice
          text={text.scopes(name, join(missingScopes.workflows, text))}
          list={{ title: text.scopesFor, items: missingScopes.scopes }}
          action={{ label: text.grant, onClick: mend }}
        />
      )}
    </>
  );
}

/** “A”, “B” and “C”. */
export function join(names: string[], text: Messages): string {
  const [open, close] = text.quotes;
  const quoted = names.map((name) => `${open}${name}${close}`);
  const last = quoted.pop() ?? "";
  return quoted.length > 0 ? `${quoted.join(", ")} ${text.and} ${last}` : last;
}
