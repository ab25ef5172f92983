import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { useMap } from '../live.js';
import { bytes } from '../ui/format.js';
import { Meter } from '../ui/meter.js';
import { Loading } from '../ui/view.js';
import { capacityOf } from './capacity.js';

/** The bar fills as pods are taken. */
export function CapacityPanel(): ReactNode {
  const t = useT();
  const map = useMap();
  const tiers = map ? capacityOf(map) : [];
  return (
    <section className="panel" aria-labelledby="capacity">
      <h2 id="capacity">{t('overview.capacity')}</h2>
      {map === undefined ? <Loading /> : null}
      {map && map.pods.length === 0 ? <p className="muted">{t('overview.capacity.empty')}</p> : null}
      <ul className="capacity">
        {tiers.map(({ tier, idle, all, maxMemoryBytes }) => (
          <li key={tier}>
            <span>
              <strong>{tier}</strong>{' '}
              <span className="muted small">{t('overview.capacity.memory', { size: bytes(maxMemoryBytes) })}</span>
            </span>
            <Meter
              value={all - idle}
              max={all}
              label={t('overview.capacity.tier', { tier })}
              text={idle === 0 ? t('overview.capacity.none') : t('overview.capacity.of', { idle, all })}
              warnAt={0.9}
              badAt={1}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
