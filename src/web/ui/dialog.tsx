import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useT } from '../i18n.js';
import { Button } from './button.js';

export interface DialogProps {
  readonly title: string;
  /** Escape, the cross, a click beside it */
  readonly onClose: () => void;
  /** buttons at its foot */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Modal: the browser keeps the focus in it and gives it back. Show it by rendering it. */
export function Dialog({ title, onClose, actions, children }: DialogProps): ReactNode {
  const t = useT();
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  // marking text may begin in a field and end beside the dialog: that is no click beside it
  const pressedBeside = useRef(false);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside it closes; the keyboard has Escape and the button
    <dialog
      ref={element}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        pressedBeside.current = event.target === element.current;
      }}
      onClick={(event) => {
        if (event.target === element.current && pressedBeside.current) onClose();
      }}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2 id={id}>{title}</h2>
          <Button kind="quiet" aria-label={t('shell.close')} onClick={onClose}>
            <span aria-hidden="true">✕</span>
          </Button>
        </header>
        <div className="dialog-content">{children}</div>
        {actions === undefined ? null : <footer className="dialog-foot">{actions}</footer>}
      </div>
    </dialog>
  );
}
