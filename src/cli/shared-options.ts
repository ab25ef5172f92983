import { Option } from 'commander';

export const stateOption = (): Option => new Option('--state <folder>', "state folder of an embedded farm (default: the farm's name under the user's cache folder)");

export const farmOption = (): Option => new Option('--farm <farm>', 'demo, talk, or a module that exports `farm`').default('demo');
