/** What is said of a call to the server that did not end well, where the server itself says nothing. */
export const apiText = {
  unreachable: "Linchpin cannot be reached. Check that the server is running, then try again.",
  noExplanation: (status: number) => `The server answered ${status} without an explanation.`,
  unknown: "Something went wrong.",
};
