import { type ReactNode, useLayoutEffect, useRef } from 'react';
import type { LimitsView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { Field as FieldBox, type FieldControl } from '../ui/field.js';
import { bytes } from '../ui/format.js';
import type { Remark } from './check-values.js';
import type { Field } from './cluster-values.js';
import { inPageWords } from './page-words.js';
import type { Draft } from './use-draft.js';

export interface ClusterFieldsProps {
  readonly draft: Draft;
  readonly limits: LimitsView;
  readonly remarks: readonly Remark[];
  /** errors of fields that nobody touched yet, too */
  readonly showAll: boolean;
  readonly disabled: boolean;
}

const SETTINGS = ['standbys', 'minReplicas', 'importance'] as const;

export function ClusterFields(props: ClusterFieldsProps): ReactNode {
  const t = useT();
  const { draft, limits, disabled } = props;
  const more = useRef<HTMLDetailsElement>(null);
  const hasHidden =
    props.remarks.some(({ field, level }) => level === 'error' && !MAIN.includes(field)) ||
    (draft.refused?.problem.errors ?? []).some(({ field }) => !MAIN.some((main) => main === field));
  // opened for what is wrong in it, and never shut under somebody's hands
  useLayoutEffect(() => {
    if (hasHidden && more.current) more.current.open = true;
  }, [hasHidden]);
  return (
    <fieldset disabled={disabled} className="workshop-fields">
      <legend className="unseen">{t('clusters.detail.settings')}</legend>
      <div className="workshop-grid">
        {draft.now ? null : <Text {...props} field="clusterName" />}
        <Text {...props} field="clusterSize" max={limits.maxClusterSize} />
        <Text {...props} field="partitionSize" max={limits.maxPartitionSize} />
        <Choice {...props} field="tier">
          {draft.values.tier === '' ? <option value="">{t('clusters.chooseTier')}</option> : null}
          {limits.tiers.map(({ name, maxMemoryBytes, idle }) => (
            <option key={name} value={name}>
              {t('clusters.tierOption', { name, memory: bytes(maxMemoryBytes), idle })}
            </option>
          ))}
        </Choice>
      </div>
      <details ref={more} className="workshop-more">
        <summary>{t('clusters.more')}</summary>
        <div className="workshop-grid">
          {SETTINGS.map((field) => (
            <Text key={field} {...props} field={field} />
          ))}
          <Choice {...props} field="hash">
            <option>jump</option>
            <option>ketama</option>
          </Choice>
          <Text {...props} field="backingGroup" />
          <Choice {...props} field="sentinelGroup">
            {draft.now ? null : <option value="">{t('clusters.byFarm')}</option>}
            {limits.groups.map(({ name, partitions, maxPartitions }) => (
              <option key={name} value={name}>
                {t('clusters.groupOption', { name, partitions, max: maxPartitions })}
              </option>
            ))}
          </Choice>
        </div>
      </details>
    </fieldset>
  );
}

const MAIN: readonly Field[] = ['clusterName', 'clusterSize', 'partitionSize', 'tier'];
const NAMES: readonly Field[] = ['clusterName', 'backingGroup'];

interface OneProps extends ClusterFieldsProps {
  readonly field: Field;
  readonly max?: number;
}

function Box({
  draft,
  remarks,
  showAll,
  field,
  max,
  children,
}: OneProps & { children: (c: FieldControl) => ReactNode }): ReactNode {
  const t = useT();
  const mine = remarks.filter((remark) => remark.field === field);
  const found = mine.find(({ level }) => level === 'error');
  const mayShow = showAll || draft.touched.has(field);
  const refused = draft.refused?.of(field);
  const error =
    refused === undefined ? (found && mayShow ? t(found.key, found.vars) : undefined) : inPageWords(refused, t);
  // an error of the API says the same, and more
  const warnings = error === undefined ? mine.filter(({ level }) => level === 'warning') : [];
  const hint = field === 'tier' ? undefined : t(`clusters.hint.${field}`, { max: max ?? 0 });
  return (
    <FieldBox
      label={t(`clusters.field.${field}`)}
      error={error}
      hint={
        <>
          {hint}
          {warnings.map(({ key, vars }) => (
            <span key={key} className="field-warning">
              <span aria-hidden="true">▲ </span>
              {t(key, vars)}
            </span>
          ))}
        </>
      }
    >
      {children}
    </FieldBox>
  );
}

function Text(props: OneProps): ReactNode {
  const { draft, field } = props;
  const isName = NAMES.includes(field);
  return (
    <Box {...props}>
      {(control) => (
        <input
          {...control}
          className={`input${isName ? ' mono' : ''}`}
          type="text"
          inputMode={isName ? 'text' : 'numeric'}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required={field === 'clusterName' || field === 'clusterSize'}
          value={draft.values[field]}
          onChange={(event) => draft.set(field, event.target.value)}
        />
      )}
    </Box>
  );
}

function Choice(props: OneProps & { readonly children: ReactNode }): ReactNode {
  const { draft, field, children } = props;
  return (
    <Box {...props}>
      {(control) => (
        <select
          {...control}
          className="input"
          value={draft.values[field]}
          onChange={(event) => draft.set(field, event.target.value)}
        >
          {children}
        </select>
      )}
    </Box>
  );
}
