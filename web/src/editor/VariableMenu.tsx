/** The variable menu: sources on the left, the chosen source's fields on the right. */
import { Kbd, Portal, ScrollArea, Text } from "@mantine/core";
import {
  Braces,
  Brackets,
  CircleDashed,
  Hash,
  Lock,
  type LucideIcon,
  Radio,
  Repeat,
  Settings2,
  SquarePlay,
  ToggleLeft,
  Type,
  UserRound,
} from "lucide-react";
import { type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { variablesText } from "../texts/variables.tsx";
import { valueAt, writeReference } from "./model/template.ts";
import { fieldsOf, type ValueType, type VariableSource } from "./model/variables.ts";
import classes from "./VariableMenu.module.css";

const { menu: texts, types: typeNames, samples } = variablesText;

export type MenuKey = "up" | "down" | "left" | "right" | "choose" | "close";

interface VariableMenuProps {
  sources: VariableSource[];
  typed: string;
  place: { left: number; top: number; bottom: number };
  /** The field's keys come in here: the focus stays in the text. */
  pressKey: RefObject<((key: MenuKey) => boolean) | null>;
  onChoose: (path: (string | number)[]) => void;
  onClose: () => void;
}

const icons: Record<VariableSource["kind"], LucideIcon> = {
  trigger: Radio,
  step: SquarePlay,
  item: Repeat,
  settings: Settings2,
  user: UserRound,
  secrets: Lock,
};

const types: Record<ValueType, LucideIcon> = {
  text: Type,
  number: Hash,
  boolean: ToggleLeft,
  list: Brackets,
  object: Braces,
  empty: CircleDashed,
};

const WIDTH = 500;
const HEIGHT = 350;

export function VariableMenu({ sources, typed, place, pressKey, onChoose, onClose }: VariableMenuProps) {
  const [picked, setPicked] = useState("trigger");
  const [index, setIndex] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);

  const matching = sources.filter((source) => fieldsOf(source, typed).length > 0);
  const shown = typed === "" ? sources : matching;
  const source = shown.find((candidate) => candidate.id === picked) ?? shown[0];
  const fields = source ? fieldsOf(source, typed) : [];
  const chosen = fields[Math.min(index, fields.length - 1)];

  const pick = (next: VariableSource | undefined) => {
    if (!next) return;
    setPicked(next.id);
    setIndex(0);
  };

  // With the menu itself: who presses a key as soon as it is seen means it.
  useLayoutEffect(() => {
    pressKey.current = (key) => {
      const place = source ? shown.indexOf(source) : 0;
      switch (key) {
        case "down":
          setIndex((at) => Math.min(at + 1, fields.length - 1));
          return true;
        case "up":
          setIndex((at) => Math.max(at - 1, 0));
          return true;
        case "left":
          if (typed !== "") return false;
          pick(shown[place - 1]);
          return true;
        case "right":
          if (typed !== "") return false;
          pick(shown[place + 1]);
          return true;
        case "choose":
          if (!chosen) return false;
          onChoose(chosen.path);
          return true;
        case "close":
          onClose();
          return true;
      }
    };
    return () => {
      pressKey.current = null;
    };
  });

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  });

  const below = place.bottom + 4 + HEIGHT < window.innerHeight || place.top < HEIGHT;
  const position = {
    left: Math.max(8, Math.min(place.left, window.innerWidth - WIDTH - 12)),
    ...(below ? { top: place.bottom + 4 } : { bottom: window.innerHeight - place.top + 4 }),
  };

  return (
    <Portal>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click must not take the focus from the text */}
      <div
        className={classes.menu}
        style={{ ...position, width: WIDTH }}
        onMouseDown={(event) => event.preventDefault()}
        data-variable-menu
      >
        <div className={classes.columns}>
          <div
            className={classes.sources}
            role="tablist"
            aria-label={texts.sources}
            aria-orientation="vertical"
          >
            {shown.map((candidate) => {
              const Icon = icons[candidate.kind];
              return (
                <button
                  key={candidate.id}
                  type="button"
                  role="tab"
                  tabIndex={-1}
                  className={classes.source}
                  aria-selected={candidate === source}
                  onClick={() => pick(candidate)}
                >
                  <Icon size={14} aria-hidden />
                  <span>{candidate.title}</span>
                </button>
              );
            })}
          </div>
          <ScrollArea className={classes.fields}>
            <div role="listbox" aria-label={texts.variables} ref={list} id={id}>
              {fields.map((field, at) => {
                const TypeIcon = types[field.type];
                return (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's, which keeps the focus
                  <div
                    key={writeReference(field.path)}
                    role="option"
                    tabIndex={-1}
                    className={classes.field}
                    aria-selected={field === chosen}
                    aria-label={field.label}
                    title={writeReference(field.path)}
                    style={{ paddingLeft: 10 + field.depth * 14 }}
                    onMouseMove={() => setIndex(at)}
                    onClick={() => onChoose(field.path)}
                  >
                    <TypeIcon
                      className={classes.type}
                      size={12}
                      role="img"
                      aria-label={typeNames[field.type]}
                    />
                    <span className={classes.name}>{field.label}</span>
                    <span className={classes.sample}>{field.sample}</span>
                  </div>
                );
              })}
            </div>
            {fields.length === 0 && (
              <Text size="sm" c="dimmed" p="sm">
                {typed === "" ? source?.emptyHint : texts.noneCalled(typed)}
              </Text>
            )}
          </ScrollArea>
        </div>
        {chosen && source && (
          <div className={classes.preview} data-preview>
            <span className={classes.path}>{writeReference(chosen.path)}</span>
            <pre>{previewOf(source, chosen.path)}</pre>
          </div>
        )}
        <div className={classes.footer}>
          {texts.keys((keys) => (
            <Kbd size="xs">{keys}</Kbd>
          ))}
        </div>
      </div>
    </Portal>
  );
}

/** The sample's value in full, as far as it fits. */
function previewOf(source: VariableSource, path: (string | number)[]): string {
  const value = valueAt(source.sample, path.slice(source.root.length));
  if (value === undefined || value === null || value === "") return samples.none;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 1);
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
