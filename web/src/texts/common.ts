/** Words that several areas of the dashboard use. What only one of them says is in that area's file. */

export const commonText = {
  // What buttons do.
  cancel: "Cancel",
  close: "Close",
  delete: "Delete",
  save: "Save",
  tryAgain: "Try again",

  // What things are called.
  description: "Description",
  name: "Name",
  settings: "Settings",
  value: "Value",

  // How things are.
  saved: "Saved",
};

/** A number with what it counts: `1 run`, `2 runs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
