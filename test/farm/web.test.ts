import { describe, expect, test } from '@jest/globals';
import { checkFarm } from '../../src/farm/check.js';
import { resolveFarm } from '../../src/farm/resolve.js';
import type { FarmSpec } from '../../src/farm/schema.js';
import { specOfFrame } from '../../src/farm/spec-of-frame.js';
import { farmSpec, tier } from '../builders/farm.js';

const problemsOf = (spec: unknown): readonly string[] =>
  checkFarm(spec).problems.map(({ path, message }) => `[${path}] ${message}`);

describe('the page and the HTTP API of a farm', () => {
  const resolved: Record<string, [web: FarmSpec['web'], is: unknown]> = {
    'are there by default, open to read, and change cache clusters only': [
      undefined,
      { port: 9_190, openReading: true, changes: 'clusters' },
    ],
    'keep what is said': [
      { port: 8_080, openReading: false, changes: 'all' },
      { port: 8_080, openReading: false, changes: 'all' },
    ],
    'can be left out': [false, undefined],
  };
  test.each(Object.entries(resolved))('%s', (_, [web, is]) => {
    const spec = { ...farmSpec(), ...(web === undefined ? {} : { web }) };
    expect(problemsOf(spec)).toEqual([]);
    expect(resolveFarm(spec).web).toEqual(is);
  });

  const refused: Record<string, [spec: object, problem: RegExp]> = {
    'a port that needs root': [
      { web: { port: 80 } },
      /^\[web\.port\] port 80 is no whole number from 1024 to 65535; the default is 9190$/,
    ],
    'a port that is none': [{ web: { port: 70_000 } }, /^\[web\.port\] port 70000 is no whole number/],
    "Barn's other port": [{ web: { port: 9_180 } }, /^\[web\.port\] the page's port 9180 is taken .* by barn's port/],
    'the port of the kubelet': [{ web: { port: 10_250 } }, /^\[web\.port\] the page's port 10250 is taken .*kubelet/],
    'a redis port that is the page’s by default': [
      {
        tiers: [tier({ ports: [9_190, 6_379] }), tier({ name: 'M4', maxMemory: '4gb', memory: '6Gi', ports: [6_381] })],
      },
      /^\[tiers\.M1\.ports\[0\]\] redis port 9190 is taken .* by the page's port 9190 \(web\.port\)/,
    ],
    'true, which says nothing': [{ web: true }, /^\[web\]/],
    'changes of another kind': [{ web: { changes: 'pods' } }, /^\[web(\.changes)?\]/],
    'a field that is none': [{ web: { ports: 9_190 } }, /^\[web(\.ports)?\]/],
  };
  test.each(Object.entries(refused))('refuse %s', (_, [part, problem]) => {
    expect(problemsOf({ ...farmSpec(), ...part })).toEqual([expect.stringMatching(problem)]);
  });

  test('are none in a frame of an older version', () => {
    const { web: _, cacheClusters: __, ...frame } = resolveFarm(farmSpec());
    expect(specOfFrame(frame, []).web).toBe(false);
  });
});
