import type { BackOffLimits } from './back-off.js';
import type { KeyedText, Volume } from './manifest.js';
import type { ProcessGroups } from './process-groups.js';
import type { ProgramOptions } from './programs.js';
import type { VolumeFiles } from './project-volumes.js';
import type { StartQueue } from './start-queue.js';
import type { Replacement } from './substitute.js';

/** What a pod needs of the farm around it. */
export interface PodSurroundings {
  readonly datacenter: string;
  readonly state: string;
  readonly processes: ProcessGroups;
  readonly starts: StartQueue;
  readonly programs: ProgramOptions;
  readonly backOff: BackOffLimits;
  readonly configMap: (name: string) => KeyedText | undefined;
  readonly secret: (name: string) => KeyedText | undefined;
  /** host names of scheduled pods -> addresses, as of now */
  readonly hosts: () => Replacement;
  /** variables of every container, under those of its manifest; mount paths in them become folders too */
  readonly env?: Readonly<Record<string, string>>;
  /** files of a volume of another kind than ConfigMap, Secret and emptyDir; undefined: it is not emulated */
  readonly otherFiles?: (volume: Volume) => Promise<VolumeFiles | undefined>;
  readonly log: (line: string) => void;
  /** something about the pod is different now */
  readonly changed: () => void;
}
