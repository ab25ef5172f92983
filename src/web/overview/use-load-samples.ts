import { useEffect, useState } from 'react';
import { useLiveStore } from '../live.js';
import { addSample, type LoadSample, loadOf } from './load-samples.js';

const EVERY_MS = 2_000;
/** What was heard longer ago is not what there is now. */
const OLD_MS = 10_000;

/** Outlives the view: who comes back to it sees what was seen before. */
let kept: readonly LoadSample[] = [];

export function useLoadSamples(): readonly LoadSample[] {
  const store = useLiveStore();
  const [samples, setSamples] = useState(kept);
  useEffect(() => {
    const look = (): void => {
      const { clusters, connection, freshness, heardAt } = store.state();
      const at = Date.now();
      if (!clusters || connection !== 'live' || freshness?.stale === true || at - heardAt > OLD_MS) return;
      kept = addSample(kept, { at, ...loadOf(clusters) });
      setSamples(kept);
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    return () => clearInterval(timer);
  }, [store]);
  return samples;
}
