import { describe, expect, test } from '@jest/globals';
import type { Container, PodSpec } from '../../src/local/manifest.js';
import { podDemand } from '../../src/local/pod-demand.js';

const container = (memory: string, more: Partial<Container> = {}): Container => ({
  name: 'c',
  image: 'i',
  resources: { requests: { memory } },
  ...more,
});
const memory = (spec: Partial<PodSpec>): number =>
  podDemand({ containers: [container('96Mi')], ...spec }, {}).memoryBytes / 2 ** 20;
const ports = (spec: Partial<PodSpec>): readonly number[] =>
  podDemand(
    { containers: [container('1Mi', { ports: [{ containerPort: 1 }, { containerPort: 2, hostPort: 3 }] })], ...spec },
    {},
  ).hostPorts;

describe('a pod asks its machine for', () => {
  test('the memory of its containers', () => expect(memory({})).toBe(96));
  test('that of its sidecars too', () =>
    expect(memory({ initContainers: [container('32Mi', { restartPolicy: 'Always' })] })).toBe(128));
  test('no more for an init container that is smaller', () =>
    expect(memory({ initContainers: [container('32Mi')] })).toBe(96));
  test('what a larger init container needs', () => expect(memory({ initContainers: [container('200Mi')] })).toBe(200));
  test('nothing where nothing is requested', () => expect(memory({ containers: [{ name: 'c', image: 'i' }] })).toBe(0));
  test('its host ports', () => expect(ports({})).toEqual([3]));
  test('all its ports on the host’s network', () => expect(ports({ hostNetwork: true })).toEqual([1, 2]));
});
