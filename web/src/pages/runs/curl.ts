import type { Exchange } from "../../api/runs.ts";

/** A request as a line for the shell. The token is never known here, so it stays a variable. */
export function asCurl(exchange: Exchange): string {
  const lines = [
    `curl -X ${exchange.method} ${quoted(exchange.url)}`,
    `  -H "Authorization: Bearer $ACCESS_TOKEN"`,
  ];
  if (exchange.requestBody !== undefined && exchange.requestBody !== null) {
    const body =
      typeof exchange.requestBody === "string" ? exchange.requestBody : JSON.stringify(exchange.requestBody);
    lines.push(`  -H 'Content-Type: application/json'`, `  --data ${quoted(body)}`);
  }
  return lines.join(" \\\n");
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
