/** Stand-ins for mount namespaces and DNS: container paths and host names in text become local folders and addresses. */

export type Replacement = (text: string) => string;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

function replaceAny(names: ReadonlyMap<string, string>, before: string, after: string): Replacement {
  if (names.size === 0) return (text) => text;
  const longestFirst = [...names.keys()].sort((x, y) => y.length - x.length).map(escaped);
  const pattern = new RegExp(`${before}(?:${longestFirst.join('|')})${after}`, 'g');
  return (text) => text.replace(pattern, (name) => names.get(name) ?? name);
}

/** @param folders mount path in the container -> folder here; replaced where it stands as a whole path or the beginning of one */
export const replacePaths = (folders: ReadonlyMap<string, string>): Replacement =>
  replaceAny(folders, '(?<![\\w./-])', '(?![\\w.-])');

/** @param hosts host name -> address; replaced where it stands alone, not as part of a longer name */
export const replaceHosts = (hosts: ReadonlyMap<string, string>): Replacement =>
  replaceAny(hosts, '(?<![\\w.-])', '(?![\\w-]|\\.\\w)');
