import { type ReactNode, type Ref, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import type { MapPod } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { FIGURES_ID } from './machine-row.js';
import { PodFacts } from './pod-facts.js';
import { podFigures } from './pod-text.js';

export interface HoverCardControl {
  show(podId: string | undefined, cell: Element | undefined): void;
}

export interface HoverCardProps {
  readonly control: Ref<HoverCardControl>;
  readonly podOf: (id: string) => MapPod | undefined;
}

const AWAY_PX = 10;

/** Follows pointer and keyboard. For screen readers the same is a sentence, which describes the active cell. */
export function HoverCard({ control, podOf }: HoverCardProps): ReactNode {
  const t = useT();
  const [shown, setShown] = useState<{ readonly id: string; readonly cell: Element }>();
  const card = useRef<HTMLDivElement>(null);
  useImperativeHandle(control, () => ({
    show: (id, cell) =>
      setShown((last) => {
        if (id === undefined || cell === undefined) return undefined;
        return last?.id === id && last.cell === cell ? last : { id, cell };
      }),
  }));
  useLayoutEffect(() => {
    const element = card.current;
    if (!element || !shown) return;
    const cell = shown.cell.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const right = cell.right + AWAY_PX;
    const left = right + width > innerWidth ? Math.max(4, cell.left - width - AWAY_PX) : right;
    element.style.left = `${left}px`;
    element.style.top = `${Math.max(4, Math.min(cell.top - 8, innerHeight - height - 8))}px`;
  }, [shown]);
  const pod = shown && podOf(shown.id);
  if (!pod) return null;
  return (
    <>
      <p id={FIGURES_ID} className="unseen">
        {podFigures(pod, t)}
      </p>
      <div ref={card} className="panel map-card" aria-hidden="true">
        <p className="mono map-card-name">{pod.name}</p>
        <PodFacts pod={pod} links={false} />
      </div>
    </>
  );
}
