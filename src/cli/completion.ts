import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { GrpcStreamError } from '../errors/index.js';

/** Words of a project that a shell completes. */
export interface ProjectWords {
  readonly models: readonly ModelWords[];
  readonly scenarios: readonly string[];
}

interface ModelWords {
  readonly name: string;
  readonly fields: readonly string[];
  readonly orders: readonly string[];
}

/** Whether a shell asks what could come next, as the script of `completion` does. */
export function asksForWords([command]: readonly string[]): boolean {
  return command === 'complete';
}

/** The words of the project in a folder; outside of a project, or in a broken one, there are no models to offer. */
export async function wordsOfProject(cwd: string): Promise<ProjectWords> {
  const [{ loadProject }, { loadStreamedSchema }, { orderTexts }, { scenarioNames }] = await Promise.all([
    import('../project/load-project.js'),
    import('../project/streamed-schema.js'),
    import('./read/read-model.js'),
    import('../results/index.js'),
  ]);
  try {
    const { models, provider } = await loadStreamedSchema(await loadProject({ cwd }));
    const words = models.map((model) => ({
      name: model.name,
      fields: model.fields.map(({ name }) => name),
      orders: orderTexts(model, { provider }),
    }));
    return { models: words, scenarios: scenarioNames };
  } catch (error) {
    if (error instanceof GrpcStreamError) return { models: [], scenarios: scenarioNames };
    throw error;
  }
}

/** Bash has this function from a package that is not everywhere; without it, words also end at `=` and `:`. */
const WITHOUT_BASH_COMPLETION = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD-1]}
    words=("\${COMP_WORDS[@]}")
    cword=$COMP_CWORD
}
`;

/** Adds the commands for shells. Last, since it reads every command and its flags. */
export function addCompletion(program: Command, words: ProjectWords | undefined): void {
  const root = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print a script with which a shell completes commands, flags, models and fields')
    .addHelpText('after', '\nFor this session:\n  $ source <(grpc-stream completion bash)')
    .hook('preAction', (_program, { args: [shell] }) => {
      if (shell === 'bash') process.stdout.write(WITHOUT_BASH_COMPLETION);
    });
  if (!words) return;
  const models = words.models.map(({ name }) => name);
  const read = root.commands.get('read');
  read?.argument('model', offer(models));
  // The model that is being read is not told: the fields of all of them.
  setWords(read, 'fields', distinct(words.models.flatMap(({ fields }) => fields)));
  setWords(read, 'order', distinct(words.models.flatMap(({ orders }) => orders)));
  setWords(root.commands.get('seed'), 'model', models);
  setWords(root.commands.get('bench'), 'model', models);
  setWords(root.commands.get('bench'), 'scenario', words.scenarios);
}

type Completed = ReturnType<typeof tab>['commands'] extends Map<string, infer Entry> ? Entry : never;
type Complete = (value: string, description: string) => void;

function setWords(command: Completed | undefined, option: string, words: readonly string[]): void {
  const found = command?.options.get(option);
  if (found) found.handler = offer(words);
}

function offer(words: readonly string[]) {
  return (complete: Complete) => {
    for (const word of words) complete(word, '');
  };
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
