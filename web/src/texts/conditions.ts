/** Conditions: how two values are compared. */

export const conditionsText = {
  /** By what is compared. */
  groups: {
    text: "Text",
    number: "Number",
    dateTime: "Date and time",
    list: "List",
    any: "Any value",
  },

  operators: {
    $stringContains: "text contains",
    $stringDoesNotContain: "text does not contain",
    $stringExactlyMatches: "text exactly matches",
    $stringDoesNotExactlyMatch: "text does not exactly match",
    $stringIsIn: "text is in",
    $stringIsNotIn: "text is not in",
    $stringStartsWith: "text starts with",
    $stringDoesNotStartWith: "text does not start with",
    $stringEndsWith: "text ends with",
    $stringDoesNotEndWith: "text does not end with",
    $stringGreaterThan: "text sorts after",
    $stringLessThan: "text sorts before",
    $numberGreaterThan: "number is greater than",
    $numberLessThan: "number is less than",
    $numberEquals: "number equals",
    $numberDoesNotEqual: "number does not equal",
    $numberLessThanOrEqualTo: "number is less than or equal to",
    $numberGreaterThanOrEqualTo: "number is greater than or equal to",
    $dateTimeAfter: "date and time are after",
    $dateTimeBefore: "date and time are before",
    $dateTimeEquals: "date and time equal",
    $arrayIsIn: "list has one of",
    $arrayIsNotIn: "list has none of",
    $arrayIsEmpty: "list is empty",
    $arrayIsNotEmpty: "list is not empty",
    $booleanTrue: "is true",
    $booleanFalse: "is false",
    $exists: "exists",
    $doesNotExist: "does not exist",
    $isNotUndefinedOrNull: "is not null",
    $isUndefinedOrNull: "is null",
  },

  or: "or",
  and: "and",
  addOr: "Or",
  addAnd: "And",
  addFirst: "Add condition",
  all: "Conditions",
  group: (number: number) => `Group ${number}`,

  /** One of them, for screen readers; `group` where there are several groups. */
  one: (number: number, group: number | null) =>
    group === null ? `condition ${number}` : `condition ${number} of group ${group}`,
  left: (one: string) => `Left side of ${one}`,
  leftHint: "What is looked at: type {{",
  operator: (one: string) => `Operator of ${one}`,
  operatorHint: "How it is compared",
  right: (one: string) => `Right side of ${one}`,
  rightHint: "With what",
};
