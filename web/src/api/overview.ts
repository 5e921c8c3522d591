/** Shapes of the overview's numbers. */

export interface FailureCause {
  code: string;
  integrationType: string;
  message: string;
  runs: number;
  users: number;
  since: string;
  lastAt: string;
  lastRunId: string;
  workflowId: string;
  workflowName: string;
  userId?: string | null;
}

export interface OverviewSlot {
  at: string;
  succeeded: number;
  failed: number;
  other: number;
  medianMs?: number | null;
}

export interface Overview {
  since: string;
  slotSeconds: number;
  slots: OverviewSlot[];
  totals: { runs: number; succeeded: number; failed: number; medianMs?: number | null };
  failures: FailureCause[];
}

/** How much of a provider's quotas an account has used. */
export interface AccountQuota {
  credentialId: string;
  integrationType: string;
  label?: string | null;
  userId: string;
  userName: string;
  quotas: { name: string; used: number; max: number; windowMs: number; inForce: boolean }[];
}
