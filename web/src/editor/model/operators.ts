/** How two values are compared: the server's operators, as people read them. */

interface Operator {
  name: string;
  title: string;
  group: string;
  /** Looks at the left value alone. */
  unary?: true;
}

const OPERATORS: Operator[] = [
  { name: "$stringContains", title: "text contains", group: "Text" },
  { name: "$stringDoesNotContain", title: "text does not contain", group: "Text" },
  { name: "$stringExactlyMatches", title: "text exactly matches", group: "Text" },
  { name: "$stringDoesNotExactlyMatch", title: "text does not exactly match", group: "Text" },
  { name: "$stringIsIn", title: "text is in", group: "Text" },
  { name: "$stringIsNotIn", title: "text is not in", group: "Text" },
  { name: "$stringStartsWith", title: "text starts with", group: "Text" },
  { name: "$stringDoesNotStartWith", title: "text does not start with", group: "Text" },
  { name: "$stringEndsWith", title: "text ends with", group: "Text" },
  { name: "$stringDoesNotEndWith", title: "text does not end with", group: "Text" },
  { name: "$stringGreaterThan", title: "text sorts after", group: "Text" },
  { name: "$stringLessThan", title: "text sorts before", group: "Text" },
  { name: "$numberGreaterThan", title: "number is greater than", group: "Number" },
  { name: "$numberLessThan", title: "number is less than", group: "Number" },
  { name: "$numberEquals", title: "number equals", group: "Number" },
  { name: "$numberDoesNotEqual", title: "number does not equal", group: "Number" },
  { name: "$numberLessThanOrEqualTo", title: "number is less than or equal to", group: "Number" },
  { name: "$numberGreaterThanOrEqualTo", title: "number is greater than or equal to", group: "Number" },
  { name: "$dateTimeAfter", title: "date and time are after", group: "Date and time" },
  { name: "$dateTimeBefore", title: "date and time are before", group: "Date and time" },
  { name: "$dateTimeEquals", title: "date and time equal", group: "Date and time" },
  { name: "$arrayIsIn", title: "list has one of", group: "List" },
  { name: "$arrayIsNotIn", title: "list has none of", group: "List" },
  { name: "$arrayIsEmpty", title: "list is empty", group: "List", unary: true },
  { name: "$arrayIsNotEmpty", title: "list is not empty", group: "List", unary: true },
  { name: "$booleanTrue", title: "is true", group: "Any value", unary: true },
  { name: "$booleanFalse", title: "is false", group: "Any value", unary: true },
  { name: "$exists", title: "exists", group: "Any value", unary: true },
  { name: "$doesNotExist", title: "does not exist", group: "Any value", unary: true },
  { name: "$isNotUndefinedOrNull", title: "is not null", group: "Any value", unary: true },
  { name: "$isUndefinedOrNull", title: "is null", group: "Any value", unary: true },
];

const byName = new Map(OPERATORS.map((operator) => [operator.name, operator]));

export function operatorTitle(name: string): string {
  return byName.get(name)?.title ?? name;
}

/** One that is not chosen yet has nothing to compare with either. */
export function isUnary(name: string): boolean {
  return name === "$none" || byName.get(name)?.unary === true;
}

/** For a menu, by what is compared. */
export function operatorGroups(): { group: string; items: { value: string; label: string }[] }[] {
  const groups = new Map<string, { value: string; label: string }[]>();
  for (const { name, title, group } of OPERATORS) {
    const items = groups.get(group) ?? [];
    items.push({ value: name, label: title });
    groups.set(group, items);
  }
  return [...groups].map(([group, items]) => ({ group, items }));
}
