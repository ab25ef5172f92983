import type { ButtonHTMLAttributes, ReactNode } from 'react';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** primary: the one thing to do here; danger: cannot be taken back; quiet: beside text */
  readonly kind?: 'primary' | 'plain' | 'danger' | 'quiet';
  /** something is being done: shown, and not pressed twice; it keeps the focus */
  readonly busy?: boolean;
}

export function Button({ kind = 'plain', busy = false, className, onClick, ...rest }: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${kind}${className === undefined ? '' : ` ${className}`}`}
      aria-disabled={busy || rest['aria-disabled']}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    />
  );
}
