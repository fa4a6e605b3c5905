import { GENERATED_HEADER } from '../proto/index.js';

/** The entry that runs the services without the CLI, such as in a container. */
export function serverFile(packageName: string, configImport: string | undefined): string {
  const imports = [
    "import { openDatabase, runServer } from 'grpc-stream/server';",
    ...(configImport ? [`import config from '${configImport}';`] : []),
    "import * as database from '../database.js';",
    "import { descriptors } from './descriptors.js';",
    "import { createServices } from './services.js';",
  ];
  return `${GENERATED_HEADER}
${imports.join('\n')}

await runServer({
  name: '${packageName}',
  ...openDatabase(database),
  createServices,
  descriptors,
${configImport ? '  config,\n' : ''}});
`;
}
