import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';

const TOOL = join(import.meta.dirname, '../../../tools/argo-sync-binary.mjs');
let program: string | undefined;

/** Path of tools/argo-sync; built when it is not in the cache yet, which takes minutes. @throws Error */
export function argoSyncProgram(): string {
  program ??= execFileSync(process.execPath, [TOOL], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  return program;
}

export interface Compared {
  readonly outOfSync: readonly {
    readonly resource: string;
    readonly missing?: boolean;
    readonly fields?: readonly string[];
  }[];
  readonly prune: readonly string[];
}

/** What argo-sync prints; tools/argo-sync/report.go says what the fields are. */
export interface SyncReport {
  readonly result: 'Succeeded' | 'Failed' | 'Error' | 'TimedOut' | 'InSync' | 'OutOfSync';
  readonly message: string;
  readonly ms: number;
  readonly before: Compared;
  readonly after: Compared;
  readonly waves: readonly { readonly phase: string; readonly wave: number; readonly atMs: number }[];
  readonly resources: readonly {
    readonly resource: string;
    readonly phase: string;
    readonly wave: number;
    readonly status: string;
    readonly hook?: string;
    readonly state?: string;
    readonly message: string;
    readonly atMs: number;
    readonly doneMs?: number;
  }[];
  readonly health: string;
  readonly unhealthy: readonly Judged[];
}

export interface Judged {
  readonly file?: string;
  readonly kind: string;
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const runArgoSync = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(argoSyncProgram(), args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });

export interface SyncRequest {
  readonly kubeconfig: string;
  readonly context: string;
  readonly app: string;
  readonly namespace: string;
  /** folders of manifests */
  readonly paths: readonly string[];
  /** as syncPolicy.syncOptions */
  readonly syncOptions?: readonly string[];
  /** manifests of argocd-cm */
  readonly customizations?: readonly string[];
  readonly prune?: boolean;
  /** do nothing when nothing is out of sync */
  readonly auto?: boolean;
  readonly serverSideDiff?: boolean;
  readonly timeoutSeconds?: number;
}

const each = (flag: string, values: readonly string[] = []): readonly string[] =>
  values.flatMap((value) => [flag, value]);

/** One sync of one Application, or with `compare` only what is out of sync. @throws Error when it printed no report */
export async function argoSync(request: SyncRequest, command: 'sync' | 'compare' = 'sync'): Promise<SyncReport> {
  const { kubeconfig, context, app, namespace, timeoutSeconds = 300 } = request;
  const { stdout, stderr, status } = await runArgoSync([
    command,
    ...['--kubeconfig', kubeconfig, '--context', context, '--app', app, '--namespace', namespace],
    ...['--timeout', `${timeoutSeconds}s`],
    ...each('--path', request.paths),
    ...each('--sync-option', request.syncOptions),
    ...each('--customizations', request.customizations),
    ...(request.prune ? ['--prune'] : []),
    ...(request.auto ? ['--auto'] : []),
    ...(request.serverSideDiff ? ['--server-side-diff'] : []),
  ]);
  if (stdout === '') throw new Error(`argo-sync ended with ${status} and no report:\n${stderr}`);
  return JSON.parse(stdout) as SyncReport;
}

/** What Argo CD would say of live objects in files. @throws Error */
export async function judgeFiles(
  customizations: readonly string[],
  files: readonly string[],
): Promise<readonly Judged[]> {
  const { stdout, stderr, status } = await runArgoSync([
    'health',
    ...each('--customizations', customizations),
    ...files,
  ]);
  if (status !== 0) throw new Error(`argo-sync health ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout) as readonly Judged[];
}
