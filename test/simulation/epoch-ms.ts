/** When every run begins, ms since the epoch. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);
