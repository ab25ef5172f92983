/** One good request for each thing that can be changed. */
import { TOKEN } from '../builders/fake-api-parts.js';
import { type Asked, bearer } from './api-rig.js';

export const ann = bearer(TOKEN.admin);
export const CREATE: Asked = {
  method: 'POST',
  url: '/v1/clusters',
  headers: ann,
  payload: { clusterName: 'New.one', clusterSize: 2, tier: 'M1' },
};
export const RESIZE: Asked = {
  method: 'PATCH',
  url: '/v1/clusters/User.id',
  headers: { ...ann, 'if-match': '"1"' },
  payload: { clusterSize: 8 },
};
export const DELETE: Asked = { method: 'DELETE', url: '/v1/clusters/User.id', headers: { ...ann, 'if-match': '"1"' } };
export const DRAIN: Asked = {
  method: 'POST',
  url: '/v1/drains',
  headers: ann,
  payload: { kind: 'machine', name: 'a-m1' },
};
export const APPROVE: Asked = {
  method: 'POST',
  url: '/v1/approvals',
  headers: ann,
  payload: { partition: 'User.id::3' },
};
export const CHANGES = { create: CREATE, resize: RESIZE, delete: DELETE, drain: DRAIN, approve: APPROVE };

export const by = (asked: Asked, headers: Asked['headers']): Asked => {
  const { authorization: _, ...rest } = asked.headers ?? {};
  return { ...asked, headers: { ...rest, ...headers } };
};
export const dry = (asked: Asked): Asked => ({ ...asked, url: `${asked.url}?dryRun=true` });
