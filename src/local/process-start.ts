import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Field 22 of /proc/<pid>/stat; the name before it may hold spaces and brackets. Source: proc(5). */
function fromProc(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

/**
 * When a process started, as text that no other process with the same pid will ever have until the next boot.
 * @returns undefined when no such process is running
 */
export function processStart(pid: number): string | undefined {
  try {
    if (existsSync('/proc/self/stat')) return fromProc(pid);
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
