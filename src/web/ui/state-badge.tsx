import type { ReactNode } from 'react';
import { useWordOf } from '../i18n.js';
import { isPodState, STATE_SIGN } from './state-sign.js';

export interface StateBadgeProps {
  /** of a pod; or of a partition, a sentinel: shown as its word (`shell.state.<state>`), or as it is */
  readonly state: string;
  /** how it looks when it is no state of a pod */
  readonly tone?: 'good' | 'warn' | 'bad' | 'plain';
  readonly children?: ReactNode;
}

const TONE_SIGN = { good: '●', warn: '▲', bad: '✕', plain: '○' } as const;

export function StateBadge({ state, tone, children }: StateBadgeProps): ReactNode {
  const wordOf = useWordOf();
  const sign = tone === undefined && isPodState(state) ? STATE_SIGN[state] : TONE_SIGN[tone ?? 'plain'];
  return (
    <span className="badge" data-state={tone === undefined ? state : undefined} data-tone={tone}>
      <span className="badge-sign" aria-hidden="true">
        {sign}
      </span>
      {children ?? wordOf(`shell.state.${state}`) ?? state}
    </span>
  );
}
