/** What is said of an example that is written as JSON. */

export const jsonExampleText = {
  tutorial: {
    first_name: "Buddha",
    last_name: "Samuel",
    email: "buddha@example.com",
    company: "Acme",
    title: "Dog",
  },

  empty: "Write an example of the JSON object that your app will send.",
  notAnObject: (kind: string) =>
    `The example must be a JSON object, in braces: { "email": "…" }. This is ${kind}.`,
  notJson: (line: number, column: number, hint: string) =>
    `This is not JSON yet: line ${line}, column ${column}. ${hint}`,

  /** What a value is. */
  kinds: {
    null: "null",
    list: "a list",
    text: "a text",
    number: "a number",
    boolean: "true or false",
    object: "an object",
  },

  hints: {
    notClosed: "The text ends too early: a quote, bracket or brace is not closed.",
    commaBefore: "Remove the comma before it.",
    commaOrColon: "A comma or a colon is missing before it.",
    doubleQuotes: "JSON wants double quotes.",
    quotes: "Names and texts need double quotes.",
    comma: "A comma is missing before it.",
    unexpected: (found: string) => `There is an unexpected “${found}”.`,
  },
};
