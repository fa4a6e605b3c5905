import { assertNever, UsageError } from '../errors/index.js';
import type { DatabaseProvider } from '../model/index.js';
import type { ScaffoldProvider } from './project-plan.js';

/**
 * The template for a schema's database.
 *
 * @throws UsageError when there is none, or when another one was asked for.
 */
export function templateFor(found: DatabaseProvider, asked: ScaffoldProvider | undefined): ScaffoldProvider {
  const template = templateOf(found);
  if (asked === undefined || asked === template) return template;
  throw new UsageError('init.other_provider', `the Prisma schema is for ${found}, and --provider says ${asked}`, {
    nextActions: ['leave --provider out, or change the datasource in the schema'],
  });
}

function templateOf(provider: DatabaseProvider): ScaffoldProvider {
  switch (provider) {
    case 'sqlite':
    case 'postgresql':
    case 'mysql':
      return provider;
    case 'cockroachdb': // speaks PostgreSQL's protocol, through the same driver adapter
      return 'postgresql';
    case 'sqlserver':
      throw new UsageError(
        'init.unsupported_provider',
        'the Prisma schema is for sqlserver, which cannot be streamed yet',
        {
          nextActions: ['use sqlite, postgresql, mysql or cockroachdb'],
        },
      );
    default:
      return assertNever(provider);
  }
}
