/** What Argo CD may do with an object that is no longer in the manifests, or with a Job that is a hook. */
import { record, strings } from '../farm/loose.js';
import type { KubeObject, Manifests } from './manifests.js';

export interface PruneFate {
  /**
   * `kept`: Prune=false, it stays, out of sync; `confirm`: a person must confirm; `pruned`: deleted by the next automatic sync;
   * `manual`: deleted when somebody syncs with prune; `nobody`: no Argo CD application among the manifests
   */
  readonly prune: 'kept' | 'confirm' | 'pruned' | 'manual' | 'nobody';
  readonly sentence: string;
}

const SENTENCES: Readonly<Record<PruneFate['prune'], string>> = {
  kept: 'Argo CD may not prune it (Prune=false): it goes on running, out of sync, until somebody deletes it',
  confirm: 'Argo CD asks before it prunes it (Prune=confirm)',
  pruned: 'Argo CD prunes it at the next sync',
  manual: 'Argo CD deletes it when somebody syncs with prune',
  nobody: 'no Argo CD application is among the manifests: it stays until somebody deletes it',
};

const annotations = (object: KubeObject): Readonly<Record<string, string>> =>
  strings(record(object.json.metadata).annotations);
const words = (value: string | undefined): readonly string[] => (value ?? '').split(',').map((word) => word.trim());

const isApplication = ({ kind, group }: KubeObject): boolean =>
  group === 'argoproj.io' && (kind === 'ApplicationSet' || kind === 'Application');

function prunesByItself(object: KubeObject): boolean {
  const spec = record(object.json.spec);
  const application = object.kind === 'ApplicationSet' ? record(record(spec.template).spec) : spec;
  const automated = record(record(application.syncPolicy).automated);
  return automated.prune === true && automated.enabled !== false;
}

/** @param applications where Argo CD's own objects are looked for, the newer manifests first */
export function pruneFate(object: KubeObject, applications: readonly Manifests[]): PruneFate {
  const options = words(annotations(object)['argocd.argoproj.io/sync-options']);
  const found = applications.map(({ objects }) => objects.filter(isApplication)).find((list) => list.length > 0) ?? [];
  const prune = options.includes('Prune=false')
    ? 'kept'
    : options.includes('Prune=confirm')
      ? 'confirm'
      : found.length === 0
        ? 'nobody'
        : found.some(prunesByItself)
          ? 'pruned'
          : 'manual';
  return { prune, sentence: SENTENCES[prune] };
}

/** A hook that Argo CD deletes and makes again at each sync; BeforeHookCreation is its default policy. */
export function isRecreatedHook(object: KubeObject): boolean {
  const { 'argocd.argoproj.io/hook': hook, 'argocd.argoproj.io/hook-delete-policy': policy } = annotations(object);
  return (
    hook !== undefined && hook !== 'Skip' && (policy === undefined || words(policy).includes('BeforeHookCreation'))
  );
}
