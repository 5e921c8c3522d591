import { describe, expect, it } from "vitest";
import type { Connector } from "../../api/connectors.ts";
import type { Integration } from "../../api/integrations.ts";
import { NOTHING_DONE, previewAnswer, previewUpdate } from "./portalPreview.ts";
import { entriesOf, idFor, linesOf, typesFor } from "./settingTypes.ts";

const connector = {
  description: "The connector's words",
  overview: "The connector's overview",
  brandColor: "#ff7a59",
  settingSources: [
    { name: "owners", title: "Owner", kind: "list", dependsOn: [] },
    { name: "records", title: "Records", kind: "fieldMapping", dependsOn: [] },
  ],
} as unknown as Connector;
const integration = { id: "i", type: "hubspot", name: "HubSpot" } as Integration;

describe("a setting's id", () => {
  it.each([
    ["Mailing list", [], "mailing_list"],
    ["Mailing list", ["mailing_list", "mailing_list_2"], "mailing_list_3"],
    ["Größe", [], "gro_e"],
    ["7 days", [], "setting_7_days"],
    ["名前", [], "setting"],
  ])("of %j is one that steps can name", (title, taken, id) => {
    expect(idFor(title, taken)).toBe(id);
  });
});

it("entries are written as lines, and read again", () => {
  const lines = "in | From HubSpot\nboth";
  expect(entriesOf(`${lines}\n\n`)).toEqual([
    { value: "in", label: "From HubSpot" },
    { value: "both", label: "both" },
  ]);
  expect(linesOf(entriesOf(lines))).toBe(lines);
  expect(linesOf(["a", 1])).toBe("a\n1");
});

it("only the types are offered that the connector can fill", () => {
  const offered = typesFor(connector).map(({ type }) => type);
  expect(offered).toContain("DYNAMIC_ENUM");
  expect(offered).toContain("FIELD_MAPPER");
  expect(offered).not.toContain("COMBO_INPUT");
});

describe("the preview", () => {
  const input = {
    integration,
    connector,
    workflows: [],
    portal: { description: " ", overview: "Mine", theme: "dark" as const },
    settings: [{ id: "note", title: "Note", type: "TEXT_NO_VARS" }],
    theme: undefined,
    connected: false,
    language: "en",
  };

  it("shows what the form holds, and the connector's words where it holds none", () => {
    const { nextModalState, nextContext } = previewUpdate(input, NOTHING_DONE);
    expect(nextModalState.config).toMatchObject({
      description: "The connector's words",
      overview: "Mine",
      theme: "dark",
      accentColor: "#ff7a59",
      sharedMeta: { inputs: input.settings },
    });
    expect(nextModalState.isPreviewMode).toBe(true);
    expect(JSON.stringify(nextContext)).not.toContain("Example account");
    const light = previewUpdate({ ...input, theme: "light", connected: true }, NOTHING_DONE);
    expect(light.nextModalState.config?.theme).toBe("light");
    expect(JSON.stringify(light.nextContext)).toContain("Example account at HubSpot");
  });

  it("remembers what was tried in it, and calls nobody", () => {
    const on = previewAnswer("enableWorkflow", ["w"], NOTHING_DONE).done;
    expect(on?.workflows.w).toEqual({ enabled: true, settings: {} });
    const set = previewAnswer("updateIntegrationUserSettings", ["hubspot", { note: "x" }], NOTHING_DONE);
    expect(set.done?.settings).toEqual({ note: "x" });
    expect(previewAnswer("startOAuthFlow", [], NOTHING_DONE)).toEqual({ connected: true });
    expect(previewAnswer("somethingElse", [], NOTHING_DONE)).toEqual({});
  });
});
