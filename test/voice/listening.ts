import type { BarnEvent } from '../../src/barn/barn.js';
import { createVoice, type VoiceParts } from '../../src/voice/voice.js';
import { type Family, parseExposition } from './exposition.js';

/** A voice, what it has written, and a clock that stands still until a test moves it. */
export function listen(parts: Partial<VoiceParts> = {}) {
  const written: string[] = [];
  const clock = { now: Date.UTC(2026, 0, 1) };
  const voice = createVoice({
    farm: 'small',
    level: 'info',
    now: () => clock.now,
    out: { write: (line) => void written.push(line) },
    ...parts,
  });
  return {
    voice,
    clock,
    written,
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    families: async (): Promise<readonly Family[]> => parseExposition(await voice.metrics()),
    tell: (...events: readonly BarnEvent[]) => {
      for (const event of events) voice.told(event);
    },
  };
}
