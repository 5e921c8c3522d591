import { type ReactNode, useCallback, useState } from "react";
import type { SettingValues } from "../../../sdk/js/src/model";
import { Notice } from "./elements";
import { LoadOptions } from "./Lookup";
import { Waiting } from "./Overview";
import { errorsOf, type Page } from "./page";
import { SettingsForm } from "./SettingsForm";
import type { Connecting } from "./useConnecting";
import type { Account, View } from "./view";
import { WorkflowRow } from "./WorkflowRow";

interface Props {
  page: Page;
  view: View;
  account: Account;
  connecting: Connecting;
}

/** What the account is used for: whose it is, its settings, and a row for each workflow. */
export function Configuration({ page, view, account, connecting }: Props): ReactNode {
  const { name, workflows, fields, missing } = view;
  const selection = {
    selectedCredentialId: account.credentialId,
    ...(account.configurationId === undefined ? {} : { selectedConfigurationId: account.configurationId }),
  };
  const save = async (update: SettingValues): Promise<string[]> =>
    errorsOf(await page.callInTurn("updateIntegrationUserSettings", view.type, update, selection));

  const { type } = view;
  const { credentialId } = account;
  const load = useCallback(
    (source: string, parameters: SettingValues, cursor: string | null) =>
      page.call("getFieldOptions", {
        integration: type,
        action: source,
        cursor,
        parameters: Object.entries(parameters).map(([key, value]) => ({
          key,
          source: { type: "VALUE", value },
        })),
        selectedCredentialId: credentialId,
      }),
    [page, type, credentialId],
  );

  // What is missing comes first; it stays where it is while it is filled in.
  const [settingsFirst] = useState(missing.length > 0);
  const settings = fields.length > 0 && (
    <section className="section">
      <h3>Settings</h3>
      {missing.length > 0 && (
        <Notice
          text={`Fill in ${missing.map(({ title }) => title).join(", ")} before you switch anything on.`}
        />
      )}
      <SettingsForm fields={fields} values={view.values} save={save} showMissing={missing.length > 0} />
    </section>
  );

  return (
    <LoadOptions value={load}>
      <div className="account">
        <span className={account.valid ? "dot good" : "dot warn"} aria-hidden="true" />
        <div>
          <p className="strong">{account.label || `Your ${name} account`}</p>
          <p className="muted">{account.valid ? "Connected" : "Needs to be reconnected"}</p>
        </div>
      </div>

      {connecting.waiting && <Waiting view={view} connecting={connecting} />}

      {settingsFirst && settings}
      <section className="section">
        <h3>Workflows</h3>
        {workflows.length === 0 && <p className="muted">There is nothing to switch on yet.</p>}
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
      </section>
      {!settingsFirst && settings}
    </LoadOptions>
  );
}
