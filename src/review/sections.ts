/** A review as titled lists of lines: what the text and the Markdown renderer have in common. The same change in many places is one line. */

import type { Review } from './compare-manifests.js';
import { groupBy } from './group-by.js';
import { showField } from './show-field.js';

export type Mark = '+' | '-' | '~' | '!';

export interface Entry {
  readonly mark: Mark;
  readonly head: string;
  /** sentences */
  readonly details: readonly string[];
  /** dotted paths with their values */
  readonly fields: readonly string[];
}

export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];
const join = (words: readonly string[]): string => unique(words).join(', ');
const place = (folders: readonly string[]): string =>
  folders.some((folder) => folder !== '') ? ` in ${join(folders)}` : '';
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const pods = (count: number): string => `${count} pod${count === 1 ? '' : 's'}`;

function refused({ refused: all }: Review): readonly Entry[] {
  return groupBy(all, (r) => JSON.stringify([r.kind, r.name, r.fields, r.consequence])).map((group) => ({
    mark: '!',
    head: `${group[0].kind} ${group[0].name}${place(group.map((r) => r.folder))}${group[0].pods > 0 ? `, ${pods(sum(group.map((r) => r.pods)))}` : ''}`,
    details: [group[0].consequence],
    fields: group[0].fields.map(showField),
  }));
}

const CLUSTER_MARK = { added: '+', removed: '-', changed: '~' } as const;

const cacheClusters = ({ cacheClusters: all }: Review): readonly Entry[] =>
  all.map((change) => ({
    mark: CLUSTER_MARK[change.change],
    head: change.clusterName,
    details: change.consequences,
    fields: [],
  }));

const POOL_MARK = { added: '+', removed: '-', grown: '~', shrunk: '~' } as const;

function pools({ pools: all }: Review): readonly Entry[] {
  return groupBy(all, (p) => JSON.stringify([p.name, p.tier, p.port, p.change, p.from, p.to])).map((group) => {
    const [pool] = group;
    const each = group.length > 1 ? ' each' : '';
    return {
      mark: POOL_MARK[pool.change],
      head: `${pool.name} (${pool.tier}, port ${pool.port})${place(group.map((p) => p.datacenter))}: ${pool.from} -> ${pool.to} pods${each}`,
      details: [group.length > 1 ? `in each: ${pool.consequence}` : pool.consequence],
      fields: [],
    };
  });
}

/** Sets of one kind with the same change; the number of pods is theirs together. */
function templates({ templates: all }: Review): readonly Entry[] {
  return groupBy(all, (t) => JSON.stringify([t.kind, t.role, t.rollout, t.fields])).map((group) => {
    const [first] = group;
    const total = sum(group.map((t) => t.pods));
    const sentence = first.consequence.replace(
      /^(Kubernetes (?:restarts|stops) )?\d+ pods?/,
      (_, verb: string | undefined) => `${verb ?? ''}${pods(total)}`,
    );
    return {
      mark: '~',
      head: `${first.kind} ${join(group.map((t) => t.name))}${place(group.map((t) => t.folder))}`,
      details: [sentence],
      fields: first.fields.map(showField),
    };
  });
}

const added = ({ added: all }: Review): readonly Entry[] =>
  groupBy(all, (o) => `${o.kind} ${o.name}`).map((group) => ({
    mark: '+',
    head: `${group[0].kind} ${group[0].name}${place(group.map((o) => o.folder))}`,
    details: [],
    fields: [],
  }));

const removed = ({ removed: all }: Review): readonly Entry[] =>
  groupBy(all, (o) => `${o.kind} ${o.name} ${o.sentence}`).map((group) => ({
    mark: '-',
    head: `${group[0].kind} ${group[0].name}${place(group.map((o) => o.folder))}`,
    details: [group[0].sentence],
    fields: [],
  }));

const changed = ({ changed: all }: Review): readonly Entry[] =>
  groupBy(all, (o) => JSON.stringify([o.kind, o.name, o.fields, o.consequence])).map((group) => ({
    mark: '~',
    head: `${group[0].kind} ${group[0].name}${place(group.map((o) => o.folder))}`,
    details:
      group[0].consequence === '' ? [] : [group.length > 1 ? `in each: ${group[0].consequence}` : group[0].consequence],
    fields: group[0].fields.map(showField),
  }));

/** The sections that have something to say, the worst first. */
export function sectionsOf(review: Review): readonly Section[] {
  const { podsCreated, podsDeleted, podsToRestart } = review.totals;
  return [
    { title: 'REFUSED: would be deleted and made again', entries: refused(review) },
    { title: 'Cache clusters', entries: cacheClusters(review) },
    { title: `Pools: ${podsCreated} pods created, ${podsDeleted} deleted`, entries: pools(review) },
    { title: `Templates: ${podsToRestart} pods to restart`, entries: templates(review) },
    { title: 'Objects added', entries: added(review) },
    { title: 'Objects removed', entries: removed(review) },
    { title: 'Objects changed', entries: changed(review) },
  ].filter(({ entries }) => entries.length > 0);
}
