import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { type Group, majorityOf, type SentinelState, sentinelStateOf, votingOf } from './group-state.js';

export const SENTINEL_SIGN: Readonly<Record<SentinelState, string>> = { up: '●', down: '✕', tilt: '◐', differs: '≠' };

/** One shape a sentinel, in its datacenter: what is left when a datacenter goes is seen before it is read. */
export function SentinelPicture({ group }: { readonly group: Group }): ReactNode {
  const t = useT();
  const datacenters = [...new Set(group.sentinels.map(({ datacenter }) => datacenter))].sort();
  const label = t('groups.picture', {
    group: group.name,
    voting: votingOf(group),
    size: group.size,
    majority: majorityOf(group.size),
  });
  return (
    <div className="sentinel-picture" role="img" aria-label={label}>
      {datacenters.map((datacenter) => (
        <span key={datacenter} className="sentinel-place">
          <span className="sentinel-place-name">{datacenter}</span>
          {group.sentinels
            .filter((sentinel) => sentinel.datacenter === datacenter)
            .map((sentinel) => {
              const state = sentinelStateOf(sentinel);
              return (
                <span
                  key={sentinel.address}
                  className="sentinel-sign"
                  data-sentinel={state}
                  title={`${datacenter}/${sentinel.pod}, ${sentinel.machine}: ${t(`groups.sentinel.${state}`)}`}
                >
                  {SENTINEL_SIGN[state]}
                </span>
              );
            })}
        </span>
      ))}
    </div>
  );
}
