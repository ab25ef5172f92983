import { type ReactNode, useState } from 'react';
import type { FarmMap } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Link } from '../router.js';
import { useMay } from '../session.js';
import { Button } from '../ui/button.js';
import { Meter } from '../ui/meter.js';
import { Notice } from '../ui/notice.js';
import { DrainDialog } from './drain-dialog.js';
import { drainState } from './drain-state.js';
import { LossPanel } from './loss-panel.js';
import { PodFacts } from './pod-facts.js';
import type { Pick } from './selection.js';

export interface SidePanelProps {
  readonly map: FarmMap;
  readonly pick: Pick | undefined;
  readonly onClose: () => void;
}

/** What is picked: a pod's figures, what would be lost with it, and how to empty it. */
export function SidePanel({ map, pick, onClose }: SidePanelProps): ReactNode {
  const t = useT();
  if (!pick)
    return (
      <aside className="map-side map-side-empty panel" aria-label={t('map.side')}>
        <h2>{t('map.pick')}</h2>
        <p className="muted">{t('map.pick.text')}</p>
      </aside>
    );
  return (
    <aside
      className="map-side panel stack"
      aria-label={t('map.side')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented && event.currentTarget.querySelector('dialog') === null)
          onClose();
      }}
    >
      <Picked key={`${pick.kind} ${pick.name}`} map={map} pick={pick} onClose={onClose} />
    </aside>
  );
}

function Picked({ map, pick, onClose }: SidePanelProps & { readonly pick: Pick }): ReactNode {
  const t = useT();
  const pod = pick.kind === 'pod' ? map.pods.find(({ id }) => id === pick.name) : undefined;
  const machine = map.datacenters.flatMap(({ machines }) => machines).find(({ name }) => name === pick.name);
  return (
    <>
      <header className="map-side-head">
        <div>
          <p className="view-above">{t(pick.kind === 'pod' ? 'map.form.pod' : `map.pod.${pick.kind}`)}</p>
          <h2 tabIndex={-1}>{pick.name}</h2>
        </div>
        <Button kind="quiet" aria-label={t('shell.close')} onClick={onClose}>
          <span aria-hidden="true">✕</span>
        </Button>
      </header>
      {pick.kind === 'machine' && machine ? (
        <p className="muted small">
          <span className="mono">{machine.address}</span>
          {machine.ready ? '' : ` · ✕ ${t('map.notready')}`}
        </p>
      ) : null}
      {pick.kind !== 'pod' ? null : pod === undefined ? (
        <Notice kind="info">{t('map.pod.gone')}</Notice>
      ) : (
        <PodFacts pod={pod} links />
      )}
      <DrainControl map={map} pick={pick} />
      {pick.kind === 'pod' && pod === undefined ? null : <LossPanel pick={pick} />}
      <p className="small">
        <Link to={`/timeline?about=${encodeURIComponent(pod?.name ?? pick.name)}`}>{t('map.pod.events')}</Link>
      </p>
    </>
  );
}

function DrainControl({ map, pick }: { readonly map: FarmMap; readonly pick: Pick }): ReactNode {
  const t = useT();
  const may = useMay();
  const [open, setOpen] = useState<'drain' | 'undo'>();
  const { draining, pods, inUse } = drainState(map, pick);
  return (
    <div className="stack">
      {draining ? (
        <Notice kind={inUse === 0 ? 'good' : 'warn'} title={t('map.drain.progress')} live>
          {inUse === 0 ? (
            <p>{t('map.drain.empty')}</p>
          ) : (
            <Meter
              label={t('map.drain.progress')}
              value={pods - inUse}
              max={pods}
              warnAt={2}
              badAt={2}
              text={t('map.drain.left', { left: inUse, all: pods })}
            />
          )}
        </Notice>
      ) : null}
      <div className="row">
        <Button
          aria-disabled={!may.drain}
          onClick={() => {
            if (may.drain) setOpen(draining ? 'undo' : 'drain');
          }}
        >
          {t(draining ? 'map.drain.undo' : 'map.drain')}
        </Button>
        {may.drain ? null : <span className="muted small">{t('map.drain.may')}</span>}
      </div>
      {open === undefined ? null : (
        <DrainDialog pick={pick} undo={open === 'undo'} onClose={() => setOpen(undefined)} />
      )}
    </div>
  );
}
