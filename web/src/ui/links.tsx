/** Mantine's looks on the router's links, with the router's types. */
import {
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  NavLink,
  type NavLinkProps,
} from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type Html<Props> = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Props | "style" | "color"> &
  Props & { ref?: Ref<HTMLAnchorElement> };

function PlainAnchor(props: Html<AnchorProps>) {
  return <Anchor {...props} />;
}

function PlainButton(props: Html<ButtonProps>) {
  return <Button component="a" {...props} />;
}

function PlainNavLink(props: Html<NavLinkProps>) {
  return <NavLink component="a" {...props} />;
}

export const TextLink = createLink(PlainAnchor);
export const ButtonLink = createLink(PlainButton);
export const MenuLink = createLink(PlainNavLink);
