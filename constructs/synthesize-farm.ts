import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import type { Farm } from '../src/farm/model.js';
import { ArgoApplications } from './argo-applications.js';
import { CacheFarm } from './cache-farm.js';
import { collisionsIn, fileName, identity, type Place } from './manifest-collisions.js';
import { ManifestYaml } from './manifest-yaml.js';
import { SharedObjects } from './shared-objects.js';

export interface SynthesizeOptions {
  /** repository that Argo CD reads; @default - nobody can know it: no folder argocd */
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

/** One folder of the output. */
interface Folder {
  readonly name: string;
  readonly app: App;
  readonly objects: readonly ApiObject[];
}

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
  const folders = makeFolders(farm, options);
  const problems = [
    ...folderProblems(farm),
    ...folders.flatMap(constructProblems),
    ...placesOf(folders).flatMap(collisionsIn),
  ];
  if (problems.length > 0) throw new InvalidManifests(problems);
  const yaml = new ManifestYaml();
  for (const folder of folders) write(folder, join(outdir, folder.name), yaml);
  return { files: folders.reduce((sum, { objects }) => sum + objects.length, 0) };
}

/** One App for each folder: a construct of one cannot depend on one of another, so a folder means the same wherever it is read. */
function makeFolders(farm: Farm, options: SynthesizeOptions): readonly Folder[] {
  const { monitoring, sentinelLoadBalancer } = options;
  const site = {
    farm,
    ...(monitoring === undefined ? {} : { monitoring }),
    ...(sentinelLoadBalancer === undefined ? {} : { sentinelLoadBalancer }),
  };
  return [
    ...farm.datacenters.map(({ name }) =>
      folder(name, (chart) => new CacheFarm(chart, 'farm', { ...site, datacenter: name })),
    ),
    folder(ALL, (chart) => new SharedObjects(chart, 'farm', { farm })),
    ...(options.repoUrl === undefined
      ? []
      : [folder(ARGO, argoApplications(farm, { ...options, repoUrl: options.repoUrl }))]),
  ];
}

function folder(name: string, fill: (chart: Chart) => unknown): Folder {
  const app = new App();
  fill(new Chart(app, name, { disableResourceNameHashes: true }));
  return { name, app, objects: app.node.findAll().filter((c): c is ApiObject => ApiObject.isApiObject(c)) };
}

const argoApplications =
  (farm: Farm, { repoUrl, revision, path }: SynthesizeOptions & { readonly repoUrl: string }) =>
  (chart: Chart) =>
    new ArgoApplications(chart, 'applications', {
      farm: farm.name,
      namespace: farm.namespace,
      datacenters: farm.datacenters,
      repoUrl,
      ...(revision === undefined ? {} : { revision }),
      ...(path === undefined ? {} : { path }),
    });

function folderProblems(farm: Farm): string[] {
  return farm.datacenters
    .filter(({ name }) => name === ALL || name === ARGO)
    .map(
      ({ name }) =>
        `[datacenters.${name}] the folder ${name} is taken: it holds what is for every KubeCluster or for Argo CD; choose another name`,
    );
}

/** cdk8s validates an app when it writes it; here all apps are asked before the first is written. */
function constructProblems({ app }: Folder): string[] {
  return app.node
    .findAll()
    .flatMap((construct) => construct.node.validate().map((message) => `[${construct.node.path}] ${message}`));
}

/** Every KubeCluster gets its own folder and the one for all; every folder is a set of files. */
function placesOf(folders: readonly Folder[]): Place[] {
  const shared = folders.find(({ name }) => name === ALL)?.objects ?? [];
  const sites = folders.filter(({ name }) => name !== ALL && name !== ARGO);
  return [
    ...sites.map(({ name, objects }) => ({
      name: `KubeCluster of ${name}`,
      objects: [...objects, ...shared],
      key: identity,
    })),
    ...folders.map(({ name, objects }) => ({ name: `folder ${name}`, objects, key: fileName })),
  ];
}

function write({ objects }: Folder, path: string, yaml: ManifestYaml): void {
  mkdirSync(path, { recursive: true });
  // Only our own files: the folder may be one that a person named.
  for (const file of readdirSync(path)) if (file.endsWith(EXTENSION)) rmSync(join(path, file));
  for (const object of objects)
    writeFileSync(join(path, fileName(object) + EXTENSION), yaml.stringify(object.toJson()));
}
