// tsc copies only TypeScript; the shell scripts that go into the ConfigMaps are read beside the compiled constructs.
// It also writes no executable files; npm makes the bin executable only when it installs the package.
import { chmodSync, cpSync, existsSync } from 'node:fs';

for (const folder of ['constructs/scripts'])
  if (existsSync(folder)) cpSync(folder, `lib/${folder}`, { recursive: true });
for (const bin of ['lib/src/cli/main.js']) if (existsSync(bin)) chmodSync(bin, 0o755);
