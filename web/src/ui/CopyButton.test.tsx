import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { CopyButton } from "./CopyButton.tsx";

it("a button that copies says what it copies: by its name, to the pointer and to the keyboard", async () => {
  render(
    <MantineProvider>
      <CopyButton value="one" label="Copy key id" />
    </MantineProvider>,
  );
  // There is no layout here, so what is shown can count as hidden.
  const tooltip = () => screen.queryByRole("tooltip", { hidden: true })?.textContent ?? null;
  const button = screen.getByRole("button", { name: "Copy key id" });
  await userEvent.hover(button);
  await expect.poll(tooltip).toBe("Copy key id");
  await userEvent.unhover(button);
  await expect.poll(tooltip).toBeNull();
  await userEvent.tab();
  expect(document.activeElement).toBe(button);
  await expect.poll(tooltip).toBe("Copy key id");
});
