import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Trigger } from "../api/triggers.ts";
import { fakeApi, show } from "../test/render.tsx";
import type { Operation } from "./model/operations.ts";
import { TriggerForm } from "./TriggerForm.tsx";

const event = { name: "Contact Created", example: { email: "b@example.com" } } as never;

function form(trigger: Trigger | null): Operation[] {
  const done: Operation[] = [];
  show(
    <TriggerForm
      projectId="p"
      workflowId="w"
      connector={{ name: "HubSpot", triggers: [] }}
      sources={[]}
      trigger={trigger}
      events={[event]}
      problems={[]}
      operate={(operation) => done.push(operation)}
    />,
  );
  return done;
}

describe("the form of a trigger", () => {
  it("chooses an App Event", () => {
    const done = form(null);
    fireEvent.click(screen.getByRole("combobox", { name: "Choose an App Event" }));
    fireEvent.click(screen.getByRole("option", { name: "Contact Created" }));
    expect(done).toEqual([{ kind: "setTrigger", trigger: { appEvent: "Contact Created" } }]);
  });

  it("chooses another kind, which begins with what it needs", () => {
    const done = form({ appEvent: "Contact Created" });
    fireEvent.click(screen.getByRole("combobox", { name: "What starts it" }));
    fireEvent.click(screen.getByRole("option", { name: "Schedule" }));
    expect(done).toEqual([
      { kind: "setTrigger", trigger: { schedule: { cron: "0 0 9 * * *", timeZone: "UTC" } } },
    ]);
  });

  it("declares the fields of a request, and shows the address to call", () => {
    const done = form({ request: {} });
    expect(document.body.textContent).toContain("/projects/p/sdk/triggers/w");
    fireEvent.click(screen.getByRole("button", { name: "Add field to Body" }));
    fireEvent.change(screen.getByRole("textbox", { name: "Body: name of field 1" }), {
      target: { value: "email" },
    });
    expect(done).toEqual([
      { kind: "setTrigger", trigger: { request: { validate: { body: { email: { required: true } } } } } },
    ]);
  });

  it("shows every other kind as what it is", () => {
    const kinds: [Trigger, string][] = [
      [{ schedule: { cron: "0 0 9 * * *", timeZone: "Europe/Berlin" } }, "Trigger: Schedule"],
      [{ request: {} }, "Trigger: Request"],
      [{ integrationEnabled: {} }, "Trigger: Integration Enabled"],
    ];
    for (const [trigger, title] of kinds) {
      form(trigger);
      expect(screen.getByRole("heading", { name: title })).toBeTruthy();
    }
    expect(screen.getByRole("combobox", { name: "Time zone" }).getAttribute("value")).toBe("Europe/Berlin");
  });

  it("shows where a webhook of an app is called, and takes what it says about a call", () => {
    fakeApi(() => ({ status: 404, body: { message: "nothing", code: "not_found", status: 404 } }));
    const webhook = { name: "team events", scope: "app" as const, account: { body: "team_id" } };
    const done = form({ webhook });
    expect(document.body.textContent).toContain("/app-triggers/team%20events");
    const place = screen.getByRole("textbox", { name: "Where a call names the account: name" });
    fireEvent.change(place, { target: { value: "team.id" } });
    expect(done).toEqual([
      { kind: "setTrigger", trigger: { webhook: { ...webhook, account: { body: "team.id" } } } },
    ]);
  });

  it("begins a hook at the provider with requests that hold its address and its id, and shows the hooks", async () => {
    const hook = {
      id: "h",
      state: "registering",
      providerId: null,
      userId: "u",
      fault: { code: "status_400", message: "the provider refused it" },
      nextAttemptAt: null,
    };
    const sent = fakeApi(({ path }) =>
      path.includes("/hook-registrations")
        ? { status: 200, body: { items: [hook] } }
        : { status: 404, body: { message: "nothing", code: "not_found", status: 404 } },
    );
    const done = form({ webhook: { name: "tasks" } });
    fireEvent.click(screen.getByRole("button", { name: "The hook at the provider" }));
    fireEvent.click(await screen.findByRole("switch", { name: /^Make it by a request/ }));
    const made = done[0]?.kind === "setTrigger" ? done[0].trigger?.webhook?.register : undefined;
    expect(JSON.stringify(made?.request.body)).toContain("{{ webhook.url }}");
    expect(made?.id).toBe("{{ response.body.id }}");
    await screen.findByText("The provider refused it.", { exact: false });
    fireEvent.click(screen.getByRole("button", { name: "Try now" }));
    await waitFor(() =>
      expect(sent.map(({ method, path }) => `${method} ${path}`)).toContain(
        "POST /api/v1/projects/p/hook-registrations/h/retry",
      ),
    );
  });
});
