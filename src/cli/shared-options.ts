import { Option } from 'commander';
import { SERVERS } from '../local/server-programs.js';

export const stateOption = (): Option =>
  new Option(
    '--state <folder>',
    "state folder of an embedded farm (default: the farm's name under the user's cache folder)",
  );

export const farmOption = (): Option =>
  new Option('--farm <farm>', 'demo, talk, or a module that exports `farm`').default('demo');

export const serverOption = (): Option =>
  new Option('--server <server>', 'which server to run').choices(SERVERS).default('redis');
