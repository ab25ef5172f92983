import { type ReactNode, useEffect, useState } from 'react';
import type { DrainRequest, DrainView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { send } from '../request.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import { Loading } from '../ui/view.js';
import type { Pick } from './selection.js';

export interface DrainDialogProps {
  readonly pick: Pick;
  readonly undo: boolean;
  readonly onClose: () => void;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** Asked first what it would do (dry run); done when somebody says so. */
export function DrainDialog({ pick, undo, onClose }: DrainDialogProps): ReactNode {
  const t = useT();
  const toast = useToast();
  const [view, setView] = useState<DrainView>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const { kind, name } = pick;

  useEffect(() => {
    const abort = new AbortController();
    const request: DrainRequest = { kind, name, ...(undo ? { undo } : {}) };
    send<DrainView>('POST', '/v1/drains', request, { dryRun: true, signal: abort.signal }).then(setView, (failure) => {
      if (!abort.signal.aborted) setError(asError(failure));
    });
    return () => abort.abort();
  }, [kind, name, undo]);

  const run = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await send<DrainView>('POST', '/v1/drains', { kind, name, ...(undo ? { undo } : {}) } satisfies DrainRequest);
      toast({ kind: 'good', text: t(undo ? 'map.drain.undone' : 'map.drain.done', { name }) });
      onClose();
    } catch (failure) {
      setError(asError(failure));
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={t(undo ? 'map.drain.undo.title' : 'map.drain.title', { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('shell.cancel')}</Button>
          <Button
            kind={undo ? 'primary' : 'danger'}
            busy={busy}
            disabled={view === undefined}
            onClick={() => void run()}
          >
            {t(undo ? 'map.drain.undo.do' : 'map.drain.do')}
          </Button>
        </>
      }
    >
      <p>{t(undo ? 'map.drain.undo.text' : 'map.drain.text')}</p>
      {view === undefined && error === undefined ? <Loading /> : null}
      {view === undefined ? null : <DrainPlan view={view} />}
      {error === undefined ? null : <ErrorNotice error={error} />}
    </Dialog>
  );
}

function DrainPlan({ view }: { readonly view: DrainView }): ReactNode {
  const t = useT();
  return (
    <>
      {view.problems.length === 0 ? null : (
        <Notice kind="warn" title={t('map.drain.problems')}>
          <ul>
            {view.problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </Notice>
      )}
      {view.undo ? null : view.inUse.length === 0 ? (
        <Notice kind="good">{t('map.drain.nomoves')}</Notice>
      ) : (
        <div>
          <h3>{t('map.drain.moves', { n: view.inUse.length })}</h3>
          <ul className="map-plain map-partitions">
            {view.inUse.map(({ pod, use }) => (
              <li key={pod} data-row={pod}>
                <span className="mono">{pod}</span> <span className="muted">{use}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <details>
        <summary>{t('map.drain.targets', { n: view.targets.length })}</summary>
        <ul className="map-plain">
          {view.targets.map((target) => (
            <li key={`${target.datacenter}/${target.kind}/${target.name}`} className="mono">
              {target.datacenter}: {target.kind} {target.name}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
