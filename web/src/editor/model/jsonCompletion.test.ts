import { expect, test } from "vitest";
import { namesAt } from "./jsonCompletion.ts";

const example = [{ filters: [{ propertyName: "email", operator: "EQ", value: "x" }], note: "y" }];
const names = (text: string) => namesAt(text, example)?.names.map(({ name }) => name) ?? null;

test("names are offered where one is expected, and not twice", () => {
  expect(names("[{")).toEqual(["filters", "note"]);
  expect(names('[{"')).toEqual(["filters", "note"]);
  expect(names('[{"fil')).toEqual(["filters", "note"]);
  expect(names('[{"filters": [{ "propertyName": "a", ')).toEqual(["operator", "value"]);
  expect(names('[{"filters": [{}], "')).toEqual(["note"]);
});

test("nothing is offered for values, in other places, and in what the example does not have", () => {
  for (const text of ["", "[", '[{"filters": "', '[{"filters": [{"value": "a \\" {', '[{"other": {"', "{"]) {
    expect(names(text), text).toBeNull();
  }
});

test("a name begins behind its quote", () => {
  expect(namesAt('[{"fil', example)).toMatchObject({ from: 3, quoted: true });
  expect(namesAt("[{ ", example)).toMatchObject({ from: 3, quoted: false });
});
