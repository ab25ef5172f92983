import { createContext, type ReactNode, use, useCallback, useState } from 'react';
import { useT } from '../i18n.js';
import { Button } from './button.js';

export interface Toast {
  readonly kind: 'good' | 'warn' | 'bad' | 'info';
  readonly text: ReactNode;
}

const Context = createContext<((toast: Toast) => void) | undefined>(undefined);

/** `toast({ kind: 'good', text })`: read out, gone after 8 s; a bad one stays until it is closed. */
export function useToast(): (toast: Toast) => void {
  const add = use(Context);
  if (!add) throw new Error('outside of ToastProvider');
  return add;
}

const STAYS_MS = 8_000;
let nextId = 0;

export function ToastProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const t = useT();
  const [toasts, setToasts] = useState<readonly (Toast & { readonly id: number })[]>([]);
  const close = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const add = useCallback(
    (toast: Toast) => {
      const id = nextId++;
      setToasts((all) => [...all.slice(-3), { ...toast, id }]);
      if (toast.kind !== 'bad') setTimeout(() => close(id), STAYS_MS);
    },
    [close],
  );
  return (
    <Context value={add}>
      {children}
      <section className="toasts" aria-live="polite" aria-label={t('shell.messages')}>
        {toasts.map(({ id, kind, text }) => (
          <div key={id} className={`toast toast-${kind}`}>
            <div>{text}</div>
            <Button kind="quiet" aria-label={t('shell.close')} onClick={() => close(id)}>
              <span aria-hidden="true">✕</span>
            </Button>
          </div>
        ))}
      </section>
    </Context>
  );
}
