import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { show } from "../../test/render.tsx";
import { PrivateKey } from "./GenerateKeyDialog.tsx";

const key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----";

describe("the private key's dialog", () => {
  it("shows the key, and says that it cannot be shown again", () => {
    show(<PrivateKey name="Backend" privateKey={key} onClose={() => {}} />);
    expect(screen.getByText("It cannot be shown again")).toBeTruthy();
    expect(screen.getByLabelText("Private key").textContent).toBe(key);
  });

  it("asks once before it closes without the key being kept", async () => {
    const closed = vi.fn();
    show(<PrivateKey name="Backend" privateKey={key} onClose={closed} />);
    await userEvent.click(screen.getByRole("button", { name: "Done" }));
    expect(closed).not.toHaveBeenCalled();
    expect(screen.getByRole("alert", { name: /Close without keeping/ })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Close anyway" }));
    expect(closed).toHaveBeenCalledOnce();
  });

  it("closes at once after the key was copied", async () => {
    const user = userEvent.setup();
    const closed = vi.fn();
    show(<PrivateKey name="Backend" privateKey={key} onClose={closed} />);
    await user.click(screen.getByRole("button", { name: "Copy private key" }));
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(closed).toHaveBeenCalledOnce();
    expect(await navigator.clipboard.readText()).toBe(key);
  });
});
