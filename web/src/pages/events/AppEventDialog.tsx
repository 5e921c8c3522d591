/** Creates or edits an App Event: a name, and an example of what your app will send. */
import { Alert, Anchor, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { call, fieldsOf } from "../../api/client.ts";
import type { AppEvent } from "../../api/events.ts";
import { useChange } from "../../api/mutations.ts";
import { at } from "../../api/queries.ts";
import { checkExample, TUTORIAL_EXAMPLE } from "../../editor/model/example.ts";
import { commonText } from "../../texts/common.ts";
import { eventsText } from "../../texts/events.tsx";
import { CodeEditor } from "../../ui/CodeEditor.tsx";
import { ErrorNotice } from "../../ui/Notice.tsx";
import { useFaultShown } from "../../ui/useFaultShown.ts";

interface AppEventDialogProps {
  projectId: string;
  opened: boolean;
  /** The event to edit; a new one when absent. */
  event?: AppEvent | undefined;
  /** What a new event is called to begin with, as a received name that nobody defined. */
  startName?: string;
  onClose: () => void;
  onSaved?: (event: AppEvent) => void;
}

export function AppEventDialog(props: AppEventDialogProps) {
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.event ? commonText.editNamed(props.event.name) : commonText.createAnAppEvent}
      size="lg"
      centered
    >
      <AppEventForm {...props} />
    </Modal>
  );
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

export function AppEventForm({ projectId, event, startName, onClose, onSaved }: AppEventDialogProps) {
  const [name, setName] = useState(event?.name ?? startName ?? "");
  const [example, setExample] = useState(event ? pretty(event.example) : "");
  const [nameError, setNameError] = useState<string | null>(null);
  const [exampleError, setExampleError] = useState<string | null>(null);
  const save = useChange(
    projectId,
    (body: { name: string; example: object }) =>
      event
        ? call<AppEvent>("PATCH", `${at(projectId)}/app-events/${event.id}`, body)
        : call<AppEvent>("POST", `${at(projectId)}/app-events`, body),
    (saved) => {
      onSaved?.(saved);
      onClose();
    },
  );
  const fields = fieldsOf(save.error);
  const form = useFaultShown(save.error);

  function submit(submitted: FormEvent) {
    submitted.preventDefault();
    // The dialog may stand inside another form's page; only this one is meant.
    submitted.stopPropagation();
    const checked = checkExample(example);
    setNameError(name.trim() === "" ? eventsText.dialog.nameMissing : null);
    setExampleError(checked.ok ? null : checked.message);
    if (checked.ok && name.trim() !== "") save.mutate({ name: name.trim(), example: checked.value });
  }

  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={eventsText.dialog.name}
          description={eventsText.dialog.aboutName}
          placeholder={commonText.contactCreated}
          data-autofocus
          value={name}
          error={nameError ?? fields.name}
          onChange={(change) => setName(change.currentTarget.value)}
        />
        {event && event.usedBy.length > 0 && name.trim() !== event.name && <RenameWarning event={event} />}
        <Stack gap={6}>
          <CodeEditor
            label={eventsText.dialog.schema}
            description={eventsText.dialog.aboutSchema}
            value={example}
            error={exampleError ?? fields.example ?? null}
            onChange={(text) => {
              setExample(text);
              if (exampleError) {
                const checked = checkExample(text);
                setExampleError(checked.ok ? null : checked.message);
              }
            }}
          />
          <Anchor
            component="button"
            type="button"
            size="sm"
            w="fit-content"
            onClick={() => {
              setExample(pretty(TUTORIAL_EXAMPLE));
              setExampleError(null);
              if (name === "") setName(commonText.contactCreated);
            }}
          >
            {eventsText.dialog.useSample}
          </Anchor>
        </Stack>
        {Object.keys(fields).length === 0 && <ErrorNotice error={save.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {commonText.cancel}
          </Button>
          <Button type="submit" loading={save.isPending}>
            {event ? commonText.save : commonText.createAppEvent}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Whoever listens to the old name would hear nothing. */
function RenameWarning({ event }: { event: AppEvent }) {
  const workflows = event.usedBy.map((use) => use.name);
  return (
    <Alert color="yellow" icon={<TriangleAlert size={18} />} role="status">
      {eventsText.dialog.renamed(workflows, event.name)}
    </Alert>
  );
}
