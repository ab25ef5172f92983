import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Farm } from '../src/farm/model.js';
import { ArgoApplications } from './argo-applications.js';
import { CacheFarm } from './cache-farm.js';
import { SharedObjects } from './shared-objects.js';

export interface SynthesizeOptions {
  /** repository that Argo CD reads; @default https://github.com/cachefarm/cachefarm.git */
  readonly repoUrl?: string;
  /** @default HEAD */
  readonly revision?: string;
  /** folder of the manifests in that repository; @default dist */
  readonly path?: string;
  readonly monitoring?: 'annotations' | 'podMonitor' | 'none';
  readonly sentinelLoadBalancer?: boolean;
}

/** Thrown by synthesizeFarm: all problems at once, a line each; nothing has been written. */
export class InvalidManifests extends Error {
  override readonly name = 'InvalidManifests';
  constructor(readonly problems: readonly string[]) {
    super(['the manifests have problems:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}

/** Folders beside those of the datacenters. */
const ALL = 'all';
const ARGO = 'argocd';
const EXTENSION = '.k8s.yaml';

/**
 * Writes `<outdir>/<datacenter>/`, `<outdir>/all/` and `<outdir>/argocd/`, one file a resource; manifests of an earlier run in
 * those folders are removed. The same farm gives the same bytes.
 * @throws InvalidManifests before anything is written
 */
export function synthesizeFarm(
  farm: Farm,
  outdir: string,
  options: SynthesizeOptions = {},
): { readonly files: number } {
  const apps = makeApps(farm, outdir, options);
  const problems = [...folderProblems(farm), ...constructProblems(apps), ...collisions(farm, apps)];
  if (problems.length > 0) throw new InvalidManifests(problems);
  for (const app of apps.values()) {
    clearManifests(app.outdir);
    app.synth();
  }
  return { files: [...apps.values()].reduce((sum, app) => sum + objectsOf(app).length, 0) };
}

/** One App for each folder: apps share no charts, so no file is ever renumbered. */
function makeApps(farm: Farm, outdir: string, options: SynthesizeOptions): ReadonlyMap<string, App> {
  const {
    repoUrl = 'https://github.com/cachefarm/cachefarm.git',
    monitoring,
    sentinelLoadBalancer,
    ...source
  } = options;
  const apps = new Map<string, App>();
  const chart = (folder: string): Chart => {
    const app = new App({
      outdir: join(outdir, folder),
      outputFileExtension: EXTENSION,
      yamlOutputType: YamlOutputType.FILE_PER_RESOURCE,
      // cdk8s' own metadata file is no manifest and breaks an Argo CD directory source.
      recordConstructMetadata: false,
    });
    apps.set(folder, app);
    return new Chart(app, folder, { disableResourceNameHashes: true });
  };
  for (const { name } of farm.datacenters)
    new CacheFarm(chart(name), 'farm', {
      farm,
      datacenter: name,
      ...(monitoring === undefined ? {} : { monitoring }),
      ...(sentinelLoadBalancer === undefined ? {} : { sentinelLoadBalancer }),
    });
  new SharedObjects(chart(ALL), 'farm', { farm });
  new ArgoApplications(chart(ARGO), 'applications', {
    farm: farm.name,
    namespace: farm.namespace,
    datacenters: farm.datacenters,
    repoUrl,
    ...source,
  });
  return apps;
}

const objectsOf = (app: App): ApiObject[] =>
  app.node.findAll().filter((c: Construct | object) => ApiObject.isApiObject(c)) as ApiObject[];

function folderProblems(farm: Farm): string[] {
  return farm.datacenters
    .filter(({ name }) => name === ALL || name === ARGO)
    .map(
      ({ name }) =>
        `[datacenters.${name}] the folder ${name} is taken: it holds what is for every KubeCluster or for Argo CD; choose another name`,
    );
}

/** cdk8s validates an app when it writes it; here all apps are asked before the first is written. */
function constructProblems(apps: ReadonlyMap<string, App>): string[] {
  return [...apps.values()].flatMap((app) =>
    app.node
      .findAll()
      .flatMap((construct) => construct.node.validate().map((message) => `[${construct.node.path}] ${message}`)),
  );
}

/** Two objects of one identity in one KubeCluster, or of one file name in one folder: the later would silently win. */
function collisions(farm: Farm, apps: ReadonlyMap<string, App>): string[] {
  const shared = apps.get(ALL);
  const problems: string[] = [];
  for (const { name } of farm.datacenters)
    problems.push(
      ...repeated(
        `KubeCluster of ${name}`,
        [apps.get(name), shared].flatMap((app) => (app ? objectsOf(app) : [])),
        identity,
      ),
    );
  for (const [folder, app] of apps)
    problems.push(...repeated(`folder ${folder}`, objectsOf(app), ({ kind, name }) => `${kind}.${name}`));
  return problems;
}

const identity = (object: ApiObject): string =>
  [object.apiGroup, object.kind, object.metadata.namespace ?? '', object.name].join('/');

function repeated(where: string, objects: readonly ApiObject[], key: (object: ApiObject) => string): string[] {
  const first = new Map<string, ApiObject>();
  const problems: string[] = [];
  for (const object of objects) {
    const other = first.get(key(object));
    if (other)
      problems.push(
        `[${object.node.path}] ${key(object)} is in the ${where} twice, first at ${other.node.path}; rename one`,
      );
    else first.set(key(object), object);
  }
  return problems;
}

/** Only our own files: the folder may be one that a person named. */
function clearManifests(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (file.endsWith(EXTENSION)) rmSync(join(folder, file));
}
