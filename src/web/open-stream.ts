/** GET /v1/stream by fetch. */
import type { LiveParts } from './live-store.js';
import { SseParser } from './sse-parser.js';

type Heard = Parameters<LiveParts['open']>[1];

async function read(response: Response, heard: Heard): Promise<void> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new SseParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard.alive();
    for (const message of parser.push(value)) heard.message(message);
  }
}

export const openStream: LiveParts['open'] = (lastEventId, heard) => {
  const abort = new AbortController();
  const run = async (): Promise<number> => {
    const response = await fetch('/v1/stream', {
      credentials: 'same-origin',
      cache: 'no-store',
      headers: { accept: 'text/event-stream', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
      signal: abort.signal,
    });
    if (!response.ok) return response.status;
    heard.opened();
    await read(response, heard);
    return 0;
  };
  const end = (status: number): void => {
    if (!abort.signal.aborted) heard.ended({ status });
  };
  run().then(end, () => end(0));
  return () => abort.abort();
};
