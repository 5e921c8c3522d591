import { Table, VisuallyHidden } from "@mantine/core";
import { uiText } from "../texts/ui.tsx";

/** The head of a column of buttons: named for those who hear it, empty for those who see it. */
export function ActionsHeader({ width }: { width: number }) {
  return (
    <Table.Th w={width}>
      <VisuallyHidden>{uiText.actions}</VisuallyHidden>
    </Table.Th>
  );
}
