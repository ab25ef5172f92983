import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { setQuery } from '../router.js';
import { Button } from '../ui/button.js';
import { count } from '../ui/format.js';
import { isPodState } from '../ui/state-sign.js';
import { type LegendEntry, NO_CLUSTER, toggled } from './paint.js';

export interface LegendProps {
  readonly entries: readonly LegendEntry[];
  readonly only: ReadonlySet<string>;
}

export function Legend({ entries, only }: LegendProps): ReactNode {
  const t = useT();
  const nameOf = (key: string): string =>
    isPodState(key) ? t(`shell.state.${key}`) : key === NO_CLUSTER ? t('map.nocluster') : key;
  return (
    <fieldset className="map-legend">
      <legend className="unseen">{t('map.legend')}</legend>
      {entries.map((entry) => (
        <button
          key={entry.key}
          type="button"
          className="map-legend-entry"
          data-empty={entry.count === 0 || undefined}
          aria-pressed={only.has(entry.key)}
          onClick={() => setQuery({ only: toggled(only, entry.key) })}
        >
          <span className={`cell ${entry.className}`} data-sign={entry.sign} aria-hidden="true" />
          <span>{nameOf(entry.key)}</span>
          <span className="muted nums">{count(entry.count)}</span>
        </button>
      ))}
      {only.size === 0 ? null : (
        <Button kind="quiet" onClick={() => setQuery({ only: undefined })}>
          {t('map.legend.all')}
        </Button>
      )}
    </fieldset>
  );
}
