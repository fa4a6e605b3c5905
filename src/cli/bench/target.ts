import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BenchTarget,
  countRowsOf,
  demoTarget,
  projectTarget,
  type RemoteServer,
  scenarioNamed,
} from '../../bench/index.js';
import { connect, statusOf } from '../../client/index.js';
import { openReflection } from '../../client/reflection/open-reflection.js';
import { resolveStreaming } from '../../config/index.js';
import { callErrorText, EnvironmentError, UsageError } from '../../errors/index.js';
import type { StreamModel } from '../../model/index.js';
import { loadProject, type Project } from '../../project/load-project.js';
import { packageRoot } from '../../project/own-package.js';
import { openProjectDatabase, prismaReason } from '../../project/project-database.js';
import { loadStreamedSchema } from '../../project/streamed-schema.js';
import { namesOf } from '../../proto/index.js';
import type { BenchSettings } from '../../results/index.js';
import { modelNamed, modelsToSeed } from '../../seed/index.js';
import { type CliContext, silenceDeprecations, silenceGrpc } from '../context.js';
import { type ConnectionFlags, connectOptionsOf, readTls, tokenOf } from '../flags.js';

export interface TargetFlags {
  readonly model?: string | undefined;
  readonly demo?: boolean | undefined;
}

/** A server that runs elsewhere. */
export interface RemoteFlags extends ConnectionFlags {
  readonly target?: string | undefined;
  readonly service?: string | undefined;
}

/** The target, and the rows of its table: null for the demo, whose table gets the requested number of rows. */
interface ChosenTarget {
  readonly target: BenchTarget;
  readonly rows: number | null;
}

/** The project's own model and database, where its services were generated; else the demo. */
export async function chooseTarget(context: CliContext, { model, demo }: TargetFlags): Promise<ChosenTarget> {
  const ofDemo = () => ({ target: demoTarget(packageRoot()), rows: null });
  if (demo) return ofDemo();
  const project = await loadProject(context);
  const isGenerated = project.configFile !== undefined && existsSync(join(project.generatedDir, 'services.ts'));
  if (model === undefined && !isGenerated) return ofDemo();
  const chosen = await chooseModel(project, model, context);
  const streaming = resolveStreaming({ env: process.env, config: project.config }, chosen.name);
  const target = projectTarget({ ...project, model: chosen, streaming });
  return { target, rows: await countProjectRows(project, chosen) };
}

/**
 * The named model, or else the first one that `seed` fills by default: no other model refers to it, so its table is a long one.
 *
 * @throws UsageError when there is no model of that name, or none that can be streamed.
 */
async function chooseModel(project: Project, named: string | undefined, { note }: CliContext): Promise<StreamModel> {
  const schema = await loadStreamedSchema(project);
  if (named !== undefined) return modelNamed(named, schema);
  const [name] = modelsToSeed(schema);
  if (name === undefined)
    throw new UsageError('bench.no_model', `${project.schemaPath} has no model that can be streamed`);
  if (schema.models.length > 1) note(`- reading ${name}; --model chooses another`);
  return modelNamed(name, schema);
}

/**
 * Counts the rows of a project's table before any process is started, because the plan depends on them.
 *
 * @throws EnvironmentError that says what the database lacks.
 */
async function countProjectRows(project: Project, model: StreamModel): Promise<number> {
  const { prisma } = await openProjectDatabase(project, { mustExist: true });
  try {
    const rows = await countRowsOf(prisma, model).catch((cause: unknown) => {
      throw uncountable(model, cause);
    });
    if (rows > 0) return rows;
  } finally {
    await prisma.$disconnect();
  }
  throw new EnvironmentError('bench.empty_table', `the table of ${model.name} is empty: there is nothing to stream`, {
    nextActions: [`fill it with \`npx grpc-stream seed --model ${model.name} --rows 100000\``],
  });
}

function uncountable({ name }: StreamModel, cause: unknown): EnvironmentError {
  return new EnvironmentError('bench.no_table', `the table of ${name} cannot be read: ${prismaReason(cause)}`, {
    cause,
    nextActions: [
      'check DATABASE_URL, and that the database runs',
      `make and fill the table: \`npx grpc-stream seed --model ${name} --rows 100000\``,
    ],
  });
}

type RemoteTarget = RemoteFlags & TargetFlags & { readonly target: string };

/** @throws UsageError when the address or the service is wrong, or a certificate cannot be read. */
export async function remoteServer(context: CliContext, flags: RemoteTarget): Promise<RemoteServer> {
  const address = addressOf(flags.target);
  const { service, model } = await serviceOf(context, flags);
  const tls = await readTls(flags, context.cwd);
  const access = {
    tls: tls ? { ca: tls.ca ?? null, cert: tls.cert ?? null, key: tls.key ?? null } : null,
    token: tokenOf(flags) ?? null,
  };
  return { address, service, model, access };
}

function addressOf(target: string): string {
  if (/^(\[[0-9a-f:]+\]|[^\s/:[\]]+):\d{1,5}$/i.test(target)) return target;
  throw new UsageError('bench.invalid_target', `--target is ${JSON.stringify(target)}; it must be host:port`, {
    nextActions: ['for example: grpc-stream bench --target localhost:50051'],
  });
}

const SERVICE = /^(?:[a-zA-Z_]\w*\.)*([A-Z]\w*)StreamService$/;

/** The service that was named, or that of a model of the project. */
async function serviceOf(
  context: CliContext,
  { service, model, ...flags }: RemoteTarget,
): Promise<Pick<RemoteServer, 'service' | 'model'>> {
  if (service !== undefined) {
    const [, named] = SERVICE.exec(service) ?? [];
    if (named !== undefined) return { service, model: { name: named, api: { name: named } } };
    const wrong = `--service is ${JSON.stringify(service)}; it must be <package>.v1.<Model>StreamService`;
    throw new UsageError('bench.invalid_service', wrong, {
      nextActions: ['for example: --service library.v1.BookStreamService'],
    });
  }
  const project = await loadProject(context);
  if (project.configFile === undefined) return servedBy(context, { ...flags, model });
  const chosen = await chooseModel(project, model, context);
  return { service: `${project.packageName}.v1.${namesOf(chosen).service}`, model: chosen };
}

/** Outside a project: the service that the server says it has. */
async function servedBy(
  context: CliContext,
  { target, model, ...flags }: Omit<RemoteTarget, 'service'>,
): Promise<Pick<RemoteServer, 'service' | 'model'>> {
  silenceGrpc(context);
  silenceDeprecations(context);
  const { channel } = connect(target, await connectOptionsOf(flags, context.cwd));
  try {
    const services = await openReflection(channel, target, context.signal).services();
    const streaming = services.flatMap((service) => {
      const [, name] = SERVICE.exec(service) ?? [];
      return name === undefined ? [] : [{ service, model: { name, api: { name } } }];
    });
    const chosen = streaming.filter(({ model: { name } }) => model === undefined || name === model);
    const [only] = chosen;
    if (only && chosen.length === 1) return only;
    const names = streaming.map(({ service }) => service).join(', ');
    throw new UsageError('bench.no_service', `${target} has not one service to read, but ${chosen.length}`, {
      nextActions: [names === '' ? 'check the address' : `name one of them with --service: ${names}`],
    });
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    throw new EnvironmentError(
      'bench.unreachable',
      `${target} cannot be asked what it serves: ${callErrorText(error)}`,
      {
        cause: error,
        nextActions: ['check the address, or name the service with --service, such as library.v1.BookStreamService'],
      },
    );
  } finally {
    channel.close();
  }
}

/** The scenarios that work with a remote server. Others are left out, with a remark if they were named; it is an error if none is left. */
export function settingsFromOutside(
  settings: BenchSettings,
  named: string | undefined,
  { note }: CliContext,
): BenchSettings {
  const scenarios = settings.scenarios.filter((name) => scenarioNamed(name).fromOutside);
  const leftOut = settings.scenarios.filter((name) => !scenarios.includes(name));
  if (scenarios.length === 0) {
    const why = `${leftOut.join(', ')}: that happens in the server, and --target is seen from outside`;
    throw new UsageError('bench.unseen', why, {
      nextActions: ['choose other scenarios, such as --scenario throughput,latency,many-clients,distance'],
    });
  }
  if (leftOut.length > 0 && named !== undefined)
    note(`- left out, since they cannot be seen from outside: ${leftOut.join(', ')}`);
  if (settings.chunks.includes('auto'))
    throw new UsageError('bench.not_ours', '--chunk auto is a setting of a server, which no request can ask for', {
      nextActions: ['give numbers; a project of yours is measured with `auto` without --target'],
    });
  if (settings.loads.rowBytes !== null)
    throw new UsageError('bench.not_ours', '--row-bytes makes rows, and --target has its own', {
      nextActions: ['leave it out'],
    });
  return { ...settings, scenarios };
}
