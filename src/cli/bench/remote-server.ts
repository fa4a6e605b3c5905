import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { RemoteServer } from '../../bench/index.js';
import { messageOf, UsageError } from '../../errors/index.js';
import type { BenchSettings } from '../../results/index.js';
import type { CliContext } from '../context.js';
import { chooseModel, type TargetFlags } from './choose-target.js';

/** How a server that runs elsewhere is reached. */
export interface RemoteFlags {
  readonly target?: string | undefined;
  readonly service?: string | undefined;
  readonly tls?: boolean | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly token?: string | undefined;
}

type Flags = RemoteFlags & TargetFlags & { readonly target: string };

/** @throws UsageError when the address, the service or a certificate is not there. */
export async function remoteServer(context: CliContext, flags: Flags): Promise<RemoteServer> {
  const address = addressOf(flags.target);
  const { service, model } = await serviceOf(context, flags);
  const token = flags.token ?? process.env.GRPC_STREAM_TOKEN ?? null;
  return { address, service, model, access: { tls: await tlsOf(context, flags), token } };
}

function addressOf(target: string): string {
  if (/^(\[[0-9a-f:]+\]|[^\s/:[\]]+):\d{1,5}$/i.test(target)) return target;
  throw new UsageError('bench.invalid_target', `--target is ${JSON.stringify(target)}; it must be host:port`, {
    nextActions: ['for example: grpc-stream bench --target localhost:50051'],
  });
}

const SERVICE = /^(?:[a-zA-Z_]\w*\.)*([A-Z]\w*)StreamService$/;

/** Named, or that of a model of the project. */
async function serviceOf(context: CliContext, { service, model }: Flags): Promise<{ service: string; model: string }> {
  if (service !== undefined) {
    const [, named] = SERVICE.exec(service) ?? [];
    if (named !== undefined) return { service, model: named };
    throw new UsageError(
      'bench.invalid_service',
      `--service is ${JSON.stringify(service)}; it must be <package>.v1.<Model>StreamService`,
      {
        nextActions: ['for example: --service library.v1.BookStreamService'],
      },
    );
  }
  const { loadProject } = await import('../../project/load-project.js');
  const project = await loadProject(context);
  if (project.configFile === undefined) {
    throw new UsageError('bench.no_service', 'which service the target has is not known outside a project', {
      nextActions: ['name it with --service, such as --service library.v1.BookStreamService'],
    });
  }
  const { namesOf } = await import('../../proto/index.js');
  const { name } = await chooseModel(project, model, context);
  return { service: `${project.packageName}.v1.${namesOf({ name }).service}`, model: name };
}

async function tlsOf({ cwd }: CliContext, { tls, tlsCa, tlsCert, tlsKey }: Flags) {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError('bench.half_a_certificate', '--tls-cert and --tls-key go together', {
      nextActions: ['give both, or neither'],
    });
  }
  if (!tls && tlsCa === undefined && tlsCert === undefined) return null;
  const read = async (file: string | undefined) => (file === undefined ? null : readPem(resolve(cwd, file)));
  return { ca: await read(tlsCa), cert: await read(tlsCert), key: await read(tlsKey) };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError('bench.no_certificate', `${file} cannot be read: ${messageOf(cause)}`, {
      cause,
      nextActions: ['check the path'],
    });
  }
}

/**
 * What can be measured from outside: of scenarios that were named, one that cannot is an error; of the default ones it is
 * left out.
 */
export async function settingsFromOutside(
  settings: BenchSettings,
  named: string | undefined,
  { note }: CliContext,
): Promise<BenchSettings> {
  const { scenarioNamed } = await import('../../bench/index.js');
  const scenarios = settings.scenarios.filter((name) => scenarioNamed(name).fromOutside);
  const leftOut = settings.scenarios.filter((name) => !scenarios.includes(name));
  if (scenarios.length === 0) {
    throw new UsageError(
      'bench.unseen',
      `${leftOut.join(', ')}: that happens in the server, and --target is seen from outside`,
      {
        nextActions: ['choose other scenarios, such as --scenario throughput,latency,many-clients,distance'],
      },
    );
  }
  if (leftOut.length > 0 && named !== undefined)
    note(`- left out, since they cannot be seen from outside: ${leftOut.join(', ')}`);
  if (settings.loads.rowBytes !== null)
    throw new UsageError('bench.not_ours', '--row-bytes makes rows, and --target has its own', {
      nextActions: ['leave it out'],
    });
  return { ...settings, scenarios };
}
