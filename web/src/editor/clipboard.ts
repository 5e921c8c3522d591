/** Copying, cutting and pasting steps by the browser's own clipboard, as text. */
import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import type { Step } from "../api/definition.ts";
import { editorText } from "../texts/editor.tsx";
import { stepsAsText, stepsOfText } from "./model/clipboard.ts";
import { allSteps } from "./model/steps.ts";

const texts = editorText.clipboard;

interface Clipboard {
  /** What is chosen now, outermost steps alone. */
  chosen: () => Step[];
  onRemove: () => void;
  onPaste: (steps: Step[]) => void;
}

export interface StepClipboard {
  copy: () => Promise<boolean>;
  cut: () => Promise<void>;
  paste: () => Promise<void>;
}

export function useStepClipboard(clipboard: Clipboard): StepClipboard {
  const latest = useRef(clipboard);
  latest.current = clipboard;

  // The keys come as the browser's own events: they need no permission and work without TLS, too.
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => {
      const steps = latest.current.chosen();
      if (isForText() || steps.length === 0) return;
      event.clipboardData?.setData("text/plain", stepsAsText(steps));
      event.preventDefault();
      if (event.type === "cut") latest.current.onRemove();
      else sayCopied(steps);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isForText()) return;
      event.preventDefault();
      paste(event.clipboardData?.getData("text/plain") ?? "", latest.current.onPaste);
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, []);

  async function copy(): Promise<boolean> {
    const steps = latest.current.chosen();
    try {
      await navigator.clipboard.writeText(stepsAsText(steps));
      sayCopied(steps);
      return true;
    } catch {
      notifications.show({ color: "yellow", ...texts.copyRefused });
      return false;
    }
  }

  return {
    copy,
    cut: async () => {
      if (await copy()) latest.current.onRemove();
    },
    paste: async () => {
      try {
        paste(await navigator.clipboard.readText(), latest.current.onPaste);
      } catch {
        notifications.show({ color: "yellow", ...texts.pasteRefused });
      }
    },
  };
}

/** Whether the clipboard belongs to a field, a dialog or text that is marked on the page. */
function isForText(): boolean {
  const active = document.activeElement;
  if (active instanceof HTMLInputElement || active instanceof HTMLTextAreaElement) return true;
  if (active instanceof HTMLElement && active.isContentEditable) return true;
  return isDialogOpen() || document.getSelection()?.isCollapsed === false;
}

/** Keys on the page mean the dialog over it. */
export function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"]') !== null;
}

function paste(text: string, onPaste: (steps: Step[]) => void): void {
  const steps = stepsOfText(text);
  if (steps) onPaste(steps);
  else notifications.show({ color: "yellow", title: texts.nothing, message: texts.nothingAbout });
}

function sayCopied(steps: readonly Step[]): void {
  const count = allSteps(steps).length;
  notifications.show({ title: texts.copied(count), message: texts.copiedAbout(count) });
}
