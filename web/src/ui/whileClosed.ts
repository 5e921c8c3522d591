/** For `memo`: what is closed does not look at what goes on around it. */
export function whileClosed(before: { opened: boolean }, after: { opened: boolean }): boolean {
  return !before.opened && !after.opened;
}
