/** How two values are compared: the server's operators, as people read them. */
import { conditionsText } from "../../texts/conditions.ts";

type Group = keyof typeof conditionsText.groups;
type Operator = keyof typeof conditionsText.operators;

/** In the order of the menu. */
const OPERATORS: Record<Group, Operator[]> = {
  text: [
    "$stringContains",
    "$stringDoesNotContain",
    "$stringExactlyMatches",
    "$stringDoesNotExactlyMatch",
    "$stringIsIn",
    "$stringIsNotIn",
    "$stringStartsWith",
    "$stringDoesNotStartWith",
    "$stringEndsWith",
    "$stringDoesNotEndWith",
    "$stringGreaterThan",
    "$stringLessThan",
  ],
  number: [
    "$numberGreaterThan",
    "$numberLessThan",
    "$numberEquals",
    "$numberDoesNotEqual",
    "$numberLessThanOrEqualTo",
    "$numberGreaterThanOrEqualTo",
  ],
  dateTime: ["$dateTimeAfter", "$dateTimeBefore", "$dateTimeEquals"],
  list: ["$arrayIsIn", "$arrayIsNotIn", "$arrayIsEmpty", "$arrayIsNotEmpty"],
  any: [
    "$booleanTrue",
    "$booleanFalse",
    "$exists",
    "$doesNotExist",
    "$isNotUndefinedOrNull",
    "$isUndefinedOrNull",
  ],
};

/** Those that look at the left value alone. */
const UNARY: ReadonlySet<string> = new Set<Operator>(["$arrayIsEmpty", "$arrayIsNotEmpty", ...OPERATORS.any]);

const titles = new Map<string, string>(Object.entries(conditionsText.operators));

export function operatorTitle(name: string): string {
  return titles.get(name) ?? name;
}

/** One that is not chosen yet has nothing to compare with either. */
export function isUnary(name: string): boolean {
  return name === "$none" || UNARY.has(name);
}

/** For a menu, by what is compared. */
export function operatorGroups(): { group: string; items: { value: string; label: string }[] }[] {
  return Object.entries(OPERATORS).map(([group, names]) => ({
    // The names of the record's type.
    group: conditionsText.groups[group as Group],
    items: names.map((name) => ({ value: name, label: conditionsText.operators[name] })),
  }));
}
