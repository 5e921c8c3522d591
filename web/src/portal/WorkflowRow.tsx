import { type ReactNode, useId, useState } from "react";
import type { CredentialSelection } from "../../../sdk/js/src/protocol";
import { ChevronIcon, Switch } from "./elements";
import { type Field, isMissing, titles } from "./fields";
import { useText } from "./language";
import { errorsOf, type Page } from "./page";
import { SettingsForm } from "./SettingsForm";
import { messageOf } from "./trouble";
import type { View, WorkflowView } from "./view";

interface Props {
  page: Page;
  view: View;
  workflow: WorkflowView;
  selection: CredentialSelection;
  /** Settings of the whole integration that must be filled in first. */
  blockedBy: Field[];
}

/** A workflow: its switch, what it does, and its settings below. */
export function WorkflowRow({ page, view, workflow, selection, blockedBy }: Props): ReactNode {
  const text = useText();
  const id = useId();
  // The switch answers at once; the snapshot confirms it, or an error takes it back.
  const [wanted, setWanted] = useState<boolean>();
  const [refusal, setRefusal] = useState<string>();
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(false);
  const { fields, values, name } = workflow;
  const missing = fields.filter((field) => isMissing(field, values[field.id]));
  const enabled = wanted ?? workflow.enabled;

  const toggle = (next: boolean): void => {
    setRefusal(undefined);
    if (next && blockedBy.length > 0) {
      setRefusal(text.fillInFirst(titles(blockedBy)));
      return;
    }
    if (next && missing.length > 0) {
      setOpen(true);
      setAsked(true);
      setRefusal(text.fillInFirst(titles(missing)));
      return;
    }
    setWanted(next);
    page
      .callInTurn(next ? "enableWorkflow" : "disableWorkflow", workflow.id, selection)
      .then(() => {
        page.tell("triggerSDKEvent", {
          type: "onWorkflowChange",
          integrationId: view.integrationId,
          integrationType: view.type,
          workflowId: workflow.id,
          workflowStateChange: { enabled: next },
        });
      })
      .catch((error: unknown) => setRefusal(messageOf(error, text)))
      .finally(() => setWanted(undefined));
  };

  return (
    <li className="workflow">
      <div className="workflow-line">
        <div className="workflow-text">
          <p className="strong">{name}</p>
          {workflow.line && (
            <p id={`${id}-line`} className="muted">
              {workflow.line}
            </p>
          )}
        </div>
        {fields.length > 0 && (
          <button
            type="button"
            className="unfold"
            aria-expanded={open}
            aria-controls={open ? `${id}-settings` : undefined}
            aria-label={text.settingsOf(name)}
            onClick={() => setOpen(!open)}
          >
            {text.settings} <ChevronIcon />
          </button>
        )}
        <Switch
          label={name}
          describedBy={workflow.line ? `${id}-line` : undefined}
          checked={enabled}
          busy={wanted !== undefined}
          onChange={toggle}
        />
      </div>
      {refusal && (
        <p className="error" role="alert">
          {refusal}
        </p>
      )}
      {open && (
        <div id={`${id}-settings`} className="unfolded">
          <SettingsForm
            fields={fields}
            values={values}
            showMissing={asked}
            save={async (update) => {
              setRefusal(undefined);
              return errorsOf(
                await page.callInTurn(
                  "updateWorkflowUserSettings",
                  view.type,
                  workflow.id,
                  update,
                  selection,
                ),
              );
            }}
          />
        </div>
      )}
    </li>
  );
}
