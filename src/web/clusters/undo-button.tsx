import { type ReactNode, useState } from 'react';
import type { Change } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useEvents } from '../live.js';
import { ProblemError } from '../request.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { type ClusterWish, fieldsSent } from './cluster-wish.js';
import { RefusedNotice } from './refused-notice.js';
import { undoOf } from './undo-change.js';
import type { Applied } from './use-draft.js';
import { useWish } from './use-wish.js';

export interface UndoButtonProps {
  readonly change: Change;
  readonly sent: readonly string[];
  readonly onUndone: (applied: Applied) => void;
}

/** Takes a change back. What costs data, or comes back without it, is asked for first. */
export function UndoButton({ change, sent, onUndone }: UndoButtonProps): ReactNode {
  const t = useT();
  const undo = undoOf(change, sent);
  const since = useEvents()[0]?.at ?? 0;
  const { busy, apply } = useWish();
  const [isAsking, setAsking] = useState(false);
  const [refused, setRefused] = useState<ProblemError>();
  if (!undo) return null;
  const doIt = async (): Promise<void> => {
    setAsking(false);
    const startedAt = Date.now();
    const answer = await apply(undo);
    if (answer instanceof ProblemError) setRefused(answer);
    else onUndone({ change: answer, sent: fieldsSent(undo), since, startedAt });
  };
  return (
    <>
      <Button busy={busy !== undefined} onClick={() => (undo.kind === 'change' ? void doIt() : setAsking(true))}>
        {busy === undefined ? t('clusters.progress.undo') : t('clusters.progress.undoing')}
      </Button>
      {isAsking ? (
        <Ask undo={undo} name={change.clusterName} onYes={() => void doIt()} onNo={() => setAsking(false)} />
      ) : null}
      {refused ? <RefusedNotice problem={refused} onRetry={doIt} /> : null}
    </>
  );
}

interface AskProps {
  readonly undo: ClusterWish;
  readonly name: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

function Ask({ undo, name, onYes, onNo }: AskProps): ReactNode {
  const t = useT();
  const what = undo.kind === 'delete' ? 'create' : 'delete';
  return (
    <Dialog
      title={t(`clusters.undo.${what}Title`, { name })}
      onClose={onNo}
      actions={
        <>
          <Button onClick={onNo}>{t('clusters.form.cancel')}</Button>
          <Button kind={undo.kind === 'delete' ? 'danger' : 'primary'} onClick={onYes}>
            {t('clusters.undo.yes')}
          </Button>
        </>
      }
    >
      <p>{t(`clusters.undo.${what}Text`, { name })}</p>
    </Dialog>
  );
}
