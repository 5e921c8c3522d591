/** Every type of setting: shown, changed, stored as the contract says. */
import { act, configure, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Input } from "../../../sdk/js/src/model";
import type { UiUpdate } from "../../../sdk/js/src/protocol";
import { STORED_SECRET } from "./fields";
import { Portal } from "./Portal";
import { config, credential, HostPage, hubspot, snapshot } from "./stand";

configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 30_000 });

const dynamic = (cacheKey: string, title: string, refreshDependencies: string[] = []) => ({
  type: "DYNAMIC_DATA_SOURCE",
  cacheKey,
  title,
  refreshDependencies,
});
const dataSources = {
  far: dynamic("far", "Far"),
  stage: {
    type: "COMBO_INPUT_DATA_SOURCE",
    mainInputSource: dynamic("pipelines", "Pipeline"),
    dependentInputSource: dynamic("stages", "Stage", ["pipeline"]),
  },
  value: {
    type: "DYNAMIC_COMBO_INPUT_DATA_SOURCE",
    mainInputSource: dynamic("pipelines", "Pipeline"),
    dependentInputSource: dynamic("stages", "Stage", ["pipeline"]),
    variableInputSource: dynamic("properties", "Property", ["pipeline", "stage"]),
  },
  records: {
    type: "FIELD_MAPPER_DATA_SOURCE",
    recordSource: dynamic("objectTypes", "Record type"),
    fieldSource: dynamic("properties", "Property", ["objectType"]),
  },
};
const LISTS: Record<string, [string, string][]> = {
  pipelines: [
    ["p1", "Sales"],
    ["p2", "Partners"],
  ],
  stages: [
    ["s1", "Open"],
    ["s2", "Won"],
  ],
  objectTypes: [["contacts", "Contacts"]],
  properties: [
    ["email", "Email"],
    ["jobtitle", "Job title"],
  ],
};

let host: HostPage;
let asked: { action: string; search?: string; parameters: unknown }[];

/** The portal with one setting, and what is stored of it. */
function show(input: Partial<Input> & { type: string }, stored?: unknown, context: object = {}): void {
  const inputs = [{ id: "x", title: "X", required: false, ...input }];
  const update = snapshot(credential("VALID", {}, stored === undefined ? {} : { x: stored }), {
    integration: hubspot({ sdkIntegrationConfig: { dataSources } }),
    config: { ...config, sharedMeta: { inputs } },
  });
  Object.assign(update.nextContext, context);
  act(() => host.send(structuredClone(update) as UiUpdate));
}

const saved = (): unknown[] =>
  host.called("updateIntegrationUserSettings").map(([, update]) => (update as { x: unknown }).x);

async function choose(name: string | RegExp, option: string | RegExp): Promise<void> {
  await userEvent.click(await screen.findByRole("combobox", { name }));
  await userEvent.click(await screen.findByRole("option", { name: option }));
  expect(screen.queryByRole("listbox")).toBeNull();
}

beforeEach(() => {
  vi.spyOn(window, "focus").mockImplementation(() => {});
  host = new HostPage();
  asked = [];
  host.answers.updateIntegrationUserSettings = () => ({ errors: [] });
  host.answers.getFieldOptions = (question: { action: string; search?: string; parameters: unknown }) => {
    asked.push(question);
    const needle = (question.search ?? "").toLowerCase();
    const all = (LISTS[question.action] ?? []).map(([value, label]) => ({ value, label }));
    return { data: all.filter(({ label }) => label.toLowerCase().includes(needle)), nextPageCursor: null };
  };
  render(<Portal page={host.page} />);
});

describe("a password", () => {
  it("that is stored is not shown, and can be replaced", async () => {
    show({ type: "PASSWORD" }, STORED_SECRET);
    expect(screen.getByText("Stored. It is not shown again.")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Replace: X" }));
    await userEvent.type(screen.getByLabelText("X"), "hunter2");
    await userEvent.tab();
    await waitFor(() => expect(saved()).toEqual(["hunter2"]));
    show({ type: "PASSWORD" }, STORED_SECRET);
    await screen.findByText("Stored. It is not shown again.");
    expect(document.body.innerHTML).not.toContain("hunter2");
  });

  it("that is not replaced after all stays as it is", async () => {
    show({ type: "PASSWORD" }, STORED_SECRET);
    await userEvent.click(screen.getByRole("button", { name: "Replace: X" }));
    await userEvent.click(screen.getByRole("button", { name: "Keep the present one" }));
    expect(screen.getByText("Stored. It is not shown again.")).toBeTruthy();
    expect(saved()).toEqual([]);
  });
});

describe("two lists", () => {
  it("of which the second depends on the first", async () => {
    show({ type: "COMBO_INPUT", sourceType: "stage" });
    expect(screen.getByText("Choose Pipeline first.")).toBeTruthy();
    await choose(/Pipeline/, "Partners");
    await waitFor(() => expect(saved()).toEqual([{ mainInput: "p2" }]));
    await choose(/Stage/, "Won");
    await waitFor(() => expect(saved().at(-1)).toEqual({ mainInput: "p2", dependentInput: "s2" }));
    expect(asked.find(({ action }) => action === "stages")?.parameters).toEqual([
      { key: "pipeline", source: { type: "VALUE", value: "p2" } },
    ]);
    await choose(/Pipeline/, "Sales");
    await waitFor(() => expect(saved().at(-1)).toEqual({ mainInput: "p1" }));
  });

  it("and a third on both, which another choice before it forgets", async () => {
    show({ type: "DYNAMIC_COMBO_INPUT", sourceType: "value" });
    await choose(/Pipeline/, "Partners");
    await choose(/Stage/, "Won");
    await choose(/Property/, "Email");
    const all = { mainInput: "p2", dependentInput: "s2", variableInput: "email" };
    await waitFor(() => expect(saved().at(-1)).toEqual(all));
    expect(asked.find(({ action }) => action === "properties")?.parameters).toEqual([
      { key: "pipeline", source: { type: "VALUE", value: "p2" } },
      { key: "stage", source: { type: "VALUE", value: "s2" } },
    ]);
    await choose(/Stage/, "Open");
    await waitFor(() => expect(saved().at(-1)).toEqual({ mainInput: "p2", dependentInput: "s1" }));
  });
});

describe("a long list", () => {
  it("is searched where it is, and worked by keyboard alone", async () => {
    show({ type: "COMBO_INPUT", sourceType: "stage" });
    const pipeline = await screen.findByRole("combobox", { name: /Pipeline/ });
    await userEvent.click(pipeline);
    await userEvent.type(pipeline, "part");
    await waitFor(() => expect(asked.at(-1)?.search).toBe("part"));
    await waitFor(() => expect(screen.getAllByRole("option")).toHaveLength(1));
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(saved()).toEqual([{ mainInput: "p2" }]));
    await userEvent.click(pipeline);
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByRole("option")).toBeNull();
    expect(screen.getByRole("dialog")).toBeTruthy();
  });
});

describe("what was chosen far down in a long list", () => {
  let read: number[] = [];
  const pages = (last: number) => (question: { cursor: string | null }) => {
    const at = Number(question.cursor ?? 0);
    read.push(at);
    return {
      data: [{ value: `v${at}`, label: `Entry ${at}` }],
      nextPageCursor: at < last ? String(at + 1) : null,
    };
  };

  it("is called what it is called there", async () => {
    host.answers.getFieldOptions = pages(4);
    show({ type: "DYNAMIC_ENUM", sourceType: "far" }, "v3");
    const picker = (await screen.findByRole("combobox", { name: /X/ })) as HTMLInputElement;
    await waitFor(() => expect(picker.value).toBe("Entry 3"));
    await userEvent.click(picker);
    // It was looked for, not listed.
    expect(screen.getAllByRole("option")).toHaveLength(1);
  });

  it("is shown as it is stored where it is in no list", async () => {
    read = [];
    host.answers.getFieldOptions = pages(2);
    show({ type: "DYNAMIC_ENUM", sourceType: "far" }, "gone");
    const picker = (await screen.findByRole("combobox", { name: /X/ })) as HTMLInputElement;
    await waitFor(() => expect(read).toEqual([0, 1, 2]));
    expect(picker.value).toBe("gone");
  });
});

describe("a field mapping", () => {
  const fixed = {
    type: "FIELD_MAPPER",
    sourceType: "records",
    savedFieldMappings: [{ label: "Title" }, { label: "Mail" }],
  };

  it("of fixed fields is stored by their labels", async () => {
    show(fixed, { objectMapping: "contacts", fieldMappings: { Mail: "email" }, mappingType: "STATIC" });
    await waitFor(() =>
      expect((screen.getByRole("combobox", { name: /^Mail/ }) as HTMLInputElement).value).toBe("Email"),
    );
    await choose(/^Title/, "Job title");
    await waitFor(() =>
      expect(saved()).toEqual([
        {
          objectMapping: "contacts",
          fieldMappings: { Mail: "email", Title: "jobtitle" },
          mappingType: "STATIC",
        },
      ]),
    );
  });

  it("of the application's own fields can be shortened, and lengthened by the customer's", async () => {
    const mapObjectFields = {
      lead: {
        fields: [
          { label: "Mail", value: "mail" },
          { label: "Phone", value: "phone" },
        ],
        defaultFields: ["mail"],
        userCanRemoveMappings: true,
        userCanCreateFields: true,
      },
    };
    const input = {
      type: "FIELD_MAPPER",
      sourceType: "records",
      useDynamicMapper: true,
      dynamicObjectName: "lead",
    };
    show(input, { objectMapping: "contacts" }, { endUserIntegrationConfig: { mapObjectFields } });
    expect(screen.queryByText("Phone", { selector: ".mapping-own" })).toBeNull();
    await choose(/^Mail/, "Email");
    await waitFor(() =>
      expect(saved().at(-1)).toMatchObject({
        dynamicMappings: { mail: { applicationField: "mail", integrationField: "email" } },
        mappingType: "DYNAMIC",
      }),
    );
    await userEvent.selectOptions(screen.getByLabelText("Add a field"), "Phone");
    expect(screen.getByText("Phone", { selector: ".mapping-own" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Create a field" }));
    await userEvent.type(screen.getByLabelText("Name of the new field"), "Nickname{Enter}");
    await waitFor(() => expect(saved().at(-1)).toMatchObject({ userCreatedFields: ["Nickname"] }));
    await userEvent.click(screen.getByRole("button", { name: "Remove Mail" }));
    await waitFor(() =>
      expect(saved().at(-1)).toMatchObject({ dynamicMappings: {}, removedFields: ["mail"] }),
    );
    expect(screen.queryByText("Mail", { selector: ".mapping-own" })).toBeNull();
  });
});

describe("a custom dropdown", () => {
  it("shows what the page gave, each value once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    show({
      type: "CUSTOM_DROPDOWN",
      customDropdownOptions: [
        { label: "Red", value: "r" },
        { label: "Red again", value: "r" },
        { label: "", value: "e" },
        { value: "n" } as { value: string; label: string },
        { label: "Blue", value: "b" },
      ],
    });
    expect(screen.getAllByRole("option").map((each) => each.textContent)).toEqual(["Choose…", "Red", "Blue"]);
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it("asks the page's own code where that loads them", async () => {
    host.answers._loadCustomDropdownOptions = (key: string, cursor?: string) =>
      cursor === "2"
        ? { options: [{ label: "Two", value: "2" }], nextPageCursor: null }
        : { options: [{ label: `One of ${key}`, value: "1" }], nextPageCursor: "2" };
    show({ type: "CUSTOM_DROPDOWN", key: "lists", customDropdownOptions: [], refreshOnOpen: false });
    await userEvent.click(await screen.findByRole("combobox", { name: "X" }));
    await screen.findByRole("option", { name: "One of lists" });
    await userEvent.click(screen.getByRole("button", { name: "Show more" }));
    await userEvent.click(await screen.findByRole("option", { name: "Two" }));
    await waitFor(() => expect(saved()).toEqual(["2"]));
  });
});

describe("permissions", () => {
  it("are one text, with those that are always needed", async () => {
    const values = [
      { name: "read", description: "Read" },
      { name: "write", description: "Write", label: "Writing" },
    ];
    show({ type: "PERMISSION", requiredScopes: ["read"], scopes: { values } });
    expect((screen.getByRole("checkbox", { name: /read/ }) as HTMLInputElement).disabled).toBe(true);
    await userEvent.click(screen.getByRole("checkbox", { name: /Writing/ }));
    await waitFor(() => expect(saved()).toEqual(["read write"]));
  });
});

describe("a file", () => {
  it("is stored as its text, and can be removed", async () => {
    show({ type: "FILE" });
    await userEvent.upload(screen.getByLabelText("X"), new File(["a,b\n1,2"], "list.csv"));
    await waitFor(() => expect(saved()).toEqual(["a,b\n1,2"]));
    expect(screen.getByText("list.csv (7 B)")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Remove" }));
    await waitFor(() => expect(saved().at(-1)).toBe(""));
    await userEvent.upload(screen.getByLabelText("X"), new File(["x".repeat(200_000)], "big.csv"));
    expect((await screen.findByRole("alert")).textContent).toBe("The file is larger than 128 KB.");
  });
});

describe("something to copy", () => {
  it("is copied", async () => {
    const user = userEvent.setup();
    show({ type: "COPYABLE_BUTTON_INPUT", defaultValue: "https://hooks.example/7" });
    await user.click(screen.getByRole("button", { name: "Copy" }));
    expect(await navigator.clipboard.readText()).toBe("https://hooks.example/7");
    expect(await screen.findByText("Copied")).toBeTruthy();
  });
});
