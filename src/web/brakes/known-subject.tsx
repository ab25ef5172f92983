import type { ReactNode } from 'react';
import { useClusters } from '../live.js';
import { SubjectLink } from '../timeline/subject-link.js';

/** What a brake holds is named only; whether that is a cache cluster is known from those that there are. */
export function KnownSubject({ subject }: { readonly subject: string }): ReactNode {
  const isCluster = useClusters()?.clusters.some(({ clusterName }) => clusterName === subject) ?? false;
  return <SubjectLink subject={subject} isCluster={isCluster} />;
}
