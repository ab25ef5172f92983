import type { ReactNode } from 'react';
import { useT } from '../i18n.js';
import { count, millis, NONE, percent } from '../ui/format.js';
import { type LoadSample, lineOf } from './load-samples.js';
import { useLoadSamples } from './use-load-samples.js';

export function LoadPanel(): ReactNode {
  const t = useT();
  const samples = useLoadSamples();
  return (
    <section className="panel load" aria-labelledby="load">
      <h2 id="load">{t('overview.load')}</h2>
      <div className="load-lines">
        <Spark
          samples={samples}
          pick={({ opsPerSecond }) => opsPerSecond}
          name={t('overview.load.ops')}
          show={(value) => count(value)}
        />
        <Spark
          samples={samples}
          pick={({ hitRatio }) => hitRatio}
          name={t('overview.load.hits')}
          show={(value) => percent(value)}
          top={1.02}
        />
      </div>
      <p className="muted small">{t('overview.load.hint')}</p>
    </section>
  );
}

interface SparkProps {
  readonly samples: readonly LoadSample[];
  readonly pick: (sample: LoadSample) => number | undefined;
  readonly name: string;
  readonly show: (value: number) => string;
  readonly top?: number;
}

/** The figure now is text; its line is a picture of the minutes before, told in one sentence to who does not see it. */
function Spark({ samples, pick, name, show, top }: SparkProps): ReactNode {
  const t = useT();
  const values = samples.map(pick).filter((value) => value !== undefined);
  const last = samples.at(-1);
  const now = last === undefined ? undefined : pick(last);
  const line = lineOf(samples, pick, top);
  const label = t('overview.load.line', {
    what: name,
    now: now === undefined ? NONE : show(now),
    low: show(Math.min(...values)),
    high: show(Math.max(...values)),
    span: millis((last?.at ?? 0) - (samples[0]?.at ?? 0)),
  });
  return (
    <div className="spark">
      <p>
        <span className="muted">{name}</span>
        <strong className="figure">{now === undefined ? NONE : show(now)}</strong>
      </p>
      {line === undefined ? (
        <p className="spark-empty muted small">{t('overview.load.collecting')}</p>
      ) : (
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={label}>
          {line.segments.map((points) => (
            <polyline key={points.slice(0, 12)} points={points} vectorEffect="non-scaling-stroke" />
          ))}
        </svg>
      )}
    </div>
  );
}
