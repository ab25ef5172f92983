import type { ReactNode } from 'react';
import { percent } from './format.js';

export interface MeterProps {
  /** null: not known */
  readonly value: number | null;
  readonly max: number;
  /** what is measured, for who does not see it */
  readonly label: string;
  /** beside the bar; left out: percent */
  readonly text?: ReactNode;
  /** shares from which on it is a warning, or bad */
  readonly warnAt?: number;
  readonly badAt?: number;
}

export function Meter({ value, max, label, text, warnAt = 0.85, badAt = 0.95 }: MeterProps): ReactNode {
  const share = value === null || max <= 0 ? null : Math.min(1, Math.max(0, value / max));
  const tone = share === null ? 'none' : share >= badAt ? 'bad' : share >= warnAt ? 'warn' : 'good';
  return (
    <span className="meter" data-tone={tone}>
      {/* biome-ignore lint/a11y/useSemanticElements: the look of <meter> is each browser's own */}
      <span
        className="meter-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share === null ? 0 : Math.round(share * 100)}
        aria-valuetext={percent(share)}
      >
        <span className="meter-fill" style={{ inlineSize: `${(share ?? 0) * 100}%` }} />
      </span>
      <span className="meter-text">{text ?? percent(share)}</span>
    </span>
  );
}
