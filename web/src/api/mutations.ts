/** One way to change things: runs a call, then lets every list of the project read again. */
import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";

export function useChange<Input, Output>(
  projectId: string,
  run: (input: Input) => Promise<Output>,
  done?: (output: Output, input: Input) => void,
): UseMutationResult<Output, Error, Input> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: (output, input) => {
      void client.invalidateQueries({ queryKey: [projectId] });
      done?.(output, input);
    },
  });
}
