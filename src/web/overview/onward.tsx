import type { ReactNode } from 'react';
import { votingOf } from '../groups/group-state.js';
import { useT, type WordKey } from '../i18n.js';
import { useBrakes, useClusters, useEvents, useGroups, useMap } from '../live.js';
import { Link } from '../router.js';
import { NONE } from '../ui/format.js';

/** Where to go on from here, each with the figure that may send somebody there. */
export function Onward(): ReactNode {
  const t = useT();
  const map = useMap();
  const clusters = useClusters()?.clusters;
  const events = useEvents();
  const groups = useGroups()?.groups;
  const held = useBrakes()?.held;
  const machines = (map?.datacenters ?? []).reduce((sum, { machines: of }) => sum + of.length, 0);
  const cards: readonly { to: string; title: WordKey; text: string | undefined }[] = [
    { to: '/map', title: 'shell.nav.map', text: map && t('overview.onward.map', { pods: map.pods.length, machines }) },
    {
      to: '/clusters',
      title: 'shell.nav.clusters',
      text: clusters && t('overview.onward.clusters', { n: clusters.length }),
    },
    { to: '/timeline', title: 'shell.nav.timeline', text: t('overview.onward.timeline', { n: events.length }) },
    {
      to: '/groups',
      title: 'shell.nav.groups',
      text:
        groups &&
        t('overview.onward.groups', {
          n: groups.length,
          voting: groups.reduce((sum, group) => sum + votingOf(group), 0),
          all: groups.reduce((sum, { size }) => sum + size, 0),
        }),
    },
    { to: '/brakes', title: 'shell.nav.brakes', text: held && t('overview.onward.brakes', { n: held.length }) },
  ];
  return (
    <section aria-labelledby="onward">
      <h2 id="onward">{t('overview.onward')}</h2>
      <ul className="onward-cards">
        {cards.map(({ to, title, text }) => (
          <li key={to}>
            <Link to={to} className="panel">
              <strong>{t(title)}</strong>
              <span className="muted">{text ?? NONE}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
