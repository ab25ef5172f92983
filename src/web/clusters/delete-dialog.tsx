import { type ReactNode, useEffect, useState } from 'react';
import type { Change, ClusterDetail } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useEvents } from '../live.js';
import { ProblemError } from '../request.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { Notice } from '../ui/notice.js';
import { Loading } from '../ui/view.js';
import { Consequences } from './change-preview.js';
import type { ClusterWish } from './cluster-wish.js';
import { RefusedNotice } from './refused-notice.js';
import type { Applied } from './use-draft.js';
import { useWish } from './use-wish.js';

export interface DeleteDialogProps {
  readonly cluster: ClusterDetail;
  readonly onClose: () => void;
  readonly onDeleted: (applied: Applied) => void;
}

/** What would be lost, then its name to be typed: a cache cluster is not deleted by one click. */
export function DeleteDialog({ cluster, onClose, onDeleted }: DeleteDialogProps): ReactNode {
  const t = useT();
  const name = cluster.clusterName;
  const since = useEvents()[0]?.at ?? 0;
  const { busy, preview, apply } = useWish();
  const [typed, setTyped] = useState('');
  const [shown, setShown] = useState<Change>();
  const [refused, setRefused] = useState<ProblemError>();
  const [wish] = useState<ClusterWish>({ kind: 'delete', clusterName: name, version: cluster.version ?? '' });
  const [turn, setTurn] = useState(0);
  const isTyped = typed.trim() === name;

  // biome-ignore lint/correctness/useExhaustiveDependencies: turn says when to ask again
  useEffect(() => {
    let isOpen = true;
    setRefused(undefined);
    void preview(wish).then((answer) => {
      if (!isOpen) return;
      if (answer instanceof ProblemError) setRefused(answer);
      else setShown(answer);
    });
    return () => {
      isOpen = false;
    };
  }, [preview, wish, turn]);

  const retry = async (): Promise<void> => (shown ? doIt() : setTurn((last) => last + 1));
  const doIt = async (): Promise<void> => {
    if (!isTyped || !shown) return;
    const startedAt = Date.now();
    const answer = await apply(wish);
    if (answer instanceof ProblemError) setRefused(answer);
    else onDeleted({ change: answer, sent: [], since, startedAt });
  };
  return (
    <Dialog
      title={t('clusters.delete.title', { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('clusters.form.cancel')}</Button>
          <Button kind="danger" busy={busy === 'apply'} disabled={!isTyped || !shown} onClick={() => void doIt()}>
            {busy === 'apply' ? t('clusters.delete.deleting') : t('clusters.delete.confirm')}
          </Button>
        </>
      }
    >
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void doIt();
        }}
      >
        <Notice kind="bad">{t('clusters.delete.text', { size: cluster.clusterSize, keys: cluster.keys })}</Notice>
        {refused ? <RefusedNotice problem={refused} onRetry={retry} /> : null}
        <Field
          label={t('clusters.delete.type', { name })}
          error={typed !== '' && !name.startsWith(typed.trim()) ? t('clusters.delete.mismatch', { name }) : undefined}
        >
          {(control) => (
            <input
              {...control}
              className="input mono"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          )}
        </Field>
        {shown ? (
          <details>
            <summary>{t('clusters.preview.title')}</summary>
            <Consequences change={shown} />
          </details>
        ) : refused ? null : (
          <Loading />
        )}
      </form>
    </Dialog>
  );
}
