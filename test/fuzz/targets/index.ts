/** Every place where something comes in from outside. */
import type { FuzzTarget } from '../target.js';
import { clusterFiles } from './cluster-files.js';
import { commandLine } from './command-line.js';
import { farmSpecs } from './farm-spec.js';
import { farmTold } from './farm-told.js';
import { kubeAnswers } from './kube-answers.js';
import { kubeconfigs } from './kubeconfig.js';
import { localApi } from './local-api.js';
import { manifests } from './manifests.js';
import { redisTexts } from './redis-text.js';
import { wire } from './wire.js';

export const TARGETS: readonly FuzzTarget[] = [
  farmTold,
  farmSpecs,
  clusterFiles,
  redisTexts,
  wire,
  kubeAnswers,
  commandLine,
  kubeconfigs,
  manifests,
  localApi,
];
