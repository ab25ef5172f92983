import { type ReactNode, useEffect, useState } from 'react';
import { useT } from '../i18n.js';
import { Button } from '../ui/button.js';
import './clusters.css';

const SHOWN_MS = 2_000;

/** The clipboard is there on https and loopback only; elsewhere a selection is copied, as browsers did before. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** @param what for who does not see beside what it stands: `Copy address` */
export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const t = useT();
  const [done, setDone] = useState<boolean>();
  useEffect(() => {
    if (done === undefined) return;
    const timer = setTimeout(() => setDone(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <span className="copy">
      <Button kind="quiet" aria-label={t('clusters.copyWhat', { what })} onClick={() => void copy(text).then(setDone)}>
        {t('clusters.copy')}
      </Button>
      <span role="status" className="copy-done">
        {done === undefined ? '' : done ? `✓ ${t('clusters.copied')}` : t('clusters.copyFailed')}
      </span>
    </span>
  );
}

export function CodeBlock({ title, code }: { readonly title: string; readonly code: string }): ReactNode {
  return (
    <figure className="code-block">
      <figcaption>
        <span>{title}</span>
        <CopyButton text={code} what={title} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
