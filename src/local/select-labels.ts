import { labelExpressionHolds } from '../farm/label-expression.js';
import type { LabelSelector } from './manifest.js';

type Labels = Readonly<Record<string, string>>;

function expressionHolds(labels: Labels, key: string, operator: string, values: readonly string[]): boolean {
  const holds = labelExpressionHolds(labels, key, operator, values);
  if (holds === undefined)
    throw new Error(`label selector operator ${operator} is none of In, NotIn, Exists, DoesNotExist`);
  return holds;
}

/** Whether labels satisfy a Kubernetes label selector; an absent selector selects nothing. */
export function selectsLabels(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (selector.matchExpressions ?? []).every((e) => expressionHolds(labels, e.key, e.operator, e.values ?? []))
  );
}

/**
 * `a=b,c==d,e!=f,g` of an API request as a selector.
 * @returns undefined when it is not equality-based
 */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  const matchExpressions: { key: string; operator: string; values: string[] }[] = [];
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const match = /^\s*(!?)([\w./-]+)\s*(?:(==|=|!=)\s*([\w.-]*)\s*)?$/.exec(part);
    if (!match) return undefined;
    const [, not, key = '', operator, value = ''] = match;
    if (operator === undefined) matchExpressions.push({ key, operator: not ? 'DoesNotExist' : 'Exists', values: [] });
    else matchExpressions.push({ key, operator: operator === '!=' ? 'NotIn' : 'In', values: [value] });
  }
  return { matchExpressions };
}
