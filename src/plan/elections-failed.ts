import type { NameView } from '../world/model.js';

/** A sentinel starts or supports the next election after twice the failover-timeout: who is down for longer had his elections. */
export const electionsFailed = ({ downMs = 0, failoverTimeoutMs }: NameView): boolean =>
  downMs >= 2 * failoverTimeoutMs;
