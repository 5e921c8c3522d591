/** Statements of the client SDK's wire contract that cannot be tried, each with the reason. */
export const REASONS: Record<number, string> = {};
