// node bench/synth-bare.mjs <objects.json> <outdir>: the same objects as the least a cdk8s program can do: ApiObjects with ready-made data.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { reportUsage } from './usage.mjs';

const [objects, outdir] = process.argv.slice(2);
for (const [folder, manifests] of Object.entries(JSON.parse(readFileSync(objects, 'utf8')))) {
  const app = new App({ outdir: join(outdir, folder), yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
  const chart = new Chart(app, folder, { disableResourceNameHashes: true });
  for (const manifest of manifests) new ApiObject(chart, `${manifest.kind}.${manifest.metadata.name}`, manifest);
  app.synth();
}
reportUsage();
