import type { ReactNode } from 'react';
import type { ClusterView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { NONE } from '../ui/format.js';

/** Most partitions of it in one datacenter and on one machine, each against the best possible. */
export function SpreadFigure({ spread }: Pick<ClusterView, 'spread'>): ReactNode {
  const t = useT();
  if (spread === null) return NONE;
  const { datacenter, machine } = spread;
  const long = t('clusters.spread.long', {
    dcMost: datacenter.most,
    dcBound: datacenter.bound,
    mMost: machine.most,
    mBound: machine.bound,
  });
  return (
    <span className="spread-figure" title={long}>
      <span className="unseen">{long}</span>
      <Against name={t('clusters.spread.datacenter')} most={datacenter.most} bound={datacenter.bound} />
      <Against name={t('clusters.spread.machine')} most={machine.most} bound={machine.bound} />
    </span>
  );
}

interface AgainstProps {
  readonly name: string;
  readonly most: number;
  readonly bound: number;
}

const Against = ({ name, most, bound }: AgainstProps): ReactNode => (
  <span aria-hidden="true" className={most > bound ? 'spread-over' : undefined}>
    <span className="muted">{name}</span> {most}/{bound}
    {most > bound ? ' ▲' : ''}
  </span>
);
