import { Command } from 'commander';
import { type CliRuntime, runAction } from '../context.js';

export function benchSchemaCommand(runtime: CliRuntime): Command {
  const command = new Command('schema').description('print the JSON Schema of a saved result');
  return command.action(() =>
    runAction(command, runtime, async ({ print }) => {
      const { resultJsonSchema } = await import('../../bench/index.js');
      print(JSON.stringify(resultJsonSchema(), null, 2));
    }),
  );
}
