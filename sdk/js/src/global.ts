/** The script-tag build: `window.linchpin`, which knows its server from the address it was loaded from. */
import { setScriptOrigin } from "./client.js";
import { LinchpinError } from "./errors.js";
import { full } from "./full.js";
import { Linchpin } from "./linchpin.js";

const PATH = "/sdk/connect.js";

function ownAddress(): string | undefined {
  // A module script has no `currentScript`: then look for the tag.
  const current = document.currentScript as HTMLScriptElement | null;
  const source = current?.src ?? document.querySelector<HTMLScriptElement>(`script[src*="${PATH}"]`)?.src;
  if (!source) return undefined;
  const url = new URL(source, location.href);
  // The server may live under a path of its own.
  const prefix = url.pathname.endsWith(PATH) ? url.pathname.slice(0, -PATH.length) : "";
  return url.origin + prefix;
}

setScriptOrigin(ownAddress());
const linchpin = full(new Linchpin());
Object.assign(linchpin, { Linchpin, LinchpinError, full });
Object.assign(window, { linchpin });
