export { SERVERS, type Server } from '../local/server-programs.js';
export { startTestFarm, type TestFarm, type TestFarmOptions } from './test-farm.js';
