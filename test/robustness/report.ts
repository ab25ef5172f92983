import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History, Mark, NameSpan, PodSpan } from './history.js';
import type { Verdict } from './judge.js';
import { isStall, type RequestLine, requestOf, type StallLine } from './request-line.js';
import type { Expectation } from './scenario.js';
import type { BarnLine } from './stage.js';

/** What a scenario's folder says beside the lines. */
export type Head = Omit<History, 'marks' | 'requests' | 'stalls' | 'podSpans' | 'nameSpans' | 'barn'> & {
  readonly expect: Expectation;
};

const INFINITE = 'Infinity';
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, field) => (field === Number.POSITIVE_INFINITY ? INFINITE : field), 2);
const fromJson = (text: string): unknown =>
  JSON.parse(text, (_, field) => (field === INFINITE ? Number.POSITIVE_INFINITY : field));

const linesOf = <T>(path: string): readonly T[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as T)
    : [];

const writeLines = (path: string, records: readonly unknown[]): void =>
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));

/** The folder has what clients and witness wrote already. */
export function writeHead(folder: string, head: Head, marks: readonly Mark[], barn: readonly BarnLine[]): void {
  writeFileSync(join(folder, 'head.json'), `${toJson(head)}\n`);
  writeLines(join(folder, 'marks.jsonl'), marks);
  writeLines(join(folder, 'barn.jsonl'), barn);
}

export function writeVerdict(folder: string, verdict: Verdict): void {
  writeFileSync(join(folder, 'verdict.json'), `${toJson(verdict)}\n`);
}

function readClients(folder: string): Pick<History, 'requests' | 'stalls'> {
  const files = readdirSync(folder).flatMap((name) => {
    const client = /^requests-(.+)\.jsonl$/.exec(name)?.[1];
    return client === undefined ? [] : [{ client, lines: linesOf<RequestLine | StallLine>(join(folder, name)) }];
  });
  return {
    requests: files.flatMap(({ client, lines }) =>
      lines.flatMap((line) => (isStall(line) ? [] : [requestOf(client, line)])),
    ),
    stalls: files.flatMap(({ client, lines }) =>
      lines.flatMap((line) => (isStall(line) ? [{ client, from: line[1], to: line[2] }] : [])),
    ),
  };
}

/** @throws Error when the folder holds no whole history */
export function readHistory(folder: string): { readonly history: History; readonly expect: Expectation } {
  const { expect, ...head } = fromJson(readFileSync(join(folder, 'head.json'), 'utf8')) as Head;
  const history: History = {
    ...head,
    marks: linesOf<Mark>(join(folder, 'marks.jsonl')),
    ...readClients(folder),
    podSpans: linesOf<PodSpan>(join(folder, 'pods.jsonl')),
    nameSpans: linesOf<NameSpan>(join(folder, 'names.jsonl')),
    barn: linesOf<BarnLine>(join(folder, 'barn.jsonl')),
  };
  return { history, expect };
}

/** Folders of scenarios in a report, in the order in which they ran. */
export function scenarioFolders(report: string): readonly string[] {
  return readdirSync(report)
    .filter((name) => existsSync(join(report, name, 'head.json')))
    .sort()
    .map((name) => join(report, name));
}
