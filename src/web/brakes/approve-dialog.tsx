import { type ReactNode, useState } from 'react';
import { useT } from '../i18n.js';
import { send } from '../request.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';
import type { Held } from './held-groups.js';

export interface ApproveDialogProps {
  readonly held: Held;
  readonly onClose: () => void;
  readonly onApproved: (partition: string) => void;
}

/** Asked once more: what comes of it, a cold pod, is not taken back. */
export function ApproveDialog({ held, onClose, onApproved }: ApproveDialogProps): ReactNode {
  const t = useT();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const partition = held.subject;
  const approve = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await send('POST', '/v1/approvals', { partition });
      toast({ kind: 'good', text: t('brakes.approve.done', { partition }) });
      onApproved(partition);
      onClose();
    } catch (failure) {
      setError(failure instanceof Error ? failure : new Error(String(failure)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t('brakes.approve.title', { partition })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t('shell.cancel')}</Button>
          <Button kind="primary" busy={busy} onClick={() => void approve()}>
            {t('brakes.approve.go')}
          </Button>
        </>
      }
    >
      <p>{t('brakes.approve.text', { detail: held.detail })}</p>
      {error === undefined ? null : <ErrorNotice error={error} />}
    </Dialog>
  );
}
