/** Manifests of a git revision, read from the object store: nothing is checked out. */
import { spawnSync } from 'node:child_process';
import { type ManifestFile, UnreadableInput } from './manifests.js';
import { isManifestFile } from './read-folder.js';

/** Far above any farm: the talk farm is about 1 MB. */
const MAX_BYTES = 1 << 30;

interface Git {
  readonly ok: boolean;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function git(cwd: string, args: readonly string[], input?: string): Git {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    cwd,
    maxBuffer: MAX_BYTES,
    ...(input === undefined ? {} : { input }),
  });
  if (error) throw new UnreadableInput(`git cannot be run: ${error.message}`);
  return { ok: status === 0, stdout, stderr: stderr.toString().trim() };
}

/** `<rev>` or `<rev>:<path>`; `./dist` is relative to the working directory, as git has it */
function splitRevision(name: string): { readonly revision: string; readonly path: string } {
  const colon = name.indexOf(':');
  return colon < 0
    ? { revision: name, path: './dist' }
    : { revision: name.slice(0, colon), path: name.slice(colon + 1) };
}

/** `<mode> blob <id>\t<path>\0` ... */
function listBlobs(cwd: string, tree: string): readonly { readonly id: string; readonly path: string }[] {
  const { stdout } = git(cwd, ['ls-tree', '-r', '-z', '--full-tree', tree]);
  return stdout
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [head = '', path] = line.split('\t');
      const [, type, id] = head.split(' ');
      return type === 'blob' && id !== undefined && path !== undefined && isManifestFile(path) ? [{ id, path }] : [];
    });
}

/** Answers of `cat-file --batch`, in the order asked: `<id> blob <size>\n<bytes>\n`. */
function readBlobs(cwd: string, ids: readonly string[]): readonly string[] {
  const { stdout } = git(cwd, ['cat-file', '--batch'], ids.map((id) => `${id}\n`).join(''));
  let at = 0;
  return ids.map(() => {
    const end = stdout.indexOf('\n', at);
    const size = Number(stdout.toString('utf8', at, end).split(' ')[2]);
    const text = stdout.toString('utf8', end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    return text;
  });
}

/**
 * @param cwd a folder of the repository
 * @param name `<rev>` (its ./dist) or `<rev>:<path>`
 * @throws UnreadableInput when there is no repository, no such revision, or no such folder in it
 */
export function readRevision(cwd: string, name: string): readonly ManifestFile[] {
  const { revision, path } = splitRevision(name);
  if (revision === '' || revision.startsWith('-')) throw new UnreadableInput(`${name} is no git revision`);
  if (!git(cwd, ['rev-parse', '--git-dir']).ok)
    throw new UnreadableInput(`${name}: no such folder, and no git repository here to have a revision of that name`);
  const commit = git(cwd, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
  if (!commit.ok) throw new UnreadableInput(`${name}: no such folder, and the repository has no revision ${revision}`);
  const id = treeOf(cwd, commit.stdout.toString().trim(), path);
  if (id === undefined) throw new UnreadableInput(`${name}: revision ${revision} has no folder ${path}`);
  const blobs = listBlobs(cwd, id);
  const texts = readBlobs(
    cwd,
    blobs.map((blob) => blob.id),
  );
  return blobs.map((blob, index) => ({ path: blob.path, text: texts[index] ?? '' }));
}

function treeOf(cwd: string, commit: string, path: string): string | undefined {
  const { ok, stdout } = git(cwd, ['rev-parse', '--verify', '--quiet', `${commit}:${path.replace(/\/+$/, '')}`]);
  const id = stdout.toString().trim();
  return ok && git(cwd, ['cat-file', '-t', id]).stdout.toString().trim() === 'tree' ? id : undefined;
}
