import type { ReactNode } from 'react';
import { useWordOf } from '../i18n.js';
import { StateBadge } from '../ui/state-badge.js';

const TONE: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  serving: 'good',
  sheltered: 'warn',
  shut: 'bad',
  unreachable: 'bad',
  unnamed: 'warn',
  disputed: 'warn',
  unknown: 'warn',
};

export function PartitionState({ state }: { readonly state: string }): ReactNode {
  const wordOf = useWordOf();
  return (
    <span data-partition-state={state}>
      <StateBadge state={state} tone={TONE[state] ?? 'plain'}>
        {wordOf(`clusters.state.${state}`) ?? state}
      </StateBadge>
    </span>
  );
}
