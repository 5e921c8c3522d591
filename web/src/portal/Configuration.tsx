import { type ReactNode, useMemo, useState } from "react";
import type { SettingValues } from "../../../sdk/js/src/model";
import { Accounts, ConfigurationChoice } from "./Accounts";
import { CredentialForm } from "./CredentialForm";
import { Notice } from "./elements";
import { titles } from "./fields";
import { useText } from "./language";
import { Waiting } from "./Overview";
import { LoadOptions, reader } from "./options";
import { errorsOf, type Page } from "./page";
import { SettingsForm } from "./SettingsForm";
import type { Connecting } from "./useConnecting";
import type { Account, Choice, View } from "./view";
import { WorkflowRow } from "./WorkflowRow";

interface Props {
  page: Page;
  view: View;
  account: Account;
  connecting: Connecting;
  onChoose: (choice: Choice) => void;
  onAdd: () => void;
}

/** What the account is used for: whose it is, its settings, and a row for each workflow. */
export function Configuration({ page, view, account, connecting, onChoose, onAdd }: Props): ReactNode {
  const text = useText();
  const { type } = view;
  const { credentialId, configurationId } = account;
  // What was chosen to look at is shown afresh: drafts and open rows belong to it.
  const key = `${credentialId} ${configurationId ?? ""}`;
  const load = useMemo(() => reader(page, type, credentialId), [page, type, credentialId]);
  return (
    <LoadOptions value={load}>
      <Accounts view={view} account={account} connecting={connecting} onChoose={onChoose} onAdd={onAdd} />
      {connecting.waiting && <Waiting view={view} connecting={connecting} />}
      {account.status === "PENDING" && view.asked.length > 0 ? (
        <section className="section">
          <Notice text={text.pending(view.name)} />
          <CredentialForm
            view={view}
            fields={view.asked}
            label={text.finish}
            submit={async (payload) => {
              const answer = { integrationId: view.integrationId, payload };
              await page.call("_oauthCallback", answer, credentialId, { installOptions: view.install });
            }}
          />
        </section>
      ) : (
        <>
          <ConfigurationChoice view={view} account={account} onChoose={onChoose} />
          <Uses key={key} page={page} view={view} account={account} />
        </>
      )}
    </LoadOptions>
  );
}

/** Settings, and workflows. */
function Uses({ page, view, account }: Pick<Props, "page" | "view" | "account">): ReactNode {
  const text = useText();
  const { workflows, fields, missing } = view;
  const selection = {
    selectedCredentialId: account.credentialId,
    ...(account.configurationId === undefined ? {} : { selectedConfigurationId: account.configurationId }),
  };
  const save = async (update: SettingValues): Promise<string[]> =>
    errorsOf(await page.callInTurn("updateIntegrationUserSettings", view.type, update, selection));
  // What is missing comes first; it stays where it is while it is filled in.
  const [settingsFirst] = useState(missing.length > 0);
  const settings = fields.length > 0 && (
    <section className="section">
      <h3>{text.settings}</h3>
      {missing.length > 0 && <Notice text={text.fillIn(titles(missing))} />}
      <SettingsForm fields={fields} values={view.values} save={save} showMissing={missing.length > 0} />
    </section>
  );
  return (
    <>
      {settingsFirst && settings}
      <section className="section">
        <h3>{text.workflows}</h3>
        {workflows.length === 0 ? (
          <p className="muted">{text.noWorkflows}</p>
        ) : (
          <ul className="workflows">
            {workflows.map((workflow) => (
              <WorkflowRow
                key={workflow.id}
                page={page}
                view={view}
                workflow={workflow}
                selection={selection}
                blockedBy={missing}
              />
            ))}
          </ul>
        )}
      </section>
      {!settingsFirst && settings}
    </>
  );
}
