import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { ActionField } from "../api/connectors.ts";
import type { Json, JsonObject } from "../api/json.ts";
import { fakeApi, show } from "../test/render.tsx";
import { AccountContext } from "./OfferedField.tsx";
import { StepField } from "./StepField.tsx";

const stage: ActionField = {
  name: "dealstage",
  title: "Deal stage",
  type: "text",
  required: false,
  source: { name: "dealStages", parameters: ["pipeline"] },
};

function field(inputs: JsonObject, value?: Json) {
  const chosen: (Json | undefined)[] = [];
  const sent = fakeApi(() => ({
    status: 200,
    body: { items: [{ value: "closedwon", label: "Closed won", subtitle: null }], nextPage: null },
  }));
  show(
    <AccountContext value={{ projectId: "p", integrationId: "i", userId: "u", inputs }}>
      <StepField
        field={stage}
        value={value}
        sources={[]}
        problem={undefined}
        onChange={(next) => chosen.push(next)}
      />
    </AccountContext>,
  );
  return { sent, chosen };
}

describe("a field that an account offers values for", () => {
  it("lists them by name, with what was chosen before, and takes the value", async () => {
    const { sent, chosen } = field({ pipeline: "default" });
    expect(sent).toHaveLength(0);
    fireEvent.click(screen.getByRole("combobox", { name: "Deal stage" }));
    fireEvent.click(await screen.findByRole("option", { name: /Closed won/ }));
    expect(chosen).toEqual(["closedwon"]);
    expect(sent[0]).toMatchObject({
      path: "/api/v1/projects/p/integrations/i/options",
      body: { userId: "u", source: "dealStages", parameters: { pipeline: "default" } },
    });
  });

  it("says what must be chosen first, and asks nobody", async () => {
    const { sent } = field({ pipeline: "{{ trigger.pipeline }}" });
    expect(screen.getByText("Choose pipeline first")).toBeTruthy();
    fireEvent.click(screen.getByRole("combobox", { name: "Deal stage" }));
    await waitFor(() => expect(sent).toHaveLength(0));
  });

  it("is a text where it holds a variable", () => {
    field({}, "{{ trigger.stage }}");
    expect(screen.queryByRole("combobox", { name: "Deal stage" })).toBeNull();
    expect(screen.getByRole("textbox", { name: "Deal stage" })).toBeTruthy();
    expect(screen.getByRole("button", { name: "Choose from the account" })).toBeTruthy();
  });
});
