import { expect, test } from '@jest/globals';
import { kubeClustersOf } from '../../constructs/validation/kube-clusters.js';

const of = (files: readonly string[], options = {}) => Object.fromEntries(kubeClustersOf(files, options));

test('all manifests are one KubeCluster unless it is said otherwise', () => {
  expect(of(['dist/a/x.yaml', 'dist/b/x.yaml'])).toEqual({ 'dist/a/x.yaml': [''], 'dist/b/x.yaml': [''] });
});

test('a folder is a KubeCluster, and `all` goes to every one', () => {
  expect(
    of(['dist/a/x.yaml', 'dist/b/deep/x.yaml', 'dist/all/crd.yaml', 'dist/argocd/set.yaml'], {
      kubeClusters: 'folder',
      sharedFolders: ['all', 'argocd'],
    }),
  ).toEqual({
    'dist/a/x.yaml': ['a'],
    'dist/b/deep/x.yaml': ['b'],
    'dist/all/crd.yaml': ['a', 'b'],
    'dist/argocd/set.yaml': ['a', 'b'],
  });
});

test('a single folder, files beside folders, backslashes, and nothing at all', () => {
  expect(of(['dist/a/x.yaml'], { kubeClusters: 'folder' })).toEqual({ 'dist/a/x.yaml': [''] });
  expect(of(['dist/x.yaml', 'dist/a/x.yaml'], { kubeClusters: 'folder' })).toEqual({
    'dist/x.yaml': [''],
    'dist/a/x.yaml': ['a'],
  });
  expect(of(['dist\\a\\x.yaml', 'dist\\b\\x.yaml'], { kubeClusters: 'folder' })).toEqual({
    'dist\\a\\x.yaml': ['a'],
    'dist\\b\\x.yaml': ['b'],
  });
  expect(of([], { kubeClusters: 'folder' })).toEqual({});
});
