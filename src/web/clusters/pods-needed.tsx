import type { ReactNode } from 'react';
import type { ClusterView, LimitsView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Meter } from '../ui/meter.js';
import type { ClusterValues } from './cluster-values.js';
import { type NeededPods, neededPods } from './needed-pods.js';

export interface PodsNeededProps {
  readonly values: ClusterValues;
  readonly limits: LimitsView;
  readonly now: ClusterView | undefined;
}

/** Whether there is room for it, while it is filled in. */
export function PodsNeeded({ values, limits, now }: PodsNeededProps): ReactNode {
  const t = useT();
  const pods = neededPods(values, limits, now);
  return (
    <section className="panel pods-needed" aria-live="polite" hidden={pods === undefined}>
      {pods === undefined ? null : (
        <>
          <h2>{t('clusters.pods.title', { tier: pods.tier })}</h2>
          {pods.more > 0 ? (
            <Meter
              value={pods.more}
              max={Math.max(1, pods.idle)}
              label={t('clusters.pods.meter')}
              text={`${pods.more}/${pods.idle}`}
              badAt={1.0001}
            />
          ) : null}
          <p>
            {t('clusters.pods.needed', { needed: pods.needed })} <More pods={pods} />
          </p>
        </>
      )}
    </section>
  );
}

function More({ pods: { more, idle, missing } }: { readonly pods: NeededPods }): ReactNode {
  const t = useT();
  if (more === 0) return t('clusters.pods.same', { idle });
  if (more < 0) return t('clusters.pods.less', { less: -more, idle });
  return (
    <>
      {t('clusters.pods.more', { more, idle })}{' '}
      {missing > 0 ? (
        <strong className="field-warning">
          <span aria-hidden="true">▲ </span>
          {t('clusters.pods.missing', { missing })}
        </strong>
      ) : null}
    </>
  );
}
