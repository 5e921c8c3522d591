import { Box, Group, SegmentedControl } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { commonText } from "../../texts/common.ts";
import { integrationsText } from "../../texts/integrations.tsx";
import classes from "./PortalPreview.module.css";
import {
  NOTHING_DONE,
  type PreviewInput,
  type PreviewState,
  previewAnswer,
  previewUpdate,
} from "./portalPreview.ts";

const { preview: text } = integrationsText;
const { themes } = integrationsText.portal;

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
    <Box component="section" aria-label={text.label} className={classes.preview}>
      <Group gap="xs" mb="xs">
        <SegmentedControl
          size="xs"
          aria-label={text.account}
          value={connected ? "on" : "off"}
          data={[
            { value: "off", label: text.notConnected },
            { value: "on", label: commonText.connected },
          ]}
          onChange={(value) => setConnected(value === "on")}
        />
        <SegmentedControl
          size="xs"
          aria-label={text.theme}
          value={theme}
          data={[
            { value: "set", label: text.themeAsSet },
            { value: "light", label: themes.light },
            { value: "dark", label: themes.dark },
          ]}
          onChange={(value) => setTheme(value === "light" || value === "dark" ? value : "set")}
        />
        <SegmentedControl
          size="xs"
          aria-label={text.width}
          value={width}
          data={[
            { value: "wide", label: text.wide },
            { value: "phone", label: text.phone },
          ]}
          onChange={(value) => setWidth(value === "phone" ? "phone" : "wide")}
        />
        <SegmentedControl
          size="xs"
          aria-label={text.language}
          value={language}
          data={[
            { value: "en", label: text.english },
            { value: "de", label: text.german },
          ]}
          onChange={setLanguage}
        />
      </Group>
      <div className={classes.stage}>
        <iframe
          ref={frame}
          title={text.frame}
          src="/ui"
          className={width === "phone" ? classes.phone : classes.wide}
          onLoad={() => setLoaded((count) => count + 1)}
        />
      </div>
    </Box>
  );
}
