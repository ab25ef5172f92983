import type { Response } from 'playwright-core';

/** An answer that never ends has no size: /v1/stream. */
const isStream = (response: Response): boolean =>
  (response.headers()['content-type'] ?? '').startsWith('text/event-stream');

/** Bytes of bodies as they came over the wire, and a line for each. */
export async function firstLoad(
  responses: readonly Response[],
): Promise<{ readonly bytes: number; readonly lines: readonly string[] }> {
  const sizes = await Promise.all(
    responses
      .filter((response) => !isStream(response))
      .map(async (response) => {
        await response.finished();
        const { responseBodySize } = await response.request().sizes();
        return { path: new URL(response.url()).pathname, bytes: responseBodySize };
      }),
  );
  return {
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
    lines: sizes.map(({ path, bytes }) => `${path} ${(bytes / 1_000).toFixed(1)}`),
  };
}
