import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiParts, Gate, RunningApi } from '../../../src/api/parts.js';
import { startApi } from '../../../src/api/server.js';
import { WideSight } from './wide-farm.js';

const PAGE = join(import.meta.dirname, '../../../lib/web');

const nobody = (): never => {
  throw new Error('nothing can be changed in a farm that is not there');
};

const control: ApiParts['control'] = {
  declared: async () => undefined,
  change: nobody,
  drain: nobody,
  rebalance: nobody,
  approve: () => false,
  clientsOf: async () => [],
};

export interface WideApi {
  readonly sight: WideSight;
  readonly origin: string;
  /** what broke in a request */
  readonly failures: readonly unknown[];
  /** From now on it is so much later for API and farm. */
  later(ms: number): void;
  close(): Promise<void>;
}

/** The real API with the built page, on a farm of 7,200 pods that is only in memory. */
export async function startWideApi(
  options: { readonly openReading?: boolean; readonly gate?: Gate } = {},
): Promise<WideApi> {
  if (!existsSync(join(PAGE, 'index.html'))) throw new Error('the page is not built: run `npm run build`');
  const { openReading = true, gate = { who: async () => undefined, may: async () => false } } = options;
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const sight = new WideSight(now);
  const failures: unknown[] = [];
  const told = { audit: () => undefined, failed: (error: unknown) => void failures.push(error) };
  const parts = { ...{ sight, control, gate, openReading, ...told }, page: PAGE, version: '0.0.0', now };
  const api: RunningApi = await startApi(parts, { host: '127.0.0.1', port: 0 });
  return {
    ...{ sight, failures },
    origin: `http://${api.address}`,
    later: (ms) => {
      ahead += ms;
    },
    close: () => api.close(),
  };
}
