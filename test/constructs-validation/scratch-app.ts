/** A cdk8s project in a temporary folder that uses the plugin as a stranger would: compiled, by path, through the real command line. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transformSync } from '@swc/core';

const PLUGIN = 'constructs/validation';
const SHARED = ['src/farm/words.ts', 'src/farm/bytes.ts', 'src/farm/loose.ts', 'src/farm/label-expression.ts'];

/** One App a folder; `.` is the output folder itself. */
const APP = `
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
for (const [folder, objects] of Object.entries(JSON.parse(readFileSync('objects.json', 'utf8')))) {
  const app = new App({ outdir: join(process.env.CDK8S_OUTDIR, folder), yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
  const chart = new Chart(app, 'farm');
  objects.forEach((object) => new ApiObject(chart, 'the-' + object.metadata.name, object));
  app.synth();
}
`;

export interface Synth {
  readonly status: number;
  readonly output: string;
  /** files below dist, sorted */
  readonly dist: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: the report is asserted on, not used
  readonly report: any;
}

export class ScratchApp {
  private constructor(readonly folder: string) {}

  static create(): ScratchApp {
    const folder = mkdtempSync(join(tmpdir(), 'farm-validation-'));
    const sources = readdirSync(PLUGIN, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    for (const source of [...sources.map((file) => join(PLUGIN, file)), ...SHARED]) {
      const target = join(folder, 'lib', source.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      const options = {
        jsc: { parser: { syntax: 'typescript' as const }, target: 'es2022' as const },
        module: { type: 'es6' as const },
      };
      writeFileSync(target, transformSync(readFileSync(source, 'utf8'), options).code);
    }
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'app.js'), APP);
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    return new ScratchApp(folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @param properties of the plugin @param objects folder of dist -> Kubernetes objects */
  async synth(objects: Readonly<Record<string, readonly unknown[]>>, properties: unknown = {}): Promise<Synth> {
    const validation = {
      package: './lib/constructs/validation',
      version: '0.1.0',
      class: 'FarmValidation',
      properties,
    };
    // JSON is YAML
    writeFileSync(
      join(this.folder, 'cdk8s.yaml'),
      JSON.stringify({ language: 'typescript', app: 'node app.js', output: 'dist', validations: [validation] }),
    );
    writeFileSync(join(this.folder, 'objects.json'), JSON.stringify(objects));
    rmSync(join(this.folder, 'report.json'), { force: true });
    const { status, output } = await this.run([
      'synth',
      '--check-upgrade=false',
      '--validation-reports-output-file',
      'report.json',
    ]);
    const dist = readdirSync(join(this.folder, 'dist'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(this.folder, 'dist').length + 1));
    return { status, output, dist: dist.sort(), report: this.report() };
  }

  private report(): unknown {
    try {
      return JSON.parse(readFileSync(join(this.folder, 'report.json'), 'utf8')).reports[0];
    } catch {
      return undefined;
    }
  }

  private run(words: readonly string[]): Promise<{ status: number; output: string }> {
    const cdk8s = resolve('node_modules/cdk8s-cli/bin/cdk8s');
    return new Promise((done) => {
      execFile(
        process.execPath,
        [cdk8s, ...words],
        { cwd: this.folder, env: { PATH: process.env.PATH } },
        (error, stdout, stderr) =>
          done({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr }),
      );
    });
  }
}
