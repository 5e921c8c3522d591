import { Table, VisuallyHidden } from "@mantine/core";

/** The head of a column of buttons: named for those who hear it, empty for those who see it. */
export function ActionsHeader({ width }: { width: number }) {
  return (
    <Table.Th w={width}>
      <VisuallyHidden>Actions</VisuallyHidden>
    </Table.Th>
  );
}
