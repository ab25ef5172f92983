import { metricNamed, type Sample } from './metric-list.js';

/** Names that get a value of their own, for each label; what a person declares without end shares one value beyond that. */
export const MOST_NAMES = 500;
/** No name of ours begins so. */
export const OTHERS = '_other';

const OPEN_ENDED = ['cache_cluster', 'backing_group'] as const;

const combine = ({ name }: Sample, x: number, y: number): number => {
  const { fold } = metricNamed(name);
  return fold === 'max' ? Math.max(x, y) : fold === 'min' ? Math.min(x, y) : x + y;
};

function foldLabel(samples: readonly Sample[], label: string): readonly Sample[] {
  const names = new Set(samples.flatMap(({ labels }) => labels[label] ?? []));
  if (names.size <= MOST_NAMES) return samples;
  const kept = new Set([...names].slice(0, MOST_NAMES));
  const folded = new Map<string, Sample>();
  const rest = samples.filter((sample) => {
    const value = sample.labels[label];
    if (value === undefined || kept.has(value)) return true;
    const labels = { ...sample.labels, [label]: OTHERS };
    const key = JSON.stringify([sample.name, labels]);
    const known = folded.get(key);
    folded.set(key, { ...sample, labels, value: known ? combine(sample, known.value, sample.value) : sample.value });
    return false;
  });
  return [...rest, ...folded.values()];
}

/** The same samples with at most MOST_NAMES cache clusters and backing groups, the first ones; the rest is folded into one. */
export const foldSamples = (samples: readonly Sample[]): readonly Sample[] => OPEN_ENDED.reduce(foldLabel, samples);
