import { parseClaim } from '../../src/farm/access.js';
import type { Finding } from './finding.js';
import type { History, PodSpan, Request } from './history.js';
import { PodTimes } from './spans.js';

const flushed = (text: string): Finding => ({ kind: 'flushed', text });

/** It serves: its claim says whose it is, and that application may connect. */
function serves({ claim: text, openFor }: PodSpan): boolean {
  const claim = parseClaim(text);
  return (claim?.kind === 'bound' || claim?.kind === 'member') && openFor.length > 0;
}

/** The same process under the same claim, open before and after. */
const sameOwner = (x: PodSpan, y: PodSpan): boolean =>
  x.runId === y.runId && x.claim === y.claim && serves(x) && serves(y);

function flushedPods({ pods }: History, times: PodTimes): readonly Finding[] {
  return pods.flatMap((address) => {
    const spans = times.of(address);
    return spans.slice(1).flatMap((span, index) => {
      const before = spans[index];
      if (!before || !sameOwner(before, span)) return [];
      if (span.flushes > before.flushes) return [flushed(`${address} was flushed while it was ${span.claim}`)];
      // A replica that copies anew starts empty: that is no loss.
      const lost = span.drops > before.drops && before.role === 'master' && span.role === 'master';
      return lost ? [flushed(`${address} lost most of its keys while it was ${span.claim}`)] : [];
    });
  });
}

/**
 * From the same process, under the same claim all the time between, something must be read where a write was acknowledged. An older value is no
 * loss: bytes of a connection that was given up may arrive after those of the next.
 */
function lostWrites({ requests }: History, times: PodTimes): readonly Finding[] {
  const written = new Map<string, Request>();
  const findings: Finding[] = [];
  for (const request of [...requests].sort((x, y) => x.at - y.at)) {
    const { client, partition, key, address, kind, value } = request;
    const place = `${client} ${partition} ${key} ${address}`;
    if (request.error !== undefined || address === undefined) continue;
    if (kind === 'write') written.set(place, request);
    if (kind !== 'read' || value === undefined) continue;
    const write = written.get(place);
    // Sent before the write was acknowledged, it may have overtaken it on another connection.
    if (!write || request.sent < write.at || value !== null) continue;
    const span = times.during(address, write.sent, request.at);
    if (span && serves(span) && parseClaim(span.claim)?.kind === 'bound')
      findings.push(flushed(`${client} wrote ${key} (${write.seq}) to ${address} and read nothing`));
  }
  return findings;
}

/** Nothing that a bound pod holds is lost while its process lives and its claim stands. */
export function checkData(history: History, times = new PodTimes(history.podSpans)): readonly Finding[] {
  return [...flushedPods(history, times), ...lostWrites(history, times)];
}
