import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BareMachine, type Ended, readyMachine } from './bare-machine.js';

const KUBE_PROGRAMS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

/** A ready machine whose checkout pins two versions of Kubernetes, with a cache folder of its own. */
export class KubernetesMachine {
  readonly bare: BareMachine = readyMachine();

  constructor() {
    for (const version of ['v1.36.3', 'v1.28.15']) this.bare.file(`tools/kubernetes/${version}/go.mod`, '');
    this.bare.file('tools/kubernetes/etcd/go.mod', 'require go.etcd.io/etcd/server/v3 v3.6.8\n');
    this.bare.file('tools/argo-sync/go.mod', '');
  }

  /** A Go that writes an empty program where it is told to, and logs what it builds in which folder. */
  go(version: string): void {
    this.bare.program(
      'go',
      `[ "$1" = version ] && echo "go version go${version} linux/amd64" && exit 0
for last; do [ "$before" = -o ] && out=$last; before=$last; done
echo "go build $last in \${PWD##*/}" >>"$FOLDER/log"
: >"$out"`,
    );
  }

  /** Programs of a release in a folder: `bin` is on the PATH. */
  release(folder: string, version: string, etcd: string): void {
    for (const name of KUBE_PROGRAMS) this.#program(folder, name, `Kubernetes ${version}`);
    this.#program(folder, 'etcd', `etcd Version: ${etcd}`);
    this.#program(folder, 'kubectl', `Client Version: ${version}`);
  }

  #program(folder: string, name: string, says: string): void {
    // The bare machine makes programs in bin; elsewhere is where KUBEBUILDER_ASSETS points.
    this.bare.program(folder === 'bin' ? name : `../${folder}/${name}`, `echo "${says}"`);
  }

  /** Programs of a release are in the cache as if they had been built. @param folder where release() put them */
  caches(folder: string): void {
    const cache = join(this.bare.folder, 'cache/cachefarm/kubernetes');
    for (const name of ['etcd', 'kubectl', ...KUBE_PROGRAMS])
      cpSync(join(this.bare.folder, folder, name), join(cache, name === 'etcd' ? 'etcd-v3.6.8' : folder, name));
    rmSync(join(this.bare.folder, folder), { recursive: true });
  }

  cached(path: string): boolean {
    return existsSync(join(this.bare.folder, 'cache/cachefarm/kubernetes', path));
  }

  node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
    const { folder } = this.bare;
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: join(folder, 'bin'), FOLDER: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...env },
    });
    return { status, stdout, stderr };
  }
}
