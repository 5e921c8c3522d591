/** Deleting something that workflows use: who would miss it, and what else follows. */
import type { ReactNode } from "react";
import { call } from "../api/client.ts";
import { useChange } from "../api/mutations.ts";
import { at } from "../api/queries.ts";
import { appText } from "../texts/app.ts";
import { commonText } from "../texts/common.ts";
import { Confirm } from "../ui/Confirm.tsx";

interface DeleteDialogProps {
  projectId: string;
  /** As the button says it: "secret", "App Event". */
  what: string;
  name: string;
  /** The address below the project's. */
  path: string;
  usedBy: readonly { name: string }[];
  /** What becomes of those: "would miss it." */
  loses: string;
  children: ReactNode;
  onClose: () => void;
}

export function DeleteDialog(props: DeleteDialogProps) {
  const { projectId, what, name, path, usedBy, loses, children, onClose } = props;
  const remove = useChange(projectId, () => call("DELETE", `${at(projectId)}/${path}`), onClose);
  return (
    <Confirm
      opened
      title={commonText.deleteAsked(name)}
      action={appText.deletion.action(what)}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(undefined)}
      onClose={onClose}
    >
      {usedBy.length > 0
        ? appText.deletion.used(usedBy.map((use) => use.name).join(", "), loses)
        : appText.deletion.unused}{" "}
      {children}
    </Confirm>
  );
}
