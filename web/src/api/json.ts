/** JSON, as it stands in answers, and what every answer has in common. */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export type JsonObject = { [name: string]: Json };

export interface Items<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Fault {
  code: string;
  message: string;
  step?: string | null;
  [more: string]: Json | undefined;
}
