/** What may be written to pods and machines of the embedded farm: labels, annotations, and whether a machine takes new pods. */
import { type Loose, record } from '../farm/loose.js';
import { ApiRefusal, badRequest, stale } from './api-refusal.js';

const MAPS = ['labels', 'annotations'];
const PRECONDITIONS = ['resourceVersion', 'uid', 'name', 'namespace'];

function checkMap(key: string, value: unknown): void {
  if (value === null) return;
  const wrong = Object.entries(record(value)).find(([, one]) => typeof one !== 'string' && one !== null);
  if (typeof value !== 'object' || Array.isArray(value) || wrong)
    throw badRequest(
      `metadata.${key}${wrong ? `.${wrong[0]}` : ''} must be ${wrong ? 'a string' : 'a map of strings'}`,
    );
}

const refuse = (field: string): ApiRefusal =>
  new ApiRefusal(
    422,
    'Invalid',
    `${field}: the embedded farm takes metadata.labels, metadata.annotations and spec.unschedulable of a node, and nothing else`,
  );

/**
 * @returns the part of a merge patch that is kept
 * @throws ApiRefusal for what is not offered, 409 when it was made for another version of the object
 */
export function readMark(
  resource: 'pods' | 'nodes',
  patch: Loose,
  current: { readonly metadata: { readonly name: string; readonly uid?: string; readonly resourceVersion?: string } },
): Loose {
  const { apiVersion: _, kind: __, metadata, spec, ...others } = patch;
  const [stray] = Object.keys(others);
  if (stray !== undefined) throw refuse(stray);
  const { metadata: is } = current;
  const { resourceVersion, uid } = record(metadata);
  if (resourceVersion !== undefined && resourceVersion !== is.resourceVersion) throw stale(`${resource} "${is.name}"`);
  if (uid !== undefined && uid !== is.uid) throw stale(`${resource} "${is.name}"`);
  for (const [key, value] of Object.entries(record(metadata))) {
    if (MAPS.includes(key)) checkMap(key, value);
    else if (!PRECONDITIONS.includes(key)) throw refuse(`metadata.${key}`);
  }
  for (const [key, value] of Object.entries(record(spec)))
    if (resource !== 'nodes' || key !== 'unschedulable' || (value !== null && typeof value !== 'boolean'))
      throw refuse(`spec.${key}`);
  const kept = Object.fromEntries(Object.entries(record(metadata)).filter(([key]) => MAPS.includes(key)));
  return { metadata: kept, ...(spec === undefined ? {} : { spec }) };
}
