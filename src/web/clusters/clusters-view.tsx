import type { ReactNode } from 'react';
import type { ClusterView } from '../../api/schemas.js';
import { useT } from '../i18n.js';
import { useClusters } from '../live.js';
import { Link, setQuery, useQuery } from '../router.js';
import { Button } from '../ui/button.js';
import { Loading, View } from '../ui/view.js';
import { ClustersTable } from './clusters-table.js';
import { applyListQuery, type ListQuery, parseListQuery, queryParts } from './list-query.js';
import './clusters.css';

/** All cache clusters, live. What is searched, and how it is sorted, is in the URL. */
export function ClustersView(): ReactNode {
  const t = useT();
  const seen = useClusters();
  const query = parseListQuery(useQuery());
  const ask = (changes: Partial<ListQuery>): void => setQuery(queryParts({ ...query, ...changes }));
  return (
    <View
      title={t('clusters.title')}
      actions={
        <Link to="/clusters/new" className="button button-primary">
          {t('clusters.new')}
        </Link>
      }
    >
      {seen === undefined ? <Loading /> : <Listed clusters={seen.clusters} query={query} ask={ask} />}
    </View>
  );
}

interface ListedProps {
  readonly clusters: readonly ClusterView[];
  readonly query: ListQuery;
  readonly ask: (changes: Partial<ListQuery>) => void;
}

function Listed({ clusters, query, ask }: ListedProps): ReactNode {
  const t = useT();
  if (clusters.length === 0) return <p className="muted">{t('clusters.none')}</p>;
  const found = applyListQuery(clusters, query);
  return (
    <>
      <ListTools clusters={clusters} query={query} ask={ask} />
      <p className="muted clusters-count" role="status">
        {t('clusters.shown', { shown: found.length, all: clusters.length })}
      </p>
      {found.length === 0 ? (
        <p>
          {t('clusters.noneFound')}{' '}
          <Button kind="quiet" onClick={() => ask({ text: '', tier: '', trouble: false })}>
            {t('clusters.showAll')}
          </Button>
        </p>
      ) : (
        <ClustersTable clusters={found} query={query} ask={ask} />
      )}
    </>
  );
}

function ListTools({ clusters, query, ask }: ListedProps): ReactNode {
  const t = useT();
  const tiers = [...new Set([...clusters.map(({ tier }) => tier), ...(query.tier === '' ? [] : [query.tier])])];
  return (
    <search className="clusters-tools">
      <input
        type="search"
        className="input"
        aria-label={t('clusters.search')}
        placeholder={t('clusters.search')}
        value={query.text}
        onChange={(event) => ask({ text: event.target.value })}
      />
      <select
        className="input"
        aria-label={t('clusters.column.tier')}
        value={query.tier}
        onChange={(event) => ask({ tier: event.target.value })}
      >
        <option value="">{t('clusters.allTiers')}</option>
        {tiers.map((tier) => (
          <option key={tier}>{tier}</option>
        ))}
      </select>
      <label className="clusters-check">
        <input type="checkbox" checked={query.trouble} onChange={(event) => ask({ trouble: event.target.checked })} />
        {t('clusters.onlyTrouble')}
      </label>
    </search>
  );
}
