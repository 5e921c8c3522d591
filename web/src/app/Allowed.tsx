import { Tooltip } from "@mantine/core";
import { Children, cloneElement, type MouseEvent, type ReactElement } from "react";
import { appText } from "../texts/app.ts";
import { Hint } from "../ui/Notice.tsx";
import { ReadOnlyContext } from "../ui/readOnly.ts";
import { type Right, useMay } from "./rights.ts";

interface Refusable {
  onClick?: ((event: MouseEvent<HTMLElement>) => void) | undefined;
}

function refuse(event: MouseEvent): void {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * A button, or a menu's item, that does nothing where the role is not enough, and says so: it can still be reached
 * and pointed at, since a reason that nobody can read is none.
 */
export function Allowed({ to, children }: { to: Right; children: ReactElement<Refusable> }) {
  const { ok, reason } = useMay(to);
  const child = Children.only(children);
  if (ok) return child;
  const refused = {
    onClick: refuse,
    "aria-disabled": true,
    "data-disabled": true,
    "aria-description": reason,
    // Of a menu's item: the reason is read while the menu is open.
    ...("closeMenuOnClick" in child.props ? { closeMenuOnClick: false } : {}),
  };
  return (
    <Tooltip label={reason} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
      {cloneElement(child, refused)}
    </Tooltip>
  );
}

/** A form that can be read by all and changed by those whose role is enough. */
export function AllowedForm({ to, children }: { to: Right; children: React.ReactNode }) {
  const { ok, changing } = useMay(to);
  return (
    <>
      {!ok && <Hint mb="md">{appText.rights.readable(changing)}</Hint>}
      <ReadOnlyContext value={!ok}>
        <fieldset disabled={!ok} className="plain-fieldset">
          {children}
        </fieldset>
      </ReadOnlyContext>
    </>
  );
}
