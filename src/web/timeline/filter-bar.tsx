import { type ReactNode, useId, useMemo } from 'react';
import { useT } from '../i18n.js';
import { useClusters } from '../live.js';
import { setQuery } from '../router.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { FILTER_KINDS, type FilterKind, type Filters, isNarrowed, writeFilters } from './filters.js';
import { KindSign } from './kind-sign.js';

export interface FilterBarProps {
  readonly filters: Filters;
  readonly counts: Readonly<Record<FilterKind, number>>;
  readonly found: number;
  readonly all: number;
}

const change = (filters: Filters, by: Partial<Filters>): void => setQuery(writeFilters({ ...filters, ...by }));

export function FilterBar({ filters, counts, found, all }: FilterBarProps): ReactNode {
  const t = useT();
  const list = useId();
  const toggle = (kind: FilterKind): void =>
    change(filters, {
      kinds: filters.kinds.includes(kind) ? filters.kinds.filter((one) => one !== kind) : [...filters.kinds, kind],
    });
  return (
    <search className="timeline-filters" aria-label={t('timeline.filters')}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would bring a frame of its own */}
      <div className="chips" role="group" aria-label={t('timeline.kinds')}>
        {FILTER_KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            className="chip"
            aria-pressed={filters.kinds.includes(kind)}
            onClick={() => toggle(kind)}
          >
            <KindSign kind={kind} /> {t(`timeline.kind.${kind}`)} <span className="chip-count">{counts[kind]}</span>
          </button>
        ))}
      </div>
      <div className="timeline-fields">
        <Field label={t('timeline.about')}>
          {(control) => (
            <input
              {...control}
              className="input"
              type="search"
              list={list}
              autoComplete="off"
              spellCheck={false}
              value={filters.about}
              onChange={(event) => change(filters, { about: event.target.value.trim() })}
            />
          )}
        </Field>
        <Names id={list} />
        <Field label={t('timeline.text')}>
          {(control) => (
            <input
              {...control}
              className="input"
              type="search"
              placeholder={t('timeline.text.hint')}
              value={filters.text}
              onChange={(event) => change(filters, { text: event.target.value })}
            />
          )}
        </Field>
        <p className="timeline-found muted" role="status">
          {t('timeline.found', { n: found, all })}
        </p>
        {isNarrowed(filters) ? (
          <Button kind="quiet" onClick={() => change(filters, { kinds: [], about: '', text: '' })}>
            {t('timeline.clear')}
          </Button>
        ) : null}
      </div>
    </search>
  );
}

/** More than these nobody looks through in a list of proposals. */
const MOST_NAMES = 300;

function Names({ id }: { readonly id: string }): ReactNode {
  const clusters = useClusters()?.clusters;
  const names = useMemo(
    () =>
      (clusters ?? []).flatMap(({ clusterName, clusterSize }) => [
        clusterName,
        ...Array.from({ length: Math.min(clusterSize, 20) }, (_, i) => `${clusterName}::${i}`),
      ]),
    [clusters],
  );
  return (
    <datalist id={id}>
      {names.slice(0, MOST_NAMES).map((name) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}
