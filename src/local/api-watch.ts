/** Watches: one JSON line an event, as long as the client stays. */
import type { ServerResponse } from 'node:http';
import { ApiRefusal, badRequest, statusBody } from './api-refusal.js';
import type { LabelSelector } from './manifest.js';
import { selectsLabels } from './select-labels.js';
import type { ApiObject, WatchEvent, WatchLog } from './watch-log.js';

export interface Watched {
  readonly log: WatchLog;
  /** all objects as they are now */
  readonly current: readonly ApiObject[];
  readonly currentVersion: number;
  readonly chosen: (object: ApiObject) => boolean;
  /** what ends the stream when the datacenter loses power */
  readonly streams: Set<() => void>;
}

/** The label selector and the namespace of a list, as one question. */
export const chooser =
  (labels: LabelSelector, namespace: string | undefined) =>
  (object: ApiObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    selectsLabels(labels, object.metadata.labels ?? {});

/** An object that stops being chosen is gone for this watcher, one that starts is new. */
function seenAs({ type, object, before }: WatchEvent, chosen: Watched['chosen']): string | undefined {
  const [was, is] = [before !== undefined && chosen(before), type !== 'DELETED' && chosen(object)];
  if (is) return was ? 'MODIFIED' : 'ADDED';
  return was ? 'DELETED' : undefined;
}

const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

function eventsBefore({ log, current, currentVersion, chosen }: Watched, from: string): readonly string[] {
  if (from === '' || from === '0') return current.filter(chosen).map((object) => line('ADDED', object));
  if (!/^\d+$/.test(from)) throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(from)}`);
  if (Number(from) > currentVersion)
    throw new ApiRefusal(504, 'Timeout', `Too large resource version: ${from}, current: ${currentVersion}`);
  const missed = log.since(Number(from));
  if (!missed) return [line('ERROR', statusBody(tooOld(from)))];
  return missed.flatMap((event) => {
    const type = seenAs(event, chosen);
    return type === undefined ? [] : [line(type, event.object)];
  });
}

const tooOld = (version: string): ApiRefusal => new ApiRefusal(410, 'Expired', `too old resource version: ${version}`);

/**
 * Streams what happened since `resourceVersion`, then what happens; a version that is too old gets an ERROR event with a 410 Status, as in
 * Kubernetes. Ends with `timeoutSeconds`, the client, or the datacenter's power.
 * @throws ApiRefusal before anything is sent
 */
export function streamWatch(response: ServerResponse, watched: Watched, query: URLSearchParams): void {
  const first = eventsBefore(watched, query.get('resourceVersion') ?? '');
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  for (const text of first) response.write(text);
  if (first.some((text) => text.startsWith('{"type":"ERROR"'))) {
    response.end();
    return;
  }
  const unsubscribe = watched.log.subscribe((event) => {
    const type = seenAs(event, watched.chosen);
    if (type !== undefined) response.write(line(type, event.object));
  });
  const cut = (): void => void response.destroy();
  watched.streams.add(cut);
  const seconds = Number(query.get('timeoutSeconds'));
  const timer = seconds > 0 ? setTimeout(() => response.end(), Math.min(seconds, 86_400) * 1_000).unref() : undefined;
  response.on('close', () => {
    unsubscribe();
    clearTimeout(timer);
    watched.streams.delete(cut);
  });
}
