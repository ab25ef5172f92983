import { afterEach, expect } from '@jest/globals';
import { problemSchema } from '../../src/api/schemas.js';
import { SeenFarm, type Served, serve } from './addresses-rig.js';

const open: Served[] = [];
afterEach(async () => {
  for (const { app, failures } of open.splice(0)) {
    await app.close();
    expect(failures).toEqual([]);
  }
});

/** A server of its own, that is closed after the test and must have failed at nothing. */
export async function started(options: Parameters<typeof serve>[1] & { readonly blind?: boolean } = {}) {
  const seen = new SeenFarm();
  if (!options.blind) seen.look();
  const served = await serve(seen, options);
  open.push(served);
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
    fetch(`${served.url}${path}`, { headers, method });
  return { seen, served, get };
}

export const TOPOLOGY = '/v1/clusters/User.id/topology';
export const tagOf = (answer: Response): string => answer.headers.get('etag') ?? '';

export async function problemOf(answer: Response) {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return problemSchema.parse(await answer.json());
}
