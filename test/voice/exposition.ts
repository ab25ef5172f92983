/** Reads the Prometheus text format 0.0.4 strictly, and finds what `promtool check metrics` would complain about. */

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly series: readonly Series[];
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const match = LABEL.exec(text);
    if (!match) throw new Error(`not labels: ${text}`);
    const [, key = '', value = ''] = match;
    if (key in labels) throw new Error(`label ${key} twice: ${text}`);
    labels[key] = value;
    at = LABEL.lastIndex;
  }
  return labels;
}

function parseNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  const value = Number(text);
  // prom-client writes Nan, which Prometheus reads too.
  if (text === '' || (Number.isNaN(value) && !/^nan$/i.test(text))) throw new Error(`not a number: ${text}`);
  return value;
}

function parseSample(line: string): Series {
  const match = SAMPLE.exec(line);
  if (!match) throw new Error(`not a sample: ${line}`);
  const [, name = '', labels = '', value = ''] = match;
  return { name, labels: parseLabels(labels), value: parseNumber(value) };
}

/** @throws at the first line that is neither HELP, TYPE nor a sample of the family before it */
export function parseExposition(text: string): readonly Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families: { name: string; help: string; type: string; series: Series[] }[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, help, helpText = ''] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typed, type = ''] = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line) ?? [];
    const last = families.at(-1);
    if (help !== undefined) families.push({ name: help, help: helpText, type: '', series: [] });
    else if (typed !== undefined && last?.name === typed && last.type === '') last.type = type;
    else if (last && !line.startsWith('#')) last.series.push(parseSample(line));
    else throw new Error(`out of place: ${line}`);
  }
  return families;
}

const suffixes = (type: string): readonly string[] => (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']);
const keyOf = ({ name, labels }: Series): string => `${name}${JSON.stringify(Object.entries(labels).sort())}`;

function histogramFaults({ name, series }: Family): readonly string[] {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    const { le: _, ...labels } = one.labels;
    const key = JSON.stringify(labels);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].flatMap(([labels, group]) => {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const count = group.find((one) => one.name === `${name}_count`)?.value;
    const rising = buckets.every(({ value }, i) => i === 0 || value >= (buckets[i - 1]?.value ?? 0));
    const last = buckets.at(-1);
    return [
      ...(rising ? [] : [`${name}${labels}: buckets fall`]),
      ...(last?.labels.le === '+Inf' && last.value === count ? [] : [`${name}${labels}: +Inf is not the count`]),
    ];
  });
}

/** What is wrong with a scrape by format and by convention; empty when nothing is. */
export function faultsOf(families: readonly Family[]): readonly string[] {
  const names = families.map(({ name }) => name);
  const keys = families.flatMap(({ series }) => series.map(keyOf));
  return [
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${name}: twice`),
    ...[...keys]
      .sort()
      .filter((key, i, sorted) => key === sorted[i - 1])
      .map((key) => `${key}: twice`),
    ...families.flatMap((family) => {
      const { name, help, type, series } = family;
      const strange = series.filter((one) => !suffixes(type).some((suffix) => one.name === name + suffix));
      return [
        ...(type === '' ? [`${name}: no type`] : []),
        ...(/[.]$/.test(help) ? [] : [`${name}: its help is no sentence`]),
        ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name}: not in lower case with _`]),
        ...((type === 'counter') === name.endsWith('_total') ? [] : [`${name}: _total is for counters, and for all`]),
        ...(/_(ms|milliseconds|minutes|kilobytes|percent|count|sum|bucket)(_|$)/.test(name)
          ? [`${name}: no base unit`]
          : []),
        ...strange.map((one) => `${one.name}: not of ${name}`),
        ...series.filter(({ value }) => Number.isNaN(value)).map((one) => `${one.name}: not a number`),
        ...(type === 'histogram' ? histogramFaults(family) : []),
      ];
    }),
  ];
}

/** Value of the one series of this name whose labels include these; undefined when there is none. */
export function seriesValue(
  families: readonly Family[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = families
    .flatMap(({ series }) => series)
    .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value));
  if (found.length > 1) throw new Error(`${found.length} series of ${name} with ${JSON.stringify(labels)}`);
  return found[0]?.value;
}
