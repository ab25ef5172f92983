// tsc copies only TypeScript; the shell scripts that go into the ConfigMaps are read beside the compiled constructs.
import { cpSync, existsSync } from 'node:fs';

for (const folder of ['constructs/scripts']) if (existsSync(folder)) cpSync(folder, `lib/${folder}`, { recursive: true });
