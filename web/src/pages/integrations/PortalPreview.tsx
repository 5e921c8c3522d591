import { Box, Group, SegmentedControl } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import classes from "./PortalPreview.module.css";
import {
  NOTHING_DONE,
  type PreviewInput,
  type PreviewState,
  previewAnswer,
  previewUpdate,
} from "./portalPreview.ts";

type Shown = Omit<PreviewInput, "theme" | "connected" | "language">;

/** The portal itself, in a frame, with what the form holds. */
export function PortalPreview(props: Shown) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [theme, setTheme] = useState<"set" | "light" | "dark">("set");
  const [width, setWidth] = useState<"wide" | "phone">("wide");
  const [language, setLanguage] = useState("en");
  const [connected, setConnected] = useState(false);
  const [done, setDone] = useState<PreviewState>(NOTHING_DONE);
  const [loaded, setLoaded] = useState(0);

  const update = previewUpdate(
    { ...props, theme: theme === "set" ? undefined : theme, connected, language },
    done,
  );
  const message = JSON.stringify(update);
  // Said again whenever the form changes, and when the frame has loaded.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `loaded` says that there is somebody to hear it
  useEffect(() => {
    frame.current?.contentWindow?.postMessage(JSON.parse(message), window.location.origin);
  }, [message, loaded]);

  const state = useRef(done);
  state.current = done;
  useEffect(() => {
    const listen = (event: MessageEvent<unknown>) => {
      const window = frame.current?.contentWindow;
      if (!window || event.source !== window || event.origin !== location.origin) return;
      const { data } = event;
      if (typeof data !== "object" || data === null) return;
      const { messageType, type, id, parameters } = data as Record<string, unknown>;
      if (messageType !== "SDK_FUNCTION_INVOCATION" || typeof type !== "string") return;
      const answer = previewAnswer(type, Array.isArray(parameters) ? parameters : [], state.current);
      if (answer.done) {
        state.current = answer.done;
        setDone(answer.done);
      }
      if (answer.connected !== undefined) setConnected(answer.connected);
      const { result } = answer;
      window.postMessage({ messageType: "SDK_FUNCTION_RESPONSE", id, type, result }, location.origin);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);

  return (
    <Box component="section" aria-label="Preview" className={classes.preview}>
      <Group gap="xs" mb="xs">
        <SegmentedControl
          size="xs"
          aria-label="Account in the preview"
          value={connected ? "on" : "off"}
          data={[
            { value: "off", label: "Not connected" },
            { value: "on", label: "Connected" },
          ]}
          onChange={(value) => setConnected(value === "on")}
        />
        <SegmentedControl
          size="xs"
          aria-label="Theme of the preview"
          value={theme}
          data={[
            { value: "set", label: "As set" },
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
          ]}
          onChange={(value) => setTheme(value === "light" || value === "dark" ? value : "set")}
        />
        <SegmentedControl
          size="xs"
          aria-label="Width of the preview"
          value={width}
          data={[
            { value: "wide", label: "Page" },
            { value: "phone", label: "Phone" },
          ]}
          onChange={(value) => setWidth(value === "phone" ? "phone" : "wide")}
        />
        <SegmentedControl
          size="xs"
          aria-label="Language of the preview"
          value={language}
          data={[
            { value: "en", label: "English" },
            { value: "de", label: "Deutsch" },
          ]}
          onChange={setLanguage}
        />
      </Group>
      <div className={classes.stage}>
        <iframe
          ref={frame}
          title="Preview of the Connect Portal"
          src="/ui"
          className={width === "phone" ? classes.phone : classes.wide}
          onLoad={() => setLoaded((count) => count + 1)}
        />
      </div>
    </Box>
  );
}
