/** Whom the editor's tests run as: chosen in the editor or on a user's page, kept in this browser by project. */
import { useLocalStorage } from "@mantine/hooks";

export function usePreviewUser(projectId: string): readonly [string | null, (id: string | null) => void] {
  const [id, setId] = useLocalStorage<string | null>({
    key: `linchpin:preview-user:${projectId}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  });
  return [id, setId];
}
